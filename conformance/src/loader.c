/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding plugins the way Fluss does (facts: requirements PLUG-001..009, 013; PluginUtils /
 * PluginConfig of fluss-common): every folder below ${FLUSS_PLUGINS_DIR}, else
 * ${FLUSS_HOME}/plugins, is one plugin; its name is only an id; it must hold at least one
 * artefact (*.so); other files are ignored; an artefact that cannot be loaded is logged and
 * skipped; a missing plugins folder is a warning. Two plugins for one scheme are a start-up
 * error.
 *
 * Loaded objects stay mapped until the process ends: a plugin may have threads, and unmapping
 * code under them is worse than keeping it.
 */
#include "subject_internal.h"

#include "cosbase/alloc.h"

#include <dirent.h>
#include <dlfcn.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void set_error(struct cosn_plugin_error *e, int code, const char *what, const char *path)
{
    e->code = code;
    (void)snprintf(e->message, sizeof(e->message), "%s: %.400s", what, path);
}

static void warn(struct subject *s, const char *what, const char *path, const char *detail)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    cos_buf_init(&b, 8192);
    cos_buf_printf(&b, "%s: %s%s%s", what, path, detail != NULL ? ": " : "",
                   detail != NULL ? detail : "");
    subject_log(s, "WARN", "loader", cos_buf_cstr(&b));
}

