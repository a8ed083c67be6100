# A pause is asked for while it is parked: resume finds it and stands still.
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
OPERATOR pauses
RESUME
EXPECT exit 8
EXPECT state paused
EXPECT writes 0
OPERATOR parks
RESUME
EXPECT state parked
RESUME bake 1s
EXPECT exit 0
EXPECT counts changed 3
