/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a snapshot: to its end before anything comes of it, and again while something does,
 * with the same eyes, because the file may have changed meanwhile; what became another one is
 * refused. Nothing in it is believed: a length is at most what the file still has, so no
 * allocation is larger than the file. Rows come of it one at a time, while the batch that takes
 * them is committed.
 */
#include "store/snapshot.h"

#include "cosbase/alloc.h"
#include "cosbase/buf.h"
#include "cosbase/secret.h"
#include "store/snapshot_format.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

struct snapshot {
    struct row_source source; /* of the batch that it is poured into */
    struct backend *backend;  /* whose writer takes bodies then */
    bool (*is_poured)(struct cos_span key);
    struct snapshot_error trouble; /* with which pouring ended; status 0: with none */
    char *name;
    int fd;
    uint64_t size;
    bool was_read;
    uint8_t sum[COS_SHA256_BYTES]; /* of what was read first */
    /* Of the reading under way: */
    uint64_t offset; /* of the piece, in the file */
    size_t filled, at, hashed;
    struct cos_digest digest;
    struct cos_buf key, value, last_key;
    uint64_t row; /* the one it is in, from 1 */
    uint64_t body_bytes, body_total;
    uint8_t piece[SNAPSHOT_PIECE_BYTES];
};

static uint64_t place(const struct snapshot *s)
{
    return s->offset + s->at;
}

static uint64_t rest(const struct snapshot *s)
{
    uint64_t at = place(s);
    return at < s->size ? s->size - at : 0;
}

/* --- bytes --- */

static int refuse_cut(const struct snapshot *s, const char *what, struct snapshot_error *err)
{
    return snapshot_fail(err, SNAPSHOT_REFUSED,
                         "%.200s: it ends at byte %llu, within %s; a whole snapshot ends with "
                         "its SHA-256",
                         s->name, (unsigned long long)s->size, what);
}

static void hash(struct snapshot *s)
{
    cos_digest_update(&s->digest, s->piece + s->hashed, s->at - s->hashed);
    s->hashed = s->at;
}

/* The next piece; the last one was used up. */
static int refill(struct snapshot *s, const char *what, struct snapshot_error *err)
{
    hash(s);
    s->offset += s->filled;
    s->filled = s->at = s->hashed = 0;
    ssize_t n;
    do {
        n = pread(s->fd, s->piece, sizeof(s->piece), (off_t)s->offset);
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        return snapshot_fail(err, SNAPSHOT_IO, "%.200s: cannot be read: %s", s->name,
                             strerror(errno));
    }
    s->filled = (size_t)n;
    return n == 0 ? refuse_cut(s, what, err) : 0;
}

/* Up to @n bytes of what comes, in place. */
static int peek(struct snapshot *s, uint64_t n, const char *what, struct cos_span *out,
                struct snapshot_error *err)
{
    int r = s->at == s->filled ? refill(s, what, err) : 0;
    if (r == 0) {
        *out = cos_span_make(s->piece + s->at, s->filled - s->at);
        *out = cos_span_sub(*out, 0, n < SIZE_MAX ? (size_t)n : SIZE_MAX);
        s->at += out->len;
    }
    return r;
}

static int take(struct snapshot *s, void *out, size_t n, const char *what,
                struct snapshot_error *err)
{
    uint8_t *to = out;
    while (n > 0) {
        struct cos_span part = COS_SPAN_EMPTY;
        int r = peek(s, n, what, &part, err);
        if (r < 0) {
            return r;
        }
        memcpy(to, part.ptr, part.len);
        to += part.len;
        n -= part.len;
    }
    return 0;
}

static int take_text(struct snapshot *s, struct cos_buf *out, size_t n, const char *what,
                     struct snapshot_error *err)
{
    if (n > rest(s)) {
        return refuse_cut(s, what, err);
    }
    cos_buf_clear(out);
    char *to = cos_buf_reserve(out, n);
    if (to == NULL) {
        return snapshot_fail(err, SNAPSHOT_NO_MEMORY, "%.200s: out of memory for %s, %zu bytes",
                             s->name, what, n);
    }
    out->len = n;
    return take(s, to, n, what, err);
}

/* --- parts of the file --- */

