/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a case takes along into the report: its journal and the tail of the log, neither with a
 * secret in it.
 */
#include "evidence.h"

#include "cosbase/alloc.h"
#include "cosmock/cosmock.h"
#include "env.h"
#include "lane.h"

#include <stdlib.h>
#include <string.h>

#define MAX_JOURNAL_BYTES ((size_t)64 << 20)
#define MAX_LOG_BYTES ((size_t)16 << 20)

/* ---- secrets ---- */

#define SHOWN_BYTES 16

/*
 * A window of @text that ends in a byte the secret does not have cannot be part of it, nor can
 * any window over that byte: most of a log is stepped over.
 */
bool evidence_shows(struct cos_span text, const char *secret)
{
    struct cos_span whole = cos_span_of(secret);
    bool has[256] = {false};
    if (whole.len <= SHOWN_BYTES) {
        return whole.len > 0 && cos_span_find(text, whole) != SIZE_MAX;
    }
    for (size_t i = 0; i < whole.len; i++) {
        has[(uint8_t)whole.ptr[i]] = true;
    }
    for (size_t at = 0; at + SHOWN_BYTES <= text.len;) {
        if (!has[(uint8_t)text.ptr[at + SHOWN_BYTES - 1]]) {
            at += SHOWN_BYTES;
        } else if (cos_span_find(whole, cos_span_sub(text, at, SHOWN_BYTES)) != SIZE_MAX) {
            return true;
        } else {
            at++;
        }
    }
    return false;
}

/* ---- the journal ---- */

char *evidence_journal(struct env *env, size_t max_lines, uint64_t *first_seq,
                       uint64_t *last_seq)
{
    struct cosmock_entry *entries = NULL;
    *first_seq = *last_seq = 0;
    if (env->tenant == NULL) {
        return NULL;
    }
    int64_t n = cosmock_journal_read(env->tenant, &entries, /* query= */ NULL);
    if (n <= 0) {
        (void)cosmock_entries_free(entries);
        return NULL;
    }
    *first_seq = entries[0].seq;
    *last_seq = entries[n - 1].seq;
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    cos_buf_init(&b, MAX_JOURNAL_BYTES);
    int64_t from = (uint64_t)n > max_lines ? n - (int64_t)max_lines : 0;
    for (int64_t i = from; i < n; i++) {
        char *line = cosmock_entry_json(&entries[i]);
        if (line != NULL) {
            cos_buf_str(&b, line);
            cos_buf_ch(&b, '\n');
        }
        free(line);
    }
    (void)cosmock_entries_free(entries);
    return cos_buf_take(&b);
}

/* What was allowed, and was not there, is no refusal. */
static bool is_refused(const struct cosmock_entry *e)
{
    return strcmp(e->authz, "deny") == 0 ||
           (e->http_status >= 400 && strcmp(e->authz, "allow") != 0);
}

const char *evidence_refusal(struct env *env)
{
    struct cosmock_entry *entries = NULL;
    const char *sentence = "";
    int64_t n = env->tenant != NULL ? cosmock_journal_read(env->tenant, &entries, NULL) : 0;
    for (int64_t i = n; i-- > 0 && sentence[0] == '\0';) {
        const struct cosmock_entry *e = &entries[i];
        const char *why = e->authz_reason[0] != '\0' ? e->authz_reason : e->detail;
        if (is_refused(e) && why[0] != '\0') {
            sentence = cos_arena_str(&env->arena, cos_span_of(why));
            sentence = sentence != NULL ? sentence : "";
        }
    }
    (void)cosmock_entries_free(entries);
    return evidence_text(env, sentence);
}

/* A key that ended, or that nobody knows, is another matter. */
static bool is_missigned(const struct cosmock_entry *e)
{
    static const char *const reasons[] = {"signature-differs", "outside-key-time",
                                          "outside-sign-time", "not-yet-valid",
                                          "unsigned-header",   "malformed"};
    for (size_t i = 0; i < COS_ARRAY_LEN(reasons); i++) {
        if (strcmp(e->authn, reasons[i]) == 0) {
            return true;
        }
    }
    return false;
}

bool evidence_missigned(struct env *env)
{
    struct cosmock_entry *entries = NULL;
    bool found = false;
    int64_t n = env->tenant != NULL ? cosmock_journal_read(env->tenant, &entries, NULL) : 0;
    for (int64_t i = 0; i < n && !found; i++) {
        found = is_missigned(&entries[i]);
    }
    (void)cosmock_entries_free(entries);
    return found;
}

/* ---- the log ---- */

char *evidence_log_tail(struct env *env, size_t max_bytes)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    cos_buf_init(&b, MAX_LOG_BYTES);
    if (env->lane->driver != NULL) {
        driver_log(env->lane->driver, &b);
    }
    /* A secret in the log is a finding, not something to print once more. */
    COS_CLEANUP(cos_buf_deinit) struct cos_buf clean = {0};
    cos_buf_init(&clean, max_bytes + 1);
    struct cos_span tail = cos_buf_view(&b);
    if (tail.len > max_bytes) {
        tail = cos_span_from(tail, tail.len - max_bytes);
    }
    for (size_t i = 0; i < env->n_canaries; i++) {
        if (evidence_shows(tail, env->canaries[i])) {
            cos_buf_str(&clean, "(the log holds a secret and is left out)");
            return cos_buf_take(&clean);
        }
    }
    cos_buf_span(&clean, tail);
    return cos_buf_take(&clean);
}

const char *evidence_text(const struct env *env, const char *text)
{
    for (size_t i = 0; text != NULL && i < env->n_canaries; i++) {
        if (evidence_shows(cos_span_of(text), env->canaries[i])) {
            return "(left out: it holds a secret)";
        }
    }
    return text != NULL ? text : "";
}

bool evidence_log_leaks(const struct env *env)
{
    if (env->lane->driver == NULL || env->secret_key == NULL) {
        return false;
    }
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    cos_buf_init(&b, MAX_LOG_BYTES);
    driver_log(env->lane->driver, &b);
    return evidence_shows(cos_buf_view(&b), env->secret_key);
}
