/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The globs side by side as one automaton: a state is the set of places where each of them may
 * be, and the states that a text can reach are walked breadth first, so that the first text of
 * a way is a shortest one. From a state only few bytes lead anywhere new: those that some glob
 * waits for there, and any one byte that none does. Prefixes with a '*' behind them, as nearly
 * all policies have them, make as many states as they have bytes; what makes very many
 * (dozens of globs with several stars each) is cut off and said.
 */
#include "advice/classes.h"

#include "cosbase/alloc.h"

#define STATES_MAX 30000
#define TABLE_SIZE (1u << 16)
#define STATES_MAX_BYTES ((size_t)64 << 20)
#define WORK_MAX ((size_t)1 << 30) /* places of patterns that are looked at: a second or so */

/* How far a path has come. */
enum stand { STAND_FREE, STAND_BEGIN, STAND_BUCKET, STAND_SLASH, STAND_KEY };

struct state {
    uint32_t parent; /* from 0; of the first itself */
    uint32_t next;   /* of the same hash; 0: none */
    char byte;       /* that led here */
    unsigned char stand;
};
struct walk {
    struct cos_arena *arena;
    const struct class_pattern *patterns;
    size_t n_patterns;
    size_t *first; /* bit of the beginning of each pattern */
    size_t n_words;
    struct state *states;
    uint64_t *sets; /* n_words a state */
    size_t n, cap;
    uint32_t *table; /* by hash of set and stand: state + 1 */
    uint64_t *next;  /* the set being made */
    struct classes *out;
    uint64_t *seen; /* the ways that are known: n_way_words each, and the stand */
    size_t *ends;   /* and a state at the end of each */
    size_t n_way_words;
    size_t work;
    bool no_memory;
};

static uint64_t *set_of(const struct walk *w, size_t state)
{
    return w->sets + state * w->n_words;
}

static bool has(const uint64_t *set, size_t bit)
{
    return (set[bit / 64] >> (bit % 64) & 1) != 0;
}

