/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bundles. What a header must hold is in POSIX.1-1988; that other tools open ours is asked of
 * tar(1) by test-proof.
 */
#include "tar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct cos_buf archive_of_two(void)
{
    struct cos_buf b;
    cos_buf_init(&b, 1 << 20);
    tar_put(&b, "one.json", COS_SPAN_LIT("first"), 1700000000);
    tar_put(&b, "two.txt", COS_SPAN_EMPTY, 1700000000);
    tar_end(&b);
    assert_false(b.failed);
    return b;
}

static void files_come_back_in_order(void **state)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = archive_of_two();
    struct cos_span rest = cos_buf_view(&b), name, bytes;
    assert_true(tar_is(rest));
    assert_int_equal(b.len % 512, 0);
    assert_int_equal(tar_next(&rest, &name, &bytes), 1);
    assert_true(cos_span_eq_str(name, "one.json") && cos_span_eq_str(bytes, "first"));
    assert_int_equal(tar_next(&rest, &name, &bytes), 1);
    assert_true(cos_span_eq_str(name, "two.txt") && bytes.len == 0);
    assert_int_equal(tar_next(&rest, &name, &bytes), 0);
}

/* "ustar", NUL, "00" at 257; the sum of a header with blanks for the sum itself at 148. */
static void a_header_has_what_the_standard_demands(void **state)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = archive_of_two();
    unsigned sum = 0, said = 0;
    for (size_t i = 0; i < 512; i++) {
        sum += i >= 148 && i < 156 ? ' ' : (unsigned char)b.ptr[i];
    }
    assert_int_equal(sscanf(b.ptr + 148, "%o", &said), 1);
    assert_int_equal(said, sum);
    assert_memory_equal(b.ptr + 257, "ustar\00000", 8);
    assert_memory_equal(b.ptr + 124, "00000000005", 12);
    assert_memory_equal(b.ptr + 136, "14524770400", 12); /* 1700000000 in octal */
}

static int last_of(struct cos_span rest)
{
    struct cos_span name, bytes;
    int r;
    while ((r = tar_next(&rest, &name, &bytes)) > 0) {
    }
    return r;
}

static void an_archive_that_is_cut_off_anywhere_is_refused(void **state)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = archive_of_two();
    assert_int_equal(last_of(cos_buf_view(&b)), 0);
    for (size_t n = 0; n < b.len; n++) {
        assert_int_equal(last_of(cos_span_sub(cos_buf_view(&b), 0, n)), -1);
    }
}

/* Any byte that is not content: headers, what fills their blocks, and the end. */
static void a_frame_that_was_changed_is_refused(void **state)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = archive_of_two();
    for (size_t at = 0; at < b.len; at++) {
        if (at >= 512 && at < 512 + strlen("first")) {
            continue;
        }
        b.ptr[at] ^= 1;
        if (last_of(cos_buf_view(&b)) != -1) {
            fail_msg("byte %zu", at);
        }
        b.ptr[at] ^= 1;
    }
}

static void names_that_lead_elsewhere_are_refused(void **state)
{
    static const char *const names[] = {"../x", "/etc/x", "a/b", ""};
    for (size_t i = 0; i < COS_ARRAY_LEN(names); i++) {
        COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
        cos_buf_init(&b, 1 << 20);
        tar_put(&b, names[i], COS_SPAN_LIT("x"), 0);
        tar_end(&b);
        assert_int_equal(last_of(cos_buf_view(&b)), -1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_come_back_in_order),
        cmocka_unit_test(a_header_has_what_the_standard_demands),
        cmocka_unit_test(an_archive_that_is_cut_off_anywhere_is_refused),
        cmocka_unit_test(a_frame_that_was_changed_is_refused),
        cmocka_unit_test(names_that_lead_elsewhere_are_refused),
    };
    return cmocka_run_group_tests_name("tar", tests, NULL, NULL);
}
