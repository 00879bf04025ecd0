/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expectations about answers, values, the store and secrets. What does not hold ends the case.
 */
#ifndef CONFORM_EXPECT_H
#define CONFORM_EXPECT_H

#include "cosbase/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct conf;
struct env;
struct reply;

void expect_ok(struct env *env, const struct reply *r);
/**
 * The positive half of a negative case: the same thing, still allowed or alive, is fine.
 * Without it a refusal shows nothing.
 */
void control_ok(struct env *env, const struct reply *r);
/**
 * @classes: "ACCESS_DENIED" or an explicit set "AUTH|ACCESS_DENIED". Also pings. A class that
 * the driver guessed from a text is noted, not judged: the journal must carry the verdict.
 */
void expect_error(struct env *env, const struct reply *r, const char *classes);
/**
 * An error, and the journal shows why: since the mark an @op (NULL: any) was refused by a
 * policy, or, of a multi-delete, a key of it. A missing token or a bad signature is another
 * matter.
 */
void expect_denied(struct env *env, const struct reply *r, const char *op);
/**
 * An error, and the journal shows why: since the mark an @op was refused with a dead token.
 */
void expect_expired(struct env *env, const struct reply *r, const char *op);
/** Not done: `result` false, which Fluss's FileSystem allows here, or an error of @classes. */
void expect_refused(struct env *env, const struct reply *r, const char *classes);
void expect_message_has(struct env *env, const struct reply *r, const char *text);
void expect_true(struct env *env, bool holds, const char *fmt, ...) COS_PRINTF(3, 4);
void expect_i64(struct env *env, const char *what, int64_t got, int64_t want);
void expect_between(struct env *env, const char *what, int64_t got, int64_t low, int64_t high);
void expect_str(struct env *env, const char *what, const char *got, const char *want);
void expect_has(struct env *env, const char *what, const char *text, const char *needle);
void expect_lacks(struct env *env, const char *what, const char *text, const char *needle);
/** Same JSON value whatever the blanks and the order of members. */
void expect_same_json(struct env *env, const char *what, const char *got, const char *want);
/**
 * A list reply holds exactly these children (last path segments; directories end with '/'), in
 * any order.
 */
void expect_listing(struct env *env, const struct reply *r, const char *const names[],
                    size_t n);
/**
 * A list reply holds @n entries, and they are the ones env_put_many(prefix, suffix, n) made
 * (no more, no less, once each).
 */
void expect_listing_many(struct env *env, const struct reply *r, const char *prefix,
                         const char *suffix, unsigned n);
void expect_stored_gen(struct env *env, const char *key, uint64_t seed, size_t bytes);
void expect_stored_text(struct env *env, const char *key, const char *text);
void expect_not_stored(struct env *env, const char *key);
/**
 * No secret of this case, nor 16 characters of one, stands in logs, errors or any other output
 * of the subject (get_token's payload excepted). The permanent secret in a log is SEC-001's
 * matter, which looks at every case.
 */
void expect_no_leak(struct env *env);
/** The same of answers alone, errors among them: logs are another requirement's. */
void expect_no_leak_in_replies(struct env *env);
/** op_configure and op_open, both expected to be fine; the handle. */
int64_t op_fs(struct env *env, const char *who, struct conf *c, const char *uri);

#endif