static void add(uint64_t *set, size_t bit)
{
    set[bit / 64] |= UINT64_C(1) << (bit % 64);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static bool is_star(const struct class_pattern *p, size_t at)
{
    return !p->is_literal && at < p->text.len && p->text.ptr[at] == '*';
}

/* A pattern stands at @at, and behind each star that begins there. */
static void place(const struct walk *w, uint64_t *set, size_t pattern, size_t at)
{
    const struct class_pattern *p = &w->patterns[pattern];
    add(set, w->first[pattern] + at);
    while (is_star(p, at)) {
        add(set, w->first[pattern] + ++at);
    }
}

static void start_those(const struct walk *w, uint64_t *set, bool is_of_key)
{
    for (size_t i = 0; i < w->n_patterns; i++) {
        if (w->patterns[i].is_of_key == is_of_key) {
            place(w, set, i, 0);
        }
    }
}

/* --- states --- */

static size_t hash_of(const uint64_t *set, size_t n, unsigned char stand)
{
    uint64_t h = UINT64_C(1469598103934665603) ^ stand;
    for (size_t i = 0; i < n; i++) {
        h = (h ^ set[i]) * UINT64_C(1099511628211);
        h ^= h >> 29;
    }
    return (size_t)(h % TABLE_SIZE);
}

static bool grow(struct walk *w)
{
    size_t cap = w->cap == 0 ? 256 : 2 * w->cap;
    struct state *states = cos_realloc_array(w->states, cap, sizeof(*states));
    w->states = states == NULL ? w->states : states;
    uint64_t *sets =
        states == NULL ? NULL : cos_realloc_array(w->sets, cap, w->n_words * sizeof(*sets));
    w->sets = sets == NULL ? w->sets : sets;
    w->cap = sets == NULL ? w->cap : cap;
    w->no_memory = w->no_memory || sets == NULL;
    return sets != NULL;
}

/* The set being made, reached from @parent by @byte, unless it is known. */
static void reach(struct walk *w, size_t parent, char byte, unsigned char stand)
{
    size_t at = hash_of(w->next, w->n_words, stand);
    size_t bytes = w->n_words * sizeof(uint64_t);
    for (uint32_t i = w->table[at]; i != 0; i = w->states[i - 1].next) {
        if (w->states[i - 1].stand == stand && memcmp(set_of(w, i - 1), w->next, bytes) == 0) {
            return;
        }
    }
    if (w->n >= STATES_MAX || w->n * bytes >= STATES_MAX_BYTES) {
        w->out->is_exact = false;
        return;
    }
    if (w->n == w->cap && !grow(w)) {
        return;
    }
    w->states[w->n] = (struct state){(uint32_t)parent, w->table[at], byte, stand};
    memcpy(set_of(w, w->n), w->next, bytes);
    w->table[at] = (uint32_t)++w->n;
}

static unsigned char stand_behind(unsigned char stand, char byte)
{
    switch (stand) {
    case STAND_BEGIN:
    case STAND_BUCKET:
        return byte == '/' ? STAND_SLASH : STAND_BUCKET;
    case STAND_SLASH:
        return STAND_KEY;
    default:
        return stand;
    }
}

/* Whether the pattern goes on by @byte from @at. */
static bool takes(const struct class_pattern *p, size_t at, char byte)
{
    char wanted = p->text.ptr[at];
    return wanted == byte || (p->ignores_case && lower(wanted) == lower(byte));
}

static void step(struct walk *w, size_t state, char byte)
{
    unsigned char stand = w->states[state].stand;
    if (stand == STAND_BEGIN && byte == '/') {
        return; /* no bucket */
    }
    memset(w->next, 0, w->n_words * sizeof(uint64_t));
    w->work += w->n_words * 64;
    for (size_t i = 0; i < w->n_patterns; i++) {
        const struct class_pattern *p = &w->patterns[i];
        for (size_t at = 0; at < p->text.len; at++) {
            if (!has(set_of(w, state), w->first[i] + at)) {
                continue;
            }
            if (is_star(p, at)) {
                place(w, w->next, i, at);
            } else if (takes(p, at, byte)) {
                place(w, w->next, i, at + 1);
            }
        }
    }
    unsigned char behind = stand_behind(stand, byte);
    if (behind == STAND_SLASH && stand != STAND_SLASH) {
        start_those(w, w->next, /* is_of_key= */ true);
    }
    reach(w, state, byte, behind);
}

/* --- from state to state --- */

/* The bytes that some pattern waits for in @state. */
static void awaited(const struct walk *w, size_t state, bool out[256])
{
    memset(out, 0, 256 * sizeof(bool));
    for (size_t i = 0; i < w->n_patterns; i++) {
        const struct class_pattern *p = &w->patterns[i];
        for (size_t at = 0; at < p->text.len; at++) {
            if (has(set_of(w, state), w->first[i] + at) && !is_star(p, at)) {
                char c = p->text.ptr[at];
                out[(unsigned char)c] = true;
                if (p->ignores_case) {
                    out[(unsigned char)lower(c)] = true;
                    out[(unsigned char)upper(c)] = true;
                }
            }
        }
    }
    if (w->states[state].stand == STAND_BUCKET) {
        out['/'] = true;
    }
}

static void step_all(struct walk *w, size_t state)
{
    static const char others[] = "xyzabcdefghijklmnopqrstuvw0123456789XYZ-_.";
    bool is_awaited[256];
    awaited(w, state, is_awaited);
    for (size_t i = 0; others[i] != '\0'; i++) {
        if (!is_awaited[(unsigned char)others[i]]) {
            step(w, state, others[i]);
            break;
        }
    }
    for (unsigned c = 0; c < 256; c++) {
        if (is_awaited[c]) {
            step(w, state, (char)c);
        }
    }
}

/* --- ways --- */

static struct cos_span text_of(struct walk *w, size_t state)
{
    size_t n = 0;
    for (size_t s = state; s != 0; s = w->states[s].parent) {
        n++;
    }
    char *text = cos_arena_alloc(w->arena, n + 1);
    size_t at = n;
    for (size_t s = state; s != 0 && text != NULL; s = w->states[s].parent) {
        text[--at] = w->states[s].byte;
    }
    return text == NULL ? COS_SPAN_EMPTY : cos_span_make(text, n);
}

/* Which patterns are at their end in @state, and how far the path has come. */
static void way_of(const struct walk *w, size_t state, uint64_t *way)
{
    memset(way, 0, w->n_way_words * sizeof(*way));
    for (size_t i = 0; i < w->n_patterns; i++) {
        if (has(set_of(w, state), w->first[i] + w->patterns[i].text.len)) {
            add(way, i);
        }
    }
    way[w->n_way_words - 1] = w->states[state].stand;
}

static bool make_room_for_way(struct walk *w)
{
    size_t n = w->out->n;
    uint64_t *seen = cos_realloc_array(w->seen, n + 1, w->n_way_words * sizeof(*seen));
    w->seen = seen == NULL ? w->seen : seen;
    size_t *ends = cos_realloc_array(w->ends, n + 1, sizeof(*ends));
    w->ends = ends == NULL ? w->ends : ends;
    w->no_memory = w->no_memory || seen == NULL || ends == NULL;
    return !w->no_memory;
}

static void keep_way(struct walk *w, size_t state)
{
    unsigned char stand = w->states[state].stand;
    if (stand == STAND_BEGIN || stand == STAND_BUCKET) {
        return; /* no path yet */
    }
    if (!make_room_for_way(w)) {
        return;
    }
    size_t bytes = w->n_way_words * sizeof(uint64_t);
    uint64_t *way = w->seen + w->out->n * w->n_way_words;
    way_of(w, state, way);
    for (size_t i = 0; i < w->out->n; i++) {
        if (memcmp(w->seen + i * w->n_way_words, way, bytes) == 0) {
            return;
        }
    }
    w->ends[w->out->n++] = state;
}

static bool keep_texts(struct walk *w)
{
    struct classes *out = w->out;
    out->items = cos_arena_array(w->arena, out->n, sizeof(*out->items));
    for (size_t i = 0; i < out->n && out->items != NULL; i++) {
        out->items[i] = (struct class_text){text_of(w, w->ends[i]),
                                            w->states[w->ends[i]].stand == STAND_KEY};
    }
    return out->items != NULL && !w->arena->failed;
}

static bool prepare(struct walk *w)
{
    size_t bits = 0;
    w->first = cos_calloc(w->n_patterns + 1, sizeof(*w->first));
    for (size_t i = 0; i < w->n_patterns && w->first != NULL; i++) {
        w->first[i] = bits;
        bits += w->patterns[i].text.len + 1;
    }
    w->n_words = bits / 64 + 1;
    w->n_way_words = w->n_patterns / 64 + 2;
    w->next = cos_calloc(w->n_words, sizeof(*w->next));
    w->table = cos_calloc(TABLE_SIZE, sizeof(*w->table));
    return w->first != NULL && w->next != NULL && w->table != NULL;
}

bool classes_find(struct classes *out, struct cos_arena *arena,
                  const struct class_pattern *patterns, size_t n, enum class_shape shape)
{
    struct walk w = {.arena = arena, .patterns = patterns, .n_patterns = n, .out = out};
    *out = (struct classes){.is_exact = true};
    bool is_made = prepare(&w);
    if (is_made) {
        start_those(&w, w.next, /* is_of_key= */ false);
        reach(&w, /* parent= */ 0, '\0', shape == CLASS_PATH ? STAND_BEGIN : STAND_FREE);
    }
    for (size_t i = 0; is_made && i < w.n && !w.no_memory; i++) {
        keep_way(&w, i);
        if (w.work < WORK_MAX) {
            step_all(&w, i);
        } else {
            out->is_exact = false;
        }
    }
    bool is_good = is_made && !w.no_memory && keep_texts(&w);
    cos_free(w.first);
    cos_free(w.next);
    cos_free(w.table);
    cos_free(w.states);
    cos_free(w.sets);
    cos_free(w.seen);
    cos_free(w.ends);
    return is_good;
}
