/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The world of one tenant, as the journey sees it: keys and users, buckets, clocks, faults,
 * switches, journal. Everything handed out is an immutable, counted reference or a copy, so no
 * stage ever holds the tenant's lock. What is kept changes by a batch: the functions that take
 * one fill it, and who commits it (the execute stage; the outside, through cosmock/world.h) has
 * changed the world.
 */
#ifndef WORLD_WORLD_H
#define WORLD_WORLD_H

#include <pthread.h>

#include "cosmock/clock.h"
#include "cosmock/cosmock.h"

#include "cam/cam.h"
#include "cosbase/clock.h"
#include "cosbase/rng.h"
#include "cosbase/secret.h"
#include "store/objects.h"
#include "world/bucket_documents.h"
#include "world/errands.h"
#include "world/pending_logs.h"
#include "world/switches.h"

/* --- principals and keys (account.c) --- */
/* Who has policies: a root account, a sub-account, or a role, which has an id where the others
 * have their uin, and no permanent keys. Immutable but for the policies, which
 * world_user_policies() copies out. */
struct user {
    int refs;
    char uin[24], owner_uin[24], appid[24], name[136];
    bool is_root;
    struct cam_policy *trust; /* who may assume the role; NULL: it is none */
    int64_t session_max_s;    /* of a role */
    char mfa_seed[72];        /* base32; "": no device */
    char *providers;          /* of an account (provider.c) */
    size_t providers_bytes;
    uint64_t order;              /* of birth, in its tenant */
    uint64_t era;                /* the tenant's, when it came (maps.h) */
    struct policy_set *policies; /* guarded by the tenant's lock; swapped whole */
};
#define WORLD_ROLE_SESSION_MAX_S 43200 /* cam-conditions.md s.7.3 */
struct policy_set {                    /* immutable */
    int refs;
    struct cam_policy *boundary; /* of a user or a role; NULL: none */
    size_t n;
    struct cam_policy *items[];
};
struct policy_set *policy_set_ref(struct policy_set *s);
struct policy_set *policy_set_unref(struct policy_set *s);
struct user *user_ref(struct user *u);
struct user *user_unref(struct user *u);

/* The signing key that a q-key-time (authn/cos.c), or a scope of AWS (authn/aws_v4.c), makes of
 * a secret key, to spare an HMAC, or four, a request. */
struct derived_key {
    char of[48]; /* "": none yet */
    char bytes[44];
};
/* Immutable but for `revoked` (atomic), `user`, `derived` and the neighbours (the tenant's
 * lock). */
struct access_key {
    int refs;
    char secret_id[96], uin[24];
    struct cos_secret secret_key;
    struct user *user; /* a reference; NULL: there is no such user, and nobody finds the key */
    bool is_temporary;
    /* temporary keys only: */
    struct cos_secret token;
    int64_t expires_unix_ms;
    /* of a federated user, or of the session of a role; "": of GetSessionToken */
    char federated_name[136];
    struct cam_policy *session; /* NULL: issued without a policy */
    /* of the session of a role: the uin that asked for it, what it was told, pairs */
    char asked_by[136], source_identity[136];
    char *tags;
    size_t tags_bytes;
    struct budget *budget; /* pays for it; NULL: a permanent key */
    size_t charged_bytes;
    bool revoked;
    int64_t created_unix_ms;          /* 0: not known */
    uint64_t order;                   /* of birth, in its tenant */
    uint64_t era;                     /* the tenant's, when it came (maps.h) */
    struct access_key *older, *newer; /* temporary keys by age */
    struct derived_key derived;       /* the last one; in a key_view as a copy */
};
/* A key, its user and what he may do, as one look-up found them: references, NULL: none. */
struct key_view {
    struct access_key *key;
    struct user *user;
    struct policy_set *policies;
    struct derived_key derived;
};
void key_view_release(struct key_view *v);
struct access_key *access_key_ref(struct access_key *k);
struct access_key *access_key_unref(struct access_key *k);

