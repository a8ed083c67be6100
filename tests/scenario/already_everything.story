# Somebody did it by hand meanwhile: nothing is left to write (plan row 2).
DOMAIN a.example
SERVER ns1
SERVER ns2
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
PROPOSE
SOMEONE sets a.example @ 60 MX 10 new.example.net.
APPLY
EXPECT exit 0
EXPECT state done
EXPECT through claimed done
EXPECT counts already 1
EXPECT writes 0
ROLLBACK
EXPECT exit 0
EXPECT writes 0
