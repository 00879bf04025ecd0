/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Object bytes: immutable, reference-counted, in segments. A body is written once, into
 * segments that never move, so a 64 MiB upload costs one copy and no reallocation; a multipart
 * object shares the segments of its parts, and a part copied by range shares those of its
 * source. Segments are counted on their own for that reason.
 *
 * It refuses to run without memory, and to take more than its budget holds; a segment gives its
 * share back when it goes. Segment sizes are taste: the first is what the request announces, at
 * most 1 MiB (an announced length is only a claim), later ones at most 4 MiB. Large segments
 * are aligned so that the kernel can back them with huge pages: touching 64 MiB of fresh memory
 * 4 KiB at a time was measured at 25 ms, 2 MiB at a time at 4, beside 75 for its MD5.
 */
#include "store/store.h"

#include "cosbase/alloc.h"

#include <sys/mman.h>

#define FIRST_SEGMENT_MAX_BYTES ((size_t)1 << 20)
#define SEGMENT_MAX_BYTES ((size_t)4 << 20)
#define UNKNOWN_FIRST_BYTES ((size_t)16 << 10)
#define HUGE_PAGE_BYTES ((size_t)2 << 20)
#define WRITER_INLINE_PIECES 4

struct segment {
    int refs; /* atomic */
    bool is_aligned;
    size_t offset; /* of the bytes, from the beginning of this */
    struct budget *budget;
    size_t charged_bytes;
};
struct piece {
    struct segment *segment;
    uint64_t start; /* where the piece begins in the blob */
    size_t offset;  /* in the segment */
    size_t bytes;   /* never 0 */
};
struct blob {
    int refs; /* atomic */
    uint64_t bytes;
    struct budget *budget; /* pays for this struct */
    size_t n_pieces, charged_bytes;
    struct piece pieces[];
};
struct blob_writer {
    struct piece *pieces; /* own_pieces, or the heap */
    size_t n_pieces, cap_pieces;
    size_t segment_cap; /* of the last segment */
    uint64_t bytes, expected_bytes;
    struct budget *budget;
    struct piece own_pieces[WRITER_INLINE_PIECES];
};

static uint8_t *segment_bytes(struct segment *s)
{
    return (uint8_t *)s + s->offset;
}

/* Move the bytes to the next boundary of a huge page (the block has that much room) and ask for
 * such pages; a kernel without them loses nothing. */
static void segment_align(struct segment *s, size_t bytes)
{
    uintptr_t end = (uintptr_t)s + sizeof(*s);
    uintptr_t aligned = (end + HUGE_PAGE_BYTES - 1) & ~(uintptr_t)(HUGE_PAGE_BYTES - 1);
    s->is_aligned = true;
    s->offset = (size_t)(aligned - (uintptr_t)s);
    size_t whole_pages = bytes & ~(HUGE_PAGE_BYTES - 1);
    (void)madvise(segment_bytes(s), whole_pages, MADV_HUGEPAGE); /* only advice */
}

/* The caller has taken @bytes and the struct from @budget. */
static struct segment *segment_new(size_t bytes, bool is_aligned, struct budget *budget)
{
    size_t total;
    size_t room = sizeof(struct segment) + (is_aligned ? HUGE_PAGE_BYTES : 0);
    if (!cos_size_add(&total, room, bytes)) {
        return NULL;
    }
    struct segment *s = cos_malloc(total);
    if (s == NULL) {
        return NULL;
    }
    *s = (struct segment){.refs = 1,
                          .offset = sizeof(*s),
                          .budget = budget,
                          .charged_bytes = sizeof(*s) + bytes};
    if (is_aligned) {
        segment_align(s, bytes);
    }
    return s;
}

static struct segment *segment_ref(struct segment *s)
{
    __atomic_add_fetch(&s->refs, 1, __ATOMIC_RELAXED);
    return s;
}

static void segment_unref(struct segment *s)
{
    if (__atomic_sub_fetch(&s->refs, 1, __ATOMIC_ACQ_REL) == 0) {
        budget_give(s->budget, s->charged_bytes);
        cos_free(s);
    }
}

static struct blob *blob_alloc(size_t n_pieces, struct budget *budget)
{
    size_t total;
    if (!cos_size_mul(&total, n_pieces, sizeof(struct piece)) ||
        !cos_size_add(&total, total, sizeof(struct blob))) {
        return NULL;
    }
    struct blob *b = cos_malloc(total);
    if (b != NULL) {
        b->refs = 1;
        b->bytes = 0;
        b->budget = budget;
        b->n_pieces = 0;
        b->charged_bytes = total;
        budget_charge(budget, total);
    }
    return b;
}

