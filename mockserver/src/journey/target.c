/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does what the request names exist, and fit? Said after the caller has proved who he is, and
 * before his rights are asked: what is found here, once, is what the rights are asked about,
 * what conditions are held against and what is served (x->target), whatever becomes of the
 * names meanwhile. It only reads. That an object is missing, or a source cannot be copied, is
 * said later: it must not be told to whom it is forbidden.
 */
#include "journey/stages.h"

#include "services/names.h"
#include "services/service.h"
#include "services/website_visit.h"

#define UNKNOWN_SHOWN_BYTES 64

/* <bucket>.cos-website.<region> serves pages and nothing else (cos-wire.md s.2.0,
 * coscli#35). */
static bool is_write_to_website(const struct cosmock_exchange *x)
{
    return x->route.host.kind == HOST_WEBSITE && !cos_span_eq_str(x->parts.method, "GET") &&
           !cos_span_eq_str(x->parts.method, "HEAD");
}

/* Which of two operations, or of two values, counts must not be ours to guess:
 * "DELETE /?acl&uploads" [assumed: no capture exists]. */
static void refuse_ambiguity(struct cosmock_exchange *x)
{
    const struct op_choice *c = &x->route.choice;
    struct cos_span sentence =
        c->second != NULL
            ? cos_arena_printf(&x->arena,
                               "The request names two sub-resources, %s and %s; one decides "
                               "the operation.",
                               c->sub_resource, c->second)
            : cos_arena_printf(&x->arena, "The request names %s twice, with different values.",
                               c->twice);
    refuse_with(x, STAGE_ROUTE, "InvalidRequest", sentence, COS_SPAN_EMPTY);
}

static bool is_unknown_refused(const struct cosmock_exchange *x)
{
    return x->route.choice.unknown.len > 0 &&
           SWITCH_IS(x->tenant, UNKNOWN_SUB_RESOURCE, REFUSE);
}

/* The bare operation might destroy what a sub-resource was meant to configure. */
static void refuse_unknown_sub_resource(struct cosmock_exchange *x)
{
    x->route.op = NULL;
    const struct known_name *meant =
        name_of_query_any_case(x->service->own_params, x->route.choice.unknown);
    x->identity.detail =
        meant == NULL ? COS_SPAN_LIT("a write with a value-less parameter that is in no table "
                                     "(switch unknown-sub-resource)")
                      : cos_arena_printf(&x->arena, "it is spelled %s", meant->name);
    struct cos_span name = cos_span_sub(x->route.choice.unknown, 0, UNKNOWN_SHOWN_BYTES);
    refuse_with(x, STAGE_ROUTE, "NotImplemented",
                cos_arena_printf(&x->arena,
                                 "The sub-resource '" COS_SPAN_FMT
                                 "' is not known to this mock.",
                                 COS_SPAN_ARG(name)),
                COS_SPAN_EMPTY);
}

/* An address has no name that could stand before it: there a bucket has no other place. */
static bool is_path_style_refused(const struct cosmock_exchange *x)
{
    return SWITCH_IS(x->tenant, PATH_STYLE, REFUSE) ||
           (SWITCH_IS(x->tenant, PATH_STYLE, NATIVE_ONLY) &&
            x->service->is_path_style_refused && x->route.host.kind == HOST_SERVICE);
}

static void judge(struct cosmock_exchange *x)
{
    const struct route *r = &x->route;
    if (r->is_path_style && is_path_style_refused(x)) {
        refuse(x, STAGE_ROUTE, "PathStyleDomainForbidden");
    } else if (r->choice.second != NULL || r->choice.twice != NULL) {
        refuse_ambiguity(x);
    } else if (is_unknown_refused(x)) {
        refuse_unknown_sub_resource(x);
    } else if (r->op == NULL || is_write_to_website(x)) {
        refuse(x, STAGE_ROUTE, x->service->codes[CODE_NO_OP]);
    } else if (r->bucket.len > 0 && x->target.at.bucket == NULL && !r->op->makes_bucket) {
        refuse(x, STAGE_ROUTE, "NoSuchBucket");
    } else if (r->key.len > SERVICE_KEY_MAX_BYTES) {
        refuse(x, STAGE_ROUTE, "KeyTooLong");
    }
}

void stage_target(struct cosmock_exchange *x)
{
    judge(x);
    if (is_refused(x)) {
        return;
    }
    if ((x->route.op->heeds & HEEDS(THEME_VERSION)) != 0) {
        x->target.version = target_version(x);
    }
    target_find(x);
    website_find_page(x);
    if (x->route.op->resource == OP_RES_COPY) {
        copy_source_find(x);
    }
}
