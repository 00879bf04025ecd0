/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AssumeRoleWithWebIdentity and AssumeRoleWithSAML (sts-cam.md s.2; cam-conditions.md s.6):
 * somebody without a key, for whom an identity provider vouches. Such calls need no signature
 * (Authorization: SKIP); the assertion is the proof, and the trust policy alone says whom the
 * role is for.
 */
#include "services/handlers.h"
#include "services/sts_call.h"
#include "services/sts_role.h"

#include "services/idp.h"

/* "qcs::cam::uin/<owner>:oidc-provider/<name>": as a trust policy names it. */
static const char *provider_arn(struct cosmock_exchange *x, const struct user *role,
                                const struct provider *p)
{
    return cos_arena_printf(&x->arena, "qcs::cam::uin/%s:%s-provider/" COS_SPAN_FMT,
                            role->owner_uin, p->is_saml ? "saml" : "oidc",
                            COS_SPAN_ARG(p->name))
        .ptr;
}

/* Whom the provider has vouched for takes the role. */
static int assume(struct cosmock_exchange *x, const struct user *role, const struct provider *p,
                  const struct idp_facts *facts)
{
    const struct cam_principal who = {.kind = CAM_ANONYMOUS,
                                      .uin = "",
                                      .owner_uin = "",
                                      .appid = "",
                                      .provider = provider_arn(x, role, p)};
    const struct assumption a = {.action = x->route.op->action,
                                 .role = role,
                                 .who = &who,
                                 .facts = facts->items,
                                 .n_facts = facts->n};
    struct sts_grant g = {.user = role, .asked_by = cos_span_of(role->owner_uin)};
    if (who.provider == NULL || !sts_read_session_name(x, &g.name) || !sts_may_assume(x, &a) ||
        !sts_read_role_duration(x, role, &g.duration_s)) {
        return who.provider == NULL ? -1 : 0;
    }
    return sts_issue(x, &g);
}

/* The provider of the role's account; false: refused. */
static bool find_provider(struct cosmock_exchange *x, struct user *account, bool is_saml,
                          struct cos_span name, struct provider *out)
{
    if (account != NULL && world_provider_find(account, is_saml, name, out)) {
        return true;
    }
    sts_say(x, "InvalidParameter.ParamError",
            cos_arena_printf(&x->arena,
                             "the role's account has no %s provider '" COS_SPAN_FMT "'",
                             is_saml ? "SAML" : "OIDC", COS_SPAN_ARG(name)));
    return false;
}

static bool refuse_claim(struct cosmock_exchange *x, const char *code, const char *why)
{
    if (why != NULL) {
        sts_say(x, code, cos_span_of(why));
    }
    return why != NULL;
}

static int with_web_identity(struct cosmock_exchange *x, const struct user *role,
                             struct user *account)
{
    static const struct sts_text id = {.name = "ProviderId"};
    static const struct sts_text token = {.name = "WebIdentityToken"};
    struct cos_span name;
    struct provider provider;
    struct idp_facts facts;
    struct idp_claim claim = {.mock = x->mock,
                              .provider = &provider,
                              .now_unix_s = x->now.token_unix_ms / 1000};
    if (!sts_read_text(x, &id, &name) || !sts_read_text(x, &token, &claim.text) ||
        !find_provider(x, account, /* is_saml= */ false, name, &provider) ||
        refuse_claim(x, "InvalidParameter.WebIdentityTokenError",
                     idp_judge_oidc(&facts, &x->arena, &claim))) {
        return 0;
    }
    return assume(x, role, &provider, &facts);
}

/* PrincipalArn is the provider: "qcs::cam::uin/<owner>:saml-provider/<name>". */
static bool read_saml_provider(struct cosmock_exchange *x, const struct user *role,
                               struct cos_span *name)
{
    static const struct sts_text principal = {.name = "PrincipalArn"};
    struct cos_span arn;
    if (!sts_read_text(x, &principal, &arn)) {
        return false;
    }
    struct cos_span head =
        cos_arena_printf(&x->arena, "qcs::cam::uin/%s:saml-provider/", role->owner_uin);
    if (head.len == 0 || !cos_span_starts(arn, head)) {
        sts_say(x, "InvalidParameter.ParamError",
                cos_arena_printf(&x->arena, "PrincipalArn must be " COS_SPAN_FMT "<name>",
                                 COS_SPAN_ARG(head)));
        return false;
    }
    *name = cos_span_from(arn, head.len);
    return true;
}

static int with_saml(struct cosmock_exchange *x, const struct user *role, struct user *account)
{
    static const struct sts_text assertion = {.name = "SAMLAssertion"};
    struct cos_span name;
    struct provider provider;
    struct idp_facts facts;
    struct idp_claim claim = {.mock = x->mock,
                              .provider = &provider,
                              .now_unix_s = x->now.token_unix_ms / 1000};
    if (!read_saml_provider(x, role, &name) || !sts_read_text(x, &assertion, &claim.text) ||
        !find_provider(x, account, /* is_saml= */ true, name, &provider) ||
        refuse_claim(x, "InvalidParameter.ParamError",
                     idp_judge_saml(&facts, &x->arena, &claim))) {
        return 0;
    }
    return assume(x, role, &provider, &facts);
}

static int with_role(struct cosmock_exchange *x,
                     int (*with)(struct cosmock_exchange *x, const struct user *role,
                                 struct user *account))
{
    struct user *role = sts_find_role(x);
    if (role == NULL) {
        return 0;
    }
    struct user *account = world_user_find(x->tenant, role->owner_uin);
    int r = with(x, role, account);
    (void)user_unref(account);
    (void)user_unref(role);
    return r;
}

int op_assume_role_with_web_identity(struct cosmock_exchange *x)
{
    static const char *const known[] = {"ProviderId",      "WebIdentityToken", "RoleArn",
                                        "RoleSessionName", "DurationSeconds",  NULL};
    return sts_check_fields(x, known) ? with_role(x, with_web_identity) : 0;
}

int op_assume_role_with_saml(struct cosmock_exchange *x)
{
    static const char *const known[] = {"SAMLAssertion",   "PrincipalArn",    "RoleArn",
                                        "RoleSessionName", "DurationSeconds", NULL};
    return sts_check_fields(x, known) ? with_role(x, with_saml) : 0;
}
