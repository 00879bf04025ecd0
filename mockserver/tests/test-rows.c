/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of rows: what is written is read again, in place; damage is refused; bytes that stay
 * the same from version to version are written out here once.
 */
#include "store/rows.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const char sha256[] = "0123456789abcdef0123456789ABCDEF";

static void add_headers(struct cos_buf *pairs)
{
    cos_buf_init(pairs, 4096);
    row_pair_add(pairs, COS_SPAN_LIT("Content-Type"), COS_SPAN_LIT("text/plain"));
    row_pair_add(pairs, COS_SPAN_LIT("x-cos-meta-a"), COS_SPAN_EMPTY);
}

static void same(struct cos_span a, struct cos_span b)
{
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.ptr, b.ptr, a.len);
}

static bool is_inside(struct cos_span part, struct cos_span whole)
{
    return part.len == 0 ||
           (part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len);
}

static void an_object_is_read_in_place(void **state)
{
    struct cos_buf pairs;
    add_headers(&pairs);
    struct object_row row = {.bytes = 5ull << 40,
                             .crc64 = UINT64_MAX,
                             .mtime_unix_ms = -1,
                             .etag = COS_SPAN_LIT("d41d8cd98f00b204e9800998ecf8427e-3"),
                             .sha256 = cos_span_make(sha256, 32),
                             .headers = cos_buf_view(&pairs),
                             .facets = COS_SPAN_LIT("\x01t\x00")};
    struct cos_buf out;
    cos_buf_init(&out, 4096);
    row_write_object(&out, &row);
    struct object_row again;
    assert_true(row_read_object(cos_buf_view(&out), &again));
    assert_int_equal(again.bytes, row.bytes);
    assert_int_equal(again.crc64, row.crc64);
    assert_int_equal(again.mtime_unix_ms, row.mtime_unix_ms);
    same(again.etag, row.etag);
    same(again.sha256, row.sha256);
    same(again.facets, row.facets);
    assert_true(is_inside(again.etag, cos_buf_view(&out)));
    assert_true(is_inside(again.headers, cos_buf_view(&out)));
    struct row_pair pair;
    assert_true(row_pair_next(&again.headers, &pair));
    assert_true(cos_span_eq_str(pair.name, "Content-Type"));
    assert_true(cos_span_eq_str(pair.value, "text/plain"));
    assert_true(row_pair_next(&again.headers, &pair));
    assert_true(cos_span_eq_str(pair.name, "x-cos-meta-a"));
    assert_int_equal(pair.value.len, 0);
    assert_false(row_pair_next(&again.headers, &pair));
    cos_buf_deinit(&out);
    cos_buf_deinit(&pairs);
}

static void a_temporary_key_keeps_its_end_and_its_policy(void **state)
{
    struct access_key_row row = {.order = 300,
                                 .uin = COS_SPAN_LIT("100000000011"),
                                 .secret_key = COS_SPAN_LIT("key"),
                                 .is_temporary = true,
                                 .token = COS_SPAN_LIT("token"),
                                 .expires_unix_ms = 1795737600000,
                                 .federated_name = COS_SPAN_LIT("flink"),
                                 .session = COS_SPAN_LIT("{}")};
    struct cos_buf out;
    cos_buf_init(&out, 4096);
    row_write_access_key(&out, &row);
    struct access_key_row again;
    assert_true(row_read_access_key(cos_buf_view(&out), &again));
    assert_int_equal(again.order, 300);
    assert_true(again.is_temporary);
    assert_int_equal(again.expires_unix_ms, 1795737600000);
    same(again.uin, row.uin);
    same(again.secret_key, row.secret_key);
    same(again.token, row.token);
    same(again.federated_name, row.federated_name);
    same(again.session, row.session);
    cos_buf_deinit(&out);
}

