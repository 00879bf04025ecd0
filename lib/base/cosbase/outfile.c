/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How: open(2) for writing without truncating or creating tells what stands there and whether
 * it may be written, by the kernel's rules. A regular file keeps that descriptor for the case
 * that it must be written in place. Descriptors named by path (/dev/stdout, /proc/self/fd/1)
 * are duplicated, not opened again: that would start at the beginning of a redirected file and
 * fails for sockets.
 */
#include "cosbase/outfile.h"

#include "cosbase/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#define OWN_DESCRIPTORS "/proc/self/fd"
enum { MAX_LINKS = 40, MAX_TRIES = 100 };

/* ---- paths ---- */

/* The directory of @path without its links, and the last name; false when there is none. */
static bool split(const char *path, char dir[PATH_MAX], const char **name)
{
    const char *slash = strrchr(path, '/');
    char head[PATH_MAX];
    size_t n = slash == NULL ? 1 : slash == path ? 1 : (size_t)(slash - path);
    if (n >= sizeof(head)) {
        errno = ENAMETOOLONG;
        return false;
    }
    (void)snprintf(head, sizeof(head), "%.*s", (int)n, slash == NULL ? "." : path);
    *name = slash == NULL ? path : slash + 1;
    return realpath(head, dir) != NULL;
}

static bool is_own_descriptors(const char *dir)
{
    char own[64];
    (void)snprintf(own, sizeof(own), "/proc/%ld/fd", (long)getpid());
    return strcmp(dir, own) == 0;
}

/* The descriptor that @path names through whatever links; -1 when it names none. */
static int own_descriptor(const char *path)
{
    char dir[PATH_MAX], next[PATH_MAX], at[PATH_MAX], full[PATH_MAX + NAME_MAX + 2];
    const char *name;
    uint64_t fd;
    (void)snprintf(at, sizeof(at), "%s", path);
    for (int i = 0; i < MAX_LINKS; i++) {
        if (!split(at, dir, &name)) {
            return -1;
        }
        if (is_own_descriptors(dir)) {
            return cos_span_u64(cos_span_of(name), &fd) && fd <= INT_MAX ? (int)fd : -1;
        }
        int n = snprintf(full, sizeof(full), "%s/%s", dir, name);
        ssize_t len =
            n < 0 || (size_t)n >= sizeof(full) ? -1 : readlink(full, next, sizeof(next) - 1);
        if (len < 0) {
            return -1;
        }
        next[len] = '\0';
        n = next[0] == '/' ? snprintf(at, sizeof(at), "%s", next)
                           : snprintf(full, sizeof(full), "%s/%s", dir, next);
        if (n < 0 || (size_t)n >= sizeof(at)) {
            return -1;
        }
        if (next[0] != '/') {
            memcpy(at, full, (size_t)n + 1);
        }
    }
    return -1;
}

/* ---- opening ---- */

static int keep_paths(struct cos_outfile *o, const char *path, const char *target)
{
    o->path = cos_strdup(path);
    o->target = target == NULL ? NULL : cos_strdup(target);
    return o->path == NULL || (target != NULL && o->target == NULL) ? -ENOMEM : 0;
}

static int open_descriptor(struct cos_outfile *o, const char *path, int fd)
{
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY) {
        return -EBADF;
    }
    o->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    return o->fd < 0 ? -errno : keep_paths(o, path, NULL);
}

/* No such name: the directory must let us make it. */
static int open_absent(struct cos_outfile *o, const char *path)
{
    char dir[PATH_MAX];
    const char *name;
    struct stat st;
    if (path[strlen(path) - 1] == '/') {
        return -EISDIR; /* as open(2) with O_CREAT */
    }
    if (!split(path, dir, &name)) {
        return -errno;
    }
    o->is_new = true;
    if (lstat(path, &st) == 0) { /* a link that leads nowhere yet: the kernel may follow it */
        o->fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, (mode_t)o->mode);
        return o->fd < 0 ? -errno : keep_paths(o, path, path);
    }
    if (faccessat(AT_FDCWD, dir, W_OK | X_OK, AT_EACCESS) != 0) {
        return -errno;
    }
    return keep_paths(o, path, path);
}

/* A regular file stays as it is until begin(); anything else is ready to be written. */
static int open_existing(struct cos_outfile *o, const char *path, int fd)
{
    struct stat st;
    char target[PATH_MAX];
    if (fstat(fd, &st) != 0) {
        int r = -errno;
        (void)close(fd);
        return r;
    }
    if (!S_ISREG(st.st_mode)) {
        o->fd = fd;
        return keep_paths(o, path, NULL);
    }
    o->existing_fd = fd;
    return keep_paths(o, path, realpath(path, target) != NULL ? target : path);
}

static int look(struct cos_outfile *o, const char *path)
{
    int own = own_descriptor(path);
    if (own >= 0) {
        return open_descriptor(o, path, own);
    }
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (fd >= 0) {
        return open_existing(o, path, fd);
    }
    return errno == ENOENT ? open_absent(o, path) : -errno;
}

