/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sparse segments become one: what rows still use of them is appended to a new one, and the
 * rows are told, in one transaction; the old files then have no row and go as any other does.
 * Whoever reads meanwhile keeps the old bytes until he is done. A damaged directory is left
 * alone: what rows and chunks do not agree on would be lost for good.
 */
#include "store/directory_care.h"

#include "cosbase/alloc.h"
#include "store/directory_inside.h"

#include <fcntl.h>
#include <sys/stat.h>

#define KEY_MAX_BYTES ((size_t)1 << 20)
#define PIECES_MAX_BYTES ((size_t)64 << 20)

struct move {
    uint64_t from, to;
};
struct moves {
    struct shelf *shelf;
    struct append append;
    struct move *list; /* in the order of from */
    size_t n, cap;
    struct cos_buf key, value, pieces;
    const struct directory_progress *progress;
    uint64_t moved_bytes;
    char *reason;
};

static enum backend_result fail_db(const struct moves *m, enum backend_result result)
{
    if (result != BACKEND_OK && result != BACKEND_ABSENT) {
        (void)snprintf(m->reason, REASON_BYTES, "%s", db_reason(m->shelf->db));
    }
    return result;
}

/* --- chunks --- */

/* Less than half of it is used, and it is not one body. */
static bool is_sparse(const struct shelf *s, uint64_t number, uint64_t used, uint64_t n_chunks)
{
    char name[FILE_NAME_BYTES];
    struct stat st;
    chunk_file_name(name, number);
    return fstatat(s->folder_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
           (uint64_t)st.st_size / 2 > used && (n_chunks > 1 || used < CHUNK_OWN_FILE_BYTES);
}

static bool grow(struct moves *m)
{
    if (m->n < m->cap) {
        return true;
    }
    size_t cap = m->cap == 0 ? 256 : 2 * m->cap;
    struct move *more = cos_realloc_array(m->list, cap, sizeof(*more));
    if (more != NULL) {
        m->list = more;
        m->cap = cap;
    }
    return more != NULL;
}

/* The chunk is somewhere else, with as many users, and no row names the old one any more. */
static enum backend_result move_chunk(struct moves *m, const struct db_chunk *chunk)
{
    struct shelf *s = m->shelf;
    struct blob *bytes;
    struct move move = {.from = chunk->id};
    cos_buf_clear(&m->pieces);
    pieces_add(&m->pieces, (struct piece_place){.chunk = chunk->id, .bytes = chunk->bytes});
    if (m->pieces.failed || !grow(m) || !room_note(s, chunk->id, chunk->bytes)) {
        return BACKEND_NOMEM;
    }
    enum backend_result result =
        chunks_blob(s->chunks, cos_buf_view(&m->pieces), &bytes, m->reason);
    if (result != BACKEND_OK) {
        return result;
    }
    result = append_copy(&m->append, bytes, &move.to);
    blob_unref(bytes);
    struct db_chunk moved = {.id = move.to, .bytes = chunk->bytes, .refs = chunk->refs};
    struct db_chunk left = {.refs = 1};
    while (result == BACKEND_OK && left.refs > 0) {
        result = fail_db(m, db_chunk_drop(s->db, chunk->id, &left));
    }
    m->list[m->n++] = move;
    m->moved_bytes += chunk->bytes;
    m->progress->moved(m->progress->ctx, m->moved_bytes);
    return result == BACKEND_OK ? fail_db(m, db_chunk_new(s->db, &moved)) : result;
}

static enum backend_result move_file(struct moves *m, uint64_t number)
{
    struct db_chunk chunk = {.id = chunk_id(number, /* offset= */ 0)};
    uint64_t until = chunk_id(number + 1, /* offset= */ 0);
    for (;;) {
        enum backend_result result = fail_db(m, db_chunk_from(m->shelf->db, chunk.id, &chunk));
        if (result == BACKEND_ABSENT || (result == BACKEND_OK && chunk.id >= until)) {
            return BACKEND_OK;
        }
        if (result == BACKEND_OK) {
            result = move_chunk(m, &chunk);
        }
        if (result != BACKEND_OK) {
            return result;
        }
        chunk.id++;
    }
}

/*
 * How much of a file rows use; *next: the file behind it. ABSENT: there is none from *number
 * on.
 */
static enum backend_result measure(const struct moves *m, uint64_t *number, uint64_t *used,
                                   uint64_t *n_chunks)
{
    struct db_chunk chunk;
    enum backend_result result =
        fail_db(m, db_chunk_from(m->shelf->db, chunk_id(*number, 0), &chunk));
    *used = 0;
    *n_chunks = 0;
    *number = result == BACKEND_OK ? chunk_file(chunk.id) : 0;
    while (result == BACKEND_OK && chunk_file(chunk.id) == *number) {
        *used += chunk.bytes;
        *n_chunks += 1;
        result = fail_db(m, db_chunk_from(m->shelf->db, chunk.id + 1, &chunk));
    }
    return result == BACKEND_ABSENT && *n_chunks > 0 ? BACKEND_OK : result;
}

/* Of the files that there are now: those behind are new. */
static enum backend_result move_files(struct moves *m)
{
    struct shelf *s = m->shelf;
    uint64_t limit = chunks_next_file(s->chunks);
    enum backend_result result = BACKEND_OK;
    for (uint64_t number = 0; result == BACKEND_OK && number < limit; number++) {
        uint64_t used;
        uint64_t n_chunks;
        result = measure(m, &number, &used, &n_chunks);
        if (result == BACKEND_OK && number < limit && is_sparse(s, number, used, n_chunks)) {
            result = move_file(m, number);
        }
    }
    return result == BACKEND_ABSENT ? BACKEND_OK : result;
}

/* --- rows --- */

static const struct move *find_move(const struct moves *m, uint64_t from)
{
    size_t low = 0;
    size_t high = m->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (m->list[middle].from < from) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < m->n && m->list[low].from == from ? &m->list[low] : NULL;
}

/* m->pieces: where the row's bytes lie now. False: nothing of it has moved. */
static bool translate(struct moves *m, struct cos_span pieces)
{
    bool has_moved = false;
    cos_buf_clear(&m->pieces);
    for (size_t i = 0; i < pieces_count(pieces); i++) {
        struct piece_place p = pieces_at(pieces, i);
        const struct move *move = find_move(m, p.chunk);
        has_moved = has_moved || move != NULL;
        p.chunk = move != NULL ? move->to : p.chunk;
        pieces_add(&m->pieces, p);
    }
    return has_moved;
}

/* The row is borrowed from the walk, which ends with this: m->key is where it goes on. */
static enum backend_result rewrite(struct moves *m, uint64_t space, const struct db_row *row)
{
    cos_buf_clear(&m->key);
    cos_buf_clear(&m->value);
    cos_buf_span(&m->key, row->key);
    cos_buf_span(&m->value, row->value);
    struct db_row moved = {.key = cos_buf_view(&m->key),
                           .value = cos_buf_view(&m->value),
                           .pieces = cos_buf_view(&m->pieces)};
    if (m->key.failed || m->value.failed || m->pieces.failed) {
        return BACKEND_NOMEM;
    }
    enum backend_result result = fail_db(m, db_put(m->shelf->db, space, &moved));
    cos_buf_ch(&m->key, '\0'); /* the least key behind it */
    return result == BACKEND_OK && m->key.failed ? BACKEND_NOMEM : result;
}

static enum backend_result tell_rows(struct moves *m, uint64_t space)
{
    struct db *db = m->shelf->db;
    struct db_row row;
    enum backend_result result = db_seek(db, space, COS_SPAN_EMPTY, &row);
    while (result == BACKEND_OK) {
        if (!translate(m, row.pieces)) {
            result = db_next(db, &row);
            continue;
        }
        result = rewrite(m, space, &row);
        if (result == BACKEND_OK) {
            result = db_seek(db, space, cos_buf_view(&m->key), &row);
        }
    }
    return result == BACKEND_ABSENT ? BACKEND_OK : fail_db(m, result);
}

static enum backend_result tell_tenants(struct moves *m)
{
    uint64_t space = 0;
    struct cos_span name;
    enum backend_result result = BACKEND_OK;
    while (result == BACKEND_OK) {
        result = fail_db(m, db_space_next(m->shelf->db, space, &space, &name));
        if (result == BACKEND_OK) {
            result = tell_rows(m, space);
        }
    }
    return result == BACKEND_ABSENT ? BACKEND_OK : result;
}

/* --- the whole --- */

static enum backend_result move_all(struct moves *m, bool *is_tried)
{
    struct db *db = m->shelf->db;
    enum backend_result result = fail_db(m, db_begin(db));
    if (result == BACKEND_OK) {
        result = move_files(m);
    }
    if (result == BACKEND_OK && m->n > 0) {
        result = tell_tenants(m);
    }
    db_rest(db);
    if (result == BACKEND_OK) {
        result = append_flush(&m->append);
    }
    if (result == BACKEND_OK) {
        *is_tried = true;
        result = fail_db(m, db_commit(db));
    }
    return result;
}

/* On the writer's thread. */
static enum backend_result compact(struct shelf *s, void *ctx, char reason[REASON_BYTES])
{
    struct moves m = {.shelf = s, .progress = ctx, .reason = reason};
    size_t first_freed = s->n_freed;
    bool is_tried = false;
    if (s->active != NULL) { /* it may be sparse itself */
        chunks_file_unref(s->chunks, s->active);
        s->active = NULL;
    }
    cos_buf_init(&m.key, KEY_MAX_BYTES);
    cos_buf_init(&m.value, PIECES_MAX_BYTES);
    cos_buf_init(&m.pieces, PIECES_MAX_BYTES);
    append_begin(&m.append, s, reason);
    enum backend_result result = move_all(&m, &is_tried);
    if (result == BACKEND_OK) {
        append_keep(&m.append);
        room_settle(s, first_freed, reads_advance(s->reads));
    } else {
        db_rollback(s->db);
        append_undo(&m.append, is_tried);
        s->n_freed = first_freed;
    }
    cos_free(m.list);
    cos_buf_deinit(&m.key);
    cos_buf_deinit(&m.value);
    cos_buf_deinit(&m.pieces);
    return result == BACKEND_OK ? fail_db(&m, db_vacuum(s->db)) : result;
}

static void look_away(void *ctx, uint64_t bytes)
{
}

static void count(void *ctx, const char *complaint)
{
    size_t *n = ctx;
    *n += 1;
}

/* What chunks say of files and rows of chunks is believed from here on. */
static bool is_whole(struct directory *d, struct commit *c)
{
    size_t n = 0;
    const struct directory_check check = {.complaint = count, .ctx = &n};
    if (directory_check(d, &check, c) == BACKEND_OK && n > 0) {
        c->result = BACKEND_IO;
        (void)
            snprintf(c->reason, sizeof(c->reason),
                     "rows.db and chunks/ are damaged, and nothing was changed: 'cosmock data "
                     "check' says where");
    }
    return c->result == BACKEND_OK;
}

enum backend_result directory_compact(struct directory *d,
                                      const struct directory_progress *progress,
                                      struct commit *c)
{
    struct directory_progress mine =
        progress != NULL ? *progress : (struct directory_progress){.moved = look_away};
    directory_wait_for_sweep(d);
    return is_whole(d, c) ? writer_borrow(d->writer, compact, &mine, c) : c->result;
}
