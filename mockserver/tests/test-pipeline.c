/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole journeys without sockets: bodies, the common headers, the journal, a seeded run that
 * repeats itself. Wire facts: cos-wire.md s.1.5, s.2.0. MK-23, MK-25, MK-26, MK-33.
 */
#include "client.h"

/* --- the reply --- */

/* MD5 and CRC-64 of "[Object Content]": the documents' GET Object sample (cos-wire.md
 * s.2.0). */
static void an_object_comes_back_as_it_went(void **state)
{
    struct client *c = *state;
    struct answer r = client_put(c, "/k", "[Object Content]");
    assert_int_equal(r.status, 200);
    assert_string_equal(answer_header(&r, "ETag"), "\"ee8de918d05640145b18f70f4c3aa602\"");
    assert_string_equal(answer_header(&r, "x-cos-hash-crc64ecma"), "16749565679157681890");
    answer_free(&r);
    r = client_ask(c, "GET", "/k");
    assert_int_equal(r.status, 200);
    assert_string_equal(r.body, "[Object Content]");
    assert_string_equal(answer_header(&r, "Content-Length"), "16");
    answer_free(&r);
    r = client_ask(c, "HEAD", "/k"); /* MK-33 */
    assert_int_equal(r.status, 200);
    assert_int_equal(r.n, 0);
    assert_string_equal(answer_header(&r, "Content-Length"), "16");
    answer_free(&r);
    client_expect(c, "DELETE", "/k", 204);
    client_expect(c, "GET", "/k", 404);
}

static void header_names(const struct answer *r, char *out, size_t size)
{
    size_t n;
    const struct cosmock_header *h = cosmock_reply_headers(r->x, &n);
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        at += (size_t)snprintf(out + at, size - at, "%s%.*s", i == 0 ? "" : " ",
                               (int)h[i].name.len, h[i].name.ptr);
    }
}

/* Order and case: GET Object and PUT Object samples of the documents (cos-wire.md s.2.0). */
static void common_headers_have_the_service_s_order(void **state)
{
    struct client *c = *state;
    struct answer r = client_put(c, "/k", "x");
    char names[1000];
    header_names(&r, names, sizeof(names));
    assert_memory_equal(names, "Content-Length Connection Date Server x-cos-request-id ", 55);
    answer_free(&r);
    r = client_ask(c, "GET", "/k");
    header_names(&r, names, sizeof(names));
    assert_memory_equal(names,
                        "Content-Type Content-Length Connection Date Server x-cos-request-id ",
                        68);
    assert_string_equal(answer_header(&r, "Server"), "tencent-cos");
    assert_string_equal(answer_header(&r, "Connection"), "keep-alive");
    assert_string_equal(answer_header(&r, "Date"), "Tue, 14 Nov 2023 22:15:00 GMT");
    answer_free(&r);
    r = client_ask(c, "GET", "/missing");
    header_names(&r, names, sizeof(names));
    assert_string_equal(names, "Content-Type Content-Length Connection Date Server "
                               "x-cos-request-id x-cos-trace-id x-cosmock-reason");
    answer_free(&r);
}

/* base64 of <hex seconds>_<hex>_<hex>_<hex>: cos-wire.md s.2.0. */
static void request_ids_are_the_service_s_kind(void **state)
{
    struct answer r = client_ask(*state, "GET", "/missing");
    struct cos_buf id;
    cos_buf_init(&id, 200);
    assert_true(cos_base64_decode(&id, cos_span_of(answer_header(&r, "x-cos-request-id"))));
    char seconds[16];
    (void)snprintf(seconds, sizeof(seconds), "%x_", CLIENT_NOW_S);
    assert_memory_equal(cos_buf_cstr(&id), seconds, strlen(seconds));
    size_t underscores = 0;
    for (size_t i = 0; i < id.len; i++) {
        underscores += id.ptr[i] == '_';
    }
    assert_int_equal(underscores, 3);
    assert_string_equal(between(r.body, "<RequestId>", "</RequestId>"),
                        answer_header(&r, "x-cos-request-id"));
    assert_string_equal(between(r.body, "<TraceId>", "</TraceId>"),
                        answer_header(&r, "x-cos-trace-id"));
    assert_memory_equal(answer_header(&r, "x-cos-trace-id"), "OGVmYzZiMmQzYjA2OWNhODk0NTRkMTBi",
                        32);
    cos_buf_deinit(&id);
    answer_free(&r);
}