/* Append @n bytes at @offset of @segment, with a reference of their own; the blob was made
 * large enough. */
static void blob_share(struct blob *b, struct segment *segment, size_t offset, size_t n)
{
    b->pieces[b->n_pieces++] = (struct piece){
        .segment = segment_ref(segment),
        .start = b->bytes,
        .offset = offset,
        .bytes = n,
    };
    b->bytes += n;
}

/* Index of the piece that holds @offset, which is inside the blob. */
static size_t piece_at(const struct blob *b, uint64_t offset)
{
    size_t low = 0;
    size_t high = b->n_pieces - 1;
    while (low < high) {
        size_t middle = low + (high - low + 1) / 2;
        if (b->pieces[middle].start <= offset) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    return low;
}

struct blob *blob_ref(struct blob *b)
{
    if (b != NULL) {
        __atomic_add_fetch(&b->refs, 1, __ATOMIC_RELAXED);
    }
    return b;
}

struct blob *blob_unref(struct blob *b)
{
    if (b != NULL && __atomic_sub_fetch(&b->refs, 1, __ATOMIC_ACQ_REL) == 0) {
        for (size_t i = 0; i < b->n_pieces; i++) {
            segment_unref(b->pieces[i].segment);
        }
        budget_give(b->budget, b->charged_bytes);
        cos_free(b);
    }
    return NULL;
}

struct budget *blob_budget(const struct blob *b)
{
    return b == NULL ? NULL : b->budget;
}

uint64_t blob_bytes(const struct blob *b)
{
    return b == NULL ? 0 : b->bytes;
}

const void *blob_peek(const struct blob *b, uint64_t offset, size_t *n)
{
    *n = 0;
    if (b == NULL || offset >= b->bytes) {
        return NULL;
    }
    const struct piece *p = &b->pieces[piece_at(b, offset)];
    size_t inside = (size_t)(offset - p->start);
    *n = p->bytes - inside;
    return segment_bytes(p->segment) + p->offset + inside;
}

struct blob *blob_concat(struct blob *const parts[], size_t n)
{
    size_t n_pieces = 0;
    for (size_t i = 0; i < n; i++) {
        size_t more = parts[i] == NULL ? 0 : parts[i]->n_pieces;
        if (!cos_size_add(&n_pieces, n_pieces, more)) {
            return NULL;
        }
    }
    struct blob *b = blob_alloc(n_pieces, n == 0 ? NULL : blob_budget(parts[0]));
    if (b == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; parts[i] != NULL && j < parts[i]->n_pieces; j++) {
            const struct piece *p = &parts[i]->pieces[j];
            blob_share(b, p->segment, p->offset, p->bytes);
        }
    }
    return b;
}

struct blob *blob_slice(struct blob *b, uint64_t offset, uint64_t n)
{
    uint64_t rest = offset < b->bytes ? b->bytes - offset : 0;
    n = n < rest ? n : rest;
    if (n == 0) {
        return blob_alloc(0, b->budget);
    }
    size_t first = piece_at(b, offset);
    size_t last = piece_at(b, offset + n - 1);
    struct blob *slice = blob_alloc(last - first + 1, b->budget);
    if (slice == NULL) {
        return NULL;
    }
    for (size_t i = first; i <= last; i++) {
        const struct piece *p = &b->pieces[i];
        size_t skip = i == first ? (size_t)(offset - p->start) : 0;
        uint64_t left = n - slice->bytes;
        size_t take = p->bytes - skip;
        take = left < take ? (size_t)left : take;
        blob_share(slice, p->segment, p->offset + skip, take);
    }
    return slice;
}

struct blob_writer *blob_writer_new(uint64_t expected_bytes, struct budget *budget)
{
    struct blob_writer *w = cos_malloc(sizeof(*w));
    if (w == NULL) {
        return NULL;
    }
    w->pieces = w->own_pieces;
    w->n_pieces = 0;
    w->cap_pieces = WRITER_INLINE_PIECES;
    w->segment_cap = 0;
    w->bytes = 0;
    w->expected_bytes = expected_bytes;
    w->budget = budget;
    return w;
}

