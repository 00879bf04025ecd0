/* SPDX-License-Identifier: Apache-2.0 */
/* cosmock snapshot and restore: a running mock to a file, and back. */
#include "program.h"
#include "scratch.h"
#include "wire.h"

#include <signal.h>
#include <sys/stat.h>

struct served {
    struct scratch dir;
    struct run run;
    struct cos_json *ready;
    uint16_t control_port;
};

static int serve(void **state)
{
    static struct served s;
    int64_t port = 0;

    scratch_enter(&s.dir);
    s.run = START("serve", "--seed", "5", "--ready-file", "ready.json");
    s.ready = read_ready(&s.run);
    assert_true(cos_json_i64(cos_json_get(s.ready, "control_port"), &port));
    s.control_port = (uint16_t)port;
    *state = &s;
    return 0;
}

static int stop(void **state)
{
    struct served *s = *state;

    assert_int_equal(kill(s->run.pid, SIGTERM), 0);
    finish(&s->run);
    assert_int_equal(s->run.status, 0);
    (void)cos_json_free(s->ready);
    run_free(&s->run);
    scratch_remove(&s->dir);
    return 0;
}

/* Behind the API's back. */
static int ask(struct served *s, const char *method, const char *key)
{
    struct line l = line_open(s->control_port);
    struct reply r;

    line_say(&l,
             "%s /v1/t/default/objects/%s/%s HTTP/1.1\r\nHost: localhost\r\n"
             "Content-Length: 0\r\n\r\n",
             method, cos_json_str(cos_json_get(s->ready, "bucket")), key);
    assert_true(line_hear(&l, &r, true));
    int status = r.status;
    reply_free(&r);
    line_close(&l);
    return status;
}

static void ends_well(struct run r)
{
    if (r.status != 0 || r.text.len != 0 || r.complaints.len != 0) {
        fail_msg("status %d: %s%s", r.status, cos_buf_cstr(&r.text),
                 cos_buf_cstr(&r.complaints));
    }
    run_free(&r);
}

static void complains(struct run r, int status, const char *says)
{
    if (r.status != status || strstr(cos_buf_cstr(&r.complaints), says) == NULL) {
        fail_msg("status %d: %s", r.status, cos_buf_cstr(&r.complaints));
    }
    run_free(&r);
}

static void a_restore_takes_back_what_came_after_the_snapshot(void **state)
{
    struct served *s = *state;
    struct stat st;

    assert_int_equal(ask(s, "PUT", "before"), 200);
    ends_well(RUN("snapshot", "--ready-file", "ready.json", "saved"));
    assert_int_equal(stat("saved", &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600); /* it holds secret keys */
    assert_int_equal(ask(s, "PUT", "after"), 200);
    assert_int_equal(ask(s, "DELETE", "before"), 200);
    ends_well(RUN("restore", "--ready-file", "ready.json", "saved"));
    assert_int_equal(ask(s, "GET", "before"), 200);
    assert_int_equal(ask(s, "GET", "after"), 404);
}

static void the_control_api_may_be_named(void **state)
{
    struct served *s = *state;
    const char *url = cos_json_str(cos_json_get(s->ready, "control"));

    ends_well(RUN("snapshot", "--control", url, "--tenant", "default", "saved"));
    ends_well(RUN("restore", "--control", url, "saved"));
    complains(RUN("snapshot", "--control", url, "--ready-file", "ready.json", "saved"), 2,
              "not both");
    complains(RUN("snapshot", "--control", "127.0.0.1:80", "saved"), 2,
              "it must look like http://127.0.0.1:5123");
}

static void below_exec_nothing_has_to_be_named(void **state)
{
    struct run r = RUN("exec", "--quiet", "--", program, "snapshot", "saved");
    assert_int_equal(r.status, 0);
    assert_int_equal(access("saved", R_OK), 0);
    run_free(&r);
}

static void what_fails_is_said_and_leaves_no_file(void **state)
{
    complains(RUN("snapshot", "--ready-file", "ready.json", "--tenant", "nobody", "saved"), 1,
              "no tenant 'nobody'");
    assert_int_equal(access("saved", F_OK), -1);
    complains(RUN("snapshot", "--control", "http://127.0.0.1:1", "saved"), 1,
              "no mock answers at 127.0.0.1 port 1");
    complains(RUN("snapshot", "--ready-file", "missing.json", "saved"), 2,
              "missing.json: No such file or directory");
    complains(RUN("restore", "--ready-file", "ready.json", "missing"), 1,
              "missing: No such file or directory");
    complains(RUN("restore", "--ready-file", "ready.json", "ready.json"), 1,
              "no snapshot: those begin with 'cosmock-snapshot'");
    complains(RUN("snapshot", "saved"), 2, "--ready-file FILE names the one");
}

int main(int argc, char *argv[])
{
#define SERVED(test) cmocka_unit_test_setup_teardown(test, serve, stop)
    const struct CMUnitTest tests[] = {
        SERVED(a_restore_takes_back_what_came_after_the_snapshot),
        SERVED(the_control_api_may_be_named),
        SERVED(below_exec_nothing_has_to_be_named),
        SERVED(what_fails_is_said_and_leaves_no_file),
    };

    if (!program_from(argc, argv)) {
        return 2;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
