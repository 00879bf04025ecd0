/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AppendObject: document APPEND Object (436/7741) and what the SDKs' suites ask of it
 * (cos-operations-2.md s.0.1, s.4). "[Object Content]", its MD5 and CRC-64 are those of the
 * GET Object samples.
 */
#include "door.h"

#define CONTENT "[Object Content]"
#define CONTENT_MD5 "ee8de918d05640145b18f70f4c3aa602"
#define CONTENT_CRC64 "16749565679157681890"

static struct answer append_with(struct door *d, const char *target, const char *headers,
                                 const char *block)
{
    return door_ask(d, &(struct ask){.method = "POST",
                                     .target = target,
                                     .headers = headers,
                                     .body = block,
                                     .n = strlen(block)});
}

static void expect_append(struct door *d, const char *target, const char *block, int status,
                          const char *code)
{
    struct answer a = append_with(d, target, NULL, block);
    if (a.status != status || strcmp(status < 400 ? "" : xml_of(&a, "Code"), code) != 0) {
        fail_msg("%s: %d %s", target, a.status, a.body);
    }
    answer_free(&a);
}

/* "123456789" has the CRC-64 that every catalogue gives: 995dc9bbdf1939fa. */
static void blocks_become_one_object(void **state)
{
    struct door *d = *state;
    struct answer a = append_with(d, "/o?append&position=0", NULL, "1234");
    assert_int_equal(a.status, 200);
    assert_int_equal(a.n, 0);
    assert_string_equal(answer_header(&a, "x-cos-next-append-position"), "4");
    assert_string_equal(answer_header(&a, "x-cos-content-sha1"),
                        "81dc9bdb52d04dc20036dbd8313ed055"); /* md5sum of 1234 */
    answer_free(&a);
    a = append_with(d, "/o?append&position=4", NULL, "56789");
    assert_int_equal(a.status, 200);
    assert_string_equal(answer_header(&a, "x-cos-next-append-position"), "9");
    answer_free(&a);
    a = door_send(d, "GET", "/o", NULL);
    assert_string_equal(a.body, "123456789");
    assert_string_equal(answer_header(&a, "x-cos-hash-crc64ecma"), "11051210869376104954");
    assert_string_equal(answer_header(&a, "x-cos-object-type"), "appendable");
    answer_free(&a);
    a = door_send(d, "GET", "/o", "Range: bytes=2-5");
    assert_string_equal(a.body, "3456");
    answer_free(&a);
}

/* [T] c ut test_cos_crc.c:150-176: a client that compares finds nothing to compare with. */
static void an_append_says_its_crc_only_by_a_switch(void **state)
{
    struct door *d = *state;
    struct answer a = append_with(d, "/o?append&position=0", NULL, "1234");
    assert_string_equal(answer_header(&a, "x-cos-hash-crc64ecma"), "");
    answer_free(&a);
    assert_int_equal(cosmock_switch_set(d->tenant, "append-crc64", "sent", NULL), 0);
    a = append_with(d, "/o?append&position=4", NULL, "56789");
    assert_string_equal(answer_header(&a, "x-cos-hash-crc64ecma"), "11051210869376104954");
    answer_free(&a);
}

static void the_first_block_alone_has_its_digests(void **state)
{
    struct door *d = *state;
    struct answer a = append_with(d, "/o?append&position=0", NULL, CONTENT);
    assert_string_equal(answer_header(&a, "x-cos-content-sha1"), CONTENT_MD5);
    char etag[64];
    (void)snprintf(etag, sizeof(etag), "%s", answer_header(&a, "ETag"));
    answer_free(&a);
    a = door_send(d, "HEAD", "/o", NULL);
    assert_string_equal(answer_header(&a, "ETag"), etag);
    assert_string_equal(answer_header(&a, "x-cos-hash-crc64ecma"), CONTENT_CRC64);
    answer_free(&a);
    a = append_with(d, "/o?append&position=16", NULL, "x");
    assert_string_not_equal(answer_header(&a, "ETag"), etag);
    answer_free(&a);
}

