/* SPDX-License-Identifier: Apache-2.0 */
/* The mock's journal as a case reads it, and expectations about it. */
#ifndef CONFORM_JOURNAL_H
#define CONFORM_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cosmock_entry;
struct env;

struct journal {
    size_t n;
    const struct cosmock_entry *e;
};
/** Look only at what comes after now. */
void journal_mark(struct env *env);
/** Entries after the mark, of operation @op (NULL: all), oldest first. */
struct journal journal_of(struct env *env, const char *op);
size_t journal_count(struct env *env, const char *op);
/** The last one of its kind; fails the case when there is none. */
const struct cosmock_entry *journal_last(struct env *env, const char *op);
const struct cosmock_entry *journal_first(struct env *env, const char *op);
/**
 * Wait until there are @n entries of @op, at most @limit_ms of real time: true when they came.
 * For what a subject does by itself, on threads of its own; a case never sleeps.
 */
bool journal_await(struct env *env, const char *op, size_t n, int64_t limit_ms);
void expect_count(struct env *env, const char *op, size_t want);
void expect_count_between(struct env *env, const char *op, size_t low, size_t high);
/** Nothing at all after the mark. */
void expect_no_traffic(struct env *env);
/** There are requests after the mark, and all verified: authn "ok", token "ok" or "none". */
void expect_all_verified(struct env *env);
/** There are requests after the mark, and every COS one was signed by @secret_id. */
void expect_signed_by(struct env *env, const char *secret_id);
/** There are requests after the mark, and nothing but GET and HEAD. */
void expect_no_writes(struct env *env);

#endif
