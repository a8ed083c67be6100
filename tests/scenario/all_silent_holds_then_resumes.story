# on_unknown: hold. It halts for a person, who mends the network and goes on.
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
EXPECT exit 7
EXPECT state halted
EXPECT next resume
EXPECT ticket halted
ns1 ANSWERS current
ns2 ANSWERS current
RESUME
EXPECT exit 0
EXPECT state done
EXPECT counts changed 3
EXPECT writes 2
