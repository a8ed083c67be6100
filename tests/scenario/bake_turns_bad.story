# The canary is fine at first; 20 s later ns2 has the old zone again.
DOMAIN a.example
DOMAIN b.example
DOMAIN c.example
SERVER ns1
SERVER ns2 lag 1s
ROLLOUT canary 1 waves 50%,100% bake ttl
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
VERIFY bake_interval 5s
AT 1ms ns2 ANSWERS current
AT 25s SOMEONE sets a.example @ 60 MX 10 ghost.example.net.
APPLY
EXPECT exit 7
EXPECT state revert_blocked
EXPECT through canary baking reverting revert_blocked
EXPECT counts blocked 1 untouched 2
EXPECT live a.example @ MX is 10 ghost.example.net.
EXPECT took at most 60s
ROLLBACK
EXPECT exit 7
EXPECT writes 0
ROLLBACK overwrite
EXPECT exit 0
EXPECT state reverted
EXPECT recorded overwritten-
EXPECT zones as before
