/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state is taken before the first batch, and as long as it is held the writer gives nothing
 * back (directory_room.c): so what has no row in it has no reader either.
 *
 * What the table of chunks says is not believed alone: rows are asked whether they have bytes
 * there. A clean directory has nothing to ask for.
 *
 * It reads all of the table of chunks, as fast as it can, while the start makes its keys and
 * listeners beside it: so it lets the start go first. Not for long, since nothing of the log is
 * written back while the state is held.
 */
#include "store/directory_sweep.h"

#include "cosbase/alloc.h"
#include "cosbase/clock.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>

#define START_MS 200 /* some ten starts of a mock */

struct sweeper {
    pthread_t thread;
    struct shelf shelf; /* only what every thread may use */
    struct reader *reader;
    uint64_t first_file;
    int64_t begins_mono_ns;
    pthread_mutex_t lock; /* guards is_awaited */
    pthread_cond_t awaited;
    bool is_awaited; /* it begins at once */
    int wants_stop;  /* atomic */
    bool is_joined;
};

static bool is_stopped(struct sweeper *s)
{
    return __atomic_load_n(&s->wants_stop, __ATOMIC_RELAXED) != 0;
}

/* --- what no chunk has --- */

struct gap {
    uint64_t file, from, until; /* UINT64_MAX: all of the file */
};
struct gaps {
    struct gap *list;
    size_t n, cap;
};

/* One without a block has nothing to give. */
static enum backend_result add_gap(struct gaps *g, struct gap gap)
{
    if (gap.from >= gap.until || gap.until - gap.from < BLOCK_BYTES) {
        return BACKEND_OK;
    }
    if (g->n == g->cap) {
        size_t cap = g->cap == 0 ? 64 : 2 * g->cap;
        struct gap *more = cos_realloc_array(g->list, cap, sizeof(*more));
        if (more == NULL) {
            return BACKEND_NOMEM;
        }
        g->list = more;
        g->cap = cap;
    }
    g->list[g->n++] = gap;
    return BACKEND_OK;
}

/* Chunks in order: between two of them is room for nobody, and behind the last of a file. */
static enum backend_result find_gaps(struct sweeper *s, uint64_t number, uint64_t file_bytes,
                                     struct gaps *out)
{
    struct db *db = reader_db(s->reader);
    uint64_t until = chunk_id(number + 1, /* offset= */ 0);
    struct gap gap = {.file = number};
    struct db_chunk chunk;
    enum backend_result result = db_chunk_from(db, chunk_id(number, 0), &chunk);
    if (result == BACKEND_ABSENT || (result == BACKEND_OK && chunk.id >= until)) {
        gap.until = UINT64_MAX;
        return add_gap(out, gap);
    }
    while (result == BACKEND_OK && chunk.id < until && !is_stopped(s)) {
        gap.until = chunk_offset(chunk.id);
        result = add_gap(out, gap);
        gap.from = chunk_offset(chunk.id) + chunk.bytes;
        if (result == BACKEND_OK) {
            result = db_chunk_from(db, chunk.id + 1, &chunk);
        }
    }
    gap.until = file_bytes;
    return result == BACKEND_ABSENT || result == BACKEND_OK ? add_gap(out, gap) : result;
}

