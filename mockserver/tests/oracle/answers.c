/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the evaluator says, a line for a line: the far end of trial.py, which holds it against
 * judge.py. Knows of cam/ its headers alone.
 *
 * A line in is an object: `who`, `owner` (of the resource), policies as texts (`identity` a
 * list, `boundary`, `session`, `bucket`, `trust`), `lists` (of `object`, `folder`, `bucket`, as
 * cam/acl.h writes them), `rules` (what the documents leave open) and `asks`, each with
 * `action`, `resource` and `context`, a list of texts a key. A line out is "refused" and the
 * policies that were, or "answers" and a verdict an ask, "+allow" or "-implicit_deny".
 */
#include "cam/acl.h"

#include "cosbase/json.h"
#include "json.h"

enum { MAX_POLICIES = 16, ARENA_BYTES = 1 << 20 };

struct scenario {
    struct cam_policy *identity[MAX_POLICIES], *boundary, *session, *bucket, *trust;
    size_t n_identity;
    struct cam_principal who;
    const struct cos_json *owner, *lists, *rules;
};

static void scenario_deinit(struct scenario *s)
{
    for (size_t i = 0; i < s->n_identity; i++) {
        cam_policy_unref(s->identity[i]);
    }
    cam_policy_unref(s->boundary);
    cam_policy_unref(s->session);
    cam_policy_unref(s->bucket);
    cam_policy_unref(s->trust);
}

/* Says the name of a policy that is refused. */
static bool read_policy(struct cam_policy **out, const struct cos_json *text,
                        enum cam_policy_use use, const char *name, struct cos_buf *refused)
{
    struct cos_text_error err;
    if (text == NULL ||
        cam_policy_parse(out, cos_span_of(cos_json_str(text)), use, "drawn", &err) == 0) {
        return text != NULL;
    }
    cos_buf_printf(refused, " %s", name);
    return false;
}

static void read_policies(struct scenario *s, const struct cos_json *line,
                          struct cos_buf *refused)
{
    size_t i = 0;
    for (const struct cos_json *n = cos_json_first(cos_json_get(line, "identity"));
         n != NULL && s->n_identity < MAX_POLICIES; n = cos_json_next(n)) {
        char name[32];
        (void)snprintf(name, sizeof(name), "identity.%zu", i++);
        s->n_identity +=
            read_policy(&s->identity[s->n_identity], n, CAM_IDENTITY, name, refused) ? 1 : 0;
    }
    (void)read_policy(&s->boundary, cos_json_get(line, "boundary"), CAM_BOUNDARY, "boundary",
                      refused);
    (void)read_policy(&s->session, cos_json_get(line, "session"), CAM_SESSION, "session",
                      refused);
    (void)read_policy(&s->bucket, cos_json_get(line, "bucket"), CAM_BUCKET, "bucket", refused);
    (void)read_policy(&s->trust, cos_json_get(line, "trust"), CAM_TRUST, "trust", refused);
}

static enum cam_kind kind_of(const char *word)
{
    static const char *const words[] = {
        [CAM_ANONYMOUS] = "anonymous", [CAM_ROOT] = "root", [CAM_USER] = "sub",
        [CAM_FEDERATED] = "federated", [CAM_ROLE] = "role",
    };
    size_t kind = 0;
    while (kind + 1 < COS_ARRAY_LEN(words) && strcmp(words[kind], word) != 0) {
        kind++;
    }
    return (enum cam_kind)kind;
}

static void read_who(struct scenario *s, const struct cos_json *who)
{
    const char *role = json_text(who, "role");
    s->who = (struct cam_principal){.kind = kind_of(json_text(who, "kind")),
                                    .uin = json_text(who, "uin"),
                                    .owner_uin = json_text(who, "owner"),
                                    .appid = json_text(who, "appid"),
                                    .role = role[0] == '\0' ? NULL : role,
                                    .policies = s->identity,
                                    .n_policies = s->n_identity,
                                    .boundary = s->boundary,
                                    .session = s->session};
}

struct context {
    const struct cos_json *said; /* a list of values a key */
    struct cos_arena *arena;     /* of the question: what is found is asked again */
};

/* Keys of two names have the second in a context. */
static const char *name_of(const struct cam_key *key)
{
    return key->id == CAM_KEY_CONTENT_LENGTH ? "cos:content-length"
           : key->id == CAM_KEY_VPC          ? "vpc:requester_vpc"
                                             : key->name;
}

static void find_context(void *ctx, const struct cam_key *key, struct cam_values *out)
{
    const struct context *context = ctx;
    const struct cos_json *values = cos_json_get(context->said, name_of(key));
    size_t n = cos_json_count(values), i = 0;
    struct cos_span *several = cos_arena_array(context->arena, n, sizeof(*several));
    if (several == NULL) {
        return;
    }
    for (const struct cos_json *v = cos_json_first(values); v != NULL; v = cos_json_next(v)) {
        several[i++] = cos_span_of(cos_json_str(v));
    }
    *out = n == 1 ? (struct cam_values){.one = several[0], .n = 1}
                  : (struct cam_values){.several = several, .n = n};
}

