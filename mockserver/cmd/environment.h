/* SPDX-License-Identifier: Apache-2.0 */
/* The environment of a command that shall find the mock and nothing else. */
#ifndef CMD_ENVIRONMENT_H
#define CMD_ENVIRONMENT_H

#include "session.h"

#include "cosbase/buf.h"

/** A copy of @inherited with the session's variables set and the dangerous ones taken out;
 *  NULL-terminated; NULL without memory. */
char **environment_new(const struct session *s, char *const *inherited);
char **environment_free(char **env); /* wipes; returns NULL */

/** The same for a shell that reads a file: a line "export NAME='value'" for each of the
 *  session's variables, "unset NAME" for the dangerous ones. False without memory. */
COS_MUST_CHECK bool environment_write(struct cos_buf *out, const struct session *s);

#endif
