/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that run lifecycle rules have in common, and nobody else needs. */
#ifndef SERVICES_LIFECYCLE_INSIDE_H
#define SERVICES_LIFECYCLE_INSIDE_H

#include "services/lifecycle_rules.h"
#include "services/lifecycle_run.h"

#define RUN_PAGE_ROWS 1000
#define RUN_AGAIN_MAX 100 /* each time somebody else has written what the page changes */

struct tally {
    size_t expired, moved, aborted;
};
struct run {
    struct cosmock_tenant *t;
    const struct store_bucket *b;
    const struct lifecycle *l;
    int64_t midnight;
    int64_t next_unix_ms;
    /* of the page */
    struct batch *batch;
    struct tally page, all;
};
/* What is gone through: objects, versions, or uploads. */
struct sweep {
    bool (*is_for)(const struct lifecycle_rule *r);
    enum store_result (*run_prefix)(struct run *r, struct cos_span prefix);
};
/** Of buckets that have versions, in the place of objects. */
extern const struct sweep lifecycle_versions_sweep;

void run_note_next(struct run *r, int64_t midnight);
enum store_result run_page_begin(struct run *r);
/** Keeps what the page wants; @got not STORE_OK: nothing, and returns it. */
enum store_result run_page_end(struct run *r, enum store_result got);
/** The latest version goes, or is covered by a marker. */
enum store_result run_expire(struct run *r, const struct object *o);
/** False: an appendable object takes no part in rules, one that is locked none before the lock
 *  ends, which is noted as what comes next. */
bool run_takes(struct run *r, const struct object *o);
/** WORD_NONE: it keeps its own. */
enum store_result run_change_class(struct run *r, const struct object *o, enum word class);
/** What the rules do to the latest version, or to an object where there are none. */
enum store_result run_judge(struct run *r, const struct object *o);

#endif
