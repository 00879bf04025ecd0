/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about actions: their names, and whether the resources beside them are of their kind. */
#include "advice/lint_inside.h"

#include "advice/actions.h"
#include "advice/classes.h"
#include "cam/policy.h"

/* --- one name --- */

static bool has_upper(struct cos_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] >= 'A' && text.ptr[i] <= 'Z') {
            return true;
        }
    }
    return false;
}

/* Some known action that fits in another case; NULL: none. */
static const char *in_other_case(struct cos_arena *a, struct cos_span plain)
{
    struct cos_span folded = cos_arena_lower(a, plain);
    for (size_t i = 0; cam_action_at(i) != NULL; i++) {
        struct cos_span known = cos_arena_lower(a, cos_span_of(cam_action_at(i)));
        if (cam_glob(folded, known)) {
            return cam_action_at(i);
        }
    }
    return NULL;
}

static void check_known(struct look *l, struct cos_span plain)
{
    char why[200];
    if (cam_action_complaint(plain, why, sizeof(why)) == NULL) {
        return;
    }
    const char *right = in_other_case(&l->out->arena, plain);
    if (right != NULL) {
        lint_add(l, LINT_ACTION_CASE, "'" COS_SPAN_FMT "' is %s%s in its own case",
                 COS_SPAN_ARG(cos_span_sub(plain, 0, 80)),
                 cos_span_chr(plain, '*') == SIZE_MAX ? "" : "no part of ", right);
    } else {
        lint_add(l, LINT_UNKNOWN_ACTION, "%s", why);
    }
}

/* False: it is no action. */
static bool check_form(struct look *l, struct cos_span action)
{
    struct cos_span plain = cam_action_plain(action);
    size_t colon = cos_span_chr(plain, ':');
    if (cos_span_eq_str(plain, "*") ||
        (colon != SIZE_MAX && colon > 0 && colon + 1 < plain.len)) {
        return true;
    }
    if (cos_span_starts(plain, COS_SPAN_LIT("permid/")) || colon != SIZE_MAX) {
        lint_add(l, LINT_ACTION_FORM, "'" COS_SPAN_FMT "' is not [name/]<service>:<action>",
                 COS_SPAN_ARG(cos_span_sub(action, 0, 80)));
    } else {
        lint_add(l, LINT_ACTION_FORM, "'" COS_SPAN_FMT "' names no service: name/cos:%s",
                 COS_SPAN_ARG(cos_span_sub(action, 0, 80)),
                 has_upper(plain) ? cos_arena_str(&l->out->arena, cos_span_sub(plain, 0, 80))
                                  : "GetObject");
    }
    return false;
}

/* --- one list --- */

static bool is_covered(const struct cos_json *list, struct cos_span plain, size_t index,
                       struct cos_span *by)
{
    struct lint_texts t = lint_texts_of(list);
    for (struct cos_span other = lint_next(&t); other.ptr != NULL; other = lint_next(&t)) {
        struct cos_span glob = cam_action_plain(other);
        bool is_same = cos_span_eq(glob, plain);
        if (t.index != index && cam_glob(glob, plain) && (!is_same || t.index < index)) {
            *by = other;
            return true;
        }
    }
    return false;
}

static void check_action(struct look *l, const struct cos_json *list, struct cos_span action,
                         size_t index)
{
    struct cos_span by;
    struct cos_span plain = cam_action_plain(action);
    if (!check_form(l, action)) {
        return;
    }
    check_known(l, plain);
    if (is_covered(list, plain, index, &by)) {
        lint_add(l, LINT_DUPLICATE, "'" COS_SPAN_FMT "' is in '" COS_SPAN_FMT "', too",
                 COS_SPAN_ARG(cos_span_sub(action, 0, 80)),
                 COS_SPAN_ARG(cos_span_sub(by, 0, 80)));
    }
}

static void check_blanks(struct look *l, const struct cos_json *n)
{
    struct cos_span text = cos_span_of(cos_json_str(n));
    if (cos_json_is_str(n) && cos_span_trim(text).len != text.len) {
        lint_add(l, LINT_BLANK, "'" COS_SPAN_FMT "' begins or ends with a blank",
                 COS_SPAN_ARG(cos_span_sub(text, 0, 80)));
    }
}

static void check_list(struct look *l, const struct cos_json *list)
{
    bool is_list = cos_json_kind(list) == COS_JSON_ARRAY;
    size_t i = 0;
    for (const struct cos_json *n = is_list ? cos_json_first(list) : list; n != NULL;
         n = is_list ? cos_json_next(n) : NULL, i++) {
        lint_enter(l, PLACE_ITEM(i));
        check_blanks(l, n);
        if (cos_json_is_str(n)) {
            check_action(l, list, cos_span_trim(cos_span_of(cos_json_str(n))), i);
        }
        lint_leave(l);
    }
}

/* --- actions and resources --- */

/* What kinds of resource the globs of a statement can be. */
struct reach {
    bool star, bucket, object, inner; /* inner: more prefixes than one */
    bool foreign;                     /* something of another service, or that is none */
};

static void reach_of_path(struct look *l, struct reach *r, struct cos_span path)
{
    struct classes classes;
    struct class_pattern pattern = {.text = path};
    if (!classes_find(&classes, &l->out->arena, &pattern, 1, CLASS_PATH)) {
        return;
    }
    for (size_t i = 0; i < classes.n; i++) {
        if (cam_glob(path, classes.items[i].text)) {
            r->bucket = r->bucket || !classes.items[i].has_key;
            r->object = r->object || classes.items[i].has_key;
        }
    }
    r->inner = r->inner || cos_span_chr(path, '*') != SIZE_MAX;
}

