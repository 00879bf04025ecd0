/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cosmock serve and exec with --data: what outlives the program, and what it says when it
 * cannot begin. What is stored is put and asked for through the control API, whose answers need
 * no signer.
 */
#include "cosbase/file.h"
#include "program.h"
#include "scratch.h"
#include "wire.h"

#include <limits.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

static int make(void **state)
{
    struct scratch *dir = calloc(1, sizeof(*dir));
    assert_non_null(dir);
    scratch_enter(dir);
    *state = dir;
    return 0;
}

static int discard(void **state)
{
    scratch_remove(*state);
    free(*state);
    return 0;
}

/* A mock that serves, and what its ready line says. */
struct serving {
    struct run run;
    struct cos_json *ready;
};

static struct serving serving_of(struct run run)
{
    struct serving s = {.run = run};
    s.ready = read_ready(&s.run);
    return s;
}

#define SERVE(...) serving_of(START("serve", "--data", "cos", __VA_ARGS__))

static void end(struct serving *s, int how)
{
    assert_int_equal(kill(s->run.pid, how), 0);
    finish(&s->run);
    assert_int_equal(s->run.status, how == SIGTERM ? 0 : 128 + how);
    (void)cos_json_free(s->ready);
    run_free(&s->run);
}

static const char *said(const struct serving *s, const char *name)
{
    const char *text = cos_json_str(cos_json_get(s->ready, name));
    return text == NULL ? "" : text;
}

static uint16_t control_port(const struct serving *s)
{
    int64_t port = 0;
    assert_true(cos_json_i64(cos_json_get(s->ready, "control_port"), &port));
    return (uint16_t)port;
}

/* The status; the body into *out when not NULL. */
static int ask(const struct serving *s, const char *method, const char *path,
               struct cos_span body, struct cos_buf *out)
{
    struct line l = line_open(control_port(s));
    line_say(&l, "%s %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n\r\n", method,
             path, body.len);
    line_say_bytes(&l, body.ptr, body.len);
    struct reply r;
    assert_true(line_hear(&l, &r, true));
    int status = r.status;
    if (out != NULL) {
        cos_buf_clear(out);
        cos_buf_span(out, cos_buf_view(&r.body));
    }
    reply_free(&r);
    line_close(&l);
    return status;
}

static void object_path(const struct serving *s, char out[200], const char *key)
{
    (void)snprintf(out, 200, "/v1/t/default/objects/%s/%s", said(s, "bucket"), key);
}

static void put(const struct serving *s, const char *key, const char *text)
{
    char path[200];
    object_path(s, path, key);
    assert_int_equal(ask(s, "PUT", path, cos_span_of(text), NULL), 200);
}

static void holds(const struct serving *s, const char *key, const char *text)
{
    char path[200];
    struct cos_buf body;
    cos_buf_init(&body, 1u << 20);
    object_path(s, path, key);
    assert_int_equal(ask(s, "GET", path, COS_SPAN_EMPTY, &body), text == NULL ? 404 : 200);
    if (text != NULL) {
        assert_string_equal(cos_buf_cstr(&body), text);
    }
    cos_buf_deinit(&body);
}

/* --- what outlives the program --- */

static void what_is_stored_is_there_after_each_end(void **state)
{
    static const int ends[] = {SIGTERM, SIGKILL, SIGTERM};
    char secret[80] = "";
    char key[16];
    for (size_t i = 0; i < COS_ARRAY_LEN(ends); i++) {
        struct serving s = SERVE(NULL);
        if (i == 0) {
            (void)snprintf(secret, sizeof(secret), "%s", said(&s, "secret_key"));
        }
        assert_true(strcmp(said(&s, "secret_key"), secret) == 0); /* not to be printed */
        for (size_t before = 0; before < i; before++) {
            (void)snprintf(key, sizeof(key), "%zu", before);
            holds(&s, key, "a body");
        }
        (void)snprintf(key, sizeof(key), "%zu", i);
        put(&s, key, "a body");
        end(&s, ends[i]);
    }
}

static void what_is_deleted_stays_deleted(void **state)
{
    char path[200];
    struct serving s = SERVE(NULL);
    put(&s, "a", "text");
    object_path(&s, path, "a");
    assert_int_equal(ask(&s, "DELETE", path, COS_SPAN_EMPTY, NULL), 200);
    end(&s, SIGKILL);
    s = SERVE(NULL);
    holds(&s, "a", NULL);
    end(&s, SIGTERM);
}

