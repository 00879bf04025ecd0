/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CFG: what the keys of server.yaml do, and how the file is read. Sources: the page
 * ("Configurations setup", "Advanced Configurations"), Fluss's
 * GlobalConfiguration.loadYAMLResource (conformance.md s.0.5), the key table of hadoop-cos
 * 3.3.5 (fluss-plugin.md s.2.1).
 */
#include "case.h"

#include "registry.h"

#define MINT "GetFederationToken"
#define SUFFIX_KEY "fs.cosn.bucket.endpoint_suffix"
#define REGION_KEY "fs.cosn.userinfo.region"
#define BUCKET_REGION_KEY "fs.cosn.bucket.region"
#define ID_KEY "fs.cosn.userinfo.secretId"
#define SECRET_KEY "fs.cosn.userinfo.secretKey"
#define POLICY_KEY "fs.cosn.security.token.policy"
#define ENV_PROVIDER "org.apache.hadoop.fs.cosn.auth.EnvironmentVariableCredentialsProvider"
#define MIB ((size_t)1 << 20)
#define KIB ((size_t)1 << 10)

static int64_t fs_of(struct env *env, struct conf *c)
{
    return op_fs(env, "server", c, env_root_uri(env));
}

static void write_one(struct env *env, struct conf *c)
{
    expect_ok(env, op_write_text(env, fs_of(env, c), "a", "one"));
    expect_stored_text(env, env_key(env, "a"), "one");
}

/** The same thing, not yet spoilt, is fine; what comes behind it is looked at alone. */
static void control(struct env *env, struct conf *c)
{
    control_ok(env, op_write_text(env, fs_of(env, c), "control", "one"));
    journal_mark(env);
}

/** The reply of configure, open or stat: the first that is not fine, else that of stat. */
static const struct reply *try_all(struct env *env, struct conf *c, const char *uri)
{
    const struct reply *r = op_configure(env, "server", c);
    if (reply_ok(r)) {
        r = op_open(env, "server", uri);
    }
    return reply_ok(r) ? op_stat(env, reply_i64(r, "fs"), "a") : r;
}

/** The reply of configure, open or a write: the first that is not fine, else the write's. */
static const struct reply *try_write(struct env *env, struct conf *c)
{
    const struct reply *r = op_configure(env, "server", c);
    r = reply_ok(r) ? op_open(env, "server", env_root_uri(env)) : r;
    return reply_ok(r) ? op_write_text(env, reply_i64(r, "fs"), "a", "one") : r;
}

/** Option 1 of the page, as the lines of a file. */
static const char *option_1(struct env *env)
{
    return env_text(env,
                    "# the remote storage\n"
                    "remote.data.dir: %s\n"
                    "fs.cosn.bucket.endpoint_suffix: %s\n"
                    "fs.cosn.userinfo.region: %s\n"
                    "fs.cosn.userinfo.secretId: %s\n"
                    "fs.cosn.userinfo.secretKey: %s\n",
                    env_root_uri(env), env_suffix(env), env_region(env), env_secret_id(env),
                    env_secret_key(env));
}

/** Option 1 as a file; @extra lines come last. */
static struct conf *yaml(struct env *env, const char *extra)
{
    struct conf *c = conf_new_client(env);
    conf_file(c, env_text(env, "%s%s", option_1(env), extra), 0);
    return c;
}

static const char *own_host(struct env *env)
{
    return env_text(env, "%s.%s", env_bucket(env), env_suffix(env));
}

static const char *policy_of(struct env *env)
{
    return env_text(env,
                    "{\"version\":\"2.0\", \"statement\": [{\"effect\": \"allow\","
                    "\"action\":[\"name/cos:GetObject\"] ,\"resource\":"
                    "[\"qcs::cos:%s:uid/%s:%s/a: b/*\"]}]}",
                    env_region(env), env_appid(env), env_bucket(env));
}

/* ---- keys ---- */

static void the_path_of_remote_data_dir_is_the_root(struct env *env)
{
    int64_t fs = fs_of(env, conf_new(env));
    expect_ok(env, op_write_text(env, fs, "kv/snap-1/f", "one"));
    const struct cosmock_entry *put = journal_last(env, "PutObject");
    expect_str(env, "bucket", put->bucket, env_bucket(env));
    expect_str(env, "key", put->key, env_text(env, "%s/kv/snap-1/f", env_root(env)));
    expect_i64(env, "objects in the bucket", env_object_count(env), 1);
}

static void the_host_is_bucket_and_suffix(struct env *env)
{
    struct conf *c = conf_new(env);
    conf_set(c, REGION_KEY, "ap-beijing"); /* of STS; the suffix names the endpoint */
    write_one(env, c);
    struct journal all = journal_of(env, /* op= */ NULL);
    for (size_t i = 0; i < all.n; i++) {
        expect_str(env, "Host", all.e[i].host, own_host(env));
    }
    expect_true(env, all.n > 0, "nothing was sent at all");
}

static const struct reply *exists_at(struct env *env, const char *suffix)
{
    struct conf *c = conf_new(env);
    conf_set(c, SUFFIX_KEY, suffix);
    conf_resolve(c, env_text(env, "%s.%s", env_bucket(env), suffix));
    journal_mark(env);
    return op_exists(env, fs_of(env, c), "a");
}

/*
 * The service's other domain, from inside the cloud and from outside, and a zone of a region
 * (cos-wire.md: addressing). What is answered is not asked.
 */
static void a_suffix_is_taken_as_it_stands(struct env *env)
{
    static const char *const suffixes[] = {
        "cos.ap-guangzhou.tencentcos.cn",
        "cos-internal.ap-guangzhou.tencentcos.cn",
        "cos.ap-beijing-1.myqcloud.com",
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(suffixes); i++) {
        (void)exists_at(env, suffixes[i]);
        expect_str(env, "Host", journal_first(env, /* op= */ NULL)->host,
                   env_text(env, "%s.%s", env_bucket(env), suffixes[i]));
    }
}

/*
 * All that a host name may hold. The judge has no certificate for it: who insists on TLS sends
 * nothing, after waits that cost nothing by a virtual clock.
 */
static void the_suffix_of_ones_own_cloud_is_taken(struct env *env)
{
    static const char suffix[] = "cos-01.zone-0a9z.cloud.example";
    const struct reply *r = exists_at(env, suffix);
    if (journal_count(env, /* op= */ NULL) == 0) {
        expect_error(env, r, "NETWORK|IO|INTERNAL");
        case_skip(env, "the subject insists on TLS");
    }
    expect_str(env, "Host", journal_first(env, /* op= */ NULL)->host,
               env_text(env, "%s.%s", env_bucket(env), suffix));
}

static void leading_dots_of_the_suffix_are_dropped(struct env *env)
{
    static const char *const dots[] = {".", "..", "..."};
    for (size_t i = 0; i < COS_ARRAY_LEN(dots); i++) {
        struct conf *c = conf_new(env);
        conf_set(c, SUFFIX_KEY, env_text(env, "%s%s", dots[i], env_suffix(env)));
        write_one(env, c);
        expect_str(env, "Host", journal_last(env, "PutObject")->host, own_host(env));
    }
}

