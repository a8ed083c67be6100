# Both at once, newest first: to the oldest LKG.
DOMAIN a.example
DOMAIN b.example
SERVER ns1
ROLLOUT bake 0s
TICKET DNS-2026-11-23-001
CHANGE set @ 60 MX 10 one.example.net.
APPLY
TICKET DNS-2026-11-23-002 a.example
CHANGE set @ 60 MX 10 two.example.net.
CHANGE add www 60 A 192.0.2.1
APPLY
EXPECT exit 0
ROLLBACK DNS-2026-11-23-002 DNS-2026-11-23-001
EXPECT exit 0
EXPECT counts reverted 2
EXPECT zones as before
EXPECT ticket DNS-2026-11-23-001 reverted
EXPECT ticket DNS-2026-11-23-002 reverted