static enum backend_result find_all_gaps(struct sweeper *s, struct gaps *out)
{
    int fd = openat(s->shelf.folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    enum backend_result result = dir == NULL ? BACKEND_IO : BACKEND_OK;
    const struct dirent *e;
    while (result == BACKEND_OK && !is_stopped(s) && (e = readdir(dir)) != NULL) {
        uint64_t number;
        struct stat st;
        if (chunk_file_number(e->d_name, &number) && number < s->first_file &&
            fstatat(s->shelf.folder_fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
            result = find_gaps(s, number, (uint64_t)st.st_size, out);
        }
    }
    if (dir != NULL) {
        (void)closedir(dir);
    } else if (fd >= 0) {
        (void)close(fd);
    }
    return result;
}

/* --- what rows say to that --- */

static int compare_gaps(const void *a, const void *b)
{
    const struct gap *x = a;
    const struct gap *y = b;
    return x->file != y->file ? (x->file > y->file) - (x->file < y->file)
                              : (x->from > y->from) - (x->from < y->from);
}

static bool lies_in_gap(const struct gaps *g, struct piece_place p)
{
    uint64_t file = chunk_file(p.chunk);
    uint64_t from = chunk_offset(p.chunk) + p.offset;
    size_t low = 0;
    size_t high = g->n;
    while (low < high) { /* the first that ends behind its beginning */
        size_t middle = low + (high - low) / 2;
        const struct gap *gap = &g->list[middle];
        if (gap->file < file || (gap->file == file && gap->until <= from)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < g->n && g->list[low].file == file && g->list[low].from < from + p.bytes;
}

/*
 * No row has bytes in a gap. Where one has, the chunks are damaged: to give back what they say
 * would take what a copy of rows.db could still bring back.
 */
static bool is_agreed(struct sweeper *s, struct gaps *g)
{
    struct cos_span pieces;
    qsort(g->list, g->n, sizeof(*g->list), compare_gaps);
    enum backend_result result =
        db_pieces_next(reader_db(s->reader), /* is_first= */ true, &pieces);
    while (result == BACKEND_OK && !is_stopped(s)) {
        if (!pieces_valid(pieces)) {
            return false;
        }
        for (size_t i = 0; i < pieces_count(pieces); i++) {
            if (lies_in_gap(g, pieces_at(pieces, i))) {
                return false;
            }
        }
        result = db_pieces_next(reader_db(s->reader), /* is_first= */ false, &pieces);
    }
    return result == BACKEND_ABSENT;
}

static void give_back(struct sweeper *s, const struct gaps *g)
{
    for (size_t i = 0; i < g->n && !is_stopped(s); i++) {
        const struct gap *gap = &g->list[i];
        if (gap->until == UINT64_MAX) {
            chunks_file_remove(s->shelf.chunks, gap->file);
        } else {
            room_punch(&s->shelf, gap->file, gap->from, gap->until);
        }
    }
}

/* --- the thread --- */

static void let_start_pass(struct sweeper *s)
{
    struct timespec at = {.tv_sec = s->begins_mono_ns / 1000000000,
                          .tv_nsec = s->begins_mono_ns % 1000000000};
    (void)pthread_mutex_lock(&s->lock);
    while (!s->is_awaited && pthread_cond_timedwait(&s->awaited, &s->lock, &at) == 0) {
    }
    (void)pthread_mutex_unlock(&s->lock);
}

static void *sweep(void *ctx)
{
    struct sweeper *s = ctx;
    struct gaps gaps = {.list = NULL};
    let_start_pass(s);
    if (find_all_gaps(s, &gaps) == BACKEND_OK && gaps.n > 0 && is_agreed(s, &gaps)) {
        give_back(s, &gaps);
    }
    cos_free(gaps.list);
    db_rollback(reader_db(s->reader));
    reads_give(s->shelf.reads, s->reader);
    return NULL;
}

static struct sweeper *discard(struct sweeper *s)
{
    (void)pthread_cond_destroy(&s->awaited);
    (void)pthread_mutex_destroy(&s->lock);
    return cos_free(s);
}

static struct sweeper *sweeper_new(const struct shelf *shelf, uint64_t first_file)
{
    struct sweeper *s = cos_calloc(1, sizeof(*s));
    if (s == NULL) {
        return NULL;
    }
    pthread_condattr_t attr;
    s->shelf = *shelf;
    s->shelf.active = NULL;
    s->first_file = first_file;
    s->begins_mono_ns = cos_system_mono_ns() + START_MS * 1000000;
    (void)pthread_mutex_init(&s->lock, NULL);
    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&s->awaited, &attr);
    (void)pthread_condattr_destroy(&attr);
    return s;
}

struct sweeper *sweeper_start(const struct shelf *shelf, uint64_t first_file)
{
    struct sweeper *s = sweeper_new(shelf, first_file);
    if (s == NULL) {
        return NULL;
    }
    s->reader = reads_take(shelf->reads);
    if (s->reader == NULL) {
        return discard(s);
    }
    struct db *db = reader_db(s->reader);
    struct db_chunk first;
    enum backend_result result = db_begin_read(db);
    if (result == BACKEND_OK) {
        result = db_chunk_from(db, 0, &first); /* the state is taken here */
    }
    bool is_taken = result == BACKEND_OK || result == BACKEND_ABSENT;
    if (is_taken && pthread_create(&s->thread, NULL, sweep, s) == 0) {
        return s;
    }
    db_rollback(db);
    reads_give(shelf->reads, s->reader);
    return discard(s);
}

void sweeper_wait(struct sweeper *s)
{
    if (s != NULL && !s->is_joined) {
        (void)pthread_mutex_lock(&s->lock);
        s->is_awaited = true;
        (void)pthread_cond_signal(&s->awaited);
        (void)pthread_mutex_unlock(&s->lock);
        (void)pthread_join(s->thread, NULL);
        s->is_joined = true;
    }
}

struct sweeper *sweeper_stop(struct sweeper *s)
{
    if (s == NULL) {
        return NULL;
    }
    __atomic_store_n(&s->wants_stop, 1, __ATOMIC_RELAXED);
    sweeper_wait(s);
    return discard(s);
}
