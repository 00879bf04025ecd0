/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a case takes along into the report. Heap texts; a secret of the case is never in them.
 */
#ifndef CONFORM_EVIDENCE_H
#define CONFORM_EVIDENCE_H

#include "cosbase/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct env;

/**
 * The last @max_lines journal entries as JSON lines, and the first and last number of all.
 * NULL: none.
 */
char *evidence_journal(struct env *env, size_t max_lines, uint64_t *first_seq,
                       uint64_t *last_seq);
char *evidence_log_tail(struct env *env, size_t max_bytes);
/** @text, or a word in its place when it holds a secret. "" for NULL. */
const char *evidence_text(const struct env *env, const char *text);
/**
 * True when @text shows @secret: 16 characters of it in a row, or all of a shorter one.
 */
bool evidence_shows(struct cos_span text, const char *secret);
/** The mock's own sentence for the last request it refused; "" when it refused none. */
const char *evidence_refusal(struct env *env);
/** True when a signed request did not verify: a wrong signature, or one for another time. */
bool evidence_missigned(struct env *env);
/** True when the permanent secret stands in the subject's log. */
bool evidence_log_leaks(const struct env *env);

#endif