static void errors_are_written_as_the_service_writes_them(void **state)
{
    struct answer r = client_ask(*state, "GET", "/missing");
    assert_string_equal(answer_header(&r, "Content-Type"), "application/xml");
    assert_memory_equal(r.body,
                        "<?xml version='1.0' encoding='utf-8' ?>\n<Error>\n"
                        "\t<Code>NoSuchKey</Code>\n"
                        "\t<Message>The specified key does not exist.</Message>\n"
                        "\t<Resource>" CLIENT_HOST "/missing</Resource>\n\t<RequestId>",
                        (size_t)(strstr(r.body, "<RequestId>") - r.body) + 11);
    assert_string_equal(r.body + r.n - 10, "</Error>\n\n");
    answer_free(&r);
    r = client_ask(*state, "HEAD", "/missing");
    assert_int_equal(r.status, 404);
    assert_int_equal(r.n, 0);
    assert_string_equal(answer_header(&r, "Content-Length"), "0");
    answer_free(&r);
}

static void what_the_table_knows_but_nobody_built_says_so(void **state)
{
    struct answer r = client_ask(*state, "GET", "/?notification");
    assert_int_equal(r.status, 400);
    assert_string_equal(xml_code(&r), "NotImplemented");
    assert_non_null(strstr(r.body, "GetBucketNotification"));
    answer_free(&r);
}

/* --- bodies --- */

static void a_refusal_comes_before_the_body(void **state)
{
    struct client *c = *state;
    static struct question q;
    q = (struct question){.method = "PUT", .target = "/k", .body = "x", .n = 1};
    authorize(&q, CLIENT_ID, "wrong secret", "/k");
    add_header(&q, "Content-Length", "1");
    struct answer r = client_send(c, &q);
    assert_int_equal(r.want, COSMOCK_WANT_SEND);
    assert_int_equal(r.status, 403);
    struct cosmock_entry *e = last_entry(c);
    assert_int_equal(e->bytes_in, 0);
    cosmock_entries_free(e);
    answer_free(&r);
}

/* cos-wire.md s.2.0; RFC 1321: MD5 of "abc" is 900150983cd24fb0d6963f7d28e17f72 */
static void bodies_are_checked_before_anything_is_stored(void **state)
{
    static const struct {
        const char *name, *length, *md5;
        int status;
        const char *code;
    } cases[] = {
        {"right MD5", "3", "kAFQmDzST7DWlj99KOF/cg==", 200, ""},
        {"wrong MD5 (MK-23)", "3", "kAFQmDzST7DWlj99KOF/cQ==", 400, "BadDigest"},
        {"MD5 that is no base64", "3", "kAFQ", 400, "InvalidDigest"},
        {"MD5 in hexadecimal", "3", "900150983cd24fb0d6963f7d28e17f72", 400, "InvalidDigest"},
        {"short", "4", NULL, 400, "IncompleteBody"},
        {"long", "2", NULL, 400, "EntitySizeNotMatch"},
        {"no length", NULL, NULL, 411, "MissingContentLength"},
        {"over 5 GiB", "5368709121", NULL, 400, "EntityTooLarge"},
    };
    struct client *c = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        static struct question q;
        char path[16];
        (void)snprintf(path, sizeof(path), "/k%zu", i);
        client_start(&q, "PUT", path);
        q.body = "abc";
        q.n = 3;
        if (cases[i].length != NULL) {
            add_header(&q, "Content-Length", cases[i].length);
        }
        if (cases[i].md5 != NULL) {
            add_header(&q, "Content-MD5", cases[i].md5);
        }
        struct answer r = client_send(c, &q);
        if (r.status != cases[i].status || strcmp(xml_code(&r), cases[i].code) != 0) {
            fail_msg("%s: %d %s", cases[i].name, r.status, r.body);
        }
        answer_free(&r);
        client_expect(c, "HEAD", path, cases[i].status == 200 ? 200 : 404);
    }
}

