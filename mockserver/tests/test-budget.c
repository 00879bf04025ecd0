/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A mock that is full says so and goes on: 503 ServiceUnavailable with the reason, nothing
 * stored, not broken; deleting makes room again. The limit itself comes from the machine, its
 * control groups and the process.
 */
#include "door.h"

#include "cosbase/alloc.h"
#include "cosbase/file.h"
#include "world/memory.h"
#include "world/mock.h"
#include "world/world.h"

#define LIMIT_BYTES (8u << 20)
#define OBJECT_BYTES (3u << 20)

static char object_bytes[OBJECT_BYTES];

static int open_small(void **state)
{
    int r = door_open(state);
    struct door *d = *state;

    if (r == 0) {
        d->mock->memory.limit_bytes = LIMIT_BYTES;
    }
    return r;
}

static struct ask put_of(const char *target, size_t n)
{
    return (struct ask){.method = "PUT", .target = target, .body = object_bytes, .n = n};
}

static uint64_t used(const struct door *d)
{
    return d->mock->memory.used_bytes;
}

static void expect_full(struct door *d, const struct ask *q)
{
    struct answer a = door_ask(d, q);
    const char *reason = answer_header(&a, "x-cosmock-reason");

    assert_int_equal(a.status, 503);
    assert_string_equal(xml_of(&a, "Code"), "ServiceUnavailable");
    assert_non_null(strstr(reason, "the memory limit of 8388608 bytes is reached"));
    assert_non_null(strstr(reason, "--memory-limit"));
    answer_free(&a);
    assert_false(cosmock_broken(d->mock));
}

static void fill(struct door *d)
{
    struct ask a = put_of("/a", OBJECT_BYTES);
    struct ask b = put_of("/b", OBJECT_BYTES);

    door_expect(d, &a, 200, NULL);
    door_expect(d, &b, 200, NULL);
}

static void a_full_mock_answers_503_and_is_not_broken(void **state)
{
    struct door *d = *state;
    struct ask c = put_of("/c", OBJECT_BYTES);
    struct ask chunked = put_of("/c", OBJECT_BYTES);
    struct ask read = {.method = "GET", .target = "/a"};

    chunked.no_length = true;
    chunked.headers = "Transfer-Encoding: chunked";
    fill(d);
    uint64_t full = used(d);
    expect_full(d, &c);
    expect_full(d, &chunked);
    assert_int_equal(used(d), full);
    assert_int_equal(cosmock_object_count(d->tenant, d->info.bucket), 2);
    struct answer a = door_ask(d, &read);
    assert_int_equal(a.status, 200);
    assert_int_equal(a.n, OBJECT_BYTES);
    answer_free(&a);
}

static void deleting_makes_room(void **state)
{
    struct door *d = *state;
    uint64_t before = used(d);
    struct ask c = put_of("/c", OBJECT_BYTES);
    struct ask remove_a = {.method = "DELETE", .target = "/a"};
    struct ask remove_b = {.method = "DELETE", .target = "/b"};
    struct ask remove_c = {.method = "DELETE", .target = "/c"};

    fill(d);
    expect_full(d, &c);
    door_expect(d, &remove_a, 204, NULL);
    door_expect(d, &c, 200, NULL);
    door_expect(d, &remove_b, 204, NULL);
    door_expect(d, &remove_c, 204, NULL);
    assert_int_equal(used(d), before);
}

/* Each writes over itself: what is replaced gives its bytes back. */
static void overwriting_does_not_add_up(void **state)
{
    struct door *d = *state;

    for (int i = 0; i < 20; i++) {
        struct ask q = put_of("/same", OBJECT_BYTES);

        door_expect(d, &q, 200, NULL);
    }
}

