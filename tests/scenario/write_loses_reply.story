# The reply is lost: read back, it is there, nothing is sent twice.
DOMAIN a.example
SERVER ns1
SERVER ns2
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
WRITE a.example loses-reply
APPLY
EXPECT exit 0
EXPECT writes 1
EXPECT counts changed 1