static void without_an_endpoint_the_key_is_named(struct env *env)
{
    control(env, conf_new(env));
    struct conf *c = conf_new(env);
    conf_set(c, SUFFIX_KEY, /* value= */ NULL);
    const struct reply *r = try_all(env, c, env_root_uri(env));
    expect_error(env, r, "CONFIG");
    expect_message_has(env, r, SUFFIX_KEY);
    expect_no_traffic(env);
}

static void the_bucket_region_alone_names_the_endpoint(struct env *env)
{
    struct conf *c = conf_new(env);
    conf_set(c, SUFFIX_KEY, /* value= */ NULL);
    conf_set(c, BUCKET_REGION_KEY, env_region(env));
    write_one(env, c);
    expect_str(env, "Host", journal_last(env, "PutObject")->host,
               env_text(env, "%s.cos.%s.myqcloud.com", env_bucket(env), env_region(env)));
}

static void with_suffix_and_region_one_of_them_is_used(struct env *env)
{
    struct conf *c = conf_new(env);
    conf_set(c, SUFFIX_KEY, "cos.ap-beijing.myqcloud.com");
    conf_set(c, BUCKET_REGION_KEY, env_region(env));
    conf_resolve(c, env_text(env, "%s.cos.ap-beijing.myqcloud.com", env_bucket(env)));
    int64_t fs = fs_of(env, c);
    (void)op_exists(env, fs, "a");
    op_ping(env);
    case_note(env, "the request went to %s", journal_last(env, /* op= */ NULL)->host);
}

static void file_access_needs_no_sts_region(struct env *env)
{
    struct conf *c = conf_new(env);
    conf_set(c, REGION_KEY, /* value= */ NULL);
    int64_t fs = fs_of(env, c);
    expect_ok(env, op_write_text(env, fs, "a", "one"));
    expect_str(env, "text read back", reply_str(op_read_text(env, fs, "a"), "text"), "one");
}

static void a_token_without_the_region_names_the_key(struct env *env)
{
    control_ok(env, op_get_token(env, fs_of(env, conf_new(env))));
    journal_mark(env);
    const char *const policies[] = {NULL, policy_of(env)};
    for (size_t i = 0; i < COS_ARRAY_LEN(policies); i++) {
        struct conf *c = conf_new(env);
        conf_set(c, REGION_KEY, /* value= */ NULL);
        conf_set(c, POLICY_KEY, policies[i]);
        const struct reply *r = op_get_token(env, fs_of(env, c));
        expect_error(env, r, "CONFIG");
        expect_message_has(env, r, REGION_KEY);
        expect_count(env, MINT, 0);
    }
}

/* Whether TLS is on by default is not judged here (CFG-012): these keys must not change it. */
static void keys_of_others_have_no_effect(struct env *env)
{
    write_one(env, conf_new(env));
    const struct cosmock_entry *plain = journal_last(env, "PutObject");
    journal_mark(env);
    struct conf *c = conf_new(env);
    conf_set(c, "cosn.useHttps", plain->tls ? "false" : "true");
    conf_set(c, "useHttps", plain->tls ? "false" : "true");
    conf_set(c, "fs.defaultFS", "hdfs://nowhere:8020/");
    conf_set(c, "remote.data.dir", "hdfs://nowhere:8020/data");
    conf_set(c, "fs.s3a.access.key", "AKIDothersothersothersothersothers01");
    conf_set(c, "userinfo.secretId", "AKIDothersothersothersothersothers02");
    conf_set(c, "xfs.cosn.user.agent", "somebody else");
    write_one(env, c);
    const struct cosmock_entry *put = journal_last(env, "PutObject");
    expect_signed_by(env, env_secret_id(env));
    expect_str(env, "Host", put->host, own_host(env));
    expect_i64(env, "TLS", put->tls, plain->tls);
    expect_str(env, "User-Agent", put->user_agent, plain->user_agent);
}

/** Write @bytes with a block of @block and look at the length of every part. */
static struct journal parts_of(struct env *env, struct conf *c, size_t bytes)
{
    int64_t fs = fs_of(env, c);
    expect_ok(env, op_write_gen(env, fs, "big", 11, bytes, 0));
    expect_stored_gen(env, env_key(env, "big"), 11, bytes);
    return journal_of(env, "UploadPart");
}

static size_t count_parts_of(const struct journal *parts, uint64_t bytes)
{
    size_t n = 0;
    for (size_t i = 0; i < parts->n; i++) {
        n += parts->e[i].bytes_in == bytes ? 1 : 0;
    }
    return n;
}

static void advanced_keys_reach_the_back_end(struct env *env)
{
    struct conf *c = conf_new(env);
    conf_set(c, "fs.cosn.block.size", "1048576");
    struct journal parts = parts_of(env, c, 3 * MIB + 7);
    expect_i64(env, "parts of 1 MiB", (int64_t)count_parts_of(&parts, MIB), 3);
    expect_i64(env, "parts of 7 bytes", (int64_t)count_parts_of(&parts, 7), 1);
}

static void an_unknown_key_is_no_error(struct env *env)
{
    struct conf *c = conf_new(env);
    conf_set(c, "fs.cosn.zzz", "1");
    conf_set(c, "fs.cosn.no.such.key.in.any.table", "maybe");
    write_one(env, c);
}

/* Fluss's own file has dozens; each stays what it is. */
static void no_number_of_keys_is_too_many(struct env *env)
{
    struct conf *c = conf_new(env);
    for (unsigned i = 0; i < 150; i++) {
        conf_set(c, env_text(env, "fs.cosn.no.such.key.%u", i), "1");
    }
    conf_set(c, "fs.cosn.user.agent", "behind-them-all/1");
    write_one(env, c);
    expect_signed_by(env, env_secret_id(env));
    expect_all_verified(env);
    expect_has(env, "User-Agent", journal_last(env, "PutObject")->user_agent,
               "behind-them-all/1");
}

static void use_https_selects_tls(struct env *env)
{
    struct conf *c = conf_new(env);
    conf_set(c, "fs.cosn.useHttps", "true");
    write_one(env, c);
    expect_true(env, journal_last(env, "PutObject")->tls, "useHttps=true went out without TLS");
    struct conf *plain = conf_new(env);
    conf_set(plain, "fs.cosn.useHttps", "false");
    journal_mark(env);
    write_one(env, plain);
    expect_true(env, !journal_last(env, "PutObject")->tls, "useHttps=false went out over TLS");
}

static void the_block_size_is_the_part_size(struct env *env)
{
    struct conf *c = conf_new(env);
    conf_set(c, "fs.cosn.block.size", "2097152");
    struct journal parts = parts_of(env, c, 5 * MIB);
    expect_i64(env, "parts of 2 MiB", (int64_t)count_parts_of(&parts, 2 * MIB), 2);
    expect_i64(env, "parts of 1 MiB", (int64_t)count_parts_of(&parts, MIB), 1);
    expect_i64(env, "parts", (int64_t)parts.n, 3);
}

static void the_default_part_is_8_mib(struct env *env)
{
    struct journal parts = parts_of(env, conf_new(env), 8 * MIB + 1);
    expect_i64(env, "parts of 8 MiB", (int64_t)count_parts_of(&parts, 8 * MIB), 1);
    expect_i64(env, "parts of 1 byte", (int64_t)count_parts_of(&parts, 1), 1);
}

