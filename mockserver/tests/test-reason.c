/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x-cosmock-reason: whoever refuses says why, in one header that no client's log spoils. That
 * each refusal of every other test has it, is seen by answer_read(); here is what it says.
 */
#include "client.h"

#include "services/errors.h"

/* --- every code --- */

static void expect_planted(struct client *c, const char *op, const struct error_row *row)
{
    struct cosmock_fault f = COSMOCK_FAULT_INIT;
    f.kind = COSMOCK_FAULT_REPLY;
    f.op = op;
    f.code = row->code;
    f.http_status = row->status;
    f.times = 1;
    uint64_t id = 0;
    assert_int_equal(cosmock_fault_push(c->tenant, &f, &id, NULL), COSMOCK_OK);
    struct answer a = strcmp(op, "GetObject") == 0 ? client_ask(c, "GET", "/k")
                                                   : mint(c, CLIENT_ID, CLIENT_SECRET, "{}");
    char expected[200];
    (void)snprintf(expected, sizeof(expected), "fault: %s: planted fault %llu", row->code,
                   (unsigned long long)id);
    if (strcmp(answer_header(&a, "x-cosmock-reason"), expected) != 0) {
        fail_msg("%s: '%s'", row->code, answer_header(&a, "x-cosmock-reason"));
    }
    answer_free(&a);
}

static void every_code_travels_with_its_reason(void **state)
{
    for (const struct error_row *row = error_cos_rows(); row->code != NULL; row++) {
        expect_planted(*state, "GetObject", row);
    }
    for (const struct error_row *row = error_sts_rows(); row->code != NULL; row++) {
        expect_planted(*state, "GetFederationToken", row);
    }
}

/* --- every stage --- */

struct refusal {
    const char *name, *method, *target, *id, *secret;
    const char *header, *value; /* NULL: none besides host and signature */
    const char *host;           /* NULL: CLIENT_HOST */
    const char *reason;         /* how the header begins */
};

static void expect_refusal(struct client *c, const struct refusal *r)
{
    static struct question q;
    q = (struct question){.method = r->method, .target = r->target};
    const char *host = r->host == NULL ? CLIENT_HOST : r->host;
    char path[200];
    (void)snprintf(path, sizeof(path), "%.*s", (int)strcspn(r->target, "?"), r->target);
    if (r->id == NULL) {
        add_header(&q, "Host", host);
    } else {
        authorize_as(&q, &(struct signing){r->id, r->secret, host, path});
    }
    if (r->header != NULL) {
        add_header(&q, r->header, r->value);
    }
    struct answer a = client_send(c, &q);
    const char *reason = answer_header(&a, "x-cosmock-reason");
    if (strncmp(reason, r->reason, strlen(r->reason)) != 0 ||
        strstr(reason, CLIENT_SECRET) != NULL) {
        fail_msg("%s: '%s', not '%s'", r->name, reason, r->reason);
    }
    answer_free(&a);
}

