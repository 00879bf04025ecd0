/* SPDX-License-Identifier: Apache-2.0 */
/* cosmock policy diff and matrix from outside: what they print and how they end. */
#include "program.h"
#include "scratch.h"

#include "cosbase/file.h"

#define AT "qcs::cos:ap-guangzhou:uid/1250000000:b-1250000000/"
static const char reader[] =
    "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":"
    "[\"name/cos:GetObject\",\"name/cos:GetBucket\",\"name/cos:GetService\"],"
    "\"resource\":[\"" AT
    "public/*\"]},{\"effect\":\"allow\",\"action\":\"name/cos:PutObject\","
    "\"resource\":\"" AT "in/*\",\"condition\":{\"string_equal\":{\"cos:x-cos-acl\":"
    "\"private\"}}},{\"effect\":\"deny\",\"action\":\"*\",\"resource\":\"" AT
    "public/secret/*\"}]}";
static const char wider[] =
    "{\"version\":\"2.0\",\"statement\":{\"effect\":\"allow\",\"action\":"
    "[\"name/cos:GetObject\"],\"resource\":[\"" AT "*\"]}}";

static struct scratch scratch;

static int enter(void **state)
{
    (void)state;
    scratch_enter(&scratch);
    assert_int_equal(cos_file_write("reader.json", COS_SPAN_LIT(reader), 0600), 0);
    assert_int_equal(cos_file_write("wider.json", COS_SPAN_LIT(wider), 0600), 0);
    return 0;
}

static int leave(void **state)
{
    (void)state;
    scratch_remove(&scratch);
    return 0;
}

static void a_policy_is_like_itself(void **state)
{
    (void)state;
    struct run r = RUN("policy", "diff", "reader.json", "reader.json");
    assert_int_equal(r.status, 0);
    assert_string_equal(cos_buf_cstr(&r.text), "no difference\n");
    run_free(&r);
}

static void a_difference_ends_with_1(void **state)
{
    (void)state;
    struct run r = RUN("policy", "diff", "--json", "reader.json", "wider.json");
    assert_int_equal(r.status, 1);
    struct cos_json *doc = parse_json(cos_buf_view(&r.text));
    assert_false(cos_json_bool(cos_json_get(doc, "same"), true));
    assert_true(cos_json_bool(cos_json_get(doc, "exact"), false));
    bool is_there = false;
    for (const struct cos_json *c = cos_json_first(cos_json_get(doc, "changes")); c != NULL;
         c = cos_json_next(c)) {
        const struct cos_json *acl = cos_json_get(cos_json_get(c, "context"), "cos:x-cos-acl");
        is_there = is_there || (strcmp(json_text(c, "was"), "allow") == 0 &&
                                strcmp(json_text(c, "is"), "silent") == 0 &&
                                strcmp(json_text(c, "resource"), AT "in/") == 0 &&
                                strcmp(cos_json_str(cos_json_first(acl)), "private") == 0);
    }
    assert_true(is_there);
    cos_json_free(doc);
    run_free(&r);
}

static void what_cannot_be_compared_ends_with_2(void **state)
{
    static const struct {
        const char *argv[8], *says;
    } rows[] = {
        {{"cosmock", "policy", "diff", "reader.json", NULL}, "NEW"},
        {{"cosmock", "policy", "diff", "reader.json", "no.json", NULL}, "no.json: No such"},
        {{"cosmock", "policy", "diff", "--as", "trust", "reader.json", "reader.json", NULL},
         "identity, session, boundary or bucket"},
        {{"cosmock", "policy", "diff", "--as", "bucket", "reader.json", "reader.json", NULL},
         "reader.json:1:31: statement 0: missing element 'principal'"},
        {{"cosmock", "policy", "matrix", "no.json", NULL}, "no.json: No such"},
    };
    (void)state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct run r = run_program(program, rows[i].argv);
        if (r.status != 2 || strstr(cos_buf_cstr(&r.complaints), rows[i].says) == NULL) {
            fail_msg("row %zu: status %d: %s", i, r.status, cos_buf_cstr(&r.complaints));
        }
        run_free(&r);
    }
}

/* By hand: what reader.json says of each prefix. GetService needs "*", so it has no row; what
 * sts gives without a grant is none of the policy's doing. */
static void a_matrix_has_a_row_for_what_is_allowed(void **state)
{
    (void)state;
    struct run r = RUN("policy", "matrix", "reader.json", "--prefix",
                       "b-1250000000/public/secret/x/", "--prefix", "b-1250000000/out/");
    assert_int_equal(r.status, 0);
    assert_string_equal(cos_buf_cstr(&r.text),
                        "[1] b-1250000000/\n"
                        "[2] b-1250000000/public/\n"
                        "[3] b-1250000000/in/\n"
                        "[4] b-1250000000/public/secret/\n"
                        "[5] b-1250000000/public/secret/x/\n"
                        "[6] b-1250000000/out/\n"
                        "[7] *\n"
                        "action         [1]   [2]   [3]   [4]   [5]   [6]   [7] \n"
                        "cos:GetBucket  part  part  -     -     -     -     part\n"
                        "cos:GetObject  part  part  -     -     -     -     part\n"
                        "cos:PutObject  part  -     if    -     -     -     part\n");
    run_free(&r);
}

/* Session and bucket count, too. */
static void a_matrix_is_of_all_that_judges(void **state)
{
    (void)state;
    struct run r = RUN("policy", "matrix", "--json", "wider.json", "--session", "reader.json");
    assert_int_equal(r.status, 0);
    struct cos_json *doc = parse_json(cos_buf_view(&r.text));
    const struct cos_json *row = NULL;
    for (const struct cos_json *n = cos_json_first(cos_json_get(doc, "rows")); n != NULL;
         n = cos_json_next(n)) {
        row = strcmp(json_text(n, "action"), "cos:GetObject") == 0 ? n : row;
    }
    const struct cos_json *below = cos_json_get(row, "below");
    assert_string_equal(json_text(below, "b-1250000000/public/"), "part");
    assert_string_equal(json_text(below, "b-1250000000/public/secret/"), "no");
    assert_string_equal(json_text(below, "b-1250000000/in/"), "no");
    cos_json_free(doc);
    run_free(&r);
}

int main(int argc, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_policy_is_like_itself),
        cmocka_unit_test(a_difference_ends_with_1),
        cmocka_unit_test(what_cannot_be_compared_ends_with_2),
        cmocka_unit_test(a_matrix_has_a_row_for_what_is_allowed),
        cmocka_unit_test(a_matrix_is_of_all_that_judges),
    };
    return program_from(argc, argv) ? cmocka_run_group_tests(tests, enter, leave) : 2;
}
