# A part was rolled back, then all of it is wanted again.
DOMAIN a.example
DOMAIN b.example
DOMAIN c.example
SERVER ns1
SERVER ns2 lag 1s
ROLLOUT canary 1 waves 50%,100% bake ttl
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
APPLY
ROLLBACK a.example
EXPECT state partly_reverted
APPLY again
EXPECT exit 0
EXPECT state done
EXPECT counts changed 1 already 2
EXPECT live a.example @ MX is 10 new.example.net.
