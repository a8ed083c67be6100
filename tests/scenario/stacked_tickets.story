# B on top of A: A alone conflicts and says what to do; B, then A restores everything.
DOMAIN a.example
SERVER ns1
TICKET DNS-2026-11-23-001
CHANGE set @ 60 MX 10 one.example.net.
APPLY
EXPECT exit 0
TICKET DNS-2026-11-23-002
CHANGE set @ 60 MX 10 two.example.net.
APPLY
EXPECT exit 0
ROLLBACK DNS-2026-11-23-001
EXPECT exit 7
EXPECT message DNS-2026-11-23-002
EXPECT live a.example @ MX is 10 two.example.net.
ROLLBACK DNS-2026-11-23-002
EXPECT exit 0
EXPECT live a.example @ MX is 10 one.example.net.
ROLLBACK DNS-2026-11-23-001
EXPECT exit 0
EXPECT zones as before