static int take_head(struct snapshot *s, struct snapshot_error *err)
{
    uint8_t head[SNAPSHOT_HEAD_BYTES];
    size_t n = s->size < sizeof(head) ? (size_t)s->size : sizeof(head);
    int r = take(s, head, n, "its head", err);
    if (r < 0 && r != SNAPSHOT_REFUSED) {
        return r;
    }
    if (r < 0 || n < SNAPSHOT_MAGIC_BYTES ||
        !cos_span_starts(cos_span_make(head, n), SNAPSHOT_MAGIC)) {
        return snapshot_fail(err, SNAPSHOT_REFUSED,
                             "%.200s: no snapshot: those begin with '" COS_SPAN_FMT "'",
                             s->name, COS_SPAN_ARG(SNAPSHOT_MAGIC));
    }
    if (n < sizeof(head)) {
        return refuse_cut(s, "its head", err);
    }
    uint64_t format = snapshot_number(head + SNAPSHOT_MAGIC_BYTES, 4);
    return format == SNAPSHOT_FORMAT
               ? 0
               : snapshot_fail(err, SNAPSHOT_REFUSED,
                               "%.200s: a snapshot of format %llu, of another cosmock: this "
                               "one reads format %d",
                               s->name, (unsigned long long)format, SNAPSHOT_FORMAT);
}

/* Key and value; the body comes next. */
static int take_row(struct snapshot *s, struct snapshot_error *err)
{
    uint8_t head[SNAPSHOT_ROW_BYTES];
    struct cos_buf last = s->last_key;
    s->last_key = s->key;
    s->key = last;
    s->row++;
    int r = take(s, head, sizeof(head), "the lengths of a row", err);
    if (r < 0) {
        return r;
    }
    uint64_t at = place(s);
    r = take_text(s, &s->key, (size_t)snapshot_number(head, 4), "the key of a row", err);
    if (r < 0) {
        return r;
    }
    if (s->row > 1 && cos_span_cmp(cos_buf_view(&s->key), cos_buf_view(&s->last_key)) <= 0) {
        return snapshot_fail(err, SNAPSHOT_REFUSED,
                             "%.200s: byte %llu: the key of row %llu does not come behind the "
                             "one before it: keys stand in their order, each once",
                             s->name, (unsigned long long)at, (unsigned long long)s->row);
    }
    r = take_text(s, &s->value, (size_t)snapshot_number(head + 4, 4), "the value of a row",
                  err);
    s->body_bytes = snapshot_number(head + 8, 8);
    return r == 0 && s->body_bytes > rest(s) ? refuse_cut(s, "the body of a row", err) : r;
}

/* What blob_writer_add() says. */
static int fail_body(const struct snapshot *s, int r, struct snapshot_error *err)
{
    unsigned long long row = s->row;
    switch (r) {
    case BLOB_OVER_BUDGET:
        return snapshot_fail(
            err, SNAPSHOT_NO_ROOM,
            "%.200s: the memory limit is reached at the body of row %llu: what "
            "is there now stays until all of it has come",
            s->name, row);
    case BLOB_NO_ROOM:
        return snapshot_fail(err, SNAPSHOT_NO_ROOM,
                             "%.200s: the store's disk is full at the body of row %llu",
                             s->name, row);
    case BLOB_IO:
        return snapshot_fail(err, SNAPSHOT_IO,
                             "%.200s: the store's disk does not take the body of row %llu",
                             s->name, row);
    default:
        return snapshot_fail(err, SNAPSHOT_NO_MEMORY,
                             "%.200s: out of memory for the body of row %llu", s->name, row);
    }
}

/* The body of the row that was taken, to @w; NULL: to nobody. */
static int take_body(struct snapshot *s, struct blob_writer *w, struct snapshot_error *err)
{
    s->body_total += s->body_bytes;
    while (s->body_bytes > 0) {
        struct cos_span part = COS_SPAN_EMPTY;
        int r = peek(s, s->body_bytes, "the body of a row", &part, err);
        if (r < 0) {
            return r;
        }
        s->body_bytes -= part.len;
        r = w == NULL ? 0 : blob_writer_add(w, part.ptr, part.len);
        if (r < 0) {
            return fail_body(s, r, err);
        }
    }
    return 0;
}

