# Abort while the canary waits for its verdict.
DOMAIN a.example
DOMAIN b.example
DOMAIN c.example
SERVER ns1
SERVER ns2 lag 1s
ROLLOUT canary 1 waves 50%,100% bake ttl
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
ns2 ANSWERS old
AT 3s OPERATOR aborts
APPLY
EXPECT exit 4
EXPECT state reverted
EXPECT zones as before
