/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests whose answer has to wait until what they changed is kept (exchange/wait.h): at the
 * door, and over sockets, where nobody else may have to wait with them. Before the rows stands
 * a desk: it holds the first batch that comes, and the test says what becomes of it.
 */
#include "client.h"

#include "one_loop.h"
#include "store/backend.h"
#include "world/mock.h"
#include "world/world.h"

#include <errno.h>
#include <pthread.h>
#include <sys/socket.h>

#define PATIENCE_MS 20000

struct desk {
    struct backend_ops ops;          /* of the rows, with our commit */
    const struct backend_ops *inner; /* theirs */
    /* guards what follows */
    pthread_mutex_t lock;
    pthread_cond_t came;
    struct backend *rows;
    struct batch *batch;
    struct commit *commit;
};

static bool desk_commit(struct backend *b, struct batch *batch, struct commit *c)
{
    struct desk *d = (struct desk *)(uintptr_t)b->ops; /* its first member */

    (void)pthread_mutex_lock(&d->lock);
    bool is_free = d->commit == NULL;
    if (is_free) {
        d->rows = b;
        d->batch = batch;
        d->commit = c;
        (void)pthread_cond_signal(&d->came);
    }
    (void)pthread_mutex_unlock(&d->lock);
    return !is_free && d->inner->commit(b, batch, c);
}

static void desk_wait(struct desk *d)
{
    (void)pthread_mutex_lock(&d->lock);
    while (d->commit == NULL) {
        (void)pthread_cond_wait(&d->came, &d->lock);
    }
    (void)pthread_mutex_unlock(&d->lock);
}

static void desk_end(struct desk *d)
{
    desk_wait(d);
    (void)d->inner->commit(d->rows, d->batch, d->commit);
    d->commit->done(d->commit);
}

static void desk_fail(struct desk *d, const char *reason)
{
    desk_wait(d);
    (void)batch_free(d->batch);
    d->commit->result = BACKEND_IO;
    (void)snprintf(d->commit->reason, sizeof(d->commit->reason), "%s", reason);
    d->commit->done(d->commit);
}

static void *desk_end_elsewhere(void *d)
{
    desk_end(d);
    return NULL;
}

/* A mock with a desk. */
struct office {
    struct client client;
    struct desk desk;
};

static int open_office(void **state)
{
    struct office *o = calloc(1, sizeof(*o));

    client_open_world(&o->client, CLIENT_WORLD);
    client_switch(&o->client, "enforcement", "off");
    (void)pthread_mutex_init(&o->desk.lock, NULL);
    (void)pthread_cond_init(&o->desk.came, NULL);
    struct backend *rows = o->client.tenant->rows;
    o->desk.inner = rows->ops;
    o->desk.ops = *rows->ops;
    o->desk.ops.commit = desk_commit;
    rows->ops = &o->desk.ops;
    rows->is_immediate = false;
    *state = o;
    return 0;
}

static int close_office(void **state)
{
    struct office *o = *state;

    o->client.tenant = cosmock_tenant_free(o->client.tenant);
    o->client.mock = cosmock_free(o->client.mock);
    (void)pthread_cond_destroy(&o->desk.came);
    (void)pthread_mutex_destroy(&o->desk.lock);
    free(o);
    return 0;
}

/* PUT /k, its body included. */
static struct cosmock_exchange *begin_put_in(struct office *o, struct cosmock_spare *spare)
{
    struct cosmock_header headers[] = {{{"Host", 4}, {CLIENT_HOST, strlen(CLIENT_HOST)}},
                                       {{"Content-Length", 14}, {"1", 1}}};
    struct cosmock_head head = {.method = {"PUT", 3},
                                .target = {"/k", 2},
                                .headers = headers,
                                .n_headers = COS_ARRAY_LEN(headers)};
    struct cosmock_exchange *x = NULL;

    assert_int_equal(cosmock_begin_in(o->client.mock, &x, &head, spare), COSMOCK_WANT_BODY);
    assert_int_equal(cosmock_body(x, "v", 1), 0);
    return x;
}

static struct cosmock_exchange *begin_put(struct office *o)
{
    return begin_put_in(o, /* spare= */ NULL);
}

