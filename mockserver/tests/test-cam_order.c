/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of evaluation (sts-cam.md s.3.3, cam-conditions.md s.5): every kind of caller under
 * identity, session, bucket policy, list and boundary. A table by hand, judged alone and by
 * signed requests; and all combinations against the lines of that page.
 */
#include "client.h"

#include "cam/acl.h"

#define OWNER_UIN "100000000001"
#define OWNER_APPID "1250000000"
#define ROLE_ID "4611686018427397919"
#define OTHER_UIN "100000000002"
#define OTHER_SUB_UIN "100000000022"
#define OTHER_ID "AKIDEXAMPLE0000000000000000000000003"
#define OTHER_SECRET "mockSecretKey0000000000000000003"
#define OTHER_SUB_ID "AKIDEXAMPLE0000000000000000000000004"
#define OTHER_SUB_SECRET "mockSecretKey0000000000000000004"
#define TRUST                                                                    \
    "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":"      \
    "\"name/sts:AssumeRole\",\"principal\":{\"qcs\":[\"qcs::cam::uin/" OWNER_UIN \
    ":root\"]}}]}"

static const char world[] =
    "accounts:\n"
    "  - uin: \"" OWNER_UIN "\"\n"
    "    appid: \"" OWNER_APPID "\"\n"
    "    keys:\n"
    "      - {secret_id: \"" CLIENT_ID "\", secret_key: \"" CLIENT_SECRET "\"}\n"
    "    users:\n"
    "      - uin: \"" CLIENT_SUB_UIN "\"\n"
    "        keys:\n"
    "          - {secret_id: \"" CLIENT_SUB_ID "\", secret_key: \"" CLIENT_SUB_SECRET "\"}\n"
    "    roles:\n"
    "      - {name: app, id: \"" ROLE_ID "\", trust: '" TRUST "'}\n"
    "  - uin: \"" OTHER_UIN "\"\n"
    "    appid: \"1250000002\"\n"
    "    keys:\n"
    "      - {secret_id: \"" OTHER_ID "\", secret_key: \"" OTHER_SECRET "\"}\n"
    "    users:\n"
    "      - uin: \"" OTHER_SUB_UIN "\"\n"
    "        keys:\n"
    "          - {secret_id: \"" OTHER_SUB_ID "\", secret_key: \"" OTHER_SUB_SECRET "\"}\n"
    "buckets:\n"
    "  - {name: " CLIENT_BUCKET ", region: ap-beijing}\n";

enum caller {
    ANONYMOUS,
    ROOT,
    SUB,
    ROLE,
    ROOT_TOKEN, /* of GetFederationToken, as that of a sub-account */
    SUB_TOKEN,
    ROLE_TOKEN, /* of AssumeRole with a Policy */
    OTHER_ROOT,
    OTHER_SUB,
    CALLERS
};
static const struct {
    const char *name, *id, *secret, *uin, *owner_uin, *appid;
    /* in a bucket policy, and in a list; NULL: a list grants it nothing */
    const char *arn, *grantee;
    enum cam_kind kind;
} callers[CALLERS] = {
    [ANONYMOUS] = {"anonymous", "", "", "", "", "", "anyone:anyone", NULL, CAM_ANONYMOUS},
    [ROOT] = {"root", CLIENT_ID, CLIENT_SECRET, OWNER_UIN, OWNER_UIN, OWNER_APPID,
              "uin/" OWNER_UIN ":root", OWNER_UIN, CAM_ROOT},
    [SUB] = {"sub-account", CLIENT_SUB_ID, CLIENT_SUB_SECRET, CLIENT_SUB_UIN, OWNER_UIN,
             OWNER_APPID, "uin/" OWNER_UIN ":uin/" CLIENT_SUB_UIN, OWNER_UIN "/" CLIENT_SUB_UIN,
             CAM_USER},
    [ROLE] = {"role", CLIENT_ID, CLIENT_SECRET, ROLE_ID, OWNER_UIN, OWNER_APPID,
              "uin/" OWNER_UIN ":roleName/app", NULL, CAM_ROLE},
    [ROOT_TOKEN] = {"token of root", CLIENT_ID, CLIENT_SECRET, OWNER_UIN, OWNER_UIN,
                    OWNER_APPID, "uin/" OWNER_UIN ":uin/" OWNER_UIN, OWNER_UIN, CAM_FEDERATED},
    [SUB_TOKEN] = {"token of sub-account", CLIENT_SUB_ID, CLIENT_SUB_SECRET, CLIENT_SUB_UIN,
                   OWNER_UIN, OWNER_APPID, "uin/" OWNER_UIN ":uin/" CLIENT_SUB_UIN,
                   OWNER_UIN "/" CLIENT_SUB_UIN, CAM_FEDERATED},
    [ROLE_TOKEN] = {"token of role", CLIENT_ID, CLIENT_SECRET, ROLE_ID, OWNER_UIN, OWNER_APPID,
                    "uin/" OWNER_UIN ":role/" ROLE_ID, NULL, CAM_ROLE},
    [OTHER_ROOT] = {"other root", OTHER_ID, OTHER_SECRET, OTHER_UIN, OTHER_UIN, "1250000002",
                    "uin/" OTHER_UIN ":uin/" OTHER_UIN, OTHER_UIN, CAM_ROOT},
    [OTHER_SUB] = {"other sub-account", OTHER_SUB_ID, OTHER_SUB_SECRET, OTHER_SUB_UIN,
                   OTHER_UIN, "1250000002", "uin/" OTHER_UIN ":uin/" OTHER_SUB_UIN,
                   OTHER_UIN "/" OTHER_SUB_UIN, CAM_USER},
};

