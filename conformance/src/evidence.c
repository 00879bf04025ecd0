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
        if (cos_span_find(tail, cos_span_of(env->canaries[i])) != SIZE_MAX) {
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
        if (strstr(text, env->canaries[i]) != NULL) {
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
    return cos_span_find(cos_buf_view(&b), cos_span_of(env->secret_key)) != SIZE_MAX;
}
