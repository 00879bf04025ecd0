/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sequence of operations as data: drawn, written as a script, read from one. An operation is
 * a verb and small numbers that its step reads as it likes, modulo what there is, so that any
 * of them may be left out and the rest still means something. All zero is the plainest.
 */
#ifndef MODEL_SEQUENCE_H
#define MODEL_SEQUENCE_H

#include "cosbase/buf.h"
#include "cosbase/rng.h"

#include <stdbool.h>
#include <stddef.h>

enum verb {
    PUT,
    COPY,
    DELETE,
    DELETE_MANY,
    VERSIONING,
    APPEND,
    TAG,
    ACL,
    BUCKET_ACL,
    INITIATE,
    PART,
    PART_COPY,
    COMPLETE,
    ABORT,
    RULES,
    PASS,
    RESTORE,
    LOCK,
    RETAIN,
    STRANGER,
    SAVE,
    BACK,
    RESTART,
    VERBS
};
enum field {
    KEY,     /* of what */
    FROM,    /* of a source, of another entry */
    VERSION, /* 0: none is named */
    CLASS,
    TAGS,
    LIST, /* the access control list */
    META,
    UNTIL, /* the end of a retention, days */
    CHOICE,
    BIG,
    FORBID,
    FIELDS
};
struct op {
    enum verb verb;
    unsigned char at[FIELDS];
};
enum { SEQUENCE_OPS = 30 };
struct sequence {
    bool is_kept; /* in a directory; restarts are restarts only there */
    struct op ops[SEQUENCE_OPS];
    size_t n;
};

void sequence_draw(struct sequence *s, struct cos_rng *rng);
/** Ends with the operation, a line each. */
void sequence_write(const struct sequence *s, struct cos_buf *out);
/** What sequence_write() wrote; lines that begin with '#' are passed over. The number of the
 *  line that is none; 0: all are. */
size_t sequence_read(struct sequence *s, const char *text);
const char *verb_name(enum verb verb);

#endif
