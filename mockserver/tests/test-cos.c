/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signature v5 through the whole door. Vectors: fixtures/vectors/cos (documents' worked
 * examples, and signatures that three or four SDKs agree on; see SOURCE); each must verify, in
 * every spelling of the wire, and each with one byte changed must be refused for the right
 * reason (MK-01, MK-02). Windows, keys and tokens: test-cos_keys.c.
 */
#include "client.h"
#include "vectors.h"

static struct cos_json *vectors;

/* --- a vector as a request --- */

enum wire { WIRE_HEADER, WIRE_PARAMS, WIRE_SIGN, WIRE_FORMS };

struct vector_request {
    struct question q;
    char target[8000];
    /* decoded */
    char path[1000];
    struct {
        char name[128], value[600];
    } params[16];
    size_t n_params;
    char authorization[3000];
    bool plus_for_space;
};

static size_t append_encoded(char *out, size_t at, const char *s, bool is_path, bool plus)
{
    for (; *s != '\0'; s++) {
        unsigned char c = (unsigned char)*s;
        bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                     (c >= 'A' && c <= 'Z') || strchr("-_.~", c) != NULL ||
                     (is_path && c == '/');
        if (plain || (plus && c == ' ')) {
            out[at++] = plain ? (char)c : '+';
        } else {
            at += (size_t)snprintf(out + at, 4, "%%%02X", c);
        }
    }
    out[at] = '\0';
    return at;
}

static const char *date_of(const struct cos_json *v)
{
    return field(v, "key_time");
}

static void fill(struct vector_request *r, const struct cos_json *v, const char *authorization)
{
    const struct cos_json *headers = cos_json_get(v, "headers");
    const struct cos_json *unsigned_headers = cos_json_get(v, "unsigned_headers");
    const char *wire_host = field(v, "wire_host");
    memset(r, 0, sizeof(*r));
    r->q.method = field(v, "method");
    (void)snprintf(r->path, sizeof(r->path), "%s", field(v, "path"));
    (void)snprintf(r->authorization, sizeof(r->authorization), "%s", authorization);
    for (const struct cos_json *h = cos_json_first(headers); h != NULL; h = cos_json_next(h)) {
        bool is_host = strcmp(cos_json_name(h), "Host") == 0;
        add_header(&r->q, cos_json_name(h),
                   is_host && wire_host != NULL ? wire_host : cos_json_str(h));
    }
    for (const struct cos_json *h = cos_json_first(unsigned_headers); h != NULL;
         h = cos_json_next(h)) {
        add_header(&r->q, cos_json_name(h), cos_json_str(h));
    }
    for (const struct cos_json *p = cos_json_first(cos_json_get(v, "params")); p != NULL;
         p = cos_json_next(p)) {
        (void)snprintf(r->params[r->n_params].name, 128, "%s", cos_json_name(p));
        (void)snprintf(r->params[r->n_params++].value, 600, "%s", cos_json_str(p));
    }
}

static size_t append_param(struct vector_request *r, size_t at, bool is_first, const char *name,
                           const char *value)
{
    r->target[at++] = is_first ? '?' : '&';
    at = append_encoded(r->target, at, name, false, r->plus_for_space);
    r->target[at++] = '=';
    return append_encoded(r->target, at, value, false, r->plus_for_space);
}

static void write_target(struct vector_request *r, enum wire form)
{
    size_t at = append_encoded(r->target, 0, r->path, true, false);
    bool is_first = true;
    for (size_t i = 0; i < r->n_params; i++, is_first = false) {
        at = append_param(r, at, is_first, r->params[i].name, r->params[i].value);
    }
    if (form == WIRE_SIGN) {
        at = append_param(r, at, is_first, "sign", r->authorization);
    }
    struct cos_span rest = cos_span_of(r->authorization);
    while (form == WIRE_PARAMS && rest.ptr != NULL) {
        struct cos_span text = cos_span_cut(&rest, '&');
        struct cos_span key = cos_span_cut(&text, '=');
        char name[64];
        (void)snprintf(name, sizeof(name), "%.*s", (int)key.len, key.ptr);
        char value[1000];
        (void)snprintf(value, sizeof(value), "%.*s", (int)text.len, text.ptr);
        at = append_param(r, at, is_first, name, value);
        is_first = false;
    }
    r->q.target = r->target;
}

