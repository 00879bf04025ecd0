/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcosmock: a mock of Tencent Cloud COS and STS that enforces. One include for everything.
 * Promise: may change before 1.0.
 *
 * A cosmock holds tenants and listeners. A tenant is one test's whole universe: accounts, keys,
 * policies, buckets, STS state, clocks, faults, journal; it is made in microseconds and dropped
 * whole. Bucket names and secret ids are unique in one cosmock: a request finds its tenant by
 * bucket, else by secret id, else goes to the first tenant ever made.
 *
 * Errors:  COSMOCK_E_NOMEM may come from every fallible call; the comments name what else may.
 * Threads: every function may be called from any thread unless it says otherwise; an exchange
 * is for one thread at a time.
 */
#ifndef COSMOCK_COSMOCK_H
#define COSMOCK_COSMOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(COSMOCK_BUILD_SHARED)
#define COSMOCK_API __attribute__((visibility("default")))
#else
#define COSMOCK_API
#endif

/* An options struct of which only the size is set, in either language: before C++20 there are
 * no designators. */
#ifdef __cplusplus
#define COSMOCK_SIZED_INIT(type)    \
    ([] {                           \
        type sized = {};            \
        sized.size = sizeof(sized); \
        return sized;               \
    }())
#else
#define COSMOCK_SIZED_INIT(type) \
    {                            \
        .size = sizeof(type)     \
    }
#endif

struct cosmock;
struct cosmock_tenant;

enum cosmock_status {
    COSMOCK_OK = 0,
    /* argument, world, policy: message says file, line, key, what would be right */
    COSMOCK_E_INVALID = -1,
    COSMOCK_E_NOMEM = -2,
    COSMOCK_E_IO = -3,
    COSMOCK_E_EXISTS = -4, /* a bucket name or secret id is taken, in this or another tenant */
    COSMOCK_E_NOT_FOUND = -5,
    COSMOCK_E_BUSY = -6, /* another process, another mock of this one, or a request uses it */
};
/* Caller-owned, untouched on success, complete on failure; may be NULL everywhere. */
struct cosmock_error {
    enum cosmock_status status;
    char message[512];
};

/* What an acknowledgment outlives, when there is a data directory. */
enum cosmock_durability {
    COSMOCK_DURABILITY_PROCESS, /* the process, however it ends */
    COSMOCK_DURABILITY_POWER,   /* the power, too; each writing request waits for the disk */
};
struct cosmock_options {
    size_t size;
    uint64_t max_body_bytes; /* of one request; 0: 5 GiB as the service */
    /* entries kept per tenant, oldest dropped and counted; 0: 65536. They have an eighth of the
     * memory limit at most */
    size_t journal_max;
    void (*log)(void *ctx, int level, const char *area, const char *line); /* NULL: silent */
    void *log_ctx;
    /* A tenant ends, by itself or with the mock: the last chance to read its journal. From any
     * thread, several at once; NULL. */
    void (*tenant_ends)(void *ctx, struct cosmock_tenant *tenant);
    void *tenant_ends_ctx;
    /* What clients may make it keep: objects, parts, bodies under way, of all tenants; what
     * would be more is answered 503 ServiceUnavailable. 0: half of what the machine, its
     * container or the process may have. */
    uint64_t memory_limit_bytes;
    /*
     * A directory that keeps the tenants: made when it is not there, else all tenants in it are
     * opened, and go on from where they were (docs/DATA.md). NULL: everything is in memory, and
     * gone at the end. With it the memory limit bounds what is on its way to the disk, and a
     * quarter of it (1 GiB at most) keeps what was read.
     */
    const char *data_dir;
    enum cosmock_durability durability;
};
#define COSMOCK_OPTIONS_INIT COSMOCK_SIZED_INIT(struct cosmock_options)
/**
 * A mock without listeners; without tenants, too, but for those of its data directory.
 *
 * @options     NULL: all defaults; strings are borrowed until cosmock_free()
 * Errors:      COSMOCK_E_INVALID (no size; the data directory is none of ours, or a newer
 *              one's), COSMOCK_E_BUSY (it is in use), COSMOCK_E_IO (it is damaged, or the
 *              system refuses it). What is wrong with a directory is never changed
 */
COSMOCK_API int cosmock_new(struct cosmock **out, const struct cosmock_options *options,
                            struct cosmock_error *err);
/** Stops listeners, drops tenants; a data directory keeps them. NULL. */
COSMOCK_API struct cosmock *cosmock_free(struct cosmock *mock);
/** True once the mock answered a 500 of its own making: every run it served is worth nothing
 *  (design law 5). */
