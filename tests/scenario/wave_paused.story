# A pause between the waves.
DOMAIN a.example
DOMAIN b.example
DOMAIN c.example
SERVER ns1
SERVER ns2 lag 1s
ROLLOUT canary 1 waves 50%,100% bake ttl
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
ROLLOUT wave_bake 10m
AT 5m OPERATOR pauses
APPLY
EXPECT exit 8
EXPECT state paused
EXPECT counts changed 2 untouched 1
RESUME
EXPECT exit 0
EXPECT counts changed 3
EXPECT writes 1
EXPECT took at least 5m
