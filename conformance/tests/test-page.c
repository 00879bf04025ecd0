/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page that is certified, its sentences, and the requirements that certify them. argv: the
 * page.
 */
#include "catalogue.h"
#include "sentence.h"

#include "cosbase/digest.h"
#include "cosbase/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MAX_SENTENCES 500

static const char *page_path;
static struct catalogue catalogue;

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\t';
}

static struct cos_span skip_blanks(struct cos_span s)
{
    while (s.len > 0 && is_blank(s.ptr[0])) {
        s = cos_span_from(s, 1);
    }
    return s;
}

/*
 * Take @sentence from the front of @page; a blank of one is any run of blanks of the other.
 * False when another text stands there.
 */
static bool take_sentence(struct cos_span *page, struct cos_span sentence)
{
    struct cos_span rest = skip_blanks(*page);
    for (size_t i = 0; i < sentence.len; i++) {
        bool is_same =
            rest.len > 0 &&
            (sentence.ptr[i] == ' ' ? is_blank(rest.ptr[0]) : sentence.ptr[i] == rest.ptr[0]);
        if (!is_same) {
            return false;
        }
        rest = sentence.ptr[i] == ' ' ? skip_blanks(rest) : cos_span_from(rest, 1);
    }
    *page = rest;
    return true;
}

/*
 * How many of the sentences make up @page from its first word on; *left: whether more follows.
 */
static unsigned count_sentences(struct cos_span page, bool *left)
{
    struct sentence s;
    unsigned n = 0;
    while (sentence_find(n + 1, &s) && take_sentence(&page, s.text)) {
        n++;
    }
    *left = skip_blanks(page).len > 0;
    return n;
}

static void the_page_is_its_sentences(void **state)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf page = {0};
    struct sentence s;
    bool left;
    cos_buf_init(&page, 1 << 20);
    assert_int_equal(cos_file_read(&page, page_path), 0);
    unsigned n = count_sentences(cos_buf_view(&page), &left);
    if (left || sentence_find(n + 1, &s)) {
        fail_msg("the page is another behind sentence %u: number its sentences anew, see which "
                 "requirements certify those that changed, and say so in the commit",
                 n);
    }
    assert_in_range(n, 50, MAX_SENTENCES);
}

static void a_changed_page_is_noticed(void **state)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf page = {0};
    bool left;
    cos_buf_init(&page, 1 << 20);
    assert_int_equal(cos_file_read(&page, page_path), 0);
    cos_buf_str(&page, "One sentence more.\n");
    (void)count_sentences(cos_buf_view(&page), &left);
    assert_true(left);
    char *hour = strstr(page.ptr, "1 hour");
    assert_non_null(hour);
    hour[0] = '2';
    assert_int_equal(count_sentences(cos_buf_view(&page), &left), 45);
}

static void a_certificate_names_the_page_by_its_digest(void **state)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf page = {0};
    char hex[65];
    cos_buf_init(&page, 1 << 20);
    assert_int_equal(cos_file_read(&page, page_path), 0);
    cos_sha256_hex(hex, page.ptr, page.len);
    assert_string_equal(sentence_page_sha256(), hex);
}

static void each_sentence_has_its_hash(void **state)
{
    struct sentence s;
    for (unsigned n = 1; sentence_find(n, &s); n++) {
        char hex[65];
        cos_sha256_hex(hex, s.text.ptr, s.text.len);
        if (!cos_span_eq_str(s.sha256, hex)) {
            fail_msg("sentence %u: its SHA-256 is %s", n, hex);
        }
    }
}

static void what_demands_something_is_certified(void **state)
{
    unsigned certified[MAX_SENTENCES] = {0};
    struct sentence s;
    for (size_t i = 0; i < catalogue.n; i++) {
        for (size_t k = 0; k < catalogue.items[i].n_sentences; k++) {
            certified[catalogue.items[i].sentences[k]]++;
        }
    }
    for (unsigned n = 1; sentence_find(n, &s); n++) {
        bool is_idle = s.idle.len > 0;
        if (is_idle && certified[n] > 0) {
            fail_msg("sentence %u demands nothing (" COS_SPAN_FMT "), yet is certified", n,
                     COS_SPAN_ARG(s.idle));
        }
        if (!is_idle && certified[n] == 0) {
            fail_msg("no requirement certifies sentence %u: " COS_SPAN_FMT, n,
                     COS_SPAN_ARG(s.text));
        }
    }
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_is_its_sentences),
        cmocka_unit_test(a_changed_page_is_noticed),
        cmocka_unit_test(a_certificate_names_the_page_by_its_digest),
        cmocka_unit_test(each_sentence_has_its_hash),
        cmocka_unit_test(what_demands_something_is_certified),
    };
    char why[512];
    if (argc < 2 || catalogue_load(&catalogue, /* path= */ NULL, why) < 0) {
        return 2;
    }
    page_path = argv[1];
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    catalogue_deinit(&catalogue);
    return failed;
}