/*
 * What each layer says of GetObject. identity, session, boundary: '-' there is none, 's' it is
 * about something else, 'a' allow, 'd' deny. bucket: as these, of the caller; and 'A', 'D' of
 * anyone. list: '-' private, 'p' public-read, 'c' READ to the caller.
 */
struct layers_say {
    enum caller caller;
    char identity, session;
    const char *bucket;
    char list, boundary;
};

static const struct {
    struct layers_say say;
    bool is_allowed;
    const char *source;
} rows[] = {
    /* who does not sign: 35240, 40105 */
    {{ANONYMOUS, '-', '-', "-", '-', '-'}, false, "P003"},
    {{ANONYMOUS, '-', '-', "A", '-', '-'}, true, "P112"},
    {{ANONYMOUS, '-', '-', "D", '-', '-'}, false, "P111"},
    {{ANONYMOUS, '-', '-', "AD", '-', '-'}, false, "explicit deny wins"},
    {{ANONYMOUS, '-', '-', "-", 'p', '-'}, true, "P116"},
    {{ANONYMOUS, '-', '-', "D", 'p', '-'}, false, "P117"},
    {{ANONYMOUS, '-', '-', "A", 'p', '-'}, true, "P119"},
    /* the owner */
    {{ROOT, '-', '-', "-", '-', '-'}, true, "P002"},
    {{ROOT, 's', '-', "s", '-', '-'}, true, "P002"},
    {{ROOT, 'd', '-', "-", '-', '-'}, false, "explicit deny wins anywhere"},
    {{ROOT, '-', '-', "d", '-', '-'}, false, "P123"},
    {{ROOT, '-', '-', "D", '-', '-'}, true, "35240: deny for everyone is below that"},
    {{ROOT, '-', '-', "-", '-', 'd'}, true, "boundaries are of sub-accounts and roles"},
    /* a sub-account: union, deny wins */
    {{SUB, '-', '-', "-", '-', '-'}, false, "P001"},
    {{SUB, 's', '-', "s", '-', '-'}, false, "P006"},
    {{SUB, 'a', '-', "-", '-', '-'}, true, "P108"},
    {{SUB, '-', '-', "a", '-', '-'}, true, "P106"},
    {{SUB, 'd', '-', "a", '-', '-'}, false, "explicit deny wins anywhere"},
    {{SUB, 'a', '-', "d", '-', '-'}, false, "explicit deny wins anywhere"},
    {{SUB, 'a', '-', "D", '-', '-'}, true, "P110"},
    {{SUB, '-', '-', "A", '-', '-'}, true, "P113"},
    {{SUB, '-', '-', "AD", '-', '-'}, false, "P115"},
    {{SUB, '-', '-', "aD", '-', '-'}, true, "P110"},
    {{SUB, '-', '-', "-", 'c', '-'}, true, "s.3.3: base"},
    {{SUB, '-', '-', "-", 'p', '-'}, true, "s.3.3: 4"},
    {{SUB, 'd', '-', "-", 'p', '-'}, false, "explicit deny wins anywhere"},
    {{SUB, '-', '-', "D", 'p', '-'}, false, "s.3.3: 4"},
    {{SUB, '-', '-', "d", 'c', '-'}, false, "explicit deny wins anywhere"},
    /* a boundary: cam-conditions.md s.5 */
    {{SUB, 'a', '-', "-", '-', 'a'}, true, "attached and boundary"},
    {{SUB, 'a', '-', "-", '-', 's'}, false, "attached and boundary"},
    {{SUB, 'a', '-', "-", '-', 'd'}, false, "deny in either wins"},
    {{SUB, '-', '-', "-", '-', 'a'}, false, "it grants nothing"},
    {{SUB, 'd', '-', "-", '-', 'a'}, false, "deny in either wins"},
    {{SUB, '-', '-', "a", '-', 's'}, true, "[U] only identity policies"},
    {{SUB, '-', '-', "-", 'c', 's'}, true, "[U] only identity policies"},
    {{SUB, '-', '-', "a", '-', 'd'}, false, "deny in either wins"},
    /* a role */
    {{ROLE, '-', '-', "-", '-', '-'}, false, "nothing grants"},
    {{ROLE, 'a', '-', "-", '-', '-'}, true, "P141"},
    {{ROLE, 'd', '-', "a", '-', '-'}, false, "explicit deny wins anywhere"},
    {{ROLE, '-', '-', "a", '-', '-'}, true, "cam-conditions.md s.4 [U]"},
    {{ROLE, 'a', '-', "-", '-', 's'}, false, "cam-conditions.md s.5"},
    {{ROLE, 'a', '-', "-", '-', 'a'}, true, "cam-conditions.md s.5"},
    /* tokens: A and B, 436/45242 */
    {{ROOT_TOKEN, '-', 'a', "-", '-', '-'}, true, "P139"},
    {{ROOT_TOKEN, '-', 's', "-", '-', '-'}, false, "P140"},
    {{ROOT_TOKEN, '-', 'd', "-", '-', '-'}, false, "explicit deny wins anywhere"},
    {{ROOT_TOKEN, 'd', 'a', "-", '-', '-'}, false, "explicit deny wins anywhere"},
    {{ROOT_TOKEN, '-', 'a', "d", '-', '-'}, false, "P123"},
    {{ROOT_TOKEN, '-', 'a', "-", '-', 's'}, true, "boundaries are of sub-accounts and roles"},
    {{SUB_TOKEN, 'a', 'a', "-", '-', '-'}, true, "P133"},
    {{SUB_TOKEN, 'a', 's', "-", '-', '-'}, false, "P134"},
    {{SUB_TOKEN, '-', 'a', "-", '-', '-'}, false, "A and B"},
    {{SUB_TOKEN, 'a', 'd', "-", '-', '-'}, false, "explicit deny wins anywhere"},
    {{SUB_TOKEN, '-', 'a', "a", '-', '-'}, true, "s.3.3: base and session"},
    {{SUB_TOKEN, '-', 's', "a", '-', '-'}, false, "P147"},
    {{SUB_TOKEN, '-', 's', "-", 'c', '-'}, false, "as P147"},
    {{SUB_TOKEN, '-', 's', "-", 'p', '-'}, true, "P146"},
    {{SUB_TOKEN, '-', 's', "A", '-', '-'}, true, "s.3.3: 4"},
    {{SUB_TOKEN, '-', 'd', "A", 'p', '-'}, false, "explicit deny wins anywhere"},
    {{SUB_TOKEN, 'a', 'a', "-", '-', 's'}, false, "cam-conditions.md s.5"},
    {{SUB_TOKEN, 'a', 'a', "-", '-', 'a'}, true, "cam-conditions.md s.5"},
    {{ROLE_TOKEN, 'a', 'a', "-", '-', '-'}, true, "A and B"},
    {{ROLE_TOKEN, 'a', 's', "-", '-', '-'}, false, "A and B"},
    {{ROLE_TOKEN, '-', 'a', "-", '-', '-'}, false, "A and B"},
    {{ROLE_TOKEN, 'a', 'a', "-", '-', 'd'}, false, "deny in either wins"},
    /* across accounts: 598/10605, 436/32971 */
    {{OTHER_ROOT, '-', '-', "-", '-', '-'}, false, "P128"},
    {{OTHER_ROOT, 'a', '-', "-", '-', '-'}, false, "P128"},
    {{OTHER_ROOT, '-', '-', "a", '-', '-'}, true, "P127"},
    {{OTHER_ROOT, 'd', '-', "a", '-', '-'}, false, "explicit deny wins anywhere"},
    {{OTHER_ROOT, '-', '-', "-", 'c', '-'}, true, "bucket policy or ACL"},
    {{OTHER_ROOT, '-', '-', "-", 'p', '-'}, true, "s.3.3: 4"},
    {{OTHER_SUB, 'a', '-', "-", '-', '-'}, false, "P131"},
    {{OTHER_SUB, '-', '-', "a", '-', '-'}, false, "its own user policy as well"},
    {{OTHER_SUB, 'a', '-', "a", '-', '-'}, true, "P132"},
    {{OTHER_SUB, 'a', '-', "-", 'c', '-'}, true, "bucket policy or ACL, and its own"},
    {{OTHER_SUB, '-', '-', "-", 'c', '-'}, false, "its own user policy as well"},
    {{OTHER_SUB, '-', '-', "A", '-', '-'}, true, "s.3.3: 4"},
    {{OTHER_SUB, 'a', '-', "a", '-', 's'}, false, "cam-conditions.md s.5"},
    {{OTHER_SUB, 'd', '-', "A", 'p', '-'}, false, "explicit deny wins anywhere"},
};

