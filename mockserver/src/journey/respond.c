/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The result as a reply: body, common headers in the service's order and case (cos-wire.md
 * s.2.0), the object's own block, and what a fault wants done to it. Date follows the SIGNATURE
 * clock: node's SDK corrects its own by it. Our own failure becomes a 500 and marks the mock
 * broken, whatever a handler left behind (design law 5).
 */
#include "journey/object_head.h"
#include "journey/reply_body.h"
#include "journey/stages.h"

#include "cosbase/date.h"
#include "cosbase/log.h"
#include "services/cors_answer.h"
#include "services/origin.h"
#include "services/website_visit.h"
#include "world/bucket_documents.h"

enum { COMMON_HEADERS = 10 + CORS_ANSWER_HEADERS };

static bool is_head(const struct cosmock_exchange *x)
{
    return cos_span_eq_str(x->parts.method, "HEAD");
}

static void become_internal_error(struct cosmock_exchange *x)
{
    x->result.error = x->service->error("InternalError");
    x->result.status = 500;
    x->result.error_message = COS_SPAN_EMPTY;
    x->result.error_extra = COS_SPAN_EMPTY;
    x->result.refused_by = STAGE_FAILURE;
    x->result.n_headers = 0;
    mock_set_broken(x->mock);
    mock_log(x->mock, COS_LOG_ERROR, "journey", "%s failed: answered 500, the mock is broken",
             x->route.op == NULL ? "a request" : x->route.op->name);
}

static void settle_result(struct cosmock_exchange *x)
{
    if (!x->failed && x->result.refused_by == STAGE_NONE && x->result.status == 0) {
        x->failed = true; /* a handler without an answer */
    }
    bool executed = x->result.refused_by == STAGE_NONE || x->result.refused_by == STAGE_EXECUTE;
    if (x->failed) {
        become_internal_error(x);
    } else if (x->fault.id != 0 && x->fault.kind == COSMOCK_FAULT_REPLY_AFTER && executed) {
        x->result.n_headers = 0;
        fault_answer(x);
    }
}

/* Which setting of the client it is, behind what else is known. */
static void add_hint(struct cosmock_exchange *x)
{
    const char *hint = x->service->hint == NULL ? NULL : x->service->hint(x);
    if (hint != NULL) {
        struct cos_span *detail = &x->identity.detail;
        const struct cos_span parts[] = {*detail, COS_SPAN_LIT("; "), cos_span_of(hint)};
        *detail = detail->len == 0 ? parts[2]
                                   : cos_arena_join(&x->arena, parts, COS_ARRAY_LEN(parts));
    }
}

static void write_body(struct cosmock_exchange *x)
{
    struct result *r = &x->result;
    if (r->error != NULL) {
        reply_error_body(x);
    }
    if (x->fault.id != 0 && x->fault.kind == COSMOCK_FAULT_MALFORMED) {
        reply_malformed_body(x);
    } else if (x->fault.id != 0 && x->fault.kind == COSMOCK_FAULT_EXTRA) {
        reply_extra_body(x);
    } else if (reply_is_foreign(x)) {
        reply_foreign_body(x);
    }
    x->reply.from_object = r->object != NULL && r->error == NULL && r->body.len == 0;
    x->reply.body_bytes = x->reply.from_object ? r->count : r->body.len;
    x->reply.delivery.is_in_pieces =
        x->pieces.next != NULL && r->error == NULL && x->fault.kind != COSMOCK_FAULT_MALFORMED;
    x->failed = x->failed || r->body.failed;
}

static void apply_fault(struct cosmock_exchange *x)
{
    if (x->fault.id == 0) {
        return;
    }
    struct cosmock_delivery *d = &x->reply.delivery;
    switch (x->fault.kind) {
    case COSMOCK_FAULT_DELAY:
        d->delay_ms = x->fault.amount;
        break;
    case COSMOCK_FAULT_RESET:
    case COSMOCK_FAULT_RESET_AFTER:
        d->close_before = true;
        break;
    case COSMOCK_FAULT_TRUNCATE:
        d->truncate_after = x->fault.amount;
        break;
    case COSMOCK_FAULT_CORRUPT:
        x->reply.corrupt_at = x->fault.amount;
        break;
    case COSMOCK_FAULT_REPLY:
    case COSMOCK_FAULT_REPLY_AFTER:
    case COSMOCK_FAULT_REPLY_200:
    case COSMOCK_FAULT_MALFORMED:
    case COSMOCK_FAULT_HEADER:
    case COSMOCK_FAULT_SKEW:
    case COSMOCK_FAULT_EXTRA:
    case COSMOCK_FAULT_FOREIGN:
        break;
    }
}

