/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Work that is long (exchange/work.h): whoever shares a loop with it is served meanwhile. Every
 * worker is held, so that what is left to them stays undone for as long as the test wants,
 * whatever the machine does; nothing here looks at a clock.
 */
#include "door.h"

#include "later.h"
#include "one_loop.h"
#include "world/mock.h"
#include "world/world.h"

#include <errno.h>
#include <pthread.h>
#include <sys/socket.h>

#define PATIENCE_MS 20000
#define MIB ((size_t)1 << 20)
/* 32 bytes of 'k': base64, and the base64 of their MD5 by `head -c 32 /dev/zero | tr '\0' k |
 * openssl md5 -binary | base64`. */
#define KEY "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="

/* --- workers that do nothing else --- */

struct holder {
    struct worker_job job; /* first */
    struct hold *hold;
};
struct hold {
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t changed;
    unsigned n_held;
    bool is_over;
    struct holder holders[WORKERS_MAX];
};

static void hold_one(struct worker_job *job)
{
    struct hold *h = ((struct holder *)job)->hold;
    (void)pthread_mutex_lock(&h->lock);
    h->n_held++;
    (void)pthread_cond_broadcast(&h->changed);
    while (!h->is_over) {
        (void)pthread_cond_wait(&h->changed, &h->lock);
    }
    h->n_held--;
    (void)pthread_cond_broadcast(&h->changed);
    (void)pthread_mutex_unlock(&h->lock);
}

/* Until none is left. */
static void hold_workers(struct hold *h, struct cosmock *mock)
{
    *h = (struct hold){.n_held = 0};
    (void)pthread_mutex_init(&h->lock, NULL);
    (void)pthread_cond_init(&h->changed, NULL);
    for (unsigned i = 0; i < mock->workers.max_threads; i++) {
        h->holders[i] = (struct holder){{.run = hold_one}, h};
        assert_true(workers_add(&mock->workers, &h->holders[i].job));
    }
    (void)pthread_mutex_lock(&h->lock);
    while (h->n_held < mock->workers.max_threads) {
        (void)pthread_cond_wait(&h->changed, &h->lock);
    }
    (void)pthread_mutex_unlock(&h->lock);
}

static void let_go(struct hold *h)
{
    (void)pthread_mutex_lock(&h->lock);
    h->is_over = true;
    (void)pthread_cond_broadcast(&h->changed);
    while (h->n_held > 0) {
        (void)pthread_cond_wait(&h->changed, &h->lock);
    }
    (void)pthread_mutex_unlock(&h->lock);
    (void)pthread_cond_destroy(&h->changed);
    (void)pthread_mutex_destroy(&h->lock);
}

/* --- requests that are long --- */

/* @n times, with a number between the two halves. */
static char *repeat(const char *first, const char *before, const char *behind, unsigned n,
                    const char *last)
{
    size_t each = strlen(before) + 7 + strlen(behind);
    size_t room = strlen(first) + n * each + strlen(last) + 1;
    char *text = malloc(room);
    assert_non_null(text);
    size_t at = (size_t)snprintf(text, room, "%s", first);
    for (unsigned i = 0; i < n; i++) {
        at += (size_t)snprintf(text + at, room - at, "%s%07u%s", before, i + 1, behind);
    }
    (void)snprintf(text + at, room - at, "%s", last);
    return text;
}

static char *mebibyte(void)
{
    return repeat("", "01234567", "\n", MIB / 16, "");
}

static char *deletions(void)
{
    return repeat("<Delete>", "<Object><Key>missing/", "</Key></Object>", 1000, "</Delete>");
}

static char *rules(void)
{
    return repeat("<CORSConfiguration>", "<CORSRule><ID>", "</ID></CORSRule>", 1000,
                  "</CORSConfiguration>");
}

