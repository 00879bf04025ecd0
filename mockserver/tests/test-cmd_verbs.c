/* SPDX-License-Identifier: Apache-2.0 */
/* cosmock from outside: bad input, help and tables. */
#include "program.h"

static void bad_input_is_named_and_ends_with_2(void **state)
{
    static const struct {
        const char *argv[6];
        const char *says;
    } cases[] = {
        {{"cosmock", NULL}, "usage"},
        {{"cosmock", "sevre", NULL}, "unknown verb 'sevre'; did you mean 'serve'?"},
        {{"cosmock", "serve", "--prt", "1", NULL}, "did you mean '--port'?"},
        {{"cosmock", "serve", "--journal", "x", NULL}, "is an option of 'cosmock exec'"},
        {{"cosmock", "serve", "--port", NULL}, "--port N"},
        {{"cosmock", "serve", "--port", "65536", NULL}, "65535"},
        {{"cosmock", "serve", "--port=x", NULL}, "whole number"},
        {{"cosmock", "serve", "--memory-limit", "7", NULL}, "--memory-limit"},
        {{"cosmock", "exec", "--memory-limit=much", "true", NULL}, "--memory-limit"},
        {{"cosmock", "serve", "extra", NULL}, "extra"},
        {{"cosmock", "serve", "--address", "somewhere.example", NULL}, "numeric"},
        {{"cosmock", "serve", "--switch", "nonsense", NULL}, "NAME=VALUE"},
        {{"cosmock", "serve", "--switch", "nosuch=1", NULL}, "nosuch"},
        {{"cosmock", "serve", "--world", "/nonexistent.yaml", NULL}, "/nonexistent.yaml"},
        {{"cosmock", "exec", NULL}, "COMMAND"},
        {{"cosmock", "help", "exce", NULL}, "did you mean 'exec'?"},
        {{"cosmock", "exec", "--quiet=1", "true", NULL}, "--quiet"},
        {{"cosmock", "explain", NULL}, "REQUEST-ID"},
        {{"cosmock", "world", "/nonexistent.yaml", NULL}, "/nonexistent.yaml"},
    };

    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        struct run r = run_program(program, cases[i].argv);

        if (r.status != 2 || strstr(cos_buf_cstr(&r.complaints), cases[i].says) == NULL ||
            r.text.len != 0) {
            fail_msg("row %zu: status %d: %s%s", i, r.status, cos_buf_cstr(&r.text),
                     cos_buf_cstr(&r.complaints));
        }
        run_free(&r);
    }
}

/* CAM would take the policy, so the world is good. */
static void a_misspelt_action_in_a_world_is_a_warning(void **state)
{
    static const char world[] =
        "accounts:\n  - {uin: '1', appid: '11', policies: [readers]}\n"
        "policies:\n  readers: '{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\","
        "\"action\":\"name/cos:GetObjet\",\"resource\":\"*\"}]}'\n";
    char path[] = "/tmp/cosmock-test-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0 && write(fd, world, strlen(world)) == (ssize_t)strlen(world));
    (void)close(fd);
    struct run r = RUN("world", path);
    assert_int_equal(r.status, 0);
    assert_non_null(
        strstr(cos_buf_cstr(&r.complaints), "cosmock: warning: /tmp/cosmock-test-"));
    assert_non_null(strstr(cos_buf_cstr(&r.complaints),
                           ":4: statement 0 of policy 'readers': no known action is called "
                           "'cos:GetObjet'; the nearest is cos:GetObject\n"));
    assert_non_null(strstr(cos_buf_cstr(&r.text), ": good\n"));
    run_free(&r);
    (void)unlink(path);
}

static void every_verb_teaches(void **state)
{
    static const char *const verbs[][2] = {
        {"serve"},
        {"exec"},
        {"snapshot"},
        {"restore"},
        {"explain"},
        {"world"},
        {"ops"},
        {"switches"},
        {"data", "check"},
        {"data", "compact"},
        {"data", "info"},
        {"policy", "eval"},
        {"policy", "lint"},
        {"policy", "matrix"},
        {"policy", "diff"},
        {"policy", "suggest"},
    };

    for (size_t i = 0; i < COS_ARRAY_LEN(verbs); i++) {
        const char *const *words = verbs[i];
        const char *last = words[1] == NULL ? "--help" : words[1];
        struct run r = RUN(words[0], last, words[1] == NULL ? NULL : "--help");
        struct run same = RUN("help", words[0], words[1]);

        if (r.status != 0 || strncmp(cos_buf_cstr(&r.text), "usage: cosmock ", 15) != 0 ||
            strstr(cos_buf_cstr(&r.text), "\n  cosmock ") == NULL) {
            fail_msg("%s %s: status %d", words[0], last, r.status);
        }
        assert_string_equal(cos_buf_cstr(&same.text), cos_buf_cstr(&r.text));
        run_free(&r);
        run_free(&same);
    }
}

static void tables_are_printed(void **state)
{
    static const struct {
        const char *verb, *says;
    } cases[] = {{"ops", "PutObject"},
                 {"switches", "temp-key-without-token"},
                 {"version", "cosmock "},
                 {"world", "accounts:\n"}};

    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        struct run r = RUN(cases[i].verb);

        assert_int_equal(r.status, 0);
        assert_non_null(strstr(cos_buf_cstr(&r.text), cases[i].says));
        run_free(&r);
    }
}

static void the_operations_are_printed_as_json(void **state)
{
    struct run r = RUN("ops", "--json");

    assert_int_equal(r.status, 0);
    assert_memory_equal(cos_buf_cstr(&r.text), "[{\"operation\":\"GetService\"", 26);
    assert_non_null(strstr(cos_buf_cstr(&r.text), "\"operation\":\"PutObject\""));
    assert_string_equal(cos_buf_cstr(&r.text) + r.text.len - 3, "}]\n");
    run_free(&r);
}

int main(int argc, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_input_is_named_and_ends_with_2),
        cmocka_unit_test(a_misspelt_action_in_a_world_is_a_warning),
        cmocka_unit_test(every_verb_teaches),
        cmocka_unit_test(tables_are_printed),
        cmocka_unit_test(the_operations_are_printed_as_json),
    };

    return program_from(argc, argv) ? cmocka_run_group_tests(tests, NULL, NULL) : 2;
}
