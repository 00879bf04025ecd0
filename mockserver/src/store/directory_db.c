/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only file that knows SQLite: rows in order, chunks by number, tenants by name. One
 * writing connection and some that read beside it, on one write-ahead log, so that nobody who
 * reads waits for who writes. What is durable: a commit is in the log, which the kernel keeps
 * when the process is killed; synchronous=FULL hands it to the disk as well before it
 * returns, NORMAL does so before the log is written back, so that power loss costs the last
 * commits but not the file.
 *
 * The file comes from a disk and is read with mistrust: cell_size_check looks at each page,
 * no SQL of the schema is trusted, nothing is mapped into memory (a disk that fails would be
 * a SIGBUS). Statements are prepared once for a connection.
 *
 * Sources: sqlite.org/wal.html, pragma.html, security.html, fileformat2.html, and of c3ref/
 * wal_hook.html and c_fcntl_begin_atomic_write.html (JOURNAL_POINTER), November 2026.
 */
#include "store/directory_db.h"

#include "cosbase/alloc.h"
#include "cosbase/buf.h"

#include <errno.h>
#include <sqlite3.h>

#define STRING_OF(number) #number
#define STRING(number) STRING_OF(number)
#define BUSY_MS 10000

static const char SCHEMA[] = "PRAGMA page_size=" STRING(
    DB_PAGE_BYTES) ";"
                   "BEGIN;"
                   "CREATE TABLE rows(space INTEGER NOT NULL, key BLOB NOT NULL, value BLOB "
                   "NOT NULL,"
                   " pieces BLOB NOT NULL, PRIMARY KEY(space, key)) WITHOUT ROWID;"
                   "CREATE TABLE chunks(id INTEGER PRIMARY KEY, bytes INTEGER NOT NULL, refs "
                   "INTEGER NOT NULL);"
                   "CREATE TABLE spaces(id INTEGER PRIMARY KEY AUTOINCREMENT, name BLOB NOT "
                   "NULL UNIQUE);"
                   "CREATE TABLE numbers(name TEXT PRIMARY KEY, value INTEGER NOT NULL) "
                   "WITHOUT ROWID;"
                   "PRAGMA application_id=" STRING(
                       DB_APPLICATION_ID) ";"
                                          "PRAGMA user_version=" STRING(
                                              DB_FORMAT) ";"
                                                         "COMMIT;"
                                                         "PRAGMA journal_mode=WAL;";

/* The log is written back when it passes 16 MiB (docs/internals/store.md has the reasons). */
#define WRITE_BACK_FRAMES 4096
static const char SETTINGS[] =
    "PRAGMA cell_size_check=ON; PRAGMA trusted_schema=OFF; PRAGMA mmap_size=0;"
    "PRAGMA temp_store=MEMORY; PRAGMA secure_delete=FAST;"
    "PRAGMA journal_size_limit=16777216;";

