/* edit_json: an edit as a ticket holds it.  Not for other rooms. */
#pragma once
#include "base/buf.h"
#include "base/fields.h"
#include "ticket/edit.h"

/* Reads the array at `path`. */
int edits_read(const struct json_file *in, json_t *value, const char *path, struct edits *ret,
               struct err *err) WARN_UNUSED;
/* One compact object in the contract's key order. */
void edit_write(struct buf *out, const struct edit *edit);
void json_put_strv(struct buf *out, const struct strv *list); /* ["a", "b"] */
