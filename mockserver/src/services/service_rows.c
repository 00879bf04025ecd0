/* SPDX-License-Identifier: Apache-2.0 */
/*
 * THE TABLE of services.
 *
 * Request ids (cos-wire.md s.2.0): COS sends base64 of "<hex seconds>_<hex address>_<hex process>_<hex counter>"; STS a random UUID (sts-cam.md s.2). The
 * address and the process are constants here, the seconds come from the tenant's SIGNATURE clock and the counter from the tenant, so that a seeded tenant on
 * frozen clocks gives the same ids in every run.
 */
#include "services/service_rows.h"

#include "cosbase/codec.h"
#include "cosbase/rng.h"
#include "exchange/exchange.h"
#include "services/errors.h"

#include <inttypes.h>

#define ID_ADDRESS 0x7f000001u /* the mock is on loopback, and says so to whoever decodes it */
#define ID_PROCESS 0x4fe1u

static void make_cos_id(struct cosmock_exchange *x)
{
    int64_t counter = x->tenant == NULL ? 0 : world_request_number(x->tenant);
    char text[64];
    char inner[48];
    struct cos_buf b;
    int n = snprintf(inner, sizeof(inner), "%" PRIx64 "_%x_%x_%" PRIx64,
                     (uint64_t)(x->now.signature_unix_ms / 1000), ID_ADDRESS, ID_PROCESS,
                     (uint64_t)counter);

    cos_buf_init(&b, sizeof(text));
    cos_base64_append(&b, inner, (size_t)n);
    (void)snprintf(x->reply.request_id, sizeof(x->reply.request_id), "%s", cos_buf_cstr(&b));
    cos_buf_deinit(&b);
}

/* RFC 9562 s.5.4: version 4, variant 10. */
static void make_uuid(struct cosmock_exchange *x)
{
    uint8_t r[16] = {0};
    char hex[33];

    if (x->tenant != NULL) {
        cos_rng_fill(x->tenant->rng, r, sizeof(r));
    }
    r[6] = (uint8_t)((r[6] & 0x0f) | 0x40);
    r[8] = (uint8_t)((r[8] & 0x3f) | 0x80);
    cos_hex_encode(hex, r, sizeof(r));
    (void)snprintf(x->reply.request_id, sizeof(x->reply.request_id),
                   "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
}

static const struct service rows[] = {
    [OP_COS] =
        {
            .name = "cos",
            .error = error_cos,
            .error_of_case = error_of_case,
            .make_request_id = make_cos_id,
        },
    [OP_STS] =
        {
            .name = "sts",
            .error = error_sts,
            .error_of_case = error_of_case,
            .make_request_id = make_uuid,
        },
};

const struct service *service_row(enum op_service which)
{
    return &rows[which];
}
