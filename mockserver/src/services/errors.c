/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every error the services can answer, one row each. Codes and statuses come from the COS
 * error code page (cloud.tencent.com/document/api/436/7730, which cos-wire.md calls the
 * error-code table) and the places named in the rows; wording is the service's where a capture
 * or an issue shows it, else that of the S3 API, from which the service takes its codes
 * (cos-wire.md s.2.2, last line). STS: sts-cam.md s.2.1; its errors are always HTTP 200.
 */
#include "services/errors.h"

#include "cosbase/base.h"

#define TABLE "436/7730"

static const struct error_row cos_rows[] = {
    /* 400 */
    {"ActionAccelerateNotSupported", 400, "The action is not supported by the accelerate host.",
     "cos-operations-2.md s.14 (coscmd#274)"},
    {"AuthorizationHeaderMalformed", 400, "The authorization header is malformed",
     "minio-go bucket-cache.go and s3cmd S3.py act on it; sentence: AWS"},
    {"AuthorizationQueryParametersError", 400,
     "The parameters of the query that sign the request are malformed",
     "AWS; sentence [assumed]"},
    {"BadDigest", 400, "The Content-MD5 you specified did not match what we received.",
     "cos-wire.md s.2.0; " TABLE},
    {"BadRequest", 400, "Bad Request.", TABLE},
    {"BucketAccelerateNotEnabled", 400, "Acceleration is not enabled for the bucket.",
     "cos-operations-2.md s.14; sentence [assumed]"},
    {"EntitySizeNotMatch", 400,
     "Your proposed upload size does not match the Content-Length HTTP header.",
     "cos-wire.md s.2.0; " TABLE},
    {"EntityTooLarge", 400, "Your proposed upload exceeds the maximum allowed object size.",
     "cos-wire.md s.2.0; " TABLE},
    {"EntityTooSmall", 400,
     "Your proposed upload is smaller than the minimum allowed object size.",
     "cos-wire.md s.5.11 (clickhouse-backup#464)"},
    {"ExpiredToken", 400, "The temporary key token has expired.", "cos-wire.md s.1.5; " TABLE},
    {"IncompleteBody", 400,
     "You did not provide the number of bytes specified by the Content-Length HTTP header.",
     "cos-wire.md s.2.0; " TABLE},
    {"IncorrectNumberOfFilesInPostRequest", 400,
     "POST requires exactly one file upload per request.", "cos-operations-2.md s.3.3; " TABLE},
    {"InvalidArgument", 400, "Invalid Argument.", "cos-wire.md s.2.1; " TABLE},
    {"InvalidBucketName", 400, "The specified bucket is not valid.",
     "cos-wire.md s.2.2; " TABLE},
    {"InvalidCopySource", 400, "The specified copy source is invalid.",
     "cos-wire.md s.2.1; " TABLE},
    {"InvalidDelimiter", 400, "The specified delimiter must be a single character.",
     "cos-wire.md s.2.1; " TABLE},
    {"InvalidDigest", 400, "The Content-MD5 you specified was invalid.",
     "cos-wire.md s.2.0; " TABLE},
    {"InvalidPart", 400,
     "One or more of the specified parts could not be found. The part might not have been "
     "uploaded, or the specified entity tag might not have matched the part's entity tag.",
     "cos-wire.md s.2.1; " TABLE},
    {"InvalidPartOrder", 400,
     "The list of parts was not in ascending order. Parts list must be specified in order by "
     "part number.",
     "cos-wire.md s.2.1; " TABLE},
    {"InvalidPolicyDocument", 400,
     "You must provide condition if you specify a policy in post object request.",
     "cos-operations-2.md s.3.3"},
    {"InvalidRegionName", 400, "The region name you specified is not valid.",
     "cos-s3.md s.4.5; " TABLE "; sentence [assumed]"},
    {"InvalidRequest", 400, "Invalid Request.", "cos-wire.md s.2.1; " TABLE},
    {"InvalidSHA1Digest", 400, "The x-cos-content-sha1 you specified was invalid.",
     "cos-wire.md s.2.0; " TABLE},
    {"DuplicateInventoryId", 400, "An inventory of this id exists.",
     "cos-operations-2.md s.13; sentence [assumed]"},
    {"InventoryFull", 400, "The bucket has as many inventories as allowed.",
     "cos-operations-2.md s.13; sentence [assumed]"},
    {"MultiBucketNotSupport", 400, "Rules with more than one destination are not supported.",
     "cos-operations-2.md s.12; sentence [assumed]"},
    {"InvalidTag", 400, "The tag you specified is not valid.",
     "cos-operations-1.md s.5.1; sentence [assumed]"},
    {"InvalidTargetBucketForLogging", 400, "The target bucket for logging is not valid.",
     "cos-operations-2.md s.14; sentence [assumed]"},
    {"MirrorFailed", 424, "The origin of the bucket cannot be used.",
     "436/31508: 424; code and sentence [assumed], the code is OSS's"},
    {"LoggingPrefixInvalid", 400, "The prefix for logs is not valid.",
     "cos-operations-2.md s.14; sentence [assumed]"},
    {"InvalidToken", 400, "The provided token is malformed or otherwise invalid.", TABLE},
    {"InvalidURI", 400, "Could not parse the specified URI.", TABLE},
    {"KeyTooLong", 400, "Your key is too long.", "cos-wire.md s.2.0; " TABLE},
    {"MalformedPOSTRequest", 400,
     "The body of your POST request is not well-formed multipart/form-data.",
     "cos-operations-2.md s.3.3"},
    {"MalformedPolicy", 400, "The policy is not valid.",
     "cos-operations-1.md s.4; sentence [assumed]"},
    {"MissingRequestBodyError", 400, "Request body is empty.",
     "cos-operations-1.md s.10; sentence [assumed]"},
    {"MalformedTrailerError", 400, "The trailers of the body are not well-formed.",
     "AWS, Error responses; cos-s3.md s.9: COS's own is unknown"},
    {"MalformedXML", 400,
     "The XML you provided was not well-formed or did not validate against our published "
     "schema.",
     "cos-wire.md s.2.1; " TABLE},
    {"MaxPostPreDataLengthExceededError", 400,
     "Your POST request fields preceding the upload file were too large.", TABLE},
    {"MAZOperationNotSupportOnOAZBucket", 400,
     "The storage class is one of buckets in several zones, and this bucket is in one.",
     "cos-operations-1.md s.9; sentence [assumed]; " TABLE},
    {"MetadataTooLarge", 400, "Your metadata headers exceed the maximum allowed metadata size.",
     "cos-wire.md s.2.0 (2 KB); " TABLE},
    {"NotSymlink", 400, "The object is not a symbolic link.",
     "cos-operations-2.md s.5 (hadoop-cos CosNativeFileSystemStore.java:1009); sentence "
     "[assumed]"},
    {"NotSupportedStorageClass", 400, "The specified storage class is not supported.",
     "cos-operations-1.md s.9; " TABLE},
    {"OAZOperationNotSupportOnMAZBucket", 400,
     "The operation is none of buckets in several zones, and this bucket is one.",
     "cos-operations-1.md s.9; sentence [assumed]; " TABLE},
    {"PolicyFull", 400, "your policy or acl has reached the limit",
     "cos-php-sdk-v5#69; cos-operations-1.md s.3.2; " TABLE},
    {"RequestTimeOut", 400,
     "Your socket connection to the server was not read from or written to within the timeout "
     "period.",
     TABLE},
    {"SSEContentNotSupported", 400, "The specified encryption algorithm is not supported.",
     "cos-operations-2.md s.7.3; " TABLE},
    {"SSEHeaderNotAllowed", 400, "The server-side encryption header is not allowed here.",
     "cos-operations-2.md s.7.3; sentence [assumed]"},
    {"SsecDecryptHeaderInvalid", 400,
     "The object is encrypted with a key of the caller's; the request brings none or another.",
     "cos-operations-2.md s.7.3; sentence [assumed]"},
    {"AmbiguousFieldName", 400, "More than one field has the name that is asked for.",
     "cos-operations-2.md s.16.2; sentence [assumed]"},
    {"Bzip2DecompressError", 400, "The object is no bzip2.",
     "cos-operations-2.md s.16.2; sentence [assumed]"},
    {"CSVParsingError", 400, "The CSV of the object cannot be read.",
     "cos-operations-2.md s.16.2; sentence [assumed]"},
    {"CastFailed", 400, "A value cannot be cast to the type that is asked for.",
     "cos-operations-2.md s.16.2; sentence [assumed]"},
    {"ErrorWritingRow", 400, "A row of the result cannot be written.",
     "cos-operations-2.md s.16.2; sentence [assumed]"},
    {"GzipDecompressError", 400, "The object is no gzip.",
     "cos-operations-2.md s.16.2; sentence [assumed]"},
    {"InvalidCompressionFormat", 400, "The compression is none that is known.",
     "cos-operations-2.md s.16.2; sentence [assumed]"},
    {"InvalidFileHeaderInfo", 400, "FileHeaderInfo must be NONE, USE or IGNORE.",
     "cos-operations-2.md s.16.2; sentence [assumed]"},
    {"InvalidJsonType", 400, "The type of the JSON must be DOCUMENT or LINES.",
     "cos-operations-2.md s.16.2; sentence [assumed]"},
    {"InvalidQuoteFields", 400, "QuoteFields must be ALWAYS or ASNEEDED.",
     "cos-operations-2.md s.16.2; sentence [assumed]"},
    {"InvalidRequestParameter", 400, "A parameter of the request is not valid.",
     "cos-operations-2.md s.16.2; sentence [assumed]"},
    {"JSONParsingError", 400, "The JSON of the object cannot be read.",
     "cos-operations-2.md s.16.2; sentence [assumed]"},
    {"MissingExpectedExpression", 400, "The request has no expression.",
     "cos-operations-2.md s.16.2; sentence [assumed]"},
    {"MissingInputFormat", 400, "The request does not say in which format the object is.",
     "cos-operations-2.md s.16.2; sentence [assumed]"},
    {"MissingInputSerialization", 400, "The request has no InputSerialization.",
     "cos-operations-2.md s.16.2; sentence [assumed]"},
    {"MissingOutputFormat", 400,
     "The request does not say in which format the result is wanted.",
     "cos-operations-2.md s.16.2; sentence [assumed]"},
    {"MissingOutputSerialization", 400, "The request has no OutputSerialization.",
     "cos-operations-2.md s.16.2; sentence [assumed]"},
    {"OverMaxRecordSize", 400, "A record is longer than 1 MB.",
     "cos-operations-2.md s.16.2; sentence [assumed]"},
    {"SQLParsingError", 400, "The expression cannot be read.",
     "cos-operations-2.md s.16.2; sentence [assumed]"},
    {"TooManyBuckets", 400, "You have attempted to create more buckets than allowed.",
     "cos-wire.md s.2.2; " TABLE},
    {"XAmzContentSHA256Mismatch", 400,
     "The provided 'x-amz-content-sha256' header does not match what was computed.",
     "AWS, Error responses; cos-s3.md s.9: COS's own is unknown"},
    {"XMLSizeLimit", 400, "The XML you provided is larger than allowed.",
     "cos-operations-1.md s.12; sentence [assumed]"},
    /* 403 */
    {"AccessDenied", 403, "Access Denied.", "cos-wire.md s.1.5"},
    {"AccessForbidden", 403,
     "CORSResponse: This CORS request is not allowed. This is usually because the evalution of "
     "Origin, request method / Access-Control-Request-Method or Access-Control-Requet-Headers "
     "are not whitelisted by the resource's CORS spec",
     "cos-operations-2.md s.0.4 (document OPTIONS Object, sample; its spelling)"},
    {"DownloadForbidden", 403,
     "The APK/IPA file is not allowed to be distributed in a public network using COS default "
     "domain, please use custom domain instead.",
     "436/57456"},
    {"InvalidAccessKeyId", 403, "The Access Key Id you provided does not exist in our records",
     "cos-wire.md s.1.5 (php-sdk#57)"},
    {"InvalidObjectState", 403, "The operation is not valid for the object storage class.",
     "cos-wire.md s.2.1"},
    {"PathStyleDomainForbidden", 403,
     "The bucket you are attempting to access must be addressed using COS virtual-styled "
     "domain.",
     "cos-wire.md s.2.0 (gobackup#233, mimir#7512)"},
    {"RequestTimeTooSkewed", 403,
     "The difference between the local time and server time is more than 15 minutes",
     "cos-wire.md s.1.5"},
    {"SignatureDoesNotMatch", 403, "The Signature you specified is invalid.",
     "cos-wire.md s.1.5 (PicGo#638)"},
    /* 404 */
    {"NoSuchBucket", 404, "The specified bucket does not exist.",
     "cos-wire.md s.5.22 (zfile#200)"},
    {"NoSuchBucketPolicy", 404, "The specified bucket does not have a bucket policy.",
     "java COSClient.java:3316; sentence [assumed]"},
    {"NoSuchPolicy", 404, "The specified policy does not exist.",
     "node base.js:592; sentence [assumed]"},
    {"NoSuchPolicyVersion", 404, "The specified policy version does not exist.",
     TABLE "; node base.js:592; sentence [assumed]"},
    {"DomainConfigNotFoundError", 404, "The domain configuration was not found.",
     "cos-operations-2.md s.0.7; sentence [assumed]"},
    {"InventoryConfigurationNotFoundError", 404, "The inventory configuration was not found.",
     "cos-operations-2.md s.13; sentence [assumed]"},
    {"NoSuchConfiguration", 404, "The specified configuration does not exist.",
     "cos-operations-2.md s.15 names no code: [assumed]"},
    {"NoSuchCORSConfiguration", 404, "The CORS configuration does not exist.",
     "cos-operations-2.md s.2.1; sentence [assumed]"},
    {"NoSuchEncryptionConfiguration", 404, "The encryption configuration does not exist.",
     "cos-operations-2.md s.7.1; sentence [assumed]"},
    {"NoSuchKey", 404, "The specified key does not exist.", "cos-wire.md s.2.1"},
    {"NoSuchObjectLockConfiguration", 404, "The object lock configuration does not exist.",
     "cos-operations-1.md s.7; sentence [assumed]"},
    {"NoSuchStrictSignatureConfiguration", 404,
     "The strict signature configuration does not exist.",
     "cos-operations-2.md s.9 names no code: [assumed]"},
    {"OriginConfigurationNotFoundError", 404, "The origin configuration was not found.",
     "cos-operations-2.md s.14; sentence [assumed]"},
    {"ReplicationConfigurationNotFoundError", 404,
     "The replication configuration was not found.",
     "cos-operations-2.md s.0.6; sentence [assumed]"},
    {"NoSuchLifecycleConfiguration", 404, "The lifecycle configuration does not exist.",
     "cos-operations-2.md s.6.2; sentence [assumed]"},
    {"NoSuchTagSet", 404, "There is no tag set associated with the bucket.",
     "cos-operations-1.md s.5.1; sentence [assumed]"},
    {"NoSuchUpload", 404,
     "The specified multipart upload does not exist. The upload ID may be invalid, or the "
     "upload may have been aborted or completed.",
     "cos-wire.md s.2.1; " TABLE},
    {"NoSuchVersion", 404, "The specified version does not exist.",
     "cos-wire.md s.2.1; " TABLE},
    {"NoSuchWebsiteConfiguration", 404,
     "The specified bucket does not have a website configuration.",
     "cos-operations-2.md s.10.1; sentence [assumed]"},
    {"NoSuchResource", 404, "The specified resource does not exist.",
     "cos-wire.md s.2.0 (python SDK)"},
    /* 405 */
    {"MethodNotAllowed", 405, "The specified method is not allowed against this resource.",
     "cos-wire.md s.2.0 (coscli#35)"},
    {"RestoreNonArchiveObject", 405, "The object is not of an archived storage class.",
     "cos-operations-1.md s.8; " TABLE "; sentence [assumed]"},
    /* 409 */
    {"AppendPositionErr", 409, "The append position is not the length of the object.",
     "cos-operations-2.md s.4; sentence [assumed]"},
    {"BucketAlreadyExists", 409, "The requested bucket name is not available.",
     "cos-wire.md s.2.2 (java and go test data)"},
    {"BucketAlreadyOwnedByYou", 409,
     "Your previous request to create the named bucket succeeded and you already own it.",
     "cos-wire.md s.2.2"},
    {"BucketNotEmpty", 409, "The bucket you tried to delete is not empty.",
     "cos-wire.md s.2.2"},
    {"InvalidBucketState", 409, "The state of the bucket does not allow the request.",
     "cos-operations-2.md s.12; sentence [assumed]"},
    {"InvalidLockedTime", 409, "The retention period may not be shortened.",
     "cos-operations-1.md s.7; sentence [assumed]"},
    {"RecordAlreadyExist", 409, "The domain is bound to another bucket.",
     "cos-operations-2.md s.14; sentence [assumed]"},
    {"FileAlreadyExists", 409, "The specified file already exists.",
     "apache/opendal#7526; text unknown"},
    {"ObjectAlreadyExists", 409, "The specified object already exists.",
     "cos-wire.md s.2.1, forbid-overwrite [U]"},
    {"ObjectNotAppendable", 409,
     "The operation is not valid for the current state of the object.",
     "cos-operations-2.md s.4 (document APPEND Object)"},
    {"BucketLocked", 409, "The bucket is locked.",
     "cos-operations-1.md s.7; " TABLE "; sentence [assumed]"},
    {"ObjectLocked", 409, "The object is locked.",
     "cos-operations-1.md s.7; " TABLE "; sentence [assumed]"},
    {"PathConflict", 409, "Path conflict.", "cos-wire.md s.2.2, last line"},
    {"RestoreAlreadyInProgress", 409, "Object restore is already in progress.",
     "cos-operations-1.md s.8; sentence [assumed]"},
    {"UploadConflict", 409, "Upload conflict.", "cos-wire.md s.2.1, s.5.13"},
    /* other 4xx */
    {"MissingContentLength", 411, "You must provide the Content-Length HTTP header.",
     "cos-wire.md s.2.0"},
    {"PreconditionFailed", 412, "Precondition not match.", "cos-wire.md s.2.0"},
    {"InvalidRange", 416, "The requested range cannot be satisfied.",
     "cos-wire.md s.2.0; " TABLE},
    {"TooManyRequests", 429, "Too many requests.", "fluss-plugin.md s.6.6"},
    /* 5xx */
    {"InternalError", 500, "We encountered an internal error. Please try again.",
     "cos-wire.md s.2.1, s.5.16"},
    {"NotImplemented", 501,
     "A header or query you provided implies functionality that is not implemented.",
     "cos-wire.md s.2.2; " TABLE},
    {"BadGateway", 502, "Bad gateway.", "fluss-plugin.md s.6.6"},
    {"SlowDown", 503, "Reduce your request rate.", "cos-wire.md s.2.1"},
    {"ServiceUnavailable", 503, "Reduce your request rate.", TABLE},
    {"GatewayTimeout", 504, "Gateway timeout.", "fluss-plugin.md s.6.6"},
    {NULL, 0, NULL, NULL},
};