/* Format 1, by hand from rows.c: a directory of today is read by every later version. */
static void format_1_stays_as_it_is(void **state)
{
    static const char bucket[] = "\x01"
                                 "\xAC\x02" /* 300 */
                                 "\x02"
                                 "gz"
                                 "\x01"
                                 "7"
                                 "\x00"
                                 "\x00\x00\x00\x00\x00\x00\x01\x00";
    static const char clock[] = "\x01"
                                "\x01"
                                "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFE";
    struct bucket_row b;
    assert_true(row_read_bucket(cos_span_make(bucket, sizeof(bucket) - 1), &b));
    assert_int_equal(b.id, 300);
    assert_true(cos_span_eq_str(b.region, "gz"));
    assert_true(cos_span_eq_str(b.owner_uin, "7"));
    assert_int_equal(b.appid.len, 0);
    assert_int_equal(b.created_unix_ms, 256);
    struct cos_buf out;
    cos_buf_init(&out, 64);
    row_write_bucket(&out, &b);
    same(cos_buf_view(&out), cos_span_make(bucket, sizeof(bucket) - 1));
    cos_buf_deinit(&out);
    struct clock_row c;
    assert_true(row_read_clock(cos_span_make(clock, sizeof(clock) - 1), &c));
    assert_true(c.is_frozen);
    assert_int_equal(c.value_ms, -2);
}

/* As the first version wrote them, by hand from its rows.c: they end before the facets. */
static const char old_object[] = "\x01"
                                 "\x03"
                                 "\x00\x00\x00\x00\x00\x00\x00\x07"
                                 "\x00\x00\x00\x00\x00\x00\x03\xE8"
                                 "\x01"
                                 "e"
                                 "\x00"
                                 "\x04"
                                 "\x01n\x01v";
static const char old_upload[] = "\x01"
                                 "\x00\x00\x00\x00\x00\x00\x13\x88"
                                 "\x00";

/* An account and a key as they were kept before there were roles. */
static const char old_account[] = "\x01"
                                  "\x05"
                                  "\x01"
                                  "7"
                                  "\x01"
                                  "8"
                                  "\x01"
                                  "n"
                                  "\x00";
static const char old_key[] = "\x01"
                              "\x06"
                              "\x01"
                              "7"
                              "\x01"
                              "s"
                              "\x00"
                              "\x00"
                              "\x00\x00\x00\x00\x00\x00\x00\x00"
                              "\x00"
                              "\x00"
                              "\x01";

static void accounts_and_keys_of_before_there_were_roles_are_read(void **state)
{
    struct account_row account;
    struct access_key_row key;
    assert_true(
        row_read_account(cos_span_make(old_account, sizeof(old_account) - 1), &account));
    assert_int_equal(account.order, 5);
    same(account.owner_uin, COS_SPAN_LIT("7"));
    assert_int_equal(account.trust.len, 0);
    assert_int_equal(account.session_max_s, 0);
    assert_int_equal(account.mfa_seed.len, 0);
    assert_int_equal(account.granted.len + account.profile.len + account.boundary.len, 0);
    assert_int_equal(account.created_unix_ms, 0);
    assert_true(row_read_access_key(cos_span_make(old_key, sizeof(old_key) - 1), &key));
    assert_int_equal(key.order, 6);
    assert_true(key.is_revoked);
    assert_int_equal(key.created_unix_ms, 0);
    assert_int_equal(key.asked_by.len + key.source_identity.len + key.tags.len, 0);
}

static void a_value_of_before_lacks_the_later_columns(void **state)
{
    struct object_row object;
    struct upload_row upload;
    struct row_pair pair;
    assert_true(row_read_object(cos_span_make(old_object, sizeof(old_object) - 1), &object));
    assert_int_equal(object.bytes, 3);
    assert_int_equal(object.crc64, 7);
    assert_int_equal(object.mtime_unix_ms, 1000);
    assert_true(cos_span_eq_str(object.etag, "e"));
    assert_true(row_pair_next(&object.headers, &pair));
    assert_true(cos_span_eq_str(pair.name, "n") && cos_span_eq_str(pair.value, "v"));
    assert_int_equal(object.facets.len, 0);
    assert_true(row_read_upload(cos_span_make(old_upload, sizeof(old_upload) - 1), &upload));
    assert_int_equal(upload.initiated_unix_ms, 5000);
    assert_int_equal(upload.facets.len, 0);
}

/* It may end where it ended before, and nowhere else. */
static void a_value_with_facets_that_was_cut_is_refused(void **state)
{
    static const char facets[] = "\x04\x01t\x01x";
    char whole[sizeof(old_object) + sizeof(facets)];
    size_t old = sizeof(old_object) - 1;
    struct object_row row;
    memcpy(whole, old_object, old);
    memcpy(whole + old, facets, sizeof(facets) - 1);
    for (size_t n = 0; n < old + sizeof(facets) - 1; n++) {
        assert_true(row_read_object(cos_span_make(whole, n), &row) == (n == old));
    }
    assert_true(row_read_object(cos_span_make(whole, old + sizeof(facets) - 1), &row));
    struct row_pair pair;
    assert_true(row_pair_next(&row.facets, &pair));
    assert_true(cos_span_eq_str(pair.name, "t") && cos_span_eq_str(pair.value, "x"));
}

