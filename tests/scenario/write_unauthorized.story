# The key is for reading only.
DOMAIN a.example
DOMAIN b.example
DOMAIN c.example
SERVER ns1
SERVER ns2 lag 1s
ROLLOUT canary 1 waves 50%,100% bake ttl
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
WRITE * is-unauthorized times 99
APPLY
EXPECT exit 1
EXPECT writes 1
EXPECT zones as before
