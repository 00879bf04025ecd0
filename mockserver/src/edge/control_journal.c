/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The journal and the faults through the control API. A long-poll blocks its own thread (every
 * control connection has one), in slices, so that a mock that is being stopped does not wait
 * for a client that waits for the mock. Those that wait may take a fourth of the connections,
 * no more: the rest is for those who make happen what the others wait for.
 */
#include "cosbase/alloc.h"
#include "cosbase/clock.h"
#include "edge/control_call.h"
#include "edge/control_har.h"
#include "services/ops.h"

#define WAIT_MAX_MS 120000
#define WAIT_SLICE_MS 200
#define WAITING_MAX 128 /* of CONTROL_CONNECTION_MAX in mhd.c */
#define LIMIT_DEFAULT 1000
#define LIMIT_MAX 100000
#define NAMES_MAX 200

/* --- journal --- */

struct journal_ask {
    struct cosmock_journal_query query;
    int64_t wait_ms, limit;
    void (*write)(struct call *c, const struct cosmock_entry *entries, int64_t n);
};

static void write_lines(struct call *c, const struct cosmock_entry *entries, int64_t n)
{
    c->reply->status = 200;
    c->reply->content_type = "application/x-ndjson";
    for (int64_t i = 0; i < n; i++) {
        char *json = cosmock_entry_json(&entries[i]);

        cos_buf_str(&c->reply->body, json == NULL ? "{}" : json);
        cos_buf_ch(&c->reply->body, '\n');
        free(json);
    }
}

/* Open, so that more may follow. */
static void begin_count(struct call *c, struct cos_jw *w, int64_t n)
{
    call_object(c, 200, w);
    cos_jw_u64(w, "last_seq", cosmock_journal_last_seq(c->tenant));
    cos_jw_u64(w, "dropped", cosmock_journal_dropped(c->tenant));
    cos_jw_i64(w, "count", n);
}

static void write_count(struct call *c, const struct cosmock_entry *entries, int64_t n)
{
    struct cos_jw w;
    begin_count(c, &w, n);
    cos_jw_end(&w);
}

