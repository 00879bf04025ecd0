/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parameters of STS calls (sts-cam.md s.2), read when the caller is known and no policy
 * denies the call. Codes: sts-cam.md s.2.1; where only a code is known, the sentence is ours.
 *
 * A Policy comes raw or percent-encoded once or twice (sts-cam.md s.2: the document wants it
 * encoded, Fluss and cos-sts for Java send it raw): what begins with '{' is taken as it is, so
 * that '+' and %2F inside raw JSON stay.
 */
#include "services/sts_call.h"

#include "cosbase/codec.h"
#include "exchange/sts_request.h"
#include "services/mfa.h"
#include "store/rows.h"

enum {
    POLICY_MAX_CHARACTERS = 6144,    /* without blanks; [assumed] from CAM's limit */
    JOURNALLED_MAX_BYTES = 64 << 10, /* of what was sent, however long */
    /* py sts models.py: AssumeRole, Tag */
    TAGS_MAX = 50,
    TAG_KEY_MAX_CHARACTERS = 128,
    TAG_VALUE_MAX_CHARACTERS = 256,
};

void sts_say(struct cosmock_exchange *x, const char *code, struct cos_span message)
{
    x->identity.detail = message;
    refuse_with(x, STAGE_EXECUTE, code, message, COS_SPAN_EMPTY);
}

bool sts_is_somebody(struct cosmock_exchange *x)
{
    if (x->principal.who.kind == CAM_ANONYMOUS) {
        refuse(x, STAGE_EXECUTE, "AuthFailure.SecretIdNotFound");
        return false;
    }
    return true;
}

bool sts_is_permanent(struct cosmock_exchange *x)
{
    if (!sts_is_somebody(x)) {
        return false;
    }
    if (x->principal.key->is_temporary) {
        refuse(x, STAGE_EXECUTE, "FailedOperation.TempKeyNotAllowed");
        return false;
    }
    return true;
}

/* --- names --- */

static bool is_known(const char *const *known, struct cos_span name)
{
    for (; *known != NULL; known++) {
        struct cos_span k = cos_span_of(*known);
        bool is_family = cos_span_ends(k, COS_SPAN_LIT("."));
        if (is_family ? cos_span_starts(name, k) : cos_span_eq(name, k)) {
            return true;
        }
    }
    return false;
}

/* Version 1 mixes public parameters with the action's, so only the signed v3
 * forms are held to the list. */
bool sts_check_fields(struct cosmock_exchange *x, const char *const *known)
{
    struct sts_request *r = x->sts;
    if (r->is_json) {
        sts_json_read(x, r);
    }
    if (r->unreadable != NULL) {
        sts_say(x, "InvalidParameter", cos_span_of(r->unreadable));
        return false;
    }
    for (size_t i = 0; i < r->n_fields && r->scheme == STS_TC3; i++) {
        if (!is_known(known, r->fields[i].name)) {
            sts_say(x, "UnknownParameter",
                    cos_arena_printf(&x->arena,
                                     "The parameter `" COS_SPAN_FMT "` is not recognized.",
                                     COS_SPAN_ARG(r->fields[i].name)));
            return false;
        }
    }
    return true;
}

/* --- texts and numbers --- */

static bool lacks(struct cosmock_exchange *x, const char *name)
{
    sts_say(x, "MissingParameter",
            cos_arena_printf(&x->arena, "The request is missing a required parameter `%s`.",
                             name));
    return false;
}

static bool is_of_wrong_type(struct cosmock_exchange *x, const char *name)
{
    sts_say(x, "InvalidParameter",
            cos_arena_printf(&x->arena, "The value type of parameter `%s` is not valid.",
                             name));
    return false;
}

static bool is_of(struct cos_span s, const char *more_chars)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool is_alnum =
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_alnum && (c == '\0' || strchr(more_chars, c) == NULL)) {
            return false;
        }
    }
    return true;
}

static bool check_text(struct cosmock_exchange *x, const struct sts_text *text,
                       struct cos_span s)
{
    bool has_length =
        s.len >= text->min_bytes && (text->max_bytes == 0 || s.len <= text->max_bytes);
    if (has_length && (text->more_chars == NULL || is_of(s, text->more_chars))) {
        return true;
    }
    sts_say(x, "InvalidParameter.ParamError",
            cos_arena_printf(&x->arena, "%s may have %zu to %zu letters, digits and %s",
                             text->name, text->min_bytes, text->max_bytes,
                             text->more_chars == NULL ? "other characters" : text->more_chars));
    return false;
}

