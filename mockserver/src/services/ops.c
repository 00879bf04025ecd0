/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of operations. Rights: sts-cam.md s.3.5. A row without a handler is known and not built: it names itself, so that a client
 * learns what it asked for. A sub-resource that exists, asked with a method or at a place it does not have, fits no row (405): DELETE /?location must
 * never become DeleteBucket, and PUT /key?cors never PutObject.
 */
#include "services/ops.h"

#include "cosbase/json.h"
#include "cosbase/nearest.h"
#include "exchange/exchange.h"
#include "services/handlers.h"
#include "services/names.h"

#define WIRE_FIRST "cos-wire.md s.2.1; sts-cam.md s.3.5"
#define WIRE_SECOND "cos-wire.md s.2.2; sts-cam.md s.3.5"
#define CI "[assumed] data processing parameter, docs/DEVIATIONS.md"
#define STS_DOC "sts-cam.md s.2"
#define CORE "cos-operations-2.md s.1.1; right [assumed]"
#define S3 "cos-s3.md: the S3 spelling of a copy; without a row it would store an empty object"
#define PROCESSING "cos-operations-2.md s.1.2; right [assumed]"

/* Known and not built, with the right that bears its name. */
#define LATER(name, method, target, query, source)                                        \
    {                                                                                     \
        name, OP_COS, method, target, query, NULL, "name/cos:" name, NULL,                \
            (target) == OP_ON_OBJECT ? OP_RES_OBJECT : OP_RES_BUCKET, OP_BODY_NONE, NULL, \
            source                                                                        \
    }
#define LATER_B(name, method, query, source) LATER(name, method, OP_ON_BUCKET, query, source)
#define LATER_O(name, method, query, source) LATER(name, method, OP_ON_OBJECT, query, source)

