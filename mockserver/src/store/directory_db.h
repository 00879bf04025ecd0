/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables of a data directory, and nothing of SQLite visible here. A connection is one
 * thread's at a time. What fails leaves a sentence in db_reason(). Spans that come out are
 * borrowed until the next call with the same connection.
 */
#ifndef STORE_DIRECTORY_DB_H
#define STORE_DIRECTORY_DB_H

#include "store/backend.h"

#define DB_APPLICATION_ID 1668248429 /* "cosm": bytes 68 to 71 of the file */
#define DB_FORMAT 1                  /* bytes 60 to 63: user_version */
#define DB_PAGE_BYTES 4096
#define DB_REASON_BYTES 160 /* as a commit's reason */

/* A frame of the log that ends a commit (sqlite.org/fileformat2.html, section 4.1). */
#define DB_FRAME_HEAD_BYTES 24
struct db_frame {
    uint32_t number; /* from 1 */
    uint8_t head[DB_FRAME_HEAD_BYTES];
    uint8_t before[8]; /* the sum that its own goes on from */
};

/* What failed last. */
struct db_problem {
    enum backend_result result;
    bool is_damage; /* what the file holds is wrong, not what was asked of the disk */
    char reason[DB_REASON_BYTES];
};

struct db;
enum db_role {
    DB_WRITER,       /* the only one that writes */
    DB_WRITER_POWER, /* a commit has reached the disk when it returns */
    DB_READER,
};

/** Make the file and its tables. False: *problem says why. */
bool db_create(const char *path, bool survives_power, struct db_problem *problem);
/** NULL: *problem says why. Opening proves that the tables are there; it changes no row. */
struct db *db_open(const char *path, enum db_role role, struct db_problem *problem);
/** The last one writes back what is in the log, when it @is_clean. */
struct db *db_close(struct db *db, bool is_clean);
/**
 * Who is told by the one that writes, on the thread of each commit and before db_commit() says
 * so, which frame ends it; NULL: nothing is in the log from here on that is nowhere else.
 */
void db_on_kept(struct db *db, void (*kept)(void *ctx, const struct db_frame *last), void *ctx);
const char *db_reason(const struct db *db);
const struct db_problem *db_problem(const struct db *db);

/* --- one state, one step --- */
enum backend_result db_begin_read(struct db *db);
enum backend_result db_begin(struct db *db);
enum backend_result db_commit(struct db *db);
void db_rollback(struct db *db); /* fine when there is nothing to undo */
void db_rest(struct db *db);     /* done with what came out: the state is let go */

/* --- rows --- */
struct db_row {
    struct cos_span key, value;
    struct cos_span pieces; /* as directory_pieces.h reads them; empty: no bytes */
};
enum backend_result db_get(struct db *db, uint64_t space, struct cos_span key,
                           struct db_row *out);
/**
 * The first row not before @from, and with db_next() the others behind it; ABSENT: none left.
 */
enum backend_result db_seek(struct db *db, uint64_t space, struct cos_span from,
                            struct db_row *out);
enum backend_result db_next(struct db *db, struct db_row *out);
enum backend_result db_put(struct db *db, uint64_t space, const struct db_row *row);
enum backend_result db_delete(struct db *db, uint64_t space, struct cos_span key);
/**
 * The pieces of every row that has some, whose space and key do not matter, in any order: the
 * first one, and with not @is_first the others behind it. ABSENT: none left.
 */
enum backend_result db_pieces_next(struct db *db, bool is_first, struct cos_span *out);
/** Every row whose key begins with @prefix. */
enum backend_result db_delete_all(struct db *db, uint64_t space, struct cos_span prefix);

/* --- chunks: which bytes of which file rows use, and how many times --- */
struct db_chunk {
    uint64_t id, bytes;
    int64_t refs;
};
/** One user more; ABSENT: no such chunk. */
enum backend_result db_chunk_use(struct db *db, uint64_t id);
enum backend_result db_chunk_new(struct db *db, const struct db_chunk *chunk);
/** One user less: out->refs are left, and at 0 it is gone. ABSENT: no such chunk. */
enum backend_result db_chunk_drop(struct db *db, uint64_t id, struct db_chunk *out);
/** The first one not before @id; the last one before it. ABSENT: there is none. */
enum backend_result db_chunk_from(struct db *db, uint64_t id, struct db_chunk *out);
enum backend_result db_chunk_before(struct db *db, uint64_t id, struct db_chunk *out);

/* --- names --- */
/** The number of a tenant's space; ABSENT: not a tenant's name. */
enum backend_result db_space(struct db *db, struct cos_span name, uint64_t *out);
enum backend_result db_space_new(struct db *db, struct cos_span name, uint64_t *out);
enum backend_result db_space_drop(struct db *db, uint64_t space);
/** The space behind @after, 0 at first, and its name. ABSENT: none left. */
enum backend_result db_space_next(struct db *db, uint64_t after, uint64_t *space,
                                  struct cos_span *name);
/** A number that is kept, by its name; 0 when it was never set. */
enum backend_result db_number(struct db *db, const char *name, uint64_t *out);
enum backend_result db_number_set(struct db *db, const char *name, uint64_t value);

/* --- care --- */
/** Every page is asked; each @complaint is a sentence. */
enum backend_result db_check(struct db *db, void (*complaint)(void *ctx, const char *text),
                             void *ctx);
/** Write the log back, give its room and that of deleted rows back. */
enum backend_result db_vacuum(struct db *db);
/** Write the log back as far as nobody needs it. */
enum backend_result db_checkpoint(struct db *db);

#endif
