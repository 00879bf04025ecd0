/* SPDX-License-Identifier: Apache-2.0 */
/* One journal entry as JSON: the form of the control API, of the evidence file and of golden journals. What is left out says the table in cosmock/journal.h. */
#include "cosmock/journal.h"

#include "cosbase/json.h"

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

char *cosmock_entry_json(const struct cosmock_entry *entry)
{
    struct cos_buf out;
    struct cos_jw w;
    cos_buf_init(&out, 1u << 20);
    cos_jw_init(&w, &out);
    cos_jw_object(&w, NULL);
    COSMOCK_ENTRY_FIELDS(WRITE_FIELD)
    cos_jw_end(&w);
    char *json = cos_buf_take(&out);
    cos_buf_deinit(&out);
    return json;
}
