/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a group of batches is kept. Its order: the rows change inside the transaction, then the
 * bytes are written, then the transaction ends; so a row that is kept has its bytes. What the
 * group touches is out of the cache before, and comes in again behind it, so nobody sees an
 * old row behind a new one.
 */
#include "store/directory_group.h"

#include "cosbase/alloc.h"

/* So few of the reserved numbers may be left. */
#define RESERVE_LEFT 1024
#define PIECES_MAX_BYTES ((size_t)64 << 20)

struct group {
    struct shelf *shelf;
    struct append append;
    cache_doors doors;
    size_t first_freed;
    size_t n_prefixes; /* deletions of many, and rows of sources */
    struct cos_buf pieces, old;
    char *reason;
};

static enum backend_result fail_db(struct group *g, enum backend_result result)
{
    if (result != BACKEND_OK && result != BACKEND_ABSENT) {
        (void)snprintf(g->reason, REASON_BYTES, "%s", db_reason(g->shelf->db));
    }
    return result;
}

/* --- expectations --- */

static bool holds(const struct expectation *e, bool is_there, const struct db_row *row)
{
    switch (e->kind) {
    case EXPECT_ABSENT:
        return !is_there;
    case EXPECT_PRESENT:
        return is_there;
    case EXPECT_SAME:
        return is_there && cos_span_eq(row->value, e->value);
    case EXPECT_EMPTY:
        return !is_there || !cos_span_starts(row->key, e->key);
    }
    return false;
}

/* UNEXPECTED: *c says which one. */
static enum backend_result expect_all(struct group *g, const struct job *job)
{
    struct db *db = g->shelf->db;
    for (size_t i = 0; i < batch_n_expectations(job->batch); i++) {
        struct expectation e = batch_expectation(job->batch, i);
        struct db_row row;
        enum backend_result result = e.kind == EXPECT_EMPTY
                                         ? db_seek(db, job->space, e.key, &row)
                                         : db_get(db, job->space, e.key, &row);
        if (result != BACKEND_OK && result != BACKEND_ABSENT) {
            return fail_db(g, result);
        }
        if (!holds(&e, result == BACKEND_OK, &row)) {
            job->commit->tag = e.tag;
            return BACKEND_UNEXPECTED;
        }
    }
    return BACKEND_OK;
}

/* --- changes --- */

/* A row does not use them any more. */
static enum backend_result drop_pieces(struct group *g, struct cos_span pieces)
{
    for (size_t i = 0; i < pieces_count(pieces); i++) {
        struct db_chunk chunk;
        enum backend_result result =
            db_chunk_drop(g->shelf->db, pieces_at(pieces, i).chunk, &chunk);
        if (result != BACKEND_OK && result != BACKEND_ABSENT) {
            return fail_db(g, result);
        }
        bool is_last = result == BACKEND_OK && chunk.refs <= 0;
        if (is_last && !room_note(g->shelf, chunk.id, chunk.bytes)) {
            return BACKEND_NOMEM;
        }
    }
    return BACKEND_OK;
}

/* The same for the row of @key, when there is one. ABSENT: there is none. */
static enum backend_result drop_row(struct group *g, uint64_t space, struct cos_span key)
{
    struct db_row row;
    enum backend_result result = db_get(g->shelf->db, space, key, &row);
    if (result != BACKEND_OK || row.pieces.len == 0) {
        return fail_db(g, result);
    }
    cos_buf_clear(&g->old);
    cos_buf_span(&g->old, row.pieces);
    return g->old.failed ? BACKEND_NOMEM : drop_pieces(g, cos_buf_view(&g->old));
}

static enum backend_result put(struct group *g, uint64_t space, const struct row *row)
{
    cos_buf_clear(&g->pieces);
    enum backend_result result = append_blob(&g->append, row->blob, &g->pieces);
    if (result == BACKEND_OK) { /* behind the new ones: they may be the same */
        result = drop_row(g, space, row_key(row));
    }
    if (result != BACKEND_OK && result != BACKEND_ABSENT) {
        return result;
    }
    struct db_row written = {.key = row_key(row),
                             .value = row_value(row),
                             .pieces = cos_buf_view(&g->pieces)};
    return fail_db(g, db_put(g->shelf->db, space, &written));
}

