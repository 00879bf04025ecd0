/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a waiver file; every member is demanded, so that no waiver lives for ever without a
 * reason.
 */
#include "waivers.h"

#include "cosbase/date.h"
#include "cosbase/file.h"
#include "cosbase/yaml.h"

#include <stdio.h>
#include <string.h>

static int wrong(char *why, const char *path, unsigned line, const char *what)
{
    (void)snprintf(why, 512, "%.200s:%u: %s", path, line, what);
    return -1;
}

static bool is_day(const char *text)
{
    int64_t ms;
    char full[32];
    (void)snprintf(full, sizeof(full), "%.12sT00:00:00Z", text);
    return strlen(text) == 10 && cos_date_iso_parse(cos_span_of(full), &ms);
}

static int read_one(struct waivers *out, const struct catalogue *c, const struct cos_yaml *node,
                    const char *path, char *why)
{
    struct waiver *w = &out->items[out->n];
    const struct {
        const char *key;
        const char **to;
    } members[] = {{"id", &w->id},
                   {"reason", &w->reason},
                   {"issue", &w->issue},
                   {"expires", &w->expires}};
    for (size_t i = 0; i < COS_ARRAY_LEN(members); i++) {
        const char *text = cos_yaml_str(cos_yaml_get(node, members[i].key));
        if (text == NULL || text[0] == '\0') {
            return wrong(why, path, cos_yaml_line(node),
                         "a waiver needs id, reason, issue and expires (YYYY-MM-DD)");
        }
        *members[i].to = cos_arena_str(&out->arena, cos_span_of(text));
        if (*members[i].to == NULL) {
            return wrong(why, path, cos_yaml_line(node), "no memory");
        }
    }
    if (catalogue_find(c, w->id) == NULL) {
        return wrong(why, path, cos_yaml_line(node),
                     "the waiver's id is no requirement; 'cosconform list' prints them");
    }
    if (!is_day(w->expires)) {
        return wrong(why, path, cos_yaml_line(node), "expires is no day; write YYYY-MM-DD");
    }
    out->n++;
    return 0;
}

int waivers_load(struct waivers *out, const struct catalogue *c, const char *path,
                 char why[512])
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf file = {0};
    cos_buf_init(&file, 1 << 20);
    *out = (struct waivers){0};
    int r = cos_file_read(&file, path);
    if (r < 0) {
        (void)snprintf(why, 512, "%.200s: cannot read the waivers: %s", path, strerror(-r));
        return -1;
    }
    COS_CLEANUP(cos_yaml_free) struct cos_yaml *root = NULL;
    struct cos_text_error err = {0};
    if (cos_yaml_parse(&root, cos_buf_view(&file), &COS_YAML_LIMITS_DEFAULT, &err) < 0) {
        return wrong(why, path, err.line, err.message);
    }
    const struct cos_yaml *list = cos_yaml_get(root, "waivers");
    if (cos_yaml_kind(list) != COS_YAML_SEQUENCE) {
        return wrong(why, path, 1, "key 'waivers' is missing or no list");
    }
    size_t n = 0;
    for (const struct cos_yaml *i = cos_yaml_first(list); i != NULL; i = cos_yaml_next(i)) {
        n++;
    }
    cos_arena_init(&out->arena, 4 << 20);
    out->items = cos_arena_array(&out->arena, n + 1, sizeof(*out->items));
    for (const struct cos_yaml *i = cos_yaml_first(list); i != NULL && r == 0;
         i = cos_yaml_next(i)) {
        r = out->items != NULL ? read_one(out, c, i, path, why)
                               : wrong(why, path, 1, "no memory");
    }
    if (r < 0) {
        waivers_deinit(out);
    }
    return r;
}

void waivers_deinit(struct waivers *w)
{
    cos_arena_deinit(&w->arena);
    *w = (struct waivers){0};
}

const struct waiver *waivers_find(const struct waivers *w, const char *id)
{
    for (size_t i = 0; w != NULL && i < w->n; i++) {
        if (strcmp(w->items[i].id, id) == 0) {
            return &w->items[i];
        }
    }
    return NULL;
}

bool waiver_is_expired(const struct waiver *w, int64_t unix_ms)
{
    char today[11];
    cos_date_day(today, unix_ms / 1000);
    return strcmp(w->expires, today) < 0;
}
