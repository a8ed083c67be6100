# One domain of a wave fails; more failures than allowed: everything goes back.
DOMAIN a.example
DOMAIN b.example
DOMAIN c.example
SERVER ns1
SERVER ns2 lag 1s
ROLLOUT canary 1 waves 50%,100% bake ttl
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
WRITE c.example is-refused
APPLY
EXPECT exit 4
EXPECT state reverted
EXPECT through canary baking wave reverting reverted
EXPECT domain c.example failed
EXPECT counts failed 1 reverted 2
EXPECT zones as before
