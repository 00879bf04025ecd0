/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One MD5 and two at once: the vectors of RFC 1321 A.5 in blocks, alone and each beside each
 * other in either lane, and bodies in random pieces beside OpenSSL's digest of the whole. Of
 * zeros the digest is GNU md5sum's: head -c BYTES /dev/zero | md5sum.
 */
#include "cosbase/md5_lanes.h"

#include "check.h"
#include "cosbase/codec.h"
#include "cosbase/digest.h"
#include "cosbase/rng.h"

#include <openssl/evp.h>

static const struct {
    const char *text, *hex;
} vectors[] = {
    {"", "d41d8cd98f00b204e9800998ecf8427e"},
    {"a", "0cc175b9c0f1b6a831c399e269772661"},
    {"abc", "900150983cd24fb0d6963f7d28e17f72"},
    {"message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
    {"abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"},
    {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
     "d174ab98d277d9f5a5611c2c9f419d9f"},
    {"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
     "57edf4a22be3c955ac49da2e2107b67a"},
};
enum { VECTOR_BLOCKS = 2 };

/* The text with its padding and length (RFC 1321 s.3.1, s.3.2); how many blocks. */
static size_t pad(uint8_t out[VECTOR_BLOCKS * COS_MD5_BLOCK_BYTES], const char *text)
{
    size_t n = strlen(text);
    size_t blocks = (n + 8) / COS_MD5_BLOCK_BYTES + 1;
    memset(out, 0, VECTOR_BLOCKS * COS_MD5_BLOCK_BYTES);
    memcpy(out, text, n);
    out[n] = 0x80;
    uint8_t *length = out + blocks * COS_MD5_BLOCK_BYTES - 8;
    length[0] = (uint8_t)(n * 8);
    length[1] = (uint8_t)(n * 8 >> 8);
    return blocks;
}

/* RFC 1321 s.3.3 */
static struct cos_md5_lane begin(const uint8_t *bytes)
{
    return (struct cos_md5_lane){0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, bytes};
}

/* RFC 1321 s.3.5 */
static void expect_digest(const struct cos_md5_lane *lane, const char *hex)
{
    const uint32_t words[4] = {lane->a, lane->b, lane->c, lane->d};
    uint8_t bytes[COS_MD5_BYTES];
    char got[33];
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(words[i / 4] >> 8 * (i % 4));
    }
    cos_hex_encode(got, bytes, sizeof(bytes));
    assert_string_equal(got, hex);
}

static void published_digests_come_out_of_one_lane(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(vectors); i++) {
        uint8_t bytes[VECTOR_BLOCKS * COS_MD5_BLOCK_BYTES];
        size_t blocks = pad(bytes, vectors[i].text);
        struct cos_md5_lane lane = begin(bytes);
        cos_md5_lane(&lane, blocks);
        expect_digest(&lane, vectors[i].hex);
        assert_ptr_equal(lane.bytes, bytes + blocks * COS_MD5_BLOCK_BYTES);
    }
}

static void published_digests_come_out_of_either_lane(void **state)
{
    size_t pairs_by_blocks[VECTOR_BLOCKS + 1] = {0};
    for (size_t i = 0; i < COS_ARRAY_LEN(vectors); i++) {
        for (size_t j = 0; j < COS_ARRAY_LEN(vectors); j++) {
            uint8_t one[VECTOR_BLOCKS * COS_MD5_BLOCK_BYTES];
            uint8_t two[VECTOR_BLOCKS * COS_MD5_BLOCK_BYTES];
            size_t blocks = pad(one, vectors[i].text);
            if (pad(two, vectors[j].text) != blocks) {
                continue;
            }
            struct cos_md5_lane lanes[2] = {begin(one), begin(two)};
            cos_md5_lanes(lanes, blocks);
            expect_digest(&lanes[0], vectors[i].hex);
            expect_digest(&lanes[1], vectors[j].hex);
            assert_ptr_equal(lanes[0].bytes, one + blocks * COS_MD5_BLOCK_BYTES);
            assert_ptr_equal(lanes[1].bytes, two + blocks * COS_MD5_BLOCK_BYTES);
            pairs_by_blocks[blocks]++;
        }
    }
    assert_int_equal(pairs_by_blocks[1], 5 * 5);
    assert_int_equal(pairs_by_blocks[2], 2 * 2);
}

/* --- bodies in pieces --- */

enum { BODY_BYTES = 20000 };

struct body {
    const uint8_t *bytes;
    size_t n, done;
    struct cos_digest md5;
};

