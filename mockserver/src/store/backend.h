/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a store is to those above it: ordered rows, some of them with bytes beside them, and one
 * way to change them. A backend knows keys and values, not buckets and objects. Every backend
 * holds one contract, which tests/test-backend.c asks of all of them.
 *
 * Rows are immutable and counted: who has a row reads it in place and without a lock, for as
 * long as he likes; a batch that replaces it meanwhile tears nothing. Readers see batches that
 * are done, and nothing of one that is under way. Any thread may call a backend.
 */
#ifndef STORE_BACKEND_H
#define STORE_BACKEND_H

#include "store/blob.h"

/* --- rows --- */

struct row {
    int refs; /* atomic */
    uint32_t key_bytes, value_bytes;
    struct blob *blob;     /* NULL: no bytes */
    struct budget *budget; /* what pays for it; NULL: nobody */
    /* What a reader made of it once: opaque here, freed with the row. Atomic. */
    void *memo;
    void (*memo_free)(void *memo);
    uint8_t bytes[]; /* the key, then the value */
};
/**
 * One reference. Takes the reference to @blob; one without bytes is as none. NULL: no memory,
 * or 4 GiB and more of a key or value; the blob is given back then.
 */
struct row *row_new(struct cos_span key, struct cos_span value, struct blob *blob,
                    struct budget *budget);
struct row *row_ref(struct row *row);
struct row *row_unref(struct row *row);
struct cos_span row_key(const struct row *row);
struct cos_span row_value(const struct row *row);
/**
 * What a row costs beside its blob, its place in an index included: its budget pays for that.
 */
size_t row_cost(const struct row *row);
/** A row that nobody pays for yet, and that one thread holds: from now on @budget does. */
void row_charge(struct row *row, struct budget *budget);

/* --- batches --- */

enum backend_result {
    BACKEND_OK = 0,
    BACKEND_ABSENT = -1,     /* no such row */
    BACKEND_UNEXPECTED = -2, /* an expectation did not hold: nothing was changed */
    BACKEND_NOMEM = -3,
    /* The disk is full, a quota or a limit is reached: it may work later. */
    BACKEND_NO_ROOM = -4,
    BACKEND_IO = -5, /* the disk fails, is read-only, or what it holds is damaged */
};

/* What has to hold at the moment of the commit. */
enum expectation_kind {
    EXPECT_ABSENT,  /* no row of this key */
    EXPECT_PRESENT, /* a row of this key */
    EXPECT_SAME,    /* a row of this key, and its value is this one */
    EXPECT_EMPTY,   /* no row whose key begins with this */
};

/*
 * One step of the world: all of it happens, or none. A batch is one thread's until it is
 * committed, and copies what it is given. Calls after a failed allocation do nothing; the
 * commit then says BACKEND_NOMEM.
 */
struct batch;
struct batch *batch_new(void);             /* NULL: no memory */
struct batch *batch_free(struct batch *b); /* one that will not be committed; NULL is fine */
/**
 * Asked of what is there before the batch. @value of EXPECT_SAME only. @tag comes back when the
 * expectation fails, to tell which one it was.
 */
void batch_expect(struct batch *b, enum expectation_kind kind, struct cos_span key,
                  struct cos_span value, int tag);
/**
 * Takes the reference to @blob. Changes happen in the order of the calls: the last one counts.
 */
void batch_put(struct batch *b, struct cos_span key, struct cos_span value, struct blob *blob);
void batch_delete(struct batch *b, struct cos_span key); /* fine when there is none */
/** What belongs into it could not be made: as a failed allocation. */
void batch_fail(struct batch *b);
/** Every row whose key begins with @prefix, as of the commit. */
void batch_delete_all(struct batch *b, struct cos_span prefix);

