# Never applied: nothing to resume.
DOMAIN a.example
SERVER ns1
SERVER ns2
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
PROPOSE
RESUME
EXPECT exit 2
EXPECT message never applied
