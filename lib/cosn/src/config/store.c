/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration itself: keys with values that remember where they came from, in order of
 * first appearance, found through a hash table. Values are wiped when they go, because any of
 * them may be a secret.
 *
 * A key under "client.fs." is one for the filesystem with the whole prefix taken off, and wins
 * over the plain key: that is how a Fluss client hands options on (FlussConnection.java:77-82,
 * fluss-plugin.md s.2.3).
 */
#include "config/config.h"

#include "cosbase/alloc.h"
#include "cosbase/buf.h"
#include "cosbase/secret.h"
#include "cosbase/shown.h"
#include "wire/wire.h"

#include <stdarg.h>

#define CLIENT_PREFIX "client.fs."
#define MAX_WARNINGS 200

struct entry {
    char *key, *value, *origin;
    bool is_resolved; /* nothing in it is a marker any more */
    bool is_hidden;   /* it came out of one */
};

struct cosn_config {
    struct entry *entries;
    size_t n, room;
    /* index + 1 into entries, 0 free; a power of two of them, at most half full */
    uint32_t *slots;
    size_t n_slots;
    char **warnings;
    size_t n_warnings;
};

static uint32_t hash_key(struct cos_span key)
{
    uint32_t h = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < key.len; i++) {
        h = (h ^ (unsigned char)key.ptr[i]) * 16777619u;
    }
    return h;
}

static struct entry *find(const struct cosn_config *config, struct cos_span key)
{
    if (config->n_slots == 0) {
        return NULL;
    }
    size_t mask = config->n_slots - 1;
    for (size_t at = hash_key(key) & mask; config->slots[at] != 0; at = (at + 1) & mask) {
        struct entry *e = &config->entries[config->slots[at] - 1];
        if (cos_span_eq_str(key, e->key)) {
            return e;
        }
    }
    return NULL;
}

static void place(struct cosn_config *config, size_t index)
{
    size_t mask = config->n_slots - 1;
    size_t at = hash_key(cos_span_of(config->entries[index].key)) & mask;
    while (config->slots[at] != 0) {
        at = (at + 1) & mask;
    }
    config->slots[at] = (uint32_t)index + 1;
}

static bool make_room(struct cosn_config *config)
{
    if (config->n < config->room) {
        return true;
    }
    size_t room = config->room == 0 ? 32 : config->room * 2;
    uint32_t *slots = cos_calloc(room * 2, sizeof(*slots));
    if (slots == NULL) {
        return false;
    }
    struct entry *entries = cos_realloc_array(config->entries, room, sizeof(*entries));
    if (entries == NULL) {
        cos_free(slots);
        return false;
    }
    cos_free(config->slots);
    config->slots = slots;
    config->n_slots = room * 2;
    config->entries = entries;
    config->room = room;
    for (size_t i = 0; i < config->n; i++) {
        place(config, i);
    }
    return true;
}

static void drop_value(char *value)
{
    if (value != NULL) {
        cos_wipe(value, strlen(value));
        cos_free(value);
    }
}

static void drop_entry(struct entry *e)
{
    cos_free(e->key);
    drop_value(e->value);
    cos_free(e->origin);
}

static int set_span(struct cosn_config *config, struct cos_span key, struct cos_span value,
                    const char *origin, struct cosn_error *err)
{
    struct entry fresh = {
        .key = cos_strndup(key.ptr, key.len),
        .value = cos_strndup(value.ptr, value.len),
        .origin = cos_strdup(origin),
    };
    struct entry *old = find(config, key);
    bool ok = fresh.key != NULL && fresh.value != NULL && fresh.origin != NULL;
    if (!ok || (old == NULL && !make_room(config))) {
        drop_entry(&fresh);
        return fail(err, COSN_E_NOMEM, "out of memory");
    }
    if (old != NULL) {
        drop_entry(old);
        *old = fresh;
        return 0;
    }
    config->entries[config->n] = fresh;
    place(config, config->n);
    config->n++;
    return 0;
}

