/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of operations. Rights: sts-cam.md s.3.5. A row without a handler is known and
 * not built: it names itself, so that a client learns what it asked for. A sub-resource
 * that exists, asked with a method or at a place it does not have, fits no row (405):
 * DELETE /?location must never become DeleteBucket, and PUT /key?cors never PutObject.
 */
#include "services/ops.h"

#include "cosbase/json.h"
#include "cosbase/nearest.h"
#include "exchange/exchange.h"
#include "services/documents.h"
#include "services/handlers.h"
#include "services/names.h"
#include "services/service_rows.h"

#define WIRE_FIRST "cos-wire.md s.2.1; sts-cam.md s.3.5"
#define WIRE_SECOND "cos-wire.md s.2.2; sts-cam.md s.3.5"
#define ACL "cos-operations-1.md s.3; sts-cam.md s.3.5"
#define VERSIONS "cos-operations-1.md s.2; sts-cam.md s.3.5"
#define CI "[assumed] data processing parameter, docs/DEVIATIONS.md"
#define STS_DOC "sts-cam.md s.2"
#define CAM_DOC "cam-conditions.md s.7; py cam models.py"
#define CORE "cos-operations-2.md s.1.1; right [assumed]"
#define SYMLINK "cos-operations-2.md s.5"
#define TAGGING "cos-operations-1.md s.5.2"
#define APPEND "cos-operations-2.md s.4; sts-cam.md s.3.5"
#define FORM "cos-operations-2.md s.3; sts-cam.md s.3.5"
#define PREFLIGHT "cos-operations-2.md s.2.3"
#define S3 "cos-s3.md: the S3 spelling of a copy; without a row it would store an empty object"
#define S3_ALONE "cos-s3.md s.4.5: no page of COS names it"
#define PROCESSING "cos-operations-2.md s.1.2; right [assumed]"

#define ASKED(op, verb, place, sub) \
    .name = (op), .method = (verb), .target = (place), .query = (sub)
#define HEED(theme) HEEDS(THEME_##theme)
/* What an object is described by, whoever makes it (stored.c). */
#define DESCRIBES                                                                         \
    (HEED(ACL) | HEED(CLASS) | HEED(DESCRIPTION) | HEED(ENCRYPTION) | HEED(GRANT_WRITE) | \
     HEED(LOCK) | HEED(META) | HEED(TAGGING))
/* What comes with the bytes of one. */
#define CARRIES (HEED(CUSTOMER_KEY) | HEED(SHA1) | HEED(TRAFFIC_LIMIT))
#define LISTS (HEED(ENCODING) | HEED(PREFIX))
/* Of S3 and not of COS: found in that dialect alone, and CAM has no right to it. */
#define S3_BUCKET(op, verb, sub) \
    ASKED(op, verb, OP_ON_BUCKET, sub), .service = OP_S3, .citation = S3_ALONE
#define S3_OBJECT(op, verb, sub) \
    ASKED(op, verb, OP_ON_OBJECT, sub), .service = OP_S3, .citation = S3_ALONE
#define S3_SETTING(noun, sub)                   \
    {S3_BUCKET("GetBucket" noun, "GET", sub)},  \
    {                                           \
        S3_BUCKET("PutBucket" noun, "PUT", sub) \
    }
#define S3_DOCUMENT(noun, sub)                        \
    S3_SETTING(noun, sub),                            \
    {                                                 \
        S3_BUCKET("DeleteBucket" noun, "DELETE", sub) \
    }
/* With the right that bears its name, on the bucket or on the object. */
#define BUCKET(op, verb, sub) \
    ASKED(op, verb, OP_ON_BUCKET, sub), .action = "name/cos:" op, .resource = OP_RES_BUCKET
#define OBJECT(op, verb, sub) \
    ASKED(op, verb, OP_ON_OBJECT, sub), .action = "name/cos:" op, .resource = OP_RES_OBJECT
/* The cloud API: found by the Action, not by the path. */
#define STS(op)                                                                       \
    ASKED(op, "POST", OP_ON_SERVICE, NULL), .service = OP_STS, .body = OP_BODY_SMALL, \
                                            .plan = PLAN_BY_FIELDS, .citation = STS_DOC

#define CAM_API(op)                                                                         \
    ASKED(op, "POST", OP_ON_SERVICE, NULL), .service = OP_CAM, .body = OP_BODY_SMALL,       \
                                            .plan = PLAN_BY_FIELDS, .is_long = cam_is_long, \
                                            .citation = CAM_DOC
#define CAM(op) CAM_API(op), .action = "name/cam:" op, .resource = OP_RES_IDENTITY

/* A setting of a bucket: GET and PUT; a document has DELETE besides. The body
 * of an unread one is drained: nobody will look at it. */
#define SETTING_READ(noun, sub, source, kept)                                      \
    {BUCKET("GetBucket" noun, "GET", sub), .citation = (source)},                  \
    {                                                                              \
        BUCKET("PutBucket" noun, "PUT", sub), .body = (kept), .citation = (source) \
    }
#define DOCUMENT_READ(noun, sub, source, kept)                           \
    SETTING_READ(noun, sub, source, kept),                               \
    {                                                                    \
        BUCKET("DeleteBucket" noun, "DELETE", sub), .citation = (source) \
    }