static void exec_keeps_what_the_command_stored(void **state)
{
    struct run r = RUN("exec", "--quiet", "--data", "cos", "--", "sh", "-c",
                       "echo $COSMOCK_SECRET_ID $COSMOCK_BUCKET");
    struct run again = RUN("exec", "--quiet", "--data", "cos", "--", "sh", "-c",
                           "echo $COSMOCK_SECRET_ID $COSMOCK_BUCKET");
    assert_int_equal(r.status, 0);
    assert_true(r.text.len > 20);
    assert_string_equal(cos_buf_cstr(&again.text), cos_buf_cstr(&r.text));
    run_free(&r);
    run_free(&again);
}

static void tenants_of_the_control_api_are_kept_until_they_are_dropped(void **state)
{
    struct cos_buf names;
    cos_buf_init(&names, 1u << 20);
    struct serving s = SERVE(NULL);
    assert_int_equal(ask(&s, "POST", "/v1/tenants", COS_SPAN_LIT("{\"name\":\"mine\"}"), NULL),
                     201);
    assert_int_equal(ask(&s, "POST", "/v1/tenants", COS_SPAN_LIT("{}"), NULL), 201);
    end(&s, SIGKILL);
    s = SERVE(NULL);
    assert_int_equal(ask(&s, "GET", "/v1/tenants", COS_SPAN_EMPTY, &names), 200);
    assert_non_null(strstr(cos_buf_cstr(&names), "\"mine\""));
    assert_int_equal(ask(&s, "DELETE", "/v1/t/mine", COS_SPAN_EMPTY, NULL), 200);
    assert_int_equal(ask(&s, "POST", "/v1/tenants", COS_SPAN_LIT("{}"), NULL), 201);
    assert_int_equal(ask(&s, "DELETE", "/v1/t/default", COS_SPAN_EMPTY, NULL), 409);
    end(&s, SIGKILL);
    s = SERVE(NULL);
    assert_int_equal(ask(&s, "GET", "/v1/tenants", COS_SPAN_EMPTY, &names), 200);
    assert_null(strstr(cos_buf_cstr(&names), "\"mine\""));
    assert_non_null(strstr(cos_buf_cstr(&names), "\"default\""));
    end(&s, SIGTERM);
    cos_buf_deinit(&names);
}

/* --- a world file --- */

static void write_world(const char *name, const char *secret_key)
{
    char text[400];
    (void)
        snprintf(text, sizeof(text),
                 "accounts:\n  - uin: \"100000000001\"\n    appid: \"1250000000\"\n    keys:\n"
                 "      - {secret_id: AKIDmine, secret_key: %s}\n"
                 "buckets:\n  - {name: kept-1250000000, region: ap-guangzhou}\n",
                 secret_key);
    assert_int_equal(cos_file_write(name, cos_span_of(text), 0600), 0);
}

static void a_world_counts_once_and_differences_are_told(void **state)
{
    write_world("one.yaml", "first");
    write_world("two.yaml", "second");
    struct serving s = SERVE("--world", "one.yaml");
    put(&s, "a", "text");
    end(&s, SIGTERM);
    s = SERVE("--world", "one.yaml");
    assert_int_equal(s.run.complaints.len, 0);
    end(&s, SIGTERM);
    struct run r = START("serve", "--data", "cos", "--world", "two.yaml");
    s = serving_of(r);
    assert_string_equal(said(&s, "bucket"), "kept-1250000000");
    assert_string_equal(said(&s, "secret_key"), "first");
    holds(&s, "a", "text");
    assert_int_equal(kill(s.run.pid, SIGTERM), 0);
    finish(&s.run);
    assert_int_equal(s.run.status, 0);
    assert_non_null(strstr(cos_buf_cstr(&s.run.complaints), "cosmock: warning: two.yaml"));
    assert_non_null(strstr(cos_buf_cstr(&s.run.complaints), "AKIDmine"));
    assert_null(strstr(cos_buf_cstr(&s.run.complaints), "second"));
    (void)cos_json_free(s.ready);
    run_free(&s.run);
}

/* --- a snapshot --- */

static void save(const struct serving *s, const char *path)
{
    struct run r = RUN("snapshot", "--control", said(s, "control"), path);
    assert_int_equal(r.status, 0);
    run_free(&r);
}