static size_t next_segment_bytes(const struct blob_writer *w)
{
    size_t limit = w->n_pieces == 0 ? FIRST_SEGMENT_MAX_BYTES : SEGMENT_MAX_BYTES;
    if (w->expected_bytes > w->bytes) {
        uint64_t rest = w->expected_bytes - w->bytes;
        return rest < limit ? (size_t)rest : limit;
    }
    size_t twice = w->n_pieces == 0 ? UNKNOWN_FIRST_BYTES : w->segment_cap * 2;
    return twice < limit ? twice : limit;
}

static int writer_grow_pieces(struct blob_writer *w)
{
    size_t cap = w->cap_pieces * 2;
    bool is_own = w->pieces == w->own_pieces;
    struct piece *pieces =
        cos_realloc_array(is_own ? NULL : w->pieces, cap, sizeof(struct piece));
    if (pieces == NULL) {
        return -1;
    }
    if (is_own) {
        memcpy(pieces, w->own_pieces, sizeof(w->own_pieces));
    }
    w->pieces = pieces;
    w->cap_pieces = cap;
    return 0;
}

static int writer_open_segment(struct blob_writer *w)
{
    if (w->n_pieces == w->cap_pieces && writer_grow_pieces(w) < 0) {
        return BLOB_NO_MEMORY;
    }
    size_t bytes = next_segment_bytes(w);
    bool is_announced = w->expected_bytes >= w->bytes + bytes;
    if (!budget_take(w->budget, sizeof(struct segment) + bytes)) {
        return BLOB_OVER_BUDGET;
    }
    struct segment *s = segment_new(bytes, is_announced && bytes >= HUGE_PAGE_BYTES, w->budget);
    if (s == NULL) {
        budget_give(w->budget, sizeof(struct segment) + bytes);
        return BLOB_NO_MEMORY;
    }
    w->pieces[w->n_pieces++] = (struct piece){.segment = s, .start = w->bytes};
    w->segment_cap = bytes;
    return 0;
}

int blob_writer_add(struct blob_writer *w, const void *bytes, size_t n)
{
    const uint8_t *from = bytes;
    while (n > 0) {
        bool is_full = w->n_pieces == 0 || w->pieces[w->n_pieces - 1].bytes == w->segment_cap;
        int r = is_full ? writer_open_segment(w) : 0;
        if (r < 0) {
            return r;
        }
        struct piece *last = &w->pieces[w->n_pieces - 1];
        size_t room = w->segment_cap - last->bytes;
        size_t take = n < room ? n : room;
        memcpy(segment_bytes(last->segment) + last->bytes, from, take);
        last->bytes += take;
        w->bytes += take;
        from += take;
        n -= take;
    }
    return 0;
}

/* Give back what the last segment does not need. A segment that cannot be shrunk stays as it
 * is. */
static void writer_trim(struct blob_writer *w)
{
    if (w->n_pieces == 0) {
        return;
    }
    struct piece *last = &w->pieces[w->n_pieces - 1];
    if (w->segment_cap - last->bytes <= w->segment_cap / 4 || last->segment->is_aligned) {
        return; /* what nobody touched of an aligned one costs no memory */
    }
    struct segment *s =
        cos_realloc_array(last->segment, 1, sizeof(struct segment) + last->bytes);
    if (s != NULL) {
        budget_give(s->budget, s->charged_bytes - sizeof(*s) - last->bytes);
        s->charged_bytes = sizeof(*s) + last->bytes;
        last->segment = s;
        w->segment_cap = last->bytes;
    }
}

struct blob *blob_writer_done(struct blob_writer *w)
{
    writer_trim(w);
    struct blob *b = blob_alloc(w->n_pieces, w->budget);
    if (b != NULL) {
        memcpy(b->pieces, w->pieces, w->n_pieces * sizeof(struct piece));
        b->n_pieces = w->n_pieces;
        b->bytes = w->bytes;
        w->n_pieces = 0; /* the segments are the blob's now */
    }
    blob_writer_free(w);
    return b;
}

struct blob_writer *blob_writer_free(struct blob_writer *w)
{
    if (w != NULL) {
        for (size_t i = 0; i < w->n_pieces; i++) {
            segment_unref(w->pieces[i].segment);
        }
        if (w->pieces != w->own_pieces) {
            cos_free(w->pieces);
        }
        cos_free(w);
    }
    return NULL;
}
