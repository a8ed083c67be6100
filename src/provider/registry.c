/* registry: plugin files.  See registry.h. */
#include "provider/registry.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/map.h"

struct registry {
    struct arena *arena;
    struct strv folders;
    struct map *loaded; /* name -> const struct dc_plugin */
};

struct registry *registry_new(struct arena *arena, const char *const *folders, size_t n)
{
    struct registry *registry = ARENA_NEW(arena, struct registry);
    registry->arena = arena;
    registry->loaded = map_new(arena);
    for (size_t i = 0; i < n; i++)
        strv_push(arena, &registry->folders, arena_strdup(arena, folders[i]));
    return registry;
}

/* ---- the file ---- */

static int owner_check(const char *path, const struct stat *st, struct err *err)
{
    if (st->st_uid == 0 || st->st_uid == geteuid())
        return 0;
    err_set(err, ERR_INVALID, "%s belongs to user %lu, who is neither root nor you", path,
            (unsigned long)st->st_uid);
    return err_hint(err, "install plugins as root or as the user who runs them");
}

/* Whoever can replace a folder on the way can replace the plugin.  A sticky
 * folder such as /tmp lets others add files but not replace ours. */
static int folders_check(const char *real, struct err *err)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s", real);
    for (char *slash; (slash = strrchr(path, '/'));) {
        slash[slash == path] = '\0';
        struct stat st;
        if (stat(path, &st))
            return err_errno(err, ERR_INVALID, errno, "%s", path);
        if ((st.st_mode & S_IWOTH) && !(st.st_mode & S_ISVTX)) {
            err_set(err, ERR_INVALID, "%s: the folder %s can be written by anybody", real, path);
            return err_hint(err, "chmod o-w %s", path);
        }
        if (slash == path)
            return 0;
    }
    return 0;
}

static int file_check(const char *path, int fd, struct err *err)
{
    struct stat st;
    if (fstat(fd, &st))
        return err_errno(err, ERR_INVALID, errno, "%s", path);
    if (!S_ISREG(st.st_mode))
        return err_set(err, ERR_INVALID, "%s is not a regular file", path);
    if (st.st_mode & S_IWOTH) {
        err_set(err, ERR_INVALID, "%s can be written by anybody", path);
        return err_hint(err, "chmod o-w %s", path);
    }
    return owner_check(path, &st, err);
}

/* Opens FOLDER/NAME.so and judges it; *ret_real is where it really lies. */
static int file_open(const char *path, char ret_real[PATH_MAX], int *ret_fd, struct err *err)
{
    FD_SCOPED fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return err_errno(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_INVALID, errno, "%s", path);
    if (!realpath(path, ret_real))
        return err_errno(err, ERR_INVALID, errno, "%s", path);
    if (file_check(path, fd, err) || folders_check(ret_real, err))
        return -1;
    *ret_fd = fd;
    fd = -1;
    return 0;
}

static bool file_same(int a, int b)
{
    struct stat sa, sb;
    return fstat(a, &sa) == 0 && fstat(b, &sb) == 0 && sa.st_dev == sb.st_dev &&
           sa.st_ino == sb.st_ino;
}

/* The file of that name in the first folder that has one.  A different one in a
 * later folder (an installed plugin beside a fresh build) is passed over, aloud. */
static int file_find(const struct registry *registry, const char *name, const char **ret_path,
                     int *ret_fd, struct err *err)
{
    FD_SCOPED found = -1;
    const char *where = NULL;
    for (size_t i = 0; i < registry->folders.n; i++) {
        const char *folder = registry->folders.v[i];
        if (folder[0] != '/')
            return err_set(err, ERR_INVALID, "plugin folder \"%s\" is not absolute", folder);
        const char *path = arena_printf(registry->arena, "%s/%s.so", folder, name);
        char real[PATH_MAX];
        FD_SCOPED fd = -1;
        if (access(path, F_OK) && errno == ENOENT)
            continue;
        if (found >= 0) {
            fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
            if (fd >= 0 && !file_same(found, fd))
                log_line(LOG_WARNING, "two different plugins \"%s\": %s is used, %s is not", name,
                         where, path);
            continue;
        }
        if (file_open(path, real, &fd, err))
            return -1;
        found = fd;
        where = path;
        fd = -1;
    }
    if (found < 0)
        return err_set(err, ERR_NOT_FOUND, "no plugin \"%s\"", name);
    *ret_path = where;
    *ret_fd = found;
    found = -1;
    return 0;
}

/* ---- what it says about itself ---- */

