/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GetFederationToken, GetSessionToken, GetCallerIdentity and QueryApiKey (sts-cam.md s.2;
 * cam-conditions.md s.6): what permanent keys ask of themselves. By the time a handler runs the
 * caller is known, his clock and region are right and no policy denies the call. Tokens of a
 * root key live at most 7200 s, those of a sub-account's 129600 s, and neither call takes a
 * temporary key.
 */
#include "services/handlers.h"
#include "services/sts_call.h"

#include "exchange/sts_request.h"

enum {
    DURATION_DEFAULT_S = 1800,
    DURATION_MAX_ROOT_S = 7200,
    DURATION_MAX_USER_S = 129600,
    NAME_MAX_BYTES = 128,
    /* of a key that is asked about: py sts models.py, ApiKey */
    STATUS_VALID = 2,
    STATUS_DISABLED = 3,
};

static bool read_duration(struct cosmock_exchange *x, int64_t *out)
{
    const struct sts_duration limits = {
        .usual_s = DURATION_DEFAULT_S,
        .most_s = x->principal.who.kind == CAM_ROOT ? DURATION_MAX_ROOT_S : DURATION_MAX_USER_S,
    };
    return sts_read_duration(x, &limits, out);
}

/* --- GetFederationToken --- */

static bool read_name(struct cosmock_exchange *x, struct cos_span *out)
{
    static const struct sts_text name = {.name = "Name",
                                         .min_bytes = 1,
                                         .max_bytes = NAME_MAX_BYTES,
                                         .more_chars = "_.@=,+-"};
    bool is_read = sts_read_text(x, &name, out);
    x->sts_name = cos_span_sub(*out, 0, NAME_MAX_BYTES);
    return is_read;
}

static bool read_federation(struct cosmock_exchange *x, struct sts_grant *g,
                            struct cam_policy **session)
{
    static const char *const known[] = {"Name", "Policy", "DurationSeconds", NULL};
    struct cos_span text;
    if (!sts_is_permanent(x) || !sts_check_fields(x, known) || !read_name(x, &g->name) ||
        !sts_read_policy_text(x, /* is_optional= */ false, &text) ||
        !read_duration(x, &g->duration_s)) {
        return false;
    }
    const struct cam_principal *who = &x->principal.who;
    const struct sts_policy how = {g->name, who->appid, who->owner_uin};
    bool is_read = sts_read_policy(x, &how, text, session);
    g->session = *session;
    return is_read;
}

int op_get_federation_token(struct cosmock_exchange *x)
{
    struct sts_grant g = {.user = x->principal.user};
    struct cam_policy *session = NULL;
    int r = read_federation(x, &g, &session) ? sts_issue(x, &g) : 0;
    (void)cam_policy_unref(session);
    return r;
}

/* --- GetSessionToken: the caller's own rights, for who holds his MFA device --- */

/* Of a temporary key, where the switch lets it: it is then as much as that key, and no more. */
static bool may_have_session(struct cosmock_exchange *x, struct sts_grant *g)
{
    if (!SWITCH_IS(x->tenant, SESSION_TOKEN_CALLER, ANY)) {
        return sts_is_permanent(x);
    }
    if (!sts_is_somebody(x)) {
        return false;
    }
    const struct access_key *key = x->principal.key;
    g->name = cos_span_of(key->federated_name);
    g->session = key->session;
    g->asked_by = cos_span_of(key->asked_by);
    g->source_identity = cos_span_of(key->source_identity);
    g->tags = cos_span_make(key->tags, key->tags_bytes);
    return true;
}

int op_get_session_token(struct cosmock_exchange *x)
{
    static const char *const known[] = {"SerialNumber", "TokenCode", "DurationSeconds", NULL};
    struct sts_grant g = {.user = x->principal.user, .name = COS_SPAN_EMPTY};
    bool is_read = may_have_session(x, &g) && sts_check_fields(x, known) &&
                   read_duration(x, &g.duration_s) &&
                   sts_check_mfa(x, x->principal.user, /* is_needed= */ true);
    return is_read ? sts_issue(x, &g) : 0;
}

/* --- GetCallerIdentity --- */

/* The table of sts-cam.md s.2 (1312/66098): a federated user is a CAMUser, too. */
static void write_identity(struct cosmock_exchange *x)
{
    const struct principal *p = &x->principal;
    bool is_role = p->who.kind == CAM_ROLE;
    struct cos_jw w;
    sts_begin_response(x, &w);
    cos_jw_span(&w, "Arn", principal_arn(&x->arena, p));
    cos_jw_str(&w, "AccountId", p->who.owner_uin);
    cos_jw_span(&w, "UserId", principal_name(&x->arena, p, ':'));
    cos_jw_str(&w, "PrincipalId", is_role ? p->key->asked_by : p->who.uin);
    cos_jw_str(&w, "Type", is_role ? "CAMRole" : "CAMUser");
    sts_end_response(x, &w);
}

int op_get_caller_identity(struct cosmock_exchange *x)
{
    static const char *const known[] = {NULL};
    if (sts_is_somebody(x) && sts_check_fields(x, known)) {
        write_identity(x);
    }
    return 0;
}

/* --- QueryApiKey --- */

static void write_key(void *ctx, const struct access_key *key)
{
    struct cos_jw *w = ctx;
    bool is_revoked = __atomic_load_n(&key->revoked, __ATOMIC_ACQUIRE);
    cos_jw_object(w, /* name= */ NULL);
    cos_jw_str(w, "SecretId", key->secret_id);
    cos_jw_i64(w, "CreateTime", key->created_unix_ms / 1000);
    cos_jw_i64(w, "Status", is_revoked ? STATUS_DISABLED : STATUS_VALID);
    cos_jw_end(w);
}

/* Of whom: the caller, or, for his account, one of its users. NULL: refused. */
static struct user *find_asked(struct cosmock_exchange *x)
{
    const struct sts_field *f = sts_field_get(x->sts, "TargetUin");
    const struct cam_principal *who = &x->principal.who;
    const char *uin = f == NULL ? who->uin : cos_arena_str(&x->arena, f->value);
    struct user *u = uin == NULL ? NULL : world_user_find(x->tenant, uin);
    if (u == NULL || u->trust != NULL || strcmp(u->owner_uin, who->owner_uin) != 0) {
        refuse(x, STAGE_EXECUTE, "InvalidParameter.AccountNotAvaliable");
        return user_unref(u);
    }
    if (strcmp(u->uin, who->uin) != 0 && !cam_speaks_for_account(who)) {
        x->identity.detail = COS_SPAN_LIT("another user's keys are told to the account alone");
        refuse_with(x, STAGE_EXECUTE, "UnauthorizedOperation",
                    x->service->say_denied(x, x->route.op->action), COS_SPAN_EMPTY);
        return user_unref(u);
    }
    return u;
}

int op_query_api_key(struct cosmock_exchange *x)
{
    static const char *const known[] = {"TargetUin", NULL};
    if (!sts_is_somebody(x) || !sts_check_fields(x, known)) {
        return 0;
    }
    struct user *u = find_asked(x);
    if (u == NULL) {
        return 0;
    }
    struct cos_jw w;
    sts_begin_response(x, &w);
    cos_jw_array(&w, "IdKeys");
    int r = world_keys_of(x->tenant, u, write_key, &w);
    cos_jw_end(&w);
    sts_end_response(x, &w);
    (void)user_unref(u);
    return r;
}
