/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens: the default policy, the plugin's JSON form, the receiver, and the STS call over a
 * hand-written transport. Expected texts come from fluss-plugin.md s.4 and s.7, sts-cam.md s.2
 * and the requirements named at the rows.
 */
#include "world.h"

#include "cosn/token.h"

#include "cosbase/buf.h"
#include "cosbase/codec.h"
#include "cosbase/json.h"

/* --- a fake STS --- */

#define GOOD_ANSWER                                                                     \
    "{\"Response\":{\"Credentials\":{\"Token\":\"tok/+=\",\"TmpSecretId\":\"AKIDtmp\"," \
    "\"TmpSecretKey\":\"tmpkey=\"},\"ExpiredTime\":1700003600,"                         \
    "\"Expiration\":\"2023-11-14T23:13:20Z\",\"RequestId\":\"rid-1\",\"New\":[1]}}"

struct fake_sts {
    int status;
    const char *answer;
    bool is_unreachable;
    const struct world *world; /* NULL: what is above is so for ever */
    int64_t until_mono_ms;     /* from then on the answer is a good one */
    int n_calls;
    char url[256], headers[4096], body[16384];
};

static int fake_perform(void *ctx, const struct cosn_http_request *request,
                        struct cosn_http_reply *reply, struct cosn_error *err)
{
    struct fake_sts *sts = ctx;
    sts->n_calls++;
    (void)snprintf(sts->url, sizeof(sts->url), "%s %s", request->method, request->url);
    sts->headers[0] = '\0';
    for (size_t i = 0; i < request->n_headers; i++) {
        size_t used = strlen(sts->headers);
        (void)snprintf(sts->headers + used, sizeof(sts->headers) - used, "%s: %s\n",
                       request->headers[i].name, request->headers[i].value);
    }
    (void)snprintf(sts->body, sizeof(sts->body), "%.*s", (int)request->body_bytes,
                   (const char *)request->body);
    bool is_over = sts->world != NULL && sts->world->mono_ms >= sts->until_mono_ms;
    if (is_over) {
        reply->status = 200;
        return cosn_http_reply_add_body(reply, GOOD_ANSWER, strlen(GOOD_ANSWER));
    }
    if (sts->is_unreachable) {
        if (err != NULL) {
            *err = (struct cosn_error){.status = COSN_E_NET, .message = "connection refused"};
        }
        return COSN_E_NET;
    }
    reply->status = sts->status;
    return cosn_http_reply_add_body(reply, sts->answer, strlen(sts->answer));
}

struct fixture {
    struct world w;
    struct fake_sts sts;
    struct cosn_transport transport;
    struct cosn_config *config;
    struct cosn_token *token;
    struct cosn_error err;
};

static void set(struct fixture *f, const char *key, const char *value)
{
    assert_int_equal(cosn_config_set(f->config, key, value, "server.yaml:1", NULL), 0);
}

static void setup(struct fixture *f)
{
    memset(f, 0, sizeof(*f));
    world_init(&f->w);
    f->sts = (struct fake_sts){.status = 200, .answer = GOOD_ANSWER};
    f->transport = (struct cosn_transport){.perform = fake_perform, .ctx = &f->sts};
    f->w.platform.transport = &f->transport;
    assert_int_equal(cosn_config_new(&f->config, NULL), 0);
    set(f, "remote.data.dir", "cosn://b-1250000000/path/to/remote/storage");
    set(f, "fs.cosn.bucket.endpoint_suffix", "cos.ap-guangzhou.myqcloud.com");
    set(f, "fs.cosn.userinfo.region", "ap-guangzhou");
    set(f, "fs.cosn.userinfo.secretId", "AKIDPERM");
    set(f, "fs.cosn.userinfo.secretKey", "PERMSECRETCANARY");
}

static int obtain(struct fixture *f, const char *uri)
{
    f->token = cosn_token_free(f->token);
    return cosn_token_obtain(&f->token, f->config, uri, &f->w.platform, &f->err);
}

static void teardown(struct fixture *f)
{
    f->token = cosn_token_free(f->token);
    f->config = cosn_config_free(f->config);
}

