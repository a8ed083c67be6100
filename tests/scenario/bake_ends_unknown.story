# At the end of the bake no server answers; on_unknown: hold.
DOMAIN a.example
DOMAIN b.example
DOMAIN c.example
SERVER ns1
SERVER ns2 lag 1s
ROLLOUT canary 1 waves 50%,100% bake ttl
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
ROLLOUT on_unknown hold
AT 50s ns1 ANSWERS nothing
AT 50s ns2 ANSWERS nothing
APPLY
EXPECT exit 7
EXPECT state halted
EXPECT through canary baking halted
ns1 ANSWERS current
ns2 ANSWERS current
RESUME
EXPECT exit 0
EXPECT counts changed 3
