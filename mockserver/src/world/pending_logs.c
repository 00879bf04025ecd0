/* SPDX-License-Identifier: Apache-2.0 */
/* A list, not a map: few buckets have logs. */
#include "world/pending_logs.h"

#include "cosbase/alloc.h"
#include "world/mock.h"
#include "world/world.h"

void pending_logs_init(struct pending_logs *l)
{
    (void)pthread_mutex_init(&l->lock, NULL);
    l->due_unix_ms = INT64_MAX;
}

void pending_logs_deinit(struct cosmock_tenant *t)
{
    pending_logs_clear(t);
    (void)pthread_mutex_destroy(&t->logs.lock);
}

static void find_due_locked(struct pending_logs *l)
{
    int64_t due_unix_ms = INT64_MAX;
    for (const struct pending_log *log = l->first; log != NULL; log = log->next) {
        due_unix_ms = log->due_unix_ms < due_unix_ms ? log->due_unix_ms : due_unix_ms;
    }
    __atomic_store_n(&l->due_unix_ms, due_unix_ms, __ATOMIC_RELEASE);
}

/* Of @b; a new one if there is none. NULL: no memory. */
static struct pending_log *log_of_locked(struct pending_logs *l, struct bucket *b,
                                         int64_t due_unix_ms)
{
    struct pending_log *log = l->first;
    while (log != NULL && log->bucket != b) {
        log = log->next;
    }
    if (log != NULL || (log = cos_calloc(1, sizeof(*log))) == NULL) {
        return log;
    }
    log->bucket = bucket_ref(b);
    log->due_unix_ms = due_unix_ms;
    cos_buf_init(&log->lines, PENDING_LOGS_MAX_BYTES);
    log->next = l->first;
    l->first = log;
    find_due_locked(l);
    return log;
}

void pending_logs_add(struct bucket *b, struct cos_span line, int64_t due_unix_ms)
{
    struct cosmock_tenant *t = b->tenant;
    struct pending_logs *l = &t->logs;
    (void)pthread_mutex_lock(&l->lock);
    struct pending_log *log = log_of_locked(l, b, due_unix_ms);
    bool has_room = log != NULL && l->bytes + line.len <= PENDING_LOGS_MAX_BYTES &&
                    budget_take(&t->mock->memory, line.len);
    if (has_room) {
        cos_buf_span(&log->lines, line);
    }
    if (has_room && !log->lines.failed) {
        log->n_lines++;
        l->bytes += line.len;
    } else if (log != NULL) {
        budget_give(&t->mock->memory, has_room ? line.len : 0);
        log->lines.failed = false; /* the next one may find memory */
        log->n_dropped++;
    }
    (void)pthread_mutex_unlock(&l->lock);
}

struct pending_log *pending_logs_take(struct cosmock_tenant *t, int64_t now_unix_ms)
{
    struct pending_logs *l = &t->logs;
    struct pending_log *taken = NULL;
    (void)pthread_mutex_lock(&l->lock);
    for (struct pending_log **at = &l->first; *at != NULL;) {
        struct pending_log *log = *at;
        if (log->due_unix_ms > now_unix_ms) {
            at = &log->next;
            continue;
        }
        *at = log->next;
        log->next = taken;
        taken = log;
        l->bytes -= log->lines.len;
    }
    find_due_locked(l);
    (void)pthread_mutex_unlock(&l->lock);
    return taken;
}

struct pending_log *pending_log_free(struct pending_log *log)
{
    struct pending_log *next = log->next;
    budget_give(&log->bucket->tenant->mock->memory, log->lines.len);
    cos_buf_deinit(&log->lines);
    bucket_unref(log->bucket);
    cos_free(log);
    return next;
}

void pending_logs_clear(struct cosmock_tenant *t)
{
    struct pending_log *log = pending_logs_take(t, INT64_MAX);
    while (log != NULL) {
        log = pending_log_free(log);
    }
}
