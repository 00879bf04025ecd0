/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cross-origin requests: cos-operations-2.md s.0.4, s.0.5, s.2.2 to s.2.4. Rules and rights
 * know nothing of each other: a preflight is answered to anybody, and the rules decide about
 * headers of the real request alone, whatever becomes of it, a refusal included.
 *
 * The console asks from an origin of its own and is let in without rules (s.0.5); about its
 * real requests nothing is known, so they get what the rules say.
 */
#include "services/cors_answer.h"

#include "exchange/exchange.h"
#include "services/cors.h"
#include "services/handlers.h"
#include "services/service.h"

#define CONSOLE_ORIGIN "https://console.cloud.tencent.com"
#define CONSOLE_METHODS "GET,PUT,POST,HEAD,DELETE"

/* What a rule says to one request; ptr NULL: nothing. */
struct permission {
    struct cos_span origin, methods, headers, exposed, max_age;
    bool has_credentials;
    bool varies;
};

static struct cos_span joined(struct cosmock_exchange *x, const struct xml_texts *texts)
{
    struct cos_buf b;
    cos_buf_init(&b, SIZE_MAX / 2);
    for (size_t i = 0; i < texts->n; i++) {
        cos_buf_str(&b, i == 0 ? "" : ",");
        cos_buf_span(&b, texts->items[i]);
    }
    x->failed = x->failed || b.failed;
    struct cos_span kept = cos_arena_span(&x->arena, cos_buf_view(&b));
    cos_buf_deinit(&b);
    return texts->n == 0 ? (struct cos_span){NULL, 0} : kept;
}

/* The whole list of the rule, not only what was asked for; "*" allows what was. */
static struct cos_span allowed_headers(struct cosmock_exchange *x, const struct cors_rule *rule)
{
    for (size_t i = 0; i < rule->headers.n; i++) {
        if (cos_span_eq_str(rule->headers.items[i], "*")) {
            return header_get(x, "Access-Control-Request-Headers");
        }
    }
    struct cos_span list = joined(x, &rule->headers);
    return list.ptr == NULL ? list : cos_arena_lower(&x->arena, list);
}

static struct permission permission_of(struct cosmock_exchange *x, const struct cors_match *m)
{
    const struct cors_rule *rule = m->rule;
    return (struct permission){
        .origin = m->is_any_origin ? COS_SPAN_LIT("*") : header_get(x, "Origin"),
        .methods = joined(x, &rule->methods),
        .headers = allowed_headers(x, rule),
        .exposed = joined(x, &rule->exposed),
        .max_age = rule->max_age_s < 0
                       ? (struct cos_span){NULL, 0}
                       : cos_arena_printf(&x->arena, "%lld", (long long)rule->max_age_s),
        .has_credentials = !m->is_any_origin,
    };
}

static void say(struct cosmock_exchange *x, const struct permission *p,
                void (*header)(struct cosmock_exchange *x, const char *name,
                               struct cos_span value))
{
    const struct {
        const char *name;
        struct cos_span value;
    } rows[CORS_ANSWER_HEADERS] = {
        {"Access-Control-Allow-Credentials",
         p->has_credentials ? COS_SPAN_LIT("true") : (struct cos_span){NULL, 0}},
        {"Access-Control-Allow-Headers", p->headers},
        {"Access-Control-Allow-Methods", p->methods},
        {"Access-Control-Allow-Origin", p->origin},
        {"Access-Control-Expose-Headers", p->exposed},
        {"Access-Control-Max-Age", p->max_age},
        {"Vary", p->varies ? COS_SPAN_LIT("Origin") : (struct cos_span){NULL, 0}},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        if (rows[i].value.ptr != NULL) {
            header(x, rows[i].name, rows[i].value);
        }
    }
}

/* --- the question before a request --- */

static bool find_permission(struct cosmock_exchange *x, struct permission *out)
{
    const struct cors *c = cors_of(&x->target.at);
    struct cors_question q = {.origin = header_get(x, "Origin"),
                              .method = header_get(x, "Access-Control-Request-Method"),
                              .headers = header_get(x, "Access-Control-Request-Headers")};
    struct cors_match m;
    if (c != NULL && cors_match(c, &q, &m)) {
        *out = permission_of(x, &m);
        out->varies = c->varies;
        return true;
    }
    *out = (struct permission){.origin = q.origin,
                               .methods = COS_SPAN_LIT(CONSOLE_METHODS),
                               .headers = q.headers,
                               .has_credentials = true};
    return cos_span_eq_str(q.origin, CONSOLE_ORIGIN);
}

int op_options(struct cosmock_exchange *x)
{
    struct permission p;
    if (!find_permission(x, &p)) {
        return service_refuse(x, "AccessForbidden");
    }
    say(x, &p, result_header);
    x->result.status = 200;
    return 0;
}

/* --- the request itself --- */

void cors_answer_add(struct cosmock_exchange *x)
{
    const struct cors *c = cors_of(&x->target.at);
    if (c == NULL || cos_span_eq_str(x->parts.method, "OPTIONS")) {
        return;
    }
    struct cors_question q = {.origin = header_get(x, "Origin"), .method = x->parts.method};
    struct cors_match m;
    struct permission p = {.varies = false};
    if (q.origin.ptr != NULL && cors_match(c, &q, &m)) {
        p = permission_of(x, &m);
        if (SWITCH_IS(x->tenant, CORS_ACTUAL_HEADERS, SHORT)) {
            p.methods = p.headers = p.max_age = (struct cos_span){NULL, 0};
        }
    }
    p.varies = c->varies;
    say(x, &p, reply_header);
}
