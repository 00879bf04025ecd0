/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection is made when all others are busy and kept when few are, so nobody waits for
 * one: who visits rows may read others meanwhile. A small body is read at once, into memory,
 * and goes into the cache with its row; others stay in their files.
 */
#include "store/directory_read.h"

#include "cosbase/alloc.h"

#include <errno.h>
#include <pthread.h>

enum { IDLE_MAX = 8 };

struct reader {
    struct reader *next, *previous; /* among the idle or the busy ones */
    struct db *db;
    uint64_t state; /* it knows this one, or a later one */
};
struct reads {
    const char *db_path;
    struct chunks *chunks;
    struct cache *cache;
    pthread_mutex_t lock; /* guards all that follows */
    struct reader *idle, *busy;
    unsigned n_idle;
    uint64_t state;          /* of the last commit */
    bool is_awaited;         /* the writer waits for a reader to leave */
    void (*wake)(void *ctx); /* takes a lock of its own and signals */
    void *wake_ctx;
    char trouble[REASON_BYTES];
    char damage[REASON_BYTES]; /* of rows.db; "": none was seen */
};

struct reads *reads_new(const char *db_path, struct chunks *chunks, struct cache *cache)
{
    struct reads *r = cos_calloc(1, sizeof(*r));
    if (r != NULL) {
        r->db_path = db_path;
        r->chunks = chunks;
        r->cache = cache;
        (void)pthread_mutex_init(&r->lock, NULL);
    }
    return r;
}

static void discard(struct reader *reader)
{
    (void)db_close(reader->db, /* is_clean= */ false);
    cos_free(reader);
}

struct reads *reads_free(struct reads *r)
{
    if (r == NULL) {
        return NULL;
    }
    while (r->idle != NULL) {
        struct reader *next = r->idle->next;
        discard(r->idle);
        r->idle = next;
    }
    (void)pthread_mutex_destroy(&r->lock);
    return cos_free(r);
}

void reads_on_leave(struct reads *r, void (*wake)(void *ctx), void *ctx)
{
    (void)pthread_mutex_lock(&r->lock);
    r->wake = wake;
    r->wake_ctx = ctx;
    (void)pthread_mutex_unlock(&r->lock);
}

/* --- trouble --- */

static enum backend_result note(struct reads *r, enum backend_result result, const char *reason)
{
    if (result == BACKEND_IO || result == BACKEND_NO_ROOM) {
        (void)pthread_mutex_lock(&r->lock);
        (void)snprintf(r->trouble, sizeof(r->trouble), "%s", reason);
        (void)pthread_mutex_unlock(&r->lock);
    }
    return result;
}

void reads_trouble(struct reads *r, char out[REASON_BYTES])
{
    (void)pthread_mutex_lock(&r->lock);
    memcpy(out, r->trouble, sizeof(r->trouble));
    (void)pthread_mutex_unlock(&r->lock);
}

void reads_note_damage(struct reads *r, const struct db *db)
{
    if (db_problem(db)->is_damage) {
        (void)pthread_mutex_lock(&r->lock);
        if (r->damage[0] == '\0') {
            (void)snprintf(r->damage, sizeof(r->damage),
                           "%s: nothing more is written; restore the directory from a copy",
                           db_reason(db));
        }
        (void)pthread_mutex_unlock(&r->lock);
    }
}

bool reads_damaged(struct reads *r, char out[REASON_BYTES])
{
    (void)pthread_mutex_lock(&r->lock);
    bool is_damaged = r->damage[0] != '\0';
    if (is_damaged) {
        memcpy(out, r->damage, sizeof(r->damage));
    }
    (void)pthread_mutex_unlock(&r->lock);
    return is_damaged;
}

/* --- the pool --- */

static void link_busy(struct reads *r, struct reader *reader)
{
    reader->state = r->state;
    reader->previous = NULL;
    reader->next = r->busy;
    if (r->busy != NULL) {
        r->busy->previous = reader;
    }
    r->busy = reader;
}

