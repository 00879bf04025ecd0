/* SPDX-License-Identifier: Apache-2.0 */
/* Why a request was answered as it was, asked by its id or by its number. */
#include "client.h"
#include "json.h"

static struct cos_json *explain(struct client *c, const char *request, char **text)
{
    char *json = NULL;
    struct cosmock_error err = {0};
    if (cosmock_request_explain(c->tenant, request, &json, &err) < 0) {
        fail_msg("%s", err.message);
    }
    assert_int_equal(cosmock_explain_text(json, text, &err), 0);
    struct cos_json *doc = parse_json(cos_span_of(json));
    free(json);
    return doc;
}

static void expect(struct client *c, const struct answer *a, const char *verdict,
                   const char *refused_by, const char *why)
{
    char *text = NULL;
    struct cos_json *doc = explain(c, answer_header(a, "x-cos-request-id"), &text);
    if (strcmp(json_text(doc, "verdict"), verdict) != 0 ||
        strcmp(json_text(doc, "refused_by"), refused_by) != 0 ||
        strstr(json_text(doc, "why"), why) == NULL ||
        strstr(text, json_text(doc, "why")) == NULL) {
        fail_msg("%s: %s", why, text);
    }
    assert_null(strstr(text, CLIENT_SECRET));
    cos_json_free(doc);
    free(text);
}

static struct answer ask_as(struct client *c, const char *id, const char *secret)
{
    static struct question q;
    q = (struct question){.method = "GET", .target = "/k"};
    authorize(&q, id, secret, "/k");
    return client_send(c, &q);
}

static void whoever_refused_a_request_is_told(void **state)
{
    struct client *c = *state;
    struct answer a = ask_as(c, CLIENT_ID, CLIENT_SUB_SECRET);
    expect(c, &a, "deny", "authn", "signed with the secret of key " CLIENT_SUB_ID);
    answer_free(&a);
    a = ask_as(c, CLIENT_SUB_ID, CLIENT_SUB_SECRET);
    expect(c, &a, "deny", "authz", "uin " CLIENT_SUB_UIN " may not name/cos:GetObject");
    answer_free(&a);
    a = ask_as(c, CLIENT_ID, CLIENT_SECRET);
    expect(c, &a, "allow", "service", "NoSuchKey: The specified key does not exist.");
    answer_free(&a);
    struct cosmock_fault f = COSMOCK_FAULT_INIT;
    f.kind = COSMOCK_FAULT_REPLY;
    f.http_status = 503;
    f.times = 1;
    assert_int_equal(cosmock_fault_push(c->tenant, &f, NULL, NULL), 0);
    a = ask_as(c, CLIENT_ID, CLIENT_SECRET);
    expect(c, &a, "allow", "fault", "planted fault");
    answer_free(&a);
    a = client_put(c, "/k", "x");
    expect(c, &a, "allow", "nobody", "it was granted");
    answer_free(&a);
}

static void both_strings_of_a_wrong_signature_are_told(void **state)
{
    struct client *c = *state;
    static struct question q;
    q = (struct question){.method = "HEAD", .target = "/k"};
    struct question as_get = {.method = "GET"};
    authorize(&as_get, CLIENT_ID, CLIENT_SECRET, "/k");
    memcpy(q.headers, as_get.headers, sizeof(q.headers));
    q.n_headers = as_get.n_headers;
    struct answer a = client_send(c, &q);
    char *text = NULL;
    struct cos_json *doc = explain(c, "1", &text);
    const struct cos_json *e = cos_json_get(doc, "request");
    assert_string_equal(json_text(e, "cause"), "method");
    assert_string_equal(json_text(e, "format_string"), "head\n/k\n\nhost=" CLIENT_HOST "\n");
    assert_string_equal(json_text(e, "signed_format_string"),
                        "get\n/k\n\nhost=" CLIENT_HOST "\n");
    assert_non_null(strstr(text, "FormatString, here\n  | head\n  | /k\n"));
    assert_non_null(strstr(text, "FormatString, as signed\n  | get\n  | /k\n"));
    cos_json_free(doc);
    free(text);
    answer_free(&a);
}

static void its_questions_are_asked_again(void **state)
{
    struct client *c = *state;
    struct answer a = ask_as(c, CLIENT_SUB_ID, CLIENT_SUB_SECRET);
    char *text = NULL;
    struct cos_json *doc = explain(c, "1", &text);
    const struct cos_json *asked = cos_json_first(cos_json_get(doc, "questions"));
    assert_string_equal(json_text(asked, "action"), "name/cos:GetObject");
    assert_string_equal(json_text(asked, "then"), "deny");
    assert_string_equal(json_text(cos_json_get(asked, "now"), "verdict"), "deny");
    assert_true(cos_json_bool(cos_json_get(asked, "is_as_then"), false));
    cos_json_free(doc);
    free(text);
    assert_int_equal(
        cosmock_user_policy_set(c->tenant, CLIENT_SUB_UIN,
                                "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\","
                                "\"action\":\"name/cos:GetObject\",\"resource\":\"*\"}]}",
                                NULL),
        0);
    doc = explain(c, answer_header(&a, "x-cos-request-id"), &text);
    asked = cos_json_first(cos_json_get(doc, "questions"));
    assert_string_equal(json_text(asked, "then"), "deny");
    assert_string_equal(json_text(cos_json_get(asked, "now"), "verdict"), "allow");
    assert_false(cos_json_bool(cos_json_get(asked, "is_as_then"), true));
    assert_non_null(strstr(text, "now it is another"));
    cos_json_free(doc);
    free(text);
    answer_free(&a);
}

/* A condition on the prefix: the journal has what the request said of it. */
static void what_a_condition_asked_is_told_again(void **state)
{
    struct client *c = *state;
    assert_int_equal(
        cosmock_user_policy_set(c->tenant, CLIENT_SUB_UIN,
                                "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\","
                                "\"action\":\"name/cos:GetBucket\",\"resource\":\"*\","
                                "\"condition\":{\"string_equal\":{\"cos:prefix\":\"d\"}}}]}",
                                NULL),
        0);
    static struct question q;
    q = (struct question){.method = "GET", .target = "/?prefix=d"};
    authorize(&q, CLIENT_SUB_ID, CLIENT_SUB_SECRET, "/");
    struct answer a = client_send(c, &q);
    assert_int_equal(a.status, 200);
    char *text = NULL;
    struct cos_json *doc = explain(c, "1", &text);
    const struct cos_json *asked = cos_json_first(cos_json_get(doc, "questions"));
    assert_string_equal(json_text(asked, "then"), "allow");
    assert_true(cos_json_bool(cos_json_get(asked, "is_as_then"), false));
    assert_non_null(strstr(text, "cos:prefix = d\n"));
    cos_json_free(doc);
    free(text);
    answer_free(&a);
}

static void what_the_journal_has_not_is_not_explained(void **state)
{
    struct client *c = *state;
    struct cosmock_error err = {0};
    char *json = NULL;
    assert_int_equal(cosmock_request_explain(c->tenant, "7", &json, &err), COSMOCK_E_NOT_FOUND);
    assert_non_null(strstr(err.message, "'7'"));
    assert_null(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLIENT_TEST(whoever_refused_a_request_is_told),
        CLIENT_TEST(both_strings_of_a_wrong_signature_are_told),
        CLIENT_TEST(its_questions_are_asked_again),
        CLIENT_TEST(what_a_condition_asked_is_told_again),
        CLIENT_TEST(what_the_journal_has_not_is_not_explained),
    };
    return cmocka_run_group_tests_name("explain_request", tests, NULL, NULL);
}
