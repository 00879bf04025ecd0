/* SPDX-License-Identifier: Apache-2.0 */
/* cosmock world export and world import: of a running mock, and of a data directory. */
#include "cosbase/file.h"
#include "program.h"
#include "scratch.h"

#include <signal.h>
#include <sys/stat.h>

static int enter(void **state)
{
    static struct scratch dir;
    scratch_enter(&dir);
    *state = &dir;
    return 0;
}

static int leave(void **state)
{
    scratch_remove(*state);
    return 0;
}

static void ends(struct run r, int status, const char *says)
{
    if (r.status != status || strstr(cos_buf_cstr(&r.complaints), says) == NULL) {
        fail_msg("status %d: %s%s", r.status, cos_buf_cstr(&r.text),
                 cos_buf_cstr(&r.complaints));
    }
    run_free(&r);
}

static const char *text_of(const char *path)
{
    static char text[8192];
    struct cos_buf b;
    cos_buf_init(&b, sizeof(text) - 1);
    assert_int_equal(cos_file_read(&b, path), 0);
    (void)snprintf(text, sizeof(text), "%s", cos_buf_cstr(&b));
    cos_buf_deinit(&b);
    return text;
}

static const char team[] = "accounts:\n"
                           "  - uin: \"100000000001\"\n"
                           "    appid: \"1250000000\"\n"
                           "    keys: [{secret_id: AKIDteam, secret_key: of-the-team}]\n";

static void of_a_running_mock(void **state)
{
    struct stat st;
    struct run r = START("serve", "--ready-file", "ready.json");
    struct cos_json *ready = read_ready(&r);
    assert_int_equal(cos_file_write("team.yaml", cos_span_of(team), 0600), 0);
    ends(RUN("world", "import", "--ready-file", "ready.json", "team.yaml"), 0,
         "key AKIDteam of uin 100000000001 is in the file and not in the tenant");
    ends(RUN("world", "export", "--ready-file", "ready.json", "--secrets", "out.yaml"), 0, "");
    assert_int_equal(stat("out.yaml", &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_non_null(strstr(text_of("out.yaml"), "secret_key: of-the-team"));
    struct run shown = RUN("world", "export", "--ready-file", "ready.json");
    assert_int_equal(shown.status, 0);
    assert_non_null(strstr(cos_buf_cstr(&shown.text), "secret_id: AKIDteam"));
    assert_null(strstr(cos_buf_cstr(&shown.text), "of-the-team"));
    run_free(&shown);
    ends(RUN("world", "export", "--ready-file", "ready.json", "--secrets"), 2,
         "--secrets needs a FILE");
    assert_int_equal(cos_file_write("bad.yaml", COS_SPAN_LIT("colour: red\n"), 0600), 0);
    ends(RUN("world", "import", "--ready-file", "ready.json", "bad.yaml"), 1,
         "unknown key 'colour'");
    ends(RUN("world", "import", "--ready-file", "ready.json", "none.yaml"), 1, "none.yaml: ");
    assert_int_equal(kill(r.pid, SIGTERM), 0);
    finish(&r);
    (void)cos_json_free(ready);
    run_free(&r);
}

static void of_a_data_directory(void **state)
{
    assert_int_equal(cos_file_write("team.yaml", cos_span_of(team), 0600), 0);
    struct run r = RUN("exec", "--quiet", "--data", "cos", "--", "true");
    assert_int_equal(r.status, 0);
    run_free(&r);
    ends(RUN("world", "import", "--data", "cos", "team.yaml"), 0, "key AKIDteam");
    ends(RUN("world", "export", "--data", "cos", "--secrets", "out.yaml"), 0, "");
    assert_non_null(strstr(text_of("out.yaml"), "secret_key: of-the-team"));
    assert_non_null(strstr(text_of("out.yaml"), "name: reader")); /* of the built-in world */
    ends(RUN("world", "export", "--data", "cos", "--tenant", "other"), 2, "no such tenant");
}

/* A file whose name is a verb's is checked by its path. */
static void files_are_still_checked(void **state)
{
    assert_int_equal(cos_file_write("export", cos_span_of(team), 0600), 0);
    ends(RUN("world", "./export"), 0, "");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(of_a_running_mock, enter, leave),
        cmocka_unit_test_setup_teardown(of_a_data_directory, enter, leave),
        cmocka_unit_test_setup_teardown(files_are_still_checked, enter, leave),
    };
    if (!program_from(argc, argv)) {
        return 2;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
