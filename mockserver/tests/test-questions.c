/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The journal keeps every question of rights as fields. Two claims: a table says which
 * questions a request asks and who answers them (actions and resources: sts-cam.md s.3.1,
 * s.3.5), and whatever was asked can be asked again from outside and gets the same answer, for
 * every kind of caller, every state of the policies and of the switches.
 */
#include "client.h"
#include "json.h"

#define OTHER "other-1250000000"
#define FOREIGN_ID "AKIDEXAMPLE0000000000000000000000003"
#define FOREIGN_SECRET "mockSecretKey0000000000000000003"
#define FOREIGN_UIN "100000000002"
#define AT(bucket, path) "qcs::cos:ap-beijing:uid/1250000000:" bucket "/" path
#define STATEMENT(effect, action, resource) \
    "{\"effect\":\"" effect "\",\"action\":[\"" action "\"],\"resource\":[\"" resource "\"]}"
#define GRANT(effect, principal, action, resource)                    \
    "{\"effect\":\"" effect "\",\"principal\":{\"qcs\":[\"" principal \
    "\"]},\"action\":[\"" action "\"],\"resource\":[\"" resource "\"]}"
#define STATEMENT_IF(effect, action, resource, condition)                                     \
    "{\"effect\":\"" effect "\",\"action\":[\"" action "\"],\"resource\":[\"" resource "\"]," \
    "\"condition\":{" condition "}}"
#define STRING_IS(key, value) "\"string_equal\":{\"" key "\":\"" value "\"}"
#define LESS(key, value) "\"numeric_less_than\":{\"" key "\":" value "}"
#define AFTER(time) "\"date_greater_than\":{\"qcs:current_time\":\"" time "\"}"
#define POLICY(statements) "{\"version\":\"2.0\",\"statement\":[" statements "]}"
#define ANYONE "qcs::cam::anyone:anyone"
#define MULTI_DELETE                                                                  \
    "<Delete><Object><Key>in/gone</Key></Object><Object><Key>secret/k</Key></Object>" \
    "</Delete>"
#define MULTI_DELETE_MD5 "lL0p0O4m8dqv5LKcnVUt3g=="

static const char world[] =
    "accounts:\n"
    "  - uin: \"100000000001\"\n"
    "    appid: \"1250000000\"\n"
    "    keys:\n"
    "      - {secret_id: \"" CLIENT_ID "\", secret_key: \"" CLIENT_SECRET "\"}\n"
    "    users:\n"
    "      - uin: \"" CLIENT_SUB_UIN "\"\n"
    "        policies: [readers, writers, keep-out]\n"
    "        keys:\n"
    "          - {secret_id: \"" CLIENT_SUB_ID "\", secret_key: \"" CLIENT_SUB_SECRET "\"}\n"
    "  - uin: \"" FOREIGN_UIN "\"\n"
    "    appid: \"1250000002\"\n"
    "    keys:\n"
    "      - {secret_id: \"" FOREIGN_ID "\", secret_key: \"" FOREIGN_SECRET "\"}\n"
    "policies:\n"
    "  readers: '" POLICY(STATEMENT("allow", "name/cos:HeadObject", "*") "," STATEMENT(
        "allow", "name/cos:GetObject",
        "*")) "'\n"
              "  writers: '" POLICY(STATEMENT(
                  "allow", "name/cos:PutObject",
                  AT(CLIENT_BUCKET,
                     "in/*")) "," STATEMENT("allow", "name/cos:DeleteObject",
                                            "*")) "'\n"
                                                  "  keep-out: '" POLICY(STATEMENT(
                                                      "deny", "*",
                                                      AT(CLIENT_BUCKET,
                                                         "secret/*"))) "'\n"
                                                                       "buckets:\n"
                                                                       "  - "
                                                                       "{name: " CLIENT_BUCKET
                                                                       ", region: ap-beijing}\n"
                                                                       "  - {name: " OTHER
                                                                       ", region: "
                                                                       "ap-beijing}\n";

