# Somebody was faster in one zone of the wave: that domain is left alone, the run goes on.
DOMAIN a.example
DOMAIN b.example
DOMAIN c.example
SERVER ns1
ROLLOUT canary 1 waves 100% bake 0s max_failures 1
VERIFY timeout 5s
CHANGE set @ 60 MX 10 new.example.net.
AT 400ms SOMEONE sets b.example @ 61 MX 10 ghost.example.net.
APPLY
EXPECT exit 9
EXPECT state done
EXPECT counts changed 2 failed 1
EXPECT domain b.example failed
EXPECT live b.example @ 61 MX is 10 ghost.example.net.
