# Room survey: answers without writing.
foreach(test attempts changed known triage dependents expect)
  dnschange_unit(${test} room_survey)
  target_sources(unit_${test} PRIVATE ${CMAKE_SOURCE_DIR}/tests/support/fake_ports.c
    ${CMAKE_SOURCE_DIR}/tests/unit/survey_box.c)
endforeach()