/* --- buckets (bucket.c) --- */
/* Immutable once it is kept, but for the documents, which a bucket_view has as a reference. */
struct bucket {
    int refs;
    /* whose it is; borrowed, and lives longer than every reference */
    struct cosmock_tenant *tenant;
    struct store_bucket stored; /* what is in it; no row before it is kept */
    char name[80], region[40];
    char owner_uin[24], owner_appid[24];
    int64_t created_unix_ms;
    bool is_kept;                       /* guarded by the registry's lock: look-ups find it */
    uint64_t era;                       /* the tenant's, when it was kept (maps.h) */
    struct bucket_documents *documents; /* guarded by the registry's lock; NULL: none */
};
/* A bucket and what is written about it, as one look-up found them: references, NULL: none. */
struct bucket_view {
    struct bucket *bucket;
    struct bucket_documents *documents;
};
struct bucket_view bucket_view_ref(const struct bucket_view *v);
void bucket_view_release(struct bucket_view *v);
/** "<name>-<appid>" as the service takes it: cos-wire.md s.2.0; 436/13312. */
bool world_is_bucket_name(struct cos_span name);
#define WORLD_BUCKET_NAME_RULE                                                            \
    "a bucket is called <name>-<appid>; the name has 1 to 50 lower-case letters, digits " \
    "and inner '-', the whole at most 63 characters"
#define WORLD_ACL_RULE                                                                      \
    "an acl is private, public-read, public-read-write or authenticated-read, or '-', and " \
    "behind that grants, such as 'public-read WRITE:100000000002'"
struct bucket *bucket_ref(struct bucket *b);
struct bucket *bucket_unref(struct bucket *b);

/* --- the tenant (tenant.c) --- */
struct tenant_faults;
struct tenant_journal;
/* What is done by the modification clock, and not by a request (duty.c). */
struct duty {
    int64_t due_unix_ms;  /* atomic: nothing is due before; INT64_MAX: nothing at all */
    pthread_mutex_t lock; /* guards is_under_way */
    pthread_cond_t ended;
    bool is_under_way;
};
struct cosmock_tenant {
    int refs;
    struct cosmock *mock;
    char name[64];
    /* guards keys, users, their policies, switches; held for look-ups and pointer swaps only */
    pthread_mutex_t lock;
    struct world_maps *maps;
    /* all that it keeps; the maps above are a projection of it (projection.c) */
    struct backend *rows;
    struct cos_rng *rng;
    uint64_t seed;
    int64_t clocks[COSMOCK_CLOCKS]; /* atomic; read by clock.c alone */
    struct duty duty;
    struct tenant_errands errands;
    struct pending_logs logs;
    struct tenant_faults *faults;
    struct tenant_journal *journal;
    int64_t ttl_override_s;                /* atomic */
    uint64_t request_counter;              /* atomic */
    unsigned char switch_choice[SWITCHES]; /* index into words; atomic reads */
    int64_t switch_number[SWITCHES];
};
struct cosmock_tenant *tenant_ref(struct cosmock_tenant *t);
struct cosmock_tenant *tenant_unref(struct cosmock_tenant *t);
/* Finding the tenant (registry.c); each returns a reference or NULL. */
struct cosmock_tenant *registry_by_bucket(struct cosmock *mock, struct cos_span name,
                                          struct bucket_view *out);
struct cosmock_tenant *registry_by_secret_id(struct cosmock *mock, struct cos_span secret_id);
struct cosmock_tenant *registry_first(struct cosmock *mock);
struct cosmock_tenant *registry_by_name(struct cosmock *mock, struct cos_span name);
/** Call @visit with each tenant; no lock is held meanwhile. */
void registry_each(struct cosmock *mock, void (*visit)(void *ctx, struct cosmock_tenant *t),
                   void *ctx);

/* Look-ups: a reference, or NULL. */
struct access_key *world_key_find(struct cosmock_tenant *t, struct cos_span secret_id);
struct key_view world_key_view(struct cosmock_tenant *t, struct cos_span secret_id);
void world_key_remember(struct cosmock_tenant *t, struct access_key *k,
                        const struct derived_key *derived);
