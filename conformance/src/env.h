/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of a case's surroundings: shared by env.c, conf.c, op.c, expect.c, evidence.c and the runner. Cases see case.h only.
 */
#ifndef CONFORM_ENV_H
#define CONFORM_ENV_H

#include "case.h"
#include "catalogue.h"
#include "cosconform/suite.h"
#include "driver.h"
#include "verdict.h"

#include <setjmp.h>

/* What one worker thread keeps between cases. */
struct lane {
    const struct conform_options *options;
    unsigned number;
    struct cosmock *mock;
    struct cosmock_endpoint front; /* port 0: in process, no listener */
    char ca_path[512];
    char dir[512]; /* scratch of this lane */
    struct driver *driver;
    unsigned n_drivers; /* started so far */
    unsigned n_cases;
    char log_path[600];
};

struct reply {
    struct reply *next;
    struct cos_json *root; /* NULL: not parsed */
    const char *text;      /* the line, env memory */
    int64_t duration_ms;
};

struct pair {
    const char *key, *value;
};
struct conf {
    struct env *env;
    struct pair *pairs;
    size_t n_pairs, cap_pairs;
    struct pair *vars; /* environment */
    size_t n_vars, cap_vars;
    const char *file; /* text of server.yaml; NULL: pairs */
    int file_mode;
    const char *log_level, *scheme, *sts_endpoint;
    bool no_ca;
};

struct env {
    struct lane *lane;
    const struct requirement *requirement;
    const struct conform_case *kase;
    struct cos_arena arena;
    jmp_buf out;

    enum conform_verdict verdict;
    char reason[2048];

    uint64_t seed;
    char tag[16]; /* unique word of this case */
    struct cosmock_tenant *tenant;
    const char *bucket, *appid, *uin, *secret_id, *secret_key, *sub_uin, *sub_id, *sub_key;
    const char *root, *root_uri;
    const char *buckets[16]; /* of this case, for routes */
    size_t n_buckets;
    const char *routes[16]; /* more host names that lead to the mock */
    size_t n_routes;
    const char *dead[8]; /* host names that refuse */
    size_t n_dead;
    char scratch[600]; /* made on first use; "" */

    const char **capabilities; /* of hello, NULL-terminated */
    bool is_virtual;
    int64_t token_skew_ms; /* env_age_tokens */
    uint64_t mark_seq;
    bool may_be_quiet; /* expect_no_traffic was asked */

    struct reply *replies;
    const char *last_request, *last_reply;
    const char *canaries[64];
    size_t n_canaries;
    struct cos_buf outputs;             /* every reply but token payloads */
    struct cosmock_entry *entries[256]; /* journal snapshots to free */
    size_t n_entries;
};

#define ENV_EPOCH_MS \
    INT64_C(1767225600000) /* 2026-01-01T00:00:00Z: where virtual time begins */
#define ENV_PATH "path/to/remote/storage"

/** Make the tenant, greet the driver. On failure verdict ERROR stands in the env. */
bool env_open(struct env *env, struct lane *lane, const struct requirement *requirement,
              const struct conform_case *kase);
void env_close(struct env *env);
/** Record an ending; jumps when the case is running. */
CASE_NORETURN void env_end(struct env *env, enum conform_verdict verdict, const char *fmt,
                           va_list ap) COS_PRINTF(3, 0);
/** Without memory a case cannot go on. */
CASE_NORETURN void env_out_of_memory(struct env *env);
/** Follow the subject's virtual time with the tenant's clocks. Any thread. */
void env_follow_time(void *env, int64_t unix_ms);

/* evidence.c: what a failing case prints. Heap texts. */
char *env_journal_lines(struct env *env, size_t max_lines, uint64_t *first_seq,
                        uint64_t *last_seq);
char *env_log_tail(struct env *env, size_t max_bytes);

/* lane.c */
bool lane_open(struct lane *lane, const struct conform_options *options, unsigned number,
               char why[512]);
void lane_close(struct lane *lane);
/** A usable driver, started anew when the last one died or @fresh. False with @why. */
bool lane_driver(struct lane *lane, bool fresh, char why[512]);
/** A new mock (after one broke). */
bool lane_mock(struct lane *lane, char why[512]);

/* support.c: an undeclared capability must answer UNSUPPORTED; fails the case when it does not. */
void env_check_unsupported(struct env *env, const char *capability);

/* world.c: the world file of a case as YAML, env memory. */
const char *world_text(struct env *env);

#endif
