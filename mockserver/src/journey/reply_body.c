/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bodies respond writes by itself. The mock's own explanation never enters a body: it goes
 * into x-cosmock-reason.
 */
#include "journey/reply_body.h"

#define BODY_MAX_BYTES (4u << 20)
#define REASON_MAX_BYTES 900

static void restart_body(struct cosmock_exchange *x)
{
    cos_buf_deinit(&x->result.body);
    cos_buf_init(&x->result.body, BODY_MAX_BYTES);
    x->result.content_type = NULL;
}

void reply_error_body(struct cosmock_exchange *x)
{
    restart_body(x);
    x->service->write_error(x);
}

/* The answer as it is, but for `"<name>":<number>,`. False: no such member. */
static bool leave_out_member(struct cosmock_exchange *x, const char *name)
{
    struct cos_span body = cos_buf_view(&x->result.body);
    struct cos_span member = cos_arena_printf(&x->arena, "\"%s\":", name);
    size_t at = member.len == 0 ? SIZE_MAX : cos_span_find(body, member);
    if (at == SIZE_MAX) {
        return false;
    }
    struct cos_span after = cos_span_from(body, at);
    (void)cos_span_cut(&after, ',');
    struct cos_span before = cos_arena_span(&x->arena, cos_span_sub(body, 0, at));
    after = cos_arena_span(&x->arena, after);
    restart_body(x);
    cos_buf_span(&x->result.body, before);
    cos_buf_span(&x->result.body, after);
    return true;
}

void reply_malformed_body(struct cosmock_exchange *x)
{
    if (x->service->answers_json && x->fault.code[0] != '\0' &&
        leave_out_member(x, x->fault.code)) {
        return;
    }
    restart_body(x);
    cos_buf_str(&x->result.body, x->service->broken_body);
}

struct cos_span reply_reason(struct cosmock_exchange *x)
{
    enum stage stage = x->result.refused_by;
    const char *word = stage == STAGE_AUTHN ? x->identity.reason : x->result.error->code;
    struct cos_span line =
        cos_arena_printf(&x->arena, "%s: %s%s" COS_SPAN_FMT, stage_word(stage), word,
                         x->identity.detail.len == 0 ? "" : ": ",
                         COS_SPAN_ARG(x->identity.detail));
    size_t n = line.len < REASON_MAX_BYTES ? line.len : REASON_MAX_BYTES;
    char *copy = cos_arena_alloc(&x->arena, n);
    if (copy == NULL) {
        return COS_SPAN_EMPTY;
    }
    for (size_t i = 0; i < n; i++) {
        copy[i] = line.ptr[i] >= 0x20 && line.ptr[i] < 0x7f ? line.ptr[i] : '?';
    }
    return (struct cos_span){copy, n};
}
