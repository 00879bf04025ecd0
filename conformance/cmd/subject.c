/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which subject a command line means: the library linked in, a plugin .so in its host process,
 * or any driver program.
 */
#include "cmd.h"

#include "cosbase/file.h"
#include "cosbase/json.h"
#include "driver.h"
#include "verdict.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HELLO_MS 60000 /* as for a run */

static const char *keep(struct cmd *cmd, const char *text)
{
    return cos_arena_str(&cmd->arena, cos_span_of(text));
}

static bool is_dir(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool ends_with(const char *text, const char *suffix)
{
    size_t n = strlen(text), m = strlen(suffix);
    return n >= m && strcmp(text + n - m, suffix) == 0;
}

/* The first *.so below DIR/plugins/<name>/, in name order; NULL when there is none. Whether it
 * is the one, the host says. */
static const char *artifact_below(struct cmd *cmd, const char *dir)
{
    char plugins[1024];
    const char *found = NULL;
    struct dirent **folders = NULL;
    (void)snprintf(plugins, sizeof(plugins), "%.1000s/plugins", dir);
    int n = scandir(plugins, &folders, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        char folder[2048];
        struct dirent **files = NULL;
        (void)snprintf(folder, sizeof(folder), "%s/%s", plugins, folders[i]->d_name);
        int m = folders[i]->d_name[0] != '.' ? scandir(folder, &files, NULL, alphasort) : 0;
        for (int k = 0; k < m; k++) {
            if (found == NULL && ends_with(files[k]->d_name, ".so")) {
                char path[4096];
                (void)snprintf(path, sizeof(path), "%s/%s", folder, files[k]->d_name);
                found = keep(cmd, path);
            }
            free(files[k]);
        }
        free(files);
        free(folders[i]);
    }
    free(folders);
    return found;
}

/* cosconform-host lies beside this program. */
static const char *host_program(struct cmd *cmd)
{
    char path[2048];
    ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 32);
    if (n <= 0) {
        return NULL;
    }
    path[n] = '\0';
    char *slash = strrchr(path, '/');
    (void)snprintf(slash != NULL ? slash + 1 : path, 32, "%s",
                   cmd_has_mutants() ? "cosconform-host-mutants" : "cosconform-host");
    return access(path, X_OK) == 0 ? keep(cmd, path) : NULL;
}

/* A subject sees only what a driver program may need to start at all. */
static int fill_env(struct cmd *cmd)
{
    static const char *const passed[] = {"PATH",          "HOME",
                                         "TMPDIR",        "LD_LIBRARY_PATH",
                                         "JAVA_HOME",     "ASAN_OPTIONS",
                                         "UBSAN_OPTIONS", "LSAN_OPTIONS"};
    size_t n = 0;
    for (size_t i = 0; i < COS_ARRAY_LEN(passed); i++) {
        const char *value = getenv(passed[i]);
        if (value != NULL) {
            struct cos_span s = cos_arena_printf(&cmd->arena, "%s=%s", passed[i], value);
            cmd->driver_env[n++] = cos_arena_str(&cmd->arena, s);
        }
    }
    cmd->driver_env[n++] = "LC_ALL=C.UTF-8";
    cmd->driver_env[n++] = "TZ=UTC";
    if (cmd->mutant != NULL) {
        struct cos_span s = cos_arena_printf(&cmd->arena, "COSN_MUTANT=%s", cmd->mutant);
        cmd->driver_env[n++] = cos_arena_str(&cmd->arena, s);
    }
    cmd->driver_env[n] = NULL;
    return cmd->arena.failed ? cos_command_complain(&cmd->line, "no memory") : 0;
}

static int take_artifact(struct cmd *cmd, const char *path)
{
    char *absolute = realpath(path, NULL);
    cmd->artifact = absolute == NULL ? NULL : keep(cmd, absolute);
    free(absolute);
    cmd->artifacts.n = 0;
    if (cmd->artifact == NULL ||
        artifacts_add(&cmd->artifacts, cmd->artifact, ARTIFACT_SUBJECT) < 0) {
        return cos_command_complain(&cmd->line, "%s: cannot be read", path);
    }
    return 0;
}

