/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a reply that is not a success to a struct cosn_error. Pure: one table maps status and
 * code, the message names the operation, the object, the HTTP status, the service's code and
 * the request id, so that one line is enough to ask Tencent's support.
 *
 * A HEAD carries no body, so its refusals have no code; object.c asks again with a GET where
 * the code matters. The service's own sentence is quoted unless it echoes a secret of ours.
 * Sources: cos-wire.md s.1.5 (authorization errors), s.2.0 (error XML), s.2.1 (409 on
 * forbid-overwrite), s.5 no. 14 (errors in a 200).
 */
#include "client/call.h"

#define SUBJECT_KEY_BYTES 120

/* So much of a secret in a row gives it away. */
#define LEAST_PART_BYTES ((size_t)16)

struct refusal_rule {
    int http;         /* 0: any */
    const char *code; /* NULL: any */
    enum cosn_status status;
    enum cosn_detail detail;
    bool retryable;
};

/* First match wins: codes before bare statuses. */
static const struct refusal_rule rules[] = {
    {0, "NoSuchBucket", COSN_E_NOT_FOUND, COSN_D_NO_BUCKET, false},
    {0, "NoSuchKey", COSN_E_NOT_FOUND, COSN_D_NONE, false},
    {0, "NoSuchUpload", COSN_E_NOT_FOUND, COSN_D_NONE, false},
    {0, "ExpiredToken", COSN_E_EXPIRED, COSN_D_NONE, false},
    {0, "InvalidAccessKeyId", COSN_E_DENIED, COSN_D_AUTH, false},
    {0, "SignatureDoesNotMatch", COSN_E_DENIED, COSN_D_AUTH, false},
    {0, "RequestTimeTooSkewed", COSN_E_DENIED, COSN_D_AUTH, false},
    {0, "AccessDenied", COSN_E_DENIED, COSN_D_NONE, false},
    {0, "SlowDown", COSN_E_BUSY, COSN_D_THROTTLED, true},
    {0, "InternalError", COSN_E_BUSY, COSN_D_NONE, true},
    {0, "PathConflict", COSN_E_BUSY, COSN_D_NONE, true},
    {0, "RequestTimeOut", COSN_E_BUSY, COSN_D_NONE, true},
    {0, "ServiceUnavailable", COSN_E_BUSY, COSN_D_THROTTLED, true},
    {0, "UploadConflict", COSN_E_BUSY, COSN_D_NONE, true},
    {0, "NotImplemented", COSN_E_UNSUPPORTED, COSN_D_NONE, false},
    {400, NULL, COSN_E_INVALID, COSN_D_NONE, false},
    {401, NULL, COSN_E_DENIED, COSN_D_AUTH, false},
    {403, NULL, COSN_E_DENIED, COSN_D_NONE, false},
    {404, NULL, COSN_E_NOT_FOUND, COSN_D_NONE, false},
    {405, NULL, COSN_E_UNSUPPORTED, COSN_D_NONE, false},
    {408, NULL, COSN_E_BUSY, COSN_D_NONE, true},
    {409, NULL, COSN_E_BUSY, COSN_D_NONE, false},
    {412, NULL, COSN_E_BUSY, COSN_D_NONE, false},
    {429, NULL, COSN_E_BUSY, COSN_D_THROTTLED, true},
    {501, NULL, COSN_E_UNSUPPORTED, COSN_D_NONE, false},
    {503, NULL, COSN_E_BUSY, COSN_D_THROTTLED, true},
    {505, NULL, COSN_E_UNSUPPORTED, COSN_D_NONE, false},
};

static struct refusal_rule rule_of(int http, const char *code)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(rules); i++) {
        if ((rules[i].http == 0 || rules[i].http == http) &&
            (rules[i].code == NULL || strcmp(rules[i].code, code) == 0)) {
            return rules[i];
        }
    }
    struct refusal_rule rest = {http, NULL, COSN_E_PROTOCOL, COSN_D_NONE, false};
    if (http >= 500) {
        rest.status = COSN_E_BUSY;
        rest.retryable = true;
    } else if (http >= 400) {
        rest.status = COSN_E_INVALID;
    }
    return rest;
}

/* Not every 409 says "exists": these two mean that somebody else is writing the same key right
 * now (cos-wire.md s.2.1). */
bool refusal_is_conflict(const char *code)
{
    return strcmp(code, "UploadConflict") == 0 || strcmp(code, "PathConflict") == 0;
}

/* A part counts, too: gateways cut what they repeat. */
static bool shows_part(struct cos_span text, struct cos_span secret)
{
    size_t n = secret.len < LEAST_PART_BYTES ? secret.len : LEAST_PART_BYTES;
    for (size_t at = 0; n > 0 && at + n <= text.len; at++) {
        if (cos_span_find(secret, cos_span_sub(text, at, n)) != SIZE_MAX) {
            return true;
        }
    }
    return false;
}

static bool echoes_secret(const struct cosn_credentials *used, const char *text)
{
    struct cos_span shown = cos_span_of(text);
    return used != NULL && (shows_part(shown, cos_span_of(cosn_credentials_secret_key(used))) ||
                            shows_part(shown, cos_span_of(cosn_credentials_token(used))));
}

static const char *or_empty(const char *s)
{
    return s == NULL ? "" : s;
}

/* The few words of an error document; pointers live as long as the tree. */
struct refusal_words {
    const char *code, *message, *request_id;
};

