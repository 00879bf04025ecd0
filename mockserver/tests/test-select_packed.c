/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SELECT Object Content of objects that are packed. The bytes were made by gzip 1.12 (`gzip
 * -9n`) and bzip2 1.0.8 (`bzip2 -9`), from what stands beside them.
 */
#include "door.h"

#include "frames.h"

#define REQUEST                                                                   \
    "<SelectRequest><Expression>SELECT * FROM COSObject</Expression>"             \
    "<ExpressionType>SQL</ExpressionType><InputSerialization><CompressionType>%s" \
    "</CompressionType>%s</InputSerialization><OutputSerialization>%s"            \
    "</OutputSerialization></SelectRequest>"
#define CSV "<CSV><FileHeaderInfo>USE</FileHeaderInfo></CSV>"
#define LINES "<JSON><Type>LINES</Type></JSON>"

/* Id,Name,Age\n1,Ann,30\n2,"Bob, jr.",41\n3,Cid,\n */
#define PEOPLE_GZ                                                                       \
    ("1f8b0800000000000203f34cd1f14bcc4dd5714c4fe532d471cccbd33136e032d25172ca4fd251c8" \
     "2ad253d23131e432d671ce4cd1e102006407575d2c000000")
#define PEOPLE_BZ2                                                                      \
    ("425a683931415926535977a037fd00000e5d80001050057c00382136b390002000222648da09a1b2" \
     "99a6a14000019321247203144ab5a93e8dcbbbc2c013121576cb3e5b5b5e36ff8bb9229c28483bd0" \
     "1bfe80")
#define PEOPLE_ROWS "1,Ann,30\n2,\"Bob, jr.\",41\n3,Cid,\n"
/* Id,Name\n1,A and behind it nn\n2,Bob\n, each by itself: a record lies in both */
#define TWO_GZ                                                                          \
    ("1f8b0800000000000203f34cd1f14bcc4de532d47104006745dbfc0b0000001f8b08000000000002" \
     "03cbcbe332d271ca4fe202006c3bb29b09000000")
#define TWO_BZ2                                                                         \
    ("425a68393141592653596f2cd96e000002dd0000100004200020212602200031003020686220866d" \
     "12df8bb9229c284837966cb700425a6839314159265359c5b4beb2000003dd000010000410001000" \
     "1001a000310c010d334811ca3be2ee48a70a1218b697d640")
/* {"city":"Seattle"}\n{"city":"Tokyo"}\n */
#define CITIES_GZ                                                                       \
    ("1f8b0800000000000203ab564ace2ca954b2520a4e4d2c29c94955aae5aa860985e46757e6030500" \
     "4de21c9824000000")
/* 102,400 times: 1,023 blanks and a newline. */
#define BOMB_BZ2                                                                        \
    ("425a68393141592653592bbf21940200aed0008010400000082000506604d534e542113220a52b10" \
     "5295a9105295e6282b24ca6b3e0317f50036ee2a0010020800000104000a0cc09aa69ca842264414" \
     "a5620a52b5220a52bcc50564994d65e34ed4ac0504774002004100000020800141980a534e550813" \
     "4a8409ba20a4ba20a4b0a20a4bc5dc914e14240d87930a80")

static void put_hex(struct door *d, const char *hex, size_t n)
{
    static uint8_t bytes[1000];
    assert_true(n <= sizeof(bytes) && strlen(hex) >= 2 * n);
    assert_true(cos_hex_decode(bytes, n, cos_span_make(hex, 2 * n)));
    struct answer a =
        door_ask(d, &(struct ask){.method = "PUT", .target = "/o", .body = bytes, .n = n});
    assert_int_equal(a.status, 200);
    answer_free(&a);
}

static struct answer ask(struct door *d, const char *packing, const char *in, const char *out)
{
    char body[1000];
    (void)snprintf(body, sizeof(body), REQUEST, packing, in, out);
    return door_ask(d, &(struct ask){.method = "POST",
                                     .target = "/o?select&select-type=2",
                                     .body = body,
                                     .n = strlen(body)});
}

static const struct {
    const char *name, *packing, *hex, *in, *out, *rows;
    /* of the object, and unfolded */
    size_t scanned, processed;
} packed[] = {
    {"gzip", "GZIP", PEOPLE_GZ, CSV, "<CSV/>", PEOPLE_ROWS, 64, 44},
    {"bzip2", "BZIP2", PEOPLE_BZ2, CSV, "<CSV/>", PEOPLE_ROWS, 83, 44},
    {"the case of the word", "gzip", PEOPLE_GZ, CSV, "<CSV/>", PEOPLE_ROWS, 64, 44},
    {"two members", "GZIP", TWO_GZ, CSV, "<CSV/>", "1,Ann\n2,Bob\n", 60, 20},
    {"two streams", "BZIP2", TWO_BZ2, CSV, "<CSV/>", "1,Ann\n2,Bob\n", 104, 20},
    {"lines", "GZIP", CITIES_GZ, LINES, "<JSON/>",
     "{\"city\":\"Seattle\"}\n{\"city\":\"Tokyo\"}\n", 48, 36},
};