static int take_end(struct snapshot *s, struct snapshot_error *err)
{
    uint8_t end[SNAPSHOT_END_BYTES];
    uint8_t sum[COS_DIGEST_MAX_BYTES];
    uint8_t said[COS_SHA256_BYTES];
    int r = take(s, end, sizeof(end), "its end", err);
    hash(s);
    (void)cos_digest_final(&s->digest, sum);
    cos_digest_reset(&s->digest);
    r = r < 0 ? r : take(s, said, sizeof(said), "its end", err);
    if (r < 0) {
        return r;
    }
    if (memcmp(sum, said, sizeof(said)) != 0) {
        return snapshot_fail(
            err, SNAPSHOT_REFUSED,
            "%.200s: what it says does not give the SHA-256 at its end: it was "
            "changed, or parts of it got lost",
            s->name);
    }
    if (s->was_read && memcmp(sum, s->sum, sizeof(s->sum)) != 0) {
        return snapshot_fail(err, SNAPSHOT_REFUSED,
                             "%.200s: it has become another one since it was checked", s->name);
    }
    memcpy(s->sum, sum, sizeof(s->sum));
    if (snapshot_number(end, 8) != s->row || snapshot_number(end + 8, 8) != s->body_total) {
        return snapshot_fail(err, SNAPSHOT_REFUSED,
                             "%.200s: its end counts %llu rows and %llu bytes of bodies; there "
                             "are %llu and %llu",
                             s->name, (unsigned long long)snapshot_number(end, 8),
                             (unsigned long long)snapshot_number(end + 8, 8),
                             (unsigned long long)s->row, (unsigned long long)s->body_total);
    }
    return rest(s) == 0
               ? 0
               : snapshot_fail(err, SNAPSHOT_REFUSED,
                               "%.200s: byte %llu: there are %llu bytes behind its end",
                               s->name, (unsigned long long)place(s),
                               (unsigned long long)rest(s));
}

/* --- all of it --- */

static void rewind_to_start(struct snapshot *s)
{
    s->offset = s->row = s->body_bytes = s->body_total = 0;
    s->filled = s->at = s->hashed = 0;
    cos_digest_reset(&s->digest);
}

/* Key and value of the next row, unless *is_end. */
static int next_row(struct snapshot *s, bool *is_end, struct snapshot_error *err)
{
    uint64_t at = place(s);
    uint8_t word = 0;
    int r = take(s, &word, 1, "its rows", err);
    *is_end = r == 0 && word == SNAPSHOT_END;
    if (r < 0 || *is_end) {
        return r < 0 ? r : take_end(s, err);
    }
    return word == SNAPSHOT_ROW
               ? take_row(s, err)
               : snapshot_fail(err, SNAPSHOT_REFUSED,
                               "%.200s: byte %llu is 0x%02x: a row begins with 0x%02x, the "
                               "end with 0x%02x",
                               s->name, (unsigned long long)at, word, SNAPSHOT_ROW,
                               SNAPSHOT_END);
}

static int walk(struct snapshot *s, snapshot_visit *visit, void *ctx,
                struct snapshot_error *err)
{
    bool is_end = false;
    rewind_to_start(s);
    int r = take_head(s, err);
    while (r == 0 && !is_end) {
        r = next_row(s, &is_end, err);
        if (r == 0 && !is_end && visit != NULL) {
            const struct snapshot_row row = {s->row, cos_buf_view(&s->key),
                                             cos_buf_view(&s->value), s->body_bytes};
            r = visit(ctx, &row, err);
        }
        if (r == 0 && !is_end) {
            r = take_body(s, /* w= */ NULL, err);
        }
    }
    return r;
}

/* --- opening --- */

struct snapshot *snapshot_free(struct snapshot *s)
{
    if (s != NULL) {
        (void)close(s->fd);
        cos_digest_deinit(&s->digest);
        cos_buf_deinit(&s->key);
        cos_buf_deinit(&s->value);
        cos_buf_deinit(&s->last_key);
        cos_free(s->name);
        cos_wipe(s->piece, sizeof(s->piece));
    }
    return cos_free(s);
}

static struct snapshot *snapshot_new(int fd, const char *name)
{
    struct snapshot *s = cos_calloc(1, sizeof(*s));
    if (s == NULL) {
        (void)close(fd);
        return NULL;
    }
    s->fd = fd;
    cos_buf_init(&s->key, UINT32_MAX);
    cos_buf_init(&s->value, UINT32_MAX);
    cos_buf_init(&s->last_key, UINT32_MAX);
    s->name = cos_strdup(name);
    if (s->name == NULL || !cos_digest_init(&s->digest, COS_SHA256)) {
        return snapshot_free(s);
    }
    return s;
}

static int find_size(struct snapshot *s, struct snapshot_error *err)
{
    struct stat st;
    if (fstat(s->fd, &st) != 0) {
        return snapshot_fail(err, SNAPSHOT_IO, "%.200s: cannot be read: %s", s->name,
                             strerror(errno));
    }
    s->size = (uint64_t)st.st_size;
    return S_ISREG(st.st_mode)
               ? 0
               : snapshot_fail(err, SNAPSHOT_REFUSED,
                               "%.200s: no regular file: a snapshot is read twice", s->name);
}