/* A part of the service has 1 MiB at least, but for the last one. */
static void expect_clamped_or_refused(struct env *env, const char *block, size_t bytes)
{
    struct conf *c = conf_new(env);
    conf_set(c, "fs.cosn.block.size", block);
    journal_mark(env);
    const struct reply *r = op_configure(env, "server", c);
    r = reply_ok(r) ? op_open(env, "server", env_root_uri(env)) : r;
    const char *name = env_text(env, "block%s", block);
    r = reply_ok(r) ? op_write_gen(env, reply_i64(r, "fs"), name, 3, bytes, 0) : r;
    struct journal parts = journal_of(env, "UploadPart");
    size_t n_small = 0;
    for (size_t i = 0; i < parts.n; i++) {
        n_small += parts.e[i].bytes_in < MIB ? 1 : 0;
    }
    expect_true(env, n_small <= 1, "a block of %s bytes: %zu parts below 1 MiB", block,
                n_small);
    if (reply_ok(r)) {
        expect_stored_gen(env, env_key(env, name), 3, bytes);
    } else {
        expect_error(env, r, "CONFIG|INVALID_ARG");
        expect_not_stored(env, env_key(env, name));
    }
}

/* hadoop-cos: "The block size of CosN is limited to 1048576 to 2147483648". */
static void a_block_size_out_of_range_is_never_used(struct env *env)
{
    static const struct {
        const char *block;
        size_t bytes;
    } rows[] = {
        {"0", 3},
        {"1", 3},
        {"1048575", 2 * MIB + 1},
        {"2147483649", 3},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        expect_clamped_or_refused(env, rows[i].block, rows[i].bytes);
    }
}

static void the_least_block_size_is_used(struct env *env)
{
    struct conf *c = conf_new(env);
    conf_set(c, "fs.cosn.block.size", "1048576");
    struct journal parts = parts_of(env, c, MIB + 1);
    expect_i64(env, "parts of 1 MiB", (int64_t)count_parts_of(&parts, MIB), 1);
    expect_i64(env, "parts of 1 byte", (int64_t)count_parts_of(&parts, 1), 1);
}

static void max_retries_bounds_the_retries(struct env *env)
{
    struct conf *c = conf_new(env);
    conf_set(c, "fs.cosn.maxRetries", "2");
    env_put_text(env, env_key(env, "a"), "text");
    int64_t fs = fs_of(env, c);
    env_fault(env, (struct cosmock_fault){.op = "HeadObject",
                                          .times = 40,
                                          .kind = COSMOCK_FAULT_REPLY,
                                          .http_status = 500,
                                          .code = "InternalError"});
    journal_mark(env);
    expect_error(env, op_stat(env, fs, "a"), "IO|THROTTLED|NETWORK|INTERNAL");
    /* hadoop-cos: (2 + 1) rounds of the SDK's (3 + 1) requests (fluss-plugin.md s.6.6). */
    expect_count_between(env, "HeadObject", 2, 12);
}

static void the_user_agent_is_the_configured_one(struct env *env)
{
    struct conf *c = conf_new(env);
    conf_set(c, "fs.cosn.user.agent", "conformance-agent/7");
    write_one(env, c);
    expect_has(env, "User-Agent", journal_last(env, "PutObject")->user_agent,
               "conformance-agent/7");
}

static void the_bucket_must_stand_in_the_uri(struct env *env)
{
    control(env, conf_new(env));
    const char *const uris[] = {"cosn:///path/to/remote/storage",
                                env_text(env, "cosn:///%s/x", env_bucket(env))};
    for (size_t i = 0; i < COS_ARRAY_LEN(uris); i++) {
        expect_error(env, try_all(env, conf_new(env), uris[i]), "CONFIG");
        expect_no_traffic(env);
    }
}

static void the_bucket_name_is_used_verbatim(struct env *env)
{
    const char *bucket = env_bucket_add(env, "examplebucket");
    int64_t fs = op_fs(env, "server", conf_new(env), env_text(env, "cosn://%s/data", bucket));
    expect_ok(env, op_write_text(env, fs, "a", "one"));
    const struct cosmock_entry *put = journal_last(env, "PutObject");
    expect_str(env, "Host", put->host, env_text(env, "%s.%s", bucket, env_suffix(env)));
    expect_has(env, "Host", put->host, env_text(env, "-%s.", env_appid(env)));
    expect_str(env, "key", put->key, "data/a");
}

static void client_options_lose_the_whole_prefix(struct env *env)
{
    write_one(env, conf_new(env));
    expect_lacks(env, "User-Agent", journal_last(env, "PutObject")->user_agent, "a-client/1");
    struct conf *c = conf_new(env);
    conf_set(c, "client.fs.fs.cosn.useHttps", "true");
    conf_set(c, "client.fs.fs.cosn.user.agent", "a-client/1");
    write_one(env, c);
    const struct cosmock_entry *put = journal_last(env, "PutObject");
    expect_true(env, put->tls, "client.fs.fs.cosn.useHttps had no effect");
    expect_has(env, "User-Agent", put->user_agent, "a-client/1");
}

/** The bytes a Range header asks for; -1 when there is none. */
static int64_t range_length(const char *range)
{
    if (strncmp(range, "bytes=", 6) != 0) {
        return -1;
    }
    struct cos_span last = cos_span_of(range + 6);
    struct cos_span first = cos_span_cut(&last, '-');
    int64_t a, b;
    return cos_span_i64(first, &a) && cos_span_i64(last, &b) ? b - a + 1 : -1;
}

static void expect_ranges_of(struct env *env, struct conf *c, int64_t block)
{
    size_t size = 3 * (size_t)block;
    env_put_gen(env, env_key(env, "big"), 5, size);
    int64_t fs = fs_of(env, c);
    journal_mark(env);
    const struct reply *r = op_read(env, fs, "big");
    expect_ok(env, r);
    expect_str(env, "bytes", reply_str(r, "sha256"), env_gen_sha256(env, 5, size));
    struct journal ranges = journal_of(env, "GetObject");
    expect_i64(env, "number of ranges", (int64_t)ranges.n, 3);
    for (size_t i = 0; i < ranges.n; i++) {
        expect_i64(env, "length of a range", range_length(ranges.e[i].range), block);
    }
}

static void the_read_ahead_block_is_the_range(struct env *env)
{
    struct conf *c = conf_new(env);
    conf_set(c, "fs.cosn.read.ahead.block.size", "65536");
    expect_ranges_of(env, c, 64 * (int64_t)KIB);
    expect_ranges_of(env, conf_new(env), 512 * (int64_t)KIB);
}

static void half_of_option_1_signs_nothing(struct env *env)
{
    static const struct {
        const char *key, *value;
    } rows[] = {{SECRET_KEY, NULL}, {ID_KEY, NULL}, {SECRET_KEY, ""}, {ID_KEY, ""}};
    control(env, conf_new(env));
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        struct conf *c = conf_new(env);
        conf_set(c, rows[i].key, rows[i].value);
        expect_error(env, try_all(env, c, env_root_uri(env)), "CRED_MISSING|CONFIG|AUTH");
        expect_no_traffic(env);
    }
}

