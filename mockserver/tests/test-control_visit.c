/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clients of the control API that are many, slow, rude or gone, and calls that take long:
 * nobody else feels what one of them does (test-edge_crowd.c and test-patience.c say it of the
 * data plane). RFC 9112; docs/CONTROL-API.md.
 */
#include "control.h"

#include "cosbase/rng.h"
#include "edge/control.h"
#include "edge/socket.h"
#include "later.h"
#include "world/world.h"

#include <dirent.h>
#include <pthread.h>
#include <sys/resource.h>

#define INFO "GET /v1/info HTTP/1.1\r\nHost: localhost\r\n"

/* --- what is not continued --- */

struct stall {
    const char *name;
    /* behind another call */
    bool is_kept;
    /* "@" stands for the path of an object */
    const char *words;
    int status;
    const char *code;
};
static const struct stall stalls[] = {
    {"half of a request line", false, "GET /v1/in", 408, "timeout"},
    {"half of a head", false, "GET /v1/info HTTP/1.1\r\nHost: loc", 408, "timeout"},
    {"half of a head on a kept connection", true, "GET /v1/info HTTP/1.1\r\nHost: loc", 408,
     "timeout"},
    {"no byte of the body", false,
     "PUT @ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n", 408, "timeout"},
    {"half of the body", true,
     "PUT @ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nab", 408, "timeout"},
    {"half of a chunk", false,
     "PUT @ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", 408,
     "timeout"},
    {"no last chunk", true,
     "PUT @ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", 408,
     "timeout"},
    {"the body of a call that was refused", false,
     "PUT /v1/nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nab", 404,
     "not-found"},
};

static void say_stall(struct wire *w, struct line *l, const struct stall *s)
{
    struct cos_span rest = cos_span_of(s->words);
    struct cos_span before = cos_span_cut(&rest, '@');

    if (s->is_kept) {
        line_say(l, INFO "\r\n");
        line_expect(l, 200);
    }
    line_say(l, COS_SPAN_FMT, COS_SPAN_ARG(before));
    if (rest.ptr != NULL) {
        line_say(l, "/v1/t/%s/objects/%s/new" COS_SPAN_FMT, cosmock_tenant_name(w->tenant),
                 w->info.bucket, COS_SPAN_ARG(rest));
    }
}

/* One answer, and the end. A listener of its own, with little patience. */
static void what_is_not_continued_is_refused_in_time(void **state)
{
    struct wire *w = *state;
    struct control_options o = {.edge = edge_of(w->mock), .patience_ms = 30};
    struct control *control = NULL;
    struct cosmock_error err;
    int fd = socket_listen(/* address= */ NULL, /* port= */ 0, &o.at, &err);
    assert_true(fd >= 0);
    assert_int_equal(control_new(&control, fd, &o, &err), COSMOCK_OK);

    for (size_t i = 0; i < COS_ARRAY_LEN(stalls); i++) {
        const struct stall *s = &stalls[i];
        struct line l = line_open(o.at.port);
        struct reply r;
        char code[40];

        say_stall(w, &l, s);
        (void)snprintf(code, sizeof(code), "{\"error\":{\"code\":\"%s\"", s->code);
        if (!line_hear(&l, &r, true) || r.status != s->status ||
            strcmp(reply_value(&r, "Connection"), "close") != 0 ||
            strncmp(cos_buf_cstr(&r.body), code, strlen(code)) != 0) {
            fail_msg("%s: %s%s", s->name, r.head, cos_buf_cstr(&r.body));
        }
        assert_true(line_is_at_end(&l));
        reply_free(&r);
        line_close(&l);
    }
    assert_int_equal(cosmock_object_count(w->tenant, w->info.bucket), 0);
    (void)control_free(control);
}

/* --- many, rude, gone --- */

static void two_hundred_and_fifty_six_connections_at_once_are_served(void **state)
{
    enum { MANY = 256 };
    struct wire *w = *state;
    struct line lines[MANY];

    for (int i = 0; i < MANY; i++) {
        lines[i] = line_open(w->control.port);
        line_say(&lines[i], INFO "\r\n");
    }
    for (int i = 0; i < MANY; i++) {
        line_expect(&lines[i], 200);
    }
    for (int i = 0; i < MANY; i++) {
        line_say(&lines[i], INFO "\r\n");
    }
    for (int i = 0; i < MANY; i++) {
        line_expect(&lines[i], 200);
        line_close(&lines[i]);
    }
}

static void calls_sent_behind_each_other_are_answered_in_order(void **state)
{
    struct wire *w = *state;
    struct line l = line_open(w->control.port);

    line_say(&l, INFO "\r\nGET /v1/nothing HTTP/1.1\r\nHost: localhost\r\n\r\n" INFO
                      "Connection: close\r\n\r\n");
    line_expect(&l, 200);
    line_expect(&l, 404);
    line_expect(&l, 200);
    assert_true(line_is_at_end(&l));
    line_close(&l);
}