/* What lies beside a plugin in its folder may be loaded with it. */
static int take_neighbours(struct cmd *cmd)
{
    struct dirent **files = NULL;
    char folder[2048];
    const char *slash = strrchr(cmd->artifact, '/');
    (void)snprintf(folder, sizeof(folder), "%.*s", (int)(slash - cmd->artifact), cmd->artifact);
    int n = scandir(folder, &files, NULL, alphasort), r = 0;
    for (int i = 0; i < n; i++) {
        char path[4096];
        struct stat st;
        (void)snprintf(path, sizeof(path), "%s/%s", folder, files[i]->d_name);
        if (r == 0 && stat(path, &st) == 0 && S_ISREG(st.st_mode)) {
            r = artifacts_add(&cmd->artifacts, keep(cmd, path), ARTIFACT_SUBJECT);
        }
        free(files[i]);
    }
    free(files);
    return r;
}

/* Each word of the driver's command line that is a file. */
static int take_driver(struct cmd *cmd)
{
    struct cos_span rest = cos_span_of(cmd->driver != NULL ? cmd->driver : cmd->driver_argv[0]);
    int r = 0;
    while (rest.ptr != NULL && r == 0) {
        struct stat st;
        struct cos_span word = cos_span_cut(&rest, cmd->driver != NULL ? ' ' : '\0');
        const char *path = cos_arena_str(&cmd->arena, word);
        if (path != NULL && stat(path, &st) == 0 && S_ISREG(st.st_mode)) {
            r = artifacts_add(&cmd->artifacts, path, ARTIFACT_DRIVER);
        }
    }
    return r;
}

static int find_artifact(struct cmd *cmd)
{
    const char *path = cmd->subject;
    if (access(path, R_OK) != 0) {
        return cos_command_complain(
            &cmd->line, "--subject '%s': no such file or directory, or not readable", path);
    }
    if (cmd_is_jvm(cmd) && is_dir(path)) {
        return 0; /* the driver says which */
    }
    const char *file = is_dir(path) ? artifact_below(cmd, path) : path;
    if (file == NULL) {
        return cos_command_complain(&cmd->line,
                                    "--subject '%s': no plugins/<name>/*.so below it; put the "
                                    "artefact into %s/plugins/cos/",
                                    path, path);
    }
    return take_artifact(cmd, file);
}

/* Of a hello: the artefact that serves cosn; NULL: none does. */
static const char *serving_artifact(struct cmd *cmd, struct cos_span reply)
{
    COS_CLEANUP(cos_json_free) struct cos_json *root = NULL;
    struct cos_text_error ignored;
    if (cos_json_parse(&root, reply, &COS_JSON_LIMITS_DEFAULT, &ignored) < 0) {
        return NULL;
    }
    const struct cos_json *a =
        cos_json_first(cos_json_get(cos_json_get(root, "subject"), "artifacts"));
    while (a != NULL && !cos_json_bool(cos_json_get(a, "serves_cosn"), /* fallback= */ false)) {
        a = cos_json_next(a);
    }
    const char *path = cos_json_str(cos_json_get(a, "path"));
    return path == NULL ? NULL : keep(cmd, path);
}

/*
 * Of a directory: the artefact that the host finds in it is the one that is judged, whatever
 * lies beside it. Without an answer nothing can be judged, as the run will say.
 */
