# kill -9 in the wave; resume reads everything back and finishes.
DOMAIN a.example
DOMAIN b.example
DOMAIN c.example
SERVER ns1
SERVER ns2 lag 1s
ROLLOUT canary 1 waves 50%,100% bake ttl
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
ROLLOUT waves 100% bake 0s
WRITE b.example loses-reply
KILL at point 30
APPLY
RESUME
EXPECT exit 0
EXPECT state done
EXPECT counts changed 3
RESUME
EXPECT exit 2
