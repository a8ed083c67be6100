# The window closes during the bake: paused before the next wave, resumed in the next window.
DOMAIN a.example
DOMAIN b.example
DOMAIN c.example
SERVER ns1
SERVER ns2 lag 1s
ROLLOUT canary 1 waves 50%,100% bake ttl
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
WINDOW closes after 30s
APPLY
EXPECT exit 3
EXPECT state paused
EXPECT counts changed 1 untouched 2
EXPECT next resume
CLOCK -50s
RESUME
EXPECT exit 0
EXPECT counts changed 3
