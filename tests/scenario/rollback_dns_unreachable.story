# No server can be reached: the provider's read-back decides.
DOMAIN a.example
SERVER ns1
SERVER ns2
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
VERIFY timeout 5s
APPLY
ns1 ANSWERS nothing
ns2 ANSWERS nothing
ROLLBACK
EXPECT exit 0
EXPECT domain a.example reverted by api
EXPECT zones as before
