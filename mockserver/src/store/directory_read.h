/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading rows: from the cache, else by a connection of a small pool. A reader holds his
 * connection until he holds the chunks of what he read, so the writer knows which of them a
 * reader may still come for: those of a state older than the oldest reader's.
 */
#ifndef STORE_DIRECTORY_READ_H
#define STORE_DIRECTORY_READ_H

#include "store/directory_cache.h"
#include "store/directory_chunks.h"
#include "store/directory_db.h"

struct reads;
/** All borrowed. NULL: no memory. */
struct reads *reads_new(const char *db_path, struct chunks *chunks, struct cache *cache);
struct reads *reads_free(struct reads *r); /* nobody reads any more */

enum backend_result reads_get(struct reads *r, uint64_t space, struct cos_span key,
                              struct row **out);
struct range {
    struct cos_span from, until; /* as a backend's scan() */
};
enum backend_result reads_scan(struct reads *r, uint64_t space, struct range range,
                               scan_visit *visit, void *ctx);
/** The row as the database has it: the bytes stay in their files. */
enum backend_result reads_row(struct reads *r, const struct db_row *from, struct row **out);

/** A connection of one's own, and back. NULL: no memory, or the disk fails. */
struct reader;
struct reader *reads_take(struct reads *r);
struct db *reader_db(const struct reader *reader);
void reads_give(struct reads *r, struct reader *reader);

/** The writer's: there is a new state; its number. */
uint64_t reads_advance(struct reads *r);
/**
 * The oldest state that a reader may know; UINT64_MAX: nobody reads. When it is older than
 * @wanted, @wake will be told that one has left.
 */
uint64_t reads_oldest(struct reads *r, uint64_t wanted);
void reads_on_leave(struct reads *r, void (*wake)(void *ctx), void *ctx);

/** The last thing that failed, a sentence for people; "" when nothing did. */
void reads_trouble(struct reads *r, char out[REASON_BYTES]);

/**
 * A database whose pages are wrong is not written to any more: what SQLite would add to it may
 * not be found again, and what it frees may be in use. Seen by a reader when he gives his
 * connection back, or noted by the writer.
 */
void reads_note_damage(struct reads *r, const struct db *db);
/** @out, only when true: a sentence for people. */
bool reads_damaged(struct reads *r, char out[REASON_BYTES]);

#endif
