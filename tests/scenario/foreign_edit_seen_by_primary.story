# As above, with a primary to ask instead of the API.
PROVIDER pdns primary 192.0.2.1:53
DOMAIN a.example
DOMAIN b.example
DOMAIN c.example
SERVER ns1
SERVER ns2 lag 1s
ROLLOUT canary 1 waves 50%,100% bake ttl
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
ROLLOUT waves 100%
AT 30s SOMEONE sets b.example @ 60 MX 10 portal.example.net.
APPLY
EXPECT exit 4
EXPECT domain b.example failed
EXPECT live b.example @ MX is 10 portal.example.net.
