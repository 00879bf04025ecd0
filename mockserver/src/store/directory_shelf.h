/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the writer has at hand: its connection, the segment it appends to, and the chunks that
 * wait to be given back to the disk. One thread's.
 */
#ifndef STORE_DIRECTORY_SHELF_H
#define STORE_DIRECTORY_SHELF_H

#include "store/directory_read.h"

/* What a file gives back is whole ones of these. */
#define BLOCK_BYTES ((uint64_t)4096)
/* So many numbers of files are taken in advance. */
#define SHELF_RESERVE 4096

/* A chunk that no row uses any more. */
struct freed {
    uint64_t id, bytes;
    uint64_t state; /* readers of an older one may still come for it */
};
struct shelf {
    int folder_fd; /* of chunks/ */
    struct db *db;
    struct chunks *chunks;
    struct cache *cache;
    struct reads *reads;
    bool survives_power;
    bool is_folder_unsure;     /* the disk may not know all names of chunks/ */
    struct chunk_file *active; /* small bodies go to its end; NULL: none yet */
    uint64_t active_bytes;
    uint64_t reserved; /* a later start gives no file a number below it */
    struct freed *freed;
    size_t n_freed, cap_freed;
};

/* --- directory_append.c: bytes on their way to the disk --- */

struct append {
    struct shelf *shelf;
    char *reason;
    struct cos_buf tail; /* of the active segment, not written yet */
    uint64_t tail_at;
    uint64_t first, first_bytes; /* the segment at the beginning, and its end */
    struct cos_buf made;         /* numbers of segments that came behind it */
    struct blob **own;           /* files that were made for bytes from memory */
    size_t n_own, cap_own;
};
void append_begin(struct append *a, struct shelf *s, char reason[REASON_BYTES]);
/** Where the bytes of @blob lie, for its row; those in memory get a place. */
enum backend_result append_blob(struct append *a, const struct blob *blob,
                                struct cos_buf *pieces);
/** A new place for all its bytes, wherever they lie; there is no chunk of this number yet. */
enum backend_result append_copy(struct append *a, const struct blob *blob, uint64_t *id);
/** All places have their bytes, on the disk when that was asked for. */
enum backend_result append_flush(struct append *a);
/** What was placed is used by rows from now on. */
void append_keep(struct append *a);
/** It is not; @may_be_kept: the disk may say otherwise one day, so the places stay taken. */
void append_undo(struct append *a, bool may_be_kept);

/* --- directory_room.c: and back --- */

COS_MUST_CHECK bool room_note(struct shelf *s, uint64_t id, uint64_t bytes);
/** The latest note about a chunk; NULL: there is none. */
const struct freed *room_find(const struct shelf *s, uint64_t id);
/** Notes from @first on belong to @state. */
void room_settle(struct shelf *s, size_t first, uint64_t state);
/** Give back some of what nobody can read any more. True: there is more of it. */
bool room_free(struct shelf *s);
/** A hole, or an end. Best effort: what is not given back is found by the next start. */
void room_punch(struct shelf *s, uint64_t number, uint64_t from, uint64_t until);

#endif
