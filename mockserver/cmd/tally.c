/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counting. What is a failure: every answer from 400 on and every one with an error code (STS
 * says so with a 200), a connection that ended without an answer, and each key of a
 * multi-delete that stays. What is none: a HEAD that finds nothing, which is how SDKs ask
 * whether something is there (24,119 calls of the Hadoop contract tests have 9,921 of them),
 * and a redirect, whose code is what a website or an origin made it of.
 *
 * Failures with the same operation, code and cause are one row whatever the key, because a
 * client that retries, or walks through a thousand keys, would bury everything else.
 */
#include "tally.h"

#include "cosbase/alloc.h"
#include "cosbase/buf.h"

#define STRINGS_MAX_BYTES (8u << 20)

struct tally *tally_new(void)
{
    struct tally *t = cos_calloc(1, sizeof(*t));

    if (t != NULL) {
        (void)pthread_mutex_init(&t->lock, NULL);
        cos_arena_init(&t->arena, STRINGS_MAX_BYTES);
    }
    return t;
}

struct tally *tally_free(struct tally *tally)
{
    if (tally != NULL) {
        (void)pthread_mutex_destroy(&tally->lock);
        cos_arena_deinit(&tally->arena);
        cos_free(tally->ops);
    }
    return cos_free(tally);
}

static const char *keep(struct tally *t, const char *text)
{
    const char *kept = cos_arena_str(&t->arena, cos_span_of(text));

    return kept == NULL ? "" : kept;
}

/* ---- one entry ---- */

static bool is_absent(const struct cosmock_entry *e)
{
    bool is_object_without_bucket =
        strcmp(e->op, "HeadObject") == 0 && strcmp(e->code, "NoSuchBucket") == 0;

    return strcmp(e->method, "HEAD") == 0 && e->http_status == 404 && e->fault[0] == '\0' &&
           !is_object_without_bucket;
}

static bool is_failed(const struct cosmock_entry *e)
{
    return e->http_status == 0 || e->http_status >= 400 ||
           (e->code[0] != '\0' && e->http_status / 100 != 3);
}

/* COS says no with 403, STS with 200; an enforcement that is off or soft lets pass what is not
 * right, and then something else is the failure. */
static bool is_denied(const struct cosmock_entry *e)
{
    bool says_no = e->http_status == 401 || e->http_status == 403 || e->http_status == 200;
    bool is_known = strcmp(e->authn, "ok") == 0 || strcmp(e->authn, "anonymous") == 0 ||
                    e->authn[0] == '\0';

    return says_no && (!is_known || strcmp(e->authz, "deny") == 0);
}

static enum failure_kind kind_of(const struct cosmock_entry *e)
{
    if (e->fault[0] != '\0') {
        return FAILED_BY_FAULT;
    }
    if (strcmp(e->authn, "tls-handshake") == 0) {
        return FAILED_TLS;
    }
    if (strcmp(e->code, "NotImplemented") == 0) {
        return FAILED_NOT_BUILT;
    }
    if (strncmp(e->authn, "malformed", strlen("malformed")) == 0) {
        return FAILED_MALFORMED;
    }
    if (strcmp(e->code, "NoSuchBucket") == 0) {
        return FAILED_NO_BUCKET;
    }
    return is_denied(e) ? FAILED_DENIED : FAILED_OTHERWISE;
}

static const char *first_said(const char *a, const char *b, const char *c)
{
    return a[0] != '\0' ? a : b[0] != '\0' ? b : c;
}