#define SETTING_UNREAD(noun, sub, source) SETTING_READ(noun, sub, source, OP_BODY_NONE)
#define DOCUMENT_UNREAD(noun, sub, source) DOCUMENT_READ(noun, sub, source, OP_BODY_NONE)
/* One that is served (documents.c). */
#define BUILT_SETTING(noun, sub, source, its)                                                  \
    {BUCKET("GetBucket" noun, "GET", sub), .document = &(its), .execute = op_get_document,     \
     .citation = (source)},                                                                    \
    {                                                                                          \
        BUCKET("PutBucket" noun, "PUT", sub), .body = OP_BODY_SMALL, .document = &(its),       \
                                              .execute = op_put_document, .citation = (source) \
    }
#define BUILT_DOCUMENT(noun, sub, source, its)                                      \
    BUILT_SETTING(noun, sub, source, its),                                          \
    {                                                                               \
        BUCKET("DeleteBucket" noun, "DELETE", sub),                                 \
            .document = &(its), .execute = op_delete_document, .citation = (source) \
    }

static const struct op_row rows[] = {
    /* the service */
    {ASKED("GetService", "GET", OP_ON_SERVICE, NULL), .action = "name/cos:GetService",
     .resource = OP_RES_STAR, .execute = op_get_service,
     .heeds = HEED(MARKER) | HEED(MAX_KEYS) | HEED(SERVICE), .citation = WIRE_SECOND},
    /* a bucket: sub-resources */
    {ASKED("ListMultipartUploads", "GET", OP_ON_BUCKET, "uploads"),
     .action = "name/cos:ListMultipartUploads", .resource = OP_RES_PREFIX, .is_transfer = true,
     .execute = op_list_multipart_uploads,
     .heeds = LISTS | HEED(KEY_MARKER) | HEED(UPLOADS_PAGE), .citation = WIRE_FIRST},
    {ASKED("DeleteMultipleObjects", "POST", OP_ON_BUCKET, "delete"),
     .action = "name/cos:DeleteObject", .resource = OP_RES_PER_KEY, .body = OP_BODY_SMALL,
     .execute = op_delete_multiple_objects, .citation = WIRE_FIRST},
    {BUCKET("GetBucketLocation", "GET", "location"), .execute = op_get_bucket_location,
     .citation = WIRE_SECOND},
    {ASKED("GetBucketObjectVersions", "GET", OP_ON_BUCKET, "versions"),
     .action = "name/cos:GetBucketObjectVersions", .resource = OP_RES_PREFIX,
     .execute = op_get_bucket_object_versions,
     .heeds = LISTS | HEED(KEY_MARKER) | HEED(MAX_KEYS) | HEED(VERSION_MARKER),
     .citation = VERSIONS},
    {BUCKET("GetBucketACL", "GET", "acl"), .execute = op_get_bucket_acl, .citation = ACL},
    {BUCKET("PutBucketACL", "PUT", "acl"), .body = OP_BODY_SMALL, .execute = op_put_bucket_acl,
     .heeds = HEED(ACL) | HEED(GRANT_WRITE), .citation = ACL},
    BUILT_DOCUMENT("CORS", "cors", WIRE_SECOND, document_cors),
    BUILT_DOCUMENT("Lifecycle", "lifecycle", WIRE_SECOND, document_lifecycle),
    {BUCKET("GetBucketPolicy", "GET", "policy"), .execute = op_get_bucket_policy,
     .citation = WIRE_SECOND},
    {BUCKET("PutBucketPolicy", "PUT", "policy"), .body = OP_BODY_SMALL,
     .execute = op_put_bucket_policy, .citation = WIRE_SECOND},
    {BUCKET("DeleteBucketPolicy", "DELETE", "policy"), .execute = op_delete_bucket_policy,
     .citation = WIRE_SECOND},
    BUILT_DOCUMENT("Tagging", "tagging", WIRE_SECOND, document_tagging),
    BUILT_DOCUMENT("Website", "website", WIRE_SECOND, document_website),
    BUILT_DOCUMENT("Replication", "replication", WIRE_SECOND, document_replication),
    BUILT_DOCUMENT("Encryption", "encryption", WIRE_SECOND, document_encryption),
    {BUCKET("GetBucketInventory", "GET", "inventory"),
     .action_of_list = "name/cos:ListBucketInventory", .execute = op_get_bucket_inventory,
     .heeds = HEED(CONTINUATION) | HEED(ID) | HEED(PAGE_TOKEN), .citation = WIRE_SECOND},
    {BUCKET("PutBucketInventory", "PUT", "inventory"), .body = OP_BODY_SMALL,
     .execute = op_put_bucket_inventory, .heeds = HEED(ID), .citation = WIRE_SECOND},
    {BUCKET("PostBucketInventory", "POST", "inventory"), .body = OP_BODY_SMALL,
     .execute = op_post_bucket_inventory, .heeds = HEED(ID), .citation = WIRE_SECOND},
    {BUCKET("DeleteBucketInventory", "DELETE", "inventory"),
     .execute = op_delete_bucket_inventory, .heeds = HEED(ID), .citation = WIRE_SECOND},
    BUILT_SETTING("Logging", "logging", WIRE_SECOND, document_logging),
    {BUCKET("GetBucketVersioning", "GET", "versioning"), .execute = op_get_bucket_versioning,
     .citation = VERSIONS},
    {BUCKET("PutBucketVersioning", "PUT", "versioning"), .body = OP_BODY_SMALL,
     .execute = op_put_bucket_versioning, .citation = VERSIONS},
    BUILT_SETTING("Referer", "referer", WIRE_SECOND, document_referer),
    BUILT_SETTING("Accelerate", "accelerate", WIRE_SECOND, document_accelerate),
    BUILT_DOCUMENT("Domain", "domain", WIRE_SECOND, document_domain),
    {BUCKET("GetBucketDomainCertificate", "GET", "domaincertificate"),
     .execute = op_get_domain_certificate, .heeds = HEED(DOMAIN_NAME), .citation = WIRE_SECOND},
    {BUCKET("PutBucketDomainCertificate", "PUT", "domaincertificate"), .body = OP_BODY_SMALL,
     .execute = op_put_domain_certificate, .citation = WIRE_SECOND},
    {BUCKET("DeleteBucketDomainCertificate", "DELETE", "domaincertificate"),
     .execute = op_delete_domain_certificate, .heeds = HEED(DOMAIN_NAME),
     .citation = WIRE_SECOND},
    BUILT_DOCUMENT("Origin", "origin", WIRE_SECOND, document_origin),
    BUILT_SETTING("IntelligentTiering", "intelligenttiering", WIRE_SECOND,
                  document_intelligent_tiering),
    BUILT_SETTING("ObjectLockConfiguration", "object-lock", WIRE_SECOND, document_object_lock),
    BUILT_DOCUMENT("StrictSignature", "strict-signature", WIRE_SECOND,
                   document_strict_signature),
    {BUCKET("GetBucketIntelligentTieringConfiguration", "GET", "intelligent-tiering"),
     .execute = op_get_tiering_rule, .heeds = HEED(ID), .citation = CORE},
    {BUCKET("PutBucketIntelligentTieringConfiguration", "PUT", "intelligent-tiering"),
     .body = OP_BODY_SMALL, .execute = op_put_tiering_rule, .heeds = HEED(ID),
     .citation = CORE},
    {BUCKET("DeleteBucketIntelligentTieringConfiguration", "DELETE", "intelligent-tiering"),
     .execute = op_delete_tiering_rule, .heeds = HEED(ID), .citation = CORE},
    SETTING_UNREAD("Notification", "notification", CORE),
    {BUCKET("ListLiveChannels", "GET", "live"), .citation = CORE},
    {BUCKET("ListDecompressionJobs", "GET", "decompression"), .citation = CORE},
    DOCUMENT_UNREAD("Style", "style", PROCESSING),
    DOCUMENT_UNREAD("Guetzli", "guetzli", PROCESSING),
    DOCUMENT_UNREAD("ImageSlim", "image-slim", PROCESSING),
    DOCUMENT_UNREAD("HdrImageProcessing", "hdr-image-processing", PROCESSING),
    DOCUMENT_UNREAD("OriginProtect", "origin-protect", PROCESSING),
    SETTING_UNREAD("Hotlink", "hotlink", PROCESSING),
    {BUCKET("UnbindBucketProcessing", "PUT", "unbind"), .citation = PROCESSING},
    {BUCKET("GetBucketProcess", "GET", "ci-process"), .citation = PROCESSING},
    {BUCKET("PostBucketProcess", "POST", "ci-process"), .citation = PROCESSING},
    S3_DOCUMENT("AnalyticsConfiguration", "analytics"),
    S3_DOCUMENT("MetricsConfiguration", "metrics"),
    S3_DOCUMENT("OwnershipControls", "ownershipControls"),
    S3_DOCUMENT("PublicAccessBlock", "publicAccessBlock"),
    S3_SETTING("RequestPayment", "requestPayment"),
    {S3_BUCKET("GetBucketPolicyStatus", "GET", "policyStatus")},
    {S3_BUCKET("CreateSession", "GET", "session")},
    /* a bucket itself */
    {BUCKET("PutBucket", "PUT", NULL), .body = OP_BODY_SMALL, .makes_bucket = true,
     .execute = op_put_bucket, .heeds = HEED(ACL) | HEED(GRANT_WRITE) | HEED(TAGGING),
     .citation = WIRE_SECOND},
    {BUCKET("HeadBucket", "HEAD", NULL), .execute = op_head_bucket, .citation = WIRE_FIRST},
    {BUCKET("DeleteBucket", "DELETE", NULL), .execute = op_delete_bucket,
     .citation = WIRE_SECOND},
    {ASKED("GetBucket", "GET", OP_ON_BUCKET, NULL), .action = "name/cos:GetBucket",
     .resource = OP_RES_PREFIX, .execute = op_get_bucket,
     .heeds = LISTS | HEED(LIST_TYPE) | HEED(MARKER) | HEED(MAX_KEYS) | HEED(PAGE_TOKEN),
     .citation = WIRE_FIRST},
    {ASKED("PostObject", "POST", OP_ON_BUCKET, NULL), .action = "name/cos:PostObject",
     .resource = OP_RES_OBJECT, .body = OP_BODY_FORM, .plan = PLAN_BY_FORM,
     .begins_upload = true, .is_transfer = true, .is_limited = true, .execute = op_post_object,
     .is_long = body_is_long, .heeds = CARRIES | DESCRIBES | HEED(FORBID_OVERWRITE),
     .citation = FORM},
    {ASKED("OptionsBucket", "OPTIONS", OP_ON_BUCKET, NULL), .is_unsigned = true,
     .is_transfer = true, .execute = op_options, .citation = PREFLIGHT},
    /* an object: sub-resources */
    {OBJECT("InitiateMultipartUpload", "POST", "uploads"), .begins_upload = true,
     .reads_object = true, .is_transfer = true, .execute = op_initiate_multipart_upload,
     .heeds = DESCRIBES | HEED(CUSTOMER_KEY) | HEED(FORBID_OVERWRITE), .citation = WIRE_FIRST},
    {ASKED("UploadPartCopyOfS3", "PUT", OP_ON_OBJECT, "uploadId"),
     .action = "name/cos:PutObject", .resource = OP_RES_OBJECT,
     .header = HEADER_COPY_SOURCE_OF_S3, .citation = S3},
    {ASKED("UploadPartCopy", "PUT", OP_ON_OBJECT, "uploadId"), .action = "name/cos:PutObject",
     .action_or = "name/cos:UploadPartCopy", .resource = OP_RES_COPY,
     .header = HEADER_COPY_SOURCE, .execute = op_upload_part_copy, .is_long = part_copy_is_long,
     .heeds = HEED(COPY) | HEED(CUSTOMER_KEY) | HEED(PART_NUMBER) | HEED(SOURCE_CONDITIONS) |
              HEED(SOURCE_KEY) | HEED(SOURCE_RANGE),
     .citation = WIRE_FIRST},
    {OBJECT("UploadPart", "PUT", "uploadId"), .body = OP_BODY_OBJECT, .is_transfer = true,
     .is_limited = true, .execute = op_upload_part, .is_long = body_is_long,
     .heeds = CARRIES | HEED(PART_NUMBER), .citation = WIRE_FIRST},
    {OBJECT("ListParts", "GET", "uploadId"), .is_transfer = true, .execute = op_list_parts,
     .heeds = HEED(ENCODING) | HEED(PARTS_PAGE), .citation = WIRE_FIRST},
    {OBJECT("CompleteMultipartUpload", "POST", "uploadId"), .body = OP_BODY_SMALL,
     .is_transfer = true, .execute = op_complete_multipart_upload,
     .heeds = HEED(FORBID_OVERWRITE), .citation = WIRE_FIRST},
    {OBJECT("AbortMultipartUpload", "DELETE", "uploadId"), .is_transfer = true,
     .execute = op_abort_multipart_upload, .is_long = abort_is_long, .citation = WIRE_FIRST},
    {OBJECT("AppendObject", "POST", "append"), .body = OP_BODY_OBJECT, .begins_upload = true,
     .reads_object = true, .is_transfer = true, .is_limited = true, .execute = op_append_object,
     .is_long = body_is_long, .heeds = CARRIES | DESCRIBES | HEED(POSITION) | HEED(VERSION),
     .citation = APPEND},
    {ASKED("PostObjectRestore", "POST", OP_ON_OBJECT, "restore"),
     .action = "name/cos:PostObjectRestore", .action_or = "name/cos:RestoreObject",
     .resource = OP_RES_OBJECT, .body = OP_BODY_SMALL, .reads_object = true,
     .execute = op_post_object_restore, .heeds = HEED(VERSION), .citation = WIRE_SECOND},
    {ASKED("SelectObjectContent", "POST", OP_ON_OBJECT, "select"),
     .action = "name/cos:GetObject", .resource = OP_RES_OBJECT, .body = OP_BODY_SMALL,
     .reads_object = true, .execute = op_select_object_content, .is_long = select_is_long,
     .heeds = HEED(CUSTOMER_KEY) | HEED(ENCRYPTION) | HEED(VERSION),
     .citation = "cos-operations-2.md s.16; sts-cam.md s.3.5"},
    {OBJECT("PutObjectACL", "PUT", "acl"), .body = OP_BODY_SMALL, .reads_object = true,
     .execute = op_put_object_acl, .heeds = HEED(ACL) | HEED(GRANT_WRITE) | HEED(VERSION),
     .citation = ACL},
    {OBJECT("GetObjectACL", "GET", "acl"), .reads_object = true, .execute = op_get_object_acl,
     .heeds = HEED(VERSION), .citation = ACL},
    {OBJECT("PutObjectTagging", "PUT", "tagging"), .body = OP_BODY_SMALL, .reads_object = true,
     .execute = op_put_object_tagging, .heeds = HEED(VERSION), .citation = TAGGING},
    {OBJECT("GetObjectTagging", "GET", "tagging"), .reads_object = true,
     .execute = op_get_object_tagging, .heeds = HEED(VERSION), .citation = TAGGING},
    {OBJECT("DeleteObjectTagging", "DELETE", "tagging"), .reads_object = true,
     .execute = op_delete_object_tagging, .heeds = HEED(VERSION), .citation = TAGGING},
    {OBJECT("PutObjectRetention", "PUT", "retention"), .body = OP_BODY_SMALL,
     .reads_object = true, .execute = op_put_object_retention, .heeds = HEED(VERSION),
     .citation = WIRE_SECOND},
    {OBJECT("GetObjectRetention", "GET", "retention"), .reads_object = true,
     .execute = op_get_object_retention, .heeds = HEED(VERSION), .citation = WIRE_SECOND},
    {OBJECT("PutSymlink", "PUT", "symlink"), .action_or = "name/cos:PutObject",
     .execute = op_put_symlink,
     .heeds = (DESCRIBES & ~HEED(CLASS)) | HEED(CUSTOMER_KEY) | HEED(FORBID_OVERWRITE) |
              HEED(SYMLINK_TARGET),
     .citation = SYMLINK},
    {OBJECT("GetSymlink", "GET", "symlink"), .action_or = "name/cos:GetObject",
     .reads_object = true, .execute = op_get_symlink, .heeds = HEED(VERSION),
     .citation = SYMLINK},
    {ASKED("RenameObject", "PUT", OP_ON_OBJECT, "rename"), .action = "name/cos:PutObject",
     .resource = OP_RES_OBJECT, .citation = WIRE_SECOND},
    {ASKED("GetObjectProcess", "GET", OP_ON_OBJECT, "ci-process"),
     .action = "name/cos:GetObject", .resource = OP_RES_OBJECT, .citation = CI},
    {ASKED("PutObjectProcess", "PUT", OP_ON_OBJECT, "ci-process"),
     .action = "name/cos:PutObject", .resource = OP_RES_OBJECT, .citation = CI},
    {ASKED("PostObjectProcess", "POST", OP_ON_OBJECT, "ci-process"),
     .action = "name/cos:PutObject", .resource = OP_RES_OBJECT, .citation = CI},
    {OBJECT("PutLiveChannel", "PUT", "live"), .citation = CORE},
    {OBJECT("GetLiveChannel", "GET", "live"), .citation = CORE},
    {OBJECT("DeleteLiveChannel", "DELETE", "live"), .citation = CORE},
    {OBJECT("GetVodPlaylist", "GET", "vod"), .citation = CORE},
    {OBJECT("PostVodPlaylist", "POST", "vod"), .citation = CORE},
    {OBJECT("GetObjectDecompression", "GET", "decompression"), .citation = CORE},
    {OBJECT("PostObjectDecompression", "POST", "decompression"), .citation = CORE},
    {OBJECT("PreflightObject", "HEAD", "preflight"), .citation = CORE},
    {OBJECT("DeleteObjectRecursive", "DELETE", "recursive"), .citation = CORE},
    {OBJECT("PostObjectImageProcess", "POST", "image_process"), .citation = PROCESSING},
    {OBJECT("RefreshObjectProcessing", "POST", "TDCRefresh"), .citation = PROCESSING},
    {OBJECT("GetObjectImageMogr2", "GET", "imageMogr2/..."), .citation = PROCESSING},
    {OBJECT("GetObjectImageView2", "GET", "imageView2/..."), .citation = PROCESSING},
    {OBJECT("GetObjectWatermark", "GET", "watermark/..."), .citation = PROCESSING},
    {OBJECT("GetObjectImageInfo", "GET", "imageInfo"), .citation = PROCESSING},
    {OBJECT("GetObjectImageAve", "GET", "imageAve"), .citation = PROCESSING},
    {OBJECT("GetObjectImageInspect", "GET", "imageInspect"), .citation = PROCESSING},
    {OBJECT("GetObjectExif", "GET", "exif"), .citation = PROCESSING},
    {S3_OBJECT("GetObjectAttributes", "GET", "attributes")},
    {S3_OBJECT("GetObjectLegalHold", "GET", "legal-hold")},
    {S3_OBJECT("PutObjectLegalHold", "PUT", "legal-hold")},
    {S3_OBJECT("GetObjectTorrent", "GET", "torrent")},
    {S3_OBJECT("RenameObjectOfS3", "PUT", "renameObject")},
    /* an object itself */
    {ASKED("PutObjectCopyOfS3", "PUT", OP_ON_OBJECT, NULL), .action = "name/cos:PutObject",
     .resource = OP_RES_OBJECT, .header = HEADER_COPY_SOURCE_OF_S3, .citation = S3},
    {ASKED("PutObjectCopy", "PUT", OP_ON_OBJECT, NULL), .action = "name/cos:PutObject",
     .action_or = "name/cos:PutObjectCopy", .resource = OP_RES_COPY,
     .header = HEADER_COPY_SOURCE, .execute = op_put_object_copy, .is_long = copy_is_long,
     .heeds = DESCRIBES | HEED(COPY) | HEED(CUSTOMER_KEY) | HEED(DIRECTIVES) |
              HEED(FORBID_OVERWRITE) | HEED(SOURCE_CONDITIONS) | HEED(SOURCE_KEY),
     .citation = WIRE_FIRST},
    {OBJECT("PutObject", "PUT", NULL), .body = OP_BODY_OBJECT, .is_transfer = true,
     .is_limited = true, .execute = op_put_object, .is_long = body_is_long,
     .heeds = CARRIES | DESCRIBES | HEED(FORBID_OVERWRITE) | HEED(PART_NUMBER),
     .citation = WIRE_FIRST},
    {OBJECT("GetObject", "GET", NULL), .reads_object = true, .follows_link = true,
     .is_transfer = true, .is_limited = true, .execute = op_get_object,
     .heeds = HEED(CONDITIONS) | HEED(CUSTOMER_KEY) | HEED(ENCRYPTION) | HEED(RANGE) |
              HEED(RESPONSE) | HEED(TRAFFIC_LIMIT) | HEED(VERSION),
     .citation = WIRE_FIRST},
    {OBJECT("HeadObject", "HEAD", NULL), .reads_object = true, .follows_link = true,
     .is_transfer = true, .execute = op_head_object,
     .heeds = HEED(CONDITIONS) | HEED(CUSTOMER_KEY) | HEED(ENCRYPTION) | HEED(VERSION),
     .citation = WIRE_FIRST},
    {OBJECT("DeleteObject", "DELETE", NULL), .execute = op_delete_object,
     .heeds = HEED(VERSION), .citation = WIRE_FIRST},
    {ASKED("OptionsObject", "OPTIONS", OP_ON_OBJECT, NULL), .is_unsigned = true,
     .is_transfer = true, .execute = op_options, .citation = PREFLIGHT},
    /* STS: found by the Action, not by the path */
    {STS("GetFederationToken"), .action = "name/sts:GetFederationToken",
     .resource = OP_RES_STAR, .execute = op_get_federation_token},
    {STS("GetCallerIdentity"), .execute = op_get_caller_identity},
    {STS("AssumeRole"), .action = "name/sts:AssumeRole", .resource = OP_RES_ROLE,
     .execute = op_assume_role},
    {STS("AssumeRoleWithSAML"), .action = "name/sts:AssumeRoleWithSAML",
     .resource = OP_RES_ROLE, .may_skip = true, .execute = op_assume_role_with_saml},
    {STS("AssumeRoleWithWebIdentity"), .action = "name/sts:AssumeRoleWithWebIdentity",
     .resource = OP_RES_ROLE, .may_skip = true, .execute = op_assume_role_with_web_identity},
    {STS("GetSessionToken"), .action = "name/sts:GetSessionToken", .resource = OP_RES_STAR,
     .execute = op_get_session_token},
    {STS("QueryApiKey"), .action = "name/sts:QueryApiKey", .resource = OP_RES_STAR,
     .execute = op_query_api_key},
    /* CAM: the same */
    {CAM("AddUser"), .execute = op_add_user},
    {CAM("AddUserToGroup"), .execute = op_add_user_to_group},
    {CAM("AttachGroupPolicy"), .execute = op_attach_group_policy},
    {CAM("AttachRolePolicy"), .execute = op_attach_role_policy},
    {CAM("AttachUserPolicy"), .execute = op_attach_user_policy},
    {CAM("CreateAccessKey"), .execute = op_create_access_key},
    {CAM("CreateGroup"), .execute = op_create_group},
    {CAM("CreatePolicy"), .execute = op_create_policy},
    {CAM("CreatePolicyVersion"), .execute = op_create_policy_version},
    {CAM("CreateRole"), .execute = op_create_role},
    {CAM("DeleteAccessKey"), .execute = op_delete_access_key},
    {CAM("DeleteGroup"), .execute = op_delete_group},
    {CAM("DeletePolicy"), .execute = op_delete_policy},
    {CAM("DeletePolicyVersion"), .execute = op_delete_policy_version},
    {CAM("DeleteRole"), .execute = op_delete_role},
    {CAM("DeleteRolePermissionsBoundary"), .execute = op_delete_role_permissions_boundary},
    {CAM("DeleteUser"), .execute = op_delete_user},
    {CAM("DeleteUserPermissionsBoundary"), .execute = op_delete_user_permissions_boundary},
    {CAM("DescribeRoleList"), .execute = op_describe_role_list},
    {CAM("DescribeSubAccounts"), .execute = op_describe_sub_accounts},
    {CAM("DetachGroupPolicy"), .execute = op_detach_group_policy},
    {CAM("DetachRolePolicy"), .execute = op_detach_role_policy},
    {CAM("DetachUserPolicy"), .execute = op_detach_user_policy},
    {CAM("GetAccountSummary"), .execute = op_get_account_summary},
    {CAM("GetGroup"), .execute = op_get_group},
    {CAM("GetPolicy"), .execute = op_get_policy},
    {CAM("GetPolicyVersion"), .execute = op_get_policy_version},
    {CAM("GetRole"), .execute = op_get_role},
    {CAM("GetRolePermissionBoundary"), .execute = op_get_role_permission_boundary},
    {CAM("GetUser"), .execute = op_get_user},
    {CAM_API("GetUserAppId"), .execute = op_get_user_app_id},
    {CAM("GetUserPermissionBoundary"), .execute = op_get_user_permission_boundary},
    {CAM("ListAccessKeys"), .execute = op_list_access_keys},
    {CAM("ListAttachedGroupPolicies"), .execute = op_list_attached_group_policies},
    {CAM("ListAttachedRolePolicies"), .execute = op_list_attached_role_policies},
    {CAM("ListAttachedUserAllPolicies"), .execute = op_list_attached_user_all_policies},
    {CAM("ListAttachedUserPolicies"), .execute = op_list_attached_user_policies},
    {CAM("ListEntitiesForPolicy"), .execute = op_list_entities_for_policy},
    {CAM("ListGroups"), .execute = op_list_groups},
    {CAM("ListGroupsForUser"), .execute = op_list_groups_for_user},
    {CAM("ListPolicies"), .execute = op_list_policies},
    {CAM("ListPolicyVersions"), .execute = op_list_policy_versions},
    {CAM("ListUsers"), .execute = op_list_users},
    {CAM("ListUsersForGroup"), .execute = op_list_users_for_group},
    {CAM("PutRolePermissionsBoundary"), .execute = op_put_role_permissions_boundary},
    {CAM("PutUserPermissionsBoundary"), .execute = op_put_user_permissions_boundary},
    {CAM("RemoveUserFromGroup"), .execute = op_remove_user_from_group},
    {CAM("SetDefaultPolicyVersion"), .execute = op_set_default_policy_version},
    {CAM("TagRole"), .execute = op_tag_role},
    {CAM("UntagRole"), .execute = op_untag_role},
    {CAM("UpdateAccessKey"), .execute = op_update_access_key},
    {CAM("UpdateAssumeRolePolicy"), .execute = op_update_assume_role_policy},
    {CAM("UpdateGroup"), .execute = op_update_group},
    {CAM("UpdatePolicy"), .execute = op_update_policy},
    {CAM("UpdateRoleConsoleLogin"), .execute = op_update_role_console_login},
    {CAM("UpdateRoleDescription"), .execute = op_update_role_description},
    {CAM("UpdateRoleSessionDuration"), .execute = op_update_role_session_duration},
    {CAM("UpdateUser"), .execute = op_update_user},
    {CAM("BuildDataFlowAuthToken")},
    {CAM("ConsumeCustomMFAToken")},
    {CAM("CreateMessageReceiver")},
    {CAM("CreateOIDCConfig")},
    {CAM("CreateSAMLProvider")},
    {CAM("CreateServiceLinkedRole")},
    {CAM("CreateSubAccountLoginIpPolicy")},
    {CAM("CreateUserOIDCConfig")},
    {CAM("CreateUserSAMLConfig")},
    {CAM("DeleteMessageReceiver")},
    {CAM("DeleteOIDCConfig")},
    {CAM("DeleteSAMLProvider")},
    {CAM("DeleteServiceLinkedRole")},
    {CAM("DescribeOIDCConfig")},
    {CAM("DescribeSafeAuthFlag")},
    {CAM("DescribeSafeAuthFlagColl")},
    {CAM("DescribeSafeAuthFlagIntl")},
    {CAM("DescribeUserOIDCConfig")},
    {CAM("DescribeUserSAMLConfig")},
    {CAM("DisableUserSSO")},
    {CAM("GetCustomMFATokenInfo")},
    {CAM("GetPasswordRules")},
    {CAM("GetSAMLProvider")},
    {CAM("GetSecurityLastUsed")},
    {CAM("GetServiceLinkedRoleDeletionStatus")},
    {CAM("ListAccounts")},
    {CAM("ListCollaborators")},
    {CAM("ListPoliciesGrantingServiceAccess")},
    {CAM("ListReceiver")},
    {CAM("ListSAMLProviders")},
    {CAM("ListWeChatWorkSubAccounts")},
    {CAM("SetMfaFlag")},
    {CAM("UpdateOIDCConfig")},
    {CAM("UpdatePasswordRules")},
    {CAM("UpdateSAMLProvider")},
    {CAM("UpdateUserOIDCConfig")},
    {CAM("UpdateUserSAMLConfig")},
    {.name = NULL},
};

