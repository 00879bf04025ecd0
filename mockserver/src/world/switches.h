/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything we are unsure of about the real service is a named switch with the best-evidenced
 * default: THE TABLE. The names, the values, what the code compares (SWITCH_PATH_STYLE_REFUSE)
 * and docs/DEVIATIONS.md follow from it.
 */
#ifndef WORLD_SWITCHES_H
#define WORLD_SWITCHES_H

#include <stdbool.h>
#include <stdint.h>

/*
 * CHOICE(switch, name, words, meaning, evidence), the first WORD(value, word) is the default;
 * NUMBER(switch, name, default, least, most, meaning, evidence).
 */
#define WORLD_SWITCHES(CHOICE, NUMBER, WORD)                                                  \
    CHOICE(ENFORCEMENT, "enforcement",                                                        \
           WORD(ENFORCEMENT_ENFORCE, "enforce") WORD(ENFORCEMENT_SOFT, "soft")                \
               WORD(ENFORCEMENT_OFF, "off"),                                                  \
           "enforce refuses; soft evaluates, journals and allows; off asks neither "          \
           "signature nor policy",                                                            \
           "ours; the state is printed in the ready line")                                    \
    CHOICE(TEMP_KEY_WITHOUT_TOKEN, "temp-key-without-token",                                  \
           WORD(TEMP_KEY_WITHOUT_TOKEN_INVALID_ACCESS_KEY_ID, "InvalidAccessKeyId")           \
               WORD(TEMP_KEY_WITHOUT_TOKEN_ACCESS_DENIED, "AccessDenied")                     \
                   WORD(TEMP_KEY_WITHOUT_TOKEN_ACCEPT, "accept"),                             \
           "the answer to a temporary key without its token or with another key's",           \
           "sts-cam.md s.4: inferred; cos-nodejs-sdk-v5#38 shows AccessDenied in a 2018"      \
           " case; accept reproduces a service that would take hadoop-cos 3.3.5")             \
    CHOICE(EXPIRED_TEMP_KEY, "expired-temp-key",                                              \
           WORD(EXPIRED_TEMP_KEY_EXPIRED_TOKEN_403, "ExpiredToken403")                        \
               WORD(EXPIRED_TEMP_KEY_EXPIRED_TOKEN_400, "ExpiredToken400")                    \
                   WORD(EXPIRED_TEMP_KEY_INVALID_ACCESS_KEY_ID, "InvalidAccessKeyId"),        \
           "the answer to a temporary key after its end",                                     \
           "sts-cam.md s.4: error table 400, older table 403, Java SDK test 403, cos-"        \
           "go-sdk-v5#318 lumps it with unknown ids")                                         \
    CHOICE(PATH_STYLE, "path-style",                                                          \
           WORD(PATH_STYLE_NATIVE_ONLY, "native-only") WORD(PATH_STYLE_ALLOW, "allow")        \
               WORD(PATH_STYLE_REFUSE, "refuse"),                                             \
           "requests to <region host>/<bucket>/<key>: native-only refuses those in S3's "     \
           "dialect on hosts of COS (PathStyleDomainForbidden), refuse all",                  \
           "cos-wire.md s.2.0, cos-s3.md s.2: works for buckets made before 2024, refused "   \
           "for newer ones; in S3's dialect it is the most frequent failure there is")        \
    CHOICE(S3_STORAGE_CLASS, "s3-storage-class",                                              \
           WORD(S3_STORAGE_CLASS_REFUSE, "refuse") WORD(S3_STORAGE_CLASS_MAP, "map"),         \
           "a storage class of S3 that COS has not (GLACIER, ONEZONE_IA): refused with "      \
           "InvalidStorageClass, or the nearest of COS",                                      \
           "cos-s3.md s.4.4: nothing published; rclone offers the names of COS alone")        \
    CHOICE(LOCATION_CONSTRAINT, "location-constraint",                                        \
           WORD(LOCATION_CONSTRAINT_IGNORE, "ignore")                                         \
               WORD(LOCATION_CONSTRAINT_REFUSE, "refuse"),                                    \
           "a LocationConstraint of S3's CreateBucket that is not the region of the host: "   \
           "the host decides, or InvalidRegionName",                                          \
           "cos-s3.md s.4.5: unknown; the host decides natively")                             \
    CHOICE(CONDITIONAL_WRITE, "conditional-write",                                            \
           WORD(CONDITIONAL_WRITE_IGNORE, "ignore") WORD(CONDITIONAL_WRITE_REFUSE, "refuse"), \
           "If-Match and If-None-Match on a request that writes: ignored with a note, or "    \
           "NotImplemented",                                                                  \
           "cos-s3.md s.4.5: not documented; x-cos-forbid-overwrite is what COS has")         \
    CHOICE(AWS_CHUNKED, "aws-chunked",                                                        \
           WORD(AWS_CHUNKED_RAW, "raw") WORD(AWS_CHUNKED_DECODE, "decode"),                   \
           "what becomes of a body with Content-Encoding: aws-chunked, and of "               \
           "x-amz-checksum-*: raw does not know them, decode takes the framing off and "      \
           "holds signatures and checksums",                                                  \
           "cos-s3.md s.5.1: 411, BadDigest and framing inside of objects are reported, and " \
           "fit a service that does not decode")                                              \
    CHOICE(PLUS_IN_PATH, "plus-in-path",                                                      \
           WORD(PLUS_IN_PATH_SPACE, "space")                                                  \
               WORD(PLUS_IN_PATH_SPACE_OR_PLUS, "space-or-plus"),                             \
           "how a raw + in the path is read for the signature",                               \
           "cos-wire.md s.1.1: PicGo#638, casdoor#5447 show the service reading a space")     \
    CHOICE(MALFORMED_AUTH, "malformed-auth",                                                  \
           WORD(MALFORMED_AUTH_ACCESS_DENIED, "AccessDenied")                                 \
               WORD(MALFORMED_AUTH_INVALID_ARGUMENT, "InvalidArgument"),                      \
           "the answer to an Authorization that cannot be read",                              \
           "cos-wire.md s.1.5: unverified")                                                   \
    CHOICE(STRICT_ORDER, "strict-order",                                                      \
           WORD(STRICT_ORDER_OFF, "off") WORD(STRICT_ORDER_ON, "on"),                         \
           "on accepts only signatures over lists sorted by their encoded names",             \
           "cos-wire.md s.1.7: all SDKs verify in the order of their lists")                  \
    NUMBER(EARLY_START_S, "early-start-s", 900, 0, INT64_C(10) * 366 * 86400,                 \
           "how many seconds q-sign-time may begin in the future",                            \
           "cos-wire.md s.1.5: the 15 minutes are documented, their exact trigger is "        \
           "not")                                                                             \
    CHOICE(ANYONE_DENY, "anyone-deny",                                                        \
           WORD(ANYONE_DENY_UNSIGNED_ONLY, "unsigned-only")                                   \
               WORD(ANYONE_DENY_STRICT, "strict"),                                            \
           "whether a bucket policy's deny for anyone also hits signed requests",             \
           "sts-cam.md s.3.3: 436/35240 and 40105 say unsigned only, an example in "          \
           "45235 expects otherwise")                                                         \
    CHOICE(BOUNDARY_REACH, "boundary-reach",                                                  \
           WORD(BOUNDARY_REACH_POLICIES, "policies") WORD(BOUNDARY_REACH_ALL, "all"),         \
           "what a permission boundary bounds: what the policies of its user or role give, "  \
           "or what bucket policies and access control lists grant to him as well",           \
           "cam-conditions.md s.5: the page has the intersection with the policies that are " \
           "attached, and not a word on grants of resources")                                 \
    CHOICE(ROOT_GRANT, "root-grant",                                                          \
           WORD(ROOT_GRANT_ACCOUNT, "account") WORD(ROOT_GRANT_USERS, "users"),               \
           "whom a bucket policy allows something by the arn of an account: the account "     \
           "itself, and users of another account whose own policies allow it, too; or every " \
           "user and role of it, as if each were named",                                      \
           "598/10605, 436/32971: a grant to another account is handed on by that account's " \
           "own policies; no page says that it grants anything to users of the bucket's "     \
           "account; in a trust policy root stands for them (cn:598/33164)")                  \
    CHOICE(ROOT_DENY, "root-deny",                                                            \
           WORD(ROOT_DENY_ACCOUNT, "account") WORD(ROOT_DENY_USERS, "users"),                 \
           "whom a bucket policy denies something by the arn of an account: that account "    \
           "itself, which then has nothing to hand on, or every user and role of it",         \
           "no document; AWS, where an account stands for all in it, would be users")         \
    CHOICE(ANY_ACCOUNT_DENY, "any-account-deny",                                              \
           WORD(ANY_ACCOUNT_DENY_MISS, "miss") WORD(ANY_ACCOUNT_DENY_HIT, "hit"),             \
           "the account *, uid/* or uin/* of a resource in a deny: no account, as in an "     \
           "allow, or every one",                                                             \
           "apache/fluss#3983 saw that uid/* allows nothing; nobody has said what it denies") \
    CHOICE(REGION_PATTERN, "region-pattern",                                                  \
           WORD(REGION_PATTERN_WHOLE, "whole") WORD(REGION_PATTERN_GLOB, "glob"),             \
           "whether * in the region of a resource stands for a part of it (ap-*) or only "    \
           "for the whole",                                                                   \
           "sts-cam.md s.3.1: a region is empty or a name; * alone is inferred, a pattern "   \
           "is seen nowhere")                                                                 \
    CHOICE(SERVICE_LEVEL_GRANT, "service-level-grant",                                        \
           WORD(SERVICE_LEVEL_GRANT_STAR, "star")                                             \
               WORD(SERVICE_LEVEL_GRANT_ALL_OF_COS, "all-of-cos"),                            \
           "the resource that an action without one (GetService) must be granted on: * "      \
           "alone, or qcs::cos:::* as well, which limits nothing but the service",            \
           "cn:598/69901: an API without resources is out of the scope of a policy that "     \
           "limits one")                                                                      \
    CHOICE(QUESTION_MARK, "question-mark",                                                    \
           WORD(QUESTION_MARK_ITSELF, "itself") WORD(QUESTION_MARK_CHARACTER, "character"),   \
           "? in the path of a resource: itself, or any one character",                       \
           "sts-cam.md s.3.1: * is the only wildcard documented; in AWS ? is one character")  \
    CHOICE(ANY_USER_PRINCIPAL, "any-user-principal",                                          \
           WORD(ANY_USER_PRINCIPAL_EVERY_USER, "every-user")                                  \
               WORD(ANY_USER_PRINCIPAL_NOBODY, "nobody"),                                     \
           "whom the principal qcs::cam::uin/<owner>:uin/* of a bucket policy names: every "  \
           "user of the account and the account itself, or nobody",                           \
           "no document; wildcards are documented in actions and resources, the consoles "    \
           "write out each user")                                                             \
    CHOICE(POLICY_PRINCIPAL, "policy-principal",                                              \
           WORD(POLICY_PRINCIPAL_WARN, "warn") WORD(POLICY_PRINCIPAL_REFUSE, "refuse"),       \
           "a principal in a policy of a user or a role that is put by a request: ignored, "  \
           "with a warning where warnings are shown, or refused; in a session policy it is "  \
           "always ignored",                                                                  \
           "sts-cam.md s.2, s.3.1: not allowed in the page of GetFederationToken, sent by "   \
           "the official demos; CreatePolicy knows PrincipalError, without saying of what")   \
    CHOICE(BARE_PRINCIPAL, "bare-principal",                                                  \
           WORD(BARE_PRINCIPAL_REFUSE, "refuse") WORD(BARE_PRINCIPAL_WARN, "warn"),           \
           "a principal of a bucket or trust policy that is a text other than *, or a list: " \
           "refused, or taken as {qcs: [...]}",                                               \
           "sts-cam.md s.3.1: the grammar has * and an object, no sample has anything else")  \
    CHOICE(POLICY_BLANKS, "policy-blanks",                                                    \
           WORD(POLICY_BLANKS_WARN, "warn") WORD(POLICY_BLANKS_REFUSE, "refuse"),             \
           "blanks around an action, a resource or a principal: cut off, or the policy is "   \
           "refused",                                                                         \
           "cam-conditions.md s.1.2: samples of the documents have stray blanks in "          \
           "operators and dates; of these nothing is known")                                  \
    CHOICE(ODD_RESOURCE_PATH, "odd-resource-path",                                            \
           WORD(ODD_RESOURCE_PATH_REFUSE, "refuse") WORD(ODD_RESOURCE_PATH_WARN, "warn"),     \
           "a resource's path that resembles an old spelling and is none (prefix// with a "   \
           "wildcard for the appid, the host of a website): refused, or read as the "         \
           "spelling it resembles",                                                           \
           "sts-cam.md s.3.1: prefix//<appid>/<bucket>/ and the bucket's host of COS are "    \
           "documented, nothing else")                                                        \
    CHOICE(SESSION_TOKEN_CALLER, "session-token-caller",                                      \
           WORD(SESSION_TOKEN_CALLER_PERMANENT, "permanent")                                  \
               WORD(SESSION_TOKEN_CALLER_ANY, "any"),                                         \
           "who may call GetSessionToken: permanent keys, or temporary ones as well, which "  \
           "get one of the same rights, session policy included",                             \
           "sts-cam.md s.2: only GetFederationToken is documented to refuse temporary keys "  \
           "(TempKeyNotAllowed); in AWS the call takes permanent ones")                       \
    CHOICE(PEER_HEADER, "peer-header",                                                        \
           WORD(PEER_HEADER_IGNORE, "ignore") WORD(PEER_HEADER_TRUST, "trust"),               \
           "trust takes the client's address for conditions (qcs:ip) from the header "        \
           "x-cosmock-peer-ip, where there is one",                                           \
           "ours; every test comes from the loopback address")                                \
    CHOICE(COPY_ACTION, "copy-action",                                                        \
           WORD(COPY_ACTION_EITHER, "either") WORD(COPY_ACTION_PUT_OBJECT, "PutObject")       \
               WORD(COPY_ACTION_PUT_OBJECT_COPY, "PutObjectCopy"),                            \
           "the right a copy needs on its destination",                                       \
           "sts-cam.md s.3.5: 436/30580 and the SDKs say PutObject, 436/10881 says "          \
           "PutObjectCopy")                                                                   \
    NUMBER(PART_MIN_BYTES, "part-min-bytes", 1048576, 0, INT64_C(5) << 30,                    \
           "the least size of a part that is not the last",                                   \
           "cos-wire.md s.2.0: 1 MB, checked at complete")                                    \
    CHOICE(FORBID_OVERWRITE_CODE, "forbid-overwrite-code",                                    \
           WORD(FORBID_OVERWRITE_CODE_FILE_ALREADY_EXISTS, "FileAlreadyExists")               \
               WORD(FORBID_OVERWRITE_CODE_OBJECT_ALREADY_EXISTS, "ObjectAlreadyExists"),      \
           "the error code of a write with x-cos-forbid-overwrite onto an existing key",      \
           "FileAlreadyExists: seen at ap-guangzhou on a copy (apache/opendal#7526)")         \
    CHOICE(NULL_VERSION_HEADER, "null-version-header",                                        \
           WORD(NULL_VERSION_HEADER_OMIT, "omit") WORD(NULL_VERSION_HEADER_SEND, "send"),     \
           "x-cos-version-id of GET, HEAD and DELETE where the version has no id; send "      \
           "says null",                                                                       \
           "cos-operations-1.md s.2.2: PUT leaves it out while suspended, Complete says "     \
           "null; no document shows the others")                                              \
    CHOICE(DELETE_UNKNOWN_VERSION, "delete-unknown-version",                                  \
           WORD(DELETE_UNKNOWN_VERSION_SUCCEED, "succeed")                                    \
               WORD(DELETE_UNKNOWN_VERSION_REFUSE, "NoSuchVersion"),                          \
           "the answer to the deletion of a version that is not there",                       \
           "cos-operations-1.md s.2.2: documents silent; a missing key is 204, and so it "    \
           "is in S3")                                                                        \
    NUMBER(SESSION_TOKEN_BYTES, "session-token-bytes", 584, 65, 65536,                        \
           "the length of a temporary key's session token, 65 to 65536",                      \
           "sts-cam.md s.1.3: length depends on the policy, 4096 bytes at most")              \
    CHOICE(UNKNOWN_SUB_RESOURCE, "unknown-sub-resource",                                      \
           WORD(UNKNOWN_SUB_RESOURCE_REFUSE, "refuse")                                        \
               WORD(UNKNOWN_SUB_RESOURCE_IGNORE, "ignore"),                                   \
           "a write (any method but GET, HEAD, OPTIONS) with a parameter that no table "      \
           "has and that has no value, or is a known sub-resource in another case; "          \
           "ignore runs the bare operation",                                                  \
           "[assumed]: what the service does is not known; refused so that nothing is "       \
           "overwritten or deleted by a sub-resource that nobody told us of")                 \
    CHOICE(UNHEEDED_NAMES, "unheeded-names",                                                  \
           WORD(UNHEEDED_NAMES_NOTE, "note") WORD(UNHEEDED_NAMES_REFUSE, "refuse"),           \
           "headers and parameters of the service that have no effect, or that nobody "       \
           "knows: note accepts them and says so in x-cosmock-note and the journal; refuse "  \
           "answers NotImplemented with the note",                                            \
           "ours: the service does what its documents say, or ignores them in silence")       \
    CHOICE(NOT_BUILT_STATUS, "not-built-status",                                              \
           WORD(NOT_BUILT_STATUS_400, "400") WORD(NOT_BUILT_STATUS_405, "405")                \
               WORD(NOT_BUILT_STATUS_501, "501"),                                             \
           "the status of NotImplemented, the answer to what is known and not built",         \
           "the service's own is 501 (436/7730); Python, Go, Node and C repeat every "        \
           "5xx with back-off and no 4xx (cos_client.py:435, cos.go CheckRetrieable, "        \
           "base.js:3953, cos_status.c:41; Java leaves 501 out), so 501 makes a suite "       \
           "wait for an answer that will not change")                                         \
    CHOICE(CONTENT_TYPE_BY_EXTENSION, "content-type-by-extension",                            \
           WORD(CONTENT_TYPE_BY_EXTENSION_ON, "on")                                           \
               WORD(CONTENT_TYPE_BY_EXTENSION_OFF, "off"),                                    \
           "the Content-Type of an object written without one: by the extension of its "      \
           "key, or application/octet-stream",                                                \
           "cos-js-sdk-v5#40, cos-php-sdk-v5#113: the service looks at the suffix; the "      \
           "Node suite expects it; the list is Debian's")                                     \
    CHOICE(IF_RANGE, "if-range",                                                              \
           WORD(IF_RANGE_HONOUR, "honour") WORD(IF_RANGE_IGNORE, "ignore"),                   \
           "a Range with an If-Range that does not fit the object: honour sends the "         \
           "whole object, ignore the range",                                                  \
           "RFC 9110 s.13.1.5; no document of the service names the header")                  \
    CHOICE(APPEND_CRC64, "append-crc64",                                                      \
           WORD(APPEND_CRC64_LEFT_OUT, "left-out") WORD(APPEND_CRC64_SENT, "sent"),           \
           "x-cos-hash-crc64ecma, of the whole so far, in the answer to an append",           \
           "the sample of APPEND Object has none, and the C suite, which compares a "         \
           "wrong CRC with what comes, wants 200 (test_cos_crc.c:170); cos-wire.md "          \
           "s.2.0 counts Append among the operations that send it")                           \
    CHOICE(APPEND_VERSION, "append-version",                                                  \
           WORD(APPEND_VERSION_NULL, "null") WORD(APPEND_VERSION_ID, "id"),                   \
           "what an append begins in a bucket whose versioning is enabled: null, the "        \
           "version without an id, in the place of an older such one; id, a version like "    \
           "any other",                                                                       \
           "436/7741: appendable objects take no part in versioning; the suites of Python "   \
           "(ut/test.py:1000, :3654) and Node append in such buckets; OSS gives them an id "  \
           "(alibabacloud.com, AppendObject)")                                                \
    CHOICE(COPY_OF_APPENDABLE, "copy-of-appendable",                                          \
           WORD(COPY_OF_APPENDABLE_REFUSE, "refuse")                                          \
               WORD(COPY_OF_APPENDABLE_NORMAL, "normal"),                                     \
           "a copy of an appendable object, or of a part of it: refused with "                \
           "InvalidRequest, or a normal object",                                              \
           "cos-operations-2.md s.4: the page of 2024-11 (436/7741) says that they cannot "   \
           "be copied, the English one speaks of replication; the code [U]")                  \
    NUMBER(METADATA_BYTES, "metadata-bytes", 4096, 0, 65536,                                  \
           "how many bytes all x-cos-meta-* of an object may have, values and names behind "  \
           "the prefix; one has 2048 at most; beyond MetadataTooLarge",                       \
           "cos-operations-1.md s.1: the newer page (436/7746) says 2 KB each and 4 KB in "   \
           "all, the older one of PUT Object 2 KB in all")                                    \
    CHOICE(TOKEN_WITH_PERMANENT_KEY, "token-with-permanent-key",                              \
           WORD(TOKEN_WITH_PERMANENT_KEY_IGNORE, "ignore")                                    \
               WORD(TOKEN_WITH_PERMANENT_KEY_INVALID_ACCESS_KEY_ID, "InvalidAccessKeyId")     \
                   WORD(TOKEN_WITH_PERMANENT_KEY_INVALID_TOKEN, "InvalidToken"),              \
           "the answer to a permanent key with an x-cos-security-token; STS answers "         \
           "AuthFailure.TokenFailure unless it is ignored",                                   \
           "sts-cam.md s.4: inferred; searched in the documents, the SDKs and their "         \
           "issues without a report; OSS refuses such a request (0002-00000002), S3 "         \
           "answers InvalidToken")                                                            \
    CHOICE(STS_REPLAY, "sts-replay",                                                          \
           WORD(STS_REPLAY_ACCEPT, "accept") WORD(STS_REPLAY_REFUSE, "refuse"),               \
           "a call of STS signed v1 whose Nonce has come with its Timestamp before; "         \
           "refuse answers AuthFailure.SignatureFailure",                                     \
           "sts-cam.md s.1.2: cn:598/13884 says that both must not repeat; whether it is "    \
           "enforced, and the code, are not known")                                           \
    NUMBER(REQUEST_TIMEOUT_MS, "request-timeout-ms", 20000, 0, INT64_C(365) * 86400 * 1000,   \
           "how many milliseconds the rest of a head or handshake, or the next bytes of"      \
           " a body, may take before RequestTimeOut; 0: for ever",                            \
           "the code is in the table of errors (436/7730), its time is not; the C SDK's"      \
           " suite waits for it")                                                             \
    CHOICE(NO_POLICY_CODE, "no-policy-code",                                                  \
           WORD(NO_POLICY_CODE_NO_SUCH_POLICY_VERSION, "NoSuchPolicyVersion")                 \
               WORD(NO_POLICY_CODE_NO_SUCH_POLICY, "NoSuchPolicy")                            \
                   WORD(NO_POLICY_CODE_NO_SUCH_BUCKET_POLICY, "NoSuchBucketPolicy"),          \
           "the error code of a bucket without a policy that is asked for it",                \
           "NoSuchPolicyVersion alone is in the table of errors (436/7730), and Node reads "  \
           "it and NoSuchPolicy as the 404 of the newer service (base.js:588); Java "         \
           "takes NoSuchBucketPolicy, S3's code, for an empty policy (COSClient.java:3316), " \
           "and its own test catches a 404 all the same (GetSetDelPolicyTest.java:29)")       \
    CHOICE(SSE_ON_READ, "sse-on-read",                                                        \
           WORD(SSE_ON_READ_REFUSE, "refuse") WORD(SSE_ON_READ_IGNORE, "ignore"),             \
           "GET or HEAD of an object with x-cos-server-side-encryption: refused with "        \
           "SSEHeaderNotAllowed, or it counts for nothing",                                   \
           "cos-operations-2.md s.7: it must not be sent, and the code is in the table of "   \
           "errors; what triggers it is not said")                                            \
    CHOICE(SSEC_HEAD, "ssec-head",                                                            \
           WORD(SSEC_HEAD_REFUSE, "refuse") WORD(SSEC_HEAD_ANSWER, "answer"),                 \
           "HEAD without a key of an object that is encrypted with one: refused as a GET, "   \
           "or answered",                                                                     \
           "cos-operations-2.md s.7.3: whether HEAD is 400, too, was not found")              \
    CHOICE(FORM_CONDITIONS, "form-conditions",                                                \
           WORD(FORM_CONDITIONS_REQUIRED, "required")                                         \
               WORD(FORM_CONDITIONS_OPTIONAL, "optional"),                                    \
           "whether the policy of a form must have conditions on q-sign-algorithm, q-ak and " \
           "q-sign-time; without one InvalidPolicyDocument",                                  \
           "cos-operations-2.md s.3.2: marked as required, every field of the older page is " \
           "optional; the code [assumed]")                                                    \
    CHOICE(SYMLINK_CHAIN, "symlink-chain",                                                    \
           WORD(SYMLINK_CHAIN_REFUSE, "refuse") WORD(SYMLINK_CHAIN_FOLLOW, "follow"),         \
           "a link that leads to a link: refuse answers as if nothing were there, follow "    \
           "goes on, eight links at most",                                                    \
           "cos-operations-2.md s.5: no page says; OSS refuses them")                         \
    CHOICE(SYMLINK_TARGET, "symlink-target",                                                  \
           WORD(SYMLINK_TARGET_ANY, "any") WORD(SYMLINK_TARGET_MUST_EXIST, "must-exist"),     \
           "what a link may point to when it is made; must-exist answers NoSuchKey",          \
           "cos-operations-2.md s.5: no page says; other vendors do not look")                \
    CHOICE(FORM_CREATED_BODY, "form-created-body",                                            \
           WORD(FORM_CREATED_BODY_XML, "xml") WORD(FORM_CREATED_BODY_EMPTY, "empty"),         \
           "the body of a form's answer with success_action_status 201",                      \
           "cos-operations-2.md s.3.4: the older page shows a PostResponse, the newer says "  \
           "the body is empty")                                                               \
    CHOICE(BAD_DOCUMENT_VALUE, "bad-document-value",                                          \
           WORD(BAD_DOCUMENT_VALUE_INVALID_ARGUMENT, "InvalidArgument")                       \
               WORD(BAD_DOCUMENT_VALUE_MALFORMED_XML, "MalformedXML"),                        \
           "the error code of a bucket's configuration that is well-formed and has a value "  \
           "it may not have; a missing element is MalformedXML",                              \
           "an older page of PUT Bucket versioning answers another Status with "              \
           "InvalidArgument; S3 says MalformedXML; no other page says anything")              \
    CHOICE(DOCUMENT_MD5, "document-md5",                                                      \
           WORD(DOCUMENT_MD5_REQUIRED, "required") WORD(DOCUMENT_MD5_OPTIONAL, "optional"),   \
           "whether PUT Bucket cors and lifecycle without Content-MD5 are refused",           \
           "both pages mark the header as required, and SDKs send it; what becomes of a "     \
           "request without it was never captured")                                           \
    CHOICE(MULTI_DELETE_MD5, "multi-delete-md5",                                              \
           WORD(MULTI_DELETE_MD5_REQUIRED, "required")                                        \
               WORD(MULTI_DELETE_MD5_OPTIONAL, "optional"),                                   \
           "whether DELETE Multiple Objects without Content-MD5 is refused",                  \
           "it is (Moonlark#1416); optional is for clients that send another checksum in "    \
           "its place, as boto3 does from 1.36 on")                                           \
    CHOICE(OBJECT_LOCK_SHORTEN, "object-lock-shorten",                                        \
           WORD(OBJECT_LOCK_SHORTEN_ALLOW, "allow")                                           \
               WORD(OBJECT_LOCK_SHORTEN_REFUSE, "refuse"),                                    \
           "whether the default period of a locked bucket may be made shorter, or go; "       \
           "refuse answers InvalidLockedTime",                                                \
           "cos-operations-1.md s.7: two generations of documents; the Python suite has "     \
           "seen the one that allows it")                                                     \
    CHOICE(LOCK_HEADERS, "lock-headers",                                                      \
           WORD(LOCK_HEADERS_SENT, "sent") WORD(LOCK_HEADERS_LEFT_OUT, "left-out"),           \
           "x-cos-object-lock-mode and x-cos-object-lock-retain-until-date in answers "       \
           "to GET and HEAD of an object that has a retention",                               \
           "cos-operations-1.md s.7 has them at uploads; no page names them at reads, where " \
           "S3 sends its own")                                                                \
    CHOICE(TIERING_WITHOUT_RULE, "tiering-without-rule",                                      \
           WORD(TIERING_WITHOUT_RULE_REFUSE, "refuse")                                        \
               WORD(TIERING_WITHOUT_RULE_ACCEPT, "accept"),                                   \
           "a write of class INTELLIGENT_TIERING into a bucket without a configuration of "   \
           "intelligent tiering; refuse answers NotSupportedStorageClass",                    \
           "the page of limits wants the bucket's configuration first "                       \
           "(cos-operations-1.md s.9); the code [U]")                                         \
    CHOICE(FORCE_DOWNLOAD, "force-download",                                                  \
           WORD(FORCE_DOWNLOAD_OFF, "off") WORD(FORCE_DOWNLOAD_ON, "on"),                     \
           "GET through a host of COS as of buckets made since 2024: on adds "                \
           "x-cos-force-download: true and Content-Disposition: attachment, whatever object " \
           "and request say, and answers DownloadForbidden to keys in .apk and .ipa",         \
           "436/57456; buckets made before 2024, and custom domains, do without; HEAD does, " \
           "too, by one report of both methods")                                              \
    CHOICE(MARKER_HEADER, "marker-header",                                                    \
           WORD(MARKER_HEADER_LEFT_OUT, "left-out") WORD(MARKER_HEADER_SENT, "sent"),         \
           "x-cos-delete-marker: true in the 404 to a GET or HEAD of what a delete marker "   \
           "covers, or of one",                                                               \
           "cos-wire.md s.2.1 has it in the row of HEAD, no page shows it "                   \
           "(cos-operations-1.md s.2.2); S3 sends its own")                                   \
    CHOICE(SLASHES_ALONE, "slashes-alone",                                                    \
           WORD(SLASHES_ALONE_KEY, "key") WORD(SLASHES_ALONE_REFUSE, "refuse"),               \
           "a path of nothing but slashes and single dots (//, /./): a key like others, or "  \
           "one that every write refuses with InvalidURI",                                    \
           "cos-wire.md s.2.0: keys are not normalised; the Node suite (test.js:6174-6303) "  \
           "wants GET of /////// and /./ to fail, PUT to fail or a download to list the "     \
           "bucket, and objects of /abc/../ and ///abc/.//")                                  \
    CHOICE(PUBLIC_READ_WRITE, "public-read-write",                                            \
           WORD(PUBLIC_READ_WRITE_READ_AND_WRITE, "read-and-write")                           \
               WORD(PUBLIC_READ_WRITE_FULL_CONTROL, "full-control"),                          \
           "what the canned list public-read-write grants to everybody",                      \
           "cos-operations-1.md s.3.2: one page has READ and WRITE, 436/30583 FULL_CONTROL")  \
    CHOICE(ACL_HEADER_AND_BODY, "acl-header-and-body",                                        \
           WORD(ACL_HEADER_AND_BODY_INVALID_REQUEST, "InvalidRequest")                        \
               WORD(ACL_HEADER_AND_BODY_HEADER, "header"),                                    \
           "PUT ?acl with a list in headers and another in the body: refused, or the "        \
           "headers' counts",                                                                 \
           "cos-operations-1.md s.3.2: an older page of PUT Object acl has the refusal "      \
           "with its words, 436/30583 and PUT Bucket acl say that the header wins; "          \
           "Python's suite takes both")                                                       \
    CHOICE(ACL_OWNER, "acl-owner",                                                            \
           WORD(ACL_OWNER_IGNORE, "ignore") WORD(ACL_OWNER_ACCESS_DENIED, "AccessDenied"),    \
           "PUT ?acl with another Owner in its body than the resource's: ignored, or "        \
           "refused",                                                                         \
           "Node's suite sends uin 10001 whoever runs it and wants a 200 "                    \
           "(test.js:2407); Python's says that it must be the owner's (ut/test.py:718)")      \
    CHOICE(CORS_ACTUAL_HEADERS, "cors-actual-headers",                                        \
           WORD(CORS_ACTUAL_HEADERS_ALL, "all") WORD(CORS_ACTUAL_HEADERS_SHORT, "short"),     \
           "which headers of a CORS rule an answer to a request with Origin has: all that a " \
           "preflight has, or only origin, credentials and exposed headers",                  \
           "cos-operations-2.md s.2.4: the documents show preflights only; a browser reads "  \
           "the other three nowhere else")                                                    \
    CHOICE(REFERER_WILDCARD, "referer-wildcard",                                              \
           WORD(REFERER_WILDCARD_PARENT, "parent") WORD(REFERER_WILDCARD_BELOW, "below"),     \
           "whether *.example.com in a referer rule hits example.com, too",                   \
           "cos-operations-2.md s.8: the page of best practices says so, the console's page " \
           "does not list it")                                                                \
    CHOICE(WEBSITE_REDIRECT_STATUS, "website-redirect-status",                                \
           WORD(WEBSITE_REDIRECT_STATUS_302, "302") WORD(WEBSITE_REDIRECT_STATUS_301, "301"), \
           "the status of a website's redirects",                                             \
           "cos-operations-2.md s.10.2: no page names it; S3's websites answer 301")          \
    CHOICE(TRAFFIC_LIMIT, "traffic-limit",                                                    \
           WORD(TRAFFIC_LIMIT_SHAPE, "shape") WORD(TRAFFIC_LIMIT_CHECK, "check"),             \
           "x-cos-traffic-limit slows transfers down, or is checked only",                    \
           "ours: the service slows down (cos-operations-2.md s.11), a test may not want to " \
           "wait for it")                                                                     \
    CHOICE(REPLICATION, "replication",                                                        \
           WORD(REPLICATION_SOON, "soon") WORD(REPLICATION_BY_CLOCK, "by-clock"),             \
           "when replication rules copy what was written: soon, by a thread that no request " \
           "waits for, or not before a call turns a clock of the tenant, so that a test "     \
           "sees what is pending",                                                            \
           "ours; the service takes minutes to hours (overview of replication, 436/19237)")

