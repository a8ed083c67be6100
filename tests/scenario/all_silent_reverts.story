# No server answers any more: no verdict is a fail, and the read-back decides about the revert.
DOMAIN a.example
SERVER ns1
SERVER ns2
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
AT 150ms ns1 ANSWERS nothing
AT 150ms ns2 ANSWERS nothing
APPLY
EXPECT exit 4
EXPECT state reverted
EXPECT domain a.example reverted by api
EXPECT zones as before
