# SPDX-License-Identifier: Apache-2.0
"""Scenarios of the official Python SDK against a running mock. Run under `cosmock exec -- python scenarios.py [WORD]`.

A scenario is a function; its name is the claim. It has a bucket of its own and says what the SDK saw and, with `calls`, everything that
the mock saw since the last look, as "operation status code". Expected values are the documents' (cos-wire, cos-operations-1 and -2).
WORD: only the scenarios with it in their name.
"""
import base64
import datetime
import gzip
import hashlib
import hmac
import json
import shlex
import sys
import time
import traceback
import urllib.parse

import requests
from qcloud_cos.cos_exception import CosServiceError

from flow import APPID, ENV, REGION, SECRET_ID, SECRET_KEY, client, control, federation_token, policy

OWNER = "qcs::cam::uin/%s:uin/%s" % (ENV["COSMOCK_UIN"], ENV["COSMOCK_UIN"])
FRIEND = "100000000011"
ANYONE = "http://cam.qcloud.com/groups/global/AllUsers"
SSE_KEY = b"0123456789ABCDEF0123456789ABCDEF"  # the sample key of the documents
SCENARIOS = []


class Wrong(AssertionError):
    """What was seen is not what the documents say."""


def scenario(function):
    SCENARIOS.append(function)
    return function


def same(got, want, what=""):
    if got != want:
        raise Wrong("%s: got %r, want %r" % (what or "value", got, want))


class Scene:
    """What a scenario works with: a bucket of its own, its owner's client, and the journal since the last look."""

    def __init__(self, number):
        self.bucket = "scene-%d-%s" % (number, APPID)
        control("PUT", "/buckets/%s?region=%s" % (self.bucket, REGION))
        self.cos = client()
        self.seen = control("GET", "/journal?limit=1")["last_seq"]
        self.site = "https://%s.cos.%s.myqcloud.com" % (self.bucket, REGION)

    def calls(self, *want):
        """Every request since the last look, in order: "operation status" and, of a refusal, its code; returns their entries. What the
        mock did by itself meanwhile is in `done`: "operation key"."""
        page = control("GET", "/journal?after=%d" % self.seen)
        self.seen = page["last_seq"]
        self.done = ["%s %s" % (e["op"], e.get("key")) for e in page["entries"] if "method" not in e]
        entries = [e for e in page["entries"] if "method" in e]
        same([" ".join([e["op"], str(e["status"])] + ([e["code"]] if e.get("code") else [])) for e in entries], list(want), "the journal")
        return entries

    def refused(self, status, code, call, *args, **kwargs):
        """@call must fail with this answer of the service. Returns the error."""
        try:
            call(*args, **kwargs)
        except CosServiceError as error:
            # without a body the SDK makes up a code of its own
            same((error.get_status_code(), error.get_error_code()), (status, code or error.get_error_code()), call.__name__)
            return error
        raise Wrong("%s succeeded, want %d %s" % (call.__name__, status, code))

    def put(self, key, body=b"x", **kwargs):
        return self.cos.put_object(Bucket=self.bucket, Key=key, Body=body, **kwargs)

    def get(self, key, **kwargs):
        return self.cos.get_object(Bucket=self.bucket, Key=key, **kwargs)["Body"].get_raw_stream().read()

    def head(self, key, **kwargs):
        return self.cos.head_object(Bucket=self.bucket, Key=key, **kwargs)

    def anonymous(self, method, path="/", **kwargs):
        return requests.request(method, self.site + path, timeout=30, **kwargs)

    def reader(self):
        """The user `reader` of the built-in world: it may only read."""
        return client(ENV["COSMOCK_READER_SECRET_ID"], ENV["COSMOCK_READER_SECRET_KEY"])


def code_of(reply):
    text = reply.text
    return text[text.find("<Code>") + 6:text.find("</Code>")] if "<Code>" in text else ""


def keys(page, what="Contents"):
    return [entry["Key"] for entry in page.get(what, [])]


# --- objects ---

@scenario
def an_upload_that_must_not_overwrite_leaves_what_is_there(s):
    s.put("k", b"old")
    s.refused(409, "FileAlreadyExists", s.put, "k", b"new", Metadata={"x-cos-forbid-overwrite": "true"})
    same(s.get("k"), b"old")
    s.calls("PutObject 200", "PutObject 409 FileAlreadyExists", "GetObject 200")


@scenario
def conditions_of_a_read_are_judged_by_etag_and_time(s):
    etag = s.put("k")["ETag"]
    s.refused(412, "PreconditionFailed", s.get, "k", IfMatch='"0"')
    same(s.get("k", IfNoneMatch=etag), b"", "an answer without a body")
    same(s.get("k", IfMatch=etag), b"x")
    s.calls("PutObject 200", "GetObject 412 PreconditionFailed", "GetObject 304", "GetObject 200")


@scenario
def a_range_behind_the_end_is_invalid(s):
    s.put("k", b"0123456789")
    same(s.get("k", Range="bytes=-4"), b"6789")
    same(s.get("k", Range="bytes=8-99"), b"89")
    s.refused(416, "InvalidRange", s.get, "k", Range="bytes=10-")
    s.calls("PutObject 200", "GetObject 206", "GetObject 206", "GetObject 416 InvalidRange")


@scenario
def headers_of_an_upload_come_back_with_it(s):
    s.put("k", CacheControl="max-age=9", ContentDisposition="inline", ContentType="text/x-a", Expires="Sat, 01 Jan 2028 00:00:00 GMT",
          Metadata={"x-cos-meta-a": "1", "x-cos-meta-b": "two"})
    head = s.head("k")
    same([head[name] for name in ("Cache-Control", "Content-Disposition", "Content-Type", "Expires", "x-cos-meta-a", "x-cos-meta-b")],
         ["max-age=9", "inline", "text/x-a", "Sat, 01 Jan 2028 00:00:00 GMT", "1", "two"])
    s.calls("PutObject 200", "HeadObject 200")


@scenario
def a_digest_that_does_not_fit_stores_nothing(s):
    s.refused(400, "BadDigest", s.put, "k", b"x", ContentMD5=base64.b64encode(hashlib.md5(b"y").digest()).decode())
    s.refused(404, "NoSuchKey", s.get, "k")
    s.calls("PutObject 400 BadDigest", "GetObject 404 NoSuchKey")


@scenario
def a_storage_class_is_told_and_the_standard_one_is_not(s):
    s.put("warm", StorageClass="STANDARD_IA")
    s.put("hot")
    same(s.head("warm")["x-cos-storage-class"], "STANDARD_IA")
    same(s.head("hot").get("x-cos-storage-class"), None)
    page = s.cos.list_objects(Bucket=s.bucket)
    same([(e["Key"], e["StorageClass"]) for e in page["Contents"]], [("hot", "STANDARD"), ("warm", "STANDARD_IA")])
    s.calls("PutObject 200", "PutObject 200", "HeadObject 200", "HeadObject 200", "GetBucket 200")


@scenario
def a_copy_replaces_metadata_only_when_told(s):
    s.put("a", b"text", Metadata={"x-cos-meta-m": "1"}, ContentType="text/x-a")
    source = {"Bucket": s.bucket, "Region": REGION, "Key": "a"}
    s.cos.copy_object(Bucket=s.bucket, Key="same", CopySource=source)
    s.cos.copy_object(Bucket=s.bucket, Key="new", CopySource=source, CopyStatus="Replaced", Metadata={"x-cos-meta-m": "2"})
    same([s.head(k).get("x-cos-meta-m") for k in ("same", "new")], ["1", "2"])
    s.calls("PutObject 200", "PutObjectCopy 200", "PutObjectCopy 200", "HeadObject 200", "HeadObject 200")


@scenario
def a_copy_of_nothing_is_refused(s):
    s.refused(404, "NoSuchKey", s.cos.copy_object, Bucket=s.bucket, Key="k", CopySource={"Bucket": s.bucket, "Region": REGION, "Key": "none"})
    s.calls("PutObjectCopy 404 NoSuchKey")


