/* SPDX-License-Identifier: Apache-2.0 */
/* Tenants of a mock with a data directory: what goes on, what is new, what is gone. */
#include "cosmock/cosmock.h"

#include "disk.h"
#include "scratch.h"
#include "store/directory.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/wait.h>

#include <cmocka.h>

struct desk {
    struct scratch scratch;
    char data[80];
    struct cosmock *mock;
};

static void open_desk(struct desk *d)
{
    struct cosmock_options o = COSMOCK_OPTIONS_INIT;
    struct cosmock_error err;
    o.data_dir = d->data;
    if (cosmock_new(&d->mock, &o, &err) != COSMOCK_OK) {
        fail_msg("%s", err.message);
    }
}

static void reopen_desk(struct desk *d)
{
    (void)cosmock_free(d->mock);
    open_desk(d);
}

static int make(void **state)
{
    struct desk *d = calloc(1, sizeof(*d));
    assert_non_null(d);
    scratch_make(&d->scratch);
    (void)snprintf(d->data, sizeof(d->data), "%s/data", d->scratch.path);
    open_desk(d);
    *state = d;
    return 0;
}

static int discard(void **state)
{
    struct desk *d = *state;
    (void)cosmock_free(d->mock);
    scratch_remove(&d->scratch);
    free(d);
    return 0;
}

static int tenant_status(struct desk *d, const char *name, struct cosmock_tenant **out)
{
    struct cosmock_tenant_options o = COSMOCK_TENANT_OPTIONS_INIT;
    struct cosmock_error err;
    o.name = name;
    return cosmock_tenant_new(d->mock, out, &o, &err);
}

static struct cosmock_tenant *tenant(struct desk *d, const char *name)
{
    struct cosmock_tenant *t = NULL;
    assert_int_equal(tenant_status(d, name, &t), COSMOCK_OK);
    return t;
}

static const char *bucket_of(struct cosmock_tenant *t)
{
    struct cosmock_world_info info;
    cosmock_world_info(t, &info);
    return info.bucket;
}

static void put(struct cosmock_tenant *t, const char *key)
{
    assert_int_equal(cosmock_object_put(t, bucket_of(t), key, "text", 4, NULL), COSMOCK_OK);
}

static void a_tenant_goes_on_from_where_it_was(void **state)
{
    struct desk *d = *state;
    char digest[65];
    char again[65];
    struct cosmock_tenant *t = tenant(d, "mine");
    put(t, "a");
    put(t, "b");
    assert_int_equal(cosmock_store_digest(t, digest), COSMOCK_OK);
    reopen_desk(d);
    t = tenant(d, "mine");
    assert_int_equal(cosmock_store_digest(t, again), COSMOCK_OK);
    assert_string_equal(again, digest);
    assert_int_equal(cosmock_object_count(t, bucket_of(t)), 2);
}

static void what_was_found_is_handed_out_once(void **state)
{
    struct desk *d = *state;
    (void)tenant(d, "mine");
    reopen_desk(d);
    struct cosmock_tenant *t = tenant(d, "mine");
    struct cosmock_tenant *other = NULL;
    assert_int_equal(tenant_status(d, "mine", &other), COSMOCK_E_EXISTS);
    assert_null(other);
    put(t, "a"); /* the one that has it does not mind */
}

/* Names of buckets are unique over all tenants, also those that nobody has asked for yet. */
static void a_new_tenant_takes_no_name_of_one_that_was_found(void **state)
{
    struct desk *d = *state;
    struct cosmock_tenant *dropped = tenant(d, NULL);
    char name[80];
    char bucket[80];
    struct cosmock_tenant *t = tenant(d, NULL);
    (void)snprintf(name, sizeof(name), "%s", cosmock_tenant_name(t));
    (void)snprintf(bucket, sizeof(bucket), "%s", bucket_of(t));
    put(t, "a");
    assert_int_equal(cosmock_tenant_drop(dropped, NULL), COSMOCK_OK);
    reopen_desk(d);
    for (int i = 0; i < 4; i++) {
        struct cosmock_tenant *fresh = tenant(d, NULL);
        assert_string_not_equal(cosmock_tenant_name(fresh), name);
        assert_string_not_equal(bucket_of(fresh), bucket);
        assert_int_equal(cosmock_object_count(fresh, bucket_of(fresh)), 0);
    }
    t = tenant(d, name);
    assert_string_equal(bucket_of(t), bucket);
    assert_int_equal(cosmock_object_count(t, bucket), 1);
}