enum statement {
    BEGIN_READ,
    BEGIN_WRITE,
    COMMIT,
    ROLLBACK,
    ROW_GET,
    ROW_SEEK,
    ROW_PUT,
    ROW_DELETE,
    ROW_DELETE_FROM,
    ROW_DELETE_RANGE,
    PIECES_NEXT,
    CHUNK_USE,
    CHUNK_NEW,
    CHUNK_DROP_LAST,
    CHUNK_DROP,
    CHUNK_FROM,
    CHUNK_BEFORE,
    SPACE_GET,
    SPACE_NEW,
    SPACE_DROP,
    SPACE_NEXT,
    NUMBER_GET,
    NUMBER_SET,
    N_STATEMENTS,
};
static const char *const SQL[N_STATEMENTS] = {
    [BEGIN_READ] = "BEGIN",
    [BEGIN_WRITE] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    [ROW_GET] = "SELECT key, value, pieces FROM rows WHERE space=?1 AND key=?2",
    [ROW_SEEK] = "SELECT key, value, pieces FROM rows WHERE space=?1 AND key>=?2 ORDER BY key",
    [ROW_PUT] = "INSERT OR REPLACE INTO rows(space, key, value, pieces) VALUES(?1, ?2, ?3, ?4)",
    [ROW_DELETE] = "DELETE FROM rows WHERE space=?1 AND key=?2",
    [ROW_DELETE_FROM] = "DELETE FROM rows WHERE space=?1 AND key>=?2",
    [ROW_DELETE_RANGE] = "DELETE FROM rows WHERE space=?1 AND key>=?2 AND key<?3",
    [PIECES_NEXT] = "SELECT pieces FROM rows WHERE pieces<>x''",
    [CHUNK_USE] = "UPDATE chunks SET refs=refs+1 WHERE id=?1",
    [CHUNK_NEW] = "INSERT INTO chunks(id, bytes, refs) VALUES(?1, ?2, ?3)",
    [CHUNK_DROP_LAST] = "DELETE FROM chunks WHERE id=?1 AND refs<=1 RETURNING id, bytes, 0",
    [CHUNK_DROP] = "UPDATE chunks SET refs=refs-1 WHERE id=?1 RETURNING id, bytes, refs",
    [CHUNK_FROM] = "SELECT id, bytes, refs FROM chunks WHERE id>=?1 ORDER BY id LIMIT 1",
    [CHUNK_BEFORE] = "SELECT id, bytes, refs FROM chunks WHERE id<?1 ORDER BY id DESC LIMIT 1",
    [SPACE_GET] = "SELECT id FROM spaces WHERE name=?1",
    [SPACE_NEW] = "INSERT INTO spaces(name) VALUES(?1)",
    [SPACE_DROP] = "DELETE FROM spaces WHERE id=?1",
    [SPACE_NEXT] = "SELECT id, name FROM spaces WHERE id>?1 ORDER BY id LIMIT 1",
    [NUMBER_GET] = "SELECT value FROM numbers WHERE name=?1",
    [NUMBER_SET] = "INSERT OR REPLACE INTO numbers(name, value) VALUES(?1, ?2)",
};

struct db {
    sqlite3 *handle;
    sqlite3_stmt *statements[N_STATEMENTS]; /* prepared when first used */
    struct db_problem problem;
    void (*kept)(void *ctx, const struct db_frame *last); /* NULL: nobody is told */
    void *kept_ctx;
};

/* --- failures --- */

static bool is_room_error(int number)
{
    return number == ENOSPC || number == EDQUOT || number == EFBIG;
}

/* What a result means to those above, and the sentence for people. */
static enum backend_result failed(struct db *db, int r)
{
    int kind = r & 0xff;
    /* SQLITE_ERROR: a table is missing, or is another one */
    db->problem.is_damage =
        kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB || kind == SQLITE_ERROR;
    if (kind == SQLITE_NOMEM) {
        db->problem.result = BACKEND_NOMEM;
        return BACKEND_NOMEM;
    }
    bool is_system = kind == SQLITE_IOERR || kind == SQLITE_CANTOPEN;
    int last = errno; /* all that a COMMIT leaves; of a disk, or of a look for another file */
    int number = is_system ? sqlite3_system_errno(db->handle) : 0;
    number = number == 0 && is_system && (last == EROFS || last == EIO) ? last : number;
    if (kind == SQLITE_FULL || is_room_error(number) || (is_system && is_room_error(last))) {
        (void)snprintf(db->problem.reason, DB_REASON_BYTES, "rows.db: no room: %s",
                       number != 0 ? strerror(number)
                                   : "the disk is full, or a limit is reached");
        db->problem.result = BACKEND_NO_ROOM;
        return BACKEND_NO_ROOM;
    }
    db->problem.result = BACKEND_IO;
    (void)snprintf(db->problem.reason, DB_REASON_BYTES, "rows.db: %s%s%s", sqlite3_errstr(r),
                   number != 0 ? ": " : "", number != 0 ? strerror(number) : "");
    return BACKEND_IO;
}

const char *db_reason(const struct db *db)
{
    return db->problem.reason;
}

