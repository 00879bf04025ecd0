/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hex, base64 and percent decoding. Vectors: RFC 4648 s.10.
 */
#include "check.h"
#include "cosbase/codec.h"

static const struct {
    const char *plain, *base64, *hex;
} vectors[] = {
    {"", "", ""},
    {"f", "Zg==", "66"},
    {"fo", "Zm8=", "666f"},
    {"foo", "Zm9v", "666f6f"},
    {"foob", "Zm9vYg==", "666f6f62"},
    {"fooba", "Zm9vYmE=", "666f6f6261"},
    {"foobar", "Zm9vYmFy", "666f6f626172"},
};

static void rfc_4648_vectors_encode(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(vectors); i++) {
        COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
        char hex[13];
        size_t n = strlen(vectors[i].plain);
        cos_buf_init(&b, 100);
        cos_base64_append(&b, vectors[i].plain, n);
        assert_string_equal(cos_buf_cstr(&b), vectors[i].base64);
        cos_hex_encode(hex, vectors[i].plain, n);
        assert_string_equal(hex, vectors[i].hex);
    }
}

static void rfc_4648_vectors_decode(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(vectors); i++) {
        COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
        char bytes[7] = {0};
        cos_buf_init(&b, 100);
        assert_true(cos_base64_decode(&b, cos_span_of(vectors[i].base64)));
        assert_string_equal(cos_buf_cstr(&b), vectors[i].plain);
        assert_true(
            cos_hex_decode(bytes, strlen(vectors[i].plain), cos_span_of(vectors[i].hex)));
        assert_string_equal(bytes, vectors[i].plain);
    }
}

static void every_byte_survives_base64(void **state)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf text;
    COS_CLEANUP(cos_buf_deinit) struct cos_buf back;
    char all[256];
    for (int i = 0; i < 256; i++) {
        all[i] = (char)i;
    }
    cos_buf_init(&text, 1000);
    cos_buf_init(&back, 1000);
    cos_base64_append(&text, all, sizeof(all));
    assert_true(cos_base64_decode(&back, cos_buf_view(&text)));
    assert_int_equal(back.len, 256);
    assert_memory_equal(back.ptr, all, 256);
}

static void malformed_base64_is_refused_and_appends_nothing(void **state)
{
    static const char *const rows[] = {
        "Zg",   "Zg=",  "Zg===",    "=",     "====", "Z===", "Zm9v\n", "Zm 9",
        "Zm9-", "Zm9_", "Zg==Zg==", "Zm9vZ", "Zh==", "Zm9=", "Z=g=",   "Zm9vZm\x80v",
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
        cos_buf_init(&b, 100);
        cos_buf_str(&b, "kept");
        CHECK_ROW(rows[i], !cos_base64_decode(&b, cos_span_of(rows[i])));
        CHECK_ROW(rows[i], strcmp(cos_buf_cstr(&b), "kept") == 0);
    }
}

static void base64_beyond_the_buffer_is_refused(void **state)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    cos_buf_init(&b, 5);
    assert_false(cos_base64_decode(&b, COS_SPAN_LIT("Zm9vYmFy")));
}

static void hex_takes_either_case_and_exact_length(void **state)
{
    unsigned char bytes[2];
    assert_true(cos_hex_decode(bytes, 2, COS_SPAN_LIT("aBCd")));
    assert_int_equal(bytes[0], 0xab);
    assert_int_equal(bytes[1], 0xcd);
    assert_false(cos_hex_decode(bytes, 2, COS_SPAN_LIT("abc")));
    assert_false(cos_hex_decode(bytes, 2, COS_SPAN_LIT("abcdef")));
    assert_false(cos_hex_decode(bytes, 2, COS_SPAN_LIT("abcg")));
    assert_false(cos_hex_decode(bytes, 2, COS_SPAN_LIT("0x12")));
}

static void percent_decoding_is_done_once(void **state)
{
    static const struct {
        struct cos_span in;
        bool plus_is_space;
        struct cos_span out;
    } rows[] = {
        {COS_SPAN_LIT("a%20b"), false, COS_SPAN_LIT("a b")},
        {COS_SPAN_LIT("%2520"), false, COS_SPAN_LIT("%20")},
        {COS_SPAN_LIT("%2f%2F"), false, COS_SPAN_LIT("//")},
        {COS_SPAN_LIT("%00x"), false, COS_SPAN_LIT("\0x")},
        {COS_SPAN_LIT("a+b"), false, COS_SPAN_LIT("a+b")},
        {COS_SPAN_LIT("a+b%2B"), true, COS_SPAN_LIT("a b+")},
        {COS_SPAN_LIT("100%"), false, COS_SPAN_LIT("100%")},
        {COS_SPAN_LIT("%4"), false, COS_SPAN_LIT("%4")},
        {COS_SPAN_LIT("%4g%zz"), false, COS_SPAN_LIT("%4g%zz")},
        {COS_SPAN_LIT("%%41"), false, COS_SPAN_LIT("%A")},
        {COS_SPAN_LIT("%E4%B8%AD"), false, COS_SPAN_LIT("\xe4\xb8\xad")},
        {COS_SPAN_LIT(""), false, COS_SPAN_LIT("")},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        char out[32];
        size_t n = cos_percent_decode(out, rows[i].in, rows[i].plus_is_space);
        CHECK_ROW(rows[i].in.ptr, cos_span_eq(cos_span_make(out, n), rows[i].out));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc_4648_vectors_encode),
        cmocka_unit_test(rfc_4648_vectors_decode),
        cmocka_unit_test(every_byte_survives_base64),
        cmocka_unit_test(malformed_base64_is_refused_and_appends_nothing),
        cmocka_unit_test(base64_beyond_the_buffer_is_refused),
        cmocka_unit_test(hex_takes_either_case_and_exact_length),
        cmocka_unit_test(percent_decoding_is_done_once),
    };
    return cmocka_run_group_tests_name("codec", tests, NULL, NULL);
}