/* The Policy of the last request, decoded once. */
static void sent_policy(const struct fixture *f, char *out, size_t room)
{
    COS_CLEANUP(cos_json_free) struct cos_json *root = NULL;
    struct cos_json_limits limits = COS_JSON_LIMITS_DEFAULT;
    assert_int_equal(cos_json_parse(&root, cos_span_of(f->sts.body), &limits, NULL), 0);
    struct cos_span policy = cos_span_of(cos_json_str(cos_json_get(root, "Policy")));
    assert_true(policy.len < room);
    size_t n = cos_percent_decode(out, policy, /* plus_is_space= */ true);
    out[n] = '\0';
}

/* --- policy --- */

#define POLICY(resource)                                                                     \
    "{\"version\":\"2.0\",\"statement\":[{\"action\":[\"name/cos:*\"],\"effect\":\"allow\"," \
    "\"resource\":[\"" resource "\"]}]}"
/* The directory's own key as well, which is asked for first (POL-021). */
#define BELOW(root) POLICY(root "/*\",\"" root)
#define OWNED "qcs::cos:ap-guangzhou:uid/1250000000:b-1250000000/"

static void the_default_policy_covers_one_prefix_of_one_bucket(void **state)
{
    (void)state;
    static const struct {
        const char *name, *prefix, *policy;
    } rows[] = {
        {"root", "", POLICY(OWNED "*")},
        {"root slash", "/", POLICY(OWNED "*")},
        {"plain", "/a", BELOW(OWNED "a")},
        {"closed", "a/b/", BELOW(OWNED "a/b")},
        {"blank", "/a/b c", BELOW(OWNED "a/b c")},
        {"quote and backslash", "a\"b\\c", BELOW(OWNED "a\\\"b\\\\c")},
        {"utf-8", "\xe4\xb8\xad", BELOW(OWNED "\xe4\xb8\xad")},
        {"double slashes", "//a//b", BELOW(OWNED "/a//b")},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        char *policy = NULL;
        assert_int_equal(cosn_token_default_policy(&policy, "ap-guangzhou", "b-1250000000",
                                                   rows[i].prefix, NULL),
                         0);
        CHECK_ROW(rows[i].name, strcmp(policy, rows[i].policy) == 0);
        free(policy);
    }
}

