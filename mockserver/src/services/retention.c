/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Object lock: of two generations of documents the current one, a time for each object
 * (cos-operations-1.md s.7, W40133, W58038). It comes with the upload, or from the bucket's
 * default, or by PUT ?retention, and is only ever made longer. While it lasts nothing replaces
 * the object, whatever the right: there is no header that passes by. Where there are versions a
 * write replaces at most the one without an id, so it is free beside that, and a version is
 * locked against its own deletion.
 *
 * The facet is the time in unix ms. COMPLIANCE is the only mode, so none is kept.
 */
#include "services/retention.h"

#include "cosbase/alloc.h"
#include "cosbase/date.h"
#include "exchange/xml_out.h"
#include "services/clock_work.h"
#include "services/documents.h"
#include "services/handlers.h"
#include "services/service.h"
#include "store/versions.h"

#define MODE "COMPLIANCE"

/* --- of a bucket --- */

struct lock {
    int64_t default_days; /* 0: none */
};

static void forget_lock(void *value)
{
    (void)cos_free(value);
}

static void *parse_lock(struct cos_span text)
{
    struct cos_text_error why;
    COS_CLEANUP(cos_xml_free) struct cos_xml *xml = NULL;
    struct lock *lock = cos_calloc(1, sizeof(*lock));
    if (lock == NULL || cos_xml_parse(&xml, text, /* limits= */ NULL, &why) < 0) {
        return cos_free(lock);
    }
    const struct cos_xml *rule = cos_xml_get(xml, "Rule");
    lock->default_days = xml_child_number(cos_xml_get(rule, "DefaultRetention"), "Days", 0);
    return lock;
}

/* NULL: it has none. */
static const struct lock *lock_of(const struct bucket_view *v)
{
    static const struct bucket_document_kind kind = {parse_lock, forget_lock};
    return bucket_document_value(v, BUCKET_OBJECT_LOCK, &kind);
}

/* --- of an object --- */

int64_t retention_ends(const struct object *o)
{
    uint64_t unix_ms;
    struct cos_span text = object_facet(o, FACET_LOCK);
    return text.ptr != NULL && cos_span_u64(text, &unix_ms) && unix_ms <= INT64_MAX
               ? (int64_t)unix_ms
               : 0;
}

bool retention_holds(const struct object *o, int64_t now_unix_ms)
{
    return now_unix_ms < retention_ends(o);
}

static struct cos_span facet_of(struct cosmock_exchange *x, int64_t ends_unix_ms)
{
    return cos_arena_printf(&x->arena, "%lld", (long long)ends_unix_ms);
}

/* A time that is to come. False: refused. */
static bool time_check(struct cosmock_exchange *x, const char *name, struct cos_span text,
                       int64_t *out)
{
    if (!schema_date(text, out) || *out <= x->now.modification_unix_ms) {
        service_refuse_saying(x, "InvalidArgument",
                              "%s must be a time to come, as 2030-01-01T00:00:00.000Z", name);
        return false;
    }
    return true;
}

static bool lock_check(struct cosmock_exchange *x)
{
    if (lock_of(&x->target.at) == NULL) {
        service_refuse_saying(x, "InvalidRequest",
                              "The bucket has no object lock configuration");
        return false;
    }
    return true;
}

/* --- at an upload --- */

static bool read_headers(struct cosmock_exchange *x, struct cos_span mode,
                         struct cos_span until, int64_t *out)
{
    if (!lock_check(x)) {
        return false;
    }
    if (!cos_span_eq_nocase(mode, COS_SPAN_LIT(MODE)) || until.ptr == NULL) {
        service_refuse_saying(x, "InvalidArgument", "%s must be " MODE ", and stand beside %s",
                              header_spelling(x, HEADER_LOCK_MODE),
                              header_spelling(x, HEADER_LOCK_UNTIL));
        return false;
    }
    return time_check(x, header_spelling(x, HEADER_LOCK_UNTIL), until, out);
}

bool retention_collect(struct cosmock_exchange *x, struct facet_values *facets)
{
    struct cos_span mode = header_of(x, HEADER_LOCK_MODE);
    struct cos_span until = header_of(x, HEADER_LOCK_UNTIL);
    int64_t ends_unix_ms = 0;
    if (mode.ptr != NULL || until.ptr != NULL) {
        if (!read_headers(x, mode, until, &ends_unix_ms)) {
            return false;
        }
    } else {
        const struct lock *lock = lock_of(&x->target.at);
        if (lock == NULL || lock->default_days == 0) {
            return true;
        }
        ends_unix_ms = x->now.modification_unix_ms + lock->default_days * CLOCK_DAY_MS;
    }
    facets->of[FACET_LOCK] = facet_of(x, ends_unix_ms);
    return !x->arena.failed;
}