static void half_of_option_1_mints_nothing(struct env *env)
{
    static const char *const missing[] = {SECRET_KEY, ID_KEY};
    control_ok(env, op_get_token(env, fs_of(env, conf_new(env))));
    journal_mark(env);
    for (size_t i = 0; i < COS_ARRAY_LEN(missing); i++) {
        struct conf *c = conf_new(env);
        conf_set(c, missing[i], /* value= */ NULL);
        const struct reply *r = op_configure(env, "server", c);
        r = reply_ok(r) ? op_open(env, "server", env_root_uri(env)) : r;
        r = reply_ok(r) ? op_get_token(env, reply_i64(r, "fs")) : r;
        expect_error(env, r, "CRED_MISSING|CONFIG|AUTH");
        expect_no_traffic(env);
    }
}

/**
 * Each file that is open to write in @during and was not before lies below @dir. A subject that
 * keeps its buffers in memory has none.
 */
static void expect_new_files_below(struct env *env, const char *before, const char *during,
                                   const char *dir)
{
    struct cos_span rest = cos_span_of(during);
    while (rest.len > 0) {
        struct cos_span line = cos_span_cut(&rest, '\n');
        const char *file = env_text(env, COS_SPAN_FMT, COS_SPAN_ARG(line));
        bool is_new = strstr(before, env_text(env, "%s\n", file)) == NULL;
        expect_true(env, !is_new || strncmp(file, dir, strlen(dir)) == 0,
                    "buffers are spilled into %s, not below %s", file, dir);
    }
}

static void spill_buffers_lie_in_the_configured_directory(struct env *env)
{
    const char *dir = env_scratch(env, "spill");
    struct conf *c = conf_new(env);
    conf_set(c, "fs.cosn.tmp.dir", dir);
    conf_set(c, "fs.cosn.buffer.size", "1048576");
    conf_set(c, "fs.cosn.block.size", "1048576");
    int64_t fs = fs_of(env, c);
    int64_t pid = reply_i64(op_stats(env), "pid");
    if (pid <= 0) {
        case_skip(env, "the driver does not tell its process id");
    }
    const char *before = trace_files(env, pid);
    const struct reply *opened = op_out_open(env, fs, "big", /* overwrite= */ true);
    expect_ok(env, opened);
    int64_t out = reply_i64(opened, "out");
    for (size_t i = 0; i < 4; i++) {
        expect_ok(env, op_out_write_gen(env, out, 5, i * MIB, MIB));
        expect_new_files_below(env, before, trace_files(env, pid), dir);
    }
    expect_ok(env, op_out_close(env, out));
    expect_stored_gen(env, env_key(env, "big"), 5, 4 * MIB);
}

/* ---- values that are no values ---- */

/** How a filesystem works: what a wrong value must not change silently. */
struct habit {
    size_t parts, ranges;
    bool is_tls;
};

static struct habit habit_of(struct env *env)
{
    struct journal puts = journal_of(env, "PutObject");
    struct journal parts = journal_of(env, "UploadPart");
    return (struct habit){.parts = parts.n,
                          .ranges = journal_count(env, "GetObject"),
                          .is_tls = puts.n > 0 ? puts.e[0].tls : parts.n > 0 && parts.e[0].tls};
}

#define READ_BYTES (600 * KIB)

/** Writes @bytes and reads READ_BYTES: the first reply that is not fine, else the last. */
static const struct reply *work(struct env *env, struct conf *c, size_t bytes)
{
    journal_mark(env);
    const struct reply *r = op_configure(env, "server", c);
    r = reply_ok(r) ? op_open(env, "server", env_root_uri(env)) : r;
    int64_t fs = reply_i64(r, "fs");
    r = reply_ok(r) ? op_write_gen(env, fs, "w", 3, bytes, 0) : r;
    r = reply_ok(r) ? op_read(env, fs, "r") : r;
    if (reply_ok(r)) {
        expect_stored_gen(env, env_key(env, "w"), 3, bytes);
        expect_str(env, "bytes read", reply_str(r, "sha256"),
                   env_gen_sha256(env, 5, READ_BYTES));
    }
    return r;
}

static void expect_named_or_default(struct env *env, const char *key, const char *value,
                                    size_t bytes)
{
    struct conf *c = conf_new(env);
    conf_set(c, key, value);
    const struct reply *r = work(env, c, bytes);
    if (!reply_ok(r)) {
        expect_error(env, r, "CONFIG|INVALID_ARG");
        expect_message_has(env, r, key);
        return;
    }
    struct habit got = habit_of(env);
    expect_ok(env, work(env, conf_new(env), bytes));
    struct habit usual = habit_of(env);
    expect_true(env,
                got.parts == usual.parts && got.ranges == usual.ranges &&
                    got.is_tls == usual.is_tls,
                "%s: '%s' is no error and no default: %zu parts, %zu ranges, TLS %d; by "
                "default %zu, %zu, %d",
                key, value, got.parts, got.ranges, got.is_tls, usual.parts, usual.ranges,
                usual.is_tls);
}

/* The typed keys of hadoop-cos 3.3.5 (fluss-plugin.md s.2.1). */
static void a_wrong_value_is_named_or_the_default(struct env *env)
{
    static const char *const keys[] = {
        "fs.cosn.useHttps",
        "fs.cosn.block.size",
        "fs.cosn.read.ahead.block.size",
        "fs.cosn.read.ahead.queue.size",
        "fs.cosn.buffer.size",
        "fs.cosn.maxRetries",
        "fs.cosn.retry.interval.seconds",
        "fs.cosn.upload_thread_pool",
        "fs.cosn.copy_thread_pool",
        "fs.cosn.threads.keep_alive_time",
        "fs.cosn.max.connection.num",
    };
    static const char *const values[] = {"many", "-7", "9223372036854775808", ""};
    env_put_gen(env, env_key(env, "r"), 5, READ_BYTES);
    expect_ok(env, work(env, conf_new(env), 3));
    for (size_t k = 0; k < COS_ARRAY_LEN(keys); k++) {
        bool is_block = strcmp(keys[k], "fs.cosn.block.size") == 0;
        for (size_t v = 0; v < COS_ARRAY_LEN(values); v++) {
            bool is_number = values[v][0] == '-' || values[v][0] == '9';
            if (!is_block || !is_number) { /* a block out of range may be clamped (CFG-014) */
                expect_named_or_default(env, keys[k], values[v], is_block ? 8 * MIB + 1 : 3);
            }
        }
    }
}

/* By default one failed request is outlived; a wrong number may not silently end that. */
static void a_wrong_number_of_retries_is_named_or_the_default(struct env *env)
{
    static const char *const keys[] = {"fs.cosn.maxRetries", "fs.cosn.retry.interval.seconds"};
    static const char *const values[] = {"many", "-7", "9223372036854775808", ""};
    struct cosmock_fault once = {.op = "PutObject",
                                 .times = 1,
                                 .kind = COSMOCK_FAULT_REPLY,
                                 .http_status = 500,
                                 .code = "InternalError"};
    (void)env_fault(env, once);
    control(env, conf_new(env));
    for (size_t i = 0; i < COS_ARRAY_LEN(keys) * COS_ARRAY_LEN(values); i++) {
        const char *key = keys[i / COS_ARRAY_LEN(values)];
        const char *value = values[i % COS_ARRAY_LEN(values)];
        struct conf *c = conf_new(env);
        conf_set(c, key, value);
        /* Refused at once, nothing is sent. */
        (void)env_fault_maybe(env, once);
        const struct reply *r = try_write(env, c);
        env_fault_clear(env);
        if (!reply_ok(r)) {
            expect_error(env, r, "CONFIG|INVALID_ARG");
            expect_message_has(env, r, key);
        }
    }
}

