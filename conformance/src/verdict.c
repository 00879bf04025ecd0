/* SPDX-License-Identifier: Apache-2.0 */
/* The words of a verdict and their order. */
#include "verdict.h"

const char *verdict_name(enum conform_verdict v)
{
    static const char *const names[CONFORM_VERDICTS] = {"PASS",  "FAIL",  "WARN",
                                                        "INFO",  "SKIP",  "ERROR",
                                                        "XFAIL", "XPASS", "BLOCKED"};
    return names[v];
}

enum conform_verdict verdict_of_violation(enum requirement_level level)
{
    static const enum conform_verdict by_level[] = {CONFORM_FAIL, CONFORM_WARN, CONFORM_INFO};
    return by_level[level];
}

enum conform_verdict verdict_worse(enum conform_verdict a, enum conform_verdict b)
{
    static const unsigned char rank[CONFORM_VERDICTS] = {
        [CONFORM_SKIP] = 0,    [CONFORM_PASS] = 1,  [CONFORM_INFO] = 2,
        [CONFORM_BLOCKED] = 3, [CONFORM_XFAIL] = 4, [CONFORM_WARN] = 5,
        [CONFORM_XPASS] = 6,   [CONFORM_FAIL] = 7,  [CONFORM_ERROR] = 8};
    return rank[a] >= rank[b] ? a : b;
}