int cmd_ask_host(struct cmd *cmd)
{
    if (cmd->driver != NULL || cmd->in_process || !is_dir(cmd->subject)) {
        return 0;
    }
    char log_path[COS_TEMPDIR_MAX + 16];
    char trouble[512];
    struct driver *host = NULL;
    (void)snprintf(log_path, sizeof(log_path), "%s/host.stderr", cmd->scratch.path);
    const struct child_options o = {cmd->driver_argv, cmd->driver_env, log_path,
                                    cmd_signals_flag()};
    if (driver_process_new(&host, &o, trouble) < 0) {
        return 0;
    }
    COS_CLEANUP(cos_buf_deinit) struct cos_buf reply;
    cos_buf_init(&reply, DRIVER_MAX_LINE);
    enum driver_result r =
        driver_call(host, "hello", "\"protocol\":1",
                    cmd->timeout_ms == 0 ? HELLO_MS : (int64_t)cmd->timeout_ms, &reply);
    const char *path = r == DRIVER_OK ? serving_artifact(cmd, cos_buf_view(&reply)) : NULL;
    (void)driver_free(host);
    return path == NULL ? 0 : take_artifact(cmd, path);
}

/* A folder of a class path, or DIR/ with a '*', is the JARs in it. */
static int take_jars(struct cmd *cmd, const char *dir, enum artifact_role role)
{
    struct dirent **files = NULL;
    int n = scandir(dir, &files, NULL, alphasort), r = 0;
    for (int i = 0; i < n; i++) {
        char path[4096];
        (void)snprintf(path, sizeof(path), "%s/%s", dir, files[i]->d_name);
        if (r == 0 && ends_with(path, ".jar")) {
            r = artifacts_add(&cmd->artifacts, keep(cmd, path), role);
        }
        free(files[i]);
    }
    free(files);
    return r;
}

static int take_class_path(struct cmd *cmd, const char *list, enum artifact_role role)
{
    struct cos_span rest = cos_span_of(list);
    int r = 0;
    while (rest.len > 0 && r == 0) {
        struct cos_span entry = cos_span_cut(&rest, ':');
        bool is_all = cos_span_ends(entry, COS_SPAN_LIT("/*"));
        const char *path =
            cos_arena_str(&cmd->arena,
                          cos_span_sub(entry, 0, is_all ? entry.len - 2 : entry.len));
        if (path != NULL && is_dir(path)) {
            r = take_jars(cmd, path, role);
        } else if (path != NULL && path[0] != '\0') {
            r = artifacts_add(&cmd->artifacts, path, role);
        }
    }
    return r;
}

int cmd_take_digests(struct cmd *cmd)
{
    int r = 0;
    if (cmd->in_process) {
        r = artifacts_add(&cmd->artifacts, "/proc/self/exe", ARTIFACT_SUBJECT);
    } else if (cmd->jvm_subject != NULL) {
        r = take_class_path(cmd, cmd->jvm_subject, ARTIFACT_SUBJECT);
        r = r < 0 ? r : take_class_path(cmd, cmd->jvm_class_path, ARTIFACT_CLASS_PATH);
    } else if (cmd->subject != NULL && is_dir(cmd->subject) && cmd->artifact != NULL) {
        r = take_neighbours(cmd);
    }
    r = r < 0 || cmd->in_process ? r : take_driver(cmd);
    return r == 0 ? 0
                  : cos_command_complain(&cmd->line, "the subject's files cannot be read: %s",
                                         strerror(-r));
}

