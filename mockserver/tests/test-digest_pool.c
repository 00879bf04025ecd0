/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The MD5 of large bodies in threads of their own: the same digest with none, one and four of
 * them, in whatever pieces and however many bodies at once; a client may go at any time, and a
 * request that has to wait holds no loop. The bodies are zeros, or one letter; their digests
 * are those of GNU md5sum (head -c BYTES /dev/zero | tr '\0' a | md5sum). Threads are held by a
 * line whose end does not return before the test says so.
 */
#include "store/digest_pool.h"

#include "cosbase/alloc.h"
#include "door.h"
#include "one_loop.h"
#include "store/backend.h"
#include "world/mock.h"
#include "world/world.h"

#include <sys/mman.h>
#include <sys/socket.h>

#define LARGE_BYTES ((9u << 20) + 5)
#define LARGE_MD5 "ad5fa3979137816c6000e45cc6ab9ac5"
#define MIB_MD5 "b6d81b360a5672d80c27430f39153e2c"
#define LESS_MD5 "e57598cd670284cf7d09e16ed9d4b2ac"

static const char zeros[LARGE_BYTES];
static const unsigned n_threads[] = {0, 1, 4};

/* --- lines by themselves --- */

struct ended {
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t changed;
    bool has_ended, may_return;
};

static void ended_init(struct ended *e, bool may_return)
{
    *e = (struct ended){.may_return = may_return};
    (void)pthread_mutex_init(&e->lock, NULL);
    (void)pthread_cond_init(&e->changed, NULL);
}

static void ended_deinit(struct ended *e)
{
    (void)pthread_cond_destroy(&e->changed);
    (void)pthread_mutex_destroy(&e->lock);
}

static void on_end(void *ctx)
{
    struct ended *e = ctx;
    (void)pthread_mutex_lock(&e->lock);
    e->has_ended = true;
    (void)pthread_cond_broadcast(&e->changed);
    while (!e->may_return) {
        (void)pthread_cond_wait(&e->changed, &e->lock);
    }
    (void)pthread_cond_broadcast(&e->changed);
    (void)pthread_mutex_unlock(&e->lock);
}

static void ended_wait(struct ended *e)
{
    (void)pthread_mutex_lock(&e->lock);
    while (!e->has_ended) {
        (void)pthread_cond_wait(&e->changed, &e->lock);
    }
    (void)pthread_mutex_unlock(&e->lock);
}

struct sending {
    struct blob_writer *writer;
    struct digest_line *line;
    struct ended ended;
};

static void upload_begin(struct sending *u, struct digest_pool *p, struct budget *budget)
{
    u->writer = blob_writer_new(LARGE_BYTES, budget);
    u->line = digest_line_new(p);
    assert_non_null(u->writer);
    assert_non_null(u->line);
    ended_init(&u->ended, /* may_return= */ true);
}

static void upload_add(struct sending *u, size_t n)
{
    assert_int_equal(blob_writer_add(u->writer, zeros, n), 0);
    assert_true(digest_line_add(u->line, u->writer));
}

static void upload_wait(struct sending *u)
{
    int r = digest_line_end(u->line, u->writer, on_end, &u->ended);
    assert_in_range(r, 0, 1);
    if (r == 1) {
        ended_wait(&u->ended);
    }
}

static void upload_end(struct sending *u, const char *md5)
{
    upload_wait(u);
    uint8_t raw[COS_MD5_BYTES];
    char hex[33];
    assert_true(digest_line_md5(u->line, raw));
    cos_hex_encode(hex, raw, sizeof(raw));
    assert_string_equal(hex, md5);
}

static void upload_free(struct sending *u)
{
    u->line = digest_line_free(u->line);
    u->writer = blob_writer_free(u->writer);
    ended_deinit(&u->ended);
}

