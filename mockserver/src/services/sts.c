/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GetFederationToken and GetCallerIdentity (sts-cam.md s.2). By the time a handler runs
 * the caller is known, his clock and region are right and no policy denies the call;
 * what is left are the parameters. A token is born of a permanent key only, lives at
 * most 7200 s for a root key and 129600 s for a sub-account's, and ExpiredTime is the
 * very second its key ends: floor(TOKEN clock) + DurationSeconds, or + ttl_override.
 *
 * Policy comes raw or percent-encoded once or twice (sts-cam.md s.2: the document wants
 * it encoded, Fluss and cos-sts for Java send it raw): what begins with '{' is taken as
 * it is, so that '+' and %2F inside raw JSON stay.
 */
#include "exchange/commit.h"
#include "exchange/exchange.h"
#include "exchange/sts_request.h"
#include "services/handlers.h"

#include "cosbase/codec.h"
#include "cosbase/date.h"
#include "cosbase/json.h"

enum {
    DURATION_DEFAULT_S = 1800,
    DURATION_MAX_ROOT_S = 7200,
    DURATION_MAX_USER_S = 129600,
    POLICY_MAX_CHARACTERS = 6144, /* without blanks; [assumed] from CAM's limit */
    NAME_MAX_BYTES = 128,
    JOURNALLED_MAX_BYTES = 64 << 10, /* of what was sent, however long */
};

struct federation {
    struct cos_span name, policy_text;
    int64_t duration_s;
    struct cam_policy *policy; /* reference */
};

static void say(struct cosmock_exchange *x, const char *code, struct cos_span message)
{
    x->identity.detail = message;
    refuse_with(x, STAGE_EXECUTE, code, message, COS_SPAN_EMPTY);
}

/* --- parameters --- */

static bool is_known(const char *const *known, struct cos_span name)
{
    for (; *known != NULL; known++) {
        if (cos_span_eq_str(name, *known)) {
            return true;
        }
    }
    return false;
}

/* Version 1 mixes public parameters with the action's, so only the signed v3
 * forms are held to the list. */
static bool check_fields(struct cosmock_exchange *x, const char *const *known)
{
    struct sts_request *r = x->sts;

    if (r->is_json) {
        sts_json_read(x, r);
    }
    if (r->unreadable != NULL) {
        say(x, "InvalidParameter", cos_span_of(r->unreadable));
        return false;
    }
    for (size_t i = 0; i < r->n_fields && r->scheme == STS_TC3; i++) {
        if (!is_known(known, r->fields[i].name)) {
            say(x, "UnknownParameter",
                cos_arena_printf(&x->arena,
                                 "The parameter `" COS_SPAN_FMT "` is not recognized.",
                                 COS_SPAN_ARG(r->fields[i].name)));
            return false;
        }
    }
    return true;
}

static bool read_text(struct cosmock_exchange *x, const char *name, struct cos_span *out)
{
    const struct sts_field *f = sts_field_get(x->sts, name);

    if (f == NULL || f->value.len == 0) {
        say(x, "MissingParameter",
            cos_arena_printf(&x->arena, "The request is missing a required parameter `%s`.",
                             name));
        return false;
    }
    if (f->kind != STS_TEXT) {
        say(x, "InvalidParameter",
            cos_arena_printf(&x->arena, "The value type of parameter `%s` is not valid.",
                             name));
        return false;
    }
    *out = f->value;
    return true;
}

static bool is_name_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c != '\0' && strchr("_.@=,+-", c) != NULL);
}

static bool is_name(struct cos_span s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!is_name_char(s.ptr[i])) {
            return false;
        }
    }
    return s.len <= NAME_MAX_BYTES;
}

/* Set even when it is out of range: the journal shows what was asked. */
static bool read_duration(struct cosmock_exchange *x, int64_t *out)
{
    const struct sts_field *f = sts_field_get(x->sts, "DurationSeconds");

    *out = DURATION_DEFAULT_S;
    if (f == NULL) {
        return true;
    }
    bool is_typed = f->kind == (x->sts->is_json ? STS_NUMBER : STS_TEXT);
    if (!is_typed || !cos_span_i64(f->value, out)) {
        say(x, "InvalidParameter",
            COS_SPAN_LIT("The value type of parameter `DurationSeconds` is not valid."));
        return false;
    }
    x->sts_duration_s = *out;
    int64_t most =
        x->principal.who.kind == CAM_ROOT ? DURATION_MAX_ROOT_S : DURATION_MAX_USER_S;
    if (*out < 1 || *out > most) {
        say(x, "InvalidParameter.OverTimeError",
            cos_arena_printf(&x->arena, "DurationSeconds must be between 1 and %lld.",
                             (long long)most));
        return false;
    }
    return true;
}

