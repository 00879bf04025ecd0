/* SPDX-License-Identifier: Apache-2.0 */
/* Who may post a form, and how it says who that is (cos-operations-2.md s.3.1, s.3.3). */
#include "sent.h"

static struct answer post_signed_with(struct client *c, void (*add)(struct sent *f))
{
    struct sent f;
    sent_open(&f);
    sent_field(&f, "key", "dir/k");
    add(&f);
    sent_file(&f, CONTENT);
    sent_close(&f);
    return sent_post(c, &f);
}

static void by_header(struct sent *f)
{
    authorize(&f->q, CLIENT_ID, CLIENT_SECRET, "/");
}

/* .NET says it in both places (PostObjectRequest.cs:248); here the header goes. */
static void by_field(struct sent *f)
{
    authorize(&f->q, CLIENT_ID, CLIENT_SECRET, "/");
    sent_field(f, "Signature", f->q.headers[--f->q.n_headers].value);
}

static void by_header_of_another_path(struct sent *f)
{
    authorize(&f->q, CLIENT_ID, CLIENT_SECRET, "/dir/k");
}

static void by_nobody(struct sent *f)
{
    sent_field(f, "x-cos-meta-a", "b");
}

static void by_half(struct sent *f)
{
    sent_field(f, "q-sign-algorithm", "sha1");
    sent_field(f, "q-ak", CLIENT_ID);
    sent_field(f, "q-key-time", WINDOW);
    sent_field(f, "q-signature", PUBLISHED_SIGNATURE);
}

static void by_an_unknown_key(struct sent *f)
{
    sent_policy_of(f, &(struct signer){"AKIDnobody", "x", WINDOW},
                   "{\"expiration\":\"" EXPIRATION
                   "\",\"conditions\":[" REQUIRED("AKIDnobody") "]}");
}

static void in_a_window_that_is_over(struct sent *f)
{
    sent_policy_of(f, &(struct signer){CLIENT_ID, CLIENT_SECRET, "1600000000;1600000001"},
                   POLICY(""));
}

static void a_form_is_signed_by_its_policy_or_as_any_request(void **state)
{
    static const struct {
        const char *name;
        void (*add)(struct sent *f);
        int status;
        const char *code, *authn;
    } rows[] = {
        {"header", by_header, 204, "", "ok"},
        {"field Signature", by_field, 204, "", "ok"},
        {"header of another path", by_header_of_another_path, 403, "SignatureDoesNotMatch",
         "signature-differs"},
        {"nobody", by_nobody, 403, "AccessDenied", "anonymous"},
        {"no policy", by_half, 403, "AccessDenied", "malformed"},
        {"unknown key", by_an_unknown_key, 403, "InvalidAccessKeyId", "unknown-key"},
        {"late", in_a_window_that_is_over, 403, "AccessDenied", "outside-key-time"},
    };
    struct client *c = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct answer a = post_signed_with(c, rows[i].add);
        expect_answer(rows[i].name, &a, rows[i].status, rows[i].code);
        answer_free(&a);
        struct cosmock_entry *e = last_entry(c);
        assert_string_equal(e->authn, rows[i].authn);
        cosmock_entries_free(e);
    }
}

/* Whoever may do nothing but PostObject on its key may post, signed or not. */
static void a_form_needs_the_right_to_post_its_key(void **state)
{
    static const char anyone[] =
        "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"principal\":{\"qcs\":"
        "[\"qcs::cam::anyone:anyone\"]},\"action\":[\"name/cos:PostObject\"],\"resource\":"
        "[\"qcs::cos:ap-beijing:uid/1250000000:" CLIENT_BUCKET "/dir/*\"]}]}";
    struct client *c = *state;
    assert_int_equal(cosmock_bucket_policy_set(c->tenant, CLIENT_BUCKET, anyone, NULL),
                     COSMOCK_OK);
    struct answer a = post_signed_with(c, by_nobody);
    expect_answer("public", &a, 204, "");
    answer_free(&a);
    struct cosmock_entry *e = last_entry(c);
    assert_string_equal(e->questions[0].action, "name/cos:PostObject");
    assert_string_equal(e->questions[0].resource,
                        "qcs::cos:ap-beijing:uid/1250000000:" CLIENT_BUCKET "/dir/k");
    cosmock_entries_free(e);
    struct sent f;
    sent_open(&f);
    sent_field(&f, "key", "elsewhere");
    sent_file(&f, CONTENT);
    sent_close(&f);
    a = sent_post(c, &f);
    expect_answer("elsewhere", &a, 403, "AccessDenied");
    answer_free(&a);
    assert_int_equal(count_objects(c), 1);
}

