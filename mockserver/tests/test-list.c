/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GetBucket, List Objects v1 (cos-wire.md s.2.1, GET Bucket samples of the documents; MK-15 to
 * MK-18). Which entries a page holds is the store's contract (test-store.c); here: parameters,
 * counting, markers, encoding, the shape of the answer.
 */
#include "door.h"

/* Common prefixes in brackets, then keys, as the answer shows them. */
static void entries_of(const struct answer *a, char *out, size_t cap)
{
    const char *at = a->body;
    out[0] = '\0';
    const char *text;
    size_t n = 0;
    while ((text = xml_next(&at, "CommonPrefixes")) != NULL) {
        const char *inner = text;
        n += (size_t)snprintf(out + n, cap - n, "[%s] ", xml_next(&inner, "Prefix"));
    }
    at = a->body;
    while ((text = xml_next(&at, "Key")) != NULL) {
        n += (size_t)snprintf(out + n, cap - n, "%s ", text);
    }
    if (n > 0) {
        out[n - 1] = '\0';
    }
}

static void put_all(struct door *d, const char *const targets[], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        door_put(d, targets[i], "x");
    }
}

static const struct {
    const char *target, *entries, *next, *truncated;
} pages[] = {
    {"/", "a.txt b/1 b/2 c.txt d/1 e.txt", "(absent)", "false"},
    {"/?max-keys=2", "a.txt b/1", "b/1", "true"},
    {"/?max-keys=2&marker=b/1", "b/2 c.txt", "c.txt", "true"},
    {"/?max-keys=2&marker=c.txt", "d/1 e.txt", "(absent)", "false"},
    {"/?delimiter=/", "[b/] [d/] a.txt c.txt e.txt", "(absent)", "false"},
    {"/?delimiter=%2F&max-keys=2", "[b/] a.txt", "b/", "true"},
    {"/?delimiter=/&max-keys=2&marker=b/", "[d/] c.txt", "d/", "true"},
    {"/?delimiter=/&max-keys=2&marker=d/", "e.txt", "(absent)", "false"},
    {"/?prefix=b/", "b/1 b/2", "(absent)", "false"},
    {"/?prefix=b/&delimiter=/&max-keys=1", "b/1", "b/1", "true"},
    {"/?prefix=none", "", "(absent)", "false"},
    {"/?max-keys=0", "", "(absent)", "false"},
};

static void pages_are_cut_as_documented(void **state)
{
    static const char *const targets[] = {"/e.txt", "/d/1", "/c.txt", "/b/2", "/b/1", "/a.txt"};
    struct door *d = *state;
    put_all(d, targets, COS_ARRAY_LEN(targets));
    for (size_t i = 0; i < COS_ARRAY_LEN(pages); i++) {
        struct answer a = door_send(d, "GET", pages[i].target, NULL);
        assert_int_equal(a.status, 200);
        assert_string_equal(answer_header(&a, "x-cos-bucket-region"), d->info.region);
        assert_string_equal(answer_header(&a, "Content-Type"), "application/xml");
        char entries[512];
        entries_of(&a, entries, sizeof(entries));
        if (strcmp(entries, pages[i].entries) != 0) {
            fail_msg("%s: got \"%s\"", pages[i].target, entries);
        }
        assert_string_equal(xml_of(&a, "NextMarker"), pages[i].next);
        assert_string_equal(xml_of(&a, "IsTruncated"), pages[i].truncated);
        assert_string_equal(xml_of(&a, "Name"), d->info.bucket);
        answer_free(&a);
    }
}

static void contents_look_like_the_sample(void **state)
{
    struct door *d = *state;
    door_put(d, "/example-object-1.jpg", "[Object Content]");
    struct answer a = door_send(d, "GET", "/", NULL);
    assert_string_equal(xml_of(&a, "LastModified"), "2020-04-10T09:35:05.000Z");
    assert_string_equal(xml_of(&a, "ETag"), "&quot;ee8de918d05640145b18f70f4c3aa602&quot;");
    assert_string_equal(xml_of(&a, "Size"), "16");
    assert_string_equal(xml_of(&a, "ID"), d->info.appid);
    assert_string_equal(xml_of(&a, "StorageClass"), "STANDARD");
    assert_string_equal(xml_of(&a, "MaxKeys"), "1000");
    assert_string_equal(xml_of(&a, "EncodingType"), "(absent)");
    answer_free(&a);
}

