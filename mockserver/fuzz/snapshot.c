/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target: the reader of snapshots. Whatever comes in: no crash, nothing left behind, a
 * complete error that names the file, or rows that make the same file again. No mutation finds
 * a SHA-256, so each input is read a second time with the right one at its end.
 */
#include "fuzz.h"

#include "store/snapshot.h"

#include "cosbase/alloc.h"
#include "cosbase/digest.h"

#include <sys/mman.h>

#include "backends.h"

static int file_of(const uint8_t *bytes, size_t n)
{
    int fd = memfd_create("snapshot", MFD_CLOEXEC);
    require(fd >= 0 && write(fd, bytes, n) == (ssize_t)n);
    return fd;
}

static void is_made_again(struct backend *b, const uint8_t *bytes, size_t n)
{
    int fd = file_of(bytes, 0);
    uint8_t *again = cos_malloc(n + 1);
    require(again != NULL && snapshot_write(b, fd, "again", /* err= */ NULL) == SNAPSHOT_OK);
    require(pread(fd, again, n + 1, 0) == (ssize_t)n && memcmp(again, bytes, n) == 0);
    cos_free(again);
    (void)close(fd);
}

static void read_one(const uint8_t *bytes, size_t n)
{
    struct backend *b = backend_memory_new(/* budget= */ NULL);
    struct snapshot *s = NULL;
    struct snapshot_error err = {0};
    require(b != NULL);
    if (snapshot_read(&s, file_of(bytes, n), "file", &err) < 0) {
        require(err.status < 0 && strncmp(err.message, "file: ", 6) == 0 && s == NULL);
    } else {
        require(backend_restore(b, s, &err) == SNAPSHOT_OK);
        is_made_again(b, bytes, n);
    }
    (void)snapshot_free(s);
    (void)b->ops->free(b);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    read_one(bytes, n);
    if (n >= COS_SHA256_BYTES) {
        uint8_t *sealed = cos_malloc(n);
        require(sealed != NULL);
        memcpy(sealed, bytes, n);
        cos_sha256(sealed + n - COS_SHA256_BYTES, sealed, n - COS_SHA256_BYTES);
        read_one(sealed, n);
        cos_free(sealed);
    }
    return 0;
}
