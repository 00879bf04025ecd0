/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From violated cases to what broke first. A requirement counts as failed by its worst case; a
 * case is blocked when anything it stands on failed, and the cause is the nearest of those
 * that failed by itself, that is, by a case which is not blocked. There is always one, because
 * nothing stands on itself (the catalogue's audit). A crash is never blocked: whatever broke
 * before, a subject does not die of it.
 */
#include "causes.h"

#include "cosbase/alloc.h"
#include "standing.h"

#include <string.h>

/* ---- what is known ---- */

/* The report by requirement, and room for a walk: both as long as the catalogue. */
struct view {
    struct conform_report *report;
    struct standing standing;
    /* Index of the worst result; SIZE_MAX: none. */
    size_t *worst;
    size_t *reached;
};

static size_t n_results(const struct conform_report *report)
{
    return report->n + report->n_asked;
}

static size_t index_of(const struct view *v, const struct requirement *r)
{
    return (size_t)(r - v->standing.catalogue->items);
}

static int verdict_at(const struct view *v, size_t requirement)
{
    size_t at = v->worst[requirement];
    return at == SIZE_MAX ? CONFORM_SKIP : v->report->results[at].verdict;
}

static bool has_failed(const struct view *v, size_t requirement)
{
    int verdict = verdict_at(v, requirement);
    return verdict == CONFORM_FAIL || verdict == CONFORM_XFAIL;
}

static void look(struct view *v)
{
    for (size_t i = 0; i < v->standing.catalogue->n; i++) {
        v->worst[i] = SIZE_MAX;
    }
    for (size_t i = 0; i < n_results(v->report); i++) {
        const struct conform_result *r = &v->report->results[i];
        size_t k = index_of(v, r->requirement);
        if (!v->report->is_done[i]) {
            continue;
        }
        enum conform_verdict before = (enum conform_verdict)verdict_at(v, k);
        if (v->worst[k] == SIZE_MAX ||
            verdict_worse(before, (enum conform_verdict)r->verdict) != before) {
            v->worst[k] = i;
        }
    }
}

static bool view_init(struct view *v, struct conform_report *report)
{
    const struct catalogue *c = report->options.catalogue;
    *v = (struct view){.report = report,
                       .standing = {.catalogue = c, .tables = report->tables},
                       .worst = cos_calloc(c->n + 1, sizeof(*v->worst)),
                       .reached = cos_calloc(c->n + 1, sizeof(*v->reached))};
    if (v->worst == NULL || v->reached == NULL) {
        return false;
    }
    look(v);
    return true;
}

static void view_deinit(struct view *v)
{
    (void)cos_free(v->worst);
    (void)cos_free(v->reached);
}

/* ---- prerequisites that nobody selected ---- */

bool causes_may_block(const struct conform_result *r)
{
    return r->is_violated && r->kase->stands_on != NULL &&
           (r->verdict == CONFORM_FAIL || r->verdict == CONFORM_WARN ||
            r->verdict == CONFORM_INFO);
}

static void ask_for(struct conform_report *report, const struct requirement *r)
{
    for (const struct conform_case *const *table = report->tables; *table != NULL; table++) {
        for (const struct conform_case *k = *table; k->requirement != NULL; k++) {
            if (strcmp(k->requirement, r->id) == 0) {
                report->results[n_results(report)] =
                    (struct conform_result){.requirement = r,
                                            .kase = k,
                                            .verdict = CONFORM_ERROR};
                report->n_asked++;
            }
        }
    }
}

size_t causes_ask(struct conform_report *report)
{
    struct view v;
    if (view_init(&v, report)) {
        for (size_t i = 0; i < report->n; i++) {
            const struct conform_result *r = &report->results[i];
            if (!report->is_done[i] || !causes_may_block(r)) {
                continue;
            }
            size_t n = standing_of(&v.standing, r->kase, v.reached);
            for (size_t k = 0; k < n; k++) {
                if (v.worst[v.reached[k]] == SIZE_MAX) {
                    v.worst[v.reached[k]] = n_results(report);
                    ask_for(report, &v.standing.catalogue->items[v.reached[k]]);
                }
            }
        }
    }
    view_deinit(&v);
    return report->n_asked;
}

/* ---- blocking ---- */

/* The nearest requirement that failed; NULL: none. */
static const struct requirement *broken_below(struct view *v, const struct conform_case *kase)
{
    size_t n = standing_of(&v->standing, kase, v->reached);
    for (size_t i = 0; i < n; i++) {
        if (has_failed(v, v->reached[i])) {
            return &v->standing.catalogue->items[v->reached[i]];
        }
    }
    return NULL;
}

static void block_all(struct view *v)
{
    for (size_t i = 0; i < n_results(v->report); i++) {
        struct conform_result *r = &v->report->results[i];
        if (v->report->is_done[i] && causes_may_block(r)) {
            const struct requirement *broken = broken_below(v, r->kase);
            r->blocked_by = broken != NULL ? broken->id : NULL;
        }
    }
    for (size_t i = 0; i < n_results(v->report); i++) {
        struct conform_result *r = &v->report->results[i];
        r->verdict = r->blocked_by != NULL ? CONFORM_BLOCKED : r->verdict;
    }
}

void causes_block(struct conform_report *report)
{
    struct view v;
    if (view_init(&v, report)) {
        block_all(&v);
        look(&v); /* what is blocked has not failed: now only roots have */
        for (size_t i = 0; i < n_results(report); i++) {
            struct conform_result *r = &report->results[i];
            const struct requirement *root =
                r->verdict == CONFORM_BLOCKED ? broken_below(&v, r->kase) : NULL;
            r->blocked_by = root != NULL ? root->id : r->blocked_by;
        }
    }
    view_deinit(&v);
}

/* ---- causes ---- */

/* True when a selected case of @r is blocked by @cause. */
static bool is_blocked_by(const struct view *v, const struct requirement *r, const char *cause)
{
    for (size_t i = 0; i < v->report->n; i++) {
        const struct conform_result *result = &v->report->results[i];
        if (result->requirement == r && result->blocked_by != NULL &&
            strcmp(result->blocked_by, cause) == 0) {
            return verdict_at(v, index_of(v, r)) == CONFORM_BLOCKED;
        }
    }
    return false;
}

static const char *text_or_none(const char *text)
{
    return text != NULL ? text : "";
}

/*
 * What the mock said when it refused something for @cause: to the cause itself, else to the
 * first that is blocked by it. A wrong policy shows when it is read, and hurts when it is used.
 */
static const char *deny_of(const struct view *v, const struct conform_result *cause)
{
    const char *deny = text_or_none(cause->deny);
    for (size_t i = 0; i < v->report->n && deny[0] == '\0'; i++) {
        const struct conform_result *r = &v->report->results[i];
        if (r->blocked_by != NULL && strcmp(r->blocked_by, cause->requirement->id) == 0) {
            deny = text_or_none(r->deny);
        }
    }
    return deny;
}

/* The ids blocked by @r as a list of its own; false: none, or no memory. */
static bool make_cause(const struct view *v, const struct requirement *r,
                       struct report_cause *out)
{
    const struct catalogue *c = v->standing.catalogue;
    const char **ids = cos_calloc(c->n, sizeof(*ids));
    size_t n = 0;
    for (size_t i = 0; ids != NULL && i < c->n; i++) {
        if (is_blocked_by(v, &c->items[i], r->id)) {
            ids[n++] = c->items[i].id;
        }
    }
    if (n == 0) {
        (void)cos_free(ids);
        return false;
    }
    const struct conform_result *worst = &v->report->results[v->worst[index_of(v, r)]];
    *out = (struct report_cause){.requirement = r,
                                 .id = r->id,
                                 .reason = text_or_none(worst->reason),
                                 .deny = deny_of(v, worst),
                                 .blocked = ids,
                                 .n_blocked = n};
    return true;
}

void causes_find(struct conform_report *report)
{
    struct view v;
    const struct catalogue *c = report->options.catalogue;
    report->causes = cos_calloc(c->n + 1, sizeof(*report->causes));
    if (view_init(&v, report) && report->causes != NULL) {
        for (size_t i = 0; i < c->n; i++) {
            if (has_failed(&v, i) &&
                make_cause(&v, &c->items[i], &report->causes[report->n_causes])) {
                report->n_causes++;
            }
        }
    }
    view_deinit(&v);
}

void causes_free(struct conform_report *report)
{
    for (size_t i = 0; i < report->n_causes; i++) {
        union {
            const char *const *borrowed;
            void *owned;
        } ids = {.borrowed = report->causes[i].blocked};
        (void)cos_free(ids.owned);
    }
    report->causes = cos_free(report->causes);
    report->n_causes = 0;
}

size_t report_causes(const struct conform_report *report, const struct report_cause **out)
{
    *out = report->causes;
    return report->n_causes;
}
