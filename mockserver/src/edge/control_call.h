/* SPDX-License-Identifier: Apache-2.0 */
/* One call of the control API, and what its handlers share: parameters,
 * JSON bodies, answers. */
#ifndef EDGE_CONTROL_CALL_H
#define EDGE_CONTROL_CALL_H

#include "cosmock/request.h"

#include "cosbase/arena.h"
#include "cosbase/json.h"
#include "edge/edge.h"
#include "world/workers.h"

struct call;
struct plane;
struct control_tenant { /* a tenant this API made, and may therefore drop */
    struct cosmock_tenant *tenant;
    struct control_tenant *next;
};
struct control_fault { /* a fault this API pushed */
    char tenant[64];
    uint64_t id;
    char *json;
    struct control_fault *next;
};
struct control {
    struct edge *edge;
    struct cosmock_endpoint at;
    char *token;            /* NULL: none demanded */
    struct plane *plane;    /* one loop, which listens */
    struct workers workers; /* who do what is called for */
    int64_t patience_ms;
    bool is_stopping;     /* atomic: nobody waits for the journal any more */
    unsigned n_waiting;   /* calls that do; its loop's */
    pthread_mutex_t lock; /* guards the two lists */
    struct control_tenant *tenants;
    struct control_fault *faults;
};
/* Bits: a route takes several. */
enum call_method {
    CALL_GET = 1,
    CALL_PUT = 2,
    CALL_POST = 4,
    CALL_DELETE = 8,
};
/* What a PUT carries. */
enum call_body {
    BODY_JSON,
    BODY_OBJECT,   /* the bytes of one */
    BODY_SNAPSHOT, /* kept in a file */
};
struct control_route {
    const char *word; /* behind /v1/t/<tenant>/, or the whole path */
    unsigned methods; /* what fits */
    enum call_body put;
    void (*handle)(struct call *c);
    bool has_rest;   /* the path goes on behind the word */
    bool has_params; /* the handler says which; else there are none */
    bool has_body;   /* its POST carries what its PUT does */
};
struct control_request {
    const char *method, *target;               /* target raw, as sent */
    const char *host, *origin, *authorization; /* "" when absent */
    const struct cosmock_header *headers;      /* all of them */
    size_t n_headers;
    struct cos_span body;
    /* Where the terms say so, instead: a file, the call's; or -errno: it was not kept. */
    int body_file;
};
struct control_body_terms {
    uint64_t max_bytes;
    bool to_file;
};
struct control_reply {
    int status;
    const char *content_type; /* static; NULL: application/json */
    struct cos_buf body;      /* freed with the call */
    void *heap;               /* instead of `body`: malloc'ed bytes, freed with the call */
    size_t heap_bytes;
    int file; /* instead of both: a file's bytes, closed with the call; -1: none */
};
/* What a handler asks for instead of answering: to be called again when the journal has an
 * entry that fits, or when the time is over. */
struct call_wait {
    struct cosmock_journal_query query;
    int64_t ms;
    bool is_wanted, is_over;
};
struct call {
    struct control *control;
    struct cosmock *mock;
    struct cosmock_tenant *tenant; /* a reference; NULL outside /v1/t/ */
    const struct control_request *request;
    struct control_reply *reply;
    struct call_wait wait;
    enum call_method method; /* 0: another, and no route takes it */
    const struct control_route *route;
    struct cos_span rest;  /* raw path behind the route's word, without its leading '/' */
    struct cos_span query; /* raw */
    struct cos_arena arena;
};

/** Answer {"error":{"code":...,"message":...}}. */
void call_refuse(struct call *c, int status, const char *code, const char *fmt, ...)
    COS_PRINTF(4, 5);
/** The same from a library error. */
void call_fail_with(struct call *c, const struct cosmock_error *err);
/** Begin a JSON answer: an open object in *w; end it with cos_jw_end. */
void call_object(struct call *c, int status, struct cos_jw *w);
/** Answer {"ok":true}. */
void call_ok(struct call *c);
#define WARNINGS_MAX_BYTES ((size_t)1 << 20)
/** Warnings for the answer, one array item each; a world_warner's voice, @ctx: struct cos_buf,
 *  in which the items are joined with ','. */
void call_warn(void *ctx, const char *text);
/** A member of what call_warn() gathered. */
void call_list(struct cos_jw *w, const char *name, const struct cos_buf *items);
/** Member "warnings" of it. */
void call_warnings(struct cos_jw *w, const struct cos_buf *items);
/** Percent-decoded text in the arena, NUL-terminated; NULL when it holds a NUL
 *  byte or memory is short. */
const char *call_decode(struct call *c, struct cos_span raw, bool plus_is_space);
/** A query parameter, decoded; NULL when absent. */
const char *call_param(struct call *c, const char *name);
/** Every one of that name, decoded, into @out, at most @max; returns how many there are. */
size_t call_param_all(struct call *c, const char *name, const char **out, size_t max);
/** An integer parameter within bounds; @fallback when absent. False: the
 *  failure is answered. */
bool call_param_i64(struct call *c, const char *name, int64_t fallback, int64_t min,
                    int64_t max, int64_t *out);
/** Answers 400 and returns false when a query parameter is not in @names (NULL-terminated), is
 *  there twice or holds a NUL byte. */
bool call_params_known(struct call *c, const char *const *names);
/** The same, but that @repeated may be there more than once. */
bool call_params_known_but(struct call *c, const char *const *names, const char *repeated);
/** The body as a JSON object whose members are all in @names (NULL: any); NULL: the
 *  failure is answered. */
struct cos_json *call_json(struct call *c, const char *const *names);
/** An optional string member; false: the failure is answered. *out untouched when absent. */
bool call_json_str(struct call *c, const struct cos_json *body, const char *name,
                   const char **out);
/** Optional whole numbers, each within its range; false: the failure is answered and names
 *  member, value and range. *out untouched when absent. */
struct call_number {
    const char *name;
    int64_t min, max;
    int64_t *out;
};
bool call_json_numbers(struct call *c, const struct cos_json *body,
                       const struct call_number *numbers, size_t n);
/** An optional policy as JSON text in the arena: given as an object, or as a string; NULL for
 *  null. False: the failure is answered. *out untouched when absent. */
bool call_json_policy(struct call *c, const struct cos_json *body, const char *name,
                      const char **out);
#define CALL_EXACT_MAX INT64_C(9007199254740991) /* 2^53 - 1: RFC 7493 s.2.2 */

/* --- the handlers --- */
void control_info(struct call *c);
void control_ca(struct call *c);
void control_switch_table(struct call *c);
void control_tenants(struct call *c);
void control_tenant(struct call *c);
void control_reset(struct call *c);
void control_objects(struct call *c);
void control_buckets(struct call *c);
void control_policy(struct call *c);
void control_explain(struct call *c);
void control_clock(struct call *c);
void control_cos(struct call *c);
void control_revoke(struct call *c);
void control_roles(struct call *c);
void control_expire(struct call *c);
void control_sts(struct call *c);
void control_assertions(struct call *c);
void control_jwks(struct call *c);
void control_mfa(struct call *c);
void control_snapshot(struct call *c);
void control_ttl(struct call *c);
void control_world(struct call *c);
void control_switches(struct call *c);
void control_digest(struct call *c);
void control_journal(struct call *c);
void control_faults(struct call *c);
/** Forget what was pushed to the tenant of this name. */
void control_faults_forget(struct control *control, const char *tenant);

/** The route knows the method, and this path does not: 405 with what is allowed. */
void call_wrong_method(struct call *c, const char *allowed);

#endif
