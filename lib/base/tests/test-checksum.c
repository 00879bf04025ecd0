/* SPDX-License-Identifier: Apache-2.0 */
/* The check values of the reveng catalogue ("123456789"), and what RFC 3720 B.4 prints for
 * CRC-32C. */
#include "check.h"
#include "cosbase/checksum.h"
#include "cosbase/rng.h"

static const uint8_t zeros[32];
static const uint8_t ones[32] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
                                 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
                                 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};

static const struct {
    enum cos_checksum_kind kind;
    const void *bytes;
    size_t n;
    uint64_t crc;
} vectors[] = {
    {COS_CRC32, "123456789", 9, UINT64_C(0xCBF43926)},
    {COS_CRC32C, "123456789", 9, UINT64_C(0xE3069283)},
    {COS_CRC64NVME, "123456789", 9, UINT64_C(0xAE8B14860A799888)},
    {COS_CRC32C, zeros, sizeof(zeros), UINT64_C(0x8A9136AA)},
    {COS_CRC32C, ones, sizeof(ones), UINT64_C(0x62A8AB43)},
    {COS_CRC32, "", 0, 0},
    {COS_CRC32C, "", 0, 0},
    {COS_CRC64NVME, "", 0, 0},
};

static void published_values_come_out(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(vectors); i++) {
        assert_int_equal(cos_checksum(vectors[i].kind, 0, vectors[i].bytes, vectors[i].n),
                         vectors[i].crc);
    }
}

static void pieces_give_what_the_whole_gives(void **state)
{
    uint8_t bytes[300];
    struct cos_rng *rng = cos_rng_new(1);
    assert_non_null(rng);
    cos_rng_fill(rng, bytes, sizeof(bytes));
    rng = cos_rng_free(rng);
    for (int kind = 0; kind < COS_CHECKSUM_KINDS; kind++) {
        uint64_t whole = cos_checksum(kind, 0, bytes, sizeof(bytes));
        for (size_t cut = 0; cut <= sizeof(bytes); cut += 7) {
            uint64_t first = cos_checksum(kind, 0, bytes, cut);
            assert_int_equal(cos_checksum(kind, first, bytes + cut, sizeof(bytes) - cut),
                             whole);
        }
    }
}

static void each_has_its_size(void **state)
{
    assert_int_equal(cos_checksum_bytes(COS_CRC32), 4);
    assert_int_equal(cos_checksum_bytes(COS_CRC32C), 4);
    assert_int_equal(cos_checksum_bytes(COS_CRC64NVME), 8);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_values_come_out),
        cmocka_unit_test(pieces_give_what_the_whole_gives),
        cmocka_unit_test(each_has_its_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
