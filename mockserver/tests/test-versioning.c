/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Versioning as clients see it: PUT and GET Bucket versioning, the headers and elements of
 * every operation that knows versions, GET Bucket Object versions
 * (cos-operations-1.md s.1, s.2; samples of the documents PUT Object, PUT Object - Copy,
 * Complete Multipart Upload, DELETE Object, DELETE Multiple Objects).
 */
#include "door.h"

#include "later.h"
#include "world/mock.h"
#include "world/world.h"

#define ENABLED "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
#define SUSPENDED \
    "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>"
#define ID_BYTES 27 /* base64 without padding of 20 digits */

static struct ask with_body(const char *method, const char *target, const char *body)
{
    return (struct ask){
        .method = method, .target = target, .body = body, .n = strlen(body), .with_md5 = true};
}

static void set_versioning(struct door *d, const char *document)
{
    const struct ask q = with_body("PUT", "/?versioning", document);
    door_expect(d, &q, 200, NULL);
}

/* The id that the answer to a PUT names; "" when it names none. */
static void put(struct door *d, const char *target, const char *text, char id[64])
{
    struct answer a = door_ask(
        d, &(struct ask){.method = "PUT", .target = target, .body = text, .n = strlen(text)});
    assert_int_equal(a.status, 200);
    (void)snprintf(id, 64, "%s", answer_header(&a, "x-cos-version-id"));
    answer_free(&a);
}

static const char *with_version(const char *key, const char *id)
{
    static char target[200];
    (void)snprintf(target, sizeof(target), "%s?versionId=%s", key, id);
    return target;
}

static void expect_header(const struct answer *a, const char *name, const char *value)
{
    assert_string_equal(answer_header(a, name), value);
}

/* GET by target: its body, and which version it says it is. */
static void expect_body(struct door *d, const char *target, const char *text, const char *id)
{
    struct answer a = door_send(d, "GET", target, NULL);
    assert_int_equal(a.status, 200);
    assert_string_equal(a.body, text);
    expect_header(&a, "x-cos-version-id", id);
    answer_free(&a);
    a = door_send(d, "HEAD", target, NULL);
    assert_int_equal(a.status, 200);
    expect_header(&a, "x-cos-version-id", id);
    answer_free(&a);
}

static void expect_deletion(struct door *d, const char *target, const char *marker, char id[64])
{
    struct answer a = door_send(d, "DELETE", target, NULL);
    assert_int_equal(a.status, 204);
    expect_header(&a, "x-cos-delete-marker", marker);
    (void)snprintf(id, 64, "%s", answer_header(&a, "x-cos-version-id"));
    answer_free(&a);
}

/* --- the state of a bucket: s.2.1 --- */

static void expect_status(struct door *d, const char *document)
{
    struct answer a = door_send(d, "GET", "/?versioning", NULL);
    assert_int_equal(a.status, 200);
    expect_header(&a, "Content-Type", "application/xml");
    assert_non_null(strstr(a.body, document));
    answer_free(&a);
}

static void the_state_is_what_was_put(void **state)
{
    struct door *d = *state;
    expect_status(d, "<VersioningConfiguration/>");
    set_versioning(d, ENABLED);
    expect_status(d, ENABLED);
    set_versioning(d, SUSPENDED);
    expect_status(d, SUSPENDED);
    assert_int_equal(cosmock_bucket_versioning_set(d->tenant, d->info.bucket,
                                                   COSMOCK_VERSIONING_ENABLED, NULL),
                     COSMOCK_OK);
    expect_status(d, ENABLED);
}

static void a_state_that_is_none_is_refused(void **state)
{
    static const struct {
        const char *body, *code;
    } rows[] = {
        {"", "InvalidArgument"},
        {"Enabled", "MalformedXML"},
        {"<Versioning><Status>Enabled</Status></Versioning>", "MalformedXML"},
        {"<VersioningConfiguration/>", "InvalidArgument"},
        {"<VersioningConfiguration><Status>enabled</Status></VersioningConfiguration>",
         "InvalidArgument"},
    };
    struct door *d = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        const struct ask q = with_body("PUT", "/?versioning", rows[i].body);
        door_expect(d, &q, 400, rows[i].code);
    }
    expect_status(d, "<VersioningConfiguration/>");
    assert_int_equal(cosmock_bucket_versioning_set(d->tenant, d->info.bucket,
                                                   (enum cosmock_versioning)3, NULL),
                     COSMOCK_E_INVALID);
}

