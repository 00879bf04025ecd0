/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What makes unmodified programs reach the mock (cos-wire.md s.3.0 A and C, fluss-plugin.md s.8
 * C):
 *
 *   curl, Python, Go, Node, C++   HTTP(S)_PROXY: plain requests arrive in absolute form, TLS
 *                                 through CONNECT; the CA under every name the TLS stacks read
 *   Python                        some packages bring their own CAs: a sitecustomize.py on
 *                                 PYTHONPATH (python_hook.c)
 *   JVM                           reads none of these: JAVA_TOOL_OPTIONS with the trust store,
 *                                 a hosts file (TEST-NET addresses, because loopback ones would
 *                                 bypass the proxy: conformance.md s.0.7) and the SOCKS proxy
 *
 * Loopback goes direct (NO_PROXY), or COSMOCK_CONTROL could not be called; an inherited
 * NO_PROXY is replaced, or a company's list might let a request slip out to the real cloud.
 * Inherited session tokens are removed: together with our permanent key they would be a wrong
 * pair. The secrets are here and nowhere on a command line.
 */
#include "environment.h"

#include "cosbase/alloc.h"
#include "cosbase/buf.h"
#include "cosbase/secret.h"
#include "cosbase/span.h"

enum value {
    VALUE_PROXY,
    VALUE_SOCKS,
    VALUE_CONTROL,
    VALUE_NO_PROXY,
    VALUE_CA,
    VALUE_TRUST_STORE,
    VALUE_HOSTS,
    VALUE_BUCKET,
    VALUE_APPID,
    VALUE_UIN,
    VALUE_REGION,
    VALUE_SUFFIX,
    VALUE_SECRET_ID,
    VALUE_SECRET_KEY,
    VALUE_TENANT,
    VALUE_JAVA,
    VALUE_PYTHON_PATH,
    VALUE_ONE,
    VALUES,
};
/* Who reads it stands behind each group; the list is also the documentation of `cosmock exec
 * --help`. */
