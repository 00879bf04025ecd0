/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys that some rule begins with are gone through, a page at a time, and each page ends
 * with one batch. It expects every row that it changes to be as it was read, so nothing that a
 * request puts meanwhile is lost: the page is read again then. What is not named by a rule is
 * not looked at.
 */
#include "services/lifecycle_inside.h"

#include "cosbase/alloc.h"
#include "cosbase/log.h"
#include "services/names.h"
#include "services/own_work.h"
#include "services/retention.h"
#include "services/stored.h"
#include "world/mock.h"

#define WALK_ROWS 10000 /* in one go: writers wait meanwhile */

/* --- for every sweep --- */

void run_note_next(struct run *r, int64_t midnight)
{
    if (midnight < r->next_unix_ms) {
        r->next_unix_ms = midnight;
    }
}

enum store_result run_page_begin(struct run *r)
{
    r->page = (struct tally){0};
    r->batch = batch_new();
    return r->batch == NULL ? STORE_NOMEM : STORE_OK;
}

enum store_result run_page_end(struct run *r, enum store_result got)
{
    struct batch *batch = r->batch;
    r->batch = NULL;
    if (got != STORE_OK || (batch_size(batch) == 0 && !batch_failed(batch))) {
        (void)batch_free(batch);
        return got;
    }
    enum store_result kept = clock_work_commit(r->t, batch);
    if (kept == STORE_OK) {
        r->all.expired += r->page.expired;
        r->all.moved += r->page.moved;
        r->all.aborted += r->page.aborted;
    }
    return kept;
}

enum store_result run_expire(struct run *r, const struct object *o)
{
    const struct object_draft marker = {.key = o->key,
                                        .etag = COS_SPAN_EMPTY,
                                        .mtime_unix_ms = r->midnight};
    struct version made;
    enum store_result got = objects_delete(r->batch, r->t->rows, r->b, &marker, &made);
    objects_expect_unchanged(r->batch, o);
    r->page.expired++;
    return got;
}

/* The headers of @o with another class, for the caller to free. NULL: no memory. */
static struct object_header *headers_of_class(const struct object *o, enum word class,
                                              size_t *n)
{
    const struct object_header said = {cos_span_of(
                                           names_cos_headers[HEADER_STORAGE_CLASS].name),
                                       cos_span_of(word_spelling(class))};
    struct object_header *items =
        cos_calloc(kept_headers_count(o->headers) + 1, sizeof(*items));
    bool is_said = false;
    *n = 0;
    struct kept_headers rest = o->headers;
    for (struct object_header h; items != NULL && kept_headers_next(&rest, &h);) {
        bool is_class = cos_span_eq_nocase(h.name, said.name);
        items[(*n)++] = is_class ? said : h;
        is_said = is_said || is_class;
    }
    if (items != NULL && !is_said) {
        items[(*n)++] = said;
    }
    return items;
}

/* Document APPEND Object: cos-operations-2.md s.4; of locks cos-operations-1.md s.7. */
bool run_takes(struct run *r, const struct object *o)
{
    if (object_facet(o, FACET_APPEND).ptr != NULL) {
        return false;
    }
    bool is_locked = retention_holds(o, r->midnight);
    if (is_locked) {
        run_note_next(r, clock_midnight_from(retention_ends(o)));
    }
    return !is_locked;
}

enum store_result run_change_class(struct run *r, const struct object *o, enum word class)
{
    if (class == WORD_NONE) {
        return STORE_OK;
    }
    struct object_change change = {.facets = facets_values(o->facets)};
    change.facets.of[FACET_RESTORE] = (struct cos_span){NULL, 0}; /* of the former class */
    struct object_header *headers = headers_of_class(o, class, &change.n_headers);
    if (headers == NULL) {
        return STORE_NOMEM;
    }
    change.headers = headers;
    objects_change_all(r->batch, r->b, o, &change);
    cos_free(headers);
    r->page.moved++;
    return STORE_OK;
}

