/* SPDX-License-Identifier: Apache-2.0 */
/*
 * May this request be here, whoever asks? What a bucket says about the way its requests come:
 * over which host, whose pages may show what is in it, and, of a website, where
 * they have to go instead. Asked behind the signature, for signed requests are let
 * by, and before rights, which know nothing of it.
 */
#include "journey/stages.h"

#include "exchange/reason.h"
#include "services/accelerate.h"
#include "services/referer.h"
#include "services/website_visit.h"

#define LIMIT_MIN_BITS_PER_S 819200ull
#define LIMIT_MAX_BITS_PER_S 838860800ull
#define LIMIT_SHOWN_BYTES 40

static bool is_reason(const struct cosmock_exchange *x, const char *reason)
{
    return strcmp(x->identity.reason, reason) == 0;
}

/* Signed in its URL, which anybody may put into a page. */
static bool is_signed_url(const struct cosmock_exchange *x)
{
    return is_reason(x, REASON_OK) && header_get(x, "Authorization").ptr == NULL;
}

static void ask_referer(struct cosmock_exchange *x)
{
    const struct referer *r = referer_of(&x->target.at);
    if (r == NULL ||
        !(is_reason(x, REASON_ANONYMOUS) || (r->checks_signed_url && is_signed_url(x)))) {
        return;
    }
    struct cos_span sent = header_get(x, "Referer");
    if (!referer_allows(r, sent, SWITCH_IS(x->tenant, REFERER_WILDCARD, PARENT))) {
        x->identity.detail =
            cos_arena_printf(&x->arena, "%s by the referer rules of the bucket",
                             sent.len == 0 ? "a request without a Referer is refused"
                                           : "the Referer is refused");
        refuse_with(x, STAGE_ADMIT, "AccessDenied",
                    COS_SPAN_LIT("You are denied by bucket referer rule"), COS_SPAN_EMPTY);
    }
}

static void ask_acceleration(struct cosmock_exchange *x)
{
    if (!accelerate_is_enabled(&x->target.at)) {
        refuse(x, STAGE_ADMIT, "BucketAccelerateNotEnabled");
    } else if (!x->route.op->is_transfer) {
        refuse(x, STAGE_ADMIT, "ActionAccelerateNotSupported");
    }
}

/* cos-operations-2.md s.11; the code [assumed] */
static void read_traffic_limit(struct cosmock_exchange *x)
{
    struct cos_span sent = header_of(x, HEADER_TRAFFIC_LIMIT);
    if (sent.ptr == NULL && x->parts.n_params > 0) {
        sent = param_value(x, header_spelling(x, HEADER_TRAFFIC_LIMIT));
    }
    uint64_t bits_per_s;
    if (sent.ptr == NULL) {
        return;
    }
    if (!cos_span_u64(sent, &bits_per_s) || bits_per_s < LIMIT_MIN_BITS_PER_S ||
        bits_per_s > LIMIT_MAX_BITS_PER_S) {
        x->identity.detail =
            cos_arena_printf(&x->arena,
                             "x-cos-traffic-limit is '" COS_SPAN_FMT "'; %llu to %llu bit/s",
                             COS_SPAN_ARG(cos_span_sub(sent, 0, LIMIT_SHOWN_BYTES)),
                             LIMIT_MIN_BITS_PER_S, LIMIT_MAX_BITS_PER_S);
        refuse(x, STAGE_ADMIT, "InvalidArgument");
    } else if (SWITCH_IS(x->tenant, TRAFFIC_LIMIT, SHAPE)) {
        x->admission.bytes_per_s = bits_per_s / 8;
    }
}

void stage_admit(struct cosmock_exchange *x)
{
    if (x->route.op->is_limited) {
        read_traffic_limit(x);
    }
    if (x->route.host.kind == HOST_ACCELERATE) {
        ask_acceleration(x);
    }
    if (x->target.at.documents != NULL) {
        ask_referer(x);
    }
    if (!is_refused(x)) {
        website_redirect(x);
    }
}