static const struct {
    const char *name;
    enum value value;
} variables[] = {
    /* always, for programs that know the mock */
    {"COSMOCK_PROXY", VALUE_PROXY},
    {"COSMOCK_SOCKS", VALUE_SOCKS},
    {"COSMOCK_CONTROL", VALUE_CONTROL},
    {"COSMOCK_CA", VALUE_CA},
    {"COSMOCK_TRUSTSTORE", VALUE_TRUST_STORE},
    {"COSMOCK_HOSTS", VALUE_HOSTS},
    {"COSMOCK_BUCKET", VALUE_BUCKET},
    {"COSMOCK_APPID", VALUE_APPID},
    {"COSMOCK_UIN", VALUE_UIN},
    {"COSMOCK_REGION", VALUE_REGION},
    {"COSMOCK_ENDPOINT_SUFFIX", VALUE_SUFFIX},
    {"COSMOCK_SECRET_ID", VALUE_SECRET_ID},
    {"COSMOCK_SECRET_KEY", VALUE_SECRET_KEY},
    {"COSMOCK_TENANT", VALUE_TENANT},
    /* proxies: libcurl reads http_proxy only in lower case, others only in upper case */
    {"HTTP_PROXY", VALUE_PROXY},
    {"http_proxy", VALUE_PROXY},
    {"HTTPS_PROXY", VALUE_PROXY},
    {"https_proxy", VALUE_PROXY},
    {"ALL_PROXY", VALUE_PROXY},
    {"all_proxy", VALUE_PROXY},
    {"NO_PROXY", VALUE_NO_PROXY},
    {"no_proxy", VALUE_NO_PROXY},
    {"NODE_USE_ENV_PROXY", VALUE_ONE}, /* Node 24: fetch and http read the variables above */
    /* the CA: OpenSSL and Go, Python requests, curl, Node, AWS SDKs, Deno, git */
    {"SSL_CERT_FILE", VALUE_CA},
    {"REQUESTS_CA_BUNDLE", VALUE_CA},
    {"CURL_CA_BUNDLE", VALUE_CA},
    {"NODE_EXTRA_CA_CERTS", VALUE_CA},
    {"AWS_CA_BUNDLE", VALUE_CA},
    {"DENO_CERT", VALUE_CA},
    {"GIT_SSL_CAINFO", VALUE_CA},
    {"JAVA_TOOL_OPTIONS", VALUE_JAVA},
    {"PYTHONPATH", VALUE_PYTHON_PATH},
    /* credentials: hadoop-cos (COSN_), Tencent Cloud SDKs and CLIs (TENCENTCLOUD_), COS SDKs'
     * own suites (cos-wire.md s.3) */
    {"COSN_SECRET_ID", VALUE_SECRET_ID},
    {"COSN_SECRET_KEY", VALUE_SECRET_KEY},
    {"TENCENTCLOUD_SECRET_ID", VALUE_SECRET_ID},
    {"TENCENTCLOUD_SECRET_KEY", VALUE_SECRET_KEY},
    {"TENCENTCLOUD_SECRETID", VALUE_SECRET_ID},
    {"TENCENTCLOUD_SECRETKEY", VALUE_SECRET_KEY},
    {"TENCENTCLOUD_REGION", VALUE_REGION},
    {"COS_SECRET_ID", VALUE_SECRET_ID},
    {"COS_SECRET_KEY", VALUE_SECRET_KEY},
    {"COS_SECRETID", VALUE_SECRET_ID},
    {"COS_SECRETKEY", VALUE_SECRET_KEY},
    {"QCLOUD_SECRET_ID", VALUE_SECRET_ID},
    {"QCLOUD_SECRET_KEY", VALUE_SECRET_KEY},
    {"QCLOUD_SECRETID", VALUE_SECRET_ID},
    {"QCLOUD_SECRETKEY", VALUE_SECRET_KEY},
    {"SECRETID", VALUE_SECRET_ID},
    {"SECRETKEY", VALUE_SECRET_KEY},
    {"SECRET_ID", VALUE_SECRET_ID},
    {"SECRET_KEY", VALUE_SECRET_KEY},
    {"SecretId", VALUE_SECRET_ID},
    {"SecretKey", VALUE_SECRET_KEY},
    {"secretId", VALUE_SECRET_ID},
    {"secretKey", VALUE_SECRET_KEY},
    {"COS_TEST_ACCESS_KEY_ID", VALUE_SECRET_ID},
    {"COS_TEST_ACCESS_KEY_SECRET", VALUE_SECRET_KEY},
    /* where the bucket is, in the same clients' words */
    {"COS_REGION", VALUE_REGION},
    {"COS_BUCKET", VALUE_BUCKET},
    {"COS_APPID", VALUE_APPID},
    {"COS_ENDPOINT_SUFFIX", VALUE_SUFFIX},
    {"COSN_BUCKET", VALUE_BUCKET},
    {"COSN_REGION", VALUE_REGION},
    {"COSN_ENDPOINT_SUFFIX", VALUE_SUFFIX},
    {"COS_TEST_BUCKET", VALUE_BUCKET},
    {"COS_TEST_REGION", VALUE_REGION},
    {"COS_TEST_APPID", VALUE_APPID},
    {"COS_TEST_UIN", VALUE_UIN},
    {"COS_TEST_ENDPOINT", VALUE_SUFFIX},
    {"Bucket", VALUE_BUCKET},
    {"Region", VALUE_REGION},
    {"Uin", VALUE_UIN},
};
static const char *const removed[] = {
    "COSN_SESSION_TOKEN",    "COS_SESSION_TOKEN",          "COS_SECURITY_TOKEN",
    "TENCENTCLOUD_TOKEN",    "TENCENTCLOUD_SESSION_TOKEN", "TENCENTCLOUD_SECURITY_TOKEN",
    "TENCENTCLOUD_PROFILE",  "QCLOUD_SESSION_TOKEN",       "SSL_CERT_DIR",
    "COSMOCK_CONTROL_TOKEN",
};

static bool is_name(const char *item, const char *name)
{
    size_t n = strlen(name);

    return strncmp(item, name, n) == 0 && item[n] == '=';
}

/* "COSMOCK_READER_SECRET_ID=...": of a user of some world; ours replace all of them. */
static bool is_user_key(const char *item)
{
    struct cos_span rest = cos_span_of(item);
    struct cos_span name = cos_span_cut(&rest, '=');

    return cos_span_starts(name, COS_SPAN_LIT("COSMOCK_")) &&
           (cos_span_ends(name, COS_SPAN_LIT("_SECRET_ID")) ||
            cos_span_ends(name, COS_SPAN_LIT("_SECRET_KEY")));
}

static bool is_replaced(const char *item)
{
    if (is_user_key(item)) {
        return true;
    }
    for (size_t i = 0; i < COS_ARRAY_LEN(variables); i++) {
        if (is_name(item, variables[i].name)) {
            return true;
        }
    }
    for (size_t i = 0; i < COS_ARRAY_LEN(removed); i++) {
        if (is_name(item, removed[i])) {
            return true;
        }
    }
    return false;
}