/* --- the policy --- */

static struct cos_span form_decode(struct cosmock_exchange *x, struct cos_span s)
{
    char *out = cos_arena_alloc(&x->arena, s.len);

    if (out == NULL) {
        return COS_SPAN_EMPTY;
    }
    return (struct cos_span){out, cos_percent_decode(out, s, /* plus_is_space= */ true)};
}

static struct cos_span decode_policy(struct cosmock_exchange *x, struct cos_span sent)
{
    struct cos_span text = cos_span_trim(sent);

    if (cos_span_starts(text, COS_SPAN_LIT("{"))) {
        return text;
    }
    text = cos_span_trim(form_decode(x, text));
    if (cos_span_starts_nocase(text, COS_SPAN_LIT("%7B"))) {
        text = cos_span_trim(form_decode(x, text));
    }
    return text;
}

/* Characters of UTF-8, blanks not counted. */
static size_t count_characters(struct cos_span s)
{
    size_t n = 0;

    for (size_t i = 0; i < s.len; i++) {
        bool is_continuation = ((unsigned char)s.ptr[i] & 0xc0) == 0x80;
        bool is_blank = s.ptr[i] == ' ' || (s.ptr[i] >= '\t' && s.ptr[i] <= '\r');
        n += !is_continuation && !is_blank;
    }
    return n;
}

static bool read_policy(struct cosmock_exchange *x, struct federation *f)
{
    const char *name = cos_arena_str(&x->arena, f->name);

    if (name == NULL) {
        return false;
    }
    if (count_characters(f->policy_text) > POLICY_MAX_CHARACTERS) {
        refuse(x, STAGE_EXECUTE, "InvalidParameter.PolicyTooLong");
        return false;
    }
    struct cos_text_error err = {0};
    if (cam_policy_parse(&f->policy, f->policy_text, CAM_SESSION, name, &err) != 0) {
        say(x, "InvalidParameter.StrategyFormatError",
            cos_arena_printf(&x->arena, "Invalid policy syntax: line %u, column %u: %s.",
                             err.line, err.column, err.message));
        return false;
    }
    const struct cam_principal *who = &x->principal.who;
    if (cam_policy_names_other_account(f->policy, who->appid, who->owner_uin)) {
        refuse(x, STAGE_EXECUTE, "InvalidParameter.GrantOtherResource");
        return false;
    }
    return true;
}

static bool read_federation(struct cosmock_exchange *x, struct federation *f)
{
    /* enforcement is off and nobody said who he is */
    if (x->principal.who.kind == CAM_ANONYMOUS) {
        refuse(x, STAGE_EXECUTE, "AuthFailure.SecretIdNotFound");
        return false;
    }
    if (x->principal.who.kind == CAM_FEDERATED) {
        refuse(x, STAGE_EXECUTE, "FailedOperation.TempKeyNotAllowed");
        return false;
    }
    static const char *const known[] = {"Name", "Policy", "DurationSeconds", NULL};
    if (!check_fields(x, known) || !read_text(x, "Name", &f->name)) {
        return false;
    }
    x->sts_name = cos_span_sub(f->name, 0, NAME_MAX_BYTES);
    if (!is_name(f->name)) {
        say(x, "InvalidParameter.ParamError",
            COS_SPAN_LIT("Name may have 128 letters, digits and _.@=,+-"));
        return false;
    }
    struct cos_span sent;
    if (!read_text(x, "Policy", &sent)) {
        return false;
    }
    f->policy_text = decode_policy(x, sent);
    x->sts_policy = cos_span_sub(f->policy_text, 0, JOURNALLED_MAX_BYTES);
    return read_duration(x, &f->duration_s) && read_policy(x, f);
}

/* --- replies --- */

static void begin_response(struct cosmock_exchange *x, struct cos_jw *w)
{
    cos_buf_init(&x->result.body, 64u << 10);
    cos_jw_init(w, &x->result.body);
    cos_jw_object(w, NULL);
    cos_jw_object(w, "Response");
}

static void end_response(struct cosmock_exchange *x, struct cos_jw *w)
{
    cos_jw_str(w, "RequestId", exchange_request_id(x));
    cos_jw_end(w);
    cos_jw_end(w);
    x->result.status = 200;
}