/* Send it in a fresh mock whose clocks stand inside the vector's window; the journal's word for
 * the caller, and the reply's code. */
static void send_vector(const struct cos_json *v, struct vector_request *r, enum wire form,
                        char reason[64], char code[64], char token[16])
{
    char body[64] = "0123456789abc";
    char world[2000];
    (void)
        snprintf(world, sizeof(world),
                 "accounts:\n  - uin: \"100000000001\"\n    appid: \"1250000000\"\n    keys:\n"
                 "      - {secret_id: \"%s\", secret_key: \"%s\"}\n"
                 "buckets:\n  - {name: " CLIENT_BUCKET ", region: ap-beijing}\n",
                 field(v, "secret_id"), field(v, "secret_key"));
    struct client c;
    client_open_world(&c, world);
    client_freeze(&c, strtoll(date_of(v), NULL, 10) + 1);
    know_hosts(&c, &r->q);
    write_target(r, form);
    if (form == WIRE_HEADER) {
        add_header(&r->q, "Authorization", r->authorization);
    }
    r->q.body = body;
    r->q.n = 13;
    struct answer reply = client_send(&c, &r->q);
    struct cosmock_entry *e = last_entry(&c);
    (void)snprintf(reason, 64, "%s", e->authn);
    (void)snprintf(token, 16, "%s", e->token);
    (void)snprintf(code, 64, "%s", e->code);
    cosmock_entries_free(e);
    answer_free(&reply);
    client_shut(&c);
}

static void expect(const struct cos_json *v, struct vector_request *r, enum wire form,
                   const char *reason, const char *code, const char *what)
{
    char got_reason[64];
    char got_code[64];
    char token[16];
    send_vector(v, r, form, got_reason, got_code, token);
    if (strcmp(got_reason, reason) != 0 || (code != NULL && strcmp(got_code, code) != 0)) {
        fail_msg("%s, %s: got %s %s, want %s %s (%s)", field(v, "name"), what, got_reason,
                 got_code, reason, code == NULL ? "" : code, r->target);
    }
}

static void every_vector_verifies_in_every_form(void **state)
{
    static const char *const names[WIRE_FORMS] = {"header", "q-* parameters", "sign="};
    for (const struct cos_json *v = cos_json_first(vectors); v != NULL; v = cos_json_next(v)) {
        const char *const spellings[] = {field(v, "authorization"),
                                         field(v, "node_authorization")};
        for (size_t i = 0; i < 2; i++) {
            for (int form = 0; form < WIRE_FORMS && spellings[i] != NULL; form++) {
                for (int plus = 0; plus <= 1; plus++) {
                    static struct vector_request r;
                    fill(&r, v, spellings[i]);
                    r.plus_for_space = plus;
                    expect(v, &r, (enum wire)form, "ok", NULL, names[form]);
                }
            }
        }
    }
}

static void a_stray_token_with_a_permanent_key_is_journalled_and_ignored(void **state)
{
    for (const struct cos_json *v = cos_json_first(vectors); v != NULL; v = cos_json_next(v)) {
        if (strncmp(field(v, "name"), "token-in-header", 15) == 0) {
            static struct vector_request r;
            fill(&r, v, field(v, "authorization"));
            char reason[64];
            char code[64];
            char token[16];
            send_vector(v, &r, WIRE_HEADER, reason, code, token);
            assert_string_equal(reason, "ok");
            assert_string_equal(token, "mismatch");
        }
    }
}

