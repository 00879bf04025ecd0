/* SPDX-License-Identifier: Apache-2.0 */
/* The door: what a transport calls, in the order it has to. Which stages that leads through is
 * said by plan.c. */
#include "journey/plan.h"
#include "journey/stages.h"

#include "cosbase/alloc.h"
#include "exchange/aws_body.h"
#include "exchange/commit.h"
#include "exchange/reason.h"
#include "exchange/wait.h"
#include "exchange/work.h"
#include "services/service_rows.h"

#include <stdlib.h>

#define ARENA_MAX_BYTES (64u << 20) /* an STS body of 10 MiB is copied a few times */
#define PATIENCE_MS 20000           /* without a tenant: the switch's default */

/* Zeroed, with an empty arena. */
static struct cosmock_exchange *exchange_new(struct cosmock_spare *spare)
{
    struct cosmock_exchange *x = spare == NULL ? NULL : spare->exchange;
    if (x != NULL) {
        spare->exchange = NULL;
    } else if ((x = cos_calloc(1, sizeof(*x))) != NULL) {
        cos_arena_init(&x->arena, ARENA_MAX_BYTES);
    }
    return x;
}

static void exchange_delete(struct cosmock_exchange *x)
{
    struct cosmock_spare *spare = x->spare;
    if (spare == NULL || spare->exchange != NULL) {
        cos_arena_deinit(&x->arena);
        cos_free(x);
        return;
    }
    cos_arena_clear(&x->arena);
    *x = (struct cosmock_exchange){.arena = x->arena};
    spare->exchange = x;
}

static void init_exchange(struct cosmock_exchange *x, struct cosmock *mock)
{
    x->mock = mock;
    x->service = service_row(OP_COS);
    x->reply.corrupt_at = -1;
    x->reply.delivery.truncate_after = -1;
    x->identity.reason = "";
    x->identity.token_state = "none";
    principal_anonymous(&x->principal);
    x->parts.content_length = -1;
}

/* False: a stage waits, and the transport will be told. */
static bool walk(struct cosmock_exchange *x, enum plan_part until)
{
    while (!exchange_is_waiting(x) || exchange_wait_end(x)) {
        plan_walk(x, until);
        if (!exchange_is_waiting(x)) {
            return true;
        }
        if (x->wait.resumed != NULL) {
            return false;
        }
    }
    return false;
}

static int begin(struct cosmock_exchange *x, const struct cosmock_head *head)
{
    stage_parse(x, head);
    stage_route(x);
    x->progress.plan = x->route.op == NULL ? x->service->plan : x->route.op->plan;
    x->wait.resumed = head->resumed;
    x->wait.ctx = head->resumed_ctx;
    return cosmock_begin_again(x);
}

int cosmock_begin_again(struct cosmock_exchange *x)
{
    if (!walk(x, PLAN_HEAD)) {
        return COSMOCK_WAIT;
    }
    x->is_begun = true;
    return plan_may_go_on(x) ? COSMOCK_WANT_BODY : COSMOCK_WANT_SEND;
}

int cosmock_begin(struct cosmock *mock, struct cosmock_exchange **out,
                  const struct cosmock_head *head)
{
    return cosmock_begin_in(mock, out, head, /* spare= */ NULL);
}

int cosmock_begin_in(struct cosmock *mock, struct cosmock_exchange **out,
                     const struct cosmock_head *head, struct cosmock_spare *spare)
{
    struct cosmock_exchange *x = exchange_new(spare);
    *out = x;
    if (x == NULL) {
        return COSMOCK_E_NOMEM;
    }
    init_exchange(x, mock);
    x->spare = spare;
    return begin(x, head);
}

int cosmock_begin_as_owner(struct cosmock_tenant *t, struct cosmock_exchange **out,
                           const struct cosmock_head *head)
{
    struct cosmock_exchange *x = exchange_new(/* spare= */ NULL);
    *out = x;
    if (x == NULL) {
        return COSMOCK_E_NOMEM;
    }
    init_exchange(x, t->mock);
    x->tenant = tenant_ref(t);
    x->is_owners = true;
    return begin(x, head);
}

