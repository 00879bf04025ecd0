/* SPDX-License-Identifier: Apache-2.0 */
/* What all schemes need: the key of an id, the host that was signed, a refusal's reason. */
#include "authn/authn.h"

void authn_refuse(struct cosmock_exchange *x, const char *code, const char *reason,
                  struct cos_span detail)
{
    x->identity.reason = reason;
    x->identity.detail = detail;
    refuse(x, STAGE_AUTHN, code);
}

bool authn_find_key(struct cosmock_exchange *x, struct cos_span secret_id)
{
    struct identity *who = &x->identity;
    who->secret_id = secret_id;
    who->found = world_key_view(x->tenant, secret_id);
    if (who->found.key == NULL) {
        who->reason = REASON_UNKNOWN_KEY;
        return false;
    }
    if (__atomic_load_n(&who->found.key->revoked, __ATOMIC_ACQUIRE)) {
        who->reason = REASON_KEY_REVOKED;
        return false;
    }
    return true;
}

struct cos_span authn_cut_port(struct cos_span host)
{
    size_t colon = cos_span_rchr(host, ':');
    return colon == SIZE_MAX ? host : cos_span_sub(host, 0, colon);
}
