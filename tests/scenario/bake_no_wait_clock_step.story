# The wall clock says it is due; the clock that never steps knows better.
DOMAIN a.example
DOMAIN b.example
DOMAIN c.example
SERVER ns1
SERVER ns2 lag 1s
ROLLOUT canary 1 waves 50%,100% bake ttl
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
ROLLOUT bake 10m
APPLY no-wait
EXPECT exit 8
PASS 1m
CLOCK +24h
RESUME
EXPECT exit 0
EXPECT took at least 8m