static void count(void *ctx)
{
    (void)__atomic_add_fetch((int *)ctx, 1, __ATOMIC_SEQ_CST);
}

static uint64_t n_entries(struct office *o)
{
    return cosmock_journal_last_seq(o->client.tenant);
}

/* Who carries on what has lost its transport is done. */
static void outlast_carrying(struct office *o)
{
    assert_true(gate_wait_empty(&o->client.mock->abandoned, PATIENCE_MS));
}

/* --- at the door --- */

static void finish_answers_wait_and_goes_on_when_called_again(void **state)
{
    struct office *o = *state;
    struct cosmock_exchange *x = begin_put(o);
    int told = 0;

    cosmock_on_resume(x, count, &told);
    assert_int_equal(cosmock_finish(x), COSMOCK_WAIT);
    assert_int_equal(cosmock_finish(x), COSMOCK_WAIT); /* too soon */
    assert_int_equal(told, 0);
    assert_int_equal(n_entries(o), 0);
    desk_end(&o->desk);
    assert_int_equal(told, 1);
    assert_int_equal(cosmock_finish(x), COSMOCK_OK);
    assert_int_equal(cosmock_reply_status(x), 200);
    assert_int_equal(n_entries(o), 1);
    (void)cosmock_exchange_free(x);
}

static void a_transport_that_was_not_to_be_told_is_held(void **state)
{
    struct office *o = *state;
    struct cosmock_exchange *x = begin_put(o);
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, desk_end_elsewhere, &o->desk), 0);
    assert_int_equal(cosmock_finish(x), COSMOCK_OK);
    assert_int_equal(cosmock_reply_status(x), 200);
    (void)pthread_join(thread, NULL);
    (void)cosmock_exchange_free(x);
}

static bool commit_at_once(struct backend *b, struct batch *batch, struct commit *c)
{
    const struct desk *d = (const struct desk *)(uintptr_t)b->ops;

    (void)d->inner->commit(b, batch, c);
    c->done(c);
    return false;
}

/* One letter for each COSMOCK_WAIT, however early: who gets a letter he did not expect may have
 * forgotten what it is about. */
static void a_wait_may_be_over_before_finish_has_returned(void **state)
{
    struct office *o = *state;

    o->desk.ops.commit = commit_at_once;
    struct cosmock_exchange *x = begin_put(o);
    int told = 0;
    cosmock_on_resume(x, count, &told);
    assert_int_equal(cosmock_finish(x), COSMOCK_WAIT);
    assert_int_equal(told, 1);
    assert_int_equal(cosmock_finish(x), COSMOCK_OK);
    (void)cosmock_exchange_free(x);
    x = begin_put(o); /* with nobody to be told */
    assert_int_equal(cosmock_finish(x), COSMOCK_OK);
    assert_int_equal(cosmock_reply_status(x), 200);
    (void)cosmock_exchange_free(x);
}

/* Nothing of it was executed, so there is nothing to keep. */
static void a_refusal_waits_for_nothing(void **state)
{
    struct office *o = *state;
    struct cosmock_header headers[] = {{{"Host", 4}, {CLIENT_HOST, strlen(CLIENT_HOST)}}};
    struct cosmock_head head = {.method = {"GET", 3},
                                .target = {"/missing", 8},
                                .headers = headers,
                                .n_headers = COS_ARRAY_LEN(headers)};
    struct cosmock_exchange *x = NULL;

    assert_true(cosmock_begin(o->client.mock, &x, &head) > 0);
    int told = 0;
    cosmock_on_resume(x, count, &told);
    assert_int_equal(cosmock_finish(x), COSMOCK_OK);
    assert_int_equal(cosmock_reply_status(x), 404);
    assert_int_equal(told, 0);
    (void)cosmock_exchange_free(x);
}