static char *parts(void)
{
    return repeat("<CompleteMultipartUpload>", "<Part><PartNumber>",
                  "</PartNumber><ETag>\"no\"</ETag></Part>", 1000,
                  "</CompleteMultipartUpload>");
}

static char *question(void)
{
    return repeat("{", "\"a", "\":1,", 8000, "\"Name\":\"x\"}");
}

static const struct {
    const char *name, *method, *target, *headers;
    char *(*body)(void);
    int status;
    const char *host; /* NULL: the bucket's */
} longs[] = {
    {"a body with an SHA-1", "PUT", "/new",
     "x-cos-content-sha1: 0000000000000000000000000000000000000000\n", mebibyte, 400},
    {"a copy that is encrypted", "PUT", "/copy",
     "x-cos-copy-source: HOST/large\n"
     "x-cos-server-side-encryption-customer-algorithm: AES256\n"
     "x-cos-server-side-encryption-customer-key: " KEY "\n"
     "x-cos-server-side-encryption-customer-key-MD5: MD5\n",
     NULL, 200},
    {"a part that is copied", "PUT", "/o?partNumber=1&uploadId=none",
     "x-cos-copy-source: HOST/large\n", NULL, 404},
    {"a thousand deletions", "POST", "/?delete", "Content-MD5: BODY\n", deletions, 200},
    {"many parts", "POST", "/o?uploadId=none", "", parts, 404},
    {"a long document", "PUT", "/?cors", "Content-MD5: BODY\n", rules, 400},
    {"an upload that is given up", "DELETE", "/o?uploadId=none", "", NULL, 404},
    {"a long question to STS", "POST", "/",
     "Content-Type: application/json\nX-TC-Action: GetFederationToken\n"
     "X-TC-Version: 2018-08-13\nX-TC-Timestamp: 1586511305\n",
     question, 200, "sts.tencentcloudapi.com"},
};

static struct cos_span md5_base64(const void *bytes, size_t n)
{
    static char text[64];
    uint8_t raw[COS_MD5_BYTES];
    struct cos_buf b;
    cos_md5(raw, bytes, n);
    cos_buf_init(&b, 64);
    cos_base64_append(&b, raw, sizeof(raw));
    (void)snprintf(text, sizeof(text), "%s", cos_buf_cstr(&b));
    cos_buf_deinit(&b);
    return cos_span_of(text);
}

/* The headers of a row, with what only the test knows in the place of its words. */
static void add_headers(struct cos_buf *out, const struct door *d, struct cos_span headers,
                        struct cos_span body)
{
    static const char key[] = "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk";
    while (headers.len > 0) {
        struct cos_span line = cos_span_cut(&headers, '\n');
        struct cos_span name = cos_span_cut(&line, ' ');
        cos_buf_span(out, name);
        cos_buf_ch(out, ' ');
        if (cos_span_starts(line, COS_SPAN_LIT("HOST"))) {
            cos_buf_str(out, d->host);
            cos_buf_span(out, cos_span_from(line, 4));
        } else if (cos_span_eq_str(line, "MD5")) {
            cos_buf_span(out, md5_base64(key, sizeof(key) - 1));
        } else if (cos_span_eq_str(line, "BODY")) {
            cos_buf_span(out, md5_base64(body.ptr, body.len));
        } else {
            cos_buf_span(out, line);
        }
        cos_buf_str(out, "\r\n");
    }
}

static void say(int fd, const struct door *d, size_t i)
{
    char *body = longs[i].body == NULL ? NULL : longs[i].body();
    size_t n = body == NULL ? 0 : strlen(body);
    struct cos_buf text;
    cos_buf_init(&text, 2 * MIB);
    cos_buf_printf(&text, "%s %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %zu\r\n",
                   longs[i].method, longs[i].target,
                   longs[i].host == NULL ? d->host : longs[i].host, n);
    add_headers(&text, d, cos_span_of(longs[i].headers), cos_span_make(body, n));
    cos_buf_str(&text, "\r\n");
    cos_buf_append(&text, body, n);
    assert_false(text.failed);
    for (size_t sent = 0; sent < text.len;) {
        ssize_t w = send(fd, text.ptr + sent, text.len - sent, MSG_NOSIGNAL);
        assert_true(w > 0);
        sent += (size_t)w;
    }
    cos_buf_deinit(&text);
    free(body);
}