@scenario
def an_open_upload_is_listed_until_it_is_aborted(s):
    upload = s.cos.create_multipart_upload(Bucket=s.bucket, Key="big")["UploadId"]
    s.cos.upload_part(Bucket=s.bucket, Key="big", Body=b"part", PartNumber=2, UploadId=upload)
    parts = s.cos.list_parts(Bucket=s.bucket, Key="big", UploadId=upload)["Part"]
    same([(p["PartNumber"], p["Size"]) for p in parts], [("2", "4")])
    same([u["UploadId"] for u in s.cos.list_multipart_uploads(Bucket=s.bucket)["Upload"]], [upload])
    s.refused(409, "BucketNotEmpty", s.cos.delete_bucket, Bucket=s.bucket)
    s.cos.abort_multipart_upload(Bucket=s.bucket, Key="big", UploadId=upload)
    s.refused(404, "NoSuchUpload", s.cos.list_parts, Bucket=s.bucket, Key="big", UploadId=upload)
    s.cos.delete_bucket(Bucket=s.bucket)
    s.calls("InitiateMultipartUpload 200", "UploadPart 200", "ListParts 200", "ListMultipartUploads 200", "DeleteBucket 409 BucketNotEmpty",
            "AbortMultipartUpload 204", "ListParts 404 NoSuchUpload", "DeleteBucket 204")


@scenario
def parts_out_of_order_or_unknown_are_not_completed(s):
    upload = s.cos.create_multipart_upload(Bucket=s.bucket, Key="big")["UploadId"]
    etag = s.cos.upload_part(Bucket=s.bucket, Key="big", Body=b"1", PartNumber=1, UploadId=upload)["ETag"]

    def complete(*parts):
        s.cos.complete_multipart_upload(Bucket=s.bucket, Key="big", UploadId=upload,
                                        MultipartUpload={"Part": [{"PartNumber": n, "ETag": e} for n, e in parts]})

    s.refused(400, "InvalidPart", complete, (1, '"0"'))
    s.refused(400, "InvalidPartOrder", complete, (2, etag), (1, etag))
    complete((1, etag))
    same(s.get("big"), b"1")
    s.calls("InitiateMultipartUpload 200", "UploadPart 200", "CompleteMultipartUpload 400 InvalidPart",
            "CompleteMultipartUpload 400 InvalidPartOrder", "CompleteMultipartUpload 200", "GetObject 200")


@scenario
def a_multi_delete_reports_what_stays(s):
    s.put("mine/a")
    s.put("other/b")
    resource = "qcs::cos:%s:uid/%s:%s/mine/*" % (REGION, APPID, s.bucket)
    cred = federation_token(policy(["name/cos:DeleteObject"], [resource])).Credentials
    temp = client(cred.TmpSecretId, cred.TmpSecretKey, cred.Token)
    reply = temp.delete_objects(Bucket=s.bucket, Delete={"Object": [{"Key": "mine/a"}, {"Key": "other/b"}]})
    same(keys(reply, "Deleted"), ["mine/a"])
    same([(e["Key"], e["Code"]) for e in reply["Error"]], [("other/b", "AccessDenied")])
    same(s.get("other/b"), b"x")
    s.calls("PutObject 200", "PutObject 200", "GetFederationToken 200", "DeleteMultipleObjects 200", "GetObject 200")


@scenario
def a_bucket_is_its_owners_once(s):
    name = s.bucket.replace("scene", "made")
    s.cos.create_bucket(Bucket=name)
    s.refused(409, "BucketAlreadyOwnedByYou", s.cos.create_bucket, Bucket=name)
    same(name in [b["Name"] for b in s.cos.list_buckets()["Buckets"]["Bucket"]], True)
    s.cos.delete_bucket(Bucket=name)
    s.refused(404, None, s.cos.head_bucket, Bucket=name)
    s.calls("PutBucket 200", "PutBucket 409 BucketAlreadyOwnedByYou", "GetService 200", "DeleteBucket 204", "HeadBucket 404 NoSuchBucket")


@scenario
def a_presigned_upload_holds_for_its_key_and_method(s):
    url = s.cos.get_presigned_url(Method="PUT", Bucket=s.bucket, Key="up", Expired=60)
    same(requests.put(url, data=b"up", timeout=30).status_code, 200)
    same(code_of(requests.get(url, timeout=30)), "SignatureDoesNotMatch")
    same(code_of(requests.put(url.replace("/up?", "/down?"), data=b"x", timeout=30)), "SignatureDoesNotMatch")
    s.calls("PutObject 200", "GetObject 403 SignatureDoesNotMatch", "PutObject 403 SignatureDoesNotMatch")


@scenario
def a_user_does_what_its_policy_says_and_no_more(s):
    s.put("k")
    same(s.reader().get_object(Bucket=s.bucket, Key="k")["Body"].get_raw_stream().read(), b"x")
    s.refused(403, "AccessDenied", s.reader().put_object, Bucket=s.bucket, Key="k", Body=b"y")
    s.refused(403, "AccessDenied", s.reader().delete_object, Bucket=s.bucket, Key="k")
    entries = s.calls("PutObject 200", "GetObject 200", "PutObject 403 AccessDenied", "DeleteObject 403 AccessDenied")
    same([q["allowed"] for q in entries[2]["questions"]], [False])


@scenario
def a_part_is_copied_from_a_range(s):
    s.put("a", b"0123456789")
    upload = s.cos.create_multipart_upload(Bucket=s.bucket, Key="big")["UploadId"]
    part = s.cos.upload_part_copy(Bucket=s.bucket, Key="big", PartNumber=1, UploadId=upload, CopySourceRange="bytes=2-5",
                                  CopySource={"Bucket": s.bucket, "Region": REGION, "Key": "a"})
    s.cos.complete_multipart_upload(Bucket=s.bucket, Key="big", UploadId=upload,
                                    MultipartUpload={"Part": [{"PartNumber": 1, "ETag": part["ETag"]}]})
    same(s.get("big"), b"2345")
    s.calls("PutObject 200", "InitiateMultipartUpload 200", "UploadPartCopy 200", "CompleteMultipartUpload 200", "GetObject 200")


@scenario
def a_failure_of_the_service_is_asked_again(s):
    control("POST", "/faults", {"op": "PutObject", "kind": "reply", "http_status": 503, "code": "SlowDown", "times": 1, "key_glob": "again"})
    s.put("again")
    s.refused(403, "AccessDenied", s.reader().put_object, Bucket=s.bucket, Key="again", Body=b"y")
    s.calls("PutObject 503 SlowDown", "PutObject 200", "PutObject 403 AccessDenied")


@scenario
def a_list_is_narrowed_to_the_prefix_of_a_token(s):
    s.put("mine/a")
    s.put("other/b")
    resource = "qcs::cos:%s:uid/%s:%s/mine/*" % (REGION, APPID, s.bucket)
    cred = federation_token(policy(["name/cos:GetBucket"], [resource])).Credentials
    temp = client(cred.TmpSecretId, cred.TmpSecretKey, cred.Token)
    same(keys(temp.list_objects(Bucket=s.bucket, Prefix="mine/")), ["mine/a"])
    s.refused(403, "AccessDenied", temp.list_objects, Bucket=s.bucket, Prefix="other/")
    s.refused(403, "AccessDenied", temp.list_objects, Bucket=s.bucket)
    s.calls("PutObject 200", "PutObject 200", "GetFederationToken 200", "GetBucket 200", "GetBucket 403 AccessDenied", "GetBucket 403 AccessDenied")


@scenario
def awkward_keys_are_listed_as_they_are(s):
    names = ["a b", "a%20b", "a+b", "a&<>'b", "a//b", "\u4e2d\u6587"]
    for name in names:
        s.put(name)
    coded = keys(s.cos.list_objects(Bucket=s.bucket, EncodingType="url"))
    same(sorted(urllib.parse.unquote(key) for key in coded), sorted(names))
    same(sorted(keys(s.cos.list_objects(Bucket=s.bucket))), sorted(names))
    s.calls(*["PutObject 200"] * len(names), "GetBucket 200", "GetBucket 200")


# --- bucket policy ---

def anyone_may_get(s):
    return {"version": "2.0", "Statement": [{"Effect": "allow", "Principal": {"qcs": ["qcs::cam::anyone:anyone"]},
                                             "Action": ["name/cos:GetObject"],
                                             "Resource": ["qcs::cos:%s:uid/%s:%s/pub/*" % (REGION, APPID, s.bucket)]}]}