/* ---- the file ---- */

static void expect_agent(struct env *env, struct conf *c, const char *what, const char *agent)
{
    journal_mark(env);
    write_one(env, c);
    expect_has(env, what, journal_last(env, "PutObject")->user_agent, agent);
}

static void a_line_splits_at_the_first_colon(struct env *env)
{
    int64_t fs = fs_of(env, yaml(env, ""));
    expect_ok(env, op_get_token(env, fs));
    expect_has(env, "default policy", journal_last(env, MINT)->sts_policy,
               env_text(env, "%s/%s/", env_bucket(env), env_root(env)));
    struct conf *c =
        yaml(env, env_text(env, "fs.cosn.user.agent: a: b: c\n" POLICY_KEY ": %s\n",
                           policy_of(env)));
    fs = fs_of(env, c);
    expect_ok(env, op_get_token(env, fs));
    expect_same_json(env, "policy", journal_last(env, MINT)->sts_policy, policy_of(env));
    expect_ok(env, op_write_text(env, fs, "a", "one"));
    expect_has(env, "User-Agent", journal_last(env, "PutObject")->user_agent, "a: b: c");
}

static void comments_end_at_the_line(struct env *env)
{
    struct conf *c = conf_new_client(env);
    conf_file(c,
              env_text(env,
                       "# a whole line: with a colon\n"
                       "remote.data.dir: %s # where it lies\n"
                       "   # an indented one\n"
                       "fs.cosn.bucket.endpoint_suffix: %s # such as: cos.x\n"
                       "fs.cosn.userinfo.region: %s # of STS\n"
                       "#fs.cosn.userinfo.secretId: commentedout\n"
                       "fs.cosn.userinfo.secretId: %s    # the id\n"
                       "fs.cosn.userinfo.secretKey: %s # the key\n"
                       "#",
                       env_root_uri(env), env_suffix(env), env_region(env), env_secret_id(env),
                       env_secret_key(env)),
              0);
    write_one(env, c);
    expect_signed_by(env, env_secret_id(env));
    expect_all_verified(env);
}

/* Fluss cuts a line at its first '#', wherever it stands (GlobalConfiguration.java:168). */
static void a_comment_needs_no_blank_before_it(struct env *env)
{
    struct conf *c = conf_new_client(env);
    conf_file(c,
              env_text(env,
                       "remote.data.dir: %s#where it lies\n"
                       "fs.cosn.bucket.endpoint_suffix: %s#such as: cos.x\n"
                       "fs.cosn.userinfo.region: %s\n"
                       "fs.cosn.userinfo.secretId: %s#the#id\n"
                       "fs.cosn.userinfo.secretKey: %s#the key\n"
                       "fs.cosn.user.agent: before#after\n",
                       env_root_uri(env), env_suffix(env), env_region(env), env_secret_id(env),
                       env_secret_key(env)),
              0);
    write_one(env, c);
    expect_signed_by(env, env_secret_id(env));
    expect_all_verified(env);
    const char *agent = journal_last(env, "PutObject")->user_agent;
    expect_has(env, "User-Agent", agent, "before");
    expect_lacks(env, "User-Agent", agent, "after");
}

static void the_sample_of_the_page_loads(struct env *env)
{
    struct conf *c = conf_new_client(env);
    conf_file_of_page(c, 1);
    write_one(env, c);
    expect_all_verified(env);
}

static void a_one_line_policy_is_kept_byte_for_byte(struct env *env)
{
    const char *policy = policy_of(env);
    struct conf *c = yaml(env, env_text(env, POLICY_KEY ": %s\n", policy));
    expect_ok(env, op_get_token(env, fs_of(env, c)));
    expect_str(env, "Policy at STS", journal_last(env, MINT)->sts_policy, policy);
}

static void a_long_policy_is_kept_byte_for_byte(struct env *env)
{
    const char *policy = env_policy_long(env);
    struct conf *c = yaml(env, env_text(env, POLICY_KEY ": %s\n", policy));
    expect_ok(env, op_get_token(env, fs_of(env, c)));
    expect_str(env, "Policy at STS", journal_last(env, MINT)->sts_policy, policy);
}

static void a_bad_line_is_skipped_with_a_warning(struct env *env)
{
    env_canary(env, "SecretInABadLine0123456789");
    struct conf *c = yaml(env, "\n"
                               "no pair at all\n" /* line 8 */
                               "fs.cosn.userinfo.secretKey:SecretInABadLine0123456789\n"
                               "fs.cosn.user.agent: after-the-bad-lines\n");
    write_one(env, c);
    expect_has(env, "log", env_log(env), "server.yaml:8");
    expect_has(env, "log", env_log(env), "server.yaml:9");
    expect_has(env, "User-Agent", journal_last(env, "PutObject")->user_agent,
               "after-the-bad-lines");
    expect_no_leak(env);
}

/* BufferedReader.readLine(), which Fluss reads with, knows three ends of a line. */
static void lines_end_in_three_ways(struct env *env)
{
    static const char *const ends[] = {"\n", "\r\n", "\r"};
    for (size_t i = 0; i < COS_ARRAY_LEN(ends); i++) {
        const char *end = ends[i];
        const char *lines[] = {
            env_text(env, "remote.data.dir: %s", env_root_uri(env)),
            "",
            env_text(env, SUFFIX_KEY ": %s", env_suffix(env)),
            env_text(env, ID_KEY ": %s", env_secret_id(env)),
            env_text(env, SECRET_KEY ": %s", env_secret_key(env)),
            "no pair at all", /* line 6 */
            env_text(env, "fs.cosn.user.agent: agent-%zu", i),
        };
        const char *text = "";
        for (size_t k = 0; k < COS_ARRAY_LEN(lines); k++) {
            text = env_text(env, "%s%s%s", text, lines[k], end);
        }
        struct conf *c = conf_new_client(env);
        conf_file(c, text, 0);
        expect_agent(env, c, "User-Agent", env_text(env, "agent-%zu", i));
        expect_signed_by(env, env_secret_id(env));
        expect_has(env, "log", env_log(env), "server.yaml:6");
        for (unsigned line = 1; line <= 8; line++) {
            const char *place = env_text(env, "server.yaml:%u", line);
            if (line != 6) {
                expect_lacks(env, "log", env_log(env), place);
            }
        }
    }
}

/*
 * Set to nothing, maxRetries would be no number, the region would be no endpoint and the id
 * would be half of option 1.
 */
