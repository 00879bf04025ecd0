/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descendants, by /proc/PID/task/TID/children. A driver is killed with its process group
 * (child.c); what has left that, a daemon with a session of its own, is reached here, because
 * the judge is the one who inherits orphans (prctl(2), PR_SET_CHILD_SUBREAPER).
 */
#include "family.h"

#include "cosbase/clock.h"
#include "cosbase/file.h"

#include <ctype.h>
#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_LIST_BYTES ((size_t)1 << 20)
#define DEATH_MS 1000 /* between SIGKILL and the end of the last one */

/* ---- who there is ---- */

static void add_children(struct family *f, int64_t pid, const char *thread)
{
    char path[300];
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    (void)snprintf(path, sizeof(path), "/proc/%lld/task/%s/children", (long long)pid, thread);
    cos_buf_init(&b, MAX_LIST_BYTES);
    int ignored = cos_file_read(&b, path); /* gone meanwhile, or not ours: nobody to see */
    (void)ignored;
    struct cos_span list = cos_buf_view(&b);
    while (list.len > 0 && f->n < FAMILY_MAX) {
        int64_t child;
        if (cos_span_i64(cos_span_cut(&list, ' '), &child)) {
            f->pids[f->n++] = child;
        }
    }
}

void family_each_number(const char *dir, void (*each)(void *ctx, const char *name), void *ctx)
{
    DIR *d = opendir(dir);
    for (const struct dirent *e = d != NULL ? readdir(d) : NULL; e != NULL; e = readdir(d)) {
        if (isdigit((unsigned char)e->d_name[0])) {
            each(ctx, e->d_name);
        }
    }
    if (d != NULL) {
        (void)closedir(d);
    }
}

struct growing {
    struct family *family;
    int64_t pid;
};

static void visit_thread(void *ctx, const char *name)
{
    const struct growing *g = ctx;
    add_children(g->family, g->pid, name);
}

static void add_children_of(struct family *f, int64_t pid)
{
    char dir[64];
    struct growing g = {f, pid};
    (void)snprintf(dir, sizeof(dir), "/proc/%lld/task", (long long)pid);
    family_each_number(dir, visit_thread, &g);
}

/* Children are found behind their parents, so the list grows while it is walked. */
struct family family_of(int64_t pid)
{
    struct family f = {.pids = {pid}, .n = 1};
    for (size_t i = 0; i < f.n; i++) {
        add_children_of(&f, f.pids[i]);
    }
    return f;
}

/* ---- orphans ---- */

void family_adopt_orphans(void)
{
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1L);
}

/* Only children of our own: nobody else reaps them, so a number is still theirs. */
static void kill_children(void)
{
    struct family f = {.n = 0};
    add_children_of(&f, getpid());
    for (size_t i = 0; i < f.n; i++) {
        (void)kill((pid_t)f.pids[i], SIGKILL);
    }
}

void family_end_orphans(void)
{
    int64_t end_ns = cos_system_mono_ns() + (int64_t)DEATH_MS * 1000000;
    for (pid_t reaped; (reaped = waitpid(-1, NULL, WNOHANG)) >= 0;) {
        if (reaped == 0 && cos_system_mono_ns() >= end_ns) {
            return;
        }
        if (reaped == 0) {
            kill_children();
            (void)poll(NULL, 0, 1);
        }
    }
}
