/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names. A query parameter that selects an operation and is not known here would run
 * as the bare operation: "PUT /key?live" would store an object where a channel was meant.
 * So everything that a document or an SDK names stands in this table, built or not, and
 * what stands nowhere is judged by ops_find_cos(). Where a name comes from: the API pages
 * of product 436 ("doc") and the official SDKs at these commits: go cc9846d, java 499c86d,
 * node af79a8d, python cc3bdf0, php a93c95b, cpp 0644b26, c 647524b, .NET 4dcba14.
 */
#include "services/names.h"

#include "cosbase/base.h"

#define DOTS "..."
#define CORE "cos-operations-2.md s.1.1"
#define CI "cos-operations-2.md s.1.2"

static const struct known_name queries[] = {
    {"Encoding-type", NAME_IDLE, CORE ": .NET ListMultiUploadsRequest.cs:47",
     .why = "the service spells it encoding-type"},
    {"Prefix", NAME_IDLE, CORE ": .NET ListMultiUploadsRequest.cs:90",
     .why = "the service spells it prefix"},
    {"TDCRefresh", NAME_SELECTS, CI ": go ci.go:2658"},
    {"VersionId", NAME_SAYS, "cos-wire.md, corrections: in any case; cpp object_req.h",
     THEME_VERSION},
    {"accelerate", NAME_SELECTS, CORE ": go bucket_accelerate.go:19"},
    {"acl", NAME_SELECTS, CORE ": go bucket_acl.go:18"},
    {"action", NAME_IDLE, CI ": php Service.php, ci-process=ImageSearch",
     .why = "data processing is not built"},
    {"append", NAME_SELECTS, CORE ": go object.go:926"},
    {"async", NAME_IDLE, CI ": go ci.go", .why = "data processing is not built"},
    {"callback", NAME_IDLE, CI ": go ci.go", .why = "nobody is called back"},
    {"ci-process", NAME_SELECTS, CI ": go ci.go"},
    {"comp", NAME_IDLE, CORE ": python cos_client.py:4852, with live",
     .why = "live channels are not built"},
    {"continuation-token", NAME_SAYS, CORE ": go bucket_inventory.go:149", THEME_CONTINUATION},
    {"cors", NAME_SELECTS, CORE ": go bucket_cors.go:33"},
    {"create-time", NAME_SAYS, CORE ": doc GET Service", THEME_SERVICE},
    {"decompression", NAME_SELECTS, CORE ": java COSClient.java:4945"},
    {"delete", NAME_SELECTS, CORE ": go object.go:978"},
    {"delimiter", NAME_SAYS, CORE ": doc GET Bucket", THEME_PREFIX},
    {"detect-type", NAME_IDLE, CI ": go ci.go", .why = "data processing is not built"},
    {"detect-url", NAME_IDLE, CI ": go ci.go", .why = "data processing is not built"},
    {"domain", NAME_SELECTS, CORE ": go bucket_domain.go:25"},
    {"domaincertificate", NAME_SELECTS, CORE ": go bucket_domain.go:92"},
    {"domainname", NAME_SAYS, CORE ": go bucket_domain.go:118", THEME_DOMAIN_NAME},
    {"encoding-type", NAME_SAYS, CORE ": doc GET Bucket", THEME_ENCODING},
    {"encryption", NAME_SELECTS, CORE ": go bucket_encryption.go:25"},
    {"endTime", NAME_IDLE, CORE ": c cos_define.c:73, with vod",
     .why = "playlists are not built"},
    {"endtime", NAME_IDLE, CORE ": python cos_client.py:5056, with vod",
     .why = "playlists are not built"},
    {"exif", NAME_SELECTS, CI ": php Service.php"},
    {"guetzli", NAME_SELECTS, CI ": go ci.go"},
    {"hdr-image-processing", NAME_SELECTS, CI ": go ci.go"},
    {"hotlink", NAME_SELECTS, CI ": go ci.go"},
    {"id", NAME_SAYS, CORE ": go bucket_inventory.go:88", THEME_ID},
    {"image-slim", NAME_SELECTS, CI ": go ci.go"},
    {"imageAve", NAME_SELECTS, CI ": php Service.php"},
    {"imageInfo", NAME_SELECTS, CI ": php Service.php"},
    {"imageInspect", NAME_SELECTS, CI},
    {"image_process", NAME_SELECTS, CI ": python cos_client.py:5786"},
    {"intelligent-tiering", NAME_SELECTS, CORE ": go bucket_intelligenttiering.go:96"},
    {"intelligenttiering", NAME_SELECTS, CORE ": go bucket_intelligenttiering.go:64"},
    {"inventory", NAME_SELECTS, CORE ": go bucket_inventory.go:88"},
    {"jobId", NAME_IDLE, CORE ": java COSClient.java:4945, with decompression",
     .why = "decompression is not built"},
    {"jobStatus", NAME_IDLE, CORE ": java COSClient.java:4945, with decompression",
     .why = "decompression is not built"},
    {"key-marker", NAME_SAYS, CORE ": doc List Multipart Uploads", THEME_KEY_MARKER},
    {"lifecycle", NAME_SELECTS, CORE ": go bucket_lifecycle.go:87"},
    {"live", NAME_SELECTS, CORE ": python cos_client.py:4852"},
    {"location", NAME_SELECTS, CORE ": go bucket_location.go:22"},
    {"logging", NAME_SELECTS, CORE ": go bucket_logging.go:30"},
    {"marker", NAME_SAYS, CORE ": doc GET Bucket", THEME_MARKER},
    {"max-keys", NAME_SAYS, CORE ": doc GET Bucket", THEME_MAX_KEYS},
    {"max-parts", NAME_SAYS, CORE ": doc List Parts", THEME_PARTS_PAGE},
    {"max-uploads", NAME_SAYS, CORE ": doc List Multipart Uploads", THEME_UPLOADS_PAGE},
    {"maxResults", NAME_IDLE, CORE ": java COSClient.java:4945, with decompression",
     .why = "decompression is not built"},
    {"nextToken", NAME_IDLE, CORE ": java COSClient.java:4945, with decompression",
     .why = "decompression is not built"},
    {"notification", NAME_SELECTS, CORE ": php Service.php:1030"},
    {"object-lock", NAME_SELECTS, CORE ": go bucket_object_lock.go:24"},
    {"origin", NAME_SELECTS, CORE ": go bucket_origin.go:357"},
    {"origin-protect", NAME_SELECTS, CI ": go ci.go"},
    {"part-number-marker", NAME_SAYS, CORE ": doc List Parts", THEME_PARTS_PAGE},
    {"partNumber", NAME_SAYS, CORE ": doc Upload Part", THEME_PART_NUMBER},
    {"playlistName", NAME_IDLE, CORE ": c cos_define.c:74, with vod",
     .why = "playlists are not built"},
    {"policy", NAME_SELECTS, CORE ": doc PUT Bucket policy"},
    {"position", NAME_SAYS, CORE ": go object.go:926, with append", THEME_POSITION},
    {"prefix", NAME_SAYS, CORE ": doc GET Bucket", THEME_PREFIX},
    {"preflight", NAME_SELECTS, CORE ": java COSClient.java:5810"},
    {"q-ak", NAME_SAYS, "doc Request Signature", THEME_SIGNATURE},
    {"q-header-list", NAME_SAYS, "doc Request Signature", THEME_SIGNATURE},
    {"q-key-time", NAME_SAYS, "doc Request Signature", THEME_SIGNATURE},
    {"q-sign-algorithm", NAME_SAYS, "doc Request Signature", THEME_SIGNATURE},
    {"q-sign-time", NAME_SAYS, "doc Request Signature", THEME_SIGNATURE},
    {"q-signature", NAME_SAYS, "doc Request Signature", THEME_SIGNATURE},
    {"q-url-param-list", NAME_SAYS, "doc Request Signature", THEME_SIGNATURE},
    {"range", NAME_SAYS, CORE ": doc GET Service", THEME_SERVICE},
    {"recursive", NAME_SELECTS, CORE ": java COSClient.java:1385"},
    {"referer", NAME_SELECTS, CORE ": go bucket_referer.go:24"},
    {"region", NAME_SAYS, CORE ": doc GET Service", THEME_SERVICE},
    {"rename", NAME_SELECTS, CORE ": java COSClient.java:831"},
    {"replication", NAME_SELECTS, CORE ": go bucket_replication.go:68"},
    {"response-cache-control", NAME_SAYS, "doc GET Object", THEME_RESPONSE},
    {"response-content-disposition", NAME_SAYS, "doc GET Object", THEME_RESPONSE},
    {"response-content-encoding", NAME_SAYS, "doc GET Object", THEME_RESPONSE},
    {"response-content-language", NAME_SAYS, "doc GET Object", THEME_RESPONSE},
    {"response-content-type", NAME_SAYS, "doc GET Object", THEME_RESPONSE},
    {"response-expires", NAME_SAYS, "doc GET Object", THEME_RESPONSE},
    {"restore", NAME_SELECTS, CORE ": doc POST Object restore"},
    {"retention", NAME_SELECTS, CORE ": go bucket_object_lock.go:58"},
    {"select", NAME_SELECTS, CORE ": go object_select.go:64"},
    {"select-type", NAME_REMARK, CORE ": go object_select.go:64, with select",
     .why = "it comes with select, whose body says what is selected"},
    {"sign", NAME_SAYS, "cos-wire.md s.1.4: java, go, c, node", THEME_SIGNATURE},
    {"sortBy", NAME_IDLE, CORE ": java COSClient.java:4945, with decompression",
     .why = "decompression is not built"},
    {"startTime", NAME_IDLE, CORE ": c cos_define.c:72, with vod",
     .why = "playlists are not built"},
    {"starttime", NAME_IDLE, CORE ": python cos_client.py:5056, with vod",
     .why = "playlists are not built"},
    {"strict-signature", NAME_SELECTS, CORE ": doc PUT Bucket StrictSignature"},
    {"style", NAME_SELECTS, CI ": go ci.go"},
    {"switch", NAME_IDLE, CORE ": python cos_client.py:4852, with live",
     .why = "live channels are not built"},
    {"symlink", NAME_SELECTS, CORE ": go object.go:2360"},
    {"tagging", NAME_SELECTS, CORE ": go bucket_tagging.go, object_tagging"},
    {"tagkey", NAME_SAYS, CORE ": doc GET Service", THEME_SERVICE},
    {"tagvalue", NAME_SAYS, CORE ": doc GET Service", THEME_SERVICE},
    {"unbind", NAME_SELECTS, CI ": go ci.go"},
    {"upload-id-marker", NAME_SAYS, CORE ": doc List Multipart Uploads", THEME_UPLOADS_PAGE},
    {"uploadId", NAME_SELECTS, CORE ": doc Upload Part"},
    {"uploads", NAME_SELECTS, CORE ": doc Initiate Multipart Upload"},
    {"version-id-marker", NAME_SAYS, CORE ": doc GET Bucket Object versions",
     THEME_VERSION_MARKER},
    {"versionId", NAME_SAYS, CORE ": doc GET Object", THEME_VERSION},
    {"versioning", NAME_SELECTS, CORE ": doc PUT Bucket versioning"},
    {"versions", NAME_SELECTS, CORE ": doc GET Bucket Object versions"},
    {"vod", NAME_SELECTS, CORE ": python cos_client.py:5056"},
    {"website", NAME_SELECTS, CORE ": doc PUT Bucket website"},
    {"x-ci-security-token", NAME_IDLE, CI ": as x-cos-security-token, on data processing hosts",
     .why = "data processing is not built"},
    {"x-cos-security-token", NAME_SAYS, "doc Request Signature", THEME_SIGNATURE},
    {"x-cos-traffic-limit", NAME_SAYS, CORE ": cpp object_req.h:839", THEME_TRAFFIC_LIMIT},
    /* names that carry their operands */
    {"imageMogr2/" DOTS, NAME_SELECTS, CI ": python cos_client.py:5814"},
    {"imageView2/" DOTS, NAME_SELECTS, CI ": php ImageParamTemplate"},
    {"watermark/" DOTS, NAME_SELECTS, CI ": php ImageParamTemplate"},
    {NULL, NAME_IDLE, NULL},
};
#define N_OPEN 3 /* rows with dots at the end */
#define N_QUERIES (COS_ARRAY_LEN(queries) - 1 - N_OPEN)

