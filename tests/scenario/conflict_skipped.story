# One domain moved; the others go on without it.
DOMAIN a.example
DOMAIN b.example
DOMAIN c.example
SERVER ns1
SERVER ns2 lag 1s
ROLLOUT canary 1 waves 50%,100% bake ttl
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
PROPOSE
SOMEONE sets b.example @ 60 MX 10 portal.example.net.
APPLY skip-conflicts
EXPECT exit 0
EXPECT state done
EXPECT counts changed 2 skipped 1
EXPECT live b.example @ MX is 10 portal.example.net.
