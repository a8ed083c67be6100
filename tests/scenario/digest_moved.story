# The plan is not the one that was looked at.
DOMAIN a.example
SERVER ns1
SERVER ns2
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
APPLY digest 0000
EXPECT exit 6
EXPECT writes 0
EXPECT message digest