@scenario
def a_bucket_policy_opens_what_it_names_and_closes_again(s):
    s.put("pub/a", b"open")
    s.put("k")
    s.refused(404, "NoSuchPolicyVersion", s.cos.get_bucket_policy, Bucket=s.bucket)
    same(code_of(s.anonymous("GET", "/pub/a")), "AccessDenied")
    s.cos.put_bucket_policy(Bucket=s.bucket, Policy=anyone_may_get(s))
    same(s.anonymous("GET", "/pub/a").content, b"open")
    same(code_of(s.anonymous("GET", "/k")), "AccessDenied")
    said = json.loads(s.cos.get_bucket_policy(Bucket=s.bucket)["Policy"])
    same(said["Statement"][0]["Effect"], "allow")
    s.cos.delete_bucket_policy(Bucket=s.bucket)
    same(code_of(s.anonymous("GET", "/pub/a")), "AccessDenied")
    s.calls("PutObject 200", "PutObject 200", "GetBucketPolicy 404 NoSuchPolicyVersion", "GetObject 403 AccessDenied", "PutBucketPolicy 204",
            "GetObject 200", "GetObject 403 AccessDenied", "GetBucketPolicy 200", "DeleteBucketPolicy 204", "GetObject 403 AccessDenied")


@scenario
def a_policy_that_is_none_is_malformed_and_changes_nothing(s):
    s.cos.put_bucket_policy(Bucket=s.bucket, Policy=anyone_may_get(s))
    s.refused(400, "MalformedPolicy", s.cos.put_bucket_policy, Bucket=s.bucket, Policy='{"version":"2.0","Statement":7}')
    same(len(json.loads(s.cos.get_bucket_policy(Bucket=s.bucket)["Policy"])["Statement"]), 1)
    s.calls("PutBucketPolicy 204", "PutBucketPolicy 400 MalformedPolicy", "GetBucketPolicy 200")


# --- versions ---

@scenario
def a_bucket_never_set_has_no_versioning(s):
    same(s.cos.get_bucket_versioning(Bucket=s.bucket).get("Status"), None)
    s.cos.put_bucket_versioning(Bucket=s.bucket, Status="Enabled")
    same(s.cos.get_bucket_versioning(Bucket=s.bucket)["Status"], "Enabled")
    s.cos.put_bucket_versioning(Bucket=s.bucket, Status="Suspended")
    same(s.cos.get_bucket_versioning(Bucket=s.bucket)["Status"], "Suspended")
    s.calls("GetBucketVersioning 200", "PutBucketVersioning 200", "GetBucketVersioning 200", "PutBucketVersioning 200", "GetBucketVersioning 200")


@scenario
def every_version_is_read_by_its_id(s):
    s.cos.put_bucket_versioning(Bucket=s.bucket, Status="Enabled")
    first, second = (s.put("k", body)["x-cos-version-id"] for body in (b"one", b"two"))
    same(s.get("k"), b"two")
    same(s.get("k", VersionId=first), b"one")
    same(s.head("k", VersionId=first)["x-cos-version-id"], first)
    same(s.head("k")["x-cos-version-id"], second)
    s.refused(404, "NoSuchVersion", s.get, "k", VersionId="MTg0NDY3NDQwNzM3MDk1NTE2MTU")
    s.calls("PutBucketVersioning 200", "PutObject 200", "PutObject 200", "GetObject 200", "GetObject 200", "HeadObject 200", "HeadObject 200",
            "GetObject 404 NoSuchVersion")


@scenario
def a_delete_marker_hides_and_its_deletion_restores(s):
    s.cos.put_bucket_versioning(Bucket=s.bucket, Status="Enabled")
    s.put("k", b"one")
    marker = s.cos.delete_object(Bucket=s.bucket, Key="k")
    same(marker["x-cos-delete-marker"], "true")
    s.refused(404, "NoSuchKey", s.get, "k")
    same(keys(s.cos.list_objects(Bucket=s.bucket)), [])
    s.refused(404, None, s.get, "k", VersionId=marker["x-cos-version-id"])
    gone = s.cos.delete_object(Bucket=s.bucket, Key="k", VersionId=marker["x-cos-version-id"])
    same((gone["x-cos-delete-marker"], gone["x-cos-version-id"]), ("true", marker["x-cos-version-id"]))
    same(s.get("k"), b"one")
    s.calls("PutBucketVersioning 200", "PutObject 200", "DeleteObject 204", "GetObject 404 NoSuchKey", "GetBucket 200",
            "GetObject 404 NoSuchKey", "DeleteObject 204", "GetObject 200")


@scenario
def a_deleted_version_leaves_the_older_one(s):
    s.cos.put_bucket_versioning(Bucket=s.bucket, Status="Enabled")
    s.put("k", b"one")
    second = s.put("k", b"two")["x-cos-version-id"]
    gone = s.cos.delete_object(Bucket=s.bucket, Key="k", VersionId=second)
    same((gone.get("x-cos-delete-marker"), gone["x-cos-version-id"]), (None, second))
    same(s.get("k"), b"one")
    s.refused(409, "BucketNotEmpty", s.cos.delete_bucket, Bucket=s.bucket)
    s.calls("PutBucketVersioning 200", "PutObject 200", "PutObject 200", "DeleteObject 204", "GetObject 200", "DeleteBucket 409 BucketNotEmpty")


@scenario
def the_list_of_versions_is_newest_first_and_pages(s):
    s.put("k", b"before")
    s.cos.put_bucket_versioning(Bucket=s.bucket, Status="Enabled")
    second = s.put("k", b"two")["x-cos-version-id"]
    marker = s.cos.delete_object(Bucket=s.bucket, Key="k")["x-cos-version-id"]
    page = s.cos.list_objects_versions(Bucket=s.bucket)
    same([(v["VersionId"], v["IsLatest"]) for v in page["Version"]], [(second, "false"), ("null", "false")])
    same([(v["VersionId"], v["IsLatest"]) for v in page["DeleteMarker"]], [(marker, "true")])
    seen, at = [], {}
    for _ in range(3):
        page = s.cos.list_objects_versions(Bucket=s.bucket, MaxKeys=1, **at)
        seen += [v["VersionId"] for v in page.get("DeleteMarker", []) + page.get("Version", [])]
        at = {"KeyMarker": page.get("NextKeyMarker"), "VersionIdMarker": page.get("NextVersionIdMarker")}
    same((seen, page["IsTruncated"]), ([marker, second, "null"], "false"))
    s.calls("PutObject 200", "PutBucketVersioning 200", "PutObject 200", "DeleteObject 204", *["GetBucketObjectVersions 200"] * 4)


@scenario
def a_suspended_bucket_writes_the_null_version(s):
    s.cos.put_bucket_versioning(Bucket=s.bucket, Status="Enabled")
    kept = s.put("k", b"kept")["x-cos-version-id"]
    s.cos.put_bucket_versioning(Bucket=s.bucket, Status="Suspended")
    same(s.put("k", b"null")["ETag"], '"%s"' % hashlib.md5(b"null").hexdigest())
    s.put("k", b"again")
    same([v["VersionId"] for v in s.cos.list_objects_versions(Bucket=s.bucket)["Version"]], ["null", kept])
    same(s.get("k", VersionId="null"), b"again")
    s.calls("PutBucketVersioning 200", "PutObject 200", "PutBucketVersioning 200", "PutObject 200", "PutObject 200", "GetBucketObjectVersions 200",
            "GetObject 200")


@scenario
def a_copy_takes_the_version_it_names(s):
    s.cos.put_bucket_versioning(Bucket=s.bucket, Status="Enabled")
    first = s.put("k", b"one")["x-cos-version-id"]
    s.put("k", b"two")
    s.cos.copy_object(Bucket=s.bucket, Key="k", CopySource={"Bucket": s.bucket, "Region": REGION, "Key": "k", "VersionId": first})
    same(s.get("k"), b"one")
    same(len(s.cos.list_objects_versions(Bucket=s.bucket)["Version"]), 3)
    s.calls("PutBucketVersioning 200", "PutObject 200", "PutObject 200", "PutObjectCopy 200", "GetObject 200", "GetBucketObjectVersions 200")


