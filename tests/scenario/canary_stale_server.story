# The second nameserver never takes the change: the canary is put back.
DOMAIN a.example
DOMAIN b.example
SERVER ns1
SERVER ns2
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
ns2 ANSWERS old
APPLY
EXPECT exit 4
EXPECT state reverted
EXPECT counts reverted 1 untouched 1
EXPECT domain a.example reverted by dns
EXPECT domain b.example untouched
EXPECT message 192.0.2.2:53
EXPECT zones as before
