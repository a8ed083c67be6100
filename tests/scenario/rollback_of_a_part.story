# Some domains first: partly reverted; the rest later: reverted.
DOMAIN a.example
DOMAIN b.example
DOMAIN c.example
SERVER ns1
SERVER ns2 lag 1s
ROLLOUT canary 1 waves 50%,100% bake ttl
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
APPLY
EXPECT exit 0
ROLLBACK a.example
EXPECT exit 0
EXPECT state partly_reverted
EXPECT live b.example @ MX is 10 new.example.net.
ROLLBACK b.example c.example
EXPECT exit 0
EXPECT state reverted
EXPECT zones as before
