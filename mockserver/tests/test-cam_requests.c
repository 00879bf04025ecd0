/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every case of fixtures/policies/policy-cases.json as a real request: its policies are put,
 * its principal signs (by a permanent key, or one that STS gives), the request carries what the
 * case says of conditions, and the answer and the journal must agree with the documents. What
 * no request can carry is listed with its reason.
 */
#include "client.h"
#include "json.h"

#include "cosbase/file.h"

#define HOME "ap-guangzhou"
#define HOST CLIENT_BUCKET ".cos." HOME ".myqcloud.com"
#define SERVICE_HOST "service.cos.myqcloud.com"
#define ROOT_UIN "100000000001"
#define ROLE_ID "4611686018427397919"
#define FOREIGN_ID "AKIDEXAMPLE0000000000000000000000003"
#define FOREIGN_SECRET "mockSecretKey0000000000000000003"
#define FOREIGN_SUB_ID "AKIDEXAMPLE0000000000000000000000004"
#define FOREIGN_SUB_SECRET "mockSecretKey0000000000000000004"
#define NOTHING                                                                          \
    "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":\"cos:None\"," \
    "\"resource\":\"*\"}]}"
#define TRUST                                                               \
    "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":" \
    "\"name/sts:AssumeRole\",\"principal\":{\"qcs\":[\"qcs::cam::uin/" ROOT_UIN ":root\"]}}]}"

static const char world[] =
    "accounts:\n"
    "  - uin: \"" ROOT_UIN "\"\n"
    "    appid: \"1250000000\"\n"
    "    keys:\n"
    "      - {secret_id: \"" CLIENT_ID "\", secret_key: \"" CLIENT_SECRET "\"}\n"
    "    users:\n"
    "      - uin: \"" CLIENT_SUB_UIN "\"\n"
    "        keys:\n"
    "          - {secret_id: \"" CLIENT_SUB_ID "\", secret_key: \"" CLIENT_SUB_SECRET "\"}\n"
    "    roles:\n"
    "      - {name: app, id: \"" ROLE_ID "\", trust: '" TRUST "'}\n"
    "  - uin: \"100000000002\"\n"
    "    appid: \"1250000002\"\n"
    "    keys:\n"
    "      - {secret_id: \"" FOREIGN_ID "\", secret_key: \"" FOREIGN_SECRET "\"}\n"
    "    users:\n"
    "      - uin: \"100000000022\"\n"
    "        keys:\n"
    "          - {secret_id: \"" FOREIGN_SUB_ID "\", secret_key: \"" FOREIGN_SUB_SECRET "\"}\n"
    "buckets:\n"
    "  - {name: " CLIENT_BUCKET ", region: " HOME "}\n";

static const char *fixtures;

