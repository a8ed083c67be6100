# A TTL is compared at the servers as well.
DOMAIN a.example
SERVER ns1
SERVER ns2
CHANGE ttl @ MX 30
APPLY
EXPECT exit 0
EXPECT live a.example @ 30 MX is 10 old.example.net.
ROLLBACK
EXPECT exit 0
EXPECT zones as before
