/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What CORS rules do: preflights are answered by them, and requests carry their headers.
 * Expected values: document OPTIONS Object, examples 1 to 4 (cos-operations-2.md s.0.4, s.2.3),
 * cpp object_misc_test.cpp:175-253, node test.js:2890-2946.
 */
#include "door.h"

#define ORIGIN "https://example.com"
#define ASKS(origin, method) "Origin: " origin "\nAccess-Control-Request-Method: " method
#define ASKS_WITH(origin, method, headers) \
    ASKS(origin, method) "\nAccess-Control-Request-Headers: " headers
#define SSE_C "x-cos-server-side-encryption-customer-"

/* The rules behind the document's examples, first rule first. */
static const char rules[] =
    "<CORSConfiguration>"
    "<CORSRule><AllowedOrigin>https://example.com</AllowedOrigin>"
    "<AllowedOrigin>http://*.example.org:8080</AllowedOrigin>"
    "<AllowedMethod>PUT</AllowedMethod><AllowedMethod>POST</AllowedMethod>"
    "<AllowedHeader>Content-MD5</AllowedHeader><AllowedHeader>content-type</AllowedHeader>"
    "<AllowedHeader>x-cos-meta-author</AllowedHeader>"
    "<ExposeHeader>Content-Length</ExposeHeader><ExposeHeader>ETag</ExposeHeader>"
    "<MaxAgeSeconds>600</MaxAgeSeconds></CORSRule>"
    "<CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod>"
    "<AllowedMethod>HEAD</AllowedMethod><AllowedHeader>range</AllowedHeader>"
    "<AllowedHeader>" SSE_C "algorithm</AllowedHeader></CORSRule>"
    "<CORSRule><AllowedOrigin>http://any.example</AllowedOrigin>"
    "<AllowedMethod>DELETE</AllowedMethod><AllowedHeader>*</AllowedHeader>"
    "<AllowedHeader>test-header</AllowedHeader><MaxAgeSeconds>0</MaxAgeSeconds></CORSRule>"
    "</CORSConfiguration>";

static void put_rules(struct door *d, const char *text)
{
    const struct ask put = {
        .method = "PUT", .target = "/?cors", .body = text, .n = strlen(text), .with_md5 = true};
    door_expect(d, &put, 200, NULL);
}

/* "-": not there. */
struct cors_headers {
    const char *origin, *credentials, *methods, *headers, *exposed, *max_age;
};
static const struct cors_headers none = {"-", "-", "-", "-", "-", "-"};

static void expect_header(const struct answer *a, const char *row, const char *name,
                          const char *value)
{
    const char *sent = answer_header(a, name);
    if (strcmp(sent[0] == '\0' ? "-" : sent, value) != 0) {
        fail_msg("%s: %s is '%s'; wanted '%s'", row, name, sent, value);
    }
}

static void expect_headers(const struct answer *a, const char *row,
                           const struct cors_headers *h)
{
    expect_header(a, row, "Access-Control-Allow-Origin", h->origin);
    expect_header(a, row, "Access-Control-Allow-Credentials", h->credentials);
    expect_header(a, row, "Access-Control-Allow-Methods", h->methods);
    expect_header(a, row, "Access-Control-Allow-Headers", h->headers);
    expect_header(a, row, "Access-Control-Expose-Headers", h->exposed);
    expect_header(a, row, "Access-Control-Max-Age", h->max_age);
}

#define FIRST(origin)                                                             \
    {                                                                             \
        origin, "true", "PUT,POST", "content-md5,content-type,x-cos-meta-author", \
            "Content-Length,ETag", "600"                                          \
    }
#define SECOND                                                     \
    {                                                              \
        "*", "-", "GET,HEAD", "range," SSE_C "algorithm", "-", "-" \
    }

