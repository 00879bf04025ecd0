/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process driver: a child in a process group of its own, JSON lines over its stdin and
 * stdout, stderr into a file (it never blocks the child and is evidence). What a broken driver
 * may do wrong and what becomes of it: PROTOCOL.md, last section; the evil drivers in
 * conformance/mutants/evil prove it.
 */
#include "driver.h"

#include "cosbase/alloc.h"
#include "cosbase/clock.h"
#include "cosbase/file.h"
#include "cosbase/json.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SHUTDOWN_MS 2000
#define LOOK_UP_MS 100 /* at the stop flag, in a wait */
#define DEATH_MS 1000  /* between the end of stdout and the end of the process */

struct driver_process {
    /* First: the ops get a struct driver. */
    struct driver base;
    /* -1: closed. */
    int to_fd, from_fd;
    /* Bytes read and not consumed yet. */
    struct cos_buf line;
    char *log_path;
    const volatile sig_atomic_t *stop;
    /* Offset of what collect_log has read. */
    int64_t log_at;
    /* At least one good reply: later garbage is a slip, not a wrong program. */
    bool was_answered;
};

static struct driver_process *process_of(struct driver *d)
{
    return (struct driver_process *)(void *)d;
}

static int64_t mono_ms(void)
{
    return cos_system_mono_ns() / 1000000;
}

/* ---- endings ---- */

static void close_fd(int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
        *fd = -1;
    }
}

/* Wait for the child up to @ms; true when it has been reaped. */
static bool reap(struct driver_process *p, int64_t ms, int *status)
{
    int64_t end_ms = mono_ms() + ms;
    for (;;) {
        pid_t r = waitpid(p->base.pid, status, WNOHANG);
        if (r == p->base.pid || (r < 0 && errno == ECHILD)) {
            p->base.pid = 0;
            return true;
        }
        if (mono_ms() >= end_ms) {
            return false;
        }
        (void)poll(NULL, 0, 2);
    }
}

/* End the whole group: a driver may have left helpers behind (conformance.md s.4.2). */
static void kill_group(struct driver_process *p)
{
    if (p->base.pid > 0) {
        int status = 0;
        (void)kill(-p->base.pid, SIGKILL);
        (void)kill(p->base.pid, SIGKILL);
        (void)reap(p, DEATH_MS, &status);
    }
    close_fd(&p->to_fd);
    close_fd(&p->from_fd);
    p->base.is_usable = false;
}

static enum driver_result ended(struct driver_process *p)
{
    int status = 0;
    pid_t group = p->base.pid;
    char *trouble = p->base.trouble;
    if (group > 0 && !reap(p, DEATH_MS, &status)) {
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
    kill_group(p);
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
    kill_group(p);
    return DRIVER_BROKEN;
}

static enum driver_result timed_out(struct driver_process *p, int64_t timeout_ms,
                                    struct cos_span request)
{
    (void)snprintf(p->base.trouble, sizeof(p->base.trouble), "no reply within %lld ms to %.*s",
                   (long long)timeout_ms, (int)(request.len < 200 ? request.len : 200),
                   request.ptr);
    kill_group(p);
    return DRIVER_TIMEOUT;
}

/* ---- lines ---- */

/* As poll() does of one descriptor; a stop of the run is as good as the end of the time. */
static int wait_for(const struct driver_process *p, int fd, short events, int64_t end_ms)
{
    for (;;) {
        int64_t left_ms = end_ms - mono_ms();
        if (left_ms <= 0 || (p->stop != NULL && *p->stop != 0)) {
            return 0;
        }
        struct pollfd waited = {.fd = fd, .events = events};
        int n = poll(&waited, 1, (int)(left_ms < LOOK_UP_MS ? left_ms : LOOK_UP_MS));
        if (n > 0 || (n < 0 && errno != EINTR)) {
            return n;
        }
    }
}

static bool send_all(struct driver_process *p, const char *bytes, size_t n, int64_t end_ms)
{
    while (n > 0) {
        ssize_t w = write(p->to_fd, bytes, n);
        if (w > 0) {
            bytes += w;
            n -= (size_t)w;
            continue;
        }
        if (w < 0 && errno == EINTR) {
            continue;
        }
        if (w < 0 && errno != EAGAIN) {
            return false;
        }
        if (wait_for(p, p->to_fd, POLLOUT, end_ms) <= 0) {
            return false;
        }
    }
    return true;
}

enum line_result { LINE_READY, LINE_END, LINE_LATE, LINE_LONG };

/* Wait until p->line holds a whole line; its length without newline in *len. */
static enum line_result next_line(struct driver_process *p, int64_t end_ms, size_t *len)
{
    for (;;) {
        size_t at = cos_span_chr(cos_buf_view(&p->line), '\n');
        if (at != SIZE_MAX) {
            *len = at;
            return LINE_READY;
        }
        if (p->line.len >= DRIVER_MAX_LINE) {
            return LINE_LONG;
        }
        if (wait_for(p, p->from_fd, POLLIN, end_ms) <= 0) {
            return LINE_LATE;
        }
        char block[65536];
        ssize_t n = read(p->from_fd, block, sizeof(block));
        if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN)) {
            return LINE_END;
        }
        if (n > 0) {
            cos_buf_append(&p->line, block, (size_t)n);
        }
    }
}

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
    int64_t end_ms = mono_ms() + timeout_ms;
    if (!d->is_usable) {
        return DRIVER_DIED;
    }
    if (!send_all(p, request.ptr, request.len, end_ms) || !send_all(p, "\n", 1, end_ms)) {
        return ended(p);
    }
    for (;;) {
        size_t len = 0;
        const char *why = "";
        switch (next_line(p, end_ms, &len)) {
        case LINE_END:
            return ended(p);
        case LINE_LATE:
            return timed_out(p, timeout_ms, request);
        case LINE_LONG:
            return broken(p, "a line is longer than 1 MiB", cos_buf_view(&p->line));
        case LINE_READY:
            break;
        }
        struct cos_span line = cos_span_sub(cos_buf_view(&p->line), 0, len);
        int kind = line_is_reply(line, id, &why);
        if (kind < 0) {
            return broken(p, why, line);
        }
        if (kind > 0) {
            cos_buf_span(reply, line);
        }
        cos_buf_consume(&p->line, len + 1);
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
        close_fd(&p->to_fd);
        int status;
        if (d->pid > 0) {
            pid_t group = d->pid;
            (void)reap(p, SHUTDOWN_MS, &status);
            (void)kill(-group, SIGKILL);
        }
    }
    kill_group(p);
    cos_buf_deinit(&p->line);
    (void)cos_free(p->log_path);
    driver_deinit(d);
    (void)cos_free(p);
}

