/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The journal: one entry a request, in the order of effects, without secrets. It is the
 * evidence of every verdict.
 * Promise: may change before 1.0.
 * Threads: any; a snapshot belongs to its caller.
 */
#ifndef COSMOCK_JOURNAL_H
#define COSMOCK_JOURNAL_H

#include "cosmock/cosmock.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * THE TABLE of what an entry says, in the order of its JSON: X(type, member, JSON name, when).
 * ALWAYS stands in the JSON whatever its value; SET is left out when it does not apply: a text
 * is "", a number 0.
 *
 * `ignored` and `unknown` are names joined by ';', headers in lower case, query parameters
 * behind a '?': "x-cos-acl;?position". At most 16 names of 64 bytes each, then "...".
 */
#define COSMOCK_ENTRY_FIELDS(X)                                             \
    /* from 1, without gaps */                                              \
    X(U64, seq, "seq", ALWAYS)                                              \
    /* the tenant's SIGNATURE clock */                                      \
    X(I64, at_unix_ms, "at_unix_ms", ALWAYS)                                \
    X(I64, real_unix_ms, "real_unix_ms", ALWAYS)                            \
    /* "cos" "sts" "cam" */                                                 \
    X(TEXT, service, "service", SET)                                        \
    /* "PutObject"; "" when not routed */                                   \
    X(TEXT, op, "op", ALWAYS)                                               \
    X(TEXT, method, "method", SET)                                          \
    X(TEXT, host, "host", SET)                                              \
    /* the client's end of the connection, "127.0.0.1:5123" "[::1]:5123" */ \
    X(TEXT, peer, "peer", SET)                                              \
    /* without secrets: q-signature, tokens and sign= values cut out */     \
    X(TEXT, target, "target", SET)                                          \
    X(BOOL, tls, "tls", ALWAYS)                                             \
    /* header or target spells out the secret of the signing key */         \
    X(BOOL, shows_secret, "shows_secret", ALWAYS)                           \
    X(TEXT, bucket, "bucket", SET)                                          \
    X(TEXT, key, "key", SET)                                                \
    X(TEXT, range, "range", SET)                                            \
    X(TEXT, content_md5, "content_md5", SET)                                \
    X(TEXT, copy_source, "copy_source", SET)                                \
    X(TEXT, user_agent, "user_agent", SET)                                  \
    /* known to the service and without effect here */                      \
    X(TEXT, ignored, "ignored", SET)                                        \
    /* not understood: x-cos-, x-ci-, x-amz- headers, query parameters */   \
    X(TEXT, unknown, "unknown", SET)                                        \
    /* of the request: full id, not a secret */                             \
    X(TEXT, secret_id, "secret_id", SET)                                    \
    /* "permanent" "temporary" "none" "unknown" */                          \
    X(TEXT, key_kind, "key_kind", SET)                                      \
    /* "ok" "missing" "mismatch" "none" */                                  \
    X(TEXT, token, "token", SET)                                            \
    /* uin or uin/federated name */                                         \
    X(TEXT, principal, "principal", SET)                                    \
    /* "ok" "anonymous", or the reason */                                   \
    X(TEXT, authn, "authn", SET)                                            \
    /* the refusal as one line, as x-cosmock-reason says it */              \
    X(TEXT, detail, "detail", SET)                                          \
    /* of a signature that does not hold: the known mistake that makes */   \
    /* it, "host-port", "query-not-signed+method" */                        \
    X(TEXT, cause, "cause", SET)                                            \
    /* our strings (of TC3 the canonical request), and those that make */   \
    /* the client's signature; without secrets */                           \
    X(TEXT, string_to_sign, "string_to_sign", SET)                          \
    X(TEXT, format_string, "format_string", SET)                            \
    X(TEXT, signed_string_to_sign, "signed_string_to_sign", SET)            \
    X(TEXT, signed_format_string, "signed_format_string", SET)              \
    /* as signed */                                                         \
    X(TEXT, header_list, "header_list", SET)                                \
    /* as signed */                                                         \
    X(TEXT, param_list, "param_list", SET)                                  \
    X(I64, sign_start_unix_s, "sign_start_unix_s", SET)                     \
    X(I64, sign_end_unix_s, "sign_end_unix_s", SET)                         \
    /* the end of a temporary key */                                        \
    X(I64, key_expires_unix_ms, "key_expires_unix_ms", SET)                 \
    /* "valid" "expired" */                                                 \
    X(TEXT, key_state, "key_state", SET)                                    \
    /* "allow" "deny"; unset when not asked */                              \
    X(TEXT, authz, "authz", SET)                                            \
    /* one line: layer, statement, what it takes */                         \
    X(TEXT, authz_reason, "authz_reason", SET)                              \
    /* "allow" "deny" "implicit" "n/a" */                                   \
    X(TEXT, identity_says, "identity_says", SET)                            \
    /* the same */                                                          \
    X(TEXT, session_says, "session_says", SET)                              \
    /* its kind */                                                          \
    X(TEXT, fault, "fault", SET)                                            \
    /* 0: the connection was closed instead */                              \
    X(INT, http_status, "status", ALWAYS)                                   \
    /* error code */                                                        \
    X(TEXT, code, "code", SET)                                              \
    /* the error's Message, also of a HEAD */                               \
    X(TEXT, message, "message", SET)                                        \
    /* of a multi-delete, keys that stay, a line for each code: */          \
    /* "<how many> <code>: <first key>: <why>" */                           \
    X(TEXT, failed_keys, "failed_keys", SET)                                \
    X(TEXT, request_id, "request_id", SET)                                  \
    X(U64, bytes_in, "bytes_in", ALWAYS)                                    \
    X(U64, bytes_out, "bytes_out", ALWAYS)                                  \
    /* of an object body that was stored, and of STS bodies */              \
    X(TEXT, body_sha256, "body_sha256", SET)                                \
    /* GetFederationToken: Name; of a role: RoleSessionName */              \
    X(TEXT, sts_name, "sts_name", SET)                                      \
    /* and Policy as decoded JSON text */                                   \
    X(TEXT, sts_policy, "sts_policy", SET)                                  \
    X(I64, sts_duration_s, "sts_duration_s", SET)                           \
    /* of a role: RoleArn */                                                \
    X(TEXT, sts_role, "sts_role", SET)                                      \
    X(TEXT, sts_source_identity, "sts_source_identity", SET)                \
    X(TEXT, sts_region, "sts_region", SET)                                  \
    X(TEXT, sts_version, "sts_version", SET)                                \
    /* the temporary id that was handed out */                              \
    X(TEXT, issued_secret_id, "issued_secret_id", SET)