static struct reader *take_idle(struct reads *r)
{
    (void)pthread_mutex_lock(&r->lock);
    struct reader *reader = r->idle;
    if (reader != NULL) {
        r->idle = reader->next;
        r->n_idle--;
        link_busy(r, reader);
    }
    (void)pthread_mutex_unlock(&r->lock);
    return reader;
}

struct reader *reads_take(struct reads *r)
{
    struct reader *reader = take_idle(r);
    if (reader != NULL) {
        return reader;
    }
    struct db_problem problem;
    reader = cos_calloc(1, sizeof(*reader));
    struct db *db = reader == NULL ? NULL : db_open(r->db_path, DB_READER, &problem);
    if (db == NULL) {
        if (reader != NULL) {
            (void)note(r, BACKEND_IO, problem.reason);
        }
        return cos_free(reader);
    }
    reader->db = db;
    (void)pthread_mutex_lock(&r->lock);
    link_busy(r, reader);
    (void)pthread_mutex_unlock(&r->lock);
    return reader;
}

struct db *reader_db(const struct reader *reader)
{
    return reader->db;
}

void reads_give(struct reads *r, struct reader *reader)
{
    db_rest(reader->db);
    reads_note_damage(r, reader->db);
    (void)pthread_mutex_lock(&r->lock);
    struct reader **place = reader->previous == NULL ? &r->busy : &reader->previous->next;
    *place = reader->next;
    if (reader->next != NULL) {
        reader->next->previous = reader->previous;
    }
    bool is_kept = r->n_idle < IDLE_MAX;
    if (is_kept) {
        reader->next = r->idle;
        r->idle = reader;
        r->n_idle++;
    }
    if (r->is_awaited && r->wake != NULL) {
        r->is_awaited = false;
        r->wake(r->wake_ctx);
    }
    (void)pthread_mutex_unlock(&r->lock);
    if (!is_kept) {
        discard(reader);
    }
}

uint64_t reads_advance(struct reads *r)
{
    (void)pthread_mutex_lock(&r->lock);
    uint64_t state = ++r->state;
    (void)pthread_mutex_unlock(&r->lock);
    return state;
}

uint64_t reads_oldest(struct reads *r, uint64_t wanted)
{
    uint64_t oldest = UINT64_MAX;
    (void)pthread_mutex_lock(&r->lock);
    for (const struct reader *reader = r->busy; reader != NULL; reader = reader->next) {
        oldest = reader->state < oldest ? reader->state : oldest;
    }
    r->is_awaited = r->is_awaited || oldest < wanted;
    (void)pthread_mutex_unlock(&r->lock);
    return oldest;
}

/* --- rows --- */

enum backend_result reads_row(struct reads *r, const struct db_row *from, struct row **out)
{
    char reason[REASON_BYTES] = "";
    struct blob *blob = NULL;
    if (from->pieces.len > 0) {
        enum backend_result result = chunks_blob(r->chunks, from->pieces, &blob, reason);
        if (result != BACKEND_OK) {
            return note(r, result, reason);
        }
    }
    *out = row_new(from->key, from->value, blob, /* budget= */ NULL);
    return *out == NULL ? BACKEND_NOMEM : BACKEND_OK;
}

/* All of @from, in memory. */
static enum backend_result load(struct reads *r, const struct blob *from, struct blob **out)
{
    char buf[CACHE_BODY_BYTES];
    char reason[REASON_BYTES] = "";
    uint64_t bytes = blob_bytes(from);
    int number = chunks_step(r->chunks, DIRECTORY_READ);
    int64_t n = number != 0 ? -number : blob_read(from, /* offset= */ 0, buf, (size_t)bytes);
    if (n != (int64_t)bytes) {
        enum backend_result result =
            chunks_failed(n < 0 ? (int)-n : EIO, "a file of chunks/", reason);
        return note(r, result, reason);
    }
    struct blob_writer *w = blob_writer_new(bytes, /* budget= */ NULL);
    if (w == NULL || blob_writer_add(w, buf, (size_t)bytes) < 0) {
        blob_writer_free(w);
        return BACKEND_NOMEM;
    }
    *out = blob_writer_done(w);
    return *out == NULL ? BACKEND_NOMEM : BACKEND_OK;
}

