/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names of actions. CAM takes a policy with any name in it, and a misspelt one simply
 * grants nothing; so no policy is refused for it, but whoever wrote "GetObjet" shall hear of
 * it. Names are case-sensitive (436/30580): "GetBucketAcl" is as wrong.
 */
#include "cam/cam.h"

#include "cam/policy.h"
#include "cosbase/nearest.h"

static const char *const actions[] = {
    /* what operations ask for (a test compares services/ops.c): sts-cam.md s.3.5, s.2 */
    "cos:AbortMultipartUpload",
    "cos:AppendObject",
    "cos:CompleteMultipartUpload",
    "cos:DeleteBucket",
    "cos:DeleteBucketCORS",
    "cos:DeleteBucketDomain",
    "cos:DeleteBucketDomainCertificate",
    "cos:DeleteBucketEncryption",
    "cos:DeleteBucketGuetzli",
    "cos:DeleteBucketHdrImageProcessing",
    "cos:DeleteBucketImageSlim",
    "cos:DeleteBucketIntelligentTieringConfiguration",
    "cos:DeleteBucketInventory",
    "cos:DeleteBucketLifecycle",
    "cos:DeleteBucketOrigin",
    "cos:DeleteBucketOriginProtect",
    "cos:DeleteBucketPolicy",
    "cos:DeleteBucketReplication",
    "cos:DeleteBucketStrictSignature",
    "cos:DeleteBucketStyle",
    "cos:DeleteBucketTagging",
    "cos:DeleteBucketWebsite",
    "cos:DeleteLiveChannel",
    "cos:DeleteObject",
    "cos:DeleteObjectRecursive",
    "cos:DeleteObjectTagging",
    "cos:GetBucket",
    "cos:GetBucketACL",
    "cos:GetBucketAccelerate",
    "cos:GetBucketCORS",
    "cos:GetBucketDomain",
    "cos:GetBucketDomainCertificate",
    "cos:GetBucketEncryption",
    "cos:GetBucketGuetzli",
    "cos:GetBucketHdrImageProcessing",
    "cos:GetBucketHotlink",
    "cos:GetBucketImageSlim",
    "cos:GetBucketIntelligentTiering",
    "cos:GetBucketIntelligentTieringConfiguration",
    "cos:GetBucketInventory",
    "cos:GetBucketLifecycle",
    "cos:GetBucketLocation",
    "cos:GetBucketLogging",
    "cos:GetBucketNotification",
    "cos:GetBucketObjectLockConfiguration",
    "cos:GetBucketObjectVersions",
    "cos:GetBucketOrigin",
    "cos:GetBucketOriginProtect",
    "cos:GetBucketPolicy",
    "cos:GetBucketProcess",
    "cos:GetBucketReferer",
    "cos:GetBucketReplication",
    "cos:GetBucketStrictSignature",
    "cos:GetBucketStyle",
    "cos:GetBucketTagging",
    "cos:GetBucketVersioning",
    "cos:GetBucketWebsite",
    "cos:GetLiveChannel",
    "cos:GetObject",
    "cos:GetObjectACL",
    "cos:GetObjectDecompression",
    "cos:GetObjectExif",
    "cos:GetObjectImageAve",
    "cos:GetObjectImageInfo",
    "cos:GetObjectImageInspect",
    "cos:GetObjectImageMogr2",
    "cos:GetObjectImageView2",
    "cos:GetObjectRetention",
    "cos:GetObjectTagging",
    "cos:GetObjectWatermark",
    "cos:GetService",
    "cos:GetSymlink",
    "cos:GetVodPlaylist",
    "cos:HeadBucket",
    "cos:HeadObject",
    "cos:InitiateMultipartUpload",
    "cos:ListDecompressionJobs",
    "cos:ListLiveChannels",
    "cos:ListMultipartUploads",
    "cos:ListParts",
    "cos:OptionsObject",
    "cos:PostBucketInventory",
    "cos:PostBucketProcess",
    "cos:PostObject",
    "cos:PostObjectDecompression",
    "cos:PostObjectImageProcess",
    "cos:PostObjectRestore",
    "cos:PostVodPlaylist",
    "cos:PreflightObject",
    "cos:PutBucket",
    "cos:PutBucketACL",
    "cos:PutBucketAccelerate",
    "cos:PutBucketCORS",
    "cos:PutBucketDomain",
    "cos:PutBucketDomainCertificate",
    "cos:PutBucketEncryption",
    "cos:PutBucketGuetzli",
    "cos:PutBucketHdrImageProcessing",
    "cos:PutBucketHotlink",
    "cos:PutBucketImageSlim",
    "cos:PutBucketIntelligentTiering",
    "cos:PutBucketIntelligentTieringConfiguration",
    "cos:PutBucketInventory",
    "cos:PutBucketLifecycle",
    "cos:PutBucketLogging",
    "cos:PutBucketNotification",
    "cos:PutBucketObjectLockConfiguration",
    "cos:PutBucketOrigin",
    "cos:PutBucketOriginProtect",
    "cos:PutBucketPolicy",
    "cos:PutBucketReferer",
    "cos:PutBucketReplication",
    "cos:PutBucketStrictSignature",
    "cos:PutBucketStyle",
    "cos:PutBucketTagging",
    "cos:PutBucketVersioning",
    "cos:PutBucketWebsite",
    "cos:PutLiveChannel",
    "cos:PutObject",
    "cos:PutObjectACL",
    "cos:PutObjectCopy",
    "cos:PutObjectRetention",
    "cos:PutObjectTagging",
    "cos:PutSymlink",
    "cos:RefreshObjectProcessing",
    "cos:RestoreObject",
    "cos:UnbindBucketProcessing",
    "cos:UploadPart",
    "cos:UploadPartCopy",
    "sts:AssumeRole",
    "sts:GetFederationToken",
    "sts:GetSessionToken",
    "sts:QueryApiKey",
    /* what nothing here asks for, though it is an action: the table of 598/69901 and 598/57092
     * (as far as it could be read) */
    "cos:CreateAutoBackup",
    "cos:CreateInstantBackup",
    "cos:CreateJob",
    "cos:CreateMigrateUser",
    "cos:CreateMigrateVoucherTask",
    "cos:CreateMounting",
    "cos:DescribeAutoBackup",
    "cos:DescribeBackupTask",
    "cos:DescribeGsPkgConfig",
    "cos:DescribeJob",
    "cos:DescribeStatCosPackage",
    "cos:GetBucketAccessMonitor",
    "cos:GetBucketBandwidthQuota",
    "cos:GetBucketObjectLock",
    /* 436/8289 */
    "cos:DeleteMultipleObjects",
    /* cos-operations-1.md s.3.3, sts-cam.md s.3.5 */
    "cos:GetObjectVersion",
    "cos:ListBucketInventory",
    /* sts-cam.md s.2 */
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRoleWithWebIdentity",
    "sts:GetCallerIdentity",
};