@scenario
def a_multi_delete_names_versions_and_makes_markers(s):
    s.cos.put_bucket_versioning(Bucket=s.bucket, Status="Enabled")
    first = s.put("k", b"one")["x-cos-version-id"]
    s.put("l")
    reply = s.cos.delete_objects(Bucket=s.bucket, Delete={"Object": [{"Key": "k", "VersionId": first}, {"Key": "l"}]})
    by_key = {d["Key"]: d for d in reply["Deleted"]}
    same(by_key["k"], {"Key": "k", "VersionId": first})
    same((by_key["l"]["DeleteMarker"], bool(by_key["l"]["DeleteMarkerVersionId"])), ("true", True))
    s.calls("PutBucketVersioning 200", "PutObject 200", "PutObject 200", "DeleteMultipleObjects 200")


# --- access control lists ---

@scenario
def a_new_bucket_grants_its_owner_alone(s):
    acl = s.cos.get_bucket_acl(Bucket=s.bucket)
    same(acl["Owner"]["ID"], OWNER)
    same([(g["Grantee"]["ID"], g["Permission"]) for g in acl["AccessControlList"]["Grant"]], [(OWNER, "FULL_CONTROL")])
    s.refused(403, "AccessDenied", s.reader().put_bucket_acl, Bucket=s.bucket, ACL="public-read")
    s.calls("GetBucketACL 200", "PutBucketACL 403 AccessDenied")


@scenario
def a_public_object_is_read_by_anyone_until_it_is_private(s):
    s.put("k", b"open", ACL="public-read")
    s.put("l")
    same(s.anonymous("GET", "/k").content, b"open")
    same(s.anonymous("GET", "/l").status_code, 403)
    same(len(s.cos.get_object_acl(Bucket=s.bucket, Key="k")["AccessControlList"]["Grant"]), 2)
    s.cos.put_object_acl(Bucket=s.bucket, Key="k", ACL="private")
    same(code_of(s.anonymous("GET", "/k")), "AccessDenied")
    s.calls("PutObject 200", "PutObject 200", "GetObject 200", "GetObject 403 AccessDenied", "GetObjectACL 200", "PutObjectACL 200",
            "GetObject 403 AccessDenied")


@scenario
def an_object_inherits_the_public_bucket_unless_it_says_private(s):
    s.cos.put_bucket_acl(Bucket=s.bucket, ACL="public-read")
    s.put("k", b"open")
    s.put("hidden", ACL="private")
    same(s.anonymous("GET", "/k").content, b"open")
    same(s.anonymous("GET").status_code, 200)
    same(code_of(s.anonymous("GET", "/hidden")), "AccessDenied")
    same(code_of(s.anonymous("PUT", "/new", data=b"x")), "AccessDenied")
    s.calls("PutBucketACL 200", "PutObject 200", "PutObject 200", "GetObject 200", "GetBucket 200", "GetObject 403 AccessDenied",
            "PutObject 403 AccessDenied")


@scenario
def an_unknown_canned_acl_is_refused(s):
    s.refused(400, "InvalidArgument", s.cos.put_bucket_acl, Bucket=s.bucket, ACL="public-read-writ")
    s.refused(400, "InvalidArgument", s.put, "k", ACL="public-read-writ")
    s.refused(404, "NoSuchKey", s.get, "k")
    s.calls("PutBucketACL 400 InvalidArgument", "PutObject 400 InvalidArgument", "GetObject 404 NoSuchKey")


@scenario
def grants_by_xml_are_what_is_listed(s):
    s.put("k")
    grant = {"Grantee": {"Type": "CanonicalUser", "ID": "qcs::cam::uin/%s:uin/%s" % (FRIEND, FRIEND), "DisplayName": "friend"}, "Permission": "READ"}
    s.cos.put_object_acl(Bucket=s.bucket, Key="k", AccessControlPolicy={"Owner": {"ID": OWNER}, "AccessControlList": {"Grant": [grant]}})
    got = s.cos.get_object_acl(Bucket=s.bucket, Key="k")["AccessControlList"]["Grant"]
    same([(g["Grantee"]["ID"], g["Permission"]) for g in got], [("qcs::cam::uin/%s:uin/%s" % (FRIEND, FRIEND), "READ")])
    s.calls("PutObject 200", "PutObjectACL 200", "GetObjectACL 200")


# --- tags, append, links ---

def tags(**pairs):
    return {"TagSet": {"Tag": [{"Key": k, "Value": v} for k, v in pairs.items()]}}


@scenario
def tags_of_a_bucket_are_replaced_as_a_whole(s):
    s.refused(404, "NoSuchTagSet", s.cos.get_bucket_tagging, Bucket=s.bucket)
    s.cos.put_bucket_tagging(Bucket=s.bucket, Tagging=tags(a="1", b="2"))
    s.cos.put_bucket_tagging(Bucket=s.bucket, Tagging=tags(c="3"))
    same(s.cos.get_bucket_tagging(Bucket=s.bucket)["TagSet"]["Tag"], [{"Key": "c", "Value": "3"}])
    s.cos.delete_bucket_tagging(Bucket=s.bucket)
    s.refused(404, "NoSuchTagSet", s.cos.get_bucket_tagging, Bucket=s.bucket)
    s.calls("GetBucketTagging 404 NoSuchTagSet", "PutBucketTagging 204", "PutBucketTagging 204", "GetBucketTagging 200", "DeleteBucketTagging 204",
            "GetBucketTagging 404 NoSuchTagSet")


@scenario
def buckets_are_listed_by_their_tag(s):
    s.cos.put_bucket_tagging(Bucket=s.bucket, Tagging=tags(team="blue"))
    listed = s.cos.list_buckets(TagKey="team", TagValue="blue")["Buckets"]["Bucket"]
    same([b["Name"] for b in listed], [s.bucket])
    s.calls("PutBucketTagging 204", "GetService 200")


@scenario
def tags_of_an_upload_are_counted_and_read_back(s):
    s.put("k", Metadata={"x-cos-tagging": "a=1&b=t%20w"})
    same(s.head("k")["x-cos-tagging-count"], "2")
    same(s.cos.get_object_tagging(Bucket=s.bucket, Key="k")["TagSet"]["Tag"], [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "t w"}])
    s.cos.delete_object_tagging(Bucket=s.bucket, Key="k")
    same(s.head("k").get("x-cos-tagging-count"), None)
    s.refused(404, "NoSuchKey", s.cos.get_object_tagging, Bucket=s.bucket, Key="none")
    s.calls("PutObject 200", "HeadObject 200", "GetObjectTagging 200", "DeleteObjectTagging 204", "HeadObject 200", "GetObjectTagging 404 NoSuchKey")


@scenario
def more_than_ten_tags_are_refused(s):
    s.put("k")
    s.refused(400, "BadRequest", s.cos.put_object_tagging, Bucket=s.bucket, Key="k", Tagging=tags(**{"t%d" % n: "v" for n in range(11)}))
    s.refused(400, "InvalidTag", s.cos.put_object_tagging, Bucket=s.bucket, Key="k", Tagging=tags(**{"k" * 200: "v"}))
    s.calls("PutObject 200", "PutObjectTagging 400 BadRequest", "PutObjectTagging 400 InvalidTag")


@scenario
def an_append_goes_on_at_its_position_only(s):
    first = s.cos.append_object(Bucket=s.bucket, Key="log", Position=0, Data=b"one ")
    same(first["x-cos-next-append-position"], "4")
    same(first["x-cos-content-sha1"], hashlib.md5(b"one ").hexdigest(), "the header that carries the MD5 of the block")
    s.refused(409, "AppendPositionErr", s.cos.append_object, Bucket=s.bucket, Key="log", Position=0, Data=b"x")
    same(s.cos.append_object(Bucket=s.bucket, Key="log", Position=4, Data=b"two")["x-cos-next-append-position"], "7")
    same(s.get("log"), b"one two")
    same(s.head("log")["x-cos-object-type"], "appendable")
    s.put("plain")
    s.refused(409, "ObjectNotAppendable", s.cos.append_object, Bucket=s.bucket, Key="plain", Position=1, Data=b"x")
    s.calls("AppendObject 200", "AppendObject 409 AppendPositionErr", "AppendObject 200", "GetObject 200", "HeadObject 200", "PutObject 200",
            "AppendObject 409 ObjectNotAppendable")