/* Of HEAD the length alone is told: RFC 9110 s.9.3.2. */
static void a_head_has_no_body(void **state)
{
    struct wire *w = *state;
    struct line l = line_open(w->control.port);
    struct reply r;

    line_say(&l, "HEAD /v1/info HTTP/1.1\r\nHost: localhost\r\n\r\n" INFO "\r\n");
    assert_true(line_hear(&l, &r, /* has_body= */ false));
    assert_int_equal(r.status, 405);
    assert_true(strtol(reply_value(&r, "Content-Length"), NULL, 10) > 0);
    reply_free(&r);
    line_expect(&l, 200);
    line_close(&l);
}

static void half_open_connections_are_let_go(void **state)
{
    static const char *const beginnings[] = {"", "GET / HT", INFO, "\x16\x03\x01"};
    struct wire *w = *state;

    for (size_t i = 0; i < COS_ARRAY_LEN(beginnings); i++) {
        struct line l = line_open(w->control.port);

        line_say(&l, "%s", beginnings[i]);
        assert_int_equal(shutdown(l.fd, SHUT_WR), 0);
        while (line_more(&l)) { /* whatever it says, it ends */
        }
        line_close(&l);
    }
}

static void garbage_harms_nothing(void **state)
{
    static const char *const beginnings[] = {
        "",
        "\x16\x03\x01",
        INFO,
        (INFO "Content-Length: 99999999999999999999999\r\n\r\n"),
        "POST /v1/tenants HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nz",
        "POST /v1/tenants HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{",
        "GET /v1/t/%00%zz HTTP/1.1\r\nHost: localhost\r\n\r\n",
    };
    struct wire *w = *state;
    struct cos_rng *rng = cos_rng_new(3);
    char bytes[256];

    assert_non_null(rng);
    for (int i = 0; i < 1000; i++) {
        struct line l = line_open(w->control.port);

        cos_rng_fill(rng, bytes, sizeof(bytes));
        line_say(&l, "%s", beginnings[i % (int)COS_ARRAY_LEN(beginnings)]);
        (void)send(l.fd, bytes, cos_rng_below(rng, sizeof(bytes)), MSG_NOSIGNAL);
        line_close(&l);
    }
    (void)cos_rng_free(rng);
    struct told a = control_call(w, "GET", "/v1/tenants", "");
    assert_int_equal(cos_json_count(cos_json_get(a.json, "tenants")), 1);
    told_free(&a);
}

