/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A secret string: heap copy, wiped on deinit, printable only as its first four characters and
 * an ellipsis.
 */
#ifndef COSBASE_SECRET_H
#define COSBASE_SECRET_H

#include "cosbase/span.h"

struct cos_secret {
    char *ptr; /* NUL-terminated; NULL: none */
    size_t len;
};

COS_MUST_CHECK int cos_secret_set(struct cos_secret *s,
                                  struct cos_span value); /* 0, or -1 out of memory; replaces */
void cos_secret_deinit(struct cos_secret *s);
struct cos_span cos_secret_view(const struct cos_secret *s);
/** "AKID…" (first 4 bytes, then U+2026), or "…" when shorter than 8 bytes, into @out. */
void cos_secret_hint(char out[8], struct cos_span value);
void cos_wipe(void *p, size_t n); /* never optimised away */
/** Make core files of this process impossible (RLIMIT_CORE 0, PR_SET_DUMPABLE 0 unless a
 *  debugger needs it). */
void cos_secret_no_core(void);

#endif