const struct db_problem *db_problem(const struct db *db)
{
    return &db->problem;
}

/* --- statements --- */

/* Ready for its arguments; NULL: it cannot be prepared, and *r says why. */
static sqlite3_stmt *ready(struct db *db, enum statement which, int *r)
{
    sqlite3_stmt **s = &db->statements[which];
    *r = SQLITE_OK;
    if (*s == NULL) {
        *r = sqlite3_prepare_v3(db->handle, SQL[which], -1, SQLITE_PREPARE_PERSISTENT, s, NULL);
    } else {
        (void)sqlite3_reset(*s); /* what it failed with was told before */
    }
    return *s;
}

static void bind_number(sqlite3_stmt *s, int at, uint64_t value)
{
    (void)sqlite3_bind_int64(s, at, (sqlite3_int64)value); /* cannot fail at a place there is */
}

/* Borrowed until the statement ran. */
static void bind_span(sqlite3_stmt *s, int at, struct cos_span span)
{
    const char *bytes = span.len > 0 ? span.ptr : ""; /* NULL would be the NULL of SQL */
    (void)sqlite3_bind_blob64(s, at, bytes, span.len, SQLITE_STATIC);
}

static struct cos_span column_span(sqlite3_stmt *s, int at)
{
    const void *bytes = sqlite3_column_blob(s, at);
    return cos_span_make(bytes == NULL ? "" : bytes, (size_t)sqlite3_column_bytes(s, at));
}

/* Run one that answers nothing. */
static enum backend_result run(struct db *db, sqlite3_stmt *s, int r)
{
    if (s != NULL) {
        errno = 0;
        r = sqlite3_step(s);
        (void)sqlite3_reset(s);
        r = r == SQLITE_DONE || r == SQLITE_ROW ? SQLITE_OK : r;
    }
    return r == SQLITE_OK ? BACKEND_OK : failed(db, r);
}

static enum backend_result run_plain(struct db *db, enum statement which)
{
    int r;
    sqlite3_stmt *s = ready(db, which, &r);
    return run(db, s, r);
}

/* The next row of one that answers; it stays where it is, so that what came out can be read. */
static enum backend_result step(struct db *db, sqlite3_stmt *s, int r)
{
    if (s != NULL) {
        errno = 0;
        r = sqlite3_step(s);
    }
    if (r == SQLITE_ROW) {
        return BACKEND_OK;
    }
    if (s != NULL) {
        (void)sqlite3_reset(s);
    }
    return r == SQLITE_DONE ? BACKEND_ABSENT : failed(db, r);
}

/* --- opening --- */

static struct db *discard(struct db *db)
{
    if (db != NULL) {
        for (size_t i = 0; i < N_STATEMENTS; i++) {
            (void)sqlite3_finalize(db->statements[i]);
        }
        (void)sqlite3_close(db->handle);
        cos_free(db);
    }
    return NULL;
}

/* A connection whose close leaves log and file alone; NULL, and *problem. */
static struct db *open_handle(const char *path, int flags, struct db_problem *problem)
{
    *problem = (struct db_problem){.result = BACKEND_NOMEM, .reason = "rows.db: no memory"};
    if (sqlite3_threadsafe() == 0) {
        problem->result = BACKEND_IO;
        (void)
            snprintf(problem->reason, DB_REASON_BYTES,
                     "this SQLite is built without threads; one with SQLITE_THREADSAFE=1 or 2 "
                     "is needed");
        return NULL;
    }
    struct db *db = cos_calloc(1, sizeof(*db));
    if (db == NULL) {
        return NULL;
    }
    int r = sqlite3_open_v2(path, &db->handle,
                            flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, NULL);
    if (r == SQLITE_OK) {
        (void)sqlite3_extended_result_codes(db->handle, 1);
        (void)sqlite3_busy_timeout(db->handle, BUSY_MS);
        (void)sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        (void)sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
        return db;
    }
    if (failed(db, r) != BACKEND_NOMEM) {
        *problem = db->problem;
    }
    return discard(db);
}

