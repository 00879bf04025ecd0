/* SPDX-License-Identifier: Apache-2.0 */
/* The control API over its socket: who may call it, and what it makes of calls. What each path
 * does: test-control_world.c, test-control_journal.c. */
#include "control.h"

#include "world/world.h"

static void foreign_hosts_and_origins_are_refused(void **state)
{
    static const struct {
        const char *headers;
        int status;
    } cases[] = {
        {"Host: 127.0.0.1", 200},
        {"Host: localhost:8080", 200},
        {"Host: [::1]:8080", 200},
        {"Host: 127.0.0.1:1\r\nOrigin: http://127.0.0.1:1", 200},
        {"Host: evil.example", 403},
        {"Host: 127.0.0.1.evil.example", 403},
        {"Host: localhost.evil.example", 403},
        {"Host: 192.0.2.7", 403},
        {"Host: ", 403},
        {"Host: 127.0.0.1\r\nOrigin: http://evil.example", 403},
        {"Host: 127.0.0.1\r\nOrigin: null", 403},
    };
    struct wire *w = *state;

    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        struct told a =
            control_call_as(w->control.port, "GET", "/v1/info", cases[i].headers, "");

        if (a.status != cases[i].status) {
            fail_msg("'%s': %d", cases[i].headers, a.status);
        }
        told_free(&a);
    }
}

static void beyond_loopback_a_token_is_demanded(void **state)
{
    struct wire *w = *state;
    struct cosmock_listen_options o = COSMOCK_LISTEN_OPTIONS_INIT;

    o.address = "0.0.0.0";
    struct cosmock_endpoint at;
    struct cosmock_error err;
    assert_int_equal(cosmock_listen(w->mock, COSMOCK_CONTROL, &o, &at, &err),
                     COSMOCK_E_INVALID);
    o.control_token = "a-token-of-some-length";
    assert_int_equal(cosmock_listen(w->mock, COSMOCK_CONTROL, &o, &at, &err), COSMOCK_OK);
    struct told a = control_call_as(at.port, "GET", "/v1/info", "Host: mock.example", "");
    assert_int_equal(a.status, 401);
    told_free(&a);
    a = control_call_as(at.port, "GET", "/v1/info",
                        "Host: mock.example\r\nAuthorization: Bearer a-token-of-some-lengtH",
                        "");
    assert_int_equal(a.status, 401);
    told_free(&a);
    a = control_call_as(at.port, "GET", "/v1/info",
                        "Host: mock.example\r\nAuthorization: Bearer a-token-of-some-length",
                        "");
    assert_int_equal(a.status, 200);
    told_free(&a);
}

static void there_is_no_third_listener(void **state)
{
    struct wire *w = *state;
    struct cosmock_endpoint at;
    struct cosmock_error err;

    assert_int_equal(cosmock_listen(w->mock, (enum cosmock_listener)(COSMOCK_CONTROL + 1),
                                    /* options= */ NULL, &at, &err),
                     COSMOCK_E_INVALID);
    assert_non_null(strstr(err.message, "no listener 2: COSMOCK_FRONT or COSMOCK_CONTROL"));
}

static void a_token_that_can_be_guessed_or_not_be_sent_is_refused(void **state)
{
    static const struct {
        const char *token, *message;
    } rows[] = {
        {"x", "has 1 bytes: an address that other machines reach needs 16"},
        {"fifteen-letters", "has 15 bytes"},
        {"sixteen letters and blanks", "a character that a header cannot carry"},
        {"sixteen\xe4letters-and-an-a", "a character that a header cannot carry"},
    };
    struct wire *w = *state;
    struct cosmock_listen_options o = COSMOCK_LISTEN_OPTIONS_INIT;
    struct cosmock_endpoint at;

    o.address = "0.0.0.0";
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        o.control_token = rows[i].token;
        struct cosmock_error err = {0};
        assert_int_equal(cosmock_listen(w->mock, COSMOCK_CONTROL, &o, &at, &err),
                         COSMOCK_E_INVALID);
        if (strstr(err.message, rows[i].message) == NULL ||
            strstr(err.message, "fifteen") != NULL) {
            fail_msg("'%s': %s", rows[i].token, err.message);
        }
    }
}

static void the_data_plane_has_no_control_paths(void **state)
{
    struct wire *w = *state;
    struct cos_buf body;

    cos_buf_init(&body, 1u << 20);
    assert_int_not_equal(wire_get(w->front.port, w->host, "/v1/info", &body), 200);
    assert_null(strstr(cos_buf_cstr(&body), "tenants"));
    cos_buf_deinit(&body);
}