/* --- one byte changed --- */

static void change_last(char *s, size_t size)
{
    size_t n = strlen(s);
    if (n == 0) {
        (void)snprintf(s, size, "x");
    } else {
        s[n - 1] = s[n - 1] == 'x' ? 'y' : 'x';
    }
}

static bool is_listed(const struct cos_json *v, const char *name)
{
    char list[4200];
    (void)snprintf(list, sizeof(list), ";%s;",
                   between(field(v, "authorization"), "q-header-list=", "&"));
    char needle[128];
    (void)snprintf(needle, sizeof(needle), ";%s;", name);
    for (char *p = needle; *p != '\0'; p++) {
        *p = *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p;
    }
    return strstr(list, needle) != NULL;
}

static void a_changed_byte_of_the_request_is_noticed(void **state)
{
    static struct vector_request r;
    for (const struct cos_json *v = cos_json_first(vectors); v != NULL; v = cos_json_next(v)) {
        const char *authorization = field(v, "authorization");
        fill(&r, v, authorization);
        r.q.method = strcmp(r.q.method, "GET") == 0 ? "DELETE" : "GET";
        expect(v, &r, WIRE_HEADER, "signature-differs", "SignatureDoesNotMatch", "method");
        fill(&r, v, authorization);
        if (strcmp(r.path, "/") == 0) {
            (void)snprintf(r.path, sizeof(r.path), "/x");
        } else {
            change_last(r.path, sizeof(r.path));
        }
        expect(v, &r, WIRE_HEADER, "signature-differs", "SignatureDoesNotMatch", "path");
        for (size_t i = 0; i < r.q.n_headers; i++) {
            fill(&r, v, authorization);
            char *value = r.q.headers[i].value;
            if (!is_listed(v, r.q.headers[i].name) ||
                strcmp(r.q.headers[i].name, "Content-Length") == 0) {
                continue;
            }
            if (strcmp(r.q.headers[i].name, "Host") == 0) {
                value[0] = value[0] == 'x' ? 'y' : 'x';
            } else {
                change_last(value, sizeof(r.q.headers[i].value));
            }
            expect(v, &r, WIRE_HEADER, "signature-differs", "SignatureDoesNotMatch",
                   r.q.headers[i].name);
        }
        for (size_t i = 0; i < r.n_params; i++) {
            fill(&r, v, authorization);
            change_last(r.params[i].value, sizeof(r.params[i].value));
            expect(v, &r, WIRE_HEADER, "signature-differs", "SignatureDoesNotMatch",
                   r.params[i].name);
        }
    }
}

static void a_signed_content_length_is_compared(void **state)
{
    static struct vector_request r;
    for (const struct cos_json *v = cos_json_first(vectors); v != NULL; v = cos_json_next(v)) {
        for (size_t i = 0;; i++) {
            fill(&r, v, field(v, "authorization"));
            if (i >= r.q.n_headers) {
                break;
            }
            if (strcmp(r.q.headers[i].name, "Content-Length") == 0) {
                (void)snprintf(r.q.headers[i].value, 8, "7");
                expect(v, &r, WIRE_HEADER, "signature-differs", "SignatureDoesNotMatch",
                       "Content-Length");
            }
        }
    }
}

static void a_missing_signed_parameter_is_noticed(void **state)
{
    static struct vector_request r;
    for (const struct cos_json *v = cos_json_first(vectors); v != NULL; v = cos_json_next(v)) {
        fill(&r, v, field(v, "authorization"));
        if (r.n_params > 0) {
            r.n_params--;
            expect(v, &r, WIRE_HEADER, "signature-differs", "SignatureDoesNotMatch",
                   "a parameter is gone");
        }
    }
}

/* Where @field's value begins in the Authorization. */
static char *place(struct vector_request *r, const char *name)
{
    char *at = strstr(r->authorization, name);
    assert_non_null(at);
    return at + strlen(name);
}