static void an_empty_value_is_not_set(struct env *env)
{
    struct conf *c = conf_new_client(env);
    conf_file(c,
              env_text(env,
                       "remote.data.dir: %s\n"
                       "fs.cosn.bucket.endpoint_suffix: %s\n"
                       "fs.cosn.bucket.region:\n"
                       "fs.cosn.userinfo.secretId: \n"
                       "fs.cosn.userinfo.secretKey:   \n"
                       "fs.cosn.maxRetries:\n"
                       "\n"
                       "fs.cosn.user.agent: # none\n"
                       ": of no key\n"
                       "fs.cosn.credentials.provider: " ENV_PROVIDER "\n",
                       env_root_uri(env), env_suffix(env)),
              0);
    conf_env(c, "COSN_SECRET_ID", env_secret_id(env));
    conf_env(c, "COSN_SECRET_KEY", env_secret_key(env));
    write_one(env, c);
    expect_signed_by(env, env_secret_id(env));
    const struct cosmock_entry *put = journal_last(env, "PutObject");
    expect_str(env, "Host", put->host, own_host(env));
    expect_true(env, put->user_agent[0] != '\0', "the User-Agent is empty");
    static const unsigned lines[] = {3, 4, 5, 6, 8, 9};
    for (size_t i = 0; i < COS_ARRAY_LEN(lines); i++) {
        expect_has(env, "log", env_log(env), env_text(env, "server.yaml:%u", lines[i]));
    }
}

/* The secret is the case's own, so that a log that shows it is found. */
static void a_marker_is_resolved_and_stays_secret(struct env *env)
{
    struct conf *c = conf_new_client(env);
    conf_file(c,
              env_text(env,
                       "remote.data.dir: %s\n"
                       "fs.cosn.bucket.endpoint_suffix: %s\n"
                       "fs.cosn.userinfo.region: %s\n"
                       "config.providers: env\n"
                       "fs.cosn.userinfo.secretId: ${env:FLUSS_COS_ID}\n"
                       "fs.cosn.userinfo.secretKey: ${env:FLUSS_COS_KEY}\n",
                       env_root_uri(env), env_suffix(env), env_region(env)),
              0);
    conf_env(c, "FLUSS_COS_ID", env_secret_id(env));
    conf_env(c, "FLUSS_COS_KEY", env_secret_key(env));
    write_one(env, c);
    expect_signed_by(env, env_secret_id(env));
    expect_true(env, strstr(env_log(env), env_secret_key(env)) == NULL,
                "the log shows the value of the marker");
    expect_no_leak(env);
}

/* A word where a number belongs: the error may name the key, not what the marker stood for. */
static void the_value_of_a_marker_is_in_no_error(struct env *env)
{
    env_canary(env, "behind-the-marker");
    control(env, yaml(env, ""));
    struct conf *c = yaml(env, "config.providers: env\n"
                               "fs.cosn.maxRetries: ${env:FLUSS_COS_RETRIES}\n");
    conf_env(c, "FLUSS_COS_RETRIES", "behind-the-marker");
    (void)try_all(env, c, env_root_uri(env));
    expect_no_leak_in_replies(env);
    expect_no_leak(env);
}

/** Option 1 in a file with @marker for the User-Agent; @providers are named last. */
static struct conf *with_marker(struct env *env, const char *providers, const char *marker)
{
    struct conf *c = conf_new_client(env);
    conf_file(c,
              env_text(env, "fs.cosn.user.agent: %s\n%s%s\n", marker, option_1(env), providers),
              0);
    conf_env(c, "FLUSS_COS", "[from the environment]");
    conf_env(c, "NESTED", "${env:FLUSS_COS}");
    conf_env(c, "env", "[no name was given]");
    return c;
}

/* Fluss's EnvVarConfigProvider and ConfigProviders: a marker is a whole value, read once. */
static void markers_of_the_environment_are_resolved(struct env *env)
{
    static const struct {
        const char *providers, *marker, *agent;
    } rows[] = {
        {"config.providers: env", "${env:FLUSS_COS}", "[from the environment]"},
        {"config.providers: , env ", "${env:FLUSS_COS}", "[from the environment]"},
        {"config.providers: env", "${env:NESTED}", "${env:FLUSS_COS}"},
        {"config.providers: env", "a ${env:FLUSS_COS}", "a ${env:FLUSS_COS}"},
        {"config.providers: env", "${env:FLUSS_COS} b", "${env:FLUSS_COS} b"},
        {"config.providers: env", "$${env:FLUSS_COS}", "${env:FLUSS_COS}"},
        {"config.providers: env", "$$100", "$$100"},
        {"", "${env:FLUSS_COS}", "${env:FLUSS_COS}"},
        {"config.providers: ,", "${env:FLUSS_COS}", "${env:FLUSS_COS}"},
        {"config.providers: env", "${}", "${}"},
        {"config.providers: env\nconfig.providers.env.param.allowlist.pattern: FLUSS_.*|X",
         "${env:FLUSS_COS}", "[from the environment]"},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        expect_agent(env, with_marker(env, rows[i].providers, rows[i].marker), rows[i].marker,
                     rows[i].agent);
        expect_lacks(env, rows[i].marker, journal_last(env, "PutObject")->user_agent, "$${");
    }
}

/** Both providers that read files, and where they may. */
static const char *files_below(struct env *env, const char *dir)
{
    return env_text(env,
                    "config.providers: directory,file\n"
                    "config.providers.directory.param.allowed.paths: /nonexistent, %s/ \n"
                    "config.providers.file.param.allowed.paths: %s",
                    dir, dir);
}

/* Rules of java.util.Properties.load(), which Fluss's FileConfigProvider reads with. */
static void markers_of_files_are_resolved(struct env *env)
{
    static const struct {
        const char *text, *property, *agent;
    } rows[] = {
        {"a=[x]\n", "a", "[x]"},
        {"# a=[1]\n ! a=[2]\n\n \n  a\t=\t[x]", "a", "[x]"},
        {"a : [x]\nb=a=[y]\n", "a", "[x]"},
        {"a\t[x]\naa=[1]\n", "a", "[x]"},
        {"a==[x:#!]\n", "a", "=[x:#!]"},
        {"b=[1]\ra=[2]\r\na=[x]\r\n\rc=[3]", "a", "[x]"},
        {"#\r\na=[x]", "a", "[x]"},
        {"b=[1]\ra=[x]", "a", "[x]"},
        {"b=[1]\\\n\na=[x]", "a", "[x]"},
        {"\f a\f:\f[x]\n", "a", "[x]"},
        {"# goes not on \\\n! nor this \\\na=[x]", "a", "[x]"},
        {"a=[1,\\\n \t 2,\\\r\n3]\nb=[4]\n", "a", "[1,2,3]"},
        {"a\\ b\\=c=[x]\n", "a b=c", "[x]"},
        {"a=[\\q\\\\\\u0041\\u005a\\u007E\\u006a]\n", "a", "[q\\AZ~j]"},
    };
    const char *dir = env_scratch(env, "in");
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        env_place_file(env, dir, "keys.properties", rows[i].text);
        const char *marker =
            env_text(env, "${file:%s/keys.properties:%s}", dir, rows[i].property);
        expect_agent(env, with_marker(env, files_below(env, dir), marker), rows[i].text,
                     rows[i].agent);
    }
    env_place_file(env, dir, "agent", "[a file: ${env:X} # x]");
    const char *const paths[] = {dir, env_text(env, "%s/../in/.", dir)};
    for (size_t i = 0; i < COS_ARRAY_LEN(paths); i++) {
        const char *marker = env_text(env, "${directory:%s:agent}", paths[i]);
        expect_agent(env, with_marker(env, files_below(env, dir), marker), marker,
                     "[a file: ${env:X} # x]");
    }
}

