/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state is taken before the first batch, and as long as it is held the writer gives nothing
 * back (directory_room.c): so what has no row in it has no reader either.
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

/*
 * Chunks in order: between two of them is room for nobody, and behind the last one of a file.
 */
static void sweep_file(struct sweeper *s, uint64_t number, uint64_t file_bytes)
{
    struct db *db = reader_db(s->reader);
    uint64_t until = chunk_id(number + 1, /* offset= */ 0);
    uint64_t end = 0; /* of the chunk before */
    struct db_chunk chunk;
    enum backend_result result = db_chunk_from(db, chunk_id(number, end), &chunk);
    if (result == BACKEND_ABSENT || (result == BACKEND_OK && chunk.id >= until)) {
        chunks_file_remove(s->shelf.chunks, number);
        return;
    }
    while (result == BACKEND_OK && chunk.id < until && !is_stopped(s)) {
        room_punch(&s->shelf, number, end, chunk_offset(chunk.id));
        end = chunk_offset(chunk.id) + chunk.bytes;
        result = db_chunk_from(db, chunk.id + 1, &chunk);
    }
    if (result == BACKEND_ABSENT || (result == BACKEND_OK && chunk.id >= until)) {
        room_punch(&s->shelf, number, end, file_bytes);
    }
}

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
    let_start_pass(s);
    int fd = openat(s->shelf.folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *e;
    while (dir != NULL && !is_stopped(s) && (e = readdir(dir)) != NULL) {
        uint64_t number;
        struct stat st;
        if (chunk_file_number(e->d_name, &number) && number < s->first_file &&
            fstatat(s->shelf.folder_fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
            sweep_file(s, number, (uint64_t)st.st_size);
        }
    }
    if (dir != NULL) {
        (void)closedir(dir);
    } else if (fd >= 0) {
        (void)close(fd);
    }
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
