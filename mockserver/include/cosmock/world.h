/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The world of a tenant from outside: what a test puts in and takes out behind the API's back.
 * None of it needs rights or leaves journal entries.
 * Promise: may change before 1.0.
 * Threads: any; callbacks run in the caller's thread.
 */
#ifndef COSMOCK_WORLD_H
#define COSMOCK_WORLD_H

#include "cosmock/cosmock.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a client needs to know about a tenant; strings borrowed until the tenant is freed. */
struct cosmock_world_info {
    const char *appid, *owner_uin;
    const char *secret_id, *secret_key; /* first key of the first account */
    /* The oldest bucket there was when the tenant began, or began again (reset, restore, a
     * start with its data directory); a client may have deleted it since. "" when none. */
    const char *bucket, *region;
    /* "cos.<region>.myqcloud.com", or the first one the world names */
    const char *endpoint_suffix;
};
COSMOCK_API void cosmock_world_info(struct cosmock_tenant *t, struct cosmock_world_info *out);

/* A permanent key; strings borrowed for the call it is given to. */
struct cosmock_key {
    const char *uin, *user; /* user: its name in the world, "" when it has none */
    const char *appid;
    const char *secret_id, *secret_key;
};
/** Every permanent key that is not revoked, by uin and id: what a world file left out and the
 *  mock made up stands nowhere else.
 *  Errors: COSMOCK_E_NOMEM. */
COSMOCK_API int cosmock_key_each(struct cosmock_tenant *t,
                                 void (*visit)(void *ctx, const struct cosmock_key *key),
                                 void *ctx);

/** Make a bucket of the first account. Errors: COSMOCK_E_INVALID (name, region),
 *  COSMOCK_E_EXISTS. */
COSMOCK_API int cosmock_bucket_put(struct cosmock_tenant *t, const char *bucket,
                                   const char *region, struct cosmock_error *err);
/** Replace or make an object. Errors: COSMOCK_E_NOT_FOUND (bucket), COSMOCK_E_NOMEM (also: over
 *  the memory limit). */
COSMOCK_API int cosmock_object_put(struct cosmock_tenant *t, const char *bucket,
                                   const char *key, const void *bytes, size_t n,
                                   struct cosmock_error *err);
/** *out heap, free() it. Errors: COSMOCK_E_NOT_FOUND. */
COSMOCK_API int cosmock_object_get(struct cosmock_tenant *t, const char *bucket,
                                   const char *key, void **out, size_t *out_n,
                                   struct cosmock_error *err);
/** Errors: COSMOCK_E_NOT_FOUND. */
COSMOCK_API int cosmock_object_delete(struct cosmock_tenant *t, const char *bucket,
                                      const char *key, struct cosmock_error *err);
/** Number of objects, and of unfinished multipart uploads; -1 for an unknown bucket. */
COSMOCK_API int64_t cosmock_object_count(struct cosmock_tenant *t, const char *bucket);
COSMOCK_API int64_t cosmock_upload_count(struct cosmock_tenant *t, const char *bucket);
/** Every key in byte order. Errors: COSMOCK_E_NOT_FOUND (bucket). */
COSMOCK_API int cosmock_object_each(struct cosmock_tenant *t, const char *bucket,
                                    void (*visit)(void *ctx, const char *key, uint64_t bytes),
                                    void *ctx);
/** SHA-256 over sorted "bucket/key" NUL sha256(body): 64 hex digits and NUL. Errors:
 *  COSMOCK_E_NOMEM. */
COSMOCK_API int cosmock_store_digest(struct cosmock_tenant *t, char out[65]);

/**
 * Replace all identity policies of user @uin.
 *
 * @json        one policy document, checked; NULL: none
 * Errors:      COSMOCK_E_INVALID (line, column, what is wrong), COSMOCK_E_NOT_FOUND (the user)
 */
COSMOCK_API int cosmock_user_policy_set(struct cosmock_tenant *t, const char *uin,
                                        const char *json, struct cosmock_error *err);
/** The same for the permission boundary of a user, or of a role by its id: what his policies
 *  may give him at most. Errors: as cosmock_user_policy_set(); COSMOCK_E_INVALID also of an
 *  account, which has none. */
COSMOCK_API int cosmock_user_boundary_set(struct cosmock_tenant *t, const char *uin,
                                          const char *json, struct cosmock_error *err);