enum store_result run_judge(struct run *r, const struct object *o)
{
    if (!run_takes(r, o)) {
        return STORE_OK;
    }
    const struct lifecycle_subject s = lifecycle_subject_of(o, o->mtime_unix_ms);
    const struct lifecycle_verdict v = lifecycle_judge(r->l, &s, r->midnight);
    run_note_next(r, v.next_unix_ms);
    return v.is_over ? run_expire(r, o) : run_change_class(r, o, v.new_class);
}

/* --- pages --- */

/* The last one of a page, which the next begins behind. */
struct place {
    struct row *row; /* a reference */
    struct cos_span name, id;
};
typedef enum store_result page_fn(struct run *r, struct cos_span prefix, struct place *at,
                                  bool *is_last);

static enum store_result run_pages(struct run *r, page_fn *page, struct cos_span prefix)
{
    struct place at = {.name = COS_SPAN_EMPTY, .id = COS_SPAN_EMPTY};
    enum store_result got = STORE_OK;
    bool is_last = false;
    for (size_t again = 0; !is_last && again < RUN_AGAIN_MAX;) {
        got = page(r, prefix, &at, &is_last);
        again = got == STORE_CHANGED ? again + 1 : 0;
        if (got != STORE_OK && got != STORE_CHANGED) {
            break;
        }
    }
    (void)row_unref(at.row);
    return got;
}

/* --- objects --- */

static bool is_for_objects(const struct lifecycle_rule *r)
{
    return r->n_transitions > 0 || r->expiration.days >= 0 || r->expiration.date_unix_ms >= 0;
}

struct objects_page {
    struct run *run;
    enum store_result result;
};

/* Where there are no versions, nothing is asked of the backend. */
static bool visit_object(void *ctx, const struct object *o)
{
    struct objects_page *p = ctx;
    p->result = run_judge(p->run, o);
    return p->result == STORE_OK && p->run->page.expired + p->run->page.moved < RUN_PAGE_ROWS;
}

static enum store_result objects_page(struct run *r, struct cos_span prefix, struct place *at,
                                      bool *is_last)
{
    struct objects_page p = {.run = r, .result = run_page_begin(r)};
    if (p.result != STORE_OK) {
        return p.result;
    }
    struct objects_walk walk = {.prefix = prefix,
                                .marker = at->name,
                                .max_rows = WALK_ROWS,
                                .visit = visit_object,
                                .ctx = &p};
    enum store_result got = objects_walk(r->t->rows, r->b, &walk);
    got = run_page_end(r, got == STORE_OK ? p.result : got);
    *is_last = got == STORE_OK && !walk.is_truncated;
    struct object last;
    if (got == STORE_OK && walk.last != NULL && object_read(walk.last, &last)) {
        (void)row_unref(at->row);
        *at = (struct place){row_ref(walk.last), last.key, COS_SPAN_EMPTY};
    }
    (void)row_unref(walk.last);
    return got;
}

static enum store_result run_objects(struct run *r, struct cos_span prefix)
{
    return run_pages(r, objects_page, prefix);
}

/* --- unfinished uploads --- */

static bool is_for_uploads(const struct lifecycle_rule *r)
{
    return r->abort_days >= 0;
}

static enum store_result visit_upload(struct run *r, struct row *row)
{
    struct upload u;
    if (!upload_read(row, &u)) {
        return STORE_IO;
    }
    const struct lifecycle_subject s = {.key = u.key, .since_unix_ms = u.initiated_unix_ms};
    const struct lifecycle_verdict v = lifecycle_judge_upload(r->l, &s, r->midnight);
    run_note_next(r, v.next_unix_ms);
    if (v.is_over) {
        uploads_abort(r->batch, r->b, &u);
        r->page.aborted++;
    }
    return STORE_OK;
}

static void place_move(struct place *p, const struct store_list *list)
{
    struct upload u = {.id = COS_SPAN_EMPTY};
    struct row *row = row_ref(list->items[list->n_items - 1].row);
    (void)row_unref(p->row);
    (void)upload_read(row, &u); /* was read before */
    *p = (struct place){row, u.key, u.id};
}

