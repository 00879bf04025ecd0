/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of access logs until they are delivered (services/access_log.h): in memory, for a row a
 * request would cost a commit a GET. So they are lost with the process, and bounded: what there
 * is no room for is dropped and counted.
 */
#ifndef WORLD_PENDING_LOGS_H
#define WORLD_PENDING_LOGS_H

#include "cosbase/buf.h"

#include <pthread.h>

struct bucket;
struct cosmock_tenant;

/** Of all the lines of a tenant; they count to the mock's memory limit, too. */
#define PENDING_LOGS_MAX_BYTES ((size_t)8 << 20)
/* Of one bucket. */
struct pending_log {
    struct pending_log *next;
    struct bucket *bucket; /* a reference: the one that was asked */
    int64_t due_unix_ms;
    struct cos_buf lines;
    uint64_t n_lines, n_dropped;
};
/* Of a tenant. */
struct pending_logs {
    int64_t due_unix_ms;  /* atomic: of the first that is due; INT64_MAX: none is */
    pthread_mutex_t lock; /* guards everything below */
    struct pending_log *first;
    size_t bytes;
};
void pending_logs_init(struct pending_logs *l);
void pending_logs_deinit(struct cosmock_tenant *t);

/** @line ends with '\n'. It goes with those that wait of @b, or is due at @due_unix_ms. */
void pending_logs_add(struct bucket *b, struct cos_span line, int64_t due_unix_ms);
/** All that are due, for the caller to free one by one; NULL: none. */
struct pending_log *pending_logs_take(struct cosmock_tenant *t, int64_t now_unix_ms);
/** Returns the next one. */
struct pending_log *pending_log_free(struct pending_log *log);
/** Forgets all. */
void pending_logs_clear(struct cosmock_tenant *t);

#endif