static const char *inherited_value(char *const *inherited, const char *name)
{
    for (; *inherited != NULL; inherited++) {
        if (is_name(*inherited, name)) {
            return *inherited + strlen(name) + 1;
        }
    }
    return "";
}

static char *join(const char *name, const char *value)
{
    size_t n = strlen(name) + strlen(value) + 2;
    char *item = cos_malloc(n);

    if (item != NULL) {
        (void)snprintf(item, n, "%s=%s", name, value);
    }
    return item;
}

/*
 * One argument of JAVA_TOOL_OPTIONS. The JVM splits at white space outside of quotes; either
 * quote ends only at its like, there is no escape, and quotes may begin inside a word (HotSpot
 * arguments.cpp, parse_options_buffer; tried with OpenJDK 17).
 */
static void append_java_word(struct cos_buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '"') {
            cos_buf_str(out, "'\"'");
        } else if (*text == '\'' || *text == ' ' || (*text >= '\t' && *text <= '\r')) {
            cos_buf_printf(out, "\"%c\"", *text);
        } else {
            cos_buf_ch(out, *text);
        }
    }
}

/* What the user already had in JAVA_TOOL_OPTIONS stays, in front. */
static char *java_options(const struct session *s, char *const *inherited)
{
    const char *had = inherited_value(inherited, "JAVA_TOOL_OPTIONS");
    const char *colon = strrchr(s->socks, ':');
    struct cos_span host = cos_span_make(s->socks, (size_t)(colon - s->socks));

    if (host.len > 2 && host.ptr[0] == '[') {
        host = cos_span_sub(host, 1, host.len - 2);
    }
    struct cos_buf b;
    cos_buf_init(&b, SIZE_MAX / 2);
    cos_buf_printf(&b, "%s%s-Djavax.net.ssl.trustStore=", had, had[0] == '\0' ? "" : " ");
    append_java_word(&b, s->trust_store);
    cos_buf_str(&b, " -Djdk.net.hosts.file=");
    append_java_word(&b, s->hosts);
    cos_buf_printf(&b, " -DsocksProxyHost=" COS_SPAN_FMT " -DsocksProxyPort=%s",
                   COS_SPAN_ARG(host), colon + 1);
    char *text = cos_buf_take(&b);
    cos_buf_deinit(&b);
    return text;
}

/* Ours in front: a directory with nothing but the hook. */
static char *python_path(const struct session *s, char *const *inherited)
{
    const char *had = inherited_value(inherited, "PYTHONPATH");
    size_t n = strlen(s->dir) + strlen(had) + 16;
    char *text = cos_malloc(n);

    if (text != NULL) {
        (void)snprintf(text, n, "%s/python%s%s", s->dir, had[0] == '\0' ? "" : ":", had);
    }
    return text;
}

static void fill_values(const struct session *s, const char *values[VALUES])
{
    values[VALUE_PROXY] = s->proxy;
    values[VALUE_SOCKS] = s->socks;
    values[VALUE_CONTROL] = s->control_url;
    values[VALUE_NO_PROXY] = "127.0.0.1,localhost,::1";
    values[VALUE_CA] = s->ca;
    values[VALUE_TRUST_STORE] = s->trust_store;
    values[VALUE_HOSTS] = s->hosts;
    values[VALUE_BUCKET] = s->world.bucket;
    values[VALUE_APPID] = s->world.appid;
    values[VALUE_UIN] = s->world.owner_uin;
    values[VALUE_REGION] = s->world.region;
    values[VALUE_SUFFIX] = s->world.endpoint_suffix;
    values[VALUE_SECRET_ID] = s->world.secret_id;
    values[VALUE_SECRET_KEY] = s->world.secret_key;
    values[VALUE_TENANT] = cosmock_tenant_name(s->tenant);
    values[VALUE_ONE] = "1";
}

static size_t count(char *const *items)
{
    size_t n = 0;

    while (items[n] != NULL) {
        n++;
    }
    return n;
}

static bool copy_inherited(char **env, size_t *n, char *const *inherited)
{
    for (; *inherited != NULL; inherited++) {
        if (is_replaced(*inherited)) {
            continue;
        }
        env[*n] = cos_strdup(*inherited);
        if (env[*n] == NULL) {
            return false;
        }
        (*n)++;
    }
    return true;
}

/* The first key of each sub-user with a name: COSMOCK_<NAME>_SECRET_ID and ..._KEY, what is no
 * letter or digit as '_'. */
struct user_keys {
    char **env;
    size_t n, max;
    const char *owner_uin, *last_uin;
    bool failed;
};

