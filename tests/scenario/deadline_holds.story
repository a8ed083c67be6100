# The same, on_unknown: hold.
DOMAIN a.example
DOMAIN b.example
DOMAIN c.example
SERVER ns1
SERVER ns2 lag 1s
ROLLOUT canary 1 waves 50%,100% bake ttl
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
ROLLOUT deadline 5s on_unknown hold
VERIFY timeout 3m
ns2 ANSWERS old
APPLY
EXPECT exit 7
EXPECT state halted
EXPECT live a.example @ MX is 10 new.example.net.
ns2 ANSWERS current
RESUME
EXPECT exit 0
EXPECT counts changed 3
