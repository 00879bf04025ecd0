/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bodies respond writes by itself. The mock's own explanation never enters a body: it goes
 * into x-cosmock-reason.
 */
#include "journey/reply_body.h"

#define BODY_MAX_BYTES (4u << 20)
#define REASON_MAX_BYTES 900
#define CUT_MARK "..."

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

/* Behind the opening of an object, found by @opening. */
static void add_member(struct cosmock_exchange *x, const char *opening, const char *name)
{
    struct cos_span body = cos_buf_view(&x->result.body);
    size_t at = cos_span_find(body, cos_span_of(opening));
    if (at == SIZE_MAX) {
        return;
    }
    at += strlen(opening);
    struct cos_span before = cos_arena_span(&x->arena, cos_span_sub(body, 0, at));
    struct cos_span after = cos_arena_span(&x->arena, cos_span_from(body, at));
    restart_body(x);
    cos_buf_span(&x->result.body, before);
    cos_buf_printf(&x->result.body, "\"%s\":{\"a\":[1,null,\"b\"]},", name);
    cos_buf_span(&x->result.body, after);
}

void reply_extra_body(struct cosmock_exchange *x)
{
    if (x->service->answers_json && x->fault.code[0] != '\0') {
        add_member(x, "\"Response\":{", x->fault.code);
        add_member(x, "\"Credentials\":{", x->fault.code);
    }
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

bool reply_is_foreign(const struct cosmock_exchange *x)
{
    return x->fault.id != 0 && x->fault.kind == COSMOCK_FAULT_FOREIGN;
}

void reply_foreign_body(struct cosmock_exchange *x)
{
    restart_body(x);
    cos_buf_str(&x->result.body,
                "<!DOCTYPE html>\n<html><head><title>Sign in</title></head>"
                "<body><p>Please sign in to use this network.</p></body></html>\n");
    x->result.content_type = "text/html";
}

bool reply_has_reason(const struct cosmock_exchange *x)
{
    const struct result *r = &x->result;
    return reply_is_foreign(x) || r->error != NULL || r->hidden != NULL ||
           x->failed_keys.len > 0;
}

/* "authn: signature-differs: ...": who refused, the word for it, and what is known besides. */
static struct cos_span reason_line(struct cosmock_exchange *x)
{
    const struct result *r = &x->result;
    const struct error_row *row = r->error != NULL ? r->error : r->hidden;
    if (reply_is_foreign(x)) {
        return cos_arena_printf(&x->arena, "%s: foreign: " COS_SPAN_FMT,
                                stage_word(r->refused_by), COS_SPAN_ARG(x->identity.detail));
    }
    if (row == NULL) {
        return cos_arena_printf(&x->arena, "execute: " COS_SPAN_FMT,
                                COS_SPAN_ARG(x->failed_keys));
    }
    const char *word = r->refused_by == STAGE_AUTHN ? x->identity.reason : row->code;
    struct cos_span detail =
        x->identity.detail.len > 0 ? x->identity.detail : result_error_message(r);
    return cos_arena_printf(&x->arena, "%s: %s: " COS_SPAN_FMT, stage_word(r->refused_by), word,
                            COS_SPAN_ARG(detail));
}

/* A client's mistake may be to say a secret where it is quoted. */
static struct cos_span without(struct cosmock_exchange *x, struct cos_span text,
                               const struct cos_secret *secret)
{
    struct cos_span hidden = cos_secret_view(secret);
    size_t at = hidden.len == 0 ? SIZE_MAX : cos_span_find(text, hidden);
    while (at != SIZE_MAX) {
        const struct cos_span parts[] = {cos_span_sub(text, 0, at), COS_SPAN_LIT("***"),
                                         cos_span_from(text, at + hidden.len)};
        text = cos_arena_join(&x->arena, parts, COS_ARRAY_LEN(parts));
        at = cos_span_find(text, hidden);
    }
    return text;
}

/* As a status of gRPC travels: visible ASCII as it is, but for '%'; of every other byte %XX. */
static size_t put_visible(char *out, unsigned char c)
{
    static const char digits[] = "0123456789ABCDEF";
    if (c >= 0x20 && c < 0x7f && c != '%') {
        out[0] = (char)c;
        return 1;
    }
    out[0] = '%';
    out[1] = digits[c >> 4];
    out[2] = digits[c & 15];
    return 3;
}

struct cos_span reply_reason(struct cosmock_exchange *x)
{
    struct cos_span line = reason_line(x);
    const struct access_key *key = x->identity.found.key;
    if (key != NULL) {
        line = without(x, line, &key->secret_key);
        line = without(x, line, &key->token);
    }
    char *out = cos_arena_alloc(&x->arena, REASON_MAX_BYTES + sizeof(CUT_MARK));
    size_t n = 0;
    for (size_t i = 0; i < line.len && out != NULL; i++) {
        if (n + 3 > REASON_MAX_BYTES) {
            n = (size_t)(cos_span_put(out + n, COS_SPAN_LIT(CUT_MARK)) - out);
            break;
        }
        n += put_visible(out + n, (unsigned char)line.ptr[i]);
    }
    return out == NULL ? COS_SPAN_EMPTY : cos_span_make(out, n);
}