static int caps_judge(const struct dc_caps *caps, const char *name, struct err *err)
{
    if (!caps || caps->size < sizeof *caps)
        return err_set(err, ERR_INVALID, "plugin \"%s\" declares no abilities or half of them",
                       name);
    if (caps->model > DC_MODEL_RECORD || caps->atomic > DC_ATOMIC_ZONE ||
        caps->guard > DC_GUARD_EXACT || caps->settle > DC_SETTLE_SILENT ||
        caps->ttl_min_s > caps->ttl_max_s || caps->ttl_max_s > INT32_MAX || !caps->max_inflight ||
        !caps->max_requests || !caps->concurrent || (caps->n_limits && !caps->limits))
        return err_set(err, ERR_INVALID, "plugin \"%s\" declares abilities that cannot be", name);
    for (size_t i = 0; i < caps->n_limits; i++)
        if (caps->limits[i].scope > DC_SCOPE_ADDRESS || caps->limits[i].kind > DC_KIND_WRITE ||
            !caps->limits[i].n || !caps->limits[i].per_ms)
            return err_set(err, ERR_INVALID, "plugin \"%s\" declares a limit that cannot be", name);
    return 0;
}

int plugin_judge(const struct dc_plugin *plugin, const char *name, struct err *err)
{
    if (plugin->abi_major != DC_ABI_MAJOR)
        return err_set(err, ERR_INVALID,
                       "plugin \"%s\" was made for ABI %u, this program speaks ABI %d", name,
                       plugin->abi_major, DC_ABI_MAJOR);
    if (plugin->abi_minor > DC_ABI_MINOR)
        return err_set(err, ERR_INVALID,
                       "plugin \"%s\" needs ABI %u.%u, this program has %d.%d: update dnschange",
                       name, plugin->abi_major, plugin->abi_minor, DC_ABI_MAJOR, DC_ABI_MINOR);
    if (plugin->size != sizeof *plugin)
        return err_set(err, ERR_INVALID,
                       "plugin \"%s\" has a description of %zu octets, %zu expected", name,
                       plugin->size, sizeof *plugin);
    if (!plugin->name || strcmp(plugin->name, name) != 0)
        return err_set(err, ERR_INVALID, "the plugin file \"%s\" calls itself \"%.64s\"", name,
                       plugin->name ? plugin->name : "");
    if (!plugin->version || !plugin->begin || !plugin->produce || !plugin->consume ||
        (plugin->n_settings && !plugin->settings))
        return err_set(err, ERR_INVALID, "plugin \"%s\" lacks a version or a function", name);
    return caps_judge(plugin->caps, name, err);
}

/* ---- loading ---- */

/* Takes *fd over once the object is mapped: the loader knows objects by the path
 * they came from, so the number must not come to mean another file. */
static const struct dc_plugin *file_load(const char *path, const char *name, int *fd,
                                         struct err *err)
{
    char opened[64];
    snprintf(opened, sizeof opened, "/proc/self/fd/%d", *fd);
    /* The file that was judged, not whatever has this path by now. */
    void *handle = dlopen(opened, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        err_set(err, ERR_INVALID, "%s: %s", path, dlerror());
        return NULL;
    }
    *fd = -1;
    const struct dc_plugin *plugin = dlsym(handle, DC_PLUGIN_SYMBOL);
    if (!plugin) {
        err_set(err, ERR_INVALID, "%s has no symbol %s", path, DC_PLUGIN_SYMBOL);
        err_hint(err, "it is not a dnschange provider plugin");
        return NULL;
    }
    return plugin_judge(plugin, name, err) ? NULL : plugin;
}

const struct dc_plugin *registry_load(struct registry *registry, const char *name, struct err *err)
{
    const struct dc_plugin *plugin = map_get(registry->loaded, name);
    if (plugin)
        return plugin;
    const char *path = NULL;
    FD_SCOPED fd = -1;
    if (name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-")] || !*name) {
        err_set(err, ERR_INVALID, "\"%.64s\" is not the name of a plugin (a-z, 0-9, -)", name);
        return NULL;
    }
    if (file_find(registry, name, &path, &fd, err)) {
        if (err && err->code == ERR_NOT_FOUND)
            err_hint(err, "looked in %s", strv_join(registry->arena, &registry->folders, ", "));
        return NULL;
    }
    plugin = file_load(path, name, &fd, err);
    if (!plugin)
        return NULL;
    union { /* the map hands out what it was given, and this is never written */
        const struct dc_plugin *in;
        void *out;
    } keep = { plugin };
    map_put(registry->loaded, arena_strdup(registry->arena, name), keep.out);
    return plugin;
}

static void folder_closep(DIR **dir)
{
    if (*dir)
        closedir(*dir);
}

void registry_names(const struct registry *registry, struct arena *arena, struct strv *ret)
{
    for (size_t i = 0; i < registry->folders.n; i++) {
        CLEANUP(folder_closep) DIR *dir = opendir(registry->folders.v[i]);
        for (struct dirent *entry; dir && (entry = readdir(dir));) {
            size_t n = strlen(entry->d_name);
            if (n <= 3 || strcmp(entry->d_name + n - 3, ".so") != 0)
                continue;
            const char *name = arena_strndup(arena, entry->d_name, n - 3);
            if (!strv_has(ret, name))
                strv_push(arena, ret, name);
        }
    }
}
