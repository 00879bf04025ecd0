/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The documents of a bucket: a set of rows, and from a row to what it says. The policy alone is
 * made before its batch is committed, for every request reads it; others when they are asked
 * for, which after a restart is the first time.
 *
 * A set is copied where a document changes: seventeen pointers, against a walk through a list
 * at each look-up.
 */
#include "world/bucket_documents.h"

#include "cosbase/alloc.h"
#include "store/rowkey.h"
#include "world/maps.h"
#include "world/registry.h"

struct bucket_documents {
    int refs;
    struct row *rows[BUCKET_DOCUMENTS]; /* references; NULL: none */
};

#define NAME_OF(id, name) name,
static const char *const names[] = {WORLD_BUCKET_DOCUMENTS(NAME_OF)};

struct bucket_documents *bucket_documents_ref(struct bucket_documents *d)
{
    if (d != NULL) {
        __atomic_add_fetch(&d->refs, 1, __ATOMIC_RELAXED);
    }
    return d;
}

struct bucket_documents *bucket_documents_unref(struct bucket_documents *d)
{
    if (d != NULL && __atomic_sub_fetch(&d->refs, 1, __ATOMIC_ACQ_REL) == 0) {
        for (size_t i = 0; i < BUCKET_DOCUMENTS; i++) {
            row_unref(d->rows[i]);
        }
        cos_free(d);
    }
    return NULL;
}

/* An empty one, which a batch carries until it has happened. NULL: no memory. */
static struct bucket_documents *new_set(void)
{
    struct bucket_documents *d = cos_calloc(1, sizeof(*d));
    if (d != NULL) {
        d->refs = 1;
    }
    return d;
}

bool bucket_documents_fill(struct bucket_documents *next, const struct bucket_documents *old,
                           enum bucket_document which, struct row *row)
{
    bool is_any = false;
    for (size_t i = 0; i < BUCKET_DOCUMENTS; i++) {
        struct row *kept = old == NULL ? NULL : old->rows[i];
        next->rows[i] = row_ref(i == which ? row : kept);
        is_any = is_any || next->rows[i] != NULL;
    }
    return is_any;
}

const char *bucket_document_name(enum bucket_document which)
{
    return names[which];
}

enum bucket_document bucket_document_named(struct cos_span name)
{
    size_t i = 0;
    while (i < BUCKET_DOCUMENTS && !cos_span_eq_str(name, names[i])) {
        i++;
    }
    return (enum bucket_document)i;
}

/* --- reading --- */

static struct row *row_of(const struct bucket_view *v, enum bucket_document which)
{
    return v->documents == NULL ? NULL : v->documents->rows[which];
}

struct cos_span bucket_document(const struct bucket_view *v, enum bucket_document which)
{
    const struct row *row = row_of(v, which);
    struct cos_span text;
    return row != NULL && document_read(row, &text) ? text : (struct cos_span){NULL, 0};
}