/* Nothing but names: they count as well, and the mock still deletes when it is full. */
static void empty_objects_fill_it_too(void **state)
{
    struct door *d = *state;
    int status = 200;

    d->mock->memory.limit_bytes = used(d) + (1u << 20);
    int n = 0;
    for (; status == 200 && n < 100000; n++) {
        char target[64];
        (void)snprintf(target, sizeof(target), "/empty/%d", n);
        struct ask q = put_of(target, 0);
        struct answer a = door_ask(d, &q);

        status = a.status;
        answer_free(&a);
    }
    assert_int_equal(status, 503);
    assert_in_range(n, 500, 5000);
    struct ask initiate = {.method = "POST", .target = "/x?uploads"};
    door_expect(d, &initiate, 503, "ServiceUnavailable");
    struct ask copy = {.method = "PUT", .target = "/copy"};
    char source[256];
    (void)snprintf(source, sizeof(source), "x-cos-copy-source: %s/empty/0", d->host);
    copy.headers = source;
    door_expect(d, &copy, 503, "ServiceUnavailable");
    struct ask many = {.method = "POST",
                       .target = "/?delete",
                       .body = "<Delete><Object><Key>empty/0</Key></Object>"
                               "<Object><Key>empty/1</Key></Object></Delete>",
                       .with_md5 = true};
    many.n = strlen(many.body);
    door_expect(d, &many, 200, NULL);
    struct ask again = put_of("/empty/0", 0);
    door_expect(d, &again, 200, NULL);
}

static void parts_count_until_their_upload_goes(void **state)
{
    struct door *d = *state;
    uint64_t before = used(d);
    struct ask initiate = {.method = "POST", .target = "/x?uploads"};
    struct answer a = door_ask(d, &initiate);
    char id[128];

    (void)snprintf(id, sizeof(id), "%s", xml_of(&a, "UploadId"));
    answer_free(&a);
    char target[256];
    for (int number = 1; number <= 3; number++) {
        (void)snprintf(target, sizeof(target), "/x?partNumber=%d&uploadId=%s", number, id);
        struct ask part = put_of(target, OBJECT_BYTES);

        if (number < 3) {
            door_expect(d, &part, 200, NULL);
        } else {
            expect_full(d, &part);
        }
    }
    (void)snprintf(target, sizeof(target), "/x?uploadId=%s", id);
    struct ask abort_it = {.method = "DELETE", .target = target};
    door_expect(d, &abort_it, 204, NULL);
    assert_int_equal(used(d), before);
}

static void the_back_door_has_the_same_limit(void **state)
{
    struct door *d = *state;

    fill(d);
    struct cosmock_error err = {0};
    assert_int_equal(cosmock_object_put(d->tenant, d->info.bucket, "c", object_bytes,
                                        OBJECT_BYTES, &err),
                     COSMOCK_E_NOMEM);
    assert_non_null(strstr(err.message, "memory limit of 8388608 bytes"));
}

/* What malloc does not give is a refusal like the limit: nothing of the mock is wrong. */
static void a_body_without_memory_is_503_and_not_broken(void **state)
{
    struct door *d = *state;
    struct ask q = put_of("/a", OBJECT_BYTES);
    char length[] = "3145728";
    struct cosmock_header headers[] = {{{"Host", 4}, {d->host, strlen(d->host)}},
                                       {{"Content-Length", 14}, {length, strlen(length)}}};
    struct cosmock_head head = {.method = {q.method, 3},
                                .target = {q.target, 2},
                                .headers = headers,
                                .n_headers = 2};
    struct cosmock_exchange *x = NULL;

    assert_int_equal(cosmock_begin(d->mock, &x, &head), COSMOCK_WANT_BODY);
    cos_alloc_fail_nth(1);
    assert_int_equal(cosmock_body(x, object_bytes, OBJECT_BYTES), COSMOCK_WANT_SEND);
    cos_alloc_fail_nth(0);
    assert_int_equal(cosmock_finish(x), COSMOCK_OK);
    assert_int_equal(cosmock_reply_status(x), 503);
    assert_false(cosmock_broken(d->mock));
    (void)cosmock_exchange_free(x);
    assert_int_equal(cosmock_object_count(d->tenant, d->info.bucket), 0);
}

/* --- where the limit comes from --- */

