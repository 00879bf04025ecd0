/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The data of one case. Each layer writes its own section and reads those below: outcome,
 * world, conversation, expectations. Cases see case.h only.
 */
#ifndef CONFORM_ENV_H
#define CONFORM_ENV_H

#include "case_table.h"
#include "catalogue.h"
#include "cosbase/arena.h"
#include "cosbase/buf.h"
#include "verdict.h"

#include <pthread.h>
#include <setjmp.h>

struct cos_json;
struct cosmock_entry;
struct cosmock_tenant;
struct lane;

/* One answer of the subject (op.c makes it, reply.c reads it). */
struct reply {
    struct reply *next;
    /* NULL: not parsed. */
    struct cos_json *root;
    /* The line, env memory. */
    const char *text;
    int64_t duration_ms;
};

/* A fault that was planted, and what the mock said of it. */
struct planted {
    uint64_t id;
    /* "UploadPart 503". */
    const char *what;
    /* It need not happen. */
    bool may_miss;
    /* It was cleared away; how often it had hit then. */
    bool is_cleared;
    uint64_t hits;
};

/* A buffer of the env, in its arena. */
struct held {
    struct held *next;
    struct cos_buf buf;
};

struct env {
    struct lane *lane;
    const struct requirement *requirement;
    const struct conform_case *kase;

    /* outcome */
    struct cos_arena arena;
    struct held *held;
    jmp_buf out;
    enum conform_verdict verdict;
    char reason[2048];
    /* An expectation did not hold: so far it is the requirement that was violated. */
    bool is_violated;
    /* SKIP because the subject's language has no way to do it. */
    bool is_lacking;

    /* world */
    uint64_t seed;
    /* Unique word of this case. */
    char tag[16];
    struct cosmock_tenant *tenant;
    const char *bucket, *appid, *uin, *secret_id, *secret_key, *sub_uin, *sub_id, *sub_key;
    const char *root, *root_uri;
    const char *buckets[16];
    size_t n_buckets;
    /*
     * Guards the two below and what follows from them: threads of the subject move time, too.
     */
    pthread_mutex_t time_lock;
    /* Of env_age_tokens. */
    int64_t token_skew_ms;
    int64_t followed_unix_ms;
    const char *canaries[64];
    size_t n_canaries;
    struct planted planted[32];
    size_t n_planted;
    /* Made on first use; "". */
    char scratch[600];

    /* conversation */
    /* Of op_patience; 0: as the run says. */
    int64_t patience_ms;
    /* Of hello, NULL-terminated. */
    const char **capabilities;
    bool is_virtual;
    /* "java"; "": not said. */
    const char *language;
    /* What that language has no way for; NULL-terminated. */
    const char **lacks;
    bool loader_is_product;
    /* More host names that lead to the mock, and those that refuse. */
    const char *routes[16];
    size_t n_routes;
    const char *dead[8];
    size_t n_dead;
    struct reply *replies;
    const char *last_request, *last_reply;
    /* Every reply but token payloads. */
    struct cos_buf outputs;

    /* expectations */
    uint64_t mark_seq;
    /* No request at all is fine: a refusal or silence was wanted. */
    bool may_be_quiet;
    /* Journal snapshots to free. */
    struct cosmock_entry *entries[256];
    size_t n_entries;
};

#endif
