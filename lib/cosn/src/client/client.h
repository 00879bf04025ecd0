/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The COS client: one call an operation. Sign, send, retry, map errors. Asks the provider for a
 * credential before EVERY attempt, refuses to send with one that is dead by its own clock, and
 * sends the session token (signed) whenever there is one.
 */
#ifndef COSN_CLIENT_H
#define COSN_CLIENT_H

#include "cosn/fs.h"
#include "wire/wire.h"

struct client;
struct client_options {
    const char *bucket;              /* bucket-appid */
    const char *host;                /* "<bucket>.<suffix>" */
    const char *scheme;              /* "https" or "http" */
    struct cosn_provider *provider;  /* reference taken */
    const struct platform *platform; /* outlives the client */
    struct retry_rule retry;
    int64_t stall_ms, timeout_ms; /* of an exchange: standing still, as a whole; 0: no limit */
    const char *user_agent;
};
int client_new(struct client **out, const struct client_options *options,
               struct cosn_error *err);
struct client *client_free(struct client *c);

struct client_object {
    int64_t length_bytes, mtime_unix_ms;
    char etag[80]; /* no quotes */
    bool has_crc64;
    uint64_t crc64;
};
int client_head(struct client *c, const char *key, struct client_object *out,
                struct cosn_error *err);
int client_head_bucket(struct client *c, struct cosn_error *err);
/* What of an object is asked for, and where it goes. */
struct client_range {
    const char *key;
    int64_t offset;
    size_t n;
    const char *if_match; /* an ETag; NULL or "": any version */
    int (*on_body)(void *ctx, const void *bytes, size_t n);
    void *ctx;
};
/** @out may be NULL. */
int client_get(struct client *c, const struct client_range *range, struct client_object *out,
               struct cosn_error *err);
int client_put(struct client *c, const char *key, const void *bytes, size_t n,
               bool forbid_overwrite, struct cosn_error *err);
int client_delete(struct client *c, const char *key, struct cosn_error *err);
int client_copy(struct client *c, const char *from_key, const char *to_key,
                struct cosn_error *err);
/** One DeleteObjects request, at most 1000 keys; the first key the service names as not deleted
 *  is the error. */
#define CLIENT_DELETE_MAX 1000
int client_delete_many(struct client *c, const char *const keys[], size_t n,
                       struct cosn_error *err);

/* A list begins at the first name when there is no marker. */
struct client_list_question {
    const char *prefix, *delimiter, *marker; /* NULL or "": none */
    unsigned max_keys;
};
struct client_list_page {
    struct {
        char *key;
        int64_t length_bytes, mtime_unix_ms;
    } * items;
    size_t n_items;
    char **prefixes;
    size_t n_prefixes;
    char *next_marker; /* NULL: the last page */
};
int client_list(struct client *c, const struct client_list_question *question,
                struct client_list_page *out, struct cosn_error *err);
void client_list_page_deinit(struct client_list_page *page);

int client_multipart_begin(struct client *c, const char *key, char **out_upload_id,
                           struct cosn_error *err);
struct client_part {
    const char *key, *upload_id;
    unsigned number; /* from 1 */
    const void *bytes;
    size_t n;
};
int client_multipart_part(struct client *c, const struct client_part *part, char out_etag[80],
                          struct cosn_error *err);
struct client_completion {
    const char *key, *upload_id;
    const char (*etags)[80]; /* of the parts 1 to n_parts */
    size_t n_parts;
    uint64_t crc64; /* of the whole */
    bool forbid_overwrite;
};
int client_multipart_complete(struct client *c, const struct client_completion *whole,
                              struct cosn_error *err);

/* Both markers are those of the page before, or NULL. */
struct client_uploads_question {
    const char *prefix, *key_marker, *id_marker;
    unsigned max;
};
struct client_uploads_page {
    struct {
        char *key, *id;
        int64_t initiated_unix_ms;
    } * items;
    size_t n_items;
    char *next_key, *next_id; /* NULL: the last page */
};
/** Unfinished uploads. */
int client_list_uploads(struct client *c, const struct client_uploads_question *question,
                        struct client_uploads_page *out, struct cosn_error *err);
void client_uploads_page_deinit(struct client_uploads_page *page);
int client_multipart_abort(struct client *c, const char *key, const char *upload_id,
                           struct cosn_error *err);

#endif