static void write_entries(struct call *c, const struct cosmock_entry *entries, int64_t n)
{
    struct cos_jw w;
    begin_count(c, &w, n);
    cos_jw_array(&w, "entries");
    for (int64_t i = 0; i < n; i++) {
        char *json = cosmock_entry_json(&entries[i]);

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

static void write_names(struct call *c, const struct cosmock_entry *entries, int64_t n)
{
    struct name_counts *counts = cos_arena_array(&c->arena, 2, sizeof(*counts));
    if (counts == NULL) {
        call_refuse(c, 507, "out-of-memory", "out of memory for the names");
        return;
    }
    memset(counts, 0, 2 * sizeof(*counts));
    for (int64_t i = 0; i < n; i++) {
        count_names(&counts[0], entries[i].ignored);
        count_names(&counts[1], entries[i].unknown);
    }
    struct cos_jw w;
    begin_count(c, &w, n);
    write_name_counts(c, &w, "ignored", &counts[0]);
    write_name_counts(c, &w, "unknown", &counts[1]);
    cos_jw_end(&w);
}

static const struct {
    const char *name;
    void (*write)(struct call *c, const struct cosmock_entry *entries, int64_t n);
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
    if (ask->query.op != NULL && ops_named(ask->query.op) == NULL) {
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

static void wait_in_slices(struct call *c, const struct journal_ask *ask)
{
    int64_t deadline_mono_ms = cos_system_mono_ns() / 1000000 + ask->wait_ms;
    int64_t left_ms = ask->wait_ms;

    while (left_ms > 0 && !__atomic_load_n(&c->control->is_stopping, __ATOMIC_ACQUIRE)) {
        int64_t slice_ms = left_ms < WAIT_SLICE_MS ? left_ms : WAIT_SLICE_MS;

        if (cosmock_journal_wait(c->tenant, &ask->query, slice_ms) != 0) {
            return;
        }
        left_ms = deadline_mono_ms - cos_system_mono_ns() / 1000000;
    }
}

/* False: the failure is answered. */
static bool wait_for_entry(struct call *c, const struct journal_ask *ask)
{
    unsigned *n_waiting = &c->control->n_waiting;

    if (ask->wait_ms == 0 || cosmock_journal_wait(c->tenant, &ask->query, 0) != 0) {
        return true;
    }
    bool has_place = __atomic_add_fetch(n_waiting, 1, __ATOMIC_RELAXED) <= WAITING_MAX;
    if (has_place) {
        wait_in_slices(c, ask);
    } else {
        call_refuse(c, 429, "too-many-waiting",
                    "%d calls wait for the journal already, and no more may: let some end, or "
                    "leave wait_ms away",
                    WAITING_MAX);
    }
    (void)__atomic_sub_fetch(n_waiting, 1, __ATOMIC_RELAXED);
    return has_place;
}

void control_journal(struct call *c)
{
    struct journal_ask ask;

    if (!read_ask(c, &ask) || !wait_for_entry(c, &ask)) {
        return;
    }
    struct cosmock_entry *entries = NULL;
    int64_t n = cosmock_journal_read(c->tenant, &entries, &ask.query);
    if (n < 0) {
        call_refuse(c, 507, "out-of-memory", "out of memory for the journal");
        return;
    }
    ask.write(c, entries, n);
    (void)cosmock_entries_free(entries);
}

/* --- faults --- */

static const struct {
    const char *name;
    enum cosmock_fault_kind kind;
} kinds[] = {
    {"reply", COSMOCK_FAULT_REPLY},         {"reply-after", COSMOCK_FAULT_REPLY_AFTER},
    {"reply-200", COSMOCK_FAULT_REPLY_200}, {"delay", COSMOCK_FAULT_DELAY},
    {"reset", COSMOCK_FAULT_RESET},         {"reset-after", COSMOCK_FAULT_RESET_AFTER},
    {"truncate", COSMOCK_FAULT_TRUNCATE},   {"corrupt", COSMOCK_FAULT_CORRUPT},
    {"malformed", COSMOCK_FAULT_MALFORMED}, {"header", COSMOCK_FAULT_HEADER},
    {"skew", COSMOCK_FAULT_SKEW},
};

static bool read_kind(struct call *c, const char *name, enum cosmock_fault_kind *out)
{
    for (size_t i = 0; name != NULL && i < COS_ARRAY_LEN(kinds); i++) {
        if (strcmp(kinds[i].name, name) == 0) {
            *out = kinds[i].kind;
            return true;
        }
    }
    call_refuse(c, 400, "invalid",
                "member 'kind' is '%.40s': reply, reply-after, reply-200, delay, reset, "
                "reset-after, truncate, corrupt, malformed, header or skew",
                name == NULL ? "" : name);
    return false;
}

static bool read_fault(struct call *c, const struct cos_json *body, struct cosmock_fault *f)
{
    int64_t skip = 0;
    int64_t times = 0;
    int64_t status = 0;
    int64_t every = 0;
    int64_t percent = 0;
    int64_t seed = 0;

    const char *kind = NULL;
    if (!call_json_str(c, body, "kind", &kind) || !read_kind(c, kind, &f->kind)) {
        return false;
    }
    const struct call_number numbers[] = {
        {"skip", 0, UINT32_MAX, &skip},
        {"times", 0, UINT32_MAX, &times},
        {"every", 0, UINT32_MAX, &every},
        {"percent", 0, 100, &percent},
        {"seed", 0, CALL_EXACT_MAX, &seed},
        {"http_status", 200, 599, &status},
        {"amount", f->kind == COSMOCK_FAULT_SKEW ? -CALL_EXACT_MAX : 0, CALL_EXACT_MAX,
         &f->amount},
    };
    if (!call_json_str(c, body, "op", &f->op) ||
        !call_json_str(c, body, "key_glob", &f->key_glob) ||
        !call_json_str(c, body, "code", &f->code) ||
        !call_json_str(c, body, "location", &f->location) ||
        !call_json_str(c, body, "service", &f->service) ||
        !call_json_str(c, body, "header", &f->header) ||
        !call_json_str(c, body, "value", &f->value) ||
        !call_json_numbers(c, body, numbers, COS_ARRAY_LEN(numbers))) {
        return false;
    }
    f->skip = (unsigned)skip;
    f->times = (unsigned)times;
    f->every = (unsigned)every;
    f->percent = (unsigned)percent;
    f->seed = (uint64_t)seed;
    f->http_status = (int)status;
    return true;
}

static void remember_fault(struct call *c, uint64_t id, const struct cos_json *body)
{
    struct control_fault *kept = cos_calloc(1, sizeof(*kept));

    if (kept == NULL) {
        return; /* it works all the same; only the list misses it */
    }
    struct cos_buf text;
    cos_buf_init(&text, 1u << 16);
    cos_json_print(&text, body);
    kept->json = cos_buf_take(&text);
    kept->id = id;
    (void)snprintf(kept->tenant, sizeof(kept->tenant), "%s", cosmock_tenant_name(c->tenant));
    (void)pthread_mutex_lock(&c->control->lock);
    kept->next = c->control->faults;
    c->control->faults = kept;
    (void)pthread_mutex_unlock(&c->control->lock);
}

static void push_fault(struct call *c)
{
    static const char *const members[] = {"op",       "key_glob",    "skip",  "times",
                                          "kind",     "http_status", "code",  "amount",
                                          "location", "service",     "every", "percent",
                                          "seed",     "header",      "value", NULL};
    COS_CLEANUP(cos_json_free) struct cos_json *body = call_json(c, members);
    struct cosmock_fault fault = COSMOCK_FAULT_INIT;

    if (body == NULL || !read_fault(c, body, &fault)) {
        return;
    }
    uint64_t id = 0;
    struct cosmock_error err;
    if (cosmock_fault_push(c->tenant, &fault, &id, &err) != COSMOCK_OK) {
        call_fail_with(c, &err);
        return;
    }
    remember_fault(c, id, body);
    struct cos_jw w;
    call_object(c, 201, &w);
    cos_jw_u64(&w, "id", id);
    cos_jw_end(&w);
}

static void forget(struct control *control, const char *tenant, uint64_t id, bool any_id)
{
    struct control_fault **at = &control->faults;

    (void)pthread_mutex_lock(&control->lock);
    while (*at != NULL) {
        struct control_fault *f = *at;

        if ((tenant == NULL || strcmp(f->tenant, tenant) == 0) && (any_id || f->id == id)) {
            *at = f->next;
            cos_free(f->json);
            cos_free(f);
        } else {
            at = &f->next;
        }
    }
    (void)pthread_mutex_unlock(&control->lock);
}

void control_faults_forget(struct control *control, const char *tenant)
{
    forget(control, tenant, 0, /* any_id= */ true);
}

struct fault_copy { /* in the arena, so that no lock is held while hits are asked for */
    uint64_t id;
    const char *json;
};

static size_t copy_faults(struct call *c, struct fault_copy **out)
{
    (void)pthread_mutex_lock(&c->control->lock);
    size_t all = 0;
    for (struct control_fault *f = c->control->faults; f != NULL; f = f->next) {
        all++;
    }
    *out = cos_arena_array(&c->arena, all + 1, sizeof(**out));
    size_t n = 0;
    for (struct control_fault *f = c->control->faults; *out != NULL && f != NULL; f = f->next) {
        if (strcmp(f->tenant, cosmock_tenant_name(c->tenant)) == 0) {
            const char *json = f->json == NULL ? "{}" : f->json;

            (*out)[n].id = f->id;
            (*out)[n++].json = cos_arena_str(&c->arena, cos_span_of(json));
        }
    }
    (void)pthread_mutex_unlock(&c->control->lock);
    return n;
}

static void list_faults(struct call *c)
{
    struct fault_copy *faults;
    size_t n = copy_faults(c, &faults);
    struct cos_jw w;

    call_object(c, 200, &w);
    cos_jw_array(&w, "faults");
    for (size_t i = 0; i < n; i++) {
        uint64_t hits = cosmock_fault_hits(c->tenant, faults[i].id);

        cos_jw_object(&w, /* name= */ NULL);
        cos_jw_u64(&w, "id", faults[i].id);
        cos_jw_u64(&w, "hits", hits == UINT64_MAX ? 0 : hits);
        cos_jw_raw(&w, "fault", cos_span_of(faults[i].json));
        cos_jw_end(&w);
    }
    cos_jw_end(&w);
    cos_jw_end(&w);
}

static void one_fault(struct call *c, uint64_t id)
{
    uint64_t hits = cosmock_fault_hits(c->tenant, id);

    if (hits == UINT64_MAX) {
        call_refuse(c, 404, "not-found", "no fault %llu in tenant '%s'", (unsigned long long)id,
                    cosmock_tenant_name(c->tenant));
    } else if (c->method == CALL_GET) {
        struct cos_jw w;
        call_object(c, 200, &w);
        cos_jw_u64(&w, "id", id);
        cos_jw_u64(&w, "hits", hits);
        cos_jw_end(&w);
    } else if (c->method == CALL_DELETE) {
        (void)cosmock_fault_remove(c->tenant, id);
        forget(c->control, cosmock_tenant_name(c->tenant), id, /* any_id= */ false);
        call_ok(c);
    } else {
        call_wrong_method(c, "GET or DELETE");
    }
}

void control_faults(struct call *c)
{
    if (c->rest.len > 0) {
        uint64_t id;
        if (cos_span_u64(c->rest, &id)) {
            one_fault(c, id);
        } else {
            call_refuse(c, 404, "not-found", "a fault is named by its number");
        }
    } else if (c->method == CALL_POST) {
        push_fault(c);
    } else if (c->method == CALL_GET) {
        list_faults(c);
    } else {
        cosmock_fault_clear(c->tenant);
        control_faults_forget(c->control, cosmock_tenant_name(c->tenant));
        call_ok(c);
    }
}
