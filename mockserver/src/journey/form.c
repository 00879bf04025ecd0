/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A form that is posted (cos-operations-2.md s.3): fields, then the file. Fields are kept in
 * memory, bounded, until the file begins; then all that judges is walked (plan.c), and only
 * then a byte of the file is kept. It becomes an ordinary write: `key` is its key, and what
 * else describes the object becomes headers under their header names, so that nobody behind
 * knows whether a header or a field said it.
 *
 * A form that says one thing twice, or a value that cannot stand in a header, is refused
 * [assumed]: which of two keys was meant must not be ours to guess, and a line's end in a
 * Content-Type would be one in the answer to every GET. What stands behind the file has no
 * effect, as the documents want the file last; the journal names it.
 */
#include "exchange/form.h"

#include "cosbase/http.h"
#include "journey/stages.h"

#define FILENAME "${filename}"

static void refuse_form(struct cosmock_exchange *x, const char *why)
{
    x->identity.detail = cos_span_of(why);
    refuse(x, STAGE_BODY, "MalformedPOSTRequest");
}

void stage_form_begin(struct cosmock_exchange *x)
{
    struct form *f = cos_arena_alloc(&x->arena, sizeof(*f));
    struct body *b = &x->body;
    if (f == NULL || !body_room_check(x)) {
        return;
    }
    x->form = f;
    f->most_bytes = x->mock->options.max_body_bytes;
    b->wanted = true;
    cos_buf_init(&b->small, FORM_FIELDS_MAX_BYTES);
    bool has_md5 = false;
    if (!form_reader_init(&f->reader, header_get(x, "Content-Type"))) {
        refuse_form(x, "its Content-Type is not multipart/form-data with a boundary");
    } else if (x->parts.content_length < 0 && !x->parts.is_chunked) {
        refuse(x, STAGE_BODY, "MissingContentLength");
    } else if (body_md5_read(x, b->form_md5_announced, &has_md5) && has_md5) {
        b->has_form_md5_ctx = cos_digest_init(&b->form_md5, COS_MD5);
        x->failed = x->failed || !b->has_form_md5_ctx;
    }
}

/* --- as it comes --- */

static void refuse_fields(struct cosmock_exchange *x, const char *why)
{
    x->identity.detail = cos_span_of(why);
    refuse(x, STAGE_BODY, "MaxPostPreDataLengthExceededError");
}

/* True: it is the file. */
static bool begin_part(struct cosmock_exchange *x, struct form *f)
{
    struct cos_span name = f->reader.name;
    if (cos_span_eq_nocase(name, COS_SPAN_LIT("file"))) {
        if (f->place != FORM_BEFORE_FILE) {
            refuse(x, STAGE_BODY, "IncorrectNumberOfFilesInPostRequest");
            return false;
        }
        f->place = FORM_IN_FILE;
        f->filename = cos_arena_span(&x->arena, f->reader.filename);
        return true;
    }
    f->fields_bytes += name.len;
    if (f->n_fields == FORM_FIELDS_MAX || f->fields_bytes > FORM_FIELDS_MAX_BYTES) {
        refuse_fields(x, "it has more than 128 fields, or more than 64 KiB of them");
        return false;
    }
    f->fields[f->n_fields++] =
        (struct form_field){.name = cos_arena_span(&x->arena, name),
                            .value = COS_SPAN_EMPTY,
                            .is_behind_file = f->place == FORM_BEHIND_FILE};
    return false;
}

static void add_data(struct cosmock_exchange *x, struct form *f)
{
    struct cos_span data = f->reader.data;
    if (f->place == FORM_IN_FILE) {
        f->file_bytes += data.len;
        if (f->file_bytes > f->most_bytes) {
            body_refuse_too_large(x);
        } else {
            body_object_add(x, data);
        }
    } else if (f->place == FORM_BEFORE_FILE) {
        f->fields_bytes += data.len;
        if (f->fields_bytes > FORM_FIELDS_MAX_BYTES) {
            refuse_fields(x, "it has more than 64 KiB of fields");
        } else {
            body_small_add(x, data);
        }
    }
}

static void end_part(struct cosmock_exchange *x, struct form *f)
{
    if (f->place == FORM_IN_FILE) {
        f->place = FORM_BEHIND_FILE;
    } else if (f->place == FORM_BEFORE_FILE) {
        f->fields[f->n_fields - 1].value =
            cos_arena_span(&x->arena, cos_buf_view(&x->body.small));
        cos_buf_clear(&x->body.small);
    }
}

