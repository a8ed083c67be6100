# A wildcard is asked by its own name and by a label that nobody has.
DOMAIN a.example
SERVER ns1
RECORD a.example * 60 A 192.0.2.99
CHANGE set * 60 A 192.0.2.100
APPLY
EXPECT exit 0
EXPECT live a.example * A is 192.0.2.100
ROLLBACK
EXPECT zones as before
