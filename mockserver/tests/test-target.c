/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a request names is found once: what it then costs in locks and look-ups by name, and
 * that a change meanwhile is none of its business. The linker puts our counters in front of the
 * functions (--wrap, meson.build), so what is counted is what the journey really calls.
 */
#include "client.h"

#include "store/index.h"
#include "world/map.h"

#include <pthread.h>

#define LOCKS 4
#define BUCKETS 1

/* the linker's names */
int __real_pthread_mutex_lock(pthread_mutex_t *m);
int __real_pthread_rwlock_rdlock(pthread_rwlock_t *l);
int __real_pthread_rwlock_wrlock(pthread_rwlock_t *l);
void *__real_map_get(const struct map *m, struct cos_span key);
void *__real_index_get(const struct index *ix, struct cos_span key);
int __wrap_pthread_mutex_lock(pthread_mutex_t *m);
int __wrap_pthread_rwlock_rdlock(pthread_rwlock_t *l);
int __wrap_pthread_rwlock_wrlock(pthread_rwlock_t *l);
void *__wrap_map_get(const struct map *m, struct cos_span key);
void *__wrap_index_get(const struct index *ix, struct cos_span key);

static struct {
    unsigned locks, buckets, objects;
} seen;

static void count_name(struct cos_span key)
{
    seen.buckets += cos_span_eq_str(key, CLIENT_BUCKET);
    seen.objects += cos_span_eq_str(key, "k");
}

int __wrap_pthread_mutex_lock(pthread_mutex_t *m)
{
    seen.locks++;
    return __real_pthread_mutex_lock(m);
}

int __wrap_pthread_rwlock_rdlock(pthread_rwlock_t *l)
{
    seen.locks++;
    return __real_pthread_rwlock_rdlock(l);
}

int __wrap_pthread_rwlock_wrlock(pthread_rwlock_t *l)
{
    seen.locks++;
    return __real_pthread_rwlock_wrlock(l);
}

void *__wrap_map_get(const struct map *m, struct cos_span key)
{
    count_name(key);
    return __real_map_get(m, key);
}

void *__wrap_index_get(const struct index *ix, struct cos_span key)
{
    count_name(key);
    return __real_index_get(ix, key);
}

/* Asks twice, as any client goes on: what a first request has to make is there for the second,
 * which is counted. */
static void expect_cost(struct client *c, const struct question *q, unsigned locks,
                        unsigned buckets)
{
    for (int i = 0; i < 2; i++) {
        memset(&seen, 0, sizeof(seen));
        struct answer r = client_send(c, q);
        assert_int_equal(r.status, 200);
        answer_free(&r);
    }
    if (seen.locks > locks || seen.buckets > buckets || seen.objects > 1) {
        fail_msg("%s took %u locks (at most %u), looked its bucket up %u times (%u) and its "
                 "object %u times",
                 q->method, seen.locks, locks, seen.buckets, buckets, seen.objects);
    }
}

static void put_k(struct client *c)
{
    static char text[4096];
    assert_int_equal(cosmock_object_put(c->tenant, CLIENT_BUCKET, "k", text, sizeof(text),
                                        NULL),
                     COSMOCK_OK);
}

static void expect_cost_of(struct client *c, const char *method)
{
    struct question *q = calloc(1, sizeof(*q));
    put_k(c);
    q->method = method;
    q->target = "/k";
    authorize(q, CLIENT_ID, CLIENT_SECRET, "/k");
    expect_cost(c, q, LOCKS, BUCKETS);
    free(q);
}

static void a_signed_get_takes_no_more_locks_and_look_ups_than_this(void **state)
{
    expect_cost_of(*state, "GET");
}

static void a_signed_head_costs_what_a_get_costs(void **state)
{
    expect_cost_of(*state, "HEAD");
}

/* Its own list stands in its row, the bucket's hangs at the bucket: nothing else is looked
 * for. A key below a folder would cost a look-up for each folder that says nothing. */
