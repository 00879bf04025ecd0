/* SPDX-License-Identifier: Apache-2.0 */
/* One journal entry as JSON: the form of the control API, of the evidence file and of golden
 * journals. What is left out says the table in cosmock/journal.h. */
#include "cosmock/journal.h"

#include "cosbase/json.h"

/* A multi-delete asks 1000 questions with a key each, and an escape makes six bytes of one. */
#define ENTRY_MAX_BYTES (16u << 20)

static void write_text(struct cos_jw *w, const char *name, const char *value, bool is_always)
{
    if (is_always || (value != NULL && value[0] != '\0')) {
        cos_jw_str(w, name, value);
    }
}

static void write_i64(struct cos_jw *w, const char *name, int64_t value, bool is_always)
{
    if (is_always || value != 0) {
        cos_jw_i64(w, name, value);
    }
}

static void write_u64(struct cos_jw *w, const char *name, uint64_t value, bool is_always)
{
    if (is_always || value != 0) {
        cos_jw_u64(w, name, value);
    }
}

static void write_bool(struct cos_jw *w, const char *name, bool value, bool is_always)
{
    if (is_always || value) {
        cos_jw_bool(w, name, value);
    }
}

#define WRITE_TEXT write_text
#define WRITE_I64 write_i64
#define WRITE_INT write_i64
#define WRITE_U64 write_u64
#define WRITE_BOOL write_bool
#define IS_ALWAYS true
#define IS_SET false
#define WRITE_FIELD(type, member, name, when) WRITE_##type(&w, name, entry->member, IS_##when);

static void write_questions(struct cos_jw *w, const struct cosmock_entry *e)
{
    cos_jw_array(w, "questions");
    for (size_t i = 0; i < e->n_questions; i++) {
        const struct cosmock_question *q = &e->questions[i];
        cos_jw_object(w, NULL);
        cos_jw_str(w, "action", q->action);
        cos_jw_str(w, "resource", q->resource);
        cos_jw_bool(w, "allowed", q->allowed);
        cos_jw_str(w, "layer", q->layer);
        if (q->statement >= 0) {
            cos_jw_str(w, "policy", q->policy);
            cos_jw_i64(w, "statement", q->statement);
        }
        if (q->context != NULL && q->context[0] != '\0') {
            cos_jw_raw(w, "context", cos_span_of(q->context));
        }
        cos_jw_end(w);
    }
    cos_jw_end(w);
}

char *cosmock_entry_json(const struct cosmock_entry *entry)
{
    struct cos_buf out;
    struct cos_jw w;
    cos_buf_init(&out, ENTRY_MAX_BYTES);
    cos_jw_init(&w, &out);
    cos_jw_object(&w, NULL);
    COSMOCK_ENTRY_FIELDS(WRITE_FIELD)
    if (entry->n_questions > 0) {
        write_questions(&w, entry);
    }
    cos_jw_end(&w);
    char *json = cos_buf_take(&out);
    cos_buf_deinit(&out);
    return json;
}
