/* SPDX-License-Identifier: Apache-2.0 */
/* The mock's door (cosmock/request.h) as a responder. */
#include "edge/responder.h"

static int door_begin(void *of, void **request, const struct cosmock_head *head,
                      struct cosmock_spare *spare)
{
    struct cosmock_exchange *x = NULL;
    int want = cosmock_begin_in(of, &x, head, spare);

    *request = x;
    return want;
}

static int door_begin_again(void *request)
{
    return cosmock_begin_again(request);
}

static void door_on_resume(void *request, void (*resumed)(void *ctx), void *ctx)
{
    cosmock_on_resume(request, resumed, ctx);
}

static int door_body(void *request, const void *bytes, size_t n)
{
    return cosmock_body(request, bytes, n);
}

static int door_finish(void *request)
{
    return cosmock_finish(request);
}

static void door_refuse(void *request, const char *sentence)
{
    if (sentence == NULL) {
        cosmock_refuse_late(request);
    } else {
        cosmock_refuse_malformed(request, sentence);
    }
}

static int64_t door_patience_ms(void *of, const void *request)
{
    return cosmock_patience_ms(of, request);
}

/* HEAD, 204 and 304 announce a length and send nothing (RFC 9112 s.6.3). */
static void door_response(const void *request, struct response *out)
{
    const struct cosmock_exchange *x = request;
    int status = cosmock_reply_status(x);
    bool is_bare = status < 200 || status == 204 || status == 304;

    out->status = status;
    out->headers = cosmock_reply_headers(x, &out->n_headers);
    out->body_bytes = is_bare ? 0 : cosmock_reply_body_bytes(x);
    out->delivery = cosmock_reply_delivery(x);
}

static const void *door_peek(void *request, uint64_t offset, size_t *n)
{
    return cosmock_reply_peek(request, offset, n);
}

static int64_t door_read(void *request, uint64_t offset, void *out, size_t n)
{
    return cosmock_reply_read(request, offset, out, n);
}

static bool door_file(const void *request, uint64_t offset, struct cosmock_file_piece *out)
{
    return cosmock_reply_file(request, offset, out);
}

static int door_next(void *request)
{
    return cosmock_reply_next(request);
}

static void door_free(void *request, bool is_cut)
{
    if (is_cut) {
        cosmock_abort(request);
    }
    (void)cosmock_exchange_free(request);
}

const struct responder responder_door = {
    .begin = door_begin,
    .begin_again = door_begin_again,
    .on_resume = door_on_resume,
    .body = door_body,
    .finish = door_finish,
    .refuse = door_refuse,
    .patience_ms = door_patience_ms,
    .response = door_response,
    .peek = door_peek,
    .read = door_read,
    .file = door_file,
    .next = door_next,
    .free = door_free,
};