static const struct op_row rows[] = {
    /* the service */
    {"GetService", OP_COS, "GET", OP_ON_SERVICE, NULL, NULL, "name/cos:GetService", NULL,
     OP_RES_STAR, OP_BODY_NONE, op_get_service, WIRE_SECOND},
    /* a bucket: sub-resources */
    {"ListMultipartUploads", OP_COS, "GET", OP_ON_BUCKET, "uploads", NULL,
     "name/cos:ListMultipartUploads", NULL, OP_RES_PREFIX, OP_BODY_NONE,
     op_list_multipart_uploads, WIRE_FIRST},
    {"DeleteMultipleObjects", OP_COS, "POST", OP_ON_BUCKET, "delete", NULL,
     "name/cos:DeleteObject", NULL, OP_RES_PER_KEY, OP_BODY_SMALL, op_delete_multiple_objects,
     WIRE_FIRST},
    {"GetBucketLocation", OP_COS, "GET", OP_ON_BUCKET, "location", NULL,
     "name/cos:GetBucketLocation", NULL, OP_RES_BUCKET, OP_BODY_NONE, NULL, WIRE_SECOND},
    {"GetBucketObjectVersions", OP_COS, "GET", OP_ON_BUCKET, "versions", NULL,
     "name/cos:GetBucketObjectVersions", NULL, OP_RES_PREFIX, OP_BODY_NONE, NULL, WIRE_SECOND},
    {"GetBucketACL", OP_COS, "GET", OP_ON_BUCKET, "acl", NULL, "name/cos:GetBucketACL", NULL,
     OP_RES_BUCKET, OP_BODY_NONE, NULL, WIRE_SECOND},
    {"PutBucketACL", OP_COS, "PUT", OP_ON_BUCKET, "acl", NULL, "name/cos:PutBucketACL", NULL,
     OP_RES_BUCKET, OP_BODY_SMALL, NULL, WIRE_SECOND},
    {"GetBucketCORS", OP_COS, "GET", OP_ON_BUCKET, "cors", NULL, "name/cos:GetBucketCORS", NULL,
     OP_RES_BUCKET, OP_BODY_NONE, NULL, WIRE_SECOND},
    {"PutBucketCORS", OP_COS, "PUT", OP_ON_BUCKET, "cors", NULL, "name/cos:PutBucketCORS", NULL,
     OP_RES_BUCKET, OP_BODY_SMALL, NULL, WIRE_SECOND},
    {"DeleteBucketCORS", OP_COS, "DELETE", OP_ON_BUCKET, "cors", NULL,
     "name/cos:DeleteBucketCORS", NULL, OP_RES_BUCKET, OP_BODY_NONE, NULL, WIRE_SECOND},
    {"GetBucketLifecycle", OP_COS, "GET", OP_ON_BUCKET, "lifecycle", NULL,
     "name/cos:GetBucketLifecycle", NULL, OP_RES_BUCKET, OP_BODY_NONE, NULL, WIRE_SECOND},
    {"PutBucketLifecycle", OP_COS, "PUT", OP_ON_BUCKET, "lifecycle", NULL,
     "name/cos:PutBucketLifecycle", NULL, OP_RES_BUCKET, OP_BODY_SMALL, NULL, WIRE_SECOND},
    {"DeleteBucketLifecycle", OP_COS, "DELETE", OP_ON_BUCKET, "lifecycle", NULL,
     "name/cos:DeleteBucketLifecycle", NULL, OP_RES_BUCKET, OP_BODY_NONE, NULL, WIRE_SECOND},
    {"GetBucketPolicy", OP_COS, "GET", OP_ON_BUCKET, "policy", NULL, "name/cos:GetBucketPolicy",
     NULL, OP_RES_BUCKET, OP_BODY_NONE, NULL, WIRE_SECOND},
    {"PutBucketPolicy", OP_COS, "PUT", OP_ON_BUCKET, "policy", NULL, "name/cos:PutBucketPolicy",
     NULL, OP_RES_BUCKET, OP_BODY_SMALL, NULL, WIRE_SECOND},
    {"DeleteBucketPolicy", OP_COS, "DELETE", OP_ON_BUCKET, "policy", NULL,
     "name/cos:DeleteBucketPolicy", NULL, OP_RES_BUCKET, OP_BODY_NONE, NULL, WIRE_SECOND},
    {"GetBucketTagging", OP_COS, "GET", OP_ON_BUCKET, "tagging", NULL,
     "name/cos:GetBucketTagging", NULL, OP_RES_BUCKET, OP_BODY_NONE, NULL, WIRE_SECOND},
    {"PutBucketTagging", OP_COS, "PUT", OP_ON_BUCKET, "tagging", NULL,
     "name/cos:PutBucketTagging", NULL, OP_RES_BUCKET, OP_BODY_SMALL, NULL, WIRE_SECOND},
    {"DeleteBucketTagging", OP_COS, "DELETE", OP_ON_BUCKET, "tagging", NULL,
     "name/cos:DeleteBucketTagging", NULL, OP_RES_BUCKET, OP_BODY_NONE, NULL, WIRE_SECOND},
    {"GetBucketWebsite", OP_COS, "GET", OP_ON_BUCKET, "website", NULL,
     "name/cos:GetBucketWebsite", NULL, OP_RES_BUCKET, OP_BODY_NONE, NULL, WIRE_SECOND},
    {"PutBucketWebsite", OP_COS, "PUT", OP_ON_BUCKET, "website", NULL,
     "name/cos:PutBucketWebsite", NULL, OP_RES_BUCKET, OP_BODY_SMALL, NULL, WIRE_SECOND},
    {"DeleteBucketWebsite", OP_COS, "DELETE", OP_ON_BUCKET, "website", NULL,
     "name/cos:DeleteBucketWebsite", NULL, OP_RES_BUCKET, OP_BODY_NONE, NULL, WIRE_SECOND},
    {"GetBucketReplication", OP_COS, "GET", OP_ON_BUCKET, "replication", NULL,
     "name/cos:GetBucketReplication", NULL, OP_RES_BUCKET, OP_BODY_NONE, NULL, WIRE_SECOND},
    {"PutBucketReplication", OP_COS, "PUT", OP_ON_BUCKET, "replication", NULL,
     "name/cos:PutBucketReplication", NULL, OP_RES_BUCKET, OP_BODY_SMALL, NULL, WIRE_SECOND},
    {"DeleteBucketReplication", OP_COS, "DELETE", OP_ON_BUCKET, "replication", NULL,
     "name/cos:DeleteBucketReplication", NULL, OP_RES_BUCKET, OP_BODY_NONE, NULL, WIRE_SECOND},
    {"GetBucketEncryption", OP_COS, "GET", OP_ON_BUCKET, "encryption", NULL,
     "name/cos:GetBucketEncryption", NULL, OP_RES_BUCKET, OP_BODY_NONE, NULL, WIRE_SECOND},
    {"PutBucketEncryption", OP_COS, "PUT", OP_ON_BUCKET, "encryption", NULL,
     "name/cos:PutBucketEncryption", NULL, OP_RES_BUCKET, OP_BODY_SMALL, NULL, WIRE_SECOND},
    {"DeleteBucketEncryption", OP_COS, "DELETE", OP_ON_BUCKET, "encryption", NULL,
     "name/cos:DeleteBucketEncryption", NULL, OP_RES_BUCKET, OP_BODY_NONE, NULL, WIRE_SECOND},
    {"GetBucketInventory", OP_COS, "GET", OP_ON_BUCKET, "inventory", NULL,
     "name/cos:GetBucketInventory", NULL, OP_RES_BUCKET, OP_BODY_NONE, NULL, WIRE_SECOND},
    {"PutBucketInventory", OP_COS, "PUT", OP_ON_BUCKET, "inventory", NULL,
     "name/cos:PutBucketInventory", NULL, OP_RES_BUCKET, OP_BODY_SMALL, NULL, WIRE_SECOND},
    {"PostBucketInventory", OP_COS, "POST", OP_ON_BUCKET, "inventory", NULL,
     "name/cos:PostBucketInventory", NULL, OP_RES_BUCKET, OP_BODY_SMALL, NULL, WIRE_SECOND},
    {"DeleteBucketInventory", OP_COS, "DELETE", OP_ON_BUCKET, "inventory", NULL,
     "name/cos:DeleteBucketInventory", NULL, OP_RES_BUCKET, OP_BODY_NONE, NULL, WIRE_SECOND},
    {"GetBucketLogging", OP_COS, "GET", OP_ON_BUCKET, "logging", NULL,
     "name/cos:GetBucketLogging", NULL, OP_RES_BUCKET, OP_BODY_NONE, NULL, WIRE_SECOND},
    {"PutBucketLogging", OP_COS, "PUT", OP_ON_BUCKET, "logging", NULL,
     "name/cos:PutBucketLogging", NULL, OP_RES_BUCKET, OP_BODY_SMALL, NULL, WIRE_SECOND},
    {"GetBucketVersioning", OP_COS, "GET", OP_ON_BUCKET, "versioning", NULL,
     "name/cos:GetBucketVersioning", NULL, OP_RES_BUCKET, OP_BODY_NONE, NULL, WIRE_SECOND},
    {"PutBucketVersioning", OP_COS, "PUT", OP_ON_BUCKET, "versioning", NULL,
     "name/cos:PutBucketVersioning", NULL, OP_RES_BUCKET, OP_BODY_SMALL, NULL, WIRE_SECOND},
    {"GetBucketReferer", OP_COS, "GET", OP_ON_BUCKET, "referer", NULL,
     "name/cos:GetBucketReferer", NULL, OP_RES_BUCKET, OP_BODY_NONE, NULL, WIRE_SECOND},
    {"PutBucketReferer", OP_COS, "PUT", OP_ON_BUCKET, "referer", NULL,
     "name/cos:PutBucketReferer", NULL, OP_RES_BUCKET, OP_BODY_SMALL, NULL, WIRE_SECOND},
    {"GetBucketAccelerate", OP_COS, "GET", OP_ON_BUCKET, "accelerate", NULL,
     "name/cos:GetBucketAccelerate", NULL, OP_RES_BUCKET, OP_BODY_NONE, NULL, WIRE_SECOND},
    {"PutBucketAccelerate", OP_COS, "PUT", OP_ON_BUCKET, "accelerate", NULL,
     "name/cos:PutBucketAccelerate", NULL, OP_RES_BUCKET, OP_BODY_SMALL, NULL, WIRE_SECOND},
    {"GetBucketDomain", OP_COS, "GET", OP_ON_BUCKET, "domain", NULL, "name/cos:GetBucketDomain",
     NULL, OP_RES_BUCKET, OP_BODY_NONE, NULL, WIRE_SECOND},
    {"PutBucketDomain", OP_COS, "PUT", OP_ON_BUCKET, "domain", NULL, "name/cos:PutBucketDomain",
     NULL, OP_RES_BUCKET, OP_BODY_SMALL, NULL, WIRE_SECOND},
    {"DeleteBucketDomain", OP_COS, "DELETE", OP_ON_BUCKET, "domain", NULL,
     "name/cos:DeleteBucketDomain", NULL, OP_RES_BUCKET, OP_BODY_NONE, NULL, WIRE_SECOND},
    {"GetBucketDomainCertificate", OP_COS, "GET", OP_ON_BUCKET, "domaincertificate", NULL,
     "name/cos:GetBucketDomainCertificate", NULL, OP_RES_BUCKET, OP_BODY_NONE, NULL,
     WIRE_SECOND},
    {"PutBucketDomainCertificate", OP_COS, "PUT", OP_ON_BUCKET, "domaincertificate", NULL,
     "name/cos:PutBucketDomainCertificate", NULL, OP_RES_BUCKET, OP_BODY_SMALL, NULL,
     WIRE_SECOND},
    {"DeleteBucketDomainCertificate", OP_COS, "DELETE", OP_ON_BUCKET, "domaincertificate", NULL,
     "name/cos:DeleteBucketDomainCertificate", NULL, OP_RES_BUCKET, OP_BODY_NONE, NULL,
     WIRE_SECOND},
    {"GetBucketOrigin", OP_COS, "GET", OP_ON_BUCKET, "origin", NULL, "name/cos:GetBucketOrigin",
     NULL, OP_RES_BUCKET, OP_BODY_NONE, NULL, WIRE_SECOND},
    {"PutBucketOrigin", OP_COS, "PUT", OP_ON_BUCKET, "origin", NULL, "name/cos:PutBucketOrigin",
     NULL, OP_RES_BUCKET, OP_BODY_SMALL, NULL, WIRE_SECOND},
    {"DeleteBucketOrigin", OP_COS, "DELETE", OP_ON_BUCKET, "origin", NULL,
     "name/cos:DeleteBucketOrigin", NULL, OP_RES_BUCKET, OP_BODY_NONE, NULL, WIRE_SECOND},
    {"GetBucketIntelligentTiering", OP_COS, "GET", OP_ON_BUCKET, "intelligenttiering", NULL,
     "name/cos:GetBucketIntelligentTiering", NULL, OP_RES_BUCKET, OP_BODY_NONE, NULL,
     WIRE_SECOND},
    {"PutBucketIntelligentTiering", OP_COS, "PUT", OP_ON_BUCKET, "intelligenttiering", NULL,
     "name/cos:PutBucketIntelligentTiering", NULL, OP_RES_BUCKET, OP_BODY_SMALL, NULL,
     WIRE_SECOND},
    {"GetBucketObjectLockConfiguration", OP_COS, "GET", OP_ON_BUCKET, "object-lock", NULL,
     "name/cos:GetBucketObjectLockConfiguration", NULL, OP_RES_BUCKET, OP_BODY_NONE, NULL,
     WIRE_SECOND},
    {"PutBucketObjectLockConfiguration", OP_COS, "PUT", OP_ON_BUCKET, "object-lock", NULL,
     "name/cos:PutBucketObjectLockConfiguration", NULL, OP_RES_BUCKET, OP_BODY_SMALL, NULL,
     WIRE_SECOND},
    {"GetBucketStrictSignature", OP_COS, "GET", OP_ON_BUCKET, "strict-signature", NULL,
     "name/cos:GetBucketStrictSignature", NULL, OP_RES_BUCKET, OP_BODY_NONE, NULL, WIRE_SECOND},
    {"PutBucketStrictSignature", OP_COS, "PUT", OP_ON_BUCKET, "strict-signature", NULL,
     "name/cos:PutBucketStrictSignature", NULL, OP_RES_BUCKET, OP_BODY_SMALL, NULL,
     WIRE_SECOND},
    {"DeleteBucketStrictSignature", OP_COS, "DELETE", OP_ON_BUCKET, "strict-signature", NULL,
     "name/cos:DeleteBucketStrictSignature", NULL, OP_RES_BUCKET, OP_BODY_NONE, NULL,
     WIRE_SECOND},
    LATER_B("GetBucketIntelligentTieringConfiguration", "GET", "intelligent-tiering", CORE),
    LATER_B("PutBucketIntelligentTieringConfiguration", "PUT", "intelligent-tiering", CORE),
    LATER_B("DeleteBucketIntelligentTieringConfiguration", "DELETE", "intelligent-tiering",
            CORE),
    LATER_B("GetBucketNotification", "GET", "notification", CORE),
    LATER_B("PutBucketNotification", "PUT", "notification", CORE),
    LATER_B("ListLiveChannels", "GET", "live", CORE),
    LATER_B("ListDecompressionJobs", "GET", "decompression", CORE),
    LATER_B("GetBucketStyle", "GET", "style", PROCESSING),
    LATER_B("PutBucketStyle", "PUT", "style", PROCESSING),
    LATER_B("DeleteBucketStyle", "DELETE", "style", PROCESSING),
    LATER_B("GetBucketGuetzli", "GET", "guetzli", PROCESSING),
    LATER_B("PutBucketGuetzli", "PUT", "guetzli", PROCESSING),
    LATER_B("DeleteBucketGuetzli", "DELETE", "guetzli", PROCESSING),
    LATER_B("GetBucketImageSlim", "GET", "image-slim", PROCESSING),
    LATER_B("PutBucketImageSlim", "PUT", "image-slim", PROCESSING),
    LATER_B("DeleteBucketImageSlim", "DELETE", "image-slim", PROCESSING),
    LATER_B("GetBucketHdrImageProcessing", "GET", "hdr-image-processing", PROCESSING),
    LATER_B("PutBucketHdrImageProcessing", "PUT", "hdr-image-processing", PROCESSING),
    LATER_B("DeleteBucketHdrImageProcessing", "DELETE", "hdr-image-processing", PROCESSING),
    LATER_B("GetBucketOriginProtect", "GET", "origin-protect", PROCESSING),
    LATER_B("PutBucketOriginProtect", "PUT", "origin-protect", PROCESSING),
    LATER_B("DeleteBucketOriginProtect", "DELETE", "origin-protect", PROCESSING),
    LATER_B("GetBucketHotlink", "GET", "hotlink", PROCESSING),
    LATER_B("PutBucketHotlink", "PUT", "hotlink", PROCESSING),
    LATER_B("UnbindBucketProcessing", "PUT", "unbind", PROCESSING),
    LATER_B("GetBucketProcess", "GET", "ci-process", PROCESSING),
    LATER_B("PostBucketProcess", "POST", "ci-process", PROCESSING),
    /* a bucket itself */
    {"PutBucket", OP_COS, "PUT", OP_ON_BUCKET, NULL, NULL, "name/cos:PutBucket", NULL,
     OP_RES_BUCKET, OP_BODY_SMALL, op_put_bucket, WIRE_SECOND},
    {"HeadBucket", OP_COS, "HEAD", OP_ON_BUCKET, NULL, NULL, "name/cos:HeadBucket", NULL,
     OP_RES_BUCKET, OP_BODY_NONE, op_head_bucket, WIRE_FIRST},
    {"DeleteBucket", OP_COS, "DELETE", OP_ON_BUCKET, NULL, NULL, "name/cos:DeleteBucket", NULL,
     OP_RES_BUCKET, OP_BODY_NONE, op_delete_bucket, WIRE_SECOND},
    {"GetBucket", OP_COS, "GET", OP_ON_BUCKET, NULL, NULL, "name/cos:GetBucket", NULL,
     OP_RES_PREFIX, OP_BODY_NONE, op_get_bucket, WIRE_FIRST},
    {"PostObject", OP_COS, "POST", OP_ON_BUCKET, NULL, NULL, "name/cos:PostObject", NULL,
     OP_RES_BUCKET, OP_BODY_NONE, NULL, WIRE_SECOND},
    {"OptionsBucket", OP_COS, "OPTIONS", OP_ON_BUCKET, NULL, NULL, "name/cos:OptionsObject",
     NULL, OP_RES_BUCKET, OP_BODY_NONE, NULL, WIRE_SECOND},
    /* an object: sub-resources */
    {"InitiateMultipartUpload", OP_COS, "POST", OP_ON_OBJECT, "uploads", NULL,
     "name/cos:InitiateMultipartUpload", NULL, OP_RES_OBJECT, OP_BODY_NONE,
     op_initiate_multipart_upload, WIRE_FIRST},
    {"UploadPartCopyOfS3", OP_COS, "PUT", OP_ON_OBJECT, "uploadId", "x-amz-copy-source",
     "name/cos:PutObject", NULL, OP_RES_OBJECT, OP_BODY_NONE, NULL, S3},
    {"UploadPartCopy", OP_COS, "PUT", OP_ON_OBJECT, "uploadId", "x-cos-copy-source",
     "name/cos:PutObject", "name/cos:UploadPartCopy", OP_RES_COPY, OP_BODY_NONE,
     op_upload_part_copy, WIRE_FIRST},
    {"UploadPart", OP_COS, "PUT", OP_ON_OBJECT, "uploadId", NULL, "name/cos:UploadPart", NULL,
     OP_RES_OBJECT, OP_BODY_OBJECT, op_upload_part, WIRE_FIRST},
    {"ListParts", OP_COS, "GET", OP_ON_OBJECT, "uploadId", NULL, "name/cos:ListParts", NULL,
     OP_RES_OBJECT, OP_BODY_NONE, op_list_parts, WIRE_FIRST},
    {"CompleteMultipartUpload", OP_COS, "POST", OP_ON_OBJECT, "uploadId", NULL,
     "name/cos:CompleteMultipartUpload", NULL, OP_RES_OBJECT, OP_BODY_SMALL,
     op_complete_multipart_upload, WIRE_FIRST},
    {"AbortMultipartUpload", OP_COS, "DELETE", OP_ON_OBJECT, "uploadId", NULL,
     "name/cos:AbortMultipartUpload", NULL, OP_RES_OBJECT, OP_BODY_NONE,
     op_abort_multipart_upload, WIRE_FIRST},
    {"AppendObject", OP_COS, "POST", OP_ON_OBJECT, "append", NULL, "name/cos:AppendObject",
     NULL, OP_RES_OBJECT, OP_BODY_NONE, NULL, WIRE_SECOND},
    {"PostObjectRestore", OP_COS, "POST", OP_ON_OBJECT, "restore", NULL,
     "name/cos:PostObjectRestore", "name/cos:RestoreObject", OP_RES_OBJECT, OP_BODY_SMALL, NULL,
     WIRE_SECOND},
    {"SelectObjectContent", OP_COS, "POST", OP_ON_OBJECT, "select", NULL, "name/cos:GetObject",
     NULL, OP_RES_OBJECT, OP_BODY_SMALL, NULL, WIRE_SECOND},
    {"PutObjectACL", OP_COS, "PUT", OP_ON_OBJECT, "acl", NULL, "name/cos:PutObjectACL", NULL,
     OP_RES_OBJECT, OP_BODY_SMALL, NULL, WIRE_SECOND},
    {"GetObjectACL", OP_COS, "GET", OP_ON_OBJECT, "acl", NULL, "name/cos:GetObjectACL", NULL,
     OP_RES_OBJECT, OP_BODY_NONE, NULL, WIRE_SECOND},
    {"PutObjectTagging", OP_COS, "PUT", OP_ON_OBJECT, "tagging", NULL,
     "name/cos:PutObjectTagging", NULL, OP_RES_OBJECT, OP_BODY_SMALL, NULL, WIRE_SECOND},
    {"GetObjectTagging", OP_COS, "GET", OP_ON_OBJECT, "tagging", NULL,
     "name/cos:GetObjectTagging", NULL, OP_RES_OBJECT, OP_BODY_NONE, NULL, WIRE_SECOND},
    {"DeleteObjectTagging", OP_COS, "DELETE", OP_ON_OBJECT, "tagging", NULL,
     "name/cos:DeleteObjectTagging", NULL, OP_RES_OBJECT, OP_BODY_NONE, NULL, WIRE_SECOND},
    {"PutObjectRetention", OP_COS, "PUT", OP_ON_OBJECT, "retention", NULL,
     "name/cos:PutObjectRetention", NULL, OP_RES_OBJECT, OP_BODY_SMALL, NULL, WIRE_SECOND},
    {"GetObjectRetention", OP_COS, "GET", OP_ON_OBJECT, "retention", NULL,
     "name/cos:GetObjectRetention", NULL, OP_RES_OBJECT, OP_BODY_NONE, NULL, WIRE_SECOND},
    {"PutSymlink", OP_COS, "PUT", OP_ON_OBJECT, "symlink", NULL, "name/cos:PutObject", NULL,
     OP_RES_OBJECT, OP_BODY_NONE, NULL, WIRE_SECOND},
    {"GetSymlink", OP_COS, "GET", OP_ON_OBJECT, "symlink", NULL, "name/cos:GetObject", NULL,
     OP_RES_OBJECT, OP_BODY_NONE, NULL, WIRE_SECOND},
    {"RenameObject", OP_COS, "PUT", OP_ON_OBJECT, "rename", NULL, "name/cos:PutObject", NULL,
     OP_RES_OBJECT, OP_BODY_NONE, NULL, WIRE_SECOND},
    {"GetObjectProcess", OP_COS, "GET", OP_ON_OBJECT, "ci-process", NULL, "name/cos:GetObject",
     NULL, OP_RES_OBJECT, OP_BODY_NONE, NULL, CI},
    {"PutObjectProcess", OP_COS, "PUT", OP_ON_OBJECT, "ci-process", NULL, "name/cos:PutObject",
     NULL, OP_RES_OBJECT, OP_BODY_NONE, NULL, CI},
    {"PostObjectProcess", OP_COS, "POST", OP_ON_OBJECT, "ci-process", NULL,
     "name/cos:PutObject", NULL, OP_RES_OBJECT, OP_BODY_NONE, NULL, CI},
    LATER_O("PutLiveChannel", "PUT", "live", CORE),
    LATER_O("GetLiveChannel", "GET", "live", CORE),
    LATER_O("DeleteLiveChannel", "DELETE", "live", CORE),
    LATER_O("GetVodPlaylist", "GET", "vod", CORE),
    LATER_O("PostVodPlaylist", "POST", "vod", CORE),
    LATER_O("GetObjectDecompression", "GET", "decompression", CORE),
    LATER_O("PostObjectDecompression", "POST", "decompression", CORE),
    LATER_O("PreflightObject", "HEAD", "preflight", CORE),
    LATER_O("DeleteObjectRecursive", "DELETE", "recursive", CORE),
    LATER_O("PostObjectImageProcess", "POST", "image_process", PROCESSING),
    LATER_O("RefreshObjectProcessing", "POST", "TDCRefresh", PROCESSING),
    LATER_O("GetObjectImageMogr2", "GET", "imageMogr2/...", PROCESSING),
    LATER_O("GetObjectImageView2", "GET", "imageView2/...", PROCESSING),
    LATER_O("GetObjectWatermark", "GET", "watermark/...", PROCESSING),
    LATER_O("GetObjectImageInfo", "GET", "imageInfo", PROCESSING),
    LATER_O("GetObjectImageAve", "GET", "imageAve", PROCESSING),
    LATER_O("GetObjectImageInspect", "GET", "imageInspect", PROCESSING),
    LATER_O("GetObjectExif", "GET", "exif", PROCESSING),
    /* an object itself */
    {"PutObjectCopyOfS3", OP_COS, "PUT", OP_ON_OBJECT, NULL, "x-amz-copy-source",
     "name/cos:PutObject", NULL, OP_RES_OBJECT, OP_BODY_NONE, NULL, S3},
    {"PutObjectCopy", OP_COS, "PUT", OP_ON_OBJECT, NULL, "x-cos-copy-source",
     "name/cos:PutObject", "name/cos:PutObjectCopy", OP_RES_COPY, OP_BODY_NONE,
     op_put_object_copy, WIRE_FIRST},
    {"PutObject", OP_COS, "PUT", OP_ON_OBJECT, NULL, NULL, "name/cos:PutObject", NULL,
     OP_RES_OBJECT, OP_BODY_OBJECT, op_put_object, WIRE_FIRST},
    {"GetObject", OP_COS, "GET", OP_ON_OBJECT, NULL, NULL, "name/cos:GetObject", NULL,
     OP_RES_OBJECT, OP_BODY_NONE, op_get_object, WIRE_FIRST},
    {"HeadObject", OP_COS, "HEAD", OP_ON_OBJECT, NULL, NULL, "name/cos:HeadObject", NULL,
     OP_RES_OBJECT, OP_BODY_NONE, op_head_object, WIRE_FIRST},
    {"DeleteObject", OP_COS, "DELETE", OP_ON_OBJECT, NULL, NULL, "name/cos:DeleteObject", NULL,
     OP_RES_OBJECT, OP_BODY_NONE, op_delete_object, WIRE_FIRST},
    {"OptionsObject", OP_COS, "OPTIONS", OP_ON_OBJECT, NULL, NULL, "name/cos:OptionsObject",
     NULL, OP_RES_OBJECT, OP_BODY_NONE, NULL, WIRE_SECOND},
    /* STS: found by the Action, not by the path */
    {"GetFederationToken", OP_STS, "POST", OP_ON_SERVICE, NULL, NULL,
     "name/sts:GetFederationToken", NULL, OP_RES_STAR, OP_BODY_SMALL, op_get_federation_token,
     STS_DOC, PLAN_BY_FIELDS},
    {"GetCallerIdentity", OP_STS, "POST", OP_ON_SERVICE, NULL, NULL, NULL, NULL, OP_RES_NONE,
     OP_BODY_SMALL, op_get_caller_identity, STS_DOC, PLAN_BY_FIELDS},
    {"AssumeRole", OP_STS, "POST", OP_ON_SERVICE, NULL, NULL, "name/sts:AssumeRole", NULL,
     OP_RES_STAR, OP_BODY_SMALL, NULL, STS_DOC, PLAN_BY_FIELDS},
    {"AssumeRoleWithSAML", OP_STS, "POST", OP_ON_SERVICE, NULL, NULL, NULL, NULL, OP_RES_NONE,
     OP_BODY_SMALL, NULL, STS_DOC, PLAN_BY_FIELDS},
    {"AssumeRoleWithWebIdentity", OP_STS, "POST", OP_ON_SERVICE, NULL, NULL, NULL, NULL,
     OP_RES_NONE, OP_BODY_SMALL, NULL, STS_DOC, PLAN_BY_FIELDS},
    {"GetSessionToken", OP_STS, "POST", OP_ON_SERVICE, NULL, NULL, "name/sts:GetSessionToken",
     NULL, OP_RES_STAR, OP_BODY_SMALL, NULL, STS_DOC, PLAN_BY_FIELDS},
    {"QueryApiKey", OP_STS, "POST", OP_ON_SERVICE, NULL, NULL, "name/sts:QueryApiKey", NULL,
     OP_RES_STAR, OP_BODY_SMALL, NULL, STS_DOC, PLAN_BY_FIELDS},
    {NULL, OP_COS, NULL, OP_ON_SERVICE, NULL, NULL, NULL, NULL, OP_RES_NONE, OP_BODY_NONE, NULL,
     NULL},
};

