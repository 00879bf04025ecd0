/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files in chunks/, by number, and the chunks of them that blobs hold. A file is open as
 * long as a chunk of it is in use or it was lately. Whoever drops the last blob of a chunk
 * that no row uses puts it on a list for the writer: only that thread gives room back, since
 * only it knows what the rows say.
 */
#include "store/directory_chunks.h"

#include "cosbase/alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>

enum { N_BUCKETS = 1024, N_RECENT = 32 };

struct chunks {
    int refs; /* atomic: the directory, and each chunk or shared part of a file in use */
    int folder_fd;
    int (*step)(void *ctx, enum directory_step step);
    void *step_ctx;
    struct budget *budget;
    pthread_mutex_t lock; /* guards all that follows, and refs and is_stored of what is in it */
    bool is_closed;
    uint64_t next_file;
    struct chunk *by_id[N_BUCKETS];
    struct chunk_file *by_number[N_BUCKETS];
    struct chunk_file *recent[N_RECENT]; /* each a reference: so many stay open */
    struct chunk *trash;
    void (*wake)(void *ctx); /* takes a lock of its own and signals */
    void *wake_ctx;
};

/* --- its life --- */

struct chunks *chunks_new(int folder_fd, const struct directory_options *options,
                          uint64_t next_file)
{
    struct chunks *c = cos_calloc(1, sizeof(*c));
    if (c != NULL) {
        c->refs = 1;
        c->folder_fd = folder_fd;
        c->step = options->step;
        c->step_ctx = options->step_ctx;
        c->budget = options->budget;
        c->next_file = next_file;
        (void)pthread_mutex_init(&c->lock, NULL);
    }
    return c;
}

static void unref(struct chunks *c)
{
    if (__atomic_sub_fetch(&c->refs, 1, __ATOMIC_ACQ_REL) == 0) {
        (void)pthread_mutex_destroy(&c->lock);
        cos_free(c);
    }
}

void chunks_on_trash(struct chunks *c, void (*wake)(void *ctx), void *ctx)
{
    (void)pthread_mutex_lock(&c->lock);
    c->wake = wake;
    c->wake_ctx = ctx;
    (void)pthread_mutex_unlock(&c->lock);
}

struct budget *chunks_budget(const struct chunks *c)
{
    return c->budget;
}

int chunks_step(const struct chunks *c, enum directory_step step)
{
    return c->step == NULL ? 0 : c->step(c->step_ctx, step);
}

enum backend_result chunks_failed(int number, const char *what, char reason[REASON_BYTES])
{
    bool is_room = number == ENOSPC || number == EDQUOT || number == EFBIG;
    (void)snprintf(reason, REASON_BYTES, "%s: %s", what, strerror(number));
    if (number == ENOMEM) {
        return BACKEND_NOMEM;
    }
    return is_room ? BACKEND_NO_ROOM : BACKEND_IO;
}

/* --- files --- */

void chunk_file_name(char out[FILE_NAME_BYTES], uint64_t number)
{
    (void)snprintf(out, FILE_NAME_BYTES, "%016llx", (unsigned long long)number);
}

bool chunk_file_number(const char *name, uint64_t *out)
{
    bool is_name = strlen(name) == FILE_NAME_BYTES - 1 &&
                   strspn(name, "0123456789abcdef") == FILE_NAME_BYTES - 1;
    if (is_name) {
        *out = strtoull(name, NULL, 16);
    }
    return is_name;
}

static struct chunk_file **find_file(struct chunks *c, uint64_t number)
{
    struct chunk_file **at = &c->by_number[number % N_BUCKETS];
    while (*at != NULL && (*at)->number != number) {
        at = &(*at)->next;
    }
    return at;
}

/* Under the lock. Not NULL: the last reference; close_file() it behind the lock. */
static struct chunk_file *let_go(struct chunks *c, struct chunk_file *file)
{
    if (file == NULL || --file->refs > 0) {
        return NULL;
    }
    *find_file(c, file->number) = file->next;
    return file;
}

static void close_file(struct chunk_file *file)
{
    if (file != NULL) {
        (void)close(file->fd);
        cos_free(file);
    }
}

void chunks_file_unref(struct chunks *c, struct chunk_file *file)
{
    (void)pthread_mutex_lock(&c->lock);
    file = let_go(c, file);
    (void)pthread_mutex_unlock(&c->lock);
    close_file(file);
}

