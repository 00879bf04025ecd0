/* SPDX-License-Identifier: Apache-2.0 */
/*
 * struct cosn_http_reply: what a transport fills and the client reads. Header names compare
 * without case (RFC 9110 s.5.1), whatever case the server sent. The body keeps a NUL behind its
 * last byte, not counted.
 */
#include "cosbase/alloc.h"
#include "wire/wire.h"

#include <strings.h>

void cosn_http_reply_deinit(struct cosn_http_reply *reply)
{
    if (reply == NULL) {
        return;
    }
    for (size_t i = 0; i < reply->n_headers; i++) {
        cos_free(reply->headers[i].name);
        cos_free(reply->headers[i].value);
    }
    cos_free(reply->headers);
    cos_free(reply->body);
    memset(reply, 0, sizeof(*reply));
}

const char *cosn_http_reply_header(const struct cosn_http_reply *reply, const char *name)
{
    for (size_t i = 0; i < reply->n_headers; i++) {
        if (strcasecmp(reply->headers[i].name, name) == 0) {
            return reply->headers[i].value;
        }
    }
    return NULL;
}

/* Room grows at powers of two, so no capacity has to be stored in the public struct. */
static bool is_power_of_two_or_zero(size_t n)
{
    return (n & (n - 1)) == 0;
}

int cosn_http_reply_add_header(struct cosn_http_reply *reply, const char *name,
                               size_t name_bytes, const char *value, size_t value_bytes)
{
    size_t n = reply->n_headers;
    if (is_power_of_two_or_zero(n)) {
        size_t room = n == 0 ? 1 : n * 2;
        void *grown = cos_realloc_array(reply->headers, room, sizeof(reply->headers[0]));
        if (grown == NULL) {
            return COSN_E_NOMEM;
        }
        reply->headers = grown;
    }
    char *name_copy = cos_strndup(name, name_bytes);
    char *value_copy = cos_strndup(value, value_bytes);
    if (name_copy == NULL || value_copy == NULL) {
        cos_free(name_copy);
        cos_free(value_copy);
        return COSN_E_NOMEM;
    }
    reply->headers[n].name = name_copy;
    reply->headers[n].value = value_copy;
    reply->n_headers = n + 1;
    return 0;
}

/* The room a body of @n bytes and its NUL lies in; the same pure rule as above, with a
 * floor. */
static size_t body_room(size_t n)
{
    size_t room = 1024;
    while (room < n + 1 && room <= SIZE_MAX / 2) {
        room *= 2;
    }
    return room;
}

int cosn_http_reply_add_body(struct cosn_http_reply *reply, const void *bytes, size_t n)
{
    size_t total;
    if (!cos_size_add(&total, reply->body_bytes, n) || total > SIZE_MAX / 4) {
        return COSN_E_NOMEM;
    }
    if (reply->body == NULL || body_room(total) > body_room(reply->body_bytes)) {
        char *grown = cos_realloc_array(reply->body, body_room(total), 1);
        if (grown == NULL) {
            return COSN_E_NOMEM;
        }
        reply->body = grown;
    }
    if (n > 0) {
        memcpy(reply->body + reply->body_bytes, bytes, n);
    }
    reply->body_bytes = total;
    reply->body[total] = '\0';
    return 0;
}