#define DOC_PUT "doc PUT Object"
#define DOC_COPY "doc PUT Object - Copy"
#define DOC_COMMON "doc Common Request Headers"

const struct known_name names_cos_headers[] = {
    [HEADER_NONE] = {"", NAME_ANSWERS, "no header"},
    [HEADER_ACL] = {"x-cos-acl", NAME_SAYS, DOC_PUT, THEME_ACL},
    [HEADER_BUCKET_AZ] = {"x-cos-bucket-az-type", NAME_ANSWERS,
                          "cos-wire.md s.2.1, HEAD Bucket"},
    [HEADER_BUCKET_REGION] = {"x-cos-bucket-region", NAME_ANSWERS,
                              "cos-wire.md s.2.1, HEAD Bucket"},
    [HEADER_CONTENT_SHA1] = {"x-cos-content-sha1", NAME_SAYS, DOC_PUT, THEME_SHA1},
    [HEADER_COPY_SOURCE] = {"x-cos-copy-source", NAME_SAYS, DOC_COPY, THEME_COPY},
    [HEADER_COPY_SOURCE_CUSTOMER_ENCRYPTION] =
        {"x-cos-copy-source-server-side-encryption-customer-algorithm", NAME_SAYS, DOC_COPY,
         THEME_SOURCE_KEY},
    [HEADER_COPY_SOURCE_CUSTOMER_KEY] =
        {"x-cos-copy-source-server-side-encryption-customer-key", NAME_SAYS, DOC_COPY,
         THEME_SOURCE_KEY},
    [HEADER_COPY_SOURCE_CUSTOMER_KEY_MD5] =
        {"x-cos-copy-source-server-side-encryption-customer-key-MD5", NAME_SAYS, DOC_COPY,
         THEME_SOURCE_KEY},
    [HEADER_COPY_SOURCE_IF_MATCH] = {"x-cos-copy-source-if-match", NAME_SAYS, DOC_COPY,
                                     THEME_SOURCE_CONDITIONS},
    [HEADER_COPY_SOURCE_IF_MODIFIED_SINCE] = {"x-cos-copy-source-if-modified-since", NAME_SAYS,
                                              DOC_COPY, THEME_SOURCE_CONDITIONS},
    [HEADER_COPY_SOURCE_IF_NONE_MATCH] = {"x-cos-copy-source-if-none-match", NAME_SAYS,
                                          DOC_COPY, THEME_SOURCE_CONDITIONS},
    [HEADER_COPY_SOURCE_IF_UNMODIFIED_SINCE] = {"x-cos-copy-source-if-unmodified-since",
                                                NAME_SAYS, DOC_COPY, THEME_SOURCE_CONDITIONS},
    [HEADER_COPY_SOURCE_OF_S3] = {"x-amz-copy-source", NAME_SELECTS, "cos-s3.md"},
    [HEADER_COPY_SOURCE_RANGE] = {"x-cos-copy-source-range", NAME_SAYS,
                                  "doc Upload Part - Copy", THEME_SOURCE_RANGE},
    [HEADER_COPY_SOURCE_VERSION_ID] = {"x-cos-copy-source-version-id", NAME_ANSWERS, DOC_COPY},
    [HEADER_CRC64] = {"x-cos-hash-crc64ecma", NAME_ANSWERS, "cos-wire.md s.2.0"},
    [HEADER_CUSTOMER_ENCRYPTION] = {"x-cos-server-side-encryption-customer-algorithm",
                                    NAME_SAYS, DOC_COMMON, THEME_CUSTOMER_KEY},
    [HEADER_CUSTOMER_KEY] = {"x-cos-server-side-encryption-customer-key", NAME_SAYS, DOC_COMMON,
                             THEME_CUSTOMER_KEY},
    [HEADER_CUSTOMER_KEY_MD5] = {"x-cos-server-side-encryption-customer-key-MD5", NAME_SAYS,
                                 DOC_COMMON, THEME_CUSTOMER_KEY},
    [HEADER_DELETE_MARKER] = {"x-cos-delete-marker", NAME_ANSWERS, "doc DELETE Object"},
    [HEADER_ENCRYPTION] = {"x-cos-server-side-encryption", NAME_SAYS, DOC_COMMON,
                           THEME_ENCRYPTION},
    [HEADER_FORBID_OVERWRITE] = {"x-cos-forbid-overwrite", NAME_SAYS,
                                 "hadoop-cos; cos-wire.md s.2.1", THEME_FORBID_OVERWRITE},
    [HEADER_FORCE_DOWNLOAD] = {"x-cos-force-download", NAME_ANSWERS, "436/57456"},
    [HEADER_GRANT_FULL_CONTROL] = {"x-cos-grant-full-control", NAME_SAYS, DOC_PUT, THEME_ACL},
    [HEADER_GRANT_READ] = {"x-cos-grant-read", NAME_SAYS, DOC_PUT, THEME_ACL},
    [HEADER_GRANT_READ_ACP] = {"x-cos-grant-read-acp", NAME_SAYS, DOC_PUT, THEME_ACL},
    [HEADER_GRANT_WRITE] = {"x-cos-grant-write", NAME_SAYS, "doc PUT Bucket",
                            THEME_GRANT_WRITE},
    [HEADER_GRANT_WRITE_ACP] = {"x-cos-grant-write-acp", NAME_SAYS, DOC_PUT, THEME_ACL},
    [HEADER_LOCK_MODE] = {"x-cos-object-lock-mode", NAME_SAYS, "cos-operations-1.md s.7",
                          THEME_LOCK},
    [HEADER_LOCK_UNTIL] = {"x-cos-object-lock-retain-until-date", NAME_SAYS,
                           "cos-operations-1.md s.7", THEME_LOCK},
    [HEADER_META] = {"x-cos-meta-" DOTS, NAME_SAYS, DOC_PUT, THEME_META},
    [HEADER_METADATA_DIRECTIVE] = {"x-cos-metadata-directive", NAME_SAYS, DOC_COPY,
                                   THEME_DIRECTIVES},
    [HEADER_NEXT_APPEND_POSITION] = {"x-cos-next-append-position", NAME_ANSWERS,
                                     "cos-operations-2.md s.4"},
    [HEADER_OBJECT_TYPE] = {"x-cos-object-type", NAME_IDLE, "doc HEAD Object; c cos_define.c",
                            .why = "the operation that makes an object decides its type"},
    [HEADER_REPLICATION_STATUS] = {"x-cos-replication-status", NAME_ANSWERS,
                                   "cos-operations-2.md s.12"},
    [HEADER_REPLICATION_TIME] = {"x-cos-replication-rule-creation-time", NAME_ANSWERS,
                                 "doc GET Bucket replication"},
    [HEADER_REQUEST_ID] = {"x-cos-request-id", NAME_ANSWERS, "cos-wire.md s.2.0"},
    [HEADER_RESTORE] = {"x-cos-restore", NAME_ANSWERS, "doc HEAD Object"},
    [HEADER_RESTORE_STATUS] = {"x-cos-restore-status", NAME_ANSWERS, "doc HEAD Object"},
    [HEADER_SECURITY_TOKEN] = {"x-cos-security-token", NAME_SAYS, DOC_COMMON, THEME_SIGNATURE},
    [HEADER_STORAGE_CLASS] = {"x-cos-storage-class", NAME_SAYS, DOC_PUT, THEME_CLASS},
    [HEADER_STORAGE_TIER] = {"x-cos-storage-tier", NAME_ANSWERS, "doc HEAD Object"},
    [HEADER_SYMLINK_TARGET] = {"x-cos-symlink-target", NAME_SAYS, CORE ": go object.go:2360",
                               THEME_SYMLINK_TARGET},
    [HEADER_TAGGING] = {"x-cos-tagging", NAME_SAYS, DOC_PUT, THEME_TAGGING},
    [HEADER_TAGGING_COUNT] = {"x-cos-tagging-count", NAME_ANSWERS, "cos-operations-1.md s.5.2"},
    [HEADER_TAGGING_DIRECTIVE] = {"x-cos-tagging-directive", NAME_SAYS, DOC_COPY,
                                  THEME_DIRECTIVES},
    [HEADER_TRACE_ID] = {"x-cos-trace-id", NAME_ANSWERS, "cos-wire.md s.2.0"},
    [HEADER_TRAFFIC_LIMIT] = {"x-cos-traffic-limit", NAME_SAYS,
                              "doc Single-Connection Bandwidth Limit", THEME_TRAFFIC_LIMIT},
    [HEADER_VERSION_ID] = {"x-cos-version-id", NAME_ANSWERS, "doc PUT Object"},
    [HEADER_NAMES] = {"x-cos-sdk-retry", NAME_REMARK, "cos-wire.md s.3.2",
                      .why = "it tells the service that an SDK tries again"},
    {"x-cos-sdk-log-debug", NAME_REMARK, "fluss-plugin.md s.6.2",
     .why = "it tells the service how the Java SDK logs"},
    {"Pic-Operations", NAME_REFUSED, CI},
    {"x-cos-appid", NAME_IDLE, CI ": go batch.go:140", .why = "batch jobs are not built"},
    {"x-cos-callback", NAME_IDLE, "c cos_define.c", .why = "nobody is called back"},
    {"x-cos-callback-var", NAME_IDLE, "c cos_define.c", .why = "nobody is called back"},
    {"x-cos-copy-source-server-side-encryption-" DOTS, NAME_IDLE, DOC_COPY,
     .why = "no key management service is here"},
    {"x-cos-crc32c-flag", NAME_IDLE, "hadoop-cos; cos-wire.md s.2.0",
     .why = "no CRC-32C is computed"},
    {"x-cos-date", NAME_IDLE, "c cos_define.c",
     .why = "the time of a signature is in its q-sign-time"},
    {"x-cos-mime-limit", NAME_IDLE, "cam-conditions.md: tc:436/54750",
     .why = "no document says what it limits"},
    {"x-cos-next-action", NAME_IDLE, CORE ": java COSClient.java:5810",
     .why = "it asks for a preflight of the Java SDK, which is not built"},
    {"x-cos-process", NAME_IDLE, "c cos_define.c", .why = "data processing is not built"},
    {"x-cos-rename-source", NAME_IDLE, CORE ": java COSClient.java:831",
     .why = "buckets of OFS are not built"},
    {"x-cos-replace-object-meta", NAME_IDLE, "c cos_define.c",
     .why = "x-cos-metadata-directive of a copy replaces metadata"},
    {"x-cos-return-body", NAME_IDLE, "doc PUT Object, callback",
     .why = "nobody is called back"},
    {"x-cos-server-side-encryption-" DOTS, NAME_IDLE, DOC_COMMON,
     .why = "no key management service is here"},
    {NULL, NAME_IDLE, NULL},
};