static const struct error_row cases[ERROR_CASES] = {
    [ERROR_NO_APPID] = {"InvalidRequest", 400,
                        "Missing required header for this request: Appid, Bucket format should "
                        "be <bucketname>-<appid>",
                        "zhangruiyu/tencent_cos#3; a wrong domain gives it, too: "
                        "cos-python-sdk-v5#34"},
    [ERROR_NO_MD5] = {"InvalidRequest", 400,
                      "Missing required header for this request: Content-MD5",
                      "cos-wire.md s.5.24 (Moonlark#1416)"},
    [ERROR_SOURCE_STATE] = {"NoSuchBucket", 404, "Failed to query the state of source object",
                            "flysystem-qcloud-cos-v5#8"},
    /* node's SDK recognises code and message to correct its clock */
    [ERROR_EXPIRED] = {"AccessDenied", 403, "Request has expired", "cos-wire.md s.1.5"},
    [ERROR_KEY_ID_FORMAT] = {"InvalidAccessKeyId", 403,
                             "The access key Id format you provided is invalid.",
                             "cos-wire.md s.1.5 (coscmd#280)"},
};

#define STS "sts-cam.md s.2.1"
#define CAM "cam-conditions.md s.8; py cam errorcodes.py"

static const struct error_row sts_rows[] = {
    {"AuthFailure.InvalidAuthorization", 200,
     "The Authorization header in the request is not in the standard format.", STS},
    {"AuthFailure.InvalidSecretId", 200, "Invalid key: not a TencentCloud API key type.", STS},
    {"AuthFailure.SecretIdNotFound", 200,
     "The SecretId is not found, please ensure that your SecretId is correct.",
     STS " (nodejs#138, tccli#84)"},
    {"AuthFailure.SignatureExpire", 200,
     "Signature expired. Timestamp and server time cannot differ by more than five minutes.",
     STS},
    {"AuthFailure.SignatureFailure", 200,
     "The provided credentials could not be validated. Please check your signature is "
     "correct.",
     STS " (cos-sts #72 #47 #35)"},
    {"AuthFailure.TokenFailure", 200, "Token error.", STS},
    {"AuthFailure.UnauthorizedOperation", 200, "The request is not authorized.", STS},
    {"FailedOperation", 200, "The operation failed.", STS},
    {"FailedOperation.CheckMFAError", 200, "The MFA check failed.", STS},
    {"FailedOperation.MFATypeNotSupported", 200, "The MFA type is not supported.", STS},
    {"FailedOperation.TempKeyNotAllowed", 200, "A temporary key may not call this action.",
     STS "; s.2"},
    {"InternalError", 200, "An internal error has occurred. Retry your request.", STS},
    {"InternalError.SystemError", 200, "Internal system error.", STS},
    {"InvalidAction", 200, "The request action is not valid.", STS},
    {"InvalidParameter", 200, "A parameter error occurred.", STS},
    {"InvalidParameter.AccountNotAvaliable", 200,
     "The account does not exist or is not available.", STS},
    {"InvalidParameter.ExtendStrategyOverSize", 200, "The extended policy is too large.", STS},
    {"InvalidParameter.GrantOtherResource", 200, "cant grant other resource",
     STS " (cos-sts #128 #36 #32 #20)"},
    {"InvalidParameter.OverLimit", 200, "A limit is exceeded.", STS},
    {"InvalidParameter.OverTimeError", 200, "The expiration time exceeds the threshold.",
     STS "; s.2"},
    {"InvalidParameter.ParamError", 200, "Invalid parameter.", STS},
    {"InvalidParameter.PolicyTooLong", 200, "The policy is too long.", STS "; s.2"},
    {"InvalidParameter.ResouceError", 200, "resource error", STS " (cos-sts #42 #52)"},
    {"InvalidParameter.StrategyFormatError", 200, "Invalid policy syntax.", STS},
    {"InvalidParameter.StrategyInvalid", 200, "Invalid policy.", STS},
    {"InvalidParameter.WebIdentityTokenError", 200, "The WebIdentityToken is wrong.", STS},
    {"InvalidParameterValue", 200, "The parameter value is wrong.", STS},
    {"LimitExceeded", 200, "The quota limit is exceeded.", STS},
    {"MissingParameter", 200, "The request is missing a required parameter.",
     STS " (nodejs#99)"},
    {"NoSuchVersion", 200, "The API version does not exist.", STS},
    {"RequestLimitExceeded", 200, "The number of requests exceeds the frequency limit.", STS},
    {"RequestSizeLimitExceeded", 200, "The request size exceeds the upper limit.", STS},
    {"ResourceNotFound.RoleNotFound", 200, "The role does not exist.", STS},
    {"ResourceUnavailable", 200, "Resources are unavailable.", STS},
    {"UnauthorizedOperation", 200, "you are not authorized to perform operation", STS},
    {"UnknownParameter", 200, "Unknown parameter error.", STS},
    {"UnsupportedOperation", 200, "The operation is not supported.", STS},
    {"UnsupportedProtocol", 200,
     "The HTTP request method is not supported; only GET and POST requests are.", STS},
    {"UnsupportedRegion", 200, "The action not support this region.", STS " (php#46)"},
    /* of CAM: the meaning is the SDK's, the words are ours */
    {"FailedOperation.PolicyFull", 200, "The number of policies exceeds the upper limit.", CAM},
    {"FailedOperation.PolicyNameInUse", 200,
     "The policy name that PolicyName specifies exists already.", CAM},
    {"FailedOperation.PolicyVersionAlreadyDefault", 200,
     "This version is the default version of the policy already.", CAM},
    {"FailedOperation.PolicyVersionFull", 200,
     "The number of versions of the policy has reached the upper limit.", CAM},
    {"InvalidParameter.ActionError", 200, "The Action of the policy document is not valid.",
     CAM},
    {"InvalidParameter.AttachmentFull", 200,
     "The number of policies attached has reached the upper limit.", CAM},
    {"InvalidParameter.ConditionContentError", 200,
     "The content of a condition in the policy is not correct.", CAM},
    {"InvalidParameter.ConditionError", 200,
     "The condition of the policy document is not valid.", CAM},
    {"InvalidParameter.ConditionTypeError", 200,
     "The operator of a condition in the policy is not correct.", CAM},
    {"InvalidParameter.DescriptionLengthOverlimit", 200,
     "The Description may have 300 bytes at most.", CAM},
    {"InvalidParameter.EffectError", 200, "The Effect of the policy document is not valid.",
     CAM},
    {"InvalidParameter.EntityFilterError", 200, "The EntityFilter is not valid.", CAM},
    {"InvalidParameter.GroupFull", 200, "The number of groups has reached the upper limit.",
     CAM},
    {"InvalidParameter.GroupNameInUse", 200, "The name of the group exists already.", CAM},
    {"InvalidParameter.GroupNotExist", 200, "The group does not exist.", CAM},
    {"InvalidParameter.GroupUserFull", 200,
     "The number of users in the group has reached the upper limit.", CAM},
    {"InvalidParameter.PolicyDocumentError", 200, "The PolicyDocument is not valid.", CAM},
    {"InvalidParameter.PolicyDocumentLengthOverLimit", 200,
     "The PolicyDocument is longer than allowed.", CAM},
    {"InvalidParameter.PolicyIdError", 200, "The PolicyId is not valid.", CAM},
    {"InvalidParameter.PolicyIdNotExist", 200, "The policy id does not exist.", CAM},
    {"InvalidParameter.PolicyNameError", 200, "The PolicyName is not valid.", CAM},
    {"InvalidParameter.PolicyVersionNotExists", 200,
     "The version of the policy does not exist.", CAM},
    {"InvalidParameter.PrincipalError", 200,
     "The principal of the policy document is not valid.", CAM},
    {"InvalidParameter.ResourceError", 200, "The Resource of the policy document is not valid.",
     CAM},
    {"InvalidParameter.RoleFull", 200, "The number of roles has reached the upper limit.", CAM},
    {"InvalidParameter.RoleNameError", 200, "The name of the role is not valid.", CAM},
    {"InvalidParameter.RoleNameInUse", 200, "A role of the same name exists already.", CAM},
    {"InvalidParameter.RoleNotExist", 200, "The role does not exist.", CAM},
    {"InvalidParameter.ScopeError", 200, "The Scope is not valid.", CAM},
    {"InvalidParameter.StatementError", 200,
     "The Statement of the policy document is not valid.", CAM},
    {"InvalidParameter.SubUserFull", 200,
     "The number of sub-accounts has reached the upper limit.", CAM},
    {"InvalidParameter.SubUserNameInUse", 200, "The name of the sub-user exists already.", CAM},
    {"InvalidParameter.TagLimitExceeded", 200, "The limit of tags is exceeded.", CAM},
    {"InvalidParameter.TagParamError", 200, "A tag is not valid.", CAM},
    {"InvalidParameter.UserGroupFull", 200,
     "The number of groups of the user has reached the upper limit.", CAM},
    {"InvalidParameter.UserNameIllegal", 200, "The name of the user is not valid.", CAM},
    {"InvalidParameter.UserNotExist", 200, "The user does not exist.", CAM},
    {"InvalidParameter.UserUinAndUinNotAllNull", 200,
     "The Uin and the Uid of a user may not both be empty.", CAM},
    {"InvalidParameter.VersionError", 200, "The Version of the policy document is not valid.",
     CAM},
    {"OperationDenied.AccessKeyOverLimit", 200,
     "Each account may have two access keys at most.", CAM},
    {"OperationDenied.HaveKeys", 200, "There are API keys that have not been deleted.", CAM},
    {"OperationDenied.SubUin", 200, "A sub-user may not operate on keys of the root account.",
     CAM},
    {"OperationDenied.UinNotMatch", 200, "The key does not belong to the account.", CAM},
    {"ResourceNotFound.GroupNotExist", 200, "The group does not exist.", CAM},
    {"ResourceNotFound.PolicyIdNotFound", 200,
     "The resource that PolicyId specifies does not exist.", CAM},
    {"ResourceNotFound.SecretNotExist", 200, "The key does not exist.", CAM},
    {"ResourceNotFound.UserNotExist", 200, "The user does not exist.", CAM},
    {"UnauthorizedOperation.DeleteApiKey", 200, "No permission to delete API keys.", CAM},
    {NULL, 0, NULL, NULL},
};

