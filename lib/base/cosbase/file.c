/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small files and directory trees. What is written goes through outfile.c. Trees are removed by
 * descriptor (openat, unlinkat), so a directory that is swapped for a link meanwhile is not
 * followed out of the tree.
 */
#include "cosbase/file.h"

#include "cosbase/alloc.h"
#include "cosbase/codec.h"
#include "cosbase/digest.h"
#include "cosbase/outfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

enum { CHUNK_BYTES = 65536, DEEPEST_TREE = 512 };

/* read(2) that goes on after a signal. */
static ssize_t read_some(int fd, void *out, size_t n)
{
    ssize_t got;
    do {
        got = read(fd, out, n);
    } while (got < 0 && errno == EINTR);
    return got;
}

static int read_all(struct cos_buf *out, int fd)
{
    char *chunk = cos_malloc(CHUNK_BYTES);
    ssize_t got = chunk == NULL ? -1 : 1;
    int r = chunk == NULL ? -ENOMEM : 0;
    while (r == 0 && got > 0) {
        got = read_some(fd, chunk, CHUNK_BYTES);
        if (got < 0) {
            r = -errno;
        } else if ((size_t)got > out->max - out->len) {
            r = -EFBIG;
        } else {
            cos_buf_append(out, chunk, (size_t)got);
            r = out->failed ? -ENOMEM : 0;
        }
    }
    cos_free(chunk);
    return r;
}

static int open_to_read(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

int cos_file_read(struct cos_buf *out, const char *path)
{
    int fd = open_to_read(path);
    if (fd < 0) {
        return fd;
    }
    int r = read_all(out, fd);
    (void)close(fd);
    return r;
}

int cos_file_write(const char *path, struct cos_span bytes, unsigned mode)
{
    COS_CLEANUP(cos_outfile_deinit) struct cos_outfile out = {.is_open = false};
    int r = cos_outfile_open(&out, path, mode, /* flags: */ 0);
    if (r == 0) {
        cos_outfile_write(&out, bytes);
        r = cos_outfile_commit(&out);
    }
    return r;
}

/* Make one directory whose parent exists. */
static int make_one(const char *path, unsigned mode)
{
    struct stat st;
    if (mkdir(path, (mode_t)mode) == 0) {
        return 0;
    }
    int problem = errno;
    if (stat(path, &st) == 0) {
        return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
    }
    return -problem;
}

int cos_dir_make(const char *path, unsigned mode)
{
    if (path[0] == '\0') {
        return -ENOENT;
    }
    char *partial = cos_strdup(path);
    int r = partial == NULL ? -ENOMEM : 0;
    for (size_t i = 1; r == 0 && partial[i] != '\0'; i++) {
        if (partial[i] == '/' && partial[i - 1] != '/') {
            partial[i] = '\0';
            r = make_one(partial, mode);
            partial[i] = '/';
        }
    }
    r = r == 0 ? make_one(partial, mode) : r;
    cos_free(partial);
    return r;
}

int cos_file_sha256(char out[65], const char *path)
{
    COS_CLEANUP(cos_digest_deinit) struct cos_digest digest = {0};
    uint8_t bytes[COS_DIGEST_MAX_BYTES];
    char chunk[8192];
    int fd = open_to_read(path);
    if (fd < 0) {
        return fd;
    }
    ssize_t got = 1;
    int r = cos_digest_init(&digest, COS_SHA256) ? 0 : -ENOMEM;
    while (r == 0 && got > 0) {
        got = read_some(fd, chunk, sizeof(chunk));
        if (got < 0) {
            r = -errno;
        } else {
            cos_digest_update(&digest, chunk, (size_t)got);
        }
    }
    (void)close(fd);
    if (r == 0) {
        cos_hex_encode(out, bytes, cos_digest_final(&digest, bytes));
    }
    return r;
}

static int remove_children(int parent_fd, const char *name, int depth);

static int remove_entry(int dir_fd, const char *name, int depth)
{
    if (unlinkat(dir_fd, name, 0) == 0 || errno == ENOENT) {
        return 0;
    }
    if (errno != EISDIR && errno != EPERM) {
        return -errno;
    }
    int r = remove_children(dir_fd, name, depth);
    if (r == 0 && unlinkat(dir_fd, name, AT_REMOVEDIR) < 0 && errno != ENOENT) {
        r = -errno;
    }
    return r;
}

static int remove_children(int parent_fd, const char *name, int depth)
{
    if (depth >= DEEPEST_TREE) {
        return -ELOOP;
    }
    int fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (dir == NULL) {
        int r = -errno;
        if (fd >= 0) {
            (void)close(fd);
        }
        return r == -ENOENT ? 0 : r;
    }
    int r = 0;
    for (const struct dirent *e = readdir(dir); r == 0 && e != NULL; e = readdir(dir)) {
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) {
            r = remove_entry(fd, e->d_name, depth + 1);
        }
    }
    (void)closedir(dir);
    return r;
}

int cos_dir_remove(const char *path)
{
    int r = remove_children(AT_FDCWD, path, 0);
    if (r == 0 && rmdir(path) < 0 && errno != ENOENT) {
        r = -errno;
    }
    return r;
}
