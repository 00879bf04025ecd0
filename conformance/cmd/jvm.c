/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A subject that runs in a JVM: the driver for it is one Java file that this program holds
 * (conformance/drivers/jvm), compiled once a run by the JDK at hand into the run's own
 * directory, where nobody else can put a class. The driver itself says what the class path
 * lacks.
 */
#include "cmd.h"

#include "cosbase/file.h"
#include "verdict.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

__asm__(".pushsection .rodata\n"
        ".globl jvm_driver, jvm_driver_end\n"
        ".hidden jvm_driver, jvm_driver_end\n"
        "jvm_driver:\n"
        ".incbin \"" CONFORM_JVM_DRIVER "\"\n"
        "jvm_driver_end:\n"
        ".byte 0\n"
        ".popsection\n");
extern const char jvm_driver[], jvm_driver_end[];

#define OLDEST_JAVA 11
/* For one operation: a JVM that has just started takes its time on a machine with others. */
#define JVM_TIMEOUT_MS 120000
#define MAX_SAID_BYTES ((size_t)1 << 20)

/* What the front of the driver is told; paths separated by ':'. */
struct jvm {
    const char *kind;
    const char *subject, *class_path;
    const char *java, *javac;
    /* Below the scratch directory. */
    const char *work;
};

static const char *join(struct cmd *cmd, const char *a, const char *between, const char *b)
{
    struct cos_span s = cos_arena_printf(&cmd->arena, "%s%s%s", a, between, b);
    const char *text = cos_arena_str(&cmd->arena, s);
    return text != NULL ? text : "";
}

static bool ends_with(const char *text, const char *suffix)
{
    size_t n = strlen(text), m = strlen(suffix);
    return n >= m && strcmp(text + n - m, suffix) == 0;
}

/* ---- the JARs ---- */

/* Every JAR directly in @dir, in name order, behind @list. */
static const char *add_jars(struct cmd *cmd, const char *list, const char *dir)
{
    struct dirent **files = NULL;
    int n = scandir(dir, &files, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        if (ends_with(files[i]->d_name, ".jar")) {
            const char *path = join(cmd, dir, "/", files[i]->d_name);
            list = list[0] == '\0' ? path : join(cmd, list, ":", path);
        }
        free(files[i]);
    }
    free(files);
    return list;
}

/* The JARs of the first folder below DIR/plugins/ that has any, as Fluss lays them out. */
static const char *jars_of_plugin(struct cmd *cmd, const char *dir)
{
    const char *plugins = join(cmd, dir, "/", "plugins"), *found = "";
    struct dirent **folders = NULL;
    int n = scandir(plugins, &folders, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        if (found[0] == '\0' && folders[i]->d_name[0] != '.') {
            found = add_jars(cmd, "", join(cmd, plugins, "/", folders[i]->d_name));
        }
        free(folders[i]);
    }
    free(folders);
    return found;
}

bool cmd_is_jvm(struct cmd *cmd)
{
    return cmd->subject_kind != NULL ||
           (cmd->subject != NULL &&
            (ends_with(cmd->subject, ".jar") || jars_of_plugin(cmd, cmd->subject)[0] != '\0'));
}

static int find_jars(struct cmd *cmd, struct jvm *jvm)
{
    jvm->kind = cmd->subject_kind != NULL ? cmd->subject_kind : "fluss";
    jvm->class_path = cmd->classpath != NULL ? cmd->classpath : "";
    if (strcmp(jvm->kind, "fluss") != 0 && strcmp(jvm->kind, "hadoop") != 0) {
        return cos_command_complain(&cmd->line, "--subject-kind '%s': fluss or hadoop",
                                    jvm->kind);
    }
    if (cmd->subject == NULL || cmd->in_process || cmd->driver != NULL) {
        return cos_command_complain(&cmd->line,
                                    "--subject-kind goes with --subject X.jar, without "
                                    "--in-process and --driver");
    }
    if (ends_with(cmd->subject, ".jar")) {
        jvm->subject = cmd->subject;
        return 0;
    }
    jvm->subject = jars_of_plugin(cmd, cmd->subject);
    jvm->class_path = add_jars(cmd, jvm->class_path, join(cmd, cmd->subject, "/", "lib"));
    if (jvm->subject[0] == '\0') {
        return cos_command_complain(&cmd->line,
                                    "--subject '%s': neither a .jar nor a directory with "
                                    "plugins/<name>/*.jar",
                                    cmd->subject);
    }
    return 0;
}

