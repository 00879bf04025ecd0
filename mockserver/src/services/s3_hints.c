/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The three settings that fail against COS and not against S3 (cos-s3.md s.2, s.4.5, s.5). Who
 * is refused for one reads "BadDigest" and looks for a broken line; so the answer's
 * x-cosmock-reason, the journal and `cosmock why` say what to set, in the words of each client.
 */
#include "services/s3_hints.h"

#include "exchange/aws_body.h"
#include "exchange/exchange.h"

/* Not any InvalidRequest. */
static bool lacks_md5(const struct cosmock_exchange *x)
{
    const struct error_row *lacking = x->service->error_of_case(ERROR_NO_MD5);
    return cos_span_eq_str(x->result.error_message, lacking->message);
}

static bool is_raw(const struct cosmock_exchange *x)
{
    return x->aws_body != NULL && x->aws_body->is_raw;
}

#define FRAMED                                                                              \
    "the body is framed (aws-chunked), and COS takes the frames for content. Set "          \
    "request_checksum_calculation=when_required (botocore and boto3: Config; aws-cli: aws " \
    "configure set default.request_checksum_calculation when_required; environment: "       \
    "AWS_REQUEST_CHECKSUM_CALCULATION=when_required; Java: "                                \
    "RequestChecksumCalculation.WHEN_REQUIRED); rclone: provider = TencentCOS; S3A: "       \
    "fs.s3a.checksum.generation=false; minio-go frames over plain http only: Secure: true"
#define NO_MD5                                                                                \
    "DeleteObjects, PutBucketCors and PutBucketLifecycle need Content-MD5, and COS takes no " \
    "x-amz-checksum-* for it. boto3 before 1.36 and aws-cli before 2.23 send it; later ones " \
    "do not, whatever is set: delete one by one, or add the header (botocore: event "         \
    "before-sign.s3.DeleteObjects); Java: LegacyMd5Plugin; S3A: "                             \
    "fs.s3a.request.md5.header=true; minio-go, rclone, s3cmd send it; in cosmock the "        \
    "switches "                                                                               \
    "multi-delete-md5 and document-md5 make it optional"
#define PATH_STYLE                                                                            \
    "the bucket stands in the path, and COS wants it in the host. boto3: "                    \
    "Config(s3={'addressing_style': 'virtual'}), and for get_bucket_location, which does so " \
    "whatever is set, head_bucket; aws-cli: aws configure set "                               \
    "default.s3.addressing_style virtual; minio-go: BucketLookup: minio.BucketLookupDNS; "    \
    "rclone: provider = TencentCOS; s3cmd: host_bucket = "                                    \
    "%(bucket)s.cos.<region>.myqcloud.com; S3A: fs.s3a.path.style.access=false; in cosmock "  \
    "the switch path-style=allow takes buckets for old ones"

/* Names of settings: botocore/config.py, aws-cli's topics/s3-config, minio-go's options.go,
 * rclone's provider/TencentCOS.yaml, s3cmd's Config.py, Hadoop's hadoop-aws/index.md; which
 * clients send what: cos-s3.md s.5.2. */
static const struct hint_row {
    enum s3_hint which;
    const char *code; /* of the refusal */
    /** And the request is such; NULL: any is. */
    bool (*fits)(const struct cosmock_exchange *x);
    const char *text;
} rows[] = {
    {S3_HINT_PATH_STYLE, "PathStyleDomainForbidden", NULL, PATH_STYLE},
    {S3_HINT_NO_MD5, "InvalidRequest", lacks_md5, NO_MD5},
    {S3_HINT_FRAMED, "MissingContentLength", is_raw, FRAMED},
    {S3_HINT_FRAMED, "BadDigest", is_raw, FRAMED},
};

const char *s3_hint_text(enum s3_hint which)
{
    size_t i = 0;
    while (rows[i].which != which) {
        i++;
    }
    return rows[i].text;
}

static bool fits(const struct hint_row *row, const struct cosmock_exchange *x)
{
    return strcmp(row->code, x->result.error->code) == 0 && (row->fits == NULL || row->fits(x));
}

const char *s3_hint_of(const struct cosmock_exchange *x)
{
    for (size_t i = 0; x->result.error != NULL && i < COS_ARRAY_LEN(rows); i++) {
        if (fits(&rows[i], x)) {
            return rows[i].text;
        }
    }
    return NULL;
}
