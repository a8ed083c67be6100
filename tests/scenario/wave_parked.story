# A signal between the waves; the wave bake counts what was watched.
DOMAIN a.example
DOMAIN b.example
DOMAIN c.example
SERVER ns1
SERVER ns2 lag 1s
ROLLOUT canary 1 waves 50%,100% bake ttl
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
ROLLOUT wave_bake 10m
AT 6m OPERATOR parks
APPLY
EXPECT exit 8
EXPECT state parked
RESUME without-ticket
EXPECT exit 0
EXPECT counts changed 3
EXPECT took at most 8m
