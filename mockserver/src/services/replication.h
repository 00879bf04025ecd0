/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The replication rules of a bucket, and what they do: versions that its users add are copied
 * to another bucket, soon and by nobody's request (services/clock_work.h).
 */
#ifndef SERVICES_REPLICATION_H
#define SERVICES_REPLICATION_H

#include "services/choice.h"
#include "services/documents.h"

struct replication_tag {
    struct cos_span key, value;
};
struct replication_rule {
    struct cos_span id;
    bool is_enabled;
    int64_t priority; /* of two that fit the higher one counts */
    /* which objects */
    struct cos_span prefix; /* "": all */
    struct replication_tag *tags;
    size_t n_tags;
    /* where to, and how */
    struct cos_span bucket;
    enum word storage_class; /* WORD_NONE: the object's own */
    bool copies_markers;
};
struct replication {
    struct xml_reading reading;
    struct cos_span role;
    struct replication_rule *rules;
    size_t n_rules;
};
/** Borrowed from @v; NULL: the bucket has none. */
const struct replication *replication_of(const struct bucket_view *v);
/** Who @role is, the user behind the last "uin/" or a role by its name: a reference; NULL: this
 *  world has none such. */
struct user *replication_user(struct cosmock_tenant *t, struct cos_span role);
/** The rule that counts for what has this key and these tags; NULL: none. */
const struct replication_rule *replication_rule_of(const struct replication *all,
                                                   struct cos_span key, struct cos_span tags);

/* --- by who writes a version --- */

enum replication_of { REPLICATION_OF_OBJECT, REPLICATION_OF_MARKER };
/** What the request is about to put into its bucket @b: the rule that copies it, as which
 *  @draft is marked. NULL: none does. */
const struct replication_rule *replication_mark(const struct cosmock_exchange *x,
                                                const struct store_bucket *b,
                                                struct object_draft *draft,
                                                enum replication_of what);
/** Into the batch that keeps @made: it is to be copied. @rule NULL: it is not. */
void replication_note(struct cosmock_exchange *x, struct batch *batch,
                      const struct replication_rule *rule, struct cos_span key,
                      const struct version *made);

/* --- by who does it --- */

/** What is still to be copied of a bucket, *@left versions at most, which are counted off. */
enum store_result replication_run(struct cosmock_tenant *t, const struct bucket_view *v,
                                  size_t *left);

/** x-cos-replication-status of an object that has FACET_REPLICATION, in the words of an
 *  inventory: "COMPLETED". Static. */
struct cos_span replication_inventory_word(struct cos_span facet);

#endif
