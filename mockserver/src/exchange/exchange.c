/* SPDX-License-Identifier: Apache-2.0 */
/* What every stage may ask of an exchange: headers and parameters by name, the refusal, the id.
 * Nothing here decides anything. */
#include "exchange/exchange.h"

#define NOT_BUILT_STATUS 501 /* NotImplemented alone has it */

struct cos_span header_get(const struct cosmock_exchange *x, const char *name)
{
    struct cos_span wanted = cos_span_of(name);
    for (size_t i = 0; i < x->parts.n_headers; i++) {
        if (x->parts.headers[i].name.len == wanted.len &&
            cos_span_eq_nocase(x->parts.headers[i].name, wanted)) {
            return x->parts.headers[i].value;
        }
    }
    return (struct cos_span){NULL, 0};
}

const char *header_spelling(const struct cosmock_exchange *x, enum header_name which)
{
    const struct known_name *headers = x->service->headers;

    return headers == NULL || headers[which].name[0] == '\0' ? NULL : headers[which].name;
}

struct cos_span header_of(const struct cosmock_exchange *x, enum header_name which)
{
    const char *name = header_spelling(x, which);

    return name == NULL ? (struct cos_span){NULL, 0} : header_get(x, name);
}

const struct param *param_get(const struct cosmock_exchange *x, const char *name)
{
    for (size_t i = 0; i < x->parts.n_params; i++) {
        if (cos_span_eq_str(x->parts.params[i].name, name)) {
            return &x->parts.params[i];
        }
    }
    return NULL;
}

struct cos_span param_value(const struct cosmock_exchange *x, const char *name)
{
    const struct param *p = param_get(x, name);
    return p == NULL ? (struct cos_span){NULL, 0} : p->value;
}

void refuse(struct cosmock_exchange *x, enum stage stage, const char *code)
{
    refuse_with(x, stage, code, COS_SPAN_EMPTY, COS_SPAN_EMPTY);
}

/* What is not built has no status of its own here: a client must neither repeat it nor wait. */
static int status_of(const struct cosmock_exchange *x, const struct error_row *row)
{
    static const int not_built[] = {
        [SWITCH_NOT_BUILT_STATUS_400] = 400,
        [SWITCH_NOT_BUILT_STATUS_405] = 405,
        [SWITCH_NOT_BUILT_STATUS_501] = 501,
    };

    return x->tenant != NULL && row->status == NOT_BUILT_STATUS
               ? not_built[world_switch_choice(x->tenant, SWITCH_NOT_BUILT_STATUS)]
               : row->status;
}

void refuse_with(struct cosmock_exchange *x, enum stage stage, const char *code,
                 struct cos_span message, struct cos_span extra_xml)
{
    if (is_refused(x)) {
        return;
    }
    x->result.error = x->service->error(code);
    x->result.status = status_of(x, x->result.error);
    x->result.error_message = message;
    x->result.error_extra = extra_xml;
    x->result.refused_by = stage;
}

void refuse_case(struct cosmock_exchange *x, enum stage stage, enum error_case which)
{
    const struct error_row *row = x->service->error_of_case(which);
    refuse_with(x, stage, row->code, cos_span_of(row->message), COS_SPAN_EMPTY);
}

const char *stage_word(enum stage stage)
{
#define STAGE_WORD(id, word) [STAGE_##id] = (word),
    static const char *const words[] = {STAGES(STAGE_WORD)};

    return words[stage];
}

bool is_refused(const struct cosmock_exchange *x)
{
    return x->result.refused_by != STAGE_NONE;
}

void result_header(struct cosmock_exchange *x, const char *name, struct cos_span value)
{
    struct result *r = &x->result;
    if (r->n_headers == COS_ARRAY_LEN(r->headers)) {
        x->failed = true; /* a handler of ours says more than the table holds */
        return;
    }
    r->headers[r->n_headers++] = (struct header){cos_span_of(name), value};
}

void result_header_of(struct cosmock_exchange *x, enum header_name which, struct cos_span value)
{
    const char *name = header_spelling(x, which);

    if (name != NULL) {
        result_header(x, name, value);
    }
}

struct cos_span result_error_message(const struct result *r)
{
    const struct error_row *row = r->error != NULL ? r->error : r->hidden;
    return r->error_message.len > 0 ? r->error_message : cos_span_of(row->message);
}

void reply_header(struct cosmock_exchange *x, const char *name, struct cos_span value)
{
    x->reply.headers[x->reply.n_headers++] =
        (struct cosmock_header){{name, strlen(name)}, {value.ptr, value.len}};
}

const char *exchange_request_id(struct cosmock_exchange *x)
{
    if (x->reply.request_id[0] == '\0') {
        x->service->make_request_id(x);
    }
    return x->reply.request_id;
}