/* What is in a batch, in the order of the calls; borrowed. For backends and their observers. */
struct change {
    struct cos_span key; /* of a row, or the prefix of many */
    struct row *row;     /* NULL: deleted */
    bool is_prefix;
    /* What the batch carries along for an observer: opaque here, freed with the batch. */
    void *carried;
    void (*carried_free)(void *carried);
};
size_t batch_size(const struct batch *b);
struct change batch_change(const struct batch *b, size_t i);
/** Takes @carried. What that change carried before is freed. */
void batch_carry(struct batch *b, size_t i, void *carried, void (*carried_free)(void *carried));
struct expectation {
    enum expectation_kind kind;
    int tag;
    struct cos_span key, value;
};
size_t batch_n_expectations(const struct batch *b);
struct expectation batch_expectation(const struct batch *b, size_t i);
bool batch_failed(
    const struct batch *b); /* an allocation: there is less in it than was asked for */

/*
 * Rows that come while a batch is committed, one at a time: more than anybody wants to hold at
 * once. On the committing thread; borrowed until the commit is done.
 */
struct row_source {
    /** The next one is the first one: a commit may be tried more than once. */
    void (*rewind)(struct row_source *s);
    /**
     * *out: a reference. ABSENT: that was the last one. What else than OK it says the commit
     * says, with @reason, and nothing was changed.
     */
    enum backend_result (*next)(struct row_source *s, struct row **out, char reason[160]);
};
/**
 * All rows of @source are put behind the other changes; one source a batch. Observers are not
 * told of them.
 */
void batch_pour(struct batch *b, struct row_source *source);
struct row_source *batch_source(const struct batch *b); /* NULL: none */

struct commit {
    /* From the caller: told once, on any thread, when commit() answered false. */
    void (*done)(struct commit *c);
    void *ctx;
    /* To the caller. */
    enum backend_result result;
    int tag;          /* BACKEND_UNEXPECTED: of the first expectation that did not hold */
    char reason[160]; /* BACKEND_NO_ROOM, BACKEND_IO: a sentence for people, no secret in it */
};

/* --- walks --- */

enum scan_next {
    SCAN_NEXT,
    SCAN_STOP,
    SCAN_SEEK, /* go on at the first row not before *seek, which is greater than this key */
};
/**
 * @row borrowed: take a reference to keep it. @seek: a buffer of the visitor's, read when he
 * returns. He may not call the backend: it is locked.
 */
typedef enum scan_next scan_visit(void *ctx, struct row *row, struct cos_span *seek);

/* --- the backend --- */

struct backend;
struct backend_ops {
    const char *name; /* "memory", "directory" */
    /**
     * Bytes that a batch will put. @expected_bytes 0: unknown. NULL: no memory. The writer is
     * one thread's; a blob that no batch puts is gone with its last reference.
     */
    struct blob_writer *(*blob_writer)(struct backend *b, uint64_t expected_bytes);
    /** ABSENT when there is none. *out: a reference. */
    enum backend_result (*get)(struct backend *b, struct cos_span key, struct row **out);
    /**
     * Every row with @from <= key and, when @until is not empty, key < @until, in order of
     * memcmp. One state: no batch happens meanwhile.
     */
    enum backend_result (*scan)(struct backend *b, struct cos_span from, struct cos_span until,
                                scan_visit *visit, void *ctx);
    /**
     * Takes the batch. True: it is done, and *c tells how; c->done is not called. False: it is
     * under way, *c stays the backend's until it has called c->done. Batches happen one behind
     * the other, those of a thread in the order of its calls. BACKEND_OK means kept: it
     * outlives what the backend promises to outlive.
     */
    bool (*commit)(struct backend *b, struct batch *batch, struct commit *c);
    /**
     * The caller sees to it that nobody uses it any more. Rows and blobs that are held stay
     * good.
     */
    struct backend *(*free)(struct backend *b);
};
struct backend {
    const struct backend_ops *ops;
    bool is_immediate; /* commit() always answers true */
    /*
     * Sees every batch that has happened, in order, before anybody is told that it is done; on
     * the committing thread. It may read the backend, which has the batch by then, but not
     * commit. Set before the first commit; NULL: nobody.
     */
    void (*observe)(void *ctx, const struct batch *batch);
    void *observe_ctx;
};

/** In memory; @budget pays for rows and bytes (NULL: nobody does). NULL: no memory. */
struct backend *backend_memory_new(struct budget *budget);
/** Commit, and wait for it: @c->done and ctx are set here. */
enum backend_result backend_commit(struct backend *b, struct batch *batch, struct commit *c);

#endif