static void a_changed_byte_of_the_authorization_is_noticed(void **state)
{
    static struct vector_request r;
    for (const struct cos_json *v = cos_json_first(vectors); v != NULL; v = cos_json_next(v)) {
        const char *authorization = field(v, "authorization");
        for (size_t i = 0; i < 40; i++) {
            fill(&r, v, authorization);
            char *digit = place(&r, "q-signature=") + i;
            *digit = *digit == 'a' ? 'b' : 'a';
            expect(v, &r, WIRE_HEADER, "signature-differs", "SignatureDoesNotMatch",
                   "a digit of q-signature");
        }
        fill(&r, v, authorization);
        place(&r, "q-ak=")[35] = 'x';
        expect(v, &r, WIRE_HEADER, "unknown-key", "InvalidAccessKeyId", "q-ak");
        static const char *const times[] = {"q-sign-time=", "q-key-time="};
        for (size_t i = 0; i < 2; i++) {
            fill(&r, v, authorization);
            place(&r, times[i])[9] = '0'; /* starts a few seconds earlier or at the same */
            if (strcmp(r.authorization, authorization) != 0) {
                expect(v, &r, WIRE_HEADER, "signature-differs", "SignatureDoesNotMatch",
                       times[i]);
            }
            fill(&r, v, authorization);
            place(&r, times[i])[11 + 9] = '9';
            if (strcmp(r.authorization, authorization) != 0) {
                expect(v, &r, WIRE_HEADER, "signature-differs", "SignatureDoesNotMatch",
                       times[i]);
            }
        }
    }
}

/* MK-02: the list is part of what is signed. */
static void striking_host_from_the_list_is_noticed(void **state)
{
    static struct vector_request r;
    for (const struct cos_json *v = cos_json_first(vectors); v != NULL; v = cos_json_next(v)) {
        fill(&r, v, field(v, "authorization"));
        char *at = strstr(place(&r, "q-header-list="), "host");
        assert_non_null(at);
        size_t cut = at[4] == ';' ? 5 : 4;
        memmove(at, at + cut, strlen(at + cut) + 1);
        expect(v, &r, WIRE_HEADER, "signature-differs", "SignatureDoesNotMatch",
               "host struck from the list");
    }
}

/* ... and nobody may list what he did not sign. */
static void a_listed_header_that_is_not_there_is_refused(void **state)
{
    static const char *const lists[][2] = {{"q-header-list=host", "q-header-list=date;host"},
                                           {"q-url-param-list=", "q-url-param-list=acl"}};
    for (size_t i = 0; i < COS_ARRAY_LEN(lists); i++) {
        static struct question q;
        q = (struct question){.method = "GET", .target = "/k"};
        authorize(&q, CLIENT_ID, CLIENT_SECRET, "/k");
        char *value = q.headers[1].value;
        char *at = strstr(value, lists[i][0]);
        char line[700];
        (void)snprintf(line, sizeof(line), "%.*s%s%s", (int)(at - value), value, lists[i][1],
                       at + strlen(lists[i][0]));
        (void)snprintf(value, sizeof(q.headers[1].value), "%s", line);
        struct answer r = client_send(*state, &q);
        assert_string_equal(xml_code(&r), "SignatureDoesNotMatch");
        assert_non_null(strstr(answer_header(&r, "x-cosmock-reason"), "not in the request"));
        answer_free(&r);
    }
}

static void a_signature_lacking_a_field_is_malformed(void **state)
{
    static const char *const fields[] = {
        "q-sign-algorithm=", "&q-ak=",          "&q-sign-time=",
        "&q-key-time=",      "&q-header-list=", "&q-url-param-list=",
        "&q-signature=",
    };
    const struct cos_json *v = cos_json_first(vectors);
    static struct vector_request r;
    for (size_t i = 0; i < COS_ARRAY_LEN(fields); i++) {
        fill(&r, v, field(v, "authorization"));
        char *at = strstr(r.authorization, fields[i]);
        at[i == 0 ? 0 : 1] = 'X';
        expect(v, &r, WIRE_HEADER, "malformed", "AccessDenied", fields[i]);
    }
}

