/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Symbolic links: the page of 2024-11 (436/109082) and what the suites of Python, Java and
 * hadoop-cos ask (cos-operations-2.md s.5). What no page says is a switch.
 */
#include "client.h"
#include "door.h"

#define CONTENT "[Object Content]"
#define ETAG "\"ee8de918d05640145b18f70f4c3aa602\""

static void put_link(struct door *d, const char *link, const char *target, int status,
                     const char *code)
{
    char path[100];
    char header[1000];
    (void)snprintf(path, sizeof(path), "%s?symlink", link);
    (void)snprintf(header, sizeof(header), "x-cos-symlink-target: %s", target);
    door_expect(d, &(struct ask){.method = "PUT", .target = path, .headers = header}, status,
                code);
}

static void a_link_reads_as_what_it_points_to(void **state)
{
    struct door *d = *state;
    door_put(d, "/dir/o.txt", CONTENT);
    put_link(d, "/l", "dir/o.txt", 200, NULL);
    static const char *const methods[] = {"GET", "HEAD"};
    for (size_t i = 0; i < COS_ARRAY_LEN(methods); i++) {
        struct answer a = door_send(d, methods[i], "/l", NULL);
        assert_int_equal(a.status, 200);
        assert_string_equal(answer_header(&a, "ETag"), ETAG);
        assert_string_equal(answer_header(&a, "Content-Length"), "16");
        assert_string_equal(answer_header(&a, "Content-Type"), "text/plain");
        answer_free(&a);
    }
    struct answer a = door_send(d, "GET", "/l", "Range: bytes=1-6");
    assert_int_equal(a.status, 206);
    assert_string_equal(a.body, "Object");
    answer_free(&a);
    a = door_send(d, "GET", "/l", "If-None-Match: " ETAG);
    assert_int_equal(a.status, 304);
    answer_free(&a);
    door_put(d, "/dir/o.txt", "other");
    a = door_send(d, "GET", "/l", NULL);
    assert_string_equal(a.body, "other");
    answer_free(&a);
}

/* md5sum of "dir/o.txt"; a link has the type of what it points to. */
static void a_link_is_asked_for_what_it_points_to(void **state)
{
    struct door *d = *state;
    put_link(d, "/l", "dir/o.txt", 200, NULL);
    struct answer a = door_send(d, "GET", "/l?symlink", NULL);
    assert_int_equal(a.status, 200);
    assert_int_equal(a.n, 0);
    assert_string_equal(answer_header(&a, "x-cos-symlink-target"), "dir/o.txt");
    assert_string_equal(answer_header(&a, "ETag"), "\"293c7434a56136b3858c3fecc00ea427\"");
    assert_string_equal(answer_header(&a, "Content-Type"), "text/plain");
    assert_string_equal(answer_header(&a, "Last-Modified"), "Fri, 10 Apr 2020 09:35:05 GMT");
    answer_free(&a);
    a = door_send(d, "GET", "/", NULL);
    assert_string_equal(xml_of(&a, "Size"), "9"); /* of the path */
    answer_free(&a);
    door_put(d, "/o", "x");
    door_expect(d, &(struct ask){.method = "GET", .target = "/o?symlink"}, 400, "NotSymlink");
    door_expect(d, &(struct ask){.method = "GET", .target = "/none?symlink"}, 404, "NoSuchKey");
}

/* Go encodes the target, Python and Java do not: it is decoded once. */
static void a_target_is_decoded_once(void **state)
{
    static const struct {
        const char *sent, *object, *shown;
    } rows[] = {
        {"a%20b%2Fc", "/a%20b/c", "a%20b/c"},
        {"a b/c", "/a%20b/c", "a%20b/c"},
        {"a%2520b", "/a%2520b", "a%2520b"},
        {"%E4%B8%AD", "/%E4%B8%AD", "%E4%B8%AD"},
    };
    struct door *d = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        door_put(d, rows[i].object, rows[i].sent);
        put_link(d, "/l", rows[i].sent, 200, NULL);
        struct answer a = door_send(d, "GET", "/l", NULL);
        assert_string_equal(a.body, rows[i].sent);
        answer_free(&a);
        a = door_send(d, "GET", "/l?symlink", NULL);
        assert_string_equal(answer_header(&a, "x-cos-symlink-target"), rows[i].shown);
        answer_free(&a);
    }
}

