/* SPDX-License-Identifier: Apache-2.0 */
/* The lifecycle rules of a bucket, as they are read from its document. */
#ifndef SERVICES_LIFECYCLE_H
#define SERVICES_LIFECYCLE_H

#include "services/choice.h"
#include "services/schema.h"
#include "world/world.h"

struct lifecycle_tag {
    struct cos_span key, value;
};
/* When: so many days after, or on a date. */
struct lifecycle_time {
    int64_t days;         /* -1: none */
    int64_t date_unix_ms; /* -1: none */
};
struct lifecycle_transition {
    struct lifecycle_time when;
    enum word storage_class;
    int64_t fewer_reads; /* than so many in the last days; 0: however many there were */
    int64_t recent_days;
};
struct lifecycle_rule {
    struct cos_span id;
    bool is_enabled;
    /* which objects */
    struct cos_span prefix;     /* "": all */
    struct cos_span not_prefix; /* ptr NULL: none */
    struct lifecycle_tag *tags;
    size_t n_tags;
    int64_t larger_than, smaller_than; /* bytes; -1: any */
    /* what becomes of them */
    struct lifecycle_transition *transitions, *noncurrent_transitions;
    size_t n_transitions, n_noncurrent_transitions;
    struct lifecycle_time expiration;
    bool expires_lone_markers;
    int64_t noncurrent_days; /* until old versions go; -1: never */
    int64_t abort_days;      /* until unfinished uploads go; -1: never */
};
struct lifecycle {
    struct xml_reading reading;
    struct lifecycle_rule *rules;
    size_t n_rules;
    int64_t recent_days; /* the most that a rule looks back for reads; 0: none does */
};
/** Borrowed from @v; NULL: the bucket has none. */
const struct lifecycle *lifecycle_of(const struct bucket_view *v);

#endif
