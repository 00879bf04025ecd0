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

/** The resources of a policy: of all its statements. */
struct resources {
    size_t n;
    const char *of[16];
};

static void take_resource(struct env *env, struct resources *r, const struct cos_json *text)
{
    if (r->n < COS_ARRAY_LEN(r->of) && cos_json_is_str(text)) {
        r->of[r->n++] = env_text(env, "%s", cos_json_str(text));
    }
}

static struct cos_json *sent_policy(struct env *env)
{
    struct cos_json *doc = NULL;
    struct cos_text_error err;
    const char *text = journal_last(env, MINT)->sts_policy;
    if (cos_json_parse(&doc, cos_span_of(text), /* limits= */ NULL, &err) < 0) {
        case_fail(env, "the policy is not JSON: %s", err.message);
    }
    return doc;
}

/** Of the policy that the last call sent; at least one. */
static struct resources sent_resources(struct env *env)
{
    struct cos_json *doc = sent_policy(env);
    struct resources r = {0};
    for (const struct cos_json *s = cos_json_first(cos_json_get(doc, "statement")); s != NULL;
         s = cos_json_next(s)) {
        const struct cos_json *list = cos_json_get(s, "resource");
        take_resource(env, &r, list);
        for (const struct cos_json *i = cos_json_first(list); i != NULL; i = cos_json_next(i)) {
            take_resource(env, &r, i);
        }
    }
    cos_json_free(doc);
    expect_true(env, r.n > 0, "the policy names no resource");
    return r;
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
    journal_mark(env);
    return reply_i64(opened, "fs");
}

/** A client whose token has @policy. */
static int64_t client_with(struct env *env, const char *policy)
{
    struct conf *c = conf_new(env);
    conf_set(c, POLICY_KEY, policy);
    return client_of(env, mint_with(env, c, env_root_uri(env)));
}

#define READ_ONLY "\"name/cos:GetObject\",\"name/cos:HeadObject\",\"name/cos:GetBucket\""

static bool is_string_or_only(const struct cos_json *value, const char *want)
{
    const struct cos_json *one =
        cos_json_is_str(value) || cos_json_count(value) != 1 ? value : cos_json_first(value);
    return cos_json_is_str(one) && strcmp(cos_json_str(one), want) == 0;
}

static void the_default_policy_allows_all_of_cos(struct env *env)
{
    (void)mint(env);
    struct cos_json *doc = sent_policy(env);
    const struct cos_json *statements = cos_json_get(doc, "statement");
    bool is_version = is_string_or_only(cos_json_get(doc, "version"), "2.0");
    size_t n = cos_json_count(statements);
    bool is_right = n > 0;
    for (const struct cos_json *s = cos_json_first(statements); s != NULL;
         s = cos_json_next(s)) {
        is_right = is_right && is_string_or_only(cos_json_get(s, "effect"), "allow") &&
                   is_string_or_only(cos_json_get(s, "action"), "name/cos:*");
    }
    cos_json_free(doc);
    const char *policy = journal_last(env, MINT)->sts_policy;
    expect_true(env, is_version, "the version is not 2.0: %s", policy);
    expect_true(env, is_right, "a statement does not allow name/cos:*: %s", policy);
}

static void the_default_policy_stays_in_the_bucket(struct env *env)
{
    (void)mint(env);
    const char *bucket = env_text(env, "%s/", env_bucket(env));
    struct resources sent = sent_resources(env);
    for (size_t i = 0; i < sent.n; i++) {
        expect_str(env, "service", segment(env, sent.of[i], 2), "cos");
        expect_true(env, strncmp(segment(env, sent.of[i], 5), bucket, strlen(bucket)) == 0,
                    "the resource %s is not of %s", sent.of[i], bucket);
    }
}

