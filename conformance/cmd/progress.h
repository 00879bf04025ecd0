/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes on, while it goes on, on standard error: one line that is written over, areas
 * filling in the colours of their verdicts; where that cannot be, a line a second.
 */
#ifndef CONFORM_PROGRESS_H
#define CONFORM_PROGRESS_H

#include "cmd.h"
#include "cosbase/buf.h"
#include "verdict.h"

enum progress_form { PROGRESS_OFF, PROGRESS_LINES, PROGRESS_BAR };
struct progress_area {
    const char *name;
    size_t n, n_done, n_bad;
    /* Of what is done; only when n_done > 0. */
    enum conform_verdict worst;
};
struct progress {
    enum progress_form form;
    bool has_color, has_utf8;
    struct progress_area areas[32];
    size_t n_areas, n_bad;
    /* Of the run, when something was last written. */
    int64_t written_ms;
    bool is_drawn;
};

/** What @cmd selects; --progress, or by what standard error is. 0 or a usage status. */
int progress_init(struct progress *p, struct cmd *cmd);
void progress_take(struct progress *p, const struct conform_result *result);
void progress_tick(struct progress *p, const struct conform_moment *moment);
/** Nothing of the line stays. */
void progress_end(struct progress *p);
/** The line for a terminal of @columns. */
void progress_line(struct cos_buf *out, const struct progress *p,
                   const struct conform_moment *moment, size_t columns);

#endif
