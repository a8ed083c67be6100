# One domain at two providers: both are written.
DOMAIN a.example at pdns,second
SERVER ns1
CHANGE set @ 60 MX 10 new.example.net.
APPLY
EXPECT exit 0
EXPECT writes 2
EXPECT counts changed 1
ROLLBACK
EXPECT exit 0
EXPECT zones as before