#define DOC_GET "doc GET Object"
#define CONDITIONS "RFC 9110 s.13.1; cos-operations-1.md s.11"

/* HTTP's own, as far as a store gives them a meaning for some requests and not for others. */
static const struct known_name http_headers[] = {
    {"Cache-Control", NAME_SAYS, DOC_PUT, THEME_DESCRIPTION},
    {"Content-Disposition", NAME_SAYS, DOC_PUT, THEME_DESCRIPTION},
    {"Content-Encoding", NAME_SAYS, DOC_PUT, THEME_DESCRIPTION},
    {"Content-Language", NAME_SAYS, DOC_PUT, THEME_DESCRIPTION},
    {"Expires", NAME_SAYS, DOC_PUT, THEME_DESCRIPTION},
    {"If-Match", NAME_SAYS, CONDITIONS, THEME_CONDITIONS},
    {"If-Modified-Since", NAME_SAYS, CONDITIONS, THEME_CONDITIONS},
    {"If-None-Match", NAME_SAYS, CONDITIONS, THEME_CONDITIONS},
    {"If-Range", NAME_SAYS, "RFC 9110 s.13.1.5", THEME_RANGE},
    {"If-Unmodified-Since", NAME_SAYS, CONDITIONS, THEME_CONDITIONS},
    {"Range", NAME_SAYS, DOC_GET, THEME_RANGE},
    {NULL, NAME_IDLE, NULL},
};

