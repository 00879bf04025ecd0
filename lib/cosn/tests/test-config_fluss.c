/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The line mode. Each row's right side is what GlobalConfiguration.java:168-201 does with the left one: cut at the first '#',
 * trim, split at the first ": ", trim both, skip with a warning what is no pair.
 */
#include "check.h"

#include "cosn/config.h"

static struct cosn_config *load(const char *text)
{
    struct cosn_config *config = NULL;
    struct cosn_error err = COSN_ERROR_INIT;
    assert_int_equal(cosn_config_new(&config, &err), 0);
    if (cosn_config_load_text(config, text, strlen(text), "server.yaml", COSN_CONFIG_FLUSS,
                              &err) < 0) {
        fail_msg("%s", err.message);
    }
    return config;
}

static void collect(void *ctx, const char *sentence)
{
    strncat(ctx, sentence, 2000);
    strncat(ctx, "\n", 2);
}

static void lines_read_as_fluss_reads_them(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text, *key, *value;
    } rows[] = {
        {"plain", "a.b: c", "a.b", "c"},
        {"uri keeps its colon", "remote.data.dir: cosn://b-1/p", "remote.data.dir",
         "cosn://b-1/p"},
        {"only the first separator splits", "a: b: c: d", "a", "b: c: d"},
        {"json stays a string", "p: {\"version\":\"2.0\",\"x\": [1, 2]}", "p",
         "{\"version\":\"2.0\",\"x\": [1, 2]}"},
        {"quotes stay", "a: 'b'", "a", "'b'"},
        {"blanks are trimmed", "  a  :  b \t", "a", "b"},
        {"control bytes are trimmed too", "a: \x01 b\x1f", "a", "b"},
        {"no-break space is not", "a: b\xc2\xa0", "a", "b\xc2\xa0"},
        {"trailing comment", "a: b # c", "a", "b"},
        {"comment cuts a word", "a: b#c", "a", "b"},
        {"comment before the separator", "a# : b", "a", NULL},
        {"whole-line comment", "# a: b", "a", NULL},
        {"no blank after the colon", "a:b", "a", NULL},
        {"tab is no separator", "a:\tb", "a", NULL},
        {"empty value", "a: ", "a", NULL},
        {"empty value behind a comment", "a: # b", "a", NULL},
        {"empty key", ": b", "", NULL},
        {"last of two wins", "a: 1\na: 2", "a", "2"},
        {"carriage return ends a line", "x: 1\ra: 2", "a", "2"},
        {"crlf", "x: 1\r\na: 2\r\n", "a", "2"},
        {"no line end at the end", "x: 1\na: 2", "a", "2"},
        {"indentation means nothing", "x: 1\n  a: 2", "a", "2"},
        {"list item is just a key", "- a: 2", "- a", "2"},
        {"byte order mark sticks to the key",
         "\xef\xbb\xbf"
         "a: 2",
         "a", NULL},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cosn_config *config = load(rows[i].text);
        const char *got = cosn_config_get(config, rows[i].key);
        CHECK_ROW(rows[i].name, (got == NULL) == (rows[i].value == NULL));
        CHECK_ROW(rows[i].name, got == NULL || strcmp(got, rows[i].value) == 0);
        config = cosn_config_free(config);
    }
}

/* The sample of the documentation page, with values filled in. */
static void the_sample_of_the_page_loads(void **state)
{
    (void)state;
    struct cosn_config *config =
        load("# The dir that used to be as the remote storage of Fluss\n"
             "remote.data.dir: cosn://examplebucket-1250000000/path/to/remote/storage\n"
             "# COS endpoint suffix, such as: cos.ap-guangzhou.myqcloud.com\n"
             "fs.cosn.bucket.endpoint_suffix: cos.ap-guangzhou.myqcloud.com\n"
             "# COS region, such as: ap-guangzhou\n"
             "fs.cosn.userinfo.region: ap-guangzhou\n"
             "\n"
             "# Authentication (choose one option below)\n"
             "\n"
             "# Option 1: Direct credentials\n"
             "# Tencent Cloud secret id\n"
             "fs.cosn.userinfo.secretId: AKIDEXAMPLE\n"
             "# Tencent Cloud secret key\n"
             "fs.cosn.userinfo.secretKey: s3cr+t/=\n");
    assert_string_equal(cosn_config_get(config, "remote.data.dir"),
                        "cosn://examplebucket-1250000000/path/to/remote/storage");
    assert_string_equal(cosn_config_get(config, "fs.cosn.userinfo.secretKey"), "s3cr+t/=");
    assert_string_equal(cosn_config_origin(config, "fs.cosn.userinfo.region"), "server.yaml:6");
    config = cosn_config_free(config);
}

static void odd_lines_are_warned_about_without_their_values(void **state)
{
    (void)state;
    struct cosn_config *config =
        load("nonsense SECRETCANARY\nfs.cosn.userinfo.secretKey: SECRET#CANARY\nq: \"x\"\n"
             "empty: \n");
    char all[8192] = "";
    cosn_config_each_warning(config, collect, all);
    CHECK_HOLDS(all, "server.yaml:1: skipped, the line is not a key-value pair");
    CHECK_HOLDS(all,
                "server.yaml:2: the value of 'fs.cosn.userinfo.secretKey' is cut at a '#'");
    CHECK_HOLDS(all, "server.yaml:3: the quotes around 'q'");
    CHECK_HOLDS(all, "server.yaml:4: skipped");
    assert_null(strstr(all, "CANARY"));
    config = cosn_config_free(config);
}

static void a_nul_byte_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    struct cosn_config *config = load("a: 1");
    struct cosn_error err = COSN_ERROR_INIT;
    assert_int_equal(cosn_config_load_text(config, "a: 2\nb: 3\0\n", 11, "x", COSN_CONFIG_FLUSS,
                                           &err),
                     COSN_E_INVALID);
    CHECK_HOLDS(err.message, "x:2");
    assert_string_equal(cosn_config_get(config, "a"), "1");
    assert_null(cosn_config_get(config, "b"));
    config = cosn_config_free(config);
}

static bool attempt(void)
{
    struct cosn_config *config = NULL;
    bool ok = cosn_config_new(&config, NULL) == 0 &&
              cosn_config_load_text(config, "a: 1\nbad\nb: '2'", 15, "x", COSN_CONFIG_AUTO,
                                    NULL) == 0;
    config = cosn_config_free(config);
    return ok;
}

static void running_out_of_memory_is_reported(void **state)
{
    (void)state;
    torture(attempt);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_read_as_fluss_reads_them),
        cmocka_unit_test(the_sample_of_the_page_loads),
        cmocka_unit_test(odd_lines_are_warned_about_without_their_values),
        cmocka_unit_test(a_nul_byte_is_refused_and_changes_nothing),
        cmocka_unit_test(running_out_of_memory_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
