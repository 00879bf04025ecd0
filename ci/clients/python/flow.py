# SPDX-License-Identifier: Apache-2.0
"""The official Python SDKs against a running mock. Run under `cosmock exec -- python flow.py`.

Nothing here knows it is a mock but the two control calls that age a token and read the journal. Every claim asserts
what the SDK saw AND what the journal says. Expected values are facts of the service (sts-cam s.4, cos-wire s.1.5, 2.1).
"""
import hashlib
import json
import os
import sys
import urllib.parse
import urllib.request

import requests
from qcloud_cos import CosConfig, CosS3Client
from qcloud_cos.cos_exception import CosServiceError
from tencentcloud.common import credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.sts.v20180813 import models, sts_client

ENV = os.environ
BUCKET, REGION, APPID = ENV["COSMOCK_BUCKET"], ENV["COSMOCK_REGION"], ENV["COSMOCK_APPID"]
SECRET_ID, SECRET_KEY = ENV["COSMOCK_SECRET_ID"], ENV["COSMOCK_SECRET_KEY"]
CONTROL = "%s/v1/t/%s" % (ENV["COSMOCK_CONTROL"], ENV["COSMOCK_TENANT"])
RUN = "py-%d/" % os.getpid()

passed = failed = 0


def claim(name, truth, detail=""):
    """One sentence that must be true."""
    global passed, failed
    if truth:
        passed += 1
        print("ok   " + name)
    else:
        failed += 1
        print("FAIL %s %s" % (name, detail))


