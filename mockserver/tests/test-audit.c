/* SPDX-License-Identifier: Apache-2.0 */
/* Rows against what is beside them. */
#include "store/audit.h"

#include "kept_rows.h"

#include "cosbase/buf.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct seen {
    struct audit audit;
    unsigned n_wrong;
    char complaint[512];
};

static enum scan_next look(void *ctx, struct row *row, struct cos_span *seek)
{
    struct seen *s = ctx;
    s->n_wrong += audit_row(&s->audit, row, s->complaint) ? 0 : 1;
    return SCAN_NEXT;
}

static void whole_rows_are_counted(void **state)
{
    struct backend *b = backend_memory_new(/* budget= */ NULL);
    struct seen s = {.n_wrong = 0};
    put_kept_bucket(b, "examplebucket-1250000000");
    put_kept_object(b, &(struct kept_object){"a", "123456789", 9, CRC64_OF_DIGITS});
    put_kept_object(b, &(struct kept_object){"none", "", 0, 0});
    assert_int_equal(b->ops->scan(b, COS_SPAN_EMPTY, COS_SPAN_EMPTY, look, &s), BACKEND_OK);
    assert_int_equal(s.n_wrong, 0);
    assert_int_equal(s.audit.rows, 3);
    assert_int_equal(s.audit.buckets, 1);
    assert_int_equal(s.audit.objects, 2);
    assert_int_equal(s.audit.body_bytes, 9);
    (void)b->ops->free(b);
}

static const struct {
    const char *name;
    struct kept_object object;
    const char *says;
} wrong[] = {
    {"another body",
     {"dir/a.txt", "123456780", 9, CRC64_OF_DIGITS},
     "object 'dir/a.txt' of bucket 7 has the CRC-64 "},
    {"too short",
     {"b", "12345678", 9, CRC64_OF_DIGITS},
     "object 'b' of bucket 7 has 8 bytes, and its row says 9"},
    {"too long",
     {"c\n\x1b[31m", "1234567890", 9, CRC64_OF_DIGITS},
     "object 'c??[31m' of bucket 7 has 10 bytes, and its row says 9"},
};

static void a_body_that_is_not_what_its_row_says_is_named(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(wrong); i++) {
        struct backend *b = backend_memory_new(/* budget= */ NULL);
        struct seen s = {.n_wrong = 0};
        put_kept_object(b, &wrong[i].object);
        assert_int_equal(b->ops->scan(b, COS_SPAN_EMPTY, COS_SPAN_EMPTY, look, &s), BACKEND_OK);
        if (s.n_wrong != 1 || strstr(s.complaint, wrong[i].says) != s.complaint) {
            fail_msg("%s: %s", wrong[i].name, s.complaint);
        }
        (void)b->ops->free(b);
    }
}

static const struct {
    const char *name, *key, *value, *says;
} damaged[] = {
    {"no key", "", "", "a row has a key that says nothing"},
    {"no such kind", "zzz", "", "a row has a key that says nothing"},
    {"a key that ends too soon", "o12", "", "a row has a key that says nothing"},
    {"an empty value",
     "s"
     "enforcement",
     "", "the row of switch 'enforcement' is damaged, or of a newer cosmock"},
    {"a format of later",
     "k"
     "AKIDx",
     "\x7f"
     "secret",
     "the row of key 'AKIDx' is damaged, or of a newer cosmock"},
};

static void a_row_that_cannot_be_read_is_named(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(damaged); i++) {
        struct seen s = {.n_wrong = 0};
        struct row *row = row_new(cos_span_of(damaged[i].key), cos_span_of(damaged[i].value),
                                  /* blob= */ NULL, /* budget= */ NULL);
        (void)look(&s, row, NULL);
        if (s.n_wrong != 1 || strcmp(s.complaint, damaged[i].says) != 0) {
            fail_msg("%s: %s", damaged[i].name, s.complaint);
        }
        row_unref(row);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_rows_are_counted),
        cmocka_unit_test(a_body_that_is_not_what_its_row_says_is_named),
        cmocka_unit_test(a_row_that_cannot_be_read_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
