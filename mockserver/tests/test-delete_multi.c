/* SPDX-License-Identifier: Apache-2.0 */
/* DeleteMultipleObjects (cos-wire.md s.2.1, s.5.24; DELETE Multiple Objects samples; right per
 * key: sts-cam.md s.3.5). */
#include "door.h"

#define OBJECT(key) "<Object><Key>" key "</Key></Object>"

static struct ask multi_delete(const char *document)
{
    return (struct ask){.method = "POST",
                        .target = "/?delete",
                        .headers = "Content-Type: application/xml",
                        .body = document,
                        .n = strlen(document),
                        .with_md5 = true};
}

static void missing_keys_count_as_deleted(void **state)
{
    struct door *d = *state;
    door_put(d, "/example-object-1.jpg", "x");
    door_put(d, "/stays", "x");
    struct ask q = multi_delete("<Delete><Quiet>false</Quiet>" OBJECT("example-object-1.jpg")
                                    OBJECT("example-object-2.jpg") "</Delete>");
    struct answer a = door_ask(d, &q);
    const char *at = a.body;
    assert_int_equal(a.status, 200);
    assert_string_equal(xml_next(&at, "Key"), "example-object-1.jpg");
    assert_string_equal(xml_next(&at, "Key"), "example-object-2.jpg");
    assert_null(xml_next(&at, "Key"));
    assert_null(strstr(a.body, "<Error>"));
    answer_free(&a);
    assert_int_equal(cosmock_object_count(d->tenant, d->info.bucket), 1);
}

static void quiet_shows_errors_only(void **state)
{
    struct door *d = *state;
    door_switch(d, "delete-unknown-version", "NoSuchVersion");
    door_put(d, "/a", "x");
    struct ask q = multi_delete("<Delete><Quiet>true</Quiet>" OBJECT(
        "a") "<Object><Key>b</Key><VersionId>MTg0</VersionId></Object>"
             "</Delete>");
    struct answer a = door_ask(d, &q);
    assert_int_equal(a.status, 200);
    assert_null(strstr(a.body, "<Deleted>"));
    assert_string_equal(xml_of(&a, "Key"), "b");
    assert_string_equal(xml_of(&a, "Code"), "NoSuchVersion");
    answer_free(&a);
    assert_int_equal(cosmock_object_count(d->tenant, d->info.bucket), 0);
}

static void names_are_escaped(void **state)
{
    struct door *d = *state;
    door_put(d, "/a%26%3Cb%3E", "x");
    struct ask q = multi_delete("<Delete>" OBJECT("a&amp;&lt;b&gt;") "</Delete>");
    struct answer a = door_ask(d, &q);
    assert_string_equal(xml_of(&a, "Key"), "a&amp;&lt;b&gt;");
    answer_free(&a);
    assert_int_equal(cosmock_object_count(d->tenant, d->info.bucket), 0);
}

static void malformed_documents_delete_nothing(void **state)
{
    static const char *const documents[] = {
        "not xml",
        "<Delete></Delete>",
        "<Delete><Object></Object></Delete>",
        "<Delete>" OBJECT("") "</Delete>",
        "<Remove>" OBJECT("a") "</Remove>",
        "<Delete>" OBJECT("a"),
    };
    struct door *d = *state;
    door_put(d, "/a", "x");
    for (size_t i = 0; i < COS_ARRAY_LEN(documents); i++) {
        struct ask q = multi_delete(documents[i]);
        door_expect(d, &q, 400, "MalformedXML");
    }
    assert_int_equal(cosmock_object_count(d->tenant, d->info.bucket), 1);
}

static void a_thousand_keys_are_the_most(void **state)
{
    struct door *d = *state;
    static char document[1001 * 40 + 64];
    for (int keys = 1000; keys <= 1001; keys++) {
        size_t n = (size_t)snprintf(document, sizeof(document), "<Delete>");
        for (int i = 0; i < keys; i++) {
            n += (size_t)snprintf(document + n, sizeof(document) - n, OBJECT("%d"), i);
        }
        (void)snprintf(document + n, sizeof(document) - n, "</Delete>");
        struct ask q = multi_delete(document);
        door_expect(d, &q, keys == 1000 ? 200 : 400, keys == 1000 ? NULL : "MalformedXML");
    }
}

static void content_md5_is_required(void **state)
{
    struct door *d = *state;
    struct ask q = multi_delete("<Delete>" OBJECT("a") "</Delete>");
    q.with_md5 = false;
    struct answer a = door_ask(d, &q);
    assert_int_equal(a.status, 400);
    assert_string_equal(xml_of(&a, "Code"), "InvalidRequest");
    assert_string_equal(xml_of(&a, "Message"),
                        "Missing required header for this request: Content-MD5");
    answer_free(&a);
    q.headers = "Content-MD5: 1B2M2Y8AsgTpgAmY7PhCfg==";
    door_expect(d, &q, 400, "BadDigest");
}

/* Anyone may @action under @path of the door's bucket, besides what @others (statements, each
 * followed by a comma) say. */
static void let_anyone(struct door *d, const char *action, const char *path, const char *others)
{
    char policy[1024];

    (void)
        snprintf(policy, sizeof(policy),
                 "{\"version\":\"2.0\",\"Principal\":{\"qcs\":"
                 "[\"qcs::cam::anyone:anyone\"]},\"Statement\":[%s{\"Effect\":\"allow\","
                 "\"Action\":[\"name/cos:%s\"],\"Resource\":[\"qcs::cos:%s:uid/%s:%s/%s\"]}]}",
                 others, action, d->info.region, d->info.appid, d->info.bucket, path);
    struct cosmock_error err = {0};
    if (cosmock_bucket_policy_set(d->tenant, d->info.bucket, policy, &err) != COSMOCK_OK) {
        fail_msg("%s", err.message);
    }
}

