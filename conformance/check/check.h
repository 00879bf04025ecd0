/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `driver check`: is a driver right? Steps that ask it one thing each, first byte by byte, then
 * as the suite would, on a world of their own. They hold the driver to PROTOCOL.md and judge no
 * subject; but a driver cannot be shown without one, so a step asks for what every subject can.
 */
#ifndef CONFORM_CHECK_H
#define CONFORM_CHECK_H

#include "case_table.h"
#include "cosconform/suite.h"
#include "verdict.h"

struct spelling;

struct check_step {
    /* What holds when it does. */
    const char *name;
    /* The heading in PROTOCOL.md, and what would be right. */
    const char *section, *right;
    /* Capabilities, as of a case; NULL: none. */
    const char *needs;
    /* One of them: alone with the driver, or a conversation. */
    bool (*spell)(struct spelling *s);
    void (*talk)(struct env *env);
    unsigned flags;
};
struct check_result {
    const struct check_step *step;
    /* PASS, FAIL, or SKIP: not tried, and why. */
    enum conform_verdict verdict;
    /* Texts end with the call that shows them; sent and came may be "". */
    const char *why, *sent, *came;
    int64_t duration_us;
};
struct check_counts {
    size_t n_held, n_failed, n_untried;
};
typedef void (*check_show_fn)(void *ctx, const struct check_result *result);

/** Each ends with a NULL name. */
extern const struct check_step check_spelling[], check_talk[];
/**
 * Check the driver of @options. False with @why when there is no place to do it; what is wrong
 * with the driver is shown, step by step, by @show.
 */
bool check_driver(const struct conform_options *options, check_show_fn show, void *ctx,
                  struct check_counts *out, char why[512]);

/* spelling.c */
struct spelling *spelling_new(const struct conform_options *options);
struct spelling *spelling_free(struct spelling *s);
/** True: the rest may be tried, it can be talked to. Fills @out; borrowed until the next. */
bool spelling_try(struct spelling *s, const struct check_step *step, struct check_result *out);

#endif
