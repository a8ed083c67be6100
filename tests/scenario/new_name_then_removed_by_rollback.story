# A record that was not there is absent again after the rollback.
DOMAIN a.example
SERVER ns1
SERVER ns2
CHANGE set www 300 A 192.0.2.80
APPLY
EXPECT exit 0
EXPECT live a.example www A is 192.0.2.80
ROLLBACK
EXPECT exit 0
EXPECT domain a.example reverted by dns
EXPECT live a.example www A is absent
EXPECT zones as before
