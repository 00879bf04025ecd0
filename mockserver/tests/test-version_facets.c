/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What versions carry, each its own: lists, tags, links, blocks that were appended
 * (cos-operations-1.md s.2.2: tagging and ACL act on the latest version unless versionId is
 * given; s.2.3; cos-operations-2.md s.4, s.5).
 */
#include "door.h"

/* Its version is in @id; "" when the answer names none. */
static void put(struct door *d, const char *target, const char *headers, const char *text,
                char id[64])
{
    struct answer a = door_ask(d, &(struct ask){.method = "PUT",
                                                .target = target,
                                                .headers = headers,
                                                .body = text,
                                                .n = strlen(text)});
    if (a.status != 200) {
        fail_msg("PUT %s: %d %s", target, a.status, a.body);
    }
    (void)snprintf(id, 64, "%s", answer_header(&a, "x-cos-version-id"));
    answer_free(&a);
}

/* "/k?acl" of a version; static buffer. */
static const char *of_version(const char *target, const char *id)
{
    static char text[300];
    (void)snprintf(text, sizeof(text), "%s%sversionId=%s", target,
                   strchr(target, '?') == NULL ? "?" : "&", id);
    return text;
}

static void expect_header(struct door *d, const char *method, const char *target,
                          const char *name, const char *value)
{
    struct answer a = door_send(d, method, target, NULL);
    if (a.status != 200 || strcmp(answer_header(&a, name), value) != 0) {
        fail_msg("%s %s: %d, %s is '%s'", method, target, a.status, name,
                 answer_header(&a, name));
    }
    answer_free(&a);
}

static void expect_refused(struct door *d, const char *method, const char *target,
                           const char *code)
{
    door_expect(d, &(struct ask){.method = method, .target = target}, 404, code);
}

static void the_list_of_a_version_is_its_own(void **state)
{
    char one[64];
    char two[64];
    char marker[64];
    struct door *d = *state;
    door_set_versioning(d, "Enabled");
    put(d, "/k", "x-cos-acl: public-read", "1", one);
    put(d, "/k", NULL, "2", two);
    expect_header(d, "GET", "/k?acl", "x-cos-acl", "default");
    expect_header(d, "GET", of_version("/k?acl", two), "x-cos-acl", "default");
    expect_header(d, "GET", of_version("/k?acl", one), "x-cos-acl", "public-read");
    door_expect(d,
                &(struct ask){.method = "PUT",
                              .target = of_version("/k?acl", one),
                              .headers = "x-cos-acl: private"},
                200, NULL);
    expect_header(d, "GET", of_version("/k?acl", one), "x-cos-acl", "private");
    expect_header(d, "GET", "/k?acl", "x-cos-acl", "default");
    door_expect(d,
                &(struct ask){.method = "PUT",
                              .target = "/k?acl",
                              .headers = "x-cos-acl: public-read"},
                200, NULL);
    expect_header(d, "GET", of_version("/k?acl", two), "x-cos-acl", "public-read");
    expect_header(d, "GET", of_version("/k?acl", one), "x-cos-acl", "private");
    expect_refused(d, "GET", "/k?acl&versionId=MTg0", "NoSuchVersion");
    struct answer a = door_send(d, "DELETE", "/k", NULL);
    (void)snprintf(marker, sizeof(marker), "%s", answer_header(&a, "x-cos-version-id"));
    answer_free(&a);
    expect_refused(d, "GET", "/k?acl", "NoSuchKey");
    expect_refused(d, "PUT", of_version("/k?acl", marker), "NoSuchKey");
    expect_header(d, "GET", of_version("/k?acl", one), "x-cos-acl", "private");
}

static void expect_tags(struct door *d, const char *target, const char *tags)
{
    struct answer a = door_send(d, "GET", target, NULL);
    if (a.status != 200 || strstr(a.body, tags) == NULL) {
        fail_msg("%s: %d %s", target, a.status, a.body);
    }
    answer_free(&a);
}

#define TAGGING(k, v) \
    "<Tagging><TagSet><Tag><Key>" k "</Key><Value>" v "</Value></Tag></TagSet></Tagging>"
#define NO_TAGS "<TagSet></TagSet>"

