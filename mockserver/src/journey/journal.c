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
#include "services/access_log.h"

#define HIDDEN "***"

/* Of every service at once: a secret sent to the wrong one is a secret still. */
static const char *const secret_params[] = {
    "q-signature",
    "Password", /* of AddUser and UpdateUser, in a query */
    "x-cos-security-token",
    "x-amz-security-token",
    "x-amz-signature",
    "sign",
    "Signature",
    "Token",
    "X-TC-Token",
    "x-ci-security-token",
    "SAMLAssertion",
    "WebIdentityToken",
    "TokenCode",
    "x-cos-server-side-encryption-customer-key",
    "x-cos-copy-source-server-side-encryption-customer-key",
    "x-amz-server-side-encryption-customer-key",
    "x-amz-copy-source-server-side-encryption-customer-key",
};

static const char *const fault_names[] = {
    [COSMOCK_FAULT_REPLY] = "reply",         [COSMOCK_FAULT_REPLY_AFTER] = "reply_after",
    [COSMOCK_FAULT_REPLY_200] = "reply_200", [COSMOCK_FAULT_DELAY] = "delay",
    [COSMOCK_FAULT_RESET] = "reset",         [COSMOCK_FAULT_RESET_AFTER] = "reset_after",
    [COSMOCK_FAULT_TRUNCATE] = "truncate",   [COSMOCK_FAULT_CORRUPT] = "corrupt",
    [COSMOCK_FAULT_MALFORMED] = "malformed", [COSMOCK_FAULT_HEADER] = "header",
    [COSMOCK_FAULT_SKEW] = "skew",           [COSMOCK_FAULT_EXTRA] = "extra",
    [COSMOCK_FAULT_FOREIGN] = "foreign",
};

static bool is_secret_param(struct cos_span name)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(secret_params); i++) {
        if (cos_span_eq_nocase(name, cos_span_of(secret_params[i]))) {
            return true;
        }
    }
    return false;
}

/* Somebody took the secret key for the id (authn/key_words.c). */
static bool is_hidden(const struct cosmock_exchange *x, struct cos_span name)
{
    bool names_id = cos_span_eq_str(name, "q-ak") || cos_span_eq_str(name, "SecretId") ||
                    cos_span_eq_str(name, "X-Amz-Credential") ||
                    cos_span_eq_str(name, "AWSAccessKeyId");
    return is_secret_param(name) ||
           (names_id && cos_span_eq_str(x->identity.secret_id, HIDDEN));
}

static bool has_secret_param(const struct cosmock_exchange *x)
{
    for (size_t i = 0; i < x->parts.n_params; i++) {
        if (is_hidden(x, x->parts.params[i].name)) {
            return true;
        }
    }
    return false;
}

static void append_param(struct cos_buf *b, const struct cosmock_exchange *x,
                         const struct param *p)
{
    cos_buf_span(b, p->raw_name);
    if (p->has_equals) {
        cos_buf_ch(b, '=');
        cos_buf_span(b, is_hidden(x, p->name) ? COS_SPAN_LIT(HIDDEN) : p->raw_value);
    }
}