static const char *const letters_md5[] = {
    "b67aa66a4401967f0b966f2365dab2a2", /* of LARGE_BYTES a */
    "6c6bc8e15ea4a272bacda1d02204c384", "88adcb88970592b55670cfc3979872d3",
    "8c519d7769238c9c43c03e356e88fe55", "ad7a4bfcba1c06510811872b399a912c",
    "d33547c7dc3c0885f064fd8ec071a283",
};
#define UPLOADS COS_ARRAY_LEN(letters_md5)

/* Each in pieces of its own size; false: all of it is there. */
static bool add_letters(struct sending *u, size_t index)
{
    char bytes[100000];
    size_t n = sizeof(bytes) - 11111 * index;
    size_t left = LARGE_BYTES - (size_t)blob_writer_bytes(u->writer);
    n = n < left ? n : left;
    memset(bytes, (int)('a' + index), n);
    assert_int_equal(blob_writer_add(u->writer, bytes, n), 0);
    assert_true(digest_line_add(u->line, u->writer));
    return n < left;
}

static void many_bodies_at_once_have_their_own_digests(void **state)
{
    (void)state;
    for (unsigned threads = 1; threads <= 4; threads += 3) {
        struct digest_pool pool;
        struct sending uploads[UPLOADS];
        digest_pool_init(&pool, threads);
        for (size_t i = 0; i < UPLOADS; i++) {
            upload_begin(&uploads[i], &pool, /* budget= */ NULL);
        }
        for (bool is_under_way = true; is_under_way;) {
            is_under_way = false;
            for (size_t i = 0; i < UPLOADS; i++) {
                is_under_way |= add_letters(&uploads[i], i);
            }
        }
        for (size_t i = 0; i < UPLOADS; i++) {
            upload_end(&uploads[i], letters_md5[i]);
            upload_free(&uploads[i]);
        }
        digest_pool_deinit(&pool);
    }
}

static void a_thread_serves_two_bodies(void **state)
{
    (void)state;
    struct digest_pool pool;
    struct sending uploads[UPLOADS];
    digest_pool_init(&pool, /* max_threads= */ 2);
    for (size_t i = 0; i < UPLOADS; i++) {
        upload_begin(&uploads[i], &pool, /* budget= */ NULL);
        assert_int_equal(pool.n_threads, i < 2 ? 1 : 2);
    }
    for (size_t i = 0; i < UPLOADS; i++) {
        upload_free(&uploads[i]);
    }
    digest_pool_deinit(&pool);
}

static void a_body_without_a_byte_waits_for_nothing(void **state)
{
    (void)state;
    struct digest_pool pool;
    struct sending u;
    digest_pool_init(&pool, /* max_threads= */ 1);
    upload_begin(&u, &pool, /* budget= */ NULL);
    assert_int_equal(digest_line_end(u.line, u.writer, on_end, &u.ended), 0);
    upload_end(&u, "d41d8cd98f00b204e9800998ecf8427e"); /* RFC 1321 s.A.5 */
    upload_free(&u);
    digest_pool_deinit(&pool);
}

static void without_threads_there_is_no_line(void **state)
{
    (void)state;
    struct digest_pool pool;
    digest_pool_init(&pool, /* max_threads= */ 0);
    assert_null(digest_line_new(&pool));
    digest_pool_deinit(&pool);
}

static void what_is_left_in_the_middle_is_given_back(void **state)
{
    (void)state;
    struct budget budget = {.limit_bytes = UINT64_MAX};
    struct digest_pool pool;
    digest_pool_init(&pool, /* max_threads= */ 1);
    for (size_t bytes = 1; bytes < LARGE_BYTES; bytes *= 5) {
        struct sending u;
        upload_begin(&u, &pool, &budget);
        upload_add(&u, bytes);
        upload_free(&u);
    }
    digest_pool_deinit(&pool);
    assert_int_equal(budget.used_bytes, 0);
}

