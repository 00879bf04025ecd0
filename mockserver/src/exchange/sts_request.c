/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parameters of an STS call: JSON members, form fields, multipart fields, or the query
 * (sts-cam.md s.1.1: POST application/json, multipart/form-data, application/octet-stream; v1:
 * form or query). Only the top level is read; nested values keep their JSON text. A body that
 * is not what it says is remembered and refused after the signature, as the service does; a
 * JSON body (up to 10 MiB) is not even read before.
 */
#include "exchange/sts_request.h"

#include "cosbase/json.h"
#include "exchange/form_reader.h"

enum { FIELDS_MAX = 256 };

const struct sts_field *sts_field_get(const struct sts_request *r, const char *name)
{
    for (size_t i = 0; i < r->n_fields; i++) {
        if (cos_span_eq_str(r->fields[i].name, name)) {
            return &r->fields[i];
        }
    }
    return NULL;
}

struct cos_span sts_field_value(const struct sts_request *r, const char *name)
{
    const struct sts_field *f = sts_field_get(r, name);
    return f == NULL ? (struct cos_span){NULL, 0} : f->value;
}

static struct sts_field json_field(struct cos_arena *arena, const struct cos_json *member)
{
    struct sts_field f = {.name = cos_arena_span(arena, cos_span_of(cos_json_name(member)))};
    if (cos_json_is_str(member)) {
        f.value = cos_arena_span(arena, cos_span_of(cos_json_str(member)));
        return f;
    }
    f.kind = cos_json_kind(member) == COS_JSON_NUMBER ? STS_NUMBER : STS_OTHER_KIND;
    struct cos_buf text;
    cos_buf_init(&text, SIZE_MAX / 2);
    cos_json_print(&text, member);
    f.value = cos_arena_span(arena, cos_buf_view(&text));
    cos_buf_deinit(&text);
    return f;
}

void sts_json_read(struct cosmock_exchange *x, struct sts_request *r)
{
    COS_CLEANUP(cos_json_free) struct cos_json *root = NULL;
    struct cos_text_error err = {0};
    if (cos_json_parse(&root, cos_buf_view(&x->body.small), &COS_JSON_LIMITS_DEFAULT, &err) !=
        0) {
        r->unreadable =
            cos_arena_printf(&x->arena, "The request body is not JSON: %s.", err.message).ptr;
        return;
    }
    if (cos_json_kind(root) != COS_JSON_OBJECT || cos_json_count(root) > FIELDS_MAX) {
        r->unreadable = "The request body is not a JSON object of at most 256 members.";
        return;
    }
    r->fields = cos_arena_array(&x->arena, cos_json_count(root), sizeof(*r->fields));
    r->n_fields = 0;
    for (const struct cos_json *m = cos_json_first(root); m != NULL && r->fields != NULL;
         m = cos_json_next(m)) {
        r->fields[r->n_fields++] = json_field(&x->arena, m);
    }
}

static void read_pairs(struct cosmock_exchange *x, struct sts_request *r,
                       const struct param *params, size_t n)
{
    r->fields = cos_arena_array(&x->arena, n, sizeof(*r->fields));
    for (size_t i = 0; i < n && r->fields != NULL; i++) {
        r->fields[r->n_fields++] =
            (struct sts_field){params[i].name, params[i].value, STS_TEXT};
    }
}

static void read_form(struct cosmock_exchange *x, struct sts_request *r, struct cos_span body)
{
    struct param *params = NULL;
    size_t n = 0;
    if (body.len > 0 && !params_split(&x->arena, body, &params, &n)) {
        r->unreadable = "The form has more than 1024 fields.";
        return;
    }
    read_pairs(x, r, params, n);
}

/* The next part of @body, from @r on; false: there is none, or none that is whole. */
static bool next_part(struct form_reader *r, struct cos_span *body, struct cos_arena *arena,
                      struct sts_field *out)
{
    struct cos_buf value;
    cos_buf_init(&value, SIZE_MAX / 2);
    enum form_event event = FORM_MORE;
    *out = (struct sts_field){.kind = STS_TEXT};
    while (event != FORM_PART_END && event != FORM_MALFORMED && body->len > 0) {
        *body = cos_span_from(*body, form_reader_take(r, *body, &event));
        if (event == FORM_PART) {
            out->name = cos_arena_span(arena, r->name);
        } else if (event == FORM_DATA) {
            cos_buf_span(&value, r->data);
        }
    }
    out->value = cos_arena_span(arena, cos_buf_view(&value));
    cos_buf_deinit(&value);
    return event == FORM_PART_END;
}

/* RFC 7578; the boundary is part of the signed Content-Type. */
static void read_multipart(struct cosmock_exchange *x, struct sts_request *r,
                           struct cos_span type, struct cos_span body)
{
    struct form_reader *reader = cos_arena_alloc(&x->arena, sizeof(*reader));
    r->fields = cos_arena_array(&x->arena, FIELDS_MAX, sizeof(*r->fields));
    if (reader == NULL || r->fields == NULL) {
        return;
    }
    if (!form_reader_init(reader, type)) {
        r->unreadable = "The multipart body has no boundary.";
        return;
    }
    while (r->n_fields < FIELDS_MAX &&
           next_part(reader, &body, &x->arena, &r->fields[r->n_fields])) {
        r->n_fields++;
    }
    if (r->n_fields == FIELDS_MAX || !form_reader_is_at_end(reader)) {
        r->unreadable = r->n_fields == FIELDS_MAX
                            ? "The multipart body has more than 255 fields."
                            : "The multipart body is not whole.";
    }
}

void sts_fields_read(struct cosmock_exchange *x, struct sts_request *r)
{
    struct cos_span type = header_get(x, "Content-Type");
    struct cos_span body = cos_buf_view(&x->body.small);
    if (!cos_span_eq_str(x->parts.method, "POST")) {
        read_pairs(x, r, x->parts.params, x->parts.n_params);
    } else if (cos_span_starts_nocase(type, COS_SPAN_LIT("application/json"))) {
        r->is_json = true;
    } else if (cos_span_starts_nocase(type, COS_SPAN_LIT("multipart/form-data"))) {
        read_multipart(x, r, type, body);
    } else if (!cos_span_starts_nocase(type, COS_SPAN_LIT("application/octet-stream"))) {
        read_form(x, r, body);
    }
}
