# The structure of the house.
# The system's own: the Debian packages of its modules belong to it.
find_program(PYTHON3 python3 PATHS /usr/bin NO_DEFAULT_PATH REQUIRED)
foreach(check includes sizes)
  add_test(NAME check.${check} COMMAND ${PYTHON3} ${CMAKE_SOURCE_DIR}/scripts/check-${check})
  set_tests_properties(check.${check} PROPERTIES LABELS check)
endforeach()
