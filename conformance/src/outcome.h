/* SPDX-License-Identifier: Apache-2.0 */
/* How a case ends, and its memory: the bottom of everything a case may use. */
#ifndef CONFORM_OUTCOME_H
#define CONFORM_OUTCOME_H

#include "cosbase/buf.h"
#include "verdict.h"

#include <stdarg.h>

struct cos_json;
struct env;

#define CASE_NORETURN __attribute__((noreturn))

/* ---- endings ---- */

/** A violation: FAIL, WARN or INFO by the level of the requirement. */
CASE_NORETURN void case_fail(struct env *env, const char *fmt, ...) COS_PRINTF(2, 3);
CASE_NORETURN void case_vfail(struct env *env, const char *fmt, va_list ap) COS_PRINTF(2, 0);
CASE_NORETURN void case_skip(struct env *env, const char *fmt, ...) COS_PRINTF(2, 3);
/** Harness trouble, never the subject's fault. */
CASE_NORETURN void case_error(struct env *env, const char *fmt, ...) COS_PRINTF(2, 3);
/** An observation: the case goes on and ends as INFO instead of PASS. */
void case_info(struct env *env, const char *fmt, ...) COS_PRINTF(2, 3);
/** A remark on a case that passes: it stays PASS. */
void case_note(struct env *env, const char *fmt, ...) COS_PRINTF(2, 3);
/**
 * What was judged is the harness's, not the subject's: the case goes on and ends as INFO,
 * which never stands against a certificate.
 */
void case_harness(struct env *env, const char *sentence);
/** The subject's language has no way to do @what: a SKIP that costs no certificate. */
CASE_NORETURN void case_lacking(struct env *env, const char *what);
/** The verdict that the others are made of. */
CASE_NORETURN void env_end(struct env *env, enum conform_verdict verdict, const char *fmt, ...)
    COS_PRINTF(3, 4);
/** Without memory a case cannot go on. */
CASE_NORETURN void env_out_of_memory(struct env *env);

/* ---- memory that lives as long as the env ---- */

/** Zeroed; never NULL (else ERROR). */
void *env_alloc(struct env *env, size_t bytes);
/** A printf into memory of the env. Every string a case builds is made with it. */
const char *env_text(struct env *env, const char *fmt, ...) COS_PRINTF(2, 3);
/** @node printed; "null" for NULL. */
const char *env_json(struct env *env, const struct cos_json *node);
/** @text as a JSON string, with its quotes. */
const char *env_quoted(struct env *env, const char *text);
/** A buffer that the case's ending does not lose. */
struct cos_buf *env_buf(struct env *env, size_t max);
/** What @b holds; @b is emptied, and the case ends when it had failed. */
const char *env_keep(struct env *env, struct cos_buf *b);
/** The end of it all. */
void env_forget(struct env *env);

#endif
