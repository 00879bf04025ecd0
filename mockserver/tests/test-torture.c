/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory runs out: every allocation of a journey fails once. No crash, no leak (under the
 * sanitizer), an answer of 500 or 503 or a refusal to begin, nothing half stored: an object is
 * there whole or not at all.
 */
#include "client.h"

#include "cosbase/alloc.h"

enum { MOST_ALLOCATIONS = 400 };

/* True while the failure was met. Then the answer is a failure of ours (503: no room for the
 * body), or the usual one, @status, where nothing depended on it. */
static bool run_with_failure(struct client *c, const struct question *q, int status,
                             uint64_t nth)
{
    cos_alloc_fail_nth(nth);
    struct cosmock_exchange *x = NULL;
    int want = client_begin(c, &x, q);
    if (want == COSMOCK_WANT_BODY && q->n > 0) {
        (void)cosmock_body(x, q->body, q->n);
    }
    bool is_begun = x != NULL;
    int got = 0;
    if (is_begun) {
        assert_int_equal(cosmock_finish(x), 0);
        got = cosmock_reply_status(x);
    }
    bool was_met = cos_alloc_count() >= nth;
    cos_alloc_fail_nth(0);
    if (is_begun ? got != status && !(was_met && (got == 500 || got == 503))
                 : want != COSMOCK_E_NOMEM) {
        fail_msg("allocation %llu: %d %d", (unsigned long long)nth, want, got);
    }
    (void)cosmock_exchange_free(x);
    return was_met;
}

/* Whole or not at all; gone afterwards. */
static void check_stored(struct client *c)
{
    void *bytes = NULL;
    size_t n = 0;
    if (cosmock_object_get(c->tenant, CLIENT_BUCKET, "k", &bytes, &n, NULL) == COSMOCK_OK) {
        assert_int_equal(n, 16);
        assert_memory_equal(bytes, "[Object Content]", 16);
        free(bytes);
        assert_int_equal(cosmock_object_delete(c->tenant, CLIENT_BUCKET, "k", NULL),
                         COSMOCK_OK);
    }
    assert_int_equal(cosmock_object_count(c->tenant, CLIENT_BUCKET), 1);
}

/* @status: of the answer when nothing fails. */
static void torture(void (*make)(struct question *q), int status)
{
    struct client c;
    client_open_world(&c, CLIENT_WORLD);
    assert_int_equal(cosmock_object_put(c.tenant, CLIENT_BUCKET, "there", "abc", 3, NULL), 0);
    bool was_met = true;
    uint64_t nth = 0;
    while (was_met && nth < MOST_ALLOCATIONS) {
        static struct question q;
        make(&q);
        was_met = run_with_failure(&c, &q, status, ++nth);
        check_stored(&c);
    }
    assert_true(nth > 3);
    assert_true(nth < MOST_ALLOCATIONS);
    c.tenant = cosmock_tenant_free(c.tenant);
    c.mock = cosmock_free(c.mock); /* broken by design: the 500s were ours */
}

static void make_put(struct question *q)
{
    *q =
        (struct question){.method = "PUT", .target = "/k", .body = "[Object Content]", .n = 16};
    authorize(q, CLIENT_ID, CLIENT_SECRET, "/k");
    add_header(q, "Content-Length", "16");
    add_header(q, "Content-MD5", "7o3pGNBWQBRbGPcPTDqmAg==");
    add_header(q, "x-cos-meta-a", "b");
}

static void make_append(struct question *q)
{
    *q = (struct question){.method = "POST",
                           .target = "/k?append&position=0",
                           .body = "[Object Content]",
                           .n = 16};
    authorize(q, CLIENT_ID, CLIENT_SECRET, "/k");
    add_header(q, "Content-Length", "16");
    add_header(q, "x-cos-server-side-encryption", "AES256");
}

static void make_get(struct question *q)
{
    *q = (struct question){.method = "GET", .target = "/there?response-content-type=a%2Fb"};
    authorize(q, CLIENT_ID, CLIENT_SECRET, "/there");
}

static void make_list(struct question *q)
{
    *q = (struct question){.method = "GET", .target = "/?prefix=t&delimiter=%2F"};
    authorize(q, CLIENT_ID, CLIENT_SECRET, "/");
}

static void make_refusal(struct question *q)
{
    *q = (struct question){.method = "GET", .target = "/there"};
    authorize(q, CLIENT_ID, "wrong", "/there");
}

static void make_mint(struct question *q)
{
    static const char json[] = "{\"Name\":\"n\",\"Policy\":\"" POLICY_ALL "\"}";
    *q =
        (struct question){.method = "POST", .target = "/", .body = json, .n = sizeof(json) - 1};
    tc3_authorize(q, CLIENT_ID, CLIENT_SECRET, "GetFederationToken", CLIENT_NOW_S);
}

static void a_put_survives_every_failure(void **state)
{
    torture(make_put, 200);
}

static void an_append_survives_every_failure(void **state)
{
    torture(make_append, 200);
}

static void a_get_survives_every_failure(void **state)
{
    torture(make_get, 200);
}

static void a_list_survives_every_failure(void **state)
{
    torture(make_list, 200);
}

static void a_refusal_survives_every_failure(void **state)
{
    torture(make_refusal, 403);
}

static void a_mint_survives_every_failure(void **state)
{
    torture(make_mint, 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_put_survives_every_failure),
        cmocka_unit_test(an_append_survives_every_failure),
        cmocka_unit_test(a_get_survives_every_failure),
        cmocka_unit_test(a_list_survives_every_failure),
        cmocka_unit_test(a_refusal_survives_every_failure),
        cmocka_unit_test(a_mint_survives_every_failure),
    };
    return cmocka_run_group_tests_name("torture", tests, NULL, NULL);
}
