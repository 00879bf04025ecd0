/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows of a world, beside those of its buckets, as the writers and readers of this room see
 * them: a key and a value at once, as store/rowkey.h and store/rows.h write them. What is read
 * borrows from its row. Each put goes into a batch, which fails when it has no memory.
 */
#ifndef WORLD_ROWS_H
#define WORLD_ROWS_H

#include "store/backend.h"
#include "store/rowkey.h"
#include "store/rows.h"

/* --- accounts and their users --- */

struct user_row {
    uint64_t order; /* of birth, in its tenant */
    struct cos_span uin, owner_uin, appid, name;
    struct cos_span policies;  /* pairs of name and JSON text (store/rows.h) */
    struct cos_span trust;     /* of a role: its trust policy; empty: it is none */
    int64_t session_max_s;     /* of a role */
    struct cos_span mfa_seed;  /* base32; empty: no device */
    struct cos_span providers; /* of an account (provider.c) */
    /* what it has by policies of its account (catalog.c), as `policies`, and its profile */
    struct cos_span granted, profile;
    int64_t created_unix_ms, updated_unix_ms; /* 0: not known */
    struct cos_span boundary; /* of a user or a role: a pair as above; empty: none */
};
bool user_row_read(const struct row *row, struct user_row *out);
void user_row_put(struct batch *b, const struct user_row *u);
void user_row_delete(struct batch *b, struct cos_span uin);
/** The user is there still; else BACKEND_UNEXPECTED. */
void user_row_expect(struct batch *b, struct cos_span uin);
/** @row is there as it was read; NULL: no row of this kind and name. Else: the same. */
void world_row_expect(struct batch *b, enum rowkey_kind kind, struct cos_span name,
                      const struct row *row);

/* --- policies and groups of an account (catalog.c) --- */

struct named_policy {
    struct cos_span id;
    struct policy_row said; /* store/rows.h */
};
bool policy_row_read(const struct row *row, struct named_policy *out);
void policy_row_put(struct batch *b, const struct named_policy *p);
struct named_group {
    struct cos_span id;
    struct group_row said;
};
bool group_row_read(const struct row *row, struct named_group *out);
void group_row_put(struct batch *b, const struct named_group *g);
void world_row_delete(struct batch *b, enum rowkey_kind kind, struct cos_span name);

/* --- keys --- */

struct key_row {
    uint64_t order;
    struct cos_span secret_id, uin, secret_key;
    bool is_revoked, is_temporary;
    /* of a temporary one: */
    struct cos_span token, federated_name;
    int64_t expires_unix_ms;
    struct cos_span session; /* its policy, as it was sent; empty: none */
    int64_t created_unix_ms; /* of either kind; 0: not known */
    /* of the session of a role: */
    struct cos_span asked_by, source_identity; /* uin; as it was sent */
    struct cos_span tags;                      /* pairs */
    struct cos_span description;               /* of a permanent key */
};
bool key_row_read(const struct row *row, struct key_row *out);
void key_row_put(struct batch *b, const struct key_row *k);
void key_row_delete(struct batch *b, struct cos_span secret_id);

/* --- switches and clocks that were set --- */

struct set_switch {
    struct cos_span name, value;
};
bool switch_row_read(const struct row *row, struct set_switch *out);
void switch_row_put(struct batch *b, const struct set_switch *s);

struct set_clock {
    unsigned which;
    bool is_frozen;
    int64_t value_ms;
};
bool clock_row_read(const struct row *row, struct set_clock *out);
void clock_row_put(struct batch *b, const struct set_clock *c);
/** The row of this clock is still @row, or still absent (NULL). */
void clock_row_expect(struct batch *b, unsigned which, const struct row *row);

/* --- single facts --- */

#define MARK_TTL "ttl"           /* the override of the lifetime of tokens, in seconds */
#define MARK_DUE "due"           /* when the next work is due by the clock, in unix ms */
#define MARK_STARTS "start"      /* how often the tenant was opened */
#define MARK_WORLD "world"       /* what it was made of: number: it is built in; pair */
#define MARK_MADE_KEYS "made"    /* what the file left to make up: pairs of id and secret */
#define MARK_SUFFIXES "suffixes" /* host suffixes: names of pairs */
#define MARK_CATALOG "cam"       /* the last number that a change of a catalog was given */
#define MARK_BUCKET "bucket"     /* the last id of a bucket, when one was deleted */
struct mark {
    int64_t number;
    struct cos_span text;
};
bool mark_row_read(const struct row *row, struct cos_span *name, struct mark *out);
void mark_row_put(struct batch *b, const char *name, const struct mark *m);

/** A reference in *out with what it says, or what else became of it. */
enum backend_result mark_row_get(struct backend *rows, const char *name, struct mark *m,
                                 struct row **out);

/* --- look-ups --- */

/** A reference, or what else became of it. */
enum backend_result world_row_get(struct backend *rows, enum rowkey_kind kind,
                                  struct cos_span name, struct row **out);
enum backend_result world_clock_row_get(struct backend *rows, unsigned which, struct row **out);

#endif
