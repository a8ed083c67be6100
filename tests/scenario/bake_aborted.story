# Abort during the bake puts the canary back.
DOMAIN a.example
DOMAIN b.example
DOMAIN c.example
SERVER ns1
SERVER ns2 lag 1s
ROLLOUT canary 1 waves 50%,100% bake ttl
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
AT 20s OPERATOR aborts
APPLY
EXPECT exit 4
EXPECT state reverted
EXPECT message aborted: asked for by Ann
EXPECT counts reverted 1 untouched 2
EXPECT zones as before
