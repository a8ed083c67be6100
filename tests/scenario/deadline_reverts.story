# The step may wait 5 s for its verdicts; the servers would be given more.
DOMAIN a.example
DOMAIN b.example
DOMAIN c.example
SERVER ns1
SERVER ns2 lag 1s
ROLLOUT canary 1 waves 50%,100% bake ttl
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
ROLLOUT deadline 5s
VERIFY timeout 3m
ns2 ANSWERS old
APPLY
EXPECT exit 4
EXPECT state reverted
EXPECT took at most 20s
EXPECT zones as before