COSMOCK_API bool cosmock_broken(const struct cosmock *mock);
COSMOCK_API const char *cosmock_version(void);

struct cosmock_tenant_options {
    size_t size;
    const char *name;       /* for control paths; NULL: "t<number>" */
    const char *world_file; /* YAML; wins over world_text */
    const char *world_text; /* YAML; both NULL: the built-in default world */
    uint64_t seed;          /* ids, tokens and secrets derive from it; 0: random */
    /* What is allowed in the world and still looks like a mistake: "world.yaml:9: statement 0
     * of policy ..."; and, where the tenant was kept from before and goes on as it was, each
     * thing that it has otherwise than the world. NULL: silent. Called before the tenant is
     * there. */
    void (*warn)(void *ctx, const char *text);
    void *warn_ctx;
    /* what cosmock_tenant_save() wrote, instead of any world: a new tenant is there with all of
     * it, or not at all, however its process ends. NULL: a world */
    const char *snapshot_file;
};
#define COSMOCK_TENANT_OPTIONS_INIT COSMOCK_SIZED_INIT(struct cosmock_tenant_options)
/**
 * A tenant with its world. One of this name that cosmock_new() found in the data directory is
 * handed out as it is, once: its world is only compared (warn), and no seed counts.
 *
 * @options     NULL: the built-in world under a name of its own
 * Errors:      COSMOCK_E_INVALID (no size; the name; the world: file, line, key and what would
 *              be right), COSMOCK_E_IO (the world file), COSMOCK_E_EXISTS (a name, bucket or
 *              secret id is taken; it has a world, and snapshot_file is given), COSMOCK_E_BUSY
 *              (one of this name was freed, and requests under way use what the data
 *              directory keeps of it); those of cosmock_tenant_restore() for snapshot_file
 */
COSMOCK_API int cosmock_tenant_new(struct cosmock *mock, struct cosmock_tenant **out,
                                   const struct cosmock_tenant_options *options,
                                   struct cosmock_error *err);
/**
 * Back to the world it was made with, in one step: buckets, objects, tokens, policies, clocks,
 * switches, faults, the journal (its numbers go on). The keys are what they were, made-up ones
 * too; temporary ones are unknown from now on. Requests under way finish on what they hold.
 *
 * Errors:      COSMOCK_E_EXISTS (another tenant has the name of a bucket that was deleted
 *              here), COSMOCK_E_IO (of what keeps the tenant); nothing has changed then
 */
COSMOCK_API int cosmock_tenant_reset(struct cosmock_tenant *tenant, struct cosmock_error *err);
/** Requests under way finish on their own reference. What a data directory keeps of it stays
 *  there. NULL. */
COSMOCK_API struct cosmock_tenant *cosmock_tenant_free(struct cosmock_tenant *tenant);
/** Free it, with all that a data directory keeps of it. Errors: COSMOCK_E_IO (of the directory;
 *  nothing has changed then). */
COSMOCK_API int cosmock_tenant_drop(struct cosmock_tenant *tenant, struct cosmock_error *err);
COSMOCK_API const char *cosmock_tenant_name(const struct cosmock_tenant *t);

/**
 * All that a tenant is, as it is at one moment, as one file (mode 0600: secret keys are in it):
 * buckets, objects, unfinished uploads, accounts, keys, temporary tokens, policies, switches,
 * clocks. Journal and faults are not. Others go on meanwhile. The same state makes the same
 * file; an older file stays until the new one is whole and on the disk.
 * Errors: COSMOCK_E_IO.
 */
COSMOCK_API int cosmock_tenant_save(struct cosmock_tenant *t, const char *path,
                                    struct cosmock_error *err);
/**
 * Make @t what a file of cosmock_tenant_save() says, and nothing else, in one step; its name,
 * its journal and its faults stay. On failure nothing has changed.
 *
 * Errors:      COSMOCK_E_INVALID (not such a file, of a later version, not whole),
 *              COSMOCK_E_EXISTS (another tenant has a bucket or secret id of it), COSMOCK_E_IO,
 *              COSMOCK_E_NOMEM (also: over the memory limit, old and new together)
 */
COSMOCK_API int cosmock_tenant_restore(struct cosmock_tenant *t, const char *path,
                                       struct cosmock_error *err);

#ifdef __cplusplus
}
#endif

#include "cosmock/clock.h"
#include "cosmock/fault.h"
#include "cosmock/journal.h"
#include "cosmock/listen.h"
#include "cosmock/request.h"
#include "cosmock/world.h"

#endif
