/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of a case: a scratch directory, a FLUSS_HOME to play with (op_load), and what the
 * system shows as files.
 */
#ifndef CONFORM_SCRATCH_H
#define CONFORM_SCRATCH_H

#include "cosbase/span.h"

struct env;

/** An empty scratch directory, removed after the case. */
const char *env_scratch(struct env *env, const char *name);
void env_make_dir(struct env *env, const char *path);
void env_place_file(struct env *env, const char *dir, const char *file, const char *text);
/** @stem with the ending that the artefact under test has: .so, or .jar. */
const char *env_artifact_file(struct env *env, const char *stem);
/**
 * Copy the artefact under test to <dir>/<stem> with its ending; SKIPs the case when no artefact
 * is known (in process without --subject).
 */
void env_place_artifact(struct env *env, const char *dir, const char *stem);
/** The bytes of a file, in memory of the env; ptr NULL when it cannot be read. */
struct cos_span env_read_file(struct env *env, const char *path);

#endif