static void no_policy_is_guessed(void **state)
{
    (void)state;
    static const struct {
        const char *name, *region, *bucket, *prefix, *complaint;
    } rows[] = {
        {"no appid", "r", "mybucket", "p", "'mybucket' does not end in its APPID"},
        {"appid of letters", "r", "my-bucket", "p", "'my-bucket'"},
        {"only digits after nothing", "r", "-125", "p", "'-125'"},
        {"wildcard bucket", "r", "*-125", "p", "'*-125'"},
        {"wildcard path", "r", "b-125", "a*b", "'a*b' holds '*'"},
        {"wildcard region", "*", "b-125", "p", "'*' is not a region"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        char *policy = NULL;
        struct cosn_error err = COSN_ERROR_INIT;
        CHECK_ROW(rows[i].name,
                  cosn_token_default_policy(&policy, rows[i].region, rows[i].bucket,
                                            rows[i].prefix, &err) == COSN_E_INVALID);
        CHECK_HOLDS(err.message, rows[i].complaint);
        assert_null(policy);
    }
}

static void the_scope_is_that_of_the_remote_data_dir(void **state)
{
    (void)state;
    static const struct {
        const char *name, *root, *uri, *resource;
    } rows[] = {
        {"deeper path opened (POL-015)", "cosn://b-1250000000/w", "cosn://b-1250000000/w/x/y",
         OWNED "w/*"},
        {"other bucket (STS-028)", "cosn://b-1250000000/w", "cosn://c-7/x",
         "qcs::cos:ap-guangzhou:uid/7:c-7/x/*"},
        {"root of the bucket (POL-008)", "cosn://b-1250000000/", "cosn://b-1250000000",
         OWNED "*"},
        {"another filesystem's dir", "s3://z/w", "cosn://b-1250000000/w", OWNED "w/*"},
        {"percent is no escape", "cosn://b-1250000000/a%20b", "cosn://b-1250000000/",
         OWNED "a%20b/*"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct fixture f;
        setup(&f);
        set(&f, "remote.data.dir", rows[i].root);
        CHECK_ROW(rows[i].name, obtain(&f, rows[i].uri) == 0);
        char policy[2048];
        sent_policy(&f, policy, sizeof(policy));
        CHECK_HOLDS(policy, rows[i].resource);
        teardown(&f);
    }
}

static void a_custom_policy_is_sent_as_it_stands(void **state)
{
    (void)state;
    static const char *const policies[] = {
        "{\"version\":\"2.0\", \"statement\": [{\"x\":\"100%2F + \xe4\xb8\xad\"}]}",
        "not json"};
    for (size_t i = 0; i < COS_ARRAY_LEN(policies); i++) {
        struct fixture f;
        setup(&f);
        set(&f, "fs.cosn.security.token.policy", policies[i]);
        assert_int_equal(obtain(&f, "cosn://no-appid-here/w"), 0);
        char policy[2048];
        sent_policy(&f, policy, sizeof(policy));
        assert_string_equal(policy, policies[i]);
        set(&f, "fs.cosn.security.token.policy", "  ");
        assert_int_equal(obtain(&f, "cosn://b-1250000000/w"), 0);
        sent_policy(&f, policy, sizeof(policy));
        CHECK_HOLDS(policy, OWNED "path/to/remote/storage/*");
        teardown(&f);
    }
}

/* --- the call --- */

static void the_request_is_the_documented_one(void **state)
{
    (void)state;
    struct fixture f;
    setup(&f);
    assert_int_equal(obtain(&f, "cosn://b-1250000000/"), 0);
    assert_string_equal(f.sts.url, "POST https://sts.tencentcloudapi.com/");
    CHECK_HOLDS(f.sts.headers, "Host: sts.tencentcloudapi.com\n");
    CHECK_HOLDS(f.sts.headers, "Content-Type: application/json; charset=utf-8\n");
    CHECK_HOLDS(f.sts.headers, "X-TC-Action: GetFederationToken\n");
    CHECK_HOLDS(f.sts.headers, "X-TC-Version: 2018-08-13\n");
    CHECK_HOLDS(f.sts.headers, "X-TC-Timestamp: 1700000000\n");
    CHECK_HOLDS(f.sts.headers, "X-TC-Region: ap-guangzhou\n");
    CHECK_HOLDS(f.sts.headers, "Credential=AKIDPERM/2023-11-14/sts/tc3_request, "
                               "SignedHeaders=content-type;host, Signature=");
    assert_null(strstr(f.sts.headers, "X-TC-Token"));
    assert_null(strstr(f.sts.headers, "CANARY"));
    assert_memory_equal(f.sts.body, "{\"Name\":\"fluss-cos-federation\",\"Policy\":\"%7B", 44);
    CHECK_HOLDS(f.sts.body, "\",\"DurationSeconds\":3600}");
    assert_null(strstr(f.sts.body, "RoleArn"));
    teardown(&f);
}

static void the_token_is_the_answer_in_the_plugins_form(void **state)
{
    (void)state;
    struct fixture f;
    setup(&f);
    assert_int_equal(obtain(&f, "cosn://b-1250000000/"), 0);
    assert_string_equal(f.token->scheme, "cosn");
    assert_string_equal(f.token->bytes,
                        "{\"version\":1,\"access_key_id\":\"AKIDtmp\",\"access_key_secret\":"
                        "\"tmpkey=\",\"security_token\":\"tok/+=\"}");
    assert_int_equal(f.token->n_bytes, strlen(f.token->bytes));
    assert_int_equal(f.token->valid_until_unix_ms, 1700003600000);
    assert_int_equal(f.token->n_infos, 2);
    assert_string_equal(f.token->infos[0].key, "fs.cosn.userinfo.region");
    assert_string_equal(f.token->infos[0].value, "ap-guangzhou");
    assert_string_equal(f.token->infos[1].key, "fs.cosn.bucket.endpoint_suffix");
    assert_string_equal(f.token->infos[1].value, "cos.ap-guangzhou.myqcloud.com");
    assert_null(strstr(f.w.log, "CANARY"));
    assert_null(strstr(f.w.log, "tmpkey"));
    teardown(&f);
}

static void a_bucket_region_alone_still_gives_clients_an_endpoint(void **state)
{
    (void)state;
    struct fixture f;
    setup(&f);
    f.config = cosn_config_free(f.config);
    assert_int_equal(cosn_config_new(&f.config, NULL), 0);
    set(&f, "fs.cosn.userinfo.region", "ap-beijing");
    set(&f, "fs.cosn.bucket.region", "ap-beijing");
    set(&f, "fs.cosn.userinfo.secretId", "AKIDPERM");
    set(&f, "fs.cosn.userinfo.secretKey", "k");
    assert_int_equal(obtain(&f, "cosn://b-1250000000/"), 0);
    assert_string_equal(f.token->infos[1].value, "cos.ap-beijing.myqcloud.com");
    teardown(&f);
}

/* A client must go where this side goes; it was "cos.cos.ap-beijing…", "cos.sg…" and, with both
 * keys, the suffix that is not used. */
static void clients_are_sent_where_the_server_goes(void **state)
{
    (void)state;
    static const struct {
        const char *region, *suffix, *info;
    } rows[] = {
        {"cos.ap-beijing", NULL, "cos.ap-beijing.myqcloud.com"},
        {"sg", NULL, "sg.myqcloud.com"},
        {"ap-beijing", "cos.mock", "cos.ap-beijing.myqcloud.com"},
        {NULL, "..cos.mock", "cos.mock"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct fixture f;
        setup(&f);
        f.config = cosn_config_free(f.config);
        assert_int_equal(cosn_config_new(&f.config, NULL), 0);
        set(&f, "fs.cosn.userinfo.region", "ap-beijing");
        set(&f, "fs.cosn.userinfo.secretId", "AKIDPERM");
        set(&f, "fs.cosn.userinfo.secretKey", "k");
        if (rows[i].region != NULL) {
            set(&f, "fs.cosn.bucket.region", rows[i].region);
        }
        if (rows[i].suffix != NULL) {
            set(&f, "fs.cosn.bucket.endpoint_suffix", rows[i].suffix);
        }
        assert_int_equal(obtain(&f, "cosn://b-1250000000/"), 0);
        assert_string_equal(f.token->infos[1].value, rows[i].info);
        teardown(&f);
    }
}

static void the_duration_and_a_session_are_honoured(void **state)
{
    (void)state;
    struct fixture f;
    setup(&f);
    set(&f, "fs.cosn.security.token.duration", "2 h");
    set(&f, "fs.cosn.session.token", "caller-token");
    assert_int_equal(obtain(&f, "cosn://b-1250000000/"), 0);
    CHECK_HOLDS(f.sts.body, "\"DurationSeconds\":7200}");
    CHECK_HOLDS(f.sts.headers, "X-TC-Token: caller-token\n");
    teardown(&f);
}

static void providers_can_mint_without_keys_in_the_file(void **state)
{
    (void)state;
    static const char *const env[] = {"COSN_SECRET_ID", "AKIDENV", "COSN_SECRET_KEY", "k",
                                      NULL};
    struct fixture f;
    setup(&f);
    f.w.env = env;
    set(&f, "fs.cosn.credentials.provider",
        "org.apache.hadoop.fs.cosn.auth.EnvironmentVariableCredentialsProvider");
    assert_int_equal(obtain(&f, "cosn://b-1250000000/"), 0);
    CHECK_HOLDS(f.sts.headers, "Credential=AKIDENV/");
    f.w.env = NULL;
    assert_int_equal(obtain(&f, "cosn://b-1250000000/"), COSN_E_NO_CREDENTIALS);
    CHECK_HOLDS(f.err.message, "COSN_SECRET_ID is not set");
    assert_int_equal(f.sts.n_calls, 1);
    teardown(&f);
}

static void missing_keys_are_named_in_order_and_nothing_is_sent(void **state)
{
    (void)state;
    static const char *const keys[] = {"fs.cosn.userinfo.region", "fs.cosn.userinfo.secretId",
                                       "fs.cosn.userinfo.secretKey"};
    for (size_t n_set = 0; n_set < COS_ARRAY_LEN(keys); n_set++) {
        struct fixture f;
        setup(&f);
        for (size_t i = n_set; i < COS_ARRAY_LEN(keys); i++) {
            set(&f, keys[i], "");
        }
        assert_int_equal(obtain(&f, "cosn://b-1250000000/"), COSN_E_INVALID);
        char wanted[128];
        (void)snprintf(wanted, sizeof(wanted), "missing required key '%s'", keys[n_set]);
        CHECK_HOLDS(f.err.message, wanted);
        assert_int_equal(f.sts.n_calls, 0);
        teardown(&f);
    }
}

static void nothing_is_sent_for_what_cannot_be_right(void **state)
{
    (void)state;
    static const struct {
        const char *name, *key, *value, *uri;
        int status;
    } rows[] = {
        {"bucket without appid (POL-020)", "remote.data.dir", "cosn://mybucket/w",
         "cosn://mybucket/w", COSN_E_INVALID},
        {"no bucket (POL-017)", "remote.data.dir", "cosn:///w", "cosn:///w", COSN_E_INVALID},
        {"other scheme", "remote.data.dir", "s3://b/w", "s3://b/w", COSN_E_UNSUPPORTED},
        {"line end in the region", "fs.cosn.userinfo.region", "ap\r\nX: y",
         "cosn://b-1250000000/", COSN_E_INVALID},
        {"duration too long", "fs.cosn.security.token.duration", "40 h", "cosn://b-1250000000/",
         COSN_E_INVALID},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct fixture f;
        setup(&f);
        set(&f, rows[i].key, rows[i].value);
        CHECK_ROW(rows[i].name, obtain(&f, rows[i].uri) == rows[i].status);
        CHECK_ROW(rows[i].name, f.sts.n_calls == 0);
        teardown(&f);
    }
}

static void refusals_and_bad_answers_are_errors(void **state)
{
    (void)state;
#define REFUSAL(code)                            \
    "{\"Response\":{\"Error\":{\"Code\":\"" code \
    "\",\"Message\":\"m\"},\"RequestId\":\"rid-9\"}}"
    static const struct {
        const char *name;
        int http_status;
        const char *answer;
        int status;
        bool retryable;
        const char *says;
    } rows[] = {
        {"bad signature", 200, REFUSAL("AuthFailure.SignatureFailure"), COSN_E_DENIED, false,
         "AuthFailure.SignatureFailure: m (request rid-9)"},
        {"not allowed", 200, REFUSAL("UnauthorizedOperation"), COSN_E_DENIED, false, "rid-9"},
        {"temporary caller", 200, REFUSAL("FailedOperation.TempKeyNotAllowed"), COSN_E_DENIED,
         false, "TempKeyNotAllowed"},
        {"bad policy", 200, REFUSAL("InvalidParameter.StrategyFormatError"), COSN_E_INVALID,
         false, "StrategyFormatError"},
        {"throttled", 200, REFUSAL("RequestLimitExceeded"), COSN_E_BUSY, true, "rid-9"},
        {"their fault", 200, REFUSAL("InternalError.SystemError"), COSN_E_BUSY, true, "rid-9"},
        {"gateway", 502, "<html>", COSN_E_PROTOCOL, true, "HTTP status 502"},
        {"a proxy's page", 200, "<html>", COSN_E_PROTOCOL, false,
         "is there a proxy in between?"},
        {"not json", 200, "{\"Response\":{\"Cred", COSN_E_PROTOCOL, false, "not JSON"},
        {"nothing", 200, "", COSN_E_PROTOCOL, false, "not JSON"},
        {"no credentials", 200, "{\"Response\":{\"ExpiredTime\":1700003600}}", COSN_E_PROTOCOL,
         false, "lacks Credentials"},
        {"no token", 200,
         "{\"Response\":{\"Credentials\":{\"TmpSecretId\":\"a\",\"TmpSecretKey\":\"b\"},"
         "\"ExpiredTime\":1700003600}}",
         COSN_E_PROTOCOL, false, "lacks Credentials"},
        {"no end", 200,
         "{\"Response\":{\"Credentials\":{\"TmpSecretId\":\"a\",\"TmpSecretKey\":\"b\","
         "\"Token\":\"c\"}}}",
         COSN_E_PROTOCOL, false, "ExpiredTime"},
        {"end is a text", 200,
         "{\"Response\":{\"Credentials\":{\"TmpSecretId\":\"a\",\"TmpSecretKey\":\"b\","
         "\"Token\":\"c\"},\"ExpiredTime\":\"soon\"}}",
         COSN_E_PROTOCOL, false, "ExpiredTime"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct fixture f;
        setup(&f);
        f.sts.status = rows[i].http_status;
        f.sts.answer = rows[i].answer;
        CHECK_ROW(rows[i].name, obtain(&f, "cosn://b-1250000000/") == rows[i].status);
        CHECK_ROW(rows[i].name, f.err.detail == COSN_D_STS && f.token == NULL);
        CHECK_ROW(rows[i].name, f.err.retryable == rows[i].retryable);
        CHECK_ROW(rows[i].name, (f.sts.n_calls > 1) == rows[i].retryable);
        CHECK_HOLDS(f.err.message, rows[i].says);
        assert_null(strstr(f.err.message, "CANARY"));
        teardown(&f);
    }
}

static void an_unreachable_sts_is_a_network_error_with_its_host(void **state)
{
    (void)state;
    struct fixture f;
    setup(&f);
    f.sts.is_unreachable = true;
    f.w.platform.sts_endpoint = "http://127.0.0.1:9";
    assert_int_equal(obtain(&f, "cosn://b-1250000000/"), COSN_E_NET);
    CHECK_HOLDS(f.err.message,
                " tries in 9.0 s: calling STS at 127.0.0.1:9: connection refused");
    f.w.platform.sts_endpoint = "ftp://x";
    assert_int_equal(obtain(&f, "cosn://b-1250000000/"), COSN_E_INVALID);
    teardown(&f);
}

static void trouble_at_sts_is_outlived_as_long_as_the_keys_say(void **state)
{
    (void)state;
    static const struct {
        const char *name, *answer;
        int http_status;
        bool is_unreachable;
        int64_t until_mono_ms;
        int status;
    } rows[] = {
        {"throttled for 4 s", REFUSAL("RequestLimitExceeded"), 200, false, 4000, 0},
        {"their fault for 7 s", REFUSAL("InternalError.SystemError"), 200, false, 7000, 0},
        {"gateway for 8.9 s", "<html>", 502, false, 8900, 0},
        {"unreachable for 7 s", "", 0, true, 7000, 0},
        {"throttled for ever", REFUSAL("RequestLimitExceeded"), 200, false, INT64_MAX,
         COSN_E_BUSY},
        {"unreachable for ever", "", 0, true, INT64_MAX, COSN_E_NET},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct fixture f;
        setup(&f);
        f.sts.status = rows[i].http_status;
        f.sts.answer = rows[i].answer;
        f.sts.is_unreachable = rows[i].is_unreachable;
        f.sts.world = &f.w;
        f.sts.until_mono_ms = rows[i].until_mono_ms;
        CHECK_ROW(rows[i].name, obtain(&f, "cosn://b-1250000000/") == rows[i].status);
        CHECK_ROW(rows[i].name, f.w.mono_ms <= 9000 && f.sts.n_calls <= 16);
        teardown(&f);
    }
}

/* --- JSON form and receiver --- */

static void tokens_are_read_whole_or_not_at_all(void **state)
{
    (void)state;
    static const struct {
        const char *name, *json, *complaint; /* NULL: fine */
    } rows[] = {
        {"whole",
         "{\"version\":1,\"access_key_id\":\"a\",\"access_key_secret\":\"b\","
         "\"security_token\":\"c\"}",
         NULL},
        {"unknown member",
         "{\"access_key_id\":\"a\",\"access_key_secret\":\"b\","
         "\"security_token\":\"c\",\"x\":{}}",
         NULL},
        {"permanent",
         "{\"access_key_id\":\"a\",\"access_key_secret\":\"b\","
         "\"security_token\":null}",
         NULL},
        {"no token", "{\"access_key_id\":\"a\",\"access_key_secret\":\"SECRETCANARY\"}",
         "'security_token'"},
        {"empty id",
         "{\"access_key_id\":\"\",\"access_key_secret\":\"b\","
         "\"security_token\":\"c\"}",
         "'access_key_id'"},
        {"number", "{\"access_key_id\":\"a\",\"access_key_secret\":7,\"security_token\":\"c\"}",
         "'access_key_secret'"},
        {"newer version", "{\"version\":2,\"access_key_id\":\"a\"}", "version is not 1"},
        {"array", "[]", "not a JSON object"},
        {"truncated", "{\"access_key_id\":\"SECRETCANARY", "not JSON"},
        {"empty", "", "not JSON"},
        {"line end inside",
         "{\"access_key_id\":\"a\\r\\nb\",\"access_key_secret\":\"b\","
         "\"security_token\":\"c\"}",
         "control character"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct cosn_credentials *c = NULL;
        struct cosn_error err = COSN_ERROR_INIT;
        int r = cosn_token_from_json(&c, rows[i].json, strlen(rows[i].json), 5, &err);
        CHECK_ROW(rows[i].name, (r == 0) == (rows[i].complaint == NULL));
        if (r == 0) {
            assert_string_equal(cosn_credentials_secret_id(c), "a");
            assert_int_equal(cosn_credentials_expires_unix_ms(c), 5);
        } else {
            CHECK_HOLDS(err.message, rows[i].complaint);
            assert_null(strstr(err.message, "CANARY"));
        }
        c = cosn_credentials_unref(c);
    }
}

static void a_token_of_four_kibibytes_survives_the_round_trip(void **state)
{
    (void)state;
    char token[4097];
    memset(token, 't', 4096);
    token[4096] = '\0';
    struct cosn_credentials *c = NULL;
    struct cosn_credentials *back = NULL;
    char *json = NULL;
    size_t n = 0;
    assert_int_equal(cosn_credentials_new(&c, "a", "b\"\\", token, 1, NULL), 0);
    assert_int_equal(cosn_token_to_json(&json, &n, c, NULL), 0);
    assert_int_equal(cosn_token_from_json(&back, json, n, 1, NULL), 0);
    assert_string_equal(cosn_credentials_token(back), token);
    assert_string_equal(cosn_credentials_secret_key(back), "b\"\\");
    free(json);
    c = cosn_credentials_unref(c);
    back = cosn_credentials_unref(back);
}

static void a_bad_token_leaves_the_old_credential(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    struct cosn_provider *dynamic = NULL;
    struct cosn_credentials *got = NULL;
    char good[] = "{\"access_key_id\":\"a\",\"access_key_secret\":\"b\",\"security_token\":"
                  "\"c\"}";
    char bad[] = "{";
    char scheme[] = "cosn";
    char other[] = "s3";
    struct cosn_token token = {.scheme = scheme,
                               .bytes = good,
                               .n_bytes = strlen(good),
                               .valid_until_unix_ms = COSN_NEVER_EXPIRES};
    assert_int_equal(cosn_provider_dynamic_new(&dynamic, &w.platform, NULL), 0);
    assert_int_equal(cosn_token_receive(dynamic, &token, NULL), 0);
    token.bytes = bad;
    token.n_bytes = 1;
    assert_int_equal(cosn_token_receive(dynamic, &token, NULL), COSN_E_INVALID);
    token.scheme = other;
    assert_int_equal(cosn_token_receive(dynamic, &token, NULL), COSN_E_UNSUPPORTED);
    assert_int_equal(cosn_provider_get(dynamic, &got, NULL), 0);
    assert_string_equal(cosn_credentials_secret_id(got), "a");
    got = cosn_credentials_unref(got);
    dynamic = cosn_provider_unref(dynamic);
}

static struct fixture *tortured;

static bool attempt(void)
{
    return obtain(tortured, "cosn://b-1250000000/") == 0;
}

static void running_out_of_memory_is_reported(void **state)
{
    (void)state;
    struct fixture f;
    setup(&f);
    tortured = &f;
    torture(attempt);
    teardown(&f);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_default_policy_covers_one_prefix_of_one_bucket),
        cmocka_unit_test(no_policy_is_guessed),
        cmocka_unit_test(the_scope_is_that_of_the_remote_data_dir),
        cmocka_unit_test(a_custom_policy_is_sent_as_it_stands),
        cmocka_unit_test(the_request_is_the_documented_one),
        cmocka_unit_test(the_token_is_the_answer_in_the_plugins_form),
        cmocka_unit_test(a_bucket_region_alone_still_gives_clients_an_endpoint),
        cmocka_unit_test(clients_are_sent_where_the_server_goes),
        cmocka_unit_test(the_duration_and_a_session_are_honoured),
        cmocka_unit_test(providers_can_mint_without_keys_in_the_file),
        cmocka_unit_test(missing_keys_are_named_in_order_and_nothing_is_sent),
        cmocka_unit_test(nothing_is_sent_for_what_cannot_be_right),
        cmocka_unit_test(refusals_and_bad_answers_are_errors),
        cmocka_unit_test(trouble_at_sts_is_outlived_as_long_as_the_keys_say),
        cmocka_unit_test(an_unreachable_sts_is_a_network_error_with_its_host),
        cmocka_unit_test(tokens_are_read_whole_or_not_at_all),
        cmocka_unit_test(a_token_of_four_kibibytes_survives_the_round_trip),
        cmocka_unit_test(a_bad_token_leaves_the_old_credential),
        cmocka_unit_test(running_out_of_memory_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