/* The C++ suite: a hundred appends, each followed by one at the old position. */
static void a_block_at_another_place_is_refused(void **state)
{
    struct door *d = *state;
    for (int i = 0; i < 100; i++) {
        char target[64];
        (void)snprintf(target, sizeof(target), "/o?append&position=%d", 3 * i);
        expect_append(d, target, "abc", 200, "");
        expect_append(d, target, "abc", 409, "AppendPositionErr");
    }
    struct answer a = door_send(d, "HEAD", "/o", NULL);
    assert_string_equal(answer_header(&a, "Content-Length"), "300");
    answer_free(&a);
    expect_append(d, "/new?append&position=1", "x", 409, "AppendPositionErr");
}

static void what_is_no_append_is_refused(void **state)
{
    static const struct {
        const char *target, *headers;
        int status;
        const char *code;
    } rows[] = {
        {"/o?append", NULL, 400, "InvalidArgument"},
        {"/o?append&position=", NULL, 400, "InvalidArgument"},
        {"/o?append&position=-1", NULL, 400, "InvalidArgument"},
        {"/o?append&position=a", NULL, 400, "InvalidArgument"},
        {"/o?append&position=0", "x-cos-storage-class: INTELLIGENT_TIERING", 400,
         "NotSupportedStorageClass"},
        {"/o?append&position=0", "x-cos-storage-class: ARCHIVE", 400,
         "NotSupportedStorageClass"},
        {"/o?append&position=0", "Content-MD5: 1B2M2Y8AsgTpgAmY7PhCfg==", 400, "BadDigest"},
        {"/o?append&position=0", "x-cos-content-sha1: da39a3ee5e6b4b0d3255bfef95601890afd80709",
         400, "InvalidSHA1Digest"},
        {"/put?append&position=16", NULL, 409, "ObjectNotAppendable"},
    };
    struct door *d = *state;
    door_put(d, "/put", CONTENT);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct answer a = append_with(d, rows[i].target, rows[i].headers, "x");
        if (a.status != rows[i].status || strcmp(xml_of(&a, "Code"), rows[i].code) != 0) {
            fail_msg("%s %s: %d %s", rows[i].target, rows[i].headers, a.status, a.body);
        }
        answer_free(&a);
    }
    door_expect(d,
                &(struct ask){.method = "POST",
                              .target = "/o?append&position=0",
                              .body = "x",
                              .n = 1,
                              .no_length = true},
                411, "MissingContentLength");
    door_expect(d, &(struct ask){.method = "HEAD", .target = "/o"}, 404, NULL);
    struct answer a = append_with(d, "/put?append&position=16", NULL, "x");
    assert_string_equal(xml_of(&a, "Message"),
                        "The operation is not valid for the current state of the object.");
    answer_free(&a);
}

static void the_beginning_describes_the_object(void **state)
{
    struct door *d = *state;
    struct answer a = append_with(d, "/o?append&position=0",
                                  "Content-Type: text/css\nx-cos-meta-a: 1\n"
                                  "x-cos-storage-class: STANDARD_IA\nCache-Control: no-cache",
                                  "x");
    assert_int_equal(a.status, 200);
    answer_free(&a);
    a = append_with(d, "/o?append&position=1",
                    "Content-Type: text/html\nx-cos-meta-a: 2\nx-cos-storage-class: ARCHIVE",
                    "y");
    assert_int_equal(a.status, 200);
    answer_free(&a);
    a = door_send(d, "HEAD", "/o", NULL);
    assert_string_equal(answer_header(&a, "Content-Type"), "text/css");
    assert_string_equal(answer_header(&a, "Cache-Control"), "no-cache");
    assert_string_equal(answer_header(&a, "x-cos-meta-a"), "1");
    assert_string_equal(answer_header(&a, "x-cos-storage-class"), "STANDARD_IA");
    answer_free(&a);
}

