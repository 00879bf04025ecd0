/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of bodies, and which of their chunks are in use in memory. A chunk's room is the disk's
 * again when no row uses it (the writer knows) and no blob does (known here).
 */
#ifndef STORE_DIRECTORY_CHUNKS_H
#define STORE_DIRECTORY_CHUNKS_H

#include "store/directory.h"
#include "store/directory_pieces.h"

#define FILE_NAME_BYTES 17 /* 16 hex digits and a NUL */
#define REASON_BYTES sizeof(((struct commit *)NULL)->reason)

struct chunk_file {
    struct chunk_file *next; /* in its bucket */
    struct chunks *owner;
    uint64_t number;
    int fd;
    unsigned refs;     /* chunks, and who writes to it or has it at hand; under the lock */
    unsigned n_chunks; /* in use; under the lock */
    bool is_unsure;    /* the disk may not have all of it; who writes to it alone knows */
};
/* In use by blobs. */
struct chunk {
    struct chunk *next; /* in its bucket, or in the trash */
    struct chunks *owner;
    struct chunk_file *file;
    uint64_t id;
    uint64_t bytes; /* 0: as many as its row of the database says */
    unsigned refs;  /* blobs; under the lock */
    bool is_stored; /* rows use it; under the lock */
};
struct chunks;

/**
 * @folder_fd borrowed until chunks_close(). Files get numbers from @next_file on. NULL: no
 * memory.
 */
struct chunks *chunks_new(int folder_fd, const struct directory_options *options,
                          uint64_t next_file);
/** Blobs stay good; nothing is given back to the disk any more. */
void chunks_close(struct chunks *c);
/** @wake is told, on any thread, that there is trash. */
void chunks_on_trash(struct chunks *c, void (*wake)(void *ctx), void *ctx);

/** Ask the options' step: 0 or the error. */
struct budget *chunks_budget(const struct chunks *c);
int chunks_step(const struct chunks *c, enum directory_step step);
/** What an error of the system means, and a sentence for people. */
enum backend_result chunks_failed(int number, const char *what, char reason[REASON_BYTES]);

/** The bytes that @pieces name, in files. Says why in @reason. */
enum backend_result chunks_blob(struct chunks *c, struct cos_span pieces, struct blob **out,
                                char reason[REASON_BYTES]);
/** The chunk behind @b, when it is one of @c; NULL otherwise. */
struct chunk *chunks_own(const struct chunks *c, const struct blob_chunk *b);

/* --- files --- */
/** A new, empty one. NULL: *number is the error. */
struct chunk_file *chunks_file_new(struct chunks *c, int *number);
void chunks_file_unref(struct chunks *c, struct chunk_file *file);
/** All of it has reached the disk. 0, or the error. */
int chunks_file_sync(const struct chunks *c, struct chunk_file *file);
/** All at @at, or the error. */
int chunks_file_write(struct chunk_file *file, uint64_t at, const void *bytes, size_t n);
/**
 * @n bytes at @at, which were written: a blob that holds the file open and is no chunk of a
 * row. NULL: no memory.
 */
struct blob *chunks_file_share(struct chunk_file *file, uint64_t at, uint64_t n);
/** No row uses it: away with it. */
void chunks_file_remove(struct chunks *c, uint64_t number);
/** The number that the next file gets. */
uint64_t chunks_next_file(struct chunks *c);
void chunk_file_name(char out[FILE_NAME_BYTES], uint64_t number);
/** False: not the name of a file of chunks. */
bool chunk_file_number(const char *name, uint64_t *out);

/* --- chunks --- */
/**
 * All of a new @file, whose reference it takes: a blob that no row uses yet. NULL: no memory.
 */
struct blob *chunks_blob_of_file(struct chunks *c, struct chunk_file *file, uint64_t bytes);
/** Rows use it. */
void chunks_stored(struct chunks *c, struct chunk *chunk);
/** No row uses it any more; @bytes is all of it. True: blobs do. */
bool chunks_unstored(struct chunks *c, uint64_t id, uint64_t bytes);
/** Blobs use some of it. */
bool chunks_file_in_use(struct chunks *c, uint64_t number);
/** Those that neither rows nor blobs use, linked; the caller frees each. */
struct chunk *chunks_take_trash(struct chunks *c);

/* --- directory_spool.c --- */
/** Bytes of a body: in memory as long as they are few, then in a file of their own. */
struct blob_writer *chunks_spool(struct chunks *c, uint64_t expected_bytes);
#define CHUNK_OWN_FILE_BYTES ((uint64_t)1 << 20)

#endif
