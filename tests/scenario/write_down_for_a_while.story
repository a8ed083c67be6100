# The provider is down twice, then works.
DOMAIN a.example
SERVER ns1
SERVER ns2
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
WRITE a.example is-down times 2
APPLY
EXPECT exit 0
EXPECT writes 3
