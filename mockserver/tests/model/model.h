/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bucket as the documents describe it, and nothing of how ours is made: keys, their versions,
 * uploads, rules of a lifecycle, a clock. Plain data without pointers into itself, so a
 * snapshot is an assignment. Sources: cos-operations-1.md s.2 (versions), s.3 (lists), s.5.2
 * (tags), s.7 (locks), s.8 (restores), s.11 (forbidden overwrites); cos-operations-2.md s.4
 * (appends), s.6.3 (lifecycles); cos-wire.md s.2.1 (the rest).
 *
 * No document says which of several reasons a refusal gives: what may be refused is a set, and
 * any of it is right. Where documents are silent, docs/DEVIATIONS.md says what was decided.
 */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include "bodies.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)

enum {
    MODEL_KEYS = 5,
    MODEL_VERSIONS = 160, /* of a key; more than a sequence makes */
    MODEL_UPLOADS = 2,
    MODEL_PARTS = 3,
    MODEL_RULES = 3,
    MODEL_PART_MIN_BYTES = 5, /* what the service has as 1 MB */
};

enum versioning { NEVER, ENABLED, SUSPENDED };
enum class { STANDARD, STANDARD_IA, ARCHIVE, DEEP_ARCHIVE, CLASSES }; /* the hotter first */
enum canned { DEFAULT, PRIVATE, PUBLIC_READ };
enum tier { EXPEDITED, STANDARD_TIER, BULK };

/* What a write says of the object that it makes. */
struct traits {
    enum class class;
    unsigned tags; /* which set; 0: none */
    enum canned acl;
    unsigned meta; /* x-cos-meta-m; 0: none */
    int64_t until; /* unix ms: the end of its retention; 0: none */
};
/* asked_at 0: nobody asked. */
struct restore {
    enum tier tier;
    int64_t asked_at, done_at, ends_at;
};
struct version {
    char id[40]; /* "null", or what the answer said */
    bool is_marker, is_appendable;
    unsigned body;
    char etag[48]; /* without quotes */
    struct traits is;
    struct restore restore;
    int64_t born; /* unix ms */
};
struct key {
    const char *name;
    struct version versions[MODEL_VERSIONS]; /* the newest first */
    size_t n;
};
struct upload {
    char id[100]; /* "": none */
    size_t key;
    unsigned parts[MODEL_PARTS]; /* bodies; 0: not there */
    char etags[MODEL_PARTS][48];
    struct traits is;
    int64_t born;
};
enum rule_kind {
    RULE_EXPIRE = 1,
    RULE_OLD_GO,
    RULE_ABORT,
    RULE_MARKERS_GO,
    RULE_MOVE,
    RULE_OLD_MOVE,
    RULE_KINDS
};
struct rule {
    enum rule_kind kind;
    const char *prefix; /* "": all keys */
    unsigned tags;      /* only objects with tags like the first set; 0: all */
    int days;
    enum class class; /* where it moves them */
};
struct model {
    struct bodies *bodies;
    struct key keys[MODEL_KEYS]; /* in byte order */
    enum versioning versioning;
    enum canned acl; /* of the bucket */
    bool has_lock;
    struct upload uploads[MODEL_UPLOADS];
    struct rule rules[MODEL_RULES];
    size_t n_rules;
    int64_t now; /* unix ms */
};

/* code NULL: any. */
struct refusals {
    struct {
        int status;
        const char *code;
    } rows[8];
    size_t n;
    bool is_open; /* and no document says whether it is refused at all */
};

void model_init(struct model *m, struct bodies *bodies, int64_t now);

/** The index of a version; k->n: there is none. */
size_t model_find(const struct key *k, const char *id);
/** NULL: a GET finds nothing. @id NULL: the latest. */
const struct version *model_served(const struct key *k, const char *id);
/** What a change of a part of the object, its tags say, would change; NULL: nothing. */
struct version *model_changed(struct key *k, const char *id);
bool model_is_locked(const struct model *m, const struct version *v);
bool model_is_restored(const struct model *m, const struct version *v);
bool model_is_running(const struct model *m, const struct version *v);
bool model_is_archived(const struct version *v);

/* --- what may be refused --- */
void model_refuse(struct refusals *r, int status, const char *code);
/** A read of the bytes, by GET or as a source. */
void model_refuse_read(const struct model *m, const struct key *k, const char *id,
                       struct refusals *r);
void model_refuse_source(const struct model *m, const struct key *k, const char *id,
                         struct refusals *r);
/** A write without a version that makes an object of this key. */
void model_refuse_write(const struct model *m, const struct key *k, const struct traits *is,
                        bool forbids_overwrite, struct refusals *r);
void model_refuse_delete(const struct model *m, const struct key *k, const char *id,
                         struct refusals *r);
void model_refuse_append(const struct model *m, const struct key *k, size_t position,
                         struct refusals *r);
/** A request about tags, list or retention of what has to be there; @writes what a retention
 *  protects. */
void model_refuse_change(const struct model *m, const struct key *k, const char *id,
                         bool writes, struct refusals *r);
void model_refuse_restore(const struct model *m, const struct key *k, const char *id,
                          enum tier tier, struct refusals *r);
/** Nobody who signs asks for the bytes. */
void model_refuse_stranger(const struct model *m, const struct key *k, const char *id,
                           struct refusals *r);

/* --- what happens --- */
/** A version in front of all others, in the place of the one without an id where there are
 *  none. @id is what the answer said. NULL: no room for it. */
struct version *model_add(const struct model *m, struct key *k, const char *id);
/** The same where an append begins, whatever the versioning. */
struct version *model_add_without_id(const struct model *m, struct key *k);
void model_remove(struct key *k, size_t i);
/** What DELETE without a version does. False: no room. */
bool model_cover(struct model *m, struct key *k, const char *id);
void model_restore(const struct model *m, struct version *v, enum tier tier, int days);

/* The id of a marker that nobody was told. */
#define MODEL_UNKNOWN_ID "?"
/** Until then time passes, under the rules there are. False: no room. */
bool model_pass(struct model *m, int64_t until);

#endif
