/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TC3-HMAC-SHA256 and signature v1. Vectors: fixtures/vectors/tc3, recorded from the Python,
 * Node and Java SDKs and from the documents (see SOURCE): each behaves as its `expect` says,
 * through the whole door where the mock knows the action, and against the bare verifier where
 * it does not (cvm). Then each valid one with one byte changed (MK-04), and the clock
 * (sts-cam.md s.2.1: five minutes either way).
 */
#include "client.h"
#include "vectors.h"

#include "authn/authn.h"
#include "journey/stages.h"

static struct cos_json *vectors;

static bool is_v1(const struct cos_json *v)
{
    return strncmp(field(v, "scheme"), "v1", 2) == 0;
}

static bool is_valid(const struct cos_json *v)
{
    return strcmp(field(v, "expect"), "valid") == 0;
}

/* Actions the mock has in its table are found on STS; cvm is another product. */
static bool is_of_sts(const struct cos_json *v)
{
    return strstr(field(v, "host"), "cvm.") == NULL;
}

struct vector_request {
    struct question q;
    char target[8000], body[9000];
};

static void fill(struct vector_request *r, const struct cos_json *v)
{
    const char *body = field(v, "body");
    memset(r, 0, sizeof(*r));
    (void)snprintf(r->target, sizeof(r->target), "/%s%s",
                   field(v, "query")[0] != '\0' ? "?" : "", field(v, "query"));
    r->q.method = field(v, "method");
    r->q.target = r->target;
    r->q.body = r->body;
    if (strncmp(body, "base64:", 7) == 0) {
        struct cos_buf raw;
        cos_buf_init(&raw, 9000);
        assert_true(cos_base64_decode(&raw, cos_span_of(body + 7)));
        memcpy(r->body, raw.ptr, raw.len);
        r->q.n = raw.len;
        cos_buf_deinit(&raw);
    } else {
        r->q.n = (size_t)snprintf(r->body, sizeof(r->body), "%s", body);
    }
    bool has_host = false;
    for (const struct cos_json *h = cos_json_first(cos_json_get(v, "headers")); h != NULL;
         h = cos_json_next(h)) {
        add_header(&r->q, cos_json_name(h), cos_json_str(h));
        has_host =
            has_host || cos_span_eq_nocase(cos_span_of(cos_json_name(h)), COS_SPAN_LIT("host"));
    }
    if (!has_host) {
        add_header(&r->q, "Host", field(v, "host"));
    }
}

static char *header_value(struct vector_request *r, const char *name)
{
    for (size_t i = 0; i < r->q.n_headers; i++) {
        if (cos_span_eq_nocase(cos_span_of(r->q.headers[i].name), cos_span_of(name))) {
            return r->q.headers[i].value;
        }
    }
    fail_msg("no header %s", name);
    return NULL;
}

static void open_for(struct client *c, const struct cos_json *v)
{
    const char *id = field(v, "secret_id");
    bool is_masked = strchr(id, '*') != NULL; /* a document's example; its action is cvm's */
    char world[2000];
    (void)
        snprintf(world, sizeof(world),
                 "accounts:\n  - uin: \"100000000001\"\n    appid: \"1250000000\"\n    keys:\n"
                 "      - {secret_id: \"%s\", secret_key: \"%s\"}\n",
                 is_masked ? CLIENT_ID : id, field(v, "secret_key"));
    client_open_world(c, world);
    int64_t now_s = 0;
    assert_true(cos_json_i64(cos_json_get(v, "timestamp"), &now_s));
    client_freeze(c, now_s);
}

/* What the door says: the journal's word and the error code. */
static void ask(const struct cos_json *v, struct vector_request *r, char reason[64],
                char code[64])
{
    struct client c;
    open_for(&c, v);
    struct answer reply = client_send(&c, &r->q);
    struct cosmock_entry *e = last_entry(&c);
    assert_int_equal(reply.status, 200); /* MK-31: always */
    assert_string_equal(answer_header(&reply, "Content-Type"), "application/json");
    assert_string_equal(e->service, "sts");
    (void)snprintf(reason, 64, "%s", e->authn);
    (void)snprintf(code, 64, "%s", e->code);
    cosmock_entries_free(e);
    answer_free(&reply);
    client_shut(&c);
}

static void every_vector_behaves_as_expected_at_the_door(void **state)
{
    static struct vector_request r;
    for (const struct cos_json *v = cos_json_first(vectors); v != NULL; v = cos_json_next(v)) {
        fill(&r, v);
        char reason[64];
        char code[64];
        ask(v, &r, reason, code);
        if (!is_of_sts(v)) {
            assert_string_equal(code, "InvalidAction");
        } else if (is_valid(v) && strcmp(reason, "ok") != 0) {
            fail_msg("%s: %s %s", field(v, "name"), reason, code);
        } else if (!is_valid(v) && strcmp(code, "AuthFailure.SignatureFailure") != 0) {
            fail_msg("%s: %s %s", field(v, "name"), reason, code);
        }
    }
}

