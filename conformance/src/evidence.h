/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a case takes along into the report. Heap texts; a secret of the case is never in them.
 */
#ifndef CONFORM_EVIDENCE_H
#define CONFORM_EVIDENCE_H

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
/** True when the permanent secret stands in the subject's log. */
bool evidence_log_leaks(const struct env *env);

#endif
