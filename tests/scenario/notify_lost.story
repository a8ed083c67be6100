# The secondary misses the notify: it is told once more, long before its refresh.
DOMAIN a.example
SERVER ns1
SERVER ns2
CHANGE set @ 60 MX 10 new.example.net.
ns2 ANSWERS deaf
APPLY
EXPECT exit 0
EXPECT counts changed 1
EXPECT took at least 4s
EXPECT took at most 10s