void cosmock_spare_deinit(struct cosmock_spare *spare)
{
    if (spare->exchange != NULL) {
        cos_arena_deinit(&spare->exchange->arena);
        spare->exchange = cos_free(spare->exchange);
    }
}

int cosmock_body(struct cosmock_exchange *x, const void *bytes, size_t n)
{
    if (x->finished || !plan_may_go_on(x)) {
        return COSMOCK_WANT_SEND;
    }
    for (struct cos_span rest = cos_span_make(bytes, n); rest.len > 0 && plan_may_go_on(x);) {
        if (stage_body_add(x, &rest)) {
            plan_walk(x, PLAN_FIELDS);
        }
    }
    return plan_may_go_on(x) ? 0 : COSMOCK_WANT_SEND;
}

void cosmock_on_resume(struct cosmock_exchange *x, void (*resumed)(void *ctx), void *ctx)
{
    x->wait.resumed = resumed;
    x->wait.ctx = ctx;
}

int cosmock_finish(struct cosmock_exchange *x)
{
    if (x->finished) {
        return COSMOCK_OK;
    }
    if (!walk(x, PLAN_END)) {
        return COSMOCK_WAIT;
    }
    x->finished = true;
    (void)plan_may_go_on(x); /* the last stage's failure is noticed, too */
    stage_respond(x);
    if (!x->reply.delivery.is_in_pieces) {
        stage_journal(x); /* else when the last of them is there */
    }
    return COSMOCK_OK;
}

void cosmock_abort(struct cosmock_exchange *x)
{
    if (x->finished || exchange_is_waiting(x)) {
        return;
    }
    x->finished = true;
    x->reply.status = 0;
    x->reply.delivery.close_before = true;
    stage_journal(x);
}

void cosmock_refuse_malformed(struct cosmock_exchange *x, const char *sentence)
{
    x->identity.reason = REASON_MALFORMED_HTTP;
    x->identity.detail = cos_span_of(sentence);
    refuse_with(x, STAGE_BODY, x->service->codes[CODE_BODY_MALFORMED], cos_span_of(sentence),
                COS_SPAN_EMPTY);
}

void cosmock_refuse_late(struct cosmock_exchange *x)
{
    x->identity.reason = REASON_REQUEST_TIMEOUT;
    x->identity.detail = COS_SPAN_LIT("the body did not come in time");
    refuse(x, STAGE_BODY, x->service->codes[CODE_BODY_LATE]);
}

int64_t cosmock_patience_ms(struct cosmock *mock, const struct cosmock_exchange *x)
{
    struct cosmock_tenant *t = x == NULL ? registry_first(mock) : x->tenant;
    int64_t ms = t == NULL ? PATIENCE_MS : world_switch_number(t, SWITCH_REQUEST_TIMEOUT_MS);
    if (x == NULL) {
        (void)tenant_unref(t);
    }
    return ms;
}

void cosmock_refused_by_transport(struct cosmock *mock,
                                  const struct cosmock_transport_refusal *r)
{
    const struct cosmock_header host = {{"Host", 4}, {r->host, strlen(r->host)}};
    const struct cosmock_head nothing = {.headers = &host,
                                         .n_headers = r->host[0] != '\0',
                                         .tls = r->tls,
                                         .peer = r->peer,
                                         .malformed = "no request"};
    struct cosmock_exchange *x = NULL;
    if (cosmock_begin(mock, &x, &nothing) > 0) {
        x->finished = true;
        x->identity.reason = r->authn;
        x->identity.detail = cos_span_of(r->detail);
        x->result.error = NULL; /* no code was sent */
        stage_journal(x);
    }
    (void)cosmock_exchange_free(x);
}

struct cosmock_delivery cosmock_reply_delivery(const struct cosmock_exchange *x)
{
    return x->reply.delivery;
}

int cosmock_reply_status(const struct cosmock_exchange *x)
{
    return x->reply.status;
}

