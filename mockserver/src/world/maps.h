/* SPDX-License-Identifier: Apache-2.0 */
/* What a tenant's lock guards, and how the files of this room put things in. */
#ifndef WORLD_MAPS_H
#define WORLD_MAPS_H

#include "store/backend.h"
#include "world/map.h"
#include "world/world.h"

#define WORLD_MAX_SUFFIXES 16
#define WORLD_MAX_TEMPORARY_KEYS 100000

struct switch_text; /* switches.c */
struct suffix_set;  /* host_suffixes.c */
struct nonces;      /* nonces.c */
/* cosmock_world_info() lends strings until the tenant is freed: who owns them, while the
 * same are first. */
struct lent {
    struct lent *next;
    struct user *user;
    struct access_key *key;
    struct bucket *bucket;
    char *suffix;
};
/* What rows have said since everything was replaced last. Requests read these without a lock,
 * so nothing is unset before what comes in its place is known. */
struct told {
    bool clocks[COSMOCK_CLOCKS], switches[SWITCHES], suffixes, ttl, due;
};

struct world_maps {
    struct map keys;  /* secret id -> struct access_key (a reference); NULL: claimed */
    struct map users; /* uin -> struct user (a reference); NULL: about to be */
    /* name -> struct bucket (a reference); guarded by the registry's lock */
    struct map buckets;
    uint32_t last_bucket_id; /* guarded by the registry's lock */
    /* temporary keys by age, so that old ones can be forgotten */
    struct access_key *oldest_temporary, *newest_temporary;
    size_t n_temporary;
    bool are_unsorted;   /* many come at once, in any order: they are sorted at the end */
    bool is_unsettled;   /* users or keys are others: world_settle() is due */
    uint64_t last_order; /* atomic: of what was born last */
    /* how often everything was replaced; guarded by the tenant's lock, and that of the
     * registry */
    uint64_t era;
    struct told told;                  /* guarded by the tenant's lock */
    struct lent *lent;                 /* of those who were first; kept until the end */
    struct suffix_set *suffix_sets;    /* guarded by the tenant's lock; kept until the end */
    const struct suffix_set *suffixes; /* atomic; NULL: none */
    struct user *first_user;           /* the first root account; borrowed from users */
    struct access_key *first_key;      /* of it; borrowed from keys; may be NULL */
    struct bucket *first_bucket;       /* a reference */
    char *info_suffix;                 /* what was told when the world names none */
    uint64_t birth_number;
    struct nonces *nonces;     /* guarded by the tenant's lock; NULL: nobody has asked yet */
    struct switch_text *texts; /* guarded by the tenant's lock; kept until the end */
    const char *text_of[SWITCHES]; /* atomic; numeric switches that were set: the text given */
    bool is_open; /* guarded by the registry's lock: look-ups may answer with this tenant */
    bool is_unclaimed; /* the same: it was found in the data directory, and nobody has it yet */
    bool has_left;     /* guarded by the registry's lock: it may claim no name any more */
};

struct tenant_faults *faults_new(void);
struct tenant_faults *faults_free(struct tenant_faults *f);
struct tenant_journal *journal_new(size_t max_entries, uint64_t max_bytes);
void journal_clear(struct tenant_journal *j); /* its numbers go on */
struct tenant_journal *journal_free(struct tenant_journal *j);
void maps_deinit(struct world_maps *maps);

/* --- users and keys (account.c) --- */

/** What a row says, as a value; NULL: no memory, or it cannot be read. The user of a key is not
 *  known yet. */
struct user *user_of_row(const struct row *row);
struct access_key *key_of_row(struct cosmock_tenant *t, const struct row *row);
/* Under the tenant's lock: */
void world_order_taken(struct world_maps *maps, uint64_t order); /* by what is kept */
bool user_is_as(const struct user *a, const struct user *b);     /* but for the policies */
bool key_is_as(const struct access_key *a, const struct access_key *b); /* or for `revoked` */
void first_user_may_be(struct world_maps *maps, struct user *u);
void first_key_may_be(struct world_maps *maps, struct access_key *k);
/** Which user each key is of, and who is first, from all that is there. */
void world_settle(struct world_maps *maps);
void temporary_insert(struct world_maps *maps, struct access_key *k);
void temporary_sort(struct world_maps *maps);
/** When all are read: settled and by age, and those that ended long ago go. Takes the lock
 *  itself. 0, or a cosmock_status with err filled. */
