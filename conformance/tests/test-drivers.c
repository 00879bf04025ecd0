/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both drivers carry the same: what the plugin says in process it says over the host process,
 * too; and what is judged is what the host has found. Arguments: the host, the plugin,
 * cosconform.
 */
#include "driver.h"

#include "cosbase/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define TIMEOUT_MS 20000

static const char *host_path, *plugin_path, *judge_path;
static char scratch[] = "/tmp/test-drivers-XXXXXX";

static struct driver *in_process(void)
{
    return driver_native_new(&(struct driver_native_options){.entry = cosn_plugin_entry});
}

static struct driver *over_the_host(void)
{
    const char *const argv[] = {host_path, plugin_path, NULL};
    const char *const env[] = {NULL};
    char log_path[64], trouble[512] = "";
    (void)snprintf(log_path, sizeof(log_path), "%s/stderr", scratch);
    struct child_options options = {.argv = argv, .env = env, .log_path = log_path};
    struct driver *d = NULL;
    if (driver_process_new(&d, &options, trouble) < 0) {
        fail_msg("%s", trouble);
    }
    return d;
}

static const struct {
    const char *name;
    struct driver *(*start)(void);
} drivers[] = {{"in process", in_process}, {"over the host", over_the_host}};

static void check_reply(const char *driver, const struct cos_buf *reply, const char *part)
{
    if (strstr(cos_buf_cstr(reply), part) == NULL) {
        fail_msg("%s: '%s' is not in '%s'", driver, part, cos_buf_cstr(reply));
    }
}

/* Opening a party configured with @members is refused with a message that holds @part. */
static void check_open_says(const char *members, const char *part)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(drivers); i++) {
        struct driver *d = drivers[i].start();
        assert_non_null(d);
        struct cos_buf reply;
        cos_buf_init(&reply, DRIVER_MAX_LINE);
        assert_int_equal(driver_call(d, "hello", "\"protocol\":1", TIMEOUT_MS, &reply),
                         DRIVER_OK);
        assert_int_equal(driver_call(d, "configure", members, TIMEOUT_MS, &reply), DRIVER_OK);
        check_reply(drivers[i].name, &reply, "\"ok\":true");
        assert_int_equal(driver_call(d, "open", "\"uri\":\"cosn://b-1250000000/\"", TIMEOUT_MS,
                                     &reply),
                         DRIVER_OK);
        check_reply(drivers[i].name, &reply, "\"ok\":false");
        check_reply(drivers[i].name, &reply, part);
        cos_buf_deinit(&reply);
        d = driver_free(d);
    }
}

/* The wrong value is no value of the reader's: it shows at open, when the file is long read. */
static void a_wrong_value_is_named_with_the_file_and_line_it_came_from(void **state)
{
    static const char text[] = "remote.data.dir: cosn://b-1250000000/x\n"
                               "fs.cosn.bucket.endpoint_suffix: cos.ap-guangzhou.myqcloud.com\n"
                               "fs.cosn.credentials.provider: no.such.Class\n";
    char path[64], members[128], part[128];
    (void)snprintf(path, sizeof(path), "%s/server.yaml", scratch);
    assert_int_equal(cos_file_write(path, cos_span_of(text), 0600), 0);
    (void)snprintf(members, sizeof(members), "\"yaml\":\"%s\"", path);
    (void)snprintf(part, sizeof(part), "'no.such.Class' (%s:3)", path);
    check_open_says(members, part);
}

static void a_wrong_value_of_the_request_is_the_hosts(void **state)
{
    check_open_says("\"conf\":{\"fs.cosn.credentials.provider\":\"no.such.Class\","
                    "\"fs.cosn.bucket.endpoint_suffix\":\"cos.ap-guangzhou.myqcloud.com\"}",
                    "'no.such.Class' (host)");
}

/* What a case does with a subject of another language hangs on it: PROTOCOL.md, hello. */
static void a_plugin_is_of_c_lacks_append_and_is_found_by_the_judge(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(drivers); i++) {
        struct driver *d = drivers[i].start();
        assert_non_null(d);
        struct cos_buf reply;
        cos_buf_init(&reply, DRIVER_MAX_LINE);
        assert_int_equal(driver_call(d, "hello", "\"protocol\":1", TIMEOUT_MS, &reply),
                         DRIVER_OK);
        check_reply(drivers[i].name, &reply, "\"language\":\"c\"");
        check_reply(drivers[i].name, &reply, "\"lacks\":[\"append\"]");
        check_reply(drivers[i].name, &reply, "\"loader\":\"harness\"");
        check_reply(drivers[i].name, &reply, "\"load.tree\"]");
        assert_int_equal(driver_call(d, "append", "\"fs\":1", TIMEOUT_MS, &reply), DRIVER_OK);
        check_reply(drivers[i].name, &reply, "\"class\":\"UNSUPPORTED\"");
        check_reply(drivers[i].name, &reply, "no way to append");
        cos_buf_deinit(&reply);
        d = driver_free(d);
    }
}

static int make_scratch(void **state)
{
    return mkdtemp(scratch) != NULL ? 0 : -1;
}

static int remove_scratch(void **state)
{
    return cos_dir_remove(scratch);
}

/* A file beside it that no host can load, first by name, is not what a case places in another
 * tree, nor what a certificate would name. */
static void of_a_directory_the_artefact_that_serves_cosn_is_judged(void **state)
{
    char path[128];
    (void)snprintf(path, sizeof(path), "%s/plugins/cos", scratch);
    assert_int_equal(cos_dir_make(path, 0700), 0);
    (void)snprintf(path, sizeof(path), "%s/plugins/cos/aaa.so", scratch);
    assert_int_equal(cos_file_write(path, COS_SPAN_LIT("no plugin"), 0600), 0);
    (void)snprintf(path, sizeof(path), "%s/plugins/cos/cosn.so", scratch);
    char *absolute = realpath(plugin_path, NULL);
    assert_non_null(absolute);
    assert_int_equal(symlink(absolute, path), 0);
    free(absolute);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)dup2(STDERR_FILENO, STDOUT_FILENO); /* ours is TAP */
        (void)execl(judge_path, judge_path, "run", "--subject", scratch, "--only", "PLUG-001",
                    (char *)NULL);
        _exit(127);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_value_is_named_with_the_file_and_line_it_came_from),
        cmocka_unit_test(a_wrong_value_of_the_request_is_the_hosts),
        cmocka_unit_test(a_plugin_is_of_c_lacks_append_and_is_found_by_the_judge),
        cmocka_unit_test(of_a_directory_the_artefact_that_serves_cosn_is_judged),
    };
    if (argc != 4) {
        return 2;
    }
    host_path = argv[1];
    plugin_path = argv[2];
    judge_path = argv[3];
    return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
