/* SPDX-License-Identifier: Apache-2.0 */
/* The journal and the faults over the control API: docs/CONTROL-API.md. */
#include "control.h"

#include "cosbase/file.h"
#include "cosmock/request.h"

#include <pthread.h>

static void faults_are_pushed_counted_and_taken_back(void **state)
{
    struct wire *w = *state;
    struct told a = control_call(w, "POST", control_path(w, "/faults"),
                                 "{\"op\":\"GetObject\",\"kind\":\"reply\",\"http_status\":503,"
                                 "\"code\":\"SlowDown\",\"skip\":1,\"times\":1}");

    assert_int_equal(a.status, 201);
    int64_t id = 0;
    assert_true(cos_json_i64(cos_json_get(a.json, "id"), &id));
    told_free(&a);
    wire_put_object(w, "k", "x");
    assert_int_equal(wire_get(w->front.port, w->host, "/k", NULL), 200);
    assert_int_equal(wire_get(w->front.port, w->host, "/k", NULL), 503);
    assert_int_equal(wire_get(w->front.port, w->host, "/k", NULL), 200);
    a = control_call(w, "GET", control_path(w, "/faults"), "");
    int64_t hits = 0;
    assert_true(
        cos_json_i64(cos_json_get(cos_json_first(cos_json_get(a.json, "faults")), "hits"),
                     &hits));
    assert_int_equal(hits, 1);
    told_free(&a);
    control_expect(w, "DELETE", control_path(w, "/faults"), "", 200);
    a = control_call(w, "GET", control_path(w, "/faults"), "");
    assert_int_equal(cos_json_count(cos_json_get(a.json, "faults")), 0);
    told_free(&a);
}

static void a_fault_says_when_and_which_header(void **state)
{
    struct wire *w = *state;

    control_expect(
        w, "POST", control_path(w, "/faults"),
        "{\"service\":\"cos\",\"kind\":\"header\",\"header\":\"ETag\",\"value\":\"0\","
        "\"every\":2,\"percent\":100,\"seed\":7}",
        201);
    wire_put_object(w, "k", "x");
    struct line l = line_open(w->front.port);
    for (int i = 1; i <= 4; i++) {
        struct reply r;
        line_say(&l, "HEAD /k HTTP/1.1\r\nHost: %s\r\n\r\n", w->host);
        assert_true(line_hear(&l, &r, /* has_body= */ false));
        assert_int_equal(strcmp(reply_value(&r, "ETag"), "0") == 0, i % 2 == 0);
        reply_free(&r);
    }
    line_close(&l);
}

/* A poll is answered by the entry it waits for, and other calls are served meanwhile. */
static void a_long_poll_waits_for_its_entry(void **state)
{
    struct wire *w = *state;
    wire_put_object(w, "k", "x");
    struct line l = line_open(w->control.port);
    line_say(&l, "GET %s&wait_ms=%d HTTP/1.1\r\nHost: localhost\r\n\r\n",
             control_path(w, "/journal?op=GetObject"), PATIENCE_MS);
    control_expect(w, "GET", "/v1/info", "", 200);
    assert_int_equal(wire_get(w->front.port, w->host, "/k", NULL), 200);
    struct reply r;
    assert_true(line_hear(&l, &r, true));
    assert_int_equal(r.status, 200);
    struct cos_json *json = NULL;
    assert_int_equal(cos_json_parse(&json, cos_buf_view(&r.body), NULL, NULL), 0);
    int64_t n = 0;
    assert_true(cos_json_i64(cos_json_get(json, "count"), &n));
    assert_int_equal(n, 1);
    const struct cos_json *entry = cos_json_first(cos_json_get(json, "entries"));
    assert_string_equal(cos_json_str(cos_json_get(entry, "key")), "k");
    cos_json_free(json);
    reply_free(&r);
    line_close(&l);
}

/* 300 calls that wait: 128 do, the others are told, and whoever makes the entry happen is
 * served. */
