/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about resources: the six segments, and how a path of COS is written. */
#include "advice/lint_inside.h"

#include "advice/actions.h"
#include "cam/policy.h"
#include "cosbase/nearest.h"
#include "world/regions.h"

#define APPID_MAX_DIGITS 10 /* 1250000000 */
#define UIN_MIN_DIGITS 11   /* 100000000001 has twelve; older ones fewer */

static bool is_number(struct cos_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
    }
    return text.len > 0;
}

static const char *shown(struct look *l, struct cos_span text)
{
    return cos_arena_str(&l->out->arena, cos_span_sub(text, 0, 120));
}

/* --- the account --- */

static void check_account(struct look *l, const struct cam_resource *r)
{
    struct cos_span account = r->account;
    struct cos_span id = cos_span_from(account, 4);
    bool is_uid = cos_span_starts(account, COS_SPAN_LIT("uid/"));
    bool is_uin = cos_span_starts(account, COS_SPAN_LIT("uin/"));
    if (account.len == 0) {
        return;
    }
    if (is_uid && cos_span_eq_str(id, "*")) {
        lint_add(l, LINT_UID_WILDCARD, "uid/* matches no account: write uid/<appid>");
    } else if ((!is_uid && !is_uin) || !is_number(id)) {
        lint_add(l, LINT_ACCOUNT_FORM, "'%s' is no account: uid/<appid>, uin/<owner>, or empty",
                 shown(l, account));
    } else if (is_uid && id.len >= UIN_MIN_DIGITS) {
        lint_add(l, LINT_ACCOUNT_KIND, "'%s' has the digits of an account id: uin/%s",
                 shown(l, account), shown(l, id));
    } else if (is_uin && id.len <= APPID_MAX_DIGITS &&
               cos_span_starts(id, COS_SPAN_LIT("12"))) {
        lint_add(l, LINT_ACCOUNT_KIND, "'%s' has the digits of an appid: uid/%s",
                 shown(l, account), shown(l, id));
    }
}

/* --- the region --- */

static void check_region(struct look *l, struct cos_span region)
{
    if (region.len == 0) {
        return;
    }
    if (cos_span_eq_str(region, "*")) {
        lint_add(l, LINT_REGION_STAR, "an empty region is every region");
        return;
    }
    if (cos_span_chr(region, '*') != SIZE_MAX) {
        lint_add(l, LINT_REGION_GLOB, "region '%s' matches none: name one, or none for all",
                 shown(l, region));
        return;
    }
    for (size_t i = 0; i < WORLD_REGIONS; i++) {
        if (cos_span_eq_str(region, world_regions[i])) {
            return;
        }
    }
    const char *nearest = cos_nearest(region, world_regions, WORLD_REGIONS);
    lint_add(l, LINT_UNKNOWN_REGION, "COS has no region '%s'%s%s", shown(l, region),
             nearest == NULL ? "" : "; the nearest is ", nearest == NULL ? "" : nearest);
}

/* --- the path --- */

/* "1250000000" of "data-1250000000". */
static struct cos_span appid_of(struct cos_span bucket)
{
    size_t dash = cos_span_rchr(bucket, '-');
    struct cos_span appid = dash == SIZE_MAX ? COS_SPAN_EMPTY : cos_span_from(bucket, dash + 1);
    return is_number(appid) ? appid : COS_SPAN_EMPTY;
}

