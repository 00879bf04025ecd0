/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may call, and what the paths mean.
 *
 * Guards, in this order:
 *   token   on an address other machines can reach, "Authorization: Bearer <token>" is demanded
 *           and compared in constant time
 *   Host    on loopback, a Host that is not loopback is refused: a page in a browser can
 *           make a name of its own resolve to 127.0.0.1 (DNS rebinding) and would then
 *           be of the same origin
 *   Origin  a page of another origin is refused, whatever it is able to send
 *           without asking first
 *
 * Path and method are judged before the body comes, and the body is bounded by what they take:
 * a call that leads nowhere is not listened to.
 */
#include "edge/control_routes.h"

#include "cosbase/digest.h"
#include "cosbase/secret.h"
#include "world/mock.h"
#include "world/registry.h"

#define JSON_MAX_BYTES (10u << 20)
#define OBJECT_MAX_BYTES (2ull << 30)   /* and what the memory limit leaves */
#define SNAPSHOT_MAX_BYTES (1ull << 40) /* and what the disk and the store have room for */

/* --- guards --- */

static bool is_loopback_host(struct cos_span host)
{
    size_t colon = cos_span_rchr(host, ':');
    uint64_t port;

    if (colon != SIZE_MAX && cos_span_u64(cos_span_from(host, colon + 1), &port)) {
        host = cos_span_sub(host, 0, colon);
    }
    if (cos_span_eq_nocase(host, COS_SPAN_LIT("localhost")) || cos_span_eq_str(host, "[::1]")) {
        return true;
    }
    if (!cos_span_starts(host, COS_SPAN_LIT("127."))) {
        return false;
    }
    for (size_t i = 0; i < host.len; i++) {
        if (host.ptr[i] != '.' && (host.ptr[i] < '0' || host.ptr[i] > '9')) {
            return false;
        }
    }
    return true;
}

static bool is_own_origin(const char *origin, const char *host)
{
    struct cos_span s = cos_span_of(origin);
    struct cos_span scheme = COS_SPAN_LIT("http://");

    return s.len == 0 || (cos_span_starts(s, scheme) &&
                          cos_span_eq_nocase(cos_span_from(s, scheme.len), cos_span_of(host)));
}

static bool has_token(const char *authorization, const char *token)
{
    struct cos_span s = cos_span_of(authorization);
    struct cos_span scheme = COS_SPAN_LIT("Bearer ");

    return cos_span_starts_nocase(s, scheme) &&
           cos_equal_ct(cos_span_from(s, scheme.len), cos_span_of(token));
}

static bool is_welcome(struct call *c)
{
    const struct control *control = c->control;
    const struct control_request *request = c->request;

    if (control->token != NULL) {
        if (!has_token(request->authorization, control->token)) {
            call_refuse(c, 401, "token",
                        "this control API is reachable from other machines: send "
                        "'Authorization: Bearer <token>' with the token it was started with");
            return false;
        }
    } else if (!is_loopback_host(cos_span_of(request->host))) {
        call_refuse(c, 403, "host",
                    "Host '%.100s' is not loopback: call the control API as 127.0.0.1 or "
                    "localhost",
                    request->host);
        return false;
    }
    if (!is_own_origin(request->origin, request->host)) {
        call_refuse(c, 403, "origin", "pages of origin '%.100s' may not call the control API",
                    request->origin);
        return false;
    }
    return true;
}

/* --- routing --- */

