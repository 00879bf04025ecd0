/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Room that rows do not need goes back to the disk: a file that no row uses is removed, a
 * chunk of a segment becomes a hole. Not before every reader knows a state without it, and no
 * blob holds it; a chunk that a later batch used again has a row by then, and stays.
 */
#include "store/directory_shelf.h"

#include "cosbase/alloc.h"

#include <fcntl.h>

/* Batches wait no longer than for so many. */
#define AT_ONCE 256

/* Chunks with these numbers are not there any more. */
struct hole {
    uint64_t from, until;
};

bool room_note(struct shelf *s, uint64_t id, uint64_t bytes)
{
    if (s->n_freed == s->cap_freed) {
        size_t cap = s->cap_freed == 0 ? 64 : 2 * s->cap_freed;
        struct freed *more = cos_realloc_array(s->freed, cap, sizeof(*more));
        if (more == NULL) {
            return false;
        }
        s->freed = more;
        s->cap_freed = cap;
    }
    s->freed[s->n_freed++] = (struct freed){.id = id, .bytes = bytes, .state = UINT64_MAX};
    return true;
}

const struct freed *room_find(const struct shelf *s, uint64_t id)
{
    for (size_t i = s->n_freed; i > 0; i--) {
        if (s->freed[i - 1].id == id) {
            return &s->freed[i - 1];
        }
    }
    return NULL;
}

void room_settle(struct shelf *s, size_t first, uint64_t state)
{
    for (size_t i = first; i < s->n_freed; i++) {
        s->freed[i].state = state;
    }
}

void room_punch(struct shelf *s, uint64_t number, uint64_t from, uint64_t until)
{
    from = (from + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
    until = until / BLOCK_BYTES * BLOCK_BYTES;
    if (from >= until || chunks_step(s->chunks, DIRECTORY_FREE) != 0) {
        return;
    }
    char name[FILE_NAME_BYTES];
    chunk_file_name(name, number);
    int fd = openat(s->folder_fd, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd >= 0) {
        (void)fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)from,
                        (off_t)(until - from));
        (void)close(fd);
    }
}

/* The room around @f that no row uses: up to its neighbours in the file. */
static void widen(struct shelf *s, const struct freed *f, struct hole *hole)
{
    struct db_chunk other;
    uint64_t number = chunk_file(f->id);
    bool has_before =
        db_chunk_before(s->db, f->id, &other) == BACKEND_OK && chunk_file(other.id) == number;
    hole->from = has_before ? other.id + other.bytes : chunk_id(number, /* offset= */ 0);
    if (db_chunk_from(s->db, f->id, &other) == BACKEND_OK && chunk_file(other.id) == number) {
        hole->until = other.id;
    }
}

/* Whether rows use some of the file. When in doubt, they do. */
static bool has_rows(struct shelf *s, uint64_t number)
{
    struct db_chunk first;
    enum backend_result result = db_chunk_from(s->db, chunk_id(number, 0), &first);
    return result != BACKEND_ABSENT && (result != BACKEND_OK || chunk_file(first.id) == number);
}

/* @is_alone: nobody comes for what lies around it either. *hole: what went with it. */
static void give_back(struct shelf *s, const struct freed *f, bool is_alone, struct hole *hole)
{
    uint64_t number = chunk_file(f->id);
    bool is_active = s->active != NULL && s->active->number == number;
    bool is_quiet = is_alone && !chunks_file_in_use(s->chunks, number);
    *hole = (struct hole){.from = f->id, .until = f->id + f->bytes};
    if (is_quiet && !is_active && !has_rows(s, number)) {
        *hole = (struct hole){.from = chunk_id(number, 0), .until = chunk_id(number + 1, 0)};
        if (chunks_step(s->chunks, DIRECTORY_FREE) == 0) {
            chunks_file_remove(s->chunks, number);
        }
        return;
    }
    if (is_quiet) {
        widen(s, f, hole);
    }
    room_punch(s, number, hole->from - chunk_id(number, 0), hole->until - chunk_id(number, 0));
}

static bool is_used_again(struct shelf *s, uint64_t id)
{
    struct db_chunk found;
    enum backend_result result = db_chunk_from(s->db, id, &found);
    return result != BACKEND_ABSENT && (result != BACKEND_OK || found.id == id);
}

/* What blobs and rows have both left. */
static void take_trash(struct shelf *s)
{
    struct chunk *trash = chunks_take_trash(s->chunks);
    uint64_t state = trash == NULL ? 0 : reads_advance(s->reads);
    while (trash != NULL) {
        struct chunk *next = trash->next;
        if (room_note(s, trash->id, trash->bytes)) { /* else: the next start finds it */
            s->freed[s->n_freed - 1].state = state;
        }
        cos_free(trash);
        trash = next;
    }
}

/* What nobody can come for any more, of the @n oldest notes. */
static void free_ready(struct shelf *s, size_t n, bool is_alone)
{
    struct hole hole = {.from = 0, .until = 0};
    for (size_t i = 0; i < n; i++) {
        const struct freed *f = &s->freed[i];
        bool is_gone = f->id >= hole.from && f->id < hole.until;
        if (!is_gone && !is_used_again(s, f->id) &&
            !chunks_unstored(s->chunks, f->id, f->bytes)) {
            give_back(s, f, is_alone, &hole);
        }
    }
}

bool room_free(struct shelf *s)
{
    take_trash(s);
    if (s->n_freed == 0) {
        return false;
    }
    uint64_t oldest = reads_oldest(s->reads, s->freed[s->n_freed - 1].state);
    size_t ready = 0;
    while (ready < s->n_freed && s->freed[ready].state <= oldest) {
        ready++;
    }
    size_t n = ready < AT_ONCE ? ready : AT_ONCE;
    free_ready(s, n, /* is_alone= */ ready == s->n_freed);
    memmove(s->freed, s->freed + n, (s->n_freed - n) * sizeof(*s->freed));
    s->n_freed -= n;
    return n < ready;
}
