/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who adds a version moves the latest one among the older; who removes the latest puts the
 * newest of these in its place. Both expect the two rows in which the latest may stand to be as
 * they were read, so of two writers of one key the second begins again, and no row of an older
 * version needs to be watched: none comes or goes upwards without the latest.
 *
 * Readers of more than one row see them in one walk, for between two look-ups a version may
 * move from one row to the other. A walk passes over three stretches of keys, those of the
 * latest objects, of the older versions and of the latest markers, and merges what it found.
 *
 * The version without an id is looked for from the newest on when it is not the latest; that
 * costs as much as there are versions on top of it.
 */
#include "store/versions.h"

#include "cosbase/alloc.h"
#include "cosbase/codec.h"
#include "store/objects_inside.h"

#define ID_DIGITS 20 /* of 2^64-1 less a time of this age */

/* --- names --- */

struct cos_span version_name_write(char room[VERSION_NAME_BYTES], const struct version *v)
{
    char digits[ID_DIGITS + 1];
    if (v->is_null) {
        return COS_SPAN_LIT("null");
    }
    int n = snprintf(digits, sizeof(digits), "%0*llu", ID_DIGITS, (unsigned long long)v->order);
    cos_base64_encode(room, digits, n < 0 ? 0 : (size_t)n);
    struct cos_span id = cos_span_of(room);
    while (cos_span_ends(id, COS_SPAN_LIT("="))) {
        id.len--;
    }
    return id;
}

static bool id_read(struct cos_span text, uint64_t *order)
{
    char padded[VERSION_NAME_BYTES];
    char room[VERSION_NAME_BYTES];
    struct cos_buf digits;
    if (text.len + 1 > sizeof(padded)) {
        return false;
    }
    *cos_span_put(padded, text) = '=';
    cos_buf_init(&digits, VERSION_NAME_BYTES);
    bool is_read = cos_base64_decode(&digits, cos_span_make(padded, text.len + 1)) &&
                   cos_span_u64(cos_buf_view(&digits), order);
    cos_buf_deinit(&digits);
    return is_read &&
           cos_span_eq(text, version_name_write(room, &(struct version){.order = *order}));
}

struct version_name version_name_read(struct cos_span text)
{
    struct version_name name = {.kind = VERSION_LATEST};
    if (text.len == 0) {
        return name;
    }
    if (cos_span_eq_str(text, "null")) {
        name.kind = VERSION_NULL;
    } else {
        name.kind = id_read(text, &name.order) ? VERSION_ID : VERSION_UNKNOWN;
    }
    return name;
}

/* --- stretches of keys, in one walk --- */

enum { LATEST_OBJECTS, OLDER, LATEST_MARKERS, STRETCHES };
static const enum rowkey_kind kinds[STRETCHES] = {ROWKEY_OBJECT, ROWKEY_VERSION, ROWKEY_MARKER};

struct stretch {
    struct rowkey_room from_room, until_room;
    struct cos_span from, until; /* from empty: nothing of it */
};
struct walk {
    struct stretch stretches[STRETCHES];
    size_t at;
    /* SCAN_STOP: this stretch is done with. */
    enum scan_next (*take)(void *ctx, size_t stretch, struct row *row, struct cos_span *seek);
    void *ctx;
};

static enum scan_next walk_row(void *ctx, struct row *row, struct cos_span *seek)
{
    struct walk *w = ctx;
    struct cos_span key = row_key(row);
    for (; w->at < STRETCHES; w->at++) {
        const struct stretch *s = &w->stretches[w->at];
        if (s->from.len == 0 || cos_span_cmp(key, s->until) >= 0) {
            continue;
        }
        if (cos_span_cmp(key, s->from) < 0) {
            *seek = s->from;
            return SCAN_SEEK;
        }
        enum scan_next next = w->take(w->ctx, w->at, row, seek);
        if (next != SCAN_STOP) {
            return next;
        }
    }
    return SCAN_STOP;
}

static enum store_result walk(struct backend *rows, struct walk *w)
{
    const struct stretch *first = NULL;
    const struct stretch *last = NULL;
    for (size_t i = 0; i < STRETCHES; i++) {
        if (w->stretches[i].from.len > 0) {
            first = first == NULL ? &w->stretches[i] : first;
            last = &w->stretches[i];
        }
    }
    return first == NULL
               ? STORE_OK
               : objects_result(rows->ops->scan(rows, first->from, last->until, walk_row, w));
}

/* --- one of them --- */

