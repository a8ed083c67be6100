# Two tickets add to the same set: each takes back its own record only.
DOMAIN a.example
SERVER ns1
RECORD a.example @ 60 TXT "v=spf1 -all"
TICKET DNS-2026-11-23-001
CHANGE add @ TXT one=1
APPLY
TICKET DNS-2026-11-23-002
CHANGE add @ TXT two=2
APPLY
EXPECT exit 0
ROLLBACK DNS-2026-11-23-001
EXPECT exit 0
EXPECT domain a.example reverted by dns
EXPECT live a.example @ TXT is "v=spf1 -all" | "two=2"
ROLLBACK DNS-2026-11-23-002
EXPECT exit 0
EXPECT zones as before
