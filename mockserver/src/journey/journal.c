/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last stage: the whole request as one entry, evidence of every verdict. No secret enters:
 * of the target, the values of signatures and tokens are cut out (query form, sign=, v1); of
 * the headers only those named here are kept; bodies are not kept, but for the Policy of
 * GetFederationToken, which is not secret. An entry is written whatever happened, also for what
 * was no request at all.
 */
#include "journey/stages.h"

#include "exchange/form.h"
#include "exchange/reason.h"
#include "exchange/sts_request.h"
#include "services/names.h"

#define NAMES_MAX 16
#define NAME_MAX_BYTES 64

/* Of every service at once: a secret sent to the wrong one is a secret still. */
static const char *const secret_params[] = {
    "q-signature", "x-cos-security-token", "sign", "Signature", "Token",
    "X-TC-Token",  "x-ci-security-token",
};

static const char *const fault_names[] = {
    [COSMOCK_FAULT_REPLY] = "reply",         [COSMOCK_FAULT_REPLY_AFTER] = "reply_after",
    [COSMOCK_FAULT_REPLY_200] = "reply_200", [COSMOCK_FAULT_DELAY] = "delay",
    [COSMOCK_FAULT_RESET] = "reset",         [COSMOCK_FAULT_RESET_AFTER] = "reset_after",
    [COSMOCK_FAULT_TRUNCATE] = "truncate",   [COSMOCK_FAULT_CORRUPT] = "corrupt",
    [COSMOCK_FAULT_MALFORMED] = "malformed",
};

/* Never NULL, also without memory. */
static const char *text(struct cosmock_exchange *x, struct cos_span s)
{
    const char *copy = s.len == 0 ? "" : cos_arena_str(&x->arena, s);
    return copy == NULL ? "" : copy;
}

static bool is_secret_param(struct cos_span name)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(secret_params); i++) {
        if (cos_span_eq_nocase(name, cos_span_of(secret_params[i]))) {
            return true;
        }
    }
    return false;
}

static bool has_secret_param(const struct cosmock_exchange *x)
{
    for (size_t i = 0; i < x->parts.n_params; i++) {
        if (is_secret_param(x->parts.params[i].name)) {
            return true;
        }
    }
    return false;
}

static void append_param(struct cos_buf *b, const struct param *p)
{
    cos_buf_span(b, p->raw_name);
    if (p->has_equals) {
        cos_buf_ch(b, '=');
        cos_buf_span(b, is_secret_param(p->name) ? COS_SPAN_LIT("***") : p->raw_value);
    }
}

static const char *redacted_target(struct cosmock_exchange *x)
{
    struct cos_span target = x->parts.target;
    size_t question = cos_span_chr(target, '?');
    if (question == SIZE_MAX) {
        return text(x, target);
    }
    if (x->parts.n_params == 0) {
        /* nobody could read the query, so nobody can say what is secret in it */
        return text(x, cos_span_sub(target, 0, question));
    }
    if (!has_secret_param(x)) {
        return text(x, target);
    }
    struct cos_buf b;
    cos_buf_init(&b, SIZE_MAX / 2);
    cos_buf_span(&b, cos_span_sub(target, 0, question));
    for (size_t i = 0; i < x->parts.n_params; i++) {
        cos_buf_ch(&b, i == 0 ? '?' : '&');
        append_param(&b, &x->parts.params[i]);
    }
    const char *kept = text(x, cos_buf_view(&b));
    cos_buf_deinit(&b);
    return kept;
}

static const char *key_kind(const struct identity *who)
{
    if (who->found.key != NULL) {
        return who->found.key->is_temporary ? "temporary" : "permanent";
    }
    return who->secret_id.len > 0 ? "unknown" : "none";
}

static const char *says(bool asked, enum cam_says what)
{
    if (!asked) {
        return "n/a";
    }
    switch (what) {
    case CAM_ALLOW:
        return "allow";
    case CAM_DENY:
        return "deny";
    case CAM_IMPLICIT:
        return "implicit";
    case CAM_NA:
        break;
    }
    return "n/a";
}

