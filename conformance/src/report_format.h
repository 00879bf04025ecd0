/* SPDX-License-Identifier: Apache-2.0 */
/* The forms a run is written in, a row each. */
#ifndef CONFORM_REPORT_FORMAT_H
#define CONFORM_REPORT_FORMAT_H

#include "cosconform/report.h"

/* Trouble with the stream itself is told by whoever commits it. Unused functions are NULL. */
struct report_format {
    /* The word for conform_report_write(). */
    const char *name;
    /* In --out; NULL: only for the terminal. */
    const char *file;
    void (*begin)(FILE *to, const struct conform_options *options);
    /* As cases end. A format that has it is written while the run goes on. */
    void (*result)(FILE *to, const struct conform_result *result);
    /** 0 or -errno. */
    int (*end)(FILE *to, const struct conform_report *report);
};

extern const struct report_format report_format_results, report_format_journal,
    report_format_junit, report_format_tap, report_format_markdown, report_format_annotations,
    report_format_html, report_format_terminal, report_format_verbose;

/** Every format, NULL-terminated, in the order in which files are written. */
const struct report_format *const *report_formats(void);

#endif
