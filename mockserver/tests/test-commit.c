/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handlers that write, over a backend that is not done at once and may fail: what a client is
 * told is what became of the batch.
 */
#include "door.h"

#include "later.h"
#include "store/backend.h"
#include "world/mock.h"
#include "world/world.h"

#include <pthread.h>

#define POLICY                                                                      \
    "{\"Statement\":[{\"Effect\":\"allow\",\"Principal\":{\"qcs\":[\"qcs::cam::"    \
    "anyone:anyone\"]},\"Action\":[\"name/cos:GetObject\"],\"Resource\":[\"*\"]}]," \
    "\"version\":\"2.0\"}"
#define DELETE_ONE "<Delete><Object><Key>k</Key></Object></Delete>"

struct disk {
    struct door *door;
    struct backend *rows;
    char part[200], part_copy[200], complete[200], document[300]; /* of an open upload */
};

static void open_upload(struct disk *d)
{
    struct answer begun = door_send(d->door, "POST", "/u?uploads", NULL);
    const char *id = xml_of(&begun, "UploadId");
    (void)snprintf(d->part, sizeof(d->part), "/u?partNumber=1&uploadId=%.80s", id);
    (void)snprintf(d->part_copy, sizeof(d->part_copy), "/u?partNumber=2&uploadId=%.80s", id);
    (void)snprintf(d->complete, sizeof(d->complete), "/u?uploadId=%.80s", id);
    answer_free(&begun);
    struct answer part =
        door_ask(d->door,
                 &(struct ask){.method = "PUT", .target = d->part, .body = "one", .n = 3});
    assert_int_equal(part.status, 200);
    door_one_part(d->document, &part);
    answer_free(&part);
}

static int open_disk(void **state)
{
    struct disk *d = calloc(1, sizeof(*d));
    void *door = NULL;
    if (d == NULL || door_open_over(&door, later_use) != 0) {
        return -1;
    }
    d->door = door;
    d->rows = d->door->tenant->rows;
    door_put(d->door, "/k", "before");
    open_upload(d);
    *state = d;
    return 0;
}

static int close_disk(void **state)
{
    struct disk *d = *state;
    void *door = d->door;
    free(d);
    return door_close(&door);
}

/* Every kind of write there is; all of them can happen, one behind the other. */
struct write {
    const char *name;
    struct ask ask;
    int status;
};
enum { WRITES = 13 };

static void all_writes(const struct disk *d, char copy_source[300], struct write out[WRITES])
{
    static const char other[] = "other-1250000000.cos.ap-guangzhou.myqcloud.com";
    (void)snprintf(copy_source, 300, "x-cos-copy-source: %s/k", d->door->host);
    const struct write writes[WRITES] = {
        {"PutObject", {.method = "PUT", .target = "/new", .body = "after", .n = 5}, 200},
        {"PutObjectCopy", {.method = "PUT", .target = "/copy", .headers = copy_source}, 200},
        {"Initiate", {.method = "POST", .target = "/v?uploads"}, 200},
        {"UploadPart", {.method = "PUT", .target = d->part, .body = "one", .n = 3}, 200},
        {"UploadPartCopy",
         {.method = "PUT", .target = d->part_copy, .headers = copy_source},
         200},
        {"Complete",
         {.method = "POST",
          .target = d->complete,
          .body = d->document,
          .n = strlen(d->document)},
         200},
        {"DeleteObject", {.method = "DELETE", .target = "/u"}, 204},
        {"DeleteObjects",
         {.method = "POST",
          .target = "/?delete",
          .body = DELETE_ONE,
          .n = sizeof(DELETE_ONE) - 1,
          .with_md5 = true},
         200},
        {"PutBucketPolicy",
         {.method = "PUT", .target = "/?policy", .body = POLICY, .n = sizeof(POLICY) - 1},
         204},
        {"DeleteBucketPolicy", {.method = "DELETE", .target = "/?policy"}, 204},
        {"PutBucket", {.method = "PUT", .target = "/", .host = other}, 200},
        {"DeleteBucket", {.method = "DELETE", .target = "/", .host = other}, 204},
        {"PutBucket again", {.method = "PUT", .target = "/", .host = other}, 200},
    };
    memcpy(out, writes, sizeof(writes));
}

