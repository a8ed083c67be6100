# The half of room rollout that writes: in a world of paper.
set(sim ${CMAKE_CURRENT_SOURCE_DIR}/support)
add_library(rollout_sim STATIC ${sim}/sim.c ${sim}/sim_dns.c ${sim}/sim_provider.c
  ${sim}/sim_store.c ${sim}/story.c)
target_include_directories(rollout_sim PUBLIC ${sim})
target_link_libraries(rollout_sim PUBLIC room_rollout PRIVATE dnschange_warnings)

dnschange_unit(verify rollout_sim room_rollout)
dnschange_unit(claim rollout_sim room_rollout)
dnschange_unit(checks room_rollout)

add_executable(scenario ${CMAKE_CURRENT_SOURCE_DIR}/scenario/scenario.c)
target_link_libraries(scenario PRIVATE rollout_sim dnschange_warnings)
set_target_properties(scenario PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
file(GLOB stories CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/scenario/*.story)
foreach(story IN LISTS stories)
  get_filename_component(name ${story} NAME_WE)
  add_test(NAME scenario.${name} COMMAND scenario ${story})
  set_tests_properties(scenario.${name} PROPERTIES LABELS scenario TIMEOUT 60)
endforeach()
add_test(NAME scenario.edges COMMAND scenario --edges ${stories})
set_tests_properties(scenario.edges PROPERTIES LABELS scenario TIMEOUT 120)

add_executable(crash ${CMAKE_CURRENT_SOURCE_DIR}/crash/crash.c)
target_link_libraries(crash PRIVATE rollout_sim dnschange_warnings)
set_target_properties(crash PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
foreach(drama "canary and waves" "a provider of records" "a canary that fails" "a wave that fails"
    "one domain fails alone" "a resume" "an abort" "a rollback")
  string(REPLACE " " "_" name ${drama})
  add_test(NAME crash.${name} COMMAND crash ${drama})
  set_tests_properties(crash.${name} PROPERTIES LABELS crash TIMEOUT 600)
endforeach()

add_executable(scale ${CMAKE_CURRENT_SOURCE_DIR}/scenario/scale.c)
target_link_libraries(scale PRIVATE rollout_sim dnschange_warnings)
set_target_properties(scale PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
add_test(NAME scenario.scale COMMAND scale)
set_tests_properties(scenario.scale PROPERTIES LABELS scenario TIMEOUT 300)
