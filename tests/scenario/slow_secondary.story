# The secondary takes 50 s: within the timeout that is no failure.
DOMAIN a.example
SERVER ns1
SERVER ns2 lag 50s
CHANGE set @ 60 MX 10 new.example.net.
APPLY
EXPECT exit 0
EXPECT took at least 50s