static void those_who_wait_do_not_shut_the_door(void **state)
{
    enum { CALLS = 300, WAITING = 128 };
    static struct line lines[CALLS];
    static struct pollfd open[CALLS]; /* fd -1: answered */
    struct wire *w = *state;
    int n_of[600] = {0}; /* answers by status */

    wire_put_object(w, "k", "x");
    for (int i = 0; i < CALLS; i++) {
        lines[i] = line_open(w->control.port);
        open[i] = (struct pollfd){.fd = lines[i].fd, .events = POLLIN};
        line_say(&lines[i], "GET %s&wait_ms=%d HTTP/1.1\r\nHost: localhost\r\n\r\n",
                 control_path(w, "/journal?op=GetObject"), PATIENCE_MS);
    }
    control_expect(w, "GET", "/v1/info", "", 200);
    while (n_of[200] + n_of[429] < CALLS) {
        assert_true(poll(open, CALLS, PATIENCE_MS) > 0);
        for (int i = 0; i < CALLS; i++) {
            if (open[i].revents != 0) {
                struct reply r;
                assert_true(line_hear(&lines[i], &r, true));
                n_of[r.status]++;
                cos_buf_deinit(&r.body);
                line_close(&lines[i]);
                open[i].fd = -1;
            }
        }
        if (n_of[429] == CALLS - WAITING && n_of[200] == 0) { /* the rest waits for this: */
            assert_int_equal(wire_get(w->front.port, w->host, "/k", NULL), 200);
        }
    }
    assert_int_equal(n_of[429], CALLS - WAITING);
    assert_int_equal(n_of[200], WAITING);
}

/* --- page by page --- */

enum { ADDED = 3000 };

static void *add_entries(void *ctx)
{
    struct wire *w = ctx;
    const struct cosmock_header host = {{"Host", 4}, {w->host, strlen(w->host)}};
    const struct cosmock_head head = {.method = {"GET", 3},
                                      .target = {"/missing", 8},
                                      .headers = &host,
                                      .n_headers = 1};
    for (int i = 0; i < ADDED; i++) {
        struct cosmock_exchange *x = NULL;
        if (cosmock_begin(w->mock, &x, &head) > 0) {
            (void)cosmock_finish(x);
        }
        (void)cosmock_exchange_free(x);
    }
    return NULL;
}

/* Each entry of the page is the one behind @seen; returns `next`. */
static int64_t read_page(struct wire *w, const char *more, int64_t seen, bool *is_whole)
{
    char path[100];
    (void)snprintf(path, sizeof(path), "/journal?after=%lld%s", (long long)seen, more);
    struct told a = control_call(w, "GET", control_path(w, path), "");
    const struct cos_json *e = cos_json_first(cos_json_get(a.json, "entries"));
    int64_t next = -1;
    for (; e != NULL; e = cos_json_next(e)) {
        int64_t seq = 0;
        *is_whole = *is_whole && cos_json_i64(cos_json_get(e, "seq"), &seq) && seq == seen + 1;
        seen = seq;
    }
    *is_whole = *is_whole && cos_json_i64(cos_json_get(a.json, "next"), &next) && next == seen;
    told_free(&a);
    return next;
}

static void who_goes_on_behind_a_page_misses_nothing(void **state)
{
    static const char *const more[] = {"", "&limit=7"};
    struct wire *w = *state;
    int64_t seen = 0;
    for (size_t i = 0; i < COS_ARRAY_LEN(more); i++) {
        pthread_t thread;
        bool is_whole = true;
        assert_int_equal(pthread_create(&thread, NULL, add_entries, w), 0);
        for (int64_t until = seen + ADDED; is_whole && seen < until;) {
            seen = read_page(w, more[i], seen, &is_whole);
        }
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_true(is_whole);
    }
    int64_t all = -1;
    struct told a = control_call(w, "GET", control_path(w, "/journal?limit=2&after=10"), "");
    assert_true(cos_json_i64(cos_json_get(a.json, "next"), &all));
    assert_int_equal(all, 12);
    assert_true(cos_json_i64(cos_json_get(a.json, "last_seq"), &all));
    assert_int_equal(all, COS_ARRAY_LEN(more) * ADDED);
    told_free(&a);
}