const struct op_row *ops_rows(void)
{
    return rows;
}

static bool is_method(const struct cosmock_exchange *x, const char *method)
{
    return cos_span_eq_str(x->parts.method, method);
}

/* A row without a sub-resource is for requests without one, and for no other. */
static bool is_sub_resource(const char *query, const char *sent)
{
    return query == NULL || sent == NULL ? query == sent : strcmp(query, sent) == 0;
}

static bool fits(const struct op_row *row, const struct cosmock_exchange *x,
                 const char *sub_resource)
{
    return row->service == OP_COS && row->target == x->route.target &&
           is_sub_resource(row->query, sub_resource) && is_method(x, row->method) &&
           (row->header == NULL || header_get(x, row->header).ptr != NULL);
}

/*
 * A name that nobody knows, on a request that writes: without a value it looks like a sub-resource, and in another case like one that exists. A parameter
 * with a value is let pass: clients sign parameters of their own (cos-operations-2.md s.17).
 */
static bool may_select(const struct param *p)
{
    const struct known_name *meant = name_of_query_any_case(p->name);

    return p->value.len == 0 || (meant != NULL && meant->kind == NAME_SELECTS);
}

/* Did @p's name stand before it with another value? */
static bool contradicts(const struct param *first, const struct param *p)
{
    for (; first < p; first++) {
        if (cos_span_eq(first->name, p->name)) {
            return !cos_span_eq(first->value, p->value);
        }
    }
    return false;
}

