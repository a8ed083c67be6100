# The provider says that publication takes up to 60 s: twice that is waited.
DOMAIN a.example
SERVER ns1 lag 90s
PROVIDER pdns publish 60s
VERIFY timeout 10s
CHANGE set @ 60 MX 10 new.example.net.
APPLY
EXPECT exit 0
EXPECT took at least 90s
