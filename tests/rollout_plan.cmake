# The pure half of room rollout.
dnschange_unit(states room_rollout)
dnschange_unit(inverse room_rollout)
dnschange_unit(journal room_rollout)
dnschange_unit(lkg room_rollout)
dnschange_fuzz(lkg room_rollout)
dnschange_fuzz(journal room_rollout)
dnschange_fuzz(claim room_rollout)
dnschange_unit(plan room_rollout)
target_sources(unit_plan PRIVATE ${CMAKE_SOURCE_DIR}/tests/support/fake_ports.c
  ${CMAKE_SOURCE_DIR}/tests/support/plan_bench.c)
dnschange_unit(steps room_rollout)
dnschange_unit(paste room_rollout)
dnschange_unit(reading room_rollout)
target_sources(unit_reading PRIVATE ${CMAKE_SOURCE_DIR}/tests/support/fake_ports.c
  ${CMAKE_SOURCE_DIR}/tests/support/plan_bench.c)
