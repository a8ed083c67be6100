# One domain was changed by hand since: that one blocks, the others go back.
DOMAIN a.example
DOMAIN b.example
DOMAIN c.example
SERVER ns1
SERVER ns2 lag 1s
ROLLOUT canary 1 waves 50%,100% bake ttl
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
APPLY
SOMEONE sets b.example @ 60 MX 10 ghost.example.net.
ROLLBACK
EXPECT exit 7
EXPECT state revert_blocked
EXPECT counts reverted 2 blocked 1
EXPECT message ghost.example.net.
EXPECT live a.example @ MX is 10 old.example.net.
EXPECT live b.example @ MX is 10 ghost.example.net.
