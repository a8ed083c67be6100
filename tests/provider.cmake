# Exchanges: text files against the real plugins, through the whole provider room.
add_executable(exchange ${CMAKE_SOURCE_DIR}/tests/exchange/exchange.c)
target_link_libraries(exchange PRIVATE room_provider dnschange_warnings)
target_include_directories(exchange PRIVATE ${CMAKE_SOURCE_DIR}/tests/support)
set_target_properties(exchange PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
add_dependencies(exchange provider_powerdns)
file(GLOB powerdns_exchanges CONFIGURE_DEPENDS
  ${CMAKE_SOURCE_DIR}/providers/powerdns/exchanges/*.txt)
add_test(NAME exchange.powerdns
  COMMAND exchange ${CMAKE_BINARY_DIR}/providers ${powerdns_exchanges})
set_tests_properties(exchange.powerdns PROPERTIES LABELS exchange TIMEOUT 120)