static void an_overwrite_makes_a_normal_object(void **state)
{
    struct door *d = *state;
    expect_append(d, "/o?append&position=0", "x", 200, "");
    door_put(d, "/o", "y");
    struct answer a = door_send(d, "HEAD", "/o", NULL);
    assert_string_equal(answer_header(&a, "x-cos-object-type"), "");
    answer_free(&a);
    expect_append(d, "/o?append&position=1", "x", 409, "ObjectNotAppendable");
}

/* A GET that has begun reads on what it began with. */
static void who_reads_sees_no_growth(void **state)
{
    struct door *d = *state;
    expect_append(d, "/o?append&position=0", "abc", 200, "");
    struct cosmock_header host = {{"Host", 4}, {d->host, strlen(d->host)}};
    struct cosmock_head head = {.method = {"GET", 3},
                                .target = {"/o", 2},
                                .headers = &host,
                                .n_headers = 1};
    struct answer a = {0};
    assert_true(cosmock_begin(d->mock, &a.x, &head) > 0);
    assert_int_equal(cosmock_finish(a.x), 0);
    expect_append(d, "/o?append&position=3", "def", 200, "");
    answer_read(&a);
    assert_string_equal(a.body, "abc");
    answer_free(&a);
}

static void an_empty_block_begins_an_object(void **state)
{
    struct door *d = *state;
    expect_append(d, "/o?append&position=0", "", 200, "");
    expect_append(d, "/o?append&position=0", "x", 200, "");
    struct answer a = door_send(d, "GET", "/o", NULL);
    assert_string_equal(a.body, "x");
    answer_free(&a);
}

/* 436/7741, 2024-11-15: they cannot be copied, also not in parts and not through a link. */
static void no_appendable_object_is_copied(void **state)
{
    struct door *d = *state;
    char source[250];
    char through_link[250];
    char part[200];
    expect_append(d, "/o?append&position=0", "abc", 200, "");
    door_expect(d,
                &(struct ask){.method = "PUT",
                              .target = "/l?symlink",
                              .headers = "x-cos-symlink-target: o"},
                200, NULL);
    struct answer a = door_send(d, "POST", "/c?uploads", NULL);
    (void)snprintf(part, sizeof(part), "/c?partNumber=1&uploadId=%s", xml_of(&a, "UploadId"));
    answer_free(&a);
    (void)snprintf(source, sizeof(source), "x-cos-copy-source: %s/o", d->host);
    (void)snprintf(through_link, sizeof(through_link), "x-cos-copy-source: %s/l", d->host);
    const struct ask asks[] = {
        {.method = "PUT", .target = "/c", .headers = source},
        {.method = "PUT", .target = "/c", .headers = through_link},
        {.method = "PUT", .target = part, .headers = source},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(asks); i++) {
        door_expect(d, &asks[i], 400, "InvalidRequest");
    }
    door_expect(d, &(struct ask){.method = "HEAD", .target = "/c"}, 404, NULL);
    assert_int_equal(cosmock_switch_set(d->tenant, "copy-of-appendable", "normal", NULL), 0);
    for (size_t i = 0; i < COS_ARRAY_LEN(asks); i++) {
        door_expect(d, &asks[i], 200, NULL);
    }
    a = door_send(d, "GET", "/c", NULL);
    assert_string_equal(a.body, "abc");
    assert_string_equal(answer_header(&a, "x-cos-object-type"), "");
    answer_free(&a);
}

/* --- where there are versions --- */

enum versioned { NEVER, ENABLED, SUSPENDED, STATES };
enum there { NOTHING, MARKER, BLOCKS, WHOLE };

