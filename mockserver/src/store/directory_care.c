/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counting and checking: one walk over the rows, one over the chunks, in one state. How often
 * rows use a chunk is counted from the rows and compared with what the chunk says.
 */
#include "store/directory_care.h"

#include "cosbase/alloc.h"
#include "store/directory_inside.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>

#define NAME_MAX_BYTES ((size_t)64 << 10)

/* --- a walk over all rows of all tenants --- */

struct walk {
    struct directory *d;
    struct db *db;
    enum backend_result (*row)(void *ctx, struct cos_span tenant, const struct db_row *row);
    void (*tenant)(void *ctx);
    void *ctx;
};

static enum backend_result walk_space(const struct walk *w, uint64_t space,
                                      struct cos_span tenant)
{
    struct db_row row;
    enum backend_result result = db_seek(w->db, space, COS_SPAN_EMPTY, &row);
    while (result == BACKEND_OK) {
        result = w->row(w->ctx, tenant, &row);
        if (result == BACKEND_OK) {
            result = db_next(w->db, &row);
        }
    }
    return result == BACKEND_ABSENT ? BACKEND_OK : result;
}

static enum backend_result walk_all(const struct walk *w)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf tenant;
    cos_buf_init(&tenant, NAME_MAX_BYTES);
    uint64_t space = 0;
    struct cos_span name;
    enum backend_result result;
    while ((result = db_space_next(w->db, space, &space, &name)) == BACKEND_OK) {
        cos_buf_clear(&tenant);
        cos_buf_span(&tenant, name);
        if (w->tenant != NULL) {
            w->tenant(w->ctx);
        }
        result = tenant.failed ? BACKEND_NOMEM : walk_space(w, space, cos_buf_view(&tenant));
        if (result != BACKEND_OK) {
            return result;
        }
    }
    return result == BACKEND_ABSENT ? BACKEND_OK : result;
}

/* @use in one state of the database; *c tells how it went. */
static enum backend_result in_one_state(struct directory *d,
                                        enum backend_result (*use)(struct directory *d,
                                                                   struct db *db, void *ctx),
                                        void *ctx, struct commit *c)
{
    struct reader *reader = reads_take(d->reads);
    if (reader == NULL) {
        reads_trouble(d->reads, c->reason);
        c->result = BACKEND_IO;
        return c->result;
    }
    struct db *db = reader_db(reader);
    c->result = db_begin_read(db);
    if (c->result == BACKEND_OK) {
        c->result = use(d, db, ctx);
    }
    if (c->result != BACKEND_OK) {
        (void)snprintf(c->reason, sizeof(c->reason), "%s", db_reason(db));
    }
    db_rollback(db);
    reads_give(d->reads, reader);
    return c->result;
}

/* --- counting --- */

static void count_tenant(void *ctx)
{
    struct directory_info *info = ctx;
    info->tenants++;
}

static enum backend_result count_row(void *ctx, struct cos_span tenant,
                                     const struct db_row *row)
{
    struct directory_info *info = ctx;
    info->rows++;
    info->rows_with_bytes += row->pieces.len > 0 ? 1 : 0;
    return BACKEND_OK;
}

static enum backend_result count_rows(struct directory *d, struct db *db, void *ctx)
{
    struct directory_info *info = ctx;
    struct walk w = {.d = d, .db = db, .row = count_row, .tenant = count_tenant, .ctx = info};
    enum backend_result result = walk_all(&w);
    struct db_chunk chunk = {.id = 0};
    for (uint64_t id = 0; result == BACKEND_OK; id = chunk.id + 1) {
        result = db_chunk_from(db, id, &chunk);
        if (result == BACKEND_OK) {
            info->chunks++;
            info->chunk_bytes += chunk.bytes;
        }
    }
    return result == BACKEND_ABSENT ? BACKEND_OK : result;
}

