# The provider refuses the canary: nothing was written, nothing is put back.
DOMAIN a.example
DOMAIN b.example
DOMAIN c.example
SERVER ns1
SERVER ns2 lag 1s
ROLLOUT canary 1 waves 50%,100% bake ttl
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
WRITE a.example is-refused
APPLY
EXPECT exit 1
EXPECT state reverted
EXPECT counts failed 1 untouched 2
EXPECT writes 1
EXPECT zones as before
