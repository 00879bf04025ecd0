/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Traces of a subject, looked for where another user of its machine would: proc(5), the
 * directories for temporary files, its working directory. The judge's own files, which hold the
 * configurations it hands over, lie below the run's scratch directory and are left out.
 *
 * Time is told by the file system: a mark is a directory made now, and what was written later
 * is not older than it. So no clock has to agree with another.
 */
#include "trace.h"

#include "cosbase/file.h"
#include "env.h"
#include "evidence.h"
#include "family.h"
#include "lane.h"
#include "outcome.h"
#include "scratch.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_FILE_BYTES ((size_t)1 << 20)
#define MAX_LIST_BYTES ((size_t)1 << 20)
#define NAME_BYTES 15 /* of a thread's name, whatever it was called (prctl(2), PR_SET_NAME) */

/* ---- processes ---- */

static void read_into(struct cos_buf *b, int64_t pid, const char *rest)
{
    char path[PATH_MAX];
    (void)snprintf(path, sizeof(path), "/proc/%lld/%s", (long long)pid, rest);
    cos_buf_init(b, MAX_FILE_BYTES);
    int ignored = cos_file_read(b, path); /* gone meanwhile, or not ours: nothing to see */
    (void)ignored;
}

/* ---- open files ---- */

struct listing {
    struct cos_buf *out;
    int64_t pid;
};

static bool is_open_to_write(int64_t pid, const char *fd)
{
    char rest[300];
    (void)snprintf(rest, sizeof(rest), "fdinfo/%s", fd);
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    read_into(&b, pid, rest);
    const char *flags = strstr(cos_buf_cstr(&b), "flags:");
    long value = flags != NULL ? strtol(flags + strlen("flags:"), NULL, 8) : 0;
    return (value & O_ACCMODE) != O_RDONLY;
}

static void visit_fd(void *ctx, const char *fd)
{
    const struct listing *l = ctx;
    char path[300], target[PATH_MAX];
    struct stat st;
    (void)snprintf(path, sizeof(path), "/proc/%lld/fd/%s", (long long)l->pid, fd);
    ssize_t n = readlink(path, target, sizeof(target) - 1);
    if (n > 0 && stat(path, &st) == 0 && S_ISREG(st.st_mode) && is_open_to_write(l->pid, fd)) {
        cos_buf_span(l->out, cos_span_make(target, (size_t)n));
        cos_buf_ch(l->out, '\n');
    }
}

const char *trace_files(struct env *env, int64_t pid)
{
    struct cos_buf *b = env_buf(env, MAX_LIST_BYTES);
    struct family f = family_of(pid);
    for (size_t i = 0; i < f.n; i++) {
        char dir[64];
        struct listing l = {b, f.pids[i]};
        (void)snprintf(dir, sizeof(dir), "/proc/%lld/fd", (long long)f.pids[i]);
        family_each_number(dir, visit_fd, &l);
    }
    return env_keep(env, b);
}

/* ---- secrets ---- */

const char *trace_mark(struct env *env)
{
    return env_scratch(env, "mark");
}

struct search {
    const char *secret;
    /* The judge's own files. */
    const char *own;
    struct timespec since;
    int64_t pid;
    char found[PATH_MAX];
};

static bool is_older(const struct stat *st, const struct timespec *since)
{
    return st->st_mtim.tv_sec < since->tv_sec ||
           (st->st_mtim.tv_sec == since->tv_sec && st->st_mtim.tv_nsec < since->tv_nsec);
}

static void look_at_file(struct search *s, const char *path)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    cos_buf_init(&b, MAX_FILE_BYTES);
    if (cos_file_read(&b, path) >= 0 && evidence_shows(cos_buf_view(&b), s->secret)) {
        (void)snprintf(s->found, sizeof(s->found), "%s", path);
    }
}

