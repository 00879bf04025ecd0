/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The authn stage: hands the request to the rules of its service. With enforcement off nobody is asked for a signature; a key that is named and known still
 * says who the caller is, so that the journal and GetFederationToken have somebody to speak of.
 */
#include "journey/stages.h"

#include "authn/authn.h"
#include "authn/cos_grammar.h"
#include "exchange/sts_request.h"

static void identify_only(struct cosmock_exchange *x)
{
    struct cos_auth auth = {0};
    const char *why = NULL;
    struct cos_span id;

    if (x->route.service == OP_STS) {
        id = x->sts->secret_id;
    } else {
        (void)cos_auth_read(x, &auth, &why);
        id = auth.ak;
    }
    if (id.len > 0) {
        (void)authn_find_key(x, id);
    }
    x->identity.reason = REASON_NOT_ASKED;
}

void stage_authn(struct cosmock_exchange *x)
{
    if (strcmp(world_switch_value(x->tenant, SWITCH_ENFORCEMENT), "off") == 0) {
        identify_only(x);
    } else if (x->route.service == OP_STS) {
        authn_sts_check(x);
    } else {
        authn_cos_check(x);
    }
}
