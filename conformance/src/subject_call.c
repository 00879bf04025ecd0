/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One call under way: its members, its failure, the handles it names. The bottom of the
 * subject: calls no operation.
 */
#include "subject_internal.h"

#include "cosbase/alloc.h"

#include <stdarg.h>
#include <stdio.h>

int64_t subject_unix_ms(const struct subject *s)
{
    return s->clock != NULL
               ? s->clock->unix_ms(s->clock->ctx)
               : cos_system_unix_ms() + __atomic_load_n(&s->jumped_ms, __ATOMIC_RELAXED);
}

/* A wait of a hundred years is one that only a wake ends: no time passes in it. */
#define UNTIL_WOKEN_MS (INT64_C(36500) * 24 * 3600 * 1000)

void subject_tell_time(struct subject *s, int64_t ms)
{
    if (s->options.on_time != NULL && ms > 0 && ms < UNTIL_WOKEN_MS) {
        s->options.on_time(s->options.ctx, s->clock->unix_ms(s->clock->ctx) + ms);
    }
}

void subject_log(struct subject *s, const char *level, const char *area, const char *line)
{
    if (s->options.on_log == NULL) {
        return;
    }
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    cos_buf_init(&b, 64 << 10);
    cos_buf_printf(&b, "%s %s: %s", level, area, line);
    s->options.on_log(s->options.ctx, cos_buf_cstr(&b));
}

void protocol_fail(struct call *c, enum cosn_plugin_code code, const char *fmt, ...)
{
    c->failed = true;
    c->error = (struct cosn_plugin_error)CALL_ERROR_INIT;
    c->error.code = code;
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(c->error.message, sizeof(c->error.message), fmt, ap);
    va_end(ap);
}

bool protocol_check(struct call *c, int code, const struct cosn_plugin_error *e)
{
    if (code == COSN_PLUGIN_OK) {
        return true;
    }
    c->failed = true;
    c->error = *e;
    c->error.code = code;
    return false;
}

const char *protocol_str_or(struct call *c, const char *member, const char *fallback)
{
    const char *v = cos_json_str(cos_json_get(c->request, member));
    return v != NULL ? v : fallback;
}

const char *protocol_str(struct call *c, const char *member)
{
    const char *v = protocol_str_or(c, member, NULL);
    if (v == NULL) {
        protocol_fail(c, COSN_PLUGIN_INVALID_ARG, "driver: member '%s' is missing or no string",
                      member);
    }
    return v;
}

int64_t protocol_i64_or(struct call *c, const char *member, int64_t fallback)
{
    int64_t v = fallback;
    return cos_json_i64(cos_json_get(c->request, member), &v) ? v : fallback;
}

bool protocol_i64(struct call *c, const char *member, int64_t *out)
{
    if (!cos_json_i64(cos_json_get(c->request, member), out)) {
        protocol_fail(c, COSN_PLUGIN_INVALID_ARG, "driver: member '%s' is missing or no number",
                      member);
        return false;
    }
    return true;
}

int64_t protocol_handle_add(struct call *c, enum handle_kind kind, struct party *party,
                            void *object)
{
    struct subject *s = c->s;
    int64_t number = 0;
    struct handle *h = cos_calloc(1, sizeof(*h));
    if (h != NULL) {
        *h = (struct handle){.kind = kind, .party = party, .object = object};
        (void)pthread_mutex_lock(&s->lock);
        struct handle **grown = cos_realloc_array(s->handles, s->n_handles + 1, sizeof(void *));
        if (grown != NULL) {
            s->handles = grown;
            s->handles[s->n_handles++] = h;
            number = (int64_t)s->n_handles;
        }
        (void)pthread_mutex_unlock(&s->lock);
    }
    if (number == 0) {
        (void)cos_free(h);
        protocol_fail(c, COSN_PLUGIN_NOMEM, "driver: no memory for a handle");
    }
    return number;
}

struct handle *protocol_handle_at(struct call *c, int64_t number)
{
    struct handle *h = NULL;
    (void)pthread_mutex_lock(&c->s->lock);
    if (number >= 1 && (uint64_t)number <= c->s->n_handles) {
        h = c->s->handles[number - 1];
    }
    (void)pthread_mutex_unlock(&c->s->lock);
    return h;
}

struct handle *protocol_handle(struct call *c, const char *member, enum handle_kind kind)
{
    int64_t number;
    if (!protocol_i64(c, member, &number)) {
        return NULL;
    }
    struct handle *h = protocol_handle_at(c, number);
    if (h == NULL || h->kind != kind) {
        protocol_fail(c, COSN_PLUGIN_INVALID_ARG, "driver: no handle %lld of this kind ('%s')",
                      (long long)number, member);
        return NULL;
    }
    return h;
}

void handle_close(struct handle *h)
{
    if (h->object == NULL) {
        return;
    }
    switch (h->kind) {
    case HANDLE_FS:
        h->party->table->close_fs(h->object);
        break;
    case HANDLE_IN:
        h->party->table->free_in(h->object);
        break;
    case HANDLE_OUT:
        h->party->table->free_out(h->object);
        break;
    case HANDLE_MANAGER:
        h->end(h);
        break;
    case HANDLE_FREE:
        break;
    }
    h->object = NULL;
}
