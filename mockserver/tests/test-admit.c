/* SPDX-License-Identifier: Apache-2.0 */
/*
 * May a request be here, whoever asks: hotlink protection (cos-operations-2.md s.8, whose two
 * sources are the console's page and the one of best practices) and the acceleration host.
 */
#include "client.h"

#include "services/referer.h"
#include "services/schema.h"

/* As the account's root. */
static struct answer ask_as_root(struct client *c, const char *method, const char *target,
                                 const char *path, const char *body)
{
    static struct question q;
    char length[32];
    q = (struct question){.method = method, .target = target};
    authorize(&q, CLIENT_ID, CLIENT_SECRET, path);
    if (body != NULL) {
        (void)snprintf(length, sizeof(length), "%zu", strlen(body));
        add_header(&q, "Content-Length", length);
        q.body = body;
        q.n = strlen(body);
    }
    return client_send(c, &q);
}

static void expect_as_root(struct client *c, const char *method, const char *target,
                           const char *path, const char *body)
{
    struct answer a = ask_as_root(c, method, target, path, body);
    if (a.status != 200) {
        fail_msg("%s %s: %d %s", method, target, a.status, a.body);
    }
    answer_free(&a);
}

static void open_to_everybody(struct client *c)
{
    static struct question q;
    q = (struct question){.method = "PUT", .target = "/?acl"};
    authorize(&q, CLIENT_ID, CLIENT_SECRET, "/");
    add_header(&q, "x-cos-acl", "public-read-write");
    add_header(&q, "Content-Length", "0");
    struct answer a = client_send(c, &q);
    assert_int_equal(a.status, 200);
    answer_free(&a);
    assert_int_equal(cosmock_object_put(c->tenant, CLIENT_BUCKET, "k", "x", 1, NULL), 0);
}

static struct answer ask_as_nobody(struct client *c, const char *method, const char *target,
                                   const char *referer)
{
    static struct question q;
    q = (struct question){.method = method, .target = target};
    add_header(&q, "Host", CLIENT_HOST);
    if (strcmp(method, "PUT") == 0) {
        add_header(&q, "Content-Length", "0");
    }
    if (referer != NULL) {
        add_header(&q, "Referer", referer);
    }
    return client_send(c, &q);
}

#define RULES(status, type, domains, more)                                \
    "<RefererConfiguration><Status>" status "</Status><RefererType>" type \
    "</RefererType><DomainList>" domains "</DomainList>" more "</RefererConfiguration>"
#define DOMAIN_OF(name) "<Domain>" name "</Domain>"
#define SAMPLE DOMAIN_OF("example.com") DOMAIN_OF("*.qq.com")

/* --- patterns --- */

static void a_domain_is_the_beginning_of_what_it_hits(void **state)
{
    (void)state;
    static const struct {
        const char *domain, *sent;
        bool hits, hits_without_parent;
    } rows[] = {
        {"example.com", "example.com/123", true, true},
        {"example.com", "https://example.com", true, true},
        {"example.com", "http://example.com/a?b", true, true},
        {"example.com", "example.com:8080", true, true},
        {"example.com", "http://www.example.com", false, false},
        {"example.com", "http://evil.com/example.com", false, false},
        {"example.com:8080", "http://example.com", false, false},
        {"example.com:8080", "http://example.com:8080/", true, true},
        {"http://example.com", "http://example.com/a", true, true},
        {"http://example.com", "https://example.com/a", false, false},
        {"www.example.com", "http://www.example.com.cn", true, true},
        {"*.example.com", "http://a.example.com", true, true},
        {"*.example.com", "a.b.example.com/123", true, true},
        {"*.example.com", "https://example.com/1", true, false},
        {"*.example.com", "https://anexample.com", false, false},
        {"*.example.com", "http://evil.com/a.example.com", false, false},
        {"www.*.com", "http://www.a.b.com/", true, true},
        {"www.*.com", "http://www.net/.com", false, false},
        {"10.10.10.10:8080", "http://10.10.10.10:8080/a", true, true},
        {"*", "http://anybody", true, true},
        {"*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false, false},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cos_span domain = cos_span_of(rows[i].domain);
        struct referer white = {.is_enabled = true,
                                .is_white_list = true,
                                .domains = {&domain, 1}};
        struct referer black = white;
        black.is_white_list = false;
        struct cos_span sent = cos_span_of(rows[i].sent);
        if (referer_allows(&white, sent, true) != rows[i].hits ||
            referer_allows(&white, sent, false) != rows[i].hits_without_parent ||
            referer_allows(&black, sent, true) == rows[i].hits) {
            fail_msg("'%s' and '%s'", rows[i].domain, rows[i].sent);
        }
    }
}

/* --- requests --- */

static void unsigned_requests_come_from_the_pages_of_the_list(void **state)
{
    static const struct {
        const char *rules, *referer;
        int status;
    } rows[] = {
        {RULES("Enabled", "White-List", SAMPLE, ""), "http://example.com/a", 200},
        {RULES("Enabled", "White-List", SAMPLE, ""), "https://www.qq.com", 200},
        {RULES("Enabled", "White-List", SAMPLE, ""), "http://another.com", 403},
        {RULES("Enabled", "White-List", SAMPLE, ""), NULL, 403},
        {RULES("Enabled", "White-List", SAMPLE, ""), "", 403},
        {RULES("Enabled", "White-List", SAMPLE,
               "<EmptyReferConfiguration>Allow</EmptyReferConfiguration>"),
         NULL, 200},
        {RULES("Enabled", "Black-List", SAMPLE, ""), "http://example.com/a", 403},
        {RULES("Enabled", "Black-List", SAMPLE, ""), "http://another.com", 200},
        {RULES("Enabled", "Black-List", SAMPLE, ""), NULL, 403},
        {RULES("Disabled", "White-List", SAMPLE, ""), "http://another.com", 200},
    };
    struct client *c = *state;
    open_to_everybody(c);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        expect_as_root(c, "PUT", "/?referer", "/", rows[i].rules);
        struct answer a = ask_as_nobody(c, "GET", "/k", rows[i].referer);
        if (a.status != rows[i].status) {
            fail_msg("row %zu: %d %s", i, a.status, a.body);
        }
        if (a.status == 403) {
            assert_string_equal(xml_code(&a), "AccessDenied");
            assert_non_null(strstr(a.body, "<Message>You are denied by bucket referer rule</"));
        }
        answer_free(&a);
    }
}