static void a_preflight_is_answered_by_the_first_rule_that_fits(void **state)
{
    static const struct {
        const char *name, *target, *asks;
        struct cors_headers said; /* origin NULL: 403 */
    } rows[] = {
        {"origin, method and headers", "/exampleobject",
         ASKS_WITH(ORIGIN, "PUT", "content-md5,content-type,x-cos-meta-author"), FIRST(ORIGIN)},
        {"headers in another case", "/k", ASKS_WITH(ORIGIN, "PUT", "Content-MD5, CONTENT-TYPE"),
         FIRST(ORIGIN)},
        {"no headers", "/k", ASKS(ORIGIN, "POST"), FIRST(ORIGIN)},
        {"the bucket", "/", ASKS(ORIGIN, "PUT"), FIRST(ORIGIN)},
        {"a sub-resource", "/?lifecycle", ASKS(ORIGIN, "PUT"), FIRST(ORIGIN)},
        {"a wildcard", "/k", ASKS("http://a.b.example.org:8080", "PUT"),
         FIRST("http://a.b.example.org:8080")},
        {"a wildcard for nothing", "/k", ASKS("http://.example.org:8080", "PUT"),
         FIRST("http://.example.org:8080")},
        {"the lone wildcard", "/k", ASKS_WITH(ORIGIN, "GET", "range"), SECOND},
        {"any header",
         "/k",
         ASKS_WITH("http://any.example", "DELETE", "Authorization,x-cos-security-token"),
         {"http://any.example", "true", "DELETE", "Authorization,x-cos-security-token", "-",
          "0"}},
        {"any header, none asked",
         "/k",
         ASKS("http://any.example", "DELETE"),
         {"http://any.example", "true", "DELETE", "-", "-", "0"}},
        {"another method", "/k", ASKS(ORIGIN, "DELETE"), {NULL}},
        {"a method in another case", "/k", ASKS(ORIGIN, "put"), {NULL}},
        {"another origin", "/k", ASKS("http://qq.com", "PUT"), {NULL}},
        {"another scheme", "/k", ASKS("http://example.com", "PUT"), {NULL}},
        {"another port", "/k", ASKS("http://a.example.org:80", "PUT"), {NULL}},
        {"a wildcard shorter than itself",
         "/k",
         ASKS("http://.example.org:808", "PUT"),
         {NULL}},
        {"a header that is not allowed",
         "/k",
         ASKS_WITH(ORIGIN, "PUT", "content-type,x-other"),
         {NULL}},
        {"no origin", "/k", "Access-Control-Request-Method: GET", {NULL}},
        {"no method", "/k", "Origin: " ORIGIN, {NULL}},
    };
    struct door *d = *state;
    put_rules(d, rules);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        bool is_allowed = rows[i].said.origin != NULL;
        struct answer a = door_send(d, "OPTIONS", rows[i].target, rows[i].asks);
        if (a.status != (is_allowed ? 200 : 403)) {
            fail_msg("%s: %d %s", rows[i].name, a.status, a.body);
        }
        expect_headers(&a, rows[i].name, is_allowed ? &rows[i].said : &none);
        expect_header(&a, rows[i].name, "Vary", "-");
        assert_string_equal(xml_of(&a, "Code"), is_allowed ? "(absent)" : "AccessForbidden");
        answer_free(&a);
    }
}

static void a_refused_preflight_says_the_services_sentence(void **state)
{
    struct door *d = *state;
    struct answer a = door_send(d, "OPTIONS", "/exampleobject", ASKS(ORIGIN, "PUT"));
    assert_int_equal(a.status, 403);
    assert_string_equal(
        xml_of(&a, "Message"),
        "CORSResponse: This CORS request is not allowed. This is usually because the evalution "
        "of Origin, request method / Access-Control-Request-Method or "
        "Access-Control-Requet-Headers are not whitelisted by the resource&apos;s CORS spec");
    answer_free(&a);
    door_expect(d,
                &(struct ask){.method = "OPTIONS",
                              .target = "/k",
                              .headers = ASKS(ORIGIN, "PUT"),
                              .host = "none-1250000000.cos.ap-guangzhou.myqcloud.com"},
                404, "NoSuchBucket");
}

/* cpp object_misc_test.cpp:175-188 */
static void the_console_is_let_in_without_rules(void **state)
{
    struct door *d = *state;
    const struct cors_headers said = {"https://console.cloud.tencent.com",
                                      "true",
                                      "GET,PUT,POST,HEAD,DELETE",
                                      "host,x-cos-test",
                                      "-",
                                      "-"};
    struct answer a =
        door_send(d, "OPTIONS", "/k",
                  ASKS_WITH("https://console.cloud.tencent.com", "PUT", "host,x-cos-test"));
    assert_int_equal(a.status, 200);
    expect_headers(&a, "console", &said);
    answer_free(&a);
}

/* 436/8288: a browser sends preflights, without a signature; SDKs sign them, and a browser
 * sends one to a URL that is signed for another method. */
