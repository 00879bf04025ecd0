/* SPDX-License-Identifier: Apache-2.0 */
/* The control API over its socket: who may call it, and that each path does what
 * docs/CONTROL-API.md says. */
#include "wire.h"

#include "cosbase/file.h"
#include "cosbase/json.h"

#include "store/backend.h"
#include "world/world.h"

struct answer {
    int status;
    struct cos_buf text;
    /* NULL when the body is none */
    struct cos_json *json;
};

static struct answer call_as(uint16_t port, const char *method, const char *target,
                             const char *headers, const char *body)
{
    struct line l = line_open(port);

    line_say(&l, "%s %s HTTP/1.1\r\n%s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n",
             method, target, headers, strlen(body));
    line_say(&l, "%s", body);
    struct reply r;
    assert_true(line_hear(&l, &r, true));
    struct answer a = {0};
    a.status = r.status;
    a.text = r.body;
    struct cos_json_limits limits = COS_JSON_LIMITS_DEFAULT;
    struct cos_text_error err;
    if (cos_json_parse(&a.json, cos_buf_view(&a.text), &limits, &err) != 0) {
        a.json = NULL;
    }
    line_close(&l);
    return a;
}

static struct answer call(struct wire *w, const char *method, const char *target,
                          const char *body)
{
    return call_as(w->control.port, method, target, "Host: 127.0.0.1", body);
}

static void answer_free(struct answer *a)
{
    (void)cos_json_free(a->json);
    cos_buf_deinit(&a->text);
}

/* Call, expect the status, forget the answer. */
static void expect(struct wire *w, const char *method, const char *target, const char *body,
                   int status)
{
    struct answer a = call(w, method, target, body);

    if (a.status != status) {
        fail_msg("%s %s: %d instead of %d: %s", method, target, a.status, status,
                 cos_buf_cstr(&a.text));
    }
    answer_free(&a);
}

static const char *tenant_path(struct wire *w, const char *tail)
{
    static char path[600];

    (void)snprintf(path, sizeof(path), "/v1/t/%s%s", cosmock_tenant_name(w->tenant), tail);
    return path;
}

/* --- guards --- */

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
        struct answer a = call_as(w->control.port, "GET", "/v1/info", cases[i].headers, "");

        if (a.status != cases[i].status) {
            fail_msg("'%s': %d", cases[i].headers, a.status);
        }
        answer_free(&a);
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
    struct answer a = call_as(at.port, "GET", "/v1/info", "Host: mock.example", "");
    assert_int_equal(a.status, 401);
    answer_free(&a);
    a = call_as(at.port, "GET", "/v1/info",
                "Host: mock.example\r\nAuthorization: Bearer a-token-of-some-lengtH", "");
    assert_int_equal(a.status, 401);
    answer_free(&a);
    a = call_as(at.port, "GET", "/v1/info",
                "Host: mock.example\r\nAuthorization: Bearer a-token-of-some-length", "");
    assert_int_equal(a.status, 200);
    answer_free(&a);
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
        struct answer a = call(w, rows[i].method, tenant_path(w, rows[i].path), rows[i].body);
        if (a.status != rows[i].status || strstr(cos_buf_cstr(&a.text), rows[i].says) == NULL) {
            fail_msg("%s %s: %d %s", rows[i].method, rows[i].path, a.status,
                     cos_buf_cstr(&a.text));
        }
        answer_free(&a);
    }
    expect(w, "GET", "/v1/info?verbose=1", "", 400);
    expect(w, "GET", "/v1/tenants?x", "", 400);
    expect(w, "GET", "/v1/ca.pem?x", "", 400);
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

/* --- bad input --- */

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
        {"GET", "/objects/nosuch-1250000000", "", 404, "nosuch-1250000000"},
    };
    struct wire *w = *state;

    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        struct answer a =
            call(w, cases[i].method, tenant_path(w, cases[i].tail), cases[i].body);
        const char *message =
            cos_json_str(cos_json_get(cos_json_get(a.json, "error"), "message"));

        if (a.status != cases[i].status || message == NULL ||
            strstr(message, cases[i].says) == NULL) {
            fail_msg("%s %s: %d %s", cases[i].method, cases[i].tail, a.status,
                     cos_buf_cstr(&a.text));
        }
        answer_free(&a);
    }
}

