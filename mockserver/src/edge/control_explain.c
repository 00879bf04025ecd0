/* SPDX-License-Identifier: Apache-2.0 */
/* The control API's explanations: why something would be allowed or denied, and why a request
 * was. */
#include "edge/control_call.h"
#include "world/world.h"

enum { CONTEXT_MAX = 64 };

/* What conditions may ask about, a parameter each. False: refused. */
static bool read_context(struct call *c, const char *pairs[CONTEXT_MAX],
                         struct cosmock_explain_query *query)
{
    query->context = pairs;
    query->n_context = call_param_all(c, "context", pairs, CONTEXT_MAX);
    if (query->n_context > CONTEXT_MAX) {
        call_refuse(c, 400, "invalid", "parameter 'context' is there %zu times: at most %d",
                    query->n_context, CONTEXT_MAX);
    }
    return query->n_context <= CONTEXT_MAX;
}

static void answer(struct call *c, char *json)
{
    c->reply->status = 200;
    cos_buf_str(&c->reply->body, json);
    free(json);
}

static void explain_request(struct call *c, const char *request)
{
    static const char *const params[] = {"request", NULL};
    struct cosmock_error err;
    char *json = NULL;
    if (!call_params_known(c, params)) {
        return;
    }
    if (cosmock_request_explain(c->tenant, request, &json, &err) != COSMOCK_OK) {
        call_fail_with(c, &err);
        return;
    }
    answer(c, json);
}

void control_explain(struct call *c)
{
    static const char *const params[] = {"uin",         "secret_id", "action", "resource",
                                         "external_id", "context",   NULL};
    struct cosmock_explain_query query = COSMOCK_EXPLAIN_QUERY_INIT;
    const char *pairs[CONTEXT_MAX];
    const char *request = call_param(c, "request");
    if (request != NULL) {
        explain_request(c, request);
        return;
    }
    if (!call_params_known_but(c, params, "context") || !read_context(c, pairs, &query)) {
        return;
    }
    query.uin = call_param(c, "uin");
    query.secret_id = call_param(c, "secret_id");
    query.action = call_param(c, "action");
    query.resource = call_param(c, "resource");
    query.external_id = call_param(c, "external_id");
    if (query.action == NULL || query.resource == NULL ||
        (query.uin == NULL) == (query.secret_id == NULL)) {
        call_refuse(c, 400, "invalid",
                    "give action, resource, and either uin or secret_id: "
                    "?uin=100000000001&action=name/cos:GetObject&resource=qcs::cos:...");
        return;
    }
    char *json = NULL;
    struct cosmock_error err;
    if (cosmock_policy_explain(c->tenant, &query, &json, &err) != COSMOCK_OK) {
        call_fail_with(c, &err);
        return;
    }
    answer(c, json);
}
