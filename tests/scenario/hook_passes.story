# The hook is content.
DOMAIN a.example
DOMAIN b.example
DOMAIN c.example
SERVER ns1
SERVER ns2 lag 1s
ROLLOUT canary 1 waves 50%,100% bake ttl
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
HOOK smoke passes
CHECKS dns mail-records hook:smoke
APPLY
EXPECT exit 0