/* One GET at the door, begun in the memory of the one before; returns its entry. */
static struct cosmock_entry *get_in(struct client *c, struct cosmock_spare *spare,
                                    const struct cosmock_header *headers, size_t n_headers)
{
    struct cosmock_head head = {{"GET", 3}, {"/none", 5}, headers, n_headers, false, NULL};
    struct cosmock_exchange *x;
    assert_true(cosmock_begin_in(c->mock, &x, &head, spare) > 0);
    assert_int_equal(cosmock_finish(x), COSMOCK_OK);
    (void)cosmock_exchange_free(x);
    assert_ptr_equal(spare->exchange, x);
    return last_entry(c);
}

static void an_exchange_in_used_memory_knows_nothing_of_the_one_before(void **state)
{
    struct client *c = *state;
    struct cosmock_spare spare = {0};
    const struct cosmock_header headers[] = {{{"Host", 4}, {CLIENT_HOST, strlen(CLIENT_HOST)}},
                                             {{"User-Agent", 10}, {"first", 5}},
                                             {{"Range", 5}, {"bytes=0-1", 9}}};
    struct cosmock_entry *e = get_in(c, &spare, headers, 3);
    assert_string_equal(e->user_agent, "first");
    cosmock_entries_free(e);
    e = get_in(c, &spare, headers, 1);
    assert_string_equal(e->user_agent, "");
    assert_string_equal(e->range, "");
    assert_int_equal(e->n_questions, 1);
    cosmock_entries_free(e);
    cosmock_spare_deinit(&spare);
}

static void a_body_in_pieces_is_one_body(void **state)
{
    struct client *c = *state;
    static struct question q;
    client_start(&q, "PUT", "/pieces");
    add_header(&q, "Transfer-Encoding", "chunked");
    struct cosmock_exchange *x;
    assert_int_equal(client_begin(c, &x, &q), COSMOCK_WANT_BODY);
    for (const char *p = "[Object Content]"; *p != '\0'; p++) {
        assert_int_equal(cosmock_body(x, p, 1), 0);
    }
    assert_int_equal(cosmock_finish(x), 0);
    assert_int_equal(cosmock_reply_status(x), 200);
    (void)cosmock_exchange_free(x);
    struct answer r = client_ask(c, "HEAD", "/pieces");
    assert_string_equal(answer_header(&r, "ETag"), "\"ee8de918d05640145b18f70f4c3aa602\"");
    answer_free(&r);
}

static void a_broken_connection_stores_nothing_and_is_journalled(void **state)
{
    struct client *c = *state;
    static struct question q;
    client_start(&q, "PUT", "/half");
    add_header(&q, "Content-Length", "10");
    struct cosmock_exchange *x;
    assert_int_equal(client_begin(c, &x, &q), COSMOCK_WANT_BODY);
    assert_int_equal(cosmock_body(x, "half", 4), 0);
    cosmock_abort(x);
    (void)cosmock_exchange_free(x);
    struct cosmock_entry *e = last_entry(c);
    assert_string_equal(e->op, "PutObject");
    assert_int_equal(e->http_status, 0);
    assert_int_equal(e->bytes_in, 4);
    cosmock_entries_free(e);
    client_expect(c, "HEAD", "/half", 404);
}

