/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fields of the CAM API beyond texts, and what its answers are written with (cam_call.h). Lists
 * come as JSON, or, in forms and queries, as "VersionId.0" and "Info.0.GroupId" (598/43841).
 */
#include "services/cam_call.h"

#include "cosbase/date.h"
#include "exchange/sts_request.h"

enum {
    NUMBER_MAX_DIGITS = 20,
    PAGE_SIZE_USUAL = 20,
    PAGE_SIZE_MAX = 200, /* 598/32240 */
    ANSWER_MAX_BYTES = 64 << 20,
    DOCUMENT_MAX_CHARACTERS = 6144, /* without blanks: cam-conditions.md s.9 */
    DESCRIPTION_MAX_BYTES = 300,    /* cam-conditions.md s.8 */
    SERVICE_ZONE_S = 8 * 3600,      /* [assumed] as its documents' samples have it: China's */
};

/* --- numbers --- */

static bool is_digits(struct cos_span s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9') {
            return false;
        }
    }
    return s.len > 0 && s.len <= NUMBER_MAX_DIGITS;
}

static bool lacks(struct cosmock_exchange *x, const char *name)
{
    return cam_say(x, "MissingParameter",
                   cos_arena_printf(&x->arena,
                                    "The request is missing a required parameter `%s`.", name));
}

static bool is_of_wrong_type(struct cosmock_exchange *x, const char *name)
{
    return cam_say(x, "InvalidParameter",
                   cos_arena_printf(&x->arena, "The value type of parameter `%s` is not valid.",
                                    name));
}

bool cam_read_id(struct cosmock_exchange *x, const char *name, bool is_optional,
                 struct cos_span *out)
{
    const struct sts_field *f = sts_field_get(x->sts, name);
    *out = (struct cos_span){NULL, 0};
    if (f == NULL || f->value.len == 0) {
        return is_optional || lacks(x, name);
    }
    if (f->kind == STS_OTHER_KIND || !is_digits(f->value)) {
        return is_of_wrong_type(x, name);
    }
    *out = f->value;
    return true;
}

bool cam_read_number(struct cosmock_exchange *x, const struct cam_choice *choice, int64_t *out)
{
    const struct sts_field *f = sts_field_get(x->sts, choice->name);
    *out = choice->usual;
    if (f == NULL || f->value.len == 0) {
        return true;
    }
    if (f->kind == STS_OTHER_KIND || !cos_span_i64(f->value, out)) {
        return is_of_wrong_type(x, choice->name);
    }
    return (*out >= choice->least && *out <= choice->most) ||
           cam_say(x, "InvalidParameter.ParamError",
                   cos_arena_printf(&x->arena, "%s must be between %lld and %lld", choice->name,
                                    (long long)choice->least, (long long)choice->most));
}

bool cam_read_text(struct cosmock_exchange *x, const char *name, bool is_optional,
                   struct cos_span *out)
{
    const struct sts_text text = {.name = name, .is_optional = is_optional};
    return sts_read_text(x, &text, out);
}

bool cam_check_name(struct cosmock_exchange *x, struct cos_span name, size_t max_bytes,
                    const char *code)
{
    bool is_good = name.len <= max_bytes;
    for (size_t i = 0; i < name.len && is_good; i++) {
        char c = name.ptr[i];
        is_good = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  (c != '\0' && strchr("+=,.@_-", c) != NULL);
    }
    return is_good || cam_refuse(x, code);
}

/* --- lists --- */

/* NULL: it is no list of JSON. Freed by the caller. */
static struct cos_json *list_of(const struct sts_field *f)
{
    struct cos_json *list = NULL;
    struct cos_text_error ignored;
    bool is_list = f != NULL && f->kind == STS_OTHER_KIND &&
                   cos_json_parse(&list, f->value, /* limits= */ NULL, &ignored) == 0 &&
                   cos_json_kind(list) == COS_JSON_ARRAY;
    return is_list ? list : cos_json_free(list);
}

