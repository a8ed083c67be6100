foreach(name edit ticket id policy values)
  dnschange_unit(${name} room_ticket)
endforeach()
foreach(name edit ticket)
  dnschange_fuzz(${name} room_ticket)
endforeach()

# The schemas of the files, held against the program.
add_executable(files_verdict ${CMAKE_SOURCE_DIR}/tests/unit/files_verdict.c)
target_link_libraries(files_verdict PRIVATE room_ticket dnschange_warnings)
set_target_properties(files_verdict PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
add_test(NAME unit.schema
  COMMAND ${PYTHON3} ${CMAKE_SOURCE_DIR}/tests/unit/test_schema.py $<TARGET_FILE:files_verdict>)
set_tests_properties(unit.schema PROPERTIES LABELS "unit;no-valgrind" TIMEOUT 300)