static const char *reason_not_sent(const char *id)
{
    static const struct {
        const char *id, *why;
    } rows[] = {
        {"P103", "no request to COS carries qcs:create_uin"},
        {"P160", "a form has a body of its own: test-form_rights.c"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        if (strcmp(rows[i].id, id) == 0) {
            return rows[i].why;
        }
    }
    return NULL;
}

/* --- the policies of a case --- */

/* Several of one identity as one: what is attached together is judged together. */
static void print_policies(struct cos_buf *b, const struct cos_json *list)
{
    cos_buf_init(b, 1u << 20);
    const struct cos_json *first = cos_json_first(list);
    if (first == NULL) {
        cos_buf_str(b, NOTHING);
    } else if (cos_json_next(first) == NULL && cos_json_is_str(first)) {
        cos_buf_str(b, cos_json_str(first));
    } else if (cos_json_next(first) == NULL) {
        cos_json_print(b, first);
    } else {
        cos_buf_str(b, "{\"version\":\"2.0\",\"statement\":[");
        for (const struct cos_json *p = first; p != NULL; p = cos_json_next(p)) {
            const struct cos_json *list_of_one = cos_json_get(p, "statement");
            for (const struct cos_json *s = cos_json_first(list_of_one); s != NULL;
                 s = cos_json_next(s)) {
                cos_buf_str(b, p == first && s == cos_json_first(list_of_one) ? "" : ",");
                cos_json_print(b, s);
            }
        }
        cos_buf_str(b, "]}");
    }
}

static bool put_identity(struct client *c, const struct cos_json *case_, const char *uin)
{
    struct cos_buf b;
    print_policies(&b, cos_json_get(cos_json_get(case_, "policies"), "identity"));
    int r = cosmock_user_policy_set(c->tenant, uin, cos_buf_cstr(&b), NULL);
    cos_buf_deinit(&b);
    return r == COSMOCK_OK;
}

static bool put_bucket(struct client *c, const struct cos_json *case_)
{
    const struct cos_json *policy = cos_json_get(cos_json_get(case_, "policies"), "bucket");
    if (policy == NULL) {
        return true;
    }
    struct cos_buf b;
    cos_buf_init(&b, 1u << 20);
    cos_json_print(&b, policy);
    int r = cosmock_bucket_policy_set(c->tenant, CLIENT_BUCKET, cos_buf_cstr(&b), NULL);
    cos_buf_deinit(&b);
    return r == COSMOCK_OK;
}

static void put_list(struct client *c, const struct cos_json *grants, const char *target,
                     const char *path)
{
    static struct question q;
    if (cos_json_count(grants) == 0) {
        return;
    }
    q = (struct question){.method = "PUT", .target = target};
    authorize_as(&q, &(struct signing){CLIENT_ID, CLIENT_SECRET, HOST, path});
    add_header(&q, "Content-Length", "0");
    add_header(&q, "x-cos-acl", "public-read");
    struct answer a = client_send(c, &q);
    assert_int_equal(a.status, 200);
    answer_free(&a);
}

/* --- who signs --- */

static void ask_sts(struct client *c, const char *id, const char *secret, const char *role,
                    const struct cos_json *session, struct token *out)
{
    struct cos_buf policy;
    struct cos_buf body;
    cos_buf_init(&policy, 1u << 20);
    cos_buf_init(&body, 1u << 20);
    cos_buf_str(&body, role != NULL ? "{\"RoleArn\":\"qcs::cam::uin/" ROOT_UIN
                                      ":roleName/app\",\"RoleSessionName\":\"mock\""
                                    : "{\"Name\":\"mock\"");
    if (session != NULL) {
        cos_json_print(&policy, session);
        cos_buf_str(&body, ",\"Policy\":");
        cos_json_quote(&body, cos_buf_view(&policy));
    }
    cos_buf_str(&body, "}");
    struct token key = {0};
    (void)snprintf(key.id, sizeof(key.id), "%s", id);
    (void)snprintf(key.secret, sizeof(key.secret), "%s", secret);
    struct answer a = sts_call(c, &key, role != NULL ? "AssumeRole" : "GetFederationToken",
                               cos_buf_cstr(&body));
    read_token(&a, out);
    answer_free(&a);
    cos_buf_deinit(&body);
    cos_buf_deinit(&policy);
}

/* The key of the case's principal; id "": nobody signs. */
static void key_of(struct client *c, const struct cos_json *case_, struct token *out)
{
    static const struct {
        const char *uin, *id, *secret;
    } keys[] = {
        {ROOT_UIN, CLIENT_ID, CLIENT_SECRET},
        {CLIENT_SUB_UIN, CLIENT_SUB_ID, CLIENT_SUB_SECRET},
        {"100000000002", FOREIGN_ID, FOREIGN_SECRET},
        {"100000000022", FOREIGN_SUB_ID, FOREIGN_SUB_SECRET},
        {ROLE_ID, CLIENT_ID, CLIENT_SECRET},
    };
    const struct cos_json *who = cos_json_get(case_, "principal");
    const struct cos_json *session = cos_json_get(cos_json_get(case_, "policies"), "session");
    const char *type = json_text(who, "type");
    *out = (struct token){.id = ""};
    if (strcmp(type, "anonymous") == 0) {
        return;
    }
    size_t i = 0;
    while (strcmp(keys[i].uin, json_text(who, "uin")) != 0) {
        assert_true(++i < COS_ARRAY_LEN(keys));
    }
    if (strcmp(type, "role") == 0) {
        ask_sts(c, keys[i].id, keys[i].secret, "app", session, out);
    } else if (session != NULL) {
        ask_sts(c, keys[i].id, keys[i].secret, /* role= */ NULL, session, out);
    } else {
        (void)snprintf(out->id, sizeof(out->id), "%s", keys[i].id);
        (void)snprintf(out->secret, sizeof(out->secret), "%s", keys[i].secret);
    }
}

/* --- the request --- */

/* Which method and sub-resource ask for an action. */
struct form_of_action {
    const char *action, *method, *query;
    bool is_of_bucket;
};
static const struct form_of_action *form_of(const char *action)
{
    static const struct form_of_action rows[] = {
        {"name/cos:GetObject", "GET", "", false},
        {"name/cos:PutObject", "PUT", "", false},
        {"name/cos:DeleteObject", "DELETE", "", false},
        {"name/cos:UploadPart", "PUT", "partNumber=1&uploadId=none", false},
        {"name/cos:PutBucket", "PUT", "", true},
        {"name/cos:DeleteBucket", "DELETE", "", true},
        {"name/cos:GetBucket", "GET", "", true},
        {"name/cos:ListMultipartUploads", "GET", "uploads", true},
        {"name/cos:PutBucketPolicy", "PUT", "policy", true},
        {"name/cos:GetBucketPolicy", "GET", "policy", true},
        {"name/cos:GetBucketACL", "GET", "acl", true},
        {"name/cos:GetService", "GET", "", true},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        if (strcmp(rows[i].action, action) == 0) {
            return &rows[i];
        }
    }
    fail_msg("no request asks for %s", action);
    return NULL;
}

static void add_encoded(struct cos_buf *b, const char *text)
{
    for (; *text != '\0'; text++) {
        bool is_plain = (*text >= '0' && *text <= '9') || (*text >= 'A' && *text <= 'Z') ||
                        (*text >= 'a' && *text <= 'z') || strchr("-_.~/", *text) != NULL;
        cos_buf_printf(b, is_plain ? "%c" : "%%%02X", (unsigned char)*text);
    }
}

static void add_param(struct cos_buf *b, const char *name, const char *value)
{
    cos_buf_printf(b, "%c%s", strchr(cos_buf_cstr(b), '?') == NULL ? '?' : '&', name);
    if (value != NULL) {
        cos_buf_str(b, "=");
        add_encoded(b, value);
    }
}

static void add_length(struct question *q, const struct cos_json *context)
{
    static const char bytes[] = "hello world and more";
    struct cos_span said = cos_span_of(json_text(context, "cos:content-length"));
    uint64_t n = 0;
    if (strcmp(q->method, "PUT") != 0) {
        return;
    }
    if (said.len == 0) {
        add_header(q, "Transfer-Encoding", "chunked");
        return;
    }
    assert_true(cos_span_u64(said, &n) && n < sizeof(bytes));
    q->body = bytes;
    q->n = (size_t)n;
    add_header(q, "Content-Length", said.ptr);
}

static void add_headers(struct question *q, const struct cos_json *context)
{
    static const struct {
        const char *key, *header;
    } rows[] = {
        {"qcs:ip", "x-cosmock-peer-ip"},
        {"cos:x-cos-acl", "x-cos-acl"},
        {"cos:content-type", "Content-Type"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        const char *value = json_text(context, rows[i].key);
        if (value[0] != '\0') {
            add_header(q, rows[i].header, value);
        }
    }
    struct cos_buf tags;
    cos_buf_init(&tags, 4096);
    for (const struct cos_json *tag = cos_json_first(cos_json_get(context, "qcs:request_tag"));
         tag != NULL; tag = cos_json_next(tag)) {
        struct cos_span rest = cos_span_of(cos_json_str(tag));
        struct cos_span name = cos_span_cut(&rest, '&');
        cos_buf_printf(&tags, "%s" COS_SPAN_FMT "=" COS_SPAN_FMT, tags.len > 0 ? "&" : "",
                       COS_SPAN_ARG(name), COS_SPAN_ARG(rest));
    }
    if (tags.len > 0) {
        add_header(q, "x-cos-tagging", cos_buf_cstr(&tags));
    }
    cos_buf_deinit(&tags);
    q->tls_version = cos_json_get(context, "cos:tls-version") == NULL
                         ? NULL
                         : json_text(context, "cos:tls-version");
    add_length(q, context);
}

/* What follows the bucket in the resource. */
static const char *path_of(const struct cos_json *request)
{
    const char *slash = strchr(json_text(request, "resource"), '/');
    slash = slash == NULL ? NULL : strstr(slash, CLIENT_BUCKET "/");
    return slash == NULL ? "" : slash + strlen(CLIENT_BUCKET "/");
}

static struct answer send_case(struct client *c, const struct cos_json *case_,
                               const struct token *key)
{
    static struct question q;
    static char plain[1000];
    const struct cos_json *request = cos_json_get(case_, "request");
    const struct cos_json *context = cos_json_get(request, "context");
    const struct form_of_action *form = form_of(json_text(request, "action"));
    const char *path = path_of(request);
    const char *host = strcmp(json_text(request, "resource"), "*") == 0 ? SERVICE_HOST : HOST;
    static struct cos_buf target;
    cos_buf_deinit(&target);
    cos_buf_init(&target, 1u << 16);
    (void)snprintf(plain, sizeof(plain), "/%s", form->is_of_bucket ? "" : path);
    add_encoded(&target, plain);
    if (form->query[0] != '\0') {
        cos_buf_printf(&target, "?%s", form->query);
    }
    if (form->is_of_bucket &&
        (path[0] != '\0' || cos_json_get(context, "cos:prefix") != NULL)) {
        add_param(&target, "prefix", path);
    }
    if (cos_json_get(context, "cos:versionid") != NULL) {
        add_param(&target, "versionId", json_text(context, "cos:versionid"));
    }
    if (cos_json_get(context, "cos:response-content-type") != NULL) {
        add_param(&target, "response-content-type",
                  json_text(context, "cos:response-content-type"));
    }
    q = (struct question){.method = form->method, .target = cos_buf_cstr(&target)};
    if (key->id[0] == '\0') {
        add_header(&q, "Host", host);
    } else {
        authorize_as(&q, &(struct signing){key->id, key->secret, host, plain});
    }
    if (key->token[0] != '\0') {
        add_header(&q, "x-cos-security-token", key->token);
    }
    add_headers(&q, context);
    return client_send(c, &q);
}

/* --- the case --- */

static void set_clock(struct client *c, const struct cos_json *case_)
{
    const char *said =
        json_text(cos_json_get(cos_json_get(case_, "request"), "context"), "qcs:current_time");
    int64_t unix_ms;
    if (said[0] != '\0') {
        assert_true(cos_date_iso_parse(cos_span_of(said), &unix_ms));
        client_freeze(c, unix_ms / 1000);
    }
}

static bool answers_as_expected(struct client *c, const struct cos_json *case_,
                                const struct token *key)
{
    struct answer a = send_case(c, case_, key);
    struct cosmock_entry *e = last_entry(c);
    bool is_allowed = strcmp(json_text(case_, "expect"), "allow") == 0;
    bool is_right = (strcmp(e->authz, "allow") == 0) == is_allowed && e->n_questions > 0 &&
                    (a.status != 403) == is_allowed &&
                    strcmp(e->questions[0].action,
                           json_text(cos_json_get(case_, "request"), "action")) == 0;
    if (!is_right) {
        print_error("%s %s: %s %s gives %d, authz '%s' %s, expected %s\n",
                    json_text(case_, "id"), json_text(case_, "title"), e->method, e->target,
                    a.status, e->authz, answer_header(&a, "x-cosmock-reason"),
                    json_text(case_, "expect"));
    }
    (void)cosmock_entries_free(e);
    answer_free(&a);
    return is_right;
}

static bool check_case(const struct cos_json *case_)
{
    struct client *c = calloc(1, sizeof(*c));
    client_open_world(c, world);
    client_switch(c, "peer-header", "trust");
    set_clock(c, case_);
    const struct cos_json *request = cos_json_get(case_, "request");
    const struct cos_json *acl = cos_json_get(cos_json_get(case_, "policies"), "acl");
    const char *uin = json_text(cos_json_get(case_, "principal"), "uin");
    bool is_invalid = strcmp(json_text(case_, "expect"), "invalid_policy") == 0;
    struct token key = {0};
    if (!form_of(json_text(request, "action"))->is_of_bucket) {
        assert_int_equal(cosmock_object_put(c->tenant, CLIENT_BUCKET, path_of(request), "x", 1,
                                            NULL),
                         0);
    }
    put_list(c, cos_json_get(acl, "bucket"), "/?acl", "/");
    put_list(c, cos_json_get(acl, "object"), "/dir/a.txt?acl", "/dir/a.txt");
    if (!is_invalid) {
        key_of(c, case_, &key);
    }
    bool is_root = strcmp(uin, ROOT_UIN) == 0;
    bool is_put =
        (uin[0] == '\0' || is_root || put_identity(c, case_, uin)) && put_bucket(c, case_);
    bool is_right = is_put != is_invalid && (is_invalid || answers_as_expected(c, case_, &key));
    if (is_put == is_invalid) {
        print_error("%s: its policies are %s\n", json_text(case_, "id"),
                    is_put ? "taken" : "refused");
    }
    client_shut(c);
    free(c);
    return is_right;
}

static void every_case_comes_out_over_the_wire(void **state)
{
    char path[512];
    (void)snprintf(path, sizeof(path), "%s/policies/policy-cases.json", fixtures);
    struct cos_buf file;
    cos_buf_init(&file, 8u << 20);
    assert_int_equal(cos_file_read(&file, path), 0);
    struct cos_json *doc = parse_json(cos_buf_view(&file));
    unsigned sent = 0;
    unsigned wrong = 0;
    for (const struct cos_json *c = cos_json_first(cos_json_get(doc, "cases")); c != NULL;
         c = cos_json_next(c)) {
        const char *why = reason_not_sent(json_text(c, "id"));
        if (why != NULL) {
            print_message("# %s is not sent: %s\n", json_text(c, "id"), why);
        } else {
            sent++;
            wrong += check_case(c) ? 0 : 1;
        }
    }
    cos_json_free(doc);
    cos_buf_deinit(&file);
    assert_int_equal(wrong, 0);
    assert_int_equal(sent, 104);
}

/* --- what no case has --- */

static int open_home(void **state)
{
    struct client *c = calloc(1, sizeof(*c));
    client_open_world(c, world);
    client_switch(c, "peer-header", "trust");
    assert_int_equal(cosmock_object_put(c->tenant, CLIENT_BUCKET, "k", "x", 1, NULL), 0);
    *state = c;
    return 0;
}

static void tag_bucket(struct client *c, const char *tags, const char *md5)
{
    static struct question q;
    char length[24];
    q = (struct question){.method = "PUT", .target = "/?tagging", .body = tags};
    q.n = strlen(tags);
    authorize_as(&q, &(struct signing){CLIENT_ID, CLIENT_SECRET, HOST, "/"});
    (void)snprintf(length, sizeof(length), "%zu", q.n);
    add_header(&q, "Content-Length", length);
    add_header(&q, "Content-MD5", md5);
    struct answer a = client_send(c, &q);
    assert_int_equal(a.status, 204);
    answer_free(&a);
}

/* The status of a request by the sub-account; @header NULL: without one. */
static int status_with(struct client *c, const char *method, const char *target,
                       const char *header, const char *value)
{
    static struct question q;
    char path[100];
    q = (struct question){.method = method, .target = target};
    (void)snprintf(path, sizeof(path), "%.*s", (int)strcspn(target, "?"), target);
    authorize_as(&q, &(struct signing){CLIENT_SUB_ID, CLIENT_SUB_SECRET, HOST, path});
    if (strcmp(method, "GET") != 0) {
        add_header(&q, "Content-Length", "0");
    }
    if (header != NULL) {
        add_header(&q, header, value);
    }
    struct answer a = client_send(c, &q);
    int status = a.status;
    answer_free(&a);
    return status;
}

static void allow_if(struct client *c, const char *condition)
{
    char policy[1000];
    struct cosmock_error err = {0};
    (void)snprintf(policy, sizeof(policy),
                   "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"allow\",\"action\":\"*\","
                   "\"resource\":\"*\",\"condition\":{%s}}]}",
                   condition);
    if (cosmock_user_policy_set(c->tenant, CLIENT_SUB_UIN, policy, &err) != COSMOCK_OK) {
        fail_msg("%s", err.message);
    }
}

/* cam-conditions.md s.2.2: which header, parameter or fact carries a key. */
static void each_key_is_found_where_it_is_carried(void **state)
{
    static const struct {
        const char *condition, *method, *target, *header, *good, *bad;
    } rows[] = {
        {"\"string_equal\":{\"cos:x-cos-storage-class\":\"STANDARD_IA\"}", "PUT", "/n",
         "x-cos-storage-class", "STANDARD_IA", "STANDARD"},
        {"\"string_equal\":{\"cos:x-cos-acl\":\"private\"}", "PUT", "/n", "x-cos-acl",
         "private", "public-read"},
        {"\"string_equal\":{\"cos:x-cos-forbid-overwrite\":\"true\"}", "POST", "/new?uploads",
         "x-cos-forbid-overwrite", "true", "false"},
        {"\"string_equal\":{\"cos:content-type\":\"image/png\"}", "PUT", "/n", "Content-Type",
         "image/png", "image/jpeg"},
        {"\"ip_equal\":{\"qcs:ip\":\"10.0.0.0/8\"}", "GET", "/k", "x-cosmock-peer-ip",
         "10.1.2.3", "11.1.2.3"},
        {"\"string_equal\":{\"cos:host\":\"" HOST "\"}", "GET", "/k", NULL, "", NULL},
        {"\"string_equal\":{\"cos:host\":\"another\"}", "GET", "/k", NULL, NULL, ""},
        {"\"bool_equal\":{\"cos:secure-transport\":\"false\"}", "GET", "/k", NULL, "", NULL},
        {"\"numeric_equal_if_exist\":{\"cos:tls-version\":1.2}", "GET", "/k", NULL, "", NULL},
        {"\"string_equal\":{\"mfa\":\"0\"}", "GET", "/k", NULL, "", NULL},
        {"\"date_less_than\":{\"qcs:current_time\":\"2023-11-14T22:15:01Z\"}", "GET", "/k",
         NULL, "", NULL},
        {"\"date_less_than\":{\"qcs:current_time\":\"2023-11-14T22:15:00Z\"}", "GET", "/k",
         NULL, NULL, ""},
    };
    struct client *c = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        allow_if(c, rows[i].condition);
        if ((rows[i].good != NULL && status_with(c, rows[i].method, rows[i].target,
                                                 rows[i].header, rows[i].good) != 200) ||
            (rows[i].bad != NULL && status_with(c, rows[i].method, rows[i].target,
                                                rows[i].header, rows[i].bad) != 403)) {
            fail_msg("%s", rows[i].condition);
        }
    }
}

#define TAGGED \
    "<Tagging><TagSet><Tag><Key>team</Key><Value>blue</Value></Tag></TagSet></Tagging>"
#define TAGGED_MD5 "dTBO/H6F8ZE3E6lmVoG7gw=="

static void the_tags_of_the_bucket_are_a_key_of_all_in_it(void **state)
{
    struct client *c = *state;
    allow_if(c, "\"for_any_value:string_equal\":{\"qcs:resource_tag\":\"team&blue\"}");
    assert_int_equal(status_with(c, "GET", "/k", NULL, NULL), 403);
    tag_bucket(c, TAGGED, TAGGED_MD5);
    assert_int_equal(status_with(c, "GET", "/k", NULL, NULL), 200);
    assert_int_equal(status_with(c, "GET", "/?prefix=k", NULL, NULL), 200);
    allow_if(c, "\"string_equal\":{\"qcs:resource_tag\":\"team&red\"}");
    assert_int_equal(status_with(c, "GET", "/k", NULL, NULL), 403);
}

/* The header is a test's word and nobody else's. */
static void an_address_that_is_only_claimed_is_not_believed(void **state)
{
    struct client *c = *state;
    allow_if(c, "\"ip_equal\":{\"qcs:ip\":\"10.0.0.0/8\"}");
    assert_int_equal(status_with(c, "GET", "/k", "x-cosmock-peer-ip", "10.0.0.1"), 200);
    client_switch(c, "peer-header", "ignore");
    assert_int_equal(status_with(c, "GET", "/k", "x-cosmock-peer-ip", "10.0.0.1"), 403);
}

static void a_denial_names_the_condition_that_fails(void **state)
{
    struct client *c = *state;
    allow_if(c, "\"ip_equal\":{\"qcs:ip\":\"10.0.0.0/8\"}");
    assert_int_equal(status_with(c, "GET", "/k", "x-cosmock-peer-ip", "11.0.0.1"), 403);
    struct cosmock_entry *e = last_entry(c);
    assert_non_null(strstr(e->authz_reason, "wants qcs:ip (ip_equal) '10.0.0.0/8', the request "
                                            "has '11.0.0.1'"));
    (void)cosmock_entries_free(e);
}

int main(int argc, char **argv)
{
    fixtures = argc > 1 ? argv[1] : "fixtures";
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_comes_out_over_the_wire),
        cmocka_unit_test_setup_teardown(each_key_is_found_where_it_is_carried, open_home,
                                        client_close),
        cmocka_unit_test_setup_teardown(the_tags_of_the_bucket_are_a_key_of_all_in_it,
                                        open_home, client_close),
        cmocka_unit_test_setup_teardown(an_address_that_is_only_claimed_is_not_believed,
                                        open_home, client_close),
        cmocka_unit_test_setup_teardown(a_denial_names_the_condition_that_fails, open_home,
                                        client_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
