/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log lines: no registered secret passes, however it stands in the line, and no input forges a line.
 */
#include "check.h"
#include "cosbase/log.h"

struct sink {
    char line[256];
    enum cos_log_level level;
    int n;
};

static void write_to_sink(void *ctx, enum cos_log_level level, const char *area,
                          const char *line)
{
    struct sink *s = ctx;
    assert_string_equal(area, "area");
    (void)snprintf(s->line, sizeof(s->line), "%s", line);
    s->level = level;
    s->n++;
}

static void secrets_are_replaced_by_their_hints(void **state)
{
    static const struct {
        const char *in, *out;
    } rows[] = {
        {"key=AKIDabcdefgh.", "key=AKID\xe2\x80\xa6."},
        {"AKIDabcdefgh", "AKID\xe2\x80\xa6"},
        {"AKIDabcdefghAKIDabcdefgh", "AKID\xe2\x80\xa6"
                                     "AKID\xe2\x80\xa6"},
        {"AKIDabcdefgX", "AKIDabcdefgX"},
        {"AKIDAKIDabcdefgh", "AKIDAKID\xe2\x80\xa6"},
        {"the longer AKIDabcdefgh-and-more", "the longer AKID\xe2\x80\xa6"},
        {"zzzzzzzz", "zzzz\xe2\x80\xa6"},
        {"zzzzzzzzz", "zzzz\xe2\x80\xa6z"},
        {"AKIDabc", "AKIDabc"},
        {"short", "short"},
        {"", ""},
    };
    struct cos_redactor *r = cos_redactor_new();
    assert_int_equal(cos_redactor_add(r, COS_SPAN_LIT("AKIDabcdefgh")), 0);
    assert_int_equal(cos_redactor_add(r, COS_SPAN_LIT("AKIDabcdefgh-and-more")), 0);
    assert_int_equal(cos_redactor_add(r, COS_SPAN_LIT("zzzzzzzz")), 0);
    assert_int_equal(cos_redactor_add(r, COS_SPAN_LIT("short")), 0);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        COS_CLEANUP(cos_buf_deinit) struct cos_buf out;
        cos_buf_init(&out, 1000);
        cos_redact(r, &out, cos_span_of(rows[i].in));
        assert_string_equal(cos_buf_cstr(&out), rows[i].out);
    }
    assert_null(cos_redactor_free(r));
}

static void thousands_of_secrets_all_are_found(void **state)
{
    char secret[32];
    struct cos_redactor *r = cos_redactor_new();
    for (int i = 0; i < 3000; i++) {
        (void)snprintf(secret, sizeof(secret), "token-%06d", i * 7919 % 3000);
        assert_int_equal(cos_redactor_add(r, cos_span_of(secret)), 0);
        assert_int_equal(cos_redactor_add(r, cos_span_of(secret)), 0);
    }
    for (int i = 0; i < 3000; i++) {
        COS_CLEANUP(cos_buf_deinit) struct cos_buf out;
        cos_buf_init(&out, 100);
        (void)snprintf(secret, sizeof(secret), "token-%06d", i);
        cos_redact(r, &out, cos_span_of(secret));
        assert_string_equal(cos_buf_cstr(&out), "toke\xe2\x80\xa6");
    }
    (void)cos_redactor_free(r);
}

static void no_redactor_copies(void **state)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf out;
    cos_buf_init(&out, 100);
    cos_redact(NULL, &out, COS_SPAN_LIT("as it is"));
    assert_string_equal(cos_buf_cstr(&out), "as it is");
}

static void a_log_scrubs_what_its_arguments_carry(void **state)
{
    struct sink sink = {0};
    struct cos_redactor *r = cos_redactor_new();
    struct cos_log log = {write_to_sink, &sink, COS_LOG_INFO, r};
    assert_int_equal(cos_redactor_add(r, COS_SPAN_LIT("verysecretvalue")), 0);
    cos_log_write(&log, COS_LOG_WARN, "area", "%s %s%s", "got", "verysecret", "value");
    assert_string_equal(sink.line, "got very\xe2\x80\xa6");
    assert_int_equal(sink.level, COS_LOG_WARN);
    (void)cos_redactor_free(r);
}

static void levels_above_the_maximum_are_silent(void **state)
{
    struct sink sink = {0};
    struct cos_log log = {write_to_sink, &sink, COS_LOG_INFO, NULL};
    cos_log_write(&log, COS_LOG_INFO, "area", "heard");
    cos_log_write(&log, COS_LOG_DEBUG, "area", "unheard");
    assert_int_equal(sink.n, 1);
    cos_log_write(NULL, COS_LOG_ERROR, "area", "unheard");
    cos_log_write(&(struct cos_log){0}, COS_LOG_ERROR, "area", "unheard");
}

static void control_characters_forge_no_lines(void **state)
{
    struct sink sink = {0};
    struct cos_log log = {write_to_sink, &sink, COS_LOG_INFO, NULL};
    cos_log_write(&log, COS_LOG_INFO, "area", "a\nb\r\x1b[2J\tc%c", 0x7f);
    assert_string_equal(sink.line, "a b??[2J c?");
}

static void a_line_too_long_is_dropped_whole(void **state)
{
    struct sink sink = {0};
    struct cos_log log = {write_to_sink, &sink, COS_LOG_INFO, NULL};
    char *text = cos_malloc(100001);
    memset(text, 'x', 100000);
    text[100000] = '\0';
    cos_log_write(&log, COS_LOG_INFO, "area", "%s", text);
    assert_string_equal(sink.line, "a log line was dropped: too long or out of memory");
    cos_free(text);
}

static void a_file_gets_time_level_and_area(void **state)
{
    char *text = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&text, &n);
    assert_non_null(f);
    cos_log_to_file(f, COS_LOG_WARN, "token", "replaced");
    assert_int_equal(fclose(f), 0);
    assert_int_equal(n, 24 + strlen(" WARN token: replaced\n"));
    assert_string_equal(text + 23, "Z WARN token: replaced\n");
    free(text);
}

static bool register_some(void)
{
    struct cos_redactor *r = cos_redactor_new();
    bool ok = r != NULL;
    for (char c = 'a'; ok && c < 'u'; c++) {
        char secret[9] = {c, c, c, c, c, c, c, c, c};
        ok = cos_redactor_add(r, cos_span_make(secret, sizeof(secret))) == 0;
    }
    (void)cos_redactor_free(r);
    return ok;
}

static void failed_allocations_are_reported(void **state)
{
    assert_true(torture(register_some) > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(secrets_are_replaced_by_their_hints),
        cmocka_unit_test(thousands_of_secrets_all_are_found),
        cmocka_unit_test(no_redactor_copies),
        cmocka_unit_test(a_log_scrubs_what_its_arguments_carry),
        cmocka_unit_test(levels_above_the_maximum_are_silent),
        cmocka_unit_test(control_characters_forge_no_lines),
        cmocka_unit_test(a_line_too_long_is_dropped_whole),
        cmocka_unit_test(a_file_gets_time_level_and_area),
        cmocka_unit_test(failed_allocations_are_reported),
    };
    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
