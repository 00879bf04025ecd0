/* SPDX-License-Identifier: Apache-2.0 */
/* cosmock exec in strange surroundings: signals, directories, streams and a JVM. */
#include "program.h"
#include "scratch.h"

#include <sys/stat.h>

/* Each script finds the program as $COSMOCK, runs it in some surroundings, and says on its
 * first line what came of it. */
static const struct {
    const char *name, *script, *says;
    int status;
} surroundings[] = {
    {"children ignored by the parent",
     "trap '' CHLD; exec $COSMOCK exec --quiet -- sh -c 'exit 7'", "", 7},
    {"children ignored, ended by TERM",
     "trap '' CHLD; exec $COSMOCK exec --quiet -- sh -c 'kill -TERM $PPID; exec sleep 60'", "",
     143},
    {"TERM ends the command and us",
     "exec $COSMOCK exec --quiet -- sh -c 'kill -TERM $PPID; exec sleep 60'", "", 143},
    {"HUP ends the command and us",
     "exec $COSMOCK exec --quiet -- sh -c 'kill -HUP $PPID; exec sleep 60'", "", 129},
    {"nohup outlives HUP",
     "exec nohup $COSMOCK exec --quiet -- sh -c 'kill -HUP $PPID; echo lives' 2>&1", "lives\n",
     0},
    {"a script without #!",
     "echo 'echo \"ran $1 $2\"; exit 5' > s; chmod +x s; "
     "$COSMOCK exec --quiet -- ./s 'a b' c",
     "ran a b c\n", 5},
    {"such a script found by PATH",
     "mkdir bin; echo 'echo ran $0' > bin/s; chmod +x bin/s; "
     "PATH=$PWD/bin:$PATH; cd /; $COSMOCK exec --quiet -- s | sed 's|/.*/||'",
     "ran s\n", 0},
    {"an empty file runs as a shell's", ": > s; chmod +x s; $COSMOCK exec --quiet -- ./s", "",
     0},
    {"bytes that are no text",
     "printf 'a\\0b' > s; chmod +x s; $COSMOCK exec --quiet -- ./s 2>&1 | "
     "grep -c 'Exec format error'",
     "1\n", 0},
    {"PATH without it", "PATH=/nonexistent:; $COSMOCK exec --quiet -- nosuch 2>/dev/null", "",
     127},
    {"a directory", "mkdir d; $COSMOCK exec --quiet -- ./d 2>/dev/null", "", 126},
    {"a value of several lines",
     "export V='a\nb'; V=$(printf 'a\\nb'); "
     "$COSMOCK exec --quiet -- sh -c 'echo \"$V\"'",
     "a\nb\n", 0},
    {"an environment that is too large",
     "V=$(head -c 200000 /dev/zero | tr '\\0' x); $COSMOCK exec --quiet -- env V=$V true "
     "2>/dev/null || echo refused",
     "refused\n", 0},
    {"a directory that is gone",
     "mkdir gone; cd gone; rmdir ../gone; "
     "$COSMOCK exec --quiet -- sh -c 'test -s $COSMOCK_CA && echo fine' 2>/dev/null",
     "fine\n", 0},
    {"TMPDIR with blanks and quotes",
     "mkdir \"a b'c\\\"d\"; TMPDIR=\"$PWD/a b'c\\\"d\" "
     "$COSMOCK exec --quiet -- sh -c 'test -s \"$COSMOCK_CA\" && echo fine'; "
     "rmdir a*",
     "fine\n", 0},
    {"TMPDIR with a colon",
     "mkdir a:b; TMPDIR=$PWD/a:b $COSMOCK exec --quiet -- sh -c "
     "'case $PYTHONPATH in *a:b*) echo cut;; *) echo whole;; esac'",
     "whole\n", 0},
    {"TMPDIR that is not there", "TMPDIR=/nonexistent $COSMOCK exec --quiet -- echo fine",
     "fine\n", 0},
    {"TMPDIR nobody writes to", "TMPDIR=/proc $COSMOCK exec --quiet -- echo fine", "fine\n", 0},
    {"standard input closed", "$COSMOCK exec --quiet -- echo fine <&-", "fine\n", 0},
    {"all streams closed", "$COSMOCK exec -- sh -c 'echo fine > f' <&- >&- 2>&-; cat f",
     "fine\n", 0},
    {"a ready line nobody can read", "$COSMOCK serve >&- 2>/dev/null || echo refused",
     "refused\n", 0},
    {"stopped and continued",
     "$COSMOCK exec --quiet -- sh -c 'kill -STOP $$; echo on' & p=$!; "
     "until c=$(pgrep -P $p) && grep -q 'T (stopped)' /proc/$c/status; do :; done 2>/dev/null; "
     "kill -CONT $c; wait $p",
     "on\n", 0},
    {"killed, and cleaned by the next",
     "export TMPDIR=$PWD; "
     "$COSMOCK serve > ready & p=$!; until [ -s ready ]; do :; done; kill -9 $p; wait $p "
     "2>/dev/null; "
     "ls -d cosmock-?????? | wc -l; $COSMOCK exec --quiet -- true; ls -d cosmock-?????? "
     "2>/dev/null "
     "| wc -l",
     "1\n0\n", 0},
    {"alive, and left alone by the next",
     "export TMPDIR=$PWD; "
     "$COSMOCK serve > ready & p=$!; until [ -s ready ]; do :; done; "
     "$COSMOCK exec --quiet -- true; ls -d cosmock-?????? | wc -l; kill $p; wait $p; "
     "ls -d cosmock-?????? 2>/dev/null | wc -l",
     "1\n0\n", 0},
};

