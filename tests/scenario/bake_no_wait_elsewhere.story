# Another clone resumes a parked rollout when it is due.
DOMAIN a.example
DOMAIN b.example
DOMAIN c.example
SERVER ns1
SERVER ns2 lag 1s
ROLLOUT canary 1 waves 50%,100% bake ttl
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
ROLLOUT bake 10m
APPLY no-wait
EXPECT exit 8
PASS 11m
ELSEWHERE
RESUME
EXPECT exit 0
EXPECT counts changed 3
EXPECT took at most 1m
