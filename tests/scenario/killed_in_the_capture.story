# kill -9 while the zones are read: claimed, nothing captured; resume begins anew.
DOMAIN a.example
DOMAIN b.example
DOMAIN c.example
SERVER ns1
SERVER ns2 lag 1s
ROLLOUT canary 1 waves 50%,100% bake ttl
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
PROPOSE
AT 10ms KILLED
APPLY
EXPECT ticket claimed
RESUME
EXPECT exit 0
EXPECT counts changed 3
