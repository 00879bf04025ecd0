/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Globs of CAM: '*' matches any bytes, '/' and none included; everything else is itself, '?'
 * too (sts-cam.md s.3.1: undocumented). The text between two stars is taken where it comes
 * first, and never looked for again: what an earlier place leaves over is never less. So the
 * time is that of one search through the text, whatever the pattern; trying every place anew
 * cost a multi-delete of 1000 keys 1.3 s under one session policy of 6 KiB.
 *
 * That policy may hold 750 patterns, though, and a search that nearly succeeds all the way
 * costs memmem 3 us in a key: 2.5 ms. So a text that is searched again and again gets an index:
 * for each byte the places where it stands, a bit a place. To find a piece is then to shift and
 * intersect, 64 places at a time, and takes its length times a 64th of the text's: of all
 * patterns together their length, whatever stands in them.
 */
#include "cam/match.h"

#include "cosbase/alloc.h"

#define SEARCHES_UNINDEXED 8
#define INDEXED_MAX_BYTES 4096
#define AT_ONCE 4 /* words; so the compiler has whole vectors */

struct cam_text_index {
    size_t n_words;
    uint16_t times[256];   /* that a byte stands in the text */
    uint64_t *places[256]; /* of a byte that does: its row */
    /* each of more words than the text has, so that there are some behind it to look at */
    uint64_t rows[];
};

/* NULL: no memory. */
static struct cam_text_index *make_index(struct cos_span text)
{
    uint16_t times[256] = {0};
    size_t n_rows = 0;
    for (size_t i = 0; i < text.len; i++) {
        n_rows += times[(unsigned char)text.ptr[i]]++ == 0;
    }
    size_t n_words = (text.len / 64 + AT_ONCE) / AT_ONCE * AT_ONCE;
    size_t row_words = 2 * n_words + AT_ONCE;
    struct cam_text_index *x =
        cos_calloc(1, sizeof(*x) + n_rows * row_words * sizeof(uint64_t));
    uint64_t *row = x == NULL ? NULL : x->rows;
    for (size_t i = 0; i < text.len && x != NULL; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (x->places[c] == NULL) {
            x->places[c] = row;
            row += row_words;
        }
        x->places[c][i / 64] |= UINT64_C(1) << i % 64;
    }
    if (x != NULL) {
        x->n_words = n_words;
        memcpy(x->times, times, sizeof(times));
    }
    return x;
}

void cam_text_deinit(struct cam_text *t)
{
    cos_free(t->index);
    *t = (struct cam_text){.text = t->text};
}

/* The byte of @piece that leaves least; SIZE_MAX: it has one that the text lacks. */
static size_t rarest(const struct cam_text_index *x, struct cos_span piece)
{
    size_t least = 0;
    for (size_t i = 0; i < piece.len; i++) {
        unsigned times = x->times[(unsigned char)piece.ptr[i]];
        least = times < x->times[(unsigned char)piece.ptr[least]] ? i : least;
        if (times == 0) {
            return SIZE_MAX;
        }
    }
    return least;
}

/* Of the places @found, in words from @w on, those behind which the @i-th byte of @piece is in
 * its place. False: none. */
static bool narrow(uint64_t found[AT_ONCE], const struct cam_text_index *x, size_t w,
                   struct cos_span piece, size_t i)
{
    const uint64_t *places = &x->places[(unsigned char)piece.ptr[i]][w + i / 64];
    uint64_t any = 0;
    for (size_t k = 0; k < AT_ONCE; k++) {
        found[k] &= places[k] >> i % 64 | places[k + 1] << 1 << (63 - i % 64);
        any |= found[k];
    }
    return any != 0;
}

static bool begins_with(uint64_t found[AT_ONCE], const struct cam_text_index *x, size_t w,
                        struct cos_span piece, size_t first)
{
    bool is_any = narrow(found, x, w, piece, first);
    for (size_t i = 0; i < piece.len && is_any; i++) {
        is_any = narrow(found, x, w, piece, i);
    }
    return is_any;
}

/* The first place of @piece, which fits behind it, at or behind @from. */
static size_t find_by_index(const struct cam_text_index *x, size_t from, struct cos_span piece)
{
    size_t first = rarest(x, piece);
    size_t w = from / 64;
    uint64_t out = ~(UINT64_MAX << from % 64); /* those in front */
    for (; first != SIZE_MAX && w < x->n_words; w += AT_ONCE, out = 0) {
        uint64_t found[AT_ONCE] = {~out, UINT64_MAX, UINT64_MAX, UINT64_MAX};
        size_t k = 0;
        if (begins_with(found, x, w, piece, first)) {
            while (found[k] == 0) {
                k++;
            }
            return (w + k) * 64 + (size_t)__builtin_ctzll(found[k]);
        }
    }
    return SIZE_MAX;
}

/* Where @piece stands in @rest, the end of the text. */
static size_t find(struct cam_text *t, struct cos_span rest, struct cos_span piece)
{
    bool is_indexed = t->may_index && piece.len > 0 && piece.len <= rest.len &&
                      t->n_searches++ >= SEARCHES_UNINDEXED;
    if (is_indexed && t->index == NULL && t->text.len <= INDEXED_MAX_BYTES) {
        t->index = make_index(t->text);
    }
    if (!is_indexed || t->index == NULL) {
        return cos_span_find(rest, piece);
    }
    size_t from = t->text.len - rest.len;
    size_t at = find_by_index(t->index, from, piece);
    return at == SIZE_MAX ? SIZE_MAX : at - from;
}

bool cam_glob_in(struct cam_text *t, struct cos_span pattern)
{
    struct cos_span text = t->text;
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
        size_t found = find(t, text, cos_span_sub(pattern, 0, star));
        if (found == SIZE_MAX) {
            return false;
        }
        text = cos_span_from(text, found + star);
        pattern = cos_span_from(pattern, star + 1);
    }
    return cos_span_ends(text, pattern);
}

bool cam_glob(struct cos_span pattern, struct cos_span text)
{
    return cam_glob_in(&(struct cam_text){.text = text}, pattern);
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
