/* SPDX-License-Identifier: Apache-2.0 */
/*
 * No header or parameter that a document names is ignored in silence: it has its effect, or it
 * is refused by name, or the answer carries x-cosmock-note and the journal lists it. Which is
 * which is said by two tables: what a name speaks of (services/names.c), and what an operation
 * heeds (services/ops.c). Of HTTP's own headers the store gives some a meaning for some
 * requests; those that describe a body mean nothing where none is written, and browsers send
 * them.
 *
 * Who is refused for another reason learns of his names all the same. A preflight is not asked:
 * it repeats the target of the request that follows.
 */
#include "journey/stages.h"

#include "exchange/form.h"
#include "services/names.h"

#define NAME_MAX_BYTES 64
#define TEXT_MAX_BYTES (16u << 10)

static void add(struct cosmock_exchange *x, bool is_known, struct unheeded_name name)
{
    if (x->unheeded == NULL) {
        x->unheeded = cos_arena_alloc(&x->arena, sizeof(*x->unheeded));
        if (x->unheeded == NULL) {
            return; /* the arena knows */
        }
        x->unheeded->ignored.n = 0;
        x->unheeded->unknown.n = 0;
    }
    struct unheeded_list *list = is_known ? &x->unheeded->ignored : &x->unheeded->unknown;
    if (list->n < UNHEEDED_MAX) {
        list->items[list->n] = name;
    }
    list->n += list->n <= UNHEEDED_MAX;
}

void unheeded_header(struct cosmock_exchange *x, struct cos_span name, const char *why)
{
    add(x, /* is_known= */ true, (struct unheeded_name){name, /* is_param= */ false, why});
}

/* An operation that is not built heeds nothing, and says so itself. */
static bool is_heeded(const struct cosmock_exchange *x, const struct known_name *row)
{
    const struct op_row *op = x->route.op;
    return op == NULL || op->execute == NULL || row->theme == THEME_SIGNATURE ||
           (op->heeds & HEEDS(row->theme)) != 0;
}

static bool writes_nothing(const struct cosmock_exchange *x)
{
    return cos_span_eq_str(x->parts.method, "GET") ||
           cos_span_eq_str(x->parts.method, "HEAD") ||
           cos_span_eq_str(x->parts.method, "DELETE");
}

/* S3 writes only if there is no such object yet; nobody has told what COS does then
 * (cos-s3.md s.4.5). */
static bool is_condition_refused(const struct cosmock_exchange *x, const struct known_name *row)
{
    return row->theme == THEME_CONDITIONS && !writes_nothing(x) && x->tenant != NULL &&
           SWITCH_IS(x->tenant, CONDITIONAL_WRITE, REFUSE);
}

static void judge(struct cosmock_exchange *x, const struct known_name *row,
                  struct cos_span name, bool is_param)
{
    if (row == NULL) {
        add(x, /* is_known= */ false, (struct unheeded_name){name, is_param, NULL});
        return;
    }
    switch (row->kind) {
    case NAME_SAYS:
        if (!is_heeded(x, row) && is_condition_refused(x, row)) {
            x->not_built = row->name;
        } else if (!is_heeded(x, row)) {
            add(x, /* is_known= */ true, (struct unheeded_name){name, is_param, NULL});
        }
        break;
    case NAME_IDLE:
        add(x, /* is_known= */ true, (struct unheeded_name){name, is_param, row->why});
        break;
    case NAME_REFUSED:
        x->not_built = row->name;
        break;
    case NAME_SELECTS:
    case NAME_REMARK:
    case NAME_ANSWERS:
        break;
    }
}

static void judge_header(struct cosmock_exchange *x, struct cos_span name)
{
    if (name.len == 0) {
        return;
    }
    if (name_is_own_header(name)) {
        judge(x, name_of_header(x->service->headers, name), name, /* is_param= */ false);
        return;
    }
    const struct known_name *row = name_of_http_header(name);
    if (row != NULL && !(row->theme == THEME_DESCRIPTION && writes_nothing(x))) {
        judge(x, row, name, /* is_param= */ false);
    }
}

