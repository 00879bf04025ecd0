/* SPDX-License-Identifier: Apache-2.0 */
/* Identity providers: pairs in the row of their account, named "oidc/<name>" or "saml/<name>",
 * whose value is pairs again. */
#include "world/world.h"

#include "store/rows.h"

void provider_put(struct cos_buf *pairs, const struct provider *p)
{
    char name[160];
    struct cos_buf said;
    cos_buf_init(&said, 1u << 20);
    (void)snprintf(name, sizeof(name), "%s/" COS_SPAN_FMT, p->is_saml ? "saml" : "oidc",
                   COS_SPAN_ARG(p->name));
    row_pair_add(&said, COS_SPAN_LIT("issuer"), p->issuer);
    row_pair_add(&said, COS_SPAN_LIT("clients"), p->clients);
    row_pair_add(&said, COS_SPAN_LIT("jwks"), p->jwks);
    pairs->failed = pairs->failed || said.failed;
    row_pair_add(pairs, cos_span_of(name), cos_buf_view(&said));
    cos_buf_deinit(&said);
}

static void read_pair(struct provider *out, const struct row_pair *said)
{
    const struct {
        const char *name;
        struct cos_span *value;
    } members[] = {{"issuer", &out->issuer}, {"clients", &out->clients}, {"jwks", &out->jwks}};
    for (size_t i = 0; i < COS_ARRAY_LEN(members); i++) {
        if (cos_span_eq_str(said->name, members[i].name)) {
            *members[i].value = said->value;
        }
    }
}

bool world_provider_next(struct cos_span *pairs, struct provider *out)
{
    struct row_pair one;
    if (!row_pair_next(pairs, &one)) {
        return false;
    }
    *out = (struct provider){.is_saml = cos_span_starts(one.name, COS_SPAN_LIT("saml/")),
                             .name = cos_span_from(one.name, 5)};
    struct row_pair said;
    while (row_pair_next(&one.value, &said)) {
        read_pair(out, &said);
    }
    return true;
}

bool world_provider_find(const struct user *account, bool is_saml, struct cos_span name,
                         struct provider *out)
{
    struct cos_span pairs = cos_span_make(account->providers, account->providers_bytes);
    while (world_provider_next(&pairs, out)) {
        if (out->is_saml == is_saml && cos_span_eq(out->name, name)) {
            return true;
        }
    }
    return false;
}
