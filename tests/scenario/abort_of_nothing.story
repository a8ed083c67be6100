# Nothing runs: nothing to abort.
DOMAIN a.example
SERVER ns1
SERVER ns2
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
APPLY
ABORT
EXPECT exit 2
EXPECT message rollback
