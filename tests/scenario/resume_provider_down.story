# The zones cannot be read back: nothing is written, the ticket stays parked.
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
READ a.example is-down times 4
RESUME
EXPECT exit 1
EXPECT writes 0
EXPECT ticket parked
PASS 11m
RESUME
EXPECT exit 0