static void a_line_without_memory_says_so(void **state)
{
    (void)state;
    struct digest_pool pool;
    digest_pool_init(&pool, /* max_threads= */ 1);
    for (uint64_t n = 1; n <= 2; n++) {
        cos_alloc_fail_nth(n);
        assert_null(digest_line_new(&pool));
        struct sending u;
        upload_begin(&u, &pool, /* budget= */ NULL);
        assert_int_equal(blob_writer_add(u.writer, zeros, LARGE_BYTES), 0);
        cos_alloc_fail_nth(n);
        assert_false(digest_line_add(u.line, u.writer));
        cos_alloc_fail_nth(n);
        assert_int_equal(digest_line_end(u.line, u.writer, on_end, &u.ended), -1);
        upload_free(&u);
    }
    cos_alloc_fail_nth(0);
    digest_pool_deinit(&pool);
}

/* --- bodies in a file --- */

/* A disk that takes everything, and gives back what it has not lost. */
struct disk {
    struct blob_sink sink;
    int fd;
    uint64_t bytes;
    bool loses;
};

static int disk_add(struct blob_sink *s, const void *bytes, size_t n)
{
    struct disk *d = (struct disk *)s;
    ssize_t written = d->loses ? (ssize_t)n : pwrite(d->fd, bytes, n, (off_t)d->bytes);
    d->bytes += n;
    return written == (ssize_t)n ? 0 : BLOB_IO;
}

static struct blob *disk_share(struct blob_sink *s, uint64_t from)
{
    const struct disk *d = (const struct disk *)s;
    const struct blob_chunk place = {.fd = d->fd, .offset = from, .bytes = d->bytes - from};
    return blob_of_chunk(&place, /* budget= */ NULL);
}

static struct blob *disk_done(struct blob_sink *s)
{
    return disk_share(s, 0);
}

static void disk_free(struct blob_sink *s)
{
}

static void disk_init(struct disk *d, bool loses)
{
    *d = (struct disk){.sink = {disk_add, disk_done, disk_free, disk_share}, .loses = loses};
    d->fd = memfd_create("disk", MFD_CLOEXEC);
    assert_true(d->fd >= 0);
}

static void upload_begin_on(struct sending *u, struct digest_pool *p, struct disk *d)
{
    upload_begin(u, p, /* budget= */ NULL);
    (void)blob_writer_free(u->writer);
    u->writer = blob_writer_to(&d->sink);
    assert_non_null(u->writer);
}

/* On disks and in memory, beside each other. */
static void a_body_in_a_file_is_read_again_for_its_digest(void **state)
{
    (void)state;
    struct digest_pool pool;
    struct sending uploads[UPLOADS];
    struct disk disks[UPLOADS];
    digest_pool_init(&pool, /* max_threads= */ 2);
    for (size_t i = 0; i < UPLOADS; i++) {
        disk_init(&disks[i], /* loses= */ false);
        if (i % 3 == 0) {
            upload_begin(&uploads[i], &pool, /* budget= */ NULL);
        } else {
            upload_begin_on(&uploads[i], &pool, &disks[i]);
        }
    }
    for (size_t i = 0; i < UPLOADS; i++) {
        while (add_letters(&uploads[i], i)) {
        }
    }
    for (size_t i = 0; i < UPLOADS; i++) {
        upload_end(&uploads[i], letters_md5[i]);
        upload_free(&uploads[i]);
        (void)close(disks[i].fd);
    }
    digest_pool_deinit(&pool);
}

static void a_body_that_a_disk_lost_has_no_digest_and_spoils_none(void **state)
{
    (void)state;
    struct digest_pool pool;
    struct sending lost;
    struct sending whole;
    struct disk disk;
    uint8_t raw[COS_MD5_BYTES];
    digest_pool_init(&pool, /* max_threads= */ 1);
    disk_init(&disk, /* loses= */ true);
    upload_begin_on(&lost, &pool, &disk);
    upload_begin(&whole, &pool, /* budget= */ NULL);
    for (bool is_under_way = true; is_under_way;) {
        is_under_way = add_letters(&lost, 0);
        is_under_way |= add_letters(&whole, 1);
    }
    upload_wait(&lost);
    assert_false(digest_line_md5(lost.line, raw));
    upload_end(&whole, letters_md5[1]);
    upload_free(&lost);
    upload_free(&whole);
    (void)close(disk.fd);
    digest_pool_deinit(&pool);
}

