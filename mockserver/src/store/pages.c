/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walks over the rows of a bucket: counting, pages with markers and delimiters, all of them.
 * Each is a seek and then rows in their order, so it costs what it shows.
 */
#include "store/objects.h"

#include "cosbase/alloc.h"
#include "store/objects_inside.h"
#include "store/rows.h"

/* --- walks --- */

/* All rows whose key begins with @prefix, from @from on. */
enum store_result objects_scan(struct backend *rows, struct cos_span prefix,
                               struct cos_span from, scan_visit *visit, void *ctx)
{
    struct rowkey_room room;
    struct cos_span until = rowkey_behind(&room, prefix);
    return objects_result(rows->ops->scan(rows, from, until, visit, ctx));
}

void *objects_grown(void *items, size_t n, size_t *cap, size_t item_bytes)
{
    if (n < *cap) {
        return items;
    }
    size_t more = *cap == 0 ? 16 : *cap * 2;
    void *larger = cos_realloc_array(items, more, item_bytes);
    if (larger != NULL) {
        *cap = more;
    }
    return larger;
}

static enum scan_next count_row(void *ctx, struct row *row, struct cos_span *seek)
{
    (void)row;
    (void)seek;
    ++*(uint64_t *)ctx;
    return SCAN_NEXT;
}

static enum store_result count(struct backend *rows, enum rowkey_kind kind,
                               const struct store_bucket *b, uint64_t *out)
{
    if (b == NULL) {
        return STORE_NO_BUCKET;
    }
    struct rowkey_room room;
    const struct rowkey all = objects_rowkey(kind, b->id, COS_SPAN_EMPTY);
    struct cos_span prefix = rowkey_prefix(&room, &all);
    *out = 0;
    return objects_scan(rows, prefix, prefix, count_row, out);
}

enum store_result objects_count(struct backend *rows, const struct store_bucket *b,
                                uint64_t *out)
{
    return count(rows, ROWKEY_OBJECT, b, out);
}

enum store_result uploads_count(struct backend *rows, const struct store_bucket *b,
                                uint64_t *out)
{
    return count(rows, ROWKEY_UPLOAD, b, out);
}

/* --- pages --- */

struct page_walk {
    enum rowkey_kind kind;
    uint32_t bucket_id;
    const struct store_list_query *q;
    struct store_list *out;
    size_t cap;
    struct rowkey_room seek; /* where the visitor goes next */
    enum store_result result;
};

struct cos_span objects_common_prefix(struct cos_span key, struct cos_span prefix,
                                      struct cos_span delimiter)
{
    if (delimiter.len == 0 || !cos_span_starts(key, prefix)) {
        return COS_SPAN_EMPTY;
    }
    size_t at = cos_span_find(cos_span_from(key, prefix.len), delimiter);
    return at == SIZE_MAX ? COS_SPAN_EMPTY
                          : cos_span_sub(key, 0, prefix.len + at + delimiter.len);
}

/* What the keys of all rows begin with whose name begins with @name. */
static struct cos_span beginning(struct rowkey_room *room, const struct page_walk *w,
                                 struct cos_span name)
{
    const struct rowkey key = objects_rowkey(w->kind, w->bucket_id, name);
    return rowkey_prefix(room, &key);
}

struct cos_span objects_next_key(struct rowkey_room *room, struct cos_span key)
{
    if (key.len == 0 || key.len == sizeof(room->bytes)) {
        return COS_SPAN_EMPTY;
    }
    room->bytes[key.len] = '\0';
    return cos_span_make(key.ptr, key.len + 1);
}

/* Where the page begins; empty: a marker is longer than any key. */
static struct cos_span page_start(struct rowkey_room *room, const struct page_walk *w)
{
    const struct store_list_query *q = w->q;
    if (cos_span_cmp(q->marker, q->prefix) < 0 || q->marker.len == 0) {
        return beginning(room, w, q->prefix);
    }
    struct cos_span rolled = objects_common_prefix(q->marker, q->prefix, q->delimiter);
    if (rolled.len > 0 && rolled.len == q->marker.len) {
        return rowkey_behind(room, beginning(room, w, rolled));
    }
    const struct rowkey marker = {.kind = w->kind,
                                  .bucket_id = w->bucket_id,
                                  .name = q->marker,
                                  .upload_id = q->id_marker};
    if (w->kind == ROWKEY_OBJECT || q->id_marker.len > 0) {
        return objects_next_key(room, rowkey_write(room, &marker));
    }
    return rowkey_behind(room, rowkey_below(room, &marker));
}

/* The name of a row, in it; false: it is damaged. */
static bool name_of(const struct page_walk *w, const struct row *row, struct cos_span *out)
{
    struct rowkey key;
    if (w->kind == ROWKEY_OBJECT) {
        *out = cos_span_from(row_key(row), OBJECT_HEAD_BYTES);
        return true;
    }
    bool is_read = uploads_key_read(row, &key);
    *out = key.name;
    return is_read;
}