/* docs/CONTROL-API.md: unknown members and parameters are refused by name. */
static void what_no_call_takes_is_refused_by_name(void **state)
{
    static const struct {
        const char *method, *path, *body;
        int status;
        const char *says;
    } rows[] = {
        {"GET", "?x=1", "", 400, "unknown parameter 'x': known are none"},
        {"GET", "/clock?now", "", 400, "unknown parameter 'now'"},
        {"GET", "/digest?bucket=b", "", 400, "unknown parameter 'bucket'"},
        {"GET", "/switches?name=a", "", 400, "unknown parameter 'name'"},
        {"GET", "/faults?id=1", "", 400, "unknown parameter 'id'"},
        {"GET", "/snapshot?a=", "", 400, "unknown parameter 'a'"},
        {"POST", "/reset?hard=1", "", 400, "unknown parameter 'hard'"},
        {"POST", "/reset", "{\"hard\":true}", 400, "unknown member 'hard': known are none"},
        {"GET", "/journal?opp=a", "", 400, "status, wait_ms, limit, format; the nearest is op"},
        {"GET", "/journal?limit=1&limit=2", "", 400, "parameter 'limit' is there twice"},
        {"GET", "/journal?key=%00", "", 400, "parameter 'key' holds a NUL byte"},
        {"GET", "/journal", "{}", 400, "a GET takes no body"},
        {"GET", "/objects/examplebucket-1250000000/k?version=1", "", 400,
         "unknown parameter 'version'"},
        {"PUT", "/objects/examplebucket-1250000000/k?x-cos-acl=private", "b", 400,
         "unknown parameter 'x-cos-acl'"},
        {"GET", "/buckets/examplebucket-1250000000?region=a", "", 400,
         "unknown parameter 'region'"},
        {"PUT", "/buckets/other-1250000000?regoin=a", "", 400, "the nearest is region"},
        {"PUT", "/buckets/other-1250000000", "{\"acl\":\"private\"}", 400,
         "unknown member 'acl'"},
        {"POST", "/clock", "{\"token_advance\":1}", 400, "the nearest is token_advance_ms"},
        {"POST", "/ttl", "{\"second\":1}", 400, "the nearest is seconds"},
        {"GET", "/digest/k", "", 404, "no such path: it ends behind 'digest'"},
        {"GET", "/clock/now", "", 404, "no such path: it ends behind 'clock'"},
    };
    struct wire *w = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct told a =
            control_call(w, rows[i].method, control_path(w, rows[i].path), rows[i].body);
        if (a.status != rows[i].status || strstr(cos_buf_cstr(&a.text), rows[i].says) == NULL) {
            fail_msg("%s %s: %d %s", rows[i].method, rows[i].path, a.status,
                     cos_buf_cstr(&a.text));
        }
        told_free(&a);
    }
    control_expect(w, "GET", "/v1/info?verbose=1", "", 400);
    control_expect(w, "GET", "/v1/tenants?x", "", 400);
    control_expect(w, "GET", "/v1/ca.pem?x", "", 400);
}

