# Room cli: options, output, rendering, and what the manual says of them.
dnschange_unit(args room_cli)
dnschange_unit(jsonw room_cli)
dnschange_unit(out room_cli)
dnschange_unit(group room_cli)
dnschange_unit(render room_cli)
dnschange_unit(progress room_cli)
dnschange_unit(control room_cli)
dnschange_unit(commands room_cli)
