/* SPDX-License-Identifier: Apache-2.0 */
/*
 * POL: what a minted token may do. Sources: the documentation page ("By default, the temporary
 * credential is granted ...", "The effective permission ... is the intersection"), CAM
 * (sts-cam.md s.3), the plugin's default policy (fluss-plugin.md s.4) and apache/fluss#3983 for
 * the owner field.
 */
#include "case.h"

#include "registry.h"

#define MINT "GetFederationToken"
#define POLICY_KEY "fs.cosn.security.token.policy"

static const char *one_statement(struct env *env, const char *effect, const char *actions,
                                 const char *resource)
{
    return env_text(env,
                    "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"%s\",\"action\":[%s],"
                    "\"resource\":[\"%s\"]}]}",
                    effect, actions, resource);
}

static const char *below_root(struct env *env)
{
    return env_text(env, "qcs::cos:%s:uid/%s:%s/%s/*", env_region(env), env_appid(env),
                    env_bucket(env), env_root(env));
}

static const struct reply *mint_with(struct env *env, struct conf *c, const char *uri)
{
    int64_t fs = op_fs(env, "server", c, uri);
    const struct reply *token = op_get_token(env, fs);
    expect_ok(env, token);
    return token;
}

static const struct reply *mint(struct env *env)
{
    return mint_with(env, conf_new(env), env_root_uri(env));
}

/** The one resource of the default policy that the last call sent. */
static const char *sent_resource(struct env *env)
{
    struct cos_json *doc = NULL;
    struct cos_text_error err;
    const char *text = journal_last(env, MINT)->sts_policy;
    if (cos_json_parse(&doc, cos_span_of(text), /* limits= */ NULL, &err) < 0) {
        case_fail(env, "the policy is not JSON: %s", err.message);
    }
    const struct cos_json *statements = cos_json_get(doc, "statement");
    const struct cos_json *resources = cos_json_get(cos_json_first(statements), "resource");
    size_t n_statements = cos_json_count(statements);
    size_t n_resources = cos_json_is_str(resources) ? 1 : cos_json_count(resources);
    const char *first =
        cos_json_str(cos_json_is_str(resources) ? resources : cos_json_first(resources));
    const char *copy = env_text(env, "%s", first != NULL ? first : "");
    cos_json_free(doc);
    expect_i64(env, "statements", (int64_t)n_statements, 1);
    expect_i64(env, "resources", (int64_t)n_resources, 1);
    return copy;
}

/** Segment @number (0 "qcs" ... 5 resource) of a six-segment resource. */
static const char *segment(struct env *env, const char *resource, unsigned number)
{
    struct cos_span rest = cos_span_of(resource);
    for (unsigned i = 0; i < number && i < 5; i++) {
        (void)cos_span_cut(&rest, ':');
    }
    struct cos_span piece = number < 5 ? cos_span_cut(&rest, ':') : rest;
    return env_text(env, COS_SPAN_FMT, COS_SPAN_ARG(piece));
}

static void expect_probe(struct env *env, const char *id, const char *action,
                         const char *bucket, const char *key, const char *want)
{
    expect_str(env, env_text(env, "%s on %s/%s", action, bucket, key),
               env_probe(env, id, action, bucket, key), want);
}

static int64_t client_of(struct env *env, const struct reply *token)
{
    expect_ok(env, op_configure(env, "client", conf_new_client(env)));
    expect_ok(env, op_apply_token(env, "client", token));
    const struct reply *opened = op_open(env, "client", env_root_uri(env));
    expect_ok(env, opened);
    return reply_i64(opened, "fs");
}

static void the_default_policy_allows_all_of_cos(struct env *env)
{
    (void)mint(env);
    const char *policy = journal_last(env, MINT)->sts_policy;
    const char *want = one_statement(env, "allow", "\"name/cos:*\"", sent_resource(env));
    expect_same_json(env, "default policy", policy, want);
}

