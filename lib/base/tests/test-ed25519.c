/* SPDX-License-Identifier: Apache-2.0 */
/* Ed25519. The seals are those of RFC 8032 s.7.1 (tests 2 and 3), the PEM texts those of RFC
 * 8410 s.10.1 and s.10.3. */
#include "check.h"
#include "cosbase/codec.h"
#include "cosbase/digest.h"
#include "cosbase/ed25519.h"

static const char public_pem[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
    "-----END PUBLIC KEY-----\n";
static const char private_pem[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
    "-----END PRIVATE KEY-----\n";
/* RFC 8410 s.4 and s.7: what stands in front of the 32 bytes. */
#define PRIVATE_DER "302e020100300506032b657004220420"
#define PUBLIC_DER "302a300506032b6570032100"

static const struct {
    const char *secret, *public, *message, *seal;
} vectors[] = {
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
     "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
     "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
};

static struct cos_buf pem_of(const char *label, const char *der_head, const char *raw)
{
    char hex[200];
    uint8_t der[100];
    struct cos_buf b;
    (void)snprintf(hex, sizeof(hex), "%s%s", der_head, raw);
    assert_true(cos_hex_decode(der, strlen(hex) / 2, cos_span_of(hex)));
    cos_buf_init(&b, 1024);
    cos_buf_printf(&b, "-----BEGIN %s KEY-----\n", label);
    cos_base64_append(&b, der, strlen(hex) / 2);
    cos_buf_printf(&b, "\n-----END %s KEY-----\n", label);
    return b;
}

static void the_published_seals_are_made_and_believed(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(vectors); i++) {
        COS_CLEANUP(cos_buf_deinit)
        struct cos_buf secret = pem_of("PRIVATE", PRIVATE_DER, vectors[i].secret);
        COS_CLEANUP(cos_buf_deinit)
        struct cos_buf open = pem_of("PUBLIC", PUBLIC_DER, vectors[i].public);
        COS_CLEANUP(cos_ed25519_free)
        struct cos_ed25519 *pair = cos_ed25519_private(cos_buf_view(&secret));
        COS_CLEANUP(cos_ed25519_free)
        struct cos_ed25519 *half = cos_ed25519_public(cos_buf_view(&open));
        uint8_t message[8], seal[COS_ED25519_SEAL_BYTES];
        char hex[2 * sizeof(seal) + 1];
        size_t n = strlen(vectors[i].message) / 2;
        assert_true(cos_hex_decode(message, n, cos_span_of(vectors[i].message)));
        struct cos_span text = cos_span_make((const char *)message, n);
        assert_true(cos_ed25519_seal(pair, text, seal));
        cos_hex_encode(hex, seal, sizeof(seal));
        assert_string_equal(hex, vectors[i].seal);
        struct cos_span sealed = cos_span_make((const char *)seal, sizeof(seal));
        assert_true(cos_ed25519_is_sealed(half, text, sealed));
        assert_false(cos_ed25519_is_sealed(half, cos_span_from(text, 1), sealed));
        assert_false(cos_ed25519_is_sealed(half, text, cos_span_from(sealed, 1)));
        assert_false(cos_ed25519_is_sealed(half, text, COS_SPAN_EMPTY));
        seal[63 - i] ^= 1;
        assert_false(cos_ed25519_is_sealed(half, text, sealed));
    }
}

static void a_published_pair_is_written_as_it_was_read(void **state)
{
    COS_CLEANUP(cos_ed25519_free)
    struct cos_ed25519 *pair = cos_ed25519_private(cos_span_of(private_pem));
    COS_CLEANUP(cos_ed25519_free)
    struct cos_ed25519 *half = cos_ed25519_public(cos_span_of(public_pem));
    COS_CLEANUP(cos_buf_deinit) struct cos_buf secret;
    COS_CLEANUP(cos_buf_deinit) struct cos_buf open;
    cos_buf_init(&secret, 1024);
    cos_buf_init(&open, 1024);
    assert_true(cos_ed25519_private_pem(pair, &secret));
    assert_true(cos_ed25519_public_pem(pair, &open));
    assert_string_equal(cos_buf_cstr(&secret), private_pem);
    assert_string_equal(cos_buf_cstr(&open), public_pem);
    assert_false(cos_ed25519_private_pem(half, &secret));
}

static void both_halves_have_one_name_the_digest_of_the_public_der(void **state)
{
    COS_CLEANUP(cos_ed25519_free)
    struct cos_ed25519 *pair = cos_ed25519_private(cos_span_of(private_pem));
    COS_CLEANUP(cos_ed25519_free)
    struct cos_ed25519 *half = cos_ed25519_public(cos_span_of(public_pem));
    COS_CLEANUP(cos_buf_deinit) struct cos_buf der;
    char of_pair[65], of_half[65], expected[65];
    cos_buf_init(&der, 100);
    assert_true(cos_base64_decode(
        &der, COS_SPAN_LIT("MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=")));
    cos_sha256_hex(expected, der.ptr, der.len);
    assert_true(cos_ed25519_id(pair, of_pair));
    assert_true(cos_ed25519_id(half, of_half));
    assert_string_equal(of_pair, expected);
    assert_string_equal(of_half, expected);
}

static void a_public_half_seals_nothing(void **state)
{
    COS_CLEANUP(cos_ed25519_free)
    struct cos_ed25519 *half = cos_ed25519_public(cos_span_of(public_pem));
    uint8_t seal[COS_ED25519_SEAL_BYTES];
    assert_false(cos_ed25519_seal(half, COS_SPAN_LIT("text"), seal));
}

/* Made by openssl: the second is of P-256, the third of Ed25519 under a pass phrase. */
static void what_is_no_open_ed25519_key_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "-----BEGIN PRIVATE KEY-----\n"
        "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjOEV7+U+D6MOQ7wv\n"
        "bXr6t4ieBypUJbaEbOC+BaEYOh6hRANCAATmtcB9248gY+FpQ1ualWe7AjLfVN0t\n"
        "00b37MSMAQsNWBbYvgiCtHH0+dsy2dYldpiMAJxNFNxHpc+eN3YQmqK1\n"
        "-----END PRIVATE KEY-----\n",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
        "MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAiEGVKftnNsUwICCAAw\n"
        "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEKz2OcYzFTBg//RutKr2vcQEQD+0\n"
        "/yMY2l781W/aYDvAyxcOc1wvvA2795s6lQ1ttHwSYzWgSPct73w8md7/EUw8Jntp\n"
        "xi5dPeBWzNRzl3Nk/dE=\n"
        "-----END ENCRYPTED PRIVATE KEY-----\n",
        "-----BEGIN PRIVATE KEY-----\nMC4CAQ\n-----END PRIVATE KEY-----\n",
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(texts); i++) {
        assert_null(cos_ed25519_private(cos_span_of(texts[i])));
        assert_null(cos_ed25519_public(cos_span_of(texts[i])));
    }
    assert_null(cos_ed25519_private(cos_span_of(public_pem)));
    assert_null(cos_ed25519_public(cos_span_of(private_pem)));
}

static void each_new_pair_is_another(void **state)
{
    COS_CLEANUP(cos_ed25519_free) struct cos_ed25519 *one = cos_ed25519_generate();
    COS_CLEANUP(cos_ed25519_free) struct cos_ed25519 *two = cos_ed25519_generate();
    uint8_t seal[COS_ED25519_SEAL_BYTES];
    struct cos_span text = COS_SPAN_LIT("text");
    assert_true(cos_ed25519_seal(one, text, seal));
    struct cos_span sealed = cos_span_make((const char *)seal, sizeof(seal));
    assert_true(cos_ed25519_is_sealed(one, text, sealed));
    assert_false(cos_ed25519_is_sealed(two, text, sealed));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_seals_are_made_and_believed),
        cmocka_unit_test(a_published_pair_is_written_as_it_was_read),
        cmocka_unit_test(both_halves_have_one_name_the_digest_of_the_public_der),
        cmocka_unit_test(a_public_half_seals_nothing),
        cmocka_unit_test(what_is_no_open_ed25519_key_is_refused),
        cmocka_unit_test(each_new_pair_is_another),
    };
    return cmocka_run_group_tests_name("ed25519", tests, NULL, NULL);
}
