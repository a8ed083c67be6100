# The second provider refuses: both are as before.
DOMAIN a.example at pdns,second
DOMAIN b.example
SERVER ns1
CHANGE set @ 60 MX 10 new.example.net.
WRITE a.example is-refused after 1
APPLY
EXPECT state reverted
EXPECT exit 4
EXPECT counts reverted 1 untouched 1
EXPECT zones as before
