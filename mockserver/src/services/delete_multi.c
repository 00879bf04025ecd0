/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DeleteMultipleObjects (cos-wire.md s.2.1, s.5.24): Content-MD5 is required; at most 1000
 * keys; a missing key counts as deleted; Quiet shows errors only. The right is DeleteObject
 * on each key, and a refusal is one <Error> among the results (sts-cam.md s.3.5).
 *
 * What becomes of a version depends on what stands beside it, and a batch only sees what was
 * there before it. So where there are versions a batch takes each key once: the document is
 * gone through in runs, each up to the first key that comes again, and committed one behind the
 * other. Most documents are one run.
 */
#include "services/handlers.h"

#include "exchange/question.h"
#include "exchange/work.h"
#include "exchange/xml_out.h"
#include "services/replication.h"
#include "services/retention.h"
#include "services/service.h"
#include "world/map.h"

#define OBJECTS_MAX 1000

/* Every object has a key, and there are neither none nor too many. */
static bool is_delete_list(const struct cos_xml *root)
{
    size_t n = 0;
    for (const struct cos_xml *e = cos_xml_first(root); e != NULL; e = cos_xml_next(e)) {
        if (strcmp(cos_xml_name(e), "Object") == 0) {
            const char *key = cos_xml_child_text(e, "Key");
            n++;
            if (key == NULL || key[0] == '\0') {
                return false;
            }
        }
    }
    return n > 0 && n <= OBJECTS_MAX;
}

/* What stays, by error, for the journal; judge() and remove_version() know four. */
struct failures {
    struct {
        const struct error_row *error;
        size_t n;
        struct cos_span key, why; /* of the first */
    } rows[4];
    size_t n;
};

static void count_failure(struct failures *f, const struct error_row *error,
                          struct cos_span key, struct cos_span why)
{
    size_t i = 0;
    while (i < f->n && f->rows[i].error != error) {
        i++;
    }
    if (i == COS_ARRAY_LEN(f->rows)) {
        return;
    }
    if (i == f->n) {
        f->rows[f->n].error = error;
        f->rows[f->n].key = key;
        f->rows[f->n++].why = why.len > 0 ? why : cos_span_of(error->message);
    }
    f->rows[i].n++;
}

static void tell_failures(struct cosmock_exchange *x, const struct failures *f)
{
    struct cos_buf b;
    cos_buf_init(&b, 64u << 10);
    for (size_t i = 0; i < f->n; i++) {
        cos_buf_printf(&b, "%s%zu %s: " COS_SPAN_FMT ": " COS_SPAN_FMT, i > 0 ? "\n" : "",
                       f->rows[i].n, f->rows[i].error->code, COS_SPAN_ARG(f->rows[i].key),
                       COS_SPAN_ARG(f->rows[i].why));
    }
    x->failed_keys = cos_arena_span(&x->arena, cos_buf_view(&b));
    cos_buf_deinit(&b);
}

/* --- one object of the document --- */

struct deletion {
    struct cos_span key;
    const char *version;           /* as sent; NULL: none is named */
    struct version gone;           /* the marker that was made, or what was removed */
    const struct error_row *error; /* it stays */
    struct cos_span why;
};

static bool is_named(const struct deletion *d)
{
    return version_name_read(cos_span_of(d->version)).kind != VERSION_LATEST;
}

/* A key that no object can have: no marker may have it either. */
static void judge(struct cosmock_exchange *x, struct deletion *d)
{
    if (d->key.len > SERVICE_KEY_MAX_BYTES) {
        d->error = x->service->error("KeyTooLong");
        return;
    }
    const struct right right = {.action = "name/cos:DeleteObject",
                                .form = OP_RES_OBJECT,
                                .bucket = x->route.bucket,
                                .key = d->key};
    struct cam_verdict verdict = {0};
    question_ask(x, &right, &verdict);
    if (!verdict.allowed) {
        d->error = x->service->error("AccessDenied");
        d->why = verdict.why;
    }
}

