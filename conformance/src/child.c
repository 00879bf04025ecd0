/* SPDX-License-Identifier: Apache-2.0 */
/* A child in a process group of its own, with pipes and deadlines. */
#include "child.h"

#include "cosbase/clock.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOOK_UP_MS 100 /* at the stop flag, in a wait */
#define DEATH_MS 1000  /* between SIGKILL and the end of the process */

int64_t child_now_ms(void)
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

void child_close_stdin(struct child *c)
{
    close_fd(&c->to_fd);
}

bool child_reap(struct child *c, int64_t ms, int *status)
{
    int64_t end_ms = child_now_ms() + ms;
    for (;;) {
        pid_t r = waitpid(c->pid, status, WNOHANG);
        if (r == c->pid || (r < 0 && errno == ECHILD)) {
            c->pid = 0;
            return true;
        }
        if (child_now_ms() >= end_ms) {
            return false;
        }
        (void)poll(NULL, 0, 2);
    }
}

void child_kill(struct child *c)
{
    if (c->pid > 0) {
        int status = 0;
        (void)kill(-c->pid, SIGKILL);
        (void)kill(c->pid, SIGKILL);
        (void)child_reap(c, DEATH_MS, &status);
    }
    close_fd(&c->to_fd);
    close_fd(&c->from_fd);
}

void child_deinit(struct child *c)
{
    child_kill(c);
    cos_buf_deinit(&c->line);
}

static bool runs_in(pid_t group, const char *pid)
{
    char path[300], text[512] = "", state = 'Z';
    long of = 0;
    (void)snprintf(path, sizeof(path), "/proc/%s/stat", pid);
    FILE *f = fopen(path, "re");
    if (f == NULL) {
        return false; /* gone meanwhile */
    }
    const char *behind = fgets(text, sizeof(text), f) != NULL ? strrchr(text, ')') : NULL;
    (void)fclose(f);
    return behind != NULL && sscanf(behind, ") %c %*d %ld", &state, &of) == 2 && of == group &&
           state != 'Z' && state != 'X';
}

bool child_group_runs(pid_t group)
{
    bool runs = false;
    DIR *dir = kill(-group, 0) == 0 ? opendir("/proc") : NULL;
    for (const struct dirent *e = dir != NULL ? readdir(dir) : NULL; e != NULL && !runs;
         e = readdir(dir)) {
        runs = isdigit((unsigned char)e->d_name[0]) && runs_in(group, e->d_name);
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
    return runs;
}

/* ---- lines ---- */

/* As poll() does of one descriptor; a stop of the run is as good as the end of the time. */
static int wait_for(const struct child *c, int fd, short events, int64_t end_ms)
{
    for (;;) {
        int64_t left_ms = end_ms - child_now_ms();
        if (left_ms <= 0 || (c->stop != NULL && *c->stop != 0)) {
            return 0;
        }
        struct pollfd waited = {.fd = fd, .events = events};
        int n = poll(&waited, 1, (int)(left_ms < LOOK_UP_MS ? left_ms : LOOK_UP_MS));
        if (n > 0 || (n < 0 && errno != EINTR)) {
            return n;
        }
    }
}

bool child_send(struct child *c, struct cos_span bytes, int64_t end_ms)
{
    while (bytes.len > 0) {
        ssize_t n = write(c->to_fd, bytes.ptr, bytes.len);
        if (n > 0) {
            bytes = cos_span_from(bytes, (size_t)n);
            continue;
        }
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0 && errno != EAGAIN) {
            return false;
        }
        if (wait_for(c, c->to_fd, POLLOUT, end_ms) <= 0) {
            return false;
        }
    }
    return true;
}

enum child_line child_wait_line(struct child *c, int64_t end_ms, size_t *len)
{
    for (;;) {
        size_t at = cos_span_chr(cos_buf_view(&c->line), '\n');
        if (at != SIZE_MAX) {
            *len = at;
            return at > CHILD_MAX_LINE ? CHILD_TOO_LONG : CHILD_LINE;
        }
        if (c->line.len >= CHILD_MAX_LINE) {
            return CHILD_TOO_LONG;
        }
        if (wait_for(c, c->from_fd, POLLIN, end_ms) <= 0) {
            return CHILD_LATE;
        }
        char block[65536];
        ssize_t n = read(c->from_fd, block, sizeof(block));
        if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN)) {
            return CHILD_END;
        }
        if (n > 0) {
            cos_buf_append(&c->line, block, (size_t)n);
        }
    }
}

/* ---- life ---- */

/* posix_spawn wants char *const[]; it does not write. */
static char *const *as_argv(const char *const *list)
{
    union {
        const char *const *in;
        char *const *out;
    } u = {.in = list};
    return u.out;
}

static int spawn(struct child *c, const struct child_options *o, int in_fd, int out_fd,
                 int err_fd)
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
        r = posix_spawnp(&c->pid, o->argv[0], &files, &attr, as_argv(o->argv), as_argv(o->env));
        (void)posix_spawnattr_destroy(&attr);
    }
    (void)posix_spawn_file_actions_destroy(&files);
    return r;
}

int child_start(struct child *c, const struct child_options *o)
{
    int to[2] = {-1, -1}, from[2] = {-1, -1};
    *c = (struct child){.to_fd = -1, .from_fd = -1, .stop = o->stop};
    cos_buf_init(&c->line, CHILD_MAX_LINE + 65536);
    int log_fd = open(o->log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    int r = log_fd < 0 ? errno : 0;
    if (r == 0 && (pipe2(to, O_CLOEXEC) < 0 || pipe2(from, O_CLOEXEC) < 0)) {
        r = errno;
    }
    if (r == 0) {
        r = spawn(c, o, to[0], from[1], log_fd);
    }
    close_fd(&to[0]);
    close_fd(&from[1]);
    close_fd(&log_fd);
    c->to_fd = to[1];
    c->from_fd = from[0];
    if (r == 0) {
        (void)fcntl(c->to_fd, F_SETFL, O_NONBLOCK);
    } else {
        c->pid = 0;
    }
    return r;
}
