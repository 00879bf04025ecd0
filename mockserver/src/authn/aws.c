/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures of S3 clients, judged in the order of those of COS (cos.c): unsigned, malformed,
 * key, token, time, and last the signature. What both versions have in common stands here: that
 * order, what is said about time and about a signature that differs.
 *
 * With the header a request must come within 15 minutes of when it was signed; in the query its
 * end is named, and only its beginning is held to those minutes. Times are seconds of the
 * SIGNATURE clock.
 */
#include "authn/aws.h"

#include "authn/authn.h"
#include "authn/mistakes.h"
#include "cosbase/date.h"
#include "exchange/xml_out.h"

void aws_refuse(struct cosmock_exchange *x, const struct aws_flaw *flaw, const char *reason)
{
    /* as AWS words it: the row's sentence, then what is malformed */
    bool has_prefix = strcmp(flaw->code, "AuthorizationHeaderMalformed") == 0;
    const struct error_row *row = x->service->error(flaw->code);
    x->identity.reason = reason;
    x->identity.detail = flaw->why;
    struct cos_span message = has_prefix
                                  ? cos_arena_printf(&x->arena, "%s; " COS_SPAN_FMT,
                                                     row->message, COS_SPAN_ARG(flaw->why))
                                  : flaw->why;
    refuse_with(x, STAGE_AUTHN, flaw->code, message, COS_SPAN_EMPTY);
}

/* --- times --- */

static void refuse_time(struct cosmock_exchange *x, const char *code, const char *reason,
                        struct cos_span message, struct cos_span extra)
{
    x->identity.reason = reason;
    refuse_with(x, STAGE_AUTHN, code, message, extra);
}

static void refuse_skew(struct cosmock_exchange *x, const struct aws_auth *a, int64_t late_s)
{
    char iso[21];
    cos_date_iso(iso, a->at_unix_s);
    struct cos_span server_time = authn_server_time(x);
    struct cos_span extra =
        cos_arena_printf(&x->arena,
                         "\t<RequestTime>%s</RequestTime>\n" COS_SPAN_FMT
                         "\t<MaxAllowedSkewMilliseconds>%d</MaxAllowedSkewMilliseconds>\n",
                         iso, COS_SPAN_ARG(server_time), AWS_SKEW_S * 1000);
    x->identity.detail = cos_arena_printf(
        &x->arena, "it was signed at %s, %lld s %s%s; the client's clock may differ by %d s",
        iso, (long long)(late_s < 0 ? -late_s : late_s),
        late_s < 0 ? "ahead of the server's clock" : "ago by the server's clock",
        authn_zone_hint(late_s), AWS_SKEW_S);
    refuse_time(x, "RequestTimeTooSkewed",
                late_s < 0 ? REASON_NOT_YET_VALID : REASON_OUTSIDE_SIGN_TIME, COS_SPAN_EMPTY,
                extra);
}

static void refuse_expired(struct cosmock_exchange *x, const struct aws_auth *a, int64_t now_s)
{
    const struct error_row *row = x->service->error_of_case(ERROR_EXPIRED);
    x->identity.detail =
        cos_arena_printf(&x->arena,
                         "the signed URL ended at %lld, %lld s ago: the server's clock says "
                         "%lld",
                         (long long)a->expires_unix_s, (long long)(now_s - a->expires_unix_s),
                         (long long)now_s);
    refuse_time(x, row->code, REASON_OUTSIDE_SIGN_TIME, cos_span_of(row->message),
                authn_server_time(x));
}

static void refuse_early(struct cosmock_exchange *x, const struct aws_auth *a, int64_t now_s)
{
    x->identity.detail =
        cos_arena_printf(&x->arena,
                         "the signed URL begins at %s, in %lld s: the server's clock says %lld",
                         a->date, (long long)(a->at_unix_s - now_s), (long long)now_s);
    refuse_time(x, "AccessDenied", REASON_NOT_YET_VALID,
                COS_SPAN_LIT("Request is not yet valid"), authn_server_time(x));
}

