/* SPDX-License-Identifier: Apache-2.0 */
/* The world from outside: names that would not fit are refused, the digest sees every account,
 * switches answer with what was set. */
#include "world/world.h"

#include "client.h"
#include "names.h"

#include "cosbase/file.h"

#include <errno.h>
#include <pthread.h>

static const char *fixtures = "fixtures";

static const char two_accounts[] = "accounts:\n"
                                   "  - {uin: \"100000000001\", appid: \"1250000000\"}\n"
                                   "  - {uin: \"100000000002\", appid: \"1250000002\"}\n"
                                   "buckets:\n"
                                   "  - {name: a-1250000000, region: ap-guangzhou}\n"
                                   "  - {name: b-1250000002, region: ap-guangzhou, "
                                   "owner: \"100000000002\"}\n";

static int open_two_accounts(void **state)
{
    struct client *c = calloc(1, sizeof(*c));
    client_open_world(c, two_accounts);
    *state = c;
    return 0;
}

static void the_digest_sees_the_buckets_of_every_account(void **state)
{
    struct client *c = *state;
    char before[65];
    assert_int_equal(cosmock_store_digest(c->tenant, before), 0);
    assert_int_equal(cosmock_object_put(c->tenant, "b-1250000002", "k", "x", 1, NULL), 0);
    char after[65];
    assert_int_equal(cosmock_store_digest(c->tenant, after), 0);
    assert_string_not_equal(before, after);
}

static void check_put(void *ctx, const char *name, bool is_good, const char *why)
{
    struct client *c = ctx;
    struct cosmock_error err = {0};
    int r = cosmock_bucket_put(c->tenant, name, "ap-guangzhou", &err);
    bool is_told = r == COSMOCK_E_INVALID && strstr(err.message, "<name>-<appid>") != NULL;
    if (is_good ? r != 0 && r != COSMOCK_E_EXISTS : !is_told) {
        fail_msg("'%s' (%s): %d '%s'", name, why, r, err.message);
    }
}

static void bucket_names_are_those_of_the_document(void **state)
{
    each_bucket_name(fixtures, check_put, *state);
}

static void regions_that_no_host_could_carry_are_refused(void **state)
{
    static const char *const regions[] = {"", "AP", "ap guangzhou", "-ap", "ap-", "a.b"};
    struct client *c = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(regions); i++) {
        struct cosmock_error err = {0};
        int r = cosmock_bucket_put(c->tenant, "c-1250000000", regions[i], &err);
        if (r != COSMOCK_E_INVALID || strstr(err.message, "region") == NULL) {
            fail_msg("'%s': %d %s", regions[i], r, err.message);
        }
    }
    assert_int_equal(cosmock_bucket_put(c->tenant, "c-1250000000", "eu-frankfurt", NULL), 0);
}

static void a_numeric_switch_answers_with_what_was_set(void **state)
{
    struct client *c = *state;
    assert_string_equal(cosmock_switch_get(c->tenant, "part-min-bytes"), "1048576");
    assert_int_equal(cosmock_switch_set(c->tenant, "part-min-bytes", "5", NULL), 0);
    const char *first = cosmock_switch_get(c->tenant, "part-min-bytes");
    assert_string_equal(first, "5");
    assert_int_equal(world_switch_number(c->tenant, SWITCH_PART_MIN_BYTES), 5);
    assert_int_equal(cosmock_switch_set(c->tenant, "part-min-bytes", "77", NULL), 0);
    assert_string_equal(cosmock_switch_get(c->tenant, "part-min-bytes"), "77");
    assert_string_equal(first, "5"); /* still borrowed, never rewritten */
    assert_string_equal(cosmock_switch_get(c->tenant, "early-start-s"), "900");
}

struct waiter {
    struct cosmock_tenant *t;
    _Atomic pid_t tid;
    int found;
};

static void *wait_for_ever(void *ctx)
{
    struct waiter *w = ctx;
    w->tid = gettid();
    w->found = cosmock_journal_wait(w->t, NULL, INT64_MAX);
    return NULL;
}

/* Until the thread sleeps, which it does nowhere but in its wait, or has ended: proc(5). */
static void let_it_wait(const struct waiter *w)
{
    char state = 'R';
    while (state != 'S' && state != 'X') {
        char path[64];
        (void)snprintf(path, sizeof(path), "/proc/self/task/%d/stat", (int)w->tid);
        struct cos_buf stat;
        cos_buf_init(&stat, 4096);
        int r = w->tid == 0 ? -EAGAIN : cos_file_read(&stat, path);
        const char *at = r == 0 ? strrchr(cos_buf_cstr(&stat), ')') : NULL;
        state = at != NULL ? at[2] : r == -EAGAIN ? 'R' : 'X';
        cos_buf_deinit(&stat);
    }
}

