/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A snapshot is one walk over the backend. Where rows are in memory a walk holds up whoever
 * commits, so it gathers references and the rest happens behind it; rows never change, so what
 * they say is still that state. Where rows are on a disk a walk holds up nobody, and all
 * references together might be more than memory: there each row is written as it comes.
 */
#include "store/snapshot.h"

#include "cosbase/alloc.h"
#include "cosbase/outfile.h"
#include "cosbase/secret.h"
#include "store/snapshot_format.h"

#include <errno.h>
#include <stdarg.h>

static void put_number(uint8_t *at, size_t bytes, uint64_t number)
{
    for (size_t i = bytes; i > 0; i--) {
        at[i - 1] = (uint8_t)number;
        number >>= 8;
    }
}

uint64_t snapshot_number(const uint8_t *at, size_t bytes)
{
    uint64_t number = 0;
    for (size_t i = 0; i < bytes; i++) {
        number = number << 8 | at[i];
    }
    return number;
}

int snapshot_fail(struct snapshot_error *err, enum snapshot_status status, const char *fmt, ...)
{
    if (err != NULL) {
        va_list args;
        va_start(args, fmt);
        err->status = status;
        (void)vsnprintf(err->message, sizeof(err->message), fmt, args);
        va_end(args);
    }
    return status;
}

/* Of an error number: full is not broken. */
static enum snapshot_status status_of(int number)
{
    switch (number) {
    case ENOMEM:
        return SNAPSHOT_NO_MEMORY;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return SNAPSHOT_NO_ROOM;
    default:
        return SNAPSHOT_IO;
    }
}

/* --- bytes --- */

struct out {
    int fd;
    const char *name;
    struct cos_digest digest; /* of what left the piece */
    uint64_t rows, body_bytes;
    int status; /* the first one that is not 0, *err says why; sticky */
    struct snapshot_error *err;
    size_t filled;
    uint8_t piece[SNAPSHOT_PIECE_BYTES];
};

static void flush(struct out *o)
{
    cos_digest_update(&o->digest, o->piece, o->filled);
    for (size_t done = 0; o->status == 0 && done < o->filled;) {
        ssize_t n = write(o->fd, o->piece + done, o->filled - done);
        if (n < 0 && errno != EINTR) {
            o->status = snapshot_fail(o->err, status_of(errno), "%.200s: cannot be written: %s",
                                      o->name, strerror(errno));
        }
        done += n > 0 ? (size_t)n : 0;
    }
    o->filled = 0;
}

static void add(struct out *o, struct cos_span bytes)
{
    while (bytes.len > 0) {
        if (o->filled == sizeof(o->piece)) {
            flush(o);
        }
        struct cos_span part = cos_span_sub(bytes, 0, sizeof(o->piece) - o->filled);
        memcpy(o->piece + o->filled, part.ptr, part.len);
        o->filled += part.len;
        bytes = cos_span_from(bytes, part.len);
    }
}

static void add_body(struct out *o, const struct blob *blob)
{
    uint64_t bytes = blob_bytes(blob);
    for (uint64_t at = 0; o->status == 0 && at < bytes;) {
        if (o->filled == sizeof(o->piece)) {
            flush(o);
        }
        int64_t n = blob_read(blob, at, o->piece + o->filled, sizeof(o->piece) - o->filled);
        if (n < 0) {
            o->status =
                snapshot_fail(o->err, SNAPSHOT_IO,
                              "%.200s: the body of row %llu cannot be read from the "
                              "store: %s",
                              o->name, (unsigned long long)o->rows + 1, strerror((int)-n));
            return;
        }
        o->filled += (size_t)n;
        at += (uint64_t)n;
    }
    o->body_bytes += bytes;
}

/* --- rows --- */

static void add_row(struct out *o, const struct row *row)
{
    uint8_t head[1 + SNAPSHOT_ROW_BYTES] = {SNAPSHOT_ROW};
    put_number(head + 1, 4, row->key_bytes);
    put_number(head + 5, 4, row->value_bytes);
    put_number(head + 9, 8, blob_bytes(row->blob));
    add(o, cos_span_make(head, sizeof(head)));
    add(o, row_key(row));
    add(o, row_value(row));
    add_body(o, row->blob);
    o->rows++;
}

static enum scan_next write_row(void *ctx, struct row *row, struct cos_span *seek)
{
    struct out *o = ctx;
    add_row(o, row);
    return o->status == 0 ? SCAN_NEXT : SCAN_STOP;
}

struct gathered {
    struct row **rows; /* references */
    size_t n, cap;
    bool failed; /* an allocation */
};

