# The provider's daily counter would not leave room to put things back: it parks before the wave.
DOMAIN a.example
DOMAIN b.example
DOMAIN c.example
SERVER ns1
SERVER ns2 lag 1s
ROLLOUT canary 1 waves 50%,100% bake ttl
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
PROVIDER pdns budget 3
APPLY
EXPECT exit 8
EXPECT state parked
EXPECT writes 1
PROVIDER pdns budget 100
RESUME
EXPECT exit 0