static void what_could_not_be_kept_is_the_services_failure(void **state)
{
    struct office *o = *state;
    struct cosmock_exchange *x = begin_put(o);
    int told = 0;

    cosmock_on_resume(x, count, &told);
    assert_int_equal(cosmock_finish(x), COSMOCK_WAIT);
    desk_fail(&o->desk, "the disk is on fire");
    assert_int_equal(cosmock_finish(x), COSMOCK_OK);
    assert_int_equal(cosmock_reply_status(x), 500);
    assert_false(cosmock_broken(o->client.mock));
    (void)cosmock_exchange_free(x);
    struct cosmock_entry *e = last_entry(&o->client);
    assert_string_equal(e->code, "InternalError");
    assert_string_equal(e->detail, "the disk is on fire");
    cosmock_entries_free(e);
}

static void a_wait_without_a_transport_is_carried_to_its_end(void **state)
{
    struct office *o = *state;
    struct cosmock_exchange *x = begin_put(o);
    int told = 0;

    cosmock_on_resume(x, count, &told);
    assert_int_equal(cosmock_finish(x), COSMOCK_WAIT);
    cosmock_abort(x);
    assert_null(cosmock_exchange_free(x));
    assert_int_equal(n_entries(o), 0);
    desk_end(&o->desk);
    outlast_carrying(o);
    assert_int_equal(told, 0);
    assert_int_equal(n_entries(o), 1);
    struct cosmock_entry *e = last_entry(&o->client);
    assert_string_equal(e->op, "PutObject");
    assert_int_equal(e->http_status, 200);
    cosmock_entries_free(e);
}

/* Whoever ends the wait may be another thread than the one whose memory it is. */
static void a_wait_without_a_transport_leaves_its_memory_to_nobody(void **state)
{
    struct office *o = *state;
    struct cosmock_spare spare = {0};
    struct cosmock_exchange *x = begin_put_in(o, &spare);
    int told = 0;

    cosmock_on_resume(x, count, &told);
    assert_int_equal(cosmock_finish(x), COSMOCK_WAIT);
    (void)cosmock_exchange_free(x);
    desk_end(&o->desk);
    outlast_carrying(o);
    assert_int_equal(n_entries(o), 1);
    assert_null(spare.exchange);
}

static void a_wait_that_was_over_is_carried_to_its_end_as_well(void **state)
{
    struct office *o = *state;
    struct cosmock_exchange *x = begin_put(o);
    int told = 0;

    cosmock_on_resume(x, count, &told);
    assert_int_equal(cosmock_finish(x), COSMOCK_WAIT);
    desk_end(&o->desk);
    (void)cosmock_exchange_free(x);
    outlast_carrying(o);
    assert_int_equal(n_entries(o), 1);
}

/* The other thread may begin before, during or after cosmock_free(); a sanitizer sees what it
 * touches. */
static void the_mock_outlives_what_it_was_promised(void **state)
{
    struct office *o = *state;
    struct cosmock_exchange *x = begin_put(o);
    int told = 0;

    cosmock_on_resume(x, count, &told);
    assert_int_equal(cosmock_finish(x), COSMOCK_WAIT);
    (void)cosmock_exchange_free(x);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, desk_end_elsewhere, &o->desk), 0);
    o->client.tenant = cosmock_tenant_free(o->client.tenant);
    o->client.mock = cosmock_free(o->client.mock);
    (void)pthread_join(thread, NULL);
    assert_int_equal(told, 0);
}

/* --- over sockets: one loop --- */

static void say(int fd, const char *method, const char *target, const char *body)
{
    char text[512];
    int n = snprintf(text, sizeof(text),
                     "%s %s HTTP/1.1\r\nHost: " CLIENT_HOST "\r\nContent-Length: %zu\r\n\r\n%s",
                     method, target, strlen(body), body);

    assert_int_equal(send(fd, text, (size_t)n, MSG_NOSIGNAL), n);
}

/* The status of the next answer, whose body is @body. */
static int hear(int fd, const char *body)
{
    char text[4096] = "";
    size_t n = 0;
    const char *end = NULL;

    while (end == NULL || strlen(end + 4) < strlen(body)) {
        ssize_t r = recv(fd, text + n, sizeof(text) - 1 - n, 0);
        assert_true(r > 0);
        n += (size_t)r;
        text[n] = '\0';
        end = strstr(text, "\r\n\r\n");
    }
    assert_string_equal(end + 4, body);
    return (int)strtol(text + sizeof("HTTP/1.1"), NULL, 10);
}

