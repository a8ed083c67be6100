# kill -9, then resume: everything is read back, the rest is done.
DOMAIN a.example
DOMAIN b.example
DOMAIN c.example
SERVER ns1
SERVER ns2 lag 1s
ROLLOUT canary 1 waves 50%,100% bake ttl
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
ns2 ANSWERS old
AT 3s KILLED
APPLY
ns2 ANSWERS current
RESUME
EXPECT exit 0
EXPECT state done
EXPECT counts changed 3
RESUME
EXPECT exit 2
