/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A text is kept with its number before it, "12 <InventoryConfiguration>...": a document
 * that is put again keeps its place.
 */
#include "services/keyed.h"

#include "cosbase/alloc.h"
#include "exchange/exchange.h"
#include "services/documents.h"
#include "services/service.h"

#define TEXT_MAX_BYTES ((size_t)4 << 20)
#define NAME_MAX_BYTES 320

static bool read_text(struct cos_span kept, struct keyed_document *d)
{
    struct cos_span rest = kept;
    struct cos_span number = cos_span_cut(&rest, ' ');
    d->text = rest;
    return cos_span_u64(number, &d->order) && rest.ptr != NULL;
}

static int by_order(const void *a, const void *b)
{
    const struct keyed_document *x = a;
    const struct keyed_document *y = b;
    return x->order != y->order ? (x->order > y->order) - (x->order < y->order)
                                : cos_span_cmp(x->id, y->id);
}

void keyed_deinit(struct keyed_documents *all)
{
    for (size_t i = 0; all->items != NULL && i < all->n; i++) {
        (void)row_unref(all->items[i].row);
    }
    all->items = cos_free(all->items);
    all->n = 0;
}

bool keyed_read_of(struct cosmock_exchange *x, const struct bucket *b, const char *family,
                   struct keyed_documents *out)
{
    struct document_list list;
    *out = (struct keyed_documents){0};
    enum store_result r =
        documents_list(x->tenant->rows, &b->stored, cos_span_of(family), &list);
    if (r != STORE_OK) {
        (void)service_refuse_store(x, r);
        return false;
    }
    out->items = cos_calloc(list.n + 1, sizeof(*out->items));
    bool is_read = out->items != NULL;
    for (size_t i = 0; i < list.n && is_read; i++) {
        struct keyed_document *d = &out->items[out->n];
        *d = (struct keyed_document){.id = list.items[i].name};
        is_read = read_text(list.items[i].text, d);
        d->row = row_ref(list.items[i].row);
        out->n++;
    }
    document_list_deinit(&list);
    if (!is_read) {
        keyed_deinit(out);
        return false;
    }
    qsort(out->items, out->n, sizeof(*out->items), by_order);
    return true;
}

bool keyed_read(struct cosmock_exchange *x, const char *family, struct keyed_documents *out)
{
    return keyed_read_of(x, x->target.at.bucket, family, out);
}

const struct keyed_document *keyed_find(const struct keyed_documents *all, struct cos_span id)
{
    for (size_t i = 0; i < all->n; i++) {
        if (cos_span_eq(all->items[i].id, id)) {
            return &all->items[i];
        }
    }
    return NULL;
}

uint64_t keyed_order_of(const struct keyed_documents *all, struct cos_span id)
{
    const struct keyed_document *d = keyed_find(all, id);
    return d != NULL ? d->order : all->n == 0 ? 1 : all->items[all->n - 1].order + 1;
}

static struct cos_span name_of(char out[NAME_MAX_BYTES], const char *family, struct cos_span id)
{
    (void)snprintf(out, NAME_MAX_BYTES, "%s" COS_SPAN_FMT, family, COS_SPAN_ARG(id));
    return cos_span_of(out);
}

void keyed_put(struct batch *batch, const struct bucket *b, const char *family,
               const struct keyed_document *d)
{
    char name[NAME_MAX_BYTES];
    struct cos_buf text;
    cos_buf_init(&text, TEXT_MAX_BYTES);
    cos_buf_u64(&text, d->order);
    cos_buf_ch(&text, ' ');
    cos_buf_span(&text, d->text);
    if (text.failed || d->text.ptr == NULL) {
        batch_fail(batch);
    } else {
        document_put(batch, &b->stored, name_of(name, family, d->id), cos_buf_view(&text));
    }
    cos_buf_deinit(&text);
}

void keyed_delete(struct batch *batch, const struct bucket *b, const char *family,
                  struct cos_span id)
{
    char name[NAME_MAX_BYTES];
    document_delete(batch, &b->stored, name_of(name, family, id));
}

bool keyed_is_id(struct cos_span id)
{
    for (size_t i = 0; i < id.len; i++) {
        char c = id.ptr[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_letter && !(c >= '0' && c <= '9') && c != '-' && c != '_' && c != '.') {
            return false;
        }
    }
    return id.len > 0 && id.len <= KEYED_ID_MAX_BYTES;
}

bool keyed_id_param(struct cosmock_exchange *x, const char *name, struct cos_span *out)
{
    *out = service_param(x, name);
    if (!keyed_is_id(*out)) {
        service_refuse_saying(x, "InvalidArgument",
                              "%s takes 1 to %d letters, digits, '-', '_' or '.'", name,
                              KEYED_ID_MAX_BYTES);
        return false;
    }
    return true;
}

bool keyed_id_check(struct cosmock_exchange *x, const struct cos_xml *xml, struct cos_span id)
{
    struct complaint c;
    if (cos_span_eq(xml_child(xml, "Id"), id)) {
        return true;
    }
    (void)complain(&c, xml, NULL, "<Id> is not the id of the request");
    document_refuse(x, &c);
    return false;
}

int keyed_answer(struct cosmock_exchange *x, const struct keyed_documents *all,
                 const char *absent_code)
{
    struct cos_span id;
    if (!keyed_id_param(x, "id", &id)) {
        return service_stop(x);
    }
    const struct keyed_document *d = keyed_find(all, id);
    return d == NULL ? service_refuse(x, absent_code) : document_answer(x, d->text);
}