static void set_user_variable(struct user_keys *u, const char *user, const char *suffix,
                              const char *value)
{
    char name[128];
    (void)snprintf(name, sizeof(name), "COSMOCK_%s%s", user, suffix);
    for (char *p = name; *p != '\0'; p++) {
        bool is_lower = *p >= 'a' && *p <= 'z';
        bool is_word = is_lower || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9');

        *p = is_lower ? (char)(*p - 'a' + 'A') : is_word ? *p : '_';
    }
    u->env[u->n] = join(name, value);
    u->failed = u->failed || u->env[u->n] == NULL;
    u->n += u->env[u->n] != NULL ? 1 : 0;
}

static void set_user_key(void *ctx, const struct cosmock_key *key)
{
    struct user_keys *u = ctx;
    bool is_again = u->last_uin != NULL && strcmp(u->last_uin, key->uin) == 0;

    u->last_uin = key->uin; /* users outlive the walk */
    if (is_again || key->user[0] == '\0' || strcmp(key->uin, u->owner_uin) == 0 ||
        u->n + 2 > u->max) {
        return;
    }
    set_user_variable(u, key->user, "_SECRET_ID", key->secret_id);
    set_user_variable(u, key->user, "_SECRET_KEY", key->secret_key);
}

static void count_key(void *ctx, const struct cosmock_key *key)
{
    (void)key;
    ++*(size_t *)ctx;
}

static bool set_user_keys(char **env, size_t *n, size_t max, const struct session *s)
{
    struct user_keys u = {.env = env, .n = *n, .max = max, .owner_uin = s->world.owner_uin};
    bool ok = cosmock_key_each(s->tenant, set_user_key, &u) == COSMOCK_OK;

    *n = u.n;
    return ok && !u.failed;
}

static bool set_variables(char **env, size_t *n, const char *const values[VALUES])
{
    for (size_t i = 0; i < COS_ARRAY_LEN(variables); i++) {
        env[*n] = join(variables[i].name, values[variables[i].value]);
        if (env[*n] == NULL) {
            return false;
        }
        (*n)++;
    }
    return true;
}

char **environment_new(const struct session *s, char *const *inherited)
{
    const char *values[VALUES] = {NULL};
    char *java = java_options(s, inherited);
    char *python = python_path(s, inherited);
    size_t n_keys = 0;
    bool ok = cosmock_key_each(s->tenant, count_key, &n_keys) == COSMOCK_OK;
    size_t max = count(inherited) + COS_ARRAY_LEN(variables) + 2 * n_keys;
    char **env = cos_calloc(max + 1, sizeof(*env));

    fill_values(s, values);
    values[VALUE_JAVA] = java;
    values[VALUE_PYTHON_PATH] = python;
    size_t n = 0;
    if (!ok || java == NULL || python == NULL || env == NULL ||
        !copy_inherited(env, &n, inherited) || !set_variables(env, &n, values) ||
        !set_user_keys(env, &n, max, s)) {
        env = environment_free(env);
    }
    cos_free(java);
    cos_free(python);
    return env;
}

/* 'it'"'"'s': what a POSIX shell reads as the same bytes, whatever they are. */
static void append_shell_word(struct cos_buf *out, const char *text)
{
    cos_buf_ch(out, '\'');
    for (; *text != '\0'; text++) {
        cos_buf_str(out, *text == '\'' ? "'\"'\"'" : (char[]){*text, '\0'});
    }
    cos_buf_str(out, "'\n");
}

/* Nothing is inherited: a shell that reads the file twice has everything once. */
bool environment_write(struct cos_buf *out, const struct session *s)
{
    static char *const nothing[] = {NULL};
    char **env = environment_new(s, nothing);

    for (size_t i = 0; i < COS_ARRAY_LEN(removed); i++) {
        cos_buf_printf(out, "unset %s\n", removed[i]);
    }
    if (s->control_token[0] != '\0') {
        cos_buf_str(out, "export COSMOCK_CONTROL_TOKEN=");
        append_shell_word(out, s->control_token);
    }
    for (size_t i = 0; env != NULL && env[i] != NULL; i++) {
        struct cos_span value = cos_span_of(env[i]);
        struct cos_span name = cos_span_cut(&value, '=');

        cos_buf_printf(out, "export " COS_SPAN_FMT "=", COS_SPAN_ARG(name));
        append_shell_word(out, value.ptr); /* to the item's end */
    }
    bool ok = env != NULL && !out->failed;
    (void)environment_free(env);
    return ok;
}

char **environment_free(char **env)
{
    for (size_t i = 0; env != NULL && env[i] != NULL; i++) {
        cos_wipe(env[i], strlen(env[i]));
        cos_free(env[i]);
    }
    return cos_free(env);
}