bool db_create(const char *path, bool survives_power, struct db_problem *problem)
{
    struct db *db = open_handle(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, problem);
    if (db == NULL) {
        return false;
    }
    int r = SQLITE_OK;
    if (!survives_power) {
        r = sqlite3_exec(db->handle, "PRAGMA synchronous=OFF", NULL, NULL, NULL);
    }
    r = r == SQLITE_OK ? sqlite3_exec(db->handle, SCHEMA, NULL, NULL, NULL) : r;
    if (r != SQLITE_OK && failed(db, r) != BACKEND_NOMEM) {
        *problem = db->problem;
    }
    (void)db_close(db, /* is_clean= */ true);
    return r == SQLITE_OK;
}

static void tell_kept(const struct db *db, const struct db_frame *last)
{
    if (db->kept != NULL) {
        db->kept(db->kept_ctx, last);
    }
}

/* As it lies in the log. */
static bool read_frame(sqlite3 *handle, uint32_t number, struct db_frame *out)
{
    enum { LOG_HEAD_BYTES = 32, SUM_BYTES = 8 };
    sqlite3_file *log = NULL;
    sqlite3_int64 frame_bytes = DB_FRAME_HEAD_BYTES + DB_PAGE_BYTES;
    sqlite3_int64 at = LOG_HEAD_BYTES + (sqlite3_int64)(number - 1) * frame_bytes;
    sqlite3_int64 before = number == 1 ? LOG_HEAD_BYTES : at - DB_PAGE_BYTES;
    out->number = number;
    return sqlite3_file_control(handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) ==
               SQLITE_OK &&
           log != NULL && log->pMethods != NULL &&
           log->pMethods->xRead(log, out->head, DB_FRAME_HEAD_BYTES, at) == SQLITE_OK &&
           log->pMethods->xRead(log, out->before, SUM_BYTES, before - SUM_BYTES) == SQLITE_OK;
}