static void the_default_token_is_refused_on_another_bucket(struct env *env)
{
    const char *other = env_bucket_add(env, "second");
    const struct reply *token = mint(env);
    const char *id = token_field(env, token, "access_key_id");
    expect_probe(env, id, "name/cos:PutObject", env_bucket(env), env_key(env, "x"), "allow");
    expect_probe(env, id, "name/cos:GetObject", other, "x", "deny");
    expect_probe(env, id, "name/cos:PutObject", other, env_key(env, "x"), "deny");
    control_ok(env, op_write_text(env, client_of(env, token), "x", "yes"));
    const struct reply *opened = op_open(env, "client", env_text(env, "cosn://%s/", other));
    expect_ok(env, opened);
    const char *digest = env_store_digest(env);
    journal_mark(env);
    const struct reply *r = op_write_text(env, reply_i64(opened, "fs"), "/x", "no");
    expect_error(env, r, "ACCESS_DENIED");
    expect_denied(env, r, /* op= */ NULL);
    expect_str(env, "session layer", journal_last(env, /* op= */ NULL)->session_says,
               "implicit");
    expect_str(env, "store", env_store_digest(env), digest);
}

static void the_default_token_is_refused_outside_the_prefix(struct env *env)
{
    const char *id = token_field(env, mint(env), "access_key_id");
    expect_probe(env, id, "name/cos:PutObject", env_bucket(env), env_key(env, "x"), "allow");
    expect_probe(env, id, "name/cos:GetObject", env_bucket(env), "elsewhere/x", "deny");
    expect_probe(env, id, "name/cos:PutObject", env_bucket(env), "x", "deny");
    const char *beside =
        env_text(env, "%.*s/x", (int)(strrchr(env_root(env), '/') - env_root(env)),
                 env_root(env));
    expect_probe(env, id, "name/cos:PutObject", env_bucket(env), beside, "deny");
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
    struct resources sent = sent_resources(env);
    for (size_t i = 0; i < sent.n; i++) {
        expect_str(env, "region segment", segment(env, sent.of[i], 3), env_region(env));
    }
}

static void a_sibling_with_the_same_beginning_is_not_covered(struct env *env)
{
    const char *id = token_field(env, mint(env), "access_key_id");
    expect_probe(env, id, "name/cos:GetObject", env_bucket(env),
                 env_text(env, "%s-evil/x", env_root(env)), "deny");
    expect_probe(env, id, "name/cos:GetObject", env_bucket(env), env_key(env, "x"), "allow");
}

/* "dir//" would be another directory. */
static void a_slash_behind_the_root_changes_nothing(struct env *env)
{
    struct conf *c = conf_new(env);
    const char *uri = env_text(env, "%s/", env_root_uri(env));
    conf_set(c, "remote.data.dir", uri);
    const char *id = token_field(env, mint_with(env, c, uri), "access_key_id");
    expect_probe(env, id, "name/cos:GetObject", env_bucket(env), env_key(env, "x"), "allow");
    expect_probe(env, id, "name/cos:GetObject", env_bucket(env),
                 env_text(env, "%s-evil/x", env_root(env)), "deny");
}

/* A policy takes '*' for anything: such a root is refused, or stands for itself. */
static void a_star_in_the_root_is_no_wildcard(struct env *env)
{
    control_ok(env, mint(env));
    const char *uri = env_text(env, "cosn://%s/d*r", env_bucket(env));
    struct conf *c = conf_new(env);
    conf_set(c, "remote.data.dir", uri);
    const struct reply *r = op_configure(env, "server", c);
    r = reply_ok(r) ? op_open(env, "server", uri) : r;
    journal_mark(env);
    r = reply_ok(r) ? op_get_token(env, reply_i64(r, "fs")) : r;
    struct journal calls = journal_of(env, MINT);
    for (size_t i = 0; i < calls.n; i++) {
        expect_has(env, "Policy", calls.e[i].sts_policy, "\"statement\"");
    }
    if (!reply_ok(r)) {
        expect_error(env, r, "CONFIG|INVALID_ARG|STS");
        return;
    }
    expect_probe(env, token_field(env, r, "access_key_id"), "name/cos:GetObject",
                 env_bucket(env), "desk-drawer/x", "deny");
}