/* All versions of a key, or of the older ones the one of an id. */
static void stretch_of_key(struct stretch *s, size_t which, uint32_t bucket_id,
                           struct cos_span key, const struct version_name *name)
{
    struct rowkey at = objects_rowkey(kinds[which], bucket_id, key);
    if (which == OLDER && name->kind != VERSION_ID) {
        s->from = rowkey_below(&s->from_room, &at);
        s->until = rowkey_behind(&s->until_room, rowkey_below(&s->until_room, &at));
        return;
    }
    at.order = name->order;
    s->from = rowkey_write(&s->from_room, &at);
    s->until = objects_next_key(&s->until_room, rowkey_write(&s->until_room, &at));
}

struct search {
    struct version_name name;
    struct object *found;
    enum store_result result;
};

static bool is_named(const struct version_name *name, const struct version *v)
{
    return name->kind == VERSION_NULL ? v->is_null : !v->is_null && v->order == name->order;
}

static enum scan_next search_row(void *ctx, size_t stretch, struct row *row,
                                 struct cos_span *seek)
{
    (void)stretch;
    (void)seek;
    struct search *s = ctx;
    struct object o;
    if (s->result != STORE_NO_VERSION) {
        return SCAN_STOP;
    }
    if (!object_read(row, &o)) {
        s->result = STORE_IO;
        return SCAN_STOP;
    }
    if (!is_named(&s->name, &o.version)) {
        return SCAN_NEXT;
    }
    (void)row_ref(row);
    *s->found = o;
    s->result = STORE_OK;
    return SCAN_STOP;
}

static enum store_result search(struct backend *rows, const struct store_bucket *b,
                                struct cos_span key, struct version_name name,
                                struct object *out)
{
    struct search s = {.name = name, .found = out, .result = STORE_NO_VERSION};
    struct walk w = {.take = search_row, .ctx = &s};
    for (size_t i = 0; i < STRETCHES; i++) {
        stretch_of_key(&w.stretches[i], i, b->id, key, &name);
    }
    enum store_result r = walk(rows, &w);
    return r == STORE_OK ? s.result : r;
}

enum store_result versions_get(struct backend *rows, const struct store_bucket *b,
                               struct cos_span key, struct version_name name,
                               struct object *out)
{
    if (b == NULL) {
        return STORE_NO_BUCKET;
    }
    switch (name.kind) {
    case VERSION_LATEST:
        return objects_get(rows, b, key, out);
    case VERSION_NULL:
    case VERSION_ID:
        return search(rows, b, key, name, out);
    case VERSION_UNKNOWN:
        break;
    }
    return STORE_NO_VERSION;
}

/* --- the latest --- */

static struct cos_span latest_key(struct rowkey_room *room, const struct store_bucket *b,
                                  enum rowkey_kind kind, struct cos_span key)
{
    const struct rowkey at = objects_rowkey(kind, b->id, key);
    return rowkey_write(room, &at);
}

/* Object or marker, as a reference; no row: the key has no versions. */
static enum store_result latest_get(struct backend *rows, const struct store_bucket *b,
                                    struct cos_span key, struct object *out)
{
    struct rowkey_room room;
    *out = (struct object){.row = NULL};
    enum store_result r = objects_get_row(rows, latest_key(&room, b, ROWKEY_OBJECT, key), out);
    if (r == STORE_NO_KEY) {
        r = objects_get_row(rows, latest_key(&room, b, ROWKEY_MARKER, key), out);
    }
    return r == STORE_NO_KEY ? STORE_OK : r;
}

enum store_result versions_get_marker(struct backend *rows, const struct store_bucket *b,
                                      struct cos_span key, struct object *out)
{
    struct rowkey_room room;
    return objects_get_row(rows, latest_key(&room, b, ROWKEY_MARKER, key), out);
}

static void expect_latest(struct batch *batch, const struct store_bucket *b,
                          struct cos_span key, const struct object *latest)
{
    static const enum rowkey_kind places[] = {ROWKEY_OBJECT, ROWKEY_MARKER};
    for (size_t i = 0; i < COS_ARRAY_LEN(places); i++) {
        struct rowkey_room room;
        if (latest->row != NULL && latest->row->bytes[0] == places[i]) {
            objects_expect_same(batch, latest->row);
        } else {
            objects_expect(batch, EXPECT_ABSENT, latest_key(&room, b, places[i], key),
                           STORE_CHANGED);
        }
    }
}