/* --- the policies of a row --- */

static const char *policy_text(char says)
{
    return says == 'a'   ? "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\","
                           "\"action\":\"name/cos:GetObject\",\"resource\":\"*\"}]}"
           : says == 'd' ? "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"deny\","
                           "\"action\":\"name/cos:GetObject\",\"resource\":\"*\"}]}"
           : says == 's' ? "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\","
                           "\"action\":\"name/cos:PutObject\",\"resource\":\"*\"}]}"
                         : NULL;
}

static const char *bucket_text(const struct layers_say *say, char out[1000])
{
    size_t n = (size_t)snprintf(out, 1000, "{\"version\":\"2.0\",\"statement\":[");
    for (const char *w = say->bucket; *w != '-' && *w != '\0'; w++) {
        bool is_anyone = *w == 'A' || *w == 'D';
        n += (size_t)snprintf(
            out + n, 1000 - n,
            "%s{\"effect\":\"%s\",\"action\":\"name/cos:%sObject\",\"resource\":\"*\","
            "\"principal\":{\"qcs\":[\"qcs::cam::%s\"]}}",
            w == say->bucket ? "" : ",", *w == 'd' || *w == 'D' ? "deny" : "allow",
            *w == 's' ? "Put" : "Get", is_anyone ? "anyone:anyone" : callers[say->caller].arn);
    }
    (void)snprintf(out + n, 1000 - n, "]}");
    return say->bucket[0] == '-' ? NULL : out;
}

