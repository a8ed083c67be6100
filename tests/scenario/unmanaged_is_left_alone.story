# A proxied set cannot be restored, so it is not written (plan row 1).
DOMAIN a.example
DOMAIN b.example
SERVER ns1
UNMANAGED a.example @ MX
CHANGE set @ 60 MX 10 new.example.net.
APPLY
EXPECT exit 0
EXPECT counts changed 1 skipped 1
EXPECT writes 1
EXPECT live a.example @ MX is 10 old.example.net.
EXPECT finding set.unmanaged
