/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The authn stage: hands the request to the scheme of its service. With enforcement off nobody
 * is asked for a signature, nor by an operation that needs none: SDKs sign preflights, and
 * browsers send them to a URL that is signed for another method (cos-operations-2.md s.2.3). A
 * key that is named and known still says who the caller is, so that the journal and
 * GetFederationToken have somebody to speak of.
 */
#include "journey/stages.h"

#include "authn/authn.h"
#include "authn/cos_grammar.h"
#include "exchange/sts_request.h"
#include "services/strict_signature.h"

static struct cos_span cos_secret_id(struct cosmock_exchange *x)
{
    struct cos_auth auth = {0};
    const char *why = NULL;
    if (cos_auth_read(x, &auth, &why) == COS_AUTH_ABSENT && x->form != NULL) {
        (void)cos_auth_read_form(x->form, &auth, &why);
    }
    return auth.ak;
}

/* A form is signed as other requests are, or by its policy. */
static void check_cos(struct cosmock_exchange *x)
{
    authn_cos_check(x);
    if (x->form != NULL && strcmp(x->identity.reason, REASON_ANONYMOUS) == 0) {
        authn_form_check(x);
    }
}

static struct cos_span cloud_api_secret_id(struct cosmock_exchange *x)
{
    return x->sts->secret_id;
}

static const struct scheme {
    void (*check)(struct cosmock_exchange *x);
    struct cos_span (*secret_id)(struct cosmock_exchange *x); /* as it is said, unproved */
    /* a bucket may ask for more of a signature: of those of COS (cos-s3.md s.3: no counterpart
     * is reported of the others) */
    bool may_be_strict;
} schemes[] = {
    [SCHEME_COS] = {check_cos, cos_secret_id, .may_be_strict = true},
    [SCHEME_CLOUD_API] = {authn_sts_check, cloud_api_secret_id},
    [SCHEME_AWS] = {authn_aws_check, authn_aws_secret_id},
};

static void identify_only(struct cosmock_exchange *x, struct cos_span id)
{
    if (id.len > 0) {
        (void)authn_find_key(x, id);
    }
    x->identity.reason = REASON_NOT_ASKED;
}

/* The service says so before it compares the signature (cos-operations-2.md s.9), of which is
 * known by now whether it is right. */
static void ask_strictly(struct cosmock_exchange *x)
{
    const struct strict_signature *s = strict_signature_of(&x->target.at);
    bool is_compared = strcmp(x->identity.reason, REASON_OK) == 0 ||
                       strcmp(x->identity.reason, REASON_SIGNATURE_DIFFERS) == 0;
    const char *sentence = s != NULL && is_compared ? strict_signature_complaint(s, x) : NULL;
    if (sentence != NULL) {
        x->identity.reason = REASON_NOT_STRICT;
        x->identity.detail = cos_span_of(sentence);
        x->result.refused_by = STAGE_NONE;
        refuse_with(x, STAGE_AUTHN, "AccessDenied", cos_span_of(sentence), COS_SPAN_EMPTY);
    }
}

/* The account that the bucket belongs to. */
static void identify_owner(struct cosmock_exchange *x)
{
    const struct bucket *b = x->target.at.bucket;
    struct user *owner = b == NULL ? NULL : world_user_find(x->tenant, b->owner_uin);
    if (owner != NULL) {
        principal_of_user(&x->principal, x->tenant, owner);
        user_unref(owner);
    }
    x->identity.reason = REASON_NOT_ASKED;
}

void stage_authn(struct cosmock_exchange *x)
{
    if (x->is_owners) {
        identify_owner(x);
        return;
    }
    const struct scheme *s = &schemes[x->service->scheme];
    bool is_asked = x->route.op == NULL || !x->route.op->is_unsigned;
    if (!is_asked || SWITCH_IS(x->tenant, ENFORCEMENT, OFF)) {
        identify_only(x, s->secret_id(x));
    } else {
        s->check(x);
        if (s->may_be_strict) {
            ask_strictly(x);
        }
    }
    if (x->identity.found.key != NULL) {
        principal_of_key(&x->principal, &x->identity.found);
    }
}
