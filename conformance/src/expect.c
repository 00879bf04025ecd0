/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expectations: each says what was wanted and what was there, in words that stand alone in a
 * report.
 */
#include "expect.h"

#include "conf.h"
#include "cosbase/codec.h"
#include "cosbase/digest.h"
#include "cosbase/json.h"
#include "cosmock/cosmock.h"
#include "env.h"
#include "evidence.h"
#include "fixture.h"
#include "journal.h"
#include "op.h"
#include "outcome.h"
#include "reply.h"
#include "world.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- answers ---- */

void expect_ok(struct env *env, const struct reply *r)
{
    if (!reply_ok(r)) {
        case_fail(env, "wanted success, got %s: %s", reply_class(r), reply_message(r));
    }
}

static bool is_one_of(const char *class_name, const char *classes)
{
    struct cos_span rest = cos_span_of(classes);
    while (rest.ptr != NULL) {
        if (cos_span_eq_str(cos_span_cut(&rest, '|'), class_name)) {
            return true;
        }
    }
    return false;
}

static void judge_class(struct env *env, const struct reply *r, const char *classes)
{
    if (is_one_of(reply_class(r), classes)) {
        return;
    }
    if (reply_is_typed(r)) {
        case_fail(env, "wanted the error %s, got %s: %s", classes, reply_class(r),
                  reply_message(r));
    }
    case_info(env, "class guessed from text: got %s, wanted %s", reply_class(r), classes);
}

void expect_error(struct env *env, const struct reply *r, const char *classes)
{
    if (reply_ok(r)) {
        case_fail(env, "wanted the error %s, but the subject answered ok", classes);
    }
    judge_class(env, r, classes);
    /* A refusal of the right kind is an answer, with or without traffic. */
    env->may_be_quiet = true;
    op_ping(env);
}

/* ---- refusals, and why ---- */

void control_ok(struct env *env, const struct reply *r)
{
    if (!reply_ok(r)) {
        case_fail(env, "control: this must be fine before it can be refused, got %s: %s",
                  reply_class(r), reply_message(r));
    }
}

static bool is_denied(const struct cosmock_entry *e)
{
    return (strcmp(e->authz, "deny") == 0 && e->http_status >= 400) ||
           strstr(e->failed_keys, "AccessDenied") != NULL;
}

static bool is_dead(const struct cosmock_entry *e)
{
    return strcmp(e->key_state, "expired") == 0 && e->http_status >= 400;
}

/* An error whose reason stands in the journal. */
static void expect_error_by(struct env *env, const struct reply *r, const char *op,
                            bool (*is_reason)(const struct cosmock_entry *e), const char *what)
{
    if (reply_ok(r)) {
        case_fail(env, "wanted an error, but the subject answered ok");
    }
    struct journal j = journal_of(env, op);
    const struct cosmock_entry *other = NULL;
    for (size_t i = 0; i < j.n; i++) {
        if (is_reason(&j.e[i])) {
            op_ping(env);
            return;
        }
        other = j.e[i].http_status >= 400 ? &j.e[i] : other;
    }
    case_fail(env, "wanted a %s that was refused %s; %s%s%s%s", op != NULL ? op : "request",
              what,
              j.n == 0        ? "the journal shows none"
              : other == NULL ? "none was refused"
                              : "it was refused for another reason: ",
              other != NULL ? other->code : "",
              other != NULL && other->detail[0] != '\0' ? ", " : "",
              other != NULL ? other->detail : "");
}

void expect_denied(struct env *env, const struct reply *r, const char *op)
{
    expect_error_by(env, r, op, is_denied, "by a policy");
}

void expect_expired(struct env *env, const struct reply *r, const char *op)
{
    expect_error_by(env, r, op, is_dead, "with a dead token");
}

void expect_refused(struct env *env, const struct reply *r, const char *classes)
{
    if (!reply_ok(r)) {
        expect_error(env, r, classes);
    } else if (reply_json(r, "result") == NULL || reply_bool(r, "result")) {
        case_fail(env, "wanted a refusal, 'result' false or the error %s, but it was done",
                  classes);
    }
}

void expect_message_has(struct env *env, const struct reply *r, const char *text)
{
    if (strstr(reply_message(r), text) == NULL) {
        case_fail(env, "the message does not mention '%s': %s", text, reply_message(r));
    }
}

int64_t op_fs(struct env *env, const char *who, struct conf *c, const char *uri)
{
    expect_ok(env, op_configure(env, who, c));
    const struct reply *r = op_open(env, who, uri);
    expect_ok(env, r);
    return reply_i64(r, "fs");
}

/* ---- values ---- */

void expect_true(struct env *env, bool holds, const char *fmt, ...)
{
    if (holds) {
        return;
    }
    va_list ap;
    va_start(ap, fmt);
    case_vfail(env, fmt, ap);
}

void expect_i64(struct env *env, const char *what, int64_t got, int64_t want)
{
    if (got != want) {
        case_fail(env, "%s: wanted %lld, got %lld", what, (long long)want, (long long)got);
    }
}

