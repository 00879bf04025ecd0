# SPDX-License-Identifier: Apache-2.0
"""A world made over the CAM API by the official SDK, and used by the official COS SDK. Run under `cosmock exec -- python identities.py`.

Expected values are facts of the service (cam-conditions s.5 to s.9; the SDK's models).
"""
import json
import sys

from tencentcloud.cam.v20190116 import cam_client, models
from tencentcloud.common import credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile

import flow
from flow import APPID, BUCKET, ENV, REGION, SECRET_ID, SECRET_KEY, claim, client, journal, policy, refused

OWNER = ENV["COSMOCK_UIN"]
MAY_PUT = json.dumps(policy(["name/cos:PutObject"], ["qcs::cos:%s:uid/%s:%s/cam/*" % (REGION, APPID, BUCKET)]))
MAY_GET = json.dumps(policy(["name/cos:GetObject", "name/cos:HeadObject"], ["*"]))


def call(action, keys=(SECRET_ID, SECRET_KEY), profile=None, **members):
    """The answer, or the error, which has a code."""
    request = getattr(models, action + "Request")()
    request.from_json_string(json.dumps(members))
    try:
        return getattr(cam_client.CamClient(credential.Credential(*keys), "", profile), action)(request)
    except TencentCloudSDKException as error:
        return error


def code(answer):
    return answer.get_code() if isinstance(answer, TencentCloudSDKException) else ""


def put(cos):
    return lambda: cos.put_object(Bucket=BUCKET, Key="cam/x", Body=b"x")


def get(cos):
    return lambda: cos.get_object(Bucket=BUCKET, Key="cam/x")


def users_and_keys():
    user = call("AddUser", Name="worker", Remark="of the night", UseApi=0, ConsoleLogin=0)
    claim("a user is added", user.Name == "worker" and user.Uin > 0 and (user.SecretId, user.Password) == ("", ""), user)
    claim("and not a second one of his name", code(call("AddUser", Name="worker")) == "InvalidParameter.SubUserNameInUse")
    key = call("CreateAccessKey", TargetUin=user.Uin).AccessKey
    claim("a key is made for him", key.Status == "Active" and key.AccessKeyId.startswith("AKID") and len(key.SecretAccessKey) == 32, key)
    cos = client(key.AccessKeyId, key.SecretAccessKey)
    claim("with which he may nothing yet", *refused(put(cos), 403, "AccessDenied"))
    mine = call("CreatePolicy", PolicyName="may-put", PolicyDocument=MAY_PUT, Description="of the test")
    claim("a policy is attached", code(call("AttachUserPolicy", PolicyId=mine.PolicyId, AttachUin=user.Uin)) == "")
    put(cos)()
    claim("and is in effect at the next request", True)
    claim("and nothing beside it", *refused(get(cos), 403, "AccessDenied"))
    claim("nor beside its prefix", *refused(lambda: cos.put_object(Bucket=BUCKET, Key="other", Body=b"x"), 403, "AccessDenied"))
    listed = call("ListAttachedUserPolicies", TargetUin=user.Uin)
    claim("it is listed", [(p.PolicyId, p.PolicyName, p.PolicyType) for p in listed.List] == [(mine.PolicyId, "may-put", "User")], listed)
    call("UpdateAccessKey", TargetUin=user.Uin, AccessKeyId=key.AccessKeyId, Status="Inactive")
    claim("an inactive key is nobody's", *refused(put(cos), 403, "InvalidAccessKeyId"))
    call("UpdateAccessKey", TargetUin=user.Uin, AccessKeyId=key.AccessKeyId, Status="Active")
    put(cos)()
    call("CreateAccessKey", TargetUin=user.Uin)
    claim("a user has two keys at most", code(call("CreateAccessKey", TargetUin=user.Uin)) == "OperationDenied.AccessKeyOverLimit")
    keys = call("ListAccessKeys", TargetUin=user.Uin).AccessKeys
    claim("keys are listed without secrets", len(keys) == 2 and not hasattr(keys[0], "SecretAccessKey"), keys)
    return user, key, cos, mine


