/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The trio that serves a bucket's documents, and their rows. DELETE of what is not there is
 * 204, too (cos-operations-1.md s.4); a missing bucket was refused before (stage target).
 *
 * A PUT replaces the whole. What it says is checked and made canonical here, once: what is kept
 * is what GET answers with, and what the behaviour of the bucket is read from.
 */
#include "services/documents.h"

#include "exchange/exchange.h"
#include "services/clock_work.h"
#include "services/handlers.h"
#include "services/service.h"
#include "world/neighbours.h"

#define NO_CONTENT 204
#define XML_TEXT_MAX_BYTES ((size_t)4 << 20)

void document_refuse(struct cosmock_exchange *x, const struct complaint *c)
{
    const char *bad_value = SWITCH_IS(x->tenant, BAD_DOCUMENT_VALUE, MALFORMED_XML)
                                ? "MalformedXML"
                                : "InvalidArgument";
    x->identity.detail = cos_arena_span(&x->arena, cos_span_of(c->text));
    service_refuse(x, c->code == NULL ? bad_value : c->code);
}

static bool check_size(struct cosmock_exchange *x, const struct document_form *form)
{
    size_t n = x->body.small.len;
    size_t max = form->max_bytes == 0 ? DOCUMENT_MAX_BYTES : form->max_bytes;
    if (n == 0) {
        service_refuse(x, "MissingRequestBodyError");
    } else if (n > max) {
        x->identity.detail =
            cos_arena_printf(&x->arena, "%zu bytes; at most %zu are allowed", n, max);
        service_refuse(x, "XMLSizeLimit");
    } else if (form->needs_md5 && !x->body.is_md5_announced &&
               SWITCH_IS(x->tenant, DOCUMENT_MD5, REQUIRED)) {
        service_refuse_case(x, ERROR_NO_MD5);
    }
    return !is_refused(x);
}

struct cos_xml *document_body(struct cosmock_exchange *x, const struct document_form *form)
{
    struct complaint c;
    struct cos_xml *xml = check_size(x, form) ? service_xml_read(x, form->root->name) : NULL;
    if (xml != NULL && (!schema_check(form->root, xml, &c) ||
                        (form->rules != NULL && !form->rules(xml, &c)))) {
        document_refuse(x, &c);
        xml = cos_xml_free(xml);
    }
    if (xml != NULL && !schema_knows(form->root, xml, &c)) {
        x->identity.detail = cos_arena_span(&x->arena, cos_span_of(c.text));
    }
    return xml;
}

struct cos_span document_text(struct cosmock_exchange *x, const struct element *root,
                              const struct cos_xml *xml)
{
    struct cos_buf out;
    cos_buf_init(&out, XML_TEXT_MAX_BYTES);
    schema_write(root, xml, &out);
    struct cos_span text =
        out.failed ? (struct cos_span){NULL, 0} : cos_arena_span(&x->arena, cos_buf_view(&out));
    cos_buf_deinit(&out);
    return x->arena.failed ? (struct cos_span){NULL, 0} : text;
}

int document_answer(struct cosmock_exchange *x, struct cos_span text)
{
    cos_buf_span(service_xml(x), text);
    return service_xml_done(x);
}

int op_get_document(struct cosmock_exchange *x)
{
    const struct document *d = x->route.op->document;
    struct cos_span text = bucket_document(&x->target.at, d->which);
    if (text.ptr == NULL && d->absent_code != NULL) {
        return service_refuse(x, d->absent_code);
    }
    if (text.ptr == NULL) {
        const char *root = d->form.root->name;
        text = cos_arena_printf(&x->arena, "<%s></%s>", root, root);
    }
    if (d->head != NULL) {
        d->head(x);
    }
    return document_answer(x, text);
}

static int delete_document(struct cosmock_exchange *x, int status)
{
    struct batch *batch = batch_new();
    if (batch != NULL) {
        world_bucket_document_delete(batch, x->target.at.bucket, x->route.op->document->which);
    }
    x->result.status = status;
    return service_commit(x, batch);
}

/* With what is around the bucket. */
static bool fits(struct cosmock_exchange *x, const struct document *d,
                 const struct cos_xml *xml)
{
    if (d->fits == NULL) {
        return true;
    }
    struct complaint c;
    const struct neighbours near = neighbours_of(&x->target.at);
    bool is_fit = d->fits(&near, xml, &c);
    if (!is_fit) {
        document_refuse(x, &c);
    }
    return is_fit;
}

int op_put_document(struct cosmock_exchange *x)
{
    const struct document *d = x->route.op->document;
    int status = d->put_status == 0 ? 200 : d->put_status;
    if (x->body.small.len == 0 && d->is_cleared_by_nothing) {
        return delete_document(x, status);
    }
    COS_CLEANUP(cos_xml_free) struct cos_xml *xml = document_body(x, &d->form);
    if (xml == NULL || !fits(x, d, xml) || (d->permits != NULL && !d->permits(x, xml))) {
        return service_stop(x);
    }
    struct cos_span text = document_text(x, d->form.root, xml);
    struct batch *batch = text.ptr == NULL ? NULL : batch_new();
    if (batch != NULL) {
        world_bucket_document_put(batch, x->target.at.bucket, d->which, text,
                                  /* value= */ NULL, /* kind= */ NULL);
    }
    if (batch != NULL && d->also_keeps != NULL) {
        d->also_keeps(batch, x->target.at.bucket, x->now.modification_unix_ms);
    }
    if (batch != NULL && d->acts_by_clock) {
        clock_work_plan(batch, x->tenant, x->now.modification_unix_ms);
    }
    x->result.status = status;
    return service_commit(x, batch);
}

int op_delete_document(struct cosmock_exchange *x)
{
    return delete_document(x, NO_CONTENT);
}
