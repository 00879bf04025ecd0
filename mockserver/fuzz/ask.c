/* SPDX-License-Identifier: Apache-2.0 */
/* The everyday request of a fuzz target. */
#include "ask.h"

#include "cosmock/cosmock.h"

#include "cosbase/buf.h"
#include "cosbase/codec.h"
#include "cosbase/digest.h"

#include <stdio.h>
#include <string.h>

static struct cosmock_header header(const char *name, const char *value)
{
    return (struct cosmock_header){{name, strlen(name)}, {value, strlen(value)}};
}

struct answer ask(struct cosmock *mock, const struct question *q)
{
    char length[24];
    uint8_t raw[COS_MD5_BYTES];
    struct cos_buf md5;
    struct cosmock_header headers[4] = {
        header("Host", FUZZ_BUCKET ".cos.ap-guangzhou.myqcloud.com")};
    struct cosmock_head head = {.method = {q->method, strlen(q->method)},
                                .target = {q->target, strlen(q->target)},
                                .headers = headers,
                                .n_headers = 1};
    cos_buf_init(&md5, 64);
    if (strcmp(q->method, "PUT") == 0 || strcmp(q->method, "POST") == 0) {
        (void)snprintf(length, sizeof(length), "%zu", q->body.len);
        cos_md5(raw, q->body.ptr, q->body.len);
        cos_base64_append(&md5, raw, sizeof(raw));
        headers[head.n_headers++] = header("Content-Length", length);
        headers[head.n_headers++] = header("Content-MD5", cos_buf_cstr(&md5));
    }
    if (q->name != NULL) {
        headers[head.n_headers++] = header(q->name, q->value);
    }
    struct answer a = {0};
    int want = cosmock_begin(mock, &a.x, &head);
    require(want >= 0);
    if (want == COSMOCK_WANT_BODY && q->body.len > 0) {
        (void)cosmock_body(a.x, q->body.ptr, q->body.len);
    }
    require(cosmock_finish(a.x) == 0);
    cos_buf_deinit(&md5);
    answer_read(&a);
    require((a.status >= 200 && a.status < 500) && !cosmock_broken(mock));
    return a;
}

void check_again(struct cosmock *mock, const char *target, bool is_for_ever)
{
    const struct question get = {.method = "GET", .target = target};
    struct answer first = ask(mock, &get);
    require(first.status == 200);
    struct cos_span shown = cos_span_make(first.body, first.n);
    struct answer put =
        ask(mock, &(struct question){.method = "PUT", .target = target, .body = shown});
    struct answer second = ask(mock, &get);
    require(put.status < 300 || is_for_ever);
    require(second.n == first.n && memcmp(first.body, second.body, first.n) == 0);
    answer_free(&first);
    answer_free(&put);
    answer_free(&second);
}

bool open_once(struct cosmock **mock, struct cosmock_tenant **tenant)
{
    if (*mock != NULL) {
        return false;
    }
    struct cosmock_options options = COSMOCK_OPTIONS_INIT;
    options.journal_max = 16;
    struct cosmock_tenant_options world = COSMOCK_TENANT_OPTIONS_INIT;
    world.seed = 7;
    require(cosmock_new(mock, &options, NULL) == COSMOCK_OK);
    require(cosmock_tenant_new(*mock, tenant, &world, NULL) == COSMOCK_OK);
    return true;
}

struct cosmock_tenant *open_tenant(struct cosmock *mock)
{
    struct cosmock_tenant *t = NULL;
    struct cosmock_tenant_options options = COSMOCK_TENANT_OPTIONS_INIT;
    options.seed = 1;
    require(cosmock_tenant_new(mock, &t, &options, NULL) == 0 &&
            cosmock_switch_set(t, "enforcement", "off", NULL) == 0);
    return t;
}
