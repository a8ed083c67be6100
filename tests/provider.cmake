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

# The plugin interface alone.
add_test(NAME header.provider
  COMMAND ${CMAKE_SOURCE_DIR}/tests/header/check.sh ${CMAKE_SOURCE_DIR})
set_tests_properties(header.provider PROPERTIES LABELS header TIMEOUT 120)

# Plugins that are wrong on purpose, each in a way of its own.
set(wrong_plugins)
function(wrong_plugin name)
  add_library(wrong_${name} MODULE ${CMAKE_SOURCE_DIR}/tests/support/plugins/wrong.c)
  string(TOUPPER ${name} upper)
  target_compile_definitions(wrong_${name} PRIVATE PLUGIN_NAME="${name}" WRONG_${upper})
  target_include_directories(wrong_${name} PRIVATE ${CMAKE_SOURCE_DIR}/include)
  set_target_properties(wrong_${name} PROPERTIES PREFIX "" OUTPUT_NAME ${name}
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests/plugins)
  set(wrong_plugins ${wrong_plugins} wrong_${name} PARENT_SCOPE)
endfunction()
foreach(name good caps symbol major minor size name function answer silent idle sleepy path slot
    writer)
  wrong_plugin(${name})
endforeach()

foreach(name registry provider account auth budget retry exchange host)
  if(EXISTS ${CMAKE_SOURCE_DIR}/tests/unit/test_${name}.c)
    dnschange_unit(${name} room_provider)
    target_compile_definitions(unit_${name} PRIVATE
      PLUGIN_FOLDER="${CMAKE_BINARY_DIR}/providers"
      WRONG_FOLDER="${CMAKE_BINARY_DIR}/tests/plugins")
    add_dependencies(unit_${name} provider_powerdns ${wrong_plugins})
  endif()
endforeach()
# A program that cannot be started is reported through memory shared with the child,
# which valgrind's fork does not do.
set_property(TEST unit.auth APPEND PROPERTY LABELS no-valgrind)

# Every reply path of the plugins, from octets; the plugin is linked in.
dnschange_fuzz(powerdns room_provider)
file(GLOB powerdns_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/providers/powerdns/*.c)
target_sources(fuzz_powerdns PRIVATE ${powerdns_sources})