const struct cosmock_header *cosmock_reply_headers(const struct cosmock_exchange *x,
                                                   size_t *out_n)
{
    *out_n = x->reply.n_headers;
    return x->reply.headers;
}

uint64_t cosmock_reply_body_bytes(const struct cosmock_exchange *x)
{
    return x->reply.body_bytes;
}

/* The bytes at @offset as they are kept: of the object, or of the text. */
static const char *stored_bytes(const struct cosmock_exchange *x, uint64_t offset, size_t *n)
{
    uint64_t left = x->reply.body_bytes - offset;
    if (!x->reply.from_object) {
        *n = (size_t)left;
        return cos_buf_cstr(&x->result.body) + offset;
    }
    if (x->result.seal.ptr != NULL) {
        *n = 0; /* to be read, and decrypted */
        return NULL;
    }
    const char *at = blob_peek(x->result.object->row->blob, x->result.first + offset, n);
    if (at != NULL && *n > left) {
        *n = (size_t)left;
    }
    return at;
}

const void *cosmock_reply_peek(struct cosmock_exchange *x, uint64_t offset, size_t *n)
{
    *n = 0;
    const char *at = offset < x->reply.body_bytes ? stored_bytes(x, offset, n) : NULL;
    if (at == NULL || x->reply.corrupt_at < 0 || (uint64_t)x->reply.corrupt_at < offset) {
        return at;
    }
    uint64_t flip_in = (uint64_t)x->reply.corrupt_at - offset;
    if (flip_in == 0) {
        x->reply.corrupt_byte = (unsigned char)at[0] ^ 1u;
        *n = 1;
        return &x->reply.corrupt_byte;
    }
    if (flip_in < *n) {
        *n = (size_t)flip_in;
    }
    return at;
}

bool cosmock_reply_file(const struct cosmock_exchange *x, uint64_t offset,
                        struct cosmock_file_piece *out)
{
    if (offset >= x->reply.body_bytes || !x->reply.from_object || x->reply.corrupt_at >= 0 ||
        x->result.seal.ptr != NULL ||
        !blob_file(x->result.object->row->blob, x->result.first + offset, &out->fd, &out->at,
                   &out->bytes)) {
        return false;
    }
    uint64_t left = x->reply.body_bytes - offset;
    out->bytes = out->bytes < left ? out->bytes : left;
    return true;
}

/* Status and head are out, perhaps: what is left to say is said by the journal, in an entry of
 * its own behind the one of the request. */
static int64_t fail_reply(struct cosmock_exchange *x, int64_t error)
{
    x->result.error = x->service->error("InternalError");
    x->identity.detail =
        cos_arena_printf(&x->arena, "the reply breaks off: stored bytes cannot be read: %s",
                         strerror((int)-error));
    stage_journal(x);
    return COSMOCK_E_IO;
}

static int64_t read_object(const struct cosmock_exchange *x, uint64_t offset, void *buf,
                           size_t n)
{
    const struct result *r = &x->result;
    const struct blob *blob = r->object->row->blob;
    if (r->seal.ptr == NULL) {
        return blob_read(blob, r->first + offset, buf, n);
    }
    const struct sealed s = {blob, r->seal, x->sealing->own.bytes};
    return sealed_read(&s, r->first + offset, buf, n);
}

int64_t cosmock_reply_read(struct cosmock_exchange *x, uint64_t offset, void *buf, size_t n)
{
    uint64_t left = offset < x->reply.body_bytes ? x->reply.body_bytes - offset : 0;
    n = left < n ? (size_t)left : n;
    if (n == 0) {
        return 0;
    }
    if (x->reply.from_object) {
        int64_t got = read_object(x, offset, buf, n);
        if (got < 0) {
            return fail_reply(x, got);
        }
    } else {
        memcpy(buf, cos_buf_cstr(&x->result.body) + offset, n);
    }
    if (x->reply.corrupt_at >= 0 && (uint64_t)x->reply.corrupt_at - offset < n) {
        ((unsigned char *)buf)[(uint64_t)x->reply.corrupt_at - offset] ^= 1u;
    }
    return (int64_t)n;
}

