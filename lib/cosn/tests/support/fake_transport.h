/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hand-written service behind the transport seam: enough of one bucket to run the client and
 * the filesystem against, everything recorded, and a place to misbehave. It checks no
 * signatures; it knows only what cos-wire.md s.2 says about replies.
 */
#ifndef COSN_TESTS_FAKE_TRANSPORT_H
#define COSN_TESTS_FAKE_TRANSPORT_H

#include "cosn/platform.h"

#include "cosbase/base.h"

struct client;
struct cosn_provider;
struct platform;
struct fake_request {
    char *method, *url;
    char *path;  /* decoded, begins with '/' */
    char *query; /* as sent, without '?' */
    struct {
        char *name, *value;
    } headers[32];
    size_t n_headers;
    size_t body_bytes;
    uint64_t body_crc64;
};

struct fake_object {
    char *key;
    char *bytes;
    size_t n;
    int64_t version; /* makes ETags of equal bytes differ when etag_by_version is set */
};

struct fake;
/* Before the service answers: 0 go on, 1 @reply is the answer, negative: a transport error. */
typedef int (*fake_intercept_fn)(void *ctx, struct fake *f, const struct fake_request *rq,
                                 struct cosn_http_reply *reply, struct cosn_error *err);

struct fake {
    struct cosn_transport transport;
    struct fake_request requests[8192];
    size_t n_requests;
    struct fake_object *objects; /* sorted by key */
    size_t n_objects, objects_cap;
    struct {
        char *id, *key;
        struct {
            char *bytes;
            size_t n;
        } parts[64];
        bool is_open;
        int64_t initiated_unix_ms;
    } uploads[16];
    size_t n_uploads;
    size_t page_max; /* of a list; 1000 */
    fake_intercept_fn intercept;
    void *intercept_ctx;
    void *lock;
};

struct fake *fake_new(void);
struct fake *fake_free(struct fake *f);
/** A client of the fake's bucket; a failure is repeated three times within 9 s. */
struct client *fake_client(struct cosn_provider *provider, const struct platform *platform);
void fake_seed(struct fake *f, const char *key, const void *bytes, size_t n);
const struct fake_object *fake_object(const struct fake *f, const char *key);
size_t fake_open_uploads(const struct fake *f);
/** Requests whose method is @method (NULL: any) and whose "path?query" holds @part (NULL:
 *  any). */
size_t fake_count(const struct fake *f, const char *method, const char *part);
const struct fake_request *fake_last(const struct fake *f);
const char *fake_header(const struct fake_request *rq, const char *name);
/** Answer with @status and an error document. */
void fake_refuse(struct cosn_http_reply *reply, int status, const char *code,
                 const char *message);

#endif