bool sts_read_text(struct cosmock_exchange *x, const struct sts_text *text,
                   struct cos_span *out)
{
    const struct sts_field *f = sts_field_get(x->sts, text->name);
    *out = (struct cos_span){NULL, 0};
    if (f == NULL || f->value.len == 0) {
        return text->is_optional || lacks(x, text->name);
    }
    if (f->kind != STS_TEXT) {
        return is_of_wrong_type(x, text->name);
    }
    *out = f->value;
    return check_text(x, text, f->value);
}

/* Set even when it is out of range: the journal shows what was asked. */
bool sts_read_duration(struct cosmock_exchange *x, const struct sts_duration *limits,
                       int64_t *out)
{
    const struct sts_field *f = sts_field_get(x->sts, "DurationSeconds");
    *out = limits->usual_s < limits->most_s ? limits->usual_s : limits->most_s;
    if (f == NULL) {
        return true;
    }
    bool is_typed = f->kind == (x->sts->is_json ? STS_NUMBER : STS_TEXT) ||
                    (f->kind == STS_TEXT && limits->takes_text);
    if (!is_typed || !cos_span_i64(f->value, out)) {
        return is_of_wrong_type(x, "DurationSeconds");
    }
    x->sts_duration_s = *out;
    if (*out < 1 || *out > limits->most_s) {
        sts_say(x, "InvalidParameter.OverTimeError",
                cos_arena_printf(&x->arena, "DurationSeconds must be between 1 and %lld.",
                                 (long long)limits->most_s));
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

/* Characters of UTF-8, blanks not counted unless @with_blanks. */
static size_t count_characters(struct cos_span s, bool with_blanks)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++) {
        bool is_continuation = ((unsigned char)s.ptr[i] & 0xc0) == 0x80;
        bool is_blank = s.ptr[i] == ' ' || (s.ptr[i] >= '\t' && s.ptr[i] <= '\r');
        n += !is_continuation && (with_blanks || !is_blank);
    }
    return n;
}

bool sts_read_policy_text(struct cosmock_exchange *x, bool is_optional, struct cos_span *out)
{
    const struct sts_text text = {.name = "Policy", .is_optional = is_optional};
    if (!sts_read_text(x, &text, out)) {
        return false;
    }
    if (out->ptr != NULL) {
        *out = decode_policy(x, *out);
        x->sts_policy = cos_span_sub(*out, 0, JOURNALLED_MAX_BYTES);
    }
    return true;
}

bool sts_read_policy(struct cosmock_exchange *x, const struct sts_policy *how,
                     struct cos_span text, struct cam_policy **out)
{
    const char *name = cos_arena_str(&x->arena, how->name);
    *out = NULL;
    if (name == NULL || text.ptr == NULL) {
        return name != NULL;
    }
    if (count_characters(text, /* with_blanks= */ false) > POLICY_MAX_CHARACTERS) {
        refuse(x, STAGE_EXECUTE, "InvalidParameter.PolicyTooLong");
        return false;
    }
    struct cos_text_error err = {0};
    if (cam_policy_parse(out, text, CAM_SESSION, name, &err) != 0 ||
        world_policy_admit(x->tenant, out, &err, /* at= */ NULL) != 0) {
        sts_say(x, "InvalidParameter.StrategyFormatError",
                cos_arena_printf(&x->arena, "Invalid policy syntax: line %u, column %u: %s.",
                                 err.line, err.column, err.message));
        return false;
    }
    if (cam_policy_names_other_account(*out, how->appid, how->owner_uin)) {
        refuse(x, STAGE_EXECUTE, "InvalidParameter.GrantOtherResource");
        *out = cam_policy_unref(*out);
        return false;
    }
    return true;
}

/* --- session tags --- */

struct tags {
    struct cos_span keys[TAGS_MAX];
    size_t n;
    struct cos_buf pairs;
};

static bool refuse_tags(struct cosmock_exchange *x, const char *what)
{
    sts_say(x, "InvalidParameter.ParamError", cos_span_of(what));
    return false;
}

static bool add_tag(struct cosmock_exchange *x, struct tags *all, struct cos_span key,
                    struct cos_span value)
{
    if (all->n == TAGS_MAX) {
        sts_say(x, "InvalidParameter.OverLimit",
                COS_SPAN_LIT("a session may have 50 tags at most"));
        return false;
    }
    if (key.len == 0 || count_characters(key, true) > TAG_KEY_MAX_CHARACTERS ||
        count_characters(value, true) > TAG_VALUE_MAX_CHARACTERS) {
        return refuse_tags(
            x, "the Key of a tag may have 1 to 128 characters, its Value up to 256");
    }
    for (size_t i = 0; i < all->n; i++) {
        if (cos_span_eq(all->keys[i], key)) {
            return refuse_tags(x, "the Key of a tag may appear once");
        }
    }
    all->keys[all->n++] = cos_arena_span(&x->arena, key);
    row_pair_add(&all->pairs, key, value);
    return true;
}

