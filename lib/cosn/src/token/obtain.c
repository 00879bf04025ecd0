/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Obtaining a token: what the configuration asks for, one STS call, and the result in the form
 * that Fluss hands to its clients.
 *
 * Scope. The default policy covers remote.data.dir when that lies in the bucket asked for, else
 * the path of the URI given; the plugin takes whichever path happened to be opened first
 * (POL-015). Another bucket gets its own scope.
 * Caller. The permanent key of the configuration, or what the configured providers yield, where
 * the plugin insists on the keys (F9). Missing keys are named in the plugin's order: region,
 * secretId, secretKey.
 * Infos. Region and endpoint suffix, so that a client needs no configuration of its own; the
 * suffix is the one this side uses, derived when fs.cosn.bucket.region says where buckets are,
 * because a token without one is of no use to anybody (F8). Never anything else.
 * Sources: fluss COSSecurityTokenProvider.java:54-192 (fluss-plugin.md s.4); requirements
 * STS-*, POL-*, CFG-008.
 */
#include "token/token.h"

#include "config/endpoint.h"
#include "cosbase/alloc.h"
#include "cosbase/secret.h"
#include "cosbase/shown.h"

#define REGION_KEY "fs.cosn.userinfo.region"
#define ID_KEY "fs.cosn.userinfo.secretId"
#define SECRET_KEY "fs.cosn.userinfo.secretKey"
#define POLICY_KEY "fs.cosn.security.token.policy"
#define SUFFIX_KEY "fs.cosn.bucket.endpoint_suffix"

/* Errors: COSN_E_UNSUPPORTED + COSN_D_SCHEME, COSN_E_INVALID when the bucket is missing. */
static int parse_scope(struct token_scope *out, const char *uri, struct cosn_error *err)
{
    char shown[COS_SHOWN_BYTES];
    struct cos_span rest = cos_span_of(uri);
    struct cos_span scheme = COS_SPAN_LIT("cosn://");
    if (!cos_span_starts(rest, scheme)) {
        return fail_detail(err, COSN_E_UNSUPPORTED, COSN_D_SCHEME, "'%s' is not a cosn:// URI",
                           cos_shown_value(shown, cos_span_of(uri)));
    }
    rest = cos_span_from(rest, scheme.len);
    struct cos_span bucket = cos_span_cut(&rest, '/');
    if (bucket.len == 0) {
        return fail(err, COSN_E_INVALID,
                    "'%s' names no bucket; it must be cosn://<bucket>/<path>",
                    cos_shown_uri(shown, cos_span_of(uri)));
    }
    if (cos_span_chr(bucket, '@') != SIZE_MAX || cos_span_chr(bucket, ':') != SIZE_MAX) {
        return fail(err, COSN_E_INVALID,
                    "'%s' has more than a bucket before its path; it must be "
                    "cosn://<bucket>/<path>",
                    cos_shown_uri(shown, cos_span_of(uri)));
    }
    out->bucket = bucket;
    out->path = rest.ptr != NULL ? rest : COS_SPAN_EMPTY;
    return 0;
}

static bool is_blank(const char *value)
{
    return cos_span_trim(cos_span_of(value)).len == 0;
}

static int missing(const char *key, struct cosn_error *err)
{
    return fail(err, COSN_E_INVALID,
                "missing required key '%s': a token cannot be obtained, please set it", key);
}

/* --- scope and policy --- */

static int find_scope(struct token_scope *out, const struct cosn_config *config,
                      const char *fs_uri, struct cosn_error *err)
{
    const char *root_uri = cosn_config_get(config, "remote.data.dir");
    if (fs_uri == NULL && root_uri == NULL) {
        return missing("remote.data.dir", err);
    }
    int r = parse_scope(out, fs_uri != NULL ? fs_uri : root_uri, err);
    if (r < 0 || root_uri == NULL) {
        return r;
    }
    struct token_scope root;
    bool is_same = parse_scope(&root, root_uri, /* err= */ NULL) == 0 &&
                   cos_span_eq(root.bucket, out->bucket);
    if (is_same) {
        *out = root;
    }
    return 0;
}

