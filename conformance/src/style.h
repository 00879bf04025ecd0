/* SPDX-License-Identifier: Apache-2.0 */
/* How words look on a terminal: few colours, one meaning each, and never colour alone. */
#ifndef CONFORM_STYLE_H
#define CONFORM_STYLE_H

#include "verdict.h"

enum style {
    STYLE_PLAIN,
    STYLE_GOOD,
    STYLE_BAD,
    STYLE_WARNING,
    STYLE_NOTE,
    STYLE_BLOCKED,
    STYLE_FAINT,
    STYLE_HEADING,
    STYLES
};
enum style style_of_verdict(enum conform_verdict v);
/** The escape sequence that begins @style; "" for the plain one. */
const char *style_begin(enum style style);
/** Ends any of them. */
#define STYLE_END "\033[0m"

#endif