static void an_unsigned_get_of_what_is_public_costs_no_more(void **state)
{
    struct client *c = *state;
    struct question *q = calloc(1, sizeof(*q));
    put_k(c);
    q->method = "PUT";
    q->target = "/k?acl";
    add_header(q, "x-cos-acl", "public-read");
    add_header(q, "Content-Length", "0");
    authorize(q, CLIENT_ID, CLIENT_SECRET, "/k");
    struct answer a = client_send(c, q);
    assert_int_equal(a.status, 200);
    answer_free(&a);
    *q = (struct question){.method = "GET", .target = "/k"};
    add_header(q, "Host", CLIENT_HOST);
    expect_cost(c, q, LOCKS, BUCKETS);
    put_k(c); /* which has no list of its own any more */
    assert_int_equal(cosmock_bucket_acl_set(c->tenant, CLIENT_BUCKET, "public-read", NULL), 0);
    expect_cost(c, q, LOCKS, BUCKETS);
    free(q);
}

/* --- a change between the head of a request and its end --- */

static void put_text(struct client *c, const char *text)
{
    assert_int_equal(cosmock_object_put(c->tenant, CLIENT_BUCKET, "k", text, strlen(text),
                                        NULL),
                     COSMOCK_OK);
}

static struct cosmock_exchange *begin(struct client *c, const struct question *q)
{
    struct cosmock_exchange *x = NULL;
    assert_int_equal(client_begin(c, &x, q), COSMOCK_WANT_BODY);
    return x;
}

/* One version for rights, conditions and bytes: MD5 of "old" (RFC 1321). */
static void the_object_that_rights_were_asked_about_is_the_one_served(void **state)
{
    struct client *c = *state;
    struct question *q = calloc(1, sizeof(*q));
    put_text(c, "old");
    q->method = "GET";
    q->target = "/k";
    add_header(q, "If-Match", "\"149603e6c03516362a8da23f624db945\"");
    authorize(q, CLIENT_ID, CLIENT_SECRET, "/k");
    struct cosmock_exchange *x = begin(c, q);
    put_text(c, "new");
    assert_int_equal(cosmock_finish(x), COSMOCK_OK);
    assert_int_equal(cosmock_reply_status(x), 200);
    char body[4] = "";
    assert_int_equal(cosmock_reply_read(x, 0, body, 3), 3);
    assert_string_equal(body, "old");
    (void)cosmock_exchange_free(x);
    free(q);
}

static void a_copy_takes_the_source_that_rights_were_asked_about(void **state)
{
    struct client *c = *state;
    struct question *q = calloc(1, sizeof(*q));
    put_text(c, "old");
    q->method = "PUT";
    q->target = "/copy";
    add_header(q, "x-cos-copy-source", CLIENT_HOST "/k");
    add_header(q, "Content-Length", "0");
    authorize(q, CLIENT_ID, CLIENT_SECRET, "/copy");
    struct cosmock_exchange *x = begin(c, q);
    put_text(c, "new");
    assert_int_equal(cosmock_finish(x), COSMOCK_OK);
    assert_int_equal(cosmock_reply_status(x), 200);
    void *bytes = NULL;
    size_t n = 0;
    assert_int_equal(cosmock_object_get(c->tenant, CLIENT_BUCKET, "copy", &bytes, &n, NULL),
                     COSMOCK_OK);
    assert_int_equal(n, 3);
    assert_memory_equal(bytes, "old", 3);
    free(bytes);
    (void)cosmock_exchange_free(x);
    free(q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLIENT_TEST(a_signed_get_takes_no_more_locks_and_look_ups_than_this),
        CLIENT_TEST(a_signed_head_costs_what_a_get_costs),
        CLIENT_TEST(an_unsigned_get_of_what_is_public_costs_no_more),
        CLIENT_TEST(the_object_that_rights_were_asked_about_is_the_one_served),
        CLIENT_TEST(a_copy_takes_the_source_that_rights_were_asked_about),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
