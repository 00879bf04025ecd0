/* SPDX-License-Identifier: Apache-2.0 */
/* x-amz-content-sha256 of a request; JavaScript's SDK says it in the query of a signed URL. */
#include "exchange/aws.h"

#include "cosbase/codec.h"
#include "exchange/exchange.h"

/* AWS, "Signature Calculations for the Authorization Header" (sigv4-auth-using-authorization-
 * header.html); those with ECDSA in them are of Signature Version 4A. */
static const struct {
    const char *text;
    enum aws_payload payload;
} words[] = {
    {"UNSIGNED-PAYLOAD", AWS_PAYLOAD_UNSIGNED},
    {"STREAMING-UNSIGNED-PAYLOAD-TRAILER", AWS_PAYLOAD_UNSIGNED_CHUNKS},
    {"STREAMING-AWS4-HMAC-SHA256-PAYLOAD", AWS_PAYLOAD_CHUNKS},
    {"STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", AWS_PAYLOAD_CHUNKS_TRAILER},
};

static void read_payload(struct aws_request *r)
{
    if (r->payload_text.ptr == NULL) {
        return;
    }
    r->payload = AWS_PAYLOAD_UNKNOWN;
    for (size_t i = 0; i < COS_ARRAY_LEN(words); i++) {
        if (cos_span_eq_str(r->payload_text, words[i].text)) {
            r->payload = words[i].payload;
        }
    }
    if (cos_hex_decode(r->sha256, sizeof(r->sha256), r->payload_text)) {
        r->payload = AWS_PAYLOAD_HASH;
    }
}

struct aws_request *aws_request_of(struct cosmock_exchange *x)
{
    if (x->aws == NULL) {
        x->aws = cos_arena_alloc(&x->arena, sizeof(*x->aws));
        if (x->aws != NULL) {
            struct cos_span sent = header_get(x, "x-amz-content-sha256");
            x->aws->payload_text =
                sent.ptr != NULL ? sent : param_value(x, "X-Amz-Content-Sha256");
            read_payload(x->aws);
        }
    }
    return x->aws;
}
