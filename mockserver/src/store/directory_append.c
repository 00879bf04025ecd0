/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bodies of a group find their places: behind each other in the active segment, gathered here
 * and written once; in files of their own when they are large; where they are when they lie
 * in a file of this directory already. A body of a block and more begins on a block, so that
 * all of it can be given back.
 */
#include "store/directory_shelf.h"

#include "cosbase/alloc.h"

#include <assert.h>
#include <errno.h>

#define TAIL_BYTES ((size_t)4 << 20)
#define NO_SEGMENT UINT64_MAX
#define MADE_MAX_BYTES ((size_t)64 << 20) /* a number for each segment of a group */
#define TAIL_MAX_BYTES (TAIL_BYTES + CHUNK_OWN_FILE_BYTES + BLOCK_BYTES)

void append_begin(struct append *a, struct shelf *s, char reason[REASON_BYTES])
{
    *a = (struct append){.shelf = s,
                         .reason = reason,
                         .tail_at = s->active_bytes,
                         .first = s->active == NULL ? NO_SEGMENT : s->active->number,
                         .first_bytes = s->active_bytes};
    cos_buf_init(&a->tail, TAIL_MAX_BYTES);
    cos_buf_init(&a->made, MADE_MAX_BYTES);
}

static enum backend_result fail(struct append *a, int number)
{
    return chunks_failed(number, "chunks/", a->reason);
}

static enum backend_result fail_db(struct append *a, enum backend_result result)
{
    if (result != BACKEND_OK) {
        (void)snprintf(a->reason, REASON_BYTES, "%s", db_reason(a->shelf->db));
    }
    return result;
}

/* --- the segment --- */

static enum backend_result write_tail(struct append *a)
{
    struct shelf *s = a->shelf;
    if (a->tail.len == 0) {
        return BACKEND_OK;
    }
    int number = chunks_step(s->chunks, DIRECTORY_APPEND);
    if (number == 0) {
        number = chunks_file_write(s->active, a->tail_at, a->tail.ptr, a->tail.len);
    }
    if (number != 0) {
        return fail(a, number);
    }
    a->tail_at += a->tail.len;
    cos_buf_clear(&a->tail);
    return BACKEND_OK;
}

static enum backend_result sync_file(struct append *a, struct chunk_file *file)
{
    if (!a->shelf->survives_power || file == NULL || !file->is_unsure) {
        return BACKEND_OK;
    }
    int number = chunks_file_sync(a->shelf->chunks, file);
    return number == 0 ? BACKEND_OK : fail(a, number);
}

static enum backend_result next_segment(struct append *a)
{
    struct shelf *s = a->shelf;
    enum backend_result result = write_tail(a);
    if (result == BACKEND_OK) {
        result = sync_file(a, s->active);
    }
    if (result != BACKEND_OK) {
        return result;
    }
    int number = 0;
    struct chunk_file *file = chunks_file_new(s->chunks, &number);
    if (file == NULL) {
        return fail(a, number);
    }
    if (s->active != NULL) {
        chunks_file_unref(s->chunks, s->active);
    }
    s->active = file;
    s->active_bytes = 0;
    a->tail_at = 0;
    s->is_folder_unsure = true;
    cos_buf_append(&a->made, &file->number, sizeof(file->number));
    return BACKEND_OK; /* one that is not remembered, the next start's sweeper finds */
}

/* Bytes of @blob to the tail, which begins a place at @at of the segment. */
static enum backend_result fill_tail(struct append *a, const struct blob *blob, uint64_t offset,
                                     uint64_t bytes, uint64_t at)
{
    size_t gap = (size_t)(at - a->tail_at) - a->tail.len;
    char *to = cos_buf_reserve(&a->tail, gap + (size_t)bytes);
    if (to == NULL) {
        return BACKEND_NOMEM;
    }
    memset(to, 0, gap);
    int64_t n = blob_read(blob, offset, to + gap, (size_t)bytes);
    if (n != (int64_t)bytes) {
        return fail(a, n < 0 ? (int)-n : EIO);
    }
    a->tail.len += gap + (size_t)bytes;
    return a->tail.len < TAIL_BYTES ? BACKEND_OK : write_tail(a);
}