/* Behind each commit. What it fails with would be the commit's. */
static int on_commit(void *ctx, sqlite3 *handle, const char *name, int n_frames)
{
    const struct db *db = ctx;
    struct db_frame last;
    if (n_frames > 0 && read_frame(handle, (uint32_t)n_frames, &last)) {
        tell_kept(db, &last);
    }
    if (n_frames >= WRITE_BACK_FRAMES) {
        (void)sqlite3_wal_checkpoint_v2(handle, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    }
    return SQLITE_OK;
}

void db_on_kept(struct db *db, void (*kept)(void *ctx, const struct db_frame *last), void *ctx)
{
    db->kept = kept;
    db->kept_ctx = ctx;
}

/* The settings, and one look at the top of each table. */
static int prove(struct db *db, enum db_role role)
{
    static const char look[] = "SELECT 1 FROM rows LIMIT 1; SELECT 1 FROM chunks LIMIT 1;"
                               "SELECT 1 FROM spaces LIMIT 1; SELECT 1 FROM numbers LIMIT 1;";
    static const char *const by_role[] = {
        [DB_WRITER] = "PRAGMA synchronous=NORMAL; PRAGMA cache_size=-8192",
        [DB_WRITER_POWER] = "PRAGMA synchronous=FULL; PRAGMA cache_size=-8192",
        [DB_READER] = "PRAGMA query_only=ON; PRAGMA cache_size=-2048",
    };
    int r = sqlite3_exec(db->handle, SETTINGS, NULL, NULL, NULL);
    if (r == SQLITE_OK) {
        r = sqlite3_exec(db->handle, by_role[role], NULL, NULL, NULL);
    }
    return r == SQLITE_OK ? sqlite3_exec(db->handle, look, NULL, NULL, NULL) : r;
}

struct db *db_open(const char *path, enum db_role role, struct db_problem *problem)
{
    /*
     * who only reads opens for writing, too: the index of the log beside the file is
     * everybody's
     */
    struct db *db = open_handle(path, SQLITE_OPEN_READWRITE, problem);
    if (db == NULL) {
        return NULL;
    }
    int r = prove(db, role);
    if (r == SQLITE_OK) {
        if (role != DB_READER) {
            (void)sqlite3_wal_hook(db->handle, on_commit, db);
        }
        return db;
    }
    if (failed(db, r) != BACKEND_NOMEM) {
        *problem = db->problem;
    }
    return discard(db);
}

struct db *db_close(struct db *db, bool is_clean)
{
    if (db != NULL && is_clean) {
        tell_kept(db, NULL);
        (void)sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
    }
    return discard(db);
}

/* --- one state, one step --- */

enum backend_result db_begin_read(struct db *db)
{
    return run_plain(db, BEGIN_READ);
}

enum backend_result db_begin(struct db *db)
{
    return run_plain(db, BEGIN_WRITE);
}

enum backend_result db_commit(struct db *db)
{
    return run_plain(db, COMMIT);
}

void db_rollback(struct db *db)
{
    db_rest(db);
    if (sqlite3_get_autocommit(db->handle) == 0) {
        struct db_problem cause = db->problem; /* it is the news, not what follows */
        (void)run_plain(db, ROLLBACK);
        db->problem = cause;
    }
}

void db_rest(struct db *db)
{
    static const enum statement answering[] = {ROW_GET,    ROW_SEEK,     PIECES_NEXT,
                                               CHUNK_FROM, CHUNK_BEFORE, SPACE_NEXT,
                                               SPACE_GET,  NUMBER_GET};
    for (size_t i = 0; i < COS_ARRAY_LEN(answering); i++) {
        (void)sqlite3_reset(db->statements[answering[i]]); /* NULL is fine */
    }
}

/* --- rows --- */

static void read_row(sqlite3_stmt *s, struct db_row *out)
{
    *out = (struct db_row){.key = column_span(s, 0),
                           .value = column_span(s, 1),
                           .pieces = column_span(s, 2)};
}

static enum backend_result find_row(struct db *db, enum statement which, uint64_t space,
                                    struct cos_span key, struct db_row *out)
{
    int r;
    sqlite3_stmt *s = ready(db, which, &r);
    if (s != NULL) {
        bind_number(s, 1, space);
        bind_span(s, 2, key);
    }
    enum backend_result result = step(db, s, r);
    if (result == BACKEND_OK) {
        read_row(s, out);
    }
    return result;
}

enum backend_result db_get(struct db *db, uint64_t space, struct cos_span key,
                           struct db_row *out)
{
    enum backend_result result = find_row(db, ROW_GET, space, key, out);
    /* a page that is wrong may lead to another's row */
    return result == BACKEND_OK && !cos_span_eq(out->key, key) ? failed(db, SQLITE_CORRUPT)
                                                               : result;
}

enum backend_result db_seek(struct db *db, uint64_t space, struct cos_span from,
                            struct db_row *out)
{
    enum backend_result result = find_row(db, ROW_SEEK, space, from, out);
    return result == BACKEND_OK && cos_span_cmp(out->key, from) < 0 ? failed(db, SQLITE_CORRUPT)
                                                                    : result;
}

enum backend_result db_next(struct db *db, struct db_row *out)
{
    sqlite3_stmt *s = db->statements[ROW_SEEK];
    enum backend_result result = step(db, s, SQLITE_MISUSE);
    if (result == BACKEND_OK) {
        read_row(s, out);
    }
    return result;
}

enum backend_result db_pieces_next(struct db *db, bool is_first, struct cos_span *out)
{
    int r = SQLITE_MISUSE;
    sqlite3_stmt *s = is_first ? ready(db, PIECES_NEXT, &r) : db->statements[PIECES_NEXT];
    enum backend_result result = step(db, s, r);
    if (result == BACKEND_OK) {
        *out = column_span(s, 0);
    }
    return result;
}

enum backend_result db_put(struct db *db, uint64_t space, const struct db_row *row)
{
    int r;
    sqlite3_stmt *s = ready(db, ROW_PUT, &r);
    if (s != NULL) {
        bind_number(s, 1, space);
        bind_span(s, 2, row->key);
        bind_span(s, 3, row->value);
        bind_span(s, 4, row->pieces);
    }
    return run(db, s, r);
}

enum backend_result db_delete(struct db *db, uint64_t space, struct cos_span key)
{
    int r;
    sqlite3_stmt *s = ready(db, ROW_DELETE, &r);
    if (s != NULL) {
        bind_number(s, 1, space);
        bind_span(s, 2, key);
    }
    return run(db, s, r);
}

/* The least key behind every one that begins with @prefix; false: there is none. */
static bool behind_prefix(struct cos_buf *out, struct cos_span prefix)
{
    while (prefix.len > 0 && (uint8_t)prefix.ptr[prefix.len - 1] == 0xff) {
        prefix.len--;
    }
    if (prefix.len > 0) {
        cos_buf_span(out, prefix);
    }
    if (prefix.len > 0 && !out->failed) {
        out->ptr[out->len - 1] = (char)((uint8_t)out->ptr[out->len - 1] + 1);
    }
    return prefix.len > 0;
}

enum backend_result db_delete_all(struct db *db, uint64_t space, struct cos_span prefix)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf until;
    cos_buf_init(&until, prefix.len + 1);
    bool has_end = behind_prefix(&until, prefix);
    if (until.failed) {
        return BACKEND_NOMEM;
    }
    int r;
    sqlite3_stmt *s = ready(db, has_end ? ROW_DELETE_RANGE : ROW_DELETE_FROM, &r);
    if (s != NULL) {
        bind_number(s, 1, space);
        bind_span(s, 2, prefix);
        if (has_end) {
            bind_span(s, 3, cos_buf_view(&until));
        }
    }
    return run(db, s, r);
}