/* The status of the next answer, which comes with its whole head in one piece. */
static int hear(int fd)
{
    char text[65536];
    ssize_t n = recv(fd, text, sizeof(text) - 1, 0);
    assert_true(n > 12);
    return (int)strtol(text + sizeof("HTTP/1.1"), NULL, 10);
}

static int get(int fd, const struct door *d)
{
    char text[400];
    int n = snprintf(text, sizeof(text), "GET /small HTTP/1.1\r\nHost: %s\r\n\r\n", d->host);
    assert_int_equal(send(fd, text, (size_t)n, MSG_NOSIGNAL), n);
    return hear(fd);
}

static bool has_nothing_to_hear(int fd)
{
    char byte;
    return recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK) < 0 && errno == EAGAIN;
}

static void put_sources(struct door *d)
{
    char *large = mebibyte();
    door_put(d, "/large", large);
    door_put(d, "/small", "s");
    free(large);
}

/* Something waits for a worker. */
static bool is_due(struct cosmock *mock)
{
    (void)pthread_mutex_lock(&mock->workers.lock);
    bool is_there = mock->workers.first != NULL;
    (void)pthread_mutex_unlock(&mock->workers.lock);
    return is_there;
}

/* Ask row @i, until it is left to a worker or answered; others are served meanwhile. */
static int ask(struct door *d, struct plane *p, int fast, size_t i)
{
    int slow = one_loop_dial(p);
    say(slow, d, i);
    while (!is_due(d->mock) && has_nothing_to_hear(slow)) {
        assert_int_equal(get(fast, d), 200);
    }
    return slow;
}

static void while_work_is_long_its_loop_serves_others(void **state)
{
    struct door *d = *state;
    put_sources(d);
    struct plane *p = one_loop_open(d->mock);
    int fast = one_loop_dial(p);
    for (size_t i = 0; i < COS_ARRAY_LEN(longs); i++) {
        struct hold hold;
        hold_workers(&hold, d->mock);
        int slow = ask(d, p, fast, i);
        bool is_served = get(fast, d) == 200 && has_nothing_to_hear(slow);
        let_go(&hold);
        if (!is_served) {
            fail_msg("%s: it was done by the loop", longs[i].name);
        }
        int status = hear(slow);
        if (status != longs[i].status) {
            fail_msg("%s: %d", longs[i].name, status);
        }
        (void)close(slow);
    }
    (void)close(fast);
    (void)plane_free(p);
}

/* Its effect is that of any request that was sent whole: it happens, and the journal has it. */
static void loops_may_end_while_work_is_due(void **state)
{
    struct door *d = *state;
    put_sources(d);
    for (size_t i = 0; i < COS_ARRAY_LEN(longs); i++) {
        struct hold hold;
        struct plane *p = one_loop_open(d->mock);
        int fast = one_loop_dial(p);
        hold_workers(&hold, d->mock);
        int slow = ask(d, p, fast, i);
        struct cosmock_journal_query later = COSMOCK_JOURNAL_QUERY_INIT;
        later.after_seq = cosmock_journal_last_seq(d->tenant);
        (void)close(slow);
        (void)close(fast);
        (void)plane_free(p);
        let_go(&hold);
        assert_true(gate_wait_empty(&d->mock->abandoned, PATIENCE_MS));
        struct cosmock_entry *e = NULL;
        if (cosmock_journal_read(d->tenant, &e, &later) != 1 ||
            e->http_status != longs[i].status) {
            fail_msg("%s: no entry of it", longs[i].name);
        }
        (void)cosmock_entries_free(e);
    }
}