static void state_of(const struct disk *d, char out[65])
{
    assert_int_equal(cosmock_store_digest(d->door->tenant, out), COSMOCK_OK);
}

static void expect_refusal(struct disk *d, const struct write *w, int status, const char *code,
                           const char *reason)
{
    struct answer a = door_ask(d->door, &w->ask);
    if (a.status != status || strcmp(xml_of(&a, "Code"), code) != 0 ||
        strstr(answer_header(&a, "x-cosmock-reason"), reason) == NULL ||
        answer_header(&a, "ETag")[0] != '\0') {
        fail_msg("%s: got %d %s (%s)", w->name, a.status, a.body,
                 answer_header(&a, "x-cosmock-reason"));
    }
    answer_free(&a);
}

/* The service's own answers; the mock is not broken (door_close() asks), and nothing of it has
 * happened, so that the same request succeeds once the disk is well. */
static void a_failing_disk_is_the_services_failure_whatever_is_written(void **state)
{
    static const struct {
        enum backend_result result;
        int status;
        const char *code, *reason;
    } failures[] = {
        {BACKEND_NO_ROOM, 503, "ServiceUnavailable", "the disk is full"},
        {BACKEND_IO, 500, "InternalError", "the disk has failed"},
    };
    struct disk *d = *state;
    char copy_source[300];
    struct write writes[WRITES];
    all_writes(d, copy_source, writes);
    for (size_t i = 0; i < WRITES; i++) {
        char before[65];
        char after[65];
        state_of(d, before);
        for (size_t j = 0; j < COS_ARRAY_LEN(failures); j++) {
            later_answer(d->rows, 1, failures[j].result, failures[j].reason);
            expect_refusal(d, &writes[i], failures[j].status, failures[j].code,
                           failures[j].reason);
        }
        state_of(d, after);
        assert_string_equal(after, before);
        struct answer a = door_ask(d->door, &writes[i].ask);
        if (a.status != writes[i].status) {
            fail_msg("%s: got %d %s", writes[i].name, a.status, a.body);
        }
        answer_free(&a);
    }
}

static void the_journal_says_why_nothing_was_kept(void **state)
{
    struct disk *d = *state;
    later_answer(d->rows, 1, BACKEND_NO_ROOM, "the disk is full");
    door_expect(d->door, &(struct ask){.method = "PUT", .target = "/x", .body = "x", .n = 1},
                503, "ServiceUnavailable");
    struct cosmock_journal_query last = COSMOCK_JOURNAL_QUERY_INIT;
    struct cosmock_entry *e = NULL;
    last.after_seq = cosmock_journal_last_seq(d->door->tenant) - 1;
    assert_int_equal(cosmock_journal_read(d->door->tenant, &e, &last), 1);
    assert_string_equal(e->detail, "the disk is full");
    assert_string_equal(e->body_sha256, "");
    cosmock_entries_free(e);
}

/* --- what happens while a batch is under way --- */

/* Rung when a wait is over. */
struct bell {
    pthread_mutex_t lock;
    pthread_cond_t rung;
    bool has_rung;
};
#define BELL_INIT                                                           \
    {                                                                       \
        .lock = PTHREAD_MUTEX_INITIALIZER, .rung = PTHREAD_COND_INITIALIZER \
    }

static void ring(void *ctx)
{
    struct bell *b = ctx;
    (void)pthread_mutex_lock(&b->lock);
    b->has_rung = true;
    (void)pthread_cond_signal(&b->rung);
    (void)pthread_mutex_unlock(&b->lock);
}

static void hear(struct bell *b)
{
    (void)pthread_mutex_lock(&b->lock);
    while (!b->has_rung) {
        (void)pthread_cond_wait(&b->rung, &b->lock);
    }
    (void)pthread_mutex_unlock(&b->lock);
}