static enum scan_next gather_row(void *ctx, struct row *row, struct cos_span *seek)
{
    struct gathered *g = ctx;
    if (g->n == g->cap) {
        size_t cap = g->cap == 0 ? 64 : 2 * g->cap;
        struct row **more = cos_realloc_array(g->rows, cap, sizeof(struct row *));
        if (more == NULL) {
            g->failed = true;
            return SCAN_STOP;
        }
        g->rows = more;
        g->cap = cap;
    }
    g->rows[g->n++] = row_ref(row);
    return SCAN_NEXT;
}

static void add_gathered(struct out *o, struct gathered *g)
{
    if (g->failed) {
        o->status = snapshot_fail(o->err, SNAPSHOT_NO_MEMORY,
                                  "%.200s: out of memory for %zu rows", o->name, g->n + 1);
    }
    for (size_t i = 0; i < g->n; i++) {
        if (o->status == 0) {
            add_row(o, g->rows[i]);
        }
        row_unref(g->rows[i]);
    }
    cos_free(g->rows);
}

static void add_rows(struct out *o, struct backend *b)
{
    struct gathered g = {0};
    bool is_in_memory = b->is_immediate;
    enum backend_result r =
        b->ops->scan(b, COS_SPAN_EMPTY, COS_SPAN_EMPTY, is_in_memory ? gather_row : write_row,
                     is_in_memory ? (void *)&g : (void *)o);
    if (is_in_memory) {
        add_gathered(o, &g);
    }
    if (r != BACKEND_OK && o->status == 0) {
        o->status =
            r == BACKEND_NOMEM
                ? snapshot_fail(o->err, SNAPSHOT_NO_MEMORY, "%.200s: out of memory for a row",
                                o->name)
                : snapshot_fail(o->err, SNAPSHOT_IO,
                                "%.200s: the rows behind row %llu cannot be read from "
                                "the store: its disk fails, or what it holds is damaged",
                                o->name, (unsigned long long)o->rows);
    }
}

static void add_head(struct out *o)
{
    uint8_t format[SNAPSHOT_HEAD_BYTES - SNAPSHOT_MAGIC_BYTES];
    put_number(format, sizeof(format), SNAPSHOT_FORMAT);
    add(o, SNAPSHOT_MAGIC);
    add(o, cos_span_make(format, sizeof(format)));
}

static void add_end(struct out *o)
{
    uint8_t end[1 + SNAPSHOT_END_BYTES] = {SNAPSHOT_END};
    uint8_t sum[COS_DIGEST_MAX_BYTES];
    put_number(end + 1, 8, o->rows);
    put_number(end + 9, 8, o->body_bytes);
    add(o, cos_span_make(end, sizeof(end)));
    flush(o);
    (void)cos_digest_final(&o->digest, sum);
    add(o, cos_span_make(sum, COS_SHA256_BYTES));
    flush(o);
}

int snapshot_write(struct backend *b, int fd, const char *name, struct snapshot_error *err)
{
    struct out *o = cos_malloc(sizeof(*o));
    if (o == NULL || !cos_digest_init(&o->digest, COS_SHA256)) {
        cos_free(o);
        return snapshot_fail(err, SNAPSHOT_NO_MEMORY, "%.200s: out of memory", name);
    }
    o->fd = fd;
    o->name = name;
    o->rows = o->body_bytes = 0;
    o->status = SNAPSHOT_OK;
    o->err = err;
    o->filled = 0;
    add_head(o);
    add_rows(o, b);
    add_end(o);
    int status = o->status;
    cos_digest_deinit(&o->digest);
    cos_wipe(o->piece, sizeof(o->piece));
    cos_free(o);
    return status;
}

/* --- the file --- */

static int fail_path(const char *path, int r, struct snapshot_error *err)
{
    return snapshot_fail(err, status_of(-r), "%.200s: cannot be written: %s", path,
                         strerror(-r));
}

/* What is no file (a pipe, a terminal) has nothing to be on the disk. */
static int to_disk(int fd)
{
    return fsync(fd) == 0 || errno == EINVAL || errno == EROFS ? 0 : -errno;
}

int snapshot_save(struct backend *b, const char *path, struct snapshot_error *err)
{
    COS_CLEANUP(cos_outfile_deinit) struct cos_outfile file = {0};
    int r = cos_outfile_open(&file, path, 0600, COS_OUTFILE_PRIVATE);
    int fd = r < 0 ? r : cos_outfile_fd(&file);
    if (fd < 0) {
        return fail_path(path, fd, err);
    }
    int status = snapshot_write(b, fd, path, err);
    if (status != SNAPSHOT_OK) {
        return status;
    }
    r = to_disk(fd);
    if (r == 0) {
        r = cos_outfile_commit(&file);
    }
    return r < 0 ? fail_path(path, r, err) : SNAPSHOT_OK;
}
