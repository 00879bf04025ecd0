/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SEC: secrets stay where they belong. Every case plants canaries (the secrets of its own
 * world) and looks for them in logs, replies, requests, files and process tables. Sources: the
 * page ("To avoid exposing sensitive access key information"), conformance.md s.0.8, practice
 * of TLS.
 */
#include "case.h"

#include "registry.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>

#define MIB ((size_t)1 << 20)
#define TMP_KEY "fs.cosn.tmp.dir"

static int64_t fs_of(struct env *env)
{
    return op_fs(env, "server", conf_new(env), env_root_uri(env));
}

static struct conf *loud(struct env *env)
{
    struct conf *c = conf_new(env);
    conf_log_level(c, "trace");
    return c;
}

/** Its tokens allow all of the bucket: what the default policy allows is POL-*. */
static int64_t loud_server(struct env *env)
{
    struct conf *c = loud(env);
    conf_set(c, "fs.cosn.security.token.policy", env_policy_all(env));
    return op_fs(env, "server", c, env_root_uri(env));
}

/** A client that lives on @token; its filesystem. */
static int64_t client_of(struct env *env, const struct reply *token)
{
    struct conf *c = conf_new_client(env);
    conf_log_level(c, "trace");
    expect_ok(env, op_configure(env, "client", c));
    expect_ok(env, op_apply_token(env, "client", token));
    const struct reply *opened = op_open(env, "client", env_root_uri(env));
    expect_ok(env, opened);
    return reply_i64(opened, "fs");
}

/** The same, whatever comes of it: only what it leaves behind is judged. */
static void try_everything(struct env *env, int64_t fs)
{
    (void)op_write_text(env, fs, "d/x", "text");
    (void)op_read(env, fs, "d/x");
    (void)op_list(env, fs, "d");
    (void)op_rename(env, fs, "d/x", "d/y");
    (void)op_delete(env, fs, "d", /* recursive= */ true);
    op_ping(env);
}

/** A server's token in a client's hands that is used; returns the token. */
static const struct reply *live_on_a_token(struct env *env)
{
    const struct reply *token = op_get_token(env, loud_server(env));
    expect_ok(env, token);
    int64_t fs = client_of(env, token);
    journal_mark(env);
    try_everything(env, fs);
    expect_signed_by(env, token_field(env, token, "access_key_id"));
    return token;
}

static void use_everything(struct env *env, int64_t fs)
{
    expect_ok(env, op_write_text(env, fs, "d/x", "text"));
    expect_ok(env, op_read(env, fs, "d/x"));
    expect_ok(env, op_list(env, fs, "d"));
    expect_ok(env, op_rename(env, fs, "d/x", "d/y"));
    expect_ok(env, op_delete(env, fs, "d", /* recursive= */ true));
    expect_error(env, op_stat(env, fs, "d/x"), "NOT_FOUND");
}

/* expect_no_leak leaves the permanent secret in logs to this requirement. */
static void expect_not_logged(struct env *env)
{
    expect_true(env, strstr(env_log(env), env_secret_key(env)) == NULL,
                "the permanent secret key stands in the log");
    expect_no_leak(env);
}

static void the_permanent_secret_is_in_no_log(struct env *env)
{
    use_everything(env, op_fs(env, "server", loud(env), env_root_uri(env)));
    expect_not_logged(env);
}

static void minting_logs_no_permanent_secret(struct env *env)
{
    expect_ok(env, op_get_token(env, op_fs(env, "server", loud(env), env_root_uri(env))));
    expect_not_logged(env);
}

static void the_secret_of_the_file_is_in_no_log(struct env *env)
{
    struct conf *c = loud(env);
    conf_file_of_page(c, 1);
    use_everything(env, op_fs(env, "server", c, env_root_uri(env)));
    expect_not_logged(env);
}

static void tokens_are_in_no_log(struct env *env)
{
    (void)live_on_a_token(env);
    const struct reply *second = op_get_token(env, loud_server(env));
    expect_ok(env, second);
    expect_ok(env, op_apply_token(env, "client", second));
    expect_no_leak(env);
}

