/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The journal: one entry a request, in the order of effects, without secrets. It is the evidence of every verdict.
 * Promise: may change before 1.0.
 */
#ifndef COSMOCK_JOURNAL_H
#define COSMOCK_JOURNAL_H

#include "cosmock/cosmock.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Every string is NUL-terminated and never NULL ("" when it does not apply). A snapshot: valid until cosmock_entries_free. */
struct cosmock_entry {
    uint64_t seq;       /* from 1, without gaps */
    int64_t at_unix_ms; /* the tenant's SIGNATURE clock */
    int64_t real_unix_ms;
    const char *service; /* "cos" "sts" */
    const char *op;      /* "PutObject"; "" when not routed */
    const char *method, *host,
        *target; /* target without secrets: q-signature, tokens and sign= values cut out */
    const char *bucket, *key, *range;
    const char *content_md5, *copy_source, *user_agent;
    const char *secret_id; /* of the request: full id, not a secret */
    const char *key_kind;  /* "permanent" "temporary" "none" "unknown" */
    const char *token;     /* "ok" "missing" "mismatch" "none" */
    const char *principal; /* uin or uin/federated name */
    const char *authn;     /* "ok" "anonymous", or the reason */
    const char *detail;    /* the refusal as one line, as x-cosmock-reason says it; "" */
    const char *header_list, *param_list;       /* as signed */
    int64_t sign_start_unix_s, sign_end_unix_s; /* 0: none */
    int64_t key_expires_unix_ms; /* 0: no end or no key; else the end of the temporary key */
    const char *key_state;       /* "valid" "expired" "" */
    const char *authz;           /* "allow" "deny" or "" when not asked */
    const char *authz_reason;    /* one line: layer, statement, what it takes */
    const char *identity_says, *session_says; /* "allow" "deny" "implicit" "n/a" */
    const char *fault;                        /* kind, or "" */
    int http_status;                          /* 0: the connection was closed instead */
    const char *code;                         /* error code, or "" */
    const char *message;                      /* the error's Message, also of a HEAD; "" */
    /* Of a multi-delete, keys that stay, a line for each code: "<how many> <code>: <first key>: <why>". */
    const char *failed_keys;
    const char *request_id;
    uint64_t bytes_in, bytes_out;
    const char *body_sha256; /* of an object body that was stored, and of STS bodies; "" else */
    const char *sts_name,
        *sts_policy; /* GetFederationToken: Name, and Policy as decoded JSON text */
    int64_t sts_duration_s;
    const char *sts_region, *sts_version;
    const char *issued_secret_id; /* the temporary id that was handed out */
    /* Names joined by ';', headers in lower case, query parameters behind a '?': "x-cos-acl;?position". At most 16 names of 64 bytes each, then "...". */
    const char *ignored; /* known to the service and without effect here */
    const char *unknown; /* not understood: x-cos-, x-ci-, x-amz- headers, query parameters */
    bool tls;
    bool shows_secret; /* header or target spells out the secret of the signing key */
};
struct cosmock_journal_query {
    size_t size;
    uint64_t after_seq;
    const char *op;     /* NULL: any */
    const char *bucket; /* NULL: any */
    const char *key;    /* exact; NULL: any */
    int http_status;    /* 0: any */
    size_t max_entries; /* the oldest that fit; 0: all */
};
#define COSMOCK_JOURNAL_QUERY_INIT COSMOCK_SIZED_INIT(struct cosmock_journal_query)
/** Number of entries in *out (one block; free with cosmock_entries_free), or COSMOCK_E_NOMEM, COSMOCK_E_INVALID (a query without size). @query NULL: all. */
COSMOCK_API int64_t cosmock_journal_read(struct cosmock_tenant *t, struct cosmock_entry **out,
                                         const struct cosmock_journal_query *query);
COSMOCK_API struct cosmock_entry *cosmock_entries_free(struct cosmock_entry *entries);
COSMOCK_API uint64_t cosmock_journal_last_seq(struct cosmock_tenant *t);
COSMOCK_API uint64_t cosmock_journal_dropped(struct cosmock_tenant *t);
/** Wait (real time) until an entry matches @query: 1, or 0 at the timeout. */
COSMOCK_API int cosmock_journal_wait(struct cosmock_tenant *t,
                                     const struct cosmock_journal_query *query,
                                     int64_t timeout_ms);
/** One entry as a JSON object without newline; heap, free() it; NULL without memory. */
COSMOCK_API char *cosmock_entry_json(const struct cosmock_entry *entry);

#ifdef __cplusplus
}
#endif
#endif
