# The reply to a rollback's write is lost: read back, nothing is sent twice.
DOMAIN a.example
SERVER ns1
SERVER ns2
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
APPLY
WRITE a.example loses-reply
ROLLBACK
EXPECT exit 0
EXPECT writes 1
EXPECT zones as before
