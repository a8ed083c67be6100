# What the provider keeps beside the values comes through apply and rollback.
DOMAIN a.example
SERVER ns1
EXTRA a.example @ MX {"disabled":["20 off.example.net."]}
CHANGE add @ MX 30 more.example.net.
APPLY
EXPECT exit 0
ROLLBACK
EXPECT exit 0
EXPECT zones as before