static enum store_result remove_version(struct cosmock_exchange *x,
                                        const struct store_bucket *b, struct batch *batch,
                                        struct deletion *d)
{
    struct object o;
    const struct version_name name = version_name_read(cos_span_of(d->version));
    enum store_result r = versions_get(x->tenant->rows, b, d->key, name, &o);
    if (r == STORE_NO_VERSION) {
        d->error = SWITCH_IS(x->tenant, DELETE_UNKNOWN_VERSION, REFUSE)
                       ? x->service->error("NoSuchVersion")
                       : NULL;
        return STORE_OK;
    }
    if (r == STORE_OK) {
        r = retention_check_one(x, &o);
        r = r == STORE_OK ? versions_delete(batch, x->tenant->rows, b, &o) : r;
        d->gone = o.version;
        (void)row_unref(o.row);
    }
    return r;
}

static enum store_result cover(struct cosmock_exchange *x, const struct store_bucket *b,
                               struct batch *batch, struct deletion *d)
{
    struct object_draft marker = service_draft(x);
    marker.key = d->key;
    const struct replication_rule *rule =
        replication_mark(x, b, &marker, REPLICATION_OF_MARKER);
    enum store_result r = retention_check(x, b, d->key, batch);
    if (r == STORE_OK) {
        r = objects_delete(batch, x->tenant->rows, b, &marker, &d->gone);
        replication_note(x, batch, rule, marker.key, &d->gone);
    }
    return r;
}

static enum store_result delete_one(struct cosmock_exchange *x, const struct store_bucket *b,
                                    struct batch *batch, struct deletion *d)
{
    judge(x, d);
    if (d->error != NULL) {
        return STORE_OK;
    }
    enum store_result r = is_named(d) ? remove_version(x, b, batch, d) : cover(x, b, batch, d);
    if (r == STORE_LOCKED) {
        d->error = x->service->error("ObjectLocked");
    }
    return r == STORE_LOCKED ? STORE_OK : r;
}

/* The order of the children: DELETE Multiple Objects (cos-operations-1.md s.2.3). */
static void write_deleted(struct cos_buf *b, const struct deletion *d)
{
    char room[VERSION_NAME_BYTES];
    cos_buf_str(b, "<Deleted>");
    xml_out_text(b, "Key", d->key);
    if (d->gone.is_marker) {
        xml_out_bool(b, "DeleteMarker", true);
        xml_out_text(b, "DeleteMarkerVersionId", version_name_write(room, &d->gone));
    }
    if (is_named(d)) {
        xml_out_text(b, "VersionId", cos_span_of(d->version));
    }
    cos_buf_str(b, "</Deleted>");
}

static void write_error(struct cos_buf *b, const struct deletion *d)
{
    cos_buf_str(b, "<Error>");
    xml_out_text(b, "Key", d->key);
    if (is_named(d)) {
        xml_out_text(b, "VersionId", cos_span_of(d->version));
    }
    cos_buf_printf(b, "<Code>%s</Code><Message>%s</Message></Error>", d->error->code,
                   d->error->message);
}

/* --- the document, run by run --- */

/* How far it is. */
struct deletions {
    size_t n_done, n_next; /* objects whose batch is kept, and those with the one under way */
    size_t answered;       /* bytes of the answer about those that are done */
    struct failures failures, next_failures;
    bool is_last; /* the run that is under way */
};

static bool is_quiet(const struct cos_xml *root)
{
    const char *quiet = cos_xml_child_text(root, "Quiet");
    return quiet != NULL &&
           cos_span_eq_nocase(cos_span_trim(cos_span_of(quiet)), COS_SPAN_LIT("true"));
}

/* The object numbered @n, and those behind it by cos_xml_next(). */
static const struct cos_xml *object_at(const struct cos_xml *root, size_t n)
{
    const struct cos_xml *e = cos_xml_first(root);
    for (; e != NULL; e = cos_xml_next(e)) {
        if (strcmp(cos_xml_name(e), "Object") == 0 && n-- == 0) {
            break;
        }
    }
    return e;
}

