/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The levels of a log and one ready sink. Libraries get a sink from their caller and never a
 * global; what is secret is left out where a line is written, because a line that was scrubbed
 * afterwards has been whole once.
 */
#ifndef COSBASE_LOG_H
#define COSBASE_LOG_H

#include "cosbase/base.h"

enum cos_log_level { COS_LOG_ERROR, COS_LOG_WARN, COS_LOG_INFO, COS_LOG_DEBUG, COS_LOG_TRACE };

/** A ready sink: "2026-11-22T20:00:00.000Z WARN area: line" to a FILE* given as ctx. */
void cos_log_to_file(void *ctx, enum cos_log_level level, const char *area, const char *line);

#endif