/* Like memcmp, the shorter one first. */
static int compare(struct cos_span a, struct cos_span b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int order = n == 0 ? 0 : memcmp(a.ptr, b.ptr, n);

    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

struct cos_span name_stem(const char *name)
{
    struct cos_span whole = cos_span_of(name);

    return cos_span_ends(whole, COS_SPAN_LIT(DOTS))
               ? cos_span_sub(whole, 0, whole.len - (sizeof(DOTS) - 1))
               : (struct cos_span){NULL, 0};
}

/* "imageMogr2/..." fits every name that begins with "imageMogr2/". */
static bool fits_open(const char *open, struct cos_span name)
{
    struct cos_span stem = name_stem(open);

    return stem.ptr != NULL && cos_span_starts_nocase(name, stem);
}

/* Those of one service alone are few, and looked at by its requests alone. */
static const struct known_name *own_query(const struct known_name *own, struct cos_span name)
{
    for (const struct known_name *row = own; row != NULL && row->name != NULL; row++) {
        if (cos_span_eq_str(name, row->name) || fits_open(row->name, name)) {
            return row;
        }
    }
    return NULL;
}

static const struct known_name *query_of_cos(struct cos_span name)
{
    size_t low = 0;
    size_t high = N_QUERIES;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare(name, cos_span_of(queries[middle].name));
        if (order == 0) {
            return &queries[middle];
        }
        *(order < 0 ? &high : &low) = order < 0 ? middle : middle + 1;
    }
    for (size_t i = N_QUERIES; i < N_QUERIES + N_OPEN; i++) {
        if (fits_open(queries[i].name, name)) {
            return &queries[i];
        }
    }
    return NULL;
}