void expect_between(struct env *env, const char *what, int64_t got, int64_t low, int64_t high)
{
    if (got < low || got > high) {
        case_fail(env, "%s: wanted %lld to %lld, got %lld", what, (long long)low,
                  (long long)high, (long long)got);
    }
}

void expect_str(struct env *env, const char *what, const char *got, const char *want)
{
    if (got == NULL || strcmp(got, want) != 0) {
        case_fail(env, "%s: wanted '%s', got '%s'", what, want, got != NULL ? got : "(none)");
    }
}

void expect_has(struct env *env, const char *what, const char *text, const char *needle)
{
    if (text == NULL || strstr(text, needle) == NULL) {
        case_fail(env, "%s: '%s' is not in '%.600s'", what, needle,
                  text != NULL ? text : "(none)");
    }
}

void expect_lacks(struct env *env, const char *what, const char *text, const char *needle)
{
    if (text != NULL && strstr(text, needle) != NULL) {
        case_fail(env, "%s: '%s' should not be in '%.600s'", what, needle, text);
    }
}

static bool same_json(const struct cos_json *a, const struct cos_json *b)
{
    if (cos_json_kind(a) != cos_json_kind(b) || cos_json_count(a) != cos_json_count(b)) {
        return false;
    }
    const struct cos_json *ca = cos_json_first(a), *cb = cos_json_first(b);
    switch (cos_json_kind(a)) {
    case COS_JSON_OBJECT:
        for (; ca != NULL; ca = cos_json_next(ca)) {
            if (!same_json(ca, cos_json_get(b, cos_json_name(ca)))) {
                return false;
            }
        }
        return true;
    case COS_JSON_ARRAY:
        for (; ca != NULL; ca = cos_json_next(ca), cb = cos_json_next(cb)) {
            if (!same_json(ca, cb)) {
                return false;
            }
        }
        return true;
    case COS_JSON_STRING:
        return strcmp(cos_json_str(a), cos_json_str(b)) == 0;
    case COS_JSON_NUMBER: {
        double difference = cos_json_double(a, 0) - cos_json_double(b, 0);
        return difference > -1e-9 && difference < 1e-9;
    }
    case COS_JSON_BOOL:
        return cos_json_bool(a, false) == cos_json_bool(b, false);
    case COS_JSON_NULL:
        return true;
    }
    return false;
}

void expect_same_json(struct env *env, const char *what, const char *got, const char *want)
{
    struct cos_json *a = NULL, *b = NULL;
    struct cos_text_error err;
    bool readable = cos_json_parse(&a, cos_span_of(got), &COS_JSON_LIMITS_DEFAULT, &err) == 0 &&
                    cos_json_parse(&b, cos_span_of(want), &COS_JSON_LIMITS_DEFAULT, &err) == 0;
    bool same = readable && same_json(a, b);
    (void)cos_json_free(a);
    (void)cos_json_free(b);
    if (!same) {
        case_fail(env, "%s: wanted the JSON %s, got %s", what, want,
                  got != NULL ? got : "(none)");
    }
}

/* ---- lists ---- */

/* "/a/b/c" -> "c", and "c/" for a directory. */
static const char *entry_name(struct env *env, const struct cos_json *entry)
{
    const char *path = cos_json_str(cos_json_get(entry, "path"));
    if (path == NULL) {
        case_fail(env, "a list entry has no path");
    }
    struct cos_span p = cos_span_of(path);
    if (p.len > 1 && p.ptr[p.len - 1] == '/') {
        p.len--;
    }
    size_t slash = cos_span_rchr(p, '/');
    if (slash != SIZE_MAX) {
        p = cos_span_from(p, slash + 1);
    }
    bool is_dir = cos_json_bool(cos_json_get(entry, "is_dir"), false);
    return env_text(env, COS_SPAN_FMT "%s", COS_SPAN_ARG(p), is_dir ? "/" : "");
}

void expect_listing(struct env *env, const struct reply *r, const char *const names[], size_t n)
{
    expect_ok(env, r);
    const struct cos_json *entries = reply_json(r, "entries");
    bool *seen = env_alloc(env, n * sizeof(*seen));
    for (const struct cos_json *e = cos_json_first(entries); e != NULL; e = cos_json_next(e)) {
        const char *name = entry_name(env, e);
        size_t i = 0;
        while (i < n && strcmp(names[i], name) != 0) {
            i++;
        }
        if (i == n) {
            case_fail(env, "the list holds '%s', which is no child", name);
        }
        if (seen[i]) {
            case_fail(env, "the list holds '%s' twice", name);
        }
        seen[i] = true;
    }
    for (size_t i = 0; i < n; i++) {
        if (!seen[i]) {
            case_fail(env, "the list of %zu entries lacks '%s'", cos_json_count(entries),
                      names[i]);
        }
    }
}