/* --- what it does --- */

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

static void objects_go_in_and_come_out(void **state)
{
    struct wire *w = *state;
    char path[256];

    (void)snprintf(path, sizeof(path), "/v1/t/%s/objects/%s/dir/a%%20%%2B%%25",
                   cosmock_tenant_name(w->tenant), w->info.bucket);
    expect(w, "PUT", path, "through the back door", 200);
    struct answer a = call(w, "GET", path, "");
    assert_int_equal(a.status, 200);
    assert_string_equal(cos_buf_cstr(&a.text), "through the back door");
    answer_free(&a);
    (void)snprintf(path, sizeof(path), "/v1/t/%s/objects/%s?prefix=dir/",
                   cosmock_tenant_name(w->tenant), w->info.bucket);
    a = call(w, "GET", path, "");
    assert_string_equal(
        cos_json_str(cos_json_get(cos_json_first(cos_json_get(a.json, "objects")), "key")),
        "dir/a +%");
    answer_free(&a);
    (void)snprintf(path, sizeof(path), "/v1/t/%s/objects/%s/dir/a%%20%%2B%%25",
                   cosmock_tenant_name(w->tenant), w->info.bucket);
    expect(w, "DELETE", path, "", 200);
    expect(w, "GET", path, "", 404);
    assert_int_equal(cosmock_journal_last_seq(w->tenant), 0); /* none of it is journaled */
}

#define SECOND_WORLD                                                                    \
    "\"world\":\"accounts: [{uin: '200000000001', appid: '1260000000', keys: [{}]}]\\n" \
    "buckets: [{name: second-1260000000, region: ap-shanghai}]\\n\""

static void tenants_come_and_go(void **state)
{
    struct wire *w = *state;
    struct answer a =
        call(w, "POST", "/v1/tenants", "{\"name\":\"second\",\"seed\":3," SECOND_WORLD "}");
    assert_int_equal(a.status, 201);
    assert_string_equal(cos_json_str(cos_json_get(a.json, "name")), "second");
    answer_free(&a);
    expect(w, "POST", "/v1/tenants", "{\"name\":\"second\",\"seed\":4," SECOND_WORLD "}", 409);
    expect(w, "POST", "/v1/tenants", "{\"world\":\"nonsense: 1\"}", 400);
    expect(w, "POST", "/v1/tenants", "{\"name\":\"no/slash\"}", 400);
    expect(w, "GET", "/v1/t/second", "", 200);
    expect(w, "DELETE", "/v1/t/second", "", 200);
    expect(w, "GET", "/v1/t/second", "", 404);
    expect(w, "DELETE", tenant_path(w, ""), "", 409); /* not made here */
    expect(w, "GET", tenant_path(w, ""), "", 200);
}

static void a_reset_answers_with_the_tenant_it_was(void **state)
{
    struct wire *w = *state;
    struct answer before = call(w, "GET", tenant_path(w, ""), "");
    expect(w, "POST", tenant_path(w, "/switches"), "{\"enforcement\":\"off\"}", 200);
    expect(w, "POST", tenant_path(w, "/faults"),
           "{\"kind\":\"reply\",\"http_status\":503,\"code\":\"ServiceUnavailable\"}", 201);
    struct answer after = call(w, "POST", tenant_path(w, "/reset"), "");
    assert_int_equal(after.status, 200);
    assert_string_equal(cos_json_str(cos_json_get(after.json, "secret_id")),
                        cos_json_str(cos_json_get(before.json, "secret_id")));
    assert_string_equal(cos_json_str(cos_json_get(after.json, "enforcement")), "enforce");
    struct answer faults = call(w, "GET", tenant_path(w, "/faults"), "");
    assert_null(strstr(cos_buf_cstr(&faults.text), "ServiceUnavailable"));
    expect(w, "GET", tenant_path(w, "/reset"), "", 405);
    answer_free(&before);
    answer_free(&after);
    answer_free(&faults);
}

