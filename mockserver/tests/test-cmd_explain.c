/* SPDX-License-Identifier: Apache-2.0 */
/* cosmock explain: of a world, and of a mock that runs. */
#include "program.h"
#include "scratch.h"

#include <signal.h>

#define RESOURCE "qcs::cos:ap-guangzhou:uid/1250000000:examplebucket-1250000000/x"
#define READER "100000000011"

static void people_read_lines_and_programs_json(void **state)
{
    struct run text = RUN("explain", "--uin", READER, "name/cos:PutObject", RESOURCE);
    struct run json = RUN("explain", "--json", "--uin", READER, "name/cos:PutObject", RESOURCE);
    assert_int_equal(text.status, 0);
    assert_int_equal(json.status, 0);
    struct cos_json *doc = parse_json(cos_buf_view(&json.text));
    assert_string_equal(json_text(doc, "verdict"), "deny");
    assert_memory_equal(cos_buf_cstr(&text.text), "verdict    deny\nbecause    uin " READER,
                        42);
    assert_non_null(strstr(cos_buf_cstr(&text.text), json_text(doc, "why")));
    cos_json_free(doc);
    run_free(&text);
    run_free(&json);
}

static void what_is_no_question_ends_with_2(void **state)
{
    static const struct {
        const char *argv[9];
        const char *says;
    } rows[] = {
        {{"cosmock", "explain", "PutObject", RESOURCE, NULL},
         "must be [name/]<service>:<action>, such as name/cos:PutObject"},
        {{"cosmock", "explain", "--uin", "1", "--secret-id", "2", "name/cos:PutObject",
          RESOURCE, NULL},
         "give --uin or --secret-id, not both"},
        {{"cosmock", "explain", "--world", "w", "--control", "http://[::1]:1",
          "name/cos:PutObject", RESOURCE, NULL},
         "--world is for a mock that does not run"},
        {{"cosmock", "explain", "--context", "prefix", "name/cos:PutObject", RESOURCE, NULL},
         "must be <condition key>=<value>"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct run r = run_program(program, rows[i].argv);
        if (r.status != 2 || strstr(cos_buf_cstr(&r.complaints), rows[i].says) == NULL) {
            fail_msg("row %zu: %d %s", i, r.status, cos_buf_cstr(&r.complaints));
        }
        run_free(&r);
    }
}

/* The same words of the same world, whichever way they come. */
static void a_mock_that_runs_explains_the_same(void **state)
{
    struct scratch dir;
    scratch_enter(&dir);
    struct run mock = START("serve", "--ready-file", "ready.json");
    cos_json_free(read_ready(&mock));
    struct run here = RUN("explain", "--uin", READER, "--context", "cos:prefix=a&b", "--json",
                          "name/cos:GetBucket", RESOURCE);
    struct run there =
        RUN("explain", "--ready-file", "ready.json", "--uin", READER, "--context",
            "cos:prefix=a&b", "--json", "name/cos:GetBucket", RESOURCE);
    struct run wrong = RUN("explain", "--ready-file", "ready.json", "--uin", "7",
                           "name/cos:GetBucket", RESOURCE);
    assert_int_equal(kill(mock.pid, SIGTERM), 0);
    finish(&mock);
    assert_int_equal(there.status, 0);
    assert_string_equal(cos_buf_cstr(&there.text), cos_buf_cstr(&here.text));
    assert_int_equal(wrong.status, 1);
    assert_non_null(strstr(cos_buf_cstr(&wrong.complaints), "no account or user with uin '7'"));
    run_free(&here);
    run_free(&there);
    run_free(&wrong);
    run_free(&mock);
    scratch_remove(&dir);
}

int main(int argc, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(people_read_lines_and_programs_json),
        cmocka_unit_test(what_is_no_question_ends_with_2),
        cmocka_unit_test(a_mock_that_runs_explains_the_same),
    };

    return program_from(argc, argv) ? cmocka_run_group_tests(tests, NULL, NULL) : 2;
}
