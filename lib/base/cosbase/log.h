/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A log sink with redaction. Libraries get a sink from their caller and never a global. Any line is scrubbed before
 * it reaches the sink: every secret registered with the redactor is replaced by its hint; registering what
 * is secret is the caller's business.
 */
#ifndef COSBASE_LOG_H
#define COSBASE_LOG_H

#include "cosbase/buf.h"

enum cos_log_level { COS_LOG_ERROR, COS_LOG_WARN, COS_LOG_INFO, COS_LOG_DEBUG, COS_LOG_TRACE };

/** The secrets to scrub; locks itself. Secrets shorter than 8 bytes are not registered (they would scrub words). */
struct cos_redactor;
COS_MUST_CHECK struct cos_redactor *cos_redactor_new(void);
struct cos_redactor *cos_redactor_free(struct cos_redactor *r);
COS_MUST_CHECK int cos_redactor_add(struct cos_redactor *r, struct cos_span secret);
/** Append @line to @out with every registered secret replaced. NULL redactor copies. */
void cos_redact(const struct cos_redactor *r, struct cos_buf *out, struct cos_span line);

struct cos_log {
    void (*write)(void *ctx, enum cos_log_level level, const char *area,
                  const char *line); /* NULL: silent */
    void *ctx;
    enum cos_log_level max_level;
    const struct cos_redactor *redactor; /* may be NULL */
};
void cos_log_write(const struct cos_log *log, enum cos_log_level level, const char *area,
                   const char *fmt, ...) COS_PRINTF(4, 5);
/** A ready sink: "2026-11-22T20:00:00.000Z WARN area: line" to a FILE* given as ctx. */
void cos_log_to_file(void *ctx, enum cos_log_level level, const char *area, const char *line);

#endif