const struct known_name *name_of_query(const struct known_name *own, struct cos_span name)
{
    const struct known_name *row = own_query(own, name);
    return row != NULL ? row : query_of_cos(name);
}

const struct known_name *name_of_query_any_case(const struct known_name *own,
                                                struct cos_span name)
{
    for (const struct known_name *row = own; row != NULL && row->name != NULL; row++) {
        if (cos_span_eq_nocase(name, cos_span_of(row->name)) && row->kind != NAME_IDLE) {
            return row;
        }
    }
    for (size_t i = 0; i < N_QUERIES; i++) {
        if (cos_span_eq_nocase(name, cos_span_of(queries[i].name)) &&
            queries[i].kind != NAME_IDLE) {
            return &queries[i];
        }
    }
    return name_of_query(own, name);
}

/* Behind what the names of a service have in common ("x-cos-"): a handful of rows is left. */
static bool differs_early(const char *of_row, struct cos_span name)
{
    enum { AT = sizeof("x-cos-") - 1 };
    return of_row[0] == '\0' || (of_row[AT] != DOTS[0] && name.len > AT &&
                                 ((of_row[AT] ^ name.ptr[AT]) & ~0x20) != 0);
}

const struct known_name *name_of_header(const struct known_name *headers, struct cos_span name)
{
    for (const struct known_name *row = headers; row->name != NULL; row++) {
        if (row->kind != NAME_ANSWERS && !differs_early(row->name, name) &&
            (cos_span_eq_nocase(name, cos_span_of(row->name)) || fits_open(row->name, name))) {
            return row;
        }
    }
    return NULL;
}

