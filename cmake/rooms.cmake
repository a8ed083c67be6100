# Rooms: each is a static library that sees only the headers of the rooms and
# libraries on its link line.  A room's headers are included as "room/file.h"
# through a folder of its own that holds one link to the source folder, so a
# room that is not on the link line cannot be included either.
function(dnschange_room name)
  cmake_parse_arguments(ARG "" "" "SOURCES;ROOMS;LIBS" ${ARGN})
  set(view ${CMAKE_BINARY_DIR}/rooms/${name})
  file(MAKE_DIRECTORY ${view})
  file(CREATE_LINK ${CMAKE_SOURCE_DIR}/src/${name} ${view}/${name} SYMBOLIC)
  if(ARG_SOURCES)
    add_library(room_${name} STATIC ${ARG_SOURCES})
    target_include_directories(room_${name} PUBLIC ${view})
    set(scope PUBLIC)
    target_link_libraries(room_${name} PRIVATE dnschange_warnings)
  else()
    add_library(room_${name} INTERFACE)
    target_include_directories(room_${name} INTERFACE ${view})
    set(scope INTERFACE)
  endif()
  foreach(room IN LISTS ARG_ROOMS)
    target_link_libraries(room_${name} ${scope} room_${room})
  endforeach()
  target_link_libraries(room_${name} ${scope} ${ARG_LIBS})
  set_property(GLOBAL APPEND PROPERTY DNSCHANGE_ROOMS ${name})
  # The link line is the rule: the whole room, linked against nothing but what
  # it declares, must leave no symbol undefined.
  if(ARG_SOURCES AND BUILD_TESTING AND NOT DNSCHANGE_SANITIZE AND NOT DNSCHANGE_FUZZ)
    add_library(roomlink_${name} SHARED ${CMAKE_SOURCE_DIR}/cmake/empty.c)
    target_link_options(roomlink_${name} PRIVATE -Wl,-z,defs)
    target_link_libraries(roomlink_${name}
      PRIVATE -Wl,--whole-archive $<TARGET_FILE:room_${name}> -Wl,--no-whole-archive)
    foreach(room IN LISTS ARG_ROOMS)
      target_link_libraries(roomlink_${name} PRIVATE room_${room})
    endforeach()
    target_link_libraries(roomlink_${name} PRIVATE ${ARG_LIBS})
    add_dependencies(roomlink_${name} room_${name})
    set_target_properties(roomlink_${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY
      ${CMAKE_BINARY_DIR}/roomlink)
  endif()
endfunction()

# A cmocka test program for one source file: dnschange_unit(NAME room_x ...)
function(dnschange_unit name)
  add_executable(unit_${name} ${CMAKE_SOURCE_DIR}/tests/unit/test_${name}.c)
  target_link_libraries(unit_${name} PRIVATE ${ARGN} PkgConfig::CMOCKA dnschange_warnings)
  target_include_directories(unit_${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/support)
  target_compile_definitions(unit_${name} PRIVATE TEST_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  set_target_properties(unit_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY
    ${CMAKE_BINARY_DIR}/tests)
  add_test(NAME unit.${name} COMMAND unit_${name})
  set_tests_properties(unit.${name} PROPERTIES LABELS unit TIMEOUT 300)
endfunction()

# A fuzz target; without a fuzzer it reads its corpus as a regression test.
# The target file is tests/fuzz/fuzz_NAME.c with LLVMFuzzerTestOneInput, its
# corpus tests/fuzz/corpus/NAME/.
function(dnschange_fuzz name)
  add_executable(fuzz_${name} ${CMAKE_SOURCE_DIR}/tests/fuzz/fuzz_${name}.c)
  target_link_libraries(fuzz_${name} PRIVATE ${ARGN} dnschange_warnings)
  set_target_properties(fuzz_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY
    ${CMAKE_BINARY_DIR}/tests)
  if(DNSCHANGE_FUZZ)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
    add_test(NAME fuzz.${name} COMMAND fuzz_${name} -runs=0
      ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${name})
  else()
    target_sources(fuzz_${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/support/fuzz_driver.c)
    add_test(NAME fuzz.${name} COMMAND fuzz_${name}
      ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${name})
  endif()
  set_tests_properties(fuzz.${name} PROPERTIES LABELS fuzz TIMEOUT 300)
endfunction()