static void a_body_over_the_limit_of_the_mock_is_refused_on_the_way(void **state)
{
    static struct question q;
    struct cosmock_options options = COSMOCK_OPTIONS_INIT;
    options.max_body_bytes = 4;
    struct cosmock_tenant_options tenant = COSMOCK_TENANT_OPTIONS_INIT;
    tenant.world_text = CLIENT_WORLD;
    struct client c;
    assert_int_equal(cosmock_new(&c.mock, &options, NULL), COSMOCK_OK);
    assert_int_equal(cosmock_tenant_new(c.mock, &c.tenant, &tenant, NULL), COSMOCK_OK);
    client_freeze(&c, CLIENT_NOW_S);
    client_start(&q, "PUT", "/k");
    add_header(&q, "Transfer-Encoding", "chunked");
    q.body = "12345";
    q.n = 5;
    struct answer r = client_send(&c, &q);
    assert_string_equal(xml_code(&r), "EntityTooLarge");
    answer_free(&r);
    client_shut(&c);
}

static void options_left_zero_mean_the_defaults(void **state)
{
    struct cosmock_options options = {.size = sizeof(options)};
    static struct question q;
    struct cosmock_tenant_options tenant = COSMOCK_TENANT_OPTIONS_INIT;
    tenant.world_text = CLIENT_WORLD;
    struct client c;
    assert_int_equal(cosmock_new(&c.mock, &options, NULL), COSMOCK_OK);
    assert_int_equal(cosmock_tenant_new(c.mock, &c.tenant, &tenant, NULL), COSMOCK_OK);
    client_freeze(&c, CLIENT_NOW_S);
    client_start(&q, "PUT", "/k");
    add_header(&q, "Content-Length", "5");
    q.body = "12345";
    q.n = 5;
    struct answer r = client_send(&c, &q);
    assert_int_equal(r.status, 200);
    answer_free(&r);
    client_shut(&c);
}

/* --- the journal --- */

/* MK-26: nothing a thief could use, whatever way it came. */
static void the_journal_holds_no_secrets(void **state)
{
    struct client *c = *state;
    static struct token t;
    static struct question q;
    static char target[8000];
    mint_token(c, &t);
    client_start(&q, "GET", "/k");
    char signature[64];
    (void)snprintf(signature, sizeof(signature), "%s",
                   strstr(q.headers[1].value, "q-signature=") + 12);
    struct answer r = client_send(c, &q);
    answer_free(&r);
    const char *const targets[] = {
        "/k?x-cos-security-token=%s&q-signature=%s",
        "/k?%%78-cos-security-token=%s&%%71-signature=%s", /* names encoded */
        "/k?sign=q-ak%%3Dx%%26token%%3D%s%%26q-signature%%3D%s",
        "/?Action=GetCallerIdentity&SecretId=x&Token=%s&Signature=%s",
        "http://" CLIENT_HOST "/k?X-Cos-Security-Token=%s&Q-SIGNATURE=%s",
        "/k%%zz?x-cos-security-token=%s&q-signature=%s", /* malformed */
        "/k?x-cos-security-token=%s&q-signature=%s&a=%%zz",
        "/k?x-cos-security-token=%s&q-signature=%s&a=%%",
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(targets); i++) {
        _Pragma("GCC diagnostic push")
            _Pragma("GCC diagnostic ignored \"-Wformat-nonliteral\"")(void)
                snprintf(target, sizeof(target), targets[i], t.token, signature);
        _Pragma("GCC diagnostic pop") q = (struct question){.method = "GET", .target = target};
        add_header(&q, "Host", i == 3 ? "127.0.0.1" : CLIENT_HOST);
        add_header(&q, "x-cos-security-token", t.token);
        r = client_send(c, &q);
        answer_free(&r);
    }
    /* a query that is not read, for it has more than 1,024 parameters */
    size_t end =
        (size_t)snprintf(target, sizeof(target), "/k?x-cos-security-token=%s", t.token);
    for (int i = 0; i < 1024; i++) {
        end += (size_t)snprintf(target + end, sizeof(target) - end, "&a");
    }
    q = (struct question){.method = "GET", .target = target};
    add_header(&q, "Host", CLIENT_HOST);
    r = client_send(c, &q);
    assert_string_equal(xml_code(&r), "InvalidURI");
    answer_free(&r);
    struct cosmock_entry *entries = NULL;
    int64_t n = cosmock_journal_read(c->tenant, &entries, NULL);
    assert_true(n >= (int64_t)COS_ARRAY_LEN(targets) + 3);
    const char *const canaries[] = {t.secret, t.token, CLIENT_SECRET, CLIENT_SUB_SECRET,
                                    signature};
    for (int64_t i = 0; i < n; i++) {
        char *json = cosmock_entry_json(&entries[i]);
        assert_non_null(json);
        for (size_t k = 0; k < COS_ARRAY_LEN(canaries); k++) {
            if (strstr(json, canaries[k]) != NULL) {
                fail_msg("canary %zu in %s", k, json);
            }
        }
        free(json);
    }
    cosmock_entries_free(entries);
}

