/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The journal through the control API. A call that waits for an entry is made again when there
 * is one (control_visit.c), and has no thread meanwhile.
 */
#include "edge/control_call.h"
#include "edge/control_har.h"
#include "services/ops.h"
#include "services/own_work.h"

#define WAIT_MAX_MS 120000
#define LIMIT_DEFAULT 1000
#define LIMIT_MAX 100000
#define NAMES_MAX 200

struct journal_ask {
    struct cosmock_journal_query query;
    int64_t wait_ms, limit;
    void (*write)(struct call *c, const struct journal_page *page);
};

static void write_lines(struct call *c, const struct journal_page *page)
{
    c->reply->status = 200;
    c->reply->content_type = "application/x-ndjson";
    for (int64_t i = 0; i < page->n; i++) {
        char *json = cosmock_entry_json(&page->entries[i]);

        cos_buf_str(&c->reply->body, json == NULL ? "{}" : json);
        cos_buf_ch(&c->reply->body, '\n');
        free(json);
    }
}

/* Open, so that more may follow. */
static void begin_count(struct call *c, struct cos_jw *w, const struct journal_page *page)
{
    call_object(c, 200, w);
    cos_jw_u64(w, "last_seq", page->last_seq);
    cos_jw_u64(w, "next", page->next);
    cos_jw_u64(w, "dropped", cosmock_journal_dropped(c->tenant));
    cos_jw_i64(w, "count", page->n);
}

static void write_count(struct call *c, const struct journal_page *page)
{
    struct cos_jw w;
    begin_count(c, &w, page);
    cos_jw_end(&w);
}

static void write_entries(struct call *c, const struct journal_page *page)
{
    struct cos_jw w;
    begin_count(c, &w, page);
    cos_jw_array(&w, "entries");
    for (int64_t i = 0; i < page->n; i++) {
        char *json = cosmock_entry_json(&page->entries[i]);

        cos_jw_raw(&w, NULL, cos_span_of(json == NULL ? "{}" : json));
        free(json);
    }
    cos_jw_end(&w);
    cos_jw_end(&w);
}

/* --- what requests said and nobody heeded --- */

struct name_count {
    struct cos_span name;
    uint64_t times;
};
struct name_counts {
    struct name_count items[NAMES_MAX];
    size_t n;
    uint64_t others; /* of those that have no place */
};

static void count_name(struct name_counts *counts, struct cos_span name)
{
    size_t i = 0;
    while (i < counts->n && !cos_span_eq(counts->items[i].name, name)) {
        i++;
    }
    if (i == NAMES_MAX) {
        counts->others++;
        return;
    }
    if (i == counts->n) {
        counts->items[counts->n++] = (struct name_count){name, 0};
    }
    counts->items[i].times++;
}

static void count_names(struct name_counts *counts, const char *list)
{
    for (struct cos_span rest = cos_span_of(list); rest.len > 0;) {
        count_name(counts, cos_span_cut(&rest, ';'));
    }
}

static void write_name_counts(struct call *c, struct cos_jw *w, const char *member,
                              const struct name_counts *counts)
{
    cos_jw_array(w, member);
    for (size_t i = 0; i < counts->n; i++) {
        cos_jw_object(w, /* name= */ NULL);
        cos_jw_str(w, "name", cos_arena_str(&c->arena, counts->items[i].name));
        cos_jw_u64(w, "count", counts->items[i].times);
        cos_jw_end(w);
    }
    cos_jw_end(w);
    if (counts->others > 0) {
        char name[32];
        (void)snprintf(name, sizeof(name), "other_%s", member);
        cos_jw_u64(w, name, counts->others);
    }
}

static void write_names(struct call *c, const struct journal_page *page)
{
    struct name_counts *counts = cos_arena_array(&c->arena, 2, sizeof(*counts));
    if (counts == NULL) {
        call_refuse(c, 507, "out-of-memory", "out of memory for the names");
        return;
    }
    memset(counts, 0, 2 * sizeof(*counts));
    for (int64_t i = 0; i < page->n; i++) {
        count_names(&counts[0], page->entries[i].ignored);
        count_names(&counts[1], page->entries[i].unknown);
    }
    struct cos_jw w;
    begin_count(c, &w, page);
    write_name_counts(c, &w, "ignored", &counts[0]);
    write_name_counts(c, &w, "unknown", &counts[1]);
    cos_jw_end(&w);
}

