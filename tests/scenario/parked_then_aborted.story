# Parked, then aborted from another machine.
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
ELSEWHERE
ABORT
EXPECT exit 0
EXPECT state reverted
EXPECT zones as before
