/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The birth of a mock, with what the world cannot know by itself (world/readers.h): what a
 * bucket's configuration may hold, and what a fault is called. A configuration of a world file
 * is held against the table that PUT is held against, and kept as PUT keeps it; what speaks of
 * other buckets is asked about those of the file.
 */
#include "world/readers.h"

#include "services/clock_work.h"
#include "services/documents.h"
#include "services/fault_words.h"
#include "store/rows.h"
#include "world/fail.h"
#include "world/mock.h"

static const struct document *document_of(enum bucket_document which)
{
    static const struct document *const all[] = {
        &document_accelerate,
        &document_cors,
        &document_domain,
        &document_encryption,
        &document_intelligent_tiering,
        &document_lifecycle,
        &document_logging,
        &document_object_lock,
        &document_origin,
        &document_referer,
        &document_replication,
        &document_strict_signature,
        &document_tagging,
        &document_website,
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(all); i++) {
        if (all[i]->which == which) {
            return all[i];
        }
    }
    return NULL;
}

static bool check(const struct document *d, const struct document_said *said,
                  struct cos_buf *out, char why[READER_WHY_BYTES])
{
    const struct document_form *form = &d->form;
    struct cos_span text = said->text;
    struct cos_xml_limits limits = COS_XML_LIMITS_DEFAULT;
    struct cos_text_error error;
    struct complaint c;
    size_t most = form->max_bytes == 0 ? DOCUMENT_MAX_BYTES : form->max_bytes;
    COS_CLEANUP(cos_xml_free) struct cos_xml *xml = NULL;
    if (text.len > most) {
        (void)snprintf(why, READER_WHY_BYTES, "%zu bytes; at most %zu are allowed", text.len,
                       most);
    } else if (cos_xml_parse(&xml, text, &limits, &error) < 0) {
        (void)snprintf(why, READER_WHY_BYTES, "line %u column %u of its text: %s", error.line,
                       error.column, error.message);
    } else if (strcmp(cos_xml_name(xml), form->root->name) != 0) {
        (void)snprintf(why, READER_WHY_BYTES, "its element is <%.40s>, not <%s>",
                       cos_xml_name(xml), form->root->name);
    } else if (!schema_check(form->root, xml, &c) ||
               (form->rules != NULL && !form->rules(xml, &c)) ||
               !schema_knows(form->root, xml, &c) ||
               (d->fits != NULL && !d->fits(said->near, xml, &c))) {
        (void)snprintf(why, READER_WHY_BYTES, "%s", c.text);
    } else {
        schema_write(form->root, xml, out);
        return true;
    }
    return false;
}

static bool read_document(struct cosmock_tenant *t, struct batch *batch,
                          const struct document_said *said, struct cos_buf *out,
                          char why[READER_WHY_BYTES])
{
    const struct document *d = document_of(said->which);
    if (d == NULL) {
        (void)snprintf(why, READER_WHY_BYTES, "no such configuration here");
        return false;
    }
    if (!check(d, said, out, why)) {
        return false;
    }
    if (d->acts_by_clock) {
        clock_work_plan(batch, t, cosmock_clock_now_unix_ms(t, COSMOCK_CLOCK_MODIFICATION));
    }
    return true;
}

static void keep_beside(struct cosmock_tenant *t, struct batch *batch, const struct bucket *b,
                        enum bucket_document which)
{
    const struct document *d = document_of(which);
    if (d != NULL && d->also_keeps != NULL) {
        d->also_keeps(batch, b, cosmock_clock_now_unix_ms(t, COSMOCK_CLOCK_MODIFICATION));
    }
}

/* --- faults --- */

static const struct fault_member *member_named(struct cos_span name)
{
    for (const struct fault_member *m = fault_members(); m->name != NULL; m++) {
        if (cos_span_eq_str(name, m->name)) {
            return m;
        }
    }
    return NULL;
}

/* World files have their texts with a NUL behind them. */
static bool set_member(struct cosmock_fault *f, const struct row_pair *member,
                       char why[READER_WHY_BYTES])
{
    const struct fault_member *m = member_named(member->name);
    int64_t number;
    if (m == NULL) {
        (void)snprintf(why, READER_WHY_BYTES,
                       "unknown key '" COS_SPAN_FMT "' in a fault (docs/CONTROL-API.md)",
                       COS_SPAN_ARG(cos_span_sub(member->name, 0, 40)));
        return false;
    }
    switch (m->kind) {
    case FAULT_KIND:
        if (fault_kind_named(member->value, &f->kind)) {
            return true;
        }
        (void)snprintf(why, READER_WHY_BYTES, "'kind' of a fault must be %s", fault_kinds_line);
        return false;
    case FAULT_TEXT:
        fault_set_text(f, m, member->value.ptr);
        return true;
    case FAULT_NUMBER:
        break;
    }
    if (!cos_span_i64(member->value, &number) || number < m->least || number > m->most) {
        (void)snprintf(why, READER_WHY_BYTES,
                       "'%s' of a fault must be a whole number from %lld to %lld", m->name,
                       (long long)m->least, (long long)m->most);
        return false;
    }
    fault_set_number(f, m, number);
    return true;
}

static int read_fault(struct cosmock_tenant *t, const struct row_pair *members, size_t n,
                      char why[READER_WHY_BYTES])
{
    struct cosmock_fault fault = COSMOCK_FAULT_INIT;
    struct cosmock_error err;
    bool has_kind = false;
    for (size_t i = 0; i < n; i++) {
        has_kind = has_kind || cos_span_eq_str(members[i].name, "kind");
        if (!set_member(&fault, &members[i], why)) {
            return COSMOCK_E_INVALID;
        }
    }
    if (!has_kind) {
        (void)snprintf(why, READER_WHY_BYTES, "missing key 'kind': %s", fault_kinds_line);
        return COSMOCK_E_INVALID;
    }
    int r = t == NULL ? fault_check(&fault, &err)
                      : cosmock_fault_push(t, &fault, /* out_id= */ NULL, &err);
    if (r < 0) {
        (void)snprintf(why, READER_WHY_BYTES, "%.*s", READER_WHY_BYTES - 1, err.message);
    }
    return r;
}

static const struct world_readers readers = {read_document, keep_beside, read_fault};

int cosmock_new(struct cosmock **out, const struct cosmock_options *options,
                struct cosmock_error *err)
{
    return mock_new(out, options, &readers, err);
}