static void the_journal_is_also_json_lines(void **state)
{
    struct wire *w = *state;

    wire_put_object(w, "k", "x");
    (void)wire_get(w->front.port, w->host, "/k", NULL);
    (void)wire_get(w->front.port, w->host, "/missing", NULL);
    struct told a =
        control_call(w, "GET", control_path(w, "/journal?format=jsonl&status=404"), "");
    struct cos_span text = cos_buf_view(&a.text);
    assert_true(cos_span_ends(text, COS_SPAN_LIT("}\n")));
    assert_int_equal(cos_span_chr(text, '\n'), text.len - 1); /* one line */
    told_free(&a);
}

static void the_journal_is_counted_without_its_entries(void **state)
{
    struct wire *w = *state;
    for (int i = 0; i < 3; i++) {
        (void)wire_get(w->front.port, w->host, "/missing", NULL);
    }
    static const struct {
        const char *query;
        int64_t want;
    } rows[] = {{"status=404", 3},
                {"op=DeleteObject", 0},
                {"op=ReplicateObject", 0},
                {"limit=2", 2},
                {"after=2", 1}};
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        char path[100];
        (void)snprintf(path, sizeof(path), "/journal?format=count&%s", rows[i].query);
        struct told a = control_call(w, "GET", control_path(w, path), "");
        int64_t count = -1;
        assert_true(cos_json_i64(cos_json_get(a.json, "count"), &count));
        assert_int_equal(count, rows[i].want);
        assert_null(cos_json_get(a.json, "entries"));
        told_free(&a);
    }
}

