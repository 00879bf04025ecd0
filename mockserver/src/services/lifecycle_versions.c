/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bucket with versions: what expires is covered by a marker, an older version is counted from
 * the time the next newer one came, and a marker over nothing goes when a rule says so
 * (cos-operations-2.md s.6.3). Versions come by key, the newest first, so what a version has
 * above it is what came before it in the walk; what it has below it is known when the next key
 * comes, so markers wait for that.
 *
 * A marker that covers versions which go at the same midnight is the only one of its key then:
 * the walk is made again until nothing changes.
 */
#include "services/lifecycle_inside.h"

#include "cosbase/alloc.h"

#define ROUNDS_MAX 3 /* versions, then the marker over them */

/* Where the walk is: the last version that it saw, and the markers of its key while there are
 * only such. */
struct versions_walk {
    struct run *run;
    struct object last; /* its row is a reference; none: the first key */
    struct object *markers;
    size_t n_markers, cap_markers;
    bool has_others; /* the key has something beside markers */
};

static bool is_for_versions(const struct lifecycle_rule *r)
{
    return r->n_transitions > 0 || r->n_noncurrent_transitions > 0 || r->expiration.days >= 0 ||
           r->expiration.date_unix_ms >= 0 || r->expires_lone_markers ||
           r->noncurrent_days >= 0;
}

/* --- a key that has nothing but markers --- */

static void forget_markers(struct versions_walk *w)
{
    for (size_t i = 0; i < w->n_markers; i++) {
        (void)row_unref(w->markers[i].row);
    }
    w->n_markers = 0;
}

static enum store_result remember_marker(struct versions_walk *w, const struct object *o)
{
    if (w->n_markers == w->cap_markers) {
        size_t more = w->cap_markers == 0 ? 4 : 2 * w->cap_markers;
        struct object *larger = cos_realloc_array(w->markers, more, sizeof(*larger));
        if (larger == NULL) {
            return STORE_NOMEM;
        }
        w->markers = larger;
        w->cap_markers = more;
    }
    w->markers[w->n_markers] = *o;
    (void)row_ref(o->row);
    w->n_markers++;
    return STORE_OK;
}

static enum store_result remove_version(struct run *r, const struct object *o)
{
    r->page.expired++;
    return versions_delete(r->batch, r->t->rows, r->b, o);
}

/* Of several, the older ones go first, and the latest when it is alone. One that covers since
 * this midnight is for the next. */
static enum store_result end_key(struct versions_walk *w)
{
    struct run *r = w->run;
    enum store_result got = STORE_OK;
    if (!w->has_others && w->n_markers > 0 && w->markers[0].mtime_unix_ms < r->midnight) {
        const struct lifecycle_subject s = {.key = w->markers[0].key,
                                            .since_unix_ms = w->markers[0].mtime_unix_ms};
        const struct lifecycle_verdict v =
            lifecycle_judge_marker(r->l, &s, r->midnight, /* is_alone= */ w->n_markers == 1);
        run_note_next(r, v.next_unix_ms);
        for (size_t i = w->n_markers == 1 ? 0 : 1;
             v.is_over && i < w->n_markers && got == STORE_OK; i++) {
            got = remove_version(r, &w->markers[i]);
        }
    }
    forget_markers(w);
    w->has_others = false;
    return got;
}

/* --- a version --- */

/* *goes: it is no more, at the end of this page. */
static enum store_result visit_older(struct run *r, const struct object *o,
                                     int64_t since_unix_ms, bool *goes)
{
    *goes = false;
    if (!run_takes(r, o)) {
        return STORE_OK;
    }
    const struct lifecycle_subject s = lifecycle_subject_of(o, since_unix_ms);
    const struct lifecycle_verdict v = lifecycle_judge_older(r->l, &s, r->midnight);
    run_note_next(r, v.next_unix_ms);
    *goes = v.is_over;
    return v.is_over ? remove_version(r, o) : run_change_class(r, o, v.new_class);
}

static void remember_last(struct versions_walk *w, const struct object *o)
{
    struct row *row = row_ref(o->row);
    (void)row_unref(w->last.row);
    w->last = *o;
    w->last.row = row;
}

static enum store_result visit_version(struct versions_walk *w, const struct versions_item *i)
{
    const struct object *o = &i->object;
    bool is_same_key = w->last.row != NULL && cos_span_eq(w->last.key, o->key);
    int64_t since_unix_ms = is_same_key ? w->last.mtime_unix_ms : o->mtime_unix_ms;
    enum store_result got = is_same_key ? STORE_OK : end_key(w);
    bool goes = false;
    if (got == STORE_OK && !i->is_latest) {
        got = visit_older(w->run, o, since_unix_ms, &goes);
    } else if (got == STORE_OK && !o->version.is_marker) {
        got = run_judge(w->run, o);
    }
    if (got == STORE_OK && o->version.is_marker && !goes) {
        got = remember_marker(w, o);
    }
    w->has_others = w->has_others || !o->version.is_marker;
    remember_last(w, o);
    return got;
}

/* --- pages --- */

static struct versions_query query_of(const struct versions_walk *w, struct cos_span prefix)
{
    struct versions_query q = {.prefix = prefix, .max_items = RUN_PAGE_ROWS};
    if (w->last.row != NULL) {
        q.key_marker = w->last.key;
        q.version_marker = (struct version_name){VERSION_ID, w->last.version.order};
    }
    return q;
}

static enum store_result walk_page(struct versions_walk *w, struct cos_span prefix,
                                   bool *is_last)
{
    const struct versions_query q = query_of(w, prefix);
    struct run *r = w->run;
    struct versions_page page;
    enum store_result got = versions_list(r->t->rows, r->b, &q, &page);
    if (got != STORE_OK) {
        return got;
    }
    got = run_page_begin(r);
    for (size_t i = 0; i < page.n_items && got == STORE_OK; i++) {
        got = visit_version(w, &page.items[i]);
    }
    *is_last = !page.is_truncated;
    if (got == STORE_OK && *is_last) {
        got = end_key(w);
    }
    versions_page_deinit(&page);
    return run_page_end(r, got);
}

static void walk_deinit(struct versions_walk *w)
{
    forget_markers(w);
    cos_free(w->markers);
    (void)row_unref(w->last.row);
    *w = (struct versions_walk){.run = w->run};
}

/* What somebody else changed meanwhile may be any row of a key: from the beginning again. */
static enum store_result walk_once(struct run *r, struct cos_span prefix)
{
    struct versions_walk w = {.run = r};
    enum store_result got = STORE_OK;
    bool is_last = false;
    for (size_t again = 0; !is_last && again < RUN_AGAIN_MAX;) {
        got = walk_page(&w, prefix, &is_last);
        if (got == STORE_CHANGED) {
            walk_deinit(&w);
            is_last = false;
            again++;
        } else if (got != STORE_OK) {
            break;
        }
    }
    walk_deinit(&w);
    return got;
}

static enum store_result walk_versions(struct run *r, struct cos_span prefix)
{
    enum store_result got = STORE_OK;
    size_t before = SIZE_MAX;
    for (int i = 0; i < ROUNDS_MAX && got == STORE_OK && r->all.expired != before; i++) {
        before = r->all.expired;
        got = walk_once(r, prefix);
    }
    return got;
}

const struct sweep lifecycle_versions_sweep = {is_for_versions, walk_versions};
