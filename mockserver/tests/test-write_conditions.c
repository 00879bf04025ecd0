/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a write may be made to depend on (cos-operations-1.md s.11): x-cos-forbid-overwrite by
 * PUT, Copy, Initiate and Complete (436/7746; apache/opendal#7526, #8043; by forms:
 * test-form.c), and where versioning never was. Other conditions are the readers'.
 */
#include "door.h"

#define FORBID "x-cos-forbid-overwrite: true"
#define ETAG_OF_X "9dd4e461268c8034f5c8564e155c67a6" /* md5sum of "x" */

struct writing {
    const char *name;
    /* what becomes of /k by it; the answer */
    struct answer (*write)(struct door *d, const char *headers);
};

static struct answer write_put(struct door *d, const char *headers)
{
    return door_ask(d, &(struct ask){.method = "PUT",
                                     .target = "/k",
                                     .headers = headers,
                                     .body = "x",
                                     .n = 1});
}

static struct answer write_copy(struct door *d, const char *headers)
{
    char text[400];
    door_put(d, "/source", "x");
    (void)snprintf(text, sizeof(text), "x-cos-copy-source: %s/source\n%s", d->host, headers);
    return door_ask(d, &(struct ask){.method = "PUT", .target = "/k", .headers = text});
}

static struct answer write_link(struct door *d, const char *headers)
{
    char text[400];
    (void)snprintf(text, sizeof(text), "x-cos-symlink-target: source\n%s", headers);
    return door_ask(d, &(struct ask){.method = "PUT", .target = "/k?symlink", .headers = text});
}

static struct answer initiate(struct door *d, const char *headers)
{
    return door_send(d, "POST", "/k?uploads", headers);
}

/* An upload that lies ready; its target is in @target. */
static void upload(struct door *d, const char *headers, char target[200])
{
    struct answer a = initiate(d, headers);
    (void)snprintf(target, 200, "/k?partNumber=1&uploadId=%s", xml_of(&a, "UploadId"));
    answer_free(&a);
    door_put(d, target, "x");
    memmove(target + 3, target + 16, strlen(target + 16) + 1); /* without partNumber */
}

static struct answer complete(struct door *d, const char *target, const char *headers)
{
    static const char document[] =
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>" ETAG_OF_X
        "</ETag></Part></CompleteMultipartUpload>";
    return door_ask(d, &(struct ask){.method = "POST",
                                     .target = target,
                                     .headers = headers,
                                     .body = document,
                                     .n = strlen(document)});
}

/* Begun without a condition: it is Complete that says it. */
static struct answer write_complete(struct door *d, const char *headers)
{
    char target[200];
    upload(d, NULL, target);
    return complete(d, target, headers);
}

static const struct writing writings[] = {
    {"PUT", write_put},     {"Copy", write_copy},         {"PutSymlink", write_link},
    {"Initiate", initiate}, {"Complete", write_complete},
};

static void expect_written(const struct writing *w, struct door *d, const char *headers,
                           const char *code)
{
    struct answer a = w->write(d, headers);
    const char *got = a.status < 300 ? "" : xml_of(&a, "Code");
    if (strcmp(got, code) != 0 || (code[0] != '\0' && a.status != 409)) {
        fail_msg("%s with %s: %d %s", w->name, headers, a.status, a.body);
    }
    answer_free(&a);
}

static void delete_k(struct door *d)
{
    door_expect(d, &(struct ask){.method = "DELETE", .target = "/k"}, 204, NULL);
}

/* Words that are neither true nor false say nothing. */
static void every_write_heeds_a_forbidden_overwrite(void **state)
{
    struct door *d = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(writings); i++) {
        delete_k(d);
        expect_written(&writings[i], d, FORBID, "");
        door_put(d, "/k", "old");
        expect_written(&writings[i], d, FORBID, "FileAlreadyExists");
        struct answer a = door_send(d, "GET", "/k", NULL);
        assert_string_equal(a.body, "old");
        answer_free(&a);
        expect_written(&writings[i], d, "x-cos-forbid-overwrite: false", "");
        expect_written(&writings[i], d, "x-cos-forbid-overwrite: maybe", "");
    }
}