/* --- writing: s.2.2 --- */

static void each_put_is_a_version_with_an_id(void **state)
{
    char none[64];
    char one[64];
    char two[64];
    struct door *d = *state;
    put(d, "/k", "old", none);
    assert_string_equal(none, "");
    set_versioning(d, ENABLED);
    put(d, "/k", "1", one);
    put(d, "/k", "2", two);
    assert_int_equal(strlen(one), ID_BYTES);
    assert_int_equal(strlen(two), ID_BYTES);
    assert_string_not_equal(one, two);
    expect_body(d, "/k", "2", two);
    expect_body(d, "/k?versionId=", "2", two);
    expect_body(d, with_version("/k", one), "1", one);
    expect_body(d, with_version("/k", "null"), "old", "");
    door_expect(d, &(struct ask){.method = "GET", .target = "/k?versionId=test"}, 404,
                "NoSuchVersion");
    door_expect(d, &(struct ask){.method = "GET", .target = with_version("/other", one)}, 404,
                "NoSuchVersion");
}

static void suspended_a_put_names_no_id(void **state)
{
    char id[64];
    struct door *d = *state;
    set_versioning(d, ENABLED);
    put(d, "/k", "1", id);
    set_versioning(d, SUSPENDED);
    put(d, "/k", "2", id);
    assert_string_equal(id, "");
    put(d, "/k", "3", id);
    expect_body(d, "/k", "3", "");
    assert_int_equal(cosmock_switch_set(d->tenant, "null-version-header", "send", NULL),
                     COSMOCK_OK);
    expect_deletion(d, with_version("/k", "null"), "", id);
    assert_string_equal(id, "null");
    struct answer a = door_send(d, "GET", "/k", NULL);
    assert_string_equal(a.body, "1");
    answer_free(&a);
}

/* DELETE Object, samples 1 to 4. */
static void deletions_say_what_became_of_which_version(void **state)
{
    char one[64];
    char marker[64];
    char gone[64];
    struct door *d = *state;
    set_versioning(d, ENABLED);
    put(d, "/k", "1", one);
    expect_deletion(d, "/k", "true", marker);
    assert_int_equal(strlen(marker), ID_BYTES);
    door_expect(d, &(struct ask){.method = "GET", .target = "/k"}, 404, "NoSuchKey");
    door_expect(d, &(struct ask){.method = "GET", .target = with_version("/k", marker)}, 404,
                "NoSuchKey");
    expect_body(d, with_version("/k", one), "1", one);
    expect_deletion(d, with_version("/k", marker), "true", gone);
    assert_string_equal(gone, marker);
    expect_body(d, "/k", "1", one);
    expect_deletion(d, with_version("/k", one), "", gone);
    assert_string_equal(gone, one);
    door_expect(d, &(struct ask){.method = "GET", .target = "/k"}, 404, "NoSuchKey");
    expect_deletion(d, with_version("/k", one), "", gone);
    assert_string_equal(gone, "");
    set_versioning(d, SUSPENDED);
    expect_deletion(d, "/k", "true", marker);
    assert_string_equal(marker, "");
}

static void a_list_shows_the_latest_objects_only(void **state)
{
    char id[64];
    struct door *d = *state;
    set_versioning(d, ENABLED);
    put(d, "/a", "1", id);
    put(d, "/a", "22", id);
    put(d, "/b", "1", id);
    expect_deletion(d, "/b", "true", id);
    struct answer a = door_send(d, "GET", "/", NULL);
    const char *at = a.body;
    assert_string_equal(xml_next(&at, "Key"), "a");
    assert_string_equal(xml_next(&at, "Size"), "2");
    assert_null(xml_next(&at, "Key"));
    answer_free(&a);
    door_expect(d, &(struct ask){.method = "DELETE", .target = "/"}, 409, "BucketNotEmpty");
}

static void forbidding_an_overwrite_is_without_effect(void **state)
{
    char id[64];
    struct door *d = *state;
    const struct ask q = {.method = "PUT",
                          .target = "/k",
                          .headers = "x-cos-forbid-overwrite: true",
                          .body = "2",
                          .n = 1};
    put(d, "/k", "1", id);
    door_expect(d, &q, 409, "FileAlreadyExists");
    set_versioning(d, ENABLED);
    door_expect(d, &q, 200, NULL);
    set_versioning(d, SUSPENDED);
    door_expect(d, &q, 200, NULL);
    door_expect(d,
                &(struct ask){.method = "POST", .target = "/k?uploads", .headers = q.headers},
                200, NULL);
}