static bool read_json_tags(struct cosmock_exchange *x, const struct sts_field *f,
                           struct tags *all)
{
    COS_CLEANUP(cos_json_free) struct cos_json *list = NULL;
    struct cos_text_error err = {0};
    bool is_list = cos_json_parse(&list, f->value, &COS_JSON_LIMITS_DEFAULT, &err) == 0 &&
                   cos_json_kind(list) == COS_JSON_ARRAY;
    for (const struct cos_json *m = is_list ? cos_json_first(list) : NULL; m != NULL;
         m = cos_json_next(m)) {
        const char *key = cos_json_str(cos_json_get(m, "Key"));
        const char *value = cos_json_str(cos_json_get(m, "Value"));
        if (key == NULL || value == NULL) {
            return is_of_wrong_type(x, "Tags");
        }
        if (!add_tag(x, all, cos_span_of(key), cos_span_of(value))) {
            return false;
        }
    }
    return is_list || is_of_wrong_type(x, "Tags");
}

/* "Tags.0.Key" and "Tags.0.Value", from 0 on (sts-cam.md s.1.2). */
static bool read_flat_tags(struct cosmock_exchange *x, struct tags *all)
{
    for (unsigned i = 0;; i++) {
        char name[32];
        (void)snprintf(name, sizeof(name), "Tags.%u.Key", i);
        const struct sts_field *key = sts_field_get(x->sts, name);
        (void)snprintf(name, sizeof(name), "Tags.%u.Value", i);
        const struct sts_field *value = sts_field_get(x->sts, name);
        if (key == NULL || value == NULL) {
            return (key == NULL) == (value == NULL) || is_of_wrong_type(x, "Tags");
        }
        if (!add_tag(x, all, key->value, value->value)) {
            return false;
        }
    }
}

bool sts_read_tags(struct cosmock_exchange *x, struct cos_span *out)
{
    const struct sts_field *f = sts_field_get(x->sts, "Tags");
    struct tags all = {.n = 0};
    cos_buf_init(&all.pairs, 1u << 20);
    bool is_read =
        x->sts->is_json ? f == NULL || read_json_tags(x, f, &all) : read_flat_tags(x, &all);
    *out = cos_arena_span(&x->arena, cos_buf_view(&all.pairs));
    cos_buf_deinit(&all.pairs);
    return is_read && !x->arena.failed;
}

/* --- MFA --- */

/* "qcs::cam:uin/<owner>::mfa/softToken" (py sts models.py). */
static bool check_serial(struct cosmock_exchange *x, const struct user *user,
                         struct cos_span serial)
{
    size_t at = cos_span_find(serial, COS_SPAN_LIT("::mfa/"));
    if (at != SIZE_MAX && !cos_span_eq_str(cos_span_from(serial, at + 6), "softToken")) {
        refuse(x, STAGE_EXECUTE, "FailedOperation.MFATypeNotSupported");
        return false;
    }
    struct cos_span expected =
        cos_arena_printf(&x->arena, "qcs::cam:uin/%s::mfa/softToken", user->owner_uin);
    if (!cos_span_eq(serial, expected)) {
        sts_say(x, "InvalidParameter.ParamError",
                cos_arena_printf(&x->arena, "SerialNumber must be " COS_SPAN_FMT,
                                 COS_SPAN_ARG(expected)));
        return false;
    }
    return true;
}

bool sts_check_mfa(struct cosmock_exchange *x, const struct user *user, bool is_needed)
{
    const struct sts_text serial_number = {.name = "SerialNumber", .is_optional = !is_needed};
    const struct sts_text token_code = {.name = "TokenCode", .is_optional = !is_needed};
    struct cos_span serial;
    struct cos_span code;
    if (!sts_read_text(x, &serial_number, &serial) || !sts_read_text(x, &token_code, &code)) {
        return false;
    }
    if (serial.ptr == NULL && code.ptr == NULL) {
        return true;
    }
    if (serial.ptr == NULL) {
        return lacks(x, serial_number.name);
    }
    if (code.ptr == NULL) {
        return lacks(x, token_code.name);
    }
    if (!check_serial(x, user, serial)) {
        return false;
    }
    if (!mfa_shows(cos_span_of(user->mfa_seed), x->now.signature_unix_ms / 1000, code)) {
        x->identity.detail =
            user->mfa_seed[0] == '\0'
                ? COS_SPAN_LIT("the caller has no MFA device: give it one in the world file "
                               "(mfa: <base32 seed>)")
                : COS_SPAN_LIT("the code is not what the device shows by the signature clock");
        refuse(x, STAGE_EXECUTE, "FailedOperation.CheckMFAError");
        return false;
    }
    return true;
}
