# The wildcard answers for the removed name: that is what absent looks like here.
DOMAIN a.example
SERVER ns1
RECORD a.example www 60 A 192.0.2.80
RECORD a.example * 60 A 192.0.2.99
CHANGE remove www A
APPLY
EXPECT exit 0
EXPECT domain a.example held by dns
ROLLBACK
EXPECT exit 0
EXPECT zones as before