static void a_temporary_key_brings_its_token_in_a_field(void **state)
{
    struct client *c = *state;
    struct token t;
    mint_token(c, &t);
    for (int has_token = 0; has_token <= 1; has_token++) {
        struct sent f;
        char policy[600];
        (void)snprintf(policy, sizeof(policy),
                       "{\"expiration\":\"" EXPIRATION "\",\"conditions\":["
                       "{\"q-sign-algorithm\":\"sha1\"},{\"q-ak\":\"%s\"},"
                       "[\"eq\",\"$q-sign-time\",\"" WINDOW "\"]]}",
                       t.id);
        sent_open(&f);
        sent_field(&f, "key", "dir/k");
        if (has_token) {
            sent_field(&f, "x-cos-security-token", t.token);
        }
        sent_policy_of(&f, &(struct signer){t.id, t.secret, WINDOW}, policy);
        sent_file(&f, CONTENT);
        sent_close(&f);
        struct answer a = sent_post(c, &f);
        expect_answer("token", &a, has_token ? 204 : 403,
                      has_token ? "" : "InvalidAccessKeyId");
        answer_free(&a);
        struct cosmock_entry *e = last_entry(c);
        assert_string_equal(e->token, has_token ? "ok" : "missing");
        assert_null(strstr(e->ignored, "token"));
        cosmock_entries_free(e);
    }
}

static void with_enforcement_off_no_policy_is_asked(void **state)
{
    struct client *c = *state;
    client_switch(c, "enforcement", "off");
    struct sent f;
    sent_open(&f);
    sent_field(&f, "key", "k");
    sent_field(&f, "policy", "nonsense");
    sent_field(&f, "q-ak", CLIENT_ID);
    sent_file(&f, CONTENT);
    sent_close(&f);
    struct answer a = sent_post(c, &f);
    expect_answer("off", &a, 204, "");
    answer_free(&a);
    struct cosmock_entry *e = last_entry(c);
    assert_string_equal(e->secret_id, CLIENT_ID);
    cosmock_entries_free(e);
}

static void faults_know_the_key_of_a_form(void **state)
{
    struct client *c = *state;
    struct cosmock_fault fault = COSMOCK_FAULT_INIT;
    fault.op = "PostObject";
    fault.key_glob = "dir/*";
    fault.kind = COSMOCK_FAULT_REPLY;
    fault.http_status = 503;
    assert_int_equal(cosmock_fault_push(c->tenant, &fault, NULL, NULL), COSMOCK_OK);
    struct answer a = post_signed_with(c, by_header);
    expect_answer("fault", &a, 503, "SlowDown");
    answer_free(&a);
    assert_int_equal(count_objects(c), 0);
}

/* The secret itself, in whatever field. */
static void a_form_that_shows_a_secret_is_noticed(void **state)
{
    struct client *c = *state;
    struct sent f;
    sent_open(&f);
    sent_field(&f, "key", "k");
    sent_field(&f, "secret", CLIENT_SECRET);
    sent_policy(&f, POLICY(""));
    sent_file(&f, CONTENT);
    sent_close(&f);
    struct answer a = sent_post(c, &f);
    expect_answer("secret", &a, 204, "");
    answer_free(&a);
    struct cosmock_entry *e = last_entry(c);
    assert_true(e->shows_secret);
    cosmock_entries_free(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLIENT_TEST(a_form_is_signed_by_its_policy_or_as_any_request),
        CLIENT_TEST(a_form_needs_the_right_to_post_its_key),
        CLIENT_TEST(a_temporary_key_brings_its_token_in_a_field),
        CLIENT_TEST(with_enforcement_off_no_policy_is_asked),
        CLIENT_TEST(faults_know_the_key_of_a_form),
        CLIENT_TEST(a_form_that_shows_a_secret_is_noticed),
    };
    return cmocka_run_group_tests_name("form_rights", tests, NULL, NULL);
}