static void what_is_not_understood_is_refused_by_name(void **state)
{
    static const struct {
        const char *method, *tail, *body;
        int status;
        const char *says;
    } cases[] = {
        {"GET", "/nosuch", "", 404, "journal"},
        {"GET", "/journal?aftr=1", "", 400, "aftr"},
        {"GET", "/journal?after=x", "", 400, "after"},
        {"GET", "/journal?wait_ms=999999999", "", 400, "wait_ms"},
        {"DELETE", "/journal", "", 405, "use GET"},
        {"DELETE", "/clock", "", 405, "use GET or POST"},
        {"POST", "/objects/b/k", "", 405, "use GET, PUT or DELETE"},
        {"POST", "/clock", "{\"token_advance\":1}", 400, "token_advance_ms"},
        {"POST", "/clock", "{\"token_advance_ms\":\"1\"}", 400, "token_advance_ms"},
        {"POST", "/clock", "{", 400, "line 1"},
        {"POST", "/clock", "[]", 400, "object"},
        {"POST", "/faults", "{\"kind\":\"explode\"}", 400, "explode"},
        {"POST", "/faults", "{}", 400, "kind"},
        {"GET", "/faults/77", "", 404, "77"},
        {"POST", "/faults", "{\"op\":\"PutObjekt\",\"kind\":\"reset\"}", 400,
         "no operation is called 'PutObjekt'; the nearest is PutObject"},
        {"POST", "/faults", "{\"op\":\"*Multipart*\",\"kind\":\"reset\"}", 400,
         "no operation is called '*Multipart*' (a name, not a pattern)"},
        {"GET", "/journal?op=Getobject", "", 400,
         "no operation is called 'Getobject'; the nearest is GetObject"},
        {"POST", "/switches", "{\"nosuch\":\"x\"}", 400, "nosuch"},
        {"POST", "/switches", "{\"path-stile\":\"allow\"}", 400,
         "unknown switch 'path-stile'; the nearest is path-style"},
        {"POST", "/ttl", "{\"seconds\":-1}", 400, "seconds"},
        {"POST", "/revoke", "{}", 400, "secret_id"},
        {"PUT", "/policy", "{\"user\":\"1\"}", 400, "policy"},
        {"GET", "/explain?action=a", "", 400, "resource"},
        {"GET", "/explain?uin=100000000001&action=name/cos:GetObjet&resource=*", "", 400,
         "no known action is called 'cos:GetObjet'; the nearest is cos:GetObject"},
        {"GET", "/explain?uin=100000000001&action=name/cos:GetObject&resource=b/k", "", 400,
         "resource 'b/k' must be"},
        {"GET", "/explain?uin=1&uin=2&action=a&resource=b", "", 400, "'uin' is there twice"},
        {"GET", "/explain?uin=100000000001&action=name/cos:GetService&resource=*&context=x", "",
         400, "'x' must be <condition key>=<value>"},
        {"GET", "/explain?uin=100000000001&action=GetService&resource=*", "", 400,
         "must be [name/]<service>:<action>, such as name/cos:GetService"},
        {"GET", "/objects/nosuch-1250000000", "", 404, "nosuch-1250000000"},
    };
    struct wire *w = *state;

    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        struct told a =
            control_call(w, cases[i].method, control_path(w, cases[i].tail), cases[i].body);
        const char *message =
            cos_json_str(cos_json_get(cos_json_get(a.json, "error"), "message"));

        if (a.status != cases[i].status || message == NULL ||
            strstr(message, cases[i].says) == NULL) {
            fail_msg("%s %s: %d %s", cases[i].method, cases[i].tail, a.status,
                     cos_buf_cstr(&a.text));
        }
        told_free(&a);
    }
}

/* Each refusal names the member, what it was and what it may be; nothing is done. */
static void numbers_out_of_range_are_refused_by_name(void **state)
{
    static const struct {
        /* part of it */
        const char *path, *body, *message;
    } rows[] = {
        {"/faults", "{\"kind\":\"delay\",\"amount\":9300000000000}",
         "amount 9300000000000 of a delay must lie between 0 and 86400000 ms"},
        {"/faults", "{\"kind\":\"delay\",\"amount\":-1}",
         "'amount' is -1: a whole number from 0 to"},
        {"/faults", "{\"kind\":\"reset\",\"percent\":101}",
         "'percent' is 101: a whole number from 0 to 100"},
        {"/faults", "{\"kind\":\"skew\",\"amount\":-31536000001}",
         "amount -31536000001 of a skew must lie between -31536000000 and 31536000000 ms"},
        {"/faults", "{\"kind\":\"delay\",\"amount\":1e308}", "'amount' is 1e+308"},
        {"/faults", "{\"kind\":\"truncate\",\"amount\":9007199254740993}", "'amount' is 9007"},
        {"/faults", "{\"kind\":\"truncate\",\"amount\":0.5}", "'amount' is 0.5"},
        {"/faults", "{\"kind\":\"truncate\",\"amount\":\"7\"}", "'amount' is \"7\""},
        {"/faults", "{\"kind\":\"reset\",\"skip\":4294967296}",
         "'skip' is 4294967296: a whole number from 0 to 4294967295"},
        {"/faults", "{\"kind\":\"reset\",\"times\":-1}", "'times' is -1"},
        {"/faults", "{\"kind\":\"reply\",\"http_status\":600}",
         "'http_status' is 600: a whole number from 200 to 599"},
        {"/faults", "{\"kind\":\"reply\",\"http_status\":100}", "'http_status' is 100"},
        {"/clock", "{\"token_advance_ms\":1e300}", "'token_advance_ms' is 1e+300"},
        {"/clock", "{\"token_advance_ms\":253402300799999}", "1970 to 9999"},
        {"/clock", "{\"token_advance_ms\":-253402300799999}", "1970 to 9999"},
        {"/clock", "{\"signature_follow_offset_ms\":-9007199254740991}",
         "'signature_follow_offset_ms' is -9007"},
        {"/clock", "{\"modification_freeze_unix_ms\":-1}",
         "'modification_freeze_unix_ms' is -1: a whole number from 0 to 253402300799999"},
        {"/ttl", "{\"seconds\":316224001}",
         "'seconds' is 316224001: a whole number from 0 to 316224000"},
        {"/ttl", "{\"seconds\":true}", "'seconds' is true"},
        {"/switches", "{\"early-start-s\":9007199254740991}",
         "'early-start-s' cannot be '9007199254740991'; it takes a whole number from 0 to"},
        {"/switches", "{\"session-token-bytes\":64}", "from 65 to 65536"},
        {"/switches", "{\"part-min-bytes\":\"-1\"}", "'part-min-bytes' cannot be '-1'"},
    };
    struct wire *w = *state;

    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct told a = control_call(w, "POST", control_path(w, rows[i].path), rows[i].body);

        if (a.status != 400 || strstr(cos_buf_cstr(&a.text), "\"invalid\"") == NULL) {
            fail_msg("%s: %d %s", rows[i].body, a.status, cos_buf_cstr(&a.text));
        }
        const char *message =
            cos_json_str(cos_json_get(cos_json_get(a.json, "error"), "message"));
        if (message == NULL || strstr(message, rows[i].message) == NULL) {
            fail_msg("%s: %s", rows[i].body, message);
        }
        told_free(&a);
    }
    control_expect(w, "POST", "/v1/tenants", "{\"name\":\"n\",\"seed\":-1}", 400);
}