static void tell_request(struct cosmock_exchange *x, struct cosmock_entry *e)
{
    e->at_unix_ms = x->now.signature_unix_ms;
    e->real_unix_ms = x->now.real_unix_ms;
    e->service = x->service->name;
    e->op = x->route.op == NULL ? "" : x->route.op->name;
    e->method = text(x, x->parts.method);
    e->host = text(x, x->parts.host);
    e->peer = x->parts.peer;
    e->target = redacted_target(x);
    e->bucket = text(x, x->route.bucket);
    e->key = text(x, x->route.key);
    e->range = text(x, header_get(x, "Range"));
    e->content_md5 = text(x, header_get(x, "Content-MD5"));
    e->copy_source = text(x, header_of(x, HEADER_COPY_SOURCE));
    e->user_agent = text(x, header_get(x, "User-Agent"));
    e->bytes_in = x->body.received;
    e->tls = x->parts.tls;
}

/* Only signatures may be made of a secret key; a client that sends the key itself has given it
 * away. */
static bool shows_secret(const struct cosmock_exchange *x)
{
    struct cos_span secret = x->identity.found.key == NULL
                                 ? COS_SPAN_EMPTY
                                 : cos_secret_view(&x->identity.found.key->secret_key);
    if (secret.len == 0) {
        return false;
    }
    for (size_t i = 0; i < x->parts.n_headers; i++) {
        if (cos_span_find(x->parts.headers[i].value, secret) != SIZE_MAX) {
            return true;
        }
    }
    for (size_t i = 0; x->form != NULL && i < x->form->n_fields; i++) {
        if (cos_span_find(x->form->fields[i].value, secret) != SIZE_MAX) {
            return true;
        }
    }
    return cos_span_find(x->parts.target, secret) != SIZE_MAX;
}

static void tell_caller(struct cosmock_exchange *x, struct cosmock_entry *e)
{
    const struct identity *who = &x->identity;
    e->secret_id = text(x, who->secret_id);
    e->key_kind = key_kind(who);
    e->token = who->token_state;
    e->principal = text(x, principal_name(&x->arena, &x->principal, '/'));
    e->authn = who->reason;
    e->detail = text(x, who->detail);
    e->header_list = text(x, who->header_list);
    e->param_list = text(x, who->param_list);
    e->sign_start_unix_s = who->sign_start_unix_s;
    e->sign_end_unix_s = who->sign_end_unix_s;
    e->shows_secret = shows_secret(x);
    e->key_state = "";
    const struct access_key *key = who->found.key;
    if (key != NULL && key->is_temporary) {
        e->key_expires_unix_ms = key->expires_unix_ms;
        e->key_state = x->now.token_unix_ms >= key->expires_unix_ms ? "expired" : "valid";
    }
}

static void tell_verdict(struct cosmock_exchange *x, struct cosmock_entry *e)
{
    const struct decision *d = &x->decision;
    e->questions = d->questions;
    e->n_questions = d->n_questions;
    bool is_asked = d->n_questions > 0;
    e->authz = !is_asked ? "" : (d->allowed ? "allow" : "deny");
    e->authz_reason = is_asked ? text(x, d->verdict.why) : "";
    e->identity_says = says(is_asked, d->verdict.identity);
    e->session_says = says(is_asked, d->verdict.session);
    e->fault = x->fault.id == 0 ? "" : fault_names[x->fault.kind];
    e->http_status = x->reply.status;
    e->code = x->result.error == NULL ? "" : x->result.error->code;
    e->message = x->result.error == NULL ? "" : text(x, result_error_message(&x->result));
    e->failed_keys = text(x, x->failed_keys);
    e->request_id = x->reply.request_id;
    e->bytes_out = x->reply.body_bytes;
}

