/* textfile: reads text for commands; understands none of it. */
#include "cli/textfile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"

enum { TEXT_MAX = 64 << 20 };

static int stdin_read(struct arena *arena, char **ret, size_t *ret_len, struct err *err)
{
    char part[65536];
    size_t n;
    BUF_SCOPED all = BUF(TEXT_MAX);
    while ((n = fread(part, 1, sizeof part, stdin)) > 0)
        buf_add(&all, part, n);
    if (ferror(stdin))
        return err_errno(err, ERR_FAILED, errno, "standard input");
    if (buf_full(&all))
        return err_set(err, ERR_INVALID, "standard input: more than 64 MiB");
    *ret_len = all.len;
    *ret = buf_take(&all, arena);
    return 0;
}

int textfile_read(const char *path, struct arena *arena, char **ret, struct err *err)
{
    size_t len;
    char *text;
    int rc = !strcmp(path, "-") ? stdin_read(arena, &text, &len, err)
                                : file_read(path, TEXT_MAX, arena, &text, &len, err);
    if (rc)
        return -1;
    if (memchr(text, 0, len))
        return err_set(err, ERR_INVALID, "%s: holds NUL octets, so it is no text", path);
    *ret = text;
    return 0;
}
