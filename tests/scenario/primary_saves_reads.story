# With a primary the last look costs no API call.
PROVIDER pdns primary 192.0.2.1:53
DOMAIN a.example
DOMAIN b.example
DOMAIN c.example
SERVER ns1
SERVER ns2 lag 1s
ROLLOUT canary 1 waves 50%,100% bake ttl
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
PROPOSE
APPLY
EXPECT exit 0
EXPECT reads 3
EXPECT writes 3