/* The new null version takes the place of the one among the older. */
static enum store_result drop_older_null(struct batch *batch, struct backend *rows,
                                         const struct store_bucket *b, struct cos_span key)
{
    struct object o;
    const struct version_name name = {.kind = VERSION_NULL};
    enum store_result r = search(rows, b, key, name, &o);
    if (r == STORE_OK) {
        objects_expect_same(batch, o.row);
        batch_delete(batch, row_key(o.row));
        (void)row_unref(o.row);
    }
    return r == STORE_NO_VERSION ? STORE_OK : r;
}

static enum store_result step_back(struct batch *batch, struct backend *rows,
                                   const struct store_bucket *b, const struct object *latest,
                                   const struct version *next)
{
    struct rowkey_room room;
    if (next->is_null && latest->version.is_null) {
        batch_delete(batch, row_key(latest->row));
        return STORE_OK;
    }
    struct rowkey at = objects_rowkey(ROWKEY_VERSION, b->id, latest->key);
    at.order = latest->version.order;
    objects_move(batch, rowkey_write(&room, &at), latest);
    return next->is_null ? drop_older_null(batch, rows, b, latest->key) : STORE_OK;
}

enum store_result versions_succeed(struct batch *batch, struct backend *rows,
                                   const struct store_bucket *b,
                                   const struct object_draft *draft, struct version *next)
{
    struct object latest;
    enum store_result r = latest_get(rows, b, draft->key, &latest);
    if (r != STORE_OK) {
        return r;
    }
    expect_latest(batch, b, draft->key, &latest);
    *next = (struct version){.order = objects_order(draft->mtime_unix_ms, draft->born_us),
                             .is_null = b->versioning == VERSIONING_SUSPENDED};
    if (latest.row == NULL) {
        return STORE_OK;
    }
    if (next->order >= latest.version.order) { /* the clock stands, or went back */
        next->order = latest.version.order - 1;
    }
    r = step_back(batch, rows, b, &latest, next);
    (void)row_unref(latest.row);
    return r;
}

/* --- one that has its number already --- */

/* The latest row of its key, or one of the older versions'. */
static struct cos_span place_for(struct rowkey_room *room, const struct store_bucket *b,
                                 const struct object_draft *draft, const struct version *as,
                                 bool is_latest)
{
    if (is_latest) {
        return latest_key(room, b, as->is_marker ? ROWKEY_MARKER : ROWKEY_OBJECT, draft->key);
    }
    struct rowkey at = objects_rowkey(ROWKEY_VERSION, b->id, draft->key);
    at.order = as->order;
    return rowkey_write(room, &at);
}

static enum store_result make_place(struct batch *batch, struct backend *rows,
                                    const struct store_bucket *b,
                                    const struct object_draft *draft, const struct version *as,
                                    bool *is_latest)
{
    struct object found;
    const struct version_name name = {VERSION_ID, as->order};
    enum store_result r = search(rows, b, draft->key, name, &found);
    if (r != STORE_NO_VERSION) {
        (void)row_unref(r == STORE_OK ? found.row : NULL);
        return r == STORE_OK ? STORE_EXISTS : r;
    }
    r = latest_get(rows, b, draft->key, &found);
    if (r != STORE_OK) {
        return r;
    }
    expect_latest(batch, b, draft->key, &found);
    *is_latest = found.row == NULL || as->order < found.version.order;
    if (found.row != NULL && *is_latest) {
        r = step_back(batch, rows, b, &found, as);
    } else if (found.row != NULL && as->order == found.version.order) {
        r = STORE_EXISTS; /* it has no id, and would share the place */
    }
    (void)row_unref(found.row);
    return r;
}

enum store_result versions_put_as(struct batch *batch, struct backend *rows,
                                  const struct store_bucket *b,
                                  const struct object_draft *draft, const struct version *as)
{
    struct rowkey_room room;
    bool is_latest = true;
    objects_expect_bucket(batch, b);
    enum store_result r = make_place(batch, rows, b, draft, as, &is_latest);
    if (r != STORE_OK) {
        blob_unref(draft->blob);
        return r;
    }
    struct cos_span place = place_for(&room, b, draft, as, is_latest);
    if (!is_latest) {
        objects_expect(batch, EXPECT_ABSENT, place, STORE_EXISTS);
    }
    objects_put_draft(batch, place, draft, as);
    return STORE_OK;
}

/* --- deleting --- */

static enum scan_next first_row(void *ctx, struct row *row, struct cos_span *seek)
{
    (void)seek;
    *(struct row **)ctx = row_ref(row);
    return SCAN_STOP;
}

