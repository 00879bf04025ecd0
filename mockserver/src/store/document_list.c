/* SPDX-License-Identifier: Apache-2.0 */
/* The documents of a bucket of which there are many, by the prefix of their names. */
#include "store/objects.h"

#include "cosbase/alloc.h"
#include "store/rowkey.h"

struct walk {
    struct document_list *out;
    size_t cap, name_at; /* where names begin in a key */
    enum backend_result result;
};

static bool make_room(struct walk *w)
{
    if (w->out->n < w->cap) {
        return true;
    }
    size_t cap = w->cap == 0 ? 16 : 2 * w->cap;
    struct document_item *more = cos_realloc_array(w->out->items, cap, sizeof(*more));
    if (more == NULL) {
        return false;
    }
    w->out->items = more;
    w->cap = cap;
    return true;
}

static enum scan_next visit(void *ctx, struct row *row, struct cos_span *seek)
{
    struct walk *w = ctx;
    struct cos_span text;
    if (!document_read(row, &text)) {
        w->result = BACKEND_IO;
        return SCAN_STOP;
    }
    if (!make_room(w)) {
        w->result = BACKEND_NOMEM;
        return SCAN_STOP;
    }
    w->out->items[w->out->n++] =
        (struct document_item){cos_span_from(row_key(row), w->name_at), text, row_ref(row)};
    return SCAN_NEXT;
}

enum store_result documents_list(struct backend *rows, const struct store_bucket *b,
                                 struct cos_span prefix, struct document_list *out)
{
    struct rowkey_room from_room;
    struct rowkey_room until_room;
    const struct rowkey first = {.kind = ROWKEY_DOCUMENT, .bucket_id = b->id, .name = prefix};
    struct cos_span from = rowkey_prefix(&from_room, &first);
    struct cos_span until = rowkey_behind(&until_room, from);
    struct walk w = {.out = out, .name_at = from.len, .result = BACKEND_OK};
    *out = (struct document_list){0};
    struct commit c = {.result = rows->ops->scan(rows, from, until, visit, &w)};
    c.result = c.result == BACKEND_OK ? w.result : c.result;
    if (c.result != BACKEND_OK) {
        document_list_deinit(out);
    }
    return store_committed(&c);
}

void document_list_deinit(struct document_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        (void)row_unref(list->items[i].row);
    }
    list->items = cos_free(list->items);
    list->n = 0;
}