/* UTF-8 byte order, not that of UTF-16: U+FF5E stands before U+1F600. */
static void order_is_that_of_utf8_bytes(void **state)
{
    static const char *const targets[] = {
        "/%F0%9F%98%80", "/%EF%BD%9E", "/%E4%B8%AD", "/z", "/Z", "/%C3%A9", "/a-b", "/a/b"};
    struct door *d = *state;
    put_all(d, targets, COS_ARRAY_LEN(targets));
    struct answer a = door_send(d, "GET", "/?encoding-type=url", NULL);
    char entries[512];
    entries_of(&a, entries, sizeof(entries));
    assert_string_equal(entries, "Z a-b a/b z %C3%A9 %E4%B8%AD %EF%BD%9E %F0%9F%98%80");
    answer_free(&a);
}

static void encoding_type_url_encodes_every_name(void **state)
{
    static const char *const targets[] = {"/a+b%25c%20d~*/e&f", "/Tencent%20Cloud.jpg"};
    struct door *d = *state;
    put_all(d, targets, COS_ARRAY_LEN(targets));
    struct answer a =
        door_send(d, "GET",
                  "/?encoding-type=url&prefix=T&marker=Tencent%20A&delimiter=%20&max-keys=1",
                  NULL);
    char entries[512];
    entries_of(&a, entries, sizeof(entries));
    assert_string_equal(entries, "[Tencent%20]");
    assert_string_equal(xml_of(&a, "Marker"), "Tencent%20A");
    assert_string_equal(xml_of(&a, "Delimiter"), "%20");
    assert_string_equal(xml_of(&a, "EncodingType"), "url");
    answer_free(&a);
    a = door_send(d, "GET", "/?encoding-type=url", NULL);
    entries_of(&a, entries, sizeof(entries));
    assert_string_equal(entries, "Tencent%20Cloud.jpg a%2Bb%25c%20d~%2A/e%26f");
    answer_free(&a);
    a = door_send(d, "GET", "/?max-keys=1&marker=Z", NULL);
    assert_string_equal(xml_of(&a, "Key"), "a+b%c d~*/e&amp;f");
    answer_free(&a);
}

static void bad_parameters_are_named(void **state)
{
    static const struct {
        const char *target, *code;
    } rows[] = {
        {"/?max-keys=many", "InvalidArgument"},
        {"/?max-keys=-1", "InvalidArgument"},
        {"/?encoding-type=hex", "InvalidArgument"},
        {"/?delimiter=ab", "InvalidDelimiter"},
    };
    struct door *d = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        door_expect(d, &(struct ask){.method = "GET", .target = rows[i].target}, 400,
                    rows[i].code);
    }
    struct answer a = door_send(d, "GET", "/?max-keys=5000&delimiter=%E4%B8%AD", NULL);
    assert_int_equal(a.status, 200);
    assert_string_equal(xml_of(&a, "MaxKeys"), "1000"); /* clamped */
    answer_free(&a);
}

static void a_thousand_and_one_keys_need_two_pages(void **state)
{
    struct door *d = *state;
    for (int i = 0; i <= 1000; i++) {
        char key[16];
        (void)snprintf(key, sizeof(key), "k%04d", i);
        struct cosmock_error err;
        assert_int_equal(cosmock_object_put(d->tenant, d->info.bucket, key, "x", 1, &err),
                         COSMOCK_OK);
    }
    struct answer a = door_send(d, "GET", "/", NULL);
    assert_string_equal(xml_of(&a, "IsTruncated"), "true");
    assert_string_equal(xml_of(&a, "NextMarker"), "k0999");
    answer_free(&a);
    a = door_send(d, "GET", "/?marker=k0999", NULL);
    assert_string_equal(xml_of(&a, "IsTruncated"), "false");
    assert_string_equal(xml_of(&a, "Key"), "k1000");
    answer_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOOR_TEST(pages_are_cut_as_documented),
        DOOR_TEST(contents_look_like_the_sample),
        DOOR_TEST(order_is_that_of_utf8_bytes),
        DOOR_TEST(encoding_type_url_encodes_every_name),
        DOOR_TEST(bad_parameters_are_named),
        DOOR_TEST(a_thousand_and_one_keys_need_two_pages),
    };
    return cmocka_run_group_tests_name("list", tests, NULL, NULL);
}