/* A change of tags makes no version, and changes no other. */
static void the_tags_of_a_version_are_its_own(void **state)
{
    char one[64];
    char two[64];
    struct door *d = *state;
    door_set_versioning(d, "Enabled");
    put(d, "/k", "x-cos-tagging: a=1", "1", one);
    put(d, "/k", "x-cos-tagging: b=2", "2", two);
    expect_tags(d, of_version("/k?tagging", one), TAGGING("a", "1"));
    expect_tags(d, "/k?tagging", TAGGING("b", "2"));
    const char *sent = TAGGING("c", "3");
    door_expect(d,
                &(struct ask){.method = "PUT",
                              .target = of_version("/k?tagging", one),
                              .body = sent,
                              .n = strlen(sent)},
                200, NULL);
    expect_tags(d, of_version("/k?tagging", one), TAGGING("c", "3"));
    expect_tags(d, of_version("/k?tagging", two), TAGGING("b", "2"));
    expect_header(d, "HEAD", of_version("/k", one), "x-cos-tagging-count", "1");
    expect_header(d, "HEAD", of_version("/k", one), "x-cos-version-id", one);
    door_expect(d, &(struct ask){.method = "DELETE", .target = of_version("/k?tagging", one)},
                204, NULL);
    expect_tags(d, of_version("/k?tagging", one), NO_TAGS);
    expect_tags(d, "/k?tagging", TAGGING("b", "2"));
    struct answer a = door_send(d, "GET", "/?versions", NULL);
    const char *at = a.body;
    assert_string_equal(xml_next(&at, "VersionId"), two);
    assert_string_equal(xml_next(&at, "VersionId"), one);
    assert_null(xml_next(&at, "VersionId"));
    answer_free(&a);
    expect_refused(d, "DELETE", "/k?tagging&versionId=MTg0", "NoSuchVersion");
}

/* Python's suite: PUT names the version of the link. */
static void a_link_is_a_version_like_others(void **state)
{
    char target_id[64];
    char link[64];
    char plain[64];
    struct door *d = *state;
    door_set_versioning(d, "Enabled");
    put(d, "/o", NULL, "object", target_id);
    put(d, "/l?symlink", "x-cos-symlink-target: o", "", link);
    assert_string_not_equal(link, "");
    put(d, "/l", NULL, "plain", plain);
    door_expect(d, &(struct ask){.method = "GET", .target = "/l?symlink"}, 400, "NotSymlink");
    expect_header(d, "GET", of_version("/l?symlink", link), "x-cos-symlink-target", "o");
    expect_header(d, "GET", of_version("/l?symlink", link), "x-cos-version-id", link);
    struct answer a = door_send(d, "GET", of_version("/l", link), NULL);
    assert_string_equal(a.body, "object");
    assert_string_equal(answer_header(&a, "x-cos-version-id"), target_id);
    answer_free(&a);
    expect_refused(d, "GET", "/l?symlink&versionId=MTg0", "NoSuchVersion");
    door_expect(d, &(struct ask){.method = "DELETE", .target = of_version("/l", plain)}, 204,
                NULL);
    expect_header(d, "GET", "/l?symlink", "x-cos-symlink-target", "o");
    door_expect(d, &(struct ask){.method = "DELETE", .target = "/o"}, 204, NULL);
    expect_refused(d, "GET", "/l", "NoSuchKey");
}

/* It grows in its place, and stays what it is once it is covered (436/7741). */
static void what_was_appended_before_versions_is_one_like_others(void **state)
{
    char id[64];
    struct door *d = *state;
    struct ask more = {.method = "POST", .target = "/o?append&position=0", .body = "a", .n = 1};
    door_expect(d, &more, 200, NULL);
    door_set_versioning(d, "Enabled");
    more.target = "/o?append&position=1";
    door_expect(d, &more, 200, NULL);
    put(d, "/o", NULL, "x", id);
    expect_header(d, "HEAD", "/o", "x-cos-object-type", "");
    expect_header(d, "HEAD", of_version("/o", "null"), "x-cos-object-type", "appendable");
    expect_header(d, "HEAD", of_version("/o", "null"), "Content-Length", "2");
    more.target = "/o?append&position=2";
    door_expect(d, &more, 409, "ObjectNotAppendable");
    door_set_versioning(d, "Suspended");
    door_expect(d, &more, 409, "ObjectNotAppendable");
    more.target = of_version("/o?append&position=2", "null");
    door_expect(d, &more, 400, "InvalidArgument");
}

/* --- together, with rights --- */

static struct answer delete_two(struct door *d, const char *id_of_a, const char *id_of_b)
{
    char document[600];
    int n = snprintf(document, sizeof(document),
                     "<Delete><Object><Key>a</Key><VersionId>%s</VersionId></Object>"
                     "<Object><Key>b</Key><VersionId>%s</VersionId></Object></Delete>",
                     id_of_a, id_of_b);
    return door_ask(d, &(struct ask){.method = "POST",
                                     .target = "/?delete",
                                     .body = document,
                                     .n = (size_t)n,
                                     .with_md5 = true});
}

