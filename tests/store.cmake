foreach(name repo commit records)
  dnschange_unit(${name} room_store)
endforeach()
