# The second provider refuses the rollback: the domain is blocked and says why.
DOMAIN a.example at pdns,second
DOMAIN b.example
SERVER ns1
ROLLOUT bake 0s
CHANGE set @ 60 MX 10 new.example.net.
APPLY
EXPECT exit 0
WRITE a.example is-refused after 1 times 1
ROLLBACK
EXPECT exit 7
EXPECT state revert_blocked
EXPECT counts reverted 1 blocked 1
EXPECT message could not be put back
ROLLBACK
EXPECT exit 0
EXPECT counts reverted 1 already 1
EXPECT zones as before