static void check_bucket(struct look *l, const struct cam_resource *r, struct cos_span bucket)
{
    struct cos_span appid = appid_of(bucket);
    if (cos_span_chr(bucket, '*') != SIZE_MAX) {
        return;
    }
    if (appid.len == 0) {
        lint_add(l, LINT_BUCKET_WITHOUT_APPID, "'%s' is no bucket: %s-<appid>",
                 shown(l, bucket), shown(l, bucket));
    } else if (cos_span_starts(r->account, COS_SPAN_LIT("uid/")) &&
               is_number(cos_span_from(r->account, 4)) &&
               !cos_span_eq(cos_span_from(r->account, 4), appid)) {
        lint_add(l, LINT_APPID_MISMATCH, "bucket %s is of appid %s, the account is %s",
                 shown(l, bucket), shown(l, appid), shown(l, r->account));
    }
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool has_escape(struct cos_span text)
{
    for (size_t i = 0; i + 2 < text.len; i++) {
        if (text.ptr[i] == '%' && is_hex(text.ptr[i + 1]) && is_hex(text.ptr[i + 2])) {
            return true;
        }
    }
    return false;
}

static void check_key(struct look *l, struct cos_span key)
{
    if (cos_span_starts(key, COS_SPAN_LIT("/"))) {
        lint_add(l, LINT_DOUBLE_SLASH, "the key '%s' begins with '/': is that its name?",
                 shown(l, key));
    }
    if (has_escape(key)) {
        lint_add(l, LINT_ENCODED_PATH, "'%s' is compared as it is: write the characters",
                 shown(l, key));
    }
    if (cos_span_find(key, COS_SPAN_LIT("${")) != SIZE_MAX) {
        lint_add(l, LINT_VARIABLE_IN_PATH, "'%s' stays as it is in a path of COS",
                 shown(l, key));
    }
    if (cos_span_chr(key, '?') != SIZE_MAX) {
        lint_add(l, LINT_QUESTION_MARK, "the '?' in '%s' stands for itself", shown(l, key));
    }
    size_t star = cos_span_chr(key, '*');
    if (star != SIZE_MAX && star > 0 && star + 1 == key.len && key.ptr[star - 1] != '/') {
        struct cos_span prefix = cos_span_sub(key, 0, star);
        lint_add(l, LINT_PREFIX_WITHOUT_SLASH, "'%s' is also the beginning of '%s2/x'",
                 shown(l, key), shown(l, prefix));
    }
}

/* Some action of the statement that is asked of objects by name. */
static bool asks_of_objects(const struct lint_statement *st)
{
    struct lint_texts t = lint_texts_of(st->action);
    for (struct cos_span text = lint_next(&t); text.ptr != NULL; text = lint_next(&t)) {
        if (advice_forms_of(cam_action_plain(text)) == ADVICE_ON_OBJECT) {
            return true;
        }
    }
    return false;
}

static void check_path(struct look *l, const struct lint_statement *st,
                       const struct cam_resource *r)
{
    struct cos_span key = r->path;
    struct cos_span bucket = cos_span_cut(&key, '/');
    if (cos_span_starts(r->path, COS_SPAN_LIT("prefix//")) ||
        cos_span_ends(bucket, COS_SPAN_LIT(".myqcloud.com"))) {
        lint_add(l, LINT_OLD_PATH, "'%s' is written <name>-<appid>/<key> today",
                 shown(l, r->path));
        return;
    }
    if (key.ptr == NULL && cos_span_chr(bucket, '*') == SIZE_MAX) {
        lint_add(l, LINT_BUCKET_WITHOUT_SLASH, "'%s' matches nothing: %s/ or %s/*",
                 shown(l, bucket), shown(l, bucket), shown(l, bucket));
        return;
    }
    check_bucket(l, r, bucket);
    if (key.ptr == NULL || key.len == 0) {
        return;
    }
    check_key(l, key);
    if (key.len > 1 && cos_span_ends(key, COS_SPAN_LIT("/")) && asks_of_objects(st) &&
        cos_span_chr(key, '*') == SIZE_MAX) {
        lint_add(l, LINT_FOLDER_WITHOUT_STAR, "'%s' is one object; below it is '%s*'",
                 shown(l, key), shown(l, key));
    }
}

/* --- the whole --- */

static bool has_action_of(const struct lint_statement *st, struct cos_span service)
{
    struct lint_texts t = lint_texts_of(st->action);
    for (struct cos_span text = lint_next(&t); text.ptr != NULL; text = lint_next(&t)) {
        struct cos_span rest = cam_action_plain(text);
        struct cos_span its = cos_span_cut(&rest, ':');
        bool is_role = cos_span_eq_str(its, "sts") && cos_span_eq_str(service, "cam");
        if (rest.ptr == NULL || cos_span_eq(its, service) ||
            cos_span_chr(its, '*') != SIZE_MAX || is_role) {
            return true;
        }
    }
    return false;
}

static void check_resource(struct look *l, const struct lint_statement *st,
                           struct cos_span text)
{
    struct cam_resource r;
    if (cos_span_starts(text, COS_SPAN_LIT("arn:"))) {
        lint_add(l, LINT_AWS_WORD, "'%s' is qcs::cos:<region>:uid/<appid>:<bucket>/<key> here",
                 shown(l, text));
        return;
    }
    if (!cam_resource_split(&r, text)) {
        lint_add(l, LINT_RESOURCE_FORM,
                 "'%s' is not \"*\" or qcs::cos:<region>:uid/<appid>:<bucket>/<key>",
                 shown(l, text));
        return;
    }
    if (r.is_star) {
        return;
    }
    bool is_cos = r.service.len == 0 || cos_span_eq_str(r.service, "cos");
    if (r.service.len > 0 && st->action != NULL && !has_action_of(st, r.service)) {
        lint_add(l, LINT_SERVICE_MISMATCH, "no action of the statement is one of '%s'",
                 shown(l, r.service));
    }
    if (is_cos) {
        check_account(l, &r);
        check_region(l, r.region);
        check_path(l, st, &r);
    }
}

static void check_twice(struct look *l, const struct cos_json *list, struct cos_span text,
                        size_t index)
{
    struct lint_texts t = lint_texts_of(list);
    for (struct cos_span other = lint_next(&t); other.ptr != NULL; other = lint_next(&t)) {
        bool is_same = cos_span_eq(other, text) && t.index < index;
        bool is_all = cos_span_eq_str(other, "*") && !cos_span_eq_str(text, "*");
        if (t.index != index && (is_same || is_all)) {
            lint_add(l, LINT_DUPLICATE, "'%s' is %s", shown(l, text),
                     is_same ? "there twice" : "in \"*\", too");
            return;
        }
    }
}

/* A token of STS is for resources of one account. */
static void check_one_account(struct look *l, const struct cos_json *list)
{
    struct cos_span first = COS_SPAN_EMPTY;
    struct lint_texts t = lint_texts_of(list);
    for (struct cos_span text = lint_next(&t); text.ptr != NULL; text = lint_next(&t)) {
        struct cam_resource r;
        if (!cam_resource_split(&r, text) || r.account.len < 5 ||
            !is_number(cos_span_from(r.account, 4))) {
            continue;
        }
        bool is_other =
            first.len > 0 && r.account.ptr[2] == first.ptr[2] && !cos_span_eq(first, r.account);
        if (is_other) {
            lint_enter(l, PLACE_ITEM(t.index));
            lint_add(l, LINT_SEVERAL_ACCOUNTS, "%s and %s are two accounts", shown(l, first),
                     shown(l, r.account));
            lint_leave(l);
        }
        first = first.len > 0 ? first : r.account;
    }
}

void lint_resources(struct look *l, const struct lint_statement *st)
{
    bool is_list = cos_json_kind(st->resource) == COS_JSON_ARRAY;
    size_t i = 0;
    lint_enter(l, PLACE_MEMBER("resource"));
    for (const struct cos_json *n = is_list ? cos_json_first(st->resource) : st->resource;
         n != NULL; n = is_list ? cos_json_next(n) : NULL, i++) {
        struct cos_span whole = cos_span_of(cos_json_str(n));
        struct cos_span text = cos_span_trim(whole);
        lint_enter(l, PLACE_ITEM(i));
        if (cos_json_is_str(n)) {
            check_resource(l, st, text);
            check_twice(l, st->resource, text, i);
        }
        if (text.len != whole.len) {
            lint_add(l, LINT_BLANK, "'%s' begins or ends with a blank", shown(l, whole));
        }
        lint_leave(l);
    }
    if (l->use == CAM_SESSION) {
        check_one_account(l, st->resource);
    }
    lint_leave(l);
}