int cos_outfile_open(struct cos_outfile *o, const char *path, unsigned mode, unsigned flags)
{
    *o = (struct cos_outfile){
        .fd = -1, .existing_fd = -1, .is_open = true, .mode = mode, .flags = flags};
    int r = path[0] == '\0' ? -ENOENT : look(o, path);
    if (r < 0) {
        cos_outfile_deinit(o);
    }
    return r;
}

/* ---- the first byte ---- */

/* A file without a name, which goes with its last descriptor however we end; -1 where the file
 * system has none. */
static int open_nameless(const struct cos_outfile *o)
{
    char dir[PATH_MAX];
    const char *name;
    if (access(OWN_DESCRIPTORS, X_OK) != 0 || !split(o->target, dir, &name)) {
        return -1;
    }
    return open(dir, O_TMPFILE | O_WRONLY | O_CLOEXEC, (mode_t)o->mode);
}

/* 0, or -errno and EEXIST while the name is taken. */
static int take_name(struct cos_outfile *o)
{
    char own[64];
    if (o->fd < 0) {
        o->fd = open(o->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t)o->mode);
        return o->fd < 0 ? -errno : 0;
    }
    (void)snprintf(own, sizeof(own), OWN_DESCRIPTORS "/%d", o->fd);
    return linkat(AT_FDCWD, own, AT_FDCWD, o->temporary, AT_SYMLINK_FOLLOW) == 0 ? 0 : -errno;
}

/* Open a file under a name beside the target, or give that name to the one that is open. */
static int name_temporary(struct cos_outfile *o)
{
    const char *slash = strrchr(o->target, '/');
    size_t head = slash == NULL ? 0 : (size_t)(slash - o->target) + 1;
    size_t n = head + 48;
    o->temporary = cos_malloc(n);
    int r = o->temporary == NULL ? -ENOMEM : -EEXIST;
    for (int i = 0; i < MAX_TRIES && r == -EEXIST; i++) {
        (void)snprintf(o->temporary, n, "%.*s.tmp-%ld-%d", (int)head, o->target, (long)getpid(),
                       i);
        r = take_name(o);
    }
    if (r < 0) {
        o->temporary = cos_free(o->temporary);
    }
    o->is_nameless = false;
    return r;
}

static int make_temporary(struct cos_outfile *o)
{
    o->fd = open_nameless(o);
    o->is_nameless = o->fd >= 0;
    return o->is_nameless ? 0 : name_temporary(o);
}

static void drop_temporary(struct cos_outfile *o)
{
    if (o->temporary != NULL) {
        (void)unlink(o->temporary);
        o->temporary = cos_free(o->temporary);
    }
}

static bool has_acl(int fd)
{
    return fgetxattr(fd, "system.posix_acl_access", NULL, 0) > 0;
}

static unsigned kept_mode(const struct cos_outfile *o, const struct stat *st)
{
    unsigned mode = st->st_mode & 07777;
    return (o->flags & COS_OUTFILE_PRIVATE) != 0 ? mode & o->mode : mode;
}

/* Whether a new file can take the place of the one that is there, and nobody notices but by its
 * bytes. */
static bool can_replace(struct cos_outfile *o, const struct stat *st)
{
    struct stat named, fresh;
    if ((o->flags & COS_OUTFILE_STREAM) != 0 || st->st_nlink != 1 || has_acl(o->existing_fd) ||
        lstat(o->target, &named) != 0 || named.st_dev != st->st_dev ||
        named.st_ino != st->st_ino || make_temporary(o) < 0) {
        return false;
    }
    bool is_same_owner = fstat(o->fd, &fresh) == 0 && (fresh.st_uid == st->st_uid) &&
                         (fresh.st_gid == st->st_gid);
    if ((is_same_owner || fchown(o->fd, st->st_uid, st->st_gid) == 0) &&
        fchmod(o->fd, (mode_t)kept_mode(o, st)) == 0) {
        return true;
    }
    (void)close(o->fd);
    o->fd = -1;
    o->is_nameless = false;
    drop_temporary(o);
    return false;
}

static int write_in_place(struct cos_outfile *o, const struct stat *st)
{
    if (kept_mode(o, st) != (st->st_mode & 07777) &&
        fchmod(o->existing_fd, (mode_t)kept_mode(o, st)) != 0) {
        return -errno; /* a secret does not go where others read */
    }
    if (ftruncate(o->existing_fd, 0) != 0) {
        return -errno;
    }
    o->fd = o->existing_fd;
    o->existing_fd = -1;
    return 0;
}

static int make_new(struct cos_outfile *o)
{
    if ((o->flags & COS_OUTFILE_STREAM) == 0) {
        return make_temporary(o);
    }
    o->fd = open(o->target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t)o->mode);
    return o->fd < 0 ? -errno : 0;
}