static int open_two(void **state)
{
    struct client *c = calloc(1, sizeof(*c));
    client_open_world(c, world);
    assert_int_equal(cosmock_object_put(c->tenant, CLIENT_BUCKET, "secret/k", "x", 1, NULL), 0);
    assert_int_equal(cosmock_object_put(c->tenant, OTHER, "src/k", "y", 1, NULL), 0);
    *state = c;
    return 0;
}

/* Who sends; id NULL: nobody signs. */
struct caller {
    const char *id, *secret, *token;
};
static const struct caller nobody = {NULL, NULL, NULL};
static const struct caller root = {CLIENT_ID, CLIENT_SECRET, NULL};
static const struct caller sub = {CLIENT_SUB_ID, CLIENT_SUB_SECRET, NULL};
static const struct caller foreigner = {FOREIGN_ID, FOREIGN_SECRET, NULL};

struct request {
    const char *method, *target, *path, *copy_source, *body;
};
static const struct request get = {"GET", "/src/k", "/src/k", NULL, NULL};
static const struct request head_secret = {"HEAD", "/secret/k", "/secret/k", NULL, NULL};
static const struct request put_in = {"PUT", "/in/k", "/in/k", NULL, NULL};
static const struct request list = {"GET", "/?prefix=in%2F", "/", NULL, NULL};
static const struct request copy = {"PUT", "/in/copy", "/in/copy",
                                    OTHER ".cos.ap-beijing.myqcloud.com/src/k", NULL};
static const struct request multi_delete = {"POST", "/?delete", "/", NULL, MULTI_DELETE};

static void send_as(struct client *c, const struct caller *who, const struct request *r)
{
    static struct question q;
    q = (struct question){.method = r->method, .target = r->target};
    if (who->id == NULL) {
        add_header(&q, "Host", CLIENT_HOST);
    } else {
        authorize(&q, who->id, who->secret, r->path);
    }
    if (who->token != NULL) {
        add_header(&q, "x-cos-security-token", who->token);
    }
    if (r->copy_source != NULL) {
        add_header(&q, "x-cos-copy-source", r->copy_source);
    }
    if (r->body != NULL) {
        q.body = r->body;
        q.n = strlen(r->body);
        add_header(&q, "Content-MD5", MULTI_DELETE_MD5);
    } else if (strcmp(r->method, "PUT") == 0) {
        add_header(&q, "Content-Length", "0");
    }
    struct answer a = client_send(c, &q);
    answer_free(&a);
}

/* --- which questions --- */

static void expect_question(const struct cosmock_question *q,
                            const struct cosmock_question *expected)
{
    if (strcmp(q->action, expected->action) != 0 ||
        strcmp(q->resource, expected->resource) != 0 || q->allowed != expected->allowed ||
        strcmp(q->layer, expected->layer) != 0 || strcmp(q->policy, expected->policy) != 0 ||
        q->statement != expected->statement) {
        fail_msg("asked %s on %s: %d by %s '%s' %d; expected %s on %s: %d by %s '%s' %d",
                 q->action, q->resource, q->allowed, q->layer, q->policy, q->statement,
                 expected->action, expected->resource, expected->allowed, expected->layer,
                 expected->policy, expected->statement);
    }
}

