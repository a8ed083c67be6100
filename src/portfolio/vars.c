/* vars: named values of a domain, a client or a ticket. */
#include <ctype.h>
#include <string.h>

#include "portfolio/portfolio.h"

const char *vars_get(const struct vars *vars, const char *name)
{
    for (size_t i = 0; i < vars->n; i++)
        if (strcmp(vars->v[i].name, name) == 0)
            return vars->v[i].value;
    return NULL;
}

void vars_set(struct arena *arena, struct vars *vars, const char *name, const char *value)
{
    for (size_t i = 0; i < vars->n; i++)
        if (strcmp(vars->v[i].name, name) == 0) {
            vars->v[i].value = value;
            return;
        }
    struct var *added = vec_push(arena, vars);
    *added = (struct var){ .name = name, .value = value };
}

bool var_name_valid(const char *name)
{
    size_t n = strlen(name);
    if (n == 0 || n > 63 || !(isalpha((unsigned char)name[0]) || name[0] == '_'))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!isalnum((unsigned char)name[i]) && name[i] != '_' && name[i] != '-')
            return false;
    return true;
}

bool var_name_builtin(const char *name)
{
    return strcmp(name, "domain") == 0 || strcmp(name, "domain_dashed") == 0 ||
           strcmp(name, "zone") == 0;
}

int vars_read(const struct json_file *in, json_t *value, const char *path, struct vars *ret,
              struct err *err)
{
    if (!json_is_object(value))
        return fields_error(in, path, err, "wants an object of variables");
    const char *key;
    json_t *member;
    json_object_foreach(value, key, member)
    {
        const char *at = path_join(in->arena, path, key);
        if (!var_name_valid(key))
            return fields_error(in, at, err,
                                "is no variable name (letters, digits, - and _, no digit first)");
        if (var_name_builtin(key))
            return fields_error(in, at, err, "is a built-in variable and cannot be given");
        if (!json_is_string(member))
            return fields_error(in, at, err, "wants a string");
        vars_set(in->arena, ret, arena_strdup(in->arena, key),
                 arena_strdup(in->arena, json_string_value(member)));
    }
    return 0;
}
