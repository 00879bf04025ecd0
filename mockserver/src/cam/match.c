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

/* Behind the UTF-8 character that begins at @at. */
static size_t behind_character(struct cos_span text, size_t at)
{
    for (at++; at < text.len && ((unsigned char)text.ptr[at] & 0xc0) == 0x80;) {
        at++;
    }
    return at;
}

/* Only where a switch asks for marks: a text between two stars is looked for place by place,
 * which is the square of its length at worst. */
bool cam_glob_with_marks(struct cos_span pattern, struct cos_span text)
{
    size_t p = 0;
    size_t t = 0;
    size_t star = SIZE_MAX; /* the last one, and where what it matches ends */
    size_t end = 0;
    while (t < text.len) {
        bool is_more = p < pattern.len;
        char want = is_more ? pattern.ptr[p] : '\0';
        if (is_more && want == '*') {
            star = p++;
            end = t;
        } else if (is_more && (want == '?' || want == text.ptr[t])) {
            t = want == '?' ? behind_character(text, t) : t + 1;
            p++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            t = end = behind_character(text, end);
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.ptr[p] == '*') {
        p++;
    }
    return p == pattern.len;
}
