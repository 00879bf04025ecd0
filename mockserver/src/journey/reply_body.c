/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Error bodies. COS (cos-wire.md s.1.5, s.2.0): tab-indented XML with a single-quoted declaration, flat children, Resource as host and decoded path without a
 * scheme, and nothing at all for HEAD. STS (sts-cam.md s.1.1, s.2): {"Response":{"Error":{"Code","Message"},"RequestId"}}. The mock's own explanation never
 * enters a body: it goes into x-cosmock-reason.
 */
#include "journey/reply_body.h"

#include "cosbase/codec.h"
#include "cosbase/digest.h"
#include "cosbase/json.h"
#include "cosbase/xml.h"
#include "exchange/xml_out.h"

#define BODY_MAX_BYTES (4u << 20)
#define REASON_MAX_BYTES 900
#define TRACE_PREFIX "8efc6b2d3b069ca89454d10b9ef00187" /* cos-wire.md s.2.0 */

struct cos_span reply_error_message(const struct result *r)
{
    return r->error_message.len > 0 ? r->error_message : cos_span_of(r->error->message);
}

struct cos_span reply_trace_id(struct cosmock_exchange *x)
{
    const char *id = exchange_request_id(x);
    char text[sizeof(TRACE_PREFIX) + 32] = TRACE_PREFIX;
    struct cos_buf b;
    struct cos_span kept;

    cos_md5_hex(text + sizeof(TRACE_PREFIX) - 1, id, strlen(id));
    cos_buf_init(&b, 256);
    cos_base64_append(&b, text, strlen(text));
    kept = cos_arena_span(&x->arena, cos_buf_view(&b));
    cos_buf_deinit(&b);
    return kept;
}

static void write_cos_error(struct cosmock_exchange *x)
{
    struct cos_buf *b = &x->result.body;

    cos_buf_str(b, "<?xml version='1.0' encoding='utf-8' ?>\n<Error>\n");
    xml_out_line(b, "Code", cos_span_of(x->result.error->code));
    xml_out_line(b, "Message", reply_error_message(&x->result));
    cos_buf_span(b, x->result.error_extra);
    cos_buf_str(b, "\t<Resource>");
    cos_xml_escape(b, x->parts.host);
    cos_xml_escape(b, x->parts.path);
    cos_buf_str(b, "</Resource>\n");
    xml_out_line(b, "RequestId", cos_span_of(exchange_request_id(x)));
    xml_out_line(b, "TraceId", reply_trace_id(x));
    cos_buf_str(b, "</Error>\n\n");
}

static void write_sts_error(struct cosmock_exchange *x)
{
    struct cos_jw w;

    cos_jw_init(&w, &x->result.body);
    cos_jw_object(&w, NULL);
    cos_jw_object(&w, "Response");
    cos_jw_object(&w, "Error");
    cos_jw_str(&w, "Code", x->result.error->code);
    cos_jw_span(&w, "Message", reply_error_message(&x->result));
    cos_jw_end(&w);
    cos_jw_str(&w, "RequestId", exchange_request_id(x));
    cos_jw_end(&w);
    cos_jw_end(&w);
}

static void restart_body(struct cosmock_exchange *x)
{
    cos_buf_deinit(&x->result.body);
    cos_buf_init(&x->result.body, BODY_MAX_BYTES);
    x->result.content_type = NULL;
}

void reply_error_body(struct cosmock_exchange *x)
{
    restart_body(x);
    if (x->route.service == OP_STS) {
        write_sts_error(x);
    } else if (!cos_span_eq_str(x->parts.method, "HEAD")) {
        write_cos_error(x);
    }
}

/* The answer as it is, but for `"<name>":<number>,`. False: no such member. */
static bool leave_out_member(struct cosmock_exchange *x, const char *name)
{
    struct cos_span body = cos_buf_view(&x->result.body);
    struct cos_span member = cos_arena_printf(&x->arena, "\"%s\":", name);
    size_t at = member.len == 0 ? SIZE_MAX : cos_span_find(body, member);
    struct cos_span before, after;

    if (at == SIZE_MAX) {
        return false;
    }
    after = cos_span_from(body, at);
    (void)cos_span_cut(&after, ',');
    before = cos_arena_span(&x->arena, cos_span_sub(body, 0, at));
    after = cos_arena_span(&x->arena, after);
    restart_body(x);
    cos_buf_span(&x->result.body, before);
    cos_buf_span(&x->result.body, after);
    return true;
}

void reply_malformed_body(struct cosmock_exchange *x)
{
    if (x->route.service == OP_STS && x->fault.code[0] != '\0' &&
        leave_out_member(x, x->fault.code)) {
        return;
    }
    restart_body(x);
    cos_buf_str(&x->result.body, x->route.service == OP_STS
                                     ? "{\"Response\":{\"Credentials\":{\"Token\":"
                                     : "<?xml version='1.0' encoding='utf-8' ?>\n<Broken><");
}

struct cos_span reply_reason(struct cosmock_exchange *x)
{
    const char *stage = x->result.refused_by == NULL ? "pipeline" : x->result.refused_by;
    const char *word = strcmp(stage, "authn") == 0 ? x->identity.reason : x->result.error->code;
    struct cos_span line = cos_arena_printf(&x->arena, "%s: %s%s" COS_SPAN_FMT, stage, word,
                                            x->identity.detail.len == 0 ? "" : ": ",
                                            COS_SPAN_ARG(x->identity.detail));
    size_t n = line.len < REASON_MAX_BYTES ? line.len : REASON_MAX_BYTES;
    char *copy = cos_arena_alloc(&x->arena, n);

    if (copy == NULL) {
        return COS_SPAN_EMPTY;
    }
    for (size_t i = 0; i < n; i++) {
        copy[i] = line.ptr[i] >= 0x20 && line.ptr[i] < 0x7f ? line.ptr[i] : '?';
    }
    return (struct cos_span){copy, n};
}