/** Each of them an error, some of the configuration, some of the service. */
static void make_errors(struct env *env, int64_t (*make_fs)(struct env *env))
{
    env_put_text(env, env_key(env, "x"), "text");
    env_use_sub_account(env);
    int64_t fs = make_fs(env);
    control_ok(env, op_read(env, fs, "x"));
    env_user_policy(env, /* json= */ NULL);
    expect_error(env, op_read(env, fs, "x"), "ACCESS_DENIED");
    expect_error(env, op_write_text(env, fs, "y", "no"), "ACCESS_DENIED");
    struct conf *half = conf_new(env);
    conf_set(half, "fs.cosn.userinfo.secretId", /* value= */ NULL);
    const struct reply *r = op_configure(env, "server", half);
    r = reply_ok(r) ? op_open(env, "server", env_root_uri(env)) : r;
    r = reply_ok(r) ? op_read(env, reply_i64(r, "fs"), "x") : r;
    expect_error(env, r, "CRED_MISSING|CONFIG|AUTH");
}

static void errors_hold_no_secret(struct env *env)
{
    make_errors(env, fs_of);
    struct conf *wrong = conf_new(env);
    const char *other = "AnotherSecretKeyThatIsWrong01234";
    env_canary(env, other);
    conf_set(wrong, "fs.cosn.userinfo.secretKey", other);
    int64_t fs = op_fs(env, "server", wrong, env_root_uri(env));
    expect_error(env, op_read(env, fs, "x"), "AUTH|ACCESS_DENIED");
    expect_no_leak_in_replies(env);
}

static void errors_of_sts_hold_no_secret(struct env *env)
{
    struct conf *wrong = conf_new(env);
    const char *other = "AnotherSecretKeyThatIsWrong01234";
    control_ok(env, op_get_token(env, fs_of(env)));
    env_canary(env, other);
    conf_set(wrong, "fs.cosn.userinfo.secretKey", other);
    int64_t fs = op_fs(env, "server", wrong, env_root_uri(env));
    expect_true(env, !reply_ok(op_get_token(env, fs)), "a token for a wrong signature");
    expect_count_between(env, "GetFederationToken", 2, 20);
    expect_no_leak_in_replies(env);
}

/* A gateway that repeats the request's headers in its error page is no rare thing. */
static void a_token_that_the_service_repeats_is_not_shown(struct env *env)
{
    const struct reply *token = op_get_token(env, loud_server(env));
    expect_ok(env, token);
    int64_t fs = client_of(env, token);
    env_put_text(env, env_key(env, "x"), "text");
    control_ok(env, op_read(env, fs, "x"));
    const char *echo = env_text(env, "the token %.300s is not welcome",
                                token_field(env, token, "security_token"));
    env_fault(env, (struct cosmock_fault){.op = "GetObject",
                                          .times = 0,
                                          .kind = COSMOCK_FAULT_REPLY,
                                          .http_status = 403,
                                          .code = "AccessDenied",
                                          .message = echo});
    expect_error(env, op_read(env, fs, "x"), "ACCESS_DENIED|AUTH|IO");
    expect_no_leak_in_replies(env);
}

/* The mock knows the secret of every key it sees and marks a request that spells one out. */
static void expect_no_secret_sent(struct env *env, size_t n)
{
    struct journal all = journal_of(env, /* op= */ NULL);
    for (size_t i = 0; i < all.n; i++) {
        expect_true(env, !all.e[i].shows_secret, "request %llu (%s) spells out a secret key",
                    (unsigned long long)all.e[i].seq, all.e[i].op);
    }
    expect_true(env, all.n >= n, "only %zu requests", all.n);
}

static void no_secret_key_is_sent(struct env *env)
{
    int64_t fs = fs_of(env);
    use_everything(env, fs);
    expect_ok(env, op_write_gen(env, fs, "big", 5, 9 * MIB, 0));
    expect_no_secret_sent(env, 10);
}

static void no_secret_key_is_sent_with_a_token(struct env *env)
{
    (void)live_on_a_token(env);
    expect_no_secret_sent(env, 3);
}