static void a_request_keeps_what_it_asked_and_who_answered(void **state)
{
    static const struct {
        const struct caller *who;
        const struct request *request;
        /* action NULL: no more */
        struct cosmock_question expected[3];
    } rows[] = {
        {&sub,
         &get,
         {{"name/cos:GetObject", AT(CLIENT_BUCKET, "src/k"), true, "identity", "readers", 1}}},
        {&sub,
         &head_secret,
         {{"name/cos:HeadObject", AT(CLIENT_BUCKET, "secret/k"), false, "identity", "keep-out",
           0}}},
        {&sub,
         &list,
         {{"name/cos:GetBucket", AT(CLIENT_BUCKET, "in/"), false, "none", "", -1}}},
        {&root,
         &put_in,
         {{"name/cos:PutObject", AT(CLIENT_BUCKET, "in/k"), true, "root", "", -1}}},
        {&nobody,
         &put_in,
         {{"name/cos:PutObject", AT(CLIENT_BUCKET, "in/k"), false, "none", "", -1}}},
        {&sub,
         &copy,
         {{"name/cos:GetObject", AT(OTHER, "src/k"), true, "identity", "readers", 1},
          {"name/cos:PutObject", AT(CLIENT_BUCKET, "in/copy"), true, "identity", "writers", 0},
          {"name/cos:PutObjectCopy", AT(CLIENT_BUCKET, "in/copy"), false, "none", "", -1}}},
        {&sub,
         &multi_delete,
         {{"name/cos:DeleteObject", AT(CLIENT_BUCKET, "in/gone"), true, "identity", "writers",
           1},
          {"name/cos:DeleteObject", AT(CLIENT_BUCKET, "secret/k"), false, "identity",
           "keep-out", 0}}},
    };
    struct client *c = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        send_as(c, rows[i].who, rows[i].request);
        struct cosmock_entry *e = last_entry(c);
        size_t n = 0;
        while (n < COS_ARRAY_LEN(rows[i].expected) && rows[i].expected[n].action != NULL) {
            n++;
        }
        assert_int_equal(e->n_questions, n);
        for (size_t k = 0; k < n; k++) {
            expect_question(&e->questions[k], &rows[i].expected[k]);
        }
        (void)cosmock_entries_free(e);
    }
}

/* Nobody asks about a request whose caller is none, or with enforcement off. */
static void a_request_that_asks_nothing_keeps_nothing(void **state)
{
    static const struct caller liar = {CLIENT_ID, CLIENT_SUB_SECRET, NULL};
    struct client *c = *state;
    for (int is_off = 0; is_off < 2; is_off++) {
        send_as(c, &liar, &get);
        struct cosmock_entry *e = last_entry(c);
        assert_string_equal(e->authz, "");
        assert_int_equal(e->n_questions, 0);
        char *json = cosmock_entry_json(e);
        assert_null(strstr(json, "\"questions\""));
        free(json);
        (void)cosmock_entries_free(e);
        client_switch(c, "enforcement", "off");
    }
}

static void the_json_of_an_entry_has_its_questions(void **state)
{
    struct client *c = *state;
    send_as(c, &sub, &multi_delete);
    struct cosmock_entry *e = last_entry(c);
    char *json = cosmock_entry_json(e);
    assert_non_null(
        strstr(json,
               "\"questions\":[{\"action\":\"name/cos:DeleteObject\",\"resource\":\"" AT(
                   CLIENT_BUCKET, "in/gone") "\",\"allowed\":true,\"layer\":\"identity\","
                                             "\"policy\":\"writers\",\"statement\":1},{"));
    free(json);
    (void)cosmock_entries_free(e);
}

/* What is listed, how much is put, and when one looks. */
#define IF_PREFIX \
    STATEMENT_IF("allow", "name/cos:GetBucket", "*", STRING_IS("cos:prefix", "in%2F"))
#define IF_SMALL \
    STATEMENT_IF("allow", "name/cos:PutObject", "*", LESS("cos:content-length", "5"))
#define IF_LATE STATEMENT_IF("deny", "name/cos:HeadObject", "*", AFTER("2001-01-01T00:00:00Z"))
static const char conditions[] = POLICY(IF_PREFIX "," IF_SMALL "," IF_LATE);

/* As the request says it: a parameter is decoded, what it lacks is not there, and what no
 * condition wanted was not looked for. */
static void what_conditions_looked_up_is_kept(void **state)
{
    static const struct {
        const struct request *request;
        const char *context;
        bool is_allowed;
    } rows[] = {
        {&list, "{\"cos:prefix\":[\"in/\"]}", true},
        {&put_in, "{\"cos:content-length\":[\"0\"]}", true},
        {&get, "", false},
    };
    struct client *c = *state;
    assert_int_equal(cosmock_user_policy_set(c->tenant, CLIENT_SUB_UIN, conditions, NULL), 0);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        send_as(c, &sub, rows[i].request);
        struct cosmock_entry *e = last_entry(c);
        assert_int_equal(e->n_questions, 1);
        assert_string_equal(e->questions[0].context, rows[i].context);
        assert_int_equal(e->questions[0].allowed, rows[i].is_allowed);
        char *json = cosmock_entry_json(e);
        assert_int_equal(strstr(json, "\"context\":{") != NULL, rows[i].context[0] != '\0');
        free(json);
        (void)cosmock_entries_free(e);
    }
}

