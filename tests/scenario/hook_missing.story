# A check that is named but not configured is never passed silently.
DOMAIN a.example
SERVER ns1
SERVER ns2
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
CHECKS hook:nobody
APPLY
EXPECT exit 5
EXPECT writes 0