static void what_clients_get_holds_nothing_permanent(struct env *env)
{
    const struct reply *token = op_get_token(env, fs_of(env));
    expect_ok(env, token);
    const char *text = env_text(env, "%s %s", token_payload(env, token),
                                env_json(env, reply_json(token, "infos")));
    expect_lacks(env, "what is handed to clients", text, env_secret_key(env));
    expect_lacks(env, "what is handed to clients", text, env_secret_id(env));
    expect_true(env, token_info(token, "fs.cosn.userinfo.secretKey") == NULL,
                "the infos name the secret key");
}

static void the_permanent_id_is_not_logged_at_info(struct env *env)
{
    struct conf *c = conf_new(env);
    conf_log_level(c, "info");
    use_everything(env, op_fs(env, "server", c, env_root_uri(env)));
    expect_lacks(env, "log at INFO and above", env_log(env), env_secret_id(env));
}

static void minting_logs_no_permanent_id_at_info(struct env *env)
{
    struct conf *c = conf_new(env);
    conf_log_level(c, "info");
    expect_ok(env, op_get_token(env, op_fs(env, "server", c, env_root_uri(env))));
    expect_lacks(env, "log at INFO and above", env_log(env), env_secret_id(env));
}

static int64_t pid_of_subject(struct env *env)
{
    int64_t pid = reply_i64(op_stats(env), "pid");
    if (pid <= 0) {
        case_skip(env, "the driver does not tell its process id");
    }
    return pid;
}

static void tokens_are_not_written_to_disk(struct env *env)
{
    int64_t pid = pid_of_subject(env);
    const char *mark = trace_mark(env);
    const struct reply *token = live_on_a_token(env);
    static const char *const fields[] = {"access_key_secret", "security_token"};
    for (size_t i = 0; i < COS_ARRAY_LEN(fields); i++) {
        const char *where = trace_of(env, pid, mark, token_field(env, token, fields[i]));
        expect_true(env, where == NULL, "%s of the token stands in %s", fields[i], where);
    }
}

/*
 * A reader that prints what it read must mask it: Fluss's core does, by parts of names
 * (ConfigurationUtils.java:43-60).
 */
static void printed_values_of_secret_keys_are_masked(struct env *env)
{
    static const char *const keys[] = {
        "fs.cosn.session.token",    "some.other.secret", "sasl.jaas.password",
        "fs.cosn.extra.secret.key", "service.token",
    };
    struct conf *c = loud(env);
    struct cos_buf *b = env_buf(env, (size_t)16 << 10);
    for (size_t i = 0; i < COS_ARRAY_LEN(keys); i++) {
        const char *value = env_text(env, "NeverShown%zuNeverShownNeverShown", i);
        env_canary(env, value);
        cos_buf_printf(b, "%s: %s\n", keys[i], value);
    }
    cos_buf_printf(b, "remote.data.dir: %s\n", env_root_uri(env));
    conf_file(c, env_keep(env, b), /* mode= */ 0);
    expect_ok(env, op_configure(env, "server", c));
    expect_not_logged(env);
}

static struct conf *over_tls(struct env *env)
{
    struct conf *c = conf_new(env);
    conf_set(c, "fs.cosn.useHttps", "true");
    conf_scheme(c, "https");
    conf_set(c, "fs.cosn.maxRetries", "0");
    return c;
}

static void an_unknown_authority_gets_no_request(struct env *env)
{
    env_put_text(env, env_key(env, "x"), "text");
    control_ok(env, op_stat(env, op_fs(env, "server", over_tls(env), env_root_uri(env)), "x"));
    struct conf *c = over_tls(env);
    conf_ca_none(c);
    int64_t fs = op_fs(env, "server", c, env_root_uri(env));
    journal_mark(env);
    expect_error(env, op_stat(env, fs, "x"), "NETWORK");
    expect_no_traffic(env);
}

/*
 * A request that finds no tenant by its host finds it by the key that signed it, and the
 * target names a key of its own: a followed redirect shows in the journal whatever its Host
 * says.
 */
