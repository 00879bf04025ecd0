/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PostObject: a file from a form (cos-operations-2.md s.3.4). What it writes is what a PUT
 * writes; what it answers is for a browser: 204 without a word, a status that the form asks
 * for, or a way to go on.
 */
#include "exchange/form.h"

#include "exchange/xml_out.h"
#include "services/handlers.h"
#include "services/object.h"
#include "services/service.h"

#define URL_MAX_BYTES ((size_t)64 << 10)

/* Named before the object is kept: it is its digest. */
static struct cos_span etag_of(const struct cosmock_exchange *x)
{
    return cos_span_of(x->body.md5_hex);
}

/* <url>?bucket=...&key=...&etag=%22...%22, '&' first where the URL has a query already. */
static struct cos_span redirect_to(struct cosmock_exchange *x, struct cos_span url)
{
    struct cos_buf b;
    cos_buf_init(&b, 2 * URL_MAX_BYTES);
    cos_buf_span(&b, url);
    cos_buf_ch(&b, cos_span_chr(url, '?') == SIZE_MAX ? '?' : '&');
    cos_buf_str(&b, "bucket=");
    cos_buf_span(&b, x->route.bucket);
    cos_buf_str(&b, "&key=");
    xml_out_percent(&b, x->route.key);
    cos_buf_printf(&b, "&etag=%%22" COS_SPAN_FMT "%%22", COS_SPAN_ARG(etag_of(x)));
    x->failed = x->failed || b.failed;
    struct cos_span location = cos_arena_span(&x->arena, cos_buf_view(&b));
    cos_buf_deinit(&b);
    return location;
}

static void write_document(struct cosmock_exchange *x, struct cos_span location)
{
    struct cos_buf *b = service_xml(x);
    cos_buf_str(b, "<PostResponse>");
    xml_out_text(b, "Location", location);
    xml_out_text(b, "Bucket", x->route.bucket);
    xml_out_text(b, "Key", x->route.key);
    xml_out_text(b, "ETag", etag_of(x));
    cos_buf_str(b, "</PostResponse>");
    x->failed = x->failed || service_xml_done(x) < 0;
}

static void answer(struct cosmock_exchange *x)
{
    struct cos_span redirect = form_text(x->form, "success_action_redirect");
    if (redirect.len > 0) { /* wins over the status */
        x->result.status = 303;
        result_header(x, "Location", redirect_to(x, redirect));
        return;
    }
    struct cos_span location = service_location(x);
    result_header(x, "Location", location);
    struct cos_span status = form_text(x->form, "success_action_status");
    bool is_created = cos_span_eq_str(status, "201");
    if (is_created && SWITCH_IS(x->tenant, FORM_CREATED_BODY, XML)) {
        write_document(x, location);
    }
    x->result.status = is_created ? 201 : cos_span_eq_str(status, "200") ? 200 : 204;
}

int op_post_object(struct cosmock_exchange *x)
{
    if (service_bucket(x) == NULL || !service_key_check(x)) {
        return service_stop(x);
    }
    answer(x);
    return x->failed ? -1 : object_store(x);
}
