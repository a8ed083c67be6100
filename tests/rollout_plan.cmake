# The pure half of room rollout.
dnschange_unit(states room_rollout)
dnschange_unit(inverse room_rollout)
dnschange_unit(journal room_rollout)