/* An upload is answered when its bytes would have come; a download goes out so fast. */
static void limit_traffic(struct cosmock_exchange *x)
{
    uint64_t bytes_per_s = x->admission.bytes_per_s;
    if (bytes_per_s == 0 || x->result.error != NULL) {
        return;
    }
    struct cosmock_delivery *d = &x->reply.delivery;
    d->bytes_per_s = bytes_per_s;
    d->delay_ms += (int64_t)(x->body.received * 1000 / bytes_per_s);
}

/* --- headers --- */

static const struct header *result_header_get(const struct cosmock_exchange *x,
                                              struct cosmock_slice name)
{
    for (size_t i = 0; i < x->result.n_headers; i++) {
        if (cos_span_eq_nocase(x->result.headers[i].name, cos_span_make(name.ptr, name.len))) {
            return &x->result.headers[i];
        }
    }
    return NULL;
}

static struct cos_span content_type(struct cosmock_exchange *x, const struct object_head *block)
{
    if (x->service->content_type != NULL && !reply_is_foreign(x)) {
        return cos_span_of(x->service->content_type);
    }
    const struct cosmock_slice name = {"Content-Type", sizeof("Content-Type") - 1};
    const struct header *own = result_header_get(x, name);
    if (own != NULL && x->result.error == NULL) {
        return own->value;
    }
    if (block != NULL) {
        return cos_span_make(block->headers[0].value.ptr, block->headers[0].value.len);
    }
    if (x->result.body.len == 0 && x->result.error == NULL) {
        return COS_SPAN_EMPTY;
    }
    return x->result.content_type == NULL ? COS_SPAN_LIT("application/xml")
                                          : cos_span_of(x->result.content_type);
}

static struct cos_span date_of(struct cosmock_exchange *x)
{
    char *text = cos_arena_alloc(&x->arena, 30);
    if (text == NULL) {
        return COS_SPAN_EMPTY;
    }
    cos_date_http(text, x->now.signature_unix_ms / 1000);
    return cos_span_of(text);
}

static struct cos_span decimal(struct cosmock_exchange *x, uint64_t v)
{
    char digits[20];
    return cos_arena_span(&x->arena, cos_decimal(digits, v));
}

static bool changes_header(const struct cosmock_exchange *x)
{
    return x->fault.id != 0 && x->fault.header[0] != '\0';
}

/* Then only the end of the connection says where the body ends. */
static bool loses_length(const struct cosmock_exchange *x)
{
    return changes_header(x) &&
           cos_span_eq_nocase(cos_span_of(x->fault.header), COS_SPAN_LIT("Content-Length"));
}

static bool closes_connection(const struct cosmock_exchange *x)
{
    return x->parts.wants_close || x->parts.malformed != NULL ||
           x->reply.delivery.truncate_after >= 0 || loses_length(x);
}

/* Whoever reads an answer shall not take it for the service's word when nobody was asked. */
static void add_enforcement(struct cosmock_exchange *x)
{
    if (x->tenant == NULL || SWITCH_IS(x->tenant, ENFORCEMENT, ENFORCE)) {
        return;
    }
    bool is_soft = SWITCH_IS(x->tenant, ENFORCEMENT, SOFT);
    reply_header(x, "x-cosmock-enforcement",
                 is_soft ? COS_SPAN_LIT("soft") : COS_SPAN_LIT("off"));
}

static void add_common(struct cosmock_exchange *x, const struct object_head *block)
{
    struct cos_span type = content_type(x, block);
    if (type.len > 0) {
        reply_header(x, "Content-Type", type);
    }
    if (x->result.status != 204 && !x->reply.delivery.is_in_pieces) {
        reply_header(x, "Content-Length", decimal(x, x->reply.body_bytes));
    }
    reply_header(x, "Connection",
                 closes_connection(x) ? COS_SPAN_LIT("close") : COS_SPAN_LIT("keep-alive"));
    reply_header(x, "Date", date_of(x));
    if (!reply_is_foreign(x)) {
        x->service->write_headers(x);
    }
    if (reply_has_reason(x)) {
        reply_header(x, "x-cosmock-reason", reply_reason(x));
    }
    if (x->unheeded != NULL) {
        reply_header(x, "x-cosmock-note", unheeded_note(x));
    }
    add_enforcement(x);
}

/*
 * 304 says what a cache has need of, to HEAD as to GET (RFC 9110 s.9.3.2): the two of the
 * sample of GET Object, what s.15.4.5 asks for besides, and which version it is.
 */
static bool is_left_out(const struct cosmock_exchange *x, struct cos_span name)
{
    if (x->result.status != 304) {
        return false;
    }
    const char *const kept[] = {
        "ETag",
        "Cache-Control",
        "Expires",
        header_spelling(x, HEADER_CRC64),
        header_spelling(x, HEADER_VERSION_ID),
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(kept); i++) {
        if (kept[i] != NULL && cos_span_eq_nocase(name, cos_span_of(kept[i]))) {
            return false;
        }
    }
    return true;
}