static const char *cause_of(const struct cosmock_entry *e, enum failure_kind kind)
{
    switch (kind) {
    case FAILED_NO_BUCKET:
        return "no world has this bucket; --world FILE takes one that has ('cosmock world' "
               "prints "
               "a start)";
    case FAILED_TLS:
        return first_said(e->detail,
                          "the client ended the handshake, as it does when it does "
                          "not trust $COSMOCK_CA",
                          "");
    case FAILED_BY_FAULT:
        return first_said(e->message, "a fault asked for it", "");
    case FAILED_DENIED:
        return strcmp(e->authz, "deny") == 0 && e->authz_reason[0] != '\0'
                   ? e->authz_reason
                   : first_said(e->detail, e->message, e->authn);
    case FAILED_NOT_BUILT:
    case FAILED_MALFORMED:
    case FAILED_OTHERWISE:
        break;
    }
    return e->http_status == 0 ? "the connection ended before an answer"
                               : first_said(e->detail, e->message, e->code);
}

/* ---- rows ---- */

static struct op_row *op_of(struct tally *t, const char *service, const char *op)
{
    for (size_t i = 0; i < t->n_ops; i++) {
        if (strcmp(t->ops[i].op, op) == 0 && strcmp(t->ops[i].service, service) == 0) {
            return &t->ops[i];
        }
    }
    if (t->n_ops == t->cap_ops) {
        size_t cap = t->cap_ops == 0 ? 32 : 2 * t->cap_ops;
        struct op_row *grown = cos_realloc_array(t->ops, cap, sizeof(*grown));

        if (grown == NULL) {
            return NULL;
        }
        t->ops = grown;
        t->cap_ops = cap;
    }
    t->ops[t->n_ops] = (struct op_row){.service = keep(t, service), .op = keep(t, op)};
    return &t->ops[t->n_ops++];
}

/* @text with "*" for each "/<key>" in it. */
static void write_pattern(struct cos_buf *out, const char *text, const char *key)
{
    size_t n = strlen(key);
    const char *from = text;

    for (const char *at = text; n > 0 && (at = strstr(at, key)) != NULL; at += n) {
        if (at > text && at[-1] == '/') {
            cos_buf_append(out, from, (size_t)(at - from));
            cos_buf_ch(out, '*');
            from = at + n;
        }
    }
    cos_buf_str(out, from);
}

/* What one failure is made of; borrowed. */
struct failure {
    enum failure_kind kind;
    const struct cosmock_entry *entry;
    const char *code, *key, *cause;
    uint64_t times;
};

static void write_place(struct cos_buf *out, const struct failure *f)
{
    const struct cosmock_entry *e = f->entry;

    cos_buf_str(out, e->bucket[0] != '\0' ? e->bucket : e->host);
    if (f->key[0] != '\0') {
        cos_buf_ch(out, '/');
        cos_buf_str(out, f->key);
    }
}

static bool is_same(const struct failure_row *row, const struct failure *f, const char *pattern)
{
    return row->kind == f->kind && row->http_status == f->entry->http_status &&
           strcmp(row->op, f->entry->op) == 0 && strcmp(row->code, f->code) == 0 &&
           strcmp(row->pattern, pattern) == 0;
}

static void add_failure(struct tally *t, const struct failure *f, const char *place,
                        const char *pattern)
{
    for (size_t i = 0; i < t->n_failures; i++) {
        struct failure_row *row = &t->failures[i];

        if (is_same(row, f, pattern)) {
            row->times += f->times;
            row->has_other_places = row->has_other_places || strcmp(row->place, place) != 0;
            return;
        }
    }
    if (t->n_failures == TALLY_FAILURES) {
        t->more_failures += f->times;
        return;
    }
    t->failures[t->n_failures++] = (struct failure_row){
        .kind = f->kind,
        .op = keep(t, f->entry->op),
        .code = keep(t, f->code),
        .http_status = f->entry->http_status,
        .place = keep(t, place),
        .cause = keep(t, f->cause),
        .pattern = keep(t, pattern),
        .times = f->times,
    };
}

