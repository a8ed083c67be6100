# The hook does not like the canary: put back.
DOMAIN a.example
DOMAIN b.example
DOMAIN c.example
SERVER ns1
SERVER ns2 lag 1s
ROLLOUT canary 1 waves 50%,100% bake ttl
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
HOOK smoke fails
CHECKS dns hook:smoke
APPLY
EXPECT exit 4
EXPECT message the hook has spoken
EXPECT counts reverted 1 untouched 2
EXPECT zones as before
