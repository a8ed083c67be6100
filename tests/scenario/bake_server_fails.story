# A server goes down for good during the bake: two looks in a row, then back.
DOMAIN a.example
DOMAIN b.example
DOMAIN c.example
SERVER ns1
SERVER ns2 lag 1s
ROLLOUT canary 1 waves 50%,100% bake ttl
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
VERIFY bake_interval 5s
AT 20s ns2 ANSWERS refused
APPLY
EXPECT exit 4
EXPECT through canary baking reverting reverted
EXPECT took at most 50s
EXPECT zones as before
