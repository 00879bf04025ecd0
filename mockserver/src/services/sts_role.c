/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AssumeRole (sts-cam.md s.2; cam-conditions.md s.6). Two sides must allow it: the role's trust
 * policy, and a policy of the caller, who is an account, one of its users, or the holder of a
 * temporary key; an account needs the trust alone. What comes of it is the role: its rights, as
 * far as the Policy of the call goes, and nothing of the caller's.
 *
 * The order of checks is inferred: a role that is not there is named before rights are asked,
 * because there is nobody whose trust could be asked; rights come before what is left of the
 * parameters.
 */
#include "services/sts_role.h"
#include "services/handlers.h"
#include "services/sts_call.h"

#include "exchange/question.h"
#include "exchange/sts_request.h"
#include "services/dialects.h"

#define SESSION_NAME_CHARS "+=,.@_-" /* py sts models.py: [\w+=,.@_-]* */
enum { DURATION_DEFAULT_S = 7200 };

/* --- which role --- */

struct user *sts_find_role(struct cosmock_exchange *x)
{
    static const struct sts_text text = {.name = "RoleArn"};
    struct cos_span arn;
    struct role_arn said;
    if (!sts_read_text(x, &text, &arn)) {
        return NULL;
    }
    x->sts_role = cos_span_sub(arn, 0, 256);
    if (!role_arn_read(arn, &said)) {
        sts_say(x, "InvalidParameter.ParamError",
                COS_SPAN_LIT("RoleArn must be qcs::cam::uin/<owner>:roleName/<name> or "
                             "qcs::cam::uin/<owner>:role/<id>"));
        return NULL;
    }
    struct user *role = world_role_find(x->tenant, &said);
    if (role == NULL) {
        x->identity.detail =
            cos_arena_printf(&x->arena, "no role of this world is " COS_SPAN_FMT,
                             COS_SPAN_ARG(arn));
        refuse(x, STAGE_EXECUTE, "ResourceNotFound.RoleNotFound");
    }
    return role;
}

/* --- what all ways of assuming one have in common --- */

bool sts_read_session_name(struct cosmock_exchange *x, struct cos_span *out)
{
    static const struct sts_text name = {.name = "RoleSessionName",
                                         .min_bytes = 2,
                                         .max_bytes = 128,
                                         .more_chars = SESSION_NAME_CHARS};
    bool is_read = sts_read_text(x, &name, out);
    x->sts_name = cos_span_sub(*out, 0, name.max_bytes);
    return is_read;
}

bool sts_read_role_duration(struct cosmock_exchange *x, const struct user *role, int64_t *out)
{
    /* a text in the sample of AssumeRoleWithWebIdentity (cam-conditions.md s.6) */
    const struct sts_duration limits = {DURATION_DEFAULT_S, role->session_max_s,
                                        .takes_text = true};
    return sts_read_duration(x, &limits, out);
}

bool sts_may_assume(struct cosmock_exchange *x, const struct assumption *a)
{
    struct cam_verdict verdict;
    question_ask_assumption(x, a, &verdict);
    if (verdict.allowed) {
        return true;
    }
    x->identity.detail = verdict.why;
    refuse_with(x, STAGE_AUTHZ, "UnauthorizedOperation",
                dialect_sts_not_authorized(x, a->action, role_arn_by_name(&x->arena, a->role)),
                COS_SPAN_EMPTY);
    return false;
}

/* --- AssumeRole --- */

/* Who stands at the beginning of a chain of roles. */
static struct cos_span asked_by(const struct principal *p)
{
    return cos_span_of(p->who.kind == CAM_ROLE ? p->key->asked_by : p->who.uin);
}

static bool read_caller(struct cosmock_exchange *x, struct cos_span *external_id,
                        struct sts_grant *g)
{
    static const struct sts_text id = {.name = "ExternalId",
                                       .min_bytes = 2,
                                       .max_bytes = 128,
                                       .more_chars = "_+=,.@:/-", /* py sts models.py */
                                       .is_optional = true};
    static const struct sts_text source = {.name = "SourceIdentity",
                                           .min_bytes = 1,
                                           .max_bytes = 128,
                                           .more_chars = SESSION_NAME_CHARS,
                                           .is_optional = true};
    bool is_read = sts_read_session_name(x, &g->name) && sts_read_text(x, &id, external_id) &&
                   sts_read_text(x, &source, &g->source_identity);
    x->sts_source_identity = g->source_identity;
    return is_read;
}

static bool may_assume(struct cosmock_exchange *x, const struct user *role,
                       struct cos_span external_id)
{
    const struct cam_fact fact = {"sts:external_id", external_id};
    return sts_may_assume(x, &(struct assumption){.action = x->route.op->action,
                                                  .role = role,
                                                  .who = &x->principal.who,
                                                  .facts = &fact,
                                                  .n_facts = external_id.ptr != NULL});
}

static bool read_rest(struct cosmock_exchange *x, const struct user *role, struct sts_grant *g,
                      struct cam_policy **session)
{
    struct cos_span text;
    if (!sts_read_policy_text(x, /* is_optional= */ true, &text) ||
        !sts_read_role_duration(x, role, &g->duration_s) || !sts_read_tags(x, &g->tags) ||
        !sts_check_mfa(x, x->principal.user, /* is_needed= */ false)) {
        return false;
    }
    const struct sts_policy how = {g->name, role->appid, role->owner_uin};
    bool is_read = sts_read_policy(x, &how, text, session);
    g->session = *session;
    return is_read;
}

static int assume(struct cosmock_exchange *x, const struct user *role)
{
    struct sts_grant g = {.user = role, .asked_by = asked_by(&x->principal)};
    struct cos_span external_id;
    struct cam_policy *session = NULL;
    int r = 0;
    if (read_caller(x, &external_id, &g) && may_assume(x, role, external_id) &&
        read_rest(x, role, &g, &session)) {
        r = sts_issue(x, &g);
    }
    (void)cam_policy_unref(session);
    return r;
}

int op_assume_role(struct cosmock_exchange *x)
{
    static const char *const known[] = {
        "RoleArn", "RoleSessionName", "DurationSeconds", "Policy",    "ExternalId", "Tags",
        "Tags.",   "SourceIdentity",  "SerialNumber",    "TokenCode", NULL};
    if (!sts_is_somebody(x) || !sts_check_fields(x, known)) {
        return 0;
    }
    struct user *role = sts_find_role(x);
    int r = role == NULL ? 0 : assume(x, role);
    (void)user_unref(role);
    return r;
}
