/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes of objects: immutable and counted. A blob consists of pieces; a piece lies in memory or
 * in a file, in what is called a chunk there. Who joins blobs or cuts them shares the pieces.
 */
#ifndef STORE_BLOB_H
#define STORE_BLOB_H

#include "cosbase/span.h"
#include "store/budget.h"

/* --- blobs; any thread --- */

struct blob;
struct blob *blob_ref(struct blob *b);
struct blob *blob_unref(struct blob *b);
/** The memory of what nobody refers to any more; of struct budget's later() alone. */
void blob_end(struct blob *b);
uint64_t blob_bytes(const struct blob *b);
/** Contiguous bytes in memory at @offset; NULL, *n 0: at the end, or they lie in a file. */
const void *blob_peek(const struct blob *b, uint64_t offset, size_t *n);
/**
 * The bytes at @offset lie in a file: at *at of *fd, and *n follow there. The descriptor is
 * good as long as the blob. False: at the end, or they lie in memory.
 */
bool blob_file(const struct blob *b, uint64_t offset, int *fd, uint64_t *at, uint64_t *n);
/**
 * Copy @n bytes out, wherever they lie; fewer only when the blob ends. Returns how many, 0 at
 * the end, or -errno of the file (-EIO: it ends before its chunk does).
 */
COS_MUST_CHECK int64_t blob_read(const struct blob *b, uint64_t offset, void *buf, size_t n);
/** Call @visit with all bytes in their order, a piece at a time, wherever they lie. 0, or
 *  -errno of the file. */
COS_MUST_CHECK int blob_each(const struct blob *b,
                             void (*visit)(void *ctx, const void *bytes, size_t n), void *ctx);
/** Both share the pieces. NULL: no memory. A slice is clipped at the end. */
struct blob *blob_concat(struct blob *const parts[], size_t n);
struct blob *blob_slice(struct blob *b, uint64_t offset, uint64_t n);

/* --- chunks: bytes in a file --- */

struct blob_chunk {
    int fd;
    uint64_t offset; /* in the file */
    uint64_t bytes;  /* not 0 */
    /* Told once, when no blob shares them any more; on any thread. NULL: nobody is. */
    void (*release)(void *ctx);
    void *ctx;
};
/**
 * A blob of one chunk; @budget pays for the structs, not for the bytes. NULL: no memory, and
 * release() is not called.
 */
struct blob *blob_of_chunk(const struct blob_chunk *chunk, struct budget *budget);
/** Of the bytes at @offset, borrowed; NULL: at the end, or they lie in memory. */
const struct blob_chunk *blob_chunk(const struct blob *b, uint64_t offset);

/* --- writers; one thread --- */

enum {
    BLOB_NO_MEMORY = -1,
    BLOB_OVER_BUDGET = -2,
    BLOB_NO_ROOM = -3, /* the disk is full, or a quota is */
    BLOB_IO = -4,      /* the disk fails or is read-only */
};

struct blob_writer;
/**
 * Into memory. @expected_bytes 0: unknown. @budget pays for the bytes, until the last blob that
 * shares them is gone; NULL: nobody does.
 */
struct blob_writer *blob_writer_new(uint64_t expected_bytes, struct budget *budget);
COS_MUST_CHECK int blob_writer_add(struct blob_writer *w, const void *bytes, size_t n);
uint64_t blob_writer_bytes(const struct blob_writer *w); /* so far */
/** Of the system, behind BLOB_NO_ROOM and BLOB_IO; 0: none is known. */
int blob_writer_error(const struct blob_writer *w);
/** What was added from @from on, while more is: a blob that shares it. NULL: no memory, or it
 *  cannot be shared. */
struct blob *blob_writer_share(const struct blob_writer *w, uint64_t from);
bool blob_writer_can_share(const struct blob_writer *w);
/** NULL: no memory. Frees the writer in any case. */
struct blob *blob_writer_done(struct blob_writer *w);
struct blob_writer *blob_writer_free(struct blob_writer *w);

/** Give back the segments that @budget has at hand; nobody writes with it any more. */
void blob_spares_drop(struct budget *budget);

/* Where a backend keeps bytes its own way: what its writer does instead. */
struct blob_sink {
    int (*add)(struct blob_sink *s, const void *bytes, size_t n); /* 0, or BLOB_... */
    /* As blob_writer_done(): what can fail but memory has failed in add(). */
    struct blob *(*done)(struct blob_sink *s);
    void (*free)(struct blob_sink *s); /* not called behind done() */
    /* As blob_writer_share(); @from is less than what was added. NULL: it cannot. */
    struct blob *(*share)(struct blob_sink *s, uint64_t from);
    int error; /* of the system, when add() says BLOB_NO_ROOM or BLOB_IO */
};
/** Takes the sink. NULL: no memory, and the sink is freed. */
struct blob_writer *blob_writer_to(struct blob_sink *sink);

#endif