/* --- asked again --- */

#define PAIRS_MAX 16
struct pairs {
    char texts[PAIRS_MAX][200];
    const char *items[PAIRS_MAX];
    size_t n;
};

/* {"cos:prefix":["in/"]} as an asker says it. */
static void read_pairs(struct pairs *out, const char *context)
{
    out->n = 0;
    if (context[0] == '\0') {
        return;
    }
    COS_CLEANUP(cos_json_free) struct cos_json *doc = parse_json(cos_span_of(context));
    for (const struct cos_json *key = cos_json_first(doc); key != NULL;
         key = cos_json_next(key)) {
        for (const struct cos_json *v = cos_json_first(key); v != NULL; v = cos_json_next(v)) {
            assert_true(out->n < PAIRS_MAX);
            (void)snprintf(out->texts[out->n], sizeof(out->texts[0]), "%s=%s",
                           cos_json_name(key), cos_json_str(v));
            out->items[out->n] = out->texts[out->n];
            out->n++;
        }
    }
}

static void ask_again(struct client *c, const struct cosmock_entry *e,
                      const struct cosmock_question *q)
{
    struct pairs pairs;
    read_pairs(&pairs, q->context);
    bool is_signed = e->secret_id[0] != '\0';
    struct cosmock_error err = {0};
    char *json = NULL;
    const struct cosmock_explain_query query = {
        .size = sizeof(query),
        .uin = is_signed ? NULL : "anonymous",
        .secret_id = is_signed ? e->secret_id : NULL,
        .action = q->action,
        .resource = q->resource,
        .context = pairs.items,
        .n_context = pairs.n,
    };
    if (cosmock_policy_explain(c->tenant, &query, &json, &err) < 0) {
        fail_msg("%s", err.message);
    }
    struct cos_json *doc = parse_json(cos_span_of(json));
    int64_t statement = -1;
    (void)cos_json_i64(cos_json_get(doc, "statement"), &statement);
    if (strcmp(json_text(doc, "verdict"), q->allowed ? "allow" : "deny") != 0 ||
        strcmp(json_text(doc, "layer"), q->layer) != 0 ||
        strcmp(json_text(doc, "policy"), q->policy) != 0 || statement != q->statement) {
        fail_msg("%s of '%s', %s on %s: the journal says %d by %s '%s' %d, now it is %s", e->op,
                 e->principal, q->action, q->resource, q->allowed, q->layer, q->policy,
                 q->statement, json);
    }
    cos_json_free(doc);
    free(json);
}

/* The number of questions since @after. */
static size_t replay(struct client *c, uint64_t after)
{
    struct cosmock_journal_query since = COSMOCK_JOURNAL_QUERY_INIT;
    since.after_seq = after;
    struct cosmock_entry *entries = NULL;
    int64_t n = cosmock_journal_read(c->tenant, &entries, &since);
    assert_true(n > 0);
    size_t asked = 0;
    for (int64_t i = 0; i < n; i++) {
        for (size_t k = 0; k < entries[i].n_questions; k++) {
            ask_again(c, &entries[i], &entries[i].questions[k]);
            asked++;
        }
    }
    (void)cosmock_entries_free(entries);
    return asked;
}

#define NAMED_TOKEN                                                                          \
    "{\"Name\":\"alice\",\"Policy\":\"{\\\"version\\\":\\\"2.0\\\",\\\"statement\\\":["      \
    "{\\\"effect\\\":\\\"allow\\\",\\\"action\\\":[\\\"name/cos:GetObject\\\"],"             \
    "\\\"resource\\\":[\\\"*\\\"]},{\\\"effect\\\":\\\"deny\\\",\\\"action\\\":[\\\"*\\\"]," \
    "\\\"resource\\\":[\\\"qcs::cos:ap-beijing:uid/1250000000:" CLIENT_BUCKET                \
    "/in/*\\\"]}]}\"}"

