/* SPDX-License-Identifier: Apache-2.0 */
/* Colours of a terminal: the eight that every palette has readable on its own background. */
#include "style.h"

enum style style_of_verdict(enum conform_verdict v)
{
    static const enum style by_verdict[CONFORM_VERDICTS] = {
        [CONFORM_PASS] = STYLE_GOOD,       [CONFORM_FAIL] = STYLE_BAD,
        [CONFORM_WARN] = STYLE_WARNING,    [CONFORM_INFO] = STYLE_NOTE,
        [CONFORM_SKIP] = STYLE_FAINT,      [CONFORM_ERROR] = STYLE_BAD,
        [CONFORM_XFAIL] = STYLE_WARNING,   [CONFORM_XPASS] = STYLE_BAD,
        [CONFORM_BLOCKED] = STYLE_BLOCKED,
    };
    return by_verdict[v];
}

const char *style_begin(enum style style)
{
    static const char *const codes[STYLES] = {
        [STYLE_PLAIN] = "",           [STYLE_GOOD] = "\033[32m",   [STYLE_BAD] = "\033[1;31m",
        [STYLE_WARNING] = "\033[33m", [STYLE_NOTE] = "\033[36m",   [STYLE_FAINT] = "\033[2m",
        [STYLE_BLOCKED] = "\033[35m", [STYLE_HEADING] = "\033[1m",
    };
    return codes[style];
}
