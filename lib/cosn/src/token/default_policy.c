/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The default policy of a temporary credential: all of COS below one prefix of one bucket.
 *
 *     {"version":"2.0","statement":[{"action":["name/cos:*"],"effect":"allow",
 *      "resource":["qcs::cos:<region>:uid/<appid>:<bucket>/<prefix>/\*",
 *                  "qcs::cos:<region>:uid/<appid>:<bucket>/<prefix>"]}]}
 *
 * Where it differs from the plugin's text, the plugin's does not work or is unsafe:
 *   - the owner is uid/<appid> out of the bucket name, not uid/\*, which STS accepts and COS
 *     then answers with 403 (apache/fluss#3983, sts-cam.md s.3.1);
 *   - the prefix itself is covered, too, and not only what is below: whoever asks whether
 *     remote.data.dir is there, or makes it, asks for that key first;
 *   - the resource is escaped as JSON, so a quote in a path cannot end the string;
 *   - without a bucket there is no policy at all, where the plugin grants "*".
 * It refuses a bucket whose name does not end in the APPID, because there is no owner to be had
 * from it, and a path with '*', which would match more than itself.
 * Sources: fluss-plugin.md s.4 (COSSecurityTokenProvider); sts-cam.md s.3.1; requirements
 * POL-001 to POL-020.
 */
#include "token/token.h"

#include "cosbase/json.h"
#include "cosbase/shown.h"

#define MAX_POLICY_BYTES (64u << 10)

static bool is_one_of(struct cos_span s, const char *extra)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
        if (!is_plain && (c == '\0' || strchr(extra, c) == NULL)) {
            return false;
        }
    }
    return s.len > 0;
}

/* The digits behind the last '-' of a bucket name; empty when there are none. */
static struct cos_span appid_of(struct cos_span bucket)
{
    size_t dash = cos_span_rchr(bucket, '-');
    if (dash == SIZE_MAX || dash == 0) {
        return COS_SPAN_EMPTY;
    }
    struct cos_span digits = cos_span_from(bucket, dash + 1);
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.ptr[i] < '0' || digits.ptr[i] > '9') {
            return COS_SPAN_EMPTY;
        }
    }
    return digits;
}

static int check_parts(struct cos_span region, struct cos_span bucket, struct cos_span prefix,
                       struct cosn_error *err)
{
    char shown[COS_SHOWN_BYTES];
    if (!is_one_of(region, "")) {
        return fail(err, COSN_E_INVALID,
                    "'%s' is not a region such as ap-guangzhou (fs.cosn.userinfo.region)",
                    cos_shown_value(shown, region));
    }
    if (!is_one_of(bucket, "") || appid_of(bucket).len == 0) {
        return fail(err, COSN_E_INVALID,
                    "bucket '%s' does not end in its APPID, as in examplebucket-1250000000, "
                    "so the owner of the default token policy is not known; name the bucket in "
                    "full or set fs.cosn.security.token.policy",
                    cos_shown_value(shown, bucket));
    }
    if (cos_span_chr(prefix, '*') != SIZE_MAX) {
        return fail(err, COSN_E_INVALID,
                    "path '%s' holds '*', which a policy takes for a wildcard; choose another "
                    "path or set fs.cosn.security.token.policy",
                    cos_shown_value(shown, prefix));
    }
    return 0;
}

/* "a/b" and "/a/b/" give "a/b"; "" and "/" give "". */
static struct cos_span root_key(struct cos_span prefix)
{
    if (cos_span_starts(prefix, COS_SPAN_LIT("/"))) {
        prefix = cos_span_from(prefix, 1);
    }
    if (cos_span_ends(prefix, COS_SPAN_LIT("/"))) {
        prefix.len--;
    }
    return prefix;
}

/* Each resource is made of these, @key and what stands behind it. */
struct place {
    struct cos_span region, bucket, key;
};

static void append_resource(struct cos_buf *b, const struct place *place, const char *rest)
{
    cos_buf_str(b, "qcs::cos:");
    cos_buf_span(b, place->region);
    cos_buf_str(b, ":uid/");
    cos_buf_span(b, appid_of(place->bucket));
    cos_buf_ch(b, ':');
    cos_buf_span(b, place->bucket);
    cos_buf_ch(b, '/');
    cos_buf_span(b, place->key);
    cos_buf_str(b, rest);
}

static void quote_resource(struct cos_buf *b, const struct place *place, const char *rest)
{
    COS_CLEANUP(cos_buf_deinit) struct cos_buf resource;
    cos_buf_init(&resource, MAX_POLICY_BYTES);
    append_resource(&resource, place, rest);
    cos_json_quote(b, cos_buf_view(&resource));
    b->failed = b->failed || resource.failed;
}

static void append_policy(struct cos_buf *b, const struct place *place)
{
    bool is_bucket_root = place->key.len == 0;
    cos_buf_str(b, "{\"version\":\"2.0\",\"statement\":[{\"action\":[\"name/cos:*\"],"
                   "\"effect\":\"allow\",\"resource\":[");
    quote_resource(b, place, is_bucket_root ? "*" : "/*");
    if (!is_bucket_root) {
        cos_buf_ch(b, ',');
        quote_resource(b, place, "");
    }
    cos_buf_str(b, "]}]}");
}

int cosn_token_default_policy(char **out, const char *region, const char *bucket,
                              const char *prefix, struct cosn_error *err)
{
    struct cos_span prefix_span = cos_span_of(prefix);
    int r = check_parts(cos_span_of(region), cos_span_of(bucket), prefix_span, err);
    if (r < 0) {
        return r;
    }
    struct place place = {cos_span_of(region), cos_span_of(bucket), root_key(prefix_span)};
    COS_CLEANUP(cos_buf_deinit) struct cos_buf policy;
    cos_buf_init(&policy, MAX_POLICY_BYTES);
    append_policy(&policy, &place);
    char *text = policy.failed ? NULL : cos_buf_take(&policy);
    if (text == NULL) {
        return fail(err, COSN_E_NOMEM, "no room for the default token policy");
    }
    *out = text;
    return 0;
}
