# A neighbour in the same set moved, what the edit touches did not (plan row 4).
DOMAIN a.example
SERVER ns1
RECORD a.example @ 60 TXT "v=spf1 -all" | "verify=one"
CHANGE spf add include:_spf.example.net
PROPOSE
SOMEONE sets a.example @ 60 TXT "v=spf1 -all" | "verify=two"
APPLY
EXPECT exit 0
EXPECT counts changed 1
EXPECT live a.example @ TXT is "v=spf1 include:_spf.example.net -all" | "verify=two"
ROLLBACK
EXPECT exit 0
EXPECT zones as before