static enum backend_result delete_one(struct group *g, uint64_t space, struct cos_span key)
{
    enum backend_result result = drop_row(g, space, key);
    if (result == BACKEND_ABSENT) {
        return BACKEND_OK;
    }
    return result == BACKEND_OK ? fail_db(g, db_delete(g->shelf->db, space, key)) : result;
}

static enum backend_result delete_all(struct group *g, uint64_t space, struct cos_span prefix)
{
    struct shelf *s = g->shelf;
    struct db_row row;
    enum backend_result result = db_seek(s->db, space, prefix, &row);
    while (result == BACKEND_OK && cos_span_starts(row.key, prefix)) {
        cache_shut(s->cache, space, row.key, &g->doors);
        result = drop_pieces(g, row.pieces);
        if (result == BACKEND_OK) {
            result = db_next(s->db, &row);
        }
    }
    if (result != BACKEND_OK && result != BACKEND_ABSENT) {
        return fail_db(g, result);
    }
    g->n_prefixes++;
    return fail_db(g, db_delete_all(s->db, space, prefix));
}

static enum backend_result change_one(struct group *g, uint64_t space,
                                      const struct change *change)
{
    if (change->is_prefix) {
        return delete_all(g, space, change->key);
    }
    cache_shut(g->shelf->cache, space, change->key, &g->doors);
    return change->row != NULL ? put(g, space, change->row) : delete_one(g, space, change->key);
}

/* Each is held while it is put, and no longer: none of them goes into the cache. */
static enum backend_result pour(struct group *g, const struct job *job)
{
    struct row_source *source = batch_source(job->batch);
    enum backend_result result = source == NULL ? BACKEND_ABSENT : BACKEND_OK;
    if (source != NULL) {
        source->rewind(source);
        g->n_prefixes++;
    }
    while (result == BACKEND_OK) {
        struct row *row = NULL;
        result = source->next(source, &row, g->reason);
        if (result == BACKEND_OK) {
            cache_shut(g->shelf->cache, job->space, row_key(row), &g->doors);
            result = put(g, job->space, row);
            row_unref(row);
        }
    }
    return result == BACKEND_ABSENT ? BACKEND_OK : result;
}

enum backend_result group_apply_batch(struct group *g, struct job *job)
{
    enum backend_result result = expect_all(g, job);
    job->commit->result = result;
    if (result == BACKEND_UNEXPECTED) {
        return BACKEND_OK;
    }
    for (size_t i = 0; result == BACKEND_OK && i < batch_size(job->batch); i++) {
        struct change change = batch_change(job->batch, i);
        result = change_one(g, job->space, &change);
    }
    return result == BACKEND_OK ? pour(g, job) : result;
}

enum backend_result group_apply_space(struct group *g, struct job *job)
{
    struct db *db = g->shelf->db;
    enum backend_result result = db_space(db, job->name, &job->space);
    if (result == BACKEND_ABSENT) {
        result = db_space_new(db, job->name, &job->space);
    }
    job->commit->result = result;
    return fail_db(g, result);
}

enum backend_result group_apply_drop(struct group *g, struct job *job)
{
    struct db *db = g->shelf->db;
    enum backend_result result = db_space(db, job->name, &job->space);
    job->commit->result = result;
    if (result == BACKEND_ABSENT) {
        return BACKEND_OK;
    }
    if (result == BACKEND_OK) {
        result = delete_all(g, job->space, COS_SPAN_EMPTY);
    }
    return result == BACKEND_OK ? fail_db(g, db_space_drop(db, job->space)) : result;
}

/* --- the end --- */

