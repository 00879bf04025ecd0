/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of a case: a directory of its own, a FLUSS_HOME to play with, and files of the system
 * to look at.
 */
#include "scratch.h"

#include "cosbase/file.h"
#include "env.h"
#include "lane.h"
#include "outcome.h"

#include <stdio.h>
#include <string.h>

#define MAX_FILE_BYTES ((size_t)256 << 20)

static void make_dir(struct env *env, const char *path)
{
    int r = cos_dir_make(path, 0700);
    if (r < 0) {
        case_error(env, "%s: cannot make the directory: %s", path, strerror(-r));
    }
}

const char *env_scratch(struct env *env, const char *name)
{
    if (env->scratch[0] == '\0') {
        (void)snprintf(env->scratch, sizeof(env->scratch), "%s/%s", env->lane->dir, env->tag);
    }
    const char *path = env_text(env, "%s/%s", env->scratch, name);
    make_dir(env, path);
    return path;
}

void env_make_dir(struct env *env, const char *path)
{
    make_dir(env, path);
}

void env_place_file(struct env *env, const char *dir, const char *file, const char *text)
{
    make_dir(env, dir);
    const char *path = env_text(env, "%s/%s", dir, file);
    int r = cos_file_write(path, cos_span_of(text), 0600);
    if (r < 0) {
        case_error(env, "%s: %s", path, strerror(-r));
    }
}

struct cos_span env_read_file(struct env *env, const char *path)
{
    struct cos_buf *b = env_buf(env, MAX_FILE_BYTES);
    if (cos_file_read(b, path) < 0) {
        return (struct cos_span){0};
    }
    size_t n = b->len;
    return cos_span_make(env_keep(env, b), n);
}

const char *env_artifact_file(struct env *env, const char *stem)
{
    const char *artifact = env->lane->options->artifact;
    const char *dot = artifact != NULL ? strrchr(artifact, '.') : NULL;
    bool is_jar = dot != NULL && strcmp(dot, ".jar") == 0;
    return env_text(env, "%s%s", stem, is_jar ? ".jar" : ".so");
}

void env_place_artifact(struct env *env, const char *dir, const char *stem)
{
    const char *artifact = env->lane->options->artifact;
    if (artifact == NULL) {
        case_skip(env, "no artefact to place: name one with --subject");
    }
    make_dir(env, dir);
    struct cos_buf *b = env_buf(env, MAX_FILE_BYTES);
    const char *path = env_text(env, "%s/%s", dir, env_artifact_file(env, stem));
    int r = cos_file_read(b, artifact);
    if (r == 0) {
        r = cos_file_write(path, cos_buf_view(b), 0700);
    }
    cos_buf_deinit(b);
    if (r < 0) {
        case_error(env, "%s: cannot be copied to %s: %s", artifact, path, strerror(-r));
    }
}
