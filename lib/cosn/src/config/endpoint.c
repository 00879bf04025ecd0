/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From fs.cosn.bucket.region or fs.cosn.bucket.endpoint_suffix to the end of a host name, with
 * the rules of the SDK under the plugin: a region that begins with "cos." and the six names of
 * old stand as they are, any other gets "cos." in front; a suffix loses its leading dots.
 *
 * The SDK checks letters only, so a value can be wrong in ways that show as NoSuchBucket or an
 * unknown host at the first request: the bucket in front of the suffix, an empty label, a whole
 * endpoint for a region. Those are refused here, when the configuration is checked.
 * Beyond the SDK a suffix may end in ":port", for a mock on a desk.
 * Sources: cos_api 5.6.139 (run): Region.formatRegion, UrlComponentUtils,
 * SuffixEndpointBuilder; RFC 1035 s.2.3.1, s.2.3.4 (labels).
 */
#include "config/endpoint.h"

#include "cosbase/alloc.h"
#include "cosbase/buf.h"
#include "cosbase/shown.h"
#include "wire/wire.h"

#define KEY_REGION "fs.cosn.bucket.region"
#define KEY_SUFFIX "fs.cosn.bucket.endpoint_suffix"
#define KEY_STS_REGION "fs.cosn.userinfo.region"
#define DOMAIN ".myqcloud.com"
#define GOOD_REGION "it must be a region such as ap-guangzhou"
#define GOOD_SUFFIX \
    "requests go to <bucket>.<suffix>, so it must be like cos.ap-guangzhou.myqcloud.com"

#define MAX_LABEL_BYTES 63
#define MAX_SUFFIX_BYTES (253 - MAX_LABEL_BYTES - 1) /* a host name less its bucket */
#define MIN_APPID_DIGITS 8 /* APPIDs have ten; "build-2026" is no bucket */

static const char *const old_regions[] = {
    "cn-east", "cn-north", "cn-south", "cn-south-2", "cn-southwest", "sg",
};

static bool is_label_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

static int refuse(const struct cosn_config *config, const char *key, const char *why,
                  const char *right, struct cosn_error *err)
{
    char shown[COS_SHOWN_BYTES];
    const char *origin = cosn_config_origin(config, key);
    return fail(err, COSN_E_INVALID, "%s: %s = '%s': %s; %s",
                origin == NULL ? "configuration" : origin, key,
                cosn_config_shown(config, key, shown), why, right);
}

/* Why @s is not a sequence of labels; NULL when it is one. */
static const char *fault_of_labels(struct cos_span s)
{
    if (cos_span_find(s, COS_SPAN_LIT("://")) != SIZE_MAX) {
        return "a scheme has no place here";
    }
    if (cos_span_chr(s, '/') != SIZE_MAX) {
        return "a path has no place here";
    }
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] >= 'A' && s.ptr[i] <= 'Z') {
            return "only lower-case letters may stand here";
        }
        if (s.ptr[i] != '.' && !is_label_byte(s.ptr[i])) {
            return "only lower-case letters, digits, '.' and '-' may stand here";
        }
    }
    while (s.ptr != NULL) {
        struct cos_span label = cos_span_cut(&s, '.');
        if (label.len == 0) {
            return "two dots in a row, or one at the end, leave a part of the name empty";
        }
        if (label.len > MAX_LABEL_BYTES || label.ptr[0] == '-' ||
            label.ptr[label.len - 1] == '-') {
            return "a part of a host name has at most 63 characters and no '-' at either end";
        }
    }
    return NULL;
}

/* --- region --- */

static bool is_old_region(struct cos_span region)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(old_regions); i++) {
        if (cos_span_eq_str(region, old_regions[i])) {
            return true;
        }
    }
    return false;
}

static const char *fault_of_region(struct cos_span region)
{
    const char *why = fault_of_labels(region);
    if (why != NULL) {
        return why;
    }
    bool has_cos = cos_span_starts(region, COS_SPAN_LIT("cos."));
    struct cos_span name = cos_span_from(region, has_cos ? strlen("cos.") : 0);
    if (cos_span_chr(name, '.') != SIZE_MAX || cos_span_eq_str(name, "cos")) {
        return "this is no region; an endpoint belongs into " KEY_SUFFIX;
    }
    return NULL;
}