static void count_failure(struct tally *t, const struct failure *f)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf place;
    cos_buf_init(&place, 64u << 10);
    COS_CLEANUP(cos_buf_deinit) struct cos_buf pattern;
    cos_buf_init(&pattern, 64u << 10);
    write_place(&place, f);
    write_pattern(&pattern, f->cause, f->key);
    if (f->kind == FAILED_NO_BUCKET || f->kind == FAILED_TLS) { /* each by its name */
        cos_buf_str(&pattern, f->entry->bucket);
        cos_buf_str(&pattern, f->entry->host);
    }
    t->by_kind[f->kind] += f->times;
    add_failure(t, f, cos_buf_cstr(&place), cos_buf_cstr(&pattern));
}

/* One line of failed_keys: "<how many> <code>: <first key>: <why>". */
static void count_failed_keys(struct tally *t, const struct cosmock_entry *e,
                              struct cos_span line)
{
    struct cos_span rest = line;
    struct cos_span number = cos_span_cut(&rest, ' ');
    struct cos_span code = cos_span_cut(&rest, ':');
    uint64_t times = 0;

    (void)cos_span_u64(number, &times);
    COS_CLEANUP(cos_buf_deinit) struct cos_buf words;
    cos_buf_init(&words, 64u << 10);
    cos_buf_span(&words, code);
    cos_buf_ch(&words, '\0');
    cos_buf_span(&words, cos_span_trim(rest));
    if (words.failed || times == 0) {
        return;
    }
    count_failure(t, &(struct failure){
                         .kind = cos_span_eq_str(code, "AccessDenied") ? FAILED_DENIED
                                                                       : FAILED_OTHERWISE,
                         .entry = e,
                         .code = cos_buf_cstr(&words),
                         .key = "",
                         .cause = cos_buf_cstr(&words) + code.len + 1,
                         .times = times,
                     });
}

static void count_names(struct tally *t, struct name_row *rows, size_t *n, const char *list)
{
    for (struct cos_span rest = cos_span_of(list); rest.len > 0;) {
        struct cos_span name = cos_span_cut(&rest, ';');
        size_t i = 0;

        while (i < *n && !cos_span_eq_str(name, rows[i].name)) {
            i++;
        }
        if (i == TALLY_NAMES) {
            continue;
        }
        if (i == *n) {
            const char *kept = cos_arena_str(&t->arena, name);

            rows[(*n)++] = (struct name_row){.name = kept == NULL ? "" : kept};
        }
        rows[i].times++;
    }
}

static void count_entry(struct tally *t, const struct cosmock_entry *e)
{
    struct op_row *op = op_of(t, e->service, e->op);
    bool failed = false;

    if (is_absent(e)) {
        t->absent++;
    } else if (is_failed(e)) {
        enum failure_kind kind = kind_of(e);

        failed = true;
        count_failure(t, &(struct failure){kind, e, e->code, e->key, cause_of(e, kind), 1});
    }
    for (struct cos_span rest = cos_span_of(e->failed_keys); rest.len > 0; failed = true) {
        count_failed_keys(t, e, cos_span_cut(&rest, '\n'));
    }
    count_names(t, t->ignored, &t->n_ignored, e->ignored);
    count_names(t, t->unknown, &t->n_unknown, e->unknown);
    t->calls++;
    t->failed += failed ? 1 : 0;
    if (op != NULL) {
        op->calls++;
        op->failed += failed ? 1 : 0;
    } else {
        t->arena.failed = true;
    }
}

void tally_tenant(void *tally, struct cosmock_tenant *t)
{
    struct tally *into = tally;
    struct cosmock_entry *entries = NULL;
    int64_t n = cosmock_journal_read(t, &entries, /* query= */ NULL);

    (void)pthread_mutex_lock(&into->lock);
    into->dropped += cosmock_journal_dropped(t);
    into->arena.failed = into->arena.failed || n < 0;
    for (int64_t i = 0; i < n; i++) {
        count_entry(into, &entries[i]);
    }
    (void)pthread_mutex_unlock(&into->lock);
    (void)cosmock_entries_free(entries);
}
