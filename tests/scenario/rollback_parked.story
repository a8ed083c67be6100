# A signal in the middle of a rollback: parked, and resume finishes it.
DOMAIN a.example
DOMAIN b.example
DOMAIN c.example
SERVER ns1
SERVER ns2 lag 1s
ROLLOUT canary 1 waves 50%,100% bake ttl
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
APPLY
WRITE b.example is-down times 4
AT 1s OPERATOR parks
ROLLBACK
EXPECT exit 8
EXPECT state reverting
EXPECT next rollback
RESUME
EXPECT exit 4
EXPECT state reverted
EXPECT zones as before
