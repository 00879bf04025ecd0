/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names that belong to a service: what its tables of names are made of (the rows:
 * services/names.c), and the headers that code asks for. Code says what a header means; what
 * its service calls it is a column of the service, so that another spelling is another table.
 */
#ifndef EXCHANGE_NAMES_H
#define EXCHANGE_NAMES_H

#include "cosbase/span.h"

enum name_kind {
    NAME_SELECTS, /* it decides which operation the request is (services/ops.c) */
    NAME_SAYS,    /* says how, and is heeded */
    NAME_IDLE,    /* says how, is known, and has no effect here: `why` */
    NAME_REFUSED, /* asks for what is not built, and is refused as such */
    NAME_REMARK,  /* asks for nothing: `why` */
    NAME_ANSWERS, /* of a reply; in a request nobody knows it */
};
/* What a name speaks of. An operation heeds a theme or does not (op_row.heeds). */
enum name_theme {
    THEME_NONE,
    THEME_SIGNATURE, /* whoever is asked reads it */
    THEME_ACL,
    THEME_CLASS,
    THEME_CONDITIONS, /* on the object that is read */
    THEME_CONTINUATION,
    THEME_COPY,
    THEME_CUSTOMER_KEY,
    THEME_DESCRIPTION, /* HTTP's headers that are kept with an object */
    THEME_DIRECTIVES,
    THEME_DOMAIN_NAME,
    THEME_ENCODING,
    THEME_ENCRYPTION,
    THEME_FORBID_OVERWRITE,
    THEME_GRANT_WRITE,
    THEME_ID,
    THEME_KEY_MARKER,
    THEME_LIST_TYPE, /* which form a page of a list has, and what only the second form knows */
    THEME_LOCK,
    THEME_MARKER,
    THEME_MAX_KEYS,
    THEME_META,
    THEME_PAGE_TOKEN, /* a continuation token, where lists of objects have one, too */
    THEME_PARTS_PAGE,
    THEME_PART_NUMBER,
    THEME_POSITION,
    THEME_PREFIX,
    THEME_RANGE,
    THEME_RESPONSE,
    THEME_SERVICE, /* which buckets are listed */
    THEME_SHA1,
    THEME_SOURCE_CONDITIONS,
    THEME_SOURCE_KEY,
    THEME_SOURCE_RANGE,
    THEME_SYMLINK_TARGET,
    THEME_TAGGING,
    THEME_TRAFFIC_LIMIT,
    THEME_UPLOADS_PAGE,
    THEME_VERSION,
    THEME_VERSION_MARKER,
    NAME_THEMES
};
#define HEEDS(theme) (UINT64_C(1) << (theme))
struct known_name {
    /* "acl"; "imageMogr2/..." stands for every name that begins so; "": the service has none */
    const char *name;
    enum name_kind kind;
    const char *source;
    enum name_theme theme; /* of what is heeded */
    const char *why;       /* nothing comes of it; NULL: not so */
};

/* What somebody else calls a word of COS. */
struct other_name {
    const char *name, *means;
};

enum header_name {
    HEADER_NONE,
    HEADER_ACL,
    HEADER_BUCKET_AZ,
    HEADER_BUCKET_REGION,
    HEADER_CONTENT_SHA1,
    HEADER_COPY_SOURCE,
    HEADER_COPY_SOURCE_CUSTOMER_ENCRYPTION,
    HEADER_COPY_SOURCE_CUSTOMER_KEY,
    HEADER_COPY_SOURCE_CUSTOMER_KEY_MD5,
    HEADER_COPY_SOURCE_IF_MATCH,
    HEADER_COPY_SOURCE_IF_MODIFIED_SINCE,
    HEADER_COPY_SOURCE_IF_NONE_MATCH,
    HEADER_COPY_SOURCE_IF_UNMODIFIED_SINCE,
    HEADER_COPY_SOURCE_OF_S3, /* in a service that is not S3 */
    HEADER_COPY_SOURCE_RANGE,
    HEADER_COPY_SOURCE_VERSION_ID,
    HEADER_CRC64,
    HEADER_CUSTOMER_ENCRYPTION, /* with a key of the caller's own: its algorithm */
    HEADER_CUSTOMER_KEY,        /* a secret */
    HEADER_CUSTOMER_KEY_MD5,
    HEADER_DELETE_MARKER,
    HEADER_ENCRYPTION, /* with a key of the service */
    HEADER_FORBID_OVERWRITE,
    HEADER_FORCE_DOWNLOAD,
    HEADER_GRANT_FULL_CONTROL,
    HEADER_GRANT_READ,
    HEADER_GRANT_READ_ACP,
    HEADER_GRANT_WRITE,
    HEADER_GRANT_WRITE_ACP,
    HEADER_LOCK_MODE,
    HEADER_LOCK_UNTIL,
    HEADER_META, /* open: all that the caller stores with an object */
    HEADER_METADATA_DIRECTIVE,
    HEADER_NEXT_APPEND_POSITION,
    HEADER_OBJECT_TYPE,
    HEADER_REPLICATION_STATUS,
    HEADER_REPLICATION_TIME,
    HEADER_REQUEST_ID,
    HEADER_RESTORE,
    HEADER_RESTORE_STATUS,
    HEADER_SECURITY_TOKEN, /* the same name as a parameter */
    HEADER_STORAGE_CLASS,
    HEADER_STORAGE_TIER,
    HEADER_SYMLINK_TARGET,
    HEADER_TAGGING,
    HEADER_TAGGING_COUNT,
    HEADER_TAGGING_DIRECTIVE,
    HEADER_TRACE_ID,
    HEADER_TRAFFIC_LIMIT, /* the same name as a parameter */
    HEADER_VERSION_ID,
    HEADER_NAMES
};

#endif