/* --- at the door --- */

static void set_threads(struct door *d, unsigned threads)
{
    d->mock->digests.max_threads = threads;
}

static void expect_etag(struct door *d, size_t bytes, const char *md5)
{
    struct ask q = {.method = "PUT", .target = "/k", .body = zeros, .n = bytes};
    struct answer a = door_ask(d, &q);
    char quoted[40];
    (void)snprintf(quoted, sizeof(quoted), "\"%s\"", md5);
    assert_int_equal(a.status, 200);
    assert_string_equal(answer_header(&a, "ETag"), quoted);
    answer_free(&a);
}

static void an_etag_is_the_md5_whoever_computes_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < COS_ARRAY_LEN(n_threads); i++) {
        void *own;
        assert_int_equal(door_open(&own), 0);
        set_threads(own, n_threads[i]);
        expect_etag(own, LARGE_BYTES, LARGE_MD5);
        expect_etag(own, 1u << 20, MIB_MD5);
        expect_etag(own, (1u << 20) - 1, LESS_MD5);
        assert_int_equal(door_close(&own), 0);
    }
}

static void a_wrong_content_md5_is_found_by_a_thread_as_well(void **state)
{
    struct door *d = *state;
    struct ask q = {.method = "PUT",
                    .target = "/k",
                    .headers = "Content-MD5: 1B2M2Y8AsgTpgAmY7PhCfg==", /* of no byte */
                    .body = zeros,
                    .n = LARGE_BYTES};
    set_threads(d, 1);
    door_expect(d, &q, 400, "BadDigest");
    door_expect(d, &(struct ask){.method = "GET", .target = "/k"}, 404, "NoSuchKey");
}

static struct disk broken_disk;

static struct blob_writer *write_to_broken_disk(struct backend *b, uint64_t expected_bytes)
{
    return blob_writer_to(&broken_disk.sink);
}

static void a_body_that_the_disk_lost_is_our_error_and_no_object(void **state)
{
    struct door *d = *state;
    struct ask q = {.method = "PUT", .target = "/k", .body = zeros, .n = LARGE_BYTES};
    const struct backend_ops *whole = d->tenant->rows->ops;
    struct backend_ops broken = *whole;
    broken.blob_writer = write_to_broken_disk;
    set_threads(d, 1);
    disk_init(&broken_disk, /* loses= */ true);
    d->tenant->rows->ops = &broken;
    door_expect(d, &q, 500, "InternalError");
    d->tenant->rows->ops = whole;
    door_expect(d, &(struct ask){.method = "GET", .target = "/k"}, 404, "NoSuchKey");
    (void)close(broken_disk.fd);
}

static void a_full_mock_refuses_in_the_middle_and_gives_back(void **state)
{
    struct door *d = *state;
    uint64_t before = d->mock->memory.used_bytes;
    struct cosmock_header headers[] = {{{"Host", 4}, {d->host, strlen(d->host)}},
                                       {{"Content-Length", 14}, {"9437189", 7}}};
    struct cosmock_head head = {.method = {"PUT", 3},
                                .target = {"/k", 2},
                                .headers = headers,
                                .n_headers = COS_ARRAY_LEN(headers)};
    struct cosmock_exchange *x = NULL;
    set_threads(d, 1);
    d->mock->memory.limit_bytes = before + (7u << 20);
    assert_int_equal(cosmock_begin(d->mock, &x, &head), COSMOCK_WANT_BODY);
    int r = 0;
    for (int i = 0; i < 9 && r == 0; i++) {
        r = cosmock_body(x, zeros, 1u << 20);
    }
    assert_int_equal(r, COSMOCK_WANT_SEND);
    assert_int_equal(cosmock_finish(x), COSMOCK_OK);
    assert_int_equal(cosmock_reply_status(x), 503);
    (void)cosmock_exchange_free(x);
    digest_pool_deinit(&d->mock->digests); /* what a thread had is let go */
    digest_pool_init(&d->mock->digests, /* max_threads= */ 1);
    assert_int_equal(d->mock->memory.used_bytes, before);
}

