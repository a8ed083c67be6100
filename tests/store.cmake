foreach(name repo commit records publish lock attempt)
  dnschange_unit(${name} room_store)
endforeach()
# A disk that is full or fails, on demand.
target_link_options(unit_attempt PRIVATE -Wl,--wrap=pwrite,--wrap=fdatasync)
# valgrind 3.19 does not know openat2, with which paths are kept inside the repository.
set_property(TEST unit.repo APPEND PROPERTY LABELS no-valgrind)