static void the_rules_hold_for_writes_and_before_rights(void **state)
{
    struct client *c = *state;
    const char *rules = RULES("Enabled", "White-List", SAMPLE, "");
    expect_as_root(c, "PUT", "/?referer", "/", rules);
    struct answer closed = ask_as_nobody(c, "GET", "/k", "http://another.com");
    assert_non_null(strstr(closed.body, "referer rule"));
    answer_free(&closed);
    struct answer no_right = ask_as_nobody(c, "GET", "/k", "http://example.com");
    assert_int_equal(no_right.status, 403);
    assert_null(strstr(no_right.body, "referer rule"));
    answer_free(&no_right);
    open_to_everybody(c);
    struct answer write = ask_as_nobody(c, "PUT", "/n", "http://another.com");
    assert_int_equal(write.status, 403);
    assert_int_equal(cosmock_object_count(c->tenant, CLIENT_BUCKET), 1);
    answer_free(&write);
}

/* A signature, in a header or in the URL, skips the check; VerifySignatureURL does not let a
 * signed URL by. */
static void signed_requests_come_from_anywhere(void **state)
{
    static const struct {
        const char *more;
        int by_url;
    } rows[] = {
        {"", 200},
        {"<VerifySignatureURL>false</VerifySignatureURL>", 200},
        {"<VerifySignatureURL>true</VerifySignatureURL>", 403},
    };
    struct client *c = *state;
    open_to_everybody(c);
    static struct question by_header;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        char rules[1000];
        (void)snprintf(rules, sizeof(rules), RULES("Enabled", "White-List", SAMPLE, "%s"),
                       rows[i].more);
        expect_as_root(c, "PUT", "/?referer", "/", rules);
        by_header = (struct question){.method = "GET", .target = "/k"};
        authorize(&by_header, CLIENT_ID, CLIENT_SECRET, "/k");
        struct answer a = client_send(c, &by_header);
        assert_int_equal(a.status, 200);
        answer_free(&a);
        char target[1000] = "/k?";
        for (size_t j = 0; j < by_header.n_headers; j++) {
            if (strcmp(by_header.headers[j].name, "Authorization") == 0) {
                (void)strncat(target, by_header.headers[j].value, sizeof(target) - 4);
            }
        }
        struct answer b = ask_as_nobody(c, "GET", target, NULL);
        assert_int_equal(b.status, rows[i].by_url);
        answer_free(&b);
    }
}

/* --- limits of traffic: cos-operations-2.md s.11 --- */