static void the_default_policy_stays_in_the_bucket(struct env *env)
{
    (void)mint(env);
    expect_has(env, "resource", segment(env, sent_resource(env), 5),
               env_text(env, "%s/", env_bucket(env)));
}

static void the_default_token_is_refused_on_another_bucket(struct env *env)
{
    const char *other = env_bucket_add(env, "second");
    const struct reply *token = mint(env);
    const char *id = token_field(env, token, "access_key_id");
    expect_probe(env, id, "name/cos:GetObject", other, "x", "deny");
    expect_probe(env, id, "name/cos:PutObject", other, env_key(env, "x"), "deny");
    (void)client_of(env, token);
    const struct reply *opened = op_open(env, "client", env_text(env, "cosn://%s/", other));
    expect_ok(env, opened);
    const char *digest = env_store_digest(env);
    journal_mark(env);
    expect_error(env, op_write_text(env, reply_i64(opened, "fs"), "/x", "no"), "ACCESS_DENIED");
    expect_str(env, "session layer", journal_last(env, /* op= */ NULL)->session_says,
               "implicit");
    expect_str(env, "store", env_store_digest(env), digest);
}

static void the_default_token_is_refused_outside_the_prefix(struct env *env)
{
    const char *id = token_field(env, mint(env), "access_key_id");
    expect_probe(env, id, "name/cos:GetObject", env_bucket(env), "elsewhere/x", "deny");
    expect_probe(env, id, "name/cos:PutObject", env_bucket(env), "x", "deny");
}

static void the_default_token_does_its_work(struct env *env)
{
    static const char *const actions[] = {
        "PutObject",
        "GetObject",
        "HeadObject",
        "DeleteObject",
        "GetBucket",
        "InitiateMultipartUpload",
        "UploadPart",
        "CompleteMultipartUpload",
        "AbortMultipartUpload",
        "ListParts",
    };
    const struct reply *token = mint(env);
    const char *id = token_field(env, token, "access_key_id");
    for (size_t i = 0; i < COS_ARRAY_LEN(actions); i++) {
        expect_probe(env, id, env_text(env, "name/cos:%s", actions[i]), env_bucket(env),
                     env_key(env, "d/x"), "allow");
    }
    int64_t fs = client_of(env, token);
    journal_mark(env);
    expect_ok(env, op_write_text(env, fs, "d/x", "one"));
    expect_ok(env, op_write_gen(env, fs, "d/big", 5, 9u << 20, 0));
    expect_ok(env, op_list(env, fs, "d"));
    expect_ok(env, op_read(env, fs, "d/x"));
    expect_ok(env, op_rename(env, fs, "d/x", "d/y"));
    expect_ok(env, op_delete(env, fs, "d/y", /* recursive= */ false));
    expect_signed_by(env, id);
}

static void the_resource_region_is_the_configured_one(struct env *env)
{
    (void)mint(env);
    expect_str(env, "region segment", segment(env, sent_resource(env), 3), env_region(env));
}

static void a_sibling_with_the_same_beginning_is_not_covered(struct env *env)
{
    const char *id = token_field(env, mint(env), "access_key_id");
    expect_probe(env, id, "name/cos:GetObject", env_bucket(env),
                 env_text(env, "%s-evil/x", env_root(env)), "deny");
    expect_probe(env, id, "name/cos:GetObject", env_bucket(env), env_key(env, "x"), "allow");
}

static void the_root_of_a_bucket_is_bucket_slash_star(struct env *env)
{
    struct conf *c = conf_new(env);
    const char *uri = env_text(env, "cosn://%s/", env_bucket(env));
    conf_set(c, "remote.data.dir", uri);
    const struct reply *token = mint_with(env, c, uri);
    expect_str(env, "resource", segment(env, sent_resource(env), 5),
               env_text(env, "%s/*", env_bucket(env)));
    expect_probe(env, token_field(env, token, "access_key_id"), "name/cos:PutObject",
                 env_bucket(env), "x", "allow");
}

