/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every stage may ask of an exchange: headers and parameters by name, the refusal, the id. Nothing here decides anything.
 *
 * Request ids (cos-wire.md s.2.0): COS sends base64 of "<hex seconds>_<hex address>_<hex process>_<hex counter>"; STS a random UUID (sts-cam.md s.2). The
 * address and the process are constants here, the seconds come from the tenant's SIGNATURE clock and the counter from the tenant, so that a seeded tenant on
 * frozen clocks gives the same ids in every run.
 */
#include "journey/exchange.h"

#include "cosbase/codec.h"
#include "cosbase/rng.h"

#include <inttypes.h>

#define ID_ADDRESS 0x7f000001u /* the mock is on loopback, and says so to whoever decodes it */
#define ID_PROCESS 0x4fe1u
#define NOT_BUILT_STATUS 501 /* NotImplemented alone has it */

struct cos_span header_get(const struct cosmock_exchange *x, const char *name)
{
    struct cos_span wanted = cos_span_of(name);

    for (size_t i = 0; i < x->parts.n_headers; i++) {
        if (x->parts.headers[i].name.len == wanted.len &&
            cos_span_eq_nocase(x->parts.headers[i].name, wanted)) {
            return x->parts.headers[i].value;
        }
    }
    return (struct cos_span){NULL, 0};
}

const struct param *param_get(const struct cosmock_exchange *x, const char *name)
{
    for (size_t i = 0; i < x->parts.n_params; i++) {
        if (cos_span_eq_str(x->parts.params[i].name, name)) {
            return &x->parts.params[i];
        }
    }
    return NULL;
}

struct cos_span param_value(const struct cosmock_exchange *x, const char *name)
{
    const struct param *p = param_get(x, name);

    return p == NULL ? (struct cos_span){NULL, 0} : p->value;
}

void refuse(struct cosmock_exchange *x, const char *stage, const char *code)
{
    refuse_with(x, stage, code, COS_SPAN_EMPTY, COS_SPAN_EMPTY);
}

/* What is not built has no status of its own here: a client must neither repeat it nor wait. */
static int status_of(const struct cosmock_exchange *x, const struct error_row *row)
{
    int64_t status = row->status;

    if (x->tenant != NULL && row->status == NOT_BUILT_STATUS) {
        (void)cos_span_i64(cos_span_of(world_switch_value(x->tenant, SWITCH_NOT_BUILT_STATUS)),
                           &status);
    }
    return (int)status;
}

void refuse_with(struct cosmock_exchange *x, const char *stage, const char *code,
                 struct cos_span message, struct cos_span extra_xml)
{
    if (is_refused(x)) {
        return;
    }
    x->result.error = x->route.service == OP_STS ? error_sts(code) : error_cos(code);
    x->result.status = status_of(x, x->result.error);
    x->result.error_message = message;
    x->result.error_extra = extra_xml;
    x->result.refused_by = stage;
}

void refuse_case(struct cosmock_exchange *x, const char *stage, enum error_case which)
{
    const struct error_row *row = error_of_case(which);

    refuse_with(x, stage, row->code, cos_span_of(row->message), COS_SPAN_EMPTY);
}

bool is_refused(const struct cosmock_exchange *x)
{
    return x->result.refused_by != NULL;
}

void result_header(struct cosmock_exchange *x, const char *name, struct cos_span value)
{
    struct result *r = &x->result;

    if (r->n_headers == COS_ARRAY_LEN(r->headers)) {
        x->failed = true; /* a handler of ours says more than the table holds */
        return;
    }
    r->headers[r->n_headers++] = (struct header){cos_span_of(name), value};
}

static void make_cos_id(struct cosmock_exchange *x, int64_t counter)
{
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

const char *exchange_request_id(struct cosmock_exchange *x)
{
    if (x->reply.request_id[0] != '\0') {
        return x->reply.request_id;
    }
    if (x->route.service == OP_STS) {
        make_uuid(x);
    } else {
        make_cos_id(x, x->tenant == NULL ? 0 : world_request_number(x->tenant));
    }
    return x->reply.request_id;
}