static struct cosmock_exchange *begin(struct disk *d, const char *method, const char *target,
                                      const char *host, struct bell *bell)
{
    struct cosmock_header headers[] = {{{"Host", 4}, {host, strlen(host)}},
                                       {{"Content-Length", 14}, {"0", 1}}};
    const struct cosmock_head head = {.method = {method, strlen(method)},
                                      .target = {target, strlen(target)},
                                      .headers = headers,
                                      .n_headers = COS_ARRAY_LEN(headers)};
    struct cosmock_exchange *x = NULL;
    assert_true(cosmock_begin(d->door->mock, &x, &head) > 0);
    cosmock_on_resume(x, ring, bell);
    return x;
}

static void expect_status(struct cosmock_exchange *x, struct bell *bell, int status)
{
    hear(bell);
    assert_int_equal(cosmock_finish(x), COSMOCK_OK);
    assert_int_equal(cosmock_reply_status(x), status);
    (void)cosmock_exchange_free(x);
}

static void what_is_not_kept_yet_is_not_seen(void **state)
{
    struct disk *d = *state;
    struct bell told = BELL_INIT;
    later_hold(d->rows);
    struct cosmock_exchange *x = begin(d, "PUT", "/held", d->door->host, &told);
    assert_int_equal(cosmock_finish(x), COSMOCK_WAIT);
    door_expect(d->door, &(struct ask){.method = "GET", .target = "/held"}, 404, "NoSuchKey");
    later_go_on(d->rows);
    expect_status(x, &told, 200);
    door_expect(d->door, &(struct ask){.method = "GET", .target = "/held"}, 200, NULL);
}

static void of_two_who_make_a_bucket_the_first_has_it(void **state)
{
    static const char host[] = "twice-1250000000.cos.ap-guangzhou.myqcloud.com";
    struct disk *d = *state;
    struct bell told = BELL_INIT;
    later_hold(d->rows);
    struct cosmock_exchange *x = begin(d, "PUT", "/", host, &told);
    assert_int_equal(cosmock_finish(x), COSMOCK_WAIT);
    door_expect(d->door, &(struct ask){.method = "PUT", .target = "/", .host = host}, 409,
                "BucketAlreadyOwnedByYou");
    door_expect(d->door, &(struct ask){.method = "HEAD", .target = "/", .host = host}, 404,
                NULL);
    later_go_on(d->rows);
    expect_status(x, &told, 200);
    door_expect(d->door, &(struct ask){.method = "HEAD", .target = "/", .host = host}, 200,
                NULL);
}

static void a_write_behind_the_end_of_its_bucket_finds_none(void **state)
{
    static const char host[] = "short-1250000000.cos.ap-guangzhou.myqcloud.com";
    struct disk *d = *state;
    struct bell told = BELL_INIT;
    struct bell late_told = BELL_INIT;
    door_expect(d->door, &(struct ask){.method = "PUT", .target = "/", .host = host}, 200,
                NULL);
    later_hold(d->rows);
    struct cosmock_exchange *drop = begin(d, "DELETE", "/", host, &told);
    assert_int_equal(cosmock_finish(drop), COSMOCK_WAIT);
    struct cosmock_exchange *put = begin(d, "PUT", "/late", host, &late_told);
    assert_int_equal(cosmock_finish(put), COSMOCK_WAIT);
    later_go_on(d->rows);
    expect_status(drop, &told, 204);
    expect_status(put, &late_told, 404);
}

#define DISK_TEST(f) cmocka_unit_test_setup_teardown(f, open_disk, close_disk)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DISK_TEST(a_failing_disk_is_the_services_failure_whatever_is_written),
        DISK_TEST(the_journal_says_why_nothing_was_kept),
        DISK_TEST(what_is_not_kept_yet_is_not_seen),
        DISK_TEST(of_two_who_make_a_bucket_the_first_has_it),
        DISK_TEST(a_write_behind_the_end_of_its_bucket_finds_none),
    };
    return cmocka_run_group_tests_name("commit", tests, NULL, NULL);
}
