/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows of a world, beside those of its buckets: how they are written, and how they are read
 * in place. What is read borrows from its row. Each put goes into a batch, which fails when it
 * has no memory.
 */
#ifndef WORLD_ROWS_H
#define WORLD_ROWS_H

#include "store/backend.h"

/* What the key of a row begins with. */
enum world_row_kind {
    ROW_USER = 'a',
    ROW_CLOCK = 'c',
    ROW_KEY = 'k',
    ROW_MARK = 'm',
    ROW_SWITCH = 's',
};

/* --- accounts and their users: a <uin> --- */

struct policy_row {
    struct cos_span name, json;
};
struct user_row {
    uint64_t order; /* of birth, in its tenant */
    struct cos_span uin, owner_uin, appid, name;
    size_t n_policies;
    struct cos_span policies; /* those that user_row_policy() has not read yet */
};
bool user_row_read(const struct row *row, struct user_row *out);
/** The next one; false: there is none. */
bool user_row_policy(struct user_row *u, struct policy_row *out);
/** @policies instead of what stands in @u. */
void user_row_put(struct batch *b, const struct user_row *u, const struct policy_row *policies,
                  size_t n);
/** The key of a user's row, for an expectation; in @out. */
struct cos_span user_row_key(char out[32], struct cos_span uin);

/* --- keys: k <secret id> --- */

struct key_row {
    uint64_t order;
    struct cos_span secret_id, uin, secret_key;
    bool is_revoked, is_temporary;
    /* of a temporary one: */
    struct cos_span token, federated_name;
    int64_t expires_unix_ms;
    bool has_session;
    struct cos_span session; /* its policy, as it was sent */
};
bool key_row_read(const struct row *row, struct key_row *out);
void key_row_put(struct batch *b, const struct key_row *k);
void key_row_delete(struct batch *b, struct cos_span secret_id);
/** A reference; NULL: there is none, or it cannot be read now. */
struct row *key_row_get(struct backend *rows, struct cos_span secret_id);

/* --- switches that were set: s <name> --- */

struct switch_row_text {
    struct cos_span name, value;
};
bool switch_row_read(const struct row *row, struct switch_row_text *out);
void switch_row_put(struct batch *b, struct cos_span name, struct cos_span value);

/* --- clocks that were turned: c <digit> --- */

struct clock_row {
    unsigned which;
    int64_t word; /* clock.c's */
};
bool clock_row_read(const struct row *row, struct clock_row *out);
void clock_row_put(struct batch *b, const struct clock_row *c);
struct cos_span clock_row_key(char out[2], unsigned which);

/* --- single facts: m <name> --- */

#define MARK_TTL "ttl"           /* the override of the lifetime of tokens, in seconds */
#define MARK_SUFFIXES "suffixes" /* host suffixes */
#define MARK_STARTS "start"      /* how often the tenant was opened */
#define MARK_WORLD "world"       /* what the tenant was born with */
#define MARK_MADE_KEYS "made"    /* the keys that were made up for it, in order */
struct cos_span mark_name(struct cos_span key);
bool mark_number_read(const struct row *row, int64_t *out);
void mark_number_put(struct batch *b, const char *name, int64_t value);
/** The next of a list of texts, which is the value of a mark without its format. */
bool mark_text_next(struct cos_span *rest, struct cos_span *out);
/** Of a list; false: the row is none. */
bool mark_texts_read(const struct row *row, struct cos_span *rest);
void mark_texts_put(struct batch *b, const char *name, const struct cos_span *texts, size_t n);
/** A reference; NULL: absent, or the backend fails, which *r tells. */
struct row *mark_get(struct backend *rows, const char *name, enum backend_result *r);

#endif