static void judge_param(struct op_choice *c, const struct param *first, const struct param *p,
                        bool is_write)
{
    const struct known_name *known = name_of_query(p->name);

    if (known != NULL && known->kind != NAME_IDLE && contradicts(first, p)) {
        c->twice = known->name;
    }

    if (known == NULL) {
        if (is_write && c->unknown.len == 0 && p->name.len > 0 && may_select(p)) {
            c->unknown = p->name;
        }
    } else if (known->kind == NAME_SELECTS) {
        if (c->sub_resource == NULL) {
            c->sub_resource = known->name;
        } else if (c->second == NULL && known->name != c->sub_resource) {
            c->second = known->name;
        }
    }
}

struct op_choice ops_find_cos(const struct cosmock_exchange *x)
{
    struct op_choice c = {.unknown = COS_SPAN_EMPTY};
    bool is_write = !is_method(x, "GET") && !is_method(x, "HEAD");

    for (size_t i = 0; !is_method(x, "OPTIONS") && i < x->parts.n_params; i++) {
        judge_param(&c, x->parts.params, &x->parts.params[i], is_write);
    }
    for (const struct op_row *row = rows;
         c.second == NULL && c.twice == NULL && row->name != NULL; row++) {
        if (fits(row, x, c.sub_resource)) {
            c.op = row;
            break;
        }
    }
    return c;
}

