# No verdict from the hook: as any missing verdict.
DOMAIN a.example
DOMAIN b.example
DOMAIN c.example
SERVER ns1
SERVER ns2 lag 1s
ROLLOUT canary 1 waves 50%,100% bake ttl
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
HOOK smoke shrugs
CHECKS hook:smoke
ROLLOUT on_unknown hold
APPLY
EXPECT exit 7
EXPECT state halted
