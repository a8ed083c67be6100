# A box in between answers old over UDP: TCP is asked before that counts.
DOMAIN a.example
SERVER ns1
SERVER ns2
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
ns2 ANSWERS old-over-udp
APPLY
EXPECT exit 0
EXPECT counts changed 1
