# It halts, and the person wants it back.
DOMAIN a.example
DOMAIN b.example
DOMAIN c.example
SERVER ns1
SERVER ns2 lag 1s
ROLLOUT canary 1 waves 50%,100% bake ttl
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
ROLLOUT on_unknown hold
AT 150ms ns1 ANSWERS nothing
AT 150ms ns2 ANSWERS nothing
APPLY
EXPECT state halted
ns1 ANSWERS current
ns2 ANSWERS current
ABORT
EXPECT exit 0
EXPECT state reverted
EXPECT counts reverted 1 untouched 2
EXPECT zones as before
