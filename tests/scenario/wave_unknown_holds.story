# Every server falls silent in the wave, on_unknown: hold.
DOMAIN a.example
DOMAIN b.example
DOMAIN c.example
SERVER ns1
SERVER ns2 lag 1s
ROLLOUT canary 1 waves 50%,100% bake ttl
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
ROLLOUT on_unknown hold
AT 62100ms ns1 ANSWERS nothing
AT 62100ms ns2 ANSWERS nothing
AT 100s ns1 ANSWERS current
AT 100s ns2 ANSWERS current
APPLY
EXPECT exit 7
EXPECT state halted
RESUME
EXPECT exit 0
EXPECT counts changed 3
