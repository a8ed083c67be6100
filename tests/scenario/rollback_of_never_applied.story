# Released before anything was written: rolling back is nothing.
DOMAIN a.example
SERVER ns1
SERVER ns2
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
PROPOSE
SOMEONE sets a.example @ 60 MX 10 portal.example.net.
APPLY
EXPECT exit 6
ROLLBACK
EXPECT exit 0
EXPECT writes 0