int config_store_put(struct cosn_config *config, struct cos_span key, struct cos_span value,
                     const char *name, unsigned line, struct cosn_error *err)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf origin;
    cos_buf_init(&origin, 8192);
    cos_buf_printf(&origin, "%s:%u", name, line);
    if (origin.failed) {
        return fail(err, COSN_E_NOMEM, "out of memory");
    }
    if (config->n >= CONFIG_MAX_ENTRIES) {
        return fail(err, COSN_E_INVALID, "%s: more than %d keys", cos_buf_cstr(&origin),
                    CONFIG_MAX_ENTRIES);
    }
    return set_span(config, key, value, cos_buf_cstr(&origin), err);
}

const char *config_why(const struct cos_text_error *why)
{
    return cos_looks_secret(cos_span_of(why->message))
               ? "the text is not well-formed; what is wrong is not shown, because a part of "
                 "it "
                 "looks like a key"
               : why->message;
}

static int keep_warning(struct cosn_config *config, const char *text, struct cosn_error *err)
{
    if (config->n_warnings >= MAX_WARNINGS) {
        return 0;
    }
    char **grown = cos_realloc_array(config->warnings, config->n_warnings + 1, sizeof(*grown));
    if (grown == NULL) {
        return fail(err, COSN_E_NOMEM, "out of memory");
    }
    config->warnings = grown;
    grown[config->n_warnings] = cos_strdup(text);
    if (grown[config->n_warnings] == NULL) {
        return fail(err, COSN_E_NOMEM, "out of memory");
    }
    config->n_warnings++;
    return 0;
}

int config_store_warn(struct cosn_config *config, struct cosn_error *err, const char *fmt, ...)
{
    char text[512];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    cos_hide_secrets(text);
    return keep_warning(config, text, err);
}

/* --- life --- */

static void clear(struct cosn_config *config)
{
    for (size_t i = 0; i < config->n; i++) {
        drop_entry(&config->entries[i]);
    }
    for (size_t i = 0; i < config->n_warnings; i++) {
        cos_free(config->warnings[i]);
    }
    cos_free(config->entries);
    cos_free(config->slots);
    cos_free(config->warnings);
    memset(config, 0, sizeof(*config));
}

int cosn_config_new(struct cosn_config **out, struct cosn_error *err)
{
    struct cosn_config *config = cos_calloc(1, sizeof(*config));
    if (config == NULL) {
        return fail(err, COSN_E_NOMEM, "out of memory");
    }
    *out = config;
    return 0;
}

struct cosn_config *cosn_config_free(struct cosn_config *config)
{
    if (config != NULL) {
        clear(config);
        cos_free(config);
    }
    return NULL;
}

static int copy_into(struct cosn_config *to, const struct cosn_config *from,
                     struct cosn_error *err)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < from->n; i++) {
        const struct entry *e = &from->entries[i];
        r = set_span(to, cos_span_of(e->key), cos_span_of(e->value), e->origin, err);
        if (r == 0) {
            struct entry *copy = find(to, cos_span_of(e->key));
            copy->is_resolved = e->is_resolved;
            copy->is_hidden = e->is_hidden;
        }
    }
    for (size_t i = 0; r == 0 && i < from->n_warnings; i++) {
        r = keep_warning(to, from->warnings[i], err);
    }
    return r;
}

int cosn_config_clone(struct cosn_config **out, const struct cosn_config *config,
                      struct cosn_error *err)
{
    struct cosn_config *copy = NULL;
    int r = cosn_config_new(&copy, err);
    if (r != 0) {
        return r;
    }
    r = copy_into(copy, config, err);
    if (r != 0) {
        (void)cosn_config_free(copy);
        return r;
    }
    *out = copy;
    return 0;
}

void config_store_swap(struct cosn_config *a, struct cosn_config *b)
{
    struct cosn_config swap = *a;
    *a = *b;
    *b = swap;
}

/* --- setting --- */

