/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text of unknown making in a report: what a subject answered or logged may hold bytes that are
 * no UTF-8, escape sequences of terminals, marks that turn the direction of what follows.
 * Every form reads it code point by code point and shows those by name.
 */
#ifndef CONFORM_REPORT_TEXT_H
#define CONFORM_REPORT_TEXT_H

#include "cosbase/buf.h"

/**
 * Take the first code point off @rest (not empty); a byte that is no UTF-8 is U+FFFD. @bytes:
 * the UTF-8 of what is returned.
 */
uint32_t report_text_next(struct cos_span *rest, struct cos_span *bytes);
/**
 * True for what must be named, not shown: controls, marks of direction, what has no width.
 * TAB and LF are for the form to decide.
 */
bool report_text_is_hidden(uint32_t code_point);
/** In one line: "<U+202E>" for what is hidden, blanks for TAB and LF. */
void report_text_line(struct cos_buf *b, const char *text);

#endif
