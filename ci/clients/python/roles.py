# SPDX-License-Identifier: Apache-2.0
"""Every call of STS by the official SDK, and the official cos-sts. Run under `cosmock exec --world roles.yaml -- python roles.py`.

Expected values are facts of the service (sts-cam s.2, s.2.1; cam-conditions s.6).
"""
import json
import sys
import urllib.parse

from sts.sts import Sts
from tencentcloud.common import credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.sts.v20180813 import models, sts_client

import flow
from flow import BUCKET, ENV, REGION, SECRET_ID, SECRET_KEY, claim, client, control, policy, refused

OWNER = ENV["COSMOCK_UIN"]
ROLE = "qcs::cam::uin/%s:roleName/" % OWNER
SAML = "qcs::cam::uin/%s:saml-provider/desk" % OWNER
EVERYTHING = urllib.parse.quote(json.dumps(policy(["name/cos:*"], ["*"])))


def call(action, keys=(SECRET_ID, SECRET_KEY), **members):
    """The answer, or the error, which has a code."""
    request = getattr(models, action + "Request")()
    request.from_json_string(json.dumps(members))
    try:
        return getattr(sts_client.StsClient(credential.Credential(*keys), REGION), action)(request)
    except TencentCloudSDKException as error:
        return error


def code(answer):
    return answer.get_code() if isinstance(answer, TencentCloudSDKException) else ""


def keys_of(answer):
    c = answer.Credentials
    return c.TmpSecretId, c.TmpSecretKey, c.Token


def roles():
    job = {"RoleArn": ROLE + "uploader", "RoleSessionName": "job"}
    answer = call("AssumeRole", ExternalId="handshake", DurationSeconds=900, SourceIdentity=OWNER, Tags=[{"Key": "team", "Value": "a"}],
                  Policy=urllib.parse.quote(json.dumps(policy(["name/cos:PutObject"], ["*"]))), **job)
    keys = keys_of(answer)
    cos = client(*keys)
    cos.put_object(Bucket=BUCKET, Key="role", Body=b"x")
    claim("a role may what role and session policy allow", True)
    claim("and nothing that the session policy leaves out", *refused(lambda: cos.get_object(Bucket=BUCKET, Key="role"), 403, "AccessDenied"))
    who = call("GetCallerIdentity", keys)
    claim("it is a CAMRole", (who.Type, who.PrincipalId) == ("CAMRole", OWNER) and who.Arn.startswith("qcs::sts:%s:assumed-role/" % OWNER), who)
    claim("without its external id it is not given", code(call("AssumeRole", **job)) == "UnauthorizedOperation")
    claim("nor for longer than 43200 s", code(call("AssumeRole", ExternalId="handshake", DurationSeconds=43201, **job)) == "InvalidParameter.OverTimeError")
    claim("a role that is not there", code(call("AssumeRole", RoleArn=ROLE + "none", RoleSessionName="job")) == "ResourceNotFound.RoleNotFound")
    claim("a role mints no federation token", code(call("GetFederationToken", keys, Name="n", Policy=EVERYTHING)) == "FailedOperation.TempKeyNotAllowed")
    control("POST", "/expire", {"secret_id": keys[0]})
    claim("ended, it is ExpiredToken", *refused(lambda: cos.put_object(Bucket=BUCKET, Key="role", Body=b"x"), 403, "ExpiredToken"))


def oneself():
    answer = call("QueryApiKey")
    claim("an account sees its keys", [(k.SecretId, k.Status) for k in answer.IdKeys] == [(SECRET_ID, 2)], answer)
    device = control("GET", "/mfa?uin=" + OWNER)
    answer = call("GetSessionToken", SerialNumber=device["serial_number"], TokenCode=device["token_code"])
    who = call("GetCallerIdentity", keys_of(answer))
    claim("a session token is its account", (who.Arn, who.Type) == ("qcs::cam:%s:uin/%s" % (OWNER, OWNER), "CAMUser"), who)
    wrong = "%06d" % ((int(device["token_code"]) + 1) % 1000000)
    claim("another code is none", code(call("GetSessionToken", SerialNumber=device["serial_number"], TokenCode=wrong)) == "FailedOperation.CheckMFAError")