/** The same for the policy of a bucket. Errors: as cosmock_user_policy_set(). */
COSMOCK_API int cosmock_bucket_policy_set(struct cosmock_tenant *t, const char *bucket,
                                          const char *json, struct cosmock_error *err);
/**
 * Replace the access control list of a bucket.
 *
 * @acl         "public-read", or with grants behind it: "private READ:100000000002"; "-" for
 *              grants alone; NULL: private
 * Errors:      COSMOCK_E_INVALID (what it should be), COSMOCK_E_NOT_FOUND (the bucket)
 */
COSMOCK_API int cosmock_bucket_acl_set(struct cosmock_tenant *t, const char *bucket,
                                       const char *acl, struct cosmock_error *err);
enum cosmock_versioning {
    COSMOCK_VERSIONING_ENABLED = 1,
    COSMOCK_VERSIONING_SUSPENDED = 2,
};
/** As PUT Bucket versioning. Errors: COSMOCK_E_NOT_FOUND (the bucket), COSMOCK_E_INVALID. */
COSMOCK_API int cosmock_bucket_versioning_set(struct cosmock_tenant *t, const char *bucket,
                                              enum cosmock_versioning versioning,
                                              struct cosmock_error *err);
/** A permanent or temporary key: no longer known from now on. Errors: COSMOCK_E_NOT_FOUND. */
COSMOCK_API int cosmock_key_revoke(struct cosmock_tenant *t, const char *secret_id,
                                   struct cosmock_error *err);
/** A temporary key has ended from now on, by the token clock. Errors: COSMOCK_E_NOT_FOUND,
 *  COSMOCK_E_INVALID (a permanent one). */
COSMOCK_API int cosmock_key_expire(struct cosmock_tenant *t, const char *secret_id,
                                   struct cosmock_error *err);

/* A temporary key as a server of a test would get it for its front end. */
struct cosmock_token_request {
    size_t size;
    const char *uin;    /* whose rights it has; NULL: the first account's */
    const char *policy; /* JSON text that bounds them; NULL: all of COS */
    int64_t duration_s; /* 0: 1800 */
};
#define COSMOCK_TOKEN_REQUEST_INIT COSMOCK_SIZED_INIT(struct cosmock_token_request)
struct cosmock_token {
    char secret_id[96];
    char *secret_key, *token; /* heap, free() them */
    int64_t start_unix_s, expires_unix_s;
};
/** Issue it, without a call of STS: no limits of durations, no rights, no journal entry.
 *  Errors: COSMOCK_E_NOT_FOUND (the user), COSMOCK_E_INVALID (the policy). */
COSMOCK_API int cosmock_token_issue(struct cosmock_tenant *t,
                                    const struct cosmock_token_request *request,
                                    struct cosmock_token *out, struct cosmock_error *err);

struct cosmock_role {
    size_t size;
    const char *name;
    const char *owner_uin; /* NULL: the first account's */
    const char *id;        /* of who is visited; ignored by put */
    const char *trust;     /* JSON text: who may assume it */
    const char *policy;    /* JSON text: what it may; NULL: nothing, or, where it is, as now */
    int64_t session_max_s; /* 0: 43200 */
};
#define COSMOCK_ROLE_INIT COSMOCK_SIZED_INIT(struct cosmock_role)
/** Make a role, or change the one of this name. Errors: COSMOCK_E_NOT_FOUND (the account),
 *  COSMOCK_E_INVALID (what it should be). */
COSMOCK_API int cosmock_role_put(struct cosmock_tenant *t, const struct cosmock_role *role,
                                 struct cosmock_error *err);
/** Its sessions are unknown from now on. @owner_uin NULL: the first account. Errors:
 *  COSMOCK_E_NOT_FOUND. */
COSMOCK_API int cosmock_role_delete(struct cosmock_tenant *t, const char *owner_uin,
                                    const char *name, struct cosmock_error *err);
/** Every role, in the order of their birth; strings for the call. Errors: COSMOCK_E_NOMEM. */
COSMOCK_API int cosmock_role_each(struct cosmock_tenant *t,
                                  void (*visit)(void *ctx, const struct cosmock_role *role),
                                  void *ctx);
