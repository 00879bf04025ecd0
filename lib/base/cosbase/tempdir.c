/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In each directory lies a file "lock", which its owner holds with flock(2) until it ends. It
 * gets its name only when it is held, so that nobody finds it free while its owner starts. What
 * is removed: a directory of our user, named by the pattern, not a link, with a lock that
 * nobody holds. Without a lock file nothing is touched: it is not ours.
 */
#include "cosbase/tempdir.h"

#include "cosbase/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#define LOCK "lock"
#define NEW_LOCK "lock.new"
enum { SUFFIX_CHARS = 6 }; /* of mkdtemp */

/* But for the characters of mkdtemp? */
static bool is_alike(const char *name, const char *other)
{
    size_t n = strlen(other);
    return strlen(name) == n && memcmp(name, other, n - SUFFIX_CHARS) == 0;
}

static bool is_ours(int fd, mode_t type)
{
    struct stat st;
    return fstat(fd, &st) == 0 && (st.st_mode & S_IFMT) == type && st.st_uid == geteuid();
}

/* The lock of @name below @parent_fd when its owner is dead, held now; -1 otherwise. */
static int take_dead_lock(int parent_fd, const char *name)
{
    int dir = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (dir < 0) {
        return -1;
    }
    int lock = is_ours(dir, S_IFDIR)
                   ? openat(dir, LOCK, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
                   : -1;
    if (lock >= 0 && (!is_ours(lock, S_IFREG) || flock(lock, LOCK_EX | LOCK_NB) != 0)) {
        (void)close(lock);
        lock = -1;
    }
    (void)close(dir);
    return lock;
}

static void remove_one_dead(DIR *parent, const char *path, const char *name)
{
    int lock = take_dead_lock(dirfd(parent), name);
    if (lock >= 0) {
        char dead[COS_TEMPDIR_MAX + 256];
        (void)snprintf(dead, sizeof(dead), "%s/%s", path, name);
        int ignored = cos_dir_remove(dead); /* the next run tries again */
        (void)ignored;
        (void)close(lock);
    }
}

static int make_lock(struct cos_tempdir *t)
{
    int r = 0;
    int dir = open(t->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    t->lock_fd =
        dir < 0 ? -1 : openat(dir, NEW_LOCK, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (t->lock_fd < 0 || flock(t->lock_fd, LOCK_EX | LOCK_NB) != 0 ||
        renameat(dir, NEW_LOCK, dir, LOCK) != 0) {
        r = -errno;
    }
    if (dir >= 0) {
        (void)close(dir);
    }
    return r;
}

static int make_below(struct cos_tempdir *t, const char *parent, const char *prefix)
{
    int n = snprintf(t->path, sizeof(t->path), "%s/%s-XXXXXX", parent, prefix);
    int r = 0;
    if (n < 0 || (size_t)n >= sizeof(t->path)) {
        r = -ENAMETOOLONG;
    } else if (mkdtemp(t->path) == NULL) {
        r = -errno;
    } else {
        r = make_lock(t);
        if (r == 0) {
            return 0;
        }
        int ignored = cos_tempdir_remove(t);
        (void)ignored;
    }
    t->path[0] = '\0';
    return r;
}

int cos_tempdir_make(struct cos_tempdir *t, const char *const *parents, size_t n,
                     const char *prefix)
{
    int r = -ENOENT;
    *t = (struct cos_tempdir){.lock_fd = -1};
    for (size_t i = 0; i < n; i++) {
        if (parents[i] == NULL || parents[i][0] != '/') {
            continue; /* programs run in other directories */
        }
        r = make_below(t, parents[i], prefix);
        if (r == 0) {
            return 0;
        }
    }
    return r;
}

void cos_tempdir_remove_dead(const struct cos_tempdir *t)
{
    char parent[COS_TEMPDIR_MAX];
    if (t->path[0] == '\0') {
        return;
    }
    const char *own = strrchr(t->path, '/') + 1;
    (void)snprintf(parent, sizeof(parent), "%.*s", (int)(own - t->path), t->path);
    DIR *dir = opendir(parent);
    if (dir == NULL) {
        return;
    }
    for (const struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
        if (is_alike(e->d_name, own)) {
            remove_one_dead(dir, parent, e->d_name);
        }
    }
    (void)closedir(dir);
}

int cos_tempdir_remove(struct cos_tempdir *t)
{
    if (t->path[0] == '\0') {
        return 0;
    }
    int r = cos_dir_remove(t->path);
    if (t->lock_fd >= 0) {
        (void)close(t->lock_fd);
    }
    *t = (struct cos_tempdir){.lock_fd = -1};
    return r;
}