/* The client's socket takes the last descriptor there is; idle connections give way. */
static void without_descriptors_new_clients_wait_and_are_served(void **state)
{
    enum { IDLE = 8 };
    struct wire *w = *state;
    struct line idle[IDLE];
    struct rlimit before;

    for (int i = 0; i < IDLE; i++) {
        idle[i] = line_open(w->control.port);
        line_say(&idle[i], INFO "\r\n");
        line_expect(&idle[i], 200);
    }
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    int next = dup(0);
    (void)close(next);
    const struct rlimit tight = {.rlim_cur = (rlim_t)next + 1, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
    struct line l = line_open(w->control.port);
    line_say(&l, INFO "\r\n");
    line_expect(&l, 200);
    line_close(&l);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    for (int i = 0; i < IDLE; i++) {
        line_close(&idle[i]);
    }
}

/* --- who waits for the journal --- */

static int count_threads(void)
{
    DIR *tasks = opendir("/proc/self/task");
    int n = -2; /* "." and ".." */

    assert_non_null(tasks);
    while (readdir(tasks) != NULL) {
        n++;
    }
    (void)closedir(tasks);
    return n;
}

static void a_poll_whose_time_is_over_says_that_there_is_nothing(void **state)
{
    struct wire *w = *state;
    struct told a = control_call(w, "GET", control_path(w, "/journal?wait_ms=20"), "");

    assert_int_equal(a.status, 200);
    assert_int_equal(cos_json_count(cos_json_get(a.json, "entries")), 0);
    told_free(&a);
}

static void polls_that_wait_have_no_threads(void **state)
{
    enum { POLLS = 100, WORKERS = 16 };
    struct wire *w = *state;
    struct line lines[POLLS];
    int before = count_threads();

    for (int i = 0; i < POLLS; i++) {
        lines[i] = line_open(w->control.port);
        line_say(&lines[i], "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n",
                 control_path(w, "/journal?wait_ms=100000"));
    }
    control_expect(w, "GET", "/v1/info", "", 200);
    assert_in_range(count_threads() - before, 0, WORKERS);
    assert_int_equal(wire_get(w->front.port, w->host, "/missing", NULL), 404);
    for (int i = 0; i < POLLS; i++) {
        line_expect(&lines[i], 200);
        line_close(&lines[i]);
    }
}

/* The answer of a call that was left finds nobody, and its place is free again. */
static void clients_may_leave_while_they_wait(void **state)
{
    enum { LEFT = 128 };
    struct wire *w = *state;

    for (int i = 0; i < LEFT; i++) {
        struct line l = line_open(w->control.port);
        line_say(&l, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n",
                 control_path(w, "/journal?wait_ms=100000"));
        line_close(&l);
    }
    assert_int_equal(wire_get(w->front.port, w->host, "/missing", NULL), 404);
    control_expect(w, "GET", control_path(w, "/journal?after=1&wait_ms=10"), "", 200);
}

static void who_waits_for_a_tenant_that_is_dropped_is_answered(void **state)
{
    struct wire *w = *state;
    struct line l = line_open(w->control.port);

    control_expect(w, "POST", "/v1/tenants", "{\"name\":\"second\"," CONTROL_SECOND_WORLD "}",
                   201);
    line_say(&l, "GET /v1/t/second/journal?wait_ms=200 HTTP/1.1\r\nHost: localhost\r\n\r\n" INFO
                 "\r\n");
    control_expect(w, "DELETE", "/v1/t/second", "", 200);
    struct reply r;
    assert_true(line_hear(&l, &r, true));
    assert_true(r.status == 200 || r.status == 404); /* it may have been dropped before */
    reply_free(&r);
    line_expect(&l, 200);
    line_close(&l);
}

/* --- calls that take long: nothing of them is kept until the backend goes on --- */

static int wire_open_later(void **state)
{
    struct wire *w = calloc(1, sizeof(*w));
    struct cosmock_tenant_options options = COSMOCK_TENANT_OPTIONS_INIT;
    struct cosmock_error err = {0};
    if (w == NULL || cosmock_new(&w->mock, NULL, &err) != COSMOCK_OK) {
        return -1;
    }
    later_use(w->mock);
    options.seed = 7;
    if (cosmock_tenant_new(w->mock, &w->tenant, &options, &err) != COSMOCK_OK ||
        cosmock_listen(w->mock, COSMOCK_CONTROL, NULL, &w->control, &err) != COSMOCK_OK) {
        return -1;
    }
    cosmock_world_info(w->tenant, &w->info);
    *state = w;
    return 0;
}

static struct line put_slowly(struct wire *w, const char *key)
{
    struct line l = line_open(w->control.port);

    line_say(&l,
             "PUT /v1/t/%s/objects/%s/%s HTTP/1.1\r\nHost: localhost\r\n"
             "Content-Length: 4\r\n\r\nslow",
             cosmock_tenant_name(w->tenant), w->info.bucket, key);
    return l;
}

static void while_one_call_takes_long_others_are_served(void **state)
{
    struct wire *w = *state;

    later_hold(w->tenant->rows);
    struct line slow = put_slowly(w, "k");
    later_wait(w->tenant->rows, 1);
    control_expect(w, "GET", "/v1/info", "", 200);
    control_expect(w, "GET", control_path(w, "/journal"), "", 200);
    char byte;
    assert_int_equal(recv(slow.fd, &byte, 1, MSG_DONTWAIT), -1);
    later_go_on(w->tenant->rows);
    line_expect(&slow, 200);
    line_say(&slow, INFO "\r\n"); /* the connection goes on */
    line_expect(&slow, 200);
    line_close(&slow);
}

static void a_client_may_leave_while_its_call_takes_long(void **state)
{
    struct wire *w = *state;

    later_hold(w->tenant->rows);
    struct line slow = put_slowly(w, "k");
    later_wait(w->tenant->rows, 1);
    line_close(&slow);
    later_go_on(w->tenant->rows);
    cosmock_listen_stop(w->mock); /* waits for what is under way */
    assert_int_equal(cosmock_object_count(w->tenant, w->info.bucket), 1);
}

static void *stop(void *ctx)
{
    struct wire *w = ctx;

    cosmock_listen_stop(w->mock);
    return NULL;
}

static void a_stop_waits_for_a_call_that_takes_long(void **state)
{
    struct wire *w = *state;

    later_hold(w->tenant->rows);
    struct line slow = put_slowly(w, "k");
    later_wait(w->tenant->rows, 1);
    pthread_t stops;
    assert_int_equal(pthread_create(&stops, NULL, stop, w), 0);
    later_go_on(w->tenant->rows);
    line_expect(&slow, 200);
    assert_int_equal(pthread_join(stops, NULL), 0);
    assert_int_equal(cosmock_object_count(w->tenant, w->info.bucket), 1);
    line_close(&slow);
}

#define LATER(test) cmocka_unit_test_setup_teardown(test, wire_open_later, wire_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        OVER_WIRE(what_is_not_continued_is_refused_in_time),
        OVER_WIRE(two_hundred_and_fifty_six_connections_at_once_are_served),
        OVER_WIRE(calls_sent_behind_each_other_are_answered_in_order),
        OVER_WIRE(a_head_has_no_body),
        OVER_WIRE(half_open_connections_are_let_go),
        OVER_WIRE(garbage_harms_nothing),
        OVER_WIRE(without_descriptors_new_clients_wait_and_are_served),
        OVER_WIRE(a_poll_whose_time_is_over_says_that_there_is_nothing),
        OVER_WIRE(polls_that_wait_have_no_threads),
        OVER_WIRE(clients_may_leave_while_they_wait),
        OVER_WIRE(who_waits_for_a_tenant_that_is_dropped_is_answered),
        LATER(while_one_call_takes_long_others_are_served),
        LATER(a_client_may_leave_while_its_call_takes_long),
        LATER(a_stop_waits_for_a_call_that_takes_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
