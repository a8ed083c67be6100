# The wall clock jumps by a day while the canary bakes: not a second less.
DOMAIN a.example
DOMAIN b.example
DOMAIN c.example
SERVER ns1
SERVER ns2 lag 1s
ROLLOUT canary 1 waves 50%,100% bake ttl
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
ROLLOUT bake 10m
AT 1m CLOCK +24h
AT 2m CLOCK -48h
APPLY
EXPECT exit 0
EXPECT took at least 10m
