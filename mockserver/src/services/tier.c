/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tiers of intelligent tiering: cos-operations-2.md s.15, 436/38314. An object begins in
 * FREQUENT, sinks once nobody has read it for the days of a rule, and is back by the next read;
 * what is smaller than 64 KB stays. Nothing moves: the tier is what the modification clock, the
 * rules and the last read say. In an archive tier it cannot be read before a restore, and the
 * end of the restore counts as a read [assumed: so S3 has it].
 *
 * The facet is the time of the last read in unix ms; none: it was not read since it was
 * written. A read is noted when the last one is a day old, so that a day of reads is one write.
 */
#include "services/tier.h"

#include "exchange/commit.h"
#include "exchange/xml_out.h"
#include "services/clock_work.h"
#include "services/restore.h"
#include "services/stored.h"

#define LEAST_BYTES ((uint64_t)64 << 10)

bool tier_has(enum word class)
{
    return class == WORD_INTELLIGENT_TIERING || class == WORD_MAZ_INTELLIGENT_TIERING;
}

/* --- an object --- */

static int64_t last_read_unix_ms(const struct cosmock_exchange *x, const struct object *o)
{
    uint64_t unix_ms;
    int64_t restored_unix_ms = restore_done_unix_ms(o);
    struct cos_span text = object_facet(o, FACET_TIER);
    int64_t read_unix_ms =
        text.ptr != NULL && cos_span_u64(text, &unix_ms) && unix_ms <= INT64_MAX
            ? (int64_t)unix_ms
            : o->mtime_unix_ms;
    return restored_unix_ms <= x->now.modification_unix_ms && restored_unix_ms > read_unix_ms
               ? restored_unix_ms
               : read_unix_ms;
}

static int64_t idle_ms(const struct cosmock_exchange *x, const struct object *o)
{
    return x->now.modification_unix_ms - last_read_unix_ms(x, o);
}

bool tier_is_noted(const struct object *o)
{
    return o->bytes >= LEAST_BYTES && tier_has(stored_class_of(o));
}

enum tier tier_of(struct cosmock_exchange *x, const struct bucket_view *at,
                  const struct object *o)
{
    return tier_is_noted(o) ? tier_rules_judge(tier_rules_of(x, at), o, idle_ms(x, o))
                            : TIER_FREQUENT;
}

void tier_header(struct cosmock_exchange *x, const struct object *o)
{
    if (tier_has(stored_class_of(o))) {
        result_header_of(x, HEADER_STORAGE_TIER,
                         cos_span_of(tier_word(tier_of(x, &x->target.at, o))));
    }
}

void tier_xml(struct cosmock_exchange *x, const struct object *o)
{
    if (tier_has(stored_class_of(o))) {
        xml_out_text(&x->result.body, "StorageTier",
                     cos_span_of(tier_word(tier_of(x, &x->target.at, o))));
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
    if (idle_ms(x, o) < CLOCK_DAY_MS || tier_rules_of(x, &x->target.at)->n == 0) {
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