/* The secret key itself is never to be sent: the entry says that somebody did, not what. */
static void a_secret_key_that_is_sent_is_told_of(void **state)
{
    static const struct {
        const char *target, *header, *value;
        bool shows;
    } rows[] = {
        {"/k", NULL, NULL, false},
        {"/k", "x-cos-meta-a", "none " CLIENT_SUB_SECRET, false}, /* another's: nobody knows */
        {"/k", "x-cos-meta-a", CLIENT_SECRET, true},
        {"/k", "x-cos-meta-a", "it is " CLIENT_SECRET ".", true},
        {"/k?a=" CLIENT_SECRET, NULL, NULL, true},
    };
    struct client *c = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        static struct question q;
        client_start(&q, "GET", rows[i].target);
        if (rows[i].header != NULL) {
            add_header(&q, rows[i].header, rows[i].value);
        }
        struct answer r = client_send(c, &q);
        struct cosmock_entry *e = last_entry(c);
        if (e->shows_secret != rows[i].shows) {
            fail_msg("row %zu: %d", i, e->shows_secret);
        }
        cosmock_entries_free(e);
        answer_free(&r);
    }
}

static void an_entry_says_that_a_key_is_over(void **state)
{
    struct client *c = *state;
    static struct token t;
    static struct question q;
    mint_token(c, &t);
    for (int is_over = 0; is_over <= 1; is_over++) {
        cosmock_clock_freeze(c->tenant, COSMOCK_CLOCK_TOKEN, (t.expires_s - !is_over) * 1000);
        q = (struct question){.method = "GET", .target = "/k"};
        authorize(&q, t.id, t.secret, "/k");
        add_header(&q, "x-cos-security-token", t.token);
        struct answer r = client_send(c, &q);
        struct cosmock_entry *e = last_entry(c);
        assert_string_equal(e->key_state, is_over ? "expired" : "valid");
        cosmock_entries_free(e);
        answer_free(&r);
    }
}

