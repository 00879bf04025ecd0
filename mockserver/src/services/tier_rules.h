/* SPDX-License-Identifier: Apache-2.0 */
/* The rules by which tiered objects of a bucket sink: the one rule of ?intelligenttiering and
 * those by id of ?intelligent-tiering, read once a request, when a tiered object is met. */
#ifndef SERVICES_TIER_RULES_H
#define SERVICES_TIER_RULES_H

#include "exchange/exchange.h"

/* From the warmest on. */
enum tier { TIER_FREQUENT, TIER_INFREQUENT, TIER_ARCHIVE, TIER_DEEP_ARCHIVE, TIERS };
/** As a rule names it, and a header. */
const char *tier_word(enum tier tier);

struct tier_tag {
    struct cos_span key, value;
};
struct tier_rule {
    struct cos_span prefix;
    struct tier_tag *tags;
    size_t n_tags;
    int64_t days[TIERS]; /* without a read; 0: not by this rule */
};
struct tier_rules {
    const struct bucket *of;
    struct tier_rule *items;
    size_t n;
};
/** Of the bucket of @at, in the arena; none where they cannot be read, which x->failed or a
 *  refusal says. */
const struct tier_rules *tier_rules_of(struct cosmock_exchange *x,
                                       const struct bucket_view *at);
/** The coldest tier that is reached by @o, which was not read for @idle_ms. */
enum tier tier_rules_judge(const struct tier_rules *all, const struct object *o,
                           int64_t idle_ms);

#endif
