foreach(name settings portfolio scope import)
  dnschange_unit(${name} room_portfolio)
endforeach()
dnschange_fuzz(settings room_portfolio)