/* Blobs know that their chunks have rows. */
static void note_stored(const struct group *g, const struct row *row)
{
    struct chunks *c = g->shelf->chunks;
    for (uint64_t at = 0; row->blob != NULL && at < blob_bytes(row->blob);) {
        struct chunk *chunk = chunks_own(c, blob_chunk(row->blob, at));
        int fd;
        uint64_t where;
        uint64_t n;
        if (chunk != NULL) {
            chunks_stored(c, chunk);
        }
        if (!blob_file(row->blob, at, &fd, &where, &n)) {
            size_t in_memory;
            (void)blob_peek(row->blob, at, &in_memory);
            n = in_memory;
        }
        at += n;
    }
}

/* What the job left goes into the cache, unless a deletion of many may have met it. */
static void settle(struct group *g, const struct job *job)
{
    bool is_kept = job->batch != NULL && job->commit->result == BACKEND_OK;
    for (size_t i = 0; is_kept && i < batch_size(job->batch); i++) {
        struct change change = batch_change(job->batch, i);
        if (change.row != NULL) {
            note_stored(g, change.row);
        }
        if (!change.is_prefix) {
            struct row *row = g->n_prefixes == 0 ? change.row : NULL;
            cache_settle(g->shelf->cache, job->space, change.key, row);
        }
    }
}

/*
 * Numbers for files in advance, so that the next start knows which ones a crash can have
 * left.
 */
static enum backend_result reserve(struct group *g)
{
    struct shelf *s = g->shelf;
    uint64_t next = chunks_next_file(s->chunks);
    if (next + RESERVE_LEFT < s->reserved) {
        return BACKEND_OK;
    }
    enum backend_result result = db_number_set(s->db, "next file", next + SHELF_RESERVE);
    if (result == BACKEND_OK) {
        s->reserved = next + SHELF_RESERVE;
    }
    return fail_db(g, result);
}

/* *is_tried: the transaction was told to end. */
static enum backend_result keep(struct group *g, struct job *jobs, bool *is_tried)
{
    struct shelf *s = g->shelf;
    enum backend_result result = fail_db(g, db_begin(s->db));
    for (struct job *job = jobs; result == BACKEND_OK && job != NULL; job = job->next) {
        result = job->apply(g, job);
    }
    if (result == BACKEND_OK) {
        result = reserve(g);
    }
    db_rest(s->db);
    if (result == BACKEND_OK) {
        result = append_flush(&g->append);
    }
    int number = result == BACKEND_OK ? chunks_step(s->chunks, DIRECTORY_COMMIT) : 0;
    if (number != 0) {
        result = chunks_failed(number, "rows.db", g->reason);
    }
    if (result == BACKEND_OK) {
        *is_tried = true;
        result = fail_db(g, db_commit(s->db));
    }
    return result;
}

enum backend_result group_keep(struct shelf *s, struct job *jobs, char reason[REASON_BYTES])
{
    struct group g = {.shelf = s, .first_freed = s->n_freed, .reason = reason};
    bool is_tried = false;
    if (reads_damaged(s->reads, reason)) {
        return BACKEND_IO;
    }
    cos_buf_init(&g.pieces, PIECES_MAX_BYTES);
    cos_buf_init(&g.old, PIECES_MAX_BYTES);
    append_begin(&g.append, s, reason);
    enum backend_result result = keep(&g, jobs, &is_tried);
    if (result == BACKEND_OK) {
        (void)chunks_step(s->chunks, DIRECTORY_COMMITTED);
        for (const struct job *job = jobs; job != NULL; job = job->next) {
            settle(&g, job);
        }
        append_keep(&g.append);
        room_settle(s, g.first_freed, reads_advance(s->reads));
    } else {
        reads_note_damage(s->reads, s->db);
        db_rollback(s->db);
        append_undo(&g.append, is_tried);
        s->n_freed = g.first_freed;
        s->reserved = 0; /* what was said about it may be undone */
    }
    cache_open(s->cache, &g.doors);
    cos_buf_deinit(&g.pieces);
    cos_buf_deinit(&g.old);
    return result;
}
