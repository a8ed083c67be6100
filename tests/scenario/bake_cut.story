# The TTL is longer than max_bake: cut, and said.
DOMAIN a.example
DOMAIN b.example
SERVER ns1
RECORD a.example @ 86400 MX 10 old.example.net.
RECORD b.example @ 86400 MX 10 old.example.net.
ROLLOUT canary 1 waves 100% bake ttl max_bake 2m
CHANGE set @ 60 MX 10 new.example.net.
APPLY
EXPECT exit 0
EXPECT finding bake.cut
EXPECT took at least 2m
EXPECT took at most 3m
