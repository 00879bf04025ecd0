/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mock's journal as a case reads it: what the subject really did, and expectations about
 * it.
 */
#include "journal.h"

#include "cosbase/clock.h"
#include "cosmock/cosmock.h"
#include "env.h"
#include "outcome.h"

#include <string.h>

/* ---- reading ---- */

void journal_mark(struct env *env)
{
    env->mark_seq = cosmock_journal_last_seq(env->tenant);
}

/*
 * A connection that ended in its TLS handshake said nothing of HTTP, so it is no request; it
 * names no tenant either, and the mock files it with its oldest one, which may be any case's.
 * Returns how many entries are left.
 */
static size_t drop_handshakes(struct cosmock_entry *entries, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(entries[i].authn, "tls-handshake") != 0) {
            entries[kept++] = entries[i];
        }
    }
    return kept;
}

/* The caller frees them. */
static size_t read_entries(struct env *env, const char *op, struct cosmock_entry **out)
{
    struct cosmock_journal_query query = COSMOCK_JOURNAL_QUERY_INIT;
    query.after_seq = env->mark_seq;
    query.op = op;
    int64_t n = cosmock_journal_read(env->tenant, out, &query);
    if (n < 0) {
        env_out_of_memory(env);
    }
    return drop_handshakes(*out, (size_t)n);
}

struct journal journal_of(struct env *env, const char *op)
{
    struct cosmock_entry *entries = NULL;
    if (env->n_entries == COS_ARRAY_LEN(env->entries)) {
        case_error(env, "too many looks at the journal in one case");
    }
    size_t n = read_entries(env, op, &entries);
    env->entries[env->n_entries++] = entries;
    return (struct journal){.n = n, .e = entries};
}

size_t journal_count(struct env *env, const char *op)
{
    struct cosmock_entry *entries = NULL;
    size_t n = read_entries(env, op, &entries);
    (void)cosmock_entries_free(entries);
    return n;
}

bool journal_await(struct env *env, const char *op, size_t n, int64_t limit_ms)
{
    struct cosmock_journal_query query = COSMOCK_JOURNAL_QUERY_INIT;
    int64_t end_ms = cos_system_mono_ns() / 1000000 + limit_ms;
    query.op = op;
    query.after_seq = env->mark_seq;
    for (;;) {
        struct cosmock_entry *entries = NULL;
        int64_t got = cosmock_journal_read(env->tenant, &entries, &query);
        if (got > 0) {
            n -= (size_t)got < n ? (size_t)got : n;
            query.after_seq = entries[got - 1].seq;
        }
        (void)cosmock_entries_free(entries);
        int64_t left_ms = end_ms - cos_system_mono_ns() / 1000000;
        if (n == 0 || left_ms <= 0) {
            return n == 0;
        }
        (void)cosmock_journal_wait(env->tenant, &query, left_ms);
    }
}

static struct journal at_least_one(struct env *env, const char *op)
{
    struct journal j = journal_of(env, op);
    if (j.n == 0) {
        case_fail(env, "the journal shows no %s", op != NULL ? op : "request");
    }
    return j;
}

const struct cosmock_entry *journal_last(struct env *env, const char *op)
{
    struct journal j = at_least_one(env, op);
    return &j.e[j.n - 1];
}

const struct cosmock_entry *journal_first(struct env *env, const char *op)
{
    return &at_least_one(env, op).e[0];
}

/* ---- expectations ---- */

void expect_count(struct env *env, const char *op, size_t want)
{
    size_t got = journal_count(env, op);
    if (got != want) {
        case_fail(env, "number of %s requests: wanted %zu, got %zu", op != NULL ? op : "all",
                  want, got);
    }
}

void expect_count_between(struct env *env, const char *op, size_t low, size_t high)
{
    size_t got = journal_count(env, op);
    if (got < low || got > high) {
        case_fail(env, "number of %s requests: wanted %zu to %zu, got %zu",
                  op != NULL ? op : "all", low, high, got);
    }
}

void expect_no_traffic(struct env *env)
{
    env->may_be_quiet = true;
    struct journal j = journal_of(env, NULL);
    if (j.n > 0) {
        case_fail(env, "wanted no request at all, got %zu, the first a %s %s", j.n,
                  j.e[0].method, j.e[0].op);
    }
}

void expect_all_verified(struct env *env)
{
    struct journal j = at_least_one(env, NULL);
    for (size_t i = 0; i < j.n; i++) {
        const struct cosmock_entry *e = &j.e[i];
        if (strcmp(e->authn, "ok") != 0) {
            case_fail(env, "request %llu (%s) did not verify: %s", (unsigned long long)e->seq,
                      e->op, e->authn);
        }
        if (strcmp(e->token, "ok") != 0 && strcmp(e->token, "none") != 0) {
            case_fail(env, "request %llu (%s): session token %s", (unsigned long long)e->seq,
                      e->op, e->token);
        }
    }
}

void expect_signed_by(struct env *env, const char *secret_id)
{
    struct journal j = at_least_one(env, NULL);
    for (size_t i = 0; i < j.n; i++) {
        const struct cosmock_entry *e = &j.e[i];
        if (strcmp(e->service, "cos") == 0 && strcmp(e->secret_id, secret_id) != 0) {
            case_fail(env, "request %llu (%s) was signed by '%s', not by '%s'",
                      (unsigned long long)e->seq, e->op, e->secret_id, secret_id);
        }
    }
}

void expect_no_writes(struct env *env)
{
    struct journal j = at_least_one(env, NULL);
    for (size_t i = 0; i < j.n; i++) {
        const struct cosmock_entry *e = &j.e[i];
        if (strcmp(e->service, "cos") == 0 && strcmp(e->method, "GET") != 0 &&
            strcmp(e->method, "HEAD") != 0) {
            case_fail(env, "request %llu is a %s (%s); wanted nothing but GET and HEAD",
                      (unsigned long long)e->seq, e->method, e->op);
        }
    }
}