static void a_configured_policy_replaces_the_default(struct env *env)
{
    struct conf *c = conf_new(env);
    const char *policy =
        one_statement(env, "allow", "\"name/cos:GetObject\",\"name/cos:HeadObject\"",
                      below_root(env));
    conf_set(c, POLICY_KEY, policy);
    (void)mint_with(env, c, env_root_uri(env));
    expect_same_json(env, "policy", journal_last(env, MINT)->sts_policy, policy);
}

static void a_configured_policy_is_not_merged(struct env *env)
{
    struct conf *c = conf_new(env);
    conf_set(c, POLICY_KEY,
             one_statement(env, "allow", "\"name/cos:GetObject\"", below_root(env)));
    const char *id = token_field(env, mint_with(env, c, env_root_uri(env)), "access_key_id");
    (void)sent_resource(env); /* one statement, one resource */
    expect_probe(env, id, "name/cos:GetObject", env_bucket(env), env_key(env, "x"), "allow");
    expect_probe(env, id, "name/cos:PutObject", env_bucket(env), env_key(env, "x"), "deny");
}

static void a_blank_policy_counts_as_unset(struct env *env)
{
    struct conf *c = conf_new(env);
    conf_set(c, POLICY_KEY, "   ");
    (void)mint_with(env, c, env_root_uri(env));
    expect_has(env, "policy", journal_last(env, MINT)->sts_policy, "name/cos:*");
}

/*
 * The page: "The effective permission ... is the intersection". Rows: does the permanent key
 * allow, does the token's policy allow; want.
 */
static void permission_is_the_intersection(struct env *env)
{
    static const struct {
        bool permanent, session;
        const char *want;
    } rows[] = {{true, true, "allow"},
                {true, false, "deny"},
                {false, true, "deny"},
                {false, false, "deny"}};
    env_use_sub_account(env);
    const char *mint_right = "{\"effect\":\"allow\",\"action\":[\"name/"
                             "sts:GetFederationToken\"],\"resource\":[\"*\"]}";
    const char *full = env_text(env,
                                "{\"version\":\"2.0\",\"statement\":[%s,{\"effect\":\"allow\","
                                "\"action\":[\"name/cos:*\"],\"resource\":[\"*\"]}]}",
                                mint_right);
    const char *read_only =
        env_text(env,
                 "{\"version\":\"2.0\",\"statement\":[%s,{\"effect\":\"allow\",\"action\":["
                 "\"name/cos:GetObject\",\"name/cos:HeadObject\","
                 "\"name/cos:GetBucket\"],\"resource\":[\"*\"]}]}",
                 mint_right);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        env_user_policy(env, full);
        struct conf *c = conf_new(env);
        if (!rows[i].session) {
            conf_set(c, POLICY_KEY,
                     one_statement(env, "allow",
                                   "\"name/cos:GetObject\",\"name/cos:HeadObject\","
                                   "\"name/cos:GetBucket\"",
                                   env_text(env, "qcs::cos:%s:uid/%s:%s/*", env_region(env),
                                            env_appid(env), env_bucket(env))));
        }
        const struct reply *token = mint_with(env, c, env_root_uri(env));
        env_user_policy(env, rows[i].permanent ? full : read_only);
        expect_probe(env, token_field(env, token, "access_key_id"), "name/cos:PutObject",
                     env_bucket(env), env_key(env, "x"), rows[i].want);
        int64_t fs = client_of(env, token);
        const char *digest = env_store_digest(env);
        const struct reply *r = op_write_text(env, fs, env_text(env, "x%zu", i), "one");
        if (rows[i].want[0] == 'a') {
            expect_ok(env, r);
        } else {
            expect_error(env, r, "ACCESS_DENIED");
            expect_str(env, "store after a denied write", env_store_digest(env), digest);
        }
    }
    const struct cosmock_entry *last = journal_last(env, "PutObject");
    expect_str(env, "session layer of the last row", last->session_says, "implicit");
}

