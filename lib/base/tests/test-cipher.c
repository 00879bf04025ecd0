/* SPDX-License-Identifier: Apache-2.0 */
/* AES-256 in counter mode: NIST SP 800-38A F.5.5 (CTR-AES256.Encrypt). */
#include "check.h"
#include "cosbase/cipher.h"
#include "cosbase/codec.h"

enum { N = 64 };

static const char key_hex[] =
    "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4";
static const char nonce_hex[] = "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff";
static const char plain_hex[] = "6bc1bee22e409f96e93d7e117393172a"
                                "ae2d8a571e03ac9c9eb76fac45af8e51"
                                "30c81c46a35ce411e5fbc1191a0a52ef"
                                "f69f2445df4f9b17ad2b417be66c3710";
static const char sealed_hex[] = "601ec313775789a5b7a7f504bbf3d228"
                                 "f443e3ca4d62b59aca84e990cacaf5c5"
                                 "2b0930daa23de94ce87017ba2d84988d"
                                 "dfc9c58db67aada613c2dd08457941a6";

static uint8_t key[COS_AES256_KEY_BYTES], nonce[COS_CTR_NONCE_BYTES], plain[N], sealed[N];

static int read_vectors(void **state)
{
    bool ok = cos_hex_decode(key, sizeof(key), cos_span_of(key_hex)) &&
              cos_hex_decode(nonce, sizeof(nonce), cos_span_of(nonce_hex)) &&
              cos_hex_decode(plain, N, cos_span_of(plain_hex)) &&
              cos_hex_decode(sealed, N, cos_span_of(sealed_hex));
    return ok ? 0 : -1;
}

static void the_published_vector_comes_out_from_every_offset_in_every_piece(void **state)
{
    for (size_t from = 0; from < N; from++) {
        for (size_t piece = 1; piece <= N; piece++) {
            COS_CLEANUP(cos_ctr_deinit) struct cos_ctr c = {0};
            assert_true(cos_ctr_init(&c, key, nonce, from));
            uint8_t out[N];
            for (size_t at = from; at < N; at += piece) {
                size_t n = N - at < piece ? N - at : piece;
                cos_ctr_xor(&c, out + at, plain + at, n);
            }
            assert_memory_equal(out + from, sealed + from, N - from);
        }
    }
}

static void what_was_xored_comes_back(void **state)
{
    COS_CLEANUP(cos_ctr_deinit) struct cos_ctr c = {0};
    assert_true(cos_ctr_init(&c, key, nonce, 0));
    uint8_t bytes[N];
    memcpy(bytes, sealed, N);
    cos_ctr_xor(&c, bytes, bytes, N);
    assert_memory_equal(bytes, plain, N);
}

/* Behind ff...ff comes 00...00 (SP 800-38A B.1, of all 128 bits). */
static void the_counter_carries_through_all_its_bytes(void **state)
{
    uint8_t last[COS_CTR_NONCE_BYTES];
    memset(last, 0xff, sizeof(last));
    const uint8_t first[COS_CTR_NONCE_BYTES] = {0};
    COS_CLEANUP(cos_ctr_deinit) struct cos_ctr c = {0};
    COS_CLEANUP(cos_ctr_deinit) struct cos_ctr zero = {0};
    assert_true(cos_ctr_init(&c, key, last, 16));
    assert_true(cos_ctr_init(&zero, key, first, 0));
    uint8_t here[N] = {0};
    uint8_t there[N] = {0};
    cos_ctr_xor(&c, here, here, N);
    cos_ctr_xor(&zero, there, there, N);
    assert_memory_equal(here, there, N);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_vector_comes_out_from_every_offset_in_every_piece),
        cmocka_unit_test(what_was_xored_comes_back),
        cmocka_unit_test(the_counter_carries_through_all_its_bytes),
    };
    return cmocka_run_group_tests(tests, read_vectors, NULL);
}