int cosn_config_set(struct cosn_config *config, const char *key, const char *value,
                    const char *origin, struct cosn_error *err)
{
    if (key == NULL || key[0] == '\0' || value == NULL) {
        return fail(err, COSN_E_INVALID, "a configuration entry needs a key and a value");
    }
    return set_span(config, cos_span_of(key), cos_span_of(value),
                    origin != NULL ? origin : "set by the program", err);
}

/* --- reading --- */

static struct entry *find_for_client(const struct cosn_config *config, const char *key)
{
    char name[256];
    int n = snprintf(name, sizeof(name), "%s%s", CLIENT_PREFIX, key);
    bool fits = n > 0 && (size_t)n < sizeof(name);
    return fits ? find(config, cos_span_make(name, (size_t)n)) : NULL;
}

static struct entry *find_by_name(const struct cosn_config *config, const char *key)
{
    struct entry *e = find_for_client(config, key);
    return e != NULL ? e : find(config, cos_span_of(key));
}

static struct entry *look_up(const struct cosn_config *config, const char *key)
{
    struct entry *e = find_by_name(config, key);
    if (e == NULL) {
        const struct cosn_key *row = config_key_find(key);
        bool has_alias = row != NULL && row->alias != NULL && strcmp(row->name, key) == 0;
        e = has_alias ? find_by_name(config, row->alias) : NULL;
    }
    return e;
}

const char *cosn_config_get(const struct cosn_config *config, const char *key)
{
    const struct entry *e = look_up(config, key);
    return e != NULL ? e->value : NULL;
}

const char *cosn_config_origin(const struct cosn_config *config, const char *key)
{
    const struct entry *e = look_up(config, key);
    return e != NULL ? e->origin : NULL;
}

const char *cosn_config_shown(const struct cosn_config *config, const char *key, char out[256])
{
    _Static_assert(COS_SHOWN_BYTES == 256, "the public size is that of cosbase/shown.h");
    const struct entry *e = look_up(config, key);
    if (e != NULL && (e->is_hidden || cosn_config_is_secret(key))) {
        return cos_shown_value(out, COS_SPAN_LIT("***"));
    }
    return cos_shown_value(out, cos_span_of(e == NULL ? NULL : e->value));
}

size_t config_store_count(const struct cosn_config *config)
{
    return config->n;
}

const char *config_store_at(const struct cosn_config *config, size_t i, const char **out_key,
                            const char **out_origin)
{
    const struct entry *e = &config->entries[i];
    *out_key = e->key;
    *out_origin = e->origin;
    return e->value;
}

bool config_store_is_resolved(const struct cosn_config *config, size_t i)
{
    return config->entries[i].is_resolved;
}

bool config_store_key_is_resolved(const struct cosn_config *config, const char *key)
{
    const struct entry *e = find(config, cos_span_of(key));
    return e != NULL && e->is_resolved;
}

int config_store_resolve(struct cosn_config *config, size_t i, struct cos_span value,
                         bool hides, struct cosn_error *err)
{
    struct entry *e = &config->entries[i];
    char *copy = cos_strndup(value.ptr, value.len);
    if (copy == NULL) {
        return fail(err, COSN_E_NOMEM, "out of memory");
    }
    drop_value(e->value);
    e->value = copy;
    e->is_resolved = true;
    e->is_hidden = hides;
    return 0;
}

void cosn_config_each(const struct cosn_config *config,
                      void (*visit)(void *ctx, const char *key, const char *value,
                                    const char *origin),
                      void *ctx)
{
    for (size_t i = 0; i < config->n; i++) {
        const struct entry *e = &config->entries[i];
        visit(ctx, e->key, e->value, e->origin);
    }
}

void cosn_config_each_warning(const struct cosn_config *config,
                              void (*visit)(void *ctx, const char *sentence), void *ctx)
{
    for (size_t i = 0; i < config->n_warnings; i++) {
        visit(ctx, config->warnings[i]);
    }
}
