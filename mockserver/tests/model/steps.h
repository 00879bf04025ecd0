/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of a sequence, by theme: what each verb asks, and what the model makes of it. */
#ifndef MODEL_STEPS_H
#define MODEL_STEPS_H

#include "run.h"

extern const char *const class_names[CLASSES];
extern const char *const canned_names[3];

/* --- steps_words.c --- */
struct key *key_of(struct run *r, unsigned number);
/** One of its versions, the one without an id, or nobody's. @out holds it: a version may go. */
const char *id_of(const struct key *k, unsigned number, char out[40]);
void header(struct run *r, const char *name, const char *value);
/** Whole seconds, and never the same again. */
int64_t end_of_retention(const struct run *r, unsigned number);
/** The headers of a write, and what they say. */
struct traits say_traits(struct run *r, const struct op *op);
void say_retention(struct run *r, const struct op *op, struct traits *is);
bool say_forbid(struct run *r, const struct op *op);
unsigned make_body(struct run *r, size_t n);
unsigned join_bodies(struct run *r, unsigned first, unsigned second);
void ask_with(struct run *r, const char *method, const char *target, struct cos_span body);
void ask_document(struct run *r, const char *method, const char *target, const char *document);
/** Without quotes, of either kind. */
void copy_etag(char out[48], const char *text);
/** A new id where there are versions; none otherwise. */
void check_id(struct run *r, const struct key *k, const char *id);
struct version *add_version(struct run *r, struct key *k, const char *id);

/* --- steps_objects.c --- */
void step_put(struct run *r, const struct op *op);
void say_source(struct run *r, const struct key *from, const char *id);
void step_copy(struct run *r, const struct op *op);
/** At its end, or a byte beside it. */
void step_append(struct run *r, const struct op *op);
void step_delete_one(struct run *r, const struct op *op);
void step_delete_many(struct run *r, const struct op *op);
void step_tag(struct run *r, const struct op *op);
void step_set_list(struct run *r, const struct op *op);
void step_retain(struct run *r, const struct op *op);
void step_restore(struct run *r, const struct op *op);

/* --- steps_uploads.c --- */
void step_initiate(struct run *r, const struct op *op);
void step_put_part(struct run *r, const struct op *op);
void step_copy_part(struct run *r, const struct op *op);
void step_complete(struct run *r, const struct op *op);
void step_abort_upload(struct run *r, const struct op *op);

/* --- steps_time.c --- */
/** One rule more; none at all, now and then. */
void step_add_rule(struct run *r, const struct op *op);
void step_pass(struct run *r, const struct op *op);
void step_save(struct run *r);
void step_go_back(struct run *r);

#endif
