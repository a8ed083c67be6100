# The real program against PowerDNS, Knot and git on loopback.
file(GLOB functional CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/functional/test_*.py)
foreach(test IN LISTS functional)
  get_filename_component(name ${test} NAME_WE)
  string(REPLACE "test_" "" name ${name})
  add_test(NAME functional.${name} COMMAND ${PYTHON3} ${test})
  set_tests_properties(functional.${name} PROPERTIES LABELS functional TIMEOUT 900
    ENVIRONMENT "DNSCHANGE_BUILD=${CMAKE_BINARY_DIR}")
endforeach()
