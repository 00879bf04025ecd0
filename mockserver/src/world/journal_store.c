/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where journal entries stay: a ring of reference-counted copies, one block each, in the order
 * of effects. Readers take references under the lock and copy outside it; the oldest entries
 * give way when the ring is full, and are counted.
 *
 * Who waits has a thread (cosmock_journal_wait()) or a watch. A watch is told without the lock,
 * so it is TELLING meanwhile, and who ends it waits for the end of that: it is near, because
 * telling mails a letter and no more (as exchange/wait.c).
 */
#include "world/maps.h"

#include "cosbase/alloc.h"
#include "cosbase/json.h"

#include <errno.h>

#define MAX_WAIT_MS (INT64_C(365) * 86400 * 1000) /* "for ever" must not overflow */

struct kept {
    int refs;
    size_t bytes;
    struct kept *next_dropped;           /* on the way out; else NULL */
    struct cosmock_entry entry;          /* points to what stands behind it */
    struct cosmock_question questions[]; /* entry.n_questions; behind them all texts */
};
struct tenant_journal {
    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t added; /* or told: all that waits for this journal looks again */
    struct journal_watch *watches;
    struct kept **ring; /* entry seq stands at (seq - 1) % cap */
    size_t cap, max;
    uint64_t bytes, max_bytes; /* of all that is kept */
    uint64_t first_seq, last_seq, dropped;
    unsigned waiters;
};

/* Where the texts of a struct are, so that copying is one loop. */
#define TEXT_AT_TEXT(member) offsetof(struct cosmock_entry, member),
#define TEXT_AT_U64(member)
#define TEXT_AT_I64(member)
#define TEXT_AT_INT(member)
#define TEXT_AT_BOOL(member)
#define TEXT_AT(type, member, name, when) TEXT_AT_##type(member)
static const size_t texts_of_entry[] = {COSMOCK_ENTRY_FIELDS(TEXT_AT)};
#define N_OF_ENTRY COS_ARRAY_LEN(texts_of_entry)
#define SPAN_AT_TEXT(member) offsetof(struct entry_texts, member),
#define SPAN_AT_U64(member)
#define SPAN_AT_I64(member)
#define SPAN_AT_INT(member)
#define SPAN_AT_BOOL(member)
#define SPAN_AT(type, member, name, when) SPAN_AT_##type(member)
static const size_t spans_of_draft[N_OF_ENTRY] = {COSMOCK_ENTRY_FIELDS(SPAN_AT)};
static const size_t texts_of_question[] = {
    offsetof(struct cosmock_question, action),  offsetof(struct cosmock_question, resource),
    offsetof(struct cosmock_question, layer),   offsetof(struct cosmock_question, policy),
    offsetof(struct cosmock_question, context),
};
#define N_OF_QUESTION COS_ARRAY_LEN(texts_of_question)

static const char *text_get(const void *of, size_t at)
{
    const char *s;
    memcpy(&s, (const char *)of + at, sizeof(s));
    return s == NULL ? "" : s;
}

static void text_set(void *of, size_t at, const char *s)
{
    memcpy((char *)of + at, &s, sizeof(s));
}

/* Without its NUL. Of one entry's texts half are empty. */
static size_t text_bytes(const char *s)
{
    return *s == '\0' ? 0 : strlen(s);
}

/* Those of @of to @text onwards, and @of points to them; returns the end. */
static char *texts_move(void *of, const size_t *members, size_t n_members, char *text)
{
    for (size_t i = 0; i < n_members; i++) {
        const char *s = text_get(of, members[i]);
        size_t n = text_bytes(s);
        const char *kept = n == 0 ? "" : text;
        if (n > 0) {
            memcpy(text, s, n + 1);
            text += n + 1;
        }
        text_set(of, members[i], kept);
    }
    return text;
}