static void each_stage_says_what_it_refuses(void **state)
{
    static const struct refusal rows[] = {
        {"parse", "GET", "/k", CLIENT_ID, CLIENT_SECRET, "Content-Length", "x", NULL,
         "parse: "},
        {"route, foreign host", "GET", "/k", NULL, NULL, NULL, NULL, "example.org",
         "route: InvalidRequest: 'example.org' is no host of COS; "},
        {"route, not built", "PUT", "/?nonsense", CLIENT_ID, CLIENT_SECRET, NULL, NULL, NULL,
         "route: NotImplemented: "},
        {"authn, key", "GET", "/k", "AKIDnobody", "x", NULL, NULL, NULL,
         "authn: unknown-key: no usable key has the id AKIDnobody"},
        {"authn, signature", "GET", "/k", CLIENT_ID, "wrong", NULL, NULL, NULL,
         "authn: signature-differs: "},
        {"authn, form", "GET", "/k?q-ak=x", NULL, NULL, NULL, NULL, NULL,
         "authn: malformed: the signature lacks one of its q- fields"},
        {"authz, nobody", "GET", "/k", NULL, NULL, NULL, NULL, NULL,
         "authz: AccessDenied: anonymous may not name/cos:GetObject"},
        {"authz, user", "GET", "/k", CLIENT_SUB_ID, CLIENT_SUB_SECRET, NULL, NULL, NULL,
         "authz: AccessDenied: uin " CLIENT_SUB_UIN " may not name/cos:GetObject"},
        {"bounds", "PUT", "/k", CLIENT_ID, CLIENT_SECRET, "Content-Length", "6000000000000",
         NULL, "body: EntityTooLarge: "},
        {"execute", "GET", "/k", CLIENT_ID, CLIENT_SECRET, NULL, NULL, NULL,
         "execute: NoSuchKey: The specified key does not exist."},
        {"execute, of a HEAD", "HEAD", "/k", CLIENT_ID, CLIENT_SECRET, NULL, NULL, NULL,
         "execute: NoSuchKey: The specified key does not exist."},
        {"a secret that is quoted", "POST", "/k?uploads", CLIENT_ID, CLIENT_SECRET,
         "x-cos-storage-class", CLIENT_SECRET, NULL, "execute: "},
        {"other bytes", "GET", "/%E4%BD%A0%25", CLIENT_SUB_ID, CLIENT_SUB_SECRET, NULL, NULL,
         NULL, "authn: signature-differs"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        expect_refusal(*state, &rows[i]);
    }
}

/* grpc's PROTOCOL-HTTP2, "Percent-Encoded": so that a reader can take it back. */
static void other_bytes_and_percent_travel_encoded(void **state)
{
    struct client *c = *state;
    static struct question q;
    q = (struct question){.method = "GET", .target = "/%E4%BD%A0%0A%25"};
    authorize_as(&q, &(struct signing){CLIENT_SUB_ID, CLIENT_SUB_SECRET, CLIENT_HOST,
                                       "/\xE4\xBD\xA0\n%"});
    struct answer a = client_send(c, &q);
    assert_non_null(
        strstr(answer_header(&a, "x-cosmock-reason"), CLIENT_BUCKET "/%E4%BD%A0%0A%25: uin"));
    answer_free(&a);
}

static void a_long_reason_is_cut_within_no_escape(void **state)
{
    struct client *c = *state;
    static char target[3000];
    static char path[900];
    size_t n = 1;
    path[0] = target[0] = '/';
    for (size_t i = 1; i <= 700; i++) {
        path[i] = '\xE4';
        n += (size_t)snprintf(target + n, sizeof(target) - n, "%%E4");
    }
    static struct question q;
    q = (struct question){.method = "GET", .target = target};
    authorize_as(&q, &(struct signing){CLIENT_SUB_ID, CLIENT_SUB_SECRET, CLIENT_HOST, path});
    struct answer a = client_send(c, &q);
    const char *reason = answer_header(&a, "x-cosmock-reason");
    size_t length = strlen(reason);
    assert_in_range(length, 898, 903);
    assert_string_equal(reason + length - 6, "%E4...");
    answer_free(&a);
}

/* --- where no error document says it --- */

static void keys_that_stay_say_why(void **state)
{
    struct client *c = *state;
    static const char document[] = "<Delete><Object><Key>a</Key></Object></Delete>";
    static struct question q;
    q = (struct question){.method = "POST", .target = "/?delete"};
    authorize(&q, CLIENT_SUB_ID, CLIENT_SUB_SECRET, "/");
    uint8_t md5[16];
    cos_md5(md5, document, strlen(document));
    struct cos_buf encoded;
    cos_buf_init(&encoded, 100);
    cos_base64_append(&encoded, md5, sizeof(md5));
    add_header(&q, "Content-MD5", cos_buf_cstr(&encoded));
    cos_buf_deinit(&encoded);
    char length[24];
    (void)snprintf(length, sizeof(length), "%zu", strlen(document));
    add_header(&q, "Content-Length", length);
    q.body = document;
    q.n = strlen(document);
    struct answer a = client_send(c, &q);
    assert_int_equal(a.status, 200);
    assert_non_null(strstr(a.body, "AccessDenied"));
    assert_non_null(strstr(answer_header(&a, "x-cosmock-reason"),
                           "execute: 1 AccessDenied: a: uin " CLIENT_SUB_UIN " may not "));
    answer_free(&a);
}

static void what_is_granted_has_no_reason(void **state)
{
    struct answer a = client_put(*state, "/k", "x");
    assert_int_equal(a.status, 200);
    assert_string_equal(answer_header(&a, "x-cosmock-reason"), "");
    answer_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLIENT_TEST(every_code_travels_with_its_reason),
        CLIENT_TEST(each_stage_says_what_it_refuses),
        CLIENT_TEST(other_bytes_and_percent_travel_encoded),
        CLIENT_TEST(a_long_reason_is_cut_within_no_escape),
        CLIENT_TEST(keys_that_stay_say_why),
        CLIENT_TEST(what_is_granted_has_no_reason),
    };
    return cmocka_run_group_tests_name("reason", tests, NULL, NULL);
}