int cmd_find_subject(struct cmd *cmd)
{
    if (cmd->subject != NULL) {
        int r = find_artifact(cmd);
        if (r != 0) {
            return r;
        }
    }
    if (cmd->in_process && cmd->driver != NULL) {
        return cos_command_complain(&cmd->line, "--in-process and --driver exclude each other");
    }
    if (!cmd->in_process && cmd->driver == NULL && cmd->subject == NULL) {
        return cos_command_complain(&cmd->line,
                                    "which subject? --in-process, --subject PATH or --driver "
                                    "COMMAND");
    }
    if (cmd->in_process && cmd->mutant != NULL && !cmd_has_mutants()) {
        return cos_command_complain(&cmd->line,
                                    "--mutant: this program's library holds no mutants; use "
                                    "cosconform-mutants, or --subject with a mutants build");
    }
    if (cmd->in_process) {
        return 0;
    }
    size_t n = 0;
    int r = 0;
    if (cmd_is_jvm(cmd)) {
        r = cmd_prepare_jvm(cmd);
        n = 2;
    } else if (cmd->driver != NULL) {
        struct cos_span line = cos_arena_printf(&cmd->arena, "exec %s", cmd->driver);
        cmd->driver_argv[n++] = "/bin/sh";
        cmd->driver_argv[n++] = "-c";
        cmd->driver_argv[n++] = cos_arena_str(&cmd->arena, line);
    } else {
        const char *host = host_program(cmd);
        if (host == NULL) {
            (void)fprintf(stderr, "%s: cosconform-host is not beside this program\n",
                          cmd->name);
            return EXIT_BROKEN;
        }
        cmd->driver_argv[n++] = host;
        if (cmd->mutant != NULL) {
            cmd->driver_argv[n++] = "--mutant";
            cmd->driver_argv[n++] = cmd->mutant;
        }
        cmd->driver_argv[n++] = is_dir(cmd->subject) ? cmd->subject : cmd->artifact;
    }
    cmd->driver_argv[n] = NULL;
    return r != 0 ? r : fill_env(cmd);
}

/* A command line that repeats this run, without --only. */
static const char *rerun(struct cmd *cmd)
{
    struct cos_buf b = {0};
    cos_buf_init(&b, 64 << 10);
    cos_buf_printf(&b, "%s run", cmd->name);
    if (cmd->in_process) {
        cos_buf_str(&b, " --in-process");
    }
    if (cmd->subject != NULL) {
        cos_buf_printf(&b, " --subject %s", cmd->subject);
    }
    if (cmd->classpath != NULL) {
        cos_buf_printf(&b, " --classpath %s", cmd->classpath);
    }
    if (cmd->java != NULL) {
        cos_buf_printf(&b, " --java %s", cmd->java);
    }
    if (cmd->subject_kind != NULL) {
        cos_buf_printf(&b, " --subject-kind %s", cmd->subject_kind);
    }
    if (cmd->driver != NULL) {
        cos_buf_printf(&b, " --driver '%s'", cmd->driver);
    }
    if (cmd->mutant != NULL) {
        cos_buf_printf(&b, " --mutant %s", cmd->mutant);
    }
    if (cmd->seed != 1) {
        cos_buf_printf(&b, " --seed %llu", (unsigned long long)cmd->seed);
    }
    const char *kept = keep(cmd, cos_buf_cstr(&b));
    cos_buf_deinit(&b);
    return kept != NULL ? kept : "cosconform run";
}

struct conform_options cmd_options(struct cmd *cmd)
{
    struct conform_options o = CONFORM_OPTIONS_INIT;
    o.catalogue = &cmd->catalogue;
    o.selection = &cmd->selection;
    o.waivers = cmd->has_waivers ? &cmd->waivers : NULL;
    o.in_process = cmd->in_process;
    o.check_protocol = cmd->check_protocol;
    o.entry = cmd->in_process ? cosn_plugin_entry : NULL;
    o.artifact = cmd->artifact;
    o.artifact_sha256 = cmd->artifacts.n > 0 ? cmd->artifacts.items[0].sha256 : NULL;
    o.driver_argv = cmd->driver_argv;
    o.driver_env = cmd->driver_env;
    o.mutant = cmd->mutant;
    o.jobs = (unsigned)cmd->jobs;
    o.seed = cmd->seed;
    o.op_timeout_ms = (int64_t)cmd->timeout_ms;
    o.hello_timeout_ms = (int64_t)cmd->timeout_ms;
    o.scratch_dir = cmd->scratch.path;
    o.rerun = rerun(cmd);
    o.stop = cmd_signals_flag();
    return o;
}
