# kill -9 while it was being put back: whatever is typed puts back the rest.
DOMAIN a.example
DOMAIN b.example
DOMAIN c.example
SERVER ns1
SERVER ns2 lag 1s
ROLLOUT canary 1 waves 50%,100% bake ttl
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
APPLY
READ * is-down times 9
AT 2s KILLED
ROLLBACK
ROLLBACK
EXPECT exit 0
EXPECT state reverted
EXPECT zones as before
