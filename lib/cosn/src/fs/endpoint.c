/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a bucket is: its name, and what config/endpoint.c puts behind it.
 *
 * Beyond the plugin, fs.cosn.useHttps=false is obeyed. Without that key everything is HTTPS
 * unless the host program asks for another scheme: with cos_api 5.6.139 the plugin never spoke
 * HTTP either, whatever its documented default.
 * Sources: fluss-plugin.md F1, F2, F7, s.2.1; cos-wire.md s.2.0 (bucket names).
 */
#include "fs/internal.h"

#include "config/endpoint.h"
#include "cosbase/alloc.h"
#include "cosbase/shown.h"

#define KEY_REGION "fs.cosn.bucket.region"
#define KEY_SUFFIX "fs.cosn.bucket.endpoint_suffix"
#define KEY_HTTPS "fs.cosn.useHttps"

#define MAX_LABEL_BYTES 63 /* RFC 1035 s.2.3.4 */
#define MAX_NAME_BYTES 50  /* before the APPID: 436/13312 */

static bool all_of(struct cos_span s, const char *extra)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || strchr(extra, c) != NULL)) {
            return false;
        }
    }
    return s.len > 0;
}

/* "<name>-<digits>" */
static bool ends_in_appid(struct cos_span bucket)
{
    uint64_t appid;
    size_t dash = cos_span_rchr(bucket, '-');
    return dash != SIZE_MAX && dash > 0 &&
           cos_span_u64(cos_span_from(bucket, dash + 1), &appid);
}

static int check_bucket(const char *bucket, struct cosn_error *err)
{
    char shown[COS_SHOWN_BYTES];
    if (!all_of(cos_span_of(bucket), "-") || bucket[0] == '-') {
        return fail(err, COSN_E_INVALID,
                    "bucket '%s': a bucket name has lower-case letters, digits and '-' only, "
                    "such as examplebucket-1250000000",
                    cos_shown_value(shown, cos_span_of(bucket)));
    }
    if (strlen(bucket) > MAX_LABEL_BYTES) {
        return fail(
            err, COSN_E_INVALID,
            "bucket '%s': a bucket name has at most %d characters, because it is a label "
            "of a host name",
            cos_shown_value(shown, cos_span_of(bucket)), MAX_LABEL_BYTES);
    }
    if (!ends_in_appid(cos_span_of(bucket))) {
        return fail(
            err, COSN_E_INVALID,
            "bucket '%s' needs -<appid> at its end, as in examplebucket-1250000000: the "
            "APPID of the account is part of every bucket's name",
            cos_shown_value(shown, cos_span_of(bucket)));
    }
    size_t dash = cos_span_rchr(cos_span_of(bucket), '-');
    if (dash != SIZE_MAX && (dash > MAX_NAME_BYTES || (dash > 0 && bucket[dash - 1] == '-'))) {
        return fail(err, COSN_E_INVALID,
                    "bucket '%s': before -<appid> stand at most %d characters, and the last of "
                    "them is no '-'",
                    cos_shown_value(shown, cos_span_of(bucket)), MAX_NAME_BYTES);
    }
    return 0;
}

/* "b-1.cos.mock" of bucket b-1: the suffix has the bucket already. */
static int check_suffix(const char *suffix, const char *bucket,
                        const struct cosn_config *config, struct cosn_error *err)
{
    size_t n = strlen(bucket);
    if (strncmp(suffix, bucket, n) != 0 || suffix[n] != '.') {
        return 0;
    }
    const char *origin = cosn_config_origin(config, KEY_SUFFIX);
    return fail(err, COSN_E_INVALID,
                "%s: " KEY_SUFFIX
                " begins with the bucket '%s', which does not belong in front "
                "of it; requests go to <bucket>.<suffix>, so it must be '%s'",
                origin == NULL ? "configuration" : origin, bucket, suffix + n + 1);
}

int endpoint_host(char **out, const struct cosn_config *config, const char *bucket,
                  struct cosn_error *err)
{
    int r = check_bucket(bucket, err);
    char *suffix = NULL;
    r = r < 0 ? r : config_endpoint(&suffix, config, err);
    if (r < 0) {
        return r;
    }
    if (suffix == NULL) {
        return fail(err, COSN_E_INVALID,
                    "missing required key '" KEY_SUFFIX "', such as "
                    "cos.ap-guangzhou.myqcloud.com (or '" KEY_REGION "')");
    }
    COS_CLEANUP(cos_buf_deinit) struct cos_buf b = {0};
    cos_buf_init(&b, 1024);
    cos_buf_printf(&b, "%s.%s", bucket, suffix);
    r = check_suffix(suffix, bucket, config, err);
    cos_free(suffix);
    char *host = r < 0 ? NULL : cos_buf_take(&b);
    if (r == 0 && host == NULL) {
        return fail(err, COSN_E_NOMEM, "out of memory");
    }
    if (r == 0) {
        *out = host;
    }
    return r;
}

int endpoint_scheme(const char **out, const struct cosn_config *config,
                    const char *platform_scheme, struct cosn_error *err)
{
    const char *scheme = platform_scheme == NULL ? "https" : platform_scheme;
    if (strcmp(scheme, "https") != 0 && strcmp(scheme, "http") != 0) {
        return fail(err, COSN_E_INVALID, "scheme '%.20s' is neither 'https' nor 'http'",
                    scheme);
    }
    if (cosn_config_get(config, KEY_HTTPS) != NULL) {
        bool wants_https = true;
        int r = cosn_config_get_bool(config, KEY_HTTPS, &wants_https, err);
        if (r < 0) {
            return r;
        }
        scheme = wants_https ? "https" : "http";
    }
    *out = scheme;
    return 0;
}