static enum scan_next stop(struct page_walk *w, enum store_result r)
{
    w->result = r;
    return SCAN_STOP;
}

static enum scan_next visit_row(void *ctx, struct row *row, struct cos_span *seek)
{
    struct page_walk *w = ctx;
    struct store_list *out = w->out;
    struct cos_span name;
    if (out->n_items == w->q->max_items) {
        out->is_truncated = true;
        return SCAN_STOP;
    }
    if (!name_of(w, row, &name)) {
        return stop(w, STORE_IO);
    }
    struct store_list_item *items =
        objects_grown(out->items, out->n_items, &w->cap, sizeof(*items));
    if (items == NULL) {
        return stop(w, STORE_NOMEM);
    }
    out->items = items;
    struct cos_span rolled = objects_common_prefix(name, w->q->prefix, w->q->delimiter);
    bool is_prefix = rolled.len > 0;
    items[out->n_items++] = (struct store_list_item){.name = is_prefix ? rolled : name,
                                                     .is_prefix = is_prefix,
                                                     .row = row_ref(row)};
    if (!is_prefix) {
        return SCAN_NEXT;
    }
    *seek = rowkey_behind(&w->seek, beginning(&w->seek, w, rolled));
    return SCAN_SEEK;
}

static enum store_result list_of(struct backend *rows, enum rowkey_kind kind,
                                 const struct store_bucket *b, const struct store_list_query *q,
                                 struct store_list *out)
{
    *out = (struct store_list){0};
    if (b == NULL) {
        return STORE_NO_BUCKET;
    }
    struct page_walk w = {
        .kind = kind, .bucket_id = b->id, .q = q, .out = out, .result = STORE_OK};
    struct rowkey_room from_room;
    struct rowkey_room prefix_room;
    struct cos_span from = page_start(&from_room, &w);
    struct cos_span prefix = beginning(&prefix_room, &w, q->prefix);
    if (q->max_items == 0 || from.len == 0 || prefix.len == 0) {
        return STORE_OK;
    }
    enum store_result r = objects_scan(rows, prefix, from, visit_row, &w);
    r = r == STORE_OK ? w.result : r;
    if (r != STORE_OK) {
        store_list_deinit(out);
    }
    return r;
}

enum store_result objects_list(struct backend *rows, const struct store_bucket *b,
                               const struct store_list_query *q, struct store_list *out)
{
    return list_of(rows, ROWKEY_OBJECT, b, q, out);
}

enum store_result uploads_list(struct backend *rows, const struct store_bucket *b,
                               const struct store_list_query *q, struct store_list *out)
{
    return list_of(rows, ROWKEY_UPLOAD, b, q, out);
}

struct walk_in_place {
    struct objects_walk *walk;
    size_t n;
    bool is_over;
    enum store_result result;
};

static enum scan_next walk_row(void *ctx, struct row *row, struct cos_span *seek)
{
    (void)seek;
    struct walk_in_place *w = ctx;
    struct object o;
    if (w->is_over) {
        w->walk->is_truncated = true;
        return SCAN_STOP;
    }
    if (!object_read(row, &o)) {
        w->result = STORE_IO;
        return SCAN_STOP;
    }
    w->n++;
    w->is_over = !w->walk->visit(w->walk->ctx, &o) || w->n == w->walk->max_rows;
    if (w->is_over) {
        w->walk->last = row_ref(row);
    }
    return SCAN_NEXT;
}

enum store_result objects_walk(struct backend *rows, const struct store_bucket *b,
                               struct objects_walk *walk)
{
    const struct store_list_query q = {.prefix = walk->prefix, .marker = walk->marker};
    const struct page_walk at = {.kind = ROWKEY_OBJECT, .bucket_id = b->id, .q = &q};
    struct walk_in_place w = {.walk = walk, .result = STORE_OK};
    struct rowkey_room from_room;
    struct rowkey_room prefix_room;
    struct cos_span from = page_start(&from_room, &at);
    struct cos_span prefix = beginning(&prefix_room, &at, q.prefix);
    walk->last = NULL;
    walk->is_truncated = false;
    if (from.len == 0 || prefix.len == 0) {
        return STORE_OK;
    }
    enum store_result r = objects_scan(rows, prefix, from, walk_row, &w);
    r = r == STORE_OK ? w.result : r;
    if (r != STORE_OK) {
        walk->last = row_unref(walk->last);
    }
    return r;
}

void store_list_deinit(struct store_list *list)
{
    for (size_t i = 0; i < list->n_items; i++) {
        (void)row_unref(list->items[i].row);
    }
    cos_free(list->items);
    *list = (struct store_list){0};
}
