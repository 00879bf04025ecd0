/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cos-operations-2.md s.6.3: an object is due at the first midnight at which it is as many days
 * old, counted from Last-Modified, which a change of class does not touch; a date is due at the
 * midnight it begins with, and stays so for what comes later [assumed]. What expires does not
 * change its class before; of several classes the coldest counts; no class is ever left for a
 * hotter one, and nothing under 64 KB changes its class.
 */
#include "services/lifecycle_rules.h"

#include "services/clock_work.h"
#include "services/reads.h"
#include "services/stored.h"
#include "services/tags.h"

#define CLASS_MIN_BYTES 65536

int64_t lifecycle_due(struct lifecycle_time when, int64_t since_unix_ms)
{
    if (when.date_unix_ms >= 0) { /* the day it lies in */
        return clock_midnight_from(when.date_unix_ms + 1) - CLOCK_DAY_MS;
    }
    return when.days < 0 ? INT64_MAX
                         : clock_midnight_from(since_unix_ms + when.days * CLOCK_DAY_MS);
}

struct lifecycle_subject lifecycle_subject_of(const struct object *o, int64_t since_unix_ms)
{
    return (struct lifecycle_subject){.key = o->key,
                                      .bytes = o->bytes,
                                      .since_unix_ms = since_unix_ms,
                                      .object = o};
}

/* --- which objects --- */

static bool has_tags(const struct lifecycle_rule *r, const struct object *o)
{
    struct cos_span tags = o == NULL ? COS_SPAN_EMPTY : object_facet(o, FACET_TAGS);
    size_t n = 0;
    while (n < r->n_tags && tags_have(tags, r->tags[n].key, r->tags[n].value)) {
        n++;
    }
    return n == r->n_tags;
}

static bool is_named(const struct lifecycle_rule *r, struct cos_span key)
{
    return r->is_enabled && cos_span_starts(key, r->prefix) &&
           (r->not_prefix.ptr == NULL || !cos_span_starts(key, r->not_prefix));
}

static bool is_of(const struct lifecycle_rule *r, const struct lifecycle_subject *s)
{
    int64_t bytes = (int64_t)s->bytes;
    return is_named(r, s->key) && (r->larger_than < 0 || bytes > r->larger_than) &&
           (r->smaller_than < 0 || bytes < r->smaller_than) &&
           (r->n_tags == 0 || has_tags(r, s->object));
}

/* --- what becomes of them --- */

/* At @midnight already? Else it may be what comes next. */
static bool is_due(struct lifecycle_verdict *v, int64_t due_unix_ms, int64_t midnight)
{
    if (due_unix_ms > midnight && due_unix_ms < v->next_unix_ms) {
        v->next_unix_ms = due_unix_ms;
    }
    return due_unix_ms <= midnight;
}

/* It is asked again at the next midnight. */
static bool is_read_often(const struct lifecycle_transition *to,
                          const struct lifecycle_subject *s, int64_t midnight,
                          struct lifecycle_verdict *v)
{
    if (to->recent_days == 0 ||
        reads_before(s->object, midnight, to->recent_days) < (uint64_t)to->fewer_reads) {
        return false;
    }
    (void)is_due(v, midnight + CLOCK_DAY_MS, midnight);
    return true;
}

/* Which class it has is only asked when something is due. */
static void judge_class(const struct lifecycle_transition *to,
                        const struct lifecycle_subject *s, int64_t midnight,
                        struct lifecycle_verdict *v)
{
    if (s->bytes < CLASS_MIN_BYTES ||
        !is_due(v, lifecycle_due(to->when, s->since_unix_ms), midnight) ||
        is_read_often(to, s, midnight, v)) {
        return;
    }
    enum word now = v->new_class == WORD_NONE ? stored_class_of(s->object) : v->new_class;
    if (stored_coldness(to->storage_class) > stored_coldness(now)) {
        v->new_class = to->storage_class;
    }
}

struct lifecycle_verdict lifecycle_judge(const struct lifecycle *l,
                                         const struct lifecycle_subject *s, int64_t midnight)
{
    struct lifecycle_verdict v = {.new_class = WORD_NONE, .next_unix_ms = INT64_MAX};
    for (size_t i = 0; i < l->n_rules; i++) {
        const struct lifecycle_rule *r = &l->rules[i];
        if (!is_of(r, s)) {
            continue;
        }
        v.is_over =
            is_due(&v, lifecycle_due(r->expiration, s->since_unix_ms), midnight) || v.is_over;
        for (size_t j = 0; j < r->n_transitions; j++) {
            judge_class(&r->transitions[j], s, midnight, &v);
        }
    }
    return v;
}

static struct lifecycle_time after(int64_t days)
{
    return (struct lifecycle_time){days, -1};
}

struct lifecycle_verdict lifecycle_judge_older(const struct lifecycle *l,
                                               const struct lifecycle_subject *s,
                                               int64_t midnight)
{
    struct lifecycle_verdict v = {.new_class = WORD_NONE, .next_unix_ms = INT64_MAX};
    for (size_t i = 0; i < l->n_rules; i++) {
        const struct lifecycle_rule *r = &l->rules[i];
        if (!is_of(r, s)) {
            continue;
        }
        int64_t due_unix_ms = lifecycle_due(after(r->noncurrent_days), s->since_unix_ms);
        v.is_over = is_due(&v, due_unix_ms, midnight) || v.is_over;
        for (size_t j = 0; j < r->n_noncurrent_transitions; j++) {
            judge_class(&r->noncurrent_transitions[j], s, midnight, &v);
        }
    }
    return v;
}

/* Where old versions go, the last marker over them goes, too; at the time when what it covered
 * would have gone [assumed]. */
struct lifecycle_verdict lifecycle_judge_marker(const struct lifecycle *l,
                                                const struct lifecycle_subject *s,
                                                int64_t midnight, bool is_alone)
{
    struct lifecycle_verdict v = {.new_class = WORD_NONE, .next_unix_ms = INT64_MAX};
    for (size_t i = 0; i < l->n_rules; i++) {
        const struct lifecycle_rule *r = &l->rules[i];
        if (!is_of(r, s)) {
            continue;
        }
        int64_t due_unix_ms = lifecycle_due(after(r->noncurrent_days), s->since_unix_ms);
        bool is_last = is_alone && is_due(&v, due_unix_ms, midnight);
        v.is_over = v.is_over || r->expires_lone_markers || is_last;
    }
    return v;
}

struct lifecycle_verdict lifecycle_judge_upload(const struct lifecycle *l,
                                                const struct lifecycle_subject *s,
                                                int64_t midnight)
{
    struct lifecycle_verdict v = {.new_class = WORD_NONE, .next_unix_ms = INT64_MAX};
    for (size_t i = 0; i < l->n_rules; i++) {
        const struct lifecycle_time when = after(l->rules[i].abort_days);
        if (is_named(&l->rules[i], s->key)) {
            v.is_over =
                is_due(&v, lifecycle_due(when, s->since_unix_ms), midnight) || v.is_over;
        }
    }
    return v;
}
