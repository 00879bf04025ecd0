/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waivers: failures a user knows of, given from outside the suite (conformance.md R2, R17): id,
 * reason, issue, expiry day.
 */
#ifndef CONFORM_WAIVERS_H
#define CONFORM_WAIVERS_H

#include "catalogue.h"

struct waiver {
    /* "2027-01-31". */
    const char *id, *reason, *issue, *expires;
};
struct waivers {
    struct cos_arena arena;
    struct waiver *items;
    size_t n;
};
/** 0, or -1 with @why: file, line, what is wrong, what would be right. */
COS_MUST_CHECK int waivers_load(struct waivers *out, const struct catalogue *c,
                                const char *path, char why[512]);
void waivers_deinit(struct waivers *w);
const struct waiver *waivers_find(const struct waivers *w, const char *id); /* NULL-tolerant */
bool waiver_is_expired(const struct waiver *w, int64_t unix_ms);

#endif