static void count(void *ctx)
{
    (void)__atomic_add_fetch((int *)ctx, 1, __ATOMIC_SEQ_CST);
}

/* Two batches, one behind the other, of a request whose transport goes before the first is
 * kept. Whoever has kept the first must not be the one who waits for the second. */
static void what_is_carried_to_its_end_may_wait_again(void **state)
{
    static const char twice[] = "<Delete><Object><Key>k</Key></Object><Object><Key>k</Key>"
                                "</Object></Delete>";
    static const char versioning[] =
        "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    struct door *d = *state;
    struct backend *rows = d->tenant->rows;
    door_expect(d,
                &(struct ask){.method = "PUT",
                              .target = "/?versioning",
                              .body = versioning,
                              .n = sizeof(versioning) - 1},
                200, NULL);
    char length[24];
    (void)snprintf(length, sizeof(length), "%zu", sizeof(twice) - 1);
    struct cos_span md5 = md5_base64(twice, sizeof(twice) - 1);
    const struct cosmock_header headers[] = {{{"Host", 4}, {d->host, strlen(d->host)}},
                                             {{"Content-Length", 14}, {length, strlen(length)}},
                                             {{"Content-MD5", 11}, {md5.ptr, md5.len}}};
    const struct cosmock_head head = {.method = {"POST", 4},
                                      .target = {"/?delete", 8},
                                      .headers = headers,
                                      .n_headers = COS_ARRAY_LEN(headers)};
    struct cosmock_exchange *x = NULL;
    int told = 0;
    assert_int_equal(cosmock_begin(d->mock, &x, &head), COSMOCK_WANT_BODY);
    assert_int_equal(cosmock_body(x, twice, sizeof(twice) - 1), 0);
    cosmock_on_resume(x, count, &told);
    later_hold(rows);
    assert_int_equal(cosmock_finish(x), COSMOCK_WAIT);
    (void)cosmock_exchange_free(x);
    later_go_on(rows);
    assert_true(gate_wait_empty(&d->mock->abandoned, PATIENCE_MS));
    door_expect(d, &(struct ask){.method = "GET", .target = "/k"}, 404, "NoSuchKey");
    struct answer a = door_send(d, "GET", "/?versions", NULL);
    size_t n_markers = 0;
    for (const char *at = a.body; xml_next(&at, "DeleteMarker") != NULL;) {
        n_markers++;
    }
    assert_int_equal(n_markers, 2);
    assert_int_equal(told, 0);
    answer_free(&a);
}

static void begin_with(int fd, const struct door *d, const char *start, const char *body)
{
    char text[600];
    int n = snprintf(text, sizeof(text), "%sHost: %s\r\n\r\n%s", start, d->host, body);
    assert_int_equal(send(fd, text, (size_t)n, MSG_NOSIGNAL), n);
}

/* --- what is large goes later --- */

#define LARGE_BYTES ((size_t)64 << 20)

/* DELETE and PUT over it alike; its room is there before its pages are given back. */
static void what_is_large_goes_when_nobody_waits(void **state)
{
    static const char *const methods[] = {"DELETE", "PUT"};
    struct door *d = *state;
    struct plane *p = one_loop_open(d->mock);
    char *bytes = calloc(1, LARGE_BYTES);
    assert_non_null(bytes);
    for (size_t i = 0; i < COS_ARRAY_LEN(methods); i++) {
        struct hold hold;
        uint64_t before = budget_left(&d->mock->memory);
        assert_int_equal(cosmock_object_put(d->tenant, d->info.bucket, "large", bytes,
                                            LARGE_BYTES, NULL),
                         0);
        hold_workers(&hold, d->mock);
        int fd = one_loop_dial(p);
        char start[80];
        (void)snprintf(start, sizeof(start), "%s /large HTTP/1.1\r\nContent-Length: 0\r\n",
                       methods[i]);
        begin_with(fd, d, start, "");
        int status = hear(fd);
        bool is_left = is_due(d->mock);
        uint64_t left = budget_left(&d->mock->memory);
        let_go(&hold);
        assert_int_equal(status, i == 0 ? 204 : 200);
        if (!is_left || left + MIB < before) {
            fail_msg("%s: left to a worker: %d, room %llu, not %llu", methods[i], is_left,
                     (unsigned long long)left, (unsigned long long)before);
        }
        (void)close(fd);
    }
    free(bytes);
    (void)plane_free(p);
}

