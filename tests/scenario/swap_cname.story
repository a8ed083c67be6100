# A CNAME gives way to an address and comes back.
DOMAIN a.example
SERVER ns1
PROVIDER pdns atomic zone
RECORD a.example www 60 CNAME web.example.net.
CHANGE remove www CNAME
CHANGE set www 60 A 192.0.2.80
APPLY
EXPECT exit 0
EXPECT live a.example www A is 192.0.2.80
EXPECT live a.example www CNAME is absent
ROLLBACK
EXPECT exit 0
EXPECT zones as before