/* "@" stands for the tenant. */
static void path_of_row(char *out, size_t n, const char *path, struct wire *w)
{
    const char *at = strchr(path, '@');
    int before = at == NULL ? (int)strlen(path) : (int)(at - path);

    (void)snprintf(out, n, "%.*s%s%s", before, path,
                   at == NULL ? "" : cosmock_tenant_name(w->tenant), at == NULL ? "" : at + 1);
}

/* What leads nowhere or is too long is refused by its head: no body is sent here, and none is
 * waited for. */
static void a_body_nobody_wants_is_refused_before_it_comes(void **state)
{
    static const struct {
        const char *method, *path, *headers;
        int status;
        const char *code;
    } rows[] = {
        {"PUT", "/v1/nothing", "Content-Length: 314572800", 404, "not-found"},
        {"PUT", "/v1/t/nobody/objects/b/k", "Content-Length: 314572800", 404, "not-found"},
        {"PUT", "/v1/t/@/nothing", "Content-Length: 314572800", 404, "not-found"},
        {"PUT", "/v1/info", "Content-Length: 314572800", 405, "method"},
        {"POST", "/v1/t/@/objects/b/k", "Content-Length: 314572800", 405, "method"},
        {"POST", "/v1/tenants", "Content-Length: 314572800", 413, "too-large"},
        {"POST", "/v1/t/@/faults", "Content-Length: 314572800", 413, "too-large"},
        {"GET", "/v1/info", "Content-Length: 314572800", 413, "too-large"},
        {"PUT", "/v1/t/@/objects/b/k", "Content-Length: 9223372036854775807", 413, "too-large"},
        {"POST", "/v1/tenants", "Content-Length: 10485761\r\nExpect: 100-continue", 413,
         "too-large"},
        {"POST", "/v1/nothing", "Content-Length: 1\r\nExpect: 100-continue", 404, "not-found"},
    };
    struct wire *w = *state;

    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct line l = line_open(w->control.port);
        char path[256];

        path_of_row(path, sizeof(path), rows[i].path, w);
        line_say(&l, "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%s\r\n\r\n", rows[i].method, path,
                 rows[i].headers);
        struct reply r;
        assert_true(line_hear(&l, &r, true));
        if (r.status != rows[i].status || strstr(cos_buf_cstr(&r.body), rows[i].code) == NULL) {
            fail_msg("%s %s: %d %s", rows[i].method, path, r.status, cos_buf_cstr(&r.body));
        }
        cos_buf_deinit(&r.body);
        line_close(&l);
    }
}

/* The length is not announced: the bound holds while the body comes. */
static void a_chunked_body_is_bounded_while_it_comes(void **state)
{
    enum { CHUNKS = 11 };
    static char chunk[1u << 20];
    struct wire *w = *state;
    struct line l = line_open(w->control.port);
    struct reply r;

    memset(chunk, ' ', sizeof(chunk));
    line_say(&l, "POST /v1/tenants HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                 "Transfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < CHUNKS; i++) {
        line_say(&l, "%zx\r\n", sizeof(chunk));
        line_say_bytes(&l, chunk, sizeof(chunk));
        line_say(&l, "\r\n");
    }
    line_say(&l, "0\r\n\r\n");
    assert_true(line_hear(&l, &r, true));
    assert_int_equal(r.status, 413);
    assert_non_null(strstr(cos_buf_cstr(&r.body), "more than the 10485760 bytes"));
    cos_buf_deinit(&r.body);
    line_close(&l);
}