static void while_one_request_waits_its_loop_serves_others(void **state)
{
    struct office *o = *state;
    struct plane *p = one_loop_open(o->client.mock);
    int slow = one_loop_dial(p);
    int fast = one_loop_dial(p);

    say(slow, "PUT", "/k", "v");
    desk_wait(&o->desk);
    say(fast, "PUT", "/other", "w");
    assert_int_equal(hear(fast, ""), 200);
    say(fast, "GET", "/other", "");
    assert_int_equal(hear(fast, "w"), 200);
    char byte;
    assert_int_equal(recv(slow, &byte, 1, MSG_DONTWAIT), -1);
    assert_int_equal(errno, EAGAIN);
    desk_end(&o->desk);
    assert_int_equal(hear(slow, ""), 200);
    say(slow, "GET", "/k", ""); /* the connection goes on */
    assert_int_equal(hear(slow, "v"), 200);
    (void)close(slow);
    (void)close(fast);
    (void)plane_free(p);
}

static void what_was_sent_behind_a_waiting_request_is_answered_behind_it(void **state)
{
    struct office *o = *state;
    struct plane *p = one_loop_open(o->client.mock);
    int fd = one_loop_dial(p);

    say(fd, "PUT", "/k", "v");
    say(fd, "GET", "/nothing", "");
    desk_end(&o->desk);
    char text[4096] = "";
    size_t n = 0;
    while (strstr(text, "HTTP/1.1 404") == NULL) {
        ssize_t r = recv(fd, text + n, sizeof(text) - 1 - n, 0);
        assert_true(r > 0);
        n += (size_t)r;
        text[n] = '\0';
    }
    assert_memory_equal(text, "HTTP/1.1 200", sizeof("HTTP/1.1 200") - 1);
    (void)close(fd);
    (void)plane_free(p);
}

static void a_client_may_leave_while_its_request_waits(void **state)
{
    struct office *o = *state;
    struct plane *p = one_loop_open(o->client.mock);
    int fd = one_loop_dial(p);

    say(fd, "PUT", "/k", "v");
    desk_wait(&o->desk);
    (void)close(fd);
    desk_end(&o->desk);
    (void)plane_free(p);
    outlast_carrying(o);
    assert_int_equal(n_entries(o), 1);
}

static void loops_may_end_while_a_request_waits(void **state)
{
    struct office *o = *state;
    struct plane *p = one_loop_open(o->client.mock);
    int fd = one_loop_dial(p);

    say(fd, "PUT", "/k", "v");
    desk_wait(&o->desk);
    (void)plane_free(p);
    assert_int_equal(n_entries(o), 0);
    desk_end(&o->desk);
    outlast_carrying(o);
    assert_int_equal(n_entries(o), 1);
    (void)close(fd);
}

#define OFFICE_TEST(f) cmocka_unit_test_setup_teardown(f, open_office, close_office)

int main(void)
{
    const struct CMUnitTest tests[] = {
        OFFICE_TEST(finish_answers_wait_and_goes_on_when_called_again),
        OFFICE_TEST(a_transport_that_was_not_to_be_told_is_held),
        OFFICE_TEST(a_wait_may_be_over_before_finish_has_returned),
        OFFICE_TEST(a_refusal_waits_for_nothing),
        OFFICE_TEST(what_could_not_be_kept_is_the_services_failure),
        OFFICE_TEST(a_wait_without_a_transport_is_carried_to_its_end),
        OFFICE_TEST(a_wait_without_a_transport_leaves_its_memory_to_nobody),
        OFFICE_TEST(a_wait_that_was_over_is_carried_to_its_end_as_well),
        OFFICE_TEST(the_mock_outlives_what_it_was_promised),
        OFFICE_TEST(while_one_request_waits_its_loop_serves_others),
        OFFICE_TEST(what_was_sent_behind_a_waiting_request_is_answered_behind_it),
        OFFICE_TEST(a_client_may_leave_while_its_request_waits),
        OFFICE_TEST(loops_may_end_while_a_request_waits),
    };
    return cmocka_run_group_tests_name("wait", tests, NULL, NULL);
}