/* ---- the JDK ---- */

/* As a shell finds it; NULL: nowhere. */
static const char *in_path(struct cmd *cmd, const char *program)
{
    const char *path = getenv("PATH");
    struct cos_span rest = cos_span_of(path != NULL ? path : "/usr/bin:/bin");
    while (rest.len > 0) {
        const char *dir = cos_arena_str(&cmd->arena, cos_span_cut(&rest, ':'));
        const char *file = join(cmd, dir != NULL ? dir : "", "/", program);
        if (access(file, X_OK) == 0) {
            return file;
        }
    }
    return NULL;
}

/* "17.0.15" of JAVA_VERSION="17.0.15" in the file release of a JDK; "" where there is none. */
static const char *version_of(struct cmd *cmd, const char *home)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    cos_buf_init(&b, 64 << 10);
    static const char name[] = "JAVA_VERSION=\"";
    const char *at = cos_file_read(&b, join(cmd, home, "/", "release")) < 0
                         ? NULL
                         : strstr(cos_buf_cstr(&b), name);
    const char *from = at != NULL ? at + strlen(name) : "";
    return cos_arena_str(&cmd->arena, cos_span_make(from, strcspn(from, "\"\n")));
}

static int find_java(struct cmd *cmd, struct jvm *jvm)
{
    const char *home = getenv("JAVA_HOME");
    const char *java = cmd->java;
    if (java == NULL) {
        java = home != NULL ? join(cmd, home, "/", "bin/java") : in_path(cmd, "java");
    }
    char *real = java != NULL ? realpath(java, NULL) : NULL;
    if (real == NULL) {
        return cos_command_complain(
            &cmd->line,
            "%s: no Java there; name the 'java' of a JDK, %d or newer, with --java, or install "
            "one (Debian: default-jdk-headless)",
            java != NULL ? java : "java", OLDEST_JAVA);
    }
    jvm->java = join(cmd, real, "", "");
    jvm->javac = join(cmd, real, "", "c");
    char *slash = strrchr(real, '/');
    *slash = '\0';
    const char *version = version_of(cmd, join(cmd, real, "/", ".."));
    free(real);
    if (version == NULL) {
        return cos_command_complain(&cmd->line, "no memory");
    }
    long major = strncmp(version, "1.", 2) == 0 ? 8 : strtol(version, NULL, 10);
    if (major != 0 && major < OLDEST_JAVA) {
        return cos_command_complain(&cmd->line,
                                    "%s is Java %s; the driver needs a JDK, %d or newer "
                                    "(--java PATH)",
                                    jvm->java, version, OLDEST_JAVA);
    }
    if (access(jvm->javac, X_OK) != 0) {
        return cos_command_complain(&cmd->line,
                                    "%s has no javac beside it: it is a JRE; the driver is "
                                    "compiled, so name the 'java' of a JDK with --java",
                                    jvm->java);
    }
    return 0;
}

/* ---- running it ---- */

/*
 * Run @argv to its end with its output in the file @log; its exit status, or -errno. It is our
 * own child in the foreground: Ctrl-C reaches it, too.
 */
static int run_to_end(const char *const argv[], const char *log)
{
    union {
        const char *const *in;
        char *const *out;
    } args = {.in = argv};
    extern char **environ;
    posix_spawn_file_actions_t files;
    pid_t pid;
    int status = 0, r = posix_spawn_file_actions_init(&files);
    if (r != 0) {
        return -r;
    }
    (void)posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    (void)posix_spawn_file_actions_addopen(&files, 1, log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    (void)posix_spawn_file_actions_adddup2(&files, 1, 2);
    r = posix_spawn(&pid, argv[0], &files, NULL, args.out, environ);
    (void)posix_spawn_file_actions_destroy(&files);
    if (r != 0) {
        return -r;
    }
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) {
            return -errno;
        }
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Show what @log says; the status of a broken environment. */
static int broken(struct cmd *cmd, const char *what, int status, const char *log)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    cos_buf_init(&b, MAX_SAID_BYTES);
    int r = cos_file_read(&b, log);
    (void)fprintf(stderr, "%s: %s: %s\n%s", cmd->name, what,
                  status < 0 ? strerror(-status) : "it ended with an error",
                  r == 0 ? cos_buf_cstr(&b) : "");
    return EXIT_BROKEN;
}