static void expect_nothing_signed_elsewhere(struct env *env, const char *op)
{
    struct journal all = journal_of(env, /* op= */ NULL);
    size_t n_asked = 0;
    for (size_t i = 0; i < all.n; i++) {
        bool is_there = strstr(all.e[i].host, "elsewhere") != NULL ||
                        strstr(all.e[i].target, "elsewhere") != NULL;
        expect_true(env, !is_there || all.e[i].secret_id[0] == '\0',
                    "the signature went to the target of a redirect");
        n_asked += strcmp(all.e[i].op, op) == 0 ? 1 : 0;
    }
    expect_true(env, n_asked > 0, "no %s was sent", op);
}

/** The next @op is sent elsewhere: by a 307, which keeps method and body. */
static void plant_redirect(struct env *env, const char *op, const char *key_glob,
                           const char *target)
{
    env_fault(env, (struct cosmock_fault){
                       .op = op,
                       .key_glob = key_glob, /* a planted reply asks no signature: not there */
                       .times = 0,
                       .kind = COSMOCK_FAULT_REPLY,
                       .http_status = 307,
                       .code = key_glob != NULL ? "TemporaryRedirect" : NULL,
                       .location = target});
    journal_mark(env);
}

static void a_redirect_takes_no_signature_along(struct env *env)
{
    env_put_text(env, env_key(env, "x"), "text");
    const char *elsewhere = env_text(env, "%s.elsewhere.example.com", env_bucket(env));
    struct conf *c = conf_new(env);
    conf_resolve(c, elsewhere);
    int64_t fs = op_fs(env, "server", c, env_root_uri(env));
    control_ok(env, op_stat(env, fs, "x"));
    const char *target = env_text(env, "http://%s/%s", elsewhere, env_key(env, "elsewhere"));
    plant_redirect(env, "HeadObject", "*/x", target);
    expect_true(env, !reply_ok(op_stat(env, fs, "x")), "a redirect was taken for an answer");
    op_ping(env);
    expect_nothing_signed_elsewhere(env, "HeadObject");
    env_fault_clear(env);
    plant_redirect(env, "PutObject", "*/y", target);
    expect_true(env, !reply_ok(op_write_text(env, fs, "y", "text")),
                "a redirect of an upload was taken for an answer");
    op_ping(env);
    expect_nothing_signed_elsewhere(env, "PutObject");
    expect_not_stored(env, env_key(env, "elsewhere"));
}

static void a_redirect_of_sts_takes_no_signature_along(struct env *env)
{
    const char *elsewhere = env_text(env, "%s.elsewhere.example.com", env_bucket(env));
    struct conf *c = conf_new(env);
    conf_resolve(c, elsewhere);
    int64_t fs = op_fs(env, "server", c, env_root_uri(env));
    control_ok(env, op_get_token(env, fs));
    plant_redirect(env, "GetFederationToken", /* key_glob= */ NULL,
                   env_text(env, "https://%s/elsewhere", elsewhere));
    expect_true(env, !reply_ok(op_get_token(env, fs)), "a redirect was taken for a token");
    op_ping(env);
    expect_nothing_signed_elsewhere(env, "GetFederationToken");
}

/* ---- files ---- */

struct spill {
    size_t n_files;
    /* Of a file others may read; 0: none. */
    unsigned loose_mode;
};

static struct spill look_at(struct env *env, const char *dir)
{
    struct spill s = {0};
    DIR *d = opendir(dir);
    if (d == NULL) {
        case_error(env, "%s: cannot be read", dir);
    }
    for (const struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
        char path[4096];
        struct stat st;
        (void)snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
        if (stat(path, &st) == 0 && S_ISREG(st.st_mode)) {
            s.n_files++;
            s.loose_mode |= (unsigned)st.st_mode & 077u;
        }
    }
    (void)closedir(d);
    return s;
}

