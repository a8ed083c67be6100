# ns2 was down before anything was written: it is reported, and fails nobody.
DOMAIN a.example
DOMAIN b.example
DOMAIN c.example
SERVER ns1
SERVER ns2 lag 1s
ROLLOUT canary 1 waves 50%,100% bake ttl
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
ns2 ANSWERS nothing
APPLY
EXPECT exit 0
EXPECT state done
EXPECT counts changed 3
EXPECT finding server.broken
