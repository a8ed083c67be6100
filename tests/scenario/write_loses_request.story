# The request is lost: read back, it is not there, sent again.
DOMAIN a.example
SERVER ns1
SERVER ns2
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
WRITE a.example loses-request
APPLY
EXPECT exit 0
EXPECT writes 2
EXPECT counts changed 1
