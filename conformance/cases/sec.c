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

/** A client that lives on a token of @server; returns its filesystem. */
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

static void use_everything(struct env *env, int64_t fs)
{
    expect_ok(env, op_write_text(env, fs, "d/x", "text"));
    expect_ok(env, op_read(env, fs, "d/x"));
    expect_ok(env, op_list(env, fs, "d"));
    expect_ok(env, op_rename(env, fs, "d/x", "d/y"));
    expect_ok(env, op_delete(env, fs, "d", /* recursive= */ true));
    expect_error(env, op_stat(env, fs, "d/x"), "NOT_FOUND");
}

static void the_permanent_secret_is_in_no_log(struct env *env)
{
    int64_t fs = op_fs(env, "server", loud(env), env_root_uri(env));
    use_everything(env, fs);
    expect_ok(env, op_get_token(env, fs));
    expect_no_leak(env);
}

static void the_secret_of_the_file_is_in_no_log(struct env *env)
{
    struct conf *c = loud(env);
    conf_file_of_page(c, 1);
    use_everything(env, op_fs(env, "server", c, env_root_uri(env)));
    expect_no_leak(env);
}

static void tokens_are_in_no_log(struct env *env)
{
    int64_t server = op_fs(env, "server", loud(env), env_root_uri(env));
    const struct reply *token = op_get_token(env, server);
    expect_ok(env, token);
    use_everything(env, client_of(env, token));
    const struct reply *second = op_get_token(env, server);
    expect_ok(env, second);
    expect_ok(env, op_apply_token(env, "client", second));
    expect_no_leak(env);
}

static void errors_hold_no_secret(struct env *env)
{
    env_put_text(env, env_key(env, "x"), "text");
    env_use_sub_account(env);
    int64_t fs = fs_of(env);
    env_user_policy(env, /* json= */ NULL);
    expect_error(env, op_read(env, fs, "x"), "ACCESS_DENIED");
    expect_error(env, op_write_text(env, fs, "y", "no"), "ACCESS_DENIED");
    struct conf *wrong = conf_new(env);
    const char *other = "AnotherSecretKeyThatIsWrong01234";
    env_canary(env, other);
    conf_set(wrong, "fs.cosn.userinfo.secretKey", other);
    fs = op_fs(env, "server", wrong, env_root_uri(env));
    expect_error(env, op_read(env, fs, "x"), "AUTH|ACCESS_DENIED");
    expect_true(env, !reply_ok(op_get_token(env, fs)), "a token for a wrong signature");
    expect_error(env, op_open(env, "server", "cosn:///x"), "CONFIG");
    expect_no_leak(env);
}

/* The mock knows the secret of every key it sees and marks a request that spells one out. */
static void no_secret_key_is_sent(struct env *env)
{
    int64_t server = fs_of(env);
    use_everything(env, server);
    expect_ok(env, op_write_gen(env, server, "big", 5, 9 * MIB, 0));
    const struct reply *token = op_get_token(env, server);
    expect_ok(env, token);
    use_everything(env, client_of(env, token));
    struct journal all = journal_of(env, /* op= */ NULL);
    for (size_t i = 0; i < all.n; i++) {
        expect_true(env, !all.e[i].shows_secret, "request %llu (%s) spells out a secret key",
                    (unsigned long long)all.e[i].seq, all.e[i].op);
    }
    expect_true(env, all.n >= 20, "only %zu requests", all.n);
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
    int64_t fs = op_fs(env, "server", c, env_root_uri(env));
    use_everything(env, fs);
    expect_ok(env, op_get_token(env, fs));
    expect_lacks(env, "log at INFO and above", env_log(env), env_secret_id(env));
}