static void a_mock_begins_with_a_snapshot(void **state)
{
    struct serving s = serving_of(START("serve", "--switch", "path-style=refuse"));
    char secret[80];
    (void)snprintf(secret, sizeof(secret), "%s", said(&s, "secret_key"));
    put(&s, "a", "text");
    save(&s, "saved");
    put(&s, "b", "text");
    end(&s, SIGTERM);
    for (int round = 0; round < 3; round++) { /* in memory, in a new directory, in it again */
        s = round == 0   ? serving_of(START("serve", "--restore", "saved"))
            : round == 1 ? SERVE("--restore", "saved")
                         : SERVE(NULL);
        assert_true(strcmp(said(&s, "secret_key"), secret) == 0); /* not to be printed */
        holds(&s, "a", "text");
        holds(&s, "b", NULL);
        end(&s, SIGTERM);
    }
    s = serving_of(START("serve", "--restore", "saved", "--switch", "enforcement=off"));
    assert_string_equal(said(&s, "enforcement"), "off"); /* switches come behind it */
    end(&s, SIGTERM);
    struct run r = RUN("exec", "--quiet", "--restore", "saved", "--", "sh", "-c",
                       "printf %s \"$COSMOCK_SECRET_KEY\"");
    assert_true(strcmp(cos_buf_cstr(&r.text), secret) == 0);
    run_free(&r);
}

static void a_directory_that_holds_something_takes_no_snapshot(void **state)
{
    struct serving s = SERVE(NULL);
    put(&s, "a", "text");
    save(&s, "saved");
    put(&s, "b", "text");
    end(&s, SIGTERM);
    struct run r = RUN("serve", "--data", "cos", "--restore", "saved");
    assert_int_equal(r.status, 2);
    assert_int_equal(r.text.len, 0);
    assert_non_null(strstr(cos_buf_cstr(&r.complaints), "--data cos holds something already"));
    run_free(&r);
    s = SERVE(NULL);
    holds(&s, "b", "text"); /* nothing has changed */
    end(&s, SIGTERM);
}

static void a_snapshot_that_cannot_be_restored_leaves_nothing_in_the_way(void **state)
{
    static const struct {
        const char *argv[8];
        int status;
        const char *says;
    } cases[] = {
        {{"cosmock", "serve", "--data", "cos", "--restore", "none"},
         1,
         "none: cannot be opened"},
        {{"cosmock", "serve", "--data", "cos", "--restore", "other"}, 2, "other: no snapshot"},
        {{"cosmock", "serve", "--restore", "other"}, 2, "other: no snapshot"},
        {{"cosmock", "serve", "--restore", "saved", "--world", "w.yaml"},
         2,
         "give one of them"},
    };
    assert_int_equal(cos_file_write("other", COS_SPAN_LIT("something else"), 0600), 0);
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        struct run r = run_program(program, cases[i].argv);
        if (r.status != cases[i].status || r.text.len != 0 ||
            strstr(cos_buf_cstr(&r.complaints), cases[i].says) == NULL) {
            fail_msg("row %zu: status %d: %s", i, r.status, cos_buf_cstr(&r.complaints));
        }
        run_free(&r);
    }
    struct serving s = serving_of(START("serve"));
    put(&s, "a", "text");
    save(&s, "saved");
    end(&s, SIGTERM);
    s = SERVE("--restore", "saved"); /* into the directory of the failures */
    holds(&s, "a", "text");
    end(&s, SIGTERM);
}

/* --- what it says --- */

static void the_ready_line_names_the_directory(void **state)
{
    char absolute[PATH_MAX];
    struct serving s = SERVE("--durability", "power");
    assert_non_null(realpath("cos", absolute));
    assert_string_equal(said(&s, "data"), absolute);
    end(&s, SIGTERM);
    struct serving without = serving_of(START("serve"));
    assert_null(cos_json_get(without.ready, "data"));
    end(&without, SIGTERM);
}

static void a_second_process_is_told_who_has_it(void **state)
{
    char who[40];
    struct serving s = SERVE(NULL);
    (void)snprintf(who, sizeof(who), "%ld", (long)s.run.pid);
    struct run r = RUN("serve", "--data", "cos");
    assert_int_equal(r.status, 1);
    assert_int_equal(r.text.len, 0);
    assert_non_null(strstr(cos_buf_cstr(&r.complaints), " is in use by "));
    assert_non_null(strstr(cos_buf_cstr(&r.complaints), who));
    run_free(&r);
    r = RUN("exec", "--data", "cos", "true");
    assert_int_equal(r.status, 1);
    run_free(&r);
    put(&s, "a", "text"); /* the first one does not mind */
    end(&s, SIGTERM);
}