static void body_init(struct body *b, const uint8_t *random, struct cos_rng *rng)
{
    size_t offset = cos_rng_below(rng, 64); /* of no alignment */
    *b = (struct body){.bytes = random + offset, .n = cos_rng_below(rng, BODY_BYTES - offset)};
    assert_true(cos_digest_init(&b->md5, COS_MD5));
}

/* Fewer than @most, or what is left. */
static size_t some(const struct body *b, struct cos_rng *rng, uint64_t most)
{
    size_t n = cos_rng_below(rng, most);
    return n < b->n - b->done ? n : b->n - b->done;
}

static void add_alone(struct body *b, size_t n)
{
    cos_digest_update(&b->md5, b->bytes + b->done, n);
    b->done += n;
}

static void add_to_both(struct body *one, struct body *two, size_t n)
{
    cos_md5_update_two(&one->md5, one->bytes + one->done, &two->md5, two->bytes + two->done, n);
    one->done += n;
    two->done += n;
}

static void body_end(struct body *b)
{
    uint8_t expected[COS_MD5_BYTES];
    uint8_t got[COS_DIGEST_MAX_BYTES];
    add_alone(b, b->n - b->done);
    assert_int_equal(cos_digest_final(&b->md5, got), COS_MD5_BYTES);
    assert_int_equal(EVP_Digest(b->bytes, b->n, expected, /* size= */ NULL, EVP_md5(), NULL),
                     1);
    assert_memory_equal(got, expected, COS_MD5_BYTES);
    cos_digest_deinit(&b->md5);
}

static void a_body_in_any_pieces_has_the_digest_of_openssl(void **state)
{
    static uint8_t random[BODY_BYTES];
    COS_CLEANUP(cos_rng_free) struct cos_rng *rng = cos_rng_new(1321);
    cos_rng_fill(rng, random, sizeof(random));
    for (int round = 0; round < 2000; round++) {
        struct body one;
        uint64_t most = 2 + cos_rng_below(rng, round % 2 == 0 ? 200 : BODY_BYTES);
        body_init(&one, random, rng);
        while (one.done < one.n) {
            add_alone(&one, some(&one, rng, most));
        }
        body_end(&one);
    }
}

static void two_bodies_in_any_pieces_have_the_digests_of_openssl(void **state)
{
    static uint8_t random[BODY_BYTES];
    COS_CLEANUP(cos_rng_free) struct cos_rng *rng = cos_rng_new(1321);
    cos_rng_fill(rng, random, sizeof(random));
    for (int round = 0; round < 2000; round++) {
        struct body one;
        struct body two;
        uint64_t most = 1 + cos_rng_below(rng, round % 2 == 0 ? 200 : BODY_BYTES);
        body_init(&one, random, rng);
        body_init(&two, random, rng);
        while (one.done < one.n && two.done < two.n) {
            size_t n = some(&one, rng, most);
            size_t m = some(&two, rng, most);
            add_to_both(&one, &two, n < m ? n : m);
            add_alone(&one, some(&one, rng, 100));
            add_alone(&two, some(&two, rng, 100));
        }
        body_end(&one);
        body_end(&two);
    }
}

/* 2^32 bits: the length of RFC 1321 s.3.2 is more than one word. The last MiB goes alone. */
static void a_body_of_more_than_512_mib_has_its_length(void **state)
{
    enum { MIB = 1 << 20, MIBS = 513 };
    uint8_t *zeros = cos_calloc(1, MIB);
    struct cos_digest md5[2];
    assert_non_null(zeros);
    for (size_t i = 0; i < 2; i++) {
        assert_true(cos_digest_init(&md5[i], COS_MD5));
    }
    for (int i = 1; i < MIBS; i++) {
        cos_md5_update_two(&md5[0], zeros, &md5[1], zeros, MIB);
    }
    for (size_t i = 0; i < 2; i++) {
        cos_digest_update(&md5[i], zeros, MIB);
        uint8_t bytes[COS_DIGEST_MAX_BYTES];
        char hex[33];
        cos_hex_encode(hex, bytes, cos_digest_final(&md5[i], bytes));
        assert_string_equal(hex, "f3a8799d64129a6fd8a5aa56f199ac54");
        cos_digest_deinit(&md5[i]);
    }
    cos_free(zeros);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_digests_come_out_of_one_lane),
        cmocka_unit_test(published_digests_come_out_of_either_lane),
        cmocka_unit_test(a_body_in_any_pieces_has_the_digest_of_openssl),
        cmocka_unit_test(two_bodies_in_any_pieces_have_the_digests_of_openssl),
        cmocka_unit_test(a_body_of_more_than_512_mib_has_its_length),
    };
    return cmocka_run_group_tests_name("md5_lanes", tests, NULL, NULL);
}
