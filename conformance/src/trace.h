/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a subject leaves on its machine, seen from outside by /proc: files it writes, command
 * lines and names of its processes. Where the system does not tell, nothing is found.
 */
#ifndef CONFORM_TRACE_H
#define CONFORM_TRACE_H

#include <stdint.h>

struct env;

/** The regular files that process @pid and its children have open to write, one a line. */
const char *trace_files(struct env *env, int64_t pid);
/** Now: what is older was not written by this case. For trace_of(). */
const char *trace_mark(struct env *env);
/**
 * Where @secret stands: in a file written since @mark (in the working directory of @pid, in
 * TMPDIR or /tmp, and one level below), or in a command line, an environment or the name of a
 * thread of @pid and its children. NULL: nowhere.
 */
const char *trace_of(struct env *env, int64_t pid, const char *mark, const char *secret);

#endif