/* --- at a read --- */

static struct cos_span date_of(struct cosmock_exchange *x, int64_t unix_ms)
{
    char date[32];
    cos_date_iso_ms(date, unix_ms);
    return cos_arena_span(&x->arena, cos_span_of(date));
}

void retention_headers(struct cosmock_exchange *x, const struct object *o)
{
    int64_t ends_unix_ms = retention_ends(o);
    if (ends_unix_ms != 0 && SWITCH_IS(x->tenant, LOCK_HEADERS, SENT)) {
        result_header_of(x, HEADER_LOCK_MODE, COS_SPAN_LIT(MODE));
        result_header_of(x, HEADER_LOCK_UNTIL, date_of(x, ends_unix_ms));
    }
}

/* --- at any write --- */

enum store_result retention_check_one(const struct cosmock_exchange *x, const struct object *o)
{
    return retention_holds(o, x->now.modification_unix_ms) ? STORE_LOCKED : STORE_OK;
}

enum store_result retention_check(const struct cosmock_exchange *x,
                                  const struct store_bucket *b, struct cos_span key,
                                  struct batch *batch)
{
    struct object o;
    if (bucket_document(&x->target.at, BUCKET_OBJECT_LOCK).ptr == NULL ||
        b->versioning == VERSIONING_ENABLED) {
        return STORE_OK;
    }
    const struct version_name replaced = {
        .kind = b->versioning == VERSIONING_SUSPENDED ? VERSION_NULL : VERSION_LATEST};
    enum store_result r = versions_get(x->tenant->rows, b, key, replaced, &o);
    if (r == STORE_NO_VERSION) {
        return STORE_OK;
    }
    if (r == STORE_NO_KEY) {
        objects_expect_absent(batch, b, key);
        return STORE_OK;
    }
    if (r == STORE_OK) {
        r = retention_check_one(x, &o);
        objects_expect_unchanged(batch, &o);
        (void)row_unref(o.row);
    }
    return r;
}

/* --- ?retention --- */

static const struct element root_elements[] = {
    {A_WORD("Mode", OPTIONAL, MODE)},
    {A_DATE("RetainUntilDate", ONCE)},
    {0},
};
static const struct element root = {A_GROUP("Retention", ONCE, root_elements)};
static const struct document_form form = {.root = &root};

int op_get_object_retention(struct cosmock_exchange *x)
{
    const struct object *o = service_object(x);
    if (o == NULL) {
        return service_stop(x);
    }
    int64_t ends_unix_ms = retention_ends(o);
    if (ends_unix_ms == 0) {
        return service_refuse(x, "NoSuchObjectLockConfiguration");
    }
    struct cos_buf *b = service_xml(x);
    cos_buf_str(b, "<Retention><Mode>" MODE "</Mode>");
    xml_out_text(b, "RetainUntilDate", date_of(x, ends_unix_ms));
    cos_buf_str(b, "</Retention>");
    return service_xml_done(x);
}

static int lengthen(struct cosmock_exchange *x, const struct object *o, int64_t ends_unix_ms)
{
    if (ends_unix_ms < retention_ends(o)) {
        return service_refuse(x, "InvalidLockedTime");
    }
    struct facet_values facets = facets_values(o->facets);
    facets.of[FACET_LOCK] = facet_of(x, ends_unix_ms);
    struct batch *batch = batch_new();
    if (batch != NULL) {
        const struct store_bucket b = service_stored(x);
        objects_change(batch, &b, o, &facets);
    }
    x->result.status = 200;
    return service_commit(x, batch);
}

int op_put_object_retention(struct cosmock_exchange *x)
{
    const struct object *o = service_object(x);
    if (o == NULL || !lock_check(x)) {
        return service_stop(x);
    }
    COS_CLEANUP(cos_xml_free) struct cos_xml *xml = document_body(x, &form);
    int64_t ends_unix_ms;
    if (xml == NULL ||
        !time_check(x, "RetainUntilDate", xml_child(xml, "RetainUntilDate"), &ends_unix_ms)) {
        return service_stop(x);
    }
    return lengthen(x, o, ends_unix_ms);
}