static void tenants_come_and_go(void **state)
{
    struct wire *w = *state;
    struct told a = control_call(w, "POST", "/v1/tenants",
                                 "{\"name\":\"second\",\"seed\":3," CONTROL_SECOND_WORLD "}");
    assert_int_equal(a.status, 201);
    assert_string_equal(cos_json_str(cos_json_get(a.json, "name")), "second");
    told_free(&a);
    control_expect(w, "POST", "/v1/tenants",
                   "{\"name\":\"second\",\"seed\":4," CONTROL_SECOND_WORLD "}", 409);
    control_expect(w, "POST", "/v1/tenants", "{\"world\":\"nonsense: 1\"}", 400);
    control_expect(w, "POST", "/v1/tenants", "{\"name\":\"no/slash\"}", 400);
    control_expect(w, "GET", "/v1/t/second", "", 200);
    control_expect(w, "DELETE", "/v1/t/second", "", 200);
    control_expect(w, "GET", "/v1/t/second", "", 404);
    control_expect(w, "DELETE", control_path(w, ""), "", 409); /* not made here */
    control_expect(w, "GET", control_path(w, ""), "", 200);
}

static void a_reset_answers_with_the_tenant_it_was(void **state)
{
    struct wire *w = *state;
    struct told before = control_call(w, "GET", control_path(w, ""), "");
    control_expect(w, "POST", control_path(w, "/switches"), "{\"enforcement\":\"off\"}", 200);
    control_expect(w, "POST", control_path(w, "/faults"),
                   "{\"kind\":\"reply\",\"http_status\":503,\"code\":\"ServiceUnavailable\"}",
                   201);
    struct told after = control_call(w, "POST", control_path(w, "/reset"), "");
    assert_int_equal(after.status, 200);
    assert_string_equal(cos_json_str(cos_json_get(after.json, "secret_id")),
                        cos_json_str(cos_json_get(before.json, "secret_id")));
    assert_string_equal(cos_json_str(cos_json_get(after.json, "enforcement")), "enforce");
    struct told faults = control_call(w, "GET", control_path(w, "/faults"), "");
    assert_null(strstr(cos_buf_cstr(&faults.text), "ServiceUnavailable"));
    control_expect(w, "GET", control_path(w, "/reset"), "", 405);
    told_free(&before);
    told_free(&after);
    told_free(&faults);
}

static void a_new_tenant_is_answered_with_the_warnings_of_its_world(void **state)
{
    struct wire *w = *state;
    struct told a = control_call(
        w, "POST", "/v1/tenants",
        "{\"name\":\"warned\",\"world\":\"accounts: [{uin: '7', appid: '77', policies: "
        "['{\\\"version\\\":\\\"2.0\\\",\\\"statement\\\":[{\\\"effect\\\":\\\"deny\\\","
        "\\\"action\\\":\\\"cos:Nothing\\\",\\\"resource\\\":\\\"*\\\"}]}']}]\"}");
    assert_int_equal(a.status, 201);
    assert_string_equal(cos_json_str(cos_json_first(cos_json_get(a.json, "warnings"))),
                        "world:1: statement 0 of policy 'no. 1 of uin 7': no known action is "
                        "called 'cos:Nothing'");
    told_free(&a);
    control_expect(w, "DELETE", "/v1/t/warned", "", 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OVER_WIRE(foreign_hosts_and_origins_are_refused),
        OVER_WIRE(beyond_loopback_a_token_is_demanded),
        OVER_WIRE(there_is_no_third_listener),
        OVER_WIRE(a_token_that_can_be_guessed_or_not_be_sent_is_refused),
        OVER_WIRE(the_data_plane_has_no_control_paths),
        OVER_WIRE(what_no_call_takes_is_refused_by_name),
        OVER_WIRE(what_is_not_understood_is_refused_by_name),
        OVER_WIRE(numbers_out_of_range_are_refused_by_name),
        OVER_WIRE(a_body_nobody_wants_is_refused_before_it_comes),
        OVER_WIRE(a_chunked_body_is_bounded_while_it_comes),
        OVER_WIRE(tenants_come_and_go),
        OVER_WIRE(a_reset_answers_with_the_tenant_it_was),
        OVER_WIRE(a_new_tenant_is_answered_with_the_warnings_of_its_world),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