/* --- copies --- */

static struct answer copy(struct door *d, const char *from, const char *version, const char *to)
{
    char headers[400];
    (void)snprintf(headers, sizeof(headers), "x-cos-copy-source: %s%s%s", d->host, from,
                   version);
    return door_ask(d, &(struct ask){.method = "PUT", .target = to, .headers = headers});
}

/* PUT Object - Copy, samples 9 and 10. */
static void a_copy_says_which_version_it_is_and_which_it_was(void **state)
{
    char one[64];
    char two[64];
    char query[100];
    struct door *d = *state;
    set_versioning(d, ENABLED);
    put(d, "/k", "1", one);
    put(d, "/k", "2", two);
    struct answer a = copy(d, "/k", "", "/copy");
    assert_int_equal(a.status, 200);
    expect_header(&a, "x-cos-copy-source-version-id", "");
    expect_header(&a, "x-cos-version-id", "");
    char copied[64];
    (void)snprintf(copied, sizeof(copied), "%s", xml_of(&a, "VersionId"));
    assert_int_equal(strlen(copied), ID_BYTES);
    assert_non_null(strstr(a.body, "</VersionId></CopyObjectResult>"));
    answer_free(&a);
    (void)snprintf(query, sizeof(query), "?versionId=%s", one);
    a = copy(d, "/k", query, "/k");
    assert_int_equal(a.status, 200);
    expect_header(&a, "x-cos-copy-source-version-id", one);
    char brought_back[64];
    (void)snprintf(brought_back, sizeof(brought_back), "%s", xml_of(&a, "VersionId"));
    answer_free(&a);
    expect_body(d, "/k", "1", brought_back);
    expect_body(d, "/copy", "2", copied);
}

static void expect_copy(struct door *d, const char *version, int status, const char *code)
{
    struct answer a = copy(d, "/k", version, "/copy");
    assert_int_equal(a.status, status);
    assert_string_equal(xml_of(&a, "Code"), code);
    answer_free(&a);
}

/* Upload Part - Copy, x-cos-copy-source: 404 without a version, 400 with the marker's. */
static void a_marker_is_no_source(void **state)
{
    char id[64];
    char query[100];
    struct door *d = *state;
    set_versioning(d, ENABLED);
    put(d, "/k", "1", id);
    expect_deletion(d, "/k", "true", id);
    (void)snprintf(query, sizeof(query), "?versionId=%s", id);
    expect_copy(d, "", 404, "NoSuchKey");
    expect_copy(d, query, 400, "InvalidRequest");
    expect_copy(d, "?versionId=test", 404, "NoSuchVersion");
}

/* --- uploads: the state at Complete counts, whatever it was at Initiate [U] --- */

static struct answer upload(struct door *d, const char *between)
{
    char target[200];
    char document[300];
    struct answer begun = door_send(d, "POST", "/k?uploads", NULL);
    (void)snprintf(target, sizeof(target), "/k?partNumber=1&uploadId=%.80s",
                   xml_of(&begun, "UploadId"));
    answer_free(&begun);
    struct answer part =
        door_ask(d, &(struct ask){.method = "PUT", .target = target, .body = "up", .n = 2});
    expect_header(&part, "x-cos-version-id", "");
    door_one_part(document, &part);
    answer_free(&part);
    set_versioning(d, between);
    memmove(target + 3, target + 16, strlen(target + 16) + 1); /* without partNumber */
    const struct ask q = {.method = "POST",
                          .target = target,
                          .body = document,
                          .n = strlen(document)};
    return door_ask(d, &q);
}

static void a_completed_upload_is_a_version(void **state)
{
    char id[64];
    struct door *d = *state;
    put(d, "/k", "old", id);
    struct answer a = upload(d, ENABLED);
    assert_int_equal(a.status, 200);
    assert_int_equal(strlen(answer_header(&a, "x-cos-version-id")), ID_BYTES);
    answer_free(&a);
    expect_body(d, with_version("/k", "null"), "old", "");
    a = upload(d, SUSPENDED);
    assert_int_equal(a.status, 200);
    expect_header(&a, "x-cos-version-id", "null");
    answer_free(&a);
}

/* --- DELETE Multiple Objects: s.2.3 --- */

