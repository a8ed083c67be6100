# Parked before anything was captured; a rollback lets it go.
DOMAIN a.example
DOMAIN b.example
DOMAIN c.example
SERVER ns1
SERVER ns2 lag 1s
ROLLOUT canary 1 waves 50%,100% bake ttl
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
PROPOSE
AT 10ms OPERATOR parks
APPLY
EXPECT state parked
ROLLBACK
EXPECT exit 0
EXPECT writes 0
EXPECT ticket reverted