static bool is_dir(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static void remember_artifact(struct subject *s, const char *path)
{
    for (size_t i = 0; i < s->n_artifacts; i++) {
        if (strcmp(s->artifacts[i], path) == 0) {
            return;
        }
    }
    char **grown = cos_realloc_array(s->artifacts, s->n_artifacts + 1, sizeof(*grown));
    if (grown != NULL) {
        s->artifacts = grown;
        s->artifacts[s->n_artifacts] = cos_strdup(path);
        s->n_artifacts += s->artifacts[s->n_artifacts] != NULL ? 1 : 0;
    }
}

/*
 * dlsym gives an object pointer for a function; the round trip through a union is what POSIX
 * asks for.
 */
static cosn_plugin_entry_fn entry_of(void *object)
{
    union {
        void *object;
        cosn_plugin_entry_fn entry;
    } symbol = {.object = dlsym(object, COSN_PLUGIN_ENTRY_SYMBOL)};
    return symbol.object != NULL ? symbol.entry : NULL;
}

/* The table of one artefact; NULL after a warning when it cannot be used. */
static const struct cosn_plugin_table *load_artifact(struct subject *s, const char *path,
                                                     unsigned abi_major)
{
    void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (object == NULL) {
        warn(s, "cannot load", path, dlerror());
        return NULL;
    }
    cosn_plugin_entry_fn entry = entry_of(object);
    if (entry == NULL) {
        warn(s, "no " COSN_PLUGIN_ENTRY_SYMBOL " in", path, NULL);
        return NULL;
    }
    const struct cosn_plugin_table *table = entry((uint16_t)abi_major, COSN_PLUGIN_ABI_MINOR);
    if (table == NULL || table->abi_major != abi_major ||
        table->struct_size < offsetof(struct cosn_plugin_table, exists)) {
        warn(s, "the ABI does not fit", path, NULL);
        return NULL;
    }
    remember_artifact(s, path);
    s->entry = entry;
    return table;
}

static bool serves_cosn(const struct cosn_plugin_table *table)
{
    for (const char *const *p = table->schemes; p != NULL && *p != NULL; p++) {
        if (strcmp(*p, "cosn") == 0) {
            return true;
        }
    }
    return false;
}

struct search {
    struct subject *s;
    struct found_plugin found;
    struct cosn_plugin_error *e;
};

static int search_artifact(struct search *search, const char *path)
{
    const struct cosn_plugin_table *table =
        load_artifact(search->s, path, COSN_PLUGIN_ABI_MAJOR);
    if (table == NULL || !serves_cosn(table)) {
        return COSN_PLUGIN_OK;
    }
    if (search->found.table != NULL) {
        (void)snprintf(search->e->message, sizeof(search->e->message),
                       "two plugins serve the scheme cosn: %.200s and %.200s",
                       search->found.path, path);
        search->e->code = COSN_PLUGIN_CONFIG;
        return COSN_PLUGIN_CONFIG;
    }
    search->found.table = table;
    (void)snprintf(search->found.path, sizeof(search->found.path), "%s", path);
    return COSN_PLUGIN_OK;
}

static int is_artifact(const struct dirent *entry)
{
    size_t n = strlen(entry->d_name);
    return n > 3 && strcmp(entry->d_name + n - 3, ".so") == 0;
}

static int is_no_dot(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void free_names(struct dirent **names, int n)
{
    for (int i = 0; i < n; i++) {
        free(names[i]);
    }
    free(names);
}

static int search_folder(struct search *search, const char *folder)
{
    struct dirent **names = NULL;
    int n = scandir(folder, &names, is_artifact, alphasort);
    if (n <= 0) {
        free_names(names, n);
        set_error(search->e, COSN_PLUGIN_CONFIG, "the plugin folder holds no artefact (*.so)",
                  folder);
        return COSN_PLUGIN_CONFIG;
    }
    int r = COSN_PLUGIN_OK;
    for (int i = 0; i < n && r == COSN_PLUGIN_OK; i++) {
        char path[4096];
        (void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name);
        r = search_artifact(search, path);
    }
    free_names(names, n);
    return r;
}

static int search_plugins_dir(struct search *search, const char *dir)
{
    struct dirent **names = NULL;
    int n = scandir(dir, &names, is_no_dot, alphasort);
    if (n < 0) {
        warn(search->s, "the plugins folder does not exist", dir, NULL);
        return COSN_PLUGIN_OK;
    }
    int r = COSN_PLUGIN_OK;
    for (int i = 0; i < n && r == COSN_PLUGIN_OK; i++) {
        char folder[2048];
        (void)snprintf(folder, sizeof(folder), "%s/%s", dir, names[i]->d_name);
        if (is_dir(folder)) {
            r = search_folder(search, folder);
        }
    }
    free_names(names, n);
    return r;
}

int loader_find(struct subject *s, const char *path, const char *plugins_dir,
                struct found_plugin *out, struct cosn_plugin_error *e)
{
    struct search search = {.s = s, .e = e};
    int r;
    if (plugins_dir != NULL) {
        r = search_plugins_dir(&search, plugins_dir);
    } else if (is_dir(path)) {
        char dir[2048];
        (void)snprintf(dir, sizeof(dir), "%s/plugins", path);
        r = search_plugins_dir(&search, dir);
    } else {
        r = search_artifact(&search, path);
        if (r == COSN_PLUGIN_OK && search.found.table == NULL) {
            set_error(e, COSN_PLUGIN_CONFIG, "not a plugin that serves cosn", path);
            r = COSN_PLUGIN_CONFIG;
        }
    }
    if (r == COSN_PLUGIN_OK) {
        *out = search.found;
    }
    return r;
}

/*
 * With abi_major `load` only asks the entry of the subject, and refuses to be pleased by a
 * table for the wrong number.
 */
static void ask_entry(struct call *c, int64_t abi_major)
{
    if (c->s->entry == NULL) {
        protocol_fail(c, COSN_PLUGIN_UNSUPPORTED, "driver: the subject has no entry to ask");
    } else if (c->s->entry((uint16_t)abi_major, COSN_PLUGIN_ABI_MINOR) == NULL) {
        protocol_fail(c, COSN_PLUGIN_ABI, "the entry refuses ABI %lld", (long long)abi_major);
    }
}

/*
 * With fluss_home or plugins_dir `load` searches that tree; without, the subject the driver was
 * started with is back.
 */
void run_load(struct call *c)
{
    struct subject *s = c->s;
    int64_t abi_major;
    if (cos_json_i64(cos_json_get(c->request, "abi_major"), &abi_major)) {
        ask_entry(c, abi_major);
        return;
    }
    const char *home = protocol_str_or(c, "fluss_home", NULL);
    const char *plugins = protocol_str_or(c, "plugins_dir", NULL);
    if (home == NULL && plugins == NULL) {
        s->table = s->default_table;
    } else {
        struct cosn_plugin_error e = CALL_ERROR_INIT;
        struct found_plugin found = {0};
        s->table = NULL;
        if (!protocol_check(c, loader_find(s, home, plugins, &found, &e), &e)) {
            return;
        }
        s->table = found.table;
    }
    cos_jw_array(&c->w, "schemes");
    for (const char *const *p = s->table != NULL ? s->table->schemes : NULL;
         p != NULL && *p != NULL; p++) {
        cos_jw_str(&c->w, NULL, *p);
    }
    cos_jw_end(&c->w);
}