/* Nobody else has the row yet. */
static enum backend_result bring_into_memory(struct reads *r, struct row *row)
{
    if (row->blob == NULL || blob_bytes(row->blob) > CACHE_BODY_BYTES) {
        return BACKEND_OK;
    }
    struct blob *loaded = NULL;
    enum backend_result result = load(r, row->blob, &loaded);
    if (result == BACKEND_OK) {
        blob_unref(row->blob);
        row->blob = loaded;
    }
    return result;
}

static enum backend_result look_up(struct reads *r, uint64_t space, struct cos_span key,
                                   struct row **out)
{
    struct reader *reader = reads_take(r);
    if (reader == NULL) {
        return BACKEND_IO;
    }
    struct db_row found;
    enum backend_result result = db_get(reader->db, space, key, &found);
    if (result == BACKEND_OK) {
        result = reads_row(r, &found, out);
    } else {
        (void)note(r, result, db_reason(reader->db));
    }
    reads_give(r, reader);
    return result;
}

enum backend_result reads_get(struct reads *r, uint64_t space, struct cos_span key,
                              struct row **out)
{
    uint64_t ticket;
    struct row *row = cache_get(r->cache, space, key, &ticket);
    enum backend_result result = BACKEND_OK;
    if (row == NULL) {
        result = look_up(r, space, key, &row);
        if (result == BACKEND_OK) {
            result = bring_into_memory(r, row);
        }
        if (result != BACKEND_OK) {
            row_unref(row);
            return result;
        }
        cache_offer(r->cache, space, row, ticket);
    }
    *out = row;
    return BACKEND_OK;
}

struct walk {
    scan_visit *visit;
    void *ctx;
    struct cos_span seek, until;
    enum backend_result result;
};

/* What the visitor says to one row; STOP as well when there is no row to show. */
static enum scan_next show(struct reads *r, const struct db_row *found, struct walk *w)
{
    struct row *row;
    w->result = reads_row(r, found, &row);
    if (w->result != BACKEND_OK) {
        return SCAN_STOP;
    }
    enum scan_next next = w->visit(w->ctx, row, &w->seek);
    row_unref(row);
    return next;
}

static void walk(struct reads *r, struct db *db, uint64_t space, struct walk *w)
{
    struct db_row found;
    enum scan_next next = SCAN_NEXT;
    w->result = db_seek(db, space, w->seek, &found);
    while (w->result == BACKEND_OK &&
           (w->until.len == 0 || cos_span_cmp(found.key, w->until) < 0) &&
           (next = show(r, &found, w)) != SCAN_STOP) {
        w->result =
            next == SCAN_SEEK ? db_seek(db, space, w->seek, &found) : db_next(db, &found);
    }
    if (next != SCAN_STOP) {
        (void)note(r, w->result, db_reason(db));
    }
}

enum backend_result reads_scan(struct reads *r, uint64_t space, struct range range,
                               scan_visit *visit, void *ctx)
{
    struct reader *reader = reads_take(r);
    if (reader == NULL) {
        return BACKEND_IO;
    }
    struct walk w = {.visit = visit, .ctx = ctx, .seek = range.from, .until = range.until};
    w.result = db_begin_read(reader->db);
    if (w.result == BACKEND_OK) {
        walk(r, reader->db, space, &w);
    }
    db_rollback(reader->db); /* nothing was changed: the end of the state */
    reads_give(r, reader);
    return w.result == BACKEND_ABSENT ? BACKEND_OK : w.result;
}
