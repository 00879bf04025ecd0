/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A body on its way in. Small ones wait in memory for the writer, who appends those of a whole
 * group at once; what grows large goes to a file of its own while it comes, and costs no more
 * memory; what has come of it can be read there. Nobody but this body uses the file until a row
 * names it.
 */
#include "store/directory_chunks.h"

#include "cosbase/alloc.h"

#include <errno.h>

struct spool {
    struct blob_sink sink;
    struct chunks *chunks;
    struct blob_writer *memory; /* or */
    struct chunk_file *file;
    uint64_t bytes;
};

static int blob_error(int number)
{
    char ignored[REASON_BYTES];
    switch (number == 0 ? BACKEND_OK : chunks_failed(number, "", ignored)) {
    case BACKEND_OK:
        return 0;
    case BACKEND_NOMEM:
        return BLOB_NO_MEMORY;
    case BACKEND_NO_ROOM:
        return BLOB_NO_ROOM;
    default:
        return BLOB_IO;
    }
}

/* 0 or the error of the system. */
static int write_file(struct spool *s, const void *bytes, size_t n)
{
    int number = chunks_step(s->chunks, DIRECTORY_SPOOL);
    if (number == 0) {
        number = chunks_file_write(s->file, s->bytes, bytes, n);
    }
    s->bytes += number == 0 ? n : 0;
    return number;
}

/* What was small has become large. */
static int move_to_file(struct spool *s)
{
    int number = 0;
    s->file = chunks_file_new(s->chunks, &number);
    if (s->file == NULL) {
        return number;
    }
    struct blob *b = blob_writer_done(s->memory);
    s->memory = NULL;
    if (b == NULL) {
        return ENOMEM;
    }
    size_t n;
    const void *bytes;
    s->bytes = 0;
    while (number == 0 && (bytes = blob_peek(b, s->bytes, &n)) != NULL) {
        number = write_file(s, bytes, n);
    }
    blob_unref(b);
    return number;
}

static int add(struct blob_sink *sink, const void *bytes, size_t n)
{
    struct spool *s = (struct spool *)sink;
    if (s->file == NULL && s->bytes + n < CHUNK_OWN_FILE_BYTES) {
        s->bytes += n;
        return blob_writer_add(s->memory, bytes, n);
    }
    int number = s->file == NULL ? move_to_file(s) : 0;
    sink->error = number != 0 ? number : write_file(s, bytes, n);
    return blob_error(sink->error);
}

static struct blob *share(struct blob_sink *sink, uint64_t from)
{
    const struct spool *s = (const struct spool *)sink;
    return s->file == NULL ? blob_writer_share(s->memory, from)
                           : chunks_file_share(s->file, from, s->bytes - from);
}

static void discard(struct blob_sink *sink)
{
    struct spool *s = (struct spool *)sink;
    blob_writer_free(s->memory);
    if (s->file != NULL) {
        uint64_t number = s->file->number;
        chunks_file_unref(s->chunks, s->file);
        chunks_file_remove(s->chunks, number);
    }
    cos_free(s);
}

static struct blob *done(struct blob_sink *sink)
{
    struct spool *s = (struct spool *)sink;
    struct blob *b = s->file != NULL ? chunks_blob_of_file(s->chunks, s->file, s->bytes)
                                     : blob_writer_done(s->memory);
    cos_free(s);
    return b;
}

struct blob_writer *chunks_spool(struct chunks *c, uint64_t expected_bytes)
{
    struct spool *s = cos_malloc(sizeof(*s));
    if (s == NULL) {
        return NULL;
    }
    uint64_t in_memory =
        expected_bytes < CHUNK_OWN_FILE_BYTES ? expected_bytes : CHUNK_OWN_FILE_BYTES;
    *s = (struct spool){.sink = {.add = add, .done = done, .free = discard, .share = share},
                        .chunks = c,
                        .memory = blob_writer_new(in_memory, chunks_budget(c))};
    if (s->memory == NULL) {
        cos_free(s);
        return NULL;
    }
    return blob_writer_to(&s->sink);
}