static bool do_event(struct cosmock_exchange *x, enum form_event event)
{
    struct form *f = x->form;
    switch (event) {
    case FORM_PART:
        return begin_part(x, f);
    case FORM_DATA:
        add_data(x, f);
        break;
    case FORM_PART_END:
        end_part(x, f);
        break;
    case FORM_MALFORMED:
        refuse_form(x, "a part has no name, or a delimiter is not alone on its line");
        break;
    case FORM_MORE:
        break;
    }
    return false;
}

bool form_add(struct cosmock_exchange *x, struct cos_span *bytes)
{
    enum form_event event;
    size_t used = form_reader_take(&x->form->reader, *bytes, &event);
    if (x->body.has_form_md5_ctx) {
        cos_digest_update(&x->body.form_md5, bytes->ptr, used);
    }
    x->body.received += used;
    bool is_file = do_event(x, event);
    *bytes = cos_span_from(*bytes, used);
    return is_file;
}

/* --- what the fields say --- */

static void refuse_argument(struct cosmock_exchange *x, struct cos_span sentence)
{
    refuse_with(x, STAGE_BODY, "InvalidArgument", sentence, COS_SPAN_EMPTY);
}

/* The body is over, and there was no file. */
static void refuse_without_file(struct cosmock_exchange *x)
{
    stage_body_end(x);
    if (form_reader_is_at_end(&x->form->reader)) {
        x->identity.detail = COS_SPAN_LIT("no part of it is called file");
        refuse(x, STAGE_BODY, "IncorrectNumberOfFilesInPostRequest");
    } else {
        refuse_form(x, "it ends before its last delimiter");
    }
}

/* A key may hold any byte, a policy and an Authorization are read by authn. */
static bool is_line(const struct form_field *field)
{
    return cos_span_eq_nocase(field->name, COS_SPAN_LIT("key")) ||
           cos_span_eq_nocase(field->name, COS_SPAN_LIT("policy")) ||
           !cos_http_has_control(field->value, /* may_hold_tab= */ true);
}

static bool check_fields(struct cosmock_exchange *x)
{
    const struct form *f = x->form;
    for (size_t i = 0; i < f->n_fields; i++) {
        const struct form_field *field = &f->fields[i];
        if (!cos_span_eq(form_value(f, field->name), field->value)) {
            refuse_with(x, STAGE_BODY, "InvalidRequest",
                        cos_arena_printf(&x->arena,
                                         "The form has the field " COS_SPAN_FMT
                                         " twice, with different values.",
                                         COS_SPAN_ARG(field->name)),
                        COS_SPAN_EMPTY);
        } else if (!is_line(field)) {
            refuse_argument(x, cos_arena_printf(&x->arena,
                                                "The field " COS_SPAN_FMT
                                                " holds a control character.",
                                                COS_SPAN_ARG(field->name)));
        }
    }
    return !is_refused(x);
}

/* What a browser sends as a file's name may be a path (RFC 7578 s.4.2: only its end counts). */
static struct cos_span last_of_path(struct cos_span name)
{
    size_t slash = cos_span_rchr(name, '/');
    name = slash == SIZE_MAX ? name : cos_span_from(name, slash + 1);
    size_t back = cos_span_rchr(name, '\\');
    return back == SIZE_MAX ? name : cos_span_from(name, back + 1);
}

/* Every one in @key. */
static struct cos_span put_filename(struct cosmock_exchange *x, struct cos_span key)
{
    struct cos_span name = last_of_path(x->form->filename);
    size_t at = cos_span_find(key, COS_SPAN_LIT(FILENAME));
    struct cos_span done = COS_SPAN_EMPTY;
    while (at != SIZE_MAX) {
        const struct cos_span parts[] = {done, cos_span_sub(key, 0, at), name};
        done = cos_arena_join(&x->arena, parts, COS_ARRAY_LEN(parts));
        key = cos_span_from(key, at + sizeof(FILENAME) - 1);
        at = cos_span_find(key, COS_SPAN_LIT(FILENAME));
    }
    const struct cos_span parts[] = {done, key};
    return done.len == 0 ? key : cos_arena_join(&x->arena, parts, COS_ARRAY_LEN(parts));
}

