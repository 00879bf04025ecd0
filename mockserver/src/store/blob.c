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
 * are mappings of their own, aligned so that the kernel can back them with huge pages: touching
 * 64 MiB of fresh memory 4 KiB at a time was measured at 25 ms, 2 MiB at a time at 4, beside 75
 * for its MD5. That is little enough to give them back to the system when they go; kept by the
 * heap for the next ones, four objects of 64 MiB that were overwritten took 1.8 times their
 * size. Eight of them the budget has at hand for the next body (docs/internals/speed.md).
 */
#include "store/blob.h"

#include "cosbase/alloc.h"

#include <assert.h>
#include <errno.h>
#include <sys/mman.h>

#define FIRST_SEGMENT_MAX_BYTES ((size_t)1 << 20)
#define UNKNOWN_FIRST_BYTES ((size_t)16 << 10)
#define HUGE_PAGE_BYTES ((size_t)2 << 20)
#define PAGE_BYTES ((size_t)64 << 10) /* as large as there are */
#define WRITER_INLINE_PIECES 4
#define COPIED_BYTES ((size_t)16 << 10) /* of a file at a time, on the stack */

struct segment {
    int refs;       /* atomic */
    bool is_mapped; /* it is no block of the heap */
    bool is_chunk;  /* of a struct chunk_segment */
    bool is_given;  /* its room is others' already */
    struct budget *budget;
    size_t charged_bytes;
};
/* The bytes are in a file. */
struct chunk_segment {
    struct segment base;
    struct blob_chunk chunk;
};
struct piece {
    struct segment *segment;
    uint64_t start; /* where the piece begins in the blob */
    size_t offset;  /* in the segment, or in the chunk */
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
    struct blob_sink *sink; /* does all of it instead; NULL: memory */
    struct piece own_pieces[WRITER_INLINE_PIECES];
};

#define LATER_BYTES ((uint64_t)64 << 20) /* a millisecond and more, to give its pages back */
#define SPARE_BYTES ((size_t)4 << 20)    /* whole huge pages */
#define SEGMENT_MAX_BYTES (SPARE_BYTES - sizeof(struct segment))

static uint8_t *segment_bytes(struct segment *s)
{
    return (uint8_t *)(s + 1);
}

static const struct blob_chunk *chunk_of(const struct segment *s)
{
    return s->is_chunk ? &((const struct chunk_segment *)s)->chunk : NULL;
}