static void a_read_only_token_reads_and_does_not_write(struct env *env)
{
    env_put_text(env, env_key(env, "here"), "text");
    struct conf *c = conf_new(env);
    conf_set(
        c, POLICY_KEY,
        one_statement(env, "allow",
                      "\"name/cos:GetObject\",\"name/cos:HeadObject\",\"name/cos:GetBucket\"",
                      below_root(env)));
    const struct reply *token = mint_with(env, c, env_root_uri(env));
    int64_t fs = client_of(env, token);
    expect_str(env, "text", reply_str(op_read_text(env, fs, "here"), "text"), "text");
    const char *digest = env_store_digest(env);
    journal_mark(env);
    expect_error(env, op_write_text(env, fs, "new", "no"), "ACCESS_DENIED");
    expect_signed_by(env, token_field(env, token, "access_key_id"));
    expect_str(env, "session layer", journal_last(env, "PutObject")->session_says, "implicit");
    expect_str(env, "store", env_store_digest(env), digest);
}

static void a_policy_that_sts_rejects_is_an_error(struct env *env)
{
    struct conf *c = conf_new(env);
    conf_set(c, POLICY_KEY,
             "{\"version\":\"2.0\",\"statement\":[{\"effect\":\"perhaps\",\"action\":[\"name/"
             "cos:*\"],\"resource\":[\"*\"]}]}");
    int64_t fs = op_fs(env, "server", c, env_root_uri(env));
    expect_error(env, op_get_token(env, fs), "STS|CONFIG");
    expect_count_between(env, MINT, 0, 1);
}

static void the_scope_is_remote_data_dir(struct env *env)
{
    int64_t deep =
        op_fs(env, "server", conf_new(env), env_text(env, "%s/f1/f2", env_root_uri(env)));
    expect_ok(env, op_exists(env, deep, "x"));
    expect_ok(env, op_get_token(env, deep));
    expect_str(env, "resource of the deep one", segment(env, sent_resource(env), 5),
               env_text(env, "%s/%s/*", env_bucket(env), env_root(env)));
    const struct reply *opened = op_open(env, "server", env_root_uri(env));
    expect_ok(env, opened);
    expect_ok(env, op_get_token(env, reply_i64(opened, "fs")));
    expect_str(env, "resource", segment(env, sent_resource(env), 5),
               env_text(env, "%s/%s/*", env_bucket(env), env_root(env)));
}

static void awkward_paths_give_valid_json(struct env *env)
{
    struct conf *c = conf_new(env);
    const char *uri = env_text(env, "cosn://%s/a \"b\"/\xe4\xb8\xad", env_bucket(env));
    conf_set(c, "remote.data.dir", uri);
    const char *id = token_field(env, mint_with(env, c, uri), "access_key_id");
    (void)sent_resource(env);
    expect_probe(env, id, "name/cos:PutObject", env_bucket(env), "a \"b\"/\xe4\xb8\xad/x",
                 "allow");
    expect_probe(env, id, "name/cos:PutObject", env_bucket(env), "a/x", "deny");
}

static void never_all_resources(struct env *env)
{
    (void)mint(env);
    expect_true(env, strcmp(sent_resource(env), "*") != 0, "the resource is \"*\"");
    expect_lacks(env, "policy", journal_last(env, MINT)->sts_policy, "\"*\"");
}

static void a_denied_delete_leaves_the_data(struct env *env)
{
    env_put_text(env, env_key(env, "keep"), "text");
    struct conf *c = conf_new(env);
    conf_set(
        c, POLICY_KEY,
        one_statement(env, "allow",
                      "\"name/cos:GetObject\",\"name/cos:HeadObject\",\"name/cos:GetBucket\"",
                      below_root(env)));
    int64_t fs = client_of(env, mint_with(env, c, env_root_uri(env)));
    const char *digest = env_store_digest(env);
    expect_error(env, op_delete(env, fs, "keep", /* recursive= */ false), "ACCESS_DENIED");
    expect_error(env, op_rename(env, fs, "keep", "other"), "ACCESS_DENIED");
    expect_str(env, "store", env_store_digest(env), digest);
}