static void an_unknown_authority_gets_no_request(struct env *env)
{
    env_put_text(env, env_key(env, "x"), "text");
    struct conf *c = conf_new(env);
    conf_set(c, "fs.cosn.useHttps", "true");
    conf_scheme(c, "https");
    conf_ca_none(c);
    conf_set(c, "fs.cosn.maxRetries", "0");
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
static void a_redirect_takes_no_signature_along(struct env *env)
{
    env_put_text(env, env_key(env, "x"), "text");
    const char *elsewhere = env_text(env, "%s.elsewhere.example.com", env_bucket(env));
    struct conf *c = conf_new(env);
    conf_resolve(c, elsewhere);
    int64_t fs = op_fs(env, "server", c, env_root_uri(env));
    const char *target = env_text(env, "http://%s/%s", elsewhere, env_key(env, "elsewhere"));
    env_fault(env,
              (struct cosmock_fault){
                  .op = "HeadObject",
                  .key_glob = "*/x", /* a planted reply asks no signature: not at the target */
                  .times = 0,
                  .kind = COSMOCK_FAULT_REPLY,
                  .http_status = 307,
                  .code = "TemporaryRedirect",
                  .location = target});
    journal_mark(env);
    expect_true(env, !reply_ok(op_stat(env, fs, "x")), "a redirect was taken for an answer");
    op_ping(env);
    struct journal all = journal_of(env, /* op= */ NULL);
    for (size_t i = 0; i < all.n; i++) {
        bool is_there = strstr(all.e[i].host, "elsewhere") != NULL ||
                        strstr(all.e[i].target, "elsewhere") != NULL;
        expect_true(env, !is_there || all.e[i].secret_id[0] == '\0',
                    "the signature went to the target of a redirect");
    }
    expect_true(env, all.n > 0, "nothing was sent at all");
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
    expect_ok(env, op_out_free(env, out));
    expect_ok(env, op_close(env, fs));
    expect_i64(env, "spill files left behind", (int64_t)look_at(env, dir).n_files, 0);
}

static void the_command_line_holds_no_secret(struct env *env)
{
    int64_t fs = fs_of(env);
    expect_ok(env, op_write_text(env, fs, "x", "text"));
    int64_t pid = reply_i64(op_stats(env), "pid");
    if (pid <= 0) {
        case_skip(env, "the driver does not tell its process id");
    }
    struct cos_span line =
        env_read_file(env, env_text(env, "/proc/%lld/cmdline", (long long)pid));
    if (line.ptr == NULL) {
        case_skip(env, "there is no /proc/<pid>/cmdline to look at");
    }
    bool shows = cos_span_find(line, cos_span_of(env_secret_key(env))) != SIZE_MAX;
    expect_true(env, !shows, "the process's command line holds the secret key");
}

const struct conform_case cases_sec[] = {
    {"SEC-001", "the permanent secret is in no log", "fs,token.obtain",
     the_permanent_secret_is_in_no_log, 0},
    {"SEC-001", "the secret of the file is in no log", "fs,config.yaml",
     the_secret_of_the_file_is_in_no_log, 0},
    {"SEC-002", "tokens are in no log", "fs,token.obtain,token.apply", tokens_are_in_no_log, 0},
    {"SEC-003", "errors hold no secret", "fs,token.obtain", errors_hold_no_secret,
     CASE_MISSIGNED},
    {"SEC-004", "no secret key is sent", "fs,token.obtain,token.apply", no_secret_key_is_sent,
     0},
    {"SEC-005", "what clients get holds nothing permanent", "fs,token.obtain",
     what_clients_get_holds_nothing_permanent, 0},
    {"SEC-006", "the permanent id is not logged at INFO", "fs,token.obtain",
     the_permanent_id_is_not_logged_at_info, 0},
    {"SEC-009", "an unknown authority gets no request", "fs",
     an_unknown_authority_gets_no_request, CASE_PROCESS_ONLY},
    {"SEC-010", "a redirect takes no signature along", "fs",
     a_redirect_takes_no_signature_along, CASE_PROCESS_ONLY},
    {"SEC-011", "spill files are private and go away", "fs,fs.streams",
     spill_files_are_private_and_go_away, 0},
    {"SEC-012", "the command line holds no secret", "fs", the_command_line_holds_no_secret, 0},
    {0},
};