static void a_denied_key_is_one_error_among_results(void **state)
{
    struct door *d = *state;
    door_put(d, "/ok/1", "x");
    door_put(d, "/no/1", "x");
    let_anyone(d, "DeleteObject", "ok/*",
               "{\"Effect\":\"allow\",\"Action\":[\"name/cos:DeleteMultipleObjects\"],"
               "\"Resource\":[\"*\"]},");
    door_switch(d, "enforcement", "enforce");
    door_switch(d, "delete-unknown-version", "NoSuchVersion");
    struct ask q = multi_delete("<Delete>" OBJECT("no/1") OBJECT("ok/1") "</Delete>");
    struct answer a = door_ask(d, &q);
    assert_int_equal(a.status, 200);
    const char *at = strstr(a.body, "<Error>");
    assert_non_null(at);
    assert_string_equal(xml_next(&at, "Key"), "no/1");
    assert_string_equal(xml_of(&a, "Code"), "AccessDenied");
    at = strstr(a.body, "<Deleted>");
    assert_string_equal(xml_next(&at, "Key"), "ok/1");
    answer_free(&a);
    assert_int_equal(cosmock_object_count(d->tenant, d->info.bucket), 1);
}

/* Dmdel:158-165: an Error has the VersionId that the request named. An empty one names none, as
 * in a query (Dcond:103). */
static void an_error_names_the_version_that_was_named(void **state)
{
    struct door *d = *state;
    let_anyone(d, "DeleteObject", "ok/*",
               "{\"Effect\":\"allow\",\"Action\":[\"name/cos:DeleteMultipleObjects\"],"
               "\"Resource\":[\"*\"]},");
    door_switch(d, "enforcement", "enforce");
    struct ask q =
        multi_delete("<Delete><Object><Key>no/1</Key><VersionId></VersionId></Object>"
                     "<Object><Key>no/2</Key><VersionId>MTg0</VersionId></Object></Delete>");
    struct answer a = door_ask(d, &q);
    assert_non_null(strstr(a.body, "<Error><Key>no/1</Key><Code>"));
    assert_non_null(strstr(a.body, "<Error><Key>no/2</Key><VersionId>MTg0</VersionId><Code>"));
    answer_free(&a);
}

/* The call is a 200; whoever reads the journal still learns which keys stay, how many, and
 * why. */
static void keys_that_stay_are_in_the_journal_by_code(void **state)
{
    struct door *d = *state;
    let_anyone(d, "DeleteObject", "ok/*",
               "{\"Effect\":\"allow\",\"Action\":[\"name/cos:DeleteMultipleObjects\"],"
               "\"Resource\":[\"*\"]},");
    door_switch(d, "enforcement", "enforce");
    door_switch(d, "delete-unknown-version", "NoSuchVersion");
    struct ask q = multi_delete("<Delete>" OBJECT("no/1") OBJECT("ok/1") OBJECT(
        "no/2") "<Object><Key>ok/2</Key><VersionId>7</VersionId></Object></Delete>");
    struct answer a = door_ask(d, &q);
    answer_free(&a);
    struct cosmock_entry *entries = NULL;
    int64_t n = cosmock_journal_read(d->tenant, &entries, NULL);
    assert_true(n > 0);
    const char *keys = entries[n - 1].failed_keys;
    assert_ptr_equal(strstr(keys, "2 AccessDenied: no/1: anonymous may not name/cos:Delete"),
                     keys);
    assert_non_null(strstr(keys, "\n1 NoSuchVersion: ok/2: "));
    cosmock_entries_free(entries);
}

/*
 * sts-cam.md s.3.5: an anonymous caller needs DeleteMultipleObjects as well. Without it the
 * document is not read: what would be MalformedXML is AccessDenied, and the body is not even
 * asked for (COSMOCK_WANT_SEND before it).
 */
static void a_stranger_is_refused_before_the_document_is_read(void **state)
{
    struct door *d = *state;
    struct ask q = multi_delete("no XML at all");
    door_put(d, "/ok/1", "x");
    door_switch(d, "enforcement", "enforce");
    door_expect(d, &q, 403, "AccessDenied");
    let_anyone(d, "DeleteObject", "*", "");
    door_expect(d, &q, 403, "AccessDenied");
    let_anyone(d, "DeleteMultipleObjects", "*", "");
    door_expect(d, &q, 400, "MalformedXML");
    q = multi_delete("<Delete>" OBJECT("ok/1") "</Delete>");
    struct answer a = door_ask(d, &q);
    assert_int_equal(a.status, 200);
    assert_string_equal(xml_of(&a, "Code"), "AccessDenied");
    answer_free(&a);
    assert_int_equal(cosmock_object_count(d->tenant, d->info.bucket), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOOR_TEST(missing_keys_count_as_deleted),
        DOOR_TEST(quiet_shows_errors_only),
        DOOR_TEST(names_are_escaped),
        DOOR_TEST(malformed_documents_delete_nothing),
        DOOR_TEST(a_thousand_keys_are_the_most),
        DOOR_TEST(content_md5_is_required),
        DOOR_TEST(a_denied_key_is_one_error_among_results),
        DOOR_TEST(an_error_names_the_version_that_was_named),
        DOOR_TEST(keys_that_stay_are_in_the_journal_by_code),
        DOOR_TEST(a_stranger_is_refused_before_the_document_is_read),
    };
    return cmocka_run_group_tests_name("delete_multi", tests, NULL, NULL);
}