static const struct control_route mock_routes[] = {
    {"/v1/tenants", CALL_GET | CALL_POST, BODY_JSON, control_tenants},
    {"/v1/info", CALL_GET, BODY_JSON, control_info},
    {"/v1/switches", CALL_GET, BODY_JSON, control_switch_table},
    {"/v1/ca.pem", CALL_GET, BODY_JSON, control_ca},
};
static const struct control_route tenant_routes[] = {
    {"", CALL_GET | CALL_DELETE, BODY_JSON, control_tenant},
    {"assertions", CALL_POST, BODY_JSON, control_assertions},
    {"buckets", CALL_GET | CALL_PUT, BODY_JSON, control_buckets, .has_rest = true,
     .has_params = true},
    {"cos", CALL_GET | CALL_PUT | CALL_POST | CALL_DELETE, BODY_OBJECT, control_cos,
     .has_rest = true, .has_params = true, .has_body = true},
    {"clock", CALL_GET | CALL_POST, BODY_JSON, control_clock},
    {"digest", CALL_GET, BODY_JSON, control_digest},
    {"expire", CALL_POST, BODY_JSON, control_expire},
    {"explain", CALL_GET, BODY_JSON, control_explain, .has_params = true},
    {"faults", CALL_GET | CALL_POST | CALL_DELETE, BODY_JSON, control_faults, .has_rest = true},
    {"journal", CALL_GET, BODY_JSON, control_journal, .has_params = true},
    {"jwks", CALL_GET, BODY_JSON, control_jwks},
    {"mfa", CALL_GET, BODY_JSON, control_mfa, .has_params = true},
    {"objects", CALL_GET | CALL_PUT | CALL_DELETE, BODY_OBJECT, control_objects,
     .has_rest = true, .has_params = true},
    {"policy", CALL_PUT | CALL_POST, BODY_JSON, control_policy},
    {"reset", CALL_POST, BODY_JSON, control_reset},
    {"revoke", CALL_POST, BODY_JSON, control_revoke},
    {"roles", CALL_GET | CALL_PUT | CALL_DELETE, BODY_JSON, control_roles, .has_rest = true,
     .has_params = true},
    {"snapshot", CALL_GET | CALL_PUT, BODY_SNAPSHOT, control_snapshot},
    {"sts", CALL_GET | CALL_POST, BODY_JSON, control_sts},
    {"switches", CALL_GET | CALL_POST, BODY_JSON, control_switches},
    {"ttl", CALL_POST, BODY_JSON, control_ttl},
    {"world", CALL_GET | CALL_PUT, BODY_JSON, control_world, .has_params = true},
};

static const struct control_route *route_find(const struct control_route *routes, size_t n,
                                              struct cos_span word)
{
    for (size_t i = 0; i < n; i++) {
        if (cos_span_eq_str(word, routes[i].word)) {
            return &routes[i];
        }
    }
    return NULL;
}

static void route_in_tenant(struct call *c)
{
    struct cos_span raw = cos_span_cut(&c->rest, '/');
    const char *name = call_decode(c, raw, /* plus_is_space= */ false);

    c->tenant = name == NULL ? NULL : registry_by_name(c->mock, cos_span_of(name));
    if (c->tenant == NULL) {
        call_refuse(c, 404, "not-found", "no tenant '%.80s': GET /v1/tenants lists them",
                    name == NULL ? "" : name);
        return;
    }
    c->route = route_find(tenant_routes, COS_ARRAY_LEN(tenant_routes),
                          c->rest.ptr == NULL ? COS_SPAN_EMPTY : cos_span_cut(&c->rest, '/'));
    if (c->rest.ptr == NULL) {
        c->rest = COS_SPAN_EMPTY;
    }
    if (c->route != NULL && c->rest.len > 0 && !c->route->has_rest) {
        call_refuse(c, 404, "not-found", "no such path: it ends behind '%s'", c->route->word);
        c->route = NULL;
    } else if (c->route == NULL) {
        call_refuse(
            c, 404, "not-found",
            "no such path: a tenant has assertions, buckets, clock, cos, digest, expire, "
            "explain, faults, journal, jwks, mfa, objects, policy, reset, revoke, "
            "roles, snapshot, sts, switches, ttl");
    }
}

static const struct {
    const char *word;
    enum call_method method;
} methods[] = {
    {"GET", CALL_GET},
    {"PUT", CALL_PUT},
    {"POST", CALL_POST},
    {"DELETE", CALL_DELETE},
};

static enum call_method method_of(const char *word)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(methods); i++) {
        if (strcmp(word, methods[i].word) == 0) {
            return methods[i].method;
        }
    }
    return 0;
}