static void send_all(struct client *c)
{
    static const struct request *const requests[] = {&get,  &head_secret, &put_in,
                                                     &list, &copy,        &multi_delete};
    static struct token of_root;
    static struct token of_sub;
    struct answer r = mint(c, CLIENT_ID, CLIENT_SECRET, NAMED_TOKEN);
    read_token(&r, &of_root);
    answer_free(&r);
    r = mint(c, CLIENT_SUB_ID, CLIENT_SUB_SECRET, NAMED_TOKEN);
    if (strstr(r.body, "Credentials") != NULL) {
        read_token(&r, &of_sub);
    }
    answer_free(&r);
    const struct caller holder_of_root = {of_root.id, of_root.secret, of_root.token};
    const struct caller holder_of_sub = {of_sub.id, of_sub.secret, of_sub.token};
    const struct caller *const callers[] = {&nobody,    &root,           &sub,
                                            &foreigner, &holder_of_root, &holder_of_sub};
    for (size_t i = 0; i < COS_ARRAY_LEN(callers); i++) {
        for (size_t k = 0; k < COS_ARRAY_LEN(requests); k++) {
            send_as(c, callers[i], requests[k]);
        }
    }
}

/* One row a state of the world: every caller sends every request, and then every question is
 * asked again. */
static void what_was_asked_gets_the_same_answer_again(void **state)
{
    static const struct {
        /* policies, and a switch; NULL: as before */
        const char *user, *bucket, *name, *value;
    } rows[] = {
        {NULL, NULL, NULL, NULL},
        {NULL, POLICY(GRANT("allow", ANYONE, "name/cos:GetObject", AT(CLIENT_BUCKET, "src/*"))),
         NULL, NULL},
        {NULL,
         POLICY(GRANT("allow", "qcs::cam::uin/" FOREIGN_UIN ":uin/" FOREIGN_UIN, "*",
                      AT(CLIENT_BUCKET, "in/*")) "," GRANT("deny", ANYONE,
                                                           "name/cos:DeleteObject",
                                                           AT(CLIENT_BUCKET, "*"))),
         NULL, NULL},
        {NULL, NULL, "anyone-deny", "strict"},
        {NULL, NULL, "enforcement", "soft"},
        {POLICY(STATEMENT("deny", "name/sts:*", "*")), NULL, "enforcement", "enforce"},
        {POLICY(STATEMENT("allow", "name/cos:PutObjectCopy", "*")), NULL, "copy-action",
         "PutObjectCopy"},
        {conditions, NULL, NULL, NULL},
    };
    struct client *c = *state;
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        if (rows[i].user != NULL) {
            assert_int_equal(cosmock_user_policy_set(c->tenant, CLIENT_SUB_UIN, rows[i].user,
                                                     NULL),
                             0);
        }
        if (rows[i].bucket != NULL) {
            assert_int_equal(cosmock_bucket_policy_set(c->tenant, CLIENT_BUCKET, rows[i].bucket,
                                                       NULL),
                             0);
        }
        if (rows[i].name != NULL) {
            client_switch(c, rows[i].name, rows[i].value);
        }
        uint64_t before = cosmock_journal_last_seq(c->tenant);
        send_all(c);
        assert_true(replay(c, before) >= 40);
    }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, open_two, client_close)
    const struct CMUnitTest tests[] = {
        TEST(a_request_keeps_what_it_asked_and_who_answered),
        TEST(a_request_that_asks_nothing_keeps_nothing),
        TEST(the_json_of_an_entry_has_its_questions),
        TEST(what_conditions_looked_up_is_kept),
        TEST(what_was_asked_gets_the_same_answer_again),
    };
    return cmocka_run_group_tests_name("questions", tests, NULL, NULL);
}
