/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands between a JAR and its first case: a JDK that is there, new enough and whole, and
 * a class path that is. JDKs here are two shell scripts and a file `release`; what the real one
 * does with the driver is judged by ci/test's step jvm. Argument: cosconform.
 */
#include "cosbase/base.h"
#include "cosbase/file.h"
#include "cosbase/tempdir.h"

#include <fcntl.h>
#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

extern char **environ;

static char *cosconform;

struct jdk {
    const char *name;
    /* Texts of its files; NULL: it has no such file. */
    const char *release, *java, *javac;
    const char *subject, *kind;
    int status;
    const char *says;
};
static const struct jdk jdks[] = {
    {"no java", NULL, NULL, NULL, "x.jar", "fluss", 2, "/bin/java: no Java there"},
    {"too old", "JAVA_VERSION=\"1.8.0_412\"\n", "exit 9", "exit 9", "x.jar", "fluss", 2,
     "is Java 1.8.0_412; the driver needs a JDK, 11 or newer"},
    {"still too old", "JAVA_VERSION=\"10.0.2\"\n", "exit 9", "exit 9", "x.jar", "fluss", 2,
     "is Java 10.0.2; the driver needs a JDK, 11 or newer"},
    {"a JRE", "JAVA_VERSION=\"17.0.15\"\n", "exit 9", NULL, "x.jar", "fluss", 2,
     "has no javac beside it: it is a JRE"},
    {"a compiler that refuses", NULL, "exit 9", "echo 'x: error: y' >&2; exit 1", "x.jar",
     "fluss", 3, "x: error: y"},
    {"a driver that dies", NULL, "echo 'no room' >&2; exit 3", "exit 0", "x.jar", "fluss", 3,
     "no room"},
    {"an incomplete class path", NULL, "echo 'the class path has no Fluss'; exit 1", "exit 0",
     "x.jar", "fluss", 2, "cosconform run: the class path has no Fluss\n"},
    {"what is told to the driver", NULL, "echo \"$@\"; exit 1", "exit 0", "x.jar", "hadoop", 2,
     "ConformDriver prepare --kind hadoop --subject x.jar --classpath a.jar:b.jar --work "},
    {"an unknown kind", NULL, "exit 9", "exit 9", "x.jar", "spark", 2,
     "--subject-kind 'spark': fluss or hadoop"},
    {"a directory without a JAR", NULL, "exit 9", "exit 9", ".", "fluss", 2,
     "--subject '.': neither a .jar nor a directory with plugins/<name>/*.jar"},
};

static void put(const char *dir, const char *name, const char *head, const char *text)
{
    char path[1024], whole[1024];
    if (text == NULL) {
        return;
    }
    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    (void)snprintf(whole, sizeof(whole), "%s%s\n", head, text);
    assert_int_equal(cos_file_write(path, cos_span_of(whole), 0755), 0);
}

/* Run it in @dir; its exit status, and what it said on standard error. */
static int run_in(const char *dir, const struct jdk *jdk, char said[8192])
{
    char java[1024];
    (void)snprintf(java, sizeof(java), "%s/bin/java", dir);
    char *argv[] = {(char *)(uintptr_t) "cosconform",
                    (char *)(uintptr_t) "run",
                    (char *)(uintptr_t) "--classpath=a.jar:b.jar",
                    (char *)(uintptr_t) "--java",
                    java,
                    (char *)(uintptr_t) "--subject",
                    (char *)(uintptr_t)jdk->subject,
                    (char *)(uintptr_t) "--subject-kind",
                    (char *)(uintptr_t)jdk->kind,
                    NULL};
    int err = memfd_create("err", MFD_CLOEXEC), status = 0;
    posix_spawn_file_actions_t actions;
    pid_t pid = 0;
    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    (void)posix_spawn_file_actions_addchdir_np(&actions, dir);
    (void)posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    (void)posix_spawn_file_actions_adddup2(&actions, err, 2);
    assert_int_equal(posix_spawn(&pid, cosconform, &actions, NULL, argv, environ), 0);
    (void)posix_spawn_file_actions_destroy(&actions);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    ssize_t n = pread(err, said, 8191, 0);
    assert_true(n >= 0);
    said[n] = '\0';
    (void)close(err);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void what_a_jar_needs_is_said_before_anything_runs(void **state)
{
    static const char *const parents[] = {"/tmp"};
    for (size_t i = 0; i < COS_ARRAY_LEN(jdks); i++) {
        struct cos_tempdir dir = {.path = ""};
        char bin[1024], said[8192];
        assert_int_equal(cos_tempdir_make(&dir, parents, 1, "cosconform-jdk"), 0);
        (void)snprintf(bin, sizeof(bin), "%s/bin", dir.path);
        assert_int_equal(cos_dir_make(bin, 0755), 0);
        put(dir.path, "release", "", jdks[i].release);
        put(dir.path, "x.jar", "", "");
        put(bin, "java", "#!/bin/sh\n", jdks[i].java);
        put(bin, "javac", "#!/bin/sh\n", jdks[i].javac);
        int status = run_in(dir.path, &jdks[i], said);
        assert_int_equal(cos_tempdir_remove(&dir), 0);
        if (status != jdks[i].status || strstr(said, jdks[i].says) == NULL) {
            fail_msg("%s: status %d, wanted %d and \"%s\"; it said:\n%s", jdks[i].name, status,
                     jdks[i].status, jdks[i].says, said);
        }
    }
}

int main(int argc, char **argv)
{
    assert_int_equal(argc, 2);
    cosconform = realpath(argv[1], NULL); /* it is run in other directories */
    assert_non_null(cosconform);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_jar_needs_is_said_before_anything_runs),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(cosconform);
    return failed;
}
