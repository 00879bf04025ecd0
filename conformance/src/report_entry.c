/* SPDX-License-Identifier: Apache-2.0 */
/* One entry in words; the whole of it stands in journal.jsonl. */
#include "report_entry.h"

#include "cosbase/json.h"
#include "report_text.h"

static const char *member(const struct report_entry *e, const char *name)
{
    const char *text = cos_json_str(cos_json_get(e->root, name));
    return text != NULL ? text : "";
}

bool report_entry_read(struct report_entry *out, struct cos_span line)
{
    struct cos_text_error ignored;
    *out = (struct report_entry){0};
    if (cos_json_parse(&out->root, line, &COS_JSON_LIMITS_DEFAULT, &ignored) < 0) {
        return false;
    }
    (void)cos_json_i64(cos_json_get(out->root, "seq"), &out->seq);
    (void)cos_json_i64(cos_json_get(out->root, "status"), &out->status);
    out->op = member(out, "op");
    out->method = member(out, "method");
    out->target = member(out, "target");
    out->code = member(out, "code");
    out->secret_id = member(out, "secret_id");
    out->key_kind = member(out, "key_kind");
    out->authn = member(out, "authn");
    out->token = member(out, "token");
    out->authz = member(out, "authz");
    out->fault = member(out, "fault");
    out->detail = member(out, "detail");
    return true;
}

void report_entry_deinit(struct report_entry *e)
{
    e->root = cos_json_free(e->root);
}

static void put(struct cos_buf *b, const char *before, const char *text)
{
    if (text[0] != '\0') {
        cos_buf_str(b, before);
        report_text_line(b, text);
    }
}

void report_entry_put_request(struct cos_buf *b, const struct report_entry *e)
{
    cos_buf_printf(b, "#%lld", (long long)e->seq);
    put(b, " ", e->op);
    put(b, " ", e->method);
    put(b, " ", e->target);
    cos_buf_printf(b, " -> %lld", (long long)e->status);
    put(b, " ", e->code);
}

void report_entry_put_decision(struct cos_buf *b, const struct report_entry *e)
{
    char start[16];
    (void)snprintf(start, sizeof(start), "%.12s", e->secret_id);
    put(b, "ak ", start[0] != '\0' ? start : "none");
    put(b, " ", e->key_kind);
    put(b, ", authn ", e->authn);
    put(b, ", token ", e->token);
    put(b, ", authz ", e->authz);
    put(b, ", fault ", e->fault);
}
