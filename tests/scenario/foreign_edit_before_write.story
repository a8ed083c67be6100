# The canary's look and the write are close; in the wave somebody was faster.
DOMAIN a.example
DOMAIN b.example
DOMAIN c.example
SERVER ns1
SERVER ns2 lag 1s
ROLLOUT canary 1 waves 50%,100% bake ttl
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
ROLLOUT waves 100%
AT 30s SOMEONE sets b.example @ 60 MX 10 portal.example.net.
APPLY
EXPECT exit 4
EXPECT state reverted
EXPECT domain b.example failed
EXPECT live b.example @ MX is 10 portal.example.net.
EXPECT live a.example @ MX is 10 old.example.net.