static uint64_t taken(int folder_fd, const char *name)
{
    struct stat st;
    bool is_there = fstatat(folder_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
    return is_there ? (uint64_t)st.st_blocks * 512 : 0; /* stat(2): units of 512 bytes */
}

static void count_files(const struct directory *d, struct directory_info *info)
{
    int fd = openat(d->layout.chunks_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *e;
    uint64_t number;
    while (dir != NULL && (e = readdir(dir)) != NULL) {
        if (chunk_file_number(e->d_name, &number)) {
            info->files++;
            info->file_bytes += taken(d->layout.chunks_fd, e->d_name);
        }
    }
    if (dir != NULL) {
        (void)closedir(dir);
    } else if (fd >= 0) {
        (void)close(fd);
    }
    info->row_bytes =
        taken(d->layout.folder_fd, "rows.db") + taken(d->layout.folder_fd, "rows.db-wal");
    info->slack_bytes = taken(d->layout.folder_fd, "slack");
}

enum backend_result directory_info(struct directory *d, struct directory_info *out,
                                   struct commit *c)
{
    struct directory_info info = {.format = DB_FORMAT};
    if (in_one_state(d, count_rows, &info, c) == BACKEND_OK) {
        count_files(d, &info);
        *out = info;
    }
    return c->result;
}

/* --- checking --- */

struct checking {
    struct directory *d;
    struct db *db;
    const struct directory_check *check;
    uint64_t *uses; /* the chunk of each piece of each row */
    size_t n_uses, cap_uses;
    uint64_t file, file_bytes; /* that was looked at last */
    uint64_t end;              /* of the chunk before, in it */
};

static void complain(const struct checking *k, const char *fmt, ...) COS_PRINTF(2, 3);
static void complain(const struct checking *k, const char *fmt, ...)
{
    char text[512];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    k->check->complaint(k->check->ctx, text);
}

static bool note_use(struct checking *k, uint64_t chunk)
{
    if (k->n_uses == k->cap_uses) {
        size_t cap = k->cap_uses == 0 ? 1024 : 2 * k->cap_uses;
        uint64_t *more = cos_realloc_array(k->uses, cap, sizeof(*more));
        if (more == NULL) {
            return false;
        }
        k->uses = more;
        k->cap_uses = cap;
    }
    k->uses[k->n_uses++] = chunk;
    return true;
}

/* Whether a row's piece lies in a chunk that there is. */
static enum backend_result check_piece(struct checking *k, struct piece_place p, bool *is_right)
{
    struct db_chunk chunk;
    enum backend_result result = db_chunk_from(k->db, p.chunk, &chunk);
    bool is_there = result == BACKEND_OK && chunk.id == p.chunk;
    *is_right = *is_right && is_there && p.offset + p.bytes <= chunk.bytes;
    if (is_there && !note_use(k, p.chunk)) {
        return BACKEND_NOMEM;
    }
    return result == BACKEND_ABSENT ? BACKEND_OK : result;
}

/* Of a row's key what can be printed; its bytes say more only to those who wrote it. */
static const char *printable(char out[64], struct cos_span key)
{
    size_t n = 0;
    for (; n < key.len && n < 63; n++) {
        out[n] = (char)(key.ptr[n] >= ' ' && key.ptr[n] <= '~' ? key.ptr[n] : '?');
    }
    out[n] = '\0';
    return out;
}

static void show_row(struct checking *k, struct cos_span tenant, const struct db_row *found)
{
    struct row *row;
    char reason[REASON_BYTES];
    char key[64];
    enum backend_result result = reads_row(k->d->reads, found, &row);
    if (result == BACKEND_OK) {
        k->check->row(k->check->ctx, tenant, row);
        row_unref(row);
    } else {
        reads_trouble(k->d->reads, reason);
        complain(k, "row '%s' of tenant '" COS_SPAN_FMT "' cannot be read: %s",
                 printable(key, found->key), COS_SPAN_ARG(tenant), reason);
    }
}

static enum backend_result check_row(void *ctx, struct cos_span tenant,
                                     const struct db_row *row)
{
    struct checking *k = ctx;
    char key[64];
    bool is_list = pieces_valid(row->pieces);
    bool is_right = is_list;
    enum backend_result result = BACKEND_OK;
    size_t n = is_list ? pieces_count(row->pieces) : 0;
    for (size_t i = 0; result == BACKEND_OK && i < n; i++) {
        result = check_piece(k, pieces_at(row->pieces, i), &is_right);
    }
    if (result == BACKEND_OK && !is_right) {
        complain(k, "row '%s' of tenant '" COS_SPAN_FMT "' names bytes that no chunk has",
                 printable(key, row->key), COS_SPAN_ARG(tenant));
    }
    if (result == BACKEND_OK && is_list && k->check->row != NULL) {
        show_row(k, tenant, row); /* whether its bytes are right its owner says */
    }
    return result;
}

/* The file of a chunk is there and long enough, and the chunk before has ended. */
static void check_place(struct checking *k, const struct db_chunk *chunk)
{
    char name[FILE_NAME_BYTES];
    uint64_t number = chunk_file(chunk->id);
    chunk_file_name(name, number);
    if (number != k->file) {
        struct stat st;
        bool is_there = fstatat(k->d->layout.chunks_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
        if (!is_there) {
            complain(k, "chunks/%s: %s", name, strerror(errno));
        }
        k->file = number;
        k->file_bytes = is_there ? (uint64_t)st.st_size : UINT64_MAX;
        k->end = 0;
    }
    uint64_t at = chunk_offset(chunk->id);
    if (at + chunk->bytes > k->file_bytes) {
        complain(k, "chunks/%s: it ends at %llu, before bytes that rows use", name,
                 (unsigned long long)k->file_bytes);
    }
    if (at < k->end) {
        complain(k, "chunks/%s: two chunks lie on each other at %llu", name,
                 (unsigned long long)at);
    }
    k->end = at + chunk->bytes;
}

static int compare_numbers(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static enum backend_result check_chunks(struct checking *k)
{
    struct db_chunk chunk = {.id = 0};
    size_t at = 0;
    enum backend_result result = BACKEND_OK;
    if (k->n_uses > 0) {
        qsort(k->uses, k->n_uses, sizeof(*k->uses), compare_numbers);
    }
    for (uint64_t id = 0; result == BACKEND_OK; id = chunk.id + 1) {
        result = db_chunk_from(k->db, id, &chunk);
        if (result != BACKEND_OK) {
            break;
        }
        check_place(k, &chunk);
        int64_t n = 0;
        for (; at < k->n_uses && k->uses[at] <= chunk.id; at++) {
            n += k->uses[at] == chunk.id ? 1 : 0;
        }
        if (n != chunk.refs) {
            complain(k, "chunk %llu: rows use it %lld times, and it says %lld",
                     (unsigned long long)chunk.id, (long long)n, (long long)chunk.refs);
        }
    }
    return result == BACKEND_ABSENT ? BACKEND_OK : result;
}

static enum backend_result check_all(struct directory *d, struct db *db, void *ctx)
{
    const struct directory_check *check = ctx;
    struct checking k = {.d = d, .db = db, .check = check, .file = UINT64_MAX};
    struct walk w = {.d = d, .db = db, .row = check_row, .ctx = &k};
    enum backend_result result = db_check(db, check->complaint, check->ctx);
    if (result == BACKEND_OK) {
        result = walk_all(&w);
    }
    if (result == BACKEND_OK) {
        result = check_chunks(&k);
    }
    if (result != BACKEND_OK && result != BACKEND_NOMEM && db_problem(db)->is_damage) {
        /* damage is what was looked for */
        complain(&k, "%s; what lies behind that was not looked at", db_reason(db));
        result = BACKEND_OK;
    }
    cos_free(k.uses);
    return result;
}

enum backend_result directory_check(struct directory *d, const struct directory_check *check,
                                    struct commit *c)
{
    struct directory_check copy = *check;
    return in_one_state(d, check_all, &copy, c);
}