/* --- a thread that is held: requests are behind --- */

struct held {
    struct digest_pool *pool;
    struct sending upload;
};

static void hold(struct held *h, struct door *d)
{
    h->pool = &d->mock->digests;
    set_threads(d, 1);
    upload_begin(&h->upload, h->pool, /* budget= */ NULL);
    h->upload.ended.may_return = false;
    assert_int_equal(blob_writer_add(h->upload.writer, zeros, 1), 0);
    assert_int_equal(digest_line_end(h->upload.line, h->upload.writer, on_end,
                                     &h->upload.ended),
                     1);
    ended_wait(&h->upload.ended);
}

static void let_go(struct held *h)
{
    struct ended *e = &h->upload.ended;
    (void)pthread_mutex_lock(&e->lock);
    e->may_return = true;
    (void)pthread_cond_broadcast(&e->changed);
    (void)pthread_mutex_unlock(&e->lock);
}

static void held_free(struct held *h)
{
    h->upload.line = digest_line_free(h->upload.line);
    digest_pool_deinit(h->pool); /* nobody stands in on_end() any more */
    digest_pool_init(h->pool, /* max_threads= */ 1);
    upload_free(&h->upload);
}

static struct cosmock_exchange *send_large(struct door *d, struct ended *told)
{
    struct cosmock_header headers[] = {{{"Host", 4}, {d->host, strlen(d->host)}},
                                       {{"Content-Length", 14}, {"9437189", 7}}};
    struct cosmock_head head = {.method = {"PUT", 3},
                                .target = {"/k", 2},
                                .headers = headers,
                                .n_headers = COS_ARRAY_LEN(headers)};
    struct cosmock_exchange *x = NULL;
    assert_int_equal(cosmock_begin(d->mock, &x, &head), COSMOCK_WANT_BODY);
    cosmock_on_resume(x, on_end, told);
    assert_int_equal(cosmock_body(x, zeros, LARGE_BYTES), 0);
    return x;
}

static void a_request_waits_for_its_digest_without_its_thread(void **state)
{
    struct door *d = *state;
    struct held held;
    struct ended told;
    ended_init(&told, /* may_return= */ true);
    hold(&held, d);
    struct cosmock_exchange *x = send_large(d, &told);
    assert_int_equal(cosmock_finish(x), COSMOCK_WAIT);
    assert_int_equal(cosmock_finish(x), COSMOCK_WAIT); /* too soon */
    let_go(&held);
    ended_wait(&told);
    assert_int_equal(cosmock_finish(x), COSMOCK_OK);
    assert_int_equal(cosmock_reply_status(x), 200);
    (void)cosmock_exchange_free(x);
    held_free(&held);
    ended_deinit(&told);
}

/* Its bytes were all there: it is executed, as one whose client hangs up before the answer. */
static void a_request_whose_client_goes_meanwhile_is_executed(void **state)
{
    struct door *d = *state;
    struct held held;
    struct ended told;
    ended_init(&told, /* may_return= */ true);
    hold(&held, d);
    struct cosmock_exchange *x = send_large(d, &told);
    assert_int_equal(cosmock_finish(x), COSMOCK_WAIT);
    cosmock_abort(x);
    assert_null(cosmock_exchange_free(x));
    let_go(&held);
    assert_true(gate_wait_empty(&d->mock->abandoned, /* timeout_ms= */ 20000));
    held_free(&held);
    assert_false(told.has_ended);
    struct answer a = door_send(d, "HEAD", "/k", NULL);
    assert_int_equal(a.status, 200);
    assert_string_equal(answer_header(&a, "ETag"), "\"" LARGE_MD5 "\"");
    answer_free(&a);
    ended_deinit(&told);
}