static void set_versioning(struct door *d, enum versioned state)
{
    if (state != NEVER) {
        assert_int_equal(cosmock_bucket_versioning_set(d->tenant, d->info.bucket,
                                                       state == ENABLED
                                                           ? COSMOCK_VERSIONING_ENABLED
                                                           : COSMOCK_VERSIONING_SUSPENDED,
                                                       NULL),
                         0);
    }
}

static void delete_o(struct door *d)
{
    door_expect(d, &(struct ask){.method = "DELETE", .target = "/o"}, 204, NULL);
}

/* Of three bytes, where there are any. */
static void prepare(struct door *d, enum there there)
{
    if (there == MARKER || there == WHOLE) {
        door_put(d, "/o", "put");
    }
    if (there == MARKER) {
        delete_o(d);
    }
    if (there == BLOCKS) {
        expect_append(d, "/o?append&position=0", "abc", 200, "");
    }
}

static size_t count(const char *text, const char *what)
{
    size_t n = 0;
    for (; (text = strstr(text, what)) != NULL; text++) {
        n++;
    }
    return n;
}

static void expect_versions(struct door *d, const char *row, size_t versions, size_t markers)
{
    struct answer a = door_send(d, "GET", "/?versions&prefix=o", NULL);
    if (count(a.body, "<Version>") != versions || count(a.body, "<DeleteMarker>") != markers) {
        fail_msg("%s: not %zu versions and %zu markers: %s", row, versions, markers, a.body);
    }
    answer_free(&a);
}

/* The last two: how many versions and markers there are then, in each state of versioning. */
struct append_row {
    const char *name;
    enum there there;
    const char *target;
    int status;
    const char *code;
    size_t versions[STATES], markers[STATES];
};

static void expect_row(struct door *d, const struct append_row *row, enum versioned state)
{
    set_versioning(d, state);
    prepare(d, row->there);
    struct answer a = append_with(d, row->target, NULL, "def");
    if (a.status != row->status ||
        (a.status >= 400 && strcmp(xml_of(&a, "Code"), row->code) != 0)) {
        fail_msg("%s, state %d: %d %s", row->name, state, a.status, a.body);
    }
    assert_string_equal(answer_header(&a, "x-cos-version-id"), "");
    answer_free(&a);
    expect_versions(d, row->name, row->versions[state], row->markers[state]);
}

/* The suites of Python (ut/test.py:1000, :3654) and Node (test.js:6305) append, after a
 * deletion, in buckets whose versioning is on; a marker is nothing that could grow, as in OSS.
 * What comes while versioning is suspended takes the place of the version without an id. */
static void an_append_goes_by_what_is_there_in_every_state_of_versioning(void **state)
{
#define AT(position) "/o?append&position=" #position
    static const struct append_row rows[] = {
        {"nothing", NOTHING, AT(0), 200, "", {1, 1, 1}, {0, 0, 0}},
        {"nothing, wrong", NOTHING, AT(3), 409, "AppendPositionErr", {0, 0, 0}, {0, 0, 0}},
        {"marker", MARKER, AT(0), 200, "", {1, 2, 1}, {0, 1, 0}},
        {"marker, wrong", MARKER, AT(3), 409, "AppendPositionErr", {0, 1, 0}, {0, 1, 1}},
        {"blocks, 0", BLOCKS, AT(0), 409, "AppendPositionErr", {1, 1, 1}, {0, 0, 0}},
        {"blocks", BLOCKS, AT(3), 200, "", {1, 1, 1}, {0, 0, 0}},
        {"blocks, wrong", BLOCKS, AT(2), 409, "AppendPositionErr", {1, 1, 1}, {0, 0, 0}},
        {"whole, 0", WHOLE, AT(0), 409, "ObjectNotAppendable", {1, 1, 1}, {0, 0, 0}},
        {"whole, length", WHOLE, AT(3), 409, "ObjectNotAppendable", {1, 1, 1}, {0, 0, 0}},
        {"whole, wrong", WHOLE, AT(2), 409, "ObjectNotAppendable", {1, 1, 1}, {0, 0, 0}},
    };
#undef AT
    for (enum versioned v = NEVER; v < STATES; v++) {
        for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
            assert_int_equal(door_open(state), 0);
            expect_row(*state, &rows[i], v);
            assert_int_equal(door_close(state), 0);
        }
    }
}