def versions(cos, mine):
    second = call("CreatePolicyVersion", PolicyId=mine.PolicyId, PolicyDocument=MAY_GET, SetAsDefault=False)
    put(cos)()
    claim("a new version changes nothing by itself", second.VersionId == 2, second)
    call("SetDefaultPolicyVersion", PolicyId=mine.PolicyId, VersionId=2)
    get(cos)()
    claim("once it is the default it is in effect", *refused(put(cos), 403, "AccessDenied"))
    claim("and cannot be deleted", code(call("DeletePolicyVersion", PolicyId=mine.PolicyId, VersionId=[2])) == "FailedOperation.PolicyVersionAlreadyDefault")
    shown = call("GetPolicyVersion", PolicyId=mine.PolicyId, VersionId=1).PolicyVersion
    claim("the first is as it was", (shown.Document, shown.IsDefaultVersion) == (MAY_PUT, 0), shown)
    claim("the policy says what is in effect", call("GetPolicy", PolicyId=mine.PolicyId).PolicyDocument == MAY_GET)


def forms(user):
    """Lists in version 1 of the signature are flat: VersionId.0, Info.0.GroupId."""
    old = call("CreatePolicy", PolicyName="old-form", PolicyDocument=MAY_GET)
    group = call("CreateGroup", GroupName="old-form")
    for version, (method, sign) in enumerate((("GET", "HmacSHA1"), ("POST", "HmacSHA256"), ("GET", "TC3-HMAC-SHA256")), 2):
        profile = ClientProfile(signMethod=sign, httpProfile=HttpProfile(reqMethod=method))
        name = "%s %s" % (method, sign)
        made = call("CreatePolicyVersion", profile=profile, PolicyId=old.PolicyId, PolicyDocument=MAY_PUT)
        claim(name + ": a version more", getattr(made, "VersionId", None) == version, made)
        claim(name + ": and less", code(call("DeletePolicyVersion", profile=profile, PolicyId=old.PolicyId, VersionId=[version])) == "")
        info = [{"GroupId": group.GroupId, "Uin": user.Uin}]
        claim(name + ": a member more", code(call("AddUserToGroup", profile=profile, Info=info)) == "" and call("GetGroup", GroupId=group.GroupId).GroupNum == 1)
        claim(name + ": and less", code(call("RemoveUserFromGroup", profile=profile, Info=info)) == "" and call("GetGroup", GroupId=group.GroupId).GroupNum == 0)


def groups(user, cos):
    group = call("CreateGroup", GroupName="writers")
    theirs = call("CreatePolicy", PolicyName="writers-may-put", PolicyDocument=MAY_PUT)
    call("AttachGroupPolicy", PolicyId=theirs.PolicyId, AttachGroupId=group.GroupId)
    claim("a group gives to its members alone", *refused(put(cos), 403, "AccessDenied"))
    call("AddUserToGroup", Info=[{"GroupId": group.GroupId, "Uin": user.Uin}])
    put(cos)()
    had = call("ListAttachedUserAllPolicies", TargetUin=user.Uin, Rp=20, Page=1, AttachType=2).PolicyList
    claim("and to them it does", [(p.PolicyName, p.Groups[0].GroupName) for p in had] == [("writers-may-put", "writers")], had)
    call("RemoveUserFromGroup", Info=[{"GroupId": group.GroupId, "Uid": user.Uid}])
    claim("until they leave", *refused(put(cos), 403, "AccessDenied"))


def boundaries(user, cos):
    bound = call("CreatePolicy", PolicyName="bound", PolicyDocument=MAY_PUT)
    call("PutUserPermissionsBoundary", TargetUin=user.Uin, PolicyId=bound.PolicyId)
    claim("a boundary bounds what policies give", *refused(get(cos), 403, "AccessDenied"))
    claim("and says what it is", call("GetUserPermissionBoundary", TargetUin=user.Uin).PolicyName == "bound")
    call("DeleteUserPermissionsBoundary", TargetUin=user.Uin)
    get(cos)()
    claim("without it nothing is bounded", call("GetUserPermissionBoundary", TargetUin=user.Uin).PolicyName is None)