/* The types of the table. TEXT is NUL-terminated and never NULL. */
#define COSMOCK_ENTRY_TYPE_TEXT const char *
#define COSMOCK_ENTRY_TYPE_U64 uint64_t
#define COSMOCK_ENTRY_TYPE_I64 int64_t
#define COSMOCK_ENTRY_TYPE_INT int
#define COSMOCK_ENTRY_TYPE_BOOL bool
#define COSMOCK_ENTRY_MEMBER(type, member, name, when) COSMOCK_ENTRY_TYPE_##type member;

/*
 * A question of rights that the request asked, and the answer of its caller's and the bucket's
 * policies. Asked again with cosmock_policy_explain() by the entry's secret_id ("anonymous"
 * when it has none) and with its context in the same world it gets the same answer, whatever
 * the switch `enforcement` made of it.
 */
struct cosmock_question {
    const char *action, *resource;
    bool allowed;
    const char *layer;  /* "identity" "session" "bucket" "root" "none" */
    const char *policy; /* that decided; "": none did */
    int statement;      /* of it, from 0; -1: none */
    /* what conditions asked of the request and what it said, a JSON object of lists, decoded:
     * {"cos:prefix":["dir/"]}; "": they asked nothing that it says */
    const char *context;
};
/* One request: a snapshot, valid until cosmock_entries_free. */
struct cosmock_entry {
    COSMOCK_ENTRY_FIELDS(COSMOCK_ENTRY_MEMBER)
    /* All of them in order; NULL when nothing was asked. In the JSON an array "questions". */
    const struct cosmock_question *questions;
    size_t n_questions;
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
/**
 * Number of entries in *out (one block; free with cosmock_entries_free).
 *
 * @query       NULL: all
 * Errors:      COSMOCK_E_NOMEM, COSMOCK_E_INVALID (a query without size)
 */
COSMOCK_API int64_t cosmock_journal_read(struct cosmock_tenant *t, struct cosmock_entry **out,
                                         const struct cosmock_journal_query *query);
COSMOCK_API struct cosmock_entry *cosmock_entries_free(struct cosmock_entry *entries);
COSMOCK_API uint64_t cosmock_journal_last_seq(struct cosmock_tenant *t);
COSMOCK_API uint64_t cosmock_journal_dropped(struct cosmock_tenant *t);
/**
 * Wait (real time) until an entry matches @query: 1, or 0 at the timeout.
 *
 * Errors:      COSMOCK_E_INVALID (a query without size)
 */
COSMOCK_API int cosmock_journal_wait(struct cosmock_tenant *t,
                                     const struct cosmock_journal_query *query,
                                     int64_t timeout_ms);
/** One entry as a JSON object without newline; heap, free() it; NULL without memory. */
COSMOCK_API char *cosmock_entry_json(const struct cosmock_entry *entry);

#ifdef __cplusplus
}
#endif
#endif
