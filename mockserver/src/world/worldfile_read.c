/* SPDX-License-Identifier: Apache-2.0 */
/* Strictness, once for all parts of a world file: every refusal names origin, line and key,
 * says what is wrong and what would be right. */
#include "world/worldfile_inside.h"

#include "world/fail.h"

#include <stdarg.h>

int worldfile_taken(const struct loader *l, const struct cos_yaml *at, bool by_this_world,
                    const char *what)
{
    return world_fail(l->err, by_this_world ? COSMOCK_E_INVALID : COSMOCK_E_EXISTS, "%s:%u: %s",
                      l->origin, cos_yaml_line(at), what);
}

int worldfile_bad(const struct loader *l, const struct cos_yaml *at, const char *fmt, ...)
{
    char what[400];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(what, sizeof(what), fmt, args);
    va_end(args);
    (void)world_fail(l->err, COSMOCK_E_INVALID, "%s:%u: %s", l->origin, cos_yaml_line(at),
                     what);
    return COSMOCK_E_INVALID;
}

/* Every key of @map must be one of the words in @known ("uin|appid|keys"). */
static int check_keys(const struct loader *l, const struct cos_yaml *map, const char *where,
                      const char *known)
{
    for (const struct cos_yaml *v = cos_yaml_first(map); v != NULL; v = cos_yaml_next(v)) {
        const char *key = cos_yaml_key(v);
        struct cos_span rest = cos_span_of(known);
        bool found = false;
        while (rest.ptr != NULL && !found) {
            found = cos_span_eq_str(cos_span_cut(&rest, '|'), key);
        }
        if (!found) {
            return worldfile_bad(l, v, "unknown key '%s' in %s; known are: %s", key, where,
                                 known);
        }
    }
    return 0;
}

int worldfile_want(const struct loader *l, const struct cos_yaml *n, enum cos_yaml_kind kind,
                   const char *name)
{
    static const char *const words[] = {"nothing", "a single value", "a list", "a mapping"};
    if (n == NULL || cos_yaml_kind(n) == kind) {
        return 0;
    }
    return worldfile_bad(l, n, "'%s' must be %s, not %s", name, words[kind],
                         words[cos_yaml_kind(n)]);
}

int worldfile_want_map(const struct loader *l, const struct cos_yaml *n, const char *name,
                       const char *known)
{
    int r = worldfile_want(l, n, COS_YAML_MAPPING, name);
    return r < 0 ? r : check_keys(l, n, name, known);
}

/* *out NULL when absent. */
int worldfile_text(const struct loader *l, const struct cos_yaml *map,
                   const struct text_key *text, const char **out)
{
    const struct cos_yaml *n = cos_yaml_get(map, text->key);
    *out = NULL;
    if (n == NULL && !text->is_optional) {
        (void)worldfile_bad(l, map, "missing key '%s'", text->key);
        return COSMOCK_E_INVALID;
    }
    if (n == NULL) {
        return 0;
    }
    int r = worldfile_want(l, n, COS_YAML_SCALAR, text->key);
    if (r < 0) {
        return r;
    }
    const char *s = cos_yaml_str(n);
    size_t len = strlen(s);
    if (len == 0 || len > text->max_bytes || strspn(s, text->chars) != len) {
        (void)worldfile_bad(l, n, "'%s' must be 1 to %zu %s", text->key, text->max_bytes,
                            text->chars_name);
        return COSMOCK_E_INVALID;
    }
    *out = s;
    return 0;
}

int worldfile_no_memory(const struct loader *l, const char *for_what)
{
    return world_fail(l->err, COSMOCK_E_NOMEM, "no memory for %s", for_what);
}