/* --- a body in pieces --- */

static void tell_of_pieces(struct cosmock_exchange *x)
{
    if (x->reply.delivery.is_in_pieces && !x->pieces.is_told) {
        x->pieces.is_told = true;
        if (!x->pieces.is_last && !x->failed) {
            x->identity.detail = COS_SPAN_LIT("the client left before the end of the answer");
        }
        stage_journal(x);
    }
}

/* The place of the byte that a fault changes is counted from the beginning of the body. */
static void pass_piece(struct cosmock_exchange *x)
{
    struct reply *r = &x->reply;
    bool is_behind = r->corrupt_at >= 0 && (uint64_t)r->corrupt_at >= r->body_bytes;
    r->corrupt_at = is_behind ? r->corrupt_at - (int64_t)r->body_bytes : -1;
    x->pieces.before += r->body_bytes;
    r->body_bytes = 0;
    cos_buf_clear(&x->result.body);
}

/* False: it has to be waited for. */
static bool make_piece(struct cosmock_exchange *x)
{
    struct pieces *p = &x->pieces;
    if (!p->is_asked) {
        p->is_asked = true;
        pass_piece(x);
        if (exchange_work(x, p->next) != 0) {
            x->failed = true;
        }
        if (exchange_is_waiting(x) && x->wait.resumed != NULL) {
            return false;
        }
    }
    if (exchange_is_waiting(x) && !exchange_wait_end(x)) {
        return false;
    }
    p->is_asked = false;
    x->failed = exchange_commit_end(x) != 0 || x->failed || x->result.body.failed;
    return true;
}

int cosmock_reply_next(struct cosmock_exchange *x)
{
    if (!x->reply.delivery.is_in_pieces || (x->pieces.is_last && !x->pieces.is_asked)) {
        return 0;
    }
    if (!make_piece(x)) {
        return COSMOCK_WAIT;
    }
    if (x->failed) {
        mock_set_broken(x->mock);
        x->result.error = x->service->error("InternalError");
        tell_of_pieces(x);
        return COSMOCK_E_NOMEM;
    }
    x->reply.body_bytes = x->result.body.len;
    if (x->pieces.is_last) {
        tell_of_pieces(x);
    }
    return 1;
}

static void release(struct cosmock_exchange *x)
{
    tell_of_pieces(x);
    if (x->pieces.release != NULL) {
        x->pieces.release(x);
    }
    exchange_wait_deinit(x);
    exchange_work_deinit(x);
    cos_buf_deinit(&x->result.body);
    (void)digest_line_free(x->body.line);
    (void)blob_unref(x->body.blob);
    (void)blob_writer_free(x->body.writer);
    cos_buf_deinit(&x->body.small);
    budget_give(&x->mock->memory, x->body.charged_bytes);
    if (x->sealing != NULL) {
        cos_ctr_deinit(&x->sealing->stream);
    }
    if (x->aws_body != NULL) {
        aws_body_deinit(x->aws_body);
    }
    if (x->body.has_md5_ctx) {
        cos_digest_deinit(&x->body.md5);
    }
    if (x->body.has_form_md5_ctx) {
        cos_digest_deinit(&x->body.form_md5);
    }
    principal_deinit(&x->principal);
    key_view_release(&x->identity.found);
    target_release(&x->target);
    bucket_view_release(&x->route.found);
    (void)tenant_unref(x->tenant);
    exchange_delete(x);
}

/* What is done is done, whoever wanted to hear of it, and what was not begun is not: the
 * journal tells it. Perhaps on a thread that the spare memory does not belong to. */
static void carry_to_end(struct cosmock_exchange *x)
{
    x->spare = NULL;
    if (x->is_begun) {
        (void)cosmock_finish(x);
    } else { /* no body of it has come */
        (void)exchange_wait_end(x);
        cosmock_abort(x);
    }
    release(x);
}

struct cosmock_exchange *cosmock_exchange_free(struct cosmock_exchange *x)
{
    if (x != NULL && !exchange_abandon(x, carry_to_end)) {
        release(x);
    }
    return NULL;
}