/* The newest of the older ones becomes the latest. */
static enum store_result step_forward(struct batch *batch, struct backend *rows,
                                      const struct store_bucket *b, struct cos_span key)
{
    static const struct version_name any = {.kind = VERSION_LATEST};
    struct stretch older;
    struct row *row = NULL;
    struct object o;
    stretch_of_key(&older, OLDER, b->id, key, &any);
    enum store_result r =
        objects_result(rows->ops->scan(rows, older.from, older.until, first_row, &row));
    if (r == STORE_OK && row != NULL) {
        struct rowkey_room room;
        r = object_read(row, &o) ? STORE_OK : STORE_IO;
        if (r == STORE_OK) {
            objects_expect_same(batch, row);
            objects_move(batch,
                         latest_key(&room, b,
                                    o.version.is_marker ? ROWKEY_MARKER : ROWKEY_OBJECT, key),
                         &o);
        }
    }
    (void)row_unref(row);
    return r;
}

enum store_result versions_delete(struct batch *batch, struct backend *rows,
                                  const struct store_bucket *b, const struct object *o)
{
    objects_expect_bucket(batch, b);
    objects_expect_same(batch, o->row);
    batch_delete(batch, row_key(o->row));
    return o->row->bytes[0] == ROWKEY_VERSION ? STORE_OK : step_forward(batch, rows, b, o->key);
}

/* --- pages --- */

/* What a stretch gives, up to one more than the page takes. */
struct found {
    struct versions_item *items;
    size_t n, cap, at;
};
struct page_walk {
    const struct versions_query *q;
    struct found of[STRETCHES];
    struct rowkey_room seek; /* where the visitor goes next */
    uint32_t bucket_id;
    enum store_result result;
};

/* The latest of the marker's key is behind the marker only when it is older than that one,
 * which is gone then. */
static bool is_before_marker(const struct versions_query *q, const struct object *o)
{
    return q->version_marker.kind == VERSION_ID && cos_span_eq(o->key, q->key_marker) &&
           o->version.order <= q->version_marker.order;
}

static enum scan_next fail_page(struct page_walk *p, enum store_result r)
{
    p->result = r;
    return SCAN_STOP;
}

static enum scan_next page_row(void *ctx, size_t stretch, struct row *row,
                               struct cos_span *seek)
{
    struct page_walk *p = ctx;
    struct found *f = &p->of[stretch];
    struct versions_item item = {.is_latest = stretch != OLDER};
    if (p->result != STORE_OK || f->n > p->q->max_items) {
        return SCAN_STOP;
    }
    if (!object_read(row, &item.object)) {
        return fail_page(p, STORE_IO);
    }
    if (is_before_marker(p->q, &item.object)) {
        return SCAN_NEXT;
    }
    struct versions_item *items = objects_grown(f->items, f->n, &f->cap, sizeof(*items));
    if (items == NULL) {
        return fail_page(p, STORE_NOMEM);
    }
    f->items = items;
    item.name = objects_common_prefix(item.object.key, p->q->prefix, p->q->delimiter);
    item.is_prefix = item.name.len > 0;
    item.name = item.is_prefix ? item.name : item.object.key;
    (void)row_ref(row);
    items[f->n++] = item;
    if (!item.is_prefix) {
        return SCAN_NEXT;
    }
    const struct rowkey group = objects_rowkey(kinds[stretch], p->bucket_id, item.name);
    *seek = rowkey_behind(&p->seek, rowkey_prefix(&p->seek, &group));
    return SCAN_SEEK;
}

/* Where a stretch of the page begins; empty: behind all there can be. */
static struct cos_span page_start(struct rowkey_room *room, size_t stretch, uint32_t bucket_id,
                                  const struct versions_query *q)
{
    struct cos_span marker = q->key_marker;
    struct rowkey at = objects_rowkey(kinds[stretch], bucket_id, marker);
    struct cos_span rolled = objects_common_prefix(marker, q->prefix, q->delimiter);
    if (marker.len == 0 || cos_span_cmp(marker, q->prefix) < 0) {
        at.name = q->prefix;
        return rowkey_prefix(room, &at);
    }
    if (rolled.len > 0 && rolled.len == marker.len) {
        return rowkey_behind(room, rowkey_prefix(room, &at));
    }
    if (q->version_marker.kind == VERSION_LATEST) {
        return stretch == OLDER ? rowkey_behind(room, rowkey_below(room, &at))
                                : objects_next_key(room, rowkey_write(room, &at));
    }
    at.order = q->version_marker.order;
    return stretch == OLDER && q->version_marker.kind == VERSION_ID
               ? objects_next_key(room, rowkey_write(room, &at))
           : stretch == OLDER ? rowkey_below(room, &at)
                              : rowkey_write(room, &at);
}