def assertions():
    token = control("POST", "/assertions", {"provider": "corp", "subject": "alice"})["assertion"]
    web = {"ProviderId": "corp", "RoleArn": ROLE + "web", "RoleSessionName": "alice"}
    claim("a web identity is given its role", code(call("AssumeRoleWithWebIdentity", WebIdentityToken=token, **web)) == "")
    touched = token[:-9] + ("A" if token[-9] != "A" else "B") + token[-8:]
    claim("a touched token is none", code(call("AssumeRoleWithWebIdentity", WebIdentityToken=touched, **web)) == "InvalidParameter.WebIdentityTokenError")
    saml = control("POST", "/assertions", {"provider": "desk", "subject": "alice"})["assertion"]
    desk = {"PrincipalArn": SAML, "SAMLAssertion": saml, "RoleArn": ROLE + "web", "RoleSessionName": "alice"}
    claim("and so is a SAML one", code(call("AssumeRoleWithSAML", **desk)) == "")
    sdk = sts_client.StsClient(credential.Credential(SECRET_ID, SECRET_KEY), REGION)
    answer = sdk.call_json("AssumeRoleWithSAML", desk, headers={"Authorization": "SKIP"})
    claim("both may come unsigned", "Credentials" in answer["Response"], answer)


def demos(asked):
    """The configuration of qcloud-cos-sts-sdk's python/demo/sts_demo.py, with conditions of its documents: names without a star, a type, a size."""
    actions = ["PutObject", "PostObject", "InitiateMultipartUpload", "ListMultipartUploads", "ListParts", "UploadPart", "CompleteMultipartUpload"]
    condition = {"string_like": {"cos:content-type": "image/*"}, "numeric_less_than_equal": {"cos:content-length": 1024}}
    demo = dict(asked, allow_prefix=["exampleobject", "exampleobject2"], allow_actions=["name/cos:" + name for name in actions], condition=condition)
    for name, answer in (("getCredential", Sts(dict(demo)).get_credential()), ("getRoleCredential", Sts(dict(demo)).get_role_credential(ROLE + "plain"))):
        keys = answer["credentials"]
        cos = client(keys["tmpSecretId"], keys["tmpSecretKey"], keys["sessionToken"])
        for key in ("exampleobject", "exampleobject2"):
            cos.put_object(Bucket=BUCKET, Key=key, Body=b"x" * 1024, ContentType="image/png")
        claim("the demo's %s lets both names in" % name, True)
        for what, key, size, kind in (("a third name", "exampleobject3", 1, "image/png"), ("another type", "exampleobject", 1, "text/plain"),
                                      ("one byte more", "exampleobject", 1025, "image/png")):
            claim("and not %s" % what, *refused(lambda: cos.put_object(Bucket=BUCKET, Key=key, Body=b"x" * size, ContentType=kind), 403, "AccessDenied"))


def cos_sts():
    asked = {"duration_seconds": 1800, "secret_id": SECRET_ID, "secret_key": SECRET_KEY, "bucket": BUCKET, "region": REGION,
             "allow_prefix": ["dir/*"], "allow_actions": ["name/cos:PutObject"]}
    for name, answer in (("getCredential", Sts(dict(asked)).get_credential()), ("getRoleCredential", Sts(dict(asked)).get_role_credential(ROLE + "plain"))):
        keys = answer["credentials"]
        cos = client(keys["tmpSecretId"], keys["tmpSecretKey"], keys["sessionToken"])
        cos.put_object(Bucket=BUCKET, Key="dir/x", Body=b"x")
        claim("%s of cos-sts allows its prefix for 1800 s" % name, answer["expiredTime"] - answer["startTime"] == 1800, answer)
        claim("and nothing beside it", *refused(lambda: cos.put_object(Bucket=BUCKET, Key="other/x", Body=b"x"), 403, "AccessDenied"))
    demos(asked)
    helper = control("GET", "/sts")
    claim("the helper answers with members of getCredential", set(helper) <= set(answer) and set(helper["credentials"]) == set(keys), helper)


if __name__ == "__main__":
    for part in (roles, oneself, assertions, cos_sts):
        part()
    print("%d passed, %d failed" % (flow.passed, flow.failed))
    sys.exit(1 if flow.failed else 0)