/* --- what is due by the clock --- */

#define TWO_DAYS_MS (INT64_C(2) * 86400000)
#define PUT_CHUNKED "PUT /new HTTP/1.1\r\nTransfer-Encoding: chunked\r\n"

#define FORM                                                                    \
    "--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nnew\r\n--b\r\n" \
    "Content-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\nv\r\n--b--\r\n"
#define POST_FORM                                                          \
    "POST / HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=b\r\n" \
    "Content-Length: 132\r\n"

static void expire_daily(struct door *d)
{
    static const char rules[] =
        "<LifecycleConfiguration><Rule><ID>r</ID><Filter><Prefix>old/</Prefix></Filter>"
        "<Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule>"
        "</LifecycleConfiguration>";
    door_expect(d,
                &(struct ask){.method = "PUT",
                              .target = "/?lifecycle",
                              .body = rules,
                              .n = sizeof(rules) - 1,
                              .with_md5 = true},
                200, NULL);
}

/* Something is due, and the next request finds it so. */
static void pass_midnights(struct door *d)
{
    door_put(d, "/old/x", "x");
    assert_int_equal(world_clock_advance(d->tenant, COSMOCK_CLOCK_MODIFICATION, TWO_DAYS_MS),
                     0);
}

/* Not a request of any tenant, so nothing is due for it: who is answered has his loop. */
static void expect_loop_is_free(struct plane *p)
{
    static const char malformed[] = "GET / HTTP/1.1\r\n\r\n";
    int fd = one_loop_dial(p);
    assert_int_equal(send(fd, malformed, sizeof(malformed) - 1, MSG_NOSIGNAL),
                     sizeof(malformed) - 1);
    assert_int_equal(hear(fd), 400);
    (void)close(fd);
}

static void what_is_due_keeps_only_whom_it_is_due_for(void **state)
{
    static const struct {
        const char *name, *start, *body, *later;
        int first, last;
    } rows[] = {
        {"GET", "GET /small HTTP/1.1\r\n", "", NULL, 200, 0},
        {"PUT", "PUT /new HTTP/1.1\r\nContent-Length: 1\r\n", "v", NULL, 200, 0},
        {"in chunks", PUT_CHUNKED, "1\r\nv\r\n0\r\n\r\n", NULL, 200, 0},
        {"asked first", "PUT /new HTTP/1.1\r\nContent-Length: 1\r\nExpect: 100-continue\r\n",
         "", "v", 100, 200},
        {"a form", POST_FORM, FORM, NULL, 204, 0},
        {"refused", "GET /none HTTP/1.1\r\n", "", NULL, 404, 0},
        {"refused by its head",
         "PUT /new?nonsense-1 HTTP/1.1\r\nContent-MD5: no\r\n"
         "Content-Length: 1\r\n",
         "v", NULL, 400, 0},
    };
    struct door *d = *state;
    door_put(d, "/small", "s");
    expire_daily(d);
    struct plane *p = one_loop_open(d->mock);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct hold hold;
        pass_midnights(d);
        hold_workers(&hold, d->mock);
        int slow = one_loop_dial(p);
        begin_with(slow, d, rows[i].start, rows[i].body);
        while (!is_due(d->mock) && has_nothing_to_hear(slow)) {
            expect_loop_is_free(p);
        }
        bool waits = has_nothing_to_hear(slow);
        let_go(&hold);
        int status = hear(slow);
        if (rows[i].later != NULL) {
            assert_int_equal(send(slow, rows[i].later, strlen(rows[i].later), MSG_NOSIGNAL),
                             strlen(rows[i].later));
        }
        int last = rows[i].later == NULL ? 0 : hear(slow);
        if (!waits || status != rows[i].first || last != rows[i].last) {
            fail_msg("%s: waits %d, %d, %d", rows[i].name, waits, status, last);
        }
        door_expect(d, &(struct ask){.method = "GET", .target = "/old/x"}, 404, NULL);
        (void)close(slow);
    }
    (void)plane_free(p);
}

