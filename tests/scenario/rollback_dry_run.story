# A dry run writes nothing, anywhere.
DOMAIN a.example
SERVER ns1
SERVER ns2
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
APPLY
ROLLBACK dry-run
EXPECT exit 0
EXPECT counts reverted 1
EXPECT writes 0
EXPECT ticket done
EXPECT live a.example @ MX is 10 new.example.net.