/* W7746 limits it to buckets whose versioning is off; suspended is not off. */
static void where_versioning_was_ever_on_nothing_is_forbidden(void **state)
{
    static const enum cosmock_versioning states[] = {COSMOCK_VERSIONING_ENABLED,
                                                     COSMOCK_VERSIONING_SUSPENDED};
    struct door *d = *state;
    door_put(d, "/k", "old");
    for (size_t s = 0; s < COS_ARRAY_LEN(states); s++) {
        assert_int_equal(cosmock_bucket_versioning_set(d->tenant, d->info.bucket, states[s],
                                                       NULL),
                         COSMOCK_OK);
        for (size_t i = 0; i < COS_ARRAY_LEN(writings); i++) {
            expect_written(&writings[i], d, FORBID, "");
        }
    }
}

/* No page names it for APPEND: a block does not overwrite, and has its position. */
static void an_append_is_no_overwrite(void **state)
{
    struct door *d = *state;
    struct ask q = {.method = "POST",
                    .target = "/k?append&position=0",
                    .headers = FORBID,
                    .body = "x",
                    .n = 1};
    door_expect(d, &q, 200, NULL);
    door_expect(d, &q, 409, "AppendPositionErr");
    q.target = "/k?append&position=1";
    door_expect(d, &q, 200, NULL);
}

/* What Initiate was told is asked there, and not again by a Complete that says nothing. */
static void a_complete_that_forbids_nothing_overwrites(void **state)
{
    struct door *d = *state;
    char target[200];
    upload(d, FORBID, target);
    door_put(d, "/k", "old");
    struct answer a = complete(d, target, NULL);
    assert_int_equal(a.status, 200);
    answer_free(&a);
    a = door_send(d, "GET", "/k", NULL);
    assert_string_equal(a.body, "x");
    answer_free(&a);
}

/* [U]: without effect, and the journal names them. */
static void conditions_of_readers_do_not_hold_a_write_and_are_named(void **state)
{
    static const char *const conditions[][2] = {
        {"If-Match: \"0\"", "if-match"},
        {"If-None-Match: *", "if-none-match"},
        {"If-Modified-Since: Sat, 10 Apr 2100 09:35:05 GMT", "if-modified-since"},
        {"If-Unmodified-Since: Sun, 10 Apr 2000 09:35:05 GMT", "if-unmodified-since"},
    };
    struct door *d = *state;
    door_put(d, "/k", "old");
    for (size_t c = 0; c < COS_ARRAY_LEN(conditions); c++) {
        for (size_t i = 0; i < COS_ARRAY_LEN(writings); i++) {
            expect_written(&writings[i], d, conditions[c][0], "");
            struct cosmock_journal_query q = COSMOCK_JOURNAL_QUERY_INIT;
            q.after_seq = cosmock_journal_last_seq(d->tenant) - 1;
            struct cosmock_entry *e = NULL;
            assert_int_equal(cosmock_journal_read(d->tenant, &e, &q), 1);
            assert_string_equal(e->ignored, conditions[c][1]);
            cosmock_entries_free(e);
        }
    }
    door_expect(d,
                &(struct ask){.method = "DELETE", .target = "/k", .headers = "If-Match: \"0\""},
                204, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOOR_TEST(every_write_heeds_a_forbidden_overwrite),
        DOOR_TEST(where_versioning_was_ever_on_nothing_is_forbidden),
        DOOR_TEST(an_append_is_no_overwrite),
        DOOR_TEST(a_complete_that_forbids_nothing_overwrites),
        DOOR_TEST(conditions_of_readers_do_not_hold_a_write_and_are_named),
    };
    return cmocka_run_group_tests_name("write_conditions", tests, NULL, NULL);
}
