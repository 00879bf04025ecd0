/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A child that is spoken to in lines: its own process group, pipes at stdin and stdout, stderr
 * into a file. Knows nothing of what the lines say.
 * Threads: one at a time.
 */
#ifndef CONFORM_CHILD_H
#define CONFORM_CHILD_H

#include "cosbase/buf.h"

#include <signal.h>
#include <sys/types.h>

/* Of one line. */
#define CHILD_MAX_LINE ((size_t)1 << 20)

struct child {
    /* 0: reaped, or never started. */
    pid_t pid;
    /* -1: closed. */
    int to_fd, from_fd;
    /* Bytes read and not consumed yet. */
    struct cos_buf line;
    const volatile sig_atomic_t *stop;
};
struct child_options {
    /* NULL-terminated. */
    const char *const *argv;
    /* "NAME=value", NULL-terminated: the whole environment. */
    const char *const *env;
    /* A file that takes the child's stderr, at its end. */
    const char *log_path;
    /* Not 0: every wait for the child is over; NULL: never. */
    const volatile sig_atomic_t *stop;
};
enum child_line {
    CHILD_LINE,
    /* The end of its stdout. */
    CHILD_END,
    CHILD_LATE,
    CHILD_TOO_LONG
};

/** 0 or an errno. Deinit @c in both cases. */
COS_MUST_CHECK int child_start(struct child *c, const struct child_options *options);
/** Kills what is left of its group. */
void child_deinit(struct child *c);
/** False when the child does not take it before @end_ms (monotonic). */
bool child_send(struct child *c, struct cos_span bytes, int64_t end_ms);
/** Wait until c->line holds a whole line; its length without newline in *len. */
enum child_line child_wait_line(struct child *c, int64_t end_ms, size_t *len);
/** Nothing more will be sent. */
void child_close_stdin(struct child *c);
/** Wait up to @ms for its end; true when it has been reaped. */
bool child_reap(struct child *c, int64_t ms, int *status);
/** End the whole group, helpers it left behind, too. */
void child_kill(struct child *c);
/**
 * Something of @group runs. Who is dead and has not been reaped does not: whose child it is now
 * (of init, of the container's first program) takes its time, or never comes to it.
 */
bool child_group_runs(pid_t group);
int64_t child_now_ms(void);

#endif