void stage_form_fields(struct cosmock_exchange *x)
{
    if (x->form->place == FORM_BEFORE_FILE) {
        refuse_without_file(x);
        return;
    }
    if (!check_fields(x)) {
        return;
    }
    x->route.key = put_filename(x, form_text(x->form, "key"));
    if (x->route.key.len == 0) {
        refuse_argument(x, COS_SPAN_LIT("The form has no field key before its file."));
    }
}

/* --- the fields as headers --- */

/* What describes an object: of the form its fields say it, not the request's own headers. */
static bool describes_object(struct cos_span name)
{
    static const char *const names[] = {
        "Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Language",
        "Content-MD5",   "Content-Type",        "Expires",
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(names); i++) {
        if (cos_span_eq_nocase(name, cos_span_of(names[i]))) {
            return true;
        }
    }
    return false;
}

static bool describes_form(struct cos_span name)
{
    return cos_span_eq_nocase(name, COS_SPAN_LIT("Content-Type")) ||
           cos_span_eq_nocase(name, COS_SPAN_LIT("Content-MD5"));
}

/* The header that a field is; "": none. */
static struct cos_span header_name_of(const struct cosmock_exchange *x, struct cos_span field)
{
    if (cos_span_eq_nocase(field, COS_SPAN_LIT("acl"))) {
        return cos_span_of(header_spelling(x, HEADER_ACL));
    }
    bool is_token =
        cos_span_eq_nocase(field, cos_span_of(header_spelling(x, HEADER_SECURITY_TOKEN)));
    bool is_own = cos_span_starts_nocase(field, COS_SPAN_LIT("x-cos-"));
    return describes_object(field) || (is_own && !is_token) ? field : COS_SPAN_EMPTY;
}

/* Those of the fields first: the first of a name counts. */
static bool add_field(struct cosmock_exchange *x, const struct form_field *field,
                      struct header *headers, size_t *n)
{
    struct cos_span name = header_name_of(x, field->name);
    if (name.len == 0 || field->value.len == 0 || field->is_behind_file) {
        return true;
    }
    if (!cos_http_is_token(name)) {
        refuse_argument(x, cos_arena_printf(&x->arena,
                                            "The field " COS_SPAN_FMT " is no header's name.",
                                            COS_SPAN_ARG(name)));
        return false;
    }
    headers[(*n)++] = (struct header){name, cos_span_trim(field->value)};
    return true;
}

void stage_form_headers(struct cosmock_exchange *x)
{
    const struct form *f = x->form;
    struct parts *p = &x->parts;
    struct header *headers =
        cos_arena_array(&x->arena, f->n_fields + p->n_headers, sizeof(*headers));
    size_t n = 0;
    for (size_t i = 0; headers != NULL && i < f->n_fields; i++) {
        if (!add_field(x, &f->fields[i], headers, &n)) {
            return;
        }
    }
    for (size_t i = 0; headers != NULL && i < p->n_headers; i++) {
        if (!describes_object(p->headers[i].name)) {
            headers[n++] = p->headers[i];
        } else if (!describes_form(p->headers[i].name)) {
            unheeded_header(x, p->headers[i].name, "the fields of a form describe its file");
        }
    }
    p->headers = headers;
    p->n_headers = headers == NULL ? 0 : n;
}

void stage_form_file(struct cosmock_exchange *x)
{
    struct body *b = &x->body;
    if (body_md5_read(x, b->md5_announced, &b->is_md5_announced)) {
        body_object_begin(x);
    }
}

void stage_form_end(struct cosmock_exchange *x)
{
    const struct form *f = x->form;
    uint8_t md5[COS_DIGEST_MAX_BYTES];
    if (!form_reader_is_at_end(&f->reader)) {
        refuse_form(x, "it ends before its last delimiter");
    } else if (f->file_bytes < f->least_bytes) {
        refuse(x, STAGE_BODY, "EntityTooSmall");
    } else if (x->body.has_form_md5_ctx) {
        (void)cos_digest_final(&x->body.form_md5, md5);
        if (memcmp(md5, x->body.form_md5_announced, COS_MD5_BYTES) != 0) {
            refuse(x, STAGE_BODY, "BadDigest");
        }
    }
}
