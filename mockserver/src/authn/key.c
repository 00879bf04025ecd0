/* SPDX-License-Identifier: Apache-2.0 */
/* What all schemes need: the key of an id, the key derived of it, the host that was signed, a
 * refusal's reason. */
#include "authn/authn.h"

#include "cosbase/date.h"

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

const char *authn_zone_hint(int64_t off_s)
{
    int64_t late_s = off_s < 0 ? -off_s : off_s;
    int64_t hours = (late_s + 1800) / 3600;
    bool is_zone =
        hours > 0 && hours <= 14 && late_s - hours * 3600 <= 60 && hours * 3600 - late_s <= 60;
    return is_zone ? " (a local time that was taken for UTC?)" : "";
}

struct cos_span authn_server_time(struct cosmock_exchange *x)
{
    char iso[21];
    cos_date_iso(iso, x->now.signature_unix_ms / 1000);
    return cos_arena_printf(&x->arena, "\t<ServerTime>%s</ServerTime>\n", iso);
}

bool authn_recall_derived(const struct cosmock_exchange *x, struct cos_span of, void *out,
                          size_t n)
{
    const struct derived_key *known = &x->identity.found.derived;
    struct cos_span last = cos_span_make(known->of, strlen(known->of));
    if (of.len == 0 || !cos_span_eq(of, last)) {
        return false;
    }
    memcpy(out, known->bytes, n);
    return true;
}

void authn_keep_derived(struct cosmock_exchange *x, struct cos_span of, const void *bytes,
                        size_t n)
{
    struct derived_key *known = &x->identity.found.derived;
    if (of.len >= sizeof(known->of) || n > sizeof(known->bytes)) {
        return;
    }
    memcpy(known->of, of.ptr, of.len);
    known->of[of.len] = '\0';
    memcpy(known->bytes, bytes, n);
    world_key_remember(x->tenant, x->identity.found.key, known);
}
