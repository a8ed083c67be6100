# As above, with the incident command.
DOMAIN a.example
SERVER ns1
SERVER ns2
VERIFY timeout 20s
CHANGE set @ 60 MX 10 new.example.net.
ROLLOUT on_unknown hold
AT 150ms ns1 ANSWERS nothing
AT 150ms ns2 ANSWERS nothing
APPLY
EXPECT state halted
ROLLBACK
EXPECT exit 0
EXPECT domain a.example reverted by api
EXPECT zones as before
