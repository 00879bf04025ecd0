/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How S3's dialect differs from COS's, where no table says it. Its answers are COS's own, error
 * documents too, with its names of headers: no capture of an answer in this dialect is
 * published but for the two ids (cos-s3.md s.2, s.4.2), and SDKs read Code and Message alone.
 *
 * Which dialect a request speaks: the signature decides, and of a request that has none its
 * headers (cos-s3.md s.2: that the answer's headers follow the request is seen, by what it is
 * told apart is not; docs/DEVIATIONS.md).
 */
#include "exchange/exchange.h"
#include "services/dialects.h"
#include "services/names.h"

/* Of a query that is signed: Version 4 and Version 2. */
static const char *const signed_params[] = {"X-Amz-Algorithm", "X-Amz-Credential",
                                            "X-Amz-Signature", "AWSAccessKeyId"};
static const char *const params_of_cos[] = {"q-sign-algorithm", "q-signature", "sign"};

static bool has_one_of(const struct cosmock_exchange *x, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (param_get(x, names[i]) != NULL) {
            return true;
        }
    }
    return false;
}

static bool has_headers_of_s3_alone(const struct cosmock_exchange *x)
{
    bool has = false;
    for (size_t i = 0; i < x->parts.n_headers; i++) {
        struct cos_span name = x->parts.headers[i].name;
        if (cos_span_starts_nocase(name, COS_SPAN_LIT("x-cos-"))) {
            return false;
        }
        has = has || cos_span_starts_nocase(name, COS_SPAN_LIT("x-amz-"));
    }
    return has;
}

bool dialect_s3_is_spoken(const struct cosmock_exchange *x)
{
    struct cos_span signature = header_get(x, "Authorization");
    if (signature.ptr != NULL) {
        return cos_span_starts_nocase(signature, COS_SPAN_LIT("AWS4-")) ||
               cos_span_starts_nocase(signature, COS_SPAN_LIT("AWS "));
    }
    if (x->parts.n_params > 0 && has_one_of(x, signed_params, COS_ARRAY_LEN(signed_params))) {
        return true;
    }
    return has_headers_of_s3_alone(x) &&
           !has_one_of(x, params_of_cos, COS_ARRAY_LEN(params_of_cos));
}

struct cos_span dialect_s3_spell(struct cosmock_exchange *x, struct cos_span kept)
{
    if (!cos_span_starts_nocase(kept, COS_SPAN_LIT("x-cos-"))) {
        return kept;
    }
    struct cos_span stem = name_stem(names_cos_headers[HEADER_META].name);
    if (cos_span_starts_nocase(kept, stem)) {
        const struct cos_span parts[] = {name_stem(names_s3_headers[HEADER_META].name),
                                         cos_span_from(kept, stem.len)};
        return cos_arena_join(&x->arena, parts, COS_ARRAY_LEN(parts));
    }
    for (size_t i = HEADER_NONE + 1; i < HEADER_NAMES; i++) {
        if (cos_span_eq_nocase(kept, cos_span_of(names_cos_headers[i].name))) {
            return cos_span_of(names_s3_headers[i].name);
        }
    }
    return COS_SPAN_EMPTY;
}