/* Where a status alone does not say which error is meant: the one a client
 * most likely meets. */
static const struct {
    int status;
    const char *code;
} by_status[] = {
    {400, "InvalidRequest"},     {403, "AccessDenied"},   {404, "NoSuchKey"},
    {405, "MethodNotAllowed"},   {409, "PathConflict"},   {411, "MissingContentLength"},
    {412, "PreconditionFailed"}, {416, "InvalidRange"},   {429, "TooManyRequests"},
    {500, "InternalError"},      {501, "NotImplemented"}, {502, "BadGateway"},
    {503, "SlowDown"},           {504, "GatewayTimeout"},
};

/* RFC 9110 s.15; 424: RFC 4918 s.11.4; 429: RFC 6585 s.4. */
static const struct {
    int status;
    const char *phrase;
} phrases[] = {
    {100, "Continue"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {424, "Failed Dependency"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
};

static const struct error_row *find_code(const struct error_row *rows, const char *code)
{
    for (const struct error_row *row = rows; row->code != NULL; row++) {
        if (strcmp(row->code, code) == 0) {
            return row;
        }
    }
    return NULL;
}

const struct error_row *error_cos(const char *code)
{
    const struct error_row *row = find_code(cos_rows, code);
    return row != NULL ? row : find_code(cos_rows, "InternalError");
}

const struct error_row *error_of_case(enum error_case which)
{
    return &cases[which];
}

const struct error_row *error_s3(const char *code)
{
    static const struct error_row class_of_s3 = {
        "InvalidStorageClass", 400, "The storage class you specified is not valid.",
        "cos-s3.md s.4.4; [assumed]"};

    return strcmp(code, "NotSupportedStorageClass") == 0 ? &class_of_s3 : error_cos(code);
}

const struct error_row *error_sts(const char *code)
{
    const struct error_row *row = find_code(sts_rows, code);
    return row != NULL ? row : find_code(sts_rows, "InternalError");
}

const struct error_row *error_cos_by_status(int status)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(by_status); i++) {
        if (by_status[i].status == status) {
            return error_cos(by_status[i].code);
        }
    }
    return error_cos(status >= 400 && status < 500 ? "BadRequest" : "InternalError");
}

const struct error_row *error_cos_rows(void)
{
    return cos_rows;
}

const struct error_row *error_sts_rows(void)
{
    return sts_rows;
}

const char *error_reason_phrase(int status)
{
    for (size_t i = 0; i < COS_ARRAY_LEN(phrases); i++) {
        if (phrases[i].status == status) {
            return phrases[i].phrase;
        }
    }
    return "Unknown";
}