static struct chunk_file *ref_file(struct chunks *c, uint64_t number)
{
    (void)pthread_mutex_lock(&c->lock);
    struct chunk_file *file = *find_file(c, number);
    if (file != NULL) {
        file->refs++;
    }
    (void)pthread_mutex_unlock(&c->lock);
    return file;
}

/* Take @fd into the table, with one reference for the caller and one that keeps it at hand. */
static struct chunk_file *add_file(struct chunks *c, uint64_t number, int fd)
{
    struct chunk_file *file = cos_malloc(sizeof(*file));
    if (file == NULL) {
        (void)close(fd);
        return NULL;
    }
    *file = (struct chunk_file){.owner = c, .number = number, .fd = fd, .refs = 2};
    (void)pthread_mutex_lock(&c->lock);
    struct chunk_file **at = find_file(c, number);
    struct chunk_file *other = *at;
    struct chunk_file *gone = file; /* another thread was faster */
    if (other == NULL) {
        *at = file;
        gone = let_go(c, c->recent[number % N_RECENT]);
        c->recent[number % N_RECENT] = file;
    } else {
        other->refs++;
        file = other;
    }
    (void)pthread_mutex_unlock(&c->lock);
    close_file(gone);
    return file;
}

/* NULL: *number is the error. */
static struct chunk_file *open_file(struct chunks *c, uint64_t file_number, int *number)
{
    struct chunk_file *file = ref_file(c, file_number);
    if (file != NULL) {
        return file;
    }
    *number = chunks_step(c, DIRECTORY_READ);
    if (*number != 0) {
        return NULL;
    }
    char name[FILE_NAME_BYTES];
    chunk_file_name(name, file_number);
    /* one that became a pipe makes nobody wait: it cannot be read at a place */
    int fd = openat(c->folder_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) {
        *number = errno;
        return NULL;
    }
    file = add_file(c, file_number, fd);
    *number = file == NULL ? ENOMEM : 0;
    return file;
}

static uint64_t take_number(struct chunks *c)
{
    (void)pthread_mutex_lock(&c->lock);
    uint64_t number = c->next_file++;
    (void)pthread_mutex_unlock(&c->lock);
    return number;
}

uint64_t chunks_next_file(struct chunks *c)
{
    (void)pthread_mutex_lock(&c->lock);
    uint64_t number = c->next_file;
    (void)pthread_mutex_unlock(&c->lock);
    return number;
}