const struct op_row *ops_find_sts(struct cos_span action)
{
    for (const struct op_row *row = rows; row->name != NULL; row++) {
        if (row->service == OP_STS && cos_span_eq_str(action, row->name)) {
            return row;
        }
    }
    return NULL;
}

const struct op_row *ops_named(const char *name)
{
    for (const struct op_row *row = rows; row->name != NULL; row++) {
        if (strcmp(row->name, name) == 0) {
            return row;
        }
    }
    return NULL;
}

const char *ops_name_complaint(const char *name, char *out, size_t size)
{
    const char *names[COS_ARRAY_LEN(rows)];
    size_t n = 0;

    for (const struct op_row *row = rows; row->name != NULL; row++) {
        names[n++] = row->name;
    }
    const char *nearest = cos_nearest(cos_span_of(name), names, n);
    (void)snprintf(out, size, "no operation is called '%.60s'%s%s%s; 'cosmock ops' lists them",
                   name, strpbrk(name, "*?") == NULL ? "" : " (a name, not a pattern)",
                   nearest == NULL ? "" : "; the nearest is ", nearest == NULL ? "" : nearest);
    return out;
}

static void print_request(struct cos_buf *out, const struct op_row *row)
{
    if (row->service == OP_STS) {
        cos_buf_printf(out, "Action=%s", row->name);
        return;
    }
    static const char *const paths[] = {"/ (service)", "/", "/key"};
    cos_buf_printf(out, "%s %s", row->method, paths[row->target]);
    if (row->query != NULL) {
        cos_buf_printf(out, "?%s", row->query);
    }
    if (row->header != NULL) {
        cos_buf_printf(out, " + %s", row->header);
    }
}