static void the_owner_is_the_account_of_the_bucket(struct env *env)
{
    const struct reply *token = mint(env);
    const char *owner = segment(env, sent_resource(env), 4);
    if (owner[0] != '\0') {
        expect_str(env, "owner segment", owner, env_text(env, "uid/%s", env_appid(env)));
    }
    expect_probe(env, token_field(env, token, "access_key_id"), "name/cos:PutObject",
                 env_bucket(env), env_key(env, "x"), "allow");
}

static void a_bucket_without_appid_is_not_guessed(struct env *env)
{
    struct conf *c = conf_new(env);
    conf_set(c, "remote.data.dir", "cosn://justaname/dir");
    const struct reply *r = op_configure(env, "server", c);
    if (reply_ok(r)) {
        r = op_open(env, "server", "cosn://justaname/dir");
    }
    if (reply_ok(r)) {
        r = op_get_token(env, reply_i64(r, "fs"));
    }
    expect_error(env, r, "CONFIG");
    expect_message_has(env, r, "justaname");
    expect_count(env, MINT, 0);
}

const struct conform_case cases_pol[] = {
    {"POL-001", "the default policy allows all of COS", "token.obtain",
     the_default_policy_allows_all_of_cos, 0},
    {"POL-002", "the default policy stays in the bucket", "token.obtain",
     the_default_policy_stays_in_the_bucket, 0},
    {"POL-003", "the default token is refused on another bucket", "token.obtain,token.apply",
     the_default_token_is_refused_on_another_bucket, 0},
    {"POL-004", "the default token is refused outside the prefix", "token.obtain",
     the_default_token_is_refused_outside_the_prefix, 0},
    {"POL-005", "the default token does its work", "token.obtain,token.apply",
     the_default_token_does_its_work, 0},
    {"POL-006", "the resource region is the configured one", "token.obtain",
     the_resource_region_is_the_configured_one, 0},
    {"POL-007", "a sibling with the same beginning is not covered", "token.obtain",
     a_sibling_with_the_same_beginning_is_not_covered, 0},
    {"POL-008", "the root of a bucket is bucket slash star", "token.obtain",
     the_root_of_a_bucket_is_bucket_slash_star, 0},
    {"POL-009", "a configured policy replaces the default", "token.obtain",
     a_configured_policy_replaces_the_default, 0},
    {"POL-010", "a configured policy is not merged", "token.obtain",
     a_configured_policy_is_not_merged, 0},
    {"POL-011", "a blank policy counts as unset", "token.obtain",
     a_blank_policy_counts_as_unset, 0},
    {"POL-012", "permission is the intersection", "token.obtain,token.apply",
     permission_is_the_intersection, 0},
    {"POL-013", "a read-only token reads and does not write", "token.obtain,token.apply",
     a_read_only_token_reads_and_does_not_write, 0},
    {"POL-014", "a policy that STS rejects is an error", "token.obtain",
     a_policy_that_sts_rejects_is_an_error, 0},
    {"POL-015", "the scope is remote.data.dir", "token.obtain", the_scope_is_remote_data_dir,
     0},
    {"POL-016", "awkward paths give valid JSON", "token.obtain", awkward_paths_give_valid_json,
     0},
    {"POL-017", "never all resources", "token.obtain", never_all_resources, 0},
    {"POL-018", "a denied delete leaves the data", "token.obtain,token.apply",
     a_denied_delete_leaves_the_data, 0},
    {"POL-019", "the owner is the account of the bucket", "token.obtain",
     the_owner_is_the_account_of_the_bucket, 0},
    {"POL-020", "a bucket without APPID is not guessed", "token.obtain",
     a_bucket_without_appid_is_not_guessed, 0},
    {0},
};