static void a_link_that_points_nowhere_is_404(void **state)
{
    struct door *d = *state;
    put_link(d, "/l", "none", 200, NULL);
    door_expect(d, &(struct ask){.method = "GET", .target = "/l"}, 404, "NoSuchKey");
    door_expect(d, &(struct ask){.method = "HEAD", .target = "/l"}, 404, NULL);
    struct answer a = door_send(d, "GET", "/l", NULL);
    assert_non_null(strstr(answer_header(&a, "x-cosmock-reason"), "none"));
    answer_free(&a);
    cosmock_switch_set(d->tenant, "symlink-target", "must-exist", NULL);
    put_link(d, "/m", "none", 404, "NoSuchKey");
    door_put(d, "/none", "x");
    put_link(d, "/m", "none", 200, NULL);
}

static void a_target_must_be_a_key(void **state)
{
    struct door *d = *state;
    char key[852];
    memset(key, 'k', sizeof(key) - 1);
    key[851] = '\0';
    put_link(d, "/l", "", 400, "InvalidArgument");
    put_link(d, "/l", "a%00b", 400, "InvalidArgument");
    put_link(d, "/l", key, 400, "KeyTooLong");
    door_expect(d, &(struct ask){.method = "PUT", .target = "/l?symlink"}, 400,
                "InvalidArgument");
}

static void links_of_links_are_a_switch(void **state)
{
    struct door *d = *state;
    door_put(d, "/o", "x");
    put_link(d, "/l", "o", 200, NULL);
    put_link(d, "/m", "l", 200, NULL);
    put_link(d, "/circle", "circle", 200, NULL);
    door_expect(d, &(struct ask){.method = "GET", .target = "/m"}, 404, "NoSuchKey");
    cosmock_switch_set(d->tenant, "symlink-chain", "follow", NULL);
    struct answer a = door_send(d, "GET", "/m", NULL);
    assert_string_equal(a.body, "x");
    answer_free(&a);
    door_expect(d, &(struct ask){.method = "GET", .target = "/circle"}, 404, "NoSuchKey");
}

static void writes_concern_the_link_itself(void **state)
{
    struct door *d = *state;
    door_put(d, "/o", "x");
    put_link(d, "/l", "o", 200, NULL);
    door_put(d, "/l", "y"); /* no link any more */
    struct answer a = door_send(d, "GET", "/o", NULL);
    assert_string_equal(a.body, "x");
    answer_free(&a);
    door_expect(d, &(struct ask){.method = "GET", .target = "/l?symlink"}, 400, "NotSymlink");
    put_link(d, "/l", "o", 200, NULL);
    door_expect(d, &(struct ask){.method = "DELETE", .target = "/l"}, 204, NULL);
    door_expect(d, &(struct ask){.method = "GET", .target = "/o"}, 200, NULL);
    door_expect(d, &(struct ask){.method = "GET", .target = "/l"}, 404, "NoSuchKey");
}

static void a_copy_of_a_link_copies_what_it_points_to(void **state)
{
    struct door *d = *state;
    char header[200];
    door_put(d, "/o", CONTENT);
    put_link(d, "/l", "o", 200, NULL);
    (void)snprintf(header, sizeof(header), "x-cos-copy-source: %s/l", d->host);
    door_expect(d, &(struct ask){.method = "PUT", .target = "/c", .headers = header}, 200,
                NULL);
    struct answer a = door_send(d, "GET", "/c", NULL);
    assert_string_equal(a.body, CONTENT);
    answer_free(&a);
    door_expect(d, &(struct ask){.method = "GET", .target = "/c?symlink"}, 400, "NotSymlink");
}

/* --- rights --- */

static void allow(struct client *c, const char *key)
{
    char json[600];
    (void)snprintf(json, sizeof(json),
                   "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":"
                   "[\"name/cos:GetObject\"],\"resource\":[\"qcs::cos:ap-beijing:"
                   "uid/1250000000:" CLIENT_BUCKET "/%s\"]}]}",
                   key);
    assert_int_equal(cosmock_user_policy_set(c->tenant, CLIENT_SUB_UIN, json, NULL),
                     COSMOCK_OK);
}

/* CN:109082: a link's class is STANDARD; the journal names the header. Nothing of a link could
 * be encrypted with a key of the caller's. */
static void a_link_has_no_class_and_no_key_of_its_own(void **state)
{
    struct door *d = *state;
    struct ask q = {.method = "PUT",
                    .target = "/l?symlink",
                    .headers = "x-cos-symlink-target: o\nx-cos-storage-class: ARCHIVE"};
    door_put(d, "/o", "x");
    door_expect(d, &q, 200, NULL);
    struct cosmock_journal_query last = COSMOCK_JOURNAL_QUERY_INIT;
    last.after_seq = cosmock_journal_last_seq(d->tenant) - 1;
    struct cosmock_entry *e = NULL;
    assert_int_equal(cosmock_journal_read(d->tenant, &e, &last), 1);
    assert_string_equal(e->ignored, "x-cos-storage-class");
    cosmock_entries_free(e);
    struct answer a = door_send(d, "GET", "/?prefix=l", NULL);
    assert_string_equal(xml_of(&a, "StorageClass"), "STANDARD");
    answer_free(&a);
    q.headers = "x-cos-symlink-target: o\n"
                "x-cos-server-side-encryption-customer-algorithm: AES256\n"
                "x-cos-server-side-encryption-customer-key: "
                "MDEyMzQ1Njc4OUFCQ0RFRjAxMjM0NTY3ODlBQkNERUY=\n"
                "x-cos-server-side-encryption-customer-key-MD5: U5L61r7jcwdNvT7frmUG8g==";
    door_expect(d, &q, 400, "SSEHeaderNotAllowed");
}

