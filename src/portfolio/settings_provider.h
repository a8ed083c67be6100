/* settings_provider: one entry of "providers": its common keys, its secret
 * sources, its addresses.  Keys only the plugin knows pass unread. */
#pragma once
#include "portfolio/settings.h"

/* Reads the object at `path` ("providers" joined with the name). */
int provider_settings_read(const struct json_file *in, json_t *value, const char *path,
                           const char *name, struct provider_settings *ret,
                           struct err *err) WARN_UNUSED;
/* "192.0.2.1", "192.0.2.1:5301", "2001:db8::1", "[2001:db8::1]:53". */
bool address_valid(const char *text);
/* A field_fn: an array of such addresses into a struct strv. */
int addresses_read(const struct json_file *in, json_t *value, const char *path, void *ret,
                   struct err *err) WARN_UNUSED;
