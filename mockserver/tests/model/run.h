/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One sequence against one tenant: it asks, remembers what was asked, and stops by a long jump
 * where the answer and the model disagree.
 */
#ifndef MODEL_RUN_H
#define MODEL_RUN_H

#include "model.h"
#include "sequence.h"

#include "door.h"
#include "scratch.h"

#include "cosbase/buf.h"

struct run {
    struct door door;
    struct scratch scratch; /* of the snapshot, and of the data directory */
    bool is_kept;
    bool is_spoilt; /* the mock refuses to delete what is not there: no document says so */
    struct model model, saved;
    bool has_saved;
    struct bodies bodies;
    struct answer answer;   /* to the last request */
    struct cos_buf headers; /* of the next request, lines */
    struct cos_buf text;    /* a document */
    struct cos_buf trace;   /* what was asked, and the answers, as lines of a script */
    bool is_traced;
    unsigned n_asked;
    jmp_buf out;
    char why[3000]; /* "": all agrees */
};

/** With room for a snapshot and a directory. */
void run_make(struct run *r);
void run_remove(struct run *r);
/** True: nothing disagrees; else r->why says what. */
bool run_sequence(struct run *r, const struct sequence *s);
/** The directory's mock ends and another begins. */
void run_restart(struct run *r);

/** Does not return. */
void disagree(struct run *r, const char *fmt, ...) COS_PRINTF(2, 3) __attribute__((noreturn));
/** r->answer; the text behind @q is freed with the next. Takes r->headers along. */
void ask(struct run *r, const struct ask *q);
void ask_plain(struct run *r, const char *method, const char *target);
void expect_text(struct run *r, const char *what, const char *got, const char *expected);
void expect_header(struct run *r, const char *name, const char *expected);
/** True: it was done. False: it was refused, and might be. */
bool is_done(struct run *r, const struct refusals *refusals, int status);
/** "/key?what&versionId=id"; what and id may be NULL. Static buffer. */
const char *target_of(const struct key *k, const char *what, const char *id);

/** What an operation does. */
void step(struct run *r, const struct op *op);
/** Does the mock show this key as the model has it? The latest, and the version of this
 *  number, if there is one. */
void look_at(struct run *r, const struct key *k, size_t version);
/** And all there is, by all lists. */
void look_at_all(struct run *r);
/** Only an empty bucket goes: empty it, and see it go. */
void empty_bucket(struct run *r);

#endif
