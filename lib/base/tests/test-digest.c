/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Digests against RFC 1321 A.5 (MD5), FIPS 180-4 examples as NIST prints them (SHA-1, SHA-256),
 * RFC 2202 s.3 (HMAC-SHA-1), RFC 4231 s.4 (HMAC-SHA-256) and the check value of CRC-64/XZ in
 * the reveng catalogue.
 */
#include "check.h"
#include "cosbase/codec.h"
#include "cosbase/digest.h"
#include "cosbase/rng.h"

#define TWO_BLOCKS "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"

static const struct {
    enum cos_digest_kind kind;
    const char *text, *hex;
} vectors[] = {
    {COS_MD5, "", "d41d8cd98f00b204e9800998ecf8427e"},
    {COS_MD5, "a", "0cc175b9c0f1b6a831c399e269772661"},
    {COS_MD5, "abc", "900150983cd24fb0d6963f7d28e17f72"},
    {COS_MD5, "message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
    {COS_MD5, "abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"},
    {COS_MD5, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
     "d174ab98d277d9f5a5611c2c9f419d9f"},
    {COS_MD5,
     "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
     "57edf4a22be3c955ac49da2e2107b67a"},
    {COS_SHA1, "", "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
    {COS_SHA1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
    {COS_SHA1, TWO_BLOCKS, "84983e441c3bd26ebaae4aa1f95129e5e54670f1"},
    {COS_SHA256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {COS_SHA256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {COS_SHA256, TWO_BLOCKS,
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
};

static void one_shot_hex(char out[65], enum cos_digest_kind kind, const char *text)
{
    size_t n = strlen(text);
    switch (kind) {
    case COS_MD5:
        cos_md5_hex(out, text, n);
        return;
    case COS_SHA1:
        cos_sha1_hex(out, text, n);
        return;
    case COS_SHA256:
        cos_sha256_hex(out, text, n);
        return;
    }
}

static void published_digests_come_out_at_once(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(vectors); i++) {
        char hex[65];
        one_shot_hex(hex, vectors[i].kind, vectors[i].text);
        assert_string_equal(hex, vectors[i].hex);
    }
}

static void published_digests_come_out_byte_by_byte_and_again(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(vectors); i++) {
        COS_CLEANUP(cos_digest_deinit) struct cos_digest d;
        assert_true(cos_digest_init(&d, vectors[i].kind));
        for (int round = 0; round < 2; round++) {
            uint8_t bytes[COS_DIGEST_MAX_BYTES];
            char hex[65];
            for (const char *c = vectors[i].text; *c != '\0'; c++) {
                cos_digest_update(&d, c, 1);
                cos_digest_update(&d, /* bytes= */ NULL, 0);
            }
            cos_hex_encode(hex, bytes, cos_digest_final(&d, bytes));
            assert_string_equal(hex, vectors[i].hex);
            cos_digest_reset(&d);
        }
    }
}

/* FIPS 180-2 appendices A.3 and B.3. */
static void a_million_letters_have_their_digest(void **state)
{
    static const struct {
        enum cos_digest_kind kind;
        const char *hex;
    } rows[] = {
        {COS_SHA1, "34aa973cd4c4daa4f61eeb2bdbad27316534016f"},
        {COS_SHA256, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
    };
    char thousand[1000];
    memset(thousand, 'a', sizeof(thousand));
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        COS_CLEANUP(cos_digest_deinit) struct cos_digest d;
        uint8_t bytes[COS_DIGEST_MAX_BYTES];
        char hex[65];
        assert_true(cos_digest_init(&d, rows[i].kind));
        for (int k = 0; k < 1000; k++) {
            cos_digest_update(&d, thousand, sizeof(thousand));
        }
        cos_hex_encode(hex, bytes, cos_digest_final(&d, bytes));
        assert_string_equal(hex, rows[i].hex);
    }
}

static const char twenty_aa[] = "\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa"
                                "\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa";
static const char fifty_dd[] = "\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd"
                               "\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd"
                               "\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd"
                               "\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd"
                               "\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd\xdd";
static const char twenty_0b[] = "\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"
                                "\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b";

static void rfc_2202_hmac_sha1(void **state)
{
    char long_key[80];
    memset(long_key, 0xaa, sizeof(long_key));
    const struct {
        struct cos_span key;
        const char *text, *hex;
    } rows[] = {
        {COS_SPAN_LIT(twenty_0b), "Hi There", "b617318655057264e28bc0b6fb378c8ef146be00"},
        {COS_SPAN_LIT("Jefe"), "what do ya want for nothing?",
         "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
        {COS_SPAN_LIT(twenty_aa), fifty_dd, "125d7342b9ac11cd91a39af48aa17b4f63f175d3"},
        {cos_span_make(long_key, 80), "Test Using Larger Than Block-Size Key - Hash Key First",
         "aa4ae5e15272d00e95705637ce8a3b55ed402112"},
        {cos_span_make(long_key, 80),
         "Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data",
         "e8e99d0f45237d786d6bbaa7965c7808bbff1a91"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        char hex[41];
        cos_hmac_sha1_hex(hex, rows[i].key.ptr, rows[i].key.len, rows[i].text,
                          strlen(rows[i].text));
        assert_string_equal(hex, rows[i].hex);
    }
}

static void rfc_4231_hmac_sha256(void **state)
{
    char long_key[131];
    memset(long_key, 0xaa, sizeof(long_key));
    const struct {
        struct cos_span key;
        const char *text, *hex;
    } rows[] = {
        {COS_SPAN_LIT(twenty_0b), "Hi There",
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {COS_SPAN_LIT("Jefe"), "what do ya want for nothing?",
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {COS_SPAN_LIT(twenty_aa), fifty_dd,
         "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
        {cos_span_make(long_key, sizeof(long_key)),
         "Test Using Larger Than Block-Size Key - Hash Key First",
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        uint8_t bytes[COS_SHA256_BYTES];
        char hex[65];
        cos_hmac_sha256(bytes, rows[i].key.ptr, rows[i].key.len, rows[i].text,
                        strlen(rows[i].text));
        cos_hex_encode(hex, bytes, sizeof(bytes));
        assert_string_equal(hex, rows[i].hex);
    }
}

/* HMAC of nothing under nothing, as Wikipedia's article "HMAC" used to print it; python3's hmac
 * agrees. */
static void an_empty_key_and_text_are_fine(void **state)
{
    char hex[41];
    cos_hmac_sha1_hex(hex, /* key= */ NULL, 0, /* bytes= */ NULL, 0);
    assert_string_equal(hex, "fbdb1d1b18aa6c08324b7d64b71fb76370690e1d");
}

static void crc64_gives_the_catalogue_check_value(void **state)
{
    assert_true(cos_crc64(0, "123456789", 9) == UINT64_C(11051210869376104954));
    assert_true(cos_crc64_portable(0, "123456789", 9) == UINT64_C(11051210869376104954));
    assert_true(cos_crc64(0, "123456789", 9) == UINT64_C(0x995dc9bbdf1939fa));
    assert_true(cos_crc64(0, /* bytes= */ NULL, 0) == 0);
    assert_true(cos_crc64_portable(0, /* bytes= */ NULL, 0) == 0);
}

static void both_crc64_agree_at_every_length_and_offset(void **state)
{
    COS_CLEANUP(cos_rng_free) struct cos_rng *rng = cos_rng_new(1);
    unsigned char bytes[2048];
    cos_rng_fill(rng, bytes, sizeof(bytes));
    for (size_t offset = 0; offset < 16; offset++) {
        for (size_t n = 0; n + offset <= sizeof(bytes); n += n < 300 ? 1 : 61) {
            assert_true(cos_crc64(0, bytes + offset, n) ==
                        cos_crc64_portable(0, bytes + offset, n));
        }
    }
}

static void crc64_goes_on_from_the_previous_value(void **state)
{
    static const char text[] = "123456789";
    for (size_t cut = 0; cut <= 9; cut++) {
        uint64_t first = cos_crc64(0, text, cut);
        uint64_t portable_first = cos_crc64_portable(0, text, cut);
        assert_true(cos_crc64(first, text + cut, 9 - cut) == UINT64_C(11051210869376104954));
        assert_true(cos_crc64_portable(portable_first, text + cut, 9 - cut) ==
                    UINT64_C(11051210869376104954));
    }
}

static void crc64_of_parts_combines_to_that_of_the_whole(void **state)
{
    COS_CLEANUP(cos_rng_free) struct cos_rng *rng = cos_rng_new(2);
    unsigned char bytes[5000];
    cos_rng_fill(rng, bytes, sizeof(bytes));
    uint64_t whole = cos_crc64(0, bytes, sizeof(bytes));
    for (size_t cut = 0; cut <= sizeof(bytes); cut += 125) {
        size_t rest = sizeof(bytes) - cut;
        uint64_t a = cos_crc64(0, bytes, cut);
        uint64_t b = cos_crc64(0, bytes + cut, rest);
        assert_true(cos_crc64_combine(a, b, rest) == whole);
    }
    uint64_t check = cos_crc64_combine(cos_crc64(0, "12345", 5), cos_crc64(0, "6789", 4), 4);
    assert_true(check == UINT64_C(11051210869376104954));
}

static void equality_looks_at_length_and_bytes(void **state)
{
    assert_true(cos_equal_ct(COS_SPAN_LIT("abc"), COS_SPAN_LIT("abc")));
    assert_true(cos_equal_ct((struct cos_span){NULL, 0}, COS_SPAN_LIT("")));
    assert_false(cos_equal_ct(COS_SPAN_LIT("abc"), COS_SPAN_LIT("abd")));
    assert_false(cos_equal_ct(COS_SPAN_LIT("abc"), COS_SPAN_LIT("ab")));
    assert_false(cos_equal_ct(COS_SPAN_LIT("a\0b"), COS_SPAN_LIT("a\0c")));
}

static bool stream_once(void)
{
    COS_CLEANUP(cos_digest_deinit) struct cos_digest d;
    return cos_digest_init(&d, COS_SHA256);
}

static void init_fails_without_memory(void **state)
{
    assert_int_equal(torture(stream_once), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_digests_come_out_at_once),
        cmocka_unit_test(published_digests_come_out_byte_by_byte_and_again),
        cmocka_unit_test(a_million_letters_have_their_digest),
        cmocka_unit_test(rfc_2202_hmac_sha1),
        cmocka_unit_test(rfc_4231_hmac_sha256),
        cmocka_unit_test(an_empty_key_and_text_are_fine),
        cmocka_unit_test(crc64_gives_the_catalogue_check_value),
        cmocka_unit_test(both_crc64_agree_at_every_length_and_offset),
        cmocka_unit_test(crc64_goes_on_from_the_previous_value),
        cmocka_unit_test(crc64_of_parts_combines_to_that_of_the_whole),
        cmocka_unit_test(equality_looks_at_length_and_bytes),
        cmocka_unit_test(init_fails_without_memory),
    };
    return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