/*
 * Blanks, letters beyond ASCII, which value is whose: what no header shows exactly, a policy
 * does.
 */
static void a_property_is_kept_byte_for_byte(struct env *env)
{
    static const char *const separators[] = {" =  ", "\t:\t ", "   "};
    const char *dir = env_scratch(env, "in");
    const char *resource = env_text(env, "qcs::cos:%s:uid/%s:%s", env_region(env),
                                    env_appid(env), env_bucket(env));
    for (size_t i = 0; i < COS_ARRAY_LEN(separators); i++) {
        env_place_file(env, dir, "keys.properties",
                       env_text(env,
                                "policy=of the first line\n"
                                "policy%s{\"version\":\"2.0\",\\t\"statement\":\\r\\n[{"
                                "\"effect\":\"allow\",\"action\":[\"name/cos:*\"],"
                                "\"resource\":[\"%s/\\u0080\\u00E9\\u07ff\\u0800\\u4e2d"
                                "\\uFFFD\xE9/*\"]}]}\n",
                                separators[i], resource));
        struct conf *c =
            yaml(env, env_text(env, "%s\n" POLICY_KEY ": ${file:%s/keys.properties:policy}\n",
                               files_below(env, dir), dir));
        expect_ok(env, op_get_token(env, fs_of(env, c)));
        expect_str(env, "Policy at STS", journal_last(env, MINT)->sts_policy,
                   env_text(env,
                            "{\"version\":\"2.0\",\t\"statement\":\r\n[{\"effect\":"
                            "\"allow\",\"action\":[\"name/cos:*\"],\"resource\":"
                            "[\"%s/\xC2\x80\u00E9\u07ff\u0800\u4e2d\uFFFD\u00E9/*\"]}]}",
                            resource));
    }
    env_place_file(env, dir, "keys.properties",
                   env_text(env, "secret \t= \t%s\n", env_secret_key(env)));
    journal_mark(env);
    write_one(env,
              yaml(env, env_text(env, "%s\n" SECRET_KEY ": ${file:%s/keys.properties:secret}\n",
                                 files_below(env, dir), dir)));
    expect_all_verified(env);
}

static void expect_refused_marker(struct env *env, struct conf *c, const char *what)
{
    const struct reply *r = try_all(env, c, env_root_uri(env));
    expect_true(env, !reply_ok(r), "%s was no error", what);
    expect_error(env, r, "CONFIG");
    expect_no_traffic(env);
}

static void a_marker_without_a_value_is_an_error(struct env *env)
{
    static const char pattern[] =
        "config.providers: env\nconfig.providers.env.param.allowlist.pattern: FLUSS|COS";
    static const struct {
        const char *providers, *marker;
    } rows[] = {
        {"config.providers: env", "${env:ABSENT}"},
        {"config.providers: env", "${env:a:FLUSS_COS}"},
        {"config.providers: env", "${env:}"},
        {"config.providers: env", "${:FLUSS_COS}"},
        {"config.providers: env", "${FLUSS_COS}"},
        {"config.providers: env", "${env}"},
        {"config.providers: env", "${vault:FLUSS_COS}"},
        {"config.providers: env", "${directory:/etc:hostname}"},
        {"config.providers: env,vault", "${env:FLUSS_COS}"},
        {"config.providers: directory", "x"},
        {"config.providers: directory\nconfig.providers.directory.param.allowed.paths: /\n"
         "config.providers.directory.param.allowd.paths: /",
         "x"},
        {pattern, "${env:FLUSS_COS}"},
        {"config.providers: env\nconfig.providers.env.param.allowlist.pattern: (",
         "${env:FLUSS_COS}"},
    };
    control_ok(env,
               try_write(env, with_marker(env, "config.providers: env", "${env:FLUSS_COS}")));
    journal_mark(env);
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        expect_refused_marker(env, with_marker(env, rows[i].providers, rows[i].marker),
                              rows[i].marker);
    }
}

static void a_marker_reads_nothing_beyond_its_paths(struct env *env)
{
    const char *const dirs[] = {env_scratch(env, "in"), env_scratch(env, "on"),
                                env_scratch(env, "inside")};
    static const char *const files[] = {"agent", "keys.properties", "short.properties",
                                        "odd.properties", "early.properties"};
    static const char *const texts[] = {"[x]", "a=[x]\n", "a=\\u12", "a=\\u00g1",
                                        "\\u12=1\na=[x]\n"};
    for (size_t i = 0; i < COS_ARRAY_LEN(dirs) * COS_ARRAY_LEN(files); i++) {
        size_t f = i % COS_ARRAY_LEN(files);
        env_place_file(env, dirs[i / COS_ARRAY_LEN(files)], files[f], texts[f]);
    }
    const char *dir = dirs[0], *below = files_below(env, dir), *all = files_below(env, "/");
    const char *of_directory = env_text(env, "${directory:%s:agent}", dir);
    const char *of_file = env_text(env, "${file:%s/keys.properties:a}", dir);
    const struct {
        const char *providers, *marker;
    } good[] = {
        {below, of_directory},
        {below, of_file},
        {all, of_directory},
        {files_below(env, env_text(env, "%s/keys.properties", dir)), of_file},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(good); i++) {
        control_ok(env, try_write(env, with_marker(env, good[i].providers, good[i].marker)));
    }
    journal_mark(env);
    const struct {
        const char *providers, *marker;
    } bad[] = {
        {below, env_text(env, "${directory:%s:agent}", dirs[1])},
        {below, env_text(env, "${directory:%s:agent}", dirs[2])},
        {below, env_text(env, "${directory:%s/../inside:agent}", dir)},
        {below, env_text(env, "${directory:%s:absent}", dir)},
        {below, env_text(env, "${directory:%s:.}", dir)},
        {all, "${directory:etc/hostname}"},
        {below, env_text(env, "${file:%s/keys.properties:a}", dirs[2])},
        {below, env_text(env, "${file:%s/keys.properties:b}", dir)},
        {below, env_text(env, "${file:%s/short.properties:a}", dir)},
        {below, env_text(env, "${file:%s/odd.properties:a}", dir)},
        {below, env_text(env, "${file:%s/early.properties:a}", dir)},
        {below, env_text(env, "${file:%s/absent.properties:a}", dir)},
        {all, "${file:a}"},
        {env_text(env, "%s\nconfig.providers: file", below), of_directory},
    };
    for (size_t i = 0; i < COS_ARRAY_LEN(bad); i++) {
        expect_refused_marker(env, with_marker(env, bad[i].providers, bad[i].marker),
                              bad[i].marker);
    }
}

static void blanks_around_key_and_value_are_trimmed(struct env *env)
{
    struct conf *c = conf_new_client(env);
    conf_file(c,
              env_text(env,
                       "  remote.data.dir:    %s\t\n"
                       "fs.cosn.bucket.endpoint_suffix: %s   \r\n"
                       "\tfs.cosn.userinfo.region: %s \n"
                       "fs.cosn.userinfo.secretId :  %s  \n"
                       "fs.cosn.userinfo.secretKey:  %s \t \n",
                       env_root_uri(env), env_suffix(env), env_region(env), env_secret_id(env),
                       env_secret_key(env)),
              0);
    write_one(env, c);
    expect_all_verified(env);
    expect_signed_by(env, env_secret_id(env));
}