static char *questions_copy(struct cosmock_entry *to, const struct cosmock_entry *from,
                            struct cosmock_question *questions, char *text)
{
    to->questions = from->n_questions == 0 ? NULL : questions;
    for (size_t i = 0; i < from->n_questions; i++) {
        questions[i] = from->questions[i];
        text = texts_move(&questions[i], texts_of_question, N_OF_QUESTION, text);
    }
    return text;
}

/* Copy @from, its questions to @questions and its texts to @text onwards; returns the end. */
static char *entry_copy(struct cosmock_entry *to, const struct cosmock_entry *from,
                        struct cosmock_question *questions, char *text)
{
    *to = *from;
    text = texts_move(to, texts_of_entry, N_OF_ENTRY, text);
    return questions_copy(to, from, questions, text);
}

static size_t texts_bytes(const void *of, const size_t *members, size_t n_members)
{
    size_t bytes = 0;
    for (size_t i = 0; i < n_members; i++) {
        bytes += text_bytes(text_get(of, members[i])) + 1;
    }
    return bytes;
}

static size_t questions_bytes(const struct cosmock_entry *e)
{
    size_t bytes = 0;
    for (size_t i = 0; i < e->n_questions; i++) {
        bytes += sizeof(struct cosmock_question) +
                 texts_bytes(&e->questions[i], texts_of_question, N_OF_QUESTION);
    }
    return bytes;
}

/* Of all that stands behind an entry. */
static size_t bytes_behind(const struct cosmock_entry *e)
{
    return texts_bytes(e, texts_of_entry, N_OF_ENTRY) + questions_bytes(e);
}

static struct kept *kept_unref(struct kept *k)
{
    if (k != NULL && __atomic_sub_fetch(&k->refs, 1, __ATOMIC_ACQ_REL) == 0) {
        cos_free(k);
    }
    return NULL;
}

