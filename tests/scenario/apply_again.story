# Reverted, then wanted once more: the next attempt.
DOMAIN a.example
SERVER ns1
SERVER ns2
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
APPLY
ROLLBACK
EXPECT state reverted
APPLY
EXPECT exit 6
EXPECT message applied already
APPLY again
EXPECT exit 0
EXPECT state done
EXPECT live a.example @ MX is 10 new.example.net.
ROLLBACK
EXPECT zones as before
