/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which subject a command line means: the library linked in, a plugin .so in its host process,
 * or any driver program.
 */
#include "cmd.h"

#include "cosbase/file.h"
#include "verdict.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* The first *.so below DIR/plugins/<name>/, in name order; NULL when there is none. */
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
    (void)snprintf(slash != NULL ? slash + 1 : path, 32, "cosconform-host");
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

static int find_artifact(struct cmd *cmd)
{
    const char *path = cmd->subject;
    if (access(path, R_OK) != 0) {
        return cos_command_complain(
            &cmd->line, "--subject '%s': no such file or directory, or not readable", path);
    }
    if (ends_with(path, ".jar")) {
        return cos_command_complain(
            &cmd->line,
            "--subject '%s': a .jar is judged through a driver program; "
            "write --driver 'java ...'",
            path);
    }
    char *absolute = realpath(is_dir(path) ? artifact_below(cmd, path) : path, NULL);
    if (absolute == NULL) {
        return cos_command_complain(&cmd->line,
                                    "--subject '%s': no plugins/<name>/*.so below it; put the "
                                    "artefact into %s/plugins/cos/",
                                    path, path);
    }
    cmd->artifact = keep(cmd, absolute);
    free(absolute);
    if (cos_file_sha256(cmd->artifact_sha256, cmd->artifact) < 0) {
        return cos_command_complain(&cmd->line, "%s: cannot be read", cmd->artifact);
    }
    return 0;
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
    if (cmd->driver != NULL) {
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
    return fill_env(cmd);
}

struct conform_options cmd_options(struct cmd *cmd)
{
    struct conform_options o = CONFORM_OPTIONS_INIT;
    o.catalogue = &cmd->catalogue;
    o.selection = &cmd->selection;
    o.waivers = cmd->has_waivers ? &cmd->waivers : NULL;
    o.in_process = cmd->in_process;
    o.entry = cmd->in_process ? cosn_plugin_entry : NULL;
    o.artifact = cmd->artifact;
    o.driver_argv = cmd->driver_argv;
    o.driver_env = cmd->driver_env;
    o.mutant = cmd->mutant;
    o.jobs = (unsigned)cmd->jobs;
    o.seed = cmd->seed;
    o.op_timeout_ms = (int64_t)cmd->timeout_ms;
    o.hello_timeout_ms = (int64_t)cmd->timeout_ms;
    o.scratch_dir = cmd->scratch.path;
    o.rerun = cmd_rerun(cmd);
    return o;
}

const char *cmd_rerun(struct cmd *cmd)
{
    struct cos_buf b = {0};
    cos_buf_init(&b, 4096);
    cos_buf_printf(&b, "%s run", cmd->name);
    if (cmd->in_process) {
        cos_buf_str(&b, " --in-process");
    }
    if (cmd->subject != NULL) {
        cos_buf_printf(&b, " --subject %s", cmd->subject);
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
