/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tiers of intelligent tiering: cos-operations-2.md s.15, 436/38314. An object begins in
 * FREQUENT, lies in INFREQUENT once nobody has read it for the days of the bucket's default
 * rule, and is back by the next read; what is smaller than 64 KB stays. Nothing moves: the tier
 * is what the modification clock, the rule and the last read say. Rules by other ids, of
 * archive tiers, are kept and shown only.
 *
 * The facet is the time of the last read in unix ms; none: it was not read since it was
 * written. A read is noted when the last one is a day old, so that a day of reads is one write.
 */
#include "services/tier.h"

#include "cosbase/alloc.h"
#include "exchange/commit.h"
#include "exchange/xml_out.h"
#include "services/clock_work.h"
#include "services/schema.h"
#include "services/stored.h"

#define LEAST_BYTES ((uint64_t)64 << 10)

bool tier_has(enum word class)
{
    return class == WORD_INTELLIGENT_TIERING || class == WORD_MAZ_INTELLIGENT_TIERING;
}

/* --- the rule --- */

static void *parse_days(struct cos_span text)
{
    struct xml_reading r;
    int64_t *days = xml_reading_begin(&r, text) ? cos_malloc(sizeof(*days)) : NULL;
    if (days != NULL) {
        *days = xml_child_number(cos_xml_get(r.xml, "Transition"), "Days", 0);
    }
    xml_reading_end(&r);
    return days;
}

static void forget_days(void *value)
{
    (void)cos_free(value);
}

/* 0: nothing sinks. */
static int64_t days_of(const struct cosmock_exchange *x)
{
    static const struct bucket_document_kind kind = {parse_days, forget_days};
    const int64_t *days =
        bucket_document_value(&x->target.at, BUCKET_INTELLIGENT_TIERING, &kind);
    return days == NULL ? 0 : *days;
}

/* --- an object --- */

static int64_t last_read_unix_ms(const struct object *o)
{
    uint64_t unix_ms;
    struct cos_span text = object_facet(o, FACET_TIER);
    return text.ptr != NULL && cos_span_u64(text, &unix_ms) && unix_ms <= INT64_MAX
               ? (int64_t)unix_ms
               : o->mtime_unix_ms;
}

static bool is_idle_for(const struct cosmock_exchange *x, const struct object *o, int64_t days)
{
    return x->now.modification_unix_ms - last_read_unix_ms(o) >= days * CLOCK_DAY_MS;
}

/* NULL: it is in none. */
static const char *tier_of(const struct cosmock_exchange *x, const struct object *o)
{
    if (!tier_has(stored_class_of(o))) {
        return NULL;
    }
    int64_t days = days_of(x);
    bool sinks = days > 0 && o->bytes >= LEAST_BYTES && is_idle_for(x, o, days);
    return sinks ? "INFREQUENT" : "FREQUENT";
}

void tier_header(struct cosmock_exchange *x, const struct object *o)
{
    const char *tier = tier_of(x, o);
    if (tier != NULL) {
        result_header_of(x, HEADER_STORAGE_TIER, cos_span_of(tier));
    }
}

void tier_xml(struct cosmock_exchange *x, const struct object *o)
{
    const char *tier = tier_of(x, o);
    if (tier != NULL) {
        xml_out_text(&x->result.body, "StorageTier", cos_span_of(tier));
    }
}

/* The bytes go out, whether or not that was kept. */
static int noted(struct cosmock_exchange *x)
{
    (void)x;
    return 0;
}

int tier_read(struct cosmock_exchange *x, const struct object *o)
{
    if (bucket_document(&x->target.at, BUCKET_INTELLIGENT_TIERING).ptr == NULL ||
        !tier_has(stored_class_of(o)) || o->bytes < LEAST_BYTES ||
        !is_idle_for(x, o, /* days= */ 1)) {
        return 0;
    }
    struct facet_values facets = facets_values(o->facets);
    facets.of[FACET_TIER] =
        cos_arena_printf(&x->arena, "%lld", (long long)x->now.modification_unix_ms);
    struct batch *batch = batch_new();
    if (batch != NULL) {
        const struct store_bucket b = bucket_stored(&x->target.at);
        objects_change(batch, &b, o, &facets);
    }
    return exchange_commit(x, batch, noted);
}