static void print_right(struct cos_buf *out, const struct op_row *row)
{
    static const char *const resources[] = {"",        "`*`",
                                            "bucket",  "bucket/prefix",
                                            "object",  "source and object",
                                            "each key"};
    if (row->action == NULL) {
        cos_buf_str(out, "none");
        return;
    }
    cos_buf_str(out, row->action);
    if (row->action_or != NULL) {
        cos_buf_printf(out, " or %s", row->action_or);
    }
    cos_buf_printf(out, " on %s", resources[row->resource]);
    if (row->resource == OP_RES_COPY) {
        cos_buf_str(out, ", name/cos:GetObject on the source");
    } else if (row->resource == OP_RES_PER_KEY) {
        cos_buf_str(out, "; anonymous also name/cos:DeleteMultipleObjects on bucket");
    }
}

static const char *state_of(const struct op_row *row)
{
    return row->execute == NULL ? "not built" : "built";
}

void ops_print(struct cos_buf *out)
{
    cos_buf_str(out,
                "# Operations\n\n"
                "Printed from the table in mockserver/src/services/ops.c; a test compares "
                "this page with the table.\nWhat is recognised but not built answers "
                "NotImplemented (switch `not-built-status`; STS: UnsupportedOperation) and "
                "names itself; what fits no row\nanswers 405 MethodNotAllowed (STS: "
                "InvalidAction). A write with a value-less parameter that no table has is "
                "refused\n(switch `unknown-sub-resource`).\n\n"
                "| operation | request | right | state | source |\n"
                "|---|---|---|---|---|\n");
    for (const struct op_row *row = rows; row->name != NULL; row++) {
        cos_buf_printf(out, "| %s | ", row->name);
        print_request(out, row);
        cos_buf_str(out, " | ");
        print_right(out, row);
        cos_buf_printf(out, " | %s | %s |\n", state_of(row), row->citation);
    }
}

static void member(struct cos_jw *w, const char *name, const char *value)
{
    if (value != NULL) {
        cos_jw_str(w, name, value);
    }
}

static void print_json_row(struct cos_jw *w, const struct op_row *row)
{
    static const char *const targets[] = {"service", "bucket", "object"};

    cos_jw_object(w, NULL);
    cos_jw_str(w, "operation", row->name);
    cos_jw_str(w, "service", row->service == OP_STS ? "sts" : "cos");
    cos_jw_str(w, "method", row->method);
    cos_jw_str(w, "target", targets[row->target]);
    member(w, "query", row->query);
    member(w, "header", row->header);
    member(w, "right", row->action);
    member(w, "or_right", row->action_or);
    cos_jw_bool(w, "built", row->execute != NULL);
    cos_jw_str(w, "source", row->citation);
    cos_jw_end(w);
}

void ops_print_json(struct cos_buf *out)
{
    struct cos_jw w;

    cos_jw_init(&w, out);
    cos_jw_array(&w, NULL);
    for (const struct op_row *row = rows; row->name != NULL; row++) {
        print_json_row(&w, row);
    }
    cos_jw_end(&w);
    cos_buf_ch(out, '\n');
}