#define COSMOCK_TTL_MAX_S INT64_C(316224000)
/** Answers ExpiredTime = now + @seconds for every later token, whatever was asked for; 0: as
 *  asked. Ten years either way at most. Errors: COSMOCK_E_IO (of what keeps the tenant). */
COSMOCK_API int cosmock_ttl_override(struct cosmock_tenant *t, int64_t seconds);
/** A named switch (docs/DEVIATIONS.md). Errors: COSMOCK_E_INVALID (lists the names or the
 *  values). */
COSMOCK_API int cosmock_switch_set(struct cosmock_tenant *t, const char *name,
                                   const char *value, struct cosmock_error *err);
/** NULL: no such switch. */
COSMOCK_API const char *cosmock_switch_get(struct cosmock_tenant *t, const char *name);
struct cosmock_explain_query {
    size_t size;
    /* who asks: a uin, "qcs::cam::uin/<owner>:uin/<uin>", a role's
     * "qcs::cam::uin/<owner>:roleName/<name>"; "anonymous": nobody who signs */
    const char *uin;
    const char *secret_id; /* or by which key; NULL: uin says it */
    const char *action, *resource;
    const char *external_id; /* to assume a role: what is said with it; NULL: nothing */
    /* what conditions may ask about, "cos:prefix=dir/"; a key as often as it has values. The
     * time and the tags of the bucket need no saying. NULL: nothing else */
    const char *const *context;
    size_t n_context;
};
#define COSMOCK_EXPLAIN_QUERY_INIT COSMOCK_SIZED_INIT(struct cosmock_explain_query)
/**
 * Why would he be allowed or denied?
 *
 * @out_json    heap, free() it
 * Errors:      COSMOCK_E_NOT_FOUND (user, key), COSMOCK_E_INVALID (an action or resource that
 *              no request asks for, with what it should read; a context that is none)
 */
COSMOCK_API int cosmock_policy_explain(struct cosmock_tenant *t,
                                       const struct cosmock_explain_query *query,
                                       char **out_json, struct cosmock_error *err);

/**
 * Why was a request answered as it was? As the journal has it; its questions of rights are
 * asked again.
 *
 * @request     the id of its answer, or its number in the journal
 * @out_json    heap, free() it
 * Errors:      COSMOCK_E_NOT_FOUND (the journal has no such entry), COSMOCK_E_NOMEM
 */
COSMOCK_API int cosmock_request_explain(struct cosmock_tenant *t, const char *request,
                                        char **out_json, struct cosmock_error *err);
/**
 * An explanation for people: what its JSON says, and nothing else.
 *
 * @json        of one of the two above
 * @out         heap, free() it
 * Errors:      COSMOCK_E_INVALID (no such JSON), COSMOCK_E_NOMEM
 */
COSMOCK_API int cosmock_explain_text(const char *json, char **out, struct cosmock_error *err);

/* What an identity provider of the world says of somebody who shall assume a role. */
struct cosmock_assertion {
    size_t size;
    const char *provider;  /* its name */
    const char *owner_uin; /* whose it is; NULL: the first account's */
    const char *subject;   /* the user, as the provider calls him */
    const char *audience;  /* NULL: the provider's first client; of SAML the usual Recipient */
    const char *issuer;    /* NULL: the provider's */
    int64_t lifetime_s;    /* from the token clock on; may be negative; 0: an hour */
    int64_t valid_in_s;    /* when it begins, the same way */
};
#define COSMOCK_ASSERTION_INIT COSMOCK_SIZED_INIT(struct cosmock_assertion)
/**
 * Make an assertion as AssumeRoleWithWebIdentity takes it, a JSON Web Token, or, of a SAML
 * provider, as AssumeRoleWithSAML does; sealed with a key of this mock's own.
 *
 * @out         heap, free() it
 * Errors:      COSMOCK_E_NOT_FOUND (the provider), COSMOCK_E_INVALID (no subject; the provider
 *              has keys of its own)
 */
COSMOCK_API int cosmock_assertion_make(struct cosmock_tenant *t,
                                       const struct cosmock_assertion *assertion, char **out,
                                       struct cosmock_error *err);
/** The set of keys (RFC 7517) that assertions are sealed with; *out heap, free() it. Errors:
 *  COSMOCK_E_NOMEM. */
COSMOCK_API int cosmock_jwks(struct cosmock_tenant *t, char **out, struct cosmock_error *err);

#ifdef __cplusplus
}
#endif
#endif