struct bucket *world_bucket_find(struct cosmock_tenant *t, struct cos_span name);
struct bucket_view world_bucket_view(struct cosmock_tenant *t, struct cos_span name);
/** A reference; NULL: none. */
struct policy_set *world_user_policies(struct cosmock_tenant *t, struct user *u);
struct user *world_user_find(struct cosmock_tenant *t, const char *uin);
/* "qcs::cam::uin/<owner>:roleName/<name>", or with "role/<id>"; one of name and id is empty. */
struct role_arn {
    struct cos_span owner_uin, name, id;
};
bool role_arn_read(struct cos_span arn, struct role_arn *out); /* false: it is none */
struct user *world_role_find(struct cosmock_tenant *t, const struct role_arn *arn);
/* An identity provider of an account. */
struct provider {
    bool is_saml; /* else of OpenID Connect */
    struct cos_span name, issuer;
    struct cos_span clients; /* ids, a blank between two */
    struct cos_span jwks;    /* its keys (RFC 7517); empty: the mock is the provider */
};
void provider_put(struct cos_buf *pairs, const struct provider *p);
/** The next one off *pairs. */
bool world_provider_next(struct cos_span *pairs, struct provider *out);
/** *out borrows from @account. */
bool world_provider_find(const struct user *account, bool is_saml, struct cos_span name,
                         struct provider *out);
/* A number that a caller may use once with a time (nonces.c). */
struct nonce {
    struct cos_span secret_id, timestamp, number;
};
/** False: it has been used. */
bool world_nonce_use(struct cosmock_tenant *t, const struct nonce *n);
/** The permanent keys of @u by their ids, revoked ones too. 0, or -1: no memory. */
int world_keys_of(struct cosmock_tenant *t, const struct user *u,
                  void (*visit)(void *ctx, const struct access_key *key), void *ctx);
/** At most @max keys that a client may have taken one for another: temporary ones, the newest
 *  first, then permanent ones; references into @out. None where there are very many. */
size_t world_keys_some(struct cosmock_tenant *t, struct access_key **out, size_t max);
size_t world_bucket_count(struct cosmock_tenant *t);
/** Buckets owned by @owner_uin (NULL: of every account) in name order, at most @max, into @out
 *  (references). */
size_t world_buckets_of(struct cosmock_tenant *t, const char *owner_uin, struct bucket **out,
                        size_t max);
/** COS host suffixes this tenant answers to besides the real ones (host.c), NULL-terminated,
 *  borrowed. */
const char *const *world_suffixes(struct cosmock_tenant *t);
/** The value as one of the switch's enum; SWITCH_IS compares. */
unsigned world_switch_choice(struct cosmock_tenant *t, enum world_switch which);
/** Of a switch that takes a number. */
int64_t world_switch_number(struct cosmock_tenant *t, enum world_switch which);
/** What the switches about CAM say to its judge. */
struct cam_rules world_cam_rules(struct cosmock_tenant *t);
/** Of a policy that a request puts: 0, or as cam_policy_admit(), and *policy is unreferenced
 *  then. */
int world_policy_admit(struct cosmock_tenant *t, struct cam_policy **policy,
                       struct cos_text_error *err, enum cam_element *at);

/** The Content-Type of an object @key that was written without one (content_type.c). */
const char *world_content_type(struct cosmock_tenant *t, struct cos_span key);

/* Changes: into a batch, or kept at once by those that wait. */
/** The name is this tenant's from now on, and nobody finds the bucket before it is kept. *out,
 *  a reference: the bucket, or with STORE_EXISTS the one that has the name. */
enum store_result world_bucket_claim(struct cosmock_tenant *t, struct cos_span name,
                                     const char *region, const struct user *owner,
                                     struct bucket **out);
/** A bucket that was claimed, into the batch that keeps it. */
void world_bucket_put(struct batch *batch, const struct bucket *b);
/** Into the batch that deletes it: a bucket's row is what knows its id, which must not come
 *  again. Else: STORE_NOT_EMPTY. */
void world_bucket_drop(struct batch *batch, const struct bucket *b);
/** A bucket whose name this tenant has, as another one, when the batch begins the tenant anew.
 *  A reference; NULL: no memory. */
struct bucket *world_bucket_put_again(struct batch *batch, struct cosmock_tenant *t,
                                      struct cos_span name, const char *region,
                                      const struct user *owner);