const struct op_row *ops_rows(void)
{
    return rows;
}

static bool is_method(const struct cosmock_exchange *x, const char *method)
{
    return cos_span_eq_str(x->parts.method, method);
}

/* A row without a sub-resource is for requests without one, and for no other. Those of S3 alone
 * have one that COS's dialect does not know, so a request in that never comes to them. */
static bool is_sub_resource(const char *query, const char *sent)
{
    return query == NULL || sent == NULL ? query == sent : strcmp(query, sent) == 0;
}

static bool fits(const struct op_row *row, const struct cosmock_exchange *x,
                 const char *sub_resource)
{
    return (row->service == OP_COS || row->service == OP_S3) &&
           row->target == x->route.target && is_sub_resource(row->query, sub_resource) &&
           is_method(x, row->method) &&
           (row->header == HEADER_NONE || header_of(x, row->header).ptr != NULL);
}

/*
 * A name that nobody knows, on a request that writes: without a value it looks like
 * a sub-resource, and in another case like one that exists. A parameter with a value
 * is let pass: clients sign parameters of their own (cos-operations-2.md s.17).
 */
static bool may_select(const struct known_name *own, const struct param *p)
{
    const struct known_name *meant = name_of_query_any_case(own, p->name);

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

static void judge_param(struct op_choice *c, const struct cosmock_exchange *x,
                        const struct param *p, bool is_write)
{
    const struct param *first = x->parts.params;
    const struct known_name *own = x->service->own_params;
    const struct known_name *known = name_of_query(own, p->name);

    if (known != NULL && known->kind != NAME_IDLE && contradicts(first, p)) {
        c->twice = known->name;
    }

    if (known == NULL) {
        if (is_write && c->unknown.len == 0 && p->name.len > 0 && may_select(own, p)) {
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
        judge_param(&c, x, &x->parts.params[i], is_write);
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

const struct op_row *ops_find_api(enum op_service service, struct cos_span action)
{
    for (const struct op_row *row = rows; row->name != NULL; row++) {
        if (row->service == service && cos_span_eq_str(action, row->name)) {
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
    if (row->plan == PLAN_BY_FIELDS) {
        cos_buf_printf(out, "Action=%s", row->name);
        return;
    }
    static const char *const paths[] = {"/ (service)", "/", "/key"};
    cos_buf_printf(out, "%s %s", row->method, paths[row->target]);
    if (row->query != NULL) {
        cos_buf_printf(out, "?%s", row->query);
    }
    if (row->header != HEADER_NONE) {
        cos_buf_printf(out, " + %s", names_cos_headers[row->header].name);
    }
}

static void print_right(struct cos_buf *out, const struct op_row *row)
{
    static const char *const resources[] = {"",
                                            "`*`",
                                            "bucket",
                                            "bucket/prefix",
                                            "object",
                                            "source and object",
                                            "each key",
                                            "the role; its trust policy",
                                            "whom or what it names"};
    if (row->action == NULL) {
        cos_buf_str(out, "none");
        return;
    }
    cos_buf_str(out, row->action);
    if (row->action_or != NULL) {
        cos_buf_printf(out, " or %s", row->action_or);
    }
    if (row->action_of_list != NULL) {
        cos_buf_printf(out, ", without `id` %s,", row->action_of_list);
    }
    cos_buf_printf(out, " on %s", resources[row->resource]);
    if (row->resource == OP_RES_COPY) {
        cos_buf_str(out, ", name/cos:GetObject on the source");
    } else if (row->resource == OP_RES_PER_KEY) {
        cos_buf_str(out, "; anonymous also name/cos:DeleteMultipleObjects on bucket");
    }
}

/* Why an operation is not going to be built; NULL: nothing speaks against it. */
static const char *why_out(const struct op_row *row)
{
    static const struct {
        const char *query, *why;
    } reasons[] = {
        {"live", "streams of media"},
        {"vod", "streams of media"},
        {"decompression", "jobs that unpack archives; no document"},
        {"notification", "calls cloud functions; no document"},
        {"rename", "of OFS buckets"},
        {"recursive", "of OFS buckets"},
        {"preflight", "Java asks it after an answer that is never given here"},
    };
    if (strcmp(row->citation, PROCESSING) == 0 || strcmp(row->citation, CI) == 0) {
        return "data processing";
    }
    for (size_t i = 0; row->query != NULL && i < COS_ARRAY_LEN(reasons); i++) {
        if (strcmp(row->query, reasons[i].query) == 0) {
            return reasons[i].why;
        }
    }
    return row->service == OP_S3                     ? "COS has it not"
           : row->header == HEADER_COPY_SOURCE_OF_S3 ? "a copy signed for COS"
                                                     : NULL;
}

static void print_state(struct cos_buf *out, const struct op_row *row)
{
    const char *why = row->execute == NULL ? why_out(row) : NULL;
    cos_buf_str(out, row->execute != NULL ? "built" : why == NULL ? "not built" : "out: ");
    cos_buf_str(out, why == NULL ? "" : why);
}

void ops_print(struct cos_buf *out)
{
    cos_buf_str(
        out, "# Operations\n\n"
             "Printed from the table in mockserver/src/services/ops.c; a test compares "
             "this page with the table.\nWhat is recognised but not built answers "
             "NotImplemented (switch `not-built-status`; STS, CAM: UnsupportedOperation) and "
             "names itself; what fits no row\nanswers 405 MethodNotAllowed (STS, CAM: "
             "InvalidAction). A write with a value-less parameter that no table has is "
             "refused\n(switch `unknown-sub-resource`).\n\n"
             "| operation | request | right | state | source |\n"
             "|---|---|---|---|---|\n");
    for (const struct op_row *row = rows; row->name != NULL; row++) {
        cos_buf_printf(out, "| %s | ", row->name);
        print_request(out, row);
        cos_buf_str(out, " | ");
        print_right(out, row);
        cos_buf_str(out, " | ");
        print_state(out, row);
        cos_buf_printf(out, " | %s |\n", row->citation);
    }
    names_print(out);
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
    cos_jw_str(w, "service", service_row(row->service)->name);
    cos_jw_str(w, "method", row->method);
    cos_jw_str(w, "target", targets[row->target]);
    member(w, "query", row->query);
    member(w, "header",
           row->header == HEADER_NONE ? NULL : names_cos_headers[row->header].name);
    member(w, "right", row->action);
    member(w, "or_right", row->action_or);
    member(w, "list_right", row->action_of_list);
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