/* Two authorisations: the link, then what it points to. */
static void a_link_needs_both_rights(void **state)
{
    static const struct {
        const char *allowed;
        int status;
        unsigned questions;
    } rows[] = {{"l", 403, 2}, {"o", 403, 1}, {"*", 200, 2}};
    struct client *c = *state;
    assert_int_equal(cosmock_object_put(c->tenant, CLIENT_BUCKET, "o", "x", 1, NULL), 0);
    struct question q = {.method = "PUT", .target = "/l?symlink"};
    authorize(&q, CLIENT_ID, CLIENT_SECRET, "/l");
    add_header(&q, "x-cos-symlink-target", "o");
    add_header(&q, "Content-Length", "0");
    struct answer a = client_send(c, &q);
    assert_int_equal(a.status, 200);
    answer_free(&a);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        allow(c, rows[i].allowed);
        q = (struct question){.method = "GET", .target = "/l"};
        authorize(&q, CLIENT_SUB_ID, CLIENT_SUB_SECRET, "/l");
        a = client_send(c, &q);
        assert_int_equal(a.status, rows[i].status);
        answer_free(&a);
        struct cosmock_entry *e = last_entry(c);
        assert_int_equal(e->n_questions, rows[i].questions);
        cosmock_entries_free(e);
    }
}

/* Whoever copies a link reads what it points to. */
static void a_copy_of_a_link_needs_both_rights(void **state)
{
    static const struct {
        const char *allowed;
        int status;
    } rows[] = {{"l", 403}, {"o", 403}, {"*", 200}};
    struct client *c = *state;
    assert_int_equal(cosmock_object_put(c->tenant, CLIENT_BUCKET, "o", "x", 1, NULL), 0);
    struct question q = {.method = "PUT", .target = "/l?symlink"};
    authorize(&q, CLIENT_ID, CLIENT_SECRET, "/l");
    add_header(&q, "x-cos-symlink-target", "o");
    add_header(&q, "Content-Length", "0");
    struct answer a = client_send(c, &q);
    assert_int_equal(a.status, 200);
    answer_free(&a);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        char json[800];
        (void)snprintf(json, sizeof(json),
                       "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":"
                       "\"name/cos:Put*\",\"resource\":\"*\"},{\"effect\":\"allow\",\"action\":"
                       "\"name/cos:GetObject\",\"resource\":\"qcs::cos:ap-beijing:uid/"
                       "1250000000:" CLIENT_BUCKET "/%s\"}]}",
                       rows[i].allowed);
        assert_int_equal(cosmock_user_policy_set(c->tenant, CLIENT_SUB_UIN, json, NULL), 0);
        q = (struct question){.method = "PUT", .target = "/copy"};
        authorize(&q, CLIENT_SUB_ID, CLIENT_SUB_SECRET, "/copy");
        add_header(&q, "x-cos-copy-source", CLIENT_HOST "/l");
        add_header(&q, "Content-Length", "0");
        a = client_send(c, &q);
        if (a.status != rows[i].status) {
            fail_msg("%s: %d %s", rows[i].allowed, a.status, a.body);
        }
        answer_free(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOOR_TEST(a_link_reads_as_what_it_points_to),
        DOOR_TEST(a_link_is_asked_for_what_it_points_to),
        DOOR_TEST(a_target_is_decoded_once),
        DOOR_TEST(a_link_that_points_nowhere_is_404),
        DOOR_TEST(a_target_must_be_a_key),
        DOOR_TEST(links_of_links_are_a_switch),
        DOOR_TEST(writes_concern_the_link_itself),
        DOOR_TEST(a_copy_of_a_link_copies_what_it_points_to),
        DOOR_TEST(a_link_has_no_class_and_no_key_of_its_own),
        CLIENT_TEST(a_link_needs_both_rights),
        CLIENT_TEST(a_copy_of_a_link_needs_both_rights),
    };
    return cmocka_run_group_tests_name("symlink", tests, NULL, NULL);
}