static void expect_latest(struct door *d, const char *name, const char *value, const char *body)
{
    struct answer a = door_send(d, "GET", "/o", NULL);
    assert_string_equal(a.body, body);
    assert_string_equal(answer_header(&a, name), value);
    answer_free(&a);
}

/* "Takes no part in versioning": no id, however it grows; a deletion or another write covers
 * it as any object from before. */
static void what_an_append_begins_has_no_id(void **state)
{
    struct door *d = *state;
    set_versioning(d, ENABLED);
    expect_append(d, "/o?append&position=0", "abc", 200, "");
    expect_append(d, "/o?append&position=3", "def", 200, "");
    expect_latest(d, "x-cos-version-id", "", "abcdef");
    expect_versions(d, "grown", 1, 0);
    delete_o(d);
    struct answer a = door_send(d, "GET", "/o?versionId=null", NULL);
    assert_string_equal(a.body, "abcdef");
    assert_string_equal(answer_header(&a, "x-cos-object-type"), "appendable");
    answer_free(&a);
    expect_append(d, "/o?append&position=0", "new", 200, "");
    expect_versions(d, "in the place of the older one", 1, 1);
    expect_latest(d, "x-cos-object-type", "appendable", "new");
    door_put(d, "/o", "put");
    expect_versions(d, "covered", 2, 1);
    expect_latest(d, "x-cos-object-type", "", "put");
}

static void with_the_switch_it_has_one_and_keeps_it(void **state)
{
    char id[64];
    struct door *d = *state;
    set_versioning(d, ENABLED);
    assert_int_equal(cosmock_switch_set(d->tenant, "append-version", "id", NULL), 0);
    struct answer a = append_with(d, "/o?append&position=0", NULL, "abc");
    (void)snprintf(id, sizeof(id), "%s", answer_header(&a, "x-cos-version-id"));
    assert_string_not_equal(id, "");
    answer_free(&a);
    a = append_with(d, "/o?append&position=3", NULL, "def");
    assert_string_equal(answer_header(&a, "x-cos-version-id"), id);
    answer_free(&a);
    expect_latest(d, "x-cos-version-id", id, "abcdef");
    delete_o(d);
    expect_append(d, "/o?append&position=0", "new", 200, "");
    expect_versions(d, "each its own", 2, 1);
    set_versioning(d, SUSPENDED);
    expect_append(d, "/o?append&position=3", "er", 200, "");
    expect_versions(d, "grown while suspended", 2, 1);
    expect_latest(d, "x-cos-object-type", "appendable", "newer");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOOR_TEST(blocks_become_one_object),
        DOOR_TEST(an_append_says_its_crc_only_by_a_switch),
        DOOR_TEST(the_first_block_alone_has_its_digests),
        DOOR_TEST(a_block_at_another_place_is_refused),
        DOOR_TEST(what_is_no_append_is_refused),
        DOOR_TEST(the_beginning_describes_the_object),
        DOOR_TEST(an_overwrite_makes_a_normal_object),
        DOOR_TEST(who_reads_sees_no_growth),
        DOOR_TEST(an_empty_block_begins_an_object),
        DOOR_TEST(no_appendable_object_is_copied),
        cmocka_unit_test(an_append_goes_by_what_is_there_in_every_state_of_versioning),
        DOOR_TEST(what_an_append_begins_has_no_id),
        DOOR_TEST(with_the_switch_it_has_one_and_keeps_it),
    };
    return cmocka_run_group_tests_name("append", tests, NULL, NULL);
}
