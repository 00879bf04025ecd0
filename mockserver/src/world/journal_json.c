/* SPDX-License-Identifier: Apache-2.0 */
/* One journal entry as JSON: the form of the control API, of the evidence file and of golden journals. Empty members are left out, but for a few. */
#include "cosmock/journal.h"

#include "cosbase/json.h"

static void text(struct cos_jw *w, const char *name, const char *value)
{
    if (value != NULL && value[0] != '\0') {
        cos_jw_str(w, name, value);
    }
}

static void number(struct cos_jw *w, const char *name, int64_t value)
{
    if (value != 0) {
        cos_jw_i64(w, name, value);
    }
}

static void request_part(struct cos_jw *w, const struct cosmock_entry *e)
{
    cos_jw_u64(w, "seq", e->seq);
    cos_jw_i64(w, "at_unix_ms", e->at_unix_ms);
    cos_jw_i64(w, "real_unix_ms", e->real_unix_ms);
    text(w, "service", e->service);
    cos_jw_str(w, "op", e->op);
    text(w, "method", e->method);
    text(w, "host", e->host);
    text(w, "target", e->target);
    cos_jw_bool(w, "tls", e->tls);
    cos_jw_bool(w, "shows_secret", e->shows_secret);
    text(w, "bucket", e->bucket);
    text(w, "key", e->key);
    text(w, "range", e->range);
    text(w, "content_md5", e->content_md5);
    text(w, "copy_source", e->copy_source);
    text(w, "user_agent", e->user_agent);
    text(w, "ignored", e->ignored);
    text(w, "unknown", e->unknown);
}

static void caller_part(struct cos_jw *w, const struct cosmock_entry *e)
{
    text(w, "secret_id", e->secret_id);
    text(w, "key_kind", e->key_kind);
    text(w, "token", e->token);
    text(w, "principal", e->principal);
    text(w, "authn", e->authn);
    text(w, "detail", e->detail);
    text(w, "header_list", e->header_list);
    text(w, "param_list", e->param_list);
    number(w, "sign_start_unix_s", e->sign_start_unix_s);
    number(w, "sign_end_unix_s", e->sign_end_unix_s);
    number(w, "key_expires_unix_ms", e->key_expires_unix_ms);
    text(w, "key_state", e->key_state);
    text(w, "authz", e->authz);
    text(w, "authz_reason", e->authz_reason);
    text(w, "identity_says", e->identity_says);
    text(w, "session_says", e->session_says);
}

static void result_part(struct cos_jw *w, const struct cosmock_entry *e)
{
    text(w, "fault", e->fault);
    cos_jw_i64(w, "status", e->http_status);
    text(w, "code", e->code);
    text(w, "message", e->message);
    text(w, "failed_keys", e->failed_keys);
    text(w, "request_id", e->request_id);
    cos_jw_u64(w, "bytes_in", e->bytes_in);
    cos_jw_u64(w, "bytes_out", e->bytes_out);
    text(w, "body_sha256", e->body_sha256);
    text(w, "sts_name", e->sts_name);
    text(w, "sts_policy", e->sts_policy);
    number(w, "sts_duration_s", e->sts_duration_s);
    text(w, "sts_region", e->sts_region);
    text(w, "sts_version", e->sts_version);
    text(w, "issued_secret_id", e->issued_secret_id);
}

char *cosmock_entry_json(const struct cosmock_entry *entry)
{
    struct cos_buf out;
    struct cos_jw w;
    cos_buf_init(&out, 1u << 20);
    cos_jw_init(&w, &out);
    cos_jw_object(&w, NULL);
    request_part(&w, entry);
    caller_part(&w, entry);
    result_part(&w, entry);
    cos_jw_end(&w);
    char *json = cos_buf_take(&out);
    cos_buf_deinit(&out);
    return json;
}
