# While it was parked somebody changed a domain that was not written yet: a conflict, and the canary goes back.
DOMAIN a.example
DOMAIN b.example
DOMAIN c.example
SERVER ns1
SERVER ns2 lag 1s
ROLLOUT canary 1 waves 50%,100% bake ttl
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
ROLLOUT bake 10m
APPLY no-wait
SOMEONE sets c.example @ 60 MX 10 ghost.example.net.
RESUME
EXPECT exit 4
EXPECT state reverted
EXPECT live a.example @ MX is 10 old.example.net.
EXPECT live c.example @ MX is 10 ghost.example.net.