/* --- snapshots --- */

static struct answer put_bytes(struct wire *w, const char *target, struct cos_span bytes)
{
    struct line l = line_open(w->control.port);

    line_say(&l, "PUT %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n\r\n", target,
             bytes.len);
    line_say_bytes(&l, bytes.ptr, bytes.len);
    struct reply r;
    assert_true(line_hear(&l, &r, true));
    line_close(&l);
    return (struct answer){.status = r.status, .text = r.body};
}

static void a_tenant_goes_out_as_one_file_and_comes_back(void **state)
{
    struct wire *w = *state;
    char path[] = "/tmp/cosmock-test-XXXXXX";
    int fd = mkstemp(path);
    struct cos_buf file;

    wire_put_object(w, "k", "x");
    struct answer saved = call(w, "GET", tenant_path(w, "/snapshot"), "");
    assert_int_equal(saved.status, 200);
    assert_true(fd >= 0);
    (void)close(fd);
    assert_int_equal(cosmock_tenant_save(w->tenant, path, NULL), COSMOCK_OK);
    cos_buf_init(&file, 1u << 20);
    assert_int_equal(cos_file_read(&file, path), 0);
    assert_true(cos_span_eq(cos_buf_view(&file), cos_buf_view(&saved.text)));
    wire_put_object(w, "after", "y");
    struct answer a = put_bytes(w, tenant_path(w, "/snapshot"), cos_buf_view(&saved.text));
    assert_int_equal(a.status, 200);
    answer_free(&a);
    assert_int_equal(wire_get(w->front.port, w->host, "/k", NULL), 200);
    assert_int_equal(wire_get(w->front.port, w->host, "/after", NULL), 404);
    answer_free(&saved);
    cos_buf_deinit(&file);
    (void)unlink(path);
}

static void half_a_snapshot_changes_nothing(void **state)
{
    struct wire *w = *state;
    struct answer saved = call(w, "GET", tenant_path(w, "/snapshot"), "");

    wire_put_object(w, "k", "x");
    struct answer a = put_bytes(w, tenant_path(w, "/snapshot"),
                                cos_span_sub(cos_buf_view(&saved.text), 0, 200));
    assert_int_equal(a.status, 400);
    assert_non_null(strstr(cos_buf_cstr(&a.text), "the body: it ends at byte 200, within "));
    answer_free(&a);
    assert_int_equal(wire_get(w->front.port, w->host, "/k", NULL), 200);
    answer_free(&saved);
}

static void a_snapshot_of_another_tenant_is_a_conflict(void **state)
{
    struct wire *w = *state;
    struct answer saved = call(w, "GET", tenant_path(w, "/snapshot"), "");

    expect(w, "POST", "/v1/tenants", "{\"name\":\"second\"," SECOND_WORLD "}", 201);
    struct answer a = put_bytes(w, "/v1/t/second/snapshot", cos_buf_view(&saved.text));
    assert_int_equal(a.status, 409);
    answer_free(&a);
    expect(w, "DELETE", tenant_path(w, "/snapshot"), "", 405);
    expect(w, "DELETE", "/v1/t/second", "", 200);
    answer_free(&saved);
}