bool aws_check_times(struct cosmock_exchange *x, const struct aws_auth *a)
{
    int64_t now_s = x->now.signature_unix_ms / 1000;
    int64_t late_s = now_s - a->at_unix_s;
    switch (a->form) {
    case AWS_V4_HEADER:
    case AWS_V2_HEADER:
        if (late_s > AWS_SKEW_S || late_s < -AWS_SKEW_S) {
            refuse_skew(x, a, late_s);
        }
        break;
    case AWS_V4_QUERY:
        if (late_s < -AWS_SKEW_S) {
            refuse_early(x, a, now_s);
            break;
        }
        /* fall through */
    case AWS_V2_QUERY:
        if (a->expires_unix_s < now_s) {
            refuse_expired(x, a, now_s);
        }
        break;
    case AWS_UNSIGNED:
        break;
    }
    return !is_refused(x);
}

/* --- a signature that differs --- */

void aws_refuse_signature(struct cosmock_exchange *x, struct cos_span string_to_sign,
                          struct cos_span canonical_request)
{
    struct identity *who = &x->identity;
    who->reason = REASON_SIGNATURE_DIFFERS;
    who->detail = COS_SPAN_LIT(MISTAKES_NONE " and in the body");
    who->string_to_sign = mistakes_redact(&x->arena, string_to_sign);
    who->format_string = mistakes_redact(&x->arena, canonical_request);
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    cos_buf_init(&b, SIZE_MAX / 2);
    xml_out_line(&b, "StringToSign", who->string_to_sign);
    if (canonical_request.len > 0) {
        xml_out_line(&b, "CanonicalRequest", who->format_string);
    }
    x->failed = x->failed || b.failed;
    refuse_with(x, STAGE_AUTHN, "SignatureDoesNotMatch", COS_SPAN_EMPTY,
                cos_arena_span(&x->arena, cos_buf_view(&b)));
}

/* --- the check --- */

static struct cos_span token_of(const struct cosmock_exchange *x, const struct aws_auth *a)
{
    struct cos_span given = header_get(x, "x-amz-security-token");
    if (given.ptr != NULL) {
        return given;
    }
    return a->form == AWS_V4_QUERY   ? param_value(x, "X-Amz-Security-Token")
           : a->form == AWS_V2_QUERY ? param_value(x, "x-amz-security-token")
                                     : given;
}

/* For the journal. */
static void note(struct cosmock_exchange *x, const struct aws_auth *a)
{
    struct identity *who = &x->identity;
    bool is_query = a->form == AWS_V4_QUERY || a->form == AWS_V2_QUERY;
    who->secret_id = a->id;
    who->header_list = a->signed_headers;
    who->sign_start_unix_s = a->at_unix_s;
    who->sign_end_unix_s = is_query ? a->expires_unix_s : a->at_unix_s + AWS_SKEW_S;
}

void authn_aws_check(struct cosmock_exchange *x)
{
    struct aws_auth auth;
    struct aws_flaw flaw;
    bool is_well_formed = aws_auth_read(x, &auth, &flaw);
    if (auth.form == AWS_UNSIGNED) {
        x->identity.reason = REASON_ANONYMOUS;
        return;
    }
    note(x, &auth);
    if (!is_well_formed) {
        aws_refuse(x, &flaw, REASON_MALFORMED);
        return;
    }
    if (!authn_caller_check(x, auth.id, token_of(x, &auth)) || !aws_check_times(x, &auth)) {
        return;
    }
    if (auth.form == AWS_V4_HEADER || auth.form == AWS_V4_QUERY) {
        aws_v4_check(x, &auth);
    } else {
        aws_v2_check(x, &auth);
    }
}

struct cos_span authn_aws_secret_id(struct cosmock_exchange *x)
{
    struct aws_auth auth;
    struct aws_flaw flaw;
    (void)aws_auth_read(x, &auth, &flaw);
    return auth.id.ptr == NULL ? COS_SPAN_EMPTY : auth.id;
}