static int begin(struct cos_outfile *o)
{
    struct stat st;
    if (o->error != 0 || o->fd >= 0) {
        return o->error;
    }
    if (o->existing_fd < 0) {
        o->error = make_new(o);
    } else if (fstat(o->existing_fd, &st) != 0) {
        o->error = -errno;
    } else if (!can_replace(o, &st)) {
        o->error = write_in_place(o, &st);
    }
    return o->error;
}

int cos_outfile_fd(struct cos_outfile *o)
{
    int r = begin(o);
    return r < 0 ? r : o->fd;
}

FILE *cos_outfile_stream(struct cos_outfile *o)
{
    int fd = o->stream != NULL || begin(o) < 0 ? -1 : fcntl(o->fd, F_DUPFD_CLOEXEC, 3);
    if (fd >= 0) {
        o->stream = fdopen(fd, "w");
    }
    if (o->stream == NULL && o->error == 0) {
        o->error = -errno;
        if (fd >= 0) {
            (void)close(fd);
        }
    }
    return o->stream;
}

void cos_outfile_write(struct cos_outfile *o, struct cos_span bytes)
{
    if (begin(o) < 0) {
        return;
    }
    while (bytes.len > 0) {
        ssize_t n = write(o->fd, bytes.ptr, bytes.len);
        if (n < 0 && errno == EAGAIN) { /* a pipe that its other users made non-blocking */
            (void)poll(&(struct pollfd){.fd = o->fd, .events = POLLOUT}, 1, /* for ever: */ -1);
        } else if (n < 0 && errno != EINTR) {
            o->error = -errno;
            return;
        }
        bytes = cos_span_from(bytes, n > 0 ? (size_t)n : 0);
    }
}

/* ---- the end ---- */

static void close_stream(struct cos_outfile *o)
{
    if (o->stream == NULL) {
        return;
    }
    errno = 0;
    bool failed = ferror(o->stream) != 0;
    if (fclose(o->stream) != 0 || failed) {
        o->error = o->error != 0 ? o->error : errno != 0 ? -errno : -EIO;
    }
    o->stream = NULL;
}

static void close_fd(struct cos_outfile *o)
{
    struct stat st;
    if (o->fd < 0) {
        return;
    }
    if (o->target != NULL && fstat(o->fd, &st) == 0) {
        o->device = st.st_dev;
        o->inode = st.st_ino;
    }
    if (close(o->fd) != 0 && o->error == 0) {
        o->error = -errno;
    }
    o->fd = -1;
}

/* A mount point (a file that a container was given) cannot be renamed onto, but written. */
static int copy_in_place(struct cos_outfile *o)
{
    char piece[8192];
    struct stat st;
    ssize_t n = 1;
    int from = open(o->temporary, O_RDONLY | O_CLOEXEC);
    int r = from < 0 || fstat(o->existing_fd, &st) != 0 ? -errno : write_in_place(o, &st);
    while (r == 0 && n > 0) {
        n = read(from, piece, sizeof(piece));
        if (n < 0) {
            r = -errno;
        } else {
            cos_outfile_write(o, cos_span_make(piece, (size_t)n));
            r = o->error;
        }
    }
    if (from >= 0) {
        (void)close(from);
    }
    o->error = r;
    close_fd(o);
    drop_temporary(o);
    return o->error;
}

static int publish(struct cos_outfile *o)
{
    if (o->temporary == NULL) {
        return 0;
    }
    if (rename(o->temporary, o->target) == 0) {
        o->temporary = cos_free(o->temporary);
        return 0;
    }
    return o->existing_fd < 0 ? -errno : copy_in_place(o);
}

int cos_outfile_commit(struct cos_outfile *o)
{
    bool is_through = o->target == NULL;
    if (!is_through) {
        (void)begin(o); /* an empty file, when no byte came */
    }
    close_stream(o);
    if (o->error == 0 && !is_through && o->is_nameless) {
        o->error = name_temporary(o);
    }
    close_fd(o);
    if (o->error == 0) {
        o->error = publish(o);
    }
    int r = o->error;
    if (r < 0) {
        drop_temporary(o);
        if (o->is_new) {
            cos_outfile_remove(o);
        }
    }
    return r;
}

void cos_outfile_remove(struct cos_outfile *o)
{
    struct stat st;
    char real[PATH_MAX];
    if (o->target == NULL || o->inode == 0 || realpath(o->target, real) == NULL ||
        lstat(real, &st) != 0 || st.st_dev != o->device || st.st_ino != o->inode) {
        return;
    }
    int ignored = o->is_new ? unlink(real) : truncate(real, 0); /* nothing to be done */
    (void)ignored;
    o->inode = 0;
}

void cos_outfile_deinit(struct cos_outfile *o)
{
    if (!o->is_open) {
        return;
    }
    close_stream(o);
    close_fd(o);
    if (o->existing_fd >= 0) {
        (void)close(o->existing_fd);
    }
    drop_temporary(o);
    (void)cos_free(o->path);
    (void)cos_free(o->target);
    *o = (struct cos_outfile){.is_open = false};
}
