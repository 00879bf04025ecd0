/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cosmock policy suggest from outside: a call was denied, a policy is suggested for it, and
 * under that policy the same call is allowed.
 */
#include "program.h"
#include "scratch.h"

#include "cosbase/file.h"

#define CURL "curl -q -s -o /dev/null -w '%{http_code} ' "
#define URL "http://$COSMOCK_BUCKET.cos.$COSMOCK_REGION.myqcloud.com"
#define POLICY_AT "qcs::cos:ap-guangzhou:uid/1250000000:data-1250000000/"
#define ENTRY(action, key, allowed)                                                         \
    "{\"authn\":\"ok\",\"principal\":\"100000000011\",\"questions\":[{\"action\":\"" action \
    "\",\"resource\":\"" POLICY_AT key "\",\"allowed\":" allowed ",\"layer\":\"none\"}]}\n"

static struct scratch scratch;

static int enter(void **state)
{
    (void)state;
    scratch_enter(&scratch);
    return 0;
}

static int leave(void **state)
{
    (void)state;
    scratch_remove(&scratch);
    return 0;
}

static void write_file(const char *path, const char *text)
{
    assert_int_equal(cos_file_write(path, cos_span_of(text), 0600), 0);
}

/* The world's user, whose own policy is the JSON in @policy. */
static void write_world(const char *path, const char *policy)
{
    struct cos_buf b;
    struct cos_span rest = cos_span_of(policy);
    cos_buf_init(&b, 1u << 20);
    cos_buf_str(&b, "accounts:\n  - uin: '100000000001'\n    appid: '1250000000'\n"
                    "    keys: [{secret_id: AKIDEXAMPLE0000000000000000000000001, secret_key: "
                    "mockSecretKey0000000000000000001}]\n"
                    "    users: [{uin: '100000000011', policies: [own]}]\n"
                    "policies:\n  own: |\n");
    while (rest.len > 0) {
        struct cos_span line = cos_span_cut(&rest, '\n');
        cos_buf_printf(&b, "    " COS_SPAN_FMT "\n", COS_SPAN_ARG(line));
    }
    cos_buf_str(&b, "buckets:\n  - {name: data-1250000000, region: ap-guangzhou}\n");
    assert_int_equal(cos_file_write(path, cos_buf_view(&b), 0600), 0);
    cos_buf_deinit(&b);
}

static struct run explain(const char *world, const char *key)
{
    char resource[200];
    (void)snprintf(resource, sizeof(resource), POLICY_AT "%s", key);
    return RUN("policy", "eval", "--world", world, "--uin", "100000000011", "--action",
               "name/cos:PutObject", "--resource", resource);
}

static void what_was_denied_is_allowed_by_what_is_suggested(void **state)
{
    (void)state;
    write_file("journal.jsonl", ENTRY("name/cos:PutObject", "in/a.txt", "false")
                                    ENTRY("name/cos:HeadObject", "in/a.txt", "false"));
    write_world("before.yaml",
                "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":"
                "\"name/cos:GetObject\",\"resource\":\"" POLICY_AT "public/*\"}]}");
    struct run r = explain("before.yaml", "in/a.txt");
    assert_int_equal(r.status, 1);
    run_free(&r);
    r = RUN("policy", "suggest", "--denied", "--form", "user", "journal.jsonl");
    assert_int_equal(r.status, 0);
    assert_string_equal(cos_buf_cstr(&r.text), "{\n"
                                               "  \"version\": \"2.0\",\n"
                                               "  \"statement\": [\n"
                                               "    {\n"
                                               "      \"effect\": \"allow\",\n"
                                               "      \"action\": [\n"
                                               "        \"name/cos:HeadObject\",\n"
                                               "        \"name/cos:PutObject\"\n"
                                               "      ],\n"
                                               "      \"resource\": [\n"
                                               "        \"" POLICY_AT "in/a.txt\"\n"
                                               "      ]\n"
                                               "    }\n"
                                               "  ]\n"
                                               "}\n");
    assert_non_null(strstr(cos_buf_cstr(&r.complaints),
                           "2 of 2 questions of 2 requests are allowed by it; "));
    write_world("after.yaml", cos_buf_cstr(&r.text));
    run_free(&r);
    r = explain("after.yaml", "in/a.txt");
    assert_int_equal(r.status, 0);
    run_free(&r);
    r = explain("after.yaml", "in/b.txt");
    assert_int_equal(r.status, 1);
    run_free(&r);
}

static void what_was_denied_is_left_out_unless_it_is_asked_for(void **state)
{
    (void)state;
    write_file("two.jsonl", ENTRY("name/cos:PutObject", "a", "true")
                                ENTRY("name/cos:DeleteObject", "a", "false"));
    struct run r = RUN("policy", "suggest", "two.jsonl");
    assert_int_equal(r.status, 0);
    assert_null(strstr(cos_buf_cstr(&r.text), "DeleteObject"));
    assert_non_null(strstr(cos_buf_cstr(&r.complaints),
                           "1 questions were denied and are left out; --denied takes them in"));
    run_free(&r);
    write_file("none.jsonl", ENTRY("name/cos:DeleteObject", "a", "false"));
    r = RUN("policy", "suggest", "none.jsonl");
    assert_int_equal(r.status, 1);
    assert_int_equal(r.text.len, 0);
    assert_non_null(strstr(cos_buf_cstr(&r.complaints), "--denied takes it in"));
    run_free(&r);
}

