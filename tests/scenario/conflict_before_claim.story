# The set moved since it was reviewed (plan row 5): the claim is released, nothing is written.
DOMAIN a.example
SERVER ns1
SERVER ns2
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
PROPOSE
SOMEONE sets a.example @ 60 MX 10 portal.example.net.
APPLY
EXPECT exit 6
EXPECT writes 0
EXPECT through claimed approved
EXPECT ticket approved
EXPECT live a.example @ MX is 10 portal.example.net.