static void append_region(struct cos_buf *b, struct cos_span region)
{
    if (!cos_span_starts(region, COS_SPAN_LIT("cos.")) && !is_old_region(region)) {
        cos_buf_str(b, "cos.");
    }
    cos_buf_span(b, region);
    cos_buf_str(b, DOMAIN);
}

int config_check_sts_region(const struct cosn_config *config, struct cosn_error *err)
{
    struct cos_span region = cos_span_of(cosn_config_get(config, KEY_STS_REGION));
    if (cos_span_trim(region).len == 0) {
        return 0;
    }
    for (size_t i = 0; i < region.len; i++) {
        char c = region.ptr[i];
        if (!is_label_byte(c) && !(c >= 'A' && c <= 'Z')) {
            return refuse(config, KEY_STS_REGION, "only letters, digits and '-' may stand here",
                          GOOD_REGION, err);
        }
    }
    return 0;
}

/* --- suffix --- */

/* "examplebucket-1250000000.cos…": a bucket does not belong into a suffix. */
static bool has_bucket_in_front(struct cos_span suffix)
{
    struct cos_span label = cos_span_cut(&suffix, '.');
    size_t dash = cos_span_rchr(label, '-');
    uint64_t appid;
    struct cos_span digits = cos_span_from(label, dash == SIZE_MAX ? label.len : dash + 1);
    return suffix.ptr != NULL && dash != 0 && digits.len >= MIN_APPID_DIGITS &&
           cos_span_u64(digits, &appid);
}

static const char *fault_of_suffix(struct cos_span suffix)
{
    uint64_t port = 0;
    size_t colon = cos_span_rchr(suffix, ':');
    bool has_port = colon != SIZE_MAX && cos_span_find(suffix, COS_SPAN_LIT("://")) == SIZE_MAX;
    if (has_port &&
        (!cos_span_u64(cos_span_from(suffix, colon + 1), &port) || port == 0 || port > 65535)) {
        return "behind a ':' there must be a port, 1 to 65535";
    }
    struct cos_span name = has_port ? cos_span_sub(suffix, 0, colon) : suffix;
    const char *why = fault_of_labels(name);
    if (why != NULL) {
        return why;
    }
    if (has_bucket_in_front(name)) {
        return "the bucket does not belong in front of it";
    }
    return name.len > MAX_SUFFIX_BYTES ? "a host name has at most 253 characters" : NULL;
}

static struct cos_span without_dots(struct cos_span s)
{
    while (s.len > 0 && s.ptr[0] == '.') {
        s = cos_span_from(s, 1);
    }
    return s;
}

int config_endpoint(char **out, const struct cosn_config *config, struct cosn_error *err)
{
    struct cos_span region = cos_span_trim(cos_span_of(cosn_config_get(config, KEY_REGION)));
    struct cos_span suffix = cos_span_trim(cos_span_of(cosn_config_get(config, KEY_SUFFIX)));
    suffix = without_dots(suffix);
    const char *why = region.len > 0 ? fault_of_region(region) : NULL;
    if (why != NULL) {
        return refuse(config, KEY_REGION, why, GOOD_REGION, err);
    }
    why = suffix.len > 0 ? fault_of_suffix(suffix) : NULL;
    if (why != NULL) {
        return refuse(config, KEY_SUFFIX, why, GOOD_SUFFIX, err);
    }
    if (region.len == 0 && suffix.len == 0) {
        *out = NULL;
        return 0;
    }
    struct cos_buf b;
    cos_buf_init(&b, 1024);
    if (region.len > 0) {
        append_region(&b, region);
    } else {
        cos_buf_span(&b, suffix);
    }
    char *end = cos_buf_take(&b);
    cos_buf_deinit(&b);
    if (end == NULL) {
        return fail(err, COSN_E_NOMEM, "out of memory");
    }
    *out = end;
    return 0;
}