static void a_later_column_is_passed_over(void **state)
{
    static const char clock[] = "\x01\x00\x00\x00\x00\x00\x00\x00\x00\x05later";
    struct clock_row c;
    assert_true(row_read_clock(cos_span_make(clock, sizeof(clock) - 1), &c));
    assert_int_equal(c.value_ms, 5);
}

static void what_is_no_whole_value_is_refused(void **state)
{
    static const struct {
        const char *name;
        struct cos_span value;
    } rows[] = {
        {"nothing", {"", 0}},
        {"another format", {"\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", 11}},
        {"an id of 33 bits", {"\x01\x80\x80\x80\x80\x10\x00\x00\x00\x00\x00\x00\x00\x00", 14}},
        {"a number without an end",
         {"\x01\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00\x00\x00\x00", 16}},
        {"a number of 65 bits",
         {"\x01\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02\x00\x00\x00\x00", 15}},
        {"a text beyond the end", {"\x01\x01\x05gz", 5}},
        {"a length of 64 bits", {"\x01\x01\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01gz", 14}},
        {"a time of seven bytes", {"\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", 12}},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct bucket_row b = {.id = 77};
        if (row_read_bucket(rows[i].value, &b) || b.id != 77) {
            fail_msg("%s: taken", rows[i].name);
        }
    }
}

static void half_a_pair_and_half_a_checksum_are_refused(void **state)
{
    struct cos_buf pairs;
    add_headers(&pairs);
    struct object_row row = {.etag = COS_SPAN_LIT("e"), .sha256 = cos_span_make(sha256, 31)};
    struct object_row again;
    struct cos_buf out;
    cos_buf_init(&out, 4096);
    row_write_object(&out, &row);
    assert_false(row_read_object(cos_buf_view(&out), &again));
    row.sha256.len = 32;
    for (size_t n = 0; n <= pairs.len; n++) {
        row.headers = cos_span_make(pairs.ptr, n);
        cos_buf_clear(&out);
        row_write_object(&out, &row);
        bool is_whole = n == 0 || n == 24 || n == pairs.len; /* 24: behind the first pair */
        assert_true(row_read_object(cos_buf_view(&out), &again) == is_whole);
    }
    cos_buf_deinit(&out);
    cos_buf_deinit(&pairs);
}

/*
 * Every beginning of a value but the whole is refused: all columns are there, or it is damaged.
 */
static void a_value_that_was_cut_is_refused(void **state)
{
    struct bucket_row row = {.id = 1,
                             .region = COS_SPAN_LIT("ap-guangzhou"),
                             .owner_uin = COS_SPAN_LIT("100000000001"),
                             .appid = COS_SPAN_LIT("1250000000")};
    struct cos_buf out;
    cos_buf_init(&out, 4096);
    row_write_bucket(&out, &row);
    struct bucket_row again;
    for (size_t n = 0; n < out.len; n++) {
        assert_false(row_read_bucket(cos_span_make(out.ptr, n), &again));
    }
    assert_true(row_read_bucket(cos_buf_view(&out), &again));
    cos_buf_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_object_is_read_in_place),
        cmocka_unit_test(a_temporary_key_keeps_its_end_and_its_policy),
        cmocka_unit_test(format_1_stays_as_it_is),
        cmocka_unit_test(accounts_and_keys_of_before_there_were_roles_are_read),
        cmocka_unit_test(a_value_of_before_lacks_the_later_columns),
        cmocka_unit_test(a_value_with_facets_that_was_cut_is_refused),
        cmocka_unit_test(a_later_column_is_passed_over),
        cmocka_unit_test(what_is_no_whole_value_is_refused),
        cmocka_unit_test(half_a_pair_and_half_a_checksum_are_refused),
        cmocka_unit_test(a_value_that_was_cut_is_refused),
    };
    return cmocka_run_group_tests_name("rows", tests, NULL, NULL);
}