static struct cos_span text_of(struct cosmock_exchange *x, const struct cos_json *n)
{
    int64_t number;
    if (n == NULL) {
        return (struct cos_span){NULL, 0};
    }
    if (cos_json_is_str(n)) {
        return cos_arena_span(&x->arena, cos_span_of(cos_json_str(n)));
    }
    return cos_json_i64(n, &number) ? cos_arena_printf(&x->arena, "%lld", (long long)number)
                                    : COS_SPAN_EMPTY;
}

static struct cos_span flat(struct cosmock_exchange *x, const char *list, size_t index,
                            const char *member)
{
    const char *name = cos_arena_printf(&x->arena, "%s.%zu%s%s", list, index,
                                        member == NULL ? "" : ".", member == NULL ? "" : member)
                           .ptr;
    return sts_field_value(x->sts, name);
}

static const struct cos_json *item_of(const struct cos_json *list, size_t index)
{
    const struct cos_json *item = cos_json_first(list);
    while (item != NULL && index-- > 0) {
        item = cos_json_next(item);
    }
    return item;
}

/* @member NULL: the item itself. */
static struct cos_span item_text(struct cosmock_exchange *x, const char *list, size_t index,
                                 const char *member)
{
    COS_CLEANUP(cos_json_free)
    struct cos_json *parsed = list_of(sts_field_get(x->sts, list));
    if (parsed == NULL) {
        return flat(x, list, index, member);
    }
    const struct cos_json *item = item_of(parsed, index);
    return text_of(x, member == NULL ? item : cos_json_get(item, member));
}

/* Whether one of the flat fields is of the item. */
static bool has_flat(struct cosmock_exchange *x, const char *list, size_t index)
{
    struct cos_span head = cos_arena_printf(&x->arena, "%s.%zu", list, index);
    for (size_t i = 0; i < x->sts->n_fields; i++) {
        struct cos_span name = x->sts->fields[i].name;
        if (cos_span_starts(name, head) &&
            (name.len == head.len || name.ptr[head.len] == '.')) {
            return true;
        }
    }
    return false;
}

size_t cam_count(struct cosmock_exchange *x, const char *name)
{
    COS_CLEANUP(cos_json_free)
    struct cos_json *parsed = list_of(sts_field_get(x->sts, name));
    size_t n = parsed == NULL ? 0 : cos_json_count(parsed);
    while (parsed == NULL && has_flat(x, name, n)) {
        n++;
    }
    return n;
}

struct cos_span cam_member(struct cosmock_exchange *x, const char *list, size_t index,
                           const char *member)
{
    return item_text(x, list, index, member);
}

bool cam_each_id(struct cosmock_exchange *x, const char *name, size_t most,
                 bool (*visit)(struct cosmock_exchange *x, void *ctx, struct cos_span id),
                 void *ctx)
{
    size_t n = cam_count(x, name);
    if (n == 0) {
        return lacks(x, name);
    }
    if (n > most) {
        return cam_say(x, "InvalidParameter.ParamError",
                       cos_arena_printf(&x->arena, "%s may have %zu items", name, most));
    }
    for (size_t i = 0; i < n; i++) {
        struct cos_span id = item_text(x, name, i, /* member= */ NULL);
        if (!is_digits(id)) {
            return is_of_wrong_type(x, name);
        }
        if (!visit(x, ctx, id)) {
            return false;
        }
    }
    return true;
}

/* --- pages --- */

bool cam_read_page(struct cosmock_exchange *x, struct cam_page *out)
{
    static const struct cam_choice page = {"Page", 1, 1, INT32_MAX};
    static const struct cam_choice size = {"Rp", PAGE_SIZE_USUAL, 1, PAGE_SIZE_MAX};
    *out = (struct cam_page){.seen = 0};
    return cam_read_number(x, &page, &out->page) && cam_read_number(x, &size, &out->size) &&
           cam_read_text(x, "Keyword", /* is_optional= */ true, &out->keyword);
}

bool cam_on_page(struct cam_page *page)
{
    int64_t index = page->seen++;
    return index / page->size == page->page - 1;
}

bool cam_has_keyword(const struct cam_page *page, struct cos_span name)
{
    return page->keyword.len == 0 || cos_span_find(name, page->keyword) != SIZE_MAX;
}