static void the_root_of_a_bucket_is_bucket_slash_star(struct env *env)
{
    struct conf *c = conf_new(env);
    const char *uri = env_text(env, "cosn://%s/", env_bucket(env));
    conf_set(c, "remote.data.dir", uri);
    const struct reply *token = mint_with(env, c, uri);
    struct resources sent = sent_resources(env);
    for (size_t i = 0; i < sent.n; i++) {
        expect_str(env, "resource", segment(env, sent.of[i], 5),
                   env_text(env, "%s/*", env_bucket(env)));
    }
    expect_probe(env, token_field(env, token, "access_key_id"), "name/cos:PutObject",
                 env_bucket(env), "x", "allow");
}

static void a_configured_policy_replaces_the_default(struct env *env)
{
    const char *const policies[] = {
        one_statement(env, "allow", "\"name/cos:GetObject\",\"name/cos:HeadObject\"",
                      below_root(env)),
        env_policy_long(env),
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(policies); i++) {
        struct conf *c = conf_new(env);
        conf_set(c, POLICY_KEY, policies[i]);
        (void)mint_with(env, c, env_root_uri(env));
        expect_same_json(env, "policy", journal_last(env, MINT)->sts_policy, policies[i]);
    }
}

static void a_configured_policy_is_not_merged(struct env *env)
{
    struct conf *c = conf_new(env);
    conf_set(c, POLICY_KEY,
             one_statement(env, "allow", "\"name/cos:GetObject\"", below_root(env)));
    const char *id = token_field(env, mint_with(env, c, env_root_uri(env)), "access_key_id");
    expect_i64(env, "resources", (int64_t)sent_resources(env).n, 1);
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
 * allow, does the token's policy allow; want. The first row is the control of the others.
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
    const char *full = one_statement(env, "allow", "\"name/cos:*\",\"name/sts:*\"", "*");
    const char *read_only = one_statement(env, "allow", READ_ONLY ",\"name/sts:*\"", "*");
    const char *narrow = one_statement(env, "allow", READ_ONLY,
                                       env_text(env, "qcs::cos:%s:uid/%s:%s/*", env_region(env),
                                                env_appid(env), env_bucket(env)));
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        env_user_policy(env, full);
        struct conf *c = conf_new(env);
        conf_set(c, POLICY_KEY, rows[i].session ? env_policy_all(env) : narrow);
        const struct reply *token = mint_with(env, c, env_root_uri(env));
        env_user_policy(env, rows[i].permanent ? full : read_only);
        expect_probe(env, token_field(env, token, "access_key_id"), "name/cos:PutObject",
                     env_bucket(env), env_key(env, "x"), rows[i].want);
        int64_t fs = client_of(env, token);
        const char *digest = env_store_digest(env);
        const struct reply *r = op_write_text(env, fs, env_text(env, "x%zu", i), "one");
        if (rows[i].want[0] == 'a') {
            control_ok(env, r);
        } else {
            expect_error(env, r, "ACCESS_DENIED");
            expect_denied(env, r, "PutObject");
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
    conf_set(c, POLICY_KEY, one_statement(env, "allow", READ_ONLY, below_root(env)));
    const struct reply *token = mint_with(env, c, env_root_uri(env));
    int64_t fs = client_of(env, token);
    const struct reply *text = op_read_text(env, fs, "here");
    control_ok(env, text);
    expect_str(env, "text", reply_str(text, "text"), "text");
    const char *digest = env_store_digest(env);
    journal_mark(env);
    const struct reply *r = op_write_text(env, fs, "new", "no");
    expect_error(env, r, "ACCESS_DENIED");
    expect_denied(env, r, "PutObject");
    expect_signed_by(env, token_field(env, token, "access_key_id"));
    expect_str(env, "session layer", journal_last(env, "PutObject")->session_says, "implicit");
    expect_str(env, "store", env_store_digest(env), digest);
}

/* The client has a permanent key as well, second in its list, that could do what is refused. */
static void a_refused_token_is_not_replaced_by_a_permanent_key(struct env *env)
{
    env_put_text(env, env_key(env, "here"), "text");
    struct conf *server = conf_new(env);
    conf_set(server, POLICY_KEY, one_statement(env, "allow", READ_ONLY, below_root(env)));
    const struct reply *token = mint_with(env, server, env_root_uri(env));
    struct conf *c = conf_new(env);
    conf_set(c, "fs.cosn.credentials.provider",
             "org.apache.fluss.fs.cos.token.DynamicTemporaryCOSCredentialsProvider,"
             "org.apache.hadoop.fs.cosn.auth.SimpleCredentialsProvider");
    const struct reply *opened = op_configure(env, "client", c);
    if (reply_ok(opened)) {
        expect_ok(env, op_apply_token(env, "client", token));
        opened = op_open(env, "client", env_root_uri(env));
    }
    if (!reply_ok(opened) && strstr(reply_message(opened), "DynamicTemporary") != NULL) {
        case_skip(env, "the subject knows no provider of received tokens by this name");
    }
    expect_ok(env, opened);
    int64_t fs = reply_i64(opened, "fs");
    const char *digest = env_store_digest(env);
    journal_mark(env);
    control_ok(env, op_read(env, fs, "here"));
    const struct reply *r = op_write_text(env, fs, "new", "no");
    expect_error(env, r, "ACCESS_DENIED");
    expect_denied(env, r, "PutObject");
    expect_signed_by(env, token_field(env, token, "access_key_id"));
    expect_str(env, "store", env_store_digest(env), digest);
}

static void a_policy_that_sts_rejects_is_an_error(struct env *env)
{
    control_ok(env, mint(env));
    journal_mark(env);
    const char *policy = one_statement(env, "perhaps", "\"name/cos:*\"", below_root(env));
    struct conf *c = conf_new(env);
    conf_set(c, POLICY_KEY, policy);
    int64_t fs = op_fs(env, "server", c, env_root_uri(env));
    expect_error(env, op_get_token(env, fs), "STS|CONFIG");
    struct journal calls = journal_of(env, MINT);
    for (size_t i = 0; i < calls.n; i++) {
        expect_same_json(env, "Policy of a call behind the refusal", calls.e[i].sts_policy,
                         policy);
    }
}

static void expect_scope_is_root(struct env *env)
{
    const char *root = env_text(env, "%s/%s", env_bucket(env), env_root(env));
    struct resources sent = sent_resources(env);
    for (size_t i = 0; i < sent.n; i++) {
        const char *path = segment(env, sent.of[i], 5);
        expect_has(env, "resource", path, root);
        expect_lacks(env, "resource", path, "f1");
    }
}

static void the_scope_is_remote_data_dir(struct env *env)
{
    int64_t deep =
        op_fs(env, "server", conf_new(env), env_text(env, "%s/f1/f2", env_root_uri(env)));
    expect_ok(env, op_exists(env, deep, "x"));
    expect_ok(env, op_get_token(env, deep));
    expect_scope_is_root(env);
    const struct reply *opened = op_open(env, "server", env_root_uri(env));
    expect_ok(env, opened);
    expect_ok(env, op_get_token(env, reply_i64(opened, "fs")));
    expect_scope_is_root(env);
}

static void awkward_paths_give_valid_json(struct env *env)
{
    struct conf *c = conf_new(env);
    const char *uri = env_text(env, "cosn://%s/a \"b\"/\xe4\xb8\xad", env_bucket(env));
    conf_set(c, "remote.data.dir", uri);
    const char *id = token_field(env, mint_with(env, c, uri), "access_key_id");
    (void)sent_resources(env); /* it is JSON */
    expect_probe(env, id, "name/cos:PutObject", env_bucket(env), "a \"b\"/\xe4\xb8\xad/x",
                 "allow");
    expect_probe(env, id, "name/cos:PutObject", env_bucket(env), "a/x", "deny");
}

/** The server of a bucket with more dashes than the one before its APPID. */
static struct conf *of_dashed_bucket(struct env *env, const char **out_bucket)
{
    struct conf *c = conf_new(env);
    *out_bucket = env_bucket_add(env, "two-dashes");
    conf_set(c, "remote.data.dir", env_text(env, "cosn://%s/%s", *out_bucket, env_root(env)));
    return c;
}

static void expect_no_star(struct env *env)
{
    struct resources sent = sent_resources(env);
    for (size_t i = 0; i < sent.n; i++) {
        expect_true(env,
                    strcmp(sent.of[i], "*") != 0 &&
                        strcmp(segment(env, sent.of[i], 5), "*") != 0,
                    "the resource is %s", sent.of[i]);
    }
}

static void never_all_resources(struct env *env)
{
    (void)mint(env);
    expect_no_star(env);
    const char *bucket;
    struct conf *c = of_dashed_bucket(env, &bucket);
    (void)mint_with(env, c, env_text(env, "cosn://%s/%s", bucket, env_root(env)));
    expect_no_star(env);
}

/**
 * Refused, as an error or as `result` false: the journal shows a request that a policy denied.
 */
static void expect_denied_or_false(struct env *env, const struct reply *r)
{
    if (!reply_ok(r)) {
        expect_denied(env, r, /* op= */ NULL);
    } else {
        expect_refused(env, r, "ACCESS_DENIED");
    }
}

static void a_denied_delete_leaves_the_data(struct env *env)
{
    env_put_text(env, env_key(env, "keep"), "text");
    env_put_text(env, env_key(env, "go"), "text");
    control_ok(env, op_delete(env, client_with(env, env_policy_all(env)), "go",
                              /* recursive= */ false));
    expect_not_stored(env, env_key(env, "go"));
    int64_t fs = client_with(env, one_statement(env, "allow", READ_ONLY, below_root(env)));
    const char *digest = env_store_digest(env);
    expect_denied_or_false(env, op_delete(env, fs, "keep", /* recursive= */ false));
    journal_mark(env);
    expect_denied_or_false(env, op_rename(env, fs, "keep", "other"));
    expect_str(env, "store", env_store_digest(env), digest);
}

/** All of the bucket, but nothing of the key @relative may be deleted. */
static const char *all_but_deleting(struct env *env, const char *relative)
{
    const char *all = env_policy_all(env);
    return env_text(env,
                    "%.*s,{\"effect\":\"deny\",\"action\":[\"name/cos:DeleteObject\","
                    "\"name/cos:DeleteMultipleObjects\"],\"resource\":[\"qcs::cos:%s:uid/%s:%s/"
                    "%s\"]}]}",
                    (int)strlen(all) - 2, all, env_region(env), env_appid(env), env_bucket(env),
                    env_key(env, relative));
}

static void put_tree(struct env *env, const char *dir)
{
    static const char *const names[] = {"a", "b", "sub/c"};
    for (size_t i = 0; i < COS_ARRAY_LEN(names); i++) {
        env_put_text(env, env_key(env, env_text(env, "%s/%s", dir, names[i])), names[i]);
    }
}

/* The first, the last and the middle one of a directory: the others' fate is not judged. */
static void one_denied_key_makes_a_recursive_delete_fail(struct env *env)
{
    static const char *const denied[] = {"a", "b", "sub/c"};
    put_tree(env, "gone");
    control_ok(env, op_delete(env, client_with(env, all_but_deleting(env, "none")), "gone",
                              /* recursive= */ true));
    expect_not_stored(env, env_key(env, "gone/a"));
    for (size_t i = 0; i < COS_ARRAY_LEN(denied); i++) {
        const char *dir = env_text(env, "d%zu", i);
        const char *key = env_text(env, "%s/%s", dir, denied[i]);
        put_tree(env, dir);
        int64_t fs = client_with(env, all_but_deleting(env, key));
        expect_denied_or_false(env, op_delete(env, fs, dir, /* recursive= */ true));
        expect_stored_text(env, env_key(env, key), denied[i]);
    }
}

static void a_rename_whose_delete_is_denied_fails(struct env *env)
{
    env_put_text(env, env_key(env, "free"), "text");
    env_put_text(env, env_key(env, "held"), "text");
    put_tree(env, "tree");
    int64_t fs = client_with(env, all_but_deleting(env, "held"));
    control_ok(env, op_rename(env, fs, "free", "moved"));
    expect_stored_text(env, env_key(env, "moved"), "text");
    journal_mark(env);
    expect_denied_or_false(env, op_rename(env, fs, "held", "other"));
    expect_stored_text(env, env_key(env, "held"), "text");
    fs = client_with(env, all_but_deleting(env, "tree/b"));
    expect_denied_or_false(env, op_rename(env, fs, "tree", "elsewhere"));
    expect_stored_text(env, env_key(env, "tree/b"), "b");
}

static void expect_owner(struct env *env)
{
    struct resources sent = sent_resources(env);
    for (size_t i = 0; i < sent.n; i++) {
        const char *owner = segment(env, sent.of[i], 4);
        if (owner[0] != '\0') {
            expect_str(env, "owner segment", owner, env_text(env, "uid/%s", env_appid(env)));
        }
    }
}

static void the_owner_is_the_account_of_the_bucket(struct env *env)
{
    (void)mint(env);
    expect_owner(env);
}

static void the_appid_is_behind_the_last_dash(struct env *env)
{
    const char *bucket;
    struct conf *c = of_dashed_bucket(env, &bucket);
    const char *uri = env_text(env, "cosn://%s/%s", bucket, env_root(env));
    (void)mint_with(env, c, uri);
    expect_owner(env);
}

/* What a Fluss client does first: is remote.data.dir there, what is in it, make it. */
static void the_default_token_works_at_its_own_root(struct env *env)
{
    static const char *const names[] = {"a"};
    int64_t fs = client_of(env, mint(env));
    expect_ok(env, op_exists(env, fs, "."));
    expect_ok(env, op_mkdirs(env, fs, "."));
    const struct reply *r = op_exists(env, fs, ".");
    expect_ok(env, r);
    expect_true(env, reply_bool(r, "exists"), "the root does not exist after mkdirs");
    expect_ok(env, op_write_text(env, fs, "a", "one"));
    expect_listing(env, op_list(env, fs, "."), names, COS_ARRAY_LEN(names));
    r = op_stat(env, fs, ".");
    expect_ok(env, r);
    expect_true(env, reply_bool(r, "is_dir"), "the root is no directory");
}

static void a_bucket_without_appid_is_not_guessed(struct env *env)
{
    static const char *const buckets[] = {"justaname", "with-a-dash", "nearly-125000000a"};
    control_ok(env, mint(env));
    journal_mark(env);
    for (size_t i = 0; i < COS_ARRAY_LEN(buckets); i++) {
        const char *uri = env_text(env, "cosn://%s/dir", buckets[i]);
        struct conf *c = conf_new(env);
        conf_set(c, "remote.data.dir", uri);
        const struct reply *r = op_configure(env, "server", c);
        r = reply_ok(r) ? op_open(env, "server", uri) : r;
        r = reply_ok(r) ? op_get_token(env, reply_i64(r, "fs")) : r;
        expect_error(env, r, "CONFIG");
        expect_message_has(env, r, buckets[i]);
        expect_count(env, MINT, 0);
    }
}

const struct conform_case cases_pol[] = {
    {"POL-001", "the default policy allows all of COS", "token.obtain",
     the_default_policy_allows_all_of_cos, 0},
    {"POL-002", "the default policy stays in the bucket", "token.obtain",
     the_default_policy_stays_in_the_bucket, 0},
    {"POL-003", "the default token is refused on another bucket", "token.obtain,token.apply",
     the_default_token_is_refused_on_another_bucket, 0, "POL-019,CRED-014,CRED-015"},
    {"POL-004", "the default token is refused outside the prefix", "token.obtain",
     the_default_token_is_refused_outside_the_prefix, 0, "POL-019"},
    {"POL-004", "a star in the root is no wildcard", "token.obtain",
     a_star_in_the_root_is_no_wildcard, 0, "POL-019"},
    {"POL-005", "the default token does its work", "token.obtain,token.apply",
     the_default_token_does_its_work, 0, "POL-019,CRED-014,CRED-015"},
    {"POL-006", "the resource region is the configured one", "token.obtain",
     the_resource_region_is_the_configured_one, 0},
    {"POL-007", "a sibling with the same beginning is not covered", "token.obtain",
     a_sibling_with_the_same_beginning_is_not_covered, 0, "POL-019"},
    {"POL-007", "a slash behind the root changes nothing", "token.obtain",
     a_slash_behind_the_root_changes_nothing, 0, "POL-019"},
    {"POL-008", "the root of a bucket is bucket slash star", "token.obtain",
     the_root_of_a_bucket_is_bucket_slash_star, 0, "POL-019"},
    {"POL-009", "a configured policy replaces the default", "token.obtain",
     a_configured_policy_replaces_the_default, 0},
    {"POL-010", "a configured policy is not merged", "token.obtain",
     a_configured_policy_is_not_merged, 0},
    {"POL-011", "a blank policy counts as unset", "token.obtain",
     a_blank_policy_counts_as_unset, 0},
    {"POL-012", "permission is the intersection", "token.obtain,token.apply",
     permission_is_the_intersection, 0, "CRED-014,CRED-015"},
    {"POL-013", "a read-only token reads and does not write", "token.obtain,token.apply",
     a_read_only_token_reads_and_does_not_write, 0, "CRED-014,CRED-015"},
    {"POL-013", "a refused token is not replaced by a permanent key",
     "fs,token.obtain,token.apply,config.providers",
     a_refused_token_is_not_replaced_by_a_permanent_key, 0, "CRED-014,CRED-015"},
    {"POL-014", "a policy that STS rejects is an error", "token.obtain",
     a_policy_that_sts_rejects_is_an_error, 0},
    {"POL-015", "the scope is remote.data.dir", "token.obtain", the_scope_is_remote_data_dir,
     0},
    {"POL-016", "awkward paths give valid JSON", "token.obtain", awkward_paths_give_valid_json,
     0, "POL-019"},
    {"POL-017", "never all resources", "token.obtain", never_all_resources, 0},
    {"POL-018", "a denied delete leaves the data", "token.obtain,token.apply",
     a_denied_delete_leaves_the_data, 0, "CRED-014,CRED-015"},
    {"POL-018", "one denied key makes a recursive delete fail", "fs,token.obtain,token.apply",
     one_denied_key_makes_a_recursive_delete_fail, 0, "CRED-014,CRED-015"},
    {"POL-018", "a rename whose delete is denied fails", "fs,token.obtain,token.apply",
     a_rename_whose_delete_is_denied_fails, 0, "CRED-014,CRED-015"},
    {"POL-019", "the owner is the account of the bucket", "token.obtain",
     the_owner_is_the_account_of_the_bucket, 0},
    {"POL-019", "the APPID is behind the last dash", "token.obtain",
     the_appid_is_behind_the_last_dash, 0},
    {"POL-020", "a bucket without APPID is not guessed", "token.obtain",
     a_bucket_without_appid_is_not_guessed, 0},
    {"POL-021", "the default token works at its own root", "fs,token.obtain,token.apply",
     the_default_token_works_at_its_own_root, 0, "POL-019,CRED-014,CRED-015"},
    {0},
};