static void a_limit_of_traffic_is_a_number_of_the_document(void **state)
{
    static const struct {
        const char *limit;
        bool is_taken;
    } rows[] = {
        {"819200", true},  {"838860800", true},  {"1048576", true},
        {"819199", false}, {"838860801", false}, {"0", false},
        {"", false},       {"1e6", false},       {"-819200", false},
    };
    static const char *const methods[] = {"PUT", "GET", "HEAD"};
    struct client *c = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        for (size_t j = 0; j < COS_ARRAY_LEN(methods); j++) {
            static struct question q;
            char target[100];
            bool is_heeded = strcmp(methods[j], "HEAD") != 0;
            (void)snprintf(target, sizeof(target), "/k%s%s",
                           i % 2 == 0 ? "" : "?x-cos-traffic-limit=",
                           i % 2 == 0 ? "" : rows[i].limit);
            q = (struct question){.method = methods[j], .target = target};
            authorize(&q, CLIENT_ID, CLIENT_SECRET, "/k");
            add_header(&q, "Content-Length", "0");
            if (i % 2 == 0) {
                add_header(&q, "x-cos-traffic-limit", rows[i].limit);
            }
            struct answer a = client_send(c, &q);
            if (a.status != (rows[i].is_taken || !is_heeded ? 200 : 400)) {
                fail_msg("%s %s: %d %s", methods[j], rows[i].limit, a.status, a.body);
            }
            answer_free(&a);
        }
    }
}

static void a_switch_checks_limits_and_slows_nothing_down(void **state)
{
    static const char body[8192];
    struct client *c = *state;
    static const char *const modes[] = {"shape", "check"};
    static const int64_t delays_ms[] = {80, 0}; /* 8192 bytes at 819200 bit/s */
    for (size_t i = 0; i < COS_ARRAY_LEN(modes); i++) {
        static struct question q;
        client_switch(c, "traffic-limit", modes[i]);
        q = (struct question){.method = "PUT", .target = "/k", .body = body, .n = sizeof(body)};
        authorize(&q, CLIENT_ID, CLIENT_SECRET, "/k");
        add_header(&q, "Content-Length", "8192");
        add_header(&q, "x-cos-traffic-limit", "819200");
        struct answer a = client_send(c, &q);
        assert_int_equal(a.status, 200);
        assert_int_equal(cosmock_reply_delivery(a.x).delay_ms, delays_ms[i]);
        assert_int_equal(cosmock_reply_delivery(a.x).bytes_per_s, i == 0 ? 102400 : 0);
        answer_free(&a);
    }
}

/* --- strict signatures: cos-operations-2.md s.9, cos-wire.md s.1.5 --- */

#define STRICT(actions, headers, params)                                                 \
    "<StrictSignatureConfiguration><Rule><ID>r</ID><actionlist>" actions "</actionlist>" \
    "<headerlist>" headers "</headerlist><paramlist>" params "</paramlist></Rule>"       \
    "</StrictSignatureConfiguration>"
#define ACTION(a) "<action>" a "</action>"
#define HEADER(h) "<header>" h "</header>"
#define PARAM(p) "<param>" p "</param>"
#define NO_HEADER "Strict signature missing header that must be signed"
#define NO_PARAM "Strict signature missing param that must be signed"

/* The client signs the host alone. */
static void what_the_bucket_wants_must_be_signed(void **state)
{
    static const struct {
        const char *rules, *target, *header;
        const char *sentence; /* NULL: 200 */
    } rows[] = {
        {STRICT(ACTION("GetObject"), HEADER("Host"), ""), "/k", NULL, NULL},
        {STRICT(ACTION("GetObject"), HEADER("Host") HEADER("Range"), ""), "/k", NULL, NULL},
        {STRICT(ACTION("GetObject"), HEADER("Range"), ""), "/k", "Range", NO_HEADER},
        {STRICT(ACTION("Get*"), HEADER("Range"), ""), "/k", "Range", NO_HEADER},
        {STRICT(ACTION("*"), HEADER("x-cos-*"), ""), "/k", "x-cos-traffic-limit", NO_HEADER},
        {STRICT(ACTION("*"), HEADER("x-cos-acl"), ""), "/k", "x-cos-traffic-limit", NULL},
        {STRICT(ACTION("Put*") ACTION("HeadObject"), HEADER("Range"), ""), "/k", "Range", NULL},
        {STRICT(ACTION("GetObject"), "", PARAM("response-expires")), "/k?response-expires=1",
         NULL, NO_PARAM},
        {STRICT(ACTION("GetObject"), "", PARAM("all")), "/k?own=1", NULL, NO_PARAM},
        {STRICT(ACTION("GetObject"), "", PARAM("other")), "/k?own=1", NULL, NULL},
        {STRICT(ACTION("GetObject"), "", PARAM("all")), "/k", NULL, NULL},
    };
    struct client *c = *state;
    assert_int_equal(cosmock_object_put(c->tenant, CLIENT_BUCKET, "k", "x", 1, NULL), 0);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        static struct question q;
        expect_as_root(c, "PUT", "/?strict-signature", "/", rows[i].rules);
        q = (struct question){.method = "GET", .target = rows[i].target};
        authorize(&q, CLIENT_ID, CLIENT_SECRET, "/k");
        if (rows[i].header != NULL) {
            add_header(&q, rows[i].header,
                       strcmp(rows[i].header, "Range") == 0 ? "bytes=0-0" : "819200");
        }
        struct answer a = client_send(c, &q);
        bool is_refused = rows[i].sentence != NULL;
        if ((a.status == 403) != is_refused ||
            (is_refused &&
             strcmp(between(a.body, "<Message>", "</Message>"), rows[i].sentence) != 0)) {
            fail_msg("row %zu: %d %s", i, a.status, a.body);
        }
        answer_free(&a);
        struct answer drop =
            ask_as_root(c, "DELETE", "/?strict-signature", "/", /* body= */ NULL);
        assert_int_equal(drop.status, 204);
        answer_free(&drop);
    }
}

