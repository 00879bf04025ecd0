/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A driver carries protocol requests to a subject and replies back: in process
 * (driver_native.c) or through a child process that speaks JSON lines on stdin and stdout
 * (driver_process.c). It reports what happened to the carrier; it never judges. Threads: one
 * caller at a time.
 */
#ifndef CONFORM_DRIVER_H
#define CONFORM_DRIVER_H

#include "child.h"
#include "cosbase/buf.h"
#include "cosmock/cosmock.h"
#include "cosn/plugin.h"

#include <pthread.h>
#include <signal.h>
#include <sys/types.h>

#define DRIVER_MAX_LINE CHILD_MAX_LINE /* conformance.md s.3b */

enum driver_result {
    /* A reply with our id stands in *reply. */
    DRIVER_OK,
    /* The process ended; `trouble` says how. */
    DRIVER_DIED,
    /* No reply before the deadline; the process was killed. */
    DRIVER_TIMEOUT,
    /* It does not speak the protocol; the process was killed. */
    DRIVER_BROKEN
};

struct driver;
struct driver_ops {
    enum driver_result (*call)(struct driver *d, struct cos_span request, int64_t id,
                               int64_t timeout_ms, struct cos_buf *reply);
    /* Move what was logged so far into d->log. */
    void (*collect_log)(struct driver *d);
    void (*free)(struct driver *d);
};
struct driver {
    const struct driver_ops *ops;
    int64_t next_id;
    /* False after DIED, TIMEOUT, BROKEN. */
    bool is_usable;
    bool is_direct;
    /* Hold each line against the protocol's table; what differs breaks the protocol. */
    bool checks_protocol;
    /* 0: in process. */
    pid_t pid;
    char trouble[512];
    /* Guards log. */
    pthread_mutex_t log_lock;
    /* Lines of the subject since driver_log_clear. */
    struct cos_buf log;
    /* Set by the env: virtual time moved. In process only; any thread. */
    void (*on_time)(void *ctx, int64_t unix_ms);
    void *on_time_ctx;
};

/**
 * Send {"id":..,"op":@op, @members} and wait. @members: JSON members without braces, or NULL.
 */
enum driver_result driver_call(struct driver *d, const char *op, const char *members,
                               int64_t timeout_ms, struct cos_buf *reply);
/** Append everything logged since the last clear to @out. */
void driver_log(struct driver *d, struct cos_buf *out);
void driver_log_clear(struct driver *d);
struct driver *driver_free(struct driver *d); /* NULL; ends the process */

struct driver_native_options {
    /* Linked in; NULL: `path`. */
    cosn_plugin_entry_fn entry;
    /* A .so or FLUSS_HOME loaded into this process. */
    const char *path;
    const char *mutant;
};
/** NULL without memory. */
struct driver *driver_native_new(const struct driver_native_options *options);
/** Where the direct transport leads; NULL: nowhere. */
void driver_native_aim(struct driver *d, struct cosmock *mock);
int driver_native_unreachable(struct driver *d, const char *host);

/** 0, or -1 with @trouble filled in (the program could not be started). */
COS_MUST_CHECK int driver_process_new(struct driver **out, const struct child_options *options,
                                      char trouble[512]);

/* For the two implementations. */
void driver_init(struct driver *d, const struct driver_ops *ops);
void driver_deinit(struct driver *d);

#endif
