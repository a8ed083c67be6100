# One failure is allowed: that domain goes back alone, the run goes on.
DOMAIN a.example
DOMAIN b.example
DOMAIN c.example
SERVER ns1
SERVER ns2 lag 1s
ROLLOUT canary 1 waves 50%,100% bake ttl
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
ROLLOUT max_failures 1 waves 100%
WRITE b.example breaks-half times 3
PROVIDER pdns atomic record
APPLY
EXPECT exit 9
EXPECT state done
EXPECT counts changed 2 failed 1
EXPECT domain b.example failed by dns
EXPECT live a.example @ MX is 10 new.example.net.
EXPECT live b.example @ MX is 10 old.example.net.
EXPECT live c.example @ MX is 10 new.example.net.