static void clocks_move_apart(void **state)
{
    struct wire *w = *state;
    struct answer a = call(w, "POST", tenant_path(w, "/clock"),
                           "{\"signature_freeze_unix_ms\":1000000,"
                           "\"token_freeze_unix_ms\":1000000,\"token_advance_ms\":5000}");

    assert_int_equal(a.status, 200);
    int64_t token = 0;
    assert_true(cos_json_i64(cos_json_get(a.json, "token_unix_ms"), &token));
    int64_t signature = 0;
    assert_true(cos_json_i64(cos_json_get(a.json, "signature_unix_ms"), &signature));
    assert_int_equal(signature, 1000000);
    answer_free(&a);
    a = call(w, "POST", tenant_path(w, "/clock"), "{\"token_advance_ms\":7000}");
    assert_int_equal(cosmock_clock_now_unix_ms(w->tenant, COSMOCK_CLOCK_TOKEN), token + 7000);
    assert_int_equal(cosmock_clock_now_unix_ms(w->tenant, COSMOCK_CLOCK_SIGNATURE), 1000000);
    answer_free(&a);
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
        struct answer a = call(w, "POST", tenant_path(w, rows[i].path), rows[i].body);

        if (a.status != 400 || strstr(cos_buf_cstr(&a.text), "\"invalid\"") == NULL) {
            fail_msg("%s: %d %s", rows[i].body, a.status, cos_buf_cstr(&a.text));
        }
        const char *message =
            cos_json_str(cos_json_get(cos_json_get(a.json, "error"), "message"));
        if (message == NULL || strstr(message, rows[i].message) == NULL) {
            fail_msg("%s: %s", rows[i].body, message);
        }
        answer_free(&a);
    }
    expect(w, "POST", "/v1/tenants", "{\"name\":\"n\",\"seed\":-1}", 400);
}

static void faults_are_pushed_counted_and_taken_back(void **state)
{
    struct wire *w = *state;
    struct answer a = call(w, "POST", tenant_path(w, "/faults"),
                           "{\"op\":\"GetObject\",\"kind\":\"reply\",\"http_status\":503,"
                           "\"code\":\"SlowDown\",\"skip\":1,\"times\":1}");

    assert_int_equal(a.status, 201);
    int64_t id = 0;
    assert_true(cos_json_i64(cos_json_get(a.json, "id"), &id));
    answer_free(&a);
    wire_put_object(w, "k", "x");
    assert_int_equal(wire_get(w->front.port, w->host, "/k", NULL), 200);
    assert_int_equal(wire_get(w->front.port, w->host, "/k", NULL), 503);
    assert_int_equal(wire_get(w->front.port, w->host, "/k", NULL), 200);
    a = call(w, "GET", tenant_path(w, "/faults"), "");
    int64_t hits = 0;
    assert_true(
        cos_json_i64(cos_json_get(cos_json_first(cos_json_get(a.json, "faults")), "hits"),
                     &hits));
    assert_int_equal(hits, 1);
    answer_free(&a);
    expect(w, "DELETE", tenant_path(w, "/faults"), "", 200);
    a = call(w, "GET", tenant_path(w, "/faults"), "");
    assert_int_equal(cos_json_count(cos_json_get(a.json, "faults")), 0);
    answer_free(&a);
}

static void a_fault_says_when_and_which_header(void **state)
{
    struct wire *w = *state;

    expect(w, "POST", tenant_path(w, "/faults"),
           "{\"service\":\"cos\",\"kind\":\"header\",\"header\":\"ETag\",\"value\":\"0\","
           "\"every\":2,\"percent\":100,\"seed\":7}",
           201);
    wire_put_object(w, "k", "x");
    struct line l = line_open(w->front.port);
    for (int i = 1; i <= 4; i++) {
        struct reply r;
        line_say(&l, "HEAD /k HTTP/1.1\r\nHost: %s\r\n\r\n", w->host);
        assert_true(line_hear(&l, &r, /* has_body= */ false));
        assert_int_equal(strcmp(reply_value(&r, "ETag"), "0") == 0, i % 2 == 0);
        reply_free(&r);
    }
    line_close(&l);
}

