# Abort between the waves puts back the canary and the first wave.
DOMAIN a.example
DOMAIN b.example
DOMAIN c.example
SERVER ns1
SERVER ns2 lag 1s
ROLLOUT canary 1 waves 50%,100% bake ttl
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
ROLLOUT wave_bake 10m
AT 5m OPERATOR aborts
APPLY
EXPECT exit 4
EXPECT state reverted
EXPECT counts reverted 2 untouched 1
EXPECT zones as before
