# Somebody asks while the zones are still being read: nothing is written.
DOMAIN a.example
DOMAIN b.example
DOMAIN c.example
SERVER ns1
SERVER ns2 lag 1s
ROLLOUT canary 1 waves 50%,100% bake ttl
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
PROPOSE
AT 10ms OPERATOR aborts
APPLY
EXPECT exit 4
EXPECT writes 0
EXPECT through claimed reverting reverted
