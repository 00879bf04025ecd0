/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log lines and their scrubbing. A line is formatted whole, then scrubbed, then made printable; it is never cut before
 * the scrubbing, because half a secret would pass. A line too long for that is dropped and says so.
 *
 * Secrets are sorted by their first eight bytes (none is shorter), so that scrubbing costs a binary search at those
 * positions only whose byte starts some secret: a server may register every token it ever issues.
 */
#include "cosbase/log.h"

#include "cosbase/alloc.h"
#include "cosbase/clock.h"
#include "cosbase/date.h"
#include "cosbase/secret.h"

#include <pthread.h>
#include <stdarg.h>

enum { SHORTEST_SECRET_BYTES = 8, LONGEST_LINE_BYTES = 65536 };

struct state {
    pthread_rwlock_t lock; /* guards all below */
    struct cos_secret *secrets;
    size_t n, cap;
    bool starts[256]; /* some secret begins with this byte */
};

/* The lock must move under const callers, so the state hangs behind a pointer. */
struct cos_redactor {
    struct state *state;
};

static int compare_fronts(const char *a, const char *b)
{
    return memcmp(a, b, SHORTEST_SECRET_BYTES);
}

/* By first eight bytes, the longer secret first: of two that match, the longer one must win. */
static int compare_secrets(struct cos_span a, struct cos_span b)
{
    int order = compare_fronts(a.ptr, b.ptr);
    if (order != 0) {
        return order;
    }
    if (a.len != b.len) {
        return a.len > b.len ? -1 : 1;
    }
    return cos_span_cmp(a, b);
}

/* The first index whose secret does not stand before @secret. */
static size_t find_place(const struct state *s, struct cos_span secret)
{
    size_t low = 0;
    size_t high = s->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_secrets(cos_secret_view(&s->secrets[middle]), secret) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The first index whose first eight bytes are not below those at @front. */
static size_t find_front(const struct state *s, const char *front)
{
    size_t low = 0;
    size_t high = s->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_fronts(s->secrets[middle].ptr, front) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool make_room(struct state *s)
{
    if (s->n < s->cap) {
        return true;
    }
    size_t cap = s->cap > 0 ? 2 * s->cap : 8;
    struct cos_secret *grown = cos_realloc_array(s->secrets, cap, sizeof(*grown));
    if (grown == NULL) {
        return false;
    }
    s->secrets = grown;
    s->cap = cap;
    return true;
}

static int add_locked(struct state *s, struct cos_span secret)
{
    size_t at = find_place(s, secret);
    if (at < s->n && cos_span_eq(cos_secret_view(&s->secrets[at]), secret)) {
        return 0;
    }
    struct cos_secret copy = {0};
    if (!make_room(s) || cos_secret_set(&copy, secret) < 0) {
        return -1;
    }
    memmove(s->secrets + at + 1, s->secrets + at, (s->n - at) * sizeof(*s->secrets));
    s->secrets[at] = copy;
    s->n++;
    s->starts[(unsigned char)secret.ptr[0]] = true;
    return 0;
}

/* The length of the longest secret at the front of @line, or 0. */
static size_t match_front(const struct state *s, struct cos_span line)
{
    if (line.len < SHORTEST_SECRET_BYTES || !s->starts[(unsigned char)line.ptr[0]]) {
        return 0;
    }
    for (size_t i = find_front(s, line.ptr); i < s->n; i++) {
        struct cos_span secret = cos_secret_view(&s->secrets[i]);
        if (compare_fronts(secret.ptr, line.ptr) != 0) {
            return 0;
        }
        if (cos_span_starts(line, secret)) {
            return secret.len;
        }
    }
    return 0;
}

static void redact_locked(const struct state *s, struct cos_buf *out, struct cos_span line)
{
    size_t copied = 0;
    for (size_t i = 0; i < line.len;) {
        size_t n = match_front(s, cos_span_from(line, i));
        if (n == 0) {
            i++;
            continue;
        }
        char hint[8];
        cos_secret_hint(hint, cos_span_sub(line, i, n));
        cos_buf_append(out, line.ptr + copied, i - copied);
        cos_buf_str(out, hint);
        i += n;
        copied = i;
    }
    cos_buf_span(out, cos_span_from(line, copied));
}

struct cos_redactor *cos_redactor_new(void)
{
    struct cos_redactor *r = cos_calloc(1, sizeof(*r));
    struct state *s = cos_calloc(1, sizeof(*s));
    if (r == NULL || s == NULL || pthread_rwlock_init(&s->lock, NULL) != 0) {
        cos_free(s);
        return cos_free(r);
    }
    r->state = s;
    return r;
}

struct cos_redactor *cos_redactor_free(struct cos_redactor *r)
{
    if (r == NULL) {
        return NULL;
    }
    struct state *s = r->state;
    for (size_t i = 0; i < s->n; i++) {
        cos_secret_deinit(&s->secrets[i]);
    }
    (void)pthread_rwlock_destroy(&s->lock);
    cos_free(s->secrets);
    cos_free(s);
    return cos_free(r);
}

int cos_redactor_add(struct cos_redactor *r, struct cos_span secret)
{
    if (secret.len < SHORTEST_SECRET_BYTES) {
        return 0;
    }
    (void)pthread_rwlock_wrlock(&r->state->lock);
    int result = add_locked(r->state, secret);
    (void)pthread_rwlock_unlock(&r->state->lock);
    return result;
}

void cos_redact(const struct cos_redactor *r, struct cos_buf *out, struct cos_span line)
{
    if (r == NULL) {
        cos_buf_span(out, line);
        return;
    }
    (void)pthread_rwlock_rdlock(&r->state->lock);
    redact_locked(r->state, out, line);
    (void)pthread_rwlock_unlock(&r->state->lock);
}

/* Control characters would let a request forge log lines or drive a terminal. */
static void make_printable(struct cos_buf *line)
{
    for (size_t i = 0; i < line->len; i++) {
        unsigned char c = (unsigned char)line->ptr[i];
        if (c < 0x20 || c == 0x7f) {
            line->ptr[i] = c == '\t' || c == '\n' ? ' ' : '?';
        }
    }
}

void cos_log_write(const struct cos_log *log, enum cos_log_level level, const char *area,
                   const char *fmt, ...)
{
    if (log == NULL || log->write == NULL || level > log->max_level) {
        return;
    }
    COS_CLEANUP(cos_buf_deinit) struct cos_buf scrubbed;
    cos_buf_init(&scrubbed, 2 * LONGEST_LINE_BYTES);
    char *line = NULL;
    va_list args;
    va_start(args, fmt);
    int n = vasprintf(&line, fmt, args);
    va_end(args);
    if (n >= 0 && n <= LONGEST_LINE_BYTES) {
        cos_redact(log->redactor, &scrubbed, cos_span_make(line, (size_t)n));
    } else {
        scrubbed.failed = true;
    }
    if (n >= 0) {
        cos_wipe(line, (size_t)n);
        free(line);
    }
    make_printable(&scrubbed);
    log->write(log->ctx, level, area,
               scrubbed.failed ? "a log line was dropped: too long or out of memory"
                               : cos_buf_cstr(&scrubbed));
}

void cos_log_to_file(void *ctx, enum cos_log_level level, const char *area, const char *line)
{
    static const char names[][6] = {"ERROR", "WARN", "INFO", "DEBUG", "TRACE"};
    char when[25];
    cos_date_iso_ms(when, cos_system_unix_ms());
    (void)fprintf(ctx, "%s %s %s: %s\n", when, names[level], area, line);
}
