# Somebody added a record to the set meanwhile: it stays.
DOMAIN a.example
SERVER ns1
CHANGE add @ MX 20 second.example.net.
APPLY
SOMEONE sets a.example @ 60 MX 10 old.example.net. | 20 second.example.net. | 30 third.example.net.
ROLLBACK
EXPECT exit 0
EXPECT live a.example @ MX is 10 old.example.net. | 30 third.example.net.
