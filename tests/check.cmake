# The structure of the house.
foreach(check includes sizes)
  add_test(NAME check.${check} COMMAND ${PYTHON3} ${CMAKE_SOURCE_DIR}/scripts/check-${check})
  set_tests_properties(check.${check} PROPERTIES LABELS check)
endforeach()
add_test(NAME check.docs
  COMMAND ${PYTHON3} ${CMAKE_SOURCE_DIR}/scripts/check-docs ${CMAKE_BINARY_DIR})
set_tests_properties(check.docs PROPERTIES LABELS check)
add_test(NAME check.format COMMAND ${CMAKE_SOURCE_DIR}/scripts/check-format)
set_tests_properties(check.format PROPERTIES LABELS check)
