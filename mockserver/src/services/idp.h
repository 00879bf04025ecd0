/* SPDX-License-Identifier: Apache-2.0 */
/* Identity providers: whose assertions are believed, and what one says. Those of the mock's own
 * making: cosmock/world.h. */
#ifndef SERVICES_IDP_H
#define SERVICES_IDP_H

#include "world/world.h"

#define IDP_KID "mock" /* of the one key the mock has */
#define IDP_SAML_RECIPIENT "https://cloud.tencent.com/login/saml" /* cam-conditions.md s.6 */

/* What a provider says of its user, for the conditions of a trust policy. */
struct idp_facts {
    struct cam_fact items[4];
    size_t n;
};
/* What is judged, and when; borrowed. */
struct idp_claim {
    struct cosmock *mock;
    const struct provider *provider;
    struct cos_span text; /* a JWT, or XML */
    int64_t now_unix_s;
};
/** NULL, and *out in @arena; else what is wrong, one English line. */
const char *idp_judge_oidc(struct idp_facts *out, struct cos_arena *arena,
                           const struct idp_claim *claim);
/** The same of base64 of an XML text. */
const char *idp_judge_saml(struct idp_facts *out, struct cos_arena *arena,
                           const struct idp_claim *claim);

struct cos_rsa;
/* What the mock says in a provider's name. */
struct idp_statement {
    struct cos_span issuer, subject, audience;
    int64_t now_unix_s, from_unix_s, until_unix_s;
};
/** Write a response with one signed assertion in it. False: no memory. */
COS_MUST_CHECK bool idp_write_saml(struct cos_buf *out, const struct cos_rsa *key,
                                   const struct idp_statement *s);

#endif
