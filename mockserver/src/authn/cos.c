/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signature v5, judged in the order of cos-wire.md s.1.5: anonymous, malformed, key unknown or
 * revoked, token (the real service cannot know a temporary key without it), end of the
 * temporary key, the windows of q-key-time and q-sign-time, and last the signature. Times are
 * seconds of the SIGNATURE clock.
 *
 * The signature is tried in every spelling clients are known to use (cos_canonical.c); the
 * first, list order with the host as received, was enough for every SDK that was run
 * (cos-wire.md s.1.7), so the others cost nothing. q-key-time makes the key and q-sign-time
 * stands in the StringToSign, but go puts q-key-time there, too. Comparison is constant-time.
 * The derived key of the last q-key-time is kept with the access key.
 */
#include "authn/authn.h"
#include "authn/cos_mistakes.h"
#include "authn/mistakes.h"

#include "cosbase/digest.h"
#include "exchange/form.h"
#include "exchange/xml_out.h"

enum {
    STRING_MAX_BYTES = 128,
    TIME_MAX_BYTES = 25 /* cos_grammar.c */
};

/* As the key remembers it if it is the same window as last time. */
void authn_cos_sign_key(struct cosmock_exchange *x, struct cos_span key_time,
                        char out[AUTHN_SIGN_KEY_DIGITS + 4])
{
    if (authn_recall_derived(x, key_time, out, AUTHN_SIGN_KEY_DIGITS + 1)) {
        return;
    }
    struct cos_span secret = cos_secret_view(&x->identity.found.key->secret_key);
    cos_hmac_sha1_hex(out, secret.ptr, secret.len, key_time.ptr, key_time.len);
    authn_keep_derived(x, key_time, out, AUTHN_SIGN_KEY_DIGITS + 1);
}

/* Returns the length. */
static size_t string_to_sign_write(char out[STRING_MAX_BYTES], struct cos_span time,
                                   struct cos_span format)
{
    char *at = cos_span_put(out, COS_SPAN_LIT("sha1\n"));
    at = cos_span_put(at, cos_span_sub(time, 0, TIME_MAX_BYTES));
    *at++ = '\n';
    cos_sha1_hex(at, format.ptr, format.len);
    at += (size_t)2 * COS_SHA1_BYTES;
    *at++ = '\n';
    return (size_t)(at - out);
}

struct attempt {
    const struct cos_auth *auth;
    const char *sign_key;
    struct cos_span given; /* lower-case hex */
};

static bool is_signed_by(const struct attempt *a, struct cos_span time, struct cos_span format)
{
    char text[STRING_MAX_BYTES];
    size_t n = string_to_sign_write(text, time, format);
    char expected[2 * COS_SHA1_BYTES + 1];
    cos_hmac_sha1_hex(expected, a->sign_key, AUTHN_SIGN_KEY_DIGITS, text, n);
    return cos_equal_ct(a->given, cos_span_make(expected, 2 * COS_SHA1_BYTES));
}

/* go signs q-key-time in both places; its q-sign-time is then unsigned, so it may narrow the
 * window but not widen it. */
static bool is_narrower(const struct cos_auth *a)
{
    return a->sign_start_s >= a->key_start_s && a->sign_end_s <= a->key_end_s &&
           !cos_span_eq(a->sign_time, a->key_time);
}

static bool matches_format(const struct attempt *a, struct cos_span format)
{
    return is_signed_by(a, a->auth->sign_time, format) ||
           (is_narrower(a->auth) && is_signed_by(a, a->auth->key_time, format));
}

static bool matches_order(const struct attempt *a, struct cos_canonical *c,
                          enum cos_order order)
{
    for (size_t path = 0; path < c->n_paths; path++) {
        for (size_t host = 0; host < c->n_hosts; host++) {
            if (matches_format(a, cos_canonical_write(c, order, host, path))) {
                return true;
            }
        }
    }
    return false;
}

static bool matches_any(const struct attempt *a, struct cos_canonical *c, bool is_strict)
{
    if (c->missing != NULL) {
        return false;
    }
    if (is_strict) {
        return matches_order(a, c, COS_ORDER_ENCODED);
    }
    return matches_order(a, c, COS_ORDER_LIST) || matches_order(a, c, COS_ORDER_ENCODED) ||
           matches_order(a, c, COS_ORDER_RAW);
}

/* --- refusals --- */

static void refuse_time(struct cosmock_exchange *x, const char *code, const char *reason,
                        struct cos_span message, struct cos_span detail)
{
    x->identity.reason = reason;
    x->identity.detail = detail;
    refuse_with(x, STAGE_AUTHN, code, message, authn_server_time(x));
}

static void refuse_late(struct cosmock_exchange *x, const char *field, const char *reason,
                        int64_t end_s)
{
    const struct error_row *row = x->service->error_of_case(ERROR_EXPIRED);
    int64_t now_s = x->now.signature_unix_ms / 1000;
    refuse_time(x, row->code, reason, cos_span_of(row->message),
                cos_arena_printf(&x->arena,
                                 "%s ended at %lld, %lld s ago: the server's clock says %lld",
                                 field, (long long)end_s, (long long)(now_s - end_s),
                                 (long long)now_s));
}

static void refuse_early(struct cosmock_exchange *x, const char *field, int64_t start_s)
{
    int64_t now_s = x->now.signature_unix_ms / 1000;
    refuse_time(x, "RequestTimeTooSkewed", REASON_NOT_YET_VALID, COS_SPAN_EMPTY,
                cos_arena_printf(&x->arena,
                                 "%s begins at %lld, in %lld s: the server's clock says %lld",
                                 field, (long long)start_s, (long long)(start_s - now_s),
                                 (long long)now_s));
}