def roles(mine):
    trust = json.dumps({"version": "2.0", "statement": [{"action": "name/sts:AssumeRole", "effect": "allow",
                                                         "principal": {"qcs": ["qcs::cam::uin/%s:root" % OWNER]}}]})
    role = call("CreateRole", RoleName="reader", PolicyDocument=trust, SessionDuration=3600)
    call("AttachRolePolicy", AttachRoleName="reader", PolicyName="may-put")
    request = flow.models.AssumeRoleRequest()
    request.RoleArn, request.RoleSessionName = call("GetRole", RoleId=role.RoleId).RoleInfo.RoleArn, "job"
    sts = flow.sts_client.StsClient(credential.Credential(SECRET_ID, SECRET_KEY), REGION)
    keys = sts.AssumeRole(request).Credentials
    cos = client(keys.TmpSecretId, keys.TmpSecretKey, keys.Token)
    get(cos)()
    claim("a role is assumed, and may what is attached to it", *refused(put(cos), 403, "AccessDenied"))
    call("DetachRolePolicy", DetachRoleId=role.RoleId, PolicyId=mine.PolicyId)
    claim("and no more once it is detached", *refused(get(cos), 403, "AccessDenied"))
    call("UpdateRoleSessionDuration", RoleId=int(role.RoleId), SessionDuration=900)
    listed = call("DescribeRoleList", Page=1, Rp=20)
    claim("a role is listed", [(r.RoleName, r.SessionDuration) for r in listed.List if r.RoleId == role.RoleId] == [("reader", 900)], listed)
    call("DeleteRole", RoleName="reader")
    claim("a role that is gone", code(call("GetRole", RoleId=role.RoleId)) == "InvalidParameter.RoleNotExist")


def rights(user, key):
    as_user = (key.AccessKeyId, key.SecretAccessKey)
    denied = call("ListUsers", keys=as_user)
    claim("a user may not manage others", code(denied) == "UnauthorizedOperation" and "cam:ListUsers" in denied.get_message(), denied)
    manages = json.dumps(policy(["name/cam:*"], ["qcs::cam::uin/%s:uin/*" % OWNER]))
    managing = call("CreatePolicy", PolicyName="manages-users", PolicyDocument=manages)
    call("AttachUserPolicy", PolicyId=managing.PolicyId, AttachUin=user.Uin)
    claim("but with the right", "worker" in [u.Name for u in call("ListUsers", keys=as_user).Data])
    claim("which goes no further than it says", code(call("ListPolicies", keys=as_user)) == "UnauthorizedOperation")
    claim("and never to the account's own keys", code(call("CreateAccessKey", keys=as_user, TargetUin=int(OWNER))) == "OperationDenied.SubUin")


def ends(user, cos):
    claim("a user with keys is not deleted", code(call("DeleteUser", Name="worker")) == "OperationDenied.HaveKeys")
    claim("but by force", code(call("DeleteUser", Name="worker", Force=1)) == "")
    claim("with his keys", *refused(get(cos), 403, "InvalidAccessKeyId"))
    claim("and is nobody then", code(call("GetUser", Name="worker")) == "ResourceNotFound.UserNotExist")
    claim("what is not built names itself", code(call("GetPasswordRules")) == "UnsupportedOperation")
    made = journal(op="CreateAccessKey")
    claim("the journal has the calls, and no secret", made and made[0]["service"] == "cam" and made[0]["authz"] == "allow", made)


if __name__ == "__main__":
    user, key, cos, mine = users_and_keys()
    versions(cos, mine)
    forms(user)
    groups(user, cos)
    boundaries(user, cos)
    roles(mine)
    rights(user, key)
    secret = key.SecretAccessKey
    ends(user, cos)
    claim("nowhere", secret not in json.dumps(journal()))
    print("%d passed, %d failed" % (flow.passed, flow.failed))
    sys.exit(1 if flow.failed else 0)