int snapshot_read(struct snapshot **out, int fd, const char *name, struct snapshot_error *err)
{
    struct snapshot *s = snapshot_new(fd, name);
    if (s == NULL) {
        return snapshot_fail(err, SNAPSHOT_NO_MEMORY, "%.200s: out of memory", name);
    }
    int r = find_size(s, err);
    if (r == 0) {
        r = walk(s, /* visit= */ NULL, /* ctx= */ NULL, err);
    }
    if (r < 0) {
        (void)snapshot_free(s);
        return r;
    }
    s->was_read = true;
    *out = s;
    return SNAPSHOT_OK;
}

int snapshot_open(struct snapshot **out, const char *path, struct snapshot_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK); /* no wait for a FIFO */
    return fd < 0 ? snapshot_fail(err, SNAPSHOT_IO, "%.200s: cannot be opened: %s", path,
                                  strerror(errno))
                  : snapshot_read(out, fd, path, err);
}

const char *snapshot_name(const struct snapshot *s)
{
    return s->name;
}

/* --- what comes of it --- */

int snapshot_each(struct snapshot *s, snapshot_visit *visit, void *ctx,
                  struct snapshot_error *err)
{
    return walk(s, visit, ctx, err);
}

static int bring_body(struct snapshot *s, struct blob **out, struct snapshot_error *err)
{
    struct blob_writer *w = s->backend->ops->blob_writer(s->backend, s->body_bytes);
    int r = w == NULL ? fail_body(s, BLOB_NO_MEMORY, err) : take_body(s, w, err);
    if (r < 0) {
        blob_writer_free(w);
        return r;
    }
    *out = blob_writer_done(w);
    return *out == NULL ? fail_body(s, BLOB_NO_MEMORY, err) : 0;
}

/* Of the row that was taken. */
static int make_row(struct snapshot *s, struct row **out, struct snapshot_error *err)
{
    struct blob *blob = NULL;
    int r = s->body_bytes == 0 ? 0 : bring_body(s, &blob, err);
    if (r < 0) {
        return r;
    }
    *out = row_new(cos_buf_view(&s->key), cos_buf_view(&s->value), blob, /* budget= */ NULL);
    return *out != NULL
               ? 0
               : snapshot_fail(err, SNAPSHOT_NO_MEMORY, "%.200s: out of memory for row %llu",
                               s->name, (unsigned long long)s->row);
}

static void rewind_source(struct row_source *source)
{
    struct snapshot *s = (struct snapshot *)source;
    s->trouble.status = SNAPSHOT_OK;
    rewind_to_start(s);
}

static enum backend_result trouble_of(const struct snapshot *s, char reason[160])
{
    (void)snprintf(reason, 160, "%.159s", s->trouble.message);
    switch (s->trouble.status) {
    case SNAPSHOT_NO_MEMORY:
        return BACKEND_NOMEM;
    case SNAPSHOT_NO_ROOM:
        return BACKEND_NO_ROOM;
    case SNAPSHOT_OK:
    case SNAPSHOT_REFUSED:
    case SNAPSHOT_IO:
    default:
        return BACKEND_IO;
    }
}

static enum backend_result next_of_source(struct row_source *source, struct row **out,
                                          char reason[160])
{
    struct snapshot *s = (struct snapshot *)source;
    bool is_end = false;
    int r = s->row == 0 ? take_head(s, &s->trouble) : 0;
    *out = NULL;
    while (r == 0 && *out == NULL) {
        r = next_row(s, &is_end, &s->trouble);
        if (r == 0 && is_end) {
            return BACKEND_ABSENT;
        }
        if (r == 0) {
            r = s->is_poured == NULL || s->is_poured(cos_buf_view(&s->key))
                    ? make_row(s, out, &s->trouble)
                    : take_body(s, /* w= */ NULL, &s->trouble);
        }
    }
    return r == 0 ? BACKEND_OK : trouble_of(s, reason);
}

void snapshot_pour(struct snapshot *s, struct backend *b,
                   bool (*is_poured)(struct cos_span key), struct batch *batch)
{
    s->source = (struct row_source){.rewind = rewind_source, .next = next_of_source};
    s->backend = b;
    s->is_poured = is_poured;
    batch_pour(batch, &s->source);
}

bool snapshot_trouble(const struct snapshot *s, struct snapshot_error *out)
{
    if (s->trouble.status != SNAPSHOT_OK) {
        *out = s->trouble;
    }
    return s->trouble.status != SNAPSHOT_OK;
}
