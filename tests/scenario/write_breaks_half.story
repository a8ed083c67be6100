# A provider that takes several calls breaks off half way: our own half is gone on from.
DOMAIN a.example
SERVER ns1
SERVER ns2
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
PROVIDER pdns atomic record
WRITE a.example breaks-half
APPLY
EXPECT exit 0
EXPECT writes 2
EXPECT live a.example @ 60 MX is 10 new.example.net.
ROLLBACK
EXPECT zones as before