/* Two threads may have made one at once: the first stays. */
static const void *keep_value(struct row *row, void *mine,
                              const struct bucket_document_kind *kind)
{
    void *ready = NULL;
    __atomic_store_n(&row->memo_free, kind->forget, __ATOMIC_RELAXED);
    if (__atomic_compare_exchange_n(&row->memo, &ready, mine, /* weak= */ false,
                                    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        return mine;
    }
    kind->forget(mine);
    return ready;
}

const void *bucket_document_value(const struct bucket_view *v, enum bucket_document which,
                                  const struct bucket_document_kind *kind)
{
    struct row *row = row_of(v, which);
    if (row == NULL) {
        return NULL;
    }
    const void *ready = __atomic_load_n(&row->memo, __ATOMIC_ACQUIRE);
    struct cos_span text;
    if (ready != NULL || !document_read(row, &text)) {
        return ready;
    }
    void *mine = kind->parse(text);
    return mine == NULL ? NULL : keep_value(row, mine, kind);
}

const struct cam_policy *bucket_policy(const struct bucket_view *v)
{
    const struct row *row = row_of(v, BUCKET_POLICY);
    return row == NULL ? NULL : __atomic_load_n(&row->memo, __ATOMIC_ACQUIRE);
}

/* As GET Bucket versioning shows it. */
static const struct cos_span versioning_texts[] = {
#define VERSIONING(status) \
    "<VersioningConfiguration><Status>" status "</Status></VersioningConfiguration>"
    [VERSIONING_NONE] = {"", 0},
    [VERSIONING_ENABLED] = {VERSIONING("Enabled"), sizeof(VERSIONING("Enabled")) - 1},
    [VERSIONING_SUSPENDED] = {VERSIONING("Suspended"), sizeof(VERSIONING("Suspended")) - 1},
};

struct store_bucket bucket_stored(const struct bucket_view *v)
{
    struct store_bucket stored = v->bucket->stored;
    stored.versioning_row = row_of(v, BUCKET_VERSIONING);
    if (stored.versioning_row != NULL) {
        bool is_enabled = cos_span_eq(bucket_document(v, BUCKET_VERSIONING),
                                      versioning_texts[VERSIONING_ENABLED]);
        stored.versioning = is_enabled ? VERSIONING_ENABLED : VERSIONING_SUSPENDED;
    }
    return stored;
}

/* --- writing --- */

void world_bucket_document_put(struct batch *batch, const struct bucket *b,
                               enum bucket_document which, struct cos_span text, void *value,
                               const struct bucket_document_kind *kind)
{
    document_put(batch, &b->stored, cos_span_of(names[which]), text);
    if (value == NULL) {
        return;
    }
    if (batch_failed(batch)) {
        kind->forget(value);
        return;
    }
    struct row *row = batch_change(batch, batch_size(batch) - 1).row;
    row->memo = value;
    row->memo_free = kind->forget;
}

void world_bucket_document_delete(struct batch *batch, const struct bucket *b,
                                  enum bucket_document which)
{
    document_delete(batch, &b->stored, cos_span_of(names[which]));
}

struct cos_span world_versioning_text(enum versioning versioning)
{
    return versioning_texts[versioning];
}

void world_bucket_versioning_put(struct batch *batch, const struct bucket *b,
                                 enum versioning versioning)
{
    world_bucket_document_put(batch, b, BUCKET_VERSIONING, versioning_texts[versioning],
                              /* value= */ NULL, /* kind= */ NULL);
}

static void forget_policy(void *value)
{
    (void)cam_policy_unref(value);
}

void world_bucket_policy_put(struct batch *batch, const struct bucket *b,
                             struct cam_policy *policy)
{
    /* what makes one needs the name of the bucket: see below */
    static const struct bucket_document_kind kind = {.forget = forget_policy};
    if (policy == NULL) {
        world_bucket_document_delete(batch, b, BUCKET_POLICY);
    } else {
        world_bucket_document_put(batch, b, BUCKET_POLICY, cam_policy_text(policy), policy,
                                  &kind);
    }
}

/* --- before and behind a commit --- */

/* Rows alone know what is still to be done about a bucket, too. */
static bool is_errand(const struct change *change)
{
    struct rowkey_room room;
    struct rowkey read;
    return change->row != NULL && rowkey_read(change->key, &room, &read) &&
           read.kind == ROWKEY_DOCUMENT && cos_span_starts(read.name, WORLD_ERRANDS);
}

struct place {
    uint32_t bucket_id;
    enum bucket_document which;
};

/* False: the row is none of these documents'. */
static bool place_of(struct cos_span key, struct place *out)
{
    struct rowkey_room room;
    struct rowkey read;
    if (!rowkey_read(key, &room, &read) || read.kind != ROWKEY_DOCUMENT) {
        return false;
    }
    *out = (struct place){read.bucket_id, bucket_document_named(read.name)};
    return out->which < BUCKET_DOCUMENTS;
}

static void forget_set(void *memo)
{
    (void)bucket_documents_unref(memo);
}

/* False: no memory, or it is none. */
static bool read_policy(const struct bucket *b, struct row *row)
{
    struct cam_policy *policy = NULL;
    struct cos_text_error why;
    struct cos_span said;
    if (row->memo != NULL) {
        return true;
    }
    if (!document_read(row, &said) ||
        cam_policy_parse(&policy, said, CAM_BUCKET, b->name, &why) < 0) {
        return false;
    }
    row->memo = policy;
    row->memo_free = forget_policy;
    return true;
}

static bool prepare_policy(struct cosmock_tenant *t, const struct place *place, struct row *row)
{
    if (row == NULL || place->which != BUCKET_POLICY) {
        return true;
    }
    struct bucket *b = registry_bucket_by_id(t, place->bucket_id);
    bool is_read = b == NULL || read_policy(b, row); /* b NULL: it comes with this batch */
    bucket_unref(b);
    return is_read;
}

bool document_prepare(struct cosmock_tenant *t, struct batch *batch, size_t i,
                      bool is_everything_new)
{
    struct change change = batch_change(batch, i);
    struct place place;
    if (!place_of(change.key, &place)) {
        return true;
    }
    struct bucket_documents *next = new_set();
    if (next == NULL) {
        return false;
    }
    batch_carry(batch, i, next, forget_set);
    return is_everything_new || prepare_policy(t, &place, change.row);
}

bool document_apply(struct cosmock_tenant *t, const struct change *change)
{
    struct place place;
    bool is_known = place_of(change->key, &place);
    if (!is_known && is_errand(change)) {
        errands_note(t);
    }
    struct bucket *b = is_known ? registry_bucket_by_id(t, place.bucket_id) : NULL;
    if (b == NULL) {
        return true;
    }
    struct bucket_documents *next =
        change->carried == NULL ? new_set() : bucket_documents_ref(change->carried);
    bool is_read =
        change->row == NULL || place.which != BUCKET_POLICY || read_policy(b, change->row);
    if (next != NULL && is_read) {
        registry_bucket_document(b, place.which, change->row, next);
    }
    bool is_done = next != NULL && is_read;
    bucket_documents_unref(next);
    bucket_unref(b);
    return is_done;
}