static struct cos_span redacted_target(struct cosmock_exchange *x)
{
    struct cos_span target = x->parts.target;
    size_t question = cos_span_chr(target, '?');
    if (question == SIZE_MAX) {
        return target;
    }
    if (x->parts.n_params == 0) {
        /* nobody could read the query, so nobody can say what is secret in it */
        return cos_span_sub(target, 0, question);
    }
    if (!has_secret_param(x)) {
        return target;
    }
    struct cos_buf b;
    cos_buf_init(&b, SIZE_MAX / 2);
    cos_buf_span(&b, cos_span_sub(target, 0, question));
    for (size_t i = 0; i < x->parts.n_params; i++) {
        cos_buf_ch(&b, i == 0 ? '?' : '&');
        append_param(&b, x, &x->parts.params[i]);
    }
    struct cos_span kept = cos_arena_span(&x->arena, cos_buf_view(&b));
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

static struct cos_span says(bool asked, enum cam_says what)
{
    if (!asked) {
        return COS_SPAN_LIT("n/a");
    }
    switch (what) {
    case CAM_ALLOW:
        return COS_SPAN_LIT("allow");
    case CAM_DENY:
        return COS_SPAN_LIT("deny");
    case CAM_IMPLICIT:
        return COS_SPAN_LIT("implicit");
    case CAM_NA:
        break;
    }
    return COS_SPAN_LIT("n/a");
}

static void tell_request(struct cosmock_exchange *x, struct entry_draft *e)
{
    e->entry.at_unix_ms = x->now.signature_unix_ms;
    e->entry.real_unix_ms = x->now.real_unix_ms;
    e->texts.service = cos_span_of(x->service->name);
    e->texts.op = cos_span_of(x->route.op == NULL ? NULL : x->route.op->name);
    e->texts.method = x->parts.method;
    e->texts.host = x->parts.host;
    e->texts.peer = cos_span_of(x->parts.peer);
    e->texts.target = redacted_target(x);
    e->texts.bucket = x->route.bucket;
    e->texts.key = x->route.key;
    e->texts.range = header_get(x, "Range");
    e->texts.content_md5 = header_get(x, "Content-MD5");
    e->texts.copy_source = header_of(x, HEADER_COPY_SOURCE);
    e->texts.user_agent = header_get(x, "User-Agent");
    e->entry.bytes_in = x->body.received;
    e->entry.tls = x->parts.tls;
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

static void tell_caller(struct cosmock_exchange *x, struct entry_draft *e)
{
    const struct identity *who = &x->identity;
    e->texts.secret_id = who->secret_id;
    e->texts.key_kind = cos_span_of(key_kind(who));
    e->texts.token = cos_span_of(who->token_state);
    e->texts.principal = principal_name(&x->arena, &x->principal, '/');
    e->texts.authn = cos_span_of(who->reason);
    e->texts.detail = who->detail;
    e->texts.cause = who->cause;
    e->texts.string_to_sign = who->string_to_sign;
    e->texts.format_string = who->format_string;
    e->texts.signed_string_to_sign = who->signed_string_to_sign;
    e->texts.signed_format_string = who->signed_format_string;
    e->texts.header_list = who->header_list;
    e->texts.param_list = who->param_list;
    e->entry.sign_start_unix_s = who->sign_start_unix_s;
    e->entry.sign_end_unix_s = who->sign_end_unix_s;
    e->entry.shows_secret = shows_secret(x);
    const struct access_key *key = who->found.key;
    if (key != NULL && key->is_temporary) {
        e->entry.key_expires_unix_ms = key->expires_unix_ms;
        bool is_over = x->now.token_unix_ms >= key->expires_unix_ms;
        e->texts.key_state = is_over ? COS_SPAN_LIT("expired") : COS_SPAN_LIT("valid");
    }
}

static void tell_verdict(struct cosmock_exchange *x, struct entry_draft *e)
{
    const struct decision *d = &x->decision;
    e->entry.questions = d->questions;
    e->entry.n_questions = d->n_questions;
    bool is_asked = d->n_questions > 0;
    if (is_asked) {
        e->texts.authz = d->allowed ? COS_SPAN_LIT("allow") : COS_SPAN_LIT("deny");
        e->texts.authz_reason = d->verdict.why;
    }
    e->texts.identity_says = says(is_asked, d->verdict.identity);
    e->texts.session_says = says(is_asked, d->verdict.session);
    e->texts.fault = cos_span_of(x->fault.id == 0 ? NULL : fault_names[x->fault.kind]);
    e->entry.http_status = x->reply.status;
    const struct error_row *error =
        x->result.error != NULL ? x->result.error : x->result.hidden;
    if (error != NULL) {
        e->texts.code = cos_span_of(error->code);
        e->texts.message = result_error_message(&x->result);
    }
    e->texts.failed_keys = x->failed_keys;
    e->texts.request_id = cos_span_of(x->reply.request_id);
    e->entry.bytes_out = x->pieces.before + x->reply.body_bytes;
}

static void tell_service(struct cosmock_exchange *x, struct entry_draft *e,
                         char sha256[2 * COS_SHA256_BYTES + 1])
{
    e->texts.body_sha256 = x->stored_sha256;
    if (x->service->read_fields != NULL && x->body.received > 0 && x->stored_sha256.len == 0) {
        cos_sha256_hex(sha256, cos_buf_cstr(&x->body.small), x->body.small.len);
        e->texts.body_sha256 = cos_span_of(sha256);
    }
    e->texts.sts_name = x->sts_name;
    e->texts.sts_policy = x->sts_policy;
    e->texts.sts_role = x->sts_role;
    e->texts.sts_source_identity = x->sts_source_identity;
    e->entry.sts_duration_s = x->sts_duration_s;
    e->texts.sts_region = x->sts_region;
    e->texts.sts_version = x->sts == NULL ? COS_SPAN_EMPTY : x->sts->version;
    e->texts.issued_secret_id = x->issued_secret_id;
}

static void tell_names(struct cosmock_exchange *x, struct entry_draft *e)
{
    if (x->unheeded != NULL) {
        e->texts.ignored = unheeded_list_text(x, &x->unheeded->ignored);
        e->texts.unknown = unheeded_list_text(x, &x->unheeded->unknown);
    }
}

void stage_journal(struct cosmock_exchange *x)
{
    if (x->tenant == NULL || x->is_owners) {
        return;
    }
    struct entry_draft e = {0};
    tell_request(x, &e);
    tell_caller(x, &e);
    tell_verdict(x, &e);
    char sha256[2 * COS_SHA256_BYTES + 1];
    tell_service(x, &e, sha256);
    tell_names(x, &e);
    world_journal_add(x->tenant, &e);
    access_log_add(x, &e);
}