/*
 * The path of child @i of env_put_many(prefix, suffix): the suffix counts up to its first
 * slash.
 */
static int many_path(char *out, size_t cap, const char *start, const char *prefix,
                     const char *suffix, unsigned i)
{
    const char *slash = strchr(suffix, '/');
    int suffix_len = slash != NULL ? (int)(slash - suffix) : (int)strlen(suffix);
    return snprintf(out, cap, "%s%s%05u%.*s", start, prefix, i, suffix_len, suffix);
}

static const char *many_sha256(struct env *env, const char *start, const char *prefix,
                               const char *suffix, unsigned n)
{
    struct cos_digest d = {0};
    if (!cos_digest_init(&d, COS_SHA256)) {
        env_out_of_memory(env);
    }
    for (unsigned i = 0; i < n; i++) {
        char path[1200];
        int len = many_path(path, sizeof(path), start, prefix, suffix, i);
        cos_digest_update(&d, path, (size_t)len);
        cos_digest_update(&d, "\n", 1);
    }
    uint8_t sum[COS_DIGEST_MAX_BYTES];
    size_t len = cos_digest_final(&d, sum);
    cos_digest_deinit(&d);
    char *hex = env_alloc(env, 2 * COS_DIGEST_MAX_BYTES + 1);
    cos_hex_encode(hex, sum, len);
    return hex;
}

static void expect_spelled_many(struct env *env, const struct reply *r, const char *prefix,
                                const char *suffix, unsigned n)
{
    const char **names = env_alloc(env, (n + 1) * sizeof(*names));
    bool dirs = strchr(suffix, '/') != NULL;
    for (unsigned i = 0; i < n; i++) {
        char path[1200];
        (void)many_path(path, sizeof(path), "/", prefix, suffix, i);
        names[i] = env_text(env, "%s%s", strrchr(path, '/') + 1, dirs ? "/" : "");
    }
    expect_listing(env, r, names, n);
}

void expect_listing_many(struct env *env, const struct reply *r, const char *prefix,
                         const char *suffix, unsigned n)
{
    expect_ok(env, r);
    expect_i64(env, "number of entries in the list", reply_i64(r, "count"), n);
    if (reply_json(r, "entries") != NULL) {
        expect_spelled_many(env, r, prefix, suffix, n);
        return;
    }
    /* Paths are absolute in the bucket, or whole URIs: both are correct. */
    const char *got = reply_str(r, "sha256_of_sorted_paths");
    const char *plain = many_sha256(env, "/", prefix, suffix, n);
    const char *whole =
        many_sha256(env, env_text(env, "cosn://%s/", env_bucket(env)), prefix, suffix, n);
    if (strcmp(got, plain) != 0 && strcmp(got, whole) != 0) {
        case_fail(env, "the list has %u entries, but not the ones in the store", n);
    }
}

/* ---- the store ---- */

void expect_stored_gen(struct env *env, const char *key, uint64_t seed, size_t bytes)
{
    if (env_stored_is_gen(env, key, seed, bytes)) {
        return; /* digests are for those who read a report */
    }
    expect_i64(env, env_text(env, "length of the object %s", key), env_stored_bytes(env, key),
               (int64_t)bytes);
    expect_str(env, env_text(env, "SHA-256 of the object %s", key), env_stored_sha256(env, key),
               env_gen_sha256(env, seed, bytes));
}

void expect_stored_text(struct env *env, const char *key, const char *text)
{
    expect_str(env, env_text(env, "content of the object %s", key), env_stored_text(env, key),
               text);
}

void expect_not_stored(struct env *env, const char *key)
{
    if (env_stored(env, key)) {
        case_fail(env, "the object %s stands in the store and should not", key);
    }
}

/* ---- secrets ---- */

/* The permanent secret in a log is SEC-001, and SEC-001 alone: one defect, one FAIL. */
static bool is_permanent(const struct env *env, const char *secret)
{
    return strcmp(secret, env->secret_key) == 0 || strcmp(secret, env->sub_key) == 0;
}

/* So much of a secret as may be shown. */
static const char *hint_of(struct env *env, const char *secret)
{
    return env_text(env, "(%.4s..., %zu bytes)", secret, strlen(secret));
}

void expect_no_leak_in_replies(struct env *env)
{
    for (size_t i = 0; i < env->n_canaries; i++) {
        const char *secret = env->canaries[i];
        if (evidence_shows(cos_buf_view(&env->outputs), secret)) {
            case_fail(env, "a secret %s stands in a reply of the subject",
                      hint_of(env, secret));
        }
    }
}

void expect_no_leak(struct env *env)
{
    const char *log = env_log(env);
    for (size_t i = 0; i < env->n_canaries; i++) {
        const char *secret = env->canaries[i];
        if (!is_permanent(env, secret) && evidence_shows(cos_span_of(log), secret)) {
            case_fail(env, "a secret %s stands in the subject's log", hint_of(env, secret));
        }
    }
    expect_no_leak_in_replies(env);
}
