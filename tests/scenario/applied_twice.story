# Done is done.
DOMAIN a.example
SERVER ns1
SERVER ns2
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
APPLY
APPLY
EXPECT exit 6
EXPECT writes 0
