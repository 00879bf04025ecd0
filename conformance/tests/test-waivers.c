/* SPDX-License-Identifier: Apache-2.0 */
/* Waiver files: complete or refused; an expiry day is inclusive. */
#include "waivers.h"

#include "cosbase/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct catalogue catalogue;

static int load(struct waivers *out, const char *text, char why[512])
{
    char path[] = "/tmp/cosconform-waivers-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *f = fdopen(fd, "w");
    assert_non_null(f);
    (void)fputs(text, f);
    assert_int_equal(fclose(f), 0);
    int r = waivers_load(out, &catalogue, path, why);
    (void)remove(path);
    return r;
}

static void a_complete_waiver_is_found_and_ends(void **state)
{
    struct waivers w;
    char why[512];
    assert_int_equal(load(&w,
                          "waivers:\n  - {id: FS-002, reason: r, issue: \"http://x/1\", "
                          "expires: \"2026-03-01\"}\n",
                          why),
                     0);
    const struct waiver *found = waivers_find(&w, "FS-002");
    assert_non_null(found);
    assert_null(waivers_find(&w, "FS-003"));
    assert_null(waivers_find(NULL, "FS-002"));
    /* 2026-03-01T23:59:59Z and one second later. */
    assert_false(waiver_is_expired(found, INT64_C(1772409599000)));
    assert_true(waiver_is_expired(found, INT64_C(1772409600000)));
    waivers_deinit(&w);
}

static void incomplete_waivers_are_refused(void **state)
{
    static const struct {
        const char *text, *wanted;
    } table[] = {
        {"x: 1\n", "key 'waivers'"},
        {"waivers:\n  - {id: FS-002, reason: r, issue: i}\n", ":2: a waiver needs"},
        {"waivers:\n  - {id: FS-999, reason: r, issue: i, expires: \"2026-03-01\"}\n",
         "no requirement"},
        {"waivers:\n  - {id: FS-002, reason: r, issue: i, expires: soon}\n", "YYYY-MM-DD"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(table); i++) {
        struct waivers w;
        char why[512] = "";
        assert_int_equal(load(&w, table[i].text, why), -1);
        if (strstr(why, table[i].wanted) == NULL) {
            fail_msg("wanted '%s' in '%s'", table[i].wanted, why);
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_complete_waiver_is_found_and_ends),
        cmocka_unit_test(incomplete_waivers_are_refused),
    };
    char why[512];
    if (catalogue_load(&catalogue, /* path= */ NULL, why) < 0) {
        return 2;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    catalogue_deinit(&catalogue);
    return failed;
}