struct tenant_journal *journal_new(size_t max_entries, uint64_t max_bytes)
{
    struct tenant_journal *j = cos_calloc(1, sizeof(*j));
    if (j != NULL) {
        pthread_condattr_t attr;
        (void)pthread_condattr_init(&attr);
        (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
        (void)pthread_cond_init(&j->added, &attr);
        (void)pthread_condattr_destroy(&attr);
        (void)pthread_mutex_init(&j->lock, NULL);
        j->max = max_entries;
        j->max_bytes = max_bytes;
        j->first_seq = 1;
    }
    return j;
}

void journal_clear(struct tenant_journal *j)
{
    (void)pthread_mutex_lock(&j->lock);
    for (uint64_t seq = j->first_seq; seq <= j->last_seq; seq++) {
        struct kept **at = &j->ring[(seq - 1) % j->cap];
        *at = kept_unref(*at);
    }
    j->first_seq = j->last_seq + 1;
    j->bytes = 0;
    j->dropped = 0;
    (void)pthread_mutex_unlock(&j->lock);
}

struct tenant_journal *journal_free(struct tenant_journal *j)
{
    if (j == NULL) {
        return NULL;
    }
    for (uint64_t seq = j->first_seq; seq <= j->last_seq; seq++) {
        kept_unref(j->ring[(seq - 1) % j->cap]);
    }
    cos_free(j->ring);
    (void)pthread_cond_destroy(&j->added);
    (void)pthread_mutex_destroy(&j->lock);
    return cos_free(j);
}

/* Double the ring up to its maximum; false when it cannot grow. */
static bool grow_locked(struct tenant_journal *j)
{
    size_t cap = j->cap == 0 ? 64 : j->cap * 2;
    cap = cap > j->max ? j->max : cap;
    if (cap == 0 || cap == j->cap) {
        return false;
    }
    struct kept **ring = cos_calloc(cap, sizeof(struct kept *));
    if (ring == NULL) {
        return false;
    }
    for (uint64_t seq = j->first_seq; j->cap > 0 && seq <= j->last_seq; seq++) {
        ring[(seq - 1) % cap] = j->ring[(seq - 1) % j->cap];
    }
    cos_free(j->ring);
    j->ring = ring;
    j->cap = cap;
    return true;
}

/* The oldest entries until one more has its place and the rest has room; they are for the
 * caller to free, without the lock. */
static struct kept *drop_oldest_locked(struct tenant_journal *j, size_t more_bytes)
{
    struct kept *dropped = NULL;
    while (j->first_seq <= j->last_seq &&
           (j->last_seq + 1 - j->first_seq == j->cap || j->bytes + more_bytes > j->max_bytes)) {
        struct kept *oldest = j->ring[(j->first_seq - 1) % j->cap];
        oldest->next_dropped = dropped;
        dropped = oldest;
        j->bytes -= oldest->bytes;
        j->first_seq++;
        j->dropped++;
    }
    return dropped;
}

static const struct cos_span *span_get(const struct entry_draft *d, size_t i)
{
    return (const struct cos_span *)(const void *)((const char *)&d->texts + spans_of_draft[i]);
}

static struct kept *kept_alloc(const struct entry_draft *d)
{
    size_t bytes = sizeof(struct kept) + questions_bytes(&d->entry);
    for (size_t i = 0; i < N_OF_ENTRY; i++) {
        size_t n = span_get(d, i)->len;
        bytes += n == 0 ? 0 : n + 1;
    }
    struct kept *k = cos_malloc(bytes);
    if (k != NULL) {
        k->refs = 1;
        k->bytes = bytes;
        k->next_dropped = NULL;
    }
    return k;
}

static struct kept *kept_new(const struct entry_draft *d)
{
    struct kept *k = kept_alloc(d);
    if (k == NULL) {
        return NULL;
    }
    k->entry = d->entry;
    char *text = questions_copy(&k->entry, &d->entry, k->questions,
                                (char *)(k->questions + d->entry.n_questions));
    for (size_t i = 0; i < N_OF_ENTRY; i++) {
        const struct cos_span *span = span_get(d, i);
        const char *kept = span->len == 0 ? "" : text;
        if (span->len > 0) {
            text = cos_span_put(text, *span);
            *text++ = '\0';
        }
        text_set(&k->entry, texts_of_entry[i], kept);
    }
    return k;
}

/* @query as this version knows it; NULL asks for everything. False when it has no size. */
static bool read_query(struct cosmock_journal_query *out,
                       const struct cosmock_journal_query *query)
{
    *out = (struct cosmock_journal_query)COSMOCK_JOURNAL_QUERY_INIT;
    return query == NULL || cos_sized_copy(out, sizeof(*out), query);
}

static bool fits(const struct cosmock_entry *e, const struct cosmock_journal_query *q)
{
    return (q->op == NULL || strcmp(q->op, e->op) == 0) &&
           (q->bucket == NULL || strcmp(q->bucket, e->bucket) == 0) &&
           (q->key == NULL || strcmp(q->key, e->key) == 0) &&
           (q->http_status == 0 || q->http_status == e->http_status);
}

/* --- watches --- */

static void watches_remove_locked(struct tenant_journal *j, struct journal_watch *w)
{
    *(w->prev == NULL ? &j->watches : &w->prev->next) = w->next;
    if (w->next != NULL) {
        w->next->prev = w->prev;
    }
}

/* Those that @e is for, off the list, one behind the other. */
static struct journal_watch *take_watches_locked(struct tenant_journal *j,
                                                 const struct cosmock_entry *e)
{
    struct journal_watch *taken = NULL;
    struct journal_watch *next;
    for (struct journal_watch *w = j->watches; w != NULL; w = next) {
        next = w->next;
        if (e->seq > w->query.after_seq && fits(e, &w->query)) {
            watches_remove_locked(j, w);
            w->state = WATCH_TELLING;
            w->next = taken;
            taken = w;
        }
    }
    return taken;
}

static void tell_watches(struct tenant_journal *j, struct journal_watch *w)
{
    struct journal_watch *next;
    for (; w != NULL; w = next) {
        next = w->next;
        w->tell(w->ctx);
        (void)pthread_mutex_lock(&j->lock);
        w->state = WATCH_OVER; /* from here on it may be gone */
        (void)pthread_cond_broadcast(&j->added);
        (void)pthread_mutex_unlock(&j->lock);
    }
}

void world_journal_add(struct cosmock_tenant *t, const struct entry_draft *draft)
{
    struct tenant_journal *j = t->journal;
    struct kept *k = kept_new(draft);
    (void)pthread_mutex_lock(&j->lock);
    bool full = j->last_seq + 1 - j->first_seq == j->cap;
    if (k == NULL || (full && !grow_locked(j) && j->cap == 0)) {
        j->dropped++;
        (void)pthread_mutex_unlock(&j->lock);
        kept_unref(k);
        return;
    }
    struct kept *dropped = drop_oldest_locked(j, k->bytes);
    k->entry.seq = ++j->last_seq;
    j->ring[(k->entry.seq - 1) % j->cap] = k;
    j->bytes += k->bytes;
    if (j->waiters > 0) {
        (void)pthread_cond_broadcast(&j->added);
    }
    struct journal_watch *told = take_watches_locked(j, &k->entry);
    (void)pthread_mutex_unlock(&j->lock);
    tell_watches(j, told);
    for (struct kept *next; dropped != NULL; dropped = next) {
        next = dropped->next_dropped;
        kept_unref(dropped);
    }
}

static uint64_t start_of(const struct tenant_journal *j, const struct cosmock_journal_query *q)
{
    uint64_t after = q->after_seq;
    return after >= j->last_seq ? j->last_seq + 1
                                : (after + 1 > j->first_seq ? after + 1 : j->first_seq);
}

static size_t most_of(const struct tenant_journal *j, const struct cosmock_journal_query *q,
                      uint64_t start)
{
    size_t there = (size_t)(j->last_seq + 1 - start);
    return q->max_entries != 0 && q->max_entries < there ? q->max_entries : there;
}

/* References to the fitting entries; -1 without memory. */
static int64_t take(struct tenant_journal *j, const struct cosmock_journal_query *q,
                    struct kept ***out)
{
    int64_t n = 0;
    (void)pthread_mutex_lock(&j->lock);
    uint64_t start = start_of(j, q);
    size_t max = most_of(j, q, start);
    struct kept **taken = cos_calloc(max + 1, sizeof(struct kept *));
    for (uint64_t seq = start; taken != NULL && seq <= j->last_seq && (size_t)n < max; seq++) {
        struct kept *k = j->ring[(seq - 1) % j->cap];
        if (fits(&k->entry, q)) {
            __atomic_add_fetch(&k->refs, 1, __ATOMIC_RELAXED);
            taken[n++] = k;
        }
    }
    (void)pthread_mutex_unlock(&j->lock);
    *out = taken;
    return taken == NULL ? -1 : n;
}

int64_t cosmock_journal_read(struct cosmock_tenant *t, struct cosmock_entry **out,
                             const struct cosmock_journal_query *query)
{
    struct cosmock_journal_query known;
    if (!read_query(&known, query)) {
        return COSMOCK_E_INVALID;
    }
    struct kept **taken;
    int64_t n = take(t->journal, &known, &taken);
    if (n < 0) {
        return COSMOCK_E_NOMEM;
    }
    size_t bytes = (size_t)n * sizeof(struct cosmock_entry) + 1;
    size_t n_questions = 0;
    for (int64_t i = 0; i < n; i++) {
        bytes += bytes_behind(&taken[i]->entry);
        n_questions += taken[i]->entry.n_questions;
    }
    struct cosmock_entry *block = cos_malloc(bytes);
    struct cosmock_question *questions =
        block == NULL ? NULL : (struct cosmock_question *)(void *)(block + n);
    char *text = block == NULL ? NULL : (char *)(questions + n_questions);
    for (int64_t i = 0; i < n; i++) {
        if (block != NULL) {
            text = entry_copy(&block[i], &taken[i]->entry, questions, text);
            questions += block[i].n_questions;
        }
        kept_unref(taken[i]);
    }
    cos_free(taken);
    if (block == NULL) {
        return COSMOCK_E_NOMEM;
    }
    *out = block;
    return n;
}

struct cosmock_entry *cosmock_entries_free(struct cosmock_entry *entries)
{
    return cos_free(entries);
}

uint64_t cosmock_journal_last_seq(struct cosmock_tenant *t)
{
    (void)pthread_mutex_lock(&t->journal->lock);
    uint64_t seq = t->journal->last_seq;
    (void)pthread_mutex_unlock(&t->journal->lock);
    return seq;
}

uint64_t cosmock_journal_dropped(struct cosmock_tenant *t)
{
    (void)pthread_mutex_lock(&t->journal->lock);
    uint64_t dropped = t->journal->dropped;
    (void)pthread_mutex_unlock(&t->journal->lock);
    return dropped;
}

/* From *seq on, which goes on behind what was looked at. */
static bool finds_locked(const struct tenant_journal *j, const struct cosmock_journal_query *q,
                         uint64_t *seq)
{
    *seq = *seq < j->first_seq ? j->first_seq : *seq;
    for (; *seq <= j->last_seq; ++*seq) {
        if (fits(&j->ring[(*seq - 1) % j->cap]->entry, q)) {
            return true;
        }
    }
    return false;
}

bool world_journal_watch(struct cosmock_tenant *t, struct journal_watch *w)
{
    struct tenant_journal *j = t->journal;
    (void)pthread_mutex_lock(&j->lock);
    uint64_t seq = start_of(j, &w->query);
    bool is_there = finds_locked(j, &w->query, &seq);
    w->state = is_there ? WATCH_OVER : WATCH_OPEN;
    if (!is_there) {
        w->prev = NULL;
        w->next = j->watches;
        if (w->next != NULL) {
            w->next->prev = w;
        }
        j->watches = w;
    }
    (void)pthread_mutex_unlock(&j->lock);
    return !is_there;
}

bool world_journal_unwatch(struct cosmock_tenant *t, struct journal_watch *w)
{
    struct tenant_journal *j = t->journal;
    (void)pthread_mutex_lock(&j->lock);
    while (w->state == WATCH_TELLING) {
        (void)pthread_cond_wait(&j->added, &j->lock);
    }
    bool was_open = w->state == WATCH_OPEN;
    if (was_open) {
        watches_remove_locked(j, w);
        w->state = WATCH_OVER;
    }
    (void)pthread_mutex_unlock(&j->lock);
    return was_open;
}

int cosmock_journal_wait(struct cosmock_tenant *t, const struct cosmock_journal_query *query,
                         int64_t timeout_ms)
{
    int64_t wait_ms = timeout_ms < 0 ? 0 : timeout_ms > MAX_WAIT_MS ? MAX_WAIT_MS : timeout_ms;
    int64_t deadline_ns = cos_system_mono_ns() + wait_ms * 1000000;
    struct timespec deadline = {.tv_sec = deadline_ns / 1000000000,
                                .tv_nsec = deadline_ns % 1000000000};
    struct cosmock_journal_query known;
    if (!read_query(&known, query)) {
        return COSMOCK_E_INVALID;
    }
    struct tenant_journal *j = t->journal;
    (void)pthread_mutex_lock(&j->lock);
    j->waiters++;
    uint64_t seq = start_of(j, &known);
    int found = 0;
    int r = 0;
    while (found == 0) {
        found = finds_locked(j, &known, &seq) ? 1 : 0;
        if (found == 1 || r == ETIMEDOUT) {
            break;
        }
        r = pthread_cond_timedwait(&j->added, &j->lock, &deadline);
    }
    j->waiters--;
    (void)pthread_mutex_unlock(&j->lock);
    return found;
}
