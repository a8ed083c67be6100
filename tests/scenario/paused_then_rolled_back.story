# Paused, then rolled back.
DOMAIN a.example
DOMAIN b.example
DOMAIN c.example
SERVER ns1
SERVER ns2 lag 1s
ROLLOUT canary 1 waves 50%,100% bake ttl
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
ROLLOUT bake 10m
AT 5m OPERATOR pauses
APPLY
EXPECT state paused
ROLLBACK
EXPECT exit 0
EXPECT zones as before
