/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an STS request asks and in whose name it says it comes, from its
 * headers and its fields, once the body is there. Nothing is refused here:
 * authn judges what was read, in the service's order.
 */
#include "services/dialects.h"

#include "exchange/exchange.h"
#include "exchange/sts_request.h"

/* "Credential=id/date/service/tc3_request, SignedHeaders=a;b, Signature=hex" */
static bool read_credential(struct sts_request *r, struct cos_span credential)
{
    struct cos_span rest = credential;

    r->secret_id = cos_span_cut(&rest, '/');
    r->scope_date = rest.ptr == NULL ? COS_SPAN_EMPTY : cos_span_cut(&rest, '/');
    r->scope_service = rest.ptr == NULL ? COS_SPAN_EMPTY : cos_span_cut(&rest, '/');
    return r->secret_id.len > 0 && r->scope_date.len == 10 && r->scope_service.len > 0 &&
           rest.ptr != NULL && cos_span_eq_str(rest, "tc3_request");
}

static bool read_tc3(struct sts_request *r, struct cos_span authorization)
{
    struct cos_span rest = cos_span_from(authorization, sizeof("TC3-HMAC-SHA256") - 1);

    if (rest.len == 0 || rest.ptr[0] != ' ') {
        return false;
    }
    bool has_credential = false;
    while (rest.ptr != NULL) {
        struct cos_span value = cos_span_trim(cos_span_cut(&rest, ','));
        struct cos_span name = cos_span_cut(&value, '=');
        if (cos_span_eq_str(name, "Credential") && !has_credential) {
            has_credential = read_credential(r, value.ptr == NULL ? COS_SPAN_EMPTY : value);
        } else if (cos_span_eq_str(name, "SignedHeaders") && value.ptr != NULL) {
            r->signed_headers = value;
        } else if (cos_span_eq_str(name, "Signature") && value.ptr != NULL) {
            r->signature = value;
        } else {
            return false;
        }
    }
    return has_credential && r->signed_headers.len > 0 && r->signature.len > 0;
}

static void read_v3_head(struct cosmock_exchange *x, struct sts_request *r)
{
    r->action = header_get(x, "X-TC-Action");
    r->version = header_get(x, "X-TC-Version");
    r->region = header_get(x, "X-TC-Region");
    r->timestamp = header_get(x, "X-TC-Timestamp");
    r->token = header_get(x, "X-TC-Token");

    struct cos_span authorization = header_get(x, "Authorization");
    if (cos_span_starts(authorization, COS_SPAN_LIT("TC3-HMAC-SHA256"))) {
        r->scheme = STS_TC3;
        r->is_authorization_broken = !read_tc3(r, authorization);
    } else if (cos_span_eq_str(authorization, "SKIP")) {
        r->scheme = STS_SKIP;
    } else if (authorization.len > 0) {
        r->scheme = STS_OTHER_SCHEME;
    }
}

static void read_v1_fields(struct sts_request *r)
{
    r->scheme = STS_V1;
    r->action = sts_field_value(r, "Action");
    r->version = sts_field_value(r, "Version");
    r->region = sts_field_value(r, "Region");
    r->timestamp = sts_field_value(r, "Timestamp");
    r->token = sts_field_value(r, "Token");
    r->secret_id = sts_field_value(r, "SecretId");
    r->signature = sts_field_value(r, "Signature");
}

static bool carries_v1(const struct sts_request *r)
{
    return !r->is_json &&
           (sts_field_get(r, "Action") != NULL || sts_field_get(r, "Signature") != NULL);
}

void sts_read_fields(struct cosmock_exchange *x)
{
    struct sts_request *r = cos_arena_alloc(&x->arena, sizeof(*r));

    x->sts = r;
    if (r == NULL) {
        return;
    }
    sts_fields_read(x, r);
    read_v3_head(x, r);
    if (r->scheme == STS_UNSIGNED && carries_v1(r)) {
        read_v1_fields(r);
    }
    x->sts_region = r->region;
}