static void what_cannot_keep_anything_is_refused(void **state)
{
    static const struct {
        const char *argv[7];
        int status;
        const char *says;
    } cases[] = {
        {{"cosmock", "serve", "--data", "foreign"}, 2, "holds 'thesis.tex'"},
        {{"cosmock", "serve", "--data", "foreign/thesis.tex"}, 2, "is a file"},
        {{"cosmock", "exec", "--data", "foreign", "true"}, 2, "holds 'thesis.tex'"},
        {{"cosmock", "serve", "--data", "newer"}, 2, "of a newer cosmock"},
        {{"cosmock", "serve", "--data", "damaged"}, 1, "the directory is damaged"},
        {{"cosmock", "serve", "--data", "x", "--durability", "full"}, 2, "process or power"},
        {{"cosmock", "serve", "--durability", "power"}, 2, "--data DIR"},
    };
    assert_int_equal(mkdir("foreign", 0700) | mkdir("newer", 0700) | mkdir("damaged", 0700), 0);
    assert_int_equal(cos_file_write("foreign/thesis.tex", COS_SPAN_LIT("\\end"), 0600), 0);
    assert_int_equal(cos_file_write("newer/cosmock-data", COS_SPAN_LIT("cosmock data 999\n"),
                                    0600),
                     0);
    assert_int_equal(cos_file_write("damaged/cosmock-data", COS_SPAN_LIT("cosmock data 1\n"),
                                    0600),
                     0);
    for (size_t i = 0; i < COS_ARRAY_LEN(cases); i++) {
        struct run r = run_program(program, cases[i].argv);
        if (r.status != cases[i].status || r.text.len != 0 ||
            strstr(cos_buf_cstr(&r.complaints), cases[i].says) == NULL) {
            fail_msg("row %zu: status %d: %s", i, r.status, cos_buf_cstr(&r.complaints));
        }
        run_free(&r);
    }
    assert_int_not_equal(access("x", F_OK), 0);
}

/* --- a disk without room --- */

/* Of the process itself: no file of it may grow beyond this. */
static void let_files_have(const struct serving *s, rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(prlimit(s->run.pid, RLIMIT_FSIZE, NULL, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(prlimit(s->run.pid, RLIMIT_FSIZE, &limit, NULL), 0);
}

static int put_large(const struct serving *s, const char *key)
{
    static char text[(2 << 20) + 1];
    char path[200];
    memset(text, 'l', sizeof(text) - 1);
    object_path(s, path, key);
    return ask(s, "PUT", path, cos_span_make(text, sizeof(text) - 1), NULL);
}

static void a_file_that_may_not_grow_is_a_full_disk(void **state)
{
    char path[200];
    struct serving s = SERVE(NULL);
    assert_int_equal(put_large(&s, "large"), 200);
    put(&s, "small", "text");
    let_files_have(&s, 1 << 20);
    assert_int_not_equal(put_large(&s, "more"), 200);
    holds(&s, "more", NULL);
    holds(&s, "small", "text");
    object_path(&s, path, "large");
    assert_int_equal(ask(&s, "DELETE", path, COS_SPAN_EMPTY, NULL), 200);
    let_files_have(&s, RLIM_INFINITY);
    assert_int_equal(put_large(&s, "more"), 200);
    end(&s, SIGKILL);
    s = SERVE(NULL);
    holds(&s, "small", "text");
    holds(&s, "large", NULL);
    object_path(&s, path, "more");
    assert_int_equal(ask(&s, "GET", path, COS_SPAN_EMPTY, NULL), 200);
    end(&s, SIGTERM);
}

int main(int argc, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_stored_is_there_after_each_end, make, discard),
        cmocka_unit_test_setup_teardown(what_is_deleted_stays_deleted, make, discard),
        cmocka_unit_test_setup_teardown(exec_keeps_what_the_command_stored, make, discard),
        cmocka_unit_test_setup_teardown(
            tenants_of_the_control_api_are_kept_until_they_are_dropped, make, discard),
        cmocka_unit_test_setup_teardown(a_world_counts_once_and_differences_are_told, make,
                                        discard),
        cmocka_unit_test_setup_teardown(a_mock_begins_with_a_snapshot, make, discard),
        cmocka_unit_test_setup_teardown(a_directory_that_holds_something_takes_no_snapshot,
                                        make, discard),
        cmocka_unit_test_setup_teardown(
            a_snapshot_that_cannot_be_restored_leaves_nothing_in_the_way, make, discard),
        cmocka_unit_test_setup_teardown(the_ready_line_names_the_directory, make, discard),
        cmocka_unit_test_setup_teardown(a_second_process_is_told_who_has_it, make, discard),
        cmocka_unit_test_setup_teardown(what_cannot_keep_anything_is_refused, make, discard),
        cmocka_unit_test_setup_teardown(a_file_that_may_not_grow_is_a_full_disk, make, discard),
    };

    return program_from(argc, argv) ? cmocka_run_group_tests(tests, NULL, NULL) : 2;
}