/* Up to the verifier, past every other check. */
static bool matches(const struct cos_json *v, struct vector_request *r, const char *secret)
{
    struct client c;
    open_for(&c, v);
    know_hosts(&c, &r->q);
    struct cosmock_exchange *x;
    assert_int_equal(client_begin(&c, &x, &r->q), COSMOCK_WANT_BODY);
    (void)cosmock_body(x, r->q.body, r->q.n);
    stage_body_end(x);
    stage_fields(x);
    bool ok = is_v1(v) ? authn_v1_matches(x, cos_span_of(secret))
                       : authn_tc3_matches(x, cos_span_of(secret));
    cosmock_abort(x);
    (void)cosmock_exchange_free(x);
    client_shut(&c);
    return ok;
}

static void every_vector_behaves_as_expected_at_the_verifier(void **state)
{
    static struct vector_request r;
    for (const struct cos_json *v = cos_json_first(vectors); v != NULL; v = cos_json_next(v)) {
        fill(&r, v);
        if (matches(v, &r, field(v, "secret_key")) != is_valid(v)) {
            fail_msg("%s", field(v, "name"));
        }
        if (is_valid(v) && matches(v, &r, "Xu5t9xGARNpq86cd98joQYCN3EXAMPLE")) {
            fail_msg("%s under another secret", field(v, "name"));
        }
    }
}

static void flip(char *c)
{
    *c = *c == '0' ? '1' : '0';
}

static void expect_mismatch(const struct cos_json *v, struct vector_request *r,
                            const char *what)
{
    if (matches(v, r, field(v, "secret_key"))) {
        fail_msg("%s: %s changed and nobody noticed", field(v, "name"), what);
    }
}

static void a_changed_byte_of_tc3_is_noticed(void **state)
{
    static struct vector_request r;
    for (const struct cos_json *v = cos_json_first(vectors); v != NULL; v = cos_json_next(v)) {
        if (is_v1(v) || !is_valid(v)) {
            continue;
        }
        for (size_t i = 0; i < 64; i++) {
            fill(&r, v);
            flip(strstr(header_value(&r, "Authorization"), "Signature=") + 10 + i);
            expect_mismatch(v, &r, "a digit of Signature");
        }
        fill(&r, v);
        flip(strstr(header_value(&r, "Authorization"), "/tc3_request") - 1);
        expect_mismatch(v, &r, "the scope's service");
        fill(&r, v);
        char *date = strchr(header_value(&r, "Authorization"), '/') + 1;
        date[3] = date[3] == '9' ? '8' : '9';
        expect_mismatch(v, &r, "the scope's date");
        fill(&r, v);
        flip(header_value(&r, "X-TC-Timestamp") + 9);
        expect_mismatch(v, &r, "X-TC-Timestamp");
        fill(&r, v);
        header_value(&r, "Content-Type")[0] = 'x';
        expect_mismatch(v, &r, "Content-Type");
        fill(&r, v);
        header_value(&r, "Host")[0] = '1' + (header_value(&r, "Host")[0] == '1');
        if (strncmp(field(v, "host"), "127.", 4) != 0) {
            expect_mismatch(v, &r, "Host");
        }
        fill(&r, v);
        bool is_unsigned = strstr(field(v, "name"), "unsigned-payload") != NULL;
        if (r.q.n > 0 && !is_unsigned) {
            r.body[r.q.n / 2] ^= 1;
            expect_mismatch(v, &r, "the body");
        }
        fill(&r, v);
        if (strcmp(r.q.method, "GET") == 0) {
            flip(r.target + strlen(r.target) - 1);
            expect_mismatch(v, &r, "the query");
        }
    }
}

static void a_changed_byte_of_v1_is_noticed(void **state)
{
    static struct vector_request r;
    for (const struct cos_json *v = cos_json_first(vectors); v != NULL; v = cos_json_next(v)) {
        if (!is_v1(v) || !is_valid(v)) {
            continue;
        }
        fill(&r, v);
        bool is_post = strcmp(r.q.method, "POST") == 0;
        static const char *const changed[] = {"Nonce=", "Timestamp=", "Action=", "Signature="};
        for (size_t i = 0; i < COS_ARRAY_LEN(changed); i++) {
            fill(&r, v);
            char *at = strstr(is_post ? r.body : r.target, changed[i]);
            assert_non_null(at);
            flip(at + strlen(changed[i]));
            expect_mismatch(v, &r, changed[i]);
        }
        fill(&r, v);
        r.q.method = is_post ? "GET" : "POST";
        if (strncmp(field(v, "host"), "127.", 4) != 0) { /* there it would no longer be STS */
            expect_mismatch(v, &r, "the method");
        }
    }
}

/* --- the door, signed by hand --- */

