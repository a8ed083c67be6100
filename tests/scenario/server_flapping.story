# Old and new in turn: two rounds in a row never agree.
DOMAIN a.example
DOMAIN b.example
DOMAIN c.example
SERVER ns1
SERVER ns2
ROLLOUT canary 1 waves 50%,100% bake ttl
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
AT 100ms ns2 ANSWERS flapping
APPLY
EXPECT exit 4
EXPECT zones as before
