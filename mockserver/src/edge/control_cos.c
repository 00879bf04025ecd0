/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whatever COS takes, through the control API: the request is the bucket's owner's, who signs
 * nothing, meets no fault and leaves no entry. So versioning, lists, tags, locks and every
 * configuration are prepared in the service's own words and held against its own rules, and
 * nothing here knows one of them.
 */
#include "cosbase/codec.h"
#include "cosbase/digest.h"
#include "edge/control_call.h"
#include "world/world.h"

#define EXTRA_HEADERS 4
#define FORM "application/x-www-form-urlencoded"

/* What goes with the connection and not with the request; and the type that curl says of a
 * body unless it is told otherwise. */
static bool goes_on(const struct cosmock_header *h)
{
    static const char *const not_these[] = {"Host",       "Content-Length", "Transfer-Encoding",
                                            "Connection", "Authorization",  "Expect"};
    struct cos_span name = cos_span_make(h->name.ptr, h->name.len);
    for (size_t i = 0; i < COS_ARRAY_LEN(not_these); i++) {
        if (cos_span_eq_nocase(name, cos_span_of(not_these[i]))) {
            return false;
        }
    }
    return !cos_span_eq_nocase(name, COS_SPAN_LIT("Content-Type")) ||
           !cos_span_eq_str(cos_span_make(h->value.ptr, h->value.len), FORM);
}

static struct cosmock_header header(const char *name, struct cos_span value)
{
    return (struct cosmock_header){{name, strlen(name)}, {value.ptr, value.len}};
}

/* Documents want it, and nobody wants to compute it. */
static struct cos_span md5_of(struct call *c)
{
    uint8_t raw[COS_MD5_BYTES];
    char text[COS_BASE64_BYTES(COS_MD5_BYTES)];
    cos_md5(raw, c->request->body.ptr, c->request->body.len);
    cos_base64_encode(text, raw, sizeof(raw));
    return cos_arena_span(&c->arena, cos_span_of(text));
}

static size_t write_headers(struct call *c, const struct bucket *b, struct cosmock_header *out)
{
    const struct control_request *r = c->request;
    struct cos_span n_bytes = cos_arena_printf(&c->arena, "%zu", r->body.len);
    size_t n = 0;
    bool has_md5 = false;
    out[n++] = header("Host", cos_arena_printf(&c->arena, "%s.cos.%s.myqcloud.com", b->name,
                                               b->region));
    out[n++] = header("Content-Length", n_bytes);
    for (size_t i = 0; i < r->n_headers; i++) {
        if (goes_on(&r->headers[i])) {
            struct cos_span name =
                cos_span_make(r->headers[i].name.ptr, r->headers[i].name.len);
            has_md5 = has_md5 || cos_span_eq_nocase(name, COS_SPAN_LIT("Content-MD5"));
            out[n++] = r->headers[i];
        }
    }
    if (!has_md5 && r->body.len > 0) {
        out[n++] = header("Content-MD5", md5_of(c));
    }
    return n;
}

/* "/key?acl" of ".../cos/<bucket>/key?acl". */
static struct cos_span target_of(struct call *c, struct cos_span key)
{
    return c->query.len == 0 ? cos_arena_printf(&c->arena, "/" COS_SPAN_FMT, COS_SPAN_ARG(key))
                             : cos_arena_printf(&c->arena, "/" COS_SPAN_FMT "?" COS_SPAN_FMT,
                                                COS_SPAN_ARG(key), COS_SPAN_ARG(c->query));
}

static void copy_body(struct call *c, struct cosmock_exchange *x)
{
    char piece[4096];
    uint64_t at = 0;
    int64_t n = 0;
    do {
        for (; (n = cosmock_reply_read(x, at, piece, sizeof(piece))) > 0; at += (uint64_t)n) {
            cos_buf_append(&c->reply->body, piece, (size_t)n);
        }
        at = 0;
    } while (n == 0 && cosmock_reply_next(x) == 1);
    c->reply->body.failed = c->reply->body.failed || n < 0;
}

static void copy_type(struct call *c, const struct cosmock_exchange *x)
{
    size_t n;
    const struct cosmock_header *h = cosmock_reply_headers(x, &n);
    c->reply->content_type = "application/octet-stream";
    for (size_t i = 0; i < n; i++) {
        bool is_type = cos_span_eq_nocase(cos_span_make(h[i].name.ptr, h[i].name.len),
                                          COS_SPAN_LIT("Content-Type"));
        if (is_type &&
            cos_span_eq_str(cos_span_make(h[i].value.ptr, h[i].value.len), "application/xml")) {
            c->reply->content_type = "application/xml";
        }
    }
}

static void ask(struct call *c, const struct cosmock_head *head)
{
    struct cosmock_exchange *x = NULL;
    int want = cosmock_begin_as_owner(c->tenant, &x, head);
    if (want < 0) {
        call_refuse(c, 507, "out-of-memory", "out of memory for a request");
        return;
    }
    if (want == COSMOCK_WANT_BODY && c->request->body.len > 0) {
        (void)cosmock_body(x, c->request->body.ptr, c->request->body.len);
    }
    (void)cosmock_finish(x);
    c->reply->status = cosmock_reply_status(x);
    copy_type(c, x);
    copy_body(c, x);
    (void)cosmock_exchange_free(x);
}

void control_cos(struct call *c)
{
    struct cos_span key = c->rest;
    struct cos_span name = cos_span_cut(&key, '/');
    const char *bucket = call_decode(c, name, /* plus_is_space= */ false);
    struct bucket *b =
        bucket == NULL ? NULL : world_bucket_find(c->tenant, cos_span_of(bucket));
    if (b == NULL) {
        call_refuse(c, 404, "not-found", "no bucket '%.80s' in tenant '%s'",
                    bucket == NULL ? "" : bucket, cosmock_tenant_name(c->tenant));
        return;
    }
    struct cosmock_header *headers =
        cos_arena_array(&c->arena, c->request->n_headers + EXTRA_HEADERS, sizeof(*headers));
    if (headers == NULL) {
        call_refuse(c, 507, "out-of-memory", "out of memory for a request");
    } else {
        struct cos_span target = target_of(c, key.ptr == NULL ? COS_SPAN_EMPTY : key);
        const char *method = c->request->method;
        const struct cosmock_head head = {.method = {method, strlen(method)},
                                          .target = {target.ptr, target.len},
                                          .headers = headers,
                                          .n_headers = write_headers(c, b, headers)};
        ask(c, &head);
    }
    bucket_unref(b);
}