static void what_is_packed_is_unfolded(void **state)
{
    struct door *d = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(packed); i++) {
        char stats[200];
        struct frames f;
        put_hex(d, packed[i].hex, strlen(packed[i].hex) / 2);
        struct answer a = ask(d, packed[i].packing, packed[i].in, packed[i].out);
        (void)snprintf(stats, sizeof(stats),
                       "<BytesScanned>%zu</BytesScanned><BytesProcessed>%zu</BytesProcessed>"
                       "<BytesReturned>%zu</BytesReturned>",
                       packed[i].scanned, packed[i].processed, strlen(packed[i].rows));
        if (a.status != 200 || !frames_read(cos_span_make(a.body, a.n), &f) ||
            strcmp(cos_buf_cstr(&f.rows), packed[i].rows) != 0 ||
            strstr(f.stats, stats) == NULL) {
            fail_msg("%s: %d %s", packed[i].name, a.status, a.body);
        }
        frames_deinit(&f);
        answer_free(&a);
    }
}

static void expect_error(struct door *d, const char *name, const char *packing,
                         const char *code)
{
    struct answer a = ask(d, packing, CSV, "<CSV/>");
    if (a.status != 400 || strcmp(xml_of(&a, "Code"), code) != 0) {
        fail_msg("%s as %s: %d %s", name, packing, a.status, a.body);
    }
    answer_free(&a);
}

/* Wherever it is cut; what had come of it is not told, for it is less than a piece. */
static void what_ends_too_early_is_no_object(void **state)
{
    static const struct {
        const char *packing, *hex, *code;
    } rows[] = {{"GZIP", PEOPLE_GZ, "GzipDecompressError"},
                {"BZIP2", PEOPLE_BZ2, "Bzip2DecompressError"}};
    struct door *d = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        for (size_t n = 0; n < strlen(rows[i].hex) / 2; n++) {
            char name[32];
            (void)snprintf(name, sizeof(name), "%zu bytes", n);
            put_hex(d, rows[i].hex, n);
            struct answer a = ask(d, rows[i].packing, CSV, "<CSV/>");
            struct frames f = {.error = ""};
            bool has_frames = a.status == 200;
            bool is_told = has_frames ? frames_read(cos_span_make(a.body, a.n), &f) &&
                                            strcmp(f.error, rows[i].code) == 0
                                      : strcmp(xml_of(&a, "Code"), rows[i].code) == 0;
            if (!is_told) {
                fail_msg("%s of %s: %d %s", name, rows[i].packing, a.status, a.body);
            }
            frames_deinit(&f);
            answer_free(&a);
        }
    }
}

static void what_is_packed_otherwise_is_refused(void **state)
{
    static const struct {
        const char *name, *hex, *packing, *code;
    } rows[] = {
        {"a CSV", "612c620a312c320a", "GZIP", "GzipDecompressError"},
        {"a CSV", "612c620a312c320a", "BZIP2", "Bzip2DecompressError"},
        {"bzip2", PEOPLE_BZ2, "GZIP", "GzipDecompressError"},
        {"gzip", PEOPLE_GZ, "BZIP2", "Bzip2DecompressError"},
    };
    struct door *d = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        put_hex(d, rows[i].hex, strlen(rows[i].hex) / 2);
        expect_error(d, rows[i].name, rows[i].packing, rows[i].code);
    }
}

/* 144 bytes unfold to 100 MiB: they are not looked at to their end. */
static void a_bomb_is_bounded_by_its_size(void **state)
{
    struct door *d = *state;
    put_hex(d, BOMB_BZ2, strlen(BOMB_BZ2) / 2);
    struct answer a = ask(d, "BZIP2", CSV, "<CSV/>");
    struct frames f;
    assert_int_equal(a.status, 200);
    assert_true(frames_read(cos_span_make(a.body, a.n), &f));
    assert_string_equal(f.error, "Bzip2DecompressError");
    assert_int_equal(f.n_records, 0);
    assert_in_range(f.n_conts, 1, 17);
    frames_deinit(&f);
    answer_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOOR_TEST(what_is_packed_is_unfolded),
        DOOR_TEST(what_ends_too_early_is_no_object),
        DOOR_TEST(what_is_packed_otherwise_is_refused),
        DOOR_TEST(a_bomb_is_bounded_by_its_size),
    };
    return cmocka_run_group_tests_name("select_packed", tests, NULL, NULL);
}