/* --- chunks --- */

/* Run one that answers with a chunk. */
static enum backend_result find_chunk(struct db *db, enum statement which, uint64_t id,
                                      struct db_chunk *out)
{
    int r;
    sqlite3_stmt *s = ready(db, which, &r);
    if (s != NULL) {
        bind_number(s, 1, id);
    }
    enum backend_result result = step(db, s, r);
    if (result == BACKEND_OK) {
        *out = (struct db_chunk){.id = (uint64_t)sqlite3_column_int64(s, 0),
                                 .bytes = (uint64_t)sqlite3_column_int64(s, 1),
                                 .refs = sqlite3_column_int64(s, 2)};
        (void)sqlite3_reset(s);
        bool is_negative = out->id > INT64_MAX || out->bytes > INT64_MAX;
        result = is_negative ? failed(db, SQLITE_CORRUPT) : BACKEND_OK;
    }
    return result;
}

enum backend_result db_chunk_use(struct db *db, uint64_t id)
{
    int r;
    sqlite3_stmt *s = ready(db, CHUNK_USE, &r);
    if (s != NULL) {
        bind_number(s, 1, id);
    }
    enum backend_result result = run(db, s, r);
    return result == BACKEND_OK && sqlite3_changes(db->handle) == 0 ? BACKEND_ABSENT : result;
}

enum backend_result db_chunk_new(struct db *db, const struct db_chunk *chunk)
{
    int r;
    sqlite3_stmt *s = ready(db, CHUNK_NEW, &r);
    if (s != NULL) {
        bind_number(s, 1, chunk->id);
        bind_number(s, 2, chunk->bytes);
        bind_number(s, 3, (uint64_t)chunk->refs);
    }
    return run(db, s, r);
}

enum backend_result db_chunk_drop(struct db *db, uint64_t id, struct db_chunk *out)
{
    enum backend_result result = find_chunk(db, CHUNK_DROP_LAST, id, out);
    return result == BACKEND_ABSENT ? find_chunk(db, CHUNK_DROP, id, out) : result;
}

enum backend_result db_chunk_from(struct db *db, uint64_t id, struct db_chunk *out)
{
    return find_chunk(db, CHUNK_FROM, id, out);
}

enum backend_result db_chunk_before(struct db *db, uint64_t id, struct db_chunk *out)
{
    return find_chunk(db, CHUNK_BEFORE, id, out);
}