#define AUTHORIZATION(algorithm, id, sign_time, key_time, signature)     \
    ("q-sign-algorithm=" algorithm "&q-ak=" id "&q-sign-time=" sign_time \
     "&q-key-time=" key_time "&q-header-list=&q-url-param-list=&q-signature=" signature)
#define SOME_DIGITS "0123456789012345678901234567890123456789"
#define SOME_LETTERS "012345678901234567890123456789012345678g"

static void malformed_authorizations_are_refused(void **state)
{
    static const char *const lines[] = {
        "Bearer abc",
        AUTHORIZATION("sha256", CLIENT_ID, "1;2", "1;2", SOME_DIGITS),
        AUTHORIZATION("sha1", CLIENT_ID, "2;1", "2;1", SOME_DIGITS),
        AUTHORIZATION("sha1", CLIENT_ID, "1", "1;2", SOME_DIGITS),
        AUTHORIZATION("sha1", CLIENT_ID, "a;b", "1;2", SOME_DIGITS),
        AUTHORIZATION("sha1", CLIENT_ID, "1;2", "1;2;3", SOME_DIGITS),
        AUTHORIZATION("sha1", CLIENT_ID, "1;2", "1;2", "012345"),
        AUTHORIZATION("sha1", CLIENT_ID, "1;2", "1;2", SOME_LETTERS),
        AUTHORIZATION("sha1", CLIENT_ID "&q-ak=" CLIENT_ID, "1;2", "1;2", SOME_DIGITS),
        AUTHORIZATION("sha1", "", "1;2", "1;2", SOME_DIGITS),
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(lines); i++) {
        struct client *c = *state;
        static struct question q;
        q = (struct question){.method = "GET", .target = "/k"};
        add_header(&q, "Host", CLIENT_HOST);
        add_header(&q, "Authorization", lines[i]);
        struct answer r = client_send(c, &q);
        struct cosmock_entry *e = last_entry(c);
        assert_string_equal(e->authn, "malformed");
        assert_int_equal(r.status, 403);
        assert_string_equal(xml_code(&r), "AccessDenied");
        cosmock_entries_free(e);
        answer_free(&r);
    }
}