static void an_entry_tells_the_whole_story(void **state)
{
    struct client *c = *state;
    static struct token t;
    static struct question q;
    mint_token(c, &t);
    q = (struct question){.method = "GET", .target = "/dir/k?response-content-type=a"};
    authorize(&q, t.id, t.secret, "/dir/k");
    add_header(&q, "x-cos-security-token", t.token);
    add_header(&q, "Range", "bytes=0-1");
    add_header(&q, "User-Agent", "test/1");
    struct answer r = client_send(c, &q);
    struct cosmock_entry *e = last_entry(c);
    assert_string_equal(e->service, "cos");
    assert_string_equal(e->op, "GetObject");
    assert_string_equal(e->method, "GET");
    assert_string_equal(e->host, CLIENT_HOST);
    assert_string_equal(e->target, "/dir/k?response-content-type=a");
    assert_string_equal(e->bucket, CLIENT_BUCKET);
    assert_string_equal(e->key, "dir/k");
    assert_string_equal(e->range, "bytes=0-1");
    assert_string_equal(e->user_agent, "test/1");
    assert_string_equal(e->secret_id, t.id);
    assert_string_equal(e->key_kind, "temporary");
    assert_string_equal(e->token, "ok");
    assert_string_equal(e->principal, "100000000001/test");
    assert_string_equal(e->authn, "ok");
    assert_string_equal(e->header_list, "host");
    assert_int_equal(e->sign_start_unix_s, CLIENT_NOW_S - 100);
    assert_int_equal(e->key_expires_unix_ms, t.expires_s * 1000);
    assert_string_equal(e->key_state, "valid");
    assert_string_equal(e->authz, "allow");
    assert_string_equal(e->session_says, "allow");
    assert_int_equal(e->http_status, 404);
    assert_string_equal(e->code, "NoSuchKey");
    assert_int_equal(e->at_unix_ms, CLIENT_NOW_S * INT64_C(1000));
    cosmock_entries_free(e);
    answer_free(&r);
}

static char *tell(const struct cosmock_entry *e)
{
    struct cosmock_entry copy = *e;
    copy.real_unix_ms = 0; /* the only thing that may differ */
    return cosmock_entry_json(&copy);
}

static char *run_once(void)
{
    static struct token t;
    struct client c;
    client_open_world(&c, CLIENT_WORLD);
    struct answer r = client_put(&c, "/a", "one");
    answer_free(&r);
    mint_token(&c, &t);
    r = client_ask(&c, "GET", "/a");
    answer_free(&r);
    r = client_ask(&c, "DELETE", "/b");
    answer_free(&r);
    r = client_ask(&c, "GET", "/b");
    struct cos_buf all;
    cos_buf_init(&all, 1u << 20);
    cos_buf_str(&all, r.body);
    cos_buf_str(&all, t.token);
    answer_free(&r);
    struct cosmock_entry *entries = NULL;
    int64_t n = cosmock_journal_read(c.tenant, &entries, NULL);
    assert_int_equal(n, 5);
    for (int64_t i = 0; i < n; i++) {
        char *json = tell(&entries[i]);
        cos_buf_str(&all, json);
        free(json);
    }
    cosmock_entries_free(entries);
    client_shut(&c);
    return cos_buf_take(&all);
}

static void a_seeded_run_repeats_itself_to_the_byte(void **state)
{
    char *first = run_once();
    char *second = run_once();
    assert_string_equal(first, second);
    free(first);
    free(second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLIENT_TEST(an_object_comes_back_as_it_went),
        CLIENT_TEST(common_headers_have_the_service_s_order),
        CLIENT_TEST(request_ids_are_the_service_s_kind),
        CLIENT_TEST(errors_are_written_as_the_service_writes_them),
        CLIENT_TEST(what_the_table_knows_but_nobody_built_says_so),
        CLIENT_TEST(a_refusal_comes_before_the_body),
        CLIENT_TEST(bodies_are_checked_before_anything_is_stored),
        CLIENT_TEST(an_exchange_in_used_memory_knows_nothing_of_the_one_before),
        CLIENT_TEST(a_body_in_pieces_is_one_body),
        CLIENT_TEST(a_broken_connection_stores_nothing_and_is_journalled),
        cmocka_unit_test(a_body_over_the_limit_of_the_mock_is_refused_on_the_way),
        cmocka_unit_test(options_left_zero_mean_the_defaults),
        CLIENT_TEST(the_journal_holds_no_secrets),
        CLIENT_TEST(a_secret_key_that_is_sent_is_told_of),
        CLIENT_TEST(an_entry_says_that_a_key_is_over),
        CLIENT_TEST(an_entry_tells_the_whole_story),
        cmocka_unit_test(a_seeded_run_repeats_itself_to_the_byte),
    };
    return cmocka_run_group_tests_name("pipeline", tests, NULL, NULL);
}