static void a_policy_with_an_unknown_action_is_answered_with_a_warning(void **state)
{
    static const char body[] =
        "{\"user\":\"100000000011\",\"policy\":{\"version\":\"2.0\",\"statement\":[{"
        "\"effect\":\"allow\",\"action\":\"%s\",\"resource\":\"*\"}]}}";
    struct wire *w = *state;
    char text[400];
    (void)snprintf(text, sizeof(text), body, "name/cos:GetObjet");
    struct answer a = call(w, "PUT", tenant_path(w, "/policy"), text);
    assert_int_equal(a.status, 200);
    assert_string_equal(cos_json_str(cos_json_first(cos_json_get(a.json, "warnings"))),
                        "statement 0 of policy 'no. 1 of uin 100000000011': no known action is "
                        "called 'cos:GetObjet'; the nearest is cos:GetObject");
    answer_free(&a);
    (void)snprintf(text, sizeof(text), body, "name/cos:GetObject");
    a = call(w, "PUT", tenant_path(w, "/policy"), text);
    assert_int_equal(a.status, 200);
    assert_int_equal(cos_json_count(cos_json_get(a.json, "warnings")), 0);
    answer_free(&a);
}

static void a_new_tenant_is_answered_with_the_warnings_of_its_world(void **state)
{
    struct wire *w = *state;
    struct answer a =
        call(w, "POST", "/v1/tenants",
             "{\"name\":\"warned\",\"world\":\"accounts: [{uin: '7', appid: '77', policies: "
             "['{\\\"version\\\":\\\"2.0\\\",\\\"statement\\\":[{\\\"effect\\\":\\\"deny\\\","
             "\\\"action\\\":\\\"cos:Nothing\\\",\\\"resource\\\":\\\"*\\\"}]}']}]\"}");
    assert_int_equal(a.status, 201);
    assert_string_equal(cos_json_str(cos_json_first(cos_json_get(a.json, "warnings"))),
                        "world:1: statement 0 of policy 'no. 1 of uin 7': no known action is "
                        "called 'cos:Nothing'");
    answer_free(&a);
    expect(w, "DELETE", "/v1/t/warned", "", 200);
}

static void switches_digest_buckets_and_explain_answer(void **state)
{
    struct wire *w = *state;
    struct answer a =
        call(w, "POST", tenant_path(w, "/switches"), "{\"path-style\":\"refuse\"}");
    assert_int_equal(a.status, 200);
    assert_string_equal(cos_json_str(cos_json_get(a.json, "path-style")), "refuse");
    answer_free(&a);
    a = call(w, "GET", tenant_path(w, "/digest"), "");
    assert_int_equal(strlen(cos_json_str(cos_json_get(a.json, "sha256"))), 64);
    answer_free(&a);
    char path[600];
    (void)snprintf(path, sizeof(path), "/v1/t/%s/buckets/%s", cosmock_tenant_name(w->tenant),
                   w->info.bucket);
    a = call(w, "GET", path, "");
    assert_int_equal(a.status, 200);
    answer_free(&a);
    (void)snprintf(path, sizeof(path),
                   "/v1/t/%s/explain?uin=%s&action=name/cos:GetObject&resource="
                   "qcs::cos:%s:uid/%s:%s/k",
                   cosmock_tenant_name(w->tenant), w->info.owner_uin, w->info.region,
                   w->info.appid, w->info.bucket);
    a = call(w, "GET", path, "");
    assert_int_equal(a.status, 200);
    assert_non_null(a.json);
    answer_free(&a);
    expect(w, "POST", tenant_path(w, "/ttl"), "{\"seconds\":6}", 200);
    expect(w, "GET", "/v1/switches", "", 200);
    expect(w, "GET", "/v1/ca.pem", "", 200);
}

static enum backend_result scan_badly(struct backend *b, struct cos_span from,
                                      struct cos_span until, scan_visit *visit, void *ctx)
{
    return BACKEND_IO;
}