/** The name is free again, unless the bucket is kept. */
void world_bucket_give_up(struct bucket *b);
/** Claim and keep; waits. */
enum store_result world_bucket_create(struct cosmock_tenant *t, struct cos_span name,
                                      const char *region, const struct user *owner);
/** Takes the reference to @policy (NULL: none from now on) and keeps it; waits. */
enum store_result world_bucket_policy_replace(struct bucket *b, struct cam_policy *policy);
struct key_grant {
    const struct user *user;
    const char *federated_name;
    const struct cam_policy *session; /* NULL: none */
    int64_t expires_unix_ms;
    /* of the session of a role, which @user is; else empty */
    struct cos_span asked_by, source_identity, tags;
};
/**
 * Into @batch, a temporary key of realistic shape (sts-cam.md s.2), whose id is unique over the
 * whole mock; it is there when the batch is kept, which expects the user to be there still. 0;
 * -1: no memory.
 */
int world_key_grant(struct cosmock_tenant *t, struct batch *batch,
                    const struct key_grant *grant, struct cos_span *out_id /* in @arena */,
                    struct cos_arena *arena);
/** The batch was not kept: the id is free again. */
void world_key_give_up(struct cosmock_tenant *t, struct cos_span secret_id);
int64_t world_request_number(struct cosmock_tenant *t); /* next; for request ids */

/* Clock values, sampled once a request, by route (clock.c). */
struct clock_sample {
    int64_t signature_unix_ms, token_unix_ms, modification_unix_ms, real_unix_ms;
};
void world_clock_sample(struct cosmock_tenant *t, struct clock_sample *out);
/* The public calls, but for the work that is due then (services/clock_work.c). */
int world_clock_freeze(struct cosmock_tenant *t, enum cosmock_clock which, int64_t unix_ms);
int world_clock_advance(struct cosmock_tenant *t, enum cosmock_clock which, int64_t ms);
int world_clock_follow(struct cosmock_tenant *t, enum cosmock_clock which, int64_t offset_ms);

/* The work that a tenant has by its clock (duty.c): when, and that one at a time does it. */
int64_t world_due_unix_ms(struct cosmock_tenant *t);
/** The same, or when logs are: what a request asks for. */
int64_t world_next_unix_ms(struct cosmock_tenant *t);
/** Into @batch: the next work is due then. */
void world_due_put(struct batch *batch, int64_t unix_ms);
/** Waits for who is at it; the caller is, up to world_duty_end(). */
void world_duty_take(struct cosmock_tenant *t);
/** The same, where something is due at @now_unix_ms. False: nothing is. */
bool world_duty_begin(struct cosmock_tenant *t, int64_t now_unix_ms);
void world_duty_end(struct cosmock_tenant *t);

/* Faults (faults.c): asked once a request; fills *out and true when one hits. `code` is
 * copied. */
struct fault_hit {
    uint64_t id; /* 0: none */
    enum cosmock_fault_kind kind;
    int http_status;
    char code[64];
    char location[256];
    int64_t amount;
    char header[64]; /* of the answer; "": none is touched */
    char value[256]; /* it gets */
    bool drops_header;
    char message[513]; /* of the error; "": its own */
};
struct op_row; /* exchange/op.h; compared here, never looked into */
/* The request that is asked about. */
struct fault_question {
    const struct op_row *op;
    const char *service;
    const char *dialect_of; /* another service that it counts as; NULL: none */
    struct cos_span key;
};
/** What world_fault_push() says of it. */
int world_fault_check(const struct cosmock_fault *fault, struct cosmock_error *err);
/** cosmock_fault_push() with the operation found already (services/fault_push.c); @op NULL:
 *  any. */
int world_fault_push(struct cosmock_tenant *t, const struct cosmock_fault *fault,
                     const struct op_row *op, uint64_t *out_id, struct cosmock_error *err);
bool world_fault_ask(struct cosmock_tenant *t, const struct fault_question *question,
                     struct fault_hit *out);

/* An entry on its way into the journal: what is text in it lies elsewhere and is borrowed, so
 * that it is copied once. */