static const struct {
    const char *name;
    void (*write)(struct call *c, const struct journal_page *page);
} formats[] = {
    {"json", write_entries}, {"jsonl", write_lines}, {"har", control_har_write},
    {"count", write_count},  {"names", write_names},
};

static bool read_format(struct call *c, struct journal_ask *ask)
{
    const char *name = call_param(c, "format");
    for (size_t i = 0; i < COS_ARRAY_LEN(formats); i++) {
        if (strcmp(name == NULL ? formats[0].name : name, formats[i].name) == 0) {
            ask->write = formats[i].write;
            return true;
        }
    }
    call_refuse(c, 400, "invalid",
                "parameter 'format' is '%.20s': json, jsonl, har, count or names", name);
    return false;
}

/* Who counts means all of them. */
static int64_t limit_left_out(const struct journal_ask *ask)
{
    return ask->write == write_count || ask->write == write_names ? LIMIT_MAX : LIMIT_DEFAULT;
}

static bool read_ask(struct call *c, struct journal_ask *ask)
{
    static const char *const params[] = {"after",   "op",    "bucket", "key", "status",
                                         "wait_ms", "limit", "format", NULL};
    int64_t after;
    int64_t status;

    if (!call_params_known(c, params) || !read_format(c, ask) ||
        !call_param_i64(c, "after", 0, 0, INT64_MAX, &after) ||
        !call_param_i64(c, "status", 0, 0, 999, &status) ||
        !call_param_i64(c, "wait_ms", 0, 0, WAIT_MAX_MS, &ask->wait_ms) ||
        !call_param_i64(c, "limit", limit_left_out(ask), 1, LIMIT_MAX, &ask->limit)) {
        return false;
    }
    ask->query = (struct cosmock_journal_query)COSMOCK_JOURNAL_QUERY_INIT;
    ask->query.op = call_param(c, "op");
    if (ask->query.op != NULL && ops_named(ask->query.op) == NULL &&
        !own_work_is_op(ask->query.op)) {
        char why[200];
        call_refuse(c, 400, "invalid", "parameter 'op': %s",
                    ops_name_complaint(ask->query.op, why, sizeof(why)));
        return false;
    }
    ask->query.after_seq = (uint64_t)after;
    ask->query.bucket = call_param(c, "bucket");
    ask->query.key = call_param(c, "key");
    ask->query.http_status = (int)status;
    ask->query.max_entries = (size_t)ask->limit;
    return true;
}

/* Not answered then. */
static bool must_wait(struct call *c, const struct journal_ask *ask)
{
    return ask->wait_ms > 0 && !c->wait.is_over &&
           cosmock_journal_wait(c->tenant, &ask->query, /* timeout_ms= */ 0) == 0;
}

/* What was added meanwhile is the next answer's: nobody who goes on behind last_seq, or behind
 * `next`, misses an entry or sees one twice. */
static void end_page(struct journal_page *page, int64_t limit)
{
    while (page->n > 0 && page->entries[page->n - 1].seq > page->last_seq) {
        page->n--;
    }
    page->next = page->n == limit ? page->entries[page->n - 1].seq : page->last_seq;
}

void control_journal(struct call *c)
{
    struct journal_ask ask;

    if (!read_ask(c, &ask)) {
        return;
    }
    if (must_wait(c, &ask)) {
        c->wait = (struct call_wait){.query = ask.query, .ms = ask.wait_ms, .is_wanted = true};
        return;
    }
    struct cosmock_entry *entries = NULL;
    struct journal_page page = {.last_seq = cosmock_journal_last_seq(c->tenant)};
    page.n = cosmock_journal_read(c->tenant, &entries, &ask.query);
    if (page.n < 0) {
        call_refuse(c, 507, "out-of-memory", "out of memory for the journal");
        return;
    }
    page.entries = entries;
    end_page(&page, ask.limit);
    ask.write(c, &page);
    (void)cosmock_entries_free(entries);
}