static const char *list_text(const struct layers_say *say, char out[200])
{
    (void)snprintf(out, 200, "private READ:%s", callers[say->caller].grantee);
    return say->list == 'p' ? "public-read" : say->list == 'c' ? out : "private";
}

static const char *print_say(const struct layers_say *say)
{
    static char out[200];
    (void)snprintf(out, sizeof(out),
                   "%s: identity %c, session %c, bucket %s, list %c, boundary %c",
                   callers[say->caller].name, say->identity, say->session, say->bucket,
                   say->list, say->boundary);
    return out;
}

/* --- by the judge alone --- */

static struct cam_policy *parse(const char *json, enum cam_policy_use use)
{
    struct cam_policy *p = NULL;
    struct cos_text_error err;
    if (json != NULL && cam_policy_parse(&p, cos_span_of(json), use, "tested", &err) < 0) {
        fail_msg("%s: %s", json, err.message);
    }
    return p;
}

static bool find_list(void *ctx, const struct acl_need *need, struct acl_list *out)
{
    out->layer = CAM_LAYER_BUCKET_ACL;
    out->of = COS_SPAN_LIT(CLIENT_BUCKET);
    out->owners = (struct acl_owners){.resource_uin = COS_SPAN_LIT(OWNER_UIN),
                                      .bucket_uin = COS_SPAN_LIT(OWNER_UIN)};
    return acl_read(cos_span_of(ctx), ACL_OF_BUCKET, &out->acl);
}