def control(method, path, body=None):
    """A call of the control API about our tenant, past every proxy."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(CONTROL + path, data=data, method=method)
    with opener.open(request, timeout=30) as reply:
        return json.loads(reply.read() or b"null")


def journal(**query):
    text = urllib.parse.urlencode(query)
    return control("GET", "/journal?" + text)["entries"]


def client(secret_id=SECRET_ID, secret_key=SECRET_KEY, token=None):
    return CosS3Client(CosConfig(Region=REGION, SecretId=secret_id, SecretKey=secret_key, Token=token))


def refused(call, status, code):
    """The service error of a call that must fail."""
    try:
        call()
    except CosServiceError as error:
        got = (error.get_status_code(), error.get_error_code())
        return got == (status, code), "got %r" % (got,)
    return False, "it succeeded"


def federation_token(policy, seconds=1800):
    sts = sts_client.StsClient(credential.Credential(SECRET_ID, SECRET_KEY), REGION)
    request = models.GetFederationTokenRequest()
    request.Name = "flow"
    request.DurationSeconds = seconds
    request.Policy = urllib.parse.quote(json.dumps(policy))
    return sts.GetFederationToken(request)


def policy(action, resource):
    return {"version": "2.0", "statement": [{"effect": "allow", "action": action, "resource": resource}]}


def objects(cos):
    small = b"Hello COS \x00\xff" * 7
    reply = cos.put_object(Bucket=BUCKET, Key=RUN + "small", Body=small, Metadata={"x-cos-meta-colour": "blue"})
    claim("put answers with the MD5 as ETag", reply["ETag"] == '"%s"' % hashlib.md5(small).hexdigest(), reply)
    reply = cos.get_object(Bucket=BUCKET, Key=RUN + "small")
    claim("get returns the bytes", reply["Body"].get_raw_stream().read() == small)
    claim("metadata comes back", reply.get("x-cos-meta-colour") == "blue", reply)
    reply = cos.get_object(Bucket=BUCKET, Key=RUN + "small", Range="bytes=3-9")
    claim("range returns exactly the range", reply["Body"].get_raw_stream().read() == small[3:10])
    claim("Content-Range names it", reply["Content-Range"] == "bytes 3-9/%d" % len(small), reply)
    head = cos.head_object(Bucket=BUCKET, Key=RUN + "small")
    claim("head tells the length", head["Content-Length"] == str(len(small)), head)
    claim("a missing key is NoSuchKey", *refused(lambda: cos.get_object(Bucket=BUCKET, Key=RUN + "none"), 404, "NoSuchKey"))
    odd = RUN + "od d+%&=#/é中'(x)"
    cos.put_object(Bucket=BUCKET, Key=odd, Body=b"odd")
    claim("a key with every awkward byte works", cos.get_object(Bucket=BUCKET, Key=odd)["Body"].get_raw_stream().read() == b"odd")
    cos.delete_object(Bucket=BUCKET, Key=odd)


def listing(cos):
    for n in range(12):
        cos.put_object(Bucket=BUCKET, Key=RUN + "list/%02d/x" % n, Body=b"")
    seen, marker = [], ""
    while True:
        page = cos.list_objects(Bucket=BUCKET, Prefix=RUN + "list/", Delimiter="/", Marker=marker, MaxKeys=5)
        seen += [p["Prefix"] for p in page.get("CommonPrefixes", [])]
        if page["IsTruncated"] == "false":
            break
        marker = page["NextMarker"]
    claim("list pages through every common prefix once", seen == [RUN + "list/%02d/" % n for n in range(12)], seen)
    reply = cos.delete_objects(Bucket=BUCKET, Delete={"Object": [{"Key": RUN + "list/%02d/x" % n} for n in range(12)]})
    claim("multi-delete deletes all", len(reply["Deleted"]) == 12, reply)


def multipart(cos, folder):
    big = bytes(bytearray((i * 2654435761 >> 13) & 255 for i in range(1 << 16))) * 320  # 20 MiB
    path = os.path.join(folder, "big")
    with open(path, "wb") as out:
        out.write(big)
    reply = cos.upload_file(Bucket=BUCKET, Key=RUN + "big", LocalFilePath=path, PartSize=5, MAXThread=4)
    claim("a 20 MiB upload is a multipart of 4", reply["ETag"].strip('"').endswith("-4"), reply)
    got = cos.get_object(Bucket=BUCKET, Key=RUN + "big")["Body"].get_raw_stream().read()
    claim("and reads back byte for byte", hashlib.sha256(got).digest() == hashlib.sha256(big).digest(), len(got))
    parts = [e for e in journal(op="UploadPart") if e["key"] == RUN + "big" and e["status"] == 200]
    claim("the journal has its four parts", len(parts) == 4, len(parts))
    cos.copy(Bucket=BUCKET, Key=RUN + "copy", CopySource={"Bucket": BUCKET, "Region": REGION, "Key": RUN + "big"})
    head = cos.head_object(Bucket=BUCKET, Key=RUN + "copy")
    claim("copy has the same length and CRC", head["Content-Length"] == str(20 << 20)
          and head["x-cos-hash-crc64ecma"] == reply["x-cos-hash-crc64ecma"], head)
    for key in ("big", "copy", "small"):
        cos.delete_object(Bucket=BUCKET, Key=RUN + key)
    claim("after delete it is gone", not cos.object_exists(Bucket=BUCKET, Key=RUN + "big"))


def presigned(cos):
    cos.put_object(Bucket=BUCKET, Key=RUN + "signed", Body=b"signed")
    url = cos.get_presigned_url(Method="GET", Bucket=BUCKET, Key=RUN + "signed", Expired=300,
                                Params={"response-content-type": "text/x-claim"})
    reply = requests.get(url, timeout=30)
    claim("a presigned URL works", (reply.status_code, reply.content) == (200, b"signed"), reply.text)
    claim("and carries its signed override", reply.headers["Content-Type"] == "text/x-claim", reply.headers)
    reply = requests.get(url.replace("/signed?", "/signeD?"), timeout=30)
    claim("a tampered path is SignatureDoesNotMatch", reply.status_code == 403
          and "<Code>SignatureDoesNotMatch</Code>" in reply.text and "<FormatString>get\n" in reply.text, reply.text)
    cut = url.index("q-signature=") + len("q-signature=")
    other = "0" if url[cut] != "0" else "1"
    reply = requests.get(url[:cut] + other + url[cut + 1:], timeout=30)
    claim("a tampered signature is SignatureDoesNotMatch", "<Code>SignatureDoesNotMatch</Code>" in reply.text, reply.text)
    reply = requests.get(url.split("?")[0], timeout=30)
    claim("no signature is AccessDenied", reply.status_code == 403 and "<Code>AccessDenied</Code>" in reply.text, reply.text)
    wrong = client(secret_key="x" * 32)
    claim("a wrong secret is SignatureDoesNotMatch",
          *refused(lambda: wrong.get_object(Bucket=BUCKET, Key=RUN + "signed"), 403, "SignatureDoesNotMatch"))
    unknown = client(secret_id="AKID" + "z" * 32)
    claim("an unknown id is InvalidAccessKeyId",
          *refused(lambda: unknown.get_object(Bucket=BUCKET, Key=RUN + "signed"), 403, "InvalidAccessKeyId"))
    cos.delete_object(Bucket=BUCKET, Key=RUN + "signed")


def tokens(cos):
    inside, outside = RUN + "in/x", RUN + "out/x"
    resource = "qcs::cos:%s:uid/%s:%s/%sin/*" % (REGION, APPID, BUCKET, RUN)
    reply = federation_token(policy(["name/cos:PutObject", "name/cos:GetObject"], [resource]))
    cred = reply.Credentials
    temp = client(cred.TmpSecretId, cred.TmpSecretKey, cred.Token)
    temp.put_object(Bucket=BUCKET, Key=inside, Body=b"in")
    claim("a narrowed token may do what its policy allows",
          temp.get_object(Bucket=BUCKET, Key=inside)["Body"].get_raw_stream().read() == b"in")
    claim("and nothing outside its prefix",
          *refused(lambda: temp.put_object(Bucket=BUCKET, Key=outside, Body=b"no"), 403, "AccessDenied"))
    claim("nor another action", *refused(lambda: temp.delete_object(Bucket=BUCKET, Key=inside), 403, "AccessDenied"))
    claim("nothing was stored outside", not cos.object_exists(Bucket=BUCKET, Key=outside))
    denied = [e for e in journal(op="PutObject") if e["key"] == outside]
    claim("the journal says who denied it", len(denied) == 1 and denied[0]["authz"] == "deny"
          and denied[0]["session_says"] == "implicit", denied)
    bare = client(cred.TmpSecretId, cred.TmpSecretKey)
    claim("a temporary key without its token is refused",
          *refused(lambda: bare.get_object(Bucket=BUCKET, Key=inside), 403, "InvalidAccessKeyId"))
    control("POST", "/clock", {"token_advance_ms": 1801 * 1000})
    claim("after its end it is ExpiredToken",
          *refused(lambda: temp.get_object(Bucket=BUCKET, Key=inside), 403, "ExpiredToken"))
    cos.delete_object(Bucket=BUCKET, Key=inside)
    try:
        federation_token(policy(["name/cos:*"], ["*"]), seconds=7201)
        claim("a root key gets at most 7200 s", False)
    except TencentCloudSDKException as error:
        claim("a root key gets at most 7200 s", error.get_code() == "InvalidParameter.OverTimeError", error)


def main(folder):
    cos = client()
    for part in (lambda: objects(cos), lambda: listing(cos), lambda: multipart(cos, folder), lambda: presigned(cos),
                 lambda: tokens(cos)):
        part()
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        sys.exit(main(folder))