static void of_two_equal_keys_the_last_wins(struct env *env)
{
    struct conf *c = conf_new_client(env);
    conf_file(c,
              env_text(env,
                       "fs.cosn.userinfo.secretId: AKIDfirstfirstfirstfirstfirstfirst01\n"
                       "remote.data.dir: %s\n"
                       "fs.cosn.bucket.endpoint_suffix: %s\n"
                       "fs.cosn.userinfo.region: %s\n"
                       "fs.cosn.userinfo.secretKey: firstfirstfirstfirstfirstfirstfi\n"
                       "fs.cosn.userinfo.secretId: %s\n"
                       "fs.cosn.userinfo.secretKey: %s\n",
                       env_root_uri(env), env_suffix(env), env_region(env), env_secret_id(env),
                       env_secret_key(env)),
              0);
    write_one(env, c);
    expect_signed_by(env, env_secret_id(env));
}

const struct conform_case cases_cfg[] = {
    {"CFG-001", "the path of remote.data.dir is the root", "fs",
     the_path_of_remote_data_dir_is_the_root, 0},
    {"CFG-002", "the host is bucket and suffix", "fs", the_host_is_bucket_and_suffix, 0},
    {"CFG-002", "a suffix is taken as it stands", "fs", a_suffix_is_taken_as_it_stands, 0},
    {"CFG-002", "the suffix of one's own cloud is taken", "fs,clock.virtual",
     the_suffix_of_ones_own_cloud_is_taken, 0},
    {"CFG-003", "leading dots of the suffix are dropped", "fs",
     leading_dots_of_the_suffix_are_dropped, 0},
    {"CFG-004", "without an endpoint the key is named", "fs",
     without_an_endpoint_the_key_is_named, 0},
    {"CFG-005", "the bucket region alone names the endpoint", "fs",
     the_bucket_region_alone_names_the_endpoint, 0},
    {"CFG-006", "with suffix and region one of them is used", "fs",
     with_suffix_and_region_one_of_them_is_used, 0},
    {"CFG-007", "file access needs no STS region", "fs", file_access_needs_no_sts_region, 0},
    {"CFG-008", "a token without the region names the key", "fs,token.obtain",
     a_token_without_the_region_names_the_key, 0},
    {"CFG-009", "keys of others have no effect", "fs", keys_of_others_have_no_effect, 0},
    {"CFG-010", "advanced keys reach the back-end", "fs", advanced_keys_reach_the_back_end,
     CASE_FRESH_PROCESS},
    {"CFG-011", "an unknown key is no error", "fs", an_unknown_key_is_no_error, 0},
    {"CFG-011", "no number of keys is too many", "fs", no_number_of_keys_is_too_many, 0},
    {"CFG-012", "useHttps selects TLS", "fs", use_https_selects_tls, 0},
    {"CFG-013", "the block size is the part size", "fs", the_block_size_is_the_part_size,
     CASE_FRESH_PROCESS},
    {"CFG-013", "the default part is 8 MiB", "fs", the_default_part_is_8_mib,
     CASE_FRESH_PROCESS},
    {"CFG-014", "a block size out of range is never used", "fs",
     a_block_size_out_of_range_is_never_used, CASE_FRESH_PROCESS},
    {"CFG-014", "the least block size is used", "fs", the_least_block_size_is_used,
     CASE_FRESH_PROCESS},
    {"CFG-015", "maxRetries bounds the retries", "fs", max_retries_bounds_the_retries, 0},
    {"CFG-016", "the user agent is the configured one", "fs",
     the_user_agent_is_the_configured_one, 0},
    {"CFG-017", "a line splits at the first colon", "fs,token.obtain,config.yaml",
     a_line_splits_at_the_first_colon, 0},
    {"CFG-018", "comments end at the line", "fs,config.yaml", comments_end_at_the_line, 0},
    {"CFG-018", "a comment needs no blank before it", "fs,config.yaml",
     a_comment_needs_no_blank_before_it, 0},
    {"CFG-018", "the sample of the page loads", "fs,config.yaml", the_sample_of_the_page_loads,
     0},
    {"CFG-019", "a one-line policy is kept byte for byte", "fs,token.obtain,config.yaml",
     a_one_line_policy_is_kept_byte_for_byte, 0},
    {"CFG-019", "a long policy is kept byte for byte", "fs,token.obtain,config.yaml",
     a_long_policy_is_kept_byte_for_byte, 0},
    {"CFG-020", "a bad line is skipped with a warning", "fs,config.yaml",
     a_bad_line_is_skipped_with_a_warning, 0},
    {"CFG-020", "lines end in three ways", "fs,config.yaml", lines_end_in_three_ways, 0},
    {"CFG-021", "an empty value is not set", "fs,config.yaml,config.providers",
     an_empty_value_is_not_set, 0},
    {"CFG-022", "blanks around key and value are trimmed", "fs,config.yaml",
     blanks_around_key_and_value_are_trimmed, 0},
    {"CFG-023", "of two equal keys the last wins", "fs,config.yaml",
     of_two_equal_keys_the_last_wins, 0},
    {"CFG-024", "the bucket must stand in the URI", "fs", the_bucket_must_stand_in_the_uri, 0},
    {"CFG-025", "the bucket name is used verbatim", "fs", the_bucket_name_is_used_verbatim, 0},
    {"CFG-026", "client options lose the whole prefix", "fs,token.apply,config.yaml",
     client_options_lose_the_whole_prefix, 0},
    {"CFG-027", "a marker is resolved and stays secret", "fs,config.yaml",
     a_marker_is_resolved_and_stays_secret, 0},
    {"CFG-027", "the value of a marker is in no error", "fs,config.yaml",
     the_value_of_a_marker_is_in_no_error, 0},
    {"CFG-027", "markers of the environment are resolved", "fs,config.yaml",
     markers_of_the_environment_are_resolved, 0},
    {"CFG-027", "markers of files are resolved", "fs,config.yaml",
     markers_of_files_are_resolved, 0},
    {"CFG-027", "a property is kept byte for byte", "fs,token.obtain,config.yaml",
     a_property_is_kept_byte_for_byte, 0},
    {"CFG-027", "a marker without a value is an error", "fs,config.yaml",
     a_marker_without_a_value_is_an_error, 0},
    {"CFG-027", "a marker reads nothing beyond its paths", "fs,config.yaml",
     a_marker_reads_nothing_beyond_its_paths, 0},
    {"CFG-028", "the read-ahead block is the range", "fs", the_read_ahead_block_is_the_range,
     0},
    {"CFG-029", "spill buffers lie in the configured directory", "fs,fs.streams",
     spill_buffers_lie_in_the_configured_directory, CASE_PROCESS_ONLY | CASE_FRESH_PROCESS},
    {"CFG-030", "half of option 1 signs nothing", "fs", half_of_option_1_signs_nothing, 0},
    {"CFG-030", "half of option 1 mints nothing", "fs,token.obtain",
     half_of_option_1_mints_nothing, 0},
    {"CFG-031", "a wrong value is named, or the default", "fs",
     a_wrong_value_is_named_or_the_default, 0},
    {"CFG-031", "a wrong number of retries is named, or the default", "fs",
     a_wrong_number_of_retries_is_named_or_the_default, 0},
    {0},
};