static enum store_result uploads_page(struct run *r, struct cos_span prefix, struct place *at,
                                      bool *is_last)
{
    const struct store_list_query q = {.prefix = prefix,
                                       .marker = at->name,
                                       .id_marker = at->id,
                                       .max_items = RUN_PAGE_ROWS};
    struct store_list list;
    enum store_result got = uploads_list(r->t->rows, r->b, &q, &list);
    if (got != STORE_OK) {
        return got;
    }
    got = run_page_begin(r);
    for (size_t i = 0; i < list.n_items && got == STORE_OK; i++) {
        got = visit_upload(r, list.items[i].row);
    }
    got = run_page_end(r, got);
    *is_last = got == STORE_OK && !list.is_truncated;
    if (got == STORE_OK && list.is_truncated) {
        place_move(at, &list);
    }
    store_list_deinit(&list);
    return got;
}

static enum store_result run_uploads(struct run *r, struct cos_span prefix)
{
    return run_pages(r, uploads_page, prefix);
}

/* --- a bucket --- */

/* What begins with the prefix of rule @i begins with that of another one, which comes first
 * where they are the same. */
static bool is_covered(const struct lifecycle *l, const struct sweep *s, size_t i)
{
    struct cos_span mine = l->rules[i].prefix;
    for (size_t j = 0; j < l->n_rules; j++) {
        const struct lifecycle_rule *other = &l->rules[j];
        bool is_before = j < i || other->prefix.len < mine.len;
        if (j != i && other->is_enabled && s->is_for(other) && is_before &&
            cos_span_starts(mine, other->prefix)) {
            return true;
        }
    }
    return false;
}

static enum store_result run_sweep(struct run *r, const struct sweep *s)
{
    enum store_result got = STORE_OK;
    for (size_t i = 0; i < r->l->n_rules && got == STORE_OK; i++) {
        const struct lifecycle_rule *rule = &r->l->rules[i];
        if (rule->is_enabled && s->is_for(rule) && !is_covered(r->l, s, i)) {
            got = s->run_prefix(r, rule->prefix);
        }
    }
    return got;
}

static void tell(const struct run *r, const char *bucket)
{
    char detail[160];
    (void)snprintf(detail, sizeof(detail),
                   "%zu expired, %zu changed their class, %zu uploads aborted", r->all.expired,
                   r->all.moved, r->all.aborted);
    own_work_tell(r->t, &(struct own_work){.kind = OWN_APPLY_LIFECYCLE,
                                           .bucket = bucket,
                                           .key = COS_SPAN_EMPTY,
                                           .status = 200,
                                           .detail = cos_span_of(detail)});
    mock_log(r->t->mock, COS_LOG_INFO, "lifecycle", "bucket %s: %s", bucket, detail);
}

enum store_result lifecycle_run(struct cosmock_tenant *t, const struct bucket_view *v,
                                int64_t midnight, struct clock_outcome *out)
{
    static const struct sweep objects = {is_for_objects, run_objects};
    static const struct sweep uploads = {is_for_uploads, run_uploads};
    const struct store_bucket b = bucket_stored(v);
    const struct sweep *const sweeps[] = {
        b.versioning == VERSIONING_NONE ? &objects : &lifecycle_versions_sweep, &uploads};
    struct run r = {
        .t = t, .b = &b, .l = lifecycle_of(v), .midnight = midnight, .next_unix_ms = INT64_MAX};
    enum store_result got = STORE_OK;
    for (size_t i = 0; r.l != NULL && i < COS_ARRAY_LEN(sweeps) && got == STORE_OK; i++) {
        got = run_sweep(&r, sweeps[i]);
    }
    if (r.all.expired + r.all.moved + r.all.aborted > 0) {
        out->has_changed = true;
        tell(&r, v->bucket->name);
    }
    if (r.next_unix_ms < out->next_unix_ms) {
        out->next_unix_ms = r.next_unix_ms;
    }
    return got;
}