static void a_client_that_goes_in_the_middle_stores_nothing(void **state)
{
    struct door *d = *state;
    struct held held;
    struct ended told;
    ended_init(&told, /* may_return= */ true);
    hold(&held, d);
    struct cosmock_exchange *x = send_large(d, &told);
    cosmock_abort(x);
    (void)cosmock_exchange_free(x);
    let_go(&held);
    held_free(&held);
    assert_false(told.has_ended);
    door_expect(d, &(struct ask){.method = "GET", .target = "/k"}, 404, "NoSuchKey");
    ended_deinit(&told);
}

/* --- over sockets: one loop --- */

static void say(int fd, const struct door *d, const char *method, const char *target, size_t n)
{
    char head[512];
    int length = snprintf(head, sizeof(head),
                          "%s %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %zu\r\n\r\n", method,
                          target, d->host, n);
    assert_int_equal(send(fd, head, (size_t)length, MSG_NOSIGNAL), length);
    for (size_t at = 0; at < n;) {
        ssize_t sent = send(fd, zeros + at, n - at, MSG_NOSIGNAL);
        assert_true(sent > 0);
        at += (size_t)sent;
    }
}

static int hear_status(int fd)
{
    char text[4096];
    ssize_t n = recv(fd, text, sizeof(text) - 1, 0);
    assert_true(n > 12);
    text[n] = '\0';
    return (int)strtol(text + sizeof("HTTP/1.1"), NULL, 10);
}

static void while_a_digest_is_behind_its_loop_serves_others(void **state)
{
    struct door *d = *state;
    struct plane *p = one_loop_open(d->mock);
    struct held held;
    hold(&held, d);
    int large = one_loop_dial(p);
    int small = one_loop_dial(p);
    say(large, d, "PUT", "/large", LARGE_BYTES);
    say(small, d, "PUT", "/small", 1);
    assert_int_equal(hear_status(small), 200);
    char byte;
    assert_int_equal(recv(large, &byte, 1, MSG_DONTWAIT), -1);
    let_go(&held);
    assert_int_equal(hear_status(large), 200);
    (void)close(large);
    (void)close(small);
    (void)plane_free(p);
    held_free(&held);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_bodies_at_once_have_their_own_digests),
        cmocka_unit_test(a_thread_serves_two_bodies),
        cmocka_unit_test(a_body_without_a_byte_waits_for_nothing),
        cmocka_unit_test(without_threads_there_is_no_line),
        cmocka_unit_test(what_is_left_in_the_middle_is_given_back),
        cmocka_unit_test(a_line_without_memory_says_so),
        cmocka_unit_test(a_body_in_a_file_is_read_again_for_its_digest),
        cmocka_unit_test(a_body_that_a_disk_lost_has_no_digest_and_spoils_none),
        cmocka_unit_test(an_etag_is_the_md5_whoever_computes_it),
        DOOR_TEST(a_wrong_content_md5_is_found_by_a_thread_as_well),
        DOOR_TEST(a_body_that_the_disk_lost_is_our_error_and_no_object),
        DOOR_TEST(a_full_mock_refuses_in_the_middle_and_gives_back),
        DOOR_TEST(a_request_waits_for_its_digest_without_its_thread),
        DOOR_TEST(a_request_whose_client_goes_meanwhile_is_executed),
        DOOR_TEST(a_client_that_goes_in_the_middle_stores_nothing),
        DOOR_TEST(while_a_digest_is_behind_its_loop_serves_others),
    };
    return cmocka_run_group_tests_name("mock-digest_pool", tests, NULL, NULL);
}