static uint64_t place_for(const struct shelf *s, uint64_t bytes)
{
    uint64_t at = s->active_bytes;
    return bytes < BLOCK_BYTES ? at : (at + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
}

static enum backend_result to_segment(struct append *a, const struct blob *blob,
                                      uint64_t offset, uint64_t bytes, uint64_t *id)
{
    struct shelf *s = a->shelf;
    if (s->active == NULL || place_for(s, bytes) + bytes > CHUNK_OFFSET_LIMIT) {
        enum backend_result result = next_segment(a);
        if (result != BACKEND_OK) {
            return result;
        }
    }
    assert(s->active != NULL);
    uint64_t at = place_for(s, bytes);
    s->active_bytes = at + bytes;
    *id = chunk_id(s->active->number, at);
    return fill_tail(a, blob, offset, bytes, at);
}

/* --- files of their own --- */

static enum backend_result copy_all(struct append *a, struct chunk_file *file,
                                    const struct blob *blob, uint64_t offset, uint64_t bytes)
{
    enum backend_result result = write_tail(a); /* lends its memory */
    char *buf = cos_buf_reserve(&a->tail, TAIL_BYTES);
    for (uint64_t done = 0; result == BACKEND_OK && done < bytes;) {
        uint64_t left = bytes - done;
        size_t n = left < TAIL_BYTES ? (size_t)left : TAIL_BYTES;
        int64_t got = buf == NULL ? -ENOMEM : blob_read(blob, offset + done, buf, n);
        int number = got < 0 ? (int)-got : chunks_step(a->shelf->chunks, DIRECTORY_APPEND);
        if (number == 0) {
            number = got == 0 ? EIO : chunks_file_write(file, done, buf, (size_t)got);
        }
        if (number != 0) {
            result = fail(a, number);
        }
        done += got > 0 ? (uint64_t)got : 0;
    }
    return result == BACKEND_OK ? sync_file(a, file) : result;
}

static bool grow_own(struct append *a)
{
    if (a->n_own < a->cap_own) {
        return true;
    }
    size_t cap = a->cap_own == 0 ? 4 : 2 * a->cap_own;
    struct blob **more = cos_realloc_array(a->own, cap, sizeof(struct blob *));
    if (more != NULL) {
        a->own = more;
        a->cap_own = cap;
    }
    return more != NULL;
}

static enum backend_result to_own_file(struct append *a, const struct blob *blob,
                                       uint64_t offset, uint64_t bytes, uint64_t *id)
{
    struct shelf *s = a->shelf;
    int number = ENOMEM;
    struct chunk_file *file = grow_own(a) ? chunks_file_new(s->chunks, &number) : NULL;
    if (file == NULL) {
        return fail(a, number);
    }
    s->is_folder_unsure = true;
    *id = chunk_id(file->number, /* offset= */ 0);
    enum backend_result result = copy_all(a, file, blob, offset, bytes);
    /* in any case: a blob that no row uses takes its file with it */
    struct blob *own = chunks_blob_of_file(s->chunks, file, bytes);
    if (own == NULL) {
        return result == BACKEND_OK ? BACKEND_NOMEM : result;
    }
    a->own[a->n_own++] = own;
    return result;
}

/* --- places --- */

/* Up to the next byte that lies in a file of ours, or the end. */
static uint64_t run_bytes(const struct append *a, const struct blob *blob, uint64_t offset)
{
    uint64_t at = offset;
    while (at < blob_bytes(blob) &&
           chunks_own(a->shelf->chunks, blob_chunk(blob, at)) == NULL) {
        size_t in_memory;
        int fd;
        uint64_t where;
        uint64_t n;
        if (blob_peek(blob, at, &in_memory) != NULL) {
            at += in_memory;
        } else if (blob_file(blob, at, &fd, &where, &n)) {
            at += n;
        }
    }
    return at - offset;
}

enum backend_result append_copy(struct append *a, const struct blob *blob, uint64_t *id)
{
    uint64_t bytes = blob_bytes(blob);
    return bytes < CHUNK_OWN_FILE_BYTES ? to_segment(a, blob, /* offset= */ 0, bytes, id)
                                        : to_own_file(a, blob, /* offset= */ 0, bytes, id);
}

static enum backend_result copy_run(struct append *a, const struct blob *blob, uint64_t offset,
                                    struct piece_place *out)
{
    uint64_t bytes = run_bytes(a, blob, offset);
    *out = (struct piece_place){.bytes = bytes};
    enum backend_result result = bytes < CHUNK_OWN_FILE_BYTES
                                     ? to_segment(a, blob, offset, bytes, &out->chunk)
                                     : to_own_file(a, blob, offset, bytes, &out->chunk);
    if (result != BACKEND_OK) {
        return result;
    }
    struct db_chunk chunk = {.id = out->chunk, .bytes = bytes, .refs = 1};
    return fail_db(a, db_chunk_new(a->shelf->db, &chunk));
}

/* No row uses it at the moment, but blobs do, so its bytes are there. */
static enum backend_result bring_back(struct append *a, const struct chunk *chunk)
{
    const struct freed *note = chunk->bytes > 0 ? NULL : room_find(a->shelf, chunk->id);
    struct db_chunk again = {.id = chunk->id,
                             .bytes = note != NULL ? note->bytes : chunk->bytes,
                             .refs = 1};
    if (again.bytes == 0) {
        (void)snprintf(a->reason, REASON_BYTES, "rows.db: a chunk that a row uses is missing");
        return BACKEND_IO;
    }
    return fail_db(a, db_chunk_new(a->shelf->db, &again));
}

static enum backend_result share(struct append *a, const struct blob *blob, uint64_t offset,
                                 struct piece_place *out)
{
    const struct blob_chunk *place = blob_chunk(blob, offset);
    struct chunk *chunk = chunks_own(a->shelf->chunks, place);
    int fd;
    uint64_t at;
    (void)blob_file(blob, offset, &fd, &at, &out->bytes);
    out->chunk = chunk->id;
    out->offset = at - chunk_offset(chunk->id);
    a->shelf->is_folder_unsure = a->shelf->is_folder_unsure || chunk->file->is_unsure;
    enum backend_result result = sync_file(a, chunk->file);
    if (result != BACKEND_OK) {
        return result;
    }
    result = db_chunk_use(a->shelf->db, chunk->id);
    return result == BACKEND_ABSENT ? bring_back(a, chunk) : fail_db(a, result);
}

enum backend_result append_blob(struct append *a, const struct blob *blob,
                                struct cos_buf *pieces)
{
    enum backend_result result = BACKEND_OK;
    for (uint64_t at = 0; result == BACKEND_OK && at < blob_bytes(blob);) {
        struct piece_place place;
        bool is_ours = chunks_own(a->shelf->chunks, blob_chunk(blob, at)) != NULL;
        result = is_ours ? share(a, blob, at, &place) : copy_run(a, blob, at, &place);
        if (result == BACKEND_OK) {
            pieces_add(pieces, place);
            at += place.bytes;
        }
    }
    return result == BACKEND_OK && pieces->failed ? BACKEND_NOMEM : result;
}

/* --- the end --- */

enum backend_result append_flush(struct append *a)
{
    struct shelf *s = a->shelf;
    enum backend_result result = write_tail(a);
    if (result == BACKEND_OK) {
        result = sync_file(a, s->active);
    }
    if (result != BACKEND_OK || !s->survives_power || !s->is_folder_unsure) {
        return result;
    }
    int number = chunks_step(s->chunks, DIRECTORY_SYNC_FOLDER);
    if (number == 0 && fsync(s->folder_fd) < 0) {
        number = errno;
    }
    s->is_folder_unsure = number != 0;
    return number == 0 ? BACKEND_OK : fail(a, number);
}

static void let_go(struct append *a)
{
    for (size_t i = 0; i < a->n_own; i++) {
        blob_unref(a->own[i]);
    }
    cos_free(a->own);
    cos_buf_deinit(&a->tail);
    cos_buf_deinit(&a->made);
}

void append_keep(struct append *a)
{
    for (size_t i = 0; i < a->n_own; i++) {
        struct chunks *c = a->shelf->chunks;
        chunks_stored(c, chunks_own(c, blob_chunk(a->own[i], /* offset= */ 0)));
    }
    let_go(a);
}

/* No row has come to use them. A full disk has use for the room. */
static void take_back_segments(struct append *a)
{
    struct shelf *s = a->shelf;
    if (s->active == NULL) {
        return;
    }
    if (s->active->number == a->first) {
        s->active_bytes = a->first_bytes;
        (void)!ftruncate(s->active->fd, (off_t)a->first_bytes);
        return;
    }
    chunks_file_unref(s->chunks, s->active);
    s->active = NULL;
    s->active_bytes = 0;
    for (size_t i = 0; i < a->made.len; i += sizeof(uint64_t)) {
        uint64_t number;
        memcpy(&number, a->made.ptr + i, sizeof(number));
        chunks_file_remove(s->chunks, number);
    }
    if (a->first != NO_SEGMENT) {
        room_punch(s, a->first, a->first_bytes, CHUNK_OFFSET_LIMIT);
    }
}

void append_undo(struct append *a, bool may_be_kept)
{
    if (may_be_kept) {
        append_keep(a);
        return;
    }
    take_back_segments(a);
    let_go(a);
}