static bool is_judged_allowed(const struct layers_say *say)
{
    char bucket_json[1000];
    char list[200];
    struct cam_policy *identity = parse(policy_text(say->identity), CAM_IDENTITY);
    struct cam_policy *session = parse(policy_text(say->session), CAM_SESSION);
    struct cam_policy *boundary = parse(policy_text(say->boundary), CAM_BOUNDARY);
    struct cam_policy *bucket = parse(bucket_text(say, bucket_json), CAM_BUCKET);
    const struct cam_principal who = {.kind = callers[say->caller].kind,
                                      .uin = callers[say->caller].uin,
                                      .owner_uin = callers[say->caller].owner_uin,
                                      .appid = callers[say->caller].appid,
                                      .role = "app",
                                      .policies = &identity,
                                      .n_policies = identity != NULL,
                                      .boundary = boundary,
                                      .session = session};
    const struct cam_question q = {.who = &who,
                                   .action = COS_SPAN_LIT("name/cos:GetObject"),
                                   .resource =
                                       COS_SPAN_LIT("qcs::cos:ap-beijing:uid/" OWNER_APPID
                                                    ":" CLIENT_BUCKET "/k"),
                                   .owner_uin = OWNER_UIN,
                                   .owner_appid = OWNER_APPID,
                                   .bucket = bucket,
                                   .find_list = find_list,
                                   .lists = (void *)(uintptr_t)list_text(say, list)};
    struct cos_arena arena;
    struct cam_verdict v;
    cos_arena_init(&arena, 1u << 16);
    cam_eval(&arena, &v, &q);
    cos_arena_deinit(&arena);
    cam_policy_unref(identity);
    cam_policy_unref(session);
    cam_policy_unref(boundary);
    cam_policy_unref(bucket);
    return v.allowed;
}

static void the_judge_follows_the_order(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        if (is_judged_allowed(&rows[i].say) != rows[i].is_allowed) {
            fail_msg("%s: want %s (%s)", print_say(&rows[i].say),
                     rows[i].is_allowed ? "allow" : "deny", rows[i].source);
        }
    }
}

/* --- by signed requests --- */

static int open_world(void **state)
{
    struct client *c = calloc(1, sizeof(*c));
    client_open_world(c, world);
    assert_int_equal(cosmock_object_put(c->tenant, CLIENT_BUCKET, "k", "x", 1, NULL), 0);
    *state = c;
    return 0;
}

/* The key of the caller, or a token of it. */
static void key_of(struct client *c, const struct layers_say *say, struct token *out)
{
    enum caller who = say->caller;
    bool is_role = who == ROLE || who == ROLE_TOKEN;
    *out = (struct token){.id = ""};
    (void)snprintf(out->id, sizeof(out->id), "%s", callers[who].id);
    (void)snprintf(out->secret, sizeof(out->secret), "%s", callers[who].secret);
    if (!is_role && who != ROOT_TOKEN && who != SUB_TOKEN) {
        return;
    }
    struct cos_buf body;
    cos_buf_init(&body, 4096);
    cos_buf_str(&body, is_role ? "{\"RoleArn\":\"qcs::cam::uin/" OWNER_UIN
                                 ":roleName/app\",\"RoleSessionName\":\"mock\""
                               : "{\"Name\":\"mock\"");
    if (say->session != '-') {
        cos_buf_str(&body, ",\"Policy\":");
        cos_json_quote(&body, cos_span_of(policy_text(say->session)));
    }
    cos_buf_str(&body, "}");
    struct answer a =
        sts_call(c, out, is_role ? "AssumeRole" : "GetFederationToken", cos_buf_cstr(&body));
    read_token(&a, out);
    answer_free(&a);
    cos_buf_deinit(&body);
}

static void put_layers(struct client *c, const struct layers_say *say, const char *uin)
{
    char bucket[1000];
    char list[200];
    struct cosmock_tenant *t = c->tenant;
    bool is_bounded = strcmp(uin, OWNER_UIN) != 0 && strcmp(uin, OTHER_UIN) != 0;
    assert_int_equal(cosmock_bucket_policy_set(t, CLIENT_BUCKET, bucket_text(say, bucket),
                                               NULL),
                     0);
    assert_int_equal(cosmock_bucket_acl_set(t, CLIENT_BUCKET, list_text(say, list), NULL), 0);
    if (say->caller != ANONYMOUS) {
        assert_int_equal(cosmock_user_policy_set(t, uin, policy_text(say->identity), NULL), 0);
    }
    if (say->caller != ANONYMOUS && is_bounded) {
        assert_int_equal(cosmock_user_boundary_set(t, uin, policy_text(say->boundary), NULL),
                         0);
    }
}

