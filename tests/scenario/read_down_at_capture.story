# The zone cannot be read: released, exit 1, nothing written.
DOMAIN a.example
DOMAIN b.example
DOMAIN c.example
SERVER ns1
SERVER ns2 lag 1s
ROLLOUT canary 1 waves 50%,100% bake ttl
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
PROPOSE
READ b.example is-down times 99
APPLY
EXPECT exit 1
EXPECT writes 0
EXPECT through claimed approved
EXPECT ticket approved