#define OF_LENGTH(name) (UINT64_C(1) << (sizeof(name) - 1))

/* Every request comes here with every header; most have none of these, and of the others few
 * have one's length. */
static bool may_be_of_http(struct cos_span name)
{
    static const uint64_t lengths =
        OF_LENGTH("Range") | OF_LENGTH("Expires") | OF_LENGTH("If-Match") |
        OF_LENGTH("Cache-Control") | OF_LENGTH("Content-Encoding") |
        OF_LENGTH("If-Modified-Since") | OF_LENGTH("Content-Disposition");
    char first = (char)(name.ptr[0] | 0x20);
    return name.len < 64 && (lengths >> name.len & 1) != 0 &&
           (first == 'c' || first == 'e' || first == 'i' || first == 'r');
}

const struct known_name *name_of_http_header(struct cos_span name)
{
    for (const struct known_name *row = http_headers; may_be_of_http(name) && row->name != NULL;
         row++) {
        if (cos_span_eq_nocase(name, cos_span_of(row->name))) {
            return row;
        }
    }
    return NULL;
}

bool name_is_own_header(struct cos_span name)
{
    char first = name.len == 0 ? '\0' : (char)(name.ptr[0] | 0x20);
    if (first != 'x' && first != 'p') {
        return false;
    }
    return cos_span_starts_nocase(name, COS_SPAN_LIT("x-cos-")) ||
           cos_span_starts_nocase(name, COS_SPAN_LIT("x-ci-")) ||
           cos_span_starts_nocase(name, COS_SPAN_LIT("x-amz-")) ||
           cos_span_eq_nocase(name, COS_SPAN_LIT("Pic-Operations"));
}

const struct known_name *names_of_queries(void)
{
    return queries;
}

const struct known_name *names_of_http_headers(void)
{
    return http_headers;
}
