# Ctrl-C during the bake parks and says how to go on.
DOMAIN a.example
DOMAIN b.example
DOMAIN c.example
SERVER ns1
SERVER ns2 lag 1s
ROLLOUT canary 1 waves 50%,100% bake ttl
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
ROLLOUT bake 10m
AT 2m OPERATOR parks
APPLY
EXPECT exit 8
EXPECT state parked
EXPECT next dnschange resume DNS-2026-11-23-001
RESUME
EXPECT exit 0
EXPECT took at least 7m