/* Into the batch what goes, and into the answer what became of it. */
static enum store_result run(struct cosmock_exchange *x, struct deletions *all,
                             const struct cos_xml *root, struct batch *batch, struct map *seen)
{
    const struct store_bucket b = service_stored(x);
    bool quiet = is_quiet(root);
    for (const struct cos_xml *e = object_at(root, all->n_done); e != NULL;
         e = cos_xml_next(e)) {
        if (strcmp(cos_xml_name(e), "Object") != 0) {
            continue;
        }
        struct deletion d = {.key = cos_span_of(cos_xml_child_text(e, "Key")),
                             .version = cos_xml_child_text(e, "VersionId")};
        int is_again = b.versioning == VERSIONING_NONE ? 0 : map_put(seen, d.key, &d);
        if (is_again != 0) {
            all->is_last = false;
            return is_again < 0 ? STORE_NOMEM : STORE_OK;
        }
        enum store_result r = delete_one(x, &b, batch, &d);
        if (r != STORE_OK) {
            return r;
        }
        if (d.error != NULL) {
            /* the document is gone when the journal is told */
            struct cos_span key = cos_arena_span(&x->arena, d.key);
            count_failure(&all->next_failures, d.error, key, d.why);
            write_error(&x->result.body, &d);
        } else if (!quiet) {
            write_deleted(&x->result.body, &d);
        }
        all->n_next++;
    }
    return STORE_OK;
}

static int run_is_kept(struct cosmock_exchange *x)
{
    struct deletions *all = x->deletions;
    if (store_committed(x->commit) != STORE_OK) {
        return service_committed(x);
    }
    all->n_done = all->n_next;
    all->failures = all->next_failures;
    all->answered = x->result.body.len;
    if (!all->is_last) {
        x->then = exchange_execute;
        return 0;
    }
    tell_failures(x, &all->failures);
    cos_buf_str(&x->result.body, "</DeleteResult>");
    return service_xml_done(x);
}

/* The answer as it was before the run. */
static struct deletions *begin_run(struct cosmock_exchange *x)
{
    struct deletions *all = x->deletions;
    if (all == NULL) {
        all = x->deletions = cos_arena_alloc(&x->arena, sizeof(*all));
        if (all == NULL) {
            return NULL;
        }
        *all = (struct deletions){.n_done = 0};
        cos_buf_str(service_xml(x), "<DeleteResult>");
        all->answered = x->result.body.len;
    }
    x->result.body.len = all->answered;
    all->n_next = all->n_done;
    all->next_failures = all->failures;
    all->is_last = true;
    return all;
}

static int delete_all(struct cosmock_exchange *x, const struct cos_xml *root)
{
    struct map seen = {0};
    struct deletions *all = begin_run(x);
    struct batch *batch = all == NULL ? NULL : batch_new();
    if (batch == NULL) {
        return -1;
    }
    enum store_result r = run(x, all, root, batch, &seen);
    map_deinit(&seen);
    if (r != STORE_OK) {
        (void)batch_free(batch);
        return service_refuse_store(x, r);
    }
    return exchange_commit(x, batch, run_is_kept);
}

int op_delete_multiple_objects(struct cosmock_exchange *x)
{
    if (service_bucket(x) == NULL) {
        return service_stop(x);
    }
    if (header_get(x, "content-md5").ptr == NULL &&
        SWITCH_IS(x->tenant, MULTI_DELETE_MD5, REQUIRED)) {
        return service_refuse_case(x, ERROR_NO_MD5);
    }
    COS_CLEANUP(cos_xml_free) struct cos_xml *root = service_xml_read(x, "Delete");
    if (root == NULL) {
        return service_stop(x);
    }
    return is_delete_list(root) ? delete_all(x, root) : service_refuse(x, "MalformedXML");
}
