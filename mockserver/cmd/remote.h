/* SPDX-License-Identifier: Apache-2.0 */
/* A mock that runs in another process, as the verbs that ask its control API see it. */
#ifndef CMD_REMOTE_H
#define CMD_REMOTE_H

#include "cosbase/buf.h"
#include "cosbase/options.h"
#include "cosbase/outfile.h"

struct remote_options {
    const char *control;    /* "http://127.0.0.1:5123"; NULL: the ready file says it */
    const char *ready_file; /* NULL: the environment says it, as below 'cosmock exec' */
    const char *tenant;     /* NULL: the one that is told there */
};
struct remote {
    const struct cos_command *line; /* borrowed */
    char host[256], port[8];
    char tenant[64];
    char token[264]; /* "": none is demanded */
};

/** Who is meant; 0, or an exit status after a complaint on stderr. */
int remote_find(struct remote *out, const struct remote_options *o,
                const struct cos_command *line);

/* One call of /v1/t/<tenant>/<what>; what is not answered 200 is a complaint on stderr. */
/** The answer's bytes, all of them, to @to; 0 or an exit status. */
int remote_get(const struct remote *r, const char *what, struct cos_outfile *to);
#define REMOTE_TEXT_MAX_BYTES ((size_t)16 << 20)
/** The same, appended to @to. */
int remote_get_text(const struct remote *r, const char *what, struct cos_buf *to);
/** @body as the body, and the answer appended to @to. */
int remote_put_text(const struct remote *r, const char *what, struct cos_span body,
                    struct cos_buf *to);
/** The @n bytes of @fd as the body. */
int remote_put(const struct remote *r, const char *what, int fd, uint64_t n);

#endif
