# The request is lost, and somebody writes meanwhile: no write over that, a person decides.
DOMAIN a.example
SERVER ns1
SERVER ns2
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
WRITE a.example loses-request
AT 40ms SOMEONE sets a.example @ 60 MX 10 ghost.example.net.
APPLY
EXPECT exit 7
EXPECT state revert_blocked
EXPECT writes 1
EXPECT live a.example @ MX is 10 ghost.example.net.
EXPECT message ghost.example.net.
ABORT
EXPECT exit 7
EXPECT writes 0