const char *cam_action_at(size_t i)
{
    return i < COS_ARRAY_LEN(actions) ? actions[i] : NULL;
}

static bool is_known(struct cos_span plain)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(actions); i++) {
        if (cam_glob(plain, cos_span_of(actions[i]))) {
            return true;
        }
    }
    return false;
}

const char *cam_action_complaint(struct cos_span action, char *out, size_t size)
{
    struct cos_span plain = cam_action_plain(action);
    bool is_ours = cos_span_starts(plain, COS_SPAN_LIT("cos:")) ||
                   cos_span_starts(plain, COS_SPAN_LIT("sts:"));
    if (!is_ours || is_known(plain)) {
        return NULL;
    }
    bool is_pattern = cos_span_chr(plain, '*') != SIZE_MAX;
    const char *nearest =
        is_pattern ? NULL : cos_nearest(plain, actions, COS_ARRAY_LEN(actions));
    (void)snprintf(out, size, "no known action %s '%.*s'%s%s",
                   is_pattern ? "fits" : "is called", (int)(plain.len < 80 ? plain.len : 80),
                   plain.ptr, nearest == NULL ? "" : "; the nearest is ",
                   nearest == NULL ? "" : nearest);
    return out;
}

/* "uid/1250000000", "uin/100000000001": of one account. */
static bool is_account(struct cos_span account)
{
    bool is_named = cos_span_starts(account, COS_SPAN_LIT("uid/")) ||
                    cos_span_starts(account, COS_SPAN_LIT("uin/"));
    for (size_t i = 4; is_named && i < account.len; i++) {
        is_named = account.ptr[i] >= '0' && account.ptr[i] <= '9';
    }
    return is_named && account.len > 4;
}

/* STS takes "uid/ *", and the policy it goes into matches nothing: apache/fluss#3983. */
const char *cam_account_complaint(struct cos_span resource, char *out, size_t size)
{
    struct cam_resource r;
    if (!cam_resource_split(&r, resource) || !cos_span_eq_str(r.service, "cos") ||
        r.account.len == 0 || is_account(r.account)) {
        return NULL;
    }
    (void)snprintf(out, size,
                   "resource '%.*s' matches nothing: '%.*s' is no account, write uid/<appid>",
                   (int)(resource.len < 120 ? resource.len : 120), resource.ptr,
                   (int)(r.account.len < 40 ? r.account.len : 40), r.account.ptr);
    return out;
}

