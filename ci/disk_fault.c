/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A disk that becomes read-only, or whose bodies cannot be read, under a process that has its
 * files open: loaded before it (LD_PRELOAD), since no kernel lets a file system be remounted
 * read-only while files on it are open for writing. What fails is said by files that are there
 * or not:
 *     $DISK_FAULT_DIR/read-only    whatever writes below $DISK_FAULT_BELOW is EROFS
 *     $DISK_FAULT_DIR/unreadable   whatever reads from its chunks/ is EIO
 * gcc -shared -fPIC, for ci/disk.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <unistd.h>

static bool is_on(const char *fault)
{
    char path[PATH_MAX];
    const char *folder = getenv("DISK_FAULT_DIR");
    int n = snprintf(path, sizeof(path), "%s/%s", folder == NULL ? "" : folder, fault);
    return folder != NULL && n < (int)sizeof(path) && access(path, F_OK) == 0;
}

static bool begins(const char *path, const char *more)
{
    const char *below = getenv("DISK_FAULT_BELOW");
    size_t n = below == NULL ? 0 : strlen(below);
    return n > 0 && strncmp(path, below, n) == 0 && strncmp(path + n, more, strlen(more)) == 0;
}

static bool is_below(int fd, const char *more)
{
    char link[64];
    char path[PATH_MAX];
    (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof(path) - 1);
    path[n > 0 ? n : 0] = '\0';
    return begins(path, more);
}

/* True, and errno: the disk is read-only. */
static bool refuses_writing(int fd)
{
    if (!is_below(fd, "") || !is_on("read-only")) {
        return false;
    }
    errno = EROFS;
    return true;
}

static bool refuses_reading(int fd)
{
    if (!is_below(fd, "/chunks/") || !is_on("unreadable")) {
        return false;
    }
    errno = EIO;
    return true;
}

/* What the process would have called. */
#define NEXT(name) ((next *)(uintptr_t)dlsym(RTLD_NEXT, name))

/* Of an open file. */
#define OF_FILE(result, name, refuses, parameters, arguments)    \
    result name parameters                                       \
    {                                                            \
        typedef result next parameters;                          \
        return refuses(fd) ? (result)-1 : NEXT(#name) arguments; \
    }

OF_FILE(ssize_t, write, refuses_writing, (int fd, const void *buf, size_t n), (fd, buf, n))
OF_FILE(ssize_t, pwrite64, refuses_writing, (int fd, const void *buf, size_t n, off_t at),
        (fd, buf, n, at))
OF_FILE(int, ftruncate64, refuses_writing, (int fd, off_t n), (fd, n))
OF_FILE(int, fallocate64, refuses_writing, (int fd, int mode, off_t at, off_t n),
        (fd, mode, at, n))
OF_FILE(int, fsync, refuses_writing, (int fd), (fd))
OF_FILE(int, fdatasync, refuses_writing, (int fd), (fd))
OF_FILE(int, unlinkat, refuses_writing, (int fd, const char *name, int flags),
        (fd, name, flags))
OF_FILE(ssize_t, pread64, refuses_reading, (int fd, void *buf, size_t n, off_t at),
        (fd, buf, n, at))
ssize_t sendfile64(int to, int fd, off_t *at, size_t n)
{
    typedef ssize_t next(int to, int fd, off_t *at, size_t n);
    return refuses_reading(fd) ? -1 : NEXT("sendfile64")(to, fd, at, n);
}

static bool wants_writing(int flags)
{
    return (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC)) != 0;
}

/* By its name, in a folder that is open. */
int openat64(int fd, const char *name, int flags, ...)
{
    typedef int next(int fd, const char *name, int flags, ...);
    va_list args;
    va_start(args, flags);
    unsigned mode = (flags & O_CREAT) != 0 ? va_arg(args, unsigned) : 0;
    va_end(args);
    return fd >= 0 && wants_writing(flags) && refuses_writing(fd)
               ? -1
               : NEXT("openat64")(fd, name, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    typedef int next(const char *path, int flags, ...);
    va_list args;
    va_start(args, flags);
    unsigned mode = (flags & O_CREAT) != 0 ? va_arg(args, unsigned) : 0;
    va_end(args);
    if (wants_writing(flags) && begins(path, "/") && is_on("read-only")) {
        errno = EROFS;
        return -1;
    }
    return NEXT("open64")(path, flags, mode);
}