static struct reach reach_of(struct look *l, const struct cos_json *resources)
{
    struct reach r = {.star = false};
    struct lint_texts t = lint_texts_of(resources);
    for (struct cos_span text = lint_next(&t); text.ptr != NULL; text = lint_next(&t)) {
        struct cam_resource resource;
        bool is_ours = cam_resource_split(&resource, text) &&
                       (resource.is_star || resource.service.len == 0 ||
                        cos_span_eq_str(resource.service, "cos") ||
                        cos_span_eq_str(resource.service, "*"));
        bool is_odd = is_ours && !resource.is_star &&
                      cos_span_chr(resource.path, '/') == SIZE_MAX &&
                      cos_span_chr(resource.path, '*') == SIZE_MAX;
        if (!is_ours || is_odd || cos_span_starts(resource.path, COS_SPAN_LIT("prefix//"))) {
            r.foreign = true; /* a rule of its own */
        } else if (resource.is_star) {
            r.star = true;
        } else {
            reach_of_path(l, &r, resource.path);
        }
    }
    return r;
}

static void check_kind(struct look *l, struct cos_span action, const struct reach *r)
{
    unsigned forms = advice_forms_of(cam_action_plain(action));
    const char *name = cos_arena_str(&l->out->arena, action);
    if (forms == 0 || r->star || r->foreign) {
        return;
    }
    if (forms == ADVICE_ON_SERVICE) {
        lint_add(l, LINT_SERVICE_ACTION, "'%.80s' is granted by resource \"*\" alone", name);
    } else if (forms == ADVICE_ON_BUCKET && !r->bucket) {
        lint_add(l, LINT_BUCKET_ACTION,
                 "'%.80s' is asked of <bucket>/, and each resource here wants a key", name);
    } else if (forms == ADVICE_ON_OBJECT && !r->object) {
        lint_add(l, LINT_OBJECT_ACTION,
                 "'%.80s' is asked of <bucket>/<key>, and no resource here has a key: "
                 "<bucket>/*",
                 name);
    } else if (forms == ADVICE_ON_LIST && !r->inner) {
        lint_add(l, LINT_LIST_ACTION,
                 "'%.80s' is asked of <bucket>/<prefix>, and no resource here ends with '*'",
                 name);
    }
}

static void check_kinds(struct look *l, const struct lint_statement *st)
{
    struct reach r = reach_of(l, st->resource);
    struct lint_texts t = lint_texts_of(st->action);
    for (struct cos_span text = lint_next(&t); text.ptr != NULL; text = lint_next(&t)) {
        lint_enter(l, PLACE_ITEM(t.index));
        bool is_service = advice_forms_of(cam_action_plain(text)) == ADVICE_ON_SERVICE;
        if (l->use == CAM_BUCKET && is_service) {
            lint_add(l, LINT_SERVICE_IN_BUCKET,
                     "'" COS_SPAN_FMT "' concerns no bucket: grant it in a policy of CAM",
                     COS_SPAN_ARG(cos_span_sub(text, 0, 80)));
        } else if (st->resource != NULL) {
            check_kind(l, text, &r);
        }
        lint_leave(l);
    }
}

/* --- the whole statement --- */

static bool has_text(const struct cos_json *list, const char *const any[])
{
    struct lint_texts t = lint_texts_of(list);
    for (struct cos_span text = lint_next(&t); text.ptr != NULL; text = lint_next(&t)) {
        for (size_t i = 0; any[i] != NULL; i++) {
            if (cos_span_eq_str(cam_action_plain(text), any[i])) {
                return true;
            }
        }
    }
    return false;
}

static void check_all(struct look *l, const struct lint_statement *st)
{
    static const char *const every_action[] = {"*", "*:*", NULL};
    static const char *const every_resource[] = {"*", NULL};
    if (!st->is_deny && cos_json_count(st->condition) == 0 &&
        has_text(st->action, every_action) && has_text(st->resource, every_resource) &&
        l->use != CAM_TRUST) {
        lint_add(l, LINT_ALLOW_ALL, "everything is allowed on everything");
    }
}

static bool grants(const struct lint_statement *st, const char *plain)
{
    struct lint_texts t = lint_texts_of(st->action);
    for (struct cos_span text = lint_next(&t); text.ptr != NULL; text = lint_next(&t)) {
        if (cam_glob(cam_action_plain(text), cos_span_of(plain))) {
            return true;
        }
    }
    return false;
}

/* Which are missing of those who begin an upload in parts. */
static void check_parts(struct look *l, const struct lint_statement *st)
{
    static const char *const all[] = {"cos:InitiateMultipartUpload", "cos:UploadPart",
                                      "cos:CompleteMultipartUpload", "cos:ListParts",
                                      "cos:AbortMultipartUpload"};
    if (st->is_deny || !(grants(st, all[0]) || grants(st, all[1]))) {
        return;
    }
    for (size_t i = 0; i < COS_ARRAY_LEN(all); i++) {
        if (!grants(st, all[i])) {
            lint_add(l, LINT_UPLOAD_IN_PARTS, "the statement does not allow %s", all[i]);
            return;
        }
    }
}

void lint_actions(struct look *l, const struct lint_statement *st)
{
    check_all(l, st);
    lint_enter(l, PLACE_MEMBER("action"));
    check_list(l, st->action);
    check_kinds(l, st);
    check_parts(l, st);
    lint_leave(l);
}
