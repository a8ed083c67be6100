/* extra: disabled records and comments of a set as text in one fixed order, and
 * back.  PowerDNS gives both in the order of its database, which may change. */
#include "powerdns.h"

#include <stdlib.h>
#include <string.h>

static int strings_compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void pdns_strings_sort(const char **v, size_t n)
{
    if (n > 1)
        qsort(v, n, sizeof *v, strings_compare);
}

const char *pdns_extra_format(const struct dc_host *host, struct dc_arena *arena,
                              const struct pdns_extra *extra)
{
    if (extra->n_disabled == 0 && extra->n_comments == 0)
        return NULL;
    struct dc_text *text = host->text_new(arena);
    host->text_add(text, "{");
    for (size_t i = 0; i < extra->n_comments; i++) {
        host->text_add(text, i ? "," : "\"comments\":[");
        host->text_add(text, extra->comments[i]);
    }
    host->text_add(text, extra->n_comments ? extra->n_disabled ? "]," : "]" : "");
    for (size_t i = 0; i < extra->n_disabled; i++) {
        host->text_add(text, i ? "," : "\"disabled\":[");
        host->text_add_json(text, extra->disabled[i]);
    }
    host->text_add(text, extra->n_disabled ? "]}" : "}");
    return host->text_end(text, NULL);
}

/* Strings of an array, or (dumped) its objects; NULL when it holds anything else. */
static const char *const *array_read(const struct dc_host *host, struct dc_op *op,
                                     const struct dc_json *array, int objects, size_t *ret_n)
{
    size_t n = host->json_count(array);
    const char **v = host->alloc(op->arena, (n + 1) * sizeof *v);
    if (array && !host->json_is_array(array))
        return NULL;
    for (size_t i = 0; i < n; i++) {
        const struct dc_json *one = host->json_at(array, i);
        const char *string = host->json_string(one);
        if (objects ? !host->json_is_object(one) : !string)
            return NULL;
        v[i] = objects ? host->json_dump(op->arena, one) : host->print(op->arena, "%s", string);
    }
    pdns_strings_sort(v, n);
    *ret_n = n;
    return v;
}

int pdns_extra_parse(const struct dc_host *host, struct dc_op *op, const char *text,
                     struct pdns_extra *ret)
{
    const char *why;
    struct pdns_extra extra = { NULL, 0, NULL, 0 };
    *ret = extra;
    if (!text)
        return 0;
    const struct dc_json *root = host->json_parse(op, text, strlen(text), &why);
    if (!root || !host->json_is_object(root))
        return -1;
    extra.disabled = array_read(host, op, host->json_get(root, "disabled"), 0, &extra.n_disabled);
    extra.comments = array_read(host, op, host->json_get(root, "comments"), 1, &extra.n_comments);
    if (!extra.disabled || !extra.comments)
        return -1;
    *ret = extra;
    return 0;
}

int pdns_comments_same(const struct pdns_extra *a, const struct pdns_extra *b)
{
    if (a->n_comments != b->n_comments)
        return 0;
    for (size_t i = 0; i < a->n_comments; i++)
        if (strcmp(a->comments[i], b->comments[i]) != 0)
            return 0;
    return 1;
}