/* The client of another service: the reason says which one it looks like. */
static void a_signature_of_another_service_is_named(void **state)
{
    static const struct {
        const char *line, *says;
    } rows[] = {
        {"TC3-HMAC-SHA256 Credential=x/2026-01-01/cos/tc3_request", "looks like TC3"},
        {"OSS LTAI:x", "looks like an Aliyun OSS signature"},
        {"Basic eDp5", "is Basic authentication"},
        {"Bearer abc", "is a bearer token"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct client *c = *state;
        static struct question q;
        q = (struct question){.method = "GET", .target = "/k"};
        add_header(&q, "Host", CLIENT_HOST);
        add_header(&q, "Authorization", rows[i].line);
        struct answer r = client_send(c, &q);
        struct cosmock_entry *e = last_entry(c);
        if (strstr(e->detail, rows[i].says) != e->detail) {
            fail_msg("'%s': %s", rows[i].line, e->detail);
        }
        cosmock_entries_free(e);
        answer_free(&r);
    }
}

/* --- the strings in the body: cos-wire.md s.1.5, PicGo#638 --- */

static void a_plus_in_the_path_is_a_space_for_the_signature(void **state)
{
    struct client *c = *state;
    for (int accepts = 0; accepts <= 1; accepts++) {
        static struct question q;
        client_switch(c, "plus-in-path", accepts ? "space-or-plus" : "space");
        q = (struct question){.method = "GET", .target = "/zh+en.png"};
        authorize(&q, CLIENT_ID, CLIENT_SECRET, "/zh+en.png");
        struct answer r = client_send(c, &q);
        if (accepts) {
            assert_string_equal(xml_code(&r), "NoSuchKey");
        } else {
            assert_string_equal(xml_code(&r), "SignatureDoesNotMatch");
            assert_string_equal(between(r.body, "<FormatString>", "</FormatString>"),
                                "get\n/zh en.png\n\nhost=" CLIENT_HOST "\n");
            assert_string_equal(between(r.body, "<Resource>", "</Resource>"),
                                CLIENT_HOST "/zh+en.png");
        }
        answer_free(&r);
        q = (struct question){.method = "GET", .target = "/zh+en.png"};
        authorize(&q, CLIENT_ID, CLIENT_SECRET, "/zh en.png");
        r = client_send(c, &q);
        assert_string_equal(xml_code(&r), "NoSuchKey");
        answer_free(&r);
    }
}

static void a_wrong_signature_shows_both_strings_of_the_document(void **state)
{
    /* doc-get-object: FormatString and StringToSign as the documentation prints them */
    const struct cos_json *v = cos_json_next(cos_json_first(vectors));
    static struct vector_request r;
    struct client c;
    char world[1000];
    assert_string_equal(field(v, "name"), "doc-get-object");
    (void)
        snprintf(world, sizeof(world),
                 "accounts:\n  - uin: \"100000000001\"\n    appid: \"1250000000\"\n    keys:\n"
                 "      - {secret_id: \"%s\", secret_key: \"%s\"}\n"
                 "buckets:\n  - {name: " CLIENT_BUCKET ", region: ap-beijing}\n",
                 field(v, "secret_id"), "quite-another-secret-key-really");
    client_open_world(&c, world);
    client_freeze(&c, strtoll(date_of(v), NULL, 10));
    fill(&r, v, field(v, "authorization"));
    write_target(&r, WIRE_HEADER);
    add_header(&r.q, "Authorization", r.authorization);
    struct answer reply = client_send(&c, &r.q);
    char expected[2000];
    size_t n = 0;
    for (const char *p = field(v, "canonical"); *p != '\0'; p++) {
        n += (size_t)snprintf(expected + n, sizeof(expected) - n, *p == '&' ? "&amp;" : "%c",
                              *p);
    }
    assert_string_equal(between(reply.body, "<FormatString>", "</FormatString>"), expected);
    assert_string_equal(between(reply.body, "<StringToSign>", "</StringToSign>"),
                        field(v, "string_to_sign"));
    answer_free(&reply);
    client_shut(&c);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_vector_verifies_in_every_form),
        cmocka_unit_test(a_stray_token_with_a_permanent_key_is_journalled_and_ignored),
        cmocka_unit_test(a_changed_byte_of_the_request_is_noticed),
        cmocka_unit_test(a_signed_content_length_is_compared),
        cmocka_unit_test(a_missing_signed_parameter_is_noticed),
        cmocka_unit_test(a_changed_byte_of_the_authorization_is_noticed),
        cmocka_unit_test(striking_host_from_the_list_is_noticed),
        CLIENT_TEST(a_listed_header_that_is_not_there_is_refused),
        cmocka_unit_test(a_signature_lacking_a_field_is_malformed),
        CLIENT_TEST(malformed_authorizations_are_refused),
        CLIENT_TEST(a_signature_of_another_service_is_named),
        CLIENT_TEST(a_plus_in_the_path_is_a_space_for_the_signature),
        cmocka_unit_test(a_wrong_signature_shows_both_strings_of_the_document),
    };
    vectors = vectors_load(argc > 1 ? argv[1] : "fixtures", "cos/cos-sign-vectors.json");
    int n_failed =
        vectors == NULL ? 1 : cmocka_run_group_tests_name("cos signature", tests, NULL, NULL);
    vectors = cos_json_free(vectors);
    return n_failed;
}
