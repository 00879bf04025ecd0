/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How COS words what it says whatever the operation is.
 *
 * Error bodies (cos-wire.md s.1.5, s.2.0): tab-indented XML with a single-quoted
 * declaration, flat children, Resource as host and decoded path without a scheme,
 * and nothing at all for HEAD.
 *
 * Request ids (cos-wire.md s.2.0): base64 of "<hex seconds>_<hex address>_<hex
 * process>_<hex counter>". The address and the process are constants here, the
 * seconds come from the tenant's SIGNATURE clock and the counter from the tenant,
 * so that a seeded tenant on frozen clocks gives the same ids in every run.
 */
#include "services/dialects.h"

#include "cosbase/codec.h"
#include "cosbase/digest.h"
#include "cosbase/xml.h"
#include "exchange/exchange.h"
#include "exchange/xml_out.h"
#include "services/cors_answer.h"

/* Address and process: the mock is on loopback, and says so to whoever decodes it. */
#define ID_PLACE "_7f000001_4fe1_"
#define TRACE_PREFIX "8efc6b2d3b069ca89454d10b9ef00187" /* cos-wire.md s.2.0 */

static char *put_hex(char *at, uint64_t v)
{
    int shift = 60;
    while (shift > 0 && v >> shift == 0) {
        shift -= 4;
    }
    for (; shift >= 0; shift -= 4) {
        *at++ = "0123456789abcdef"[v >> shift & 15];
    }
    return at;
}

void dialect_cos_request_id(struct cosmock_exchange *x)
{
    int64_t counter = x->tenant == NULL ? 0 : world_request_number(x->tenant);
    char inner[16 + sizeof(ID_PLACE) + 16];
    char *at = put_hex(inner, (uint64_t)(x->now.signature_unix_ms / 1000));
    at = cos_span_put(at, COS_SPAN_LIT(ID_PLACE));
    at = put_hex(at, (uint64_t)counter);
    cos_base64_encode(x->reply.request_id, inner, (size_t)(at - inner));
}

/* The trace id: base64 of hexadecimal digits (cos-wire.md s.2.0). Arena. */
static struct cos_span trace_id(struct cosmock_exchange *x)
{
    const char *id = exchange_request_id(x);
    char text[sizeof(TRACE_PREFIX) + 32] = TRACE_PREFIX;

    cos_md5_hex(text + sizeof(TRACE_PREFIX) - 1, id, strlen(id));
    struct cos_buf b;
    cos_buf_init(&b, 256);
    cos_base64_append(&b, text, strlen(text));
    struct cos_span kept = cos_arena_span(&x->arena, cos_buf_view(&b));
    cos_buf_deinit(&b);
    return kept;
}

/* Who is told nothing of an id in the header shall not find it in the body. */
static bool hides_request_id(const struct cosmock_exchange *x)
{
    return x->fault.id != 0 && x->fault.drops_header &&
           cos_span_eq_nocase(cos_span_of(x->fault.header),
                              cos_span_of(header_spelling(x, HEADER_REQUEST_ID)));
}

void dialect_cos_error(struct cosmock_exchange *x)
{
    if (cos_span_eq_str(x->parts.method, "HEAD")) {
        return;
    }
    struct cos_buf *b = &x->result.body;
    cos_buf_str(b, "<?xml version='1.0' encoding='utf-8' ?>\n<Error>\n");
    xml_out_line(b, "Code", cos_span_of(x->result.error->code));
    xml_out_line(b, "Message", result_error_message(&x->result));
    cos_buf_span(b, x->result.error_extra);
    cos_buf_str(b, "\t<Resource>");
    cos_xml_escape(b, x->parts.host);
    cos_xml_escape(b, x->parts.path);
    cos_buf_str(b, "</Resource>\n");
    if (!hides_request_id(x)) {
        xml_out_line(b, "RequestId", cos_span_of(exchange_request_id(x)));
    }
    xml_out_line(b, "TraceId", trace_id(x));
    cos_buf_str(b, "</Error>\n\n");
}

void dialect_cos_headers(struct cosmock_exchange *x)
{
    reply_header(x, "Server", COS_SPAN_LIT("tencent-cos"));
    reply_header(x, header_spelling(x, HEADER_REQUEST_ID), cos_span_of(exchange_request_id(x)));
    if (x->result.error != NULL) {
        reply_header(x, header_spelling(x, HEADER_TRACE_ID), trace_id(x));
    }
    cors_answer_add(x);
}