static int compile(struct cmd *cmd, const struct jvm *jvm)
{
    const char *source = join(cmd, jvm->work, "/", "ConformDriver.java");
    const char *classes = join(cmd, jvm->work, "/", "classes");
    const char *log = join(cmd, jvm->work, "/", "javac.log");
    size_t n = (size_t)(jvm_driver_end - jvm_driver);
    const char *const argv[] = {jvm->javac, "-nowarn", "-d", classes, source, NULL};
    int r = cos_dir_make(classes, 0700);
    r = r < 0 ? r : cos_dir_make(join(cmd, jvm->work, "/", "tmp"), 0700);
    r = r < 0 ? r : cos_file_write(source, cos_span_make(jvm_driver, n), 0600);
    r = r < 0 ? r : run_to_end(argv, log);
    return r == 0 ? 0 : broken(cmd, jvm->javac, r, log);
}

/* Whether everything is there says the driver, in one sentence. */
static int prepare(struct cmd *cmd, const struct jvm *jvm)
{
    const char *classes = join(cmd, jvm->work, "/", "classes");
    const char *log = join(cmd, jvm->work, "/", "prepare.log");
    const char *const argv[] = {jvm->java,
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                classes,
                                "ConformDriver",
                                "prepare",
                                "--kind",
                                jvm->kind,
                                "--subject",
                                jvm->subject,
                                "--classpath",
                                jvm->class_path,
                                "--work",
                                jvm->work,
                                NULL};
    int r = run_to_end(argv, log);
    if (r != 1) {
        return r == 0 ? 0 : broken(cmd, jvm->java, r, log);
    }
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    cos_buf_init(&b, MAX_SAID_BYTES);
    if (cos_file_read(&b, log) < 0) {
        return broken(cmd, jvm->java, r, log);
    }
    struct cos_span said = cos_span_trim(cos_buf_view(&b));
    return cos_command_complain(&cmd->line, COS_SPAN_FMT, COS_SPAN_ARG(said));
}

static void put_argument(struct cos_buf *b, const char *name, const char *value)
{
    cos_buf_printf(b, "%s \"", name);
    for (; *value != '\0'; value++) {
        if (*value == '"' || *value == '\\') {
            cos_buf_ch(b, '\\');
        }
        cos_buf_ch(b, *value);
    }
    cos_buf_str(b, "\"\n");
}

/* The front's command line as a file: a class path is long, and shows no place to end. */
static int write_arguments(struct cmd *cmd, const struct jvm *jvm)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b;
    const char *file = join(cmd, jvm->work, "/", "front.args");
    cos_buf_init(&b, MAX_SAID_BYTES);
    cos_buf_str(&b, "-Xmx64m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData\n");
    put_argument(&b, "-cp", join(cmd, jvm->work, "/", "classes"));
    cos_buf_str(&b, "ConformDriver front\n");
    put_argument(&b, "--kind", jvm->kind);
    put_argument(&b, "--subject", jvm->subject);
    put_argument(&b, "--classpath", jvm->class_path);
    put_argument(&b, "--java", jvm->java);
    put_argument(&b, "--work", jvm->work);
    int r = b.failed ? -ENOMEM : cos_file_write(file, cos_buf_view(&b), 0600);
    cmd->driver_argv[0] = jvm->java;
    cmd->driver_argv[1] = join(cmd, "@", file, "");
    cmd->driver_argv[2] = NULL;
    return r < 0 ? broken(cmd, file, r, "") : 0;
}

int cmd_prepare_jvm(struct cmd *cmd)
{
    struct jvm jvm = {.work = join(cmd, cmd->scratch.path, "/", "jvm")};
    int r = find_jars(cmd, &jvm);
    r = r != 0 ? r : find_java(cmd, &jvm);
    if (r == 0) {
        (void)fprintf(stderr, "%s: compiling the driver for a JVM with %s\n", cmd->name,
                      jvm.javac);
    }
    cmd->jvm_subject = jvm.subject;
    r = r != 0 ? r : compile(cmd, &jvm);
    r = r != 0 ? r : prepare(cmd, &jvm);
    cmd->jvm_class_path = jvm.class_path;
    cmd->timeout_ms = cmd->timeout_ms != 0 ? cmd->timeout_ms : JVM_TIMEOUT_MS;
    return r != 0 ? r : write_arguments(cmd, &jvm);
}