void authn_cos_refuse_malformed(struct cosmock_exchange *x, const char *why)
{
    authn_refuse(x,
                 SWITCH_IS(x->tenant, MALFORMED_AUTH, INVALID_ARGUMENT) ? "InvalidArgument"
                                                                        : "AccessDenied",
                 REASON_MALFORMED, cos_span_of(why));
}

static void say_cause(struct cosmock_exchange *x, const struct cos_auth *auth,
                      struct cos_canonical *c)
{
    struct identity *who = &x->identity;
    if (c->missing != NULL) {
        who->cause = COS_SPAN_LIT("signed-not-sent");
        who->detail =
            cos_arena_printf(&x->arena, "%s is listed as signed but not in the request",
                             c->missing);
        who->format_string = mistakes_redact(&x->arena, who->format_string);
        return;
    }
    who->detail = COS_SPAN_LIT(MISTAKES_NONE " and in the body");
    cos_mistakes_look(x, auth, c);
}

/* The body shows the server's own strings: cos-wire.md s.1.5 (PicGo#638). */
static void refuse_signature(struct cosmock_exchange *x, const struct cos_auth *auth,
                             struct cos_canonical *c)
{
    struct identity *who = &x->identity;
    who->reason = REASON_SIGNATURE_DIFFERS;
    who->format_string =
        cos_arena_span(&x->arena, cos_canonical_write(c, COS_ORDER_ENCODED, 0, 0));
    char text[STRING_MAX_BYTES];
    size_t n = string_to_sign_write(text, auth->sign_time, who->format_string);
    who->string_to_sign = cos_arena_span(&x->arena, cos_span_make(text, n));
    struct cos_buf b;
    cos_buf_init(&b, SIZE_MAX / 2);
    xml_out_line(&b, "StringToSign", who->string_to_sign);
    xml_out_line(&b, "FormatString", who->format_string);
    x->failed = x->failed || b.failed;
    refuse_with(x, STAGE_AUTHN, "SignatureDoesNotMatch", COS_SPAN_EMPTY,
                cos_arena_span(&x->arena, cos_buf_view(&b)));
    cos_buf_deinit(&b);
    say_cause(x, auth, c);
}

/* --- the checks, in order --- */

static struct cos_span token_of(struct cosmock_exchange *x)
{
    struct cos_span given = header_of(x, HEADER_SECURITY_TOKEN);
    if (given.ptr == NULL) {
        given = param_value(x, header_spelling(x, HEADER_SECURITY_TOKEN));
    }
    return given.ptr != NULL ? given
                             : form_text(x->form, header_spelling(x, HEADER_SECURITY_TOKEN));
}

static bool check_times(struct cosmock_exchange *x, const struct cos_auth *auth)
{
    int64_t now_s = x->now.signature_unix_ms / 1000;
    int64_t latest_start_s = now_s + world_switch_number(x->tenant, SWITCH_EARLY_START_S);
    if (auth->key_end_s < now_s) {
        refuse_late(x, "q-key-time", REASON_OUTSIDE_KEY_TIME, auth->key_end_s);
    } else if (auth->sign_end_s < now_s) {
        refuse_late(x, "q-sign-time", REASON_OUTSIDE_SIGN_TIME, auth->sign_end_s);
    } else if (auth->key_start_s > latest_start_s) {
        refuse_early(x, "q-key-time", auth->key_start_s);
    } else if (auth->sign_start_s > latest_start_s) {
        refuse_early(x, "q-sign-time", auth->sign_start_s);
    }
    return !is_refused(x);
}

static void check_signature(struct cosmock_exchange *x, const struct cos_auth *auth)
{
    struct cos_span given = cos_arena_lower(&x->arena, auth->signature);
    struct cos_canonical c;
    if (!cos_canonical_make(&c, x, auth)) {
        return;
    }
    char sign_key[AUTHN_SIGN_KEY_DIGITS + 4];
    authn_cos_sign_key(x, auth->key_time, sign_key);
    struct attempt a = {auth, sign_key, given};
    if (matches_any(&a, &c, SWITCH_IS(x->tenant, STRICT_ORDER, ON))) {
        x->identity.reason = REASON_OK;
    } else {
        refuse_signature(x, auth, &c);
    }
    cos_wipe(sign_key, sizeof(sign_key));
}

void authn_cos_note(struct cosmock_exchange *x, const struct cos_auth *auth)
{
    struct identity *who = &x->identity;
    who->secret_id = auth->ak;
    who->header_list = auth->header_list;
    who->param_list = auth->param_list;
    who->sign_start_unix_s = auth->sign_start_s;
    who->sign_end_unix_s = auth->sign_end_s;
}

bool authn_cos_caller_check(struct cosmock_exchange *x, const struct cos_auth *auth)
{
    return authn_caller_check(x, auth->ak, token_of(x)) && check_times(x, auth);
}

void authn_cos_check(struct cosmock_exchange *x)
{
    struct cos_auth auth;
    struct cos_span v4;
    const char *why = NULL;
    if (authn_v4_read(x, &v4)) {
        authn_v4_check(x, v4);
        return;
    }
    enum cos_auth_state state = cos_auth_read(x, &auth, &why);
    if (state == COS_AUTH_ABSENT) {
        x->identity.reason = REASON_ANONYMOUS;
        x->identity.hint = cos_span_of(cos_auth_foreign_query(x));
        return;
    }
    authn_cos_note(x, &auth);
    if (state == COS_AUTH_MALFORMED) {
        authn_cos_refuse_malformed(x, why);
    } else if (authn_cos_caller_check(x, &auth)) {
        check_signature(x, &auth);
    }
}
