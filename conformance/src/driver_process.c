/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process driver: a child (child.h) that speaks JSON lines, its stderr in a file (it never
 * blocks the child and is evidence). What a broken driver may do wrong and what becomes of it:
 * PROTOCOL.md, last section; the evil drivers in conformance/mutants/evil prove it.
 */
#include "driver.h"

#include "child.h"
#include "cosbase/alloc.h"
#include "cosbase/file.h"
#include "cosbase/json.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SHUTDOWN_MS 2000
#define DEATH_MS 1000 /* between the end of stdout and the end of the process */

struct driver_process {
    /* First: the ops get a struct driver. */
    struct driver base;
    struct child child;
    char *log_path;
    /* Offset of what collect_log has read. */
    int64_t log_at;
    /* At least one good reply: later garbage is a slip, not a wrong program. */
    bool was_answered;
};

static struct driver_process *process_of(struct driver *d)
{
    return (struct driver_process *)(void *)d;
}

/* ---- endings ---- */

static void end_child(struct driver_process *p)
{
    child_kill(&p->child);
    p->base.pid = 0;
    p->base.is_usable = false;
}

static enum driver_result ended(struct driver_process *p)
{
    int status = 0;
    pid_t group = p->child.pid;
    char *trouble = p->base.trouble;
    if (group > 0 && !child_reap(&p->child, DEATH_MS, &status)) {
        (void)snprintf(trouble, sizeof(p->base.trouble),
                       "the driver closed its stdout and went on running");
    } else if (WIFSIGNALED(status)) {
        (void)snprintf(trouble, sizeof(p->base.trouble), "killed by signal %d (%s)",
                       WTERMSIG(status), strsignal(WTERMSIG(status)));
    } else {
        (void)snprintf(trouble, sizeof(p->base.trouble), "ended with exit status %d",
                       WEXITSTATUS(status));
    }
    if (group > 0) {
        (void)kill(-group, SIGKILL);
    }
    end_child(p);
    return DRIVER_DIED;
}

static enum driver_result broken(struct driver_process *p, const char *what,
                                 struct cos_span line)
{
    (void)snprintf(p->base.trouble, sizeof(p->base.trouble), "%s: %.*s%s", what,
                   (int)(line.len < 120 ? line.len : 120), line.len > 0 ? line.ptr : "",
                   p->was_answered
                       ? ""
                       : " (stdout is for the protocol only; logs belong on stderr)");
    end_child(p);
    return DRIVER_BROKEN;
}

static enum driver_result timed_out(struct driver_process *p, int64_t timeout_ms,
                                    struct cos_span request)
{
    (void)snprintf(p->base.trouble, sizeof(p->base.trouble), "no reply within %lld ms to %.*s",
                   (long long)timeout_ms, (int)(request.len < 200 ? request.len : 200),
                   request.ptr);
    end_child(p);
    return DRIVER_TIMEOUT;
}

/* ---- lines ---- */

/* What a line is: our reply, an event to skip, or nonsense. */
static int line_is_reply(struct cos_span line, int64_t id, const char **why)
{
    COS_CLEANUP(cos_json_free) struct cos_json *root = NULL;
    struct cos_text_error err;
    int64_t got = -1;
    if (cos_json_parse(&root, line, &COS_JSON_LIMITS_DEFAULT, &err) < 0 ||
        cos_json_kind(root) != COS_JSON_OBJECT) {
        *why = "a line of stdout is no JSON object";
        return -1;
    }
    if (cos_json_get(root, "event") != NULL) {
        return 0;
    }
    if (!cos_json_i64(cos_json_get(root, "id"), &got) || got != id) {
        *why = "a reply carries another id than the request";
        return -1;
    }
    if (cos_json_kind(cos_json_get(root, "ok")) != COS_JSON_BOOL) {
        *why = "a reply has no boolean 'ok'";
        return -1;
    }
    return 1;
}

static enum driver_result process_call(struct driver *d, struct cos_span request, int64_t id,
                                       int64_t timeout_ms, struct cos_buf *reply)
{
    struct driver_process *p = process_of(d);
    int64_t end_ms = child_now_ms() + timeout_ms;
    if (!d->is_usable) {
        return DRIVER_DIED;
    }
    if (!child_send(&p->child, request, end_ms) ||
        !child_send(&p->child, COS_SPAN_LIT("\n"), end_ms)) {
        return child_now_ms() >= end_ms ? timed_out(p, timeout_ms, request) : ended(p);
    }
    for (;;) {
        size_t len = 0;
        const char *why = "";
        switch (child_wait_line(&p->child, end_ms, &len)) {
        case CHILD_END:
            return ended(p);
        case CHILD_LATE:
            return timed_out(p, timeout_ms, request);
        case CHILD_TOO_LONG:
            return broken(p, "a line is longer than 1 MiB", cos_buf_view(&p->child.line));
        case CHILD_LINE:
            break;
        }
        struct cos_span line = cos_span_sub(cos_buf_view(&p->child.line), 0, len);
        int kind = line_is_reply(line, id, &why);
        if (kind < 0) {
            return broken(p, why, line);
        }
        if (kind > 0) {
            cos_buf_span(reply, line);
        }
        cos_buf_consume(&p->child.line, len + 1);
        if (kind > 0) {
            p->was_answered = true;
            return DRIVER_OK;
        }
    }
}

/* ---- log ---- */

static void process_collect_log(struct driver *d)
{
    struct driver_process *p = process_of(d);
    int fd = open(p->log_path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return;
    }
    char block[65536];
    ssize_t n;
    (void)pthread_mutex_lock(&d->log_lock);
    while ((n = pread(fd, block, sizeof(block), p->log_at)) > 0) {
        cos_buf_append(&d->log, block, (size_t)n);
        p->log_at += n;
    }
    (void)pthread_mutex_unlock(&d->log_lock);
    (void)close(fd);
}

/* ---- life ---- */

static void process_free(struct driver *d)
{
    struct driver_process *p = process_of(d);
    if (d->is_usable) {
        COS_CLEANUP(cos_buf_deinit) struct cos_buf reply = {0};
        cos_buf_init(&reply, DRIVER_MAX_LINE);
        (void)driver_call(d, "shutdown", NULL, SHUTDOWN_MS, &reply);
        child_close_stdin(&p->child);
        int status;
        if (p->child.pid > 0) {
            pid_t group = p->child.pid;
            (void)child_reap(&p->child, SHUTDOWN_MS, &status);
            (void)kill(-group, SIGKILL);
        }
    }
    end_child(p);
    child_deinit(&p->child);
    (void)cos_free(p->log_path);
    driver_deinit(d);
    (void)cos_free(p);
}

static const struct driver_ops process_ops = {.call = process_call,
                                              .collect_log = process_collect_log,
                                              .free = process_free};

int driver_process_new(struct driver **out, const struct child_options *options,
                       char trouble[512])
{
    struct driver_process *p = cos_calloc(1, sizeof(*p));
    if (p == NULL) {
        (void)snprintf(trouble, 512, "no memory");
        return -1;
    }
    driver_init(&p->base, &process_ops);
    p->child = (struct child){.to_fd = -1, .from_fd = -1};
    p->log_path = cos_strdup(options->log_path);
    int r = p->log_path != NULL ? child_start(&p->child, options) : ENOMEM;
    p->base.pid = p->child.pid;
    if (r != 0) {
        (void)snprintf(trouble, 512, "cannot start '%.200s': %s", options->argv[0],
                       strerror(r));
        p->base.is_usable = false;
        process_free(&p->base);
        return -1;
    }
    *out = &p->base;
    return 0;
}