static void a_tenant_that_is_freed_is_kept(void **state)
{
    struct desk *d = *state;
    struct cosmock_tenant *t = tenant(d, "mine");
    put(t, "a");
    (void)cosmock_tenant_free(t);
    t = tenant(d, "mine");
    assert_int_equal(cosmock_object_count(t, bucket_of(t)), 1);
    (void)cosmock_tenant_free(t);
    reopen_desk(d);
    t = tenant(d, "mine");
    assert_int_equal(cosmock_object_count(t, bucket_of(t)), 1);
}

static void a_tenant_that_is_dropped_is_gone(void **state)
{
    struct desk *d = *state;
    struct cosmock_tenant *t = tenant(d, "mine");
    put(t, "a");
    assert_int_equal(cosmock_tenant_drop(t, NULL), COSMOCK_OK);
    t = tenant(d, "mine");
    assert_int_equal(cosmock_object_count(t, bucket_of(t)), 0);
    assert_int_equal(cosmock_tenant_drop(t, NULL), COSMOCK_OK);
    reopen_desk(d);
    t = tenant(d, "mine");
    assert_int_equal(cosmock_object_count(t, bucket_of(t)), 0);
}

static void count_tenants(void *ctx, struct cos_span name)
{
    ++*(unsigned *)ctx;
}

/* How many there are; the mock is another one behind it. */
static unsigned kept_tenants(struct desk *d)
{
    struct directory_options o = DIRECTORY_OPTIONS_DEFAULT;
    struct directory_error err;
    struct commit c = {.result = BACKEND_OK};
    unsigned n = 0;
    d->mock = cosmock_free(d->mock);
    struct directory *dir = directory_open(d->data, &o, &err);
    assert_int_equal(directory_tenants(dir, count_tenants, &n, &c), BACKEND_OK);
    (void)directory_close(dir);
    open_desk(d);
    return n;
}

/* As a crash leaves it: its space is there, and no row. */
static void a_tenant_whose_making_was_never_finished_is_not_there(void **state)
{
    struct desk *d = *state;
    struct directory_options o = DIRECTORY_OPTIONS_DEFAULT;
    struct directory_error err;
    struct commit c = {.result = BACKEND_OK};
    d->mock = cosmock_free(d->mock);
    struct directory *dir = directory_open(d->data, &o, &err);
    struct backend *b = directory_backend(dir, COS_SPAN_LIT("ghost"), &c);
    assert_non_null(b);
    (void)b->ops->free(b);
    (void)directory_close(dir);
    open_desk(d);
    assert_int_equal(kept_tenants(d), 0);
}

/* --- a tenant that begins as a file says --- */

static int tenant_of_file(struct desk *d, const char *path, struct cosmock_tenant **out)
{
    struct cosmock_tenant_options o = COSMOCK_TENANT_OPTIONS_INIT;
    struct cosmock_error err;
    o.name = "restored";
    o.snapshot_file = path;
    return cosmock_tenant_new(d->mock, out, &o, &err);
}

static void digest_of(struct cosmock_tenant *t, char out[65])
{
    assert_int_equal(cosmock_store_digest(t, out), COSMOCK_OK);
}

/* Of a world of its own, so that the built-in one is not taken for it. */
static void save_one(struct desk *d, const char *path, char digest[65])
{
    struct cosmock_tenant_options o = COSMOCK_TENANT_OPTIONS_INIT;
    struct cosmock_tenant *t = NULL;
    struct cosmock_error err;
    o.name = "saved";
    o.world_text = "accounts: [{uin: '7', appid: '77', keys: [{}]}]\n"
                   "buckets: [{name: mine-77, region: ap-shanghai}]\n";
    assert_int_equal(cosmock_tenant_new(d->mock, &t, &o, &err), COSMOCK_OK);
    put(t, "kept");
    digest_of(t, digest);
    assert_int_equal(cosmock_tenant_save(t, path, &err), COSMOCK_OK);
    assert_int_equal(cosmock_tenant_drop(t, &err), COSMOCK_OK);
}