static void judge_form(struct cosmock_exchange *x)
{
    for (size_t i = 0; i < x->form->n_fields; i++) {
        const struct form_field *field = &x->form->fields[i];
        if (field->is_behind_file) {
            unheeded_header(x, field->name, "the field stands behind the file");
        }
    }
}

void unheeded_find(struct cosmock_exchange *x)
{
    bool is_preflight = x->route.op != NULL && x->route.op->is_unsigned;
    if (x->is_heeded || is_preflight) {
        return;
    }
    x->is_heeded = true;
    for (size_t i = 0; x->service->headers != NULL && i < x->parts.n_headers; i++) {
        judge_header(x, x->parts.headers[i].name);
    }
    for (size_t i = 0; x->service->has_known_params && i < x->parts.n_params; i++) {
        struct cos_span name = x->parts.params[i].name;
        judge(x, name_of_query(x->service->own_params, name), name, /* is_param= */ true);
    }
    if (x->form != NULL) {
        judge_form(x);
    }
}

/* A name as one word of visible ASCII without the list's own marks. */
static void append_name(struct cos_buf *b, const struct unheeded_name *n)
{
    cos_buf_str(b, n->is_param ? "?" : "");
    for (size_t i = 0; i < n->name.len && i < NAME_MAX_BYTES; i++) {
        unsigned char c = (unsigned char)n->name.ptr[i];
        if (c <= ' ' || c >= 0x7f || c == ';' || c == '%') {
            cos_buf_printf(b, "%%%02X", c);
        } else {
            cos_buf_ch(b, !n->is_param && c >= 'A' && c <= 'Z' ? (char)(c + 32) : (char)c);
        }
    }
}

static struct cos_span keep(struct cosmock_exchange *x, struct cos_buf *b)
{
    struct cos_span kept = cos_arena_span(&x->arena, cos_buf_view(b));
    cos_buf_deinit(b);
    return kept;
}

struct cos_span unheeded_list_text(struct cosmock_exchange *x, const struct unheeded_list *list)
{
    struct cos_buf b;
    cos_buf_init(&b, TEXT_MAX_BYTES);
    for (size_t i = 0; i < list->n && i < UNHEEDED_MAX; i++) {
        cos_buf_str(&b, i == 0 ? "" : ";");
        append_name(&b, &list->items[i]);
    }
    cos_buf_str(&b, list->n > UNHEEDED_MAX ? ";..." : "");
    return keep(x, &b);
}

static void note_ignored(const struct cosmock_exchange *x, struct cos_buf *b,
                         const struct unheeded_name *n)
{
    append_name(b, n);
    cos_buf_str(b, " is accepted and has no effect here: ");
    if (n->why != NULL) {
        cos_buf_str(b, n->why);
    } else {
        cos_buf_printf(b, "%s does not heed it", x->route.op->name);
    }
}

struct cos_span unheeded_note(struct cosmock_exchange *x)
{
    const struct unheeded_list *ignored = &x->unheeded->ignored;
    const struct unheeded_list *unknown = &x->unheeded->unknown;
    struct cos_buf b;
    cos_buf_init(&b, TEXT_MAX_BYTES);
    for (size_t i = 0; i < ignored->n && i < UNHEEDED_MAX; i++) {
        cos_buf_str(&b, b.len == 0 ? "" : "; ");
        note_ignored(x, &b, &ignored->items[i]);
    }
    for (size_t i = 0; i < unknown->n && i < UNHEEDED_MAX; i++) {
        cos_buf_str(&b, b.len == 0 ? "" : "; ");
        append_name(&b, &unknown->items[i]);
        cos_buf_str(&b, " is unknown to this mock");
    }
    cos_buf_str(&b, ignored->n > UNHEEDED_MAX || unknown->n > UNHEEDED_MAX ? "; ..." : "");
    return keep(x, &b);
}