#define SWITCH_CHOICE_ID(id, ...) SWITCH_##id,
#define SWITCH_NUMBER_ID(id, ...) SWITCH_##id,
#define SWITCH_NO_WORD(id, word)
enum world_switch {
    WORLD_SWITCHES(SWITCH_CHOICE_ID, SWITCH_NUMBER_ID, SWITCH_NO_WORD) SWITCHES
};

/* The values of each: SWITCH_PATH_STYLE_ALLOW, SWITCH_PATH_STYLE_REFUSE. Of one switch they
 * count from 0. */
#define SWITCH_WORD_ID(id, word) SWITCH_##id,
#define SWITCH_CHOICE_VALUES(id, name, words, ...) enum { words };
#define SWITCH_NUMBER_VALUES(...)
WORLD_SWITCHES(SWITCH_CHOICE_VALUES, SWITCH_NUMBER_VALUES, SWITCH_WORD_ID)

struct switch_spec {
    const char *name;     /* "path-style" */
    const char *values;   /* "allow|refuse", "900|<number>"; the first is the default */
    const char *meaning;  /* one sentence */
    const char *citation; /* evidence */
    bool is_number;
    int64_t fallback, min, max; /* of a number */
};
extern const struct switch_spec world_switch_rows[SWITCHES];

/** Is the switch so? SWITCH_IS(t, PATH_STYLE, REFUSE); a value that it does not have does not
 *  compile. */
#define SWITCH_IS(t, id, value) \
    (world_switch_choice(t, SWITCH_##id) == (unsigned)SWITCH_##id##_##value)

#endif
