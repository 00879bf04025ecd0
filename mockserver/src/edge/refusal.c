/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A CONNECT that is none: the acceptor answers CONNECT, so there is no loop to hand the
 * connection to. The door words the refusal and writes the entry, as for any malformed request,
 * and the bytes go out from here.
 */
#include "edge/refusal.h"

#include "cosmock/request.h"
#include "edge/reply.h"
#include "edge/request_head.h"

static struct cosmock_slice slice(struct cos_span s)
{
    return (struct cosmock_slice){s.ptr == NULL ? "" : s.ptr, s.len};
}

void refusal_write(struct cosmock *mock, const char *sentence, const void *bytes, size_t n,
                   const char *peer, struct cos_buf *out)
{
    struct request_head seen = request_head_look(bytes, n, /* headers= */ NULL);
    struct cosmock_header host = {{"Host", 4}, slice(seen.host)};
    struct cosmock_head head = {.method = slice(seen.method),
                                .target = slice(seen.target),
                                .headers = &host,
                                .n_headers = seen.host.ptr != NULL,
                                .peer = peer,
                                .malformed = sentence};
    struct cosmock_exchange *x = NULL;
    bool closes = true;

    if (cosmock_begin(mock, &x, &head) > 0 && cosmock_finish(x) == COSMOCK_OK) {
        struct response r;
        responder_door.response(x, &r);
        reply_write_head(out, &r, &closes, /* is_chunked= */ false);
        closes = !reply_write_body(out, &responder_door, x, r.body_bytes) || closes;
    }
    (void)cosmock_exchange_free(x);
}
