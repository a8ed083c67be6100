# One bad look is a hiccup, not a verdict.
DOMAIN a.example
DOMAIN b.example
DOMAIN c.example
SERVER ns1
SERVER ns2 lag 1s
ROLLOUT canary 1 waves 50%,100% bake ttl
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
VERIFY bake_interval 5s interval 2s
AT 21s ns2 ANSWERS refused
AT 26s ns2 ANSWERS current
APPLY
EXPECT exit 0
EXPECT state done