static struct answer identify(struct client *c, int64_t signed_at_s)
{
    static struct question q;
    q = (struct question){.method = "POST", .target = "/", .body = "{}", .n = 2};
    tc3_authorize(&q, CLIENT_ID, CLIENT_SECRET, "GetCallerIdentity", signed_at_s);
    return client_send(c, &q);
}

static void the_clock_may_differ_by_five_minutes(void **state)
{
    static const struct {
        int64_t offset_s;
        const char *code, *reason;
    } cases[] = {
        {0, "", "ok"},
        {-300, "", "ok"},
        {300, "", "ok"},
        {-301, "AuthFailure.SignatureExpire", "outside-sign-time"},
        {301, "AuthFailure.SignatureExpire", "not-yet-valid"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        struct answer r = identify(*state, CLIENT_NOW_S + cases[i].offset_s);
        struct cosmock_entry *e = last_entry(*state);
        assert_string_equal(sts_code(&r), cases[i].code);
        assert_string_equal(e->authn, cases[i].reason);
        cosmock_entries_free(e);
        answer_free(&r);
    }
}

/* The scope names the UTC day of X-TC-Timestamp; a client that takes its local day is refused,
 * however well it signs (sts-cam.md s.1.1). */
static void the_scope_is_the_utc_day(void **state)
{
    struct client *c = *state;
    static struct question q;
    const int64_t evening_s = 1551113065; /* 2019-02-25T16:44:25Z, the 26th in China */
    client_freeze(c, evening_s);
    for (int is_local = 0; is_local <= 1; is_local++) {
        q = (struct question){.method = "POST", .target = "/", .body = "{}", .n = 2};
        tc3_authorize_on_day(&q, CLIENT_ID, CLIENT_SECRET, "GetCallerIdentity", evening_s,
                             evening_s + (is_local ? 8 * 3600 : 0));
        struct answer r = client_send(c, &q);
        assert_string_equal(sts_code(&r), is_local ? "AuthFailure.SignatureFailure" : "");
        answer_free(&r);
    }
}

static void authorizations_that_are_none_are_refused(void **state)
{
    static const struct {
        const char *name, *authorization, *code;
    } cases[] = {
        {"none", NULL, "AuthFailure.InvalidAuthorization"},
        {"another scheme", "Bearer x", "AuthFailure.InvalidAuthorization"},
        {"SKIP", "SKIP", "AuthFailure.InvalidAuthorization"},
        {"no scope",
         "TC3-HMAC-SHA256 Credential=a, SignedHeaders=content-type;host, Signature=b",
         "AuthFailure.InvalidAuthorization"},
        {"no host signed",
         "TC3-HMAC-SHA256 Credential=" CLIENT_ID "/2023-11-14/sts/tc3_request, "
         "SignedHeaders=content-type, Signature=b",
         "AuthFailure.InvalidAuthorization"},
        {"no content-type signed",
         "TC3-HMAC-SHA256 Credential=" CLIENT_ID "/2023-11-14/sts/tc3_request, "
         "SignedHeaders=host, Signature=b",
         "AuthFailure.InvalidAuthorization"},
        {"unknown id",
         "TC3-HMAC-SHA256 Credential=AKIDnobody/2023-11-14/sts/tc3_request, "
         "SignedHeaders=content-type;host, Signature=b",
         "AuthFailure.SecretIdNotFound"},
        {"wrong signature",
         "TC3-HMAC-SHA256 Credential=" CLIENT_ID "/2023-11-14/sts/tc3_request, "
         "SignedHeaders=content-type;host, Signature=b",
         "AuthFailure.SignatureFailure"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        static struct question q;
        q = (struct question){.method = "POST", .target = "/", .body = "{}", .n = 2};
        tc3_authorize(&q, CLIENT_ID, CLIENT_SECRET, "GetCallerIdentity", CLIENT_NOW_S);
        q.n_headers--; /* the good Authorization */
        if (cases[i].authorization != NULL) {
            add_header(&q, "Authorization", cases[i].authorization);
        }
        struct answer r = client_send(*state, &q);
        if (strcmp(sts_code(&r), cases[i].code) != 0) {
            fail_msg("%s: %s", cases[i].name, r.body);
        }
        answer_free(&r);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_vector_behaves_as_expected_at_the_door),
        cmocka_unit_test(every_vector_behaves_as_expected_at_the_verifier),
        cmocka_unit_test(a_changed_byte_of_tc3_is_noticed),
        cmocka_unit_test(a_changed_byte_of_v1_is_noticed),
        CLIENT_TEST(the_clock_may_differ_by_five_minutes),
        CLIENT_TEST(the_scope_is_the_utc_day),
        CLIENT_TEST(authorizations_that_are_none_are_refused),
    };
    vectors = vectors_load(argc > 1 ? argv[1] : "fixtures", "tc3/tc3-vectors.json");
    int n_failed =
        vectors == NULL ? 1 : cmocka_run_group_tests_name("tc3 and v1", tests, NULL, NULL);
    vectors = cos_json_free(vectors);
    return n_failed;
}