static const char *role_complaint(const struct cam_resource *r, char *out, size_t size)
{
    bool is_role = cos_span_starts(r->path, COS_SPAN_LIT("roleName/")) ||
                   cos_span_starts(r->path, COS_SPAN_LIT("role/"));
    if (is_role && cos_span_starts(r->account, COS_SPAN_LIT("uin/")) &&
        is_account(r->account)) {
        return NULL;
    }
    (void)snprintf(out, size,
                   "resource '%.*s' is no role: qcs::cam::uin/<owner>:roleName/<name>",
                   (int)(r->text.len < 120 ? r->text.len : 120), r->text.ptr);
    return out;
}

static const char *resource_complaint(struct cos_span service, struct cos_span resource,
                                      char *out, size_t size)
{
    static const char form[] = "\"*\" or qcs::<service>:<region>:uid/<appid>:<path>";
    struct cam_resource r;
    if (!cam_resource_split(&r, resource)) {
        (void)snprintf(out, size, "resource '%.*s' must be %s",
                       (int)(resource.len < 120 ? resource.len : 120), resource.ptr, form);
        return out;
    }
    if (r.is_star) {
        return NULL;
    }
    if (cos_span_eq_str(service, "sts") && cos_span_eq_str(r.service, "cam")) {
        return role_complaint(&r, out, size); /* to assume a role */
    }
    if (!cos_span_eq(r.service, service)) {
        (void)snprintf(out, size, "resource of service '%.*s' asked with an action of '%.*s'",
                       (int)(r.service.len < 40 ? r.service.len : 40), r.service.ptr,
                       (int)(service.len < 40 ? service.len : 40), service.ptr);
    } else if (cos_span_eq_str(r.region, "*") || !is_account(r.account)) {
        (void)snprintf(out, size,
                       "resource '%.*s' is not one resource: name the region and the account "
                       "as uid/<appid>",
                       (int)(resource.len < 120 ? resource.len : 120), resource.ptr);
    } else if (cos_span_chr(r.path, '/') == SIZE_MAX &&
               cos_span_eq(service, COS_SPAN_LIT("cos"))) {
        (void)snprintf(out, size,
                       "path '%.*s' of the resource must be <bucket>-<appid>/<key>, and "
                       "<bucket>-<appid>/ for the bucket itself",
                       (int)(r.path.len < 120 ? r.path.len : 120), r.path.ptr);
    } else {
        return NULL;
    }
    return out;
}

/* "GetObject", "s3:GetObject": an action that is known, without its service, or with another
 * cloud's. */
static const char *spelt_complaint(struct cos_span plain, char *out, size_t size)
{
    static const char *const foreign[] = {"s3", "oss", "obs", "tos"};
    size_t colon = cos_span_chr(plain, ':');
    struct cos_span service = cos_span_sub(plain, 0, colon == SIZE_MAX ? 0 : colon);
    struct cos_span verb = colon == SIZE_MAX ? plain : cos_span_from(plain, colon + 1);
    bool is_foreign = colon == SIZE_MAX;
    for (size_t i = 0; i < COS_ARRAY_LEN(foreign); i++) {
        is_foreign = is_foreign || cos_span_eq_str(service, foreign[i]);
    }
    for (size_t i = 0; i < COS_ARRAY_LEN(actions) && is_foreign; i++) {
        if (cos_span_eq_nocase(verb, cos_span_of(actions[i] + sizeof("cos")))) {
            (void)snprintf(out, size,
                           "action '%.*s' must be [name/]<service>:<action>, such as name/%s",
                           (int)(plain.len < 80 ? plain.len : 80), plain.ptr, actions[i]);
            return out;
        }
    }
    return NULL;
}

const char *cam_question_complaint(struct cos_span action, struct cos_span resource, char *out,
                                   size_t size)
{
    struct cos_span plain = cam_action_plain(action);
    size_t colon = cos_span_chr(plain, ':');
    if (spelt_complaint(plain, out, size) != NULL) {
        return out;
    }
    if (colon == SIZE_MAX || colon == 0 || colon + 1 == plain.len ||
        cos_span_chr(plain, '*') != SIZE_MAX) {
        (void)snprintf(out, size,
                       "action '%.*s' must be [name/]<service>:<action> without '*', such as "
                       "name/cos:GetObject",
                       (int)(action.len < 80 ? action.len : 80), action.ptr);
        return out;
    }
    if (cam_action_complaint(action, out, size) != NULL) {
        return out;
    }
    return resource_complaint(cos_span_sub(plain, 0, colon), resource, out, size);
}
