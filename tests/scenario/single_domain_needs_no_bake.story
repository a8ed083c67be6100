# Nothing is left to write after the canary, so nobody waits.
DOMAIN a.example
SERVER ns1
SERVER ns2
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
APPLY
EXPECT exit 0
EXPECT state done
EXPECT through claimed canary done
EXPECT took at most 5s
