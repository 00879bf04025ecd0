/* SPDX-License-Identifier: Apache-2.0 */
/* What a host name means: THE TABLE of the service's host forms, read by requests, copy
 * sources, tunnels, the certificate and the hosts file. */
#ifndef WORLD_HOST_H
#define WORLD_HOST_H

#include "cosbase/buf.h"
#include "world/world.h"

enum host_kind {
    HOST_FOREIGN, /* none of the forms */
    HOST_LOCAL, /* an address, localhost: says nothing; bucket and service stand in the path */
    HOST_SERVICE,    /* the service, perhaps in one region; path style */
    HOST_BUCKET,     /* a bucket */
    HOST_WEBSITE,    /* a bucket as a static website */
    HOST_ACCELERATE, /* a bucket, wherever its region is */
    HOST_PROCESSING, /* data processing and batch: known, not built */
    HOST_STS,        /* the cloud API */
    HOST_CAM,        /* one product of it */
};
struct host {
    enum host_kind kind;
    struct cos_span bucket; /* "": the host names none */
    struct cos_span region; /* "": the host does not say; old names are translated */
};
/** Read @name (lower-case, no port) with the suffixes of @t (NULL: none). Spans point into
 *  @name or live for ever. */
struct host host_read(struct cosmock_tenant *t, struct cos_span name);
/** Whether any tenant of @mock, or the mock itself, answers to @name. */
bool host_is_known(struct cosmock *mock, struct cos_span name);
/** Are these the same region? Old names of COS are those of today. */
bool host_is_region(struct cos_span a, const char *b);
/** "<name>-<appid>"; what follows the last dash is the appid. */
bool host_bucket_has_appid(struct cos_span bucket);
/** The forms in one line, for whoever used another. */
extern const char host_forms_line[];

/** A form of the table, "<bucket>.cos.<region>.myqcloud.com". */
struct host_form {
    const char *text;
    enum host_kind kind;
    const char *source;
};
extern const struct host_form host_forms[]; /* ends with a NULL text */
/** Append @form with its blanks filled; false when it has one that is not given ("" or
 *  NULL). */
bool host_form_fill(struct cos_buf *out, const struct host_form *form, const char *bucket,
                    const char *region);

#endif
