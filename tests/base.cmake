foreach(name arena buf clock digest err fields file log map)
  dnschange_unit(${name} room_base)
endforeach()
dnschange_fuzz(fields room_base)