static struct answer delete_many(struct door *d, const char *objects)
{
    char document[1000];
    (void)snprintf(document, sizeof(document), "<Delete>%s</Delete>", objects);
    const struct ask q = with_body("POST", "/?delete", document);
    return door_ask(d, &q);
}

static void deleted_together_each_says_its_version(void **state)
{
    char one[64];
    char objects[600];
    char expected[600];
    struct door *d = *state;
    set_versioning(d, ENABLED);
    put(d, "/a", "1", one);
    struct answer a = delete_many(d, "<Object><Key>a</Key></Object>");
    char marker[64];
    (void)snprintf(marker, sizeof(marker), "%s", xml_of(&a, "DeleteMarkerVersionId"));
    (void)snprintf(expected, sizeof(expected),
                   "<DeleteResult><Deleted><Key>a</Key><DeleteMarker>true</DeleteMarker>"
                   "<DeleteMarkerVersionId>%s</DeleteMarkerVersionId></Deleted>"
                   "</DeleteResult>",
                   marker);
    assert_int_equal(strlen(marker), ID_BYTES);
    assert_non_null(strstr(a.body, expected));
    answer_free(&a);
    (void)snprintf(objects, sizeof(objects),
                   "<Object><Key>a</Key><VersionId>%s</VersionId></Object>"
                   "<Object><Key>a</Key><VersionId>%s</VersionId></Object>",
                   marker, one);
    (void)snprintf(expected, sizeof(expected),
                   "<DeleteResult><Deleted><Key>a</Key><DeleteMarker>true</DeleteMarker>"
                   "<DeleteMarkerVersionId>%s</DeleteMarkerVersionId><VersionId>%s</VersionId>"
                   "</Deleted><Deleted><Key>a</Key><VersionId>%s</VersionId></Deleted>"
                   "</DeleteResult>",
                   marker, marker, one);
    a = delete_many(d, objects);
    assert_non_null(strstr(a.body, expected));
    answer_free(&a);
    door_expect(d, &(struct ask){.method = "DELETE", .target = "/"}, 204, NULL);
}

/* One behind the other, as if they had been sent alone. */
static void a_key_that_comes_twice_is_deleted_twice(void **state)
{
    char id[64];
    struct door *d = *state;
    set_versioning(d, ENABLED);
    put(d, "/a", "1", id);
    struct answer a =
        delete_many(d, "<Object><Key>a</Key></Object><Object><Key>b</Key></Object>"
                       "<Object><Key>a</Key></Object>");
    const char *at = a.body;
    char first[64];
    (void)snprintf(first, sizeof(first), "%s", xml_next(&at, "DeleteMarkerVersionId"));
    assert_non_null(xml_next(&at, "DeleteMarkerVersionId"));
    assert_string_not_equal(xml_next(&at, "DeleteMarkerVersionId"), first);
    assert_null(xml_next(&at, "DeleteMarkerVersionId"));
    answer_free(&a);
    a = door_send(d, "GET", "/?versions", NULL);
    at = a.body;
    for (int i = 0; i < 3; i++) {
        assert_non_null(xml_next(&at, "DeleteMarker"));
    }
    assert_null(xml_next(&at, "DeleteMarker"));
    answer_free(&a);
}

/* --- GET Bucket Object versions: s.2.4 --- */

/* Example 1: of a bucket that never had a state the ids are empty. */
static void without_versioning_ids_are_empty(void **state)
{
    char id[64];
    struct door *d = *state;
    put(d, "/k", "1", id);
    struct answer a = door_send(d, "GET", "/?versions", NULL);
    assert_int_equal(a.status, 200);
    assert_non_null(strstr(a.body, "<VersionId></VersionId><IsLatest>true</IsLatest>"));
    answer_free(&a);
    set_versioning(d, SUSPENDED);
    a = door_send(d, "GET", "/?versions", NULL);
    assert_string_equal(xml_of(&a, "VersionId"), "null");
    answer_free(&a);
}

