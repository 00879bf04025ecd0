# SPDX-License-Identifier: Apache-2.0
"""Scenarios of boto3 from PyPI, unmodified, against a running mock. Run under `cosmock exec -- python boto.py [WORD]`.

Its settings are those that COS's guide and users' reports name (cos-s3 s.1.1, s.2, s.5): virtual hosts, and checksums when required. What
becomes of other settings is a scenario, too. They run one after the other: some move clocks and switches, which belong to all.
WORD: only the scenarios with it in their name.
"""
import base64
import hashlib
import io
import sys
import urllib.error
import urllib.request

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from scene import APPID, ENV, REGION, SERVICE, control, holds, run, same, Wrong

OWNER = "qcs::cam::uin/%s:uin/%s" % (ENV["COSMOCK_UIN"], ENV["COSMOCK_UIN"])
ANYONE = "http://acs.amazonaws.com/groups/global/AllUsers"
MIB = 1 << 20
KEYS = (ENV["COSMOCK_SECRET_ID"], ENV["COSMOCK_SECRET_KEY"])
READER = (ENV["COSMOCK_READER_SECRET_ID"], ENV["COSMOCK_READER_SECRET_KEY"])
SCENARIOS = []


def scenario(function):
    SCENARIOS.append(function)
    return function


def client(keys=KEYS, token=None, endpoint="https://" + SERVICE, style="virtual", checksums="when_required", **config):
    """A client as its users make one; @config: what they may set besides."""
    config.setdefault("retries", {"total_max_attempts": 1})
    return boto3.client("s3", region_name=REGION, endpoint_url=endpoint, aws_access_key_id=keys[0], aws_secret_access_key=keys[1],
                        aws_session_token=token,
                        config=Config(s3={"addressing_style": style}, request_checksum_calculation=checksums,
                                      response_checksum_validation=checksums, **config))


def refused(status, code, call, *args, **kwargs):
    """@call must fail with this answer; returns the reason that the mock gives in a header."""
    try:
        call(*args, **kwargs)
    except ClientError as error:
        answer = error.response
        # an answer to HEAD has no body: botocore calls it by its number
        same((answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]), (status, code), call.__name__)
        return answer["ResponseMetadata"]["HTTPHeaders"].get("x-cosmock-reason", "")
    raise Wrong("%s succeeded, want %d %s" % (call.__name__, status, code))