bool refusal_is_error(const struct cos_xml *doc)
{
    return doc != NULL && strcmp(cos_xml_name(doc), "Error") == 0;
}

static struct refusal_words words_of(const struct cos_xml *doc,
                                     const struct cosn_http_reply *reply)
{
    struct refusal_words w = {"", "",
                              or_empty(cosn_http_reply_header(reply, "x-cos-request-id"))};
    if (refusal_is_error(doc)) {
        w.code = or_empty(cos_xml_child_text(doc, "Code"));
        w.message = or_empty(cos_xml_child_text(doc, "Message"));
        if (w.request_id[0] == '\0') {
            w.request_id = or_empty(cos_xml_child_text(doc, "RequestId"));
        }
    }
    return w;
}

struct cos_xml *refusal_parse_body(const struct cosn_http_reply *reply)
{
    struct cos_xml *doc = NULL;
    struct cos_xml_limits limits = COS_XML_LIMITS_DEFAULT;
    if (reply->body_bytes == 0 ||
        cos_xml_parse(&doc, cos_span_make(reply->body, reply->body_bytes), &limits, NULL) < 0) {
        return NULL;
    }
    return doc;
}

static size_t cut_at_character(const char *s, size_t max)
{
    size_t n = strnlen(s, max + 1);
    if (n <= max) {
        return n;
    }
    n = max;
    while (n > 0 && ((unsigned char)s[n] & 0xC0) == 0x80) {
        n--;
    }
    return n;
}

void refusal_subject(char *out, size_t cap, const struct client *c, const struct call *call)
{
    const char *key = call->key == NULL ? "" : call->key;
    size_t shown = cut_at_character(key, SUBJECT_KEY_BYTES);
    (void)snprintf(out, cap, "%s cosn://%s/%.*s%s", call->op, c->bucket, (int)shown, key,
                   key[shown] == '\0' ? "" : "\xE2\x80\xA6");
}

/* The Node SDK knows both by exactly these words (cos-wire.md s.1.5, s.5 no. 3). */
static bool words_are_about_time(const struct refusal_words *w)
{
    return strcmp(w->code, "RequestTimeTooSkewed") == 0 ||
           (strcmp(w->code, "AccessDenied") == 0 &&
            strcmp(w->message, "Request has expired") == 0);
}

static void fill_from_words(struct cosn_error *err, const struct refusal_rule *rule, int http,
                            const char *subject, const struct refusal_words *w)
{
    (void)fail_detail(err, rule->status, rule->detail, "%s%sHTTP %d%s%s%s%.120s%s%s%s", subject,
                      subject[0] == '\0' ? "" : ": ", http, w->code[0] == '\0' ? "" : " ",
                      w->code, w->message[0] == '\0' ? "" : ", ", w->message,
                      w->request_id[0] == '\0' ? "" : " (request ", w->request_id,
                      w->request_id[0] == '\0' ? "" : ")");
    if (err == NULL) {
        return;
    }
    err->retryable = rule->retryable;
    err->http_status = http;
    (void)snprintf(err->code, sizeof(err->code), "%s", w->code);
    (void)snprintf(err->request_id, sizeof(err->request_id), "%s", w->request_id);
}

static int refuse_foreign(struct cosn_error *err, const struct client *c,
                          const struct call *call, const struct cosn_http_reply *reply)
{
    char subject[256];
    refusal_subject(subject, sizeof(subject), c, call);
    int r = shape_refuse_foreign(reply, err);
    fail_prefix(err, "%s", subject);
    if (err != NULL) {
        err->http_status = reply->status;
    }
    return r;
}

/* A verdict counts only from the service: a gateway's 404 does not say that an object is
 * missing, nor its 403 that a policy denies. */
static bool is_foreign_verdict(const struct refusal_rule *rule, const struct refusal_words *w)
{
    return w->request_id[0] == '\0' && !rule->retryable;
}

int refusal_of_reply(struct cosn_error *err, const struct client *c, const struct call *call,
                     const struct cosn_credentials *used, const struct cosn_http_reply *reply)
{
    COS_CLEANUP(cos_xml_free) struct cos_xml *doc = refusal_parse_body(reply);
    struct refusal_words w = words_of(doc, reply);
    struct refusal_rule rule = rule_of(reply->status, w.code);
    if (is_foreign_verdict(&rule, &w)) {
        return refuse_foreign(err, c, call, reply);
    }
    if (call->forbids_overwrite && reply->status == 409 && !refusal_is_conflict(w.code)) {
        rule.status = COSN_E_EXISTS;
    }
    if (call->key == NULL && reply->status == 404) {
        rule.detail = COSN_D_NO_BUCKET;
    }
    if (words_are_about_time(&w)) {
        rule.detail = COSN_D_AUTH;
    }
    if (echoes_secret(used, w.message)) {
        w.message = "";
    }
    if (echoes_secret(used, w.code)) {
        w.code = "";
    }
    char subject[256];
    refusal_subject(subject, sizeof(subject), c, call);
    fill_from_words(err, &rule, reply->status, subject, &w);
    return rule.status;
}

bool refusal_is_about_time(const struct cosn_http_reply *reply)
{
    COS_CLEANUP(cos_xml_free) struct cos_xml *doc = refusal_parse_body(reply);
    struct refusal_words w = words_of(doc, reply);
    return words_are_about_time(&w);
}
