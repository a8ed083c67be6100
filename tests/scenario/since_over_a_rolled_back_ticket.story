# 001 was undone by the orderly inverse 002 and then rolled back as well: what 002
# captured still holds what 001 wrote.  "Everything since" must not bring it back.
DOMAIN a.example
SERVER ns1
ROLLOUT bake 0s
TICKET DNS-2026-11-23-001
CHANGE add www 60 A 192.0.2.1
APPLY
TICKET DNS-2026-11-23-002
CHANGE remove www A
APPLY
EXPECT exit 0
ROLLBACK DNS-2026-11-23-001
EXPECT exit 0
ROLLBACK DNS-2026-11-23-002 DNS-2026-11-23-001
EXPECT exit 0
EXPECT zones as before