static void write_at(const char *root, const char *path, const char *text)
{
    char full[512];

    (void)snprintf(full, sizeof(full), "%s%s", root, path);
    char *slash = strrchr(full, '/');
    *slash = '\0';
    assert_int_equal(cos_dir_make(full, 0755), 0);
    *slash = '/';
    assert_int_equal(cos_file_write(full, cos_span_of(text), 0644), 0);
}

static void the_least_limit_of_the_container_counts(void **state)
{
    enum { FILES = 3 };
    static const struct {
        const char *name, *groups;
        const char *files[2 * FILES];
        /* 0: as without any group */
        uint64_t bytes;
    } rows[] = {
        {"no groups", "", {NULL}, 0},
        {"v2, its own group",
         "0::/a/b\n",
         {"/sys/fs/cgroup/a/b/memory.max", "4194304\n"},
         4194304},
        {"v2, none", "0::/a/b\n", {"/sys/fs/cgroup/a/b/memory.max", "max\n"}, 0},
        {"v2, a group above",
         "0::/a/b\n",
         {"/sys/fs/cgroup/a/b/memory.max", "max\n", "/sys/fs/cgroup/a/memory.max", "2097152\n"},
         2097152},
        {"v2, the mount is the container's own",
         "0::/kubepods/x\n",
         {"/sys/fs/cgroup/memory.max", "1048576\n"},
         1048576},
        {"v1",
         "5:cpu:/a\n4:memory:/a\n",
         {"/sys/fs/cgroup/memory/a/memory.limit_in_bytes", "3145728"},
         3145728},
        {"v1, no limit",
         "4:memory:/a\n",
         {"/sys/fs/cgroup/memory/a/memory.limit_in_bytes", "9223372036854771712"},
         0},
        {"nonsense", "0:/a\n::\n\n", {"/sys/fs/cgroup/memory.max", "4 GB"}, 0},
    };
    uint64_t without = memory_available_bytes("/nowhere");

    assert_true(without > 4194304);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        char root[] = "/tmp/cosmock-test-budget-XXXXXX";

        assert_non_null(mkdtemp(root));
        write_at(root, "/proc/self/cgroup", rows[i].groups);
        for (size_t f = 0; rows[i].files[f] != NULL; f += 2) {
            write_at(root, rows[i].files[f], rows[i].files[f + 1]);
        }
        uint64_t bytes = memory_available_bytes(root);
        assert_int_equal(cos_dir_remove(root), 0);
        if (bytes != (rows[i].bytes == 0 ? without : rows[i].bytes)) {
            fail_msg("%s: %llu", rows[i].name, (unsigned long long)bytes);
        }
    }
}

static void the_default_is_half_of_what_there_is(void **state)
{
    struct cosmock *mock = NULL;

    assert_int_equal(cosmock_new(&mock, NULL, NULL), COSMOCK_OK);
    assert_int_equal(mock->memory.limit_bytes, memory_available_bytes("") / 2);
    (void)cosmock_free(mock);
    struct cosmock_options options = COSMOCK_OPTIONS_INIT;
    options.memory_limit_bytes = 12345678;
    assert_int_equal(cosmock_new(&mock, &options, NULL), COSMOCK_OK);
    assert_int_equal(mock->memory.limit_bytes, 12345678);
    (void)cosmock_free(mock);
}

int main(void)
{
#define SMALL(test) cmocka_unit_test_setup_teardown(test, open_small, door_close)
    const struct CMUnitTest tests[] = {
        SMALL(a_full_mock_answers_503_and_is_not_broken),
        SMALL(deleting_makes_room),
        SMALL(overwriting_does_not_add_up),
        SMALL(empty_objects_fill_it_too),
        SMALL(parts_count_until_their_upload_goes),
        SMALL(the_back_door_has_the_same_limit),
        SMALL(a_body_without_memory_is_503_and_not_broken),
        cmocka_unit_test(the_least_limit_of_the_container_counts),
        cmocka_unit_test(the_default_is_half_of_what_there_is),
    };
    return cmocka_run_group_tests_name("budget", tests, NULL, NULL);
}
