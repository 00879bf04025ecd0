/* SPDX-License-Identifier: Apache-2.0 */
/* What lifecycle rules want of one object at one midnight: pure, from what it is told. */
#ifndef SERVICES_LIFECYCLE_RULES_H
#define SERVICES_LIFECYCLE_RULES_H

#include "services/lifecycle.h"

struct lifecycle_subject {
    struct cos_span key;
    uint64_t bytes;
    int64_t since_unix_ms;       /* from when days are counted */
    const struct object *object; /* asked for what few rules ask for; NULL: an upload */
};
struct lifecycle_verdict {
    bool is_over;         /* it goes */
    enum word new_class;  /* WORD_NONE: it keeps its own */
    int64_t next_unix_ms; /* of what stays as it is: the midnight when it will not; INT64_MAX */
};

/** The first midnight (GMT+8) at which something of @since_unix_ms is due; INT64_MAX: never. */
int64_t lifecycle_due(struct lifecycle_time when, int64_t since_unix_ms);
/** Of the latest version. */
struct lifecycle_verdict lifecycle_judge(const struct lifecycle *l,
                                         const struct lifecycle_subject *s, int64_t midnight);
/** The latest version, or an older one that something has been above since @since_unix_ms. */
struct lifecycle_subject lifecycle_subject_of(const struct object *o, int64_t since_unix_ms);
/** Of an older version, marker or not. */
struct lifecycle_verdict lifecycle_judge_older(const struct lifecycle *l,
                                               const struct lifecycle_subject *s,
                                               int64_t midnight);
/** Of a marker whose key has nothing but markers; @is_alone: nothing but this one. */
struct lifecycle_verdict lifecycle_judge_marker(const struct lifecycle *l,
                                                const struct lifecycle_subject *s,
                                                int64_t midnight, bool is_alone);
/** Of an unfinished upload, which has neither tags nor a size. */
struct lifecycle_verdict lifecycle_judge_upload(const struct lifecycle *l,
                                                const struct lifecycle_subject *s,
                                                int64_t midnight);

#endif