static int default_policy(char **out, const struct cosn_config *config, const char *fs_uri,
                          const char *region, struct cosn_error *err)
{
    struct token_scope scope = {COS_SPAN_EMPTY, COS_SPAN_EMPTY};
    int r = find_scope(&scope, config, fs_uri, err);
    if (r < 0) {
        return r;
    }
    char *bucket = cos_strndup(scope.bucket.ptr, scope.bucket.len);
    char *path = cos_strndup(scope.path.ptr, scope.path.len);
    r = bucket == NULL || path == NULL
            ? fail(err, COSN_E_NOMEM, "out of memory")
            : cosn_token_default_policy(out, region, bucket, path, err);
    cos_free(bucket);
    cos_free(path);
    return r;
}

static int choose_policy(char **out, const struct cosn_config *config, const char *fs_uri,
                         const char *region, struct cosn_error *err)
{
    const char *custom = cosn_config_get(config, POLICY_KEY);
    if (is_blank(custom)) {
        return default_policy(out, config, fs_uri, region, err);
    }
    *out = cos_strdup(custom);
    return *out == NULL ? fail(err, COSN_E_NOMEM, "out of memory") : 0;
}

/* --- caller --- */

static int find_caller(struct cosn_credentials **out, const struct cosn_config *config,
                       const struct platform *platform, struct cosn_error *err)
{
    struct cosn_provider *provider = NULL;
    int r =
        cosn_provider_from_config(&provider, config, /* dynamic= */ NULL, &platform->p, err);
    if (r < 0) {
        return r;
    }
    r = cosn_provider_get(provider, out, err);
    (void)cosn_provider_unref(provider);
    bool uses_keys = is_blank(cosn_config_get(config, "fs.cosn.credentials.provider"));
    if (r == COSN_E_NO_CREDENTIALS && uses_keys) {
        return missing(is_blank(cosn_config_get(config, ID_KEY)) ? ID_KEY : SECRET_KEY, err);
    }
    return r;
}

/* --- the token --- */

static int add_info(struct cosn_token *token, const char *key, struct cos_span value)
{
    size_t at = token->n_infos;
    token->infos[at].key = cos_strdup(key);
    token->infos[at].value = cos_strndup(value.ptr, value.len);
    token->n_infos++;
    return token->infos[at].key == NULL || token->infos[at].value == NULL ? -1 : 0;
}

/* @suffix: what this side's own requests go to; NULL: not known here. */
static int add_infos(struct cosn_token *token, const struct cosn_config *config,
                     const char *region, const char *suffix)
{
    int r = add_info(token, REGION_KEY, cos_span_of(region));
    if (r == 0 && suffix != NULL) {
        r = add_info(token, SUFFIX_KEY, cos_span_of(suffix));
    }
    return r;
}

static int make_token(struct cosn_token **out, const struct cosn_credentials *c,
                      const struct cosn_config *config, const char *region,
                      struct cosn_error *err)
{
    struct cosn_token *token = cos_calloc(1, sizeof(*token));
    if (token == NULL) {
        return fail(err, COSN_E_NOMEM, "out of memory");
    }
    token->valid_until_unix_ms = cosn_credentials_expires_unix_ms(c);
    token->scheme = cos_strdup("cosn");
    char *suffix = NULL;
    int r = cosn_token_to_json(&token->bytes, &token->n_bytes, c, err);
    r = r < 0 ? r : config_endpoint(&suffix, config, err);
    if (r == 0 && (token->scheme == NULL || add_infos(token, config, region, suffix) < 0)) {
        r = fail(err, COSN_E_NOMEM, "out of memory");
    }
    cos_free(suffix);
    if (r < 0) {
        (void)cosn_token_free(token);
        return r;
    }
    *out = token;
    return 0;
}

/* @call lacks what the configuration says: how long, and how long to wait. */
static int call_sts(struct cosn_credentials **out, struct sts_call *call,
                    const struct cosn_config *config, struct cosn_error *err)
{
    int64_t duration_ms;
    int r = cosn_config_get_ms(config, "fs.cosn.security.token.duration", &duration_ms, err);
    r = r < 0 ? r : cosn_config_get_ms(config, "fs.cosn.sts.timeout", &call->timeout_ms, err);
    if (r < 0) {
        return r;
    }
    call->duration_s = duration_ms / 1000;
    return sts_get_federation_token(out, call, err);
}

