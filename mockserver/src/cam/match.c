/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Globs of CAM: '*' matches any bytes, '/' and none included; everything else is itself, '?' too (sts-cam.md s.3.1: undocumented). After a mismatch only the last
 * star is tried again, so the time is at most length times length, never exponential.
 */
#include "cam/cam.h"

bool cam_glob(struct cos_span pattern, struct cos_span text)
{
    size_t p = 0;
    size_t at = 0;
    size_t star = SIZE_MAX;
    size_t resume = 0;
    while (at < text.len) {
        if (p < pattern.len && pattern.ptr[p] == '*') {
            star = p++;
            resume = at;
        } else if (p < pattern.len && pattern.ptr[p] == text.ptr[at]) {
            p++;
            at++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            at = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.ptr[p] == '*') {
        p++;
    }
    return p == pattern.len;
}