static const struct driver_ops process_ops = {.call = process_call,
                                              .collect_log = process_collect_log,
                                              .free = process_free};

/* posix_spawn wants char *const[]; it does not write. */
static char *const *as_argv(const char *const *list)
{
    union {
        const char *const *in;
        char *const *out;
    } u = {.in = list};
    return u.out;
}

static int spawn_child(struct driver_process *p, const struct driver_process_options *o,
                       int in_fd, int out_fd, int err_fd)
{
    posix_spawn_file_actions_t files;
    int r = posix_spawn_file_actions_init(&files);
    if (r != 0) {
        return r;
    }
    posix_spawnattr_t attr;
    r = posix_spawnattr_init(&attr);
    if (r == 0) {
        (void)posix_spawn_file_actions_adddup2(&files, in_fd, 0);
        (void)posix_spawn_file_actions_adddup2(&files, out_fd, 1);
        (void)posix_spawn_file_actions_adddup2(&files, err_fd, 2);
        (void)posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP);
        (void)posix_spawnattr_setpgroup(&attr, 0);
        r = posix_spawnp(&p->base.pid, o->argv[0], &files, &attr, as_argv(o->argv),
                         as_argv(o->env));
        (void)posix_spawnattr_destroy(&attr);
    }
    (void)posix_spawn_file_actions_destroy(&files);
    return r;
}

static int start(struct driver_process *p, const struct driver_process_options *o)
{
    int to[2] = {-1, -1}, from[2] = {-1, -1};
    int log_fd = open(o->log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    int r = log_fd < 0 ? errno : 0;
    if (r == 0 && (pipe2(to, O_CLOEXEC) < 0 || pipe2(from, O_CLOEXEC) < 0)) {
        r = errno;
    }
    if (r == 0) {
        r = spawn_child(p, o, to[0], from[1], log_fd);
    }
    close_fd(&to[0]);
    close_fd(&from[1]);
    close_fd(&log_fd);
    p->to_fd = to[1];
    p->from_fd = from[0];
    if (r == 0) {
        (void)fcntl(p->to_fd, F_SETFL, O_NONBLOCK);
    }
    return r;
}

int driver_process_new(struct driver **out, const struct driver_process_options *options,
                       char trouble[512])
{
    struct driver_process *p = cos_calloc(1, sizeof(*p));
    if (p == NULL) {
        (void)snprintf(trouble, 512, "no memory");
        return -1;
    }
    driver_init(&p->base, &process_ops);
    p->to_fd = p->from_fd = -1;
    cos_buf_init(&p->line, DRIVER_MAX_LINE + 65536);
    p->log_path = cos_strdup(options->log_path);
    p->stop = options->stop;
    int r = p->log_path != NULL ? start(p, options) : ENOMEM;
    if (r != 0) {
        (void)snprintf(trouble, 512, "cannot start '%.200s': %s", options->argv[0],
                       strerror(r));
        p->base.is_usable = false;
        p->base.pid = 0;
        process_free(&p->base);
        return -1;
    }
    *out = &p->base;
    return 0;
}