def anyone(url, method="GET", data=None, headers=None):
    """What somebody without a key is told: status, body and headers."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=data, method=method, headers=headers or {}), timeout=30) as reply:
            return reply.status, reply.read(), reply.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read(), error.headers


def put(s, key, body=b"x", s3=None, **kwargs):
    return (s3 or client()).put_object(Bucket=s.bucket, Key=key, Body=body, **kwargs)


def get(s, key, s3=None, **kwargs):
    return (s3 or client()).get_object(Bucket=s.bucket, Key=key, **kwargs)["Body"].read()


def keys_of(page, what="Contents"):
    return [entry["Key"] for entry in page.get(what, [])]


def with_md5(s3):
    """What boto3 did for every such request before 1.36, by the hook that it offers."""
    def add(request, **_):
        digest = hashlib.md5(request.body).digest()
        request.headers["Content-MD5"] = base64.b64encode(digest).decode()
    for operation in ("DeleteObjects", "PutBucketCors", "PutBucketLifecycleConfiguration", "PutBucketTagging"):
        s3.meta.events.register("before-sign.s3." + operation, add)
    return s3


# --- objects ---

@scenario
def an_object_goes_up_and_comes_back(s):
    etag = put(s, "k", b"hello")["ETag"]
    same(etag, '"5d41402abc4b2a76b9719d911017c592"')
    same(get(s, "k"), b"hello")
    head = client().head_object(Bucket=s.bucket, Key="k")
    same((head["ContentLength"], head["ETag"]), (5, etag))
    s.calls("PutObject 200", "GetObject 200", "HeadObject 200")


@scenario
def a_key_may_hold_every_awkward_byte(s):
    for key in ("od d+%&=#/é中'(x)*~!", "a//b", "a/./b", "%2F", "tab\t"):
        put(s, key, key.encode())
        same(get(s, key), key.encode())
        same(keys_of(client().list_objects_v2(Bucket=s.bucket, Prefix=key[:2])), [key])
        client().delete_object(Bucket=s.bucket, Key=key)
    s.calls(*["PutObject 200", "GetObject 200", "GetBucket 200", "DeleteObject 204"] * 5)


@scenario
def metadata_and_headers_come_back(s):
    put(s, "k", Metadata={"colour": "blue", "two": "a b, c"}, CacheControl="max-age=9", ContentType="text/x-a",
        ContentDisposition="attachment; filename*=UTF-8''%E4%B8%AD", ContentLanguage="de")
    head = client().head_object(Bucket=s.bucket, Key="k")
    same(head["Metadata"], {"colour": "blue", "two": "a b, c"})
    same([head[name] for name in ("CacheControl", "ContentType", "ContentDisposition", "ContentLanguage")],
         ["max-age=9", "text/x-a", "attachment; filename*=UTF-8''%E4%B8%AD", "de"])
    s.calls("PutObject 200", "HeadObject 200")


@scenario
def metadata_of_unicode_is_sent_encoded_or_not_at_all(s):
    try:
        put(s, "k", Metadata={"colour": "蓝"})
        raise Wrong("boto3 sent it")
    except Exception as error:  # it has a class for this, in a place that moves
        holds(str(error), "Non ascii characters found in S3 metadata")
    put(s, "k", Metadata={"colour": "%E8%93%9D"})
    same(client().head_object(Bucket=s.bucket, Key="k")["Metadata"], {"colour": "%E8%93%9D"})
    s.calls("PutObject 200", "HeadObject 200")


@scenario
def a_range_is_exact_and_behind_the_end_invalid(s):
    put(s, "k", b"0123456789")
    same(get(s, "k", Range="bytes=-4"), b"6789")
    reply = client().get_object(Bucket=s.bucket, Key="k", Range="bytes=3-5")
    same((reply["Body"].read(), reply["ContentRange"]), (b"345", "bytes 3-5/10"))
    refused(416, "InvalidRange", get, s, "k", Range="bytes=10-")
    s.calls("PutObject 200", "GetObject 206", "GetObject 206", "GetObject 416 InvalidRange")


@scenario
def conditions_of_a_read_are_judged(s):
    etag = put(s, "k")["ETag"]
    same(get(s, "k", IfMatch=etag), b"x")
    refused(412, "PreconditionFailed", get, s, "k", IfMatch='"0"')
    refused(304, "304", get, s, "k", IfNoneMatch=etag)
    s.calls("PutObject 200", "GetObject 200", "GetObject 412 PreconditionFailed", "GetObject 304")


@scenario
def what_is_missing_is_named(s):
    refused(404, "NoSuchKey", get, s, "none")
    refused(404, "404", client().head_object, Bucket=s.bucket, Key="none")
    refused(404, "NoSuchUpload", client().list_parts, Bucket=s.bucket, Key="k", UploadId="none")
    refused(404, "NoSuchTagSet", client().get_bucket_tagging, Bucket=s.bucket)
    refused(404, "NoSuchCORSConfiguration", client().get_bucket_cors, Bucket=s.bucket)
    refused(404, "NoSuchBucket", client().list_objects_v2, Bucket="none-" + APPID)
    s.calls("GetObject 404 NoSuchKey", "HeadObject 404 NoSuchKey", "ListParts 404 NoSuchUpload", "GetBucketTagging 404 NoSuchTagSet",
            "GetBucketCORS 404 NoSuchCORSConfiguration")


@scenario
def a_copy_keeps_or_replaces_metadata(s):
    s3 = client()
    put(s, "a b", b"text", Metadata={"m": "1"})
    source = {"Bucket": s.bucket, "Key": "a b"}
    same(s3.copy_object(Bucket=s.bucket, Key="same", CopySource=source)["CopyObjectResult"]["ETag"], '"1cb251ec0d568de6a929b520c4aed8d1"')
    s3.copy_object(Bucket=s.bucket, Key="new", CopySource=source, MetadataDirective="REPLACE", Metadata={"m": "2"})
    same([s3.head_object(Bucket=s.bucket, Key=key)["Metadata"] for key in ("same", "new")], [{"m": "1"}, {"m": "2"}])
    refused(404, "NoSuchKey", s3.copy_object, Bucket=s.bucket, Key="c", CopySource={"Bucket": s.bucket, "Key": "none"})
    s.calls("PutObject 200", "PutObjectCopy 200", "PutObjectCopy 200", "HeadObject 200", "HeadObject 200", "PutObjectCopy 404 NoSuchKey")


# --- lists ---

@scenario
def a_list_of_version_two_is_read_page_by_page(s):
    s3 = client()
    for n in range(7):
        put(s, "k%d" % n)
    pages = list(s3.get_paginator("list_objects_v2").paginate(Bucket=s.bucket, PaginationConfig={"PageSize": 3}))
    same([keys_of(page) for page in pages], [["k0", "k1", "k2"], ["k3", "k4", "k5"], ["k6"]])
    same([(page["KeyCount"], page["IsTruncated"]) for page in pages], [(3, True), (3, True), (1, False)])
    page = s3.list_objects_v2(Bucket=s.bucket, StartAfter="k5", FetchOwner=True)
    same([(e["Key"], e["Owner"]["ID"]) for e in page["Contents"]], [("k6", APPID)])  # of a list it is the APPID (cos-wire)
    same("Owner" in pages[0]["Contents"][0], False)
    s.calls(*["PutObject 200"] * 7 + ["GetBucket 200"] * 4)


@scenario
def a_list_of_version_one_has_folders(s):
    s3 = client()
    for key in ("a/1", "a/2", "b", "c/1"):
        put(s, key)
    page = s3.list_objects(Bucket=s.bucket, Delimiter="/", MaxKeys=2)
    same((keys_of(page), [p["Prefix"] for p in page["CommonPrefixes"]], page["NextMarker"]), (["b"], ["a/"], "b"))
    page = s3.list_objects(Bucket=s.bucket, Delimiter="/", Marker=page["NextMarker"])
    same([p["Prefix"] for p in page["CommonPrefixes"]], ["c/"])
    s.calls(*["PutObject 200"] * 4 + ["GetBucket 200"] * 2)


# --- multipart ---

@scenario
def a_large_stream_goes_up_in_parts(s):
    s3 = client()
    big = bytes(range(256)) * 4096 * 17  # 17 MiB: two parts of 8 MiB, and one
    s3.upload_fileobj(io.BytesIO(big), s.bucket, "big", ExtraArgs={"Metadata": {"m": "1"}})
    head = s3.head_object(Bucket=s.bucket, Key="big")
    same((head["ETag"].endswith('-3"'), head["ContentLength"], head["Metadata"]), (True, len(big), {"m": "1"}))
    got = io.BytesIO()
    s3.download_fileobj(s.bucket, "big", got)
    same(hashlib.sha256(got.getvalue()).digest(), hashlib.sha256(big).digest())
    said = sorted(e["op"] for e in s.journal() if e["status"] < 300)
    same([(op, said.count(op)) for op in sorted(set(said))], [("CompleteMultipartUpload", 1), ("GetObject", 3), ("HeadObject", 1),
                                                               ("InitiateMultipartUpload", 1), ("UploadPart", 3)])


@scenario
def a_part_may_be_as_small_as_one_mib_and_no_smaller(s):
    s3 = client()
    upload = {"Bucket": s.bucket, "Key": "k", "UploadId": s3.create_multipart_upload(Bucket=s.bucket, Key="k")["UploadId"]}

    def part(number, size):
        return {"PartNumber": number, "ETag": s3.upload_part(PartNumber=number, Body=b"p" * size, **upload)["ETag"]}
    small, last = part(1, MIB - 1), part(2, 1)
    refused(400, "EntityTooSmall", s3.complete_multipart_upload, MultipartUpload={"Parts": [small, last]}, **upload)
    s3.complete_multipart_upload(MultipartUpload={"Parts": [part(1, MIB), last]}, **upload)
    same(len(get(s, "k")), MIB + 1)
    s.calls("InitiateMultipartUpload 200", "UploadPart 200", "UploadPart 200", "CompleteMultipartUpload 400 EntityTooSmall",
            "UploadPart 200", "CompleteMultipartUpload 200", "GetObject 200")


@scenario
def a_part_is_copied_by_range_and_an_upload_is_aborted(s):
    s3 = client()
    put(s, "source", b"0123456789")
    upload = {"Bucket": s.bucket, "Key": "k", "UploadId": s3.create_multipart_upload(Bucket=s.bucket, Key="k")["UploadId"]}
    copied = s3.upload_part_copy(PartNumber=1, CopySource=s.bucket + "/source", CopySourceRange="bytes=2-5", **upload)
    same([p["Size"] for p in s3.list_parts(**upload)["Parts"]], [4])
    same([u["UploadId"] for u in s3.list_multipart_uploads(Bucket=s.bucket)["Uploads"]], [upload["UploadId"]])
    same(copied["CopyPartResult"]["ETag"], '"%s"' % hashlib.md5(b"2345").hexdigest())
    s3.abort_multipart_upload(**upload)
    refused(404, "NoSuchUpload", s3.list_parts, **upload)
    s.calls("PutObject 200", "InitiateMultipartUpload 200", "UploadPartCopy 200", "ListParts 200", "ListMultipartUploads 200",
            "AbortMultipartUpload 204", "ListParts 404 NoSuchUpload")


# --- who may ---

@scenario
def a_presigned_url_is_good_for_anyone(s):
    put(s, "k", b"signed")
    url = client().generate_presigned_url("get_object", {"Bucket": s.bucket, "Key": "k", "ResponseContentType": "text/x-a"}, 60)
    holds(url, s.host, "X-Amz-Signature=")
    status, body, headers = anyone(url)
    same((status, body, headers["Content-Type"]), (200, b"signed", "text/x-a"))
    status, body, headers = anyone(url.replace("text%2Fx-a", "text%2Fx-b"))
    same((status, b"<Code>SignatureDoesNotMatch</Code>" in body), (403, True))
    s.calls("PutObject 200", "GetObject 200", "GetObject 403 SignatureDoesNotMatch")


@scenario
def a_presigned_upload_is_good_for_its_key_alone(s):
    url = client().generate_presigned_url("put_object", {"Bucket": s.bucket, "Key": "k"}, 60)
    same(anyone(url, "PUT", b"theirs", {"Content-Type": "text/plain"})[0], 200)
    same(anyone(url.replace("/k?", "/other?"), "PUT", b"theirs", {"Content-Type": "text/plain"})[0], 403)
    same(get(s, "k"), b"theirs")
    s.calls("PutObject 200", "PutObject 403 SignatureDoesNotMatch", "GetObject 200")


@scenario
def a_presigned_url_ends(s):
    put(s, "k")
    url = client().generate_presigned_url("get_object", {"Bucket": s.bucket, "Key": "k"}, 60)
    control("POST", "/clock", {"signature_advance_ms": 61 * 1000})
    status, body, _ = anyone(url)
    control("POST", "/clock", {"signature_follow_offset_ms": 0})
    same((status, b"<Code>AccessDenied</Code>" in body), (403, True), body)
    s.calls("PutObject 200", "GetObject 403 AccessDenied")


@scenario
def the_old_signature_is_good_too(s):
    old = client(signature_version="s3")
    put(s, "a b", b"old", old, Metadata={"m": "1"}, ContentType="text/plain")
    same(get(s, "a b", old, ResponseContentType="text/x-a"), b"old")
    same(keys_of(old.list_objects_v2(Bucket=s.bucket)), ["a b"])
    old.put_object_acl(Bucket=s.bucket, Key="a b", ACL="private")
    refused(403, "SignatureDoesNotMatch", get, s, "a b", client((KEYS[0], "x" * 32), signature_version="s3"))
    s.calls("PutObject 200", "GetObject 200", "GetBucket 200", "PutObjectACL 200", "GetObject 403 SignatureDoesNotMatch")


@scenario
def the_old_presigned_urls_are_good_too(s):
    old = client(signature_version="s3")
    url = old.generate_presigned_url("put_object", {"Bucket": s.bucket, "Key": "k"}, 60)
    holds(url, "AWSAccessKeyId=", "Expires=")
    same(anyone(url, "PUT", b"theirs", {"Content-Type": ""})[0], 200)
    url = old.generate_presigned_url("get_object", {"Bucket": s.bucket, "Key": "k"}, 60)
    same(anyone(url)[:2], (200, b"theirs"))
    same(anyone(url.replace("Signature=", "Signature=A"))[0], 403)
    s.calls("PutObject 200", "GetObject 200", "GetObject 403 SignatureDoesNotMatch")


@scenario
def a_temporary_key_does_what_its_session_says(s):
    put(s, "in/k", b"in")
    resource = "qcs::cos:%s:uid/%s:%s/in/*" % (REGION, APPID, s.bucket)
    lent = control("POST", "/sts", {"duration_seconds": 1800, "policy": {"version": "2.0", "statement": [
        {"effect": "allow", "action": ["name/cos:GetObject"], "resource": [resource]}]}})["credentials"]
    keys = (lent["tmpSecretId"], lent["tmpSecretKey"])
    for version in ("s3v4", "s3"):
        temporary = client(keys, lent["sessionToken"], signature_version=version)
        same(get(s, "in/k", temporary), b"in")
        refused(403, "AccessDenied", put, s, "in/k", b"no", temporary)
        same(anyone(temporary.generate_presigned_url("get_object", {"Bucket": s.bucket, "Key": "in/k"}, 60))[:2], (200, b"in"))
    refused(403, "InvalidAccessKeyId", get, s, "in/k", client(keys))
    s.calls("PutObject 200", *["GetObject 200", "PutObject 403 AccessDenied", "GetObject 200"] * 2, "GetObject 403 InvalidAccessKeyId")


@scenario
def a_user_does_what_its_policy_says(s):
    put(s, "k", b"text")
    same(get(s, "k", client(READER)), b"text")
    holds(refused(403, "AccessDenied", put, s, "k", b"no", client(READER)), "name/cos:PutObject")
    entry = s.calls("PutObject 200", "GetObject 200", "PutObject 403 AccessDenied")[2]
    same(entry["authz"], "deny")


@scenario
def a_wrong_secret_and_an_unknown_id_are_told_apart(s):
    refused(403, "SignatureDoesNotMatch", get, s, "k", client((KEYS[0], "x" * 32)))
    refused(403, "InvalidAccessKeyId", get, s, "k", client(("AKID" + "z" * 32, KEYS[1])))
    s.calls("GetObject 403 SignatureDoesNotMatch", "GetObject 403 InvalidAccessKeyId")


@scenario
def a_clock_that_is_off_is_refused(s):
    control("POST", "/clock", {"signature_advance_ms": 16 * 60 * 1000})
    try:
        refused(403, "RequestTimeTooSkewed", get, s, "k")
    finally:
        control("POST", "/clock", {"signature_follow_offset_ms": 0})
    s.calls("GetObject 403 RequestTimeTooSkewed")


@scenario
def an_open_object_is_read_without_a_key(s):
    put(s, "open", b"open", ACL="public-read")
    put(s, "closed")
    nobody = client(signature_version=UNSIGNED)
    same(get(s, "open", nobody), b"open")
    refused(403, "AccessDenied", get, s, "closed", nobody)
    same([e["op"] + " %d" % e["status"] for e in s.journal()],  # what nobody signed and has no header of S3 is COS's
         ["PutObject 200", "PutObject 200", "GetObject 200", "GetObject 403"])


@scenario
def grants_are_read_back_in_its_own_words(s):
    s3 = client()
    put(s, "k", ACL="public-read")
    acl = s3.get_object_acl(Bucket=s.bucket, Key="k")
    same(acl["Owner"]["ID"], OWNER)
    same([(g["Grantee"].get("URI", g["Grantee"].get("ID")), g["Permission"]) for g in acl["Grants"]],
         [(OWNER, "FULL_CONTROL"), (ANYONE, "READ")])
    s3.put_bucket_acl(Bucket=s.bucket, GrantRead='uri="%s"' % ANYONE)
    same([g["Grantee"].get("URI") for g in s3.get_bucket_acl(Bucket=s.bucket)["Grants"] if g["Permission"] == "READ"], [ANYONE])
    refused(400, "InvalidArgument", s3.put_bucket_acl, Bucket=s.bucket, ACL="log-delivery-write")
    s.calls("PutObject 200", "GetObjectACL 200", "PutBucketACL 200", "GetBucketACL 200", "PutBucketACL 400 InvalidArgument")


# --- settings that fail on COS ---

@scenario
def path_style_is_refused_and_the_setting_is_named(s):
    reason = refused(403, "PathStyleDomainForbidden", get, s, "k", client(style="path"))
    holds(reason, "addressing_style", "virtual")


@scenario
def path_style_is_the_only_way_of_a_plain_address(s):
    here = client(endpoint=ENV["COSMOCK_PROXY"], style="auto")
    put(s, "k", b"here", here)
    same(get(s, "k"), b"here")
    s.calls("PutObject 200", "GetObject 200")


@scenario
def default_integrity_over_tls_has_no_length_and_names_the_setting(s):
    reason = refused(411, "MissingContentLength", put, s, "k", b"hello", client(checksums="when_supported"))
    holds(reason, "request_checksum_calculation", "when_required")
    refused(404, "NoSuchKey", get, s, "k")
    s.calls("PutObject 411 MissingContentLength", "GetObject 404 NoSuchKey")


@scenario
def default_integrity_over_plain_http_is_a_header_without_effect(s):
    plain = client(checksums="when_supported", endpoint="http://" + SERVICE)
    put(s, "k", b"hello", plain)
    same(get(s, "k", plain), b"hello")
    same("x-amz-checksum-crc32" in s.calls("PutObject 200", "GetObject 200")[0]["ignored"], True)


@scenario
def framing_is_taken_off_where_the_switch_says_so(s):
    control("POST", "/switches", {"aws-chunked": "decode"})
    try:
        modern = client(checksums="when_supported")
        for algorithm in ("CRC32", "SHA1", "SHA256"):
            put(s, algorithm, b"hello", modern, ChecksumAlgorithm=algorithm)
            same(s.stored(algorithm), b"hello")
        refused(400, "BadDigest", put, s, "k", b"hello", modern, ChecksumCRC32="AAAAAA==")
    finally:
        control("POST", "/switches", {"aws-chunked": "raw"})
    s.calls("PutObject 200", "PutObject 200", "PutObject 200", "PutObject 400 BadDigest")


@scenario
def deleting_many_needs_the_md5_that_boto3_no_longer_sends(s):
    for key in ("a", "b"):
        put(s, key)
    several = {"Objects": [{"Key": "a"}, {"Key": "b"}]}
    holds(refused(400, "InvalidRequest", client().delete_objects, Bucket=s.bucket, Delete=several), "Content-MD5", "boto3")
    same(keys_of(with_md5(client()).delete_objects(Bucket=s.bucket, Delete=several), "Deleted"), ["a", "b"])
    s.calls("PutObject 200", "PutObject 200", "DeleteMultipleObjects 400 InvalidRequest", "DeleteMultipleObjects 200")


# --- buckets ---

@scenario
def a_bucket_is_made_and_deleted_where_its_host_is(s):
    s3 = client()
    made = s.bucket.replace("scene", "made")
    s3.create_bucket(Bucket=made, CreateBucketConfiguration={"LocationConstraint": REGION})
    same(made in [b["Name"] for b in s3.list_buckets()["Buckets"]], True)
    refused(403, "PathStyleDomainForbidden", s3.get_bucket_location, Bucket=made)  # botocore puts this one bucket in the path, always
    refused(409, "BucketAlreadyOwnedByYou", s3.create_bucket, Bucket=made)
    s3.put_object(Bucket=made, Key="k", Body=b"")
    refused(409, "BucketNotEmpty", s3.delete_bucket, Bucket=made)
    s3.delete_object(Bucket=made, Key="k")
    s3.delete_bucket(Bucket=made)
    refused(404, "404", s3.head_bucket, Bucket=made)
    s.bucket = made
    s.calls("PutBucket 200", "GetBucketLocation 403 PathStyleDomainForbidden", "PutBucket 409 BucketAlreadyOwnedByYou", "PutObject 200",
            "DeleteBucket 409 BucketNotEmpty", "DeleteObject 204", "DeleteBucket 204", "HeadBucket 404 NoSuchBucket")


@scenario
def every_version_is_read_and_deleted_by_its_id(s):
    s3 = client()
    s3.put_bucket_versioning(Bucket=s.bucket, VersioningConfiguration={"Status": "Enabled"})
    first = put(s, "k", b"one")["VersionId"]
    put(s, "k", b"two")
    gone = s3.delete_object(Bucket=s.bucket, Key="k")
    same(gone["DeleteMarker"], True)
    refused(404, "NoSuchKey", get, s, "k")
    same(get(s, "k", VersionId=first), b"one")
    page = s3.list_object_versions(Bucket=s.bucket)
    same((len(page["Versions"]), [m["VersionId"] for m in page["DeleteMarkers"]]), (2, [gone["VersionId"]]))
    s3.delete_object(Bucket=s.bucket, Key="k", VersionId=gone["VersionId"])
    same(get(s, "k"), b"two")
    s.calls("PutBucketVersioning 200", "PutObject 200", "PutObject 200", "DeleteObject 204", "GetObject 404 NoSuchKey", "GetObject 200",
            "GetBucketObjectVersions 200", "DeleteObject 204", "GetObject 200")


@scenario
def tags_are_counted_and_read_back(s):
    s3 = client()
    put(s, "k", Tagging="a=1&b=%E4%B8%AD")
    same(s3.get_object_tagging(Bucket=s.bucket, Key="k")["TagSet"], [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "中"}])
    same(s3.get_object(Bucket=s.bucket, Key="k")["TagCount"], 2)
    s3.delete_object_tagging(Bucket=s.bucket, Key="k")
    same(s3.get_object_tagging(Bucket=s.bucket, Key="k")["TagSet"], [])
    with_md5(s3).put_bucket_tagging(Bucket=s.bucket, Tagging={"TagSet": [{"Key": "c", "Value": "d"}]})
    same(s3.get_bucket_tagging(Bucket=s.bucket)["TagSet"], [{"Key": "c", "Value": "d"}])
    s.calls("PutObject 200", "GetObjectTagging 200", "GetObject 200", "DeleteObjectTagging 204", "GetObjectTagging 200",
            "PutBucketTagging 204", "GetBucketTagging 200")


@scenario
def a_website_serves_what_it_was_told_to(s):
    s3 = client()
    s3.put_bucket_acl(Bucket=s.bucket, ACL="public-read")
    s3.put_bucket_website(Bucket=s.bucket, WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"},
                                                                 "ErrorDocument": {"Key": "sorry.html"}})
    put(s, "index.html", b"index", ContentType="text/html")
    put(s, "sorry.html", b"sorry")
    site = "http://%s.cos-website.%s.myqcloud.com" % (s.bucket, REGION)
    same((anyone(site + "/")[:2], anyone(site + "/none")[:2]), ((200, b"index"), (404, b"sorry")))
    same(s3.get_bucket_website(Bucket=s.bucket)["IndexDocument"], {"Suffix": "index.html"})


@scenario
def rules_of_origins_are_put_and_asked(s):
    s3 = with_md5(client())
    rule = {"AllowedMethods": ["GET"], "AllowedOrigins": ["https://a.example"], "MaxAgeSeconds": 9}
    s3.put_bucket_cors(Bucket=s.bucket, CORSConfiguration={"CORSRules": [rule]})
    same(s3.get_bucket_cors(Bucket=s.bucket)["CORSRules"], [rule])
    asks = {"Origin": "https://a.example", "Access-Control-Request-Method": "GET"}
    status, _, headers = anyone("https://%s/k" % s.host, "OPTIONS", headers=asks)
    same((status, headers["Access-Control-Allow-Origin"]), (200, "https://a.example"))


@scenario
def a_rule_of_lifecycle_comes_back(s):
    s3 = with_md5(client())
    rule = {"ID": "r", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 3}}
    s3.put_bucket_lifecycle_configuration(Bucket=s.bucket, LifecycleConfiguration={"Rules": [rule]})
    same(s3.get_bucket_lifecycle_configuration(Bucket=s.bucket)["Rules"], [rule])
    s.calls("PutBucketLifecycle 200", "GetBucketLifecycle 200")


@scenario
def a_storage_class_has_coss_name(s):
    put(s, "warm", StorageClass="STANDARD_IA")
    same(client().head_object(Bucket=s.bucket, Key="warm")["StorageClass"], "STANDARD_IA")
    refused(400, "InvalidStorageClass", put, s, "cold", StorageClass="GLACIER")
    s.calls("PutObject 200", "HeadObject 200", "PutObject 400 InvalidStorageClass")


@scenario
def a_customers_key_opens_what_it_closed(s):
    key = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": b"0123456789ABCDEF0123456789ABCDEF"}
    same(put(s, "k", b"secret", **key)["SSECustomerKeyMD5"], "U5L61r7jcwdNvT7frmUG8g==")
    same(get(s, "k", **key), b"secret")
    refused(400, "SsecDecryptHeaderInvalid", get, s, "k")
    s.calls("PutObject 200", "GetObject 200", "GetObject 400 SsecDecryptHeaderInvalid")


@scenario
def what_cos_has_not_is_named_and_not_built(s):
    put(s, "k")
    refused(400, "NotImplemented", client().get_object_attributes, Bucket=s.bucket, Key="k", ObjectAttributes=["ETag"])
    refused(400, "NotImplemented", client().get_public_access_block, Bucket=s.bucket)
    same([e["status"] for e in s.journal()], [200, 400, 400])  # not-built-status is 400, so that nobody waits and asks again


@scenario
def a_failure_of_the_service_is_asked_again(s):
    put(s, "again", b"text")
    control("POST", "/faults", {"op": "GetObject", "kind": "reply", "http_status": 503, "code": "SlowDown", "times": 1, "key_glob": "again"})
    same(get(s, "again", client(retries={"total_max_attempts": 3})), b"text")
    s.calls("PutObject 200", "GetObject 503 SlowDown", "GetObject 200")


if __name__ == "__main__":
    run(SCENARIOS, *sys.argv[1:])
