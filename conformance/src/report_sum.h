/* SPDX-License-Identifier: Apache-2.0 */
/* What a whole run comes to, in a word and in a sentence: the same in every form. */
#ifndef CONFORM_REPORT_SUM_H
#define CONFORM_REPORT_SUM_H

#include "run.h"
#include "style.h"

struct report_sum {
    /* "Not certifiable". */
    const char *title;
    enum style style;
    /* "3 of 158 MUST do not hold"; no full stop. */
    char sentence[256];
};
void report_sum_up(const struct conform_report *report, struct report_sum *out);
/** Cases that have a verdict. */
size_t report_n_done(const struct conform_report *report);
/** What was judged: file, or what stands for it; never NULL. */
const char *report_subject(const struct conform_report *report);
/**
 * The @at-th requirement that does not hold: FAIL, ERROR and XPASS in order of the catalogue,
 * then WARN. NULL behind the last.
 */
const struct outcome *report_failure(const struct conform_report *report, size_t at);

#endif