static void exec_lives_in_strange_surroundings(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(surroundings); i++) {
        struct scratch dir;

        scratch_enter(&dir);
        char variable[600];
        (void)snprintf(variable, sizeof(variable), "COSMOCK=%s", program);
        struct run r =
            run_program("/usr/bin/env",
                        (const char *const[]){"env", variable, "timeout", "30", "bash", "-c",
                                              surroundings[i].script, NULL});
        if (r.status != surroundings[i].status ||
            strcmp(cos_buf_cstr(&r.text), surroundings[i].says) != 0) {
            fail_msg("%s: status %d: %s%s", surroundings[i].name, r.status,
                     cos_buf_cstr(&r.text), cos_buf_cstr(&r.complaints));
        }
        run_free(&r);
        scratch_remove(&dir);
    }
}

/* The real JVM reads JAVA_TOOL_OPTIONS; skipped where there is none. */
static void a_jvm_starts_below_a_directory_with_blanks(void **state)
{
    if (system("java -version >/dev/null 2>&1") != 0) { /* NOLINT(cert-env33-c) */
        print_message("no java on this machine\n");
        skip();
    }
    struct scratch dir;
    scratch_enter(&dir);
    assert_int_equal(mkdir("a b\"'c", 0700), 0);
    struct run r;
    {
        char tmp[128];

        (void)snprintf(tmp, sizeof(tmp), "TMPDIR=%s/a b\"'c", dir.path);
        r = run_program("/usr/bin/env",
                        (const char *const[]){"env", tmp, program, "exec", "--quiet", "--",
                                              "java", "-XshowSettings:properties", "-version",
                                              NULL});
    }
    assert_int_equal(r.status, 0);
    if (strstr(cos_buf_cstr(&r.complaints), "trustStore = /tmp/cosmock-test-") == NULL ||
        strstr(cos_buf_cstr(&r.complaints), "/a b\"'c/cosmock-") == NULL) {
        fail_msg("%s", cos_buf_cstr(&r.complaints));
    }
    run_free(&r);
    scratch_remove(&dir);
}

int main(int argc, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exec_lives_in_strange_surroundings),
        cmocka_unit_test(a_jvm_starts_below_a_directory_with_blanks),
    };

    return program_from(argc, argv) ? cmocka_run_group_tests(tests, NULL, NULL) : 2;
}
