/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A data directory: the second backend (store/backend.h), for all tenants of a process. Rows
 * lie in a database, bodies beside it in files; docs/internals/store.md says how, and what
 * outlives what.
 *
 *     cosmock-data    whose directory this is, and its format
 *     lock            who uses it
 *     rows.db         rows, and who uses which bytes; -wal and -shm beside it belong to it
 *     kept            how far their log was acknowledged
 *     slack           room that a full disk has for deletions
 *     chunks/         bodies: small ones in segments, large ones in files of their own
 *
 * Threads: any, but for open and close.
 */
#ifndef STORE_DIRECTORY_H
#define STORE_DIRECTORY_H

#include "store/backend.h"

enum directory_refusal {
    DIRECTORY_FOREIGN = 1, /* somebody else's files */
    DIRECTORY_NEWER,       /* of a later cosmock */
    DIRECTORY_DAMAGED,
    DIRECTORY_HELD,     /* by another process, or by this one */
    DIRECTORY_UNUSABLE, /* no right, no room, no directory; the system says no */
    DIRECTORY_NO_MEMORY,
};
struct directory_error {
    enum directory_refusal kind;
    /* Names the file, what is wrong and what would be right. */
    char message[512];
};

/* What the disk is asked for, in the order of a group of batches. */
enum directory_step {
    DIRECTORY_SPOOL,       /* some bytes of a large body, while they come */
    DIRECTORY_APPEND,      /* the small bodies of a group, to a segment */
    DIRECTORY_SYNC,        /* a file of chunks/ to the disk (power) */
    DIRECTORY_SYNC_FOLDER, /* the names in chunks/ to the disk (power) */
    DIRECTORY_COMMIT,      /* the rows */
    DIRECTORY_COMMITTED,   /* nothing is asked: it is kept, and nobody knows yet */
    DIRECTORY_READ,        /* a body, or a file of bodies to be opened */
    DIRECTORY_FREE,        /* the room of what is deleted, back to the disk */
};

struct directory_options {
    /* What is acknowledged outlives the power. False: the process. */
    bool survives_power;
    /* One that is not there yet is refused, and not made. */
    bool must_exist;
    /* Look for what a crash left behind, once, in a thread of its own. */
    bool has_sweeper;
    uint64_t cache_bytes; /* rows and small bodies in memory; 0: none */
    /* Pays for small bodies on their way in; NULL: nobody does. */
    struct budget *budget;
    /*
     * Asked before each step: 0, or the error (ENOSPC, ...) with which it fails. For tests.
     * NULL: nobody. On any thread.
     */
    int (*step)(void *ctx, enum directory_step step);
    void *step_ctx;
};
#define DIRECTORY_OPTIONS_DEFAULT \
    ((struct directory_options){.has_sweeper = true, .cache_bytes = (uint64_t)64 << 20})

struct directory;
/**
 * Make @path, with its parents, or take it when it is one of ours. One that is not is refused
 * before anything in it is changed. NULL: *err says why.
 */
struct directory *directory_open(const char *path, const struct directory_options *options,
                                 struct directory_error *err);
/**
 * Nobody uses its backends any more; they are freed. Rows and blobs that are held stay good.
 */
struct directory *directory_close(struct directory *d);

/**
 * What holds for a tenant, with a space of its own for keys. Made when it is new. NULL: *c
 * says why.
 */
struct backend *directory_backend(struct directory *d, struct cos_span tenant,
                                  struct commit *c);
/** Each tenant's name, in the order they came. */
enum backend_result directory_tenants(struct directory *d,
                                      void (*visit)(void *ctx, struct cos_span tenant),
                                      void *ctx, struct commit *c);
/**
 * Everything of @tenant, in one step; nobody uses its backend any more. ABSENT: none of that
 * name.
 */
enum backend_result directory_drop(struct directory *d, struct cos_span tenant,
                                   struct commit *c);

/**
 * The last thing that failed while something was read: a sentence for people; "" when nothing
 * did.
 */
void directory_trouble(struct directory *d, char out[sizeof(((struct commit *)NULL)->reason)]);
/** What a crash left is gone, as far as it can be found. */
void directory_wait_for_sweep(struct directory *d);

#endif
