/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The line mode. Each row's right side is what GlobalConfiguration.java:168-201 does with the
 * left one: cut at the first '#', trim, split at the first ": ", trim both, skip with a warning
 * what is no pair.
 */
#include "world.h"

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

/* Read as Fluss reads it, but not in silence. */
static void what_nobody_sees_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text, *says; /* NULL: nothing to say */
    } rows[] = {
        {"plain", "a: b", NULL},
        {"other scripts are fine", "a: \xe4\xb8\xad\xe6\x96\x87 \xc3\xa9", NULL},
        {"crlf is fine", "a: b\r\nc: d\r\n", NULL},
        {"blanks around are fine", "\ta :  b \t", NULL},
        {"byte order mark",
         "\xef\xbb\xbf"
         "a: b",
         "t:1: the key"},
        {"byte order mark",
         "\xef\xbb\xbf"
         "a: b",
         "a byte order mark (U+FEFF)"},
        {"byte order mark before a comment", "\xef\xbb\xbf# x\na: b", "a byte order mark"},
        {"no-break space behind", "x: y\na: b\xc2\xa0", "t:2: the value of 'a'"},
        {"no-break space behind", "a: b\xc2\xa0", "a no-break space (U+00A0)"},
        {"no-break space in front",
         "a: \xc2\xa0"
         "b",
         "U+00A0"},
        {"no-break space instead",
         "a:\xc2\xa0"
         "b",
         "t:1: skipped"},
        {"no-break space instead",
         "a:\xc2\xa0"
         "b",
         "U+00A0"},
        {"no-break space in a key", "a\xc2\xa0: b", "another key"},
        {"ideographic space", "a: b\xe3\x80\x80", "an ideographic space (U+3000)"},
        {"zero-width space",
         "a: b\xe2\x80\x8b"
         "c",
         "a zero-width space (U+200B)"},
        {"joiner", "a: b\xe2\x80\x8d", "U+200D"},
        {"direction",
         "a: \xe2\x80\xae"
         "b",
         "a direction mark (U+202E)"},
        {"soft hyphen",
         "a: b\xc2\xad"
         "c",
         "a soft hyphen (U+00AD)"},
        {"narrow space", "a: b\xe2\x80\xaf", "U+202F"},
        {"line separator", "a: b\xe2\x80\xa8", "U+2028"},
        {"next line", "a: b\xc2\x85", "a control character (U+0085)"},
        {"tab inside", "a: b\tc", "a tab (U+0009)"},
        {"delete", "a: b\x7f", "U+007F"},
        {"escape", "a: b\x1b[0m", "U+001B"},
        {"Latin-1", "a: caf\xe9", "not UTF-8 (0xE9)"},
        {"in a comment it does not matter", "a: b # \xc2\xa0", NULL},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cosn_config *config = NULL;
        char warnings[4096] = "";
        assert_int_equal(cosn_config_new(&config, NULL), 0);
        assert_int_equal(cosn_config_load_text(config, rows[i].text, strlen(rows[i].text), "t",
                                               COSN_CONFIG_FLUSS, NULL),
                         0);
        cosn_config_each_warning(config, collect, warnings);
        if (rows[i].says == NULL) {
            CHECK_ROW(rows[i].name, strstr(warnings, "holds") == NULL);
        } else {
            CHECK_HOLDS(warnings, rows[i].says);
        }
        config = cosn_config_free(config);
    }
}

/* The same marks in the other two notations. */
static void what_nobody_sees_is_named_in_every_mode(void **state)
{
    (void)state;
    static const struct {
        enum cosn_config_mode mode;
        const char *text;
    } rows[] = {
        {COSN_CONFIG_STRICT, "x: y\na: b\xc2\xa0\n"},
        {COSN_CONFIG_STRICT, "x: y\n\"a\": \"b\\u00a0\"\n"},
        {COSN_CONFIG_CORE_SITE, "<configuration>\n<property><name>a</name>"
                                "<value>b&#xA0;</value></property></configuration>"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cosn_config *config = NULL;
        char warnings[4096] = "";
        assert_int_equal(cosn_config_new(&config, NULL), 0);
        assert_int_equal(cosn_config_load_text(config, rows[i].text, strlen(rows[i].text), "t",
                                               rows[i].mode, NULL),
                         0);
        cosn_config_each_warning(config, collect, warnings);
        CHECK_HOLDS(warnings, "t:2: the value of 'a' holds a no-break space");
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
        cmocka_unit_test(what_nobody_sees_is_named),
        cmocka_unit_test(what_nobody_sees_is_named_in_every_mode),
        cmocka_unit_test(the_sample_of_the_page_loads),
        cmocka_unit_test(odd_lines_are_warned_about_without_their_values),
        cmocka_unit_test(a_nul_byte_is_refused_and_changes_nothing),
        cmocka_unit_test(running_out_of_memory_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