static void spill_files_are_private_and_go_away(struct env *env)
{
    const char *dir = env_scratch(env, "spill");
    struct conf *c = conf_new(env);
    conf_set(c, TMP_KEY, dir);
    int64_t fs = op_fs(env, "server", c, env_root_uri(env));
    const struct reply *opened = op_out_open(env, fs, "big", /* overwrite= */ true);
    expect_ok(env, opened);
    int64_t out = reply_i64(opened, "out");
    expect_ok(env, op_out_write_gen(env, out, 5, 0, 9 * MIB));
    struct spill during = look_at(env, dir);
    expect_i64(env, "rights of others on spill files", during.loose_mode, 0);
    expect_ok(env, op_out_close(env, out));
    expect_ok(env, op_close(env, fs));
    expect_i64(env, "spill files left behind", (int64_t)look_at(env, dir).n_files, 0);
}

/* What a plugin can do to its process: name a thread, start a program, keep a file. */
static void its_processes_show_no_secret(struct env *env)
{
    int64_t pid = pid_of_subject(env);
    const char *mark = trace_mark(env);
    int64_t fs = fs_of(env);
    expect_ok(env, op_write_text(env, fs, "x", "text"));
    expect_ok(env, op_read(env, fs, "x"));
    const char *where = trace_of(env, pid, mark, env_secret_key(env));
    expect_true(env, where == NULL, "the secret key stands in %s", where);
}

const struct conform_case cases_sec[] = {
    {"SEC-001", "the permanent secret is in no log", "fs", the_permanent_secret_is_in_no_log,
     0},
    {"SEC-001", "minting logs no permanent secret", "fs,token.obtain",
     minting_logs_no_permanent_secret, 0},
    {"SEC-001", "the secret of the file is in no log", "fs,config.yaml",
     the_secret_of_the_file_is_in_no_log, 0},
    {"SEC-002", "tokens are in no log", "fs,token.obtain,token.apply", tokens_are_in_no_log, 0},
    {"SEC-003", "errors hold no secret", "fs", errors_hold_no_secret, CASE_MISSIGNED},
    {"SEC-003", "errors of STS hold no secret", "fs,token.obtain", errors_of_sts_hold_no_secret,
     CASE_MISSIGNED},
    {"SEC-003", "a token that the service repeats is not shown", "fs,token.obtain,token.apply",
     a_token_that_the_service_repeats_is_not_shown, 0, "CRED-014,CRED-015"},
    {"SEC-004", "no secret key is sent", "fs", no_secret_key_is_sent, 0},
    {"SEC-004", "no secret key is sent with a token", "fs,token.obtain,token.apply",
     no_secret_key_is_sent_with_a_token, 0},
    {"SEC-005", "what clients get holds nothing permanent", "fs,token.obtain",
     what_clients_get_holds_nothing_permanent, 0},
    {"SEC-006", "the permanent id is not logged at INFO", "fs",
     the_permanent_id_is_not_logged_at_info, 0},
    {"SEC-006", "minting logs no permanent id at INFO", "fs,token.obtain",
     minting_logs_no_permanent_id_at_info, 0},
    {"SEC-007", "tokens are not written to disk", "fs,token.obtain,token.apply",
     tokens_are_not_written_to_disk, 0},
    {"SEC-008", "printed values of secret keys are masked", "fs,config.yaml",
     printed_values_of_secret_keys_are_masked, CASE_QUIET},
    {"SEC-009", "an unknown authority gets no request", "fs",
     an_unknown_authority_gets_no_request, CASE_PROCESS_ONLY},
    {"SEC-010", "a redirect takes no signature along", "fs",
     a_redirect_takes_no_signature_along, CASE_PROCESS_ONLY | CASE_MISSIGNED},
    {"SEC-010", "a redirect of STS takes no signature along", "fs,token.obtain",
     a_redirect_of_sts_takes_no_signature_along, CASE_PROCESS_ONLY | CASE_MISSIGNED},
    {"SEC-011", "spill files are private and go away", "fs,fs.streams",
     spill_files_are_private_and_go_away, 0},
    {"SEC-012", "its processes show no secret", "fs", its_processes_show_no_secret, 0},
    {0},
};