static void add_results(struct cosmock_exchange *x)
{
    for (size_t i = 0; i < x->result.n_headers; i++) {
        const struct header *h = &x->result.headers[i];
        if (!cos_span_eq_nocase(h->name, COS_SPAN_LIT("Content-Type")) &&
            !is_left_out(x, h->name)) {
            x->reply.headers[x->reply.n_headers++] =
                (struct cosmock_header){{h->name.ptr, h->name.len},
                                        {h->value.ptr, h->value.len}};
        }
    }
}

static struct cosmock_slice spelt(struct cosmock_exchange *x, struct cosmock_slice kept)
{
    if (x->service->spell_kept == NULL) {
        return kept;
    }
    struct cos_span name = x->service->spell_kept(x, cos_span_make(kept.ptr, kept.len));
    return (struct cosmock_slice){name.ptr, name.len};
}

static void add_block(struct cosmock_exchange *x, const struct object_head *block)
{
    for (size_t i = 1; i < block->n; i++) {
        struct cosmock_slice name = spelt(x, block->headers[i].name);
        if (name.len > 0 && (x->result.n_headers == 0 || result_header_get(x, name) == NULL) &&
            !is_left_out(x, cos_span_make(name.ptr, name.len))) {
            x->reply.headers[x->reply.n_headers++] =
                (struct cosmock_header){name, block->headers[i].value};
        }
    }
}

/* What a fault wants of one header, wherever it came from. */
static void change_header(struct cosmock_exchange *x)
{
    struct cos_span name = cos_span_of(x->fault.header);
    struct cos_span value = cos_span_of(x->fault.value); /* lives with the exchange */
    size_t n = 0;
    bool is_there = false;
    for (size_t i = 0; i < x->reply.n_headers; i++) {
        struct cosmock_header h = x->reply.headers[i];
        if (cos_span_eq_nocase(cos_span_make(h.name.ptr, h.name.len), name)) {
            if (x->fault.drops_header || is_there) {
                continue;
            }
            is_there = true;
            h.value = (struct cosmock_slice){value.ptr, value.len};
        }
        x->reply.headers[n++] = h;
    }
    x->reply.n_headers = n;
    if (!is_there && !x->fault.drops_header) {
        reply_header(x, x->fault.header, value);
    }
}

static void write_headers(struct cosmock_exchange *x)
{
    bool shows_object = x->result.object != NULL && x->result.error == NULL;
    const struct object_head *block = shows_object ? object_head_of(x->result.object) : NULL;
    size_t most = COMMON_HEADERS + changes_header(x) + x->result.n_headers +
                  (block == NULL ? 0 : block->n);
    x->reply.headers = cos_arena_array(&x->arena, most, sizeof(*x->reply.headers));
    x->failed = x->failed || x->arena.failed || (shows_object && block == NULL);
    if (x->failed) {
        return;
    }
    add_common(x, block);
    add_results(x);
    if (block != NULL) {
        add_block(x, block);
    }
    if (changes_header(x)) {
        change_header(x);
    }
    x->failed = x->arena.failed;
}

/* Without memory for more: a status and a closed connection. */
static void answer_bare(struct cosmock_exchange *x)
{
    mock_set_broken(x->mock);
    x->reply.status = 500;
    static struct cosmock_header bare[] = {
        {{"Connection", 10}, {"close", 5}},
        {{"x-cosmock-reason", 16}, {"failure: no memory for a reply", 30}},
    };
    x->reply.headers = bare;
    x->reply.n_headers = COS_ARRAY_LEN(bare);
    x->reply.body_bytes = 0;
    x->reply.from_object = false;
}

static void compose(struct cosmock_exchange *x)
{
    x->reply.n_headers = 0;
    write_body(x);
    if (!x->failed) {
        write_headers(x);
    }
    x->reply.status = x->result.status;
    if (is_head(x)) {
        x->reply.body_bytes = 0;
    }
}

void stage_respond(struct cosmock_exchange *x)
{
    unheeded_find(x); /* what was refused before */
    website_answer_error(x);
    origin_answer_error(x);
    settle_result(x);
    add_hint(x);
    apply_fault(x);
    limit_traffic(x);
    if (x->reply.delivery.close_before) {
        x->reply.status = 0;
        return;
    }
    if (x->arena.failed) {
        answer_bare(x);
        return;
    }
    bool had_failed = x->failed;
    x->failed = false; /* from here on: did composing fail? */
    compose(x);
    if (x->failed) {
        answer_bare(x);
    }
    x->failed = x->failed || had_failed;
}