/* By name; of one key the latest first, then the newest. */
static int compare(const struct versions_item *a, const struct versions_item *b)
{
    int order = cos_span_cmp(a->name, b->name);
    if (order != 0 || a->is_prefix || b->is_prefix) {
        return order;
    }
    return (a->object.version.order > b->object.version.order) -
           (a->object.version.order < b->object.version.order);
}

static struct versions_item *next_of(struct found of[STRETCHES])
{
    struct versions_item *least = NULL;
    for (size_t i = 0; i < STRETCHES; i++) {
        struct found *f = &of[i];
        if (f->at < f->n && (least == NULL || compare(&f->items[f->at], least) < 0)) {
            least = &f->items[f->at];
        }
    }
    return least;
}

/* It, and in the other stretches the same common prefix. */
static void pass_over(struct found of[STRETCHES], const struct versions_item *item)
{
    for (size_t i = 0; i < STRETCHES; i++) {
        struct found *f = &of[i];
        if (f->at < f->n && compare(&f->items[f->at], item) == 0) {
            f->at++;
        }
    }
}

/* The page takes references of its own. */
static enum store_result merge(struct page_walk *p, struct versions_page *out)
{
    size_t cap = 0;
    for (struct versions_item *item; (item = next_of(p->of)) != NULL; pass_over(p->of, item)) {
        if (out->n_items == p->q->max_items) {
            out->is_truncated = true;
            return STORE_OK;
        }
        struct versions_item *items =
            objects_grown(out->items, out->n_items, &cap, sizeof(*items));
        if (items == NULL) {
            return STORE_NOMEM;
        }
        out->items = items;
        (void)row_ref(item->object.row);
        items[out->n_items++] = *item;
    }
    return STORE_OK;
}

static void release(struct versions_item *items, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        (void)row_unref(items[i].object.row);
    }
    cos_free(items);
}

static bool page_stretches(struct walk *w, uint32_t bucket_id, const struct versions_query *q)
{
    for (size_t i = 0; i < STRETCHES; i++) {
        struct stretch *s = &w->stretches[i];
        const struct rowkey all = objects_rowkey(kinds[i], bucket_id, q->prefix);
        s->from = page_start(&s->from_room, i, bucket_id, q);
        s->until = rowkey_behind(&s->until_room, rowkey_prefix(&s->until_room, &all));
        if (s->until.len == 0) {
            return false; /* the prefix is longer than any key */
        }
    }
    return true;
}

/* The version without an id stands where it stands. When it is gone meanwhile, nobody knows
 * where that was, and the versions of its key come again. */
static enum store_result place_marker(struct backend *rows, const struct store_bucket *b,
                                      struct versions_query *q)
{
    struct object o;
    if (q->version_marker.kind != VERSION_NULL) {
        return STORE_OK;
    }
    enum store_result r = search(rows, b, q->key_marker, q->version_marker, &o);
    if (r == STORE_OK) {
        q->version_marker = (struct version_name){VERSION_ID, o.version.order};
        (void)row_unref(o.row);
    }
    return r == STORE_NO_VERSION ? STORE_OK : r;
}

enum store_result versions_list(struct backend *rows, const struct store_bucket *b,
                                const struct versions_query *q, struct versions_page *out)
{
    *out = (struct versions_page){0};
    if (b == NULL) {
        return STORE_NO_BUCKET;
    }
    struct versions_query placed = *q;
    struct page_walk p = {.q = &placed, .bucket_id = b->id, .result = STORE_OK};
    struct walk w = {.take = page_row, .ctx = &p};
    enum store_result r = place_marker(rows, b, &placed);
    if (r != STORE_OK || q->max_items == 0 || !page_stretches(&w, b->id, &placed)) {
        return r;
    }
    r = walk(rows, &w);
    r = r == STORE_OK ? p.result : r;
    r = r == STORE_OK ? merge(&p, out) : r;
    for (size_t i = 0; i < STRETCHES; i++) {
        release(p.of[i].items, p.of[i].n);
    }
    if (r != STORE_OK) {
        versions_page_deinit(out);
    }
    return r;
}

void versions_page_deinit(struct versions_page *page)
{
    release(page->items, page->n_items);
    *page = (struct versions_page){0};
}