@scenario
def an_appended_object_grows_where_versions_are_kept(s):
    s.cos.put_bucket_versioning(Bucket=s.bucket, Status="Enabled")
    s.put("log", b"plain")
    s.refused(409, "ObjectNotAppendable", s.cos.append_object, Bucket=s.bucket, Key="log", Position=5, Data=b"x")
    s.cos.delete_object(Bucket=s.bucket, Key="log")
    same(s.cos.append_object(Bucket=s.bucket, Key="log", Position=0, Data=b"12345")["x-cos-next-append-position"], "5")
    same(s.cos.append_object(Bucket=s.bucket, Key="log", Position=5, Data=b"678")["x-cos-next-append-position"], "8")
    same(s.get("log"), b"12345678")
    s.calls("PutBucketVersioning 200", "PutObject 200", "AppendObject 409 ObjectNotAppendable", "DeleteObject 204", "AppendObject 200",
            "AppendObject 200", "GetObject 200")


@scenario
def a_link_reads_as_its_target(s):
    s.put("target", b"text")
    s.cos.put_symlink(Bucket=s.bucket, SymlinkName="link", SymlinkTarget="target")
    same(s.get("link"), b"text")
    same(s.cos.get_symlink(Bucket=s.bucket, SymlinkName="link")["x-cos-symlink-target"], "target")
    s.refused(400, "NotSymlink", s.cos.get_symlink, Bucket=s.bucket, SymlinkName="target")
    s.refused(404, "NoSuchKey", s.cos.get_symlink, Bucket=s.bucket, SymlinkName="none")
    s.calls("PutObject 200", "PutSymlink 200", "GetObject 200", "GetSymlink 200", "GetSymlink 400 NotSymlink", "GetSymlink 404 NoSuchKey")


# --- a form, as a browser posts it ---