static size_t mapped_bytes(size_t total)
{
    return (total + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
}

/* From the boundary of a huge page on; NULL: no memory. A kernel without such pages takes the
 * advice for nothing. */
static void *mapping_new(size_t total)
{
    size_t bytes = mapped_bytes(total);
    uint8_t *room = mmap(NULL, bytes + HUGE_PAGE_BYTES, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, /* fd= */ -1, /* offset= */ 0);
    if (room == MAP_FAILED) {
        return NULL;
    }
    size_t before = -(uintptr_t)room & (HUGE_PAGE_BYTES - 1);
    if (before > 0) {
        (void)munmap(room, before);
    }
    (void)munmap(room + before + bytes, HUGE_PAGE_BYTES - before);
    (void)madvise(room + before, bytes & ~(HUGE_PAGE_BYTES - 1), MADV_HUGEPAGE);
    return room + before;
}

/* --- spares: mappings of SPARE_BYTES that a budget has at hand --- */

static void *spare_take(struct budget *b)
{
    void *spare = NULL;
    for (size_t i = 0; b != NULL && spare == NULL && i < BUDGET_SPARES; i++) {
        spare = __atomic_exchange_n(&b->spares[i], NULL, __ATOMIC_ACQ_REL);
    }
    return spare;
}

/* Whoever set a limit that all of them would take a part of has better use for the memory. */
static bool spare_give(struct budget *b, void *mapping)
{
    bool is_given = false;
    bool has_room = b != NULL && budget_left(b) >= BUDGET_SPARES * SPARE_BYTES;
    for (size_t i = 0; has_room && !is_given && i < BUDGET_SPARES; i++) {
        void *none = NULL;
        is_given = __atomic_compare_exchange_n(&b->spares[i], &none, mapping, /* weak= */ false,
                                               __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
    }
    return is_given;
}

void blob_spares_drop(struct budget *b)
{
    for (void *spare; (spare = spare_take(b)) != NULL;) {
        (void)munmap(spare, SPARE_BYTES);
    }
}

/* The caller has taken @bytes and the struct from @budget. */
static struct segment *segment_new(size_t bytes, bool is_mapped, struct budget *budget)
{
    size_t total;
    if (!cos_size_add(&total, sizeof(struct segment), bytes)) {
        return NULL;
    }
    struct segment *s = is_mapped && total == SPARE_BYTES ? spare_take(budget) : NULL;
    if (s == NULL) {
        s = is_mapped ? mapping_new(total) : cos_malloc(total);
    }
    if (s != NULL) {
        *s = (struct segment){.refs = 1,
                              .is_mapped = is_mapped,
                              .budget = budget,
                              .charged_bytes = total};
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
        const struct blob_chunk *chunk = chunk_of(s);
        if (chunk != NULL && chunk->release != NULL) {
            chunk->release(chunk->ctx);
        }
        struct budget *budget = s->budget;
        size_t bytes = s->charged_bytes;
        budget_give(s->is_given ? NULL : budget, bytes);
        if (s->is_mapped && bytes == SPARE_BYTES && spare_give(budget, s)) {
            return;
        }
        if (s->is_mapped) {
            (void)munmap(s, mapped_bytes(bytes));
        } else {
            cos_free(s);
        }
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

void blob_end(struct blob *b)
{
    for (size_t i = 0; i < b->n_pieces; i++) {
        segment_unref(b->pieces[i].segment);
    }
    budget_give(b->budget, b->charged_bytes);
    cos_free(b);
}

/* What nobody else holds is room for others at once: who deletes may put. */
static void give_room(struct blob *b)
{
    for (size_t i = 0; i < b->n_pieces; i++) {
        struct segment *s = b->pieces[i].segment;
        if (__atomic_load_n(&s->refs, __ATOMIC_ACQUIRE) == 1) {
            budget_give(s->budget, s->charged_bytes);
            s->is_given = true;
        }
    }
    budget_give(b->budget, b->charged_bytes);
    b->budget = NULL;
}

/* What is in files is let go of before they are closed. */
static bool ends_later(struct blob *b)
{
    struct budget *budget = b->budget;
    if (b->bytes < LATER_BYTES || budget == NULL || budget->later == NULL ||
        b->pieces[0].segment->is_chunk) {
        return false;
    }
    give_room(b);
    return budget->later(budget->later_ctx, b);
}

struct blob *blob_unref(struct blob *b)
{
    if (b != NULL && __atomic_sub_fetch(&b->refs, 1, __ATOMIC_ACQ_REL) == 0 && !ends_later(b)) {
        blob_end(b);
    }
    return NULL;
}

static struct budget *budget_of(const struct blob *b)
{
    return b == NULL ? NULL : b->budget;
}

uint64_t blob_bytes(const struct blob *b)
{
    return b == NULL ? 0 : b->bytes;
}

/* The piece that holds @offset; NULL at the end. */
static const struct piece *find_piece(const struct blob *b, uint64_t offset)
{
    return b == NULL || offset >= b->bytes ? NULL : &b->pieces[piece_at(b, offset)];
}

const void *blob_peek(const struct blob *b, uint64_t offset, size_t *n)
{
    const struct piece *p = find_piece(b, offset);
    *n = 0;
    if (p == NULL || p->segment->is_chunk) {
        return NULL;
    }
    size_t inside = (size_t)(offset - p->start);
    *n = p->bytes - inside;
    return segment_bytes(p->segment) + p->offset + inside;
}

const struct blob_chunk *blob_chunk(const struct blob *b, uint64_t offset)
{
    const struct piece *p = find_piece(b, offset);
    return p == NULL ? NULL : chunk_of(p->segment);
}

bool blob_file(const struct blob *b, uint64_t offset, int *fd, uint64_t *at, uint64_t *n)
{
    const struct blob_chunk *chunk = blob_chunk(b, offset);
    if (chunk == NULL) {
        return false;
    }
    const struct piece *p = find_piece(b, offset);
    uint64_t inside = offset - p->start;
    *fd = chunk->fd;
    *at = chunk->offset + p->offset + inside;
    *n = p->bytes - inside;
    return true;
}

/* As pread(2), without interruptions; a file that ends here is damaged. */
static int64_t read_file(int fd, uint64_t at, void *buf, size_t n)
{
    ssize_t got;
    do {
        got = pread(fd, buf, n, (off_t)at);
    } while (got < 0 && errno == EINTR);
    if (got == 0) {
        return -EIO;
    }
    return got < 0 ? -errno : got;
}

/* What one piece holds of it. */
static int64_t read_some(const struct blob *b, uint64_t offset, void *buf, size_t n)
{
    int fd;
    uint64_t at;
    uint64_t in_file;
    if (blob_file(b, offset, &fd, &at, &in_file)) {
        return read_file(fd, at, buf, in_file < n ? (size_t)in_file : n);
    }
    size_t in_memory;
    const void *bytes = blob_peek(b, offset, &in_memory);
    n = in_memory < n ? in_memory : n;
    if (n > 0) {
        memcpy(buf, bytes, n);
    }
    return (int64_t)n;
}

int64_t blob_read(const struct blob *b, uint64_t offset, void *buf, size_t n)
{
    size_t done = 0;
    while (done < n) {
        int64_t more = read_some(b, offset + done, (uint8_t *)buf + done, n - done);
        if (more < 0) {
            return more;
        }
        if (more == 0) {
            break;
        }
        done += (size_t)more;
    }
    return (int64_t)done;
}

int blob_each(const struct blob *b, void (*visit)(void *ctx, const void *bytes, size_t n),
              void *ctx)
{
    uint8_t copied[COPIED_BYTES];
    for (uint64_t at = 0; at < blob_bytes(b);) {
        size_t n;
        const void *bytes = blob_peek(b, at, &n);
        if (bytes == NULL) {
            int64_t got = read_some(b, at, copied, sizeof(copied));
            if (got < 0) {
                return (int)got;
            }
            bytes = copied;
            n = (size_t)got;
        }
        visit(ctx, bytes, n);
        at += n;
    }
    return 0;
}

struct blob *blob_of_chunk(const struct blob_chunk *chunk, struct budget *budget)
{
    assert(chunk->bytes > 0);
    struct chunk_segment *s = cos_malloc(sizeof(*s));
    struct blob *b = blob_alloc(1, budget);
    if (s == NULL || b == NULL) {
        cos_free(s);
        return blob_unref(b);
    }
    *s = (struct chunk_segment){
        .base = {.refs = 1, .is_chunk = true, .budget = budget, .charged_bytes = sizeof(*s)},
        .chunk = *chunk};
    budget_charge(budget, sizeof(*s));
    b->pieces[b->n_pieces++] =
        (struct piece){.segment = &s->base, .bytes = (size_t)chunk->bytes};
    b->bytes = chunk->bytes;
    return b;
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
    struct blob *b = blob_alloc(n_pieces, n == 0 ? NULL : budget_of(parts[0]));
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
    w->sink = NULL;
    return w;
}

struct blob_writer *blob_writer_to(struct blob_sink *sink)
{
    struct blob_writer *w = blob_writer_new(/* expected_bytes= */ 0, /* budget= */ NULL);
    if (w == NULL) {
        sink->free(sink);
        return NULL;
    }
    w->sink = sink;
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
    if (w->sink != NULL) {
        int r = w->sink->add(w->sink, bytes, n);
        w->bytes += r == 0 ? n : 0;
        return r;
    }
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

uint64_t blob_writer_bytes(const struct blob_writer *w)
{
    return w->bytes;
}

int blob_writer_error(const struct blob_writer *w)
{
    return w->sink == NULL ? 0 : w->sink->error;
}

bool blob_writer_can_share(const struct blob_writer *w)
{
    return w->sink == NULL || w->sink->share != NULL;
}

struct blob *blob_writer_share(const struct blob_writer *w, uint64_t from)
{
    if (w->sink != NULL) {
        return w->sink->share == NULL ? NULL : w->sink->share(w->sink, from);
    }
    size_t first = w->n_pieces;
    while (first > 0 && w->pieces[first - 1].start + w->pieces[first - 1].bytes > from) {
        first--;
    }
    struct blob *b = blob_alloc(w->n_pieces - first, w->budget);
    if (b == NULL) {
        return NULL;
    }
    for (size_t i = first; i < w->n_pieces; i++) {
        const struct piece *p = &w->pieces[i];
        size_t skip = p->start < from ? (size_t)(from - p->start) : 0;
        blob_share(b, p->segment, p->offset + skip, p->bytes - skip);
    }
    return b;
}

/* Give back what the last segment does not need. One that cannot be shrunk stays as it is, and
 * so does one that is shared: shrinking may move it. */
static void writer_trim(struct blob_writer *w)
{
    if (w->n_pieces == 0) {
        return;
    }
    struct piece *last = &w->pieces[w->n_pieces - 1];
    if (w->segment_cap - last->bytes <= w->segment_cap / 4 || last->segment->is_mapped ||
        __atomic_load_n(&last->segment->refs, __ATOMIC_ACQUIRE) > 1) {
        return; /* what nobody touched of a mapped one costs no memory */
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

/* The sink's own end; the writer has done nothing itself. */
static struct blob *sink_done(struct blob_writer *w)
{
    struct blob *b = w->sink->done(w->sink);
    w->sink = NULL;
    blob_writer_free(w);
    return b;
}

struct blob *blob_writer_done(struct blob_writer *w)
{
    if (w->sink != NULL) {
        return sink_done(w);
    }
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
        if (w->sink != NULL) {
            w->sink->free(w->sink);
        }
        cos_free(w);
    }
    return NULL;
}