static void write_credentials(struct cosmock_exchange *x, const struct access_key *key)
{
    int64_t expires_s = key->expires_unix_ms / 1000;
    char iso[21];
    cos_date_iso(iso, expires_s);

    struct cos_jw w;
    begin_response(x, &w);
    cos_jw_object(&w, "Credentials");
    cos_jw_span(&w, "Token", cos_secret_view(&key->token));
    cos_jw_str(&w, "TmpSecretId", key->secret_id);
    cos_jw_span(&w, "TmpSecretKey", cos_secret_view(&key->secret_key));
    cos_jw_end(&w);
    cos_jw_i64(&w, "ExpiredTime", expires_s);
    cos_jw_str(&w, "Expiration", iso);
    end_response(x, &w);
}

/* A key that is not there after all leaves no name behind. */
static int not_issued(struct cosmock_exchange *x)
{
    enum backend_result r = x->commit->result;
    world_key_give_up(x->tenant, x->issued_secret_id);
    x->issued_secret_id = COS_SPAN_EMPTY;
    if (r == BACKEND_NOMEM) {
        return -1;
    }
    if (r == BACKEND_NO_ROOM || r == BACKEND_IO) {
        exchange_refuse_backend(x, STAGE_EXECUTE, r, cos_span_of(x->commit->reason));
    } else {
        refuse(x, STAGE_EXECUTE, "AuthFailure.SecretIdNotFound"); /* its user has gone */
    }
    return 0;
}

static int issued(struct cosmock_exchange *x)
{
    struct access_key *key =
        x->commit->result == BACKEND_OK ? world_key_find(x->tenant, x->issued_secret_id) : NULL;
    if (key == NULL) {
        return not_issued(x);
    }
    write_credentials(x, key);
    (void)access_key_unref(key);
    return 0;
}

static bool has_room(struct cosmock_exchange *x)
{
    if (budget_left(&x->mock->memory) > 0) {
        return true;
    }
    x->identity.detail = COS_SPAN_LIT("the memory limit is reached and tokens are kept; "
                                      "delete something, or raise it (cosmock "
                                      "--memory-limit)");
    refuse(x, STAGE_EXECUTE, "RequestLimitExceeded");
    return false;
}

static int issue(struct cosmock_exchange *x, const struct federation *f)
{
    if (!has_room(x)) {
        return 0;
    }
    int64_t override_s = __atomic_load_n(&x->tenant->ttl_override_s, __ATOMIC_ACQUIRE);
    int64_t ttl_s = override_s != 0 ? override_s : f->duration_s;
    const struct key_grant grant = {
        .user = x->principal.user,
        .federated_name = cos_arena_str(&x->arena, f->name),
        .session = f->policy,
        .expires_unix_ms = (x->now.token_unix_ms / 1000 + ttl_s) * 1000,
    };
    struct batch *batch = grant.federated_name == NULL ? NULL : batch_new();
    if (batch == NULL ||
        world_key_grant(x->tenant, batch, &grant, &x->issued_secret_id, &x->arena) != 0) {
        (void)batch_free(batch);
        return -1;
    }
    int r = exchange_commit(x, batch, issued);
    if (r < 0) {
        world_key_give_up(x->tenant, x->issued_secret_id);
    }
    return r;
}

int op_get_federation_token(struct cosmock_exchange *x)
{
    struct federation f = {0};
    int r = 0;

    if (read_federation(x, &f)) {
        r = issue(x, &f);
    }
    (void)cam_policy_unref(f.policy);
    return r;
}

/* The table of sts-cam.md s.2 (1312/66098): a federated user is a CAMUser, too. */
static void write_identity(struct cosmock_exchange *x)
{
    const struct principal *p = &x->principal;
    struct cos_jw w;

    begin_response(x, &w);
    cos_jw_span(&w, "Arn", principal_arn(&x->arena, p));
    cos_jw_str(&w, "AccountId", p->who.owner_uin);
    cos_jw_span(&w, "UserId", principal_name(&x->arena, p, ':'));
    cos_jw_str(&w, "PrincipalId", p->who.uin);
    cos_jw_str(&w, "Type", "CAMUser");
    end_response(x, &w);
}

int op_get_caller_identity(struct cosmock_exchange *x)
{
    static const char *const known[] = {NULL};

    /* enforcement is off and nobody said who he is */
    if (x->principal.who.kind == CAM_ANONYMOUS) {
        refuse(x, STAGE_EXECUTE, "AuthFailure.SecretIdNotFound");
    } else if (check_fields(x, known)) {
        write_identity(x);
    }
    return 0;
}
