foreach(name repo commit records publish lock attempt)
  dnschange_unit(${name} room_store)
endforeach()
# A disk that is full or fails, on demand.
target_link_options(unit_attempt PRIVATE -Wl,--wrap=pwrite,--wrap=fdatasync)