int temporary_sort_and_sweep(struct cosmock_tenant *t, struct cosmock_error *err);
void temporary_unlink(struct world_maps *maps, struct access_key *k);

/* --- lives (tenant.c): what is drawn or counted in one was not in those before, so that ids
 * never come again --- */

/** How many the tenant had; 0: it is new. 0, or a cosmock_status with err filled. */
int tenant_lives(struct cosmock_tenant *t, int64_t *out, struct cosmock_error *err);
void tenant_life_begin(struct cosmock_tenant *t, int64_t lives);

/** What is lent now stays, when who is first is about to be replaced. 0, or -1: no memory. */
int world_lend(struct cosmock_tenant *t);

/** Make @secret_id this tenant's, before a batch gives it a key. 0; -1: no memory, or the
 *  tenant has left; 1: taken. */
int world_key_claim(struct cosmock_tenant *t, struct cos_span secret_id);
/** Of what is born next. */
uint64_t world_next_order(struct cosmock_tenant *t);
struct made_key {
    char secret_id[37], secret_key[33];
};
void world_key_make_up(struct cosmock_tenant *t, struct made_key *out);
#define WORLD_POLICY_NAME_BYTES 64
#define WORLD_BOUNDARY_NAME "of uin %s" /* of a boundary that is no named policy */
/** The id of a role that nobody gave one, in @arena: the same each time. */
struct cos_span world_role_id(struct cos_arena *arena, struct cos_span owner_uin,
                              struct cos_span name);
/** What a policy that nobody named is called: "no. 2 of uin 100000000011". */
void world_policy_number(char out[WORLD_POLICY_NAME_BYTES], size_t number, const char *uin);

/* --- buckets (bucket.c): before and behind a commit --- */

struct bucket_facts; /* store/objects.h */
/** Make @name this tenant's, before a batch makes it a bucket. 0, -1 or 1, as
 *  registry_claim_bucket(); *out: a reference, NULL then. */
int bucket_claim(struct cosmock_tenant *t, struct cos_span name,
                 const struct bucket_facts *said, struct bucket **out);
/** Where everything is replaced: @row carries a bucket that takes the place of what the tenant
 *  has under its name. False: no memory. */
bool bucket_prepare(struct cosmock_tenant *t, struct row *row);
/** At opening, where nobody has claimed it. 0; -1: no memory, or it cannot be read; 1: another
 *  tenant has the name. */
int bucket_open(struct cosmock_tenant *t, struct cos_span name, const struct row *row);
/* @row NULL: it is gone. False: no memory, or damaged, or the name is another tenant's. */
bool bucket_apply(struct cosmock_tenant *t, struct cos_span name, struct row *row);

/** What is written about buckets (bucket_documents.c). False: no memory, or it is none. */
bool document_prepare(struct cosmock_tenant *t, struct batch *batch, size_t i,
                      bool is_everything_new);
bool document_apply(struct cosmock_tenant *t, const struct change *change);

/** A reference, or NULL. */
struct bucket *world_bucket_of(struct cosmock_tenant *t, const char *name);

/* --- switches (switches.c), clocks (clock.c), host suffixes (host_suffixes.c): before and
 * behind a commit --- */

/* What no row has told is as in a new tenant. */
void switches_reset(struct cosmock_tenant *t, const struct told *told);
void clocks_reset(struct cosmock_tenant *t, const struct told *told);
void due_reset(struct cosmock_tenant *t, const struct told *told);
void suffixes_reset(struct cosmock_tenant *t, const struct told *told);
void switch_texts_free(struct switch_text *texts);
bool switch_prepare(struct cosmock_tenant *t, const struct row *row); /* false: no memory */
void switch_apply(struct cosmock_tenant *t, const struct row *row);
/** 0, or a cosmock_status with err filled: there is no such switch, or it has no such value. */
int switch_check(const char *name, const char *value, struct cosmock_error *err);
void clock_apply(struct cosmock_tenant *t, const struct row *row);
void due_apply(struct cosmock_tenant *t, int64_t unix_ms);
bool suffixes_prepare(struct cosmock_tenant *t, const struct row *row);
void suffixes_apply(struct cosmock_tenant *t, const struct row *row);
void suffix_sets_free(struct suffix_set *sets);

#endif