/* Its body has not come: there is nothing to store, not even a body of no bytes. */
static void who_leaves_before_the_beginning_changes_nothing(void **state)
{
    struct door *d = *state;
    struct hold hold;
    expire_daily(d);
    pass_midnights(d);
    struct plane *p = one_loop_open(d->mock);
    hold_workers(&hold, d->mock);
    int fd = one_loop_dial(p);
    begin_with(fd, d, PUT_CHUNKED, "");
    while (!is_due(d->mock) && has_nothing_to_hear(fd)) {
        expect_loop_is_free(p);
    }
    struct cosmock_journal_query later = COSMOCK_JOURNAL_QUERY_INIT;
    later.after_seq = cosmock_journal_last_seq(d->tenant);
    later.op = "PutObject";
    (void)close(fd);
    (void)plane_free(p);
    let_go(&hold);
    assert_true(gate_wait_empty(&d->mock->abandoned, PATIENCE_MS));
    struct cosmock_entry *e = NULL;
    assert_int_equal(cosmock_journal_read(d->tenant, &e, &later), 1);
    assert_int_equal(e->http_status, 0);
    (void)cosmock_entries_free(e);
    door_expect(d, &(struct ask){.method = "GET", .target = "/new"}, 404, "NoSuchKey");
    door_expect(d, &(struct ask){.method = "GET", .target = "/old/x"}, 404, "NoSuchKey");
}

/* One commit behind the other, each of work that is long: a document that names a key again. */
static void long_work_may_follow_a_commit(void **state)
{
    static const char versioning[] =
        "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    struct door *d = *state;
    door_expect(d,
                &(struct ask){.method = "PUT",
                              .target = "/?versioning",
                              .body = versioning,
                              .n = sizeof(versioning) - 1},
                200, NULL);
    char *text =
        repeat("<Delete>",
               "<Object><Key>k</Key></Object><!-- it is padded, to be long enough: ", " -->",
               500, "</Delete>");
    struct answer a = door_ask(d, &(struct ask){.method = "POST",
                                                .target = "/?delete",
                                                .body = text,
                                                .n = strlen(text),
                                                .with_md5 = true});
    assert_int_equal(a.status, 200);
    size_t n = 0;
    for (const char *at = a.body; xml_next(&at, "DeleteMarkerVersionId") != NULL;) {
        n++;
    }
    assert_int_equal(n, 500);
    answer_free(&a);
    free(text);
}

static int open_later(void **state)
{
    return door_open_over(state, later_use);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOOR_TEST(what_is_large_goes_when_nobody_waits),
        DOOR_TEST(while_work_is_long_its_loop_serves_others),
        DOOR_TEST(loops_may_end_while_work_is_due),
        DOOR_TEST(what_is_due_keeps_only_whom_it_is_due_for),
        DOOR_TEST(who_leaves_before_the_beginning_changes_nothing),
        DOOR_TEST(long_work_may_follow_a_commit),
        cmocka_unit_test_setup_teardown(what_is_carried_to_its_end_may_wait_again, open_later,
                                        door_close),
    };
    return cmocka_run_group_tests_name("work", tests, NULL, NULL);
}
