/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The facet is "<day>:<reads> <day>:<reads>", days since 1970, the oldest first, as many as the
 * bucket's rules look back. Of reads at one moment some may not be counted: each is a write of
 * the same row, and nobody's GET waits for another's.
 */
#include "services/reads.h"

#include "exchange/commit.h"
#include "services/clock_work.h"
#include "services/lifecycle.h"
#include "store/objects.h"

#define TEXT_MAX_BYTES ((size_t)64 << 10)

/* The midnight in China that @unix_ms is behind, or at, as a number of days. */
static int64_t day_of(int64_t unix_ms)
{
    return clock_midnight_from(unix_ms + 1) / CLOCK_DAY_MS;
}

static bool next_day(struct cos_span *rest, int64_t *day, uint64_t *reads)
{
    struct cos_span count = cos_span_cut(rest, ' ');
    struct cos_span number = cos_span_cut(&count, ':');
    return count.ptr != NULL && cos_span_i64(number, day) && cos_span_u64(count, reads);
}

uint64_t reads_before(const struct object *o, int64_t midnight, int64_t days)
{
    struct cos_span rest = object_facet(o, FACET_READS);
    int64_t last = day_of(midnight);
    int64_t day;
    uint64_t reads;
    uint64_t sum = 0;
    while (next_day(&rest, &day, &reads)) {
        sum += day < last && day >= last - days ? reads : 0;
    }
    return sum;
}

static void write_day(struct cos_buf *out, int64_t day, uint64_t reads)
{
    cos_buf_printf(out, "%s%lld:%llu", out->len == 0 ? "" : " ", (long long)day,
                   (unsigned long long)reads);
}

/* With one more today, without days that no rule looks back to. */
static void write_days(struct cos_buf *out, struct cos_span old, int64_t today, int64_t days)
{
    int64_t day;
    uint64_t reads;
    uint64_t n = 1;
    while (next_day(&old, &day, &reads)) {
        if (day >= today - days && day < today) {
            write_day(out, day, reads);
        }
        n += day == today ? reads : 0;
    }
    write_day(out, today, n);
}

static int noted(struct cosmock_exchange *x)
{
    (void)x;
    return 0;
}

int reads_note(struct cosmock_exchange *x, const struct object *o)
{
    bool has_rules = bucket_document(&x->target.at, BUCKET_LIFECYCLE).ptr != NULL;
    const struct lifecycle *l = has_rules ? lifecycle_of(&x->target.at) : NULL;
    if (l == NULL || l->recent_days == 0) {
        return 0;
    }
    struct facet_values facets = facets_values(o->facets);
    struct cos_buf text;
    cos_buf_init(&text, TEXT_MAX_BYTES);
    write_days(&text, facets.of[FACET_READS], day_of(x->now.modification_unix_ms),
               l->recent_days);
    facets.of[FACET_READS] = cos_buf_view(&text);
    struct batch *batch = text.failed ? NULL : batch_new();
    if (batch != NULL) {
        const struct store_bucket b = bucket_stored(&x->target.at);
        objects_change(batch, &b, o, &facets);
    }
    cos_buf_deinit(&text);
    return batch == NULL ? 0 : exchange_commit(x, batch, noted);
}