def form(s, key, conditions=(), expires_s=600, secret=SECRET_KEY, **fields):
    """The fields that sign a form (document: POST Object)."""
    now = int(time.time())
    key_time = "%d;%d" % (now - 60, now + expires_s)
    end = datetime.datetime.fromtimestamp(now + expires_s, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    text = json.dumps({"expiration": end, "conditions": [{"q-sign-algorithm": "sha1"}, {"q-ak": SECRET_ID}, {"q-sign-time": key_time}] + list(conditions)})

    def sign(with_key, what):
        return hmac.new(with_key.encode(), what.encode(), hashlib.sha1).hexdigest()

    signed = sign(sign(secret, key_time), hashlib.sha1(text.encode()).hexdigest())
    return dict({"key": key, "policy": base64.b64encode(text.encode()).decode(), "q-sign-algorithm": "sha1", "q-ak": SECRET_ID,
                 "q-key-time": key_time, "q-signature": signed}, **fields)


@scenario
def a_form_uploads_what_its_policy_allows(s):
    allowed = [{"bucket": s.bucket}, ["starts-with", "$key", "in/"], ["content-length-range", 1, 5]]
    file = {"file": ("a.txt", b"hello")}
    reply = s.anonymous("POST", data=form(s, "in/${filename}", allowed), files=file)
    same((reply.status_code, reply.headers["ETag"]), (204, '"%s"' % hashlib.md5(b"hello").hexdigest()))
    same(s.get("in/a.txt"), b"hello")
    same(code_of(s.anonymous("POST", data=form(s, "out/a", allowed), files=file)), "AccessDenied")
    same(code_of(s.anonymous("POST", data=form(s, "in/b", allowed), files={"file": ("b", b"too long")})), "EntityTooLarge")
    same(code_of(s.anonymous("POST", data=form(s, "in/c", allowed, secret="x" * 32), files=file)), "SignatureDoesNotMatch")
    s.calls("PostObject 204", "GetObject 200", "PostObject 403 AccessDenied", "PostObject 400 EntityTooLarge", "PostObject 403 SignatureDoesNotMatch")


@scenario
def a_form_answers_as_it_is_asked_to(s):
    file = {"file": ("a", b"x")}
    same(s.anonymous("POST", data=form(s, "a", success_action_status="200"), files=file).status_code, 200)
    reply = s.anonymous("POST", data=form(s, "a", success_action_redirect="http://example.com/done"), files=file, allow_redirects=False)
    same(reply.status_code, 303)
    same(urllib.parse.parse_qs(urllib.parse.urlsplit(reply.headers["Location"]).query)["key"], ["a"])
    s.calls("PostObject 200", "PostObject 303")


# --- configuration of a bucket ---

@scenario
def a_preflight_is_answered_by_the_rule_that_fits(s):
    origin = {"Origin": "http://www.a.com", "Access-Control-Request-Method": "PUT"}
    same(code_of(s.anonymous("OPTIONS", "/k", headers=origin)), "AccessForbidden")
    s.cos.put_bucket_cors(Bucket=s.bucket, CORSConfiguration={"CORSRule": [
        {"ID": "1", "MaxAgeSeconds": "5", "AllowedOrigin": ["http://*.a.com"], "AllowedMethod": ["PUT", "GET"], "AllowedHeader": ["*"], "ExposeHeader": ["ETag"]}]})
    reply = s.anonymous("OPTIONS", "/k", headers=origin)
    same([reply.headers.get("Access-Control-" + name) for name in ("Allow-Origin", "Allow-Methods", "Max-Age", "Expose-Headers")],
         ["http://www.a.com", "PUT,GET", "5", "ETag"])
    same(s.anonymous("OPTIONS", "/k", headers=dict(origin, Origin="http://b.com")).status_code, 403)
    same(s.cos.get_bucket_cors(Bucket=s.bucket)["CORSRule"][0]["AllowedMethod"], ["PUT", "GET"])
    s.cos.delete_bucket_cors(Bucket=s.bucket)
    s.refused(404, "NoSuchCORSConfiguration", s.cos.get_bucket_cors, Bucket=s.bucket)
    s.calls("OptionsObject 403 AccessForbidden", "PutBucketCORS 200", "OptionsObject 200", "OptionsObject 403 AccessForbidden", "GetBucketCORS 200",
            "DeleteBucketCORS 204", "GetBucketCORS 404 NoSuchCORSConfiguration")


@scenario
def a_request_with_an_origin_is_told_the_rule(s):
    s.put("k", b"open", ACL="public-read")
    s.cos.put_bucket_cors(Bucket=s.bucket, CORSConfiguration={"CORSRule": [{"AllowedOrigin": ["*"], "AllowedMethod": ["GET"]}]})
    same(s.anonymous("GET", "/k", headers={"Origin": "http://b.com"}).headers["Access-Control-Allow-Origin"], "*")
    same(s.anonymous("GET", "/k").headers.get("Access-Control-Allow-Origin"), None)
    s.calls("PutObject 200", "PutBucketCORS 200", "GetObject 200", "GetObject 200")


@scenario
def a_lifecycle_comes_back_as_it_was_put(s):
    s.refused(404, "NoSuchLifecycleConfiguration", s.cos.get_bucket_lifecycle, Bucket=s.bucket)
    rules = [{"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "log/"}, "Expiration": {"Days": "30"}},
             {"ID": "cold", "Status": "Disabled", "Filter": {"Prefix": "a/"}, "Transition": [{"Days": "10", "StorageClass": "STANDARD_IA"}]}]
    s.cos.put_bucket_lifecycle(Bucket=s.bucket, LifecycleConfiguration={"Rule": rules})
    got = s.cos.get_bucket_lifecycle(Bucket=s.bucket)["Rule"]
    same([(r["ID"], r["Status"], r["Filter"]["Prefix"]) for r in got], [("old", "Enabled", "log/"), ("cold", "Disabled", "a/")])
    same(got[0]["Expiration"], {"Days": "30"})
    s.cos.delete_bucket_lifecycle(Bucket=s.bucket)
    s.refused(404, "NoSuchLifecycleConfiguration", s.cos.get_bucket_lifecycle, Bucket=s.bucket)
    s.calls("GetBucketLifecycle 404 NoSuchLifecycleConfiguration", "PutBucketLifecycle 200", "GetBucketLifecycle 200", "DeleteBucketLifecycle 204",
            "GetBucketLifecycle 404 NoSuchLifecycleConfiguration")


@scenario
def a_lifecycle_takes_what_is_old_by_the_clock(s):
    s.put("log/old")
    s.put("kept")
    s.cos.put_bucket_lifecycle(Bucket=s.bucket, LifecycleConfiguration={
        "Rule": [{"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "log/"}, "Expiration": {"Days": "1"}}]})
    control("POST", "/clock", {"modification_advance_ms": 3 * 86400 * 1000})
    same(keys(s.cos.list_objects(Bucket=s.bucket)), ["kept"])
    s.calls("PutObject 200", "PutObject 200", "PutBucketLifecycle 200", "GetBucket 200")
    same([work.split()[0] for work in s.done], ["ApplyLifecycle"])


@scenario
def a_website_says_that_redirects_are_on(s):
    s.refused(404, "NoSuchWebsiteConfiguration", s.cos.get_bucket_website, Bucket=s.bucket)
    s.cos.put_bucket_website(Bucket=s.bucket, WebsiteConfiguration={
        "IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": "error.html"},
        "RoutingRules": [{"Condition": {"KeyPrefixEquals": "docs/"}, "Redirect": {"ReplaceKeyPrefixWith": "documents/"}}]})
    got = s.cos.get_bucket_website(Bucket=s.bucket)
    same(got["IndexDocument"], {"Suffix": "index.html"})
    same(got["RoutingRules"][0]["Redirect"], {"ReplaceKeyPrefixWith": "documents/", "URLRedirect": "Enabled"})
    s.cos.delete_bucket_website(Bucket=s.bucket)
    s.calls("GetBucketWebsite 404 NoSuchWebsiteConfiguration", "PutBucketWebsite 200", "GetBucketWebsite 200", "DeleteBucketWebsite 204")


@scenario
def a_website_serves_index_and_error_document(s):
    s.cos.put_bucket_acl(Bucket=s.bucket, ACL="public-read")
    s.put("index.html", b"index")
    s.put("error.html", b"sorry")
    s.cos.put_bucket_website(Bucket=s.bucket, WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": "error.html"}})
    site = "http://%s.cos-website.%s.myqcloud.com" % (s.bucket, REGION)
    same(requests.get(site + "/", timeout=30).content, b"index")
    reply = requests.get(site + "/none", timeout=30)
    same((reply.status_code, reply.content), (404, b"sorry"))
    same(requests.put(site + "/k", data=b"x", timeout=30).status_code, 405)
    s.calls("PutBucketACL 200", "PutObject 200", "PutObject 200", "PutBucketWebsite 200", "GetObject 200", "GetObject 404 NoSuchKey",
            "PutObject 405 MethodNotAllowed")


@scenario
def a_referer_that_was_never_set_is_empty(s):
    same(s.cos.get_bucket_referer(Bucket=s.bucket), {"RefererConfiguration": None})
    s.cos.put_bucket_referer(Bucket=s.bucket, RefererConfiguration={
        "Status": "Enabled", "RefererType": "White-List", "EmptyReferConfiguration": "Allow", "DomainList": {"Domain": ["*.a.com"]}})
    same(s.cos.get_bucket_referer(Bucket=s.bucket)["DomainList"]["Domain"], ["*.a.com"])
    s.calls("GetBucketReferer 200", "PutBucketReferer 200", "GetBucketReferer 200")


@scenario
def a_strange_referer_is_denied_and_a_signature_is_not(s):
    s.put("k", b"open", ACL="public-read")
    s.cos.put_bucket_referer(Bucket=s.bucket, RefererConfiguration={
        "Status": "Enabled", "RefererType": "White-List", "EmptyReferConfiguration": "Deny", "DomainList": {"Domain": ["*.a.com"]}})
    same(s.anonymous("GET", "/k", headers={"Referer": "http://www.a.com/page"}).content, b"open")
    reply = s.anonymous("GET", "/k", headers={"Referer": "http://b.com"})
    same((code_of(reply), "You are denied by bucket referer rule" in reply.text), ("AccessDenied", True))
    same(s.get("k"), b"open")
    s.calls("PutObject 200", "PutBucketReferer 200", "GetObject 200", "GetObject 403 AccessDenied", "GetObject 200")


@scenario
def encryption_by_the_bucket_is_on_every_answer(s):
    s.refused(404, "NoSuchEncryptionConfiguration", s.cos.get_bucket_encryption, Bucket=s.bucket)
    s.cos.put_bucket_encryption(Bucket=s.bucket, ServerSideEncryptionConfiguration={
        "Rule": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]})
    same(s.cos.get_bucket_encryption(Bucket=s.bucket)["Rule"][0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"], "AES256")
    same(s.put("k")["x-cos-server-side-encryption"], "AES256")
    same(s.head("k")["x-cos-server-side-encryption"], "AES256")
    s.cos.delete_bucket_encryption(Bucket=s.bucket)
    same(s.put("l").get("x-cos-server-side-encryption"), None)
    s.calls("GetBucketEncryption 404 NoSuchEncryptionConfiguration", "PutBucketEncryption 200", "GetBucketEncryption 200", "PutObject 200",
            "HeadObject 200", "DeleteBucketEncryption 204", "PutObject 200")


@scenario
def a_customers_key_opens_what_it_closed(s):
    def keyed(key):
        return {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": base64.b64encode(key).decode(),
                "SSECustomerKeyMD5": base64.b64encode(hashlib.md5(key).digest()).decode()}

    same(s.put("k", b"secret", **keyed(SSE_KEY))["x-cos-server-side-encryption-customer-key-MD5"], "U5L61r7jcwdNvT7frmUG8g==")
    same(s.get("k", **keyed(SSE_KEY)), b"secret")
    s.refused(400, "SsecDecryptHeaderInvalid", s.get, "k")
    s.refused(400, "SsecDecryptHeaderInvalid", s.get, "k", **keyed(SSE_KEY[::-1]))
    s.calls("PutObject 200", "GetObject 200", "GetObject 400 SsecDecryptHeaderInvalid", "GetObject 400 SsecDecryptHeaderInvalid")


@scenario
def an_archived_object_is_restored_by_the_clock(s):
    s.put("k", b"cold", StorageClass="ARCHIVE")
    s.refused(403, "InvalidObjectState", s.get, "k")
    s.cos.restore_object(Bucket=s.bucket, Key="k", RestoreRequest={"Days": 3, "CASJobParameters": {"Tier": "Expedited"}})
    same(s.head("k")["x-cos-restore"], 'ongoing-request="true"')
    s.refused(409, "RestoreAlreadyInProgress", s.cos.restore_object, Bucket=s.bucket, Key="k",
              RestoreRequest={"Days": 3, "CASJobParameters": {"Tier": "Expedited"}})
    control("POST", "/clock", {"modification_advance_ms": 6 * 60 * 1000})
    same(s.get("k"), b"cold")
    same(s.head("k")["x-cos-restore"].startswith('ongoing-request="false", expiry-date="'), True)
    s.put("hot")
    s.refused(405, "RestoreNonArchiveObject", s.cos.restore_object, Bucket=s.bucket, Key="hot", RestoreRequest={"Days": 3})
    s.calls("PutObject 200", "GetObject 403 InvalidObjectState", "PostObjectRestore 202", "HeadObject 200",
            "PostObjectRestore 409 RestoreAlreadyInProgress", "GetObject 200", "HeadObject 200", "PutObject 200",
            "PostObjectRestore 405 RestoreNonArchiveObject")


@scenario
def a_lock_once_on_stays_on(s):
    s.refused(404, "NoSuchObjectLockConfiguration", s.cos.get_bucket_object_lock, Bucket=s.bucket)
    s.cos.put_bucket_object_lock(Bucket=s.bucket, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"})
    same(s.cos.get_bucket_object_lock(Bucket=s.bucket)["ObjectLockEnabled"], "Enabled")
    s.calls("GetBucketObjectLockConfiguration 404 NoSuchObjectLockConfiguration", "PutBucketObjectLockConfiguration 200",
            "GetBucketObjectLockConfiguration 200")


@scenario
def a_locked_object_is_neither_deleted_nor_replaced(s):
    s.put("free", b"before")
    s.cos.put_bucket_object_lock(Bucket=s.bucket, ObjectLockConfiguration={
        "ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": "1"}}})
    s.put("k", b"held")
    s.refused(409, "ObjectLocked", s.cos.delete_object, Bucket=s.bucket, Key="k")
    s.refused(409, "ObjectLocked", s.put, "k", b"new")
    s.cos.delete_object(Bucket=s.bucket, Key="free")
    control("POST", "/clock", {"modification_advance_ms": 25 * 3600 * 1000})
    s.cos.delete_object(Bucket=s.bucket, Key="k")
    s.calls("PutObject 200", "PutBucketObjectLockConfiguration 200", "PutObject 200", "DeleteObject 409 ObjectLocked",
            "PutObject 409 ObjectLocked", "DeleteObject 204", "DeleteObject 204")


@scenario
def a_tiering_bucket_tells_the_tier(s):
    same(s.cos.get_bucket_intelligenttiering(Bucket=s.bucket), {"IntelligentTieringConfiguration": None})
    s.cos.put_bucket_intelligenttiering(Bucket=s.bucket, IntelligentTieringConfiguration={
        "Status": "Enabled", "Transition": {"Days": "30", "RequestFrequent": "1"}})
    same(s.cos.get_bucket_intelligenttiering(Bucket=s.bucket)["Transition"]["Days"], "30")
    error = s.refused(400, None, s.cos.put_bucket_intelligenttiering, Bucket=s.bucket, IntelligentTieringConfiguration={
        "Status": "Enabled", "Transition": {"Days": "60", "RequestFrequent": "1"}})
    same(error.get_error_msg(), "Not support modify intelligent tiering configuration")
    s.put("k", StorageClass="INTELLIGENT_TIERING")
    head = s.head("k")
    same((head["x-cos-storage-class"], head["x-cos-storage-tier"]), ("INTELLIGENT_TIERING", "FREQUENT"))
    s.calls("GetBucketIntelligentTiering 200", "PutBucketIntelligentTiering 200", "GetBucketIntelligentTiering 200",
            "PutBucketIntelligentTiering 400 InvalidRequest", "PutObject 200", "HeadObject 200")


@scenario
def a_bucket_knows_its_region(s):
    same(s.cos.get_bucket_location(Bucket=s.bucket), {"LocationConstraint": REGION})
    s.refused(404, "NoSuchBucket", s.cos.get_bucket_location, Bucket="none-" + APPID)
    s.calls("GetBucketLocation 200", "GetBucketLocation 404 NoSuchBucket")


@scenario
def logging_is_off_until_it_is_put(s):
    same(s.cos.get_bucket_logging(Bucket=s.bucket), {"BucketLoggingStatus": None})
    s.cos.put_bucket_logging(Bucket=s.bucket, BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": s.bucket, "TargetPrefix": "log/"}})
    same(s.cos.get_bucket_logging(Bucket=s.bucket)["LoggingEnabled"], {"TargetBucket": s.bucket, "TargetPrefix": "log/"})
    s.cos.put_bucket_logging(Bucket=s.bucket, BucketLoggingStatus={})
    same(s.cos.get_bucket_logging(Bucket=s.bucket), {"BucketLoggingStatus": None})
    s.calls("GetBucketLogging 200", "PutBucketLogging 200", "GetBucketLogging 200", "PutBucketLogging 200", "GetBucketLogging 200")


@scenario
def a_log_tells_of_each_request(s):
    logs = "logs-" + s.bucket
    control("PUT", "/buckets/%s?region=%s" % (logs, REGION))
    s.cos.put_bucket_logging(Bucket=s.bucket, BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": logs, "TargetPrefix": "log/"}})
    s.put("k", b"12345")
    s.refused(404, "NoSuchKey", s.get, "none")
    control("POST", "/clock", {"modification_advance_ms": 10 * 60 * 1000})
    s.cos.put_bucket_logging(Bucket=s.bucket, BucketLoggingStatus={})
    name, = keys(s.cos.list_objects(Bucket=logs, Prefix="log/"))
    text = s.cos.get_object(Bucket=logs, Key=name)["Body"].get_raw_stream().read().decode()
    lines = [shlex.split(line) for line in text.splitlines()]
    same([len(line) for line in lines], [31, 31])
    same([[line[i] for i in (1, 5, 11, 12, 14, 15)] for line in lines],
         [[s.bucket, "PutObject", "/k", "put", "200", "-"], [s.bucket, "GetObject", "/none", "get", "404", "NoSuchKey"]])
    s.calls("PutBucketLogging 200", "PutObject 200", "GetObject 404 NoSuchKey", "PutBucketLogging 200", "GetBucket 200", "GetObject 200")
    same(s.done, ["DeliverLog " + name])


@scenario
def what_is_put_is_copied_by_a_rule(s):
    copy = "copy-" + s.bucket
    control("PUT", "/buckets/%s?region=%s" % (copy, REGION))
    for bucket in (s.bucket, copy):
        s.cos.put_bucket_versioning(Bucket=bucket, Status="Enabled")
    s.cos.put_bucket_replication(Bucket=s.bucket, ReplicationConfiguration={"Role": OWNER, "Rule": [
        {"ID": "1", "Status": "Enabled", "Prefix": "log/", "Destination": {"Bucket": "qcs::cos:%s::%s" % (REGION, copy), "StorageClass": "STANDARD_IA"}}]})
    version = s.put("log/k", b"12345")["x-cos-version-id"]
    s.put("k")
    control("POST", "/clock", {"modification_advance_ms": 0})
    same(s.head("log/k")["x-cos-replication-status"], "Completed")
    head = s.cos.head_object(Bucket=copy, Key="log/k")
    same([head[name] for name in ("x-cos-replication-status", "x-cos-version-id", "x-cos-storage-class")], ["Replica", version, "STANDARD_IA"])
    s.refused(404, None, s.cos.head_object, Bucket=copy, Key="k")
    s.cos.delete_bucket_replication(Bucket=s.bucket)
    entries = control("GET", "/journal?op=ReplicateObject&bucket=" + copy)["entries"]
    same([(e["key"], e["status"]) for e in entries], [("log/k", 200)])


@scenario
def an_inventory_is_kept_by_its_id(s):
    s.cos.put_bucket_inventory(Bucket=s.bucket, Id="list1", InventoryConfiguration={
        "Destination": {"COSBucketDestination": {"AccountId": ENV["COSMOCK_UIN"], "Bucket": "qcs::cos:%s::%s" % (REGION, s.bucket), "Format": "CSV",
                                                 "Prefix": "list1"}},
        "IsEnabled": "true", "IncludedObjectVersions": "All", "Schedule": {"Frequency": "Daily"}, "OptionalFields": {"Field": ["Size"]}})
    same(s.cos.get_bucket_inventory(Bucket=s.bucket, Id="list1")["Schedule"], {"Frequency": "Daily"})
    s.cos.delete_bucket_inventory(Bucket=s.bucket, Id="list1")
    s.refused(404, "InventoryConfigurationNotFoundError", s.cos.get_bucket_inventory, Bucket=s.bucket, Id="list1")
    s.calls("PutBucketInventory 200", "GetBucketInventory 200", "DeleteBucketInventory 204", "GetBucketInventory 404 InventoryConfigurationNotFoundError")


@scenario
def an_inventory_is_written_by_the_clock(s):
    short = s.bucket[:-len(APPID) - 1]
    s.put("a", b"12345")
    s.cos.put_bucket_inventory(Bucket=s.bucket, Id="daily", InventoryConfiguration={
        "Destination": {"COSBucketDestination": {"AccountId": ENV["COSMOCK_UIN"], "Bucket": "qcs::cos:%s::%s" % (REGION, s.bucket), "Format": "CSV",
                                                 "Prefix": "list"}},
        "IsEnabled": "true", "IncludedObjectVersions": "Current", "Schedule": {"Frequency": "Daily"}, "OptionalFields": {"Field": ["Size"]}})
    control("POST", "/clock", {"modification_advance_ms": 2 * 86400 * 1000})
    names = keys(s.cos.list_objects(Bucket=s.bucket, Prefix="list/%s/%s/daily/" % (APPID, short)))
    manifest = json.loads(s.get(next(name for name in names if name.endswith("/manifest.json"))))
    rows = gzip.decompress(s.get(manifest["files"][0]["key"])).decode()
    same([[field.strip('"') for field in row.split(",")] for row in rows.splitlines()], [[APPID, short, "a", "5"]])
    s.cos.delete_bucket_inventory(Bucket=s.bucket, Id="daily")
    s.calls("PutObject 200", "PutBucketInventory 200", "GetBucket 200", "GetObject 200", "GetObject 200", "DeleteBucketInventory 204")
    same([work.split()[0] for work in s.done], ["WriteInventory", "WriteInventory"])


@scenario
def a_domain_is_listed_and_proved(s):
    s.refused(404, None, s.cos.get_bucket_domain, Bucket=s.bucket)
    rule = {"Name": "www.%s.example.com" % s.bucket, "Type": "REST", "Status": "ENABLED"}
    s.cos.put_bucket_domain(Bucket=s.bucket, DomainConfiguration={"DomainRule": [rule]})
    got = s.cos.get_bucket_domain(Bucket=s.bucket)
    same(got["DomainRule"], [rule])
    same(got["x-cos-domain-txt-verification"].startswith("tencent-cloud-cos-verification="), True)
    s.put("k", b"open", ACL="public-read")  # which counts on the bucket's own host alone
    same(requests.get("http://%s/k" % rule["Name"], timeout=30).status_code, 403)
    s.cos.put_bucket_acl(Bucket=s.bucket, ACL="public-read")
    same(requests.get("http://%s/k" % rule["Name"], timeout=30).content, b"open")
    s.cos.delete_bucket_domain(Bucket=s.bucket)
    s.calls("GetBucketDomain 404 DomainConfigNotFoundError", "PutBucketDomain 200", "GetBucketDomain 200", "PutObject 200",
            "GetObject 403 AccessDenied", "PutBucketACL 200", "GetObject 200", "DeleteBucketDomain 204")


@scenario
def lines_are_selected_from_a_csv(s):
    s.put("t.csv", b"name,n\nann,1\nbob,2\n")
    reply = s.cos.select_object_content(Bucket=s.bucket, Key="t.csv", Expression="Select * from COSObject s where s.n > 1", ExpressionType="SQL",
                                        InputSerialization={"CompressionType": "NONE", "CSV": {"FileHeaderInfo": "USE"}},
                                        OutputSerialization={"CSV": {}})
    stream = reply["Payload"]
    same(b"".join(e["Records"]["Payload"] for e in stream.get_select_result_events() if "Records" in e) if hasattr(stream, "get_select_result_events")
         else stream.get_select_result(), b"bob,2\n")
    s.calls("PutObject 200", "SelectObjectContent 200")


@scenario
def a_packed_csv_is_selected_from(s):
    s.put("t.csv.gz", gzip.compress(b"name;n\r\nann;1\r\n'b;b';2\r\n"))
    reply = s.cos.select_object_content(Bucket=s.bucket, Key="t.csv.gz", Expression="Select s.name from COSObject s", ExpressionType="SQL",
                                        InputSerialization={"CompressionType": "GZIP", "CSV": {
                                            "FileHeaderInfo": "USE", "FieldDelimiter": ";", "QuoteCharacter": "'", "RecordDelimiter": "\r\n"}},
                                        OutputSerialization={"JSON": {"RecordDelimiter": "\n"}})
    same(reply["Payload"].get_select_result(), b'{"name":"ann"}\n{"name":"b;b"}\n')
    s.put("t.csv", b"name,n\n")
    s.refused(400, "GzipDecompressError", s.cos.select_object_content, Bucket=s.bucket, Key="t.csv", Expression="Select * from COSObject",
              ExpressionType="SQL", InputSerialization={"CompressionType": "GZIP", "CSV": {}}, OutputSerialization={"CSV": {}})
    s.calls("PutObject 200", "SelectObjectContent 200", "PutObject 200", "SelectObjectContent 400 GzipDecompressError")


@scenario
def what_is_missing_is_fetched_from_the_origin(s):
    source = "source-" + s.bucket
    control("PUT", "/buckets/%s?region=%s" % (source, REGION))
    s.cos.put_object(Bucket=source, Key="k", Body=b"bytes", ACL="public-read")
    s.cos.put_object(Bucket=source, Key="closed", Body=b"x")
    s.refused(404, "OriginConfigurationNotFoundError", s.cos.get_bucket_origin, Bucket=s.bucket)
    s.cos.put_bucket_origin(Bucket=s.bucket, OriginConfiguration={"OriginRule": [{
        "RulePriority": "1", "OriginType": "Mirror", "OriginCondition": {"HTTPStatusCode": "404", "Prefix": ""},
        "OriginParameter": {"Protocol": "HTTP"}, "OriginInfo": {"HostInfo": [{"HostName": "%s.cos.%s.myqcloud.com" % (source, REGION)}]}}]})
    s.calls("PutObject 200", "PutObject 200", "GetBucketOrigin 404 OriginConfigurationNotFoundError", "PutBucketOrigin 200")
    same(s.get("k"), b"bytes")
    s.refused(424, "MirrorFailed", s.get, "closed")
    s.calls("GetObject 200", "GetObject 200", "GetObject 403 AccessDenied", "GetObject 424 MirrorFailed")
    same(s.done, ["PullOrigin k"])
    s.cos.delete_bucket_origin(Bucket=s.bucket)
    same(s.get("k"), b"bytes", "what was fetched stays")
    s.calls("DeleteBucketOrigin 204", "GetObject 200")


@scenario
def a_rule_copies_what_is_put_behind_it(s):
    copies = "copies-" + s.bucket
    control("PUT", "/buckets/%s?region=%s" % (copies, REGION))
    rules = {"Role": OWNER, "Rule": [{"ID": "1", "Status": "Enabled", "Prefix": "in/", "Destination": {
        "Bucket": "qcs::cos:%s::%s" % (REGION, copies), "StorageClass": "STANDARD_IA"}}]}
    s.cos.put_bucket_versioning(Bucket=s.bucket, Status="Enabled")
    s.refused(409, "InvalidBucketState", s.cos.put_bucket_replication, Bucket=s.bucket, ReplicationConfiguration=rules)
    s.cos.put_bucket_versioning(Bucket=copies, Status="Enabled")
    s.put("in/before")
    s.cos.put_bucket_replication(Bucket=s.bucket, ReplicationConfiguration=rules)
    version = s.put("in/k", b"bytes")["x-cos-version-id"]
    s.put("out/k")
    control("POST", "/clock", {"modification_advance_ms": 0})  # what rules still have to copy is done when this answers
    page = s.cos.list_objects(Bucket=copies)
    same([(e["Key"], e["StorageClass"]) for e in page["Contents"]], [("in/k", "STANDARD_IA")])
    same((s.head("in/k")["x-cos-replication-status"], s.head("out/k").get("x-cos-replication-status")), ("Completed", None))
    head = s.cos.head_object(Bucket=copies, Key="in/k")
    same((head["x-cos-replication-status"], head["x-cos-version-id"]), ("Replica", version))
    s.calls("PutBucketVersioning 200", "PutBucketReplication 409 InvalidBucketState", "PutBucketVersioning 200", "PutObject 200",
            "PutBucketReplication 200", "PutObject 200", "PutObject 200", "GetBucket 200", "HeadObject 200", "HeadObject 200", "HeadObject 200")
    same(s.done, ["ReplicateObject in/k"])


@scenario
def a_header_without_effect_is_noted(s):
    callback = {"x-cos-callback": base64.b64encode(b'{"callbackUrl":"http://a.com"}').decode()}
    same("x-cos-callback" in s.put("k", Metadata=callback)["x-cosmock-note"], True)
    same("x-cos-mtea-a" in s.put("l", Metadata={"x-cos-mtea-a": "1"})["x-cosmock-note"], True)
    same(s.put("m").get("x-cosmock-note"), None)
    entries = s.calls("PutObject 200", "PutObject 200", "PutObject 200")
    same([(e.get("ignored"), e.get("unknown")) for e in entries], [("x-cos-callback", None), (None, "x-cos-mtea-a"), (None, None)])


@scenario
def what_is_out_of_scope_says_so(s):
    s.put("a.jpg")
    error = s.refused(400, "NotImplemented", s.cos.ci_get_image_info, Bucket=s.bucket, Key="a.jpg")
    same("GetObjectImageInfo" in error.get_error_msg(), True)
    s.calls("PutObject 200", "GetObjectImageInfo 400 NotImplemented")


def main(word=""):
    failed = 0
    chosen = [f for f in SCENARIOS if word in f.__name__]
    for number, function in enumerate(chosen):
        name = function.__name__.replace("_", " ")
        try:
            function(Scene(number))
            print("ok   " + name)
        except Exception as error:  # whatever it is, this scenario is not true
            failed += 1
            print("FAIL %s: %s" % (name, error if isinstance(error, (Wrong, CosServiceError)) else traceback.format_exc()))
    print("%d passed, %d failed" % (len(chosen) - failed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