/* --- names --- */

enum backend_result db_space(struct db *db, struct cos_span name, uint64_t *out)
{
    int r;
    sqlite3_stmt *s = ready(db, SPACE_GET, &r);
    if (s != NULL) {
        bind_span(s, 1, name);
    }
    enum backend_result result = step(db, s, r);
    if (result == BACKEND_OK) {
        *out = (uint64_t)sqlite3_column_int64(s, 0);
        (void)sqlite3_reset(s);
    }
    return result;
}

enum backend_result db_space_new(struct db *db, struct cos_span name, uint64_t *out)
{
    int r;
    sqlite3_stmt *s = ready(db, SPACE_NEW, &r);
    if (s != NULL) {
        bind_span(s, 1, name);
    }
    enum backend_result result = run(db, s, r);
    if (result == BACKEND_OK) {
        *out = (uint64_t)sqlite3_last_insert_rowid(db->handle);
    }
    return result;
}

enum backend_result db_space_drop(struct db *db, uint64_t space)
{
    int r;
    sqlite3_stmt *s = ready(db, SPACE_DROP, &r);
    if (s != NULL) {
        bind_number(s, 1, space);
    }
    return run(db, s, r);
}

enum backend_result db_space_next(struct db *db, uint64_t after, uint64_t *space,
                                  struct cos_span *name)
{
    int r;
    sqlite3_stmt *s = ready(db, SPACE_NEXT, &r);
    if (s != NULL) {
        bind_number(s, 1, after);
    }
    enum backend_result result = step(db, s, r);
    if (result == BACKEND_OK) {
        *space = (uint64_t)sqlite3_column_int64(s, 0);
        *name = column_span(s, 1);
    }
    return result;
}

enum backend_result db_number(struct db *db, const char *name, uint64_t *out)
{
    int r;
    sqlite3_stmt *s = ready(db, NUMBER_GET, &r);
    if (s != NULL) {
        (void)sqlite3_bind_text(s, 1, name, -1, SQLITE_STATIC);
    }
    enum backend_result result = step(db, s, r);
    *out = result == BACKEND_OK ? (uint64_t)sqlite3_column_int64(s, 0) : 0;
    if (s != NULL) {
        (void)sqlite3_reset(s);
    }
    return result == BACKEND_ABSENT ? BACKEND_OK : result;
}

enum backend_result db_number_set(struct db *db, const char *name, uint64_t value)
{
    int r;
    sqlite3_stmt *s = ready(db, NUMBER_SET, &r);
    if (s != NULL) {
        (void)sqlite3_bind_text(s, 1, name, -1, SQLITE_STATIC);
        bind_number(s, 2, value);
    }
    return run(db, s, r);
}

/* --- care --- */

enum backend_result db_check(struct db *db, void (*complaint)(void *ctx, const char *text),
                             void *ctx)
{
    sqlite3_stmt *s = NULL;
    int r = sqlite3_prepare_v2(db->handle, "PRAGMA integrity_check", -1, &s, NULL);
    enum backend_result result;
    while ((result = step(db, s, r)) == BACKEND_OK) {
        const char *text = (const char *)sqlite3_column_text(s, 0);
        if (text != NULL && strcmp(text, "ok") != 0) {
            complaint(ctx, text);
        }
    }
    (void)sqlite3_finalize(s);
    return result == BACKEND_ABSENT ? BACKEND_OK : result;
}

enum backend_result db_vacuum(struct db *db)
{
    int r = sqlite3_exec(db->handle, "VACUUM", NULL, NULL, NULL);
    if (r == SQLITE_OK) {
        tell_kept(db, NULL); /* before the log is emptied: a note of it would bind */
        r = sqlite3_exec(db->handle, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL);
    }
    return r == SQLITE_OK ? BACKEND_OK : failed(db, r);
}

enum backend_result db_checkpoint(struct db *db)
{
    int r = sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    return r == SQLITE_OK ? BACKEND_OK : failed(db, r);
}
