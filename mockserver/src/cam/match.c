/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Globs of CAM: '*' matches any bytes, '/' and none included; everything else is itself, '?'
 * too (sts-cam.md s.3.1: undocumented). The text between two stars is taken where it comes
 * first, and never looked for again: what an earlier place leaves over is never less. So the
 * time is that of one search through the text, whatever the pattern; trying every place anew
 * cost a multi-delete of 1000 keys 1.3 s under one session policy of 6 KiB.
 */
#include "cam/cam.h"

bool cam_glob(struct cos_span pattern, struct cos_span text)
{
    size_t star = cos_span_chr(pattern, '*');
    if (star == SIZE_MAX) {
        return cos_span_eq(pattern, text);
    }
    if (!cos_span_starts(text, cos_span_sub(pattern, 0, star))) {
        return false;
    }
    text = cos_span_from(text, star);
    pattern = cos_span_from(pattern, star + 1);
    while ((star = cos_span_chr(pattern, '*')) != SIZE_MAX) {
        size_t found = cos_span_find(text, cos_span_sub(pattern, 0, star));
        if (found == SIZE_MAX) {
            return false;
        }
        text = cos_span_from(text, found + star);
        pattern = cos_span_from(pattern, star + 1);
    }
    return cos_span_ends(text, pattern);
}
