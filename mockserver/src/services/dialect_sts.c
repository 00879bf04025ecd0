/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the cloud API (STS) words what it says whatever the operation is:
 * {"Response":{"Error":{"Code","Message"},"RequestId"}} (sts-cam.md s.1.1,
 * s.2), and a random UUID as the id of a request (s.2).
 */
#include "services/dialects.h"

#include "cosbase/codec.h"
#include "cosbase/json.h"
#include "cosbase/rng.h"
#include "exchange/exchange.h"

/* RFC 9562 s.5.4: version 4, variant 10. */
void dialect_sts_request_id(struct cosmock_exchange *x)
{
    uint8_t r[16] = {0};

    if (x->tenant != NULL) {
        cos_rng_fill(x->tenant->rng, r, sizeof(r));
    }
    r[6] = (uint8_t)((r[6] & 0x0f) | 0x40);
    r[8] = (uint8_t)((r[8] & 0x3f) | 0x80);
    char hex[33];
    cos_hex_encode(hex, r, sizeof(r));
    (void)snprintf(x->reply.request_id, sizeof(x->reply.request_id),
                   "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
}

void dialect_sts_error(struct cosmock_exchange *x)
{
    struct cos_jw w;

    cos_jw_init(&w, &x->result.body);
    cos_jw_object(&w, NULL);
    cos_jw_object(&w, "Response");
    cos_jw_object(&w, "Error");
    cos_jw_str(&w, "Code", x->result.error->code);
    cos_jw_span(&w, "Message", result_error_message(&x->result));
    cos_jw_end(&w);
    cos_jw_str(&w, "RequestId", exchange_request_id(x));
    cos_jw_end(&w);
    cos_jw_end(&w);
}

void dialect_sts_headers(struct cosmock_exchange *x)
{
}

struct cos_span dialect_sts_not_authorized(struct cosmock_exchange *x, const char *action,
                                           struct cos_span resource)
{
    return cos_arena_printf(&x->arena,
                            "you are not authorized to perform operation (%s)\n"
                            "resource (" COS_SPAN_FMT ") has no permission\n",
                            action + sizeof("name/") - 1, COS_SPAN_ARG(resource));
}

struct cos_span dialect_sts_denied(struct cosmock_exchange *x, const char *action)
{
    return dialect_sts_not_authorized(x, action, COS_SPAN_LIT("*"));
}