static int kill_at(void *ctx, enum disk_op op, const char *name)
{
    int *left = ctx;
    if (--*left == 0 && op != DISK_WRITE) {
        (void)kill(getpid(), SIGKILL);
    }
    return *left == 0 ? DISK_TEAR : 0;
}

/* False: it came to its end. */
static bool is_killed_at(struct desk *d, const char *path, int nth)
{
    pid_t pid = fork();
    if (pid == 0) {
        struct cosmock_options o = COSMOCK_OPTIONS_INIT;
        struct cosmock_tenant *t = NULL;
        struct cosmock_error err;
        o.data_dir = d->data;
        disk_watch(kill_at, &nth);
        bool is_made = cosmock_new(&d->mock, &o, &err) == COSMOCK_OK &&
                       tenant_of_file(d, path, &t) == COSMOCK_OK;
        _exit(is_made ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
    return WIFSIGNALED(status);
}

static void one_that_begins_with_a_file_is_there_with_all_of_it_or_not_at_all(void **state)
{
    struct desk *d = *state;
    char path[128];
    char digest[65];
    unsigned n_absent = 0;
    unsigned n_whole = 0;
    bool is_over = false;
    (void)snprintf(path, sizeof(path), "%s/file", d->scratch.path);
    save_one(d, path, digest);
    d->mock = cosmock_free(d->mock);
    for (int nth = 1; !is_over; nth++) {
        struct cosmock_tenant *t = NULL;
        struct cosmock_error err;
        char now[65];
        is_over = !is_killed_at(d, path, nth);
        open_desk(d);
        int r = tenant_of_file(d, path, &t);
        assert_true(r == COSMOCK_OK || r == COSMOCK_E_EXISTS);
        n_absent += r == COSMOCK_OK ? 1 : 0;
        n_whole += r == COSMOCK_OK ? 0 : 1;
        t = t == NULL ? tenant(d, "restored") : t;
        digest_of(t, now);
        assert_string_equal(now, digest);
        assert_int_equal(cosmock_tenant_drop(t, &err), COSMOCK_OK);
        d->mock = cosmock_free(d->mock);
    }
    assert_true(n_absent > 0 && n_whole > 0);
    open_desk(d);
}

static void a_file_that_is_none_makes_no_tenant(void **state)
{
    struct desk *d = *state;
    struct cosmock_tenant *t = NULL;
    char path[128];
    (void)snprintf(path, sizeof(path), "%s/none", d->scratch.path);
    assert_int_equal(tenant_of_file(d, path, &t), COSMOCK_E_IO);
    assert_null(t);
    reopen_desk(d);
    assert_int_equal(kept_tenants(d), 0);
}

static void another_mock_is_told_that_it_is_in_use(void **state)
{
    struct desk *d = *state;
    struct cosmock_options o = COSMOCK_OPTIONS_INIT;
    struct cosmock_error err;
    struct cosmock *other = NULL;
    o.data_dir = d->data;
    assert_int_equal(cosmock_new(&other, &o, &err), COSMOCK_E_BUSY);
    assert_null(other);
    assert_non_null(strstr(err.message, d->data));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_tenant_goes_on_from_where_it_was, make, discard),
        cmocka_unit_test_setup_teardown(what_was_found_is_handed_out_once, make, discard),
        cmocka_unit_test_setup_teardown(a_new_tenant_takes_no_name_of_one_that_was_found, make,
                                        discard),
        cmocka_unit_test_setup_teardown(a_tenant_that_is_freed_is_kept, make, discard),
        cmocka_unit_test_setup_teardown(a_tenant_that_is_dropped_is_gone, make, discard),
        cmocka_unit_test_setup_teardown(a_tenant_whose_making_was_never_finished_is_not_there,
                                        make, discard),
        cmocka_unit_test_setup_teardown(
            one_that_begins_with_a_file_is_there_with_all_of_it_or_not_at_all, make, discard),
        cmocka_unit_test_setup_teardown(a_file_that_is_none_makes_no_tenant, make, discard),
        cmocka_unit_test_setup_teardown(another_mock_is_told_that_it_is_in_use, make, discard),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
