# Somebody pauses during the bake; what was watched counts, the pause does not.
DOMAIN a.example
DOMAIN b.example
DOMAIN c.example
SERVER ns1
SERVER ns2 lag 1s
ROLLOUT canary 1 waves 50%,100% bake ttl
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
ROLLOUT bake 10m
AT 5m OPERATOR pauses
APPLY
EXPECT exit 8
EXPECT state paused
EXPECT counts changed 1 untouched 2
PASS 1h
RESUME
EXPECT exit 0
EXPECT state done
EXPECT took at least 4m
EXPECT took at most 7m