#define SPAN_OF_TEXT(member) struct cos_span member;
#define SPAN_OF_U64(member)
#define SPAN_OF_I64(member)
#define SPAN_OF_INT(member)
#define SPAN_OF_BOOL(member)
#define SPAN_OF(type, member, name, when) SPAN_OF_##type(member)
struct entry_texts {
    COSMOCK_ENTRY_FIELDS(SPAN_OF)
};
struct entry_draft {
    struct cosmock_entry entry; /* its texts are not read, but for those of its questions */
    struct entry_texts texts;
};
/* Journal (journal_store.c): copies @draft (seq is assigned), wakes waiters. Never fails:
 * without memory it counts the entry as dropped. */
void world_journal_add(struct cosmock_tenant *t, const struct entry_draft *draft);
/* Waits for an entry without a thread: stands in what waits for it. */
struct journal_watch {
    struct cosmock_journal_query query; /* with its texts there until the watch has ended */
    void (*tell)(void *ctx); /* once, by who adds an entry that fits: mails a letter */
    void *ctx;
    enum { WATCH_OVER, WATCH_OPEN, WATCH_TELLING } state; /* the journal's, as all below */
    struct journal_watch *prev, *next;
};
/* False: an entry that fits is there already, and nobody will be told. Else one
 * world_journal_unwatch() is due. */
COS_MUST_CHECK bool world_journal_watch(struct cosmock_tenant *t, struct journal_watch *w);
/* True: nobody was told, and nobody will be; false: tell() has been called, and returned. */
bool world_journal_unwatch(struct cosmock_tenant *t, struct journal_watch *w);

/* World files (worldfile.c). */
/* Hears what is allowed and still looks like a mistake; say NULL: nobody. */
struct world_warner {
    void (*say)(void *ctx, const char *text);
    void *ctx;
};
/** cosmock_user_policy_set() and cosmock_bucket_policy_set() with a warner. */
int world_user_policy_set(struct cosmock_tenant *t, const char *uin, const char *json,
                          const struct world_warner *warner, struct cosmock_error *err);
int world_bucket_policy_set(struct cosmock_tenant *t, const char *bucket, const char *json,
                            const struct world_warner *warner, struct cosmock_error *err);
struct world_source {
    struct cos_span yaml;
    const char *origin;
    bool is_built_in;
    bool is_file;          /* of that name, and may name others beside it */
    struct cos_span files; /* what it named when it was first read: pairs */
};
/** Makes the world of a new tenant, in one step. */
int world_load_source(struct cosmock_tenant *t, const struct world_source *source,
                      const struct world_warner *warner, struct cosmock_error *err);
/** In the same step everything else goes. What @source leaves to make up is what it was. */
int world_load_again(struct cosmock_tenant *t, const struct world_source *source,
                     struct cosmock_error *err);
/* Who hears what an import changes, and what it frowns at. */
struct world_import_ears {
    struct world_warner changes, warnings;
};
/**
 * Make the tenant, which goes on, what @source says, as far as that says something: accounts,
 * users, roles and keys as they stand there, buckets with the configurations they have there.
 * The rest stays, what is in buckets above all, and a reset goes back to what it did. In one
 * step, or not at all; one that was made while somebody else changed an account fails
 * (COSMOCK_E_NOT_FOUND), and may be made again.
 */
int world_import(struct cosmock_tenant *t, const struct world_source *source,
                 const struct world_import_ears *ears, struct cosmock_error *err);
/** Changes nothing; @warner hears what the tenant has otherwise. */
int world_compare(struct cosmock_tenant *t, const struct world_source *source,
                  const struct world_warner *warner, struct cosmock_error *err);
#define MAX_WORLD_BYTES (4u << 20)
/** As cosmock_tenant_save(), to a descriptor; @name is what messages call it. */
int world_snapshot_write(struct cosmock_tenant *t, int fd, const char *name,
                         struct cosmock_error *err);
/** As cosmock_tenant_restore(), from a regular file, which it takes. */
int world_snapshot_read(struct cosmock_tenant *t, int fd, const char *name,
                        struct cosmock_error *err);
extern const char world_default_text[]; /* the built-in default world as YAML */

#endif
