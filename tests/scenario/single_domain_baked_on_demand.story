# `--bake` asks for it: the only domain bakes, then the ticket is done.
DOMAIN a.example
SERVER ns1
SERVER ns2
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
APPLY bake 30s
EXPECT exit 0
EXPECT through canary baking done
EXPECT took at least 30s
EXPECT finding bake.cut