static void check_method(struct call *c)
{
    unsigned rest = c->route->methods;
    if ((rest & c->method) != 0) {
        return;
    }
    struct cos_span allowed = COS_SPAN_EMPTY;
    for (size_t i = 0; i < COS_ARRAY_LEN(methods); i++) {
        if ((rest & methods[i].method) == 0) {
            continue;
        }
        rest &= ~(unsigned)methods[i].method;
        allowed = cos_arena_printf(&c->arena, COS_SPAN_FMT "%s%s", COS_SPAN_ARG(allowed),
                                   allowed.len == 0 ? "" : (rest == 0 ? " or " : ", "),
                                   methods[i].word);
    }
    call_wrong_method(c, allowed.ptr == NULL ? "" : allowed.ptr);
    c->route = NULL;
}

/* Where the call goes, from its head alone; NULL in c->route: the refusal is answered. */
static void find_route(struct call *c)
{
    struct cos_span rest = cos_span_of(c->request->target);
    struct cos_span path = cos_span_cut(&rest, '?');

    c->query = rest.ptr == NULL ? COS_SPAN_EMPTY : rest;
    if (cos_span_starts(path, COS_SPAN_LIT("/v1/t/"))) {
        c->rest = cos_span_from(path, 6);
        route_in_tenant(c);
    } else {
        c->route = route_find(mock_routes, COS_ARRAY_LEN(mock_routes), path);
        if (c->route == NULL) {
            call_refuse(c, 404, "not-found",
                        "no such path: /v1/info, /v1/tenants, /v1/switches, /v1/ca.pem, "
                        "/v1/t/<tenant>/... (docs/CONTROL-API.md)");
        }
    }
    if (c->route != NULL) {
        check_method(c);
    }
}

/* --- before, within and behind the body --- */

static uint64_t object_max_bytes(const struct call *c)
{
    uint64_t left = budget_left(&c->mock->memory);

    return left < OBJECT_MAX_BYTES ? left : OBJECT_MAX_BYTES;
}

static struct control_body_terms body_terms(const struct call *c)
{
    bool is_put = c->method == CALL_PUT || (c->route->has_body && c->method == CALL_POST);
    enum call_body body = is_put ? c->route->put : BODY_JSON;

    switch (body) {
    case BODY_OBJECT:
        return (struct control_body_terms){.max_bytes = object_max_bytes(c)};
    case BODY_SNAPSHOT:
        return (struct control_body_terms){.max_bytes = SNAPSHOT_MAX_BYTES, .to_file = true};
    case BODY_JSON:
    default:
        return (struct control_body_terms){.max_bytes = JSON_MAX_BYTES};
    }
}

bool control_admit(struct call *c, struct control_body_terms *out)
{
    c->method = method_of(c->request->method);
    if (!is_welcome(c)) {
        return false;
    }
    find_route(c);
    if (c->route == NULL) {
        return false;
    }
    *out = body_terms(c);
    c->tenant = tenant_unref(c->tenant); /* it may go while the body comes */
    return true;
}

void control_refuse_body(struct call *c, uint64_t max_bytes)
{
    call_refuse(c, 413, "too-large", "the body has more than the %llu bytes this call takes%s",
                (unsigned long long)max_bytes,
                max_bytes == JSON_MAX_BYTES || max_bytes >= OBJECT_MAX_BYTES
                    ? ""
                    : ": the memory limit leaves no more (cosmock --memory-limit)");
}

/* What no handler would look at is not there. */
static bool is_plain(struct call *c)
{
    static const char *const none[] = {NULL};

    if (!c->route->has_params && !call_params_known(c, none)) {
        return false;
    }
    if ((c->method == CALL_GET || c->method == CALL_DELETE) && c->request->body.len > 0) {
        call_refuse(c, 400, "invalid", "a %s takes no body", c->request->method);
        return false;
    }
    return true;
}

void control_serve(struct call *c)
{
    if (!c->wait.is_over) {
        find_route(c); /* again, because of the tenant */
        if (c->route == NULL || !is_plain(c)) {
            return;
        }
    }
    c->wait.is_wanted = false;
    c->route->handle(c);
}
