# While it was parked somebody changed the canary: everything else goes back, that one blocks.
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
SOMEONE sets a.example @ 60 MX 10 ghost.example.net.
RESUME
EXPECT exit 7
EXPECT state revert_blocked
EXPECT counts blocked 1 untouched 2
EXPECT live a.example @ MX is 10 ghost.example.net.
EXPECT writes 0