/* --- the answer --- */

void cam_begin(struct cosmock_exchange *x, struct cos_jw *w)
{
    sts_begin_response(x, w);
    x->result.body.max = ANSWER_MAX_BYTES;
}

void cam_end(struct cosmock_exchange *x, struct cos_jw *w)
{
    sts_end_response(x, w);
}

void cam_write_time(struct cos_jw *w, const char *name, int64_t unix_ms)
{
    char text[21] = "";
    if (unix_ms != 0) {
        cos_date_iso(text, unix_ms / 1000 + SERVICE_ZONE_S);
        text[10] = ' ';
        text[19] = '\0';
    }
    cos_jw_str(w, name, text);
}

void cam_write_id(struct cos_jw *w, const char *name, struct cos_span id)
{
    uint64_t number = 0;
    (void)cos_span_u64(id, &number);
    cos_jw_u64(w, name, number);
}

int64_t cam_uid(const struct catalog_user *u)
{
    return 20000000 + (int64_t)u->said.order;
}

struct cos_span cam_profile(const struct catalog_user *u, const char *name)
{
    struct cos_span value = pairs_get(u->said.profile, cos_span_of(name));
    return value.ptr == NULL ? COS_SPAN_EMPTY : value;
}

void cam_profile_set(struct catalog *c, struct catalog_user *u, const char *name,
                     struct cos_span value)
{
    u->said.profile = pairs_with(c->arena, u->said.profile, cos_span_of(name), value);
    u->is_changed = true;
}

/* --- policies as texts --- */

static size_t count_characters(struct cos_span s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++) {
        bool is_continuation = ((unsigned char)s.ptr[i] & 0xc0) == 0x80;
        bool is_blank = s.ptr[i] == ' ' || (s.ptr[i] >= '\t' && s.ptr[i] <= '\r');
        n += !is_continuation && !is_blank;
    }
    return n;
}

static const char *const element_codes[CAM_ELEMENTS] = {
    [CAM_ELEMENT_DOCUMENT] = "InvalidParameter.PolicyDocumentError",
    [CAM_ELEMENT_VERSION] = "InvalidParameter.VersionError",
    [CAM_ELEMENT_STATEMENT] = "InvalidParameter.StatementError",
    [CAM_ELEMENT_EFFECT] = "InvalidParameter.EffectError",
    [CAM_ELEMENT_ACTION] = "InvalidParameter.ActionError",
    [CAM_ELEMENT_RESOURCE] = "InvalidParameter.ResourceError",
    [CAM_ELEMENT_PRINCIPAL] = "InvalidParameter.PrincipalError",
    [CAM_ELEMENT_CONDITION] = "InvalidParameter.ConditionError",
    [CAM_ELEMENT_OPERATOR] = "InvalidParameter.ConditionTypeError",
    [CAM_ELEMENT_VALUE] = "InvalidParameter.ConditionContentError",
};

bool cam_check_document(struct cosmock_exchange *x, struct cos_span document,
                        enum cam_policy_use use)
{
    if (count_characters(document) > DOCUMENT_MAX_CHARACTERS) {
        return cam_refuse(x, "InvalidParameter.PolicyDocumentLengthOverLimit");
    }
    struct cam_policy *policy = NULL;
    struct cos_text_error err = {0};
    enum cam_element at;
    if (cam_policy_parse_at(&policy, document, use, "", &err, &at) < 0 ||
        world_policy_admit(x->tenant, &policy, &err, &at) < 0) {
        bool is_listed = use == CAM_IDENTITY || at != CAM_ELEMENT_DOCUMENT;
        return cam_say(x, is_listed ? element_codes[at] : "InvalidParameter.ParamError",
                       cos_arena_printf(&x->arena, "line %u, column %u: %s", err.line,
                                        err.column, err.message));
    }
    (void)cam_policy_unref(policy);
    return true;
}

bool cam_check_description(struct cosmock_exchange *x, struct cos_span description)
{
    return description.len <= DESCRIPTION_MAX_BYTES ||
           cam_refuse(x, "InvalidParameter.DescriptionLengthOverlimit");
}