static void what_cannot_be_read_is_no_answer(void **state)
{
    static const char *const tails[] = {"/digest", "/buckets/", "/objects/"};
    struct wire *w = *state;
    const struct backend_ops *whole = w->tenant->rows->ops;
    struct backend_ops damaged = *whole;
    damaged.scan = scan_badly;
    w->tenant->rows->ops = &damaged;
    for (size_t i = 0; i < COS_ARRAY_LEN(tails); i++) {
        char tail[200];
        (void)snprintf(tail, sizeof(tail), "%s%s", tails[i], i == 0 ? "" : w->info.bucket);
        struct answer a = call(w, "GET", tenant_path(w, tail), "");
        if (a.status != 500 || strstr(cos_buf_cstr(&a.text), "cannot be read") == NULL) {
            fail_msg("%s: %d %s", tail, a.status, cos_buf_cstr(&a.text));
        }
        answer_free(&a);
    }
    w->tenant->rows->ops = whole;
}

/* --- the journal --- */

/* A poll is answered by the entry it waits for, and other calls are served meanwhile. */
static void a_long_poll_waits_for_its_entry(void **state)
{
    struct wire *w = *state;
    wire_put_object(w, "k", "x");
    struct line l = line_open(w->control.port);
    line_say(&l, "GET %s&wait_ms=%d HTTP/1.1\r\nHost: localhost\r\n\r\n",
             tenant_path(w, "/journal?op=GetObject"), PATIENCE_MS);
    expect(w, "GET", "/v1/info", "", 200);
    assert_int_equal(wire_get(w->front.port, w->host, "/k", NULL), 200);
    struct reply r;
    assert_true(line_hear(&l, &r, true));
    assert_int_equal(r.status, 200);
    struct cos_json *json = NULL;
    assert_int_equal(cos_json_parse(&json, cos_buf_view(&r.body), NULL, NULL), 0);
    int64_t n = 0;
    assert_true(cos_json_i64(cos_json_get(json, "count"), &n));
    assert_int_equal(n, 1);
    const struct cos_json *entry = cos_json_first(cos_json_get(json, "entries"));
    assert_string_equal(cos_json_str(cos_json_get(entry, "key")), "k");
    cos_json_free(json);
    reply_free(&r);
    line_close(&l);
}

/* 300 calls that wait: 128 do, the others are told, and whoever makes the entry happen is
 * served. */
static void those_who_wait_do_not_shut_the_door(void **state)
{
    enum { CALLS = 300, WAITING = 128 };
    static struct line lines[CALLS];
    static struct pollfd open[CALLS]; /* fd -1: answered */
    struct wire *w = *state;
    int n_of[600] = {0}; /* answers by status */

    wire_put_object(w, "k", "x");
    for (int i = 0; i < CALLS; i++) {
        lines[i] = line_open(w->control.port);
        open[i] = (struct pollfd){.fd = lines[i].fd, .events = POLLIN};
        line_say(&lines[i], "GET %s&wait_ms=%d HTTP/1.1\r\nHost: localhost\r\n\r\n",
                 tenant_path(w, "/journal?op=GetObject"), PATIENCE_MS);
    }
    expect(w, "GET", "/v1/info", "", 200);
    while (n_of[200] + n_of[429] < CALLS) {
        assert_true(poll(open, CALLS, PATIENCE_MS) > 0);
        for (int i = 0; i < CALLS; i++) {
            if (open[i].revents != 0) {
                struct reply r;
                assert_true(line_hear(&lines[i], &r, true));
                n_of[r.status]++;
                cos_buf_deinit(&r.body);
                line_close(&lines[i]);
                open[i].fd = -1;
            }
        }
        if (n_of[429] == CALLS - WAITING && n_of[200] == 0) { /* the rest waits for this: */
            assert_int_equal(wire_get(w->front.port, w->host, "/k", NULL), 200);
        }
    }
    assert_int_equal(n_of[429], CALLS - WAITING);
    assert_int_equal(n_of[200], WAITING);
}

static void the_journal_is_also_json_lines(void **state)
{
    struct wire *w = *state;

    wire_put_object(w, "k", "x");
    (void)wire_get(w->front.port, w->host, "/k", NULL);
    (void)wire_get(w->front.port, w->host, "/missing", NULL);
    struct answer a = call(w, "GET", tenant_path(w, "/journal?format=jsonl&status=404"), "");
    struct cos_span text = cos_buf_view(&a.text);
    assert_true(cos_span_ends(text, COS_SPAN_LIT("}\n")));
    assert_int_equal(cos_span_chr(text, '\n'), text.len - 1); /* one line */
    answer_free(&a);
}