static bool take_list(const struct scenario *s, const char *place, enum cam_layer layer,
                      struct acl_list *out)
{
    const char *text = json_text(s->lists, place);
    struct cos_span owner = cos_span_of(json_text(s->owner, "uin"));
    enum acl_place kind = layer == CAM_LAYER_BUCKET_ACL ? ACL_OF_BUCKET : ACL_OF_OBJECT;
    if (text[0] == '\0' || !acl_read(cos_span_of(text), kind, &out->acl) ||
        acl_inherits(&out->acl)) {
        return false;
    }
    out->layer = layer;
    out->of = cos_span_of(place);
    out->owners = (struct acl_owners){.resource_uin = owner, .bucket_uin = owner};
    return true;
}

static bool find_list(void *ctx, const struct acl_need *need, struct acl_list *out)
{
    const struct scenario *s = ctx;
    bool is_own =
        need->place == ACL_OF_OBJECT && (take_list(s, "object", CAM_LAYER_OBJECT_ACL, out) ||
                                         take_list(s, "folder", CAM_LAYER_FOLDER_ACL, out));
    return is_own || take_list(s, "bucket", CAM_LAYER_BUCKET_ACL, out);
}

/* By the names of language.py, where @fallback is the default. */
static bool is_set(const struct cos_json *rules, const char *name, bool fallback)
{
    return cos_json_bool(cos_json_get(rules, name), fallback);
}

static struct cam_rules rules_of(const struct cos_json *named)
{
    return (struct cam_rules){
        .is_anyone_deny_strict = is_set(named, "strict_anyone_deny", false),
        .does_boundary_cap_grants = is_set(named, "boundary_binds_grants", false),
        .does_root_stand_for_users = is_set(named, "root_stands_for_users", false),
        .does_root_deny_hit_users = is_set(named, "root_deny_hits_users", false),
        .does_deny_hit_any_account = is_set(named, "any_account_denies", false),
        .are_regions_globs = is_set(named, "region_glob", false),
        .is_all_of_service_star = is_set(named, "service_level_by_qcs", false),
        .is_question_mark_any = is_set(named, "question_mark", false),
        .is_any_user_nobody = !is_set(named, "uin_star", true),
    };
}

static void answer(struct scenario *s, const struct cos_json *ask, struct cos_buf *out)
{
    struct cos_arena arena COS_CLEANUP(cos_arena_deinit);
    cos_arena_init(&arena, ARENA_BYTES);
    struct context context = {cos_json_get(ask, "context"), &arena};
    const struct cos_json *external_id =
        cos_json_first(cos_json_get(context.said, "sts:external_id"));
    struct cam_fact fact = {"sts:external_id", cos_span_of(cos_json_str(external_id))};
    /* of no bucket, but of the caller's own account */
    bool is_service_level = strcmp(json_text(ask, "resource"), "*") == 0;
    struct cam_question question = {
        .who = &s->who,
        .action = cos_span_of(json_text(ask, "action")),
        .resource = cos_span_of(json_text(ask, "resource")),
        .owner_uin = is_service_level ? s->who.owner_uin : json_text(s->owner, "uin"),
        .owner_appid = is_service_level ? s->who.appid : json_text(s->owner, "appid"),
        .bucket = is_service_level ? NULL : s->bucket,
        .trust = s->trust,
        .context = {.find = find_context,
                    .ctx = &context,
                    .facts = &fact,
                    .n_facts = external_id == NULL ? 0 : 1},
        .find_list = is_service_level ? NULL : find_list,
        .lists = s,
        .rules = rules_of(s->rules),
    };
    struct cam_verdict v;
    cam_eval(&arena, &v, &question);
    cos_buf_printf(out, " %c%s", v.allowed ? '+' : '-', cam_reason_word(v.reason));
}

static int answer_line(struct cos_span text, struct cos_buf *out)
{
    struct cos_text_error err;
    struct cos_json *line COS_CLEANUP(cos_json_free) = NULL;
    if (cos_json_parse(&line, text, /* limits= */ NULL, &err) < 0) {
        (void)fprintf(stderr, "%u:%u: %s\n", err.line, err.column, err.message);
        return -1;
    }
    struct scenario s = {.owner = cos_json_get(line, "owner"),
                         .lists = cos_json_get(line, "lists"),
                         .rules = cos_json_get(line, "rules")};
    cos_buf_str(out, "refused");
    read_policies(&s, line, out);
    if (out->len == strlen("refused")) {
        cos_buf_clear(out);
        cos_buf_str(out, "answers");
        read_who(&s, cos_json_get(line, "who"));
        for (const struct cos_json *ask = cos_json_first(cos_json_get(line, "asks"));
             ask != NULL; ask = cos_json_next(ask)) {
            answer(&s, ask, out);
        }
    }
    scenario_deinit(&s);
    return 0;
}

int main(void)
{
    char *text = NULL;
    size_t room = 0;
    struct cos_buf out;
    cos_buf_init(&out, 1u << 20);
    int status = 0;
    for (ssize_t n; status == 0 && (n = getline(&text, &room, stdin)) > 0;) {
        cos_buf_clear(&out);
        status = answer_line((struct cos_span){text, (size_t)n}, &out);
        if (status == 0) {
            (void)puts(cos_buf_cstr(&out));
        }
    }
    free(text);
    cos_buf_deinit(&out);
    return status == 0 && fflush(stdout) == 0 ? 0 : 1;
}
