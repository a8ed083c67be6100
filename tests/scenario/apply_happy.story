# Three domains, one canary, two waves: everything goes well.
DOMAIN a.example
DOMAIN b.example
DOMAIN c.example
SERVER ns1
SERVER ns2 lag 1s
ROLLOUT canary 1 waves 50%,100% bake ttl
CHANGE set @ 60 MX 10 new.example.net.
APPLY
EXPECT exit 0
EXPECT state done
EXPECT through claimed canary baking wave wave done
EXPECT counts changed 3
EXPECT writes 3
EXPECT took at least 60s
EXPECT live a.example @ 60 MX is 10 new.example.net.
EXPECT domain a.example held by dns
EXPECT recorded rollback.txt
EXPECT recorded rollback.zone
EXPECT recorded rollback.nsupdate
EXPECT recorded outcome.json
EXPECT ticket done

ROLLBACK
EXPECT exit 0
EXPECT state reverted
EXPECT counts reverted 3
EXPECT zones as before
ROLLBACK
EXPECT exit 0
EXPECT writes 0
EXPECT counts already 3