static void requests_follow_the_order(void **state)
{
    struct client *c = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        static struct question q;
        struct token key;
        put_layers(c, &rows[i].say, callers[rows[i].say.caller].uin);
        key_of(c, &rows[i].say, &key);
        q = (struct question){.method = "GET", .target = "/k"};
        if (key.id[0] == '\0') {
            add_header(&q, "Host", CLIENT_HOST);
        } else {
            authorize(&q, key.id, key.secret, "/k");
        }
        if (key.token[0] != '\0') {
            add_header(&q, "x-cos-security-token", key.token);
        }
        struct answer a = client_send(c, &q);
        if (a.status != (rows[i].is_allowed ? 200 : 403)) {
            fail_msg("%s: want %s (%s), got %d %s", print_say(&rows[i].say),
                     rows[i].is_allowed ? "allow" : "deny", rows[i].source, a.status,
                     answer_header(&a, "x-cosmock-reason"));
        }
        answer_free(&a);
    }
}

/* --- all combinations --- */

/* The lines of sts-cam.md s.3.3, one by one. */
static bool page_says(const struct layers_say *s)
{
    bool is_foreign = s->caller == OTHER_ROOT || s->caller == OTHER_SUB;
    bool is_account = s->caller == ROOT || s->caller == ROOT_TOKEN || s->caller == OTHER_ROOT;
    char boundary = is_account ? '-' : s->boundary;
    bool anyone_denied = strchr(s->bucket, 'D') != NULL;
    bool anyone_allowed = strchr(s->bucket, 'A') != NULL && !anyone_denied;
    bool granted = strchr(s->bucket, 'a') != NULL || s->list == 'c';
    bool own = s->identity == 'a' && (boundary == '-' || boundary == 'a');
    bool is_public = anyone_allowed || (s->list == 'p' && !anyone_denied);
    if (s->caller == ANONYMOUS) {
        return is_public;
    }
    if (strchr(s->bucket, 'd') != NULL || s->identity == 'd' || boundary == 'd' ||
        s->session == 'd') {
        return false;
    }
    bool base = is_foreign ? granted && (is_account || own) : is_account || own || granted;
    return (base && (s->session == '-' || s->session == 'a')) || is_public;
}

static size_t check_all_of(enum caller caller)
{
    static const char *const buckets[] = {"-",  "s",  "a",  "d",  "A",   "D",
                                          "aD", "AD", "dA", "Aa", "saD", "Dd"};
    bool has_token = caller >= ROOT_TOKEN && caller <= ROLE_TOKEN;
    size_t n = 0;
    for (size_t i = 0; i < 4 * 4 * 4 * 3 * COS_ARRAY_LEN(buckets); i++) {
        const struct layers_say say = {
            .caller = caller,
            .identity = "-sad"[i % 4],
            .session = "-sad"[i / 4 % 4],
            .boundary = "-sad"[i / 16 % 4],
            .list = "-pc"[i / 64 % 3],
            .bucket = buckets[i / 192],
        };
        bool is_possible = (has_token || say.session == '-') &&
                           (callers[caller].grantee != NULL || say.list != 'c') &&
                           (caller != ANONYMOUS || strpbrk(say.bucket, "ads") == NULL);
        if (is_possible && is_judged_allowed(&say) != page_says(&say)) {
            fail_msg("%s: want %s", print_say(&say), page_says(&say) ? "allow" : "deny");
        }
        n += is_possible;
    }
    return n;
}

static void every_combination_is_judged_as_the_page_says(void **state)
{
    size_t n = 0;
    for (int caller = 0; caller < CALLERS; caller++) {
        n += check_all_of((enum caller)caller);
    }
    print_message("%zu combinations\n", n);
    assert_true(n > 5000);
}

/* The table by hand and the lines of the page agree, so neither was bent. */
static void the_table_is_what_the_page_says(void **state)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        if (page_says(&rows[i].say) != rows[i].is_allowed) {
            fail_msg("%s (%s)", print_say(&rows[i].say), rows[i].source);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_judge_follows_the_order),
        cmocka_unit_test_setup_teardown(requests_follow_the_order, open_world, client_close),
        cmocka_unit_test(every_combination_is_judged_as_the_page_says),
        cmocka_unit_test(the_table_is_what_the_page_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
