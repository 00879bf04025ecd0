/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What conditions may ask about (cam-conditions.md s.2, s.6): THE TABLE. A key is carried by
 * the actions that the documents list; to every other request it is absent, whatever that one
 * sends. What no request of this mock carries is known by name, so that it is no slip, and
 * absent.
 */
#include "cam/condition.h"

#include "cosbase/nearest.h"

#define READS_OF_VERSIONS                                                                 \
    "GetObject HeadObject DeleteObject PostObjectRestore RestoreObject GetObjectTagging " \
    "PutObjectTagging DeleteObjectTagging"
#define LISTS "GetBucket GetBucketObjectVersions ListMultipartUploads ListLiveChannels"
#define UPLOADS "PutObject PutObjectCopy PostObject InitiateMultipartUpload AppendObject"

/* is_parameter: sent in the query, and compared percent-encoded (436/46205 notes). */
static const struct cam_key rows[] = {
    {"qcs:ip", CAM_KEY_IP, CAM_TYPE_IP, false, NULL},
    {"qcs:current_time", CAM_KEY_CURRENT_TIME, CAM_TYPE_DATE, false, NULL},
    {"qcs:uin", CAM_KEY_UIN, CAM_TYPE_STRING, false, NULL},
    {"qcs:owner_uin", CAM_KEY_OWNER_UIN, CAM_TYPE_STRING, false, NULL},
    {"qcs:resource_tag", CAM_KEY_RESOURCE_TAG, CAM_TYPE_STRING, false, NULL},
    {"qcs:request_tag", CAM_KEY_REQUEST_TAG, CAM_TYPE_STRING, false,
     "PutBucket PutBucketTagging"},
    {"cos:host", CAM_KEY_HOST, CAM_TYPE_STRING, false, NULL},
    {"cos:secure-transport", CAM_KEY_SECURE_TRANSPORT, CAM_TYPE_BOOL, false, NULL},
    {"cos:tls-version", CAM_KEY_TLS_VERSION, CAM_TYPE_NUMBER, false, NULL},
    {"cos:x-cos-storage-class", CAM_KEY_STORAGE_CLASS, CAM_TYPE_STRING, false, UPLOADS},
    {"cos:x-cos-acl", CAM_KEY_ACL, CAM_TYPE_STRING, false,
     UPLOADS " PutObjectACL PutBucket PutBucketACL"},
    {"cos:x-cos-forbid-overwrite", CAM_KEY_FORBID_OVERWRITE, CAM_TYPE_STRING, false,
     "InitiateMultipartUpload CompleteMultipartUpload"},
    {"cos:versionid", CAM_KEY_VERSION_ID, CAM_TYPE_STRING, true, READS_OF_VERSIONS},
    {"cos:prefix", CAM_KEY_PREFIX, CAM_TYPE_STRING, true, LISTS},
    {"cos:response-content-type", CAM_KEY_RESPONSE_CONTENT_TYPE, CAM_TYPE_STRING, true,
     "GetObject"},
    {"cos:content-length", CAM_KEY_CONTENT_LENGTH, CAM_TYPE_NUMBER, false, NULL},
    {"cos:content_length", CAM_KEY_CONTENT_LENGTH, CAM_TYPE_NUMBER, false,
     NULL}, /* 436/54370 */
    {"cos:content-type", CAM_KEY_CONTENT_TYPE, CAM_TYPE_STRING, false, NULL},
    {"sts:external_id", CAM_KEY_OF_TRUST, CAM_TYPE_STRING, false, NULL},
    {"saml:aud", CAM_KEY_OF_TRUST, CAM_TYPE_STRING, false, NULL},
    {"saml:iss", CAM_KEY_OF_TRUST, CAM_TYPE_STRING, false, NULL},
    {"saml:sub", CAM_KEY_OF_TRUST, CAM_TYPE_STRING, false, NULL},
    {"saml:sub_type", CAM_KEY_OF_TRUST, CAM_TYPE_STRING, false, NULL},
    {"oidc:aud", CAM_KEY_OF_TRUST, CAM_TYPE_STRING, false, NULL},
    {"oidc:iss", CAM_KEY_OF_TRUST, CAM_TYPE_STRING, false, NULL},
    {"oidc:sub", CAM_KEY_OF_TRUST, CAM_TYPE_STRING, false, NULL},
    {"qcs:vpc", CAM_KEY_VPC, CAM_TYPE_STRING, false, NULL},
    {"vpc:requester_vpc", CAM_KEY_VPC, CAM_TYPE_STRING, false, NULL},
    {"qcs:create_uin", CAM_KEY_CREATE_UIN, CAM_TYPE_STRING, false, NULL},
    {"qcs:tag", CAM_KEY_TAG, CAM_TYPE_STRING, false, NULL},
    {"qcs:mfa", CAM_KEY_MFA, CAM_TYPE_STRING, false, NULL},
    {"qcs:mfa/mfa", CAM_KEY_MFA, CAM_TYPE_STRING, false, NULL},
    {"mfa", CAM_KEY_MFA, CAM_TYPE_STRING, false, NULL},
    {"cos:x-cos-mime-limit", CAM_KEY_MIME_LIMIT, CAM_TYPE_STRING, false, NULL},
};

const struct cam_key *cam_key_named(struct cos_span name)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        if (cos_span_eq_str(name, rows[i].name)) {
            return &rows[i];
        }
    }
    return NULL;
}

const struct cam_key *cam_key_of(enum cam_key_id id)
{
    size_t i = 0;
    while (rows[i].id != id) {
        i++;
    }
    return &rows[i];
}

const char *cam_key_nearest(struct cos_span name)
{
    const char *names[COS_ARRAY_LEN(rows)];
    for (size_t i = 0; i < COS_ARRAY_LEN(rows); i++) {
        names[i] = rows[i].name;
    }
    return cos_nearest(name, names, COS_ARRAY_LEN(rows));
}

bool cam_key_is_carried_by(const struct cam_key *key, struct cos_span action)
{
    if (key->actions == NULL) {
        return true;
    }
    struct cos_span rest = cos_span_of(key->actions);
    struct cos_span name = cos_span_starts(action, COS_SPAN_LIT("cos:"))
                               ? cos_span_from(action, 4)
                               : COS_SPAN_EMPTY;
    while (rest.ptr != NULL) {
        if (cos_span_eq(cos_span_cut(&rest, ' '), name)) {
            return true;
        }
    }
    return false;
}
