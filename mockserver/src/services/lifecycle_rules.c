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
#include "services/stored.h"

#define CLASS_MIN_BYTES 65536

int64_t lifecycle_due(struct lifecycle_time when, int64_t since_unix_ms)
{
    if (when.date_unix_ms >= 0) { /* the day it lies in */
        return clock_midnight_from(when.date_unix_ms + 1) - CLOCK_DAY_MS;
    }
    return when.days < 0 ? INT64_MAX
                         : clock_midnight_from(since_unix_ms + when.days * CLOCK_DAY_MS);
}

/* --- which objects --- */

static bool has_tag(const struct cos_xml *tags, const struct lifecycle_tag *wanted)
{
    const struct cos_xml *set = cos_xml_get(tags, "TagSet");
    for (const struct cos_xml *e = xml_first_of(set, "Tag"); e != NULL;
         e = xml_next_of(e, "Tag")) {
        if (cos_span_eq(xml_child(e, "Key"), wanted->key) &&
            cos_span_eq(xml_child(e, "Value"), wanted->value)) {
            return true;
        }
    }
    return false;
}

static bool has_tags(const struct lifecycle_rule *r, struct cos_span text)
{
    struct cos_text_error why;
    COS_CLEANUP(cos_xml_free) struct cos_xml *tags = NULL;
    if (text.ptr == NULL || cos_xml_parse(&tags, text, /* limits= */ NULL, &why) < 0) {
        return false;
    }
    size_t n = 0;
    while (n < r->n_tags && has_tag(tags, &r->tags[n])) {
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
           (r->n_tags == 0 || has_tags(r, s->tags));
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

static void judge_class(const struct lifecycle_transition *to,
                        const struct lifecycle_subject *s, int64_t midnight,
                        struct lifecycle_verdict *v)
{
    enum word now = v->new_class == WORD_NONE ? s->storage_class : v->new_class;
    if (s->bytes >= CLASS_MIN_BYTES &&
        stored_coldness(to->storage_class) > stored_coldness(now) &&
        is_due(v, lifecycle_due(to->when, s->since_unix_ms), midnight)) {
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

struct lifecycle_verdict lifecycle_judge_upload(const struct lifecycle *l,
                                                const struct lifecycle_subject *s,
                                                int64_t midnight)
{
    struct lifecycle_verdict v = {.new_class = WORD_NONE, .next_unix_ms = INT64_MAX};
    for (size_t i = 0; i < l->n_rules; i++) {
        const struct lifecycle_time when = {l->rules[i].abort_days, -1};
        if (is_named(&l->rules[i], s->key)) {
            v.is_over =
                is_due(&v, lifecycle_due(when, s->since_unix_ms), midnight) || v.is_over;
        }
    }
    return v;
}
