/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cos-operations-2.md s.15: Filter{Prefix|Tag|And}, Tiering{AccessTier, Days}. All rules that
 * fit count, and of the tiers that are reached the coldest [assumed]. The words of the archive
 * tiers are S3's, as the elements are; no page of COS has them.
 */
#include "services/tier_rules.h"

#include "services/clock_work.h"
#include "services/keyed.h"
#include "services/schema.h"
#include "services/tags.h"
#include "services/tiering.h"

static const char *const words[TIERS] = {"FREQUENT", "INFREQUENT", "ARCHIVE_ACCESS",
                                         "DEEP_ARCHIVE_ACCESS"};

const char *tier_word(enum tier tier)
{
    return words[tier];
}

/* --- reading --- */

static struct cos_span kept(struct cosmock_exchange *x, struct cos_span text)
{
    return cos_arena_span(&x->arena, text);
}

static void read_filter(struct cosmock_exchange *x, const struct cos_xml *filter,
                        struct tier_rule *r)
{
    const struct cos_xml *all = cos_xml_get(filter, "And");
    const struct cos_xml *in = all == NULL ? filter : all;
    r->prefix = kept(x, xml_child(in, "Prefix"));
    r->tags = cos_arena_array(&x->arena, xml_count_of(in, "Tag") + 1, sizeof(*r->tags));
    const struct cos_xml *tag = r->tags == NULL ? NULL : xml_first_of(in, "Tag");
    for (; tag != NULL; tag = xml_next_of(tag, "Tag")) {
        r->tags[r->n_tags++] =
            (struct tier_tag){kept(x, xml_child(tag, "Key")), kept(x, xml_child(tag, "Value"))};
    }
}

static void read_rule(struct cosmock_exchange *x, struct cos_span text, struct tier_rules *out)
{
    struct cos_text_error why;
    COS_CLEANUP(cos_xml_free) struct cos_xml *xml = NULL;
    if (cos_xml_parse(&xml, text, /* limits= */ NULL, &why) < 0 ||
        !xml_child_is(xml, "Status", "Enabled")) {
        return;
    }
    struct tier_rule *r = &out->items[out->n++];
    *r = (struct tier_rule){.n_tags = 0};
    read_filter(x, cos_xml_get(xml, "Filter"), r);
    for (const struct cos_xml *e = xml_first_of(xml, "Tiering"); e != NULL;
         e = xml_next_of(e, "Tiering")) {
        for (enum tier t = TIER_INFREQUENT; t < TIERS; t++) {
            if (xml_child_is(e, "AccessTier", words[t])) {
                r->days[t] = xml_child_number(e, "Days", 0);
            }
        }
    }
}

static void read_all(struct cosmock_exchange *x, const struct bucket_view *at,
                     struct tier_rules *out)
{
    COS_CLEANUP(keyed_deinit) struct keyed_documents all;
    if (!keyed_read_of(x, at->bucket, TIERING_FAMILY, &all)) {
        x->failed = x->failed || !is_refused(x);
        return;
    }
    struct cos_span first = tiering_default_rule(x, at);
    out->items = cos_arena_array(&x->arena, all.n + 1, sizeof(*out->items));
    if (out->items == NULL) {
        return; /* the arena has failed */
    }
    if (first.ptr != NULL) {
        read_rule(x, first, out);
    }
    for (size_t i = 0; i < all.n; i++) {
        read_rule(x, all.items[i].text, out);
    }
}

const struct tier_rules *tier_rules_of(struct cosmock_exchange *x, const struct bucket_view *at)
{
    static const struct tier_rules none = {NULL, NULL, 0};
    if (x->tier_rules == NULL || x->tier_rules->of != at->bucket) {
        struct tier_rules *all = cos_arena_alloc(&x->arena, sizeof(*all));
        if (all == NULL) {
            return &none;
        }
        *all = (struct tier_rules){.of = at->bucket};
        read_all(x, at, all);
        x->tier_rules = all;
    }
    return x->tier_rules;
}

/* --- judging --- */

static bool is_of(const struct tier_rule *r, const struct object *o)
{
    struct cos_span tags = r->n_tags == 0 ? COS_SPAN_EMPTY : object_facet(o, FACET_TAGS);
    size_t n = 0;
    while (n < r->n_tags && tags_have(tags, r->tags[n].key, r->tags[n].value)) {
        n++;
    }
    return n == r->n_tags && cos_span_starts(o->key, r->prefix);
}

enum tier tier_rules_judge(const struct tier_rules *all, const struct object *o,
                           int64_t idle_ms)
{
    enum tier coldest = TIER_FREQUENT;
    for (size_t i = 0; i < all->n; i++) {
        const struct tier_rule *r = &all->items[i];
        for (enum tier t = coldest + 1; t < TIERS; t++) {
            bool is_reached = r->days[t] > 0 && idle_ms >= r->days[t] * CLOCK_DAY_MS;
            coldest = is_reached && is_of(r, o) ? t : coldest;
        }
    }
    return coldest;
}