static void the_page_has_the_documented_elements_in_their_order(void **state)
{
    char id[64];
    struct door *d = *state;
    set_versioning(d, ENABLED);
    put(d, "/a%20b", "1", id);
    expect_deletion(d, "/a%20b", "true", id);
    put(d, "/dir/k", "1", id);
    struct answer a =
        door_send(d, "GET", "/?versions&delimiter=%2F&encoding-type=url&max-keys=10", NULL);
    static const char *const parts[] = {
        "<ListVersionsResult><EncodingType>url</EncodingType><Name>",
        "</Name><Prefix></Prefix><KeyMarker></KeyMarker><VersionIdMarker></VersionIdMarker>"
        "<MaxKeys>10</MaxKeys><IsTruncated>false</IsTruncated><Delimiter>/</Delimiter>"
        "<CommonPrefixes><Prefix>dir/</Prefix></CommonPrefixes><DeleteMarker><Key>a%20b</Key>"
        "<VersionId>",
        "</VersionId><IsLatest>true</IsLatest><LastModified>",
        "</LastModified><Owner><ID>1250000000</ID><DisplayName>1250000000</DisplayName></Owner>"
        "</DeleteMarker><Version><Key>a%20b</Key><VersionId>",
        "</VersionId><IsLatest>false</IsLatest><LastModified>",
        "</LastModified><ETag>&quot;c4ca4238a0b923820dcc509a6f75849b&quot;</ETag>"
        "<Size>1</Size><StorageClass>STANDARD</StorageClass><Owner><ID>1250000000</ID>"
        "<DisplayName>1250000000</DisplayName></Owner></Version></ListVersionsResult>",
    };
    const char *at = a.body;
    for (size_t i = 0; i < COS_ARRAY_LEN(parts); i++) {
        const char *found = strstr(at, parts[i]);
        if (found == NULL) {
            fail_msg("not in its place: %s\nin %s", parts[i], a.body);
        }
        at = found + strlen(parts[i]);
    }
    answer_free(&a);
}

static void pages_are_joined_by_both_markers(void **state)
{
    char ids[3][64];
    char target[300];
    struct door *d = *state;
    set_versioning(d, ENABLED);
    for (size_t i = 0; i < 3; i++) {
        put(d, "/k", "1", ids[i]);
    }
    struct answer a = door_send(d, "GET", "/?versions&max-keys=2", NULL);
    assert_string_equal(xml_of(&a, "NextKeyMarker"), "k");
    assert_string_equal(xml_of(&a, "NextVersionIdMarker"), ids[1]);
    answer_free(&a);
    (void)snprintf(target, sizeof(target), "/?versions&key-marker=k&version-id-marker=%s",
                   ids[1]);
    a = door_send(d, "GET", target, NULL);
    assert_string_equal(xml_of(&a, "VersionId"), ids[0]);
    assert_string_equal(xml_of(&a, "IsTruncated"), "false");
    answer_free(&a);
    a = door_send(d, "GET", "/?versions&key-marker=k", NULL);
    assert_null(strstr(a.body, "<Version>"));
    answer_free(&a);
    struct cosmock_entry *entries = NULL;
    int64_t n = cosmock_journal_read(d->tenant, &entries, NULL);
    for (int64_t i = 0; i < n; i++) {
        assert_string_equal(entries[i].ignored, "");
    }
    cosmock_entries_free(entries);
}

/* Example 10: the last entry is a common prefix. */
static void behind_a_common_prefix_no_version_is_named(void **state)
{
    char id[64];
    struct door *d = *state;
    set_versioning(d, ENABLED);
    put(d, "/a/1", "1", id);
    put(d, "/b", "1", id);
    struct answer a = door_send(d, "GET", "/?versions&delimiter=%2F&max-keys=1", NULL);
    assert_string_equal(xml_of(&a, "NextKeyMarker"), "a/");
    assert_string_equal(xml_of(&a, "NextVersionIdMarker"), "");
    answer_free(&a);
    a = door_send(d, "GET",
                  "/?versions&delimiter=%2F&key-marker=a%2F&version-id-marker=", NULL);
    assert_string_equal(xml_of(&a, "Key"), "b");
    answer_free(&a);
}

static void a_marker_that_says_nothing_is_refused(void **state)
{
    static const char *const targets[] = {
        "/?versions&key-marker=k&version-id-marker=test",
        "/?versions&version-id-marker=MTg0NDUxNTc1NjIzMTQ1MDAwODg",
    };
    struct door *d = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(targets); i++) {
        door_expect(d, &(struct ask){.method = "GET", .target = targets[i]}, 400,
                    "InvalidArgument");
    }
}

/* --- who comes too late --- */

static void nothing(void *ctx)
{
    (void)ctx;
}