static void the_journal_is_counted_without_its_entries(void **state)
{
    struct wire *w = *state;
    for (int i = 0; i < 3; i++) {
        (void)wire_get(w->front.port, w->host, "/missing", NULL);
    }
    static const struct {
        const char *query;
        int64_t want;
    } rows[] = {{"status=404", 3}, {"op=DeleteObject", 0}, {"limit=2", 2}, {"after=2", 1}};
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        char path[100];
        (void)snprintf(path, sizeof(path), "/journal?format=count&%s", rows[i].query);
        struct answer a = call(w, "GET", tenant_path(w, path), "");
        int64_t count = -1;
        assert_true(cos_json_i64(cos_json_get(a.json, "count"), &count));
        assert_int_equal(count, rows[i].want);
        assert_null(cos_json_get(a.json, "entries"));
        answer_free(&a);
    }
}

static void what_was_asked_for_in_vain_is_counted_by_name(void **state)
{
    struct wire *w = *state;
    (void)wire_get(w->front.port, w->host, "/k?callback=1", NULL);
    (void)wire_get(w->front.port, w->host, "/k?prefx=1&callback=1", NULL);
    (void)wire_get(w->front.port, w->host, "/other?acll=", NULL);
    (void)wire_get(w->front.port, w->host, "/other", NULL);
    static const struct {
        const char *query, *says;
    } rows[] = {
        {"", "\"count\":4,\"ignored\":[{\"name\":\"?callback\",\"count\":2}],"
             "\"unknown\":[{\"name\":\"?prefx\",\"count\":1},"
             "{\"name\":\"?acll\",\"count\":1}]}"},
        {"&key=other", "\"count\":2,\"ignored\":[],"
                       "\"unknown\":[{\"name\":\"?acll\",\"count\":1}]}"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        char path[100];
        (void)snprintf(path, sizeof(path), "/journal?format=names%s", rows[i].query);
        struct answer a = call(w, "GET", tenant_path(w, path), "");
        if (strstr(cos_buf_cstr(&a.text), rows[i].says) == NULL) {
            fail_msg("%s", cos_buf_cstr(&a.text));
        }
        answer_free(&a);
    }
}

/* Members that HAR 1.2 does not call optional. */
static void has_members(const struct cos_json *of, const char *where, const char *names)
{
    struct cos_span rest = cos_span_of(names);
    while (rest.len > 0) {
        struct cos_span word = cos_span_cut(&rest, ' ');
        char name[40];
        (void)snprintf(name, sizeof(name), COS_SPAN_FMT, COS_SPAN_ARG(word));
        if (cos_json_get(of, name) == NULL) {
            fail_msg("%s has no %s", where, name);
        }
    }
}

static void the_journal_is_an_http_archive_without_secrets(void **state)
{
    struct wire *w = *state;
    (void)wire_get(w->front.port, w->host, "/a%20b?prefix=c%26d&x-cos-security-token=secret",
                   NULL);
    struct answer a = call(w, "GET", tenant_path(w, "/journal?format=har"), "");
    assert_int_equal(a.status, 200);
    assert_null(strstr(cos_buf_cstr(&a.text), "=secret"));
    assert_null(strstr(cos_buf_cstr(&a.text), "\"secret\""));
    const struct cos_json *log = cos_json_get(a.json, "log");
    assert_string_equal(cos_json_str(cos_json_get(log, "version")), "1.2");
    has_members(cos_json_get(log, "creator"), "creator", "name version");
    const struct cos_json *entry = cos_json_first(cos_json_get(log, "entries"));
    has_members(entry, "entry", "startedDateTime time request response cache timings _cosmock");
    has_members(cos_json_get(entry, "timings"), "timings", "send wait receive");
    const struct cos_json *request = cos_json_get(entry, "request");
    has_members(request, "request",
                "method url httpVersion cookies headers queryString headersSize bodySize");
    const struct cos_json *response = cos_json_get(entry, "response");
    has_members(response, "response",
                "status statusText httpVersion cookies headers content redirectURL headersSize "
                "bodySize");
    has_members(cos_json_get(response, "content"), "content", "size mimeType");
    char url[300];
    (void)snprintf(url, sizeof(url), "http://%s/a%%20b?prefix=c%%26d&x-cos-security-token=***",
                   w->host);
    assert_string_equal(cos_json_str(cos_json_get(request, "url")), url);
    const struct cos_json *param = cos_json_first(cos_json_get(request, "queryString"));
    assert_string_equal(cos_json_str(cos_json_get(param, "name")), "prefix");
    assert_string_equal(cos_json_str(cos_json_get(param, "value")), "c&d");
    answer_free(&a);
}

/* A stop does not wait for a client that waits for the mock. */
static void a_stop_ends_a_long_poll(void **state)
{
    struct wire *w = *state;
    struct line l = line_open(w->control.port);

    line_say(&l, "GET /v1/t/%s/journal?wait_ms=100000 HTTP/1.1\r\nHost: localhost\r\n\r\n",
             cosmock_tenant_name(w->tenant));
    expect(w, "GET", "/v1/info", "", 200);
    cosmock_listen_stop(w->mock);
    char byte;
    while (recv(l.fd, &byte, 1, 0) > 0) {
    }
    line_close(&l);
}

int main(void)
{
#define OVER_WIRE(test) cmocka_unit_test_setup_teardown(test, wire_open, wire_close)
    const struct CMUnitTest tests[] = {
        OVER_WIRE(foreign_hosts_and_origins_are_refused),
        OVER_WIRE(beyond_loopback_a_token_is_demanded),
        OVER_WIRE(what_no_call_takes_is_refused_by_name),
        OVER_WIRE(there_is_no_third_listener),
        OVER_WIRE(a_token_that_can_be_guessed_or_not_be_sent_is_refused),
        OVER_WIRE(the_data_plane_has_no_control_paths),
        OVER_WIRE(what_is_not_understood_is_refused_by_name),
        OVER_WIRE(a_body_nobody_wants_is_refused_before_it_comes),
        OVER_WIRE(a_chunked_body_is_bounded_while_it_comes),
        OVER_WIRE(objects_go_in_and_come_out),
        OVER_WIRE(tenants_come_and_go),
        OVER_WIRE(a_reset_answers_with_the_tenant_it_was),
        OVER_WIRE(a_tenant_goes_out_as_one_file_and_comes_back),
        OVER_WIRE(half_a_snapshot_changes_nothing),
        OVER_WIRE(a_snapshot_of_another_tenant_is_a_conflict),
        OVER_WIRE(clocks_move_apart),
        OVER_WIRE(numbers_out_of_range_are_refused_by_name),
        OVER_WIRE(faults_are_pushed_counted_and_taken_back),
        OVER_WIRE(a_fault_says_when_and_which_header),
        OVER_WIRE(a_policy_with_an_unknown_action_is_answered_with_a_warning),
        OVER_WIRE(a_new_tenant_is_answered_with_the_warnings_of_its_world),
        OVER_WIRE(switches_digest_buckets_and_explain_answer),
        OVER_WIRE(what_cannot_be_read_is_no_answer),
        OVER_WIRE(a_long_poll_waits_for_its_entry),
        OVER_WIRE(those_who_wait_do_not_shut_the_door),
        OVER_WIRE(the_journal_is_also_json_lines),
        OVER_WIRE(the_journal_is_counted_without_its_entries),
        OVER_WIRE(what_was_asked_for_in_vain_is_counted_by_name),
        OVER_WIRE(the_journal_is_an_http_archive_without_secrets),
        OVER_WIRE(a_stop_ends_a_long_poll),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