static void a_wait_of_any_length_is_no_overflow(void **state)
{
    struct client *c = *state;
    struct waiter w = {.t = c->tenant};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, wait_for_ever, &w), 0);
    let_it_wait(&w);
    world_journal_add(c->tenant, &(struct entry_draft){.texts.service = COS_SPAN_LIT("cos"),
                                                       .texts.op = COS_SPAN_LIT("GetObject")});
    (void)pthread_join(thread, NULL);
    assert_int_equal(w.found, 1);
    struct cosmock_journal_query later = COSMOCK_JOURNAL_QUERY_INIT;
    later.after_seq = 1;
    assert_int_equal(cosmock_journal_wait(c->tenant, &later, INT64_MIN), 0);
}

static char *explain_for_root(struct cosmock_tenant *t)
{
    char *json = NULL;
    const struct cosmock_explain_query query = {
        .size = sizeof(query),
        .uin = "100000000001",
        .action = "name/cos:GetObject",
        .resource = "qcs::cos:ap-guangzhou:uid/1250000000:a-1250000000/k",
    };
    assert_int_equal(cosmock_policy_explain(t, &query, &json, NULL), 0);
    return json;
}

/* 436/35240: the default; an example in 45235 expects otherwise, hence the switch. */
static void explain_follows_the_switch_anyone_deny(void **state)
{
    struct client *c = *state;
    assert_int_equal(
        cosmock_bucket_policy_set(
            c->tenant, "a-1250000000",
            "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"deny\",\"principal\":"
            "{\"qcs\":[\"qcs::cam::anyone:anyone\"]},\"action\":\"*\","
            "\"resource\":\"*\"}]}",
            NULL),
        0);
    char *json = explain_for_root(c->tenant);
    assert_non_null(strstr(json, "\"verdict\":\"allow\""));
    free(json);
    assert_int_equal(cosmock_switch_set(c->tenant, "anyone-deny", "strict", NULL), 0);
    json = explain_for_root(c->tenant);
    assert_non_null(strstr(json, "\"verdict\":\"deny\""));
    free(json);
}

/* --- a disk that fails --- */

/* Takes bytes, or says so; what it took lies in a file that lost it. */
struct disk {
    struct blob_sink sink;
    int answer, fd;
};
static struct disk disk;

static int disk_add(struct blob_sink *s, const void *bytes, size_t n)
{
    return disk.answer;
}

static struct blob *disk_done(struct blob_sink *s)
{
    return blob_of_chunk(&(struct blob_chunk){.fd = disk.fd, .bytes = 5}, /* budget= */ NULL);
}

static void disk_free(struct blob_sink *s)
{
}

static struct blob_writer *write_to_disk(struct backend *b, uint64_t expected_bytes)
{
    return blob_writer_to(&disk.sink);
}

static void a_disk_that_fails_is_no_lack_of_memory(void **state)
{
    struct client *c = *state;
    struct cosmock_error err;
    void *bytes;
    size_t n;
    const struct backend_ops *whole = c->tenant->rows->ops;
    struct backend_ops failing = *whole;
    failing.blob_writer = write_to_disk;
    c->tenant->rows->ops = &failing;
    disk = (struct disk){.sink = {disk_add, disk_done, disk_free}, .fd = -1};
    for (int answer = BLOB_IO; answer <= BLOB_NO_ROOM; answer++) {
        disk.answer = answer;
        assert_int_equal(cosmock_object_put(c->tenant, "a-1250000000", "k", "hello", 5, &err),
                         COSMOCK_E_IO);
        assert_non_null(strstr(err.message, "'k' cannot be read or written"));
    }
    disk.answer = 0;
    assert_int_equal(cosmock_object_put(c->tenant, "a-1250000000", "k", "hello", 5, &err), 0);
    assert_int_equal(cosmock_object_get(c->tenant, "a-1250000000", "k", &bytes, &n, &err),
                     COSMOCK_E_IO);
    c->tenant->rows->ops = whole;
}

int main(int argc, char **argv)
{
    fixtures = argc > 1 ? argv[1] : fixtures;
#define AMONG_TWO(test) cmocka_unit_test_setup_teardown(test, open_two_accounts, client_close)
    const struct CMUnitTest tests[] = {
        AMONG_TWO(the_digest_sees_the_buckets_of_every_account),
        AMONG_TWO(a_disk_that_fails_is_no_lack_of_memory),
        AMONG_TWO(bucket_names_are_those_of_the_document),
        AMONG_TWO(regions_that_no_host_could_carry_are_refused),
        AMONG_TWO(a_numeric_switch_answers_with_what_was_set),
        AMONG_TWO(a_wait_of_any_length_is_no_overflow),
        AMONG_TWO(explain_follows_the_switch_anyone_deny),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