struct chunk_file *chunks_file_new(struct chunks *c, int *number)
{
    int fd;
    uint64_t file_number;
    do { /* a name that is taken was left by a crash */
        char name[FILE_NAME_BYTES];
        file_number = take_number(c);
        if (file_number >= CHUNK_FILE_LIMIT) { /* a chunk's number would be another's */
            *number = EFBIG;
            return NULL;
        }
        chunk_file_name(name, file_number);
        fd = openat(c->folder_fd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    } while (fd < 0 && errno == EEXIST);
    if (fd < 0) {
        *number = errno;
        return NULL;
    }
    struct chunk_file *file = add_file(c, file_number, fd);
    if (file == NULL) {
        *number = ENOMEM;
        chunks_file_remove(c, file_number);
        return NULL;
    }
    file->is_unsure = true;
    return file;
}

int chunks_file_sync(const struct chunks *c, struct chunk_file *file)
{
    int number = chunks_step(c, DIRECTORY_SYNC);
    if (number == 0 && fdatasync(file->fd) < 0) {
        number = errno;
    }
    file->is_unsure = number != 0;
    return number;
}

int chunks_file_write(struct chunk_file *file, uint64_t at, const void *bytes, size_t n)
{
    file->is_unsure = true;
    for (size_t done = 0; done < n;) {
        ssize_t more =
            pwrite(file->fd, (const uint8_t *)bytes + done, n - done, (off_t)(at + done));
        if (more < 0 && errno != EINTR) {
            return errno;
        }
        done += more > 0 ? (size_t)more : 0;
    }
    return 0;
}

/* A blob of chunks_file_share() is. */
static void release_file(void *ctx)
{
    struct chunk_file *file = ctx;
    struct chunks *c = file->owner;
    chunks_file_unref(c, file);
    unref(c);
}

struct blob *chunks_file_share(struct chunk_file *file, uint64_t at, uint64_t n)
{
    struct chunks *c = file->owner;
    struct blob_chunk place = {
        .fd = file->fd, .offset = at, .bytes = n, .release = release_file, .ctx = file};
    struct blob *b = blob_of_chunk(&place, /* budget= */ NULL);
    if (b != NULL) {
        (void)pthread_mutex_lock(&c->lock);
        file->refs++;
        (void)pthread_mutex_unlock(&c->lock);
        __atomic_add_fetch(&c->refs, 1, __ATOMIC_RELAXED);
    }
    return b;
}

void chunks_file_remove(struct chunks *c, uint64_t number)
{
    char name[FILE_NAME_BYTES];
    (void)pthread_mutex_lock(&c->lock);
    struct chunk_file **recent = &c->recent[number % N_RECENT];
    struct chunk_file *gone = NULL;
    if (*recent != NULL && (*recent)->number == number) {
        gone = let_go(c, *recent);
        *recent = NULL;
    }
    (void)pthread_mutex_unlock(&c->lock);
    close_file(gone);
    chunk_file_name(name, number);
    (void)unlinkat(c->folder_fd, name, 0); /* what stays, the next start's sweeper finds */
}

/* --- chunks --- */

static struct chunk **find_chunk(struct chunks *c, uint64_t id)
{
    /* those of a segment differ in their low bits, files of their own in their high ones */
    uint64_t mixed = (id ^ id >> CHUNK_OFFSET_BITS) * 0x9e3779b97f4a7c15u;
    struct chunk **at = &c->by_id[mixed >> 54];
    while (*at != NULL && (*at)->id != id) {
        at = &(*at)->next;
    }
    return at;
}

/* A blob is done with it. */
static void release(void *ctx)
{
    struct chunk *chunk = ctx;
    struct chunks *c = chunk->owner;
    (void)pthread_mutex_lock(&c->lock);
    if (--chunk->refs > 0) {
        (void)pthread_mutex_unlock(&c->lock);
        return;
    }
    *find_chunk(c, chunk->id) = chunk->next;
    chunk->file->n_chunks--;
    struct chunk_file *gone = let_go(c, chunk->file);
    chunk->file = NULL;
    if (!chunk->is_stored && !c->is_closed) {
        chunk->next = c->trash;
        c->trash = chunk;
        chunk = NULL;
        if (c->wake != NULL) {
            c->wake(c->wake_ctx);
        }
    }
    (void)pthread_mutex_unlock(&c->lock);
    close_file(gone);
    cos_free(chunk);
    unref(c);
}

/* Under the lock: one user more of the one that has this number. */
static struct chunk *ref_chunk(struct chunks *c, uint64_t id)
{
    struct chunk *chunk = *find_chunk(c, id);
    if (chunk != NULL) {
        chunk->refs++;
    }
    return chunk;
}

/* With a reference for the caller; takes @file's. NULL: no memory. */
static struct chunk *add_chunk(struct chunks *c, struct chunk_file *file,
                               const struct chunk *what)
{
    struct chunk *chunk = cos_malloc(sizeof(*chunk));
    (void)pthread_mutex_lock(&c->lock);
    struct chunk *other = ref_chunk(c, what->id);
    struct chunk_file *gone = NULL;
    if (chunk == NULL || other != NULL) {
        gone = let_go(c, file);
    } else {
        *chunk = *what;
        chunk->file = file;
        chunk->owner = c;
        chunk->refs = 1;
        chunk->next = NULL;
        file->n_chunks++;
        *find_chunk(c, chunk->id) = chunk;
        __atomic_add_fetch(&c->refs, 1, __ATOMIC_RELAXED);
    }
    (void)pthread_mutex_unlock(&c->lock);
    close_file(gone);
    if (other != NULL) {
        cos_free(chunk);
        return other;
    }
    return chunk;
}

/* With a reference for the caller. NULL: *number is the error. */
static struct chunk *get_chunk(struct chunks *c, uint64_t id, int *number)
{
    (void)pthread_mutex_lock(&c->lock);
    struct chunk *chunk = ref_chunk(c, id);
    (void)pthread_mutex_unlock(&c->lock);
    if (chunk != NULL) {
        return chunk;
    }
    struct chunk_file *file = open_file(c, chunk_file(id), number);
    if (file == NULL) {
        return NULL;
    }
    chunk = add_chunk(c, file, &(struct chunk){.id = id, .is_stored = true});
    *number = chunk == NULL ? ENOMEM : 0;
    return chunk;
}

/* Takes the reference to @chunk. */
static struct blob *blob_of(struct chunk *chunk, uint64_t offset, uint64_t bytes)
{
    struct blob_chunk place = {.fd = chunk->file->fd,
                               .offset = chunk_offset(chunk->id) + offset,
                               .bytes = bytes,
                               .release = release,
                               .ctx = chunk};
    struct blob *b = blob_of_chunk(&place, /* budget= */ NULL);
    if (b == NULL) {
        release(chunk);
    }
    return b;
}

static struct blob *join(struct blob **parts, size_t n)
{
    struct blob *all = n == 1 ? blob_ref(parts[0]) : blob_concat(parts, n);
    for (size_t i = 0; i < n; i++) {
        blob_unref(parts[i]);
    }
    return all;
}

enum backend_result chunks_blob(struct chunks *c, struct cos_span pieces, struct blob **out,
                                char reason[REASON_BYTES])
{
    if (!pieces_valid(pieces)) {
        (void)snprintf(reason, REASON_BYTES, "rows.db: a row's list of chunks is garbled");
        return BACKEND_IO;
    }
    size_t n = pieces_count(pieces);
    struct blob *one;
    struct blob **parts = n == 1 ? &one : cos_calloc(n, sizeof(struct blob *));
    int number = parts == NULL ? ENOMEM : 0;
    size_t done = 0;
    for (; number == 0 && done < n; done++) {
        struct piece_place p = pieces_at(pieces, done);
        struct chunk *chunk = get_chunk(c, p.chunk, &number);
        if (chunk == NULL) {
            break;
        }
        parts[done] = blob_of(chunk, p.offset, p.bytes);
        if (parts[done] == NULL) {
            number = ENOMEM;
            break;
        }
    }
    struct blob *all = parts == NULL ? NULL : join(parts, done);
    if (n != 1) {
        cos_free(parts);
    }
    if (number == 0 && all != NULL) {
        *out = all;
        return BACKEND_OK;
    }
    blob_unref(all);
    return chunks_failed(number == 0 ? ENOMEM : number, "a file of chunks/", reason);
}

struct chunk *chunks_own(const struct chunks *c, const struct blob_chunk *b)
{
    struct chunk *chunk = b != NULL && b->release == release ? b->ctx : NULL;
    return chunk != NULL && chunk->owner == c ? chunk : NULL;
}

struct blob *chunks_blob_of_file(struct chunks *c, struct chunk_file *file, uint64_t bytes)
{
    uint64_t number = file->number;
    struct chunk *chunk =
        add_chunk(c, file,
                  &(struct chunk){.id = chunk_id(number, /* offset= */ 0), .bytes = bytes});
    if (chunk == NULL) {
        chunks_file_remove(c, number);
        return NULL;
    }
    return blob_of(chunk, /* offset= */ 0, bytes);
}

void chunks_stored(struct chunks *c, struct chunk *chunk)
{
    (void)pthread_mutex_lock(&c->lock);
    chunk->is_stored = true;
    (void)pthread_mutex_unlock(&c->lock);
}

bool chunks_unstored(struct chunks *c, uint64_t id, uint64_t bytes)
{
    (void)pthread_mutex_lock(&c->lock);
    struct chunk *chunk = *find_chunk(c, id);
    if (chunk != NULL) {
        chunk->is_stored = false;
        chunk->bytes = bytes;
    }
    (void)pthread_mutex_unlock(&c->lock);
    return chunk != NULL;
}

bool chunks_file_in_use(struct chunks *c, uint64_t number)
{
    (void)pthread_mutex_lock(&c->lock);
    const struct chunk_file *file = *find_file(c, number);
    bool is_used = file != NULL && file->n_chunks > 0;
    (void)pthread_mutex_unlock(&c->lock);
    return is_used;
}

struct chunk *chunks_take_trash(struct chunks *c)
{
    (void)pthread_mutex_lock(&c->lock);
    struct chunk *trash = c->trash;
    c->trash = NULL;
    (void)pthread_mutex_unlock(&c->lock);
    return trash;
}

void chunks_close(struct chunks *c)
{
    if (c == NULL) {
        return;
    }
    struct chunk_file *gone[N_RECENT];
    (void)pthread_mutex_lock(&c->lock);
    c->is_closed = true;
    c->wake = NULL;
    for (size_t i = 0; i < N_RECENT; i++) {
        gone[i] = let_go(c, c->recent[i]);
        c->recent[i] = NULL;
    }
    struct chunk *trash = c->trash;
    c->trash = NULL;
    (void)pthread_mutex_unlock(&c->lock);
    for (size_t i = 0; i < N_RECENT; i++) {
        close_file(gone[i]);
    }
    while (trash != NULL) {
        struct chunk *next = trash->next;
        cos_free(trash);
        trash = next;
    }
    unref(c);
}
