/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of report formats, and a whole report in one of them. A new format is a file
 * report_<name>.c and a line here.
 */
#include "report_format.h"

#include "cosbase/outfile.h"
#include "run.h"

#include <errno.h>
#include <string.h>

const struct report_format *const *report_formats(void)
{
    static const struct report_format *const formats[] = {
        &report_format_results,     &report_format_journal,
        &report_format_junit,       &report_format_tap,
        &report_format_markdown,    &report_format_html,
        &report_format_annotations, &report_format_terminal,
        &report_format_verbose,     NULL};
    return formats;
}

static int write_all(FILE *to, const struct report_format *f,
                     const struct conform_report *report)
{
    if (f->begin != NULL) {
        f->begin(to, &report->options);
    }
    for (size_t i = 0; f->result != NULL && i < report->n; i++) {
        if (report->is_done[i]) {
            f->result(to, &report->results[i]);
        }
    }
    return f->end(to, report);
}

int conform_report_write(const struct conform_report *report, const char *format,
                         const char *path)
{
    const struct report_format *const *f = report_formats();
    while (*f != NULL && strcmp((*f)->name, format) != 0) {
        f++;
    }
    if (*f == NULL) {
        return -EINVAL;
    }
    COS_CLEANUP(cos_outfile_deinit) struct cos_outfile out = {.is_open = false};
    int r = cos_outfile_open(&out, path, 0644, /* flags= */ 0);
    FILE *to = r < 0 ? NULL : cos_outfile_stream(&out);
    if (to != NULL) {
        r = write_all(to, *f, report);
    }
    return r < 0 ? r : cos_outfile_commit(&out);
}
