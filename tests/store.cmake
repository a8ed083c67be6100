foreach(name repo commit)
  dnschange_unit(${name} room_store)
endforeach()