static void nobody_has_to_sign_a_preflight(void **state)
{
    static const char *const targets[] = {
        "/k", "/k?q-sign-algorithm=sha1&q-ak=AKIDnobody&q-sign-time=1;2&q-key-time=1;2"
              "&q-header-list=host&q-url-param-list=&q-signature=00"};
    struct door *d = *state;
    put_rules(d, rules);
    assert_int_equal(cosmock_switch_set(d->tenant, "enforcement", "enforce", NULL), 0);
    for (size_t i = 0; i < COS_ARRAY_LEN(targets); i++) {
        struct answer a =
            door_send(d, "OPTIONS", targets[i], ASKS(ORIGIN, "PUT") "\nAuthorization: rubbish");
        assert_int_equal(a.status, 200);
        answer_free(&a);
    }
}

static void an_answer_carries_the_headers_of_its_rule(void **state)
{
    static const struct {
        const char *name, *method, *target, *headers;
        int status;
        struct cors_headers said;
    } rows[] = {
        {"put", "PUT", "/k", "Origin: " ORIGIN, 200, FIRST(ORIGIN)},
        {"get", "GET", "/k", "Origin: " ORIGIN, 200, SECOND},
        {"head", "HEAD", "/k", "Origin: http://qq.com", 200, SECOND},
        {"what is not there", "GET", "/none", "Origin: " ORIGIN, 404, SECOND},
        {"a setting", "GET", "/?cors", "Origin: " ORIGIN, 200, SECOND},
        {"a method of no rule",
         "DELETE",
         "/none",
         "Origin: " ORIGIN,
         204,
         {"-", "-", "-", "-", "-", "-"}},
        {"no origin", "GET", "/k", NULL, 200, {"-", "-", "-", "-", "-", "-"}},
    };
    struct door *d = *state;
    put_rules(d, rules);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct answer a = door_send(d, rows[i].method, rows[i].target, rows[i].headers);
        assert_int_equal(a.status, rows[i].status);
        expect_headers(&a, rows[i].name, &rows[i].said);
        answer_free(&a);
    }
}

static void a_browser_may_read_why_it_is_refused(void **state)
{
    struct door *d = *state;
    const struct cors_headers said = SECOND;
    put_rules(d, rules);
    assert_int_equal(cosmock_switch_set(d->tenant, "enforcement", "enforce", NULL), 0);
    struct answer anonymous = door_send(d, "GET", "/k", "Origin: " ORIGIN);
    assert_int_equal(anonymous.status, 403);
    expect_headers(&anonymous, "anonymous", &said);
    answer_free(&anonymous);
    struct answer unknown =
        door_send(d, "GET", "/k", "Origin: " ORIGIN "\nAuthorization: rubbish");
    assert_int_equal(unknown.status, 403);
    expect_headers(&unknown, "malformed signature", &said);
    answer_free(&unknown);
}

static void a_bucket_that_varies_says_so_in_every_answer(void **state)
{
    struct door *d = *state;
    put_rules(d, "<CORSConfiguration><CORSRule><AllowedOrigin>" ORIGIN "</AllowedOrigin>"
                 "<AllowedMethod>GET</AllowedMethod></CORSRule>"
                 "<ResponseVary>true</ResponseVary></CORSConfiguration>");
    static const char *const headers[] = {NULL, "Origin: " ORIGIN, "Origin: http://qq.com"};
    for (size_t i = 0; i < COS_ARRAY_LEN(headers); i++) {
        struct answer a = door_send(d, "GET", "/?location", headers[i]);
        expect_header(&a, "vary", "Vary", "Origin");
        expect_header(&a, "vary", "Access-Control-Allow-Origin", i == 1 ? ORIGIN : "-");
        answer_free(&a);
    }
}

static void a_switch_leaves_the_headers_of_preflights_to_preflights(void **state)
{
    struct door *d = *state;
    put_rules(d, rules);
    assert_int_equal(cosmock_switch_set(d->tenant, "cors-actual-headers", "short", NULL), 0);
    const struct cors_headers said = {ORIGIN, "true", "-", "-", "Content-Length,ETag", "-"};
    struct answer a = door_send(d, "PUT", "/k", "Origin: " ORIGIN);
    expect_headers(&a, "short", &said);
    answer_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOOR_TEST(a_preflight_is_answered_by_the_first_rule_that_fits),
        DOOR_TEST(a_refused_preflight_says_the_services_sentence),
        DOOR_TEST(the_console_is_let_in_without_rules),
        DOOR_TEST(nobody_has_to_sign_a_preflight),
        DOOR_TEST(an_answer_carries_the_headers_of_its_rule),
        DOOR_TEST(a_browser_may_read_why_it_is_refused),
        DOOR_TEST(a_bucket_that_varies_says_so_in_every_answer),
        DOOR_TEST(a_switch_leaves_the_headers_of_preflights_to_preflights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