static void tell_service(struct cosmock_exchange *x, struct cosmock_entry *e,
                         char sha256[2 * COS_SHA256_BYTES + 1])
{
    e->body_sha256 = text(x, x->stored_sha256);
    if (x->service->read_fields != NULL && x->body.received > 0) {
        cos_sha256_hex(sha256, cos_buf_cstr(&x->body.small), x->body.small.len);
        e->body_sha256 = sha256;
    }
    e->sts_name = text(x, x->sts_name);
    e->sts_policy = text(x, x->sts_policy);
    e->sts_duration_s = x->sts_duration_s;
    e->sts_region = text(x, x->sts_region);
    e->sts_version = x->sts == NULL ? "" : text(x, x->sts->version);
    e->issued_secret_id = text(x, x->issued_secret_id);
}

/* --- what the request says and nobody heeds --- */

struct name_list {
    struct cos_buf text;
    size_t n;
};

/* A name as one word of visible ASCII without the list's own marks. */
static void append_name(struct cos_buf *b, struct cos_span name, bool is_header)
{
    for (size_t i = 0; i < name.len && i < NAME_MAX_BYTES; i++) {
        unsigned char c = (unsigned char)name.ptr[i];
        if (c <= ' ' || c >= 0x7f || c == ';' || c == '%') {
            cos_buf_printf(b, "%%%02X", c);
        } else {
            cos_buf_ch(b, is_header && c >= 'A' && c <= 'Z' ? (char)(c + 32) : (char)c);
        }
    }
}

static void list_name(struct name_list *list, struct cos_span name, bool is_header)
{
    if (list->n > NAMES_MAX) {
        return;
    }
    if (list->n++ == NAMES_MAX) {
        cos_buf_str(&list->text, ";...");
        return;
    }
    cos_buf_str(&list->text, list->n == 1 ? "" : ";");
    cos_buf_str(&list->text, is_header ? "" : "?");
    append_name(&list->text, name, is_header);
}

static void sort_name(struct name_list *ignored, struct name_list *unknown,
                      const struct known_name *known, struct cos_span name, bool is_header)
{
    if (known == NULL) {
        list_name(unknown, name, is_header);
    } else if (known->kind == NAME_IDLE) {
        list_name(ignored, name, is_header);
    }
}

static void tell_names(struct cosmock_exchange *x, struct cosmock_entry *e)
{
    const struct known_name *headers = x->service->headers;
    struct name_list ignored = {.n = 0};
    cos_buf_init(&ignored.text, 8u << 10);
    struct name_list unknown = {.n = 0};
    cos_buf_init(&unknown.text, 8u << 10);
    for (size_t i = 0; headers != NULL && i < x->parts.n_headers; i++) {
        struct cos_span name = x->parts.headers[i].name;
        if (name_is_own_header(name)) {
            sort_name(&ignored, &unknown, name_of_header(headers, name), name,
                      /* is_header= */ true);
        }
    }
    for (size_t i = 0; x->service->has_known_params && i < x->parts.n_params; i++) {
        struct cos_span name = x->parts.params[i].name;
        sort_name(&ignored, &unknown, name_of_query(name), name, /* is_header= */ false);
    }
    for (size_t i = 0; x->form != NULL && i < x->form->n_fields; i++) {
        if (x->form->fields[i].is_behind_file) {
            list_name(&ignored, x->form->fields[i].name, /* is_header= */ true);
        }
    }
    e->ignored = text(x, cos_buf_view(&ignored.text));
    e->unknown = text(x, cos_buf_view(&unknown.text));
    cos_buf_deinit(&ignored.text);
    cos_buf_deinit(&unknown.text);
}

void stage_journal(struct cosmock_exchange *x)
{
    if (x->tenant == NULL) {
        return;
    }
    struct cosmock_entry e = {0};
    tell_request(x, &e);
    tell_caller(x, &e);
    tell_verdict(x, &e);
    char sha256[2 * COS_SHA256_BYTES + 1];
    tell_service(x, &e, sha256);
    tell_names(x, &e);
    world_journal_add(x->tenant, &e);
}
