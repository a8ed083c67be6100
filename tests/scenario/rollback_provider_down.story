# The provider stays down: blocked, with what to type; later the same command finishes it.
DOMAIN a.example
SERVER ns1
SERVER ns2
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
APPLY
READ a.example is-down times 6
ROLLBACK
EXPECT exit 7
EXPECT state revert_blocked
EXPECT next rollback
ROLLBACK
EXPECT exit 0
EXPECT state reverted
EXPECT zones as before