static void let_anyone_delete(struct door *d, const char *key)
{
    char policy[600];
    struct cosmock_error err = {0};
    (void)snprintf(policy, sizeof(policy),
                   "{\"version\":\"2.0\",\"Principal\":{\"qcs\":[\"qcs::cam::anyone:anyone\"]},"
                   "\"Statement\":[{\"Effect\":\"allow\","
                   "\"Action\":[\"name/cos:DeleteMultipleObjects\"],\"Resource\":[\"*\"]},"
                   "{\"Effect\":\"allow\",\"Action\":[\"name/cos:DeleteObject\"],"
                   "\"Resource\":[\"qcs::cos:%s:uid/%s:%s/%s\"]}]}",
                   d->info.region, d->info.appid, d->info.bucket, key);
    if (cosmock_bucket_policy_set(d->tenant, d->info.bucket, policy, &err) != COSMOCK_OK) {
        fail_msg("%s", err.message);
    }
}

/* Error: Key, VersionId (the request named one), Code (s.2.3). */
static void the_right_is_asked_for_each_version(void **state)
{
    char a_id[64];
    char b_id[64];
    char expected[200];
    struct door *d = *state;
    door_set_versioning(d, "Enabled");
    put(d, "/a", NULL, "1", a_id);
    put(d, "/b", NULL, "1", b_id);
    let_anyone_delete(d, "b");
    assert_int_equal(cosmock_switch_set(d->tenant, "enforcement", "enforce", NULL), COSMOCK_OK);
    struct answer a = delete_two(d, a_id, b_id);
    assert_int_equal(a.status, 200);
    (void)snprintf(expected, sizeof(expected),
                   "<Error><Key>a</Key><VersionId>%s</VersionId><Code>AccessDenied</Code>",
                   a_id);
    assert_non_null(strstr(a.body, expected));
    (void)snprintf(expected, sizeof(expected),
                   "<Deleted><Key>b</Key><VersionId>%s</VersionId></Deleted>", b_id);
    assert_non_null(strstr(a.body, expected));
    answer_free(&a);
    assert_int_equal(cosmock_switch_set(d->tenant, "enforcement", "off", NULL), COSMOCK_OK);
    door_expect(d, &(struct ask){.method = "HEAD", .target = "/a"}, 200, NULL);
    expect_refused(d, "GET", of_version("/b", b_id), "NoSuchVersion");
}

/* WRITE of the bucket, not of the object, is the right to delete (Dacl:54-60); a private object
 * is none the less deleted. */
static void who_may_write_the_bucket_may_delete_its_versions(void **state)
{
    static const struct {
        const char *list;
        bool is_deleted;
    } rows[] = {{"x-cos-acl: public-read", false}, {"x-cos-acl: public-read-write", true}};
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        char a_id[64];
        char b_id[64];
        struct door *d = *state;
        door_set_versioning(d, "Enabled");
        put(d, "/a", "x-cos-acl: private", "1", a_id);
        put(d, "/b", NULL, "1", b_id);
        door_expect(d,
                    &(struct ask){.method = "PUT", .target = "/?acl", .headers = rows[i].list},
                    200, NULL);
        assert_int_equal(cosmock_switch_set(d->tenant, "enforcement", "enforce", NULL),
                         COSMOCK_OK);
        struct answer a = delete_two(d, a_id, b_id);
        if ((strstr(a.body, "<Deleted>") != NULL) != rows[i].is_deleted) {
            fail_msg("%s: %d %s", rows[i].list, a.status, a.body);
        }
        answer_free(&a);
        assert_int_equal(cosmock_switch_set(d->tenant, "enforcement", "off", NULL), COSMOCK_OK);
        door_expect(d, &(struct ask){.method = "HEAD", .target = of_version("/a", a_id)},
                    rows[i].is_deleted ? 404 : 200, NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOOR_TEST(the_list_of_a_version_is_its_own),
        DOOR_TEST(the_tags_of_a_version_are_its_own),
        DOOR_TEST(a_link_is_a_version_like_others),
        DOOR_TEST(what_was_appended_before_versions_is_one_like_others),
        DOOR_TEST(the_right_is_asked_for_each_version),
        DOOR_TEST(who_may_write_the_bucket_may_delete_its_versions),
    };
    return cmocka_run_group_tests_name("version_facets", tests, NULL, NULL);
}
