# One of two servers stops working while the canary is written: not as before, so it is put back.
DOMAIN a.example
DOMAIN b.example
DOMAIN c.example
SERVER ns1
SERVER ns2
ROLLOUT canary 1 waves 50%,100% bake ttl
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
AT 150ms ns2 ANSWERS refused
APPLY
EXPECT exit 4
EXPECT state reverted
EXPECT counts reverted 1 untouched 2
EXPECT domain a.example reverted by api
EXPECT zones as before