/* From a file, and from the mock that runs. */
static void what_nobody_signed_takes_no_policy(void **state)
{
    (void)state;
    struct run r = RUN("exec", "--quiet", "--journal", "real.jsonl", "--", "sh", "-c",
                       CURL URL "/nobody; " CURL
                                "-d '{\"Name\":\"x\"}' -H 'X-TC-Action: GetFederationToken' "
                                "http://sts.tencentcloudapi.com/; exit 0");
    assert_int_equal(r.status, 0);
    run_free(&r);
    r = RUN("policy", "suggest", "real.jsonl");
    assert_int_equal(r.status, 1);
    assert_non_null(strstr(cos_buf_cstr(&r.complaints), "nothing that takes a policy"));
    run_free(&r);
    r = RUN("exec", "--quiet", "--", "sh", "-c", "\"$0\" policy suggest --json; test $? = 1",
            program);
    assert_int_equal(r.status, 0);
    assert_non_null(strstr(cos_buf_cstr(&r.complaints), "nothing that takes a policy"));
    run_free(&r);
}

static void terraform_reads_it_as_it_is(void **state)
{
    (void)state;
    write_file("dollar.jsonl", ENTRY("name/cos:PutObject", "${a}/%{b}", "true"));
    struct run r = RUN("policy", "suggest", "--form", "terraform", "dollar.jsonl");
    assert_int_equal(r.status, 0);
    assert_int_equal(strncmp(cos_buf_cstr(&r.text),
                             "resource \"tencentcloud_cam_policy\" \"suggested\" {\n", 49),
                     0);
    /* HCL: "$${" and "%%{" are "${" and "%{" in a template */
    assert_non_null(strstr(cos_buf_cstr(&r.text), POLICY_AT "$${a}/%%{b}\""));
    assert_non_null(strstr(cos_buf_cstr(&r.text), "\n  EOT\n}\n"));
    run_free(&r);
}

static void json_has_the_policy_and_its_proof(void **state)
{
    (void)state;
    write_file("j.jsonl", ENTRY("name/cos:PutObject", "a", "true"));
    write_file("old.json", "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\","
                           "\"action\":[\"name/cos:PutObject\",\"name/cos:DeleteObject\"],"
                           "\"resource\":[\"" POLICY_AT "*\"]}]}");
    struct run r = RUN("policy", "suggest", "--json", "--old", "old.json", "j.jsonl");
    assert_int_equal(r.status, 0);
    struct cos_json *doc = parse_json(cos_buf_view(&r.text));
    int64_t n = 0;
    assert_string_equal(json_text(cos_json_get(doc, "policy"), "version"), "2.0");
    assert_true(cos_json_i64(cos_json_get(doc, "allowed"), &n));
    assert_int_equal(n, 1);
    assert_string_equal(cos_json_str(cos_json_first(cos_json_get(doc, "unused"))),
                        "statement 0: action name/cos:DeleteObject was never used");
    cos_json_free(doc);
    run_free(&r);
}

static void what_cannot_be_read_ends_with_2(void **state)
{
    static const struct {
        const char *argv[8], *says;
    } rows[] = {
        {{"cosmock", "policy", "suggest", "no.jsonl", NULL}, "no.jsonl: No such"},
        {{"cosmock", "policy", "suggest", "bad.jsonl", NULL}, "bad.jsonl:2:"},
        {{"cosmock", "policy", "suggest", "--form", "sts", "j.jsonl", NULL},
         "session, user or terraform"},
        {{"cosmock", "policy", "suggest", "--old", "bad.jsonl", "j.jsonl", NULL}, "bad.jsonl:"},
    };
    (void)state;
    write_file("bad.jsonl", "{}\n{\n");
    write_file("j.jsonl", ENTRY("name/cos:PutObject", "a", "true"));
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct run r = run_program(program, rows[i].argv);
        if (r.status != 2 || strstr(cos_buf_cstr(&r.complaints), rows[i].says) == NULL) {
            fail_msg("row %zu: status %d: %s", i, r.status, cos_buf_cstr(&r.complaints));
        }
        run_free(&r);
    }
}

int main(int argc, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_denied_is_allowed_by_what_is_suggested),
        cmocka_unit_test(what_was_denied_is_left_out_unless_it_is_asked_for),
        cmocka_unit_test(what_nobody_signed_takes_no_policy),
        cmocka_unit_test(terraform_reads_it_as_it_is),
        cmocka_unit_test(json_has_the_policy_and_its_proof),
        cmocka_unit_test(what_cannot_be_read_ends_with_2),
    };
    return program_from(argc, argv) ? cmocka_run_group_tests(tests, enter, leave) : 2;
}