/* Its batch waits. */
static struct cosmock_exchange *begin(struct door *d, const char *target, const char *body)
{
    char length[20];
    (void)snprintf(length, sizeof(length), "%zu", strlen(body));
    struct cosmock_header headers[] = {{{"Host", 4}, {d->host, strlen(d->host)}},
                                       {{"Content-Length", 14}, {length, strlen(length)}}};
    const struct cosmock_head head = {.method = {"PUT", 3},
                                      .target = {target, strlen(target)},
                                      .headers = headers,
                                      .n_headers = COS_ARRAY_LEN(headers)};
    struct cosmock_exchange *x = NULL;
    assert_true(cosmock_begin(d->mock, &x, &head) > 0);
    assert_int_equal(cosmock_body(x, body, strlen(body)), COSMOCK_OK);
    cosmock_on_resume(x, nothing, NULL);
    assert_int_equal(cosmock_finish(x), COSMOCK_WAIT);
    return x;
}

static void end(struct cosmock_exchange *x)
{
    cosmock_on_resume(x, NULL, NULL);
    assert_int_equal(cosmock_finish(x), COSMOCK_OK);
    assert_int_equal(cosmock_reply_status(x), 200);
    (void)cosmock_exchange_free(x);
}

/* Both were made from the same latest version; whoever is second is made again, and neither
 * client hears of it. */
static void of_two_puts_at_once_both_are_versions(void **state)
{
    char id[64];
    struct door *d = *state;
    struct cosmock_exchange *both[2];
    set_versioning(d, ENABLED);
    put(d, "/k", "1", id);
    later_hold(d->tenant->rows);
    for (size_t i = 0; i < 2; i++) {
        both[i] = begin(d, "/k", "2");
    }
    later_go_on(d->tenant->rows);
    for (size_t i = 0; i < 2; i++) {
        end(both[i]);
    }
    struct answer a = door_send(d, "GET", "/?versions", NULL);
    const char *at = a.body;
    for (size_t i = 0; i < 3; i++) {
        assert_non_null(xml_next(&at, "VersionId"));
    }
    assert_null(xml_next(&at, "VersionId"));
    answer_free(&a);
}

/* It was begun as one that overwrites. */
static void a_put_behind_the_switch_keeps_what_was_there(void **state)
{
    char id[64];
    struct door *d = *state;
    put(d, "/k", "old", id);
    later_hold(d->tenant->rows);
    struct cosmock_exchange *change = begin(d, "/?versioning", ENABLED);
    struct cosmock_exchange *late = begin(d, "/k", "new");
    later_go_on(d->tenant->rows);
    end(change);
    end(late);
    struct answer a = door_send(d, "GET", "/k", NULL);
    assert_string_equal(a.body, "new");
    assert_int_equal(strlen(answer_header(&a, "x-cos-version-id")), ID_BYTES);
    answer_free(&a);
    expect_body(d, with_version("/k", "null"), "old", "");
}

static int open_later(void **state)
{
    return door_open_over(state, later_use);
}

#define LATER_TEST(f) cmocka_unit_test_setup_teardown(f, open_later, door_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOOR_TEST(the_state_is_what_was_put),
        DOOR_TEST(a_state_that_is_none_is_refused),
        DOOR_TEST(each_put_is_a_version_with_an_id),
        DOOR_TEST(suspended_a_put_names_no_id),
        DOOR_TEST(deletions_say_what_became_of_which_version),
        DOOR_TEST(a_list_shows_the_latest_objects_only),
        DOOR_TEST(forbidding_an_overwrite_is_without_effect),
        DOOR_TEST(a_copy_says_which_version_it_is_and_which_it_was),
        DOOR_TEST(a_marker_is_no_source),
        DOOR_TEST(a_completed_upload_is_a_version),
        DOOR_TEST(deleted_together_each_says_its_version),
        DOOR_TEST(a_key_that_comes_twice_is_deleted_twice),
        DOOR_TEST(without_versioning_ids_are_empty),
        DOOR_TEST(the_page_has_the_documented_elements_in_their_order),
        DOOR_TEST(pages_are_joined_by_both_markers),
        DOOR_TEST(behind_a_common_prefix_no_version_is_named),
        DOOR_TEST(a_marker_that_says_nothing_is_refused),
        LATER_TEST(of_two_puts_at_once_both_are_versions),
        LATER_TEST(a_put_behind_the_switch_keeps_what_was_there),
    };
    return cmocka_run_group_tests_name("versioning", tests, NULL, NULL);
}
