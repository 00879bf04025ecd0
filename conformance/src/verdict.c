/* SPDX-License-Identifier: Apache-2.0 */
/* The words of a verdict and their order. */
#include "verdict.h"

const char *verdict_name(enum conform_verdict v)
{
    static const char *const names[CONFORM_VERDICTS] = {"PASS", "FAIL",  "WARN",  "INFO",
                                                        "SKIP", "ERROR", "XFAIL", "XPASS"};
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
        [CONFORM_SKIP] = 0, [CONFORM_PASS] = 1,  [CONFORM_INFO] = 2, [CONFORM_XFAIL] = 3,
        [CONFORM_WARN] = 4, [CONFORM_XPASS] = 5, [CONFORM_FAIL] = 6, [CONFORM_ERROR] = 7};
    return rank[a] >= rank[b] ? a : b;
}