static void what_was_asked_for_in_vain_is_counted_by_name(void **state)
{
    struct wire *w = *state;
    (void)wire_get(w->front.port, w->host, "/k?callback=1", NULL);
    (void)wire_get(w->front.port, w->host, "/k?prefx=1&callback=1", NULL);
    (void)wire_get(w->front.port, w->host, "/other?acll=", NULL);
    (void)wire_get(w->front.port, w->host, "/other", NULL);
    static const struct {
        const char *query, *says;
    } rows[] = {
        {"", "\"count\":4,\"ignored\":[{\"name\":\"?callback\",\"count\":2}],"
             "\"unknown\":[{\"name\":\"?prefx\",\"count\":1},"
             "{\"name\":\"?acll\",\"count\":1}]}"},
        {"&key=other", "\"count\":2,\"ignored\":[],"
                       "\"unknown\":[{\"name\":\"?acll\",\"count\":1}]}"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        char path[100];
        (void)snprintf(path, sizeof(path), "/journal?format=names%s", rows[i].query);
        struct told a = control_call(w, "GET", control_path(w, path), "");
        if (strstr(cos_buf_cstr(&a.text), rows[i].says) == NULL) {
            fail_msg("%s", cos_buf_cstr(&a.text));
        }
        told_free(&a);
    }
}

/* Members that HAR 1.2 does not call optional. */
static void has_members(const struct cos_json *of, const char *where, const char *names)
{
    struct cos_span rest = cos_span_of(names);
    while (rest.len > 0) {
        struct cos_span word = cos_span_cut(&rest, ' ');
        char name[40];
        (void)snprintf(name, sizeof(name), COS_SPAN_FMT, COS_SPAN_ARG(word));
        if (cos_json_get(of, name) == NULL) {
            fail_msg("%s has no %s", where, name);
        }
    }
}

static void the_journal_is_an_http_archive_without_secrets(void **state)
{
    struct wire *w = *state;
    (void)wire_get(w->front.port, w->host, "/a%20b?prefix=c%26d&x-cos-security-token=secret",
                   NULL);
    struct told a = control_call(w, "GET", control_path(w, "/journal?format=har"), "");
    assert_int_equal(a.status, 200);
    assert_null(strstr(cos_buf_cstr(&a.text), "=secret"));
    assert_null(strstr(cos_buf_cstr(&a.text), "\"secret\""));
    const struct cos_json *log = cos_json_get(a.json, "log");
    assert_string_equal(cos_json_str(cos_json_get(log, "version")), "1.2");
    has_members(cos_json_get(log, "creator"), "creator", "name version");
    const struct cos_json *entry = cos_json_first(cos_json_get(log, "entries"));
    has_members(entry, "entry", "startedDateTime time request response cache timings _cosmock");
    has_members(cos_json_get(entry, "timings"), "timings", "send wait receive");
    const struct cos_json *request = cos_json_get(entry, "request");
    has_members(request, "request",
                "method url httpVersion cookies headers queryString headersSize bodySize");
    const struct cos_json *response = cos_json_get(entry, "response");
    has_members(response, "response",
                "status statusText httpVersion cookies headers content redirectURL headersSize "
                "bodySize");
    has_members(cos_json_get(response, "content"), "content", "size mimeType");
    char url[300];
    (void)snprintf(url, sizeof(url), "http://%s/a%%20b?prefix=c%%26d&x-cos-security-token=***",
                   w->host);
    assert_string_equal(cos_json_str(cos_json_get(request, "url")), url);
    const struct cos_json *param = cos_json_first(cos_json_get(request, "queryString"));
    assert_string_equal(cos_json_str(cos_json_get(param, "name")), "prefix");
    assert_string_equal(cos_json_str(cos_json_get(param, "value")), "c&d");
    told_free(&a);
}

/* HAR 1.2: what begins with '_' is ours to say. */
static void an_archive_tells_apart_what_nobody_asked_for(void **state)
{
    struct wire *w = *state;
    struct cosmock_world_info info;
    char path[200];
    cosmock_world_info(w->tenant, &info);
    (void)snprintf(path, sizeof(path), "/cos/%s?lifecycle", info.bucket);
    assert_int_equal(cosmock_object_put(w->tenant, info.bucket, "k", "x", 1, NULL), 0);
    control_expect(w, "PUT", control_path(w, path),
                   "<LifecycleConfiguration><Rule><ID>a</ID><Status>Enabled</Status><Filter/>"
                   "<Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>",
                   200);
    assert_int_equal(cosmock_clock_advance(w->tenant, COSMOCK_CLOCK_MODIFICATION,
                                           INT64_C(10) * 86400 * 1000),
                     0);
    struct told a = control_call(w, "GET", control_path(w, "/journal?format=har"), "");
    const struct cos_json *log = cos_json_get(a.json, "log");
    assert_null(cos_json_first(cos_json_get(log, "entries")));
    const struct cos_json *own = cos_json_first(cos_json_get(log, "_cosmock_own_work"));
    assert_string_equal(cos_json_str(cos_json_get(own, "op")), "ApplyLifecycle");
    told_free(&a);
}

/* A stop does not wait for a client that waits for the mock. */
static void a_stop_ends_a_long_poll(void **state)
{
    struct wire *w = *state;
    struct line l = line_open(w->control.port);

    line_say(&l, "GET /v1/t/%s/journal?wait_ms=100000 HTTP/1.1\r\nHost: localhost\r\n\r\n",
             cosmock_tenant_name(w->tenant));
    control_expect(w, "GET", "/v1/info", "", 200);
    cosmock_listen_stop(w->mock);
    char byte;
    while (recv(l.fd, &byte, 1, 0) > 0) {
    }
    line_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OVER_WIRE(faults_are_pushed_counted_and_taken_back),
        OVER_WIRE(a_fault_says_when_and_which_header),
        OVER_WIRE(a_long_poll_waits_for_its_entry),
        OVER_WIRE(those_who_wait_do_not_shut_the_door),
        OVER_WIRE(who_goes_on_behind_a_page_misses_nothing),
        OVER_WIRE(the_journal_is_also_json_lines),
        OVER_WIRE(the_journal_is_counted_without_its_entries),
        OVER_WIRE(what_was_asked_for_in_vain_is_counted_by_name),
        OVER_WIRE(the_journal_is_an_http_archive_without_secrets),
        OVER_WIRE(an_archive_tells_apart_what_nobody_asked_for),
        OVER_WIRE(a_stop_ends_a_long_poll),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