static void look_into(struct search *s, const char *dir, unsigned depth)
{
    DIR *d = opendir(dir);
    for (const struct dirent *e = d != NULL ? readdir(d) : NULL;
         e != NULL && s->found[0] == '\0'; e = readdir(d)) {
        char path[PATH_MAX];
        struct stat st;
        int n = snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
        if (n >= (int)sizeof(path) || strcmp(e->d_name, ".") == 0 ||
            strcmp(e->d_name, "..") == 0 || lstat(path, &st) != 0 || is_older(&st, &s->since) ||
            strncmp(path, s->own, strlen(s->own)) == 0) {
            continue;
        }
        if (S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
            st.st_size <= (off_t)MAX_FILE_BYTES) {
            look_at_file(s, path);
        } else if (S_ISDIR(st.st_mode) && depth > 0) {
            look_into(s, path, depth - 1);
        }
    }
    if (d != NULL) {
        (void)closedir(d);
    }
}

/* A name is cut by the system: as much of the secret as it holds. */
static void visit_name(void *ctx, const char *thread)
{
    struct search *s = ctx;
    char path[300], start[NAME_BYTES + 1];
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    (void)snprintf(start, sizeof(start), "%s", s->secret);
    (void)snprintf(path, sizeof(path), "task/%s/comm", thread);
    read_into(&b, s->pid, path);
    if (evidence_shows(cos_buf_view(&b), start)) {
        (void)snprintf(s->found, sizeof(s->found), "/proc/%lld/%s", (long long)s->pid, path);
    }
}

static void look_at_process(struct search *s)
{
    static const char *const files[] = {"cmdline", "environ"};
    char dir[64];
    for (size_t i = 0; i < COS_ARRAY_LEN(files); i++) {
        COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
        read_into(&b, s->pid, files[i]);
        if (evidence_shows(cos_buf_view(&b), s->secret)) {
            (void)snprintf(s->found, sizeof(s->found), "/proc/%lld/%s", (long long)s->pid,
                           files[i]);
        }
    }
    (void)snprintf(dir, sizeof(dir), "/proc/%lld/task", (long long)s->pid);
    family_each_number(dir, visit_name, s);
}

/* TMPDIR as the process was given it. */
static void temp_dir_of(char out[PATH_MAX], int64_t pid)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    read_into(&b, pid, "environ");
    struct cos_span rest = cos_buf_view(&b);
    (void)snprintf(out, PATH_MAX, "/tmp");
    while (rest.len > 0) {
        struct cos_span pair = cos_span_cut(&rest, '\0');
        if (cos_span_starts(pair, COS_SPAN_LIT("TMPDIR=/"))) {
            (void)snprintf(out, PATH_MAX, COS_SPAN_FMT,
                           COS_SPAN_ARG(cos_span_from(pair, strlen("TMPDIR="))));
        }
    }
}

const char *trace_of(struct env *env, int64_t pid, const char *mark, const char *secret)
{
    struct stat st;
    struct search s = {.secret = secret, .own = env->lane->options->scratch_dir};
    if (stat(mark, &st) != 0) {
        case_error(env, "%s: cannot be looked at", mark);
    }
    s.since = st.st_mtim;
    char temp[PATH_MAX], cwd[PATH_MAX], link[64];
    temp_dir_of(temp, pid);
    (void)snprintf(link, sizeof(link), "/proc/%lld/cwd", (long long)pid);
    ssize_t n = readlink(link, cwd, sizeof(cwd) - 1);
    cwd[n > 0 ? n : 0] = '\0';
    const char *const dirs[] = {cwd, temp, "/tmp"};
    for (size_t i = 0; i < COS_ARRAY_LEN(dirs) && s.found[0] == '\0'; i++) {
        look_into(&s, dirs[i], /* depth= */ 1);
    }
    struct family f = family_of(pid);
    for (size_t i = 0; i < f.n && s.found[0] == '\0'; i++) {
        s.pid = f.pids[i];
        look_at_process(&s);
    }
    return s.found[0] == '\0' ? NULL : env_text(env, "%s", s.found);
}
