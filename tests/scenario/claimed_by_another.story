# Two tickets want the same set: the second is refused while the first waits.
DOMAIN a.example
DOMAIN b.example
SERVER ns1
ROLLOUT canary 1 waves 100% bake 10m
TICKET DNS-2026-11-23-001
CHANGE set @ 60 MX 10 new.example.net.
APPLY no-wait
EXPECT exit 8
TICKET DNS-2026-11-23-002
CHANGE set @ 60 MX 10 other.example.net.
APPLY
EXPECT exit 6
EXPECT message DNS-2026-11-23-001
EXPECT writes 0
TICKET DNS-2026-11-23-003
CHANGE set www 60 A 192.0.2.1
APPLY bake 0s
EXPECT exit 0