static int obtain(struct cosn_token **out, const struct cosn_config *config, const char *fs_uri,
                  const struct platform *platform, struct cosn_error *err)
{
    const char *region = cosn_config_get(config, REGION_KEY);
    if (is_blank(region)) {
        return missing(REGION_KEY, err);
    }
    struct cosn_credentials *caller = NULL;
    struct cosn_credentials *temporary = NULL;
    char *policy = NULL;
    struct sts_call call = {.platform = platform, .region = region};
    int r = config_check_sts_region(config, err);
    r = r < 0 ? r : find_caller(&caller, config, platform, err);
    r = r < 0 ? r : choose_policy(&policy, config, fs_uri, region, err);
    call.caller = caller;
    call.policy = policy;
    r = r < 0 ? r : call_sts(&temporary, &call, config, err);
    if (r == 0) {
        r = make_token(out, temporary, config, region, err);
    }
    (void)cosn_credentials_unref(caller);
    (void)cosn_credentials_unref(temporary);
    cos_free(policy);
    return r;
}

static int obtain_and_log(struct cosn_token **out, const struct cosn_config *config,
                          const char *fs_uri, const struct platform *platform,
                          struct cosn_error *err)
{
    struct cosn_token *token = NULL;
    int r = obtain(&token, config, fs_uri, platform, err);
    if (r < 0) {
        return r;
    }
    platform_log(platform, COSN_LOG_INFO, "token", "obtained a token from STS");
    *out = token;
    return 0;
}

/* Minting twice does no harm: a call without an answer may be repeated, too. */
static bool is_worth_repeating(const struct cosn_error *err)
{
    return err->retryable || (err->status == COSN_E_NET && err->detail != COSN_D_UNTRUSTED);
}

static int obtain_patiently(struct cosn_token **out, const struct cosn_config *config,
                            const char *fs_uri, const struct platform *platform,
                            struct cosn_error *err)
{
    struct retry_rule rule;
    int r = retry_rule_from_config(&rule, config, err);
    if (r < 0) {
        return r;
    }
    struct retry_run run = {.rule = &rule, .platform = platform, .area = "token"};
    struct cosn_error now = COSN_ERROR_INIT;
    do {
        r = obtain_and_log(out, config, fs_uri, platform, &now);
    } while (r < 0 && is_worth_repeating(&now) &&
             retry_run_again(&run, &now, /* asked_ms= */ 0));
    if (r < 0 && err != NULL) {
        retry_run_explain(&run, &now);
        *err = now;
    }
    return r;
}

int cosn_token_obtain(struct cosn_token **out, const struct cosn_config *config,
                      const char *fs_uri, const struct cosn_platform *platform,
                      struct cosn_error *err)
{
    struct platform filled;
    int r = platform_init(&filled, platform, err);
    if (r == 0) {
        r = obtain_patiently(out, config, fs_uri, &filled, err);
        platform_deinit(&filled);
    }
    return r;
}

int token_obtain_once(struct cosn_token **out, const struct cosn_config *config,
                      const char *fs_uri, const struct cosn_platform *platform,
                      struct cosn_error *err)
{
    struct platform filled;
    int r = platform_init(&filled, platform, err);
    if (r == 0) {
        r = obtain_and_log(out, config, fs_uri, &filled, err);
        platform_deinit(&filled);
    }
    return r;
}

struct cosn_token *cosn_token_free(struct cosn_token *token)
{
    if (token == NULL) {
        return NULL;
    }
    if (token->bytes != NULL) {
        cos_wipe(token->bytes, token->n_bytes);
    }
    cos_free(token->bytes);
    cos_free(token->scheme);
    for (size_t i = 0; i < token->n_infos; i++) {
        cos_free(token->infos[i].key);
        cos_free(token->infos[i].value);
    }
    cos_free(token);
    return NULL;
}