static void only_who_signs_is_asked_to_sign_strictly(void **state)
{
    static struct question wrong;
    struct client *c = *state;
    open_to_everybody(c);
    expect_as_root(c, "PUT", "/?strict-signature", "/",
                   STRICT(ACTION("GetObject"), HEADER("Range"), ""));
    struct answer nobody = ask_as_nobody(c, "GET", "/k", NULL);
    assert_int_equal(nobody.status, 200);
    answer_free(&nobody);
    wrong = (struct question){.method = "GET", .target = "/k"};
    authorize(&wrong, CLIENT_ID, CLIENT_SUB_SECRET, "/k");
    struct answer plain = client_send(c, &wrong);
    assert_string_equal(xml_code(&plain), "SignatureDoesNotMatch");
    answer_free(&plain);
    add_header(&wrong, "Range", "bytes=0-0");
    struct answer ranged = client_send(c, &wrong);
    assert_string_equal(between(ranged.body, "<Message>", "</Message>"), NO_HEADER);
    answer_free(&ranged);
}

/* --- the acceleration host: cos-operations-2.md s.14 --- */

#define FAST CLIENT_BUCKET ".cos.accelerate.myqcloud.com"

static struct answer ask_fast(struct client *c, const char *method, const char *target,
                              const char *path)
{
    static struct question q;
    q = (struct question){.method = method, .target = target};
    authorize_as(&q, &(struct signing){CLIENT_ID, CLIENT_SECRET, FAST, path});
    if (strcmp(method, "PUT") == 0) {
        add_header(&q, "Content-Length", "0");
    }
    if (strstr(target, "copy") != NULL) {
        add_header(&q, "x-cos-copy-source", CLIENT_HOST "/k");
    }
    return client_send(c, &q);
}

static void the_acceleration_host_moves_objects_and_nothing_else(void **state)
{
    static const struct {
        const char *method, *target, *path;
        int status;
    } rows[] = {
        {"PUT", "/k", "/k", 200},
        {"GET", "/k", "/k", 200},
        {"HEAD", "/k", "/k", 200},
        {"POST", "/m?uploads", "/m", 200},
        {"GET", "/?uploads", "/", 200},
        /* coscmd#274, node#134 */
        {"DELETE", "/k", "/k", 400},
        {"PUT", "/copy", "/copy", 400},
        {"GET", "/", "/", 400},
        {"PUT", "/?acl", "/", 400},
        {"HEAD", "/", "/", 400},
    };
    struct client *c = *state;
    static const char *const states[] = {NULL, "Suspended", "Enabled"};
    for (size_t i = 0; i < COS_ARRAY_LEN(states); i++) {
        char body[200];
        (void)snprintf(body, sizeof(body),
                       "<AccelerateConfiguration><Status>%s</Status></AccelerateConfiguration>",
                       states[i]);
        if (states[i] != NULL) {
            expect_as_root(c, "PUT", "/?accelerate", "/", body);
        }
        for (size_t j = 0; j < COS_ARRAY_LEN(rows); j++) {
            bool is_on = i == 2;
            struct answer a = ask_fast(c, rows[j].method, rows[j].target, rows[j].path);
            if (a.status != (is_on ? rows[j].status : 400)) {
                fail_msg("%s %s: %d %s", rows[j].method, rows[j].target, a.status, a.body);
            }
            if (a.status == 400 && strcmp(rows[j].method, "HEAD") != 0) {
                assert_string_equal(xml_code(&a), is_on ? "ActionAccelerateNotSupported"
                                                        : "BucketAccelerateNotEnabled");
            }
            answer_free(&a);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_domain_is_the_beginning_of_what_it_hits),
        CLIENT_TEST(unsigned_requests_come_from_the_pages_of_the_list),
        CLIENT_TEST(the_rules_hold_for_writes_and_before_rights),
        CLIENT_TEST(signed_requests_come_from_anywhere),
        CLIENT_TEST(a_limit_of_traffic_is_a_number_of_the_document),
        CLIENT_TEST(a_switch_checks_limits_and_slows_nothing_down),
        CLIENT_TEST(what_the_bucket_wants_must_be_signed),
        CLIENT_TEST(only_who_signs_is_asked_to_sign_strictly),
        CLIENT_TEST(the_acceleration_host_moves_objects_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
