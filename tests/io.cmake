# Little servers that other tests and the benchmarks use too.
foreach(server dnsd httpd relay)
  add_executable(${server} ${CMAKE_SOURCE_DIR}/tests/support/${server}.c)
  target_link_libraries(${server} PRIVATE dnschange_warnings)
  set_target_properties(${server} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
endforeach()
target_link_libraries(dnsd PRIVATE PkgConfig::LDNS)

# The floor that the benchmark compares the program's speed with.
add_executable(floor ${CMAKE_SOURCE_DIR}/tests/bench/floor.c)
target_include_directories(floor PRIVATE ${CMAKE_SOURCE_DIR}/tests/support)
target_link_libraries(floor PRIVATE PkgConfig::CURL PkgConfig::LDNS dnschange_warnings)
set_target_properties(floor PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)

foreach(test loop http dnspool resolve child hooks)
  dnschange_unit(${test} room_io)
  target_compile_definitions(unit_${test} PRIVATE TEST_BIN_DIR="${CMAKE_BINARY_DIR}/tests")
  add_dependencies(unit_${test} dnsd httpd relay)
endforeach()
# valgrind 3.19 does not know pidfd_open, with which children are watched.
set_property(TEST unit.child unit.hooks APPEND PROPERTY LABELS no-valgrind)
