#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The mock against the oracle, by requests that a client signs: random scenarios as worlds of their own, each question as the request that
asks it. Loopback only.

    wire.py COSMOCK [REQUESTS [SEED]]    the published cases, and random ones

What no request carries (a network, a TLS version on plain HTTP) is absent from the context, what the request says anyhow (its length, its
host, now) is in it. Status and journal have to agree with the oracle, and the question that was asked with the one that was meant.
"""
import base64
import collections
import datetime
import hashlib
import http.client
import itertools
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.parse

import draw
import judge
import language
import test_oracle
import trial

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "ci"))
import signing  # noqa: E402

HOST = "%s.cos.%s.myqcloud.com" % (draw.BUCKET, draw.REGION)
TRUST = '{"version":"2.0","statement":[{"effect":"allow","action":"name/sts:AssumeRole","principal":{"qcs":["qcs::cam::uin/%s:root"]}}]}'
UPLOAD = "1234567890abcdef"  # of no upload: rights are asked first
# Rules that are switches of the mock, with the value that is the rule's other one.
SWITCHES = {"strict_anyone_deny": ("anyone-deny", "strict"), "boundary_binds_grants": ("boundary-reach", "all"),
            "root_stands_for_users": ("root-grant", "users"), "root_deny_hits_users": ("root-deny", "users"), "any_account_denies": ("any-account-deny", "hit"),
            "region_glob": ("region-pattern", "glob"), "service_level_by_qcs": ("service-level-grant", "all-of-cos"), "question_mark": ("question-mark", "character"),
            "uin_star": ("any-user-principal", "nobody")}
# Action -> (method, query parameters). Another name of the same right stands in OTHER_NAMES.
ON_OBJECT = {
    "GetObject": ("GET", ()), "HeadObject": ("HEAD", ()), "PutObject": ("PUT", ()), "DeleteObject": ("DELETE", ()),
    "AppendObject": ("POST", (("append", ""), ("position", "0"))), "InitiateMultipartUpload": ("POST", (("uploads", ""),)),
    "UploadPart": ("PUT", (("partNumber", "1"), ("uploadId", UPLOAD))), "CompleteMultipartUpload": ("POST", (("uploadId", UPLOAD),)),
    "AbortMultipartUpload": ("DELETE", (("uploadId", UPLOAD),)), "ListParts": ("GET", (("uploadId", UPLOAD),)),
    "GetObjectACL": ("GET", (("acl", ""),)), "PutObjectACL": ("PUT", (("acl", ""),)), "GetObjectTagging": ("GET", (("tagging", ""),)),
    "PutObjectTagging": ("PUT", (("tagging", ""),)), "DeleteObjectTagging": ("DELETE", (("tagging", ""),)), "PostObjectRestore": ("POST", (("restore", ""),)),
    "PutObjectCopy": ("PUT", ()), "UploadPartCopy": ("PUT", (("partNumber", "1"), ("uploadId", UPLOAD)))}
ON_LIST = {"GetBucket": (), "GetBucketObjectVersions": (("versions", ""),), "ListMultipartUploads": (("uploads", ""),)}
ON_BUCKET = {
    "HeadBucket": ("HEAD", ()), "PutBucket": ("PUT", ()), "DeleteBucket": ("DELETE", ()), "GetBucketACL": ("GET", (("acl", ""),)),
    "PutBucketACL": ("PUT", (("acl", ""),)), "GetBucketPolicy": ("GET", (("policy", ""),)), "PutBucketPolicy": ("PUT", (("policy", ""),)),
    "DeleteBucketPolicy": ("DELETE", (("policy", ""),)), "GetBucketTagging": ("GET", (("tagging", ""),)), "PutBucketTagging": ("PUT", (("tagging", ""),)),
    "GetBucketLocation": ("GET", (("location", ""),)), "GetBucketCORS": ("GET", (("cors", ""),)), "PutBucketVersioning": ("PUT", (("versioning", ""),)),
    "DeleteMultipleObjects": ("POST", (("delete", ""),))}
OTHER_NAMES = {"PostObjectRestore": ("PostObjectRestore", "RestoreObject"), "PutObjectCopy": ("PutObject", "PutObjectCopy"),
               "UploadPartCopy": ("PutObject", "UploadPartCopy")}
BODIES = {"PutObjectACL": "", "PutBucketACL": "", "PutObjectTagging": "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>",
          "PostObjectRestore": "<RestoreRequest><Days>1</Days></RestoreRequest>", "PutBucketPolicy": '{"version":"2.0","statement":[{"effect":"allow","action":"cos:None","resource":"*","principal":"*"}]}',
          "PutBucketVersioning": "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>",
          "CompleteMultipartUpload": "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\"x\"</ETag></Part></CompleteMultipartUpload>"}
DELETED = ("dir/a.txt", "a")  # by every multi-delete
BODIES["DeleteMultipleObjects"] = "<Delete>%s</Delete>" % "".join("<Object><Key>%s</Key></Object>" % key for key in DELETED)
BODIES["PutBucketTagging"] = BODIES["PutObjectTagging"]


class Refused(Exception):
    """The world of a scenario cannot be: it is drawn for the evaluator alone."""


def secret_of(uin):
    return "AKID" + "w" * 20 + uin, "k" * 20 + uin


def world_of(scenario):
    """The tenant of a scenario. Its caller's own policies come when he has his token: they might deny it him."""
    who, users = scenario["who"], {draw.A["uin"]: {}, draw.B["uin"]: {}}
    for uin, owner in (("100000000011", draw.A["uin"]), ("100000000012", draw.A["uin"]), ("100000000022", draw.B["uin"])):
        users[owner][uin] = {"uin": uin, "keys": [dict(zip(("secret_id", "secret_key"), secret_of(uin)))]}
    accounts = [dict(account, keys=[dict(zip(("secret_id", "secret_key"), secret_of(account["uin"])))], users=list(users[account["uin"]].values()))
                for account in (draw.A, draw.B)]
    if who["kind"] == "role":
        account = next(one for one in accounts if one["uin"] == who["owner"])
        account["roles"] = [{"name": who["role"], "id": who["uin"], "trust": TRUST % who["owner"]}]
    if "boundary" in scenario:
        bound = account["roles"][0] if who["kind"] == "role" else users[who["owner"]][who["uin"]]
        bound["boundary"] = scenario["boundary"]
    bucket = {"name": draw.BUCKET, "region": draw.REGION, "owner": draw.A["uin"]}
    if "bucket" in scenario["lists"]:
        bucket["acl"] = scenario["lists"]["bucket"]
    if "bucket" in scenario:
        bucket["policy"] = scenario["bucket"]
    if scenario["tags"]:
        bucket["tags"] = dict(tag.split("&", 1) for tag in scenario["tags"])
    # The trial is about what policies mean, so none is refused for a spelling that the evaluator reads, too.
    switches = {"peer-header": "trust", "odd-resource-path": "warn", "bare-principal": "warn"}
    switches.update(dict(SWITCHES[rule] for rule in scenario["rules"]))
    return {"accounts": accounts, "buckets": [bucket], "switches": switches}


def merged(policies):
    """The policies of a user as one: he may be given one by the control API."""
    statements = []
    for text in policies:
        found = next(member for name, member in json.loads(text).items() if name.lower() == "statement")
        statements += found if isinstance(found, list) else [found]
    return {"version": "2.0", "statement": statements} if statements else None


class Mock:
    """A running mock, and the tenant of one scenario in it."""

    def __init__(self, program, directory):
        world = os.path.join(directory, "world.yaml")
        with open(world, "w", encoding="ascii") as out:
            out.write('accounts: [{uin: "1", appid: "1"}]\n')
        self.process = subprocess.Popen([program, "serve", "--exit-with-parent", "--world", world], stdout=subprocess.PIPE)
        said = json.loads(self.process.stdout.readline() or b"null")
        if said is None:
            raise SystemExit("FAIL the mock did not begin")
        self.data = http.client.HTTPConnection("127.0.0.1", said["port"], timeout=60)
        self.control = http.client.HTTPConnection(urllib.parse.urlsplit(said["control"]).netloc, timeout=60)

    def call(self, method, path, value=None, headers=(), is_raw=False):
        """(status, text) of a call of the control API."""
        body = value if is_raw or value is None else json.dumps(value)
        self.control.request(method, "/v1/" + path, body=body.encode() if isinstance(body, str) else body, headers=dict(headers))
        reply = self.control.getresponse()
        return reply.status, reply.read().decode()

    def must(self, *args, **named):
        status, text = self.call(*args, **named)
        if status >= 300:
            raise Refused("%s: %d %s" % (args[:2], status, text[:300]))
        return text

    def send(self, method, target, headers, body=None):
        self.data.request(method, target, body=body, headers=headers)
        reply = self.data.getresponse()
        return reply.status, reply.read(), reply


# --- a scenario that can be sent ---

def sendable_ask(ask, who):
    """The question with the context that its request can carry, or None: it is of no request that this program makes."""
    name, key = ask["action"].rpartition(":")[2], draw.key_of(ask)
    if not ((name in ON_OBJECT and key) or name in ON_LIST or name in ON_BUCKET or (name == "GetService" and who["kind"] != "anonymous")):
        return None
    carried = {"qcs:ip", "cos:x-cos-storage-class", "cos:x-cos-forbid-overwrite"}
    carried |= {"cos:x-cos-acl"} if ask["context"].get("cos:x-cos-acl") in (["private"], ["public-read"]) else set()
    carried |= {"cos:content-type"} if BODIES.get(name, name in ("PutObject", "AppendObject", "UploadPart")) else set()
    carried |= {one for one, actions in judge.CARRIED_BY.items() if name in actions and one in ("cos:versionid", "qcs:request_tag")}
    carried |= {"cos:response-content-type"} if name == "GetObject" and who["kind"] != "anonymous" else set()
    context = {one: values for one, values in ask["context"].items() if one in carried}
    if name == "PutBucket" and "qcs:request_tag" in context:
        context["qcs:request_tag"] = ["%s&%s" % pair for pair in dict(tag.split("&", 1) for tag in context["qcs:request_tag"]).items()]
    return dict(ask, name=name, key=key, context=context)


def sendable(scenario):
    """The scenario as a mock can have it, or None."""
    who = scenario["who"]
    asks = [one for one in (sendable_ask(ask, who) for ask in scenario["asks"]) if one is not None]
    if not asks or trial.expected(scenario)[0] or (who["kind"] == "federated" and "session" not in scenario):
        return None
    tags = dict(tag.split("&", 1) for tag in scenario["asks"][0]["context"].get("qcs:resource_tag", []))
    out = dict(scenario, tags=["%s&%s" % pair for pair in tags.items()], asks=asks)
    if who["kind"] != "anonymous" and who["uin"] == who["owner"]:
        out["identity"] = []  # an account has none
    return out


def lists_of(scenario, key):
    """The lists that decide about a key: each object of a question has the scenario's, the folder dir/ another."""
    lists = {place: judge.read_list(text) for place, text in scenario["lists"].items()}
    out = {"bucket": lists.get("bucket")}
    if key == "dir/":
        out["object"] = lists.get("folder")
    elif key:
        out["object"] = lists.get("object")
        out["folder"] = lists.get("folder") if key.startswith("dir/") else None
    return out


def put_list(mock, scenario, key, place):
    text = scenario["lists"].get(place)
    grants = judge.read_list(text) if text is not None else None
    path = "t/s/cos/%s/%s" % (draw.BUCKET, urllib.parse.quote(key, safe="/"))
    mock.must("PUT", path, "x", is_raw=True)
    if not grants:
        mock.must("PUT", path + "?acl", headers={"x-cos-acl": "default" if grants is None else "private"})
        return
    listed = "".join("<Grant><Grantee>%s</Grantee><Permission>%s</Permission></Grant>" % (GROUPS.get(grantee) or USER % tuple(grantee.split("/")), permission)
                     for grantee, permission in grants)
    owner = USER % (draw.A["uin"], draw.A["uin"])
    mock.must("PUT", path + "?acl", "<AccessControlPolicy><Owner>%s</Owner><AccessControlList>%s</AccessControlList></AccessControlPolicy>" % (owner, listed),
              is_raw=True)


GROUPS = {"AllUsers": "<URI>http://cam.qcloud.com/groups/global/AllUsers</URI>", "AuthenticatedUsers": "<URI>http://cam.qcloud.com/groups/global/AuthenticatedUsers</URI>"}
USER = "<ID>qcs::cam::uin/%s:uin/%s</ID>"


# --- credentials ---

def sts(mock, action, uin, fields):
    payload = json.dumps(fields).encode()
    _, text, _ = mock.send("POST", "/", signing.tc3_headers(*secret_of(uin), action, "2018-08-13", draw.REGION, "sts", payload), payload)
    reply = json.loads(text)["Response"]
    if "Error" in reply:
        return reply["Error"]["Code"], None
    given = reply["Credentials"]
    return None, (given["TmpSecretId"], given["TmpSecretKey"], given["Token"])


def credential_of(mock, scenario):
    """(id, key, token), None for nobody. Refused: STS has another opinion of the policy, and may have."""
    who = scenario["who"]
    if who["kind"] == "anonymous":
        return None
    if who["kind"] in ("root", "sub"):
        return secret_of(who["uin"]) + (None,)
    if who["kind"] == "role":
        fields = {"RoleArn": "qcs::cam::uin/%s:roleName/%s" % (who["owner"], who["role"]), "RoleSessionName": "oracle"}
        fields.update({"Policy": scenario["session"]} if "session" in scenario else {})
        code, given = sts(mock, "AssumeRole", who["owner"], fields)
    else:
        code, given = sts(mock, "GetFederationToken", who["uin"], {"Name": "oracle", "Policy": scenario["session"]})
    if code is not None:
        raise Refused(code)
    return given


def may_refuse(scenario, code):
    """GrantOtherResource: a resource of somebody else's account (sts-cam.md s.2.1). UnauthorizedOperation: the boundary denies asking STS."""
    if code == "InvalidParameter.GrantOtherResource":
        who = scenario["who"]
        return any(one.account not in ("", "*", "uid/*", "uin/*", "uid/" + who["appid"], "uin/" + who["owner"])
                   for statement in language.read_policy(scenario["session"], language.SESSION, language.Rules()) for one in statement.resources if not one.every)
    return code in ("AuthFailure.UnauthorizedOperation", "UnauthorizedOperation") and "boundary" in scenario


# --- questions ---

def request_of(ask, credential):
    """(method, target, headers, body, context): the request that asks, and what else of it a condition may see."""
    name, said = ask["name"], ask["context"]
    method, params = ON_OBJECT.get(name) or ON_BUCKET.get(name) or ("GET", ON_LIST.get(name, ()))
    params = list(params)
    headers = {"x-cosmock-peer-ip": said["qcs:ip"][0]} if "qcs:ip" in said else {}
    headers["Host"] = "service.cos.myqcloud.com" if name == "GetService" else HOST
    for key in ("cos:x-cos-acl", "cos:x-cos-storage-class", "cos:x-cos-forbid-overwrite", "cos:content-type"):
        if key in said:
            headers[key.partition(":")[2]] = said[key][0]
    if name in ON_LIST and ask["key"]:
        params.append(("prefix", ask["key"]))
    params += [(word, said[key][0]) for key, word in (("cos:versionid", "versionId"), ("cos:response-content-type", "response-content-type")) if key in said]
    if "qcs:request_tag" in said:
        headers["x-cos-tagging"] = "&".join("=".join(urllib.parse.quote(part, safe="") for part in tag.split("&", 1)) for tag in said["qcs:request_tag"])
    if name in ("PutObjectCopy", "UploadPartCopy"):
        headers["x-cos-copy-source"] = "%s/%s" % (HOST, urllib.parse.quote(SOURCE, safe="/"))
    body = None
    if method in ("PUT", "POST"):
        body = BODIES.get(name, "" if name in ("PutBucket", "InitiateMultipartUpload", "PutObjectCopy", "UploadPartCopy") else "x" * LENGTHS[len(ask["key"]) % 3])
        headers["Content-Length"] = str(len(body))
        headers.update({"Content-MD5": base64.b64encode(hashlib.md5(body.encode()).digest()).decode()} if body else {})
    key = "" if name in ON_LIST else ask["key"]
    if credential is not None:
        headers["Authorization"] = signing.cos_authorization(credential[0], credential[1], method, "/" + key, headers["Host"], params)
        headers.update({"x-cos-security-token": credential[2]} if credential[2] else {})
    query = "&".join(urllib.parse.quote(word, safe="") + ("=" + urllib.parse.quote(value, safe="") if value or word == "versionId" else "") for word, value in params)
    return method, "/" + urllib.parse.quote(key, safe="/") + ("?" + query if query else ""), headers, body


SOURCE = "dir/b"  # of every copy
BUCKET_RESOURCE = "qcs::cos:%s:uid/%s:%s/" % (draw.REGION, draw.A["appid"], draw.BUCKET)
LENGTHS = (10, 11, 2)


def context_of(scenario, ask, headers):
    """What a condition may see of the request."""
    context = dict(ask["context"])
    context["cos:secure-transport"], context["cos:host"] = ["false"], [headers["Host"]]
    context["qcs:current_time"] = [datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")]
    context.setdefault("qcs:ip", ["127.0.0.1"])
    if "Content-Length" in headers:
        context["cos:content-length"] = [headers["Content-Length"]]
    if ask["name"] in ON_LIST and ask["key"]:
        context["cos:prefix"] = [ask["key"]]
    if scenario["tags"] and ask["name"] != "GetService":
        context["qcs:resource_tag"] = scenario["tags"]
    return context


def parts_of(ask, who):
    """The questions of a request: lists of (action, resource, key) of which one has to be allowed and none denied."""
    if ask["name"] == "DeleteMultipleObjects" and who["kind"] != "anonymous":  # of each key, and of nothing else (436/8289)
        return []
    here = [(("name/cos:" + name), ask["resource"], ask["key"]) for name in OTHER_NAMES.get(ask["name"], (ask["name"],))]
    if ask["name"] in ("PutObjectCopy", "UploadPartCopy"):
        return [[("name/cos:GetObject", BUCKET_RESOURCE + SOURCE, SOURCE)], here]
    return [here]


def judged(scenario, names, context):
    """Is one of these allowed, and none denied?"""
    rules = language.Rules(**scenario["rules"])
    policies, _ = trial.read_all(scenario, rules)
    who = judge.Who(**scenario["who"])
    verdicts = []
    for action, resource, key in names:
        owner = draw.A if resource != "*" else {"uin": who.owner, "appid": who.appid}
        verdicts.append(judge.judge(who, policies, judge.Ask(action, resource, context, owner["uin"], owner["appid"], lists_of(scenario, key)), rules))
    return any(one.allowed for one in verdicts) and not any(reason.startswith("explicit_deny") for one in verdicts for reason in one.reasons)


def expected(scenario, ask, context):
    """(is the request allowed, the keys of a multi-delete that go)."""
    allowed = all(judged(scenario, names, context) for names in parts_of(ask, scenario["who"]))
    gone = [key for key in DELETED if judged(scenario, [("name/cos:DeleteObject", BUCKET_RESOURCE + key, key)], context)]
    return allowed, gone if ask["name"] == "DeleteMultipleObjects" and allowed else []


def prepare(mock, scenario):
    """The world as the scenario has it, whatever was done to it; and how the caller signs."""
    mock.must("POST", "t/s/reset")
    for key in sorted({ask["key"] for ask in scenario["asks"] if ask["name"] in ON_OBJECT} | {SOURCE, "dir/"} | set(DELETED)):
        put_list(mock, scenario, key, "folder" if key == "dir/" else "object")
    credential = credential_of(mock, scenario)
    if scenario["identity"]:
        mock.must("PUT", "t/s/policy", {"user": scenario["who"]["uin"], "policy": merged(scenario["identity"])})
    return credential


def disagreement(mock, scenario, ask, credential):
    """A sentence, or None."""
    method, target, headers, body = request_of(ask, credential)
    if ask["context"].get("cos:versionid", ["null"]) != ["null"]:
        # nobody has this version, so it has no list of its own
        scenario = dict(scenario, lists={place: text for place, text in scenario["lists"].items() if place != "object"})
    allowed, gone = expected(scenario, ask, context_of(scenario, ask, headers))
    before = json.loads(mock.must("GET", "t/s/journal?format=count"))["last_seq"]
    status, text, reply = mock.send(method, target, headers, body)
    entries = json.loads(mock.must("GET", "t/s/journal?after=%d" % before))["entries"]
    asked = [(one["action"], one["resource"]) for one in entries[-1]["questions"]] if entries else []
    said = "%s %s %s: oracle %s; status %d, %s" % (ask["name"], method, target, "allows" if allowed else "denies", status, reply.getheader("x-cosmock-reason"))
    if ask["name"] == "DeleteMultipleObjects" and allowed:
        wanted = [("name/cos:DeleteObject", BUCKET_RESOURCE + key) for key in DELETED]
        found = re.findall(r"<Deleted><Key>([^<]*)</Key>", re.sub(r">\s+<", "><", text.decode()))
        return None if status == 200 and sorted(found) == sorted(gone) and set(wanted) <= set(asked) else "%s; gone %s instead of %s" % (said, found, gone)
    if not asked:
        return said + "; nobody was asked: %s" % text[:300]
    if parts_of(ask, scenario["who"])[0][0][:2] not in asked:
        return said + "; asked %s" % asked
    return None if allowed == (entries[-1]["authz"] == "allow") == (status != 403) else said


def try_scenario(mock, scenario, counts):
    """Disagreements of one scenario."""
    mock.must("POST", "tenants", {"name": "s", "world": json.dumps(world_of(scenario))})
    try:
        credential, bad = prepare(mock, scenario), []
        for ask in scenario["asks"]:
            found = disagreement(mock, scenario, ask, credential)
            counts["requests"] += 1
            bad += [found] if found else []
            if ON_OBJECT.get(ask["name"], ON_BUCKET.get(ask["name"], ("GET",)))[0] in ("PUT", "POST", "DELETE"):
                credential = prepare(mock, scenario)
        return bad
    except Refused as why:
        if may_refuse(scenario, str(why)):
            counts["tokens refused, as they may be"] += 1
            return []
        return ["the scenario cannot be: %s" % why]
    finally:
        mock.must("DELETE", "t/s")


def scenarios(seed):
    """(name, scenario) without an end: the published cases, then random ones."""
    for case in test_oracle.published():
        yield case["id"], test_oracle.scenario_of(case)
    for number in itertools.count():
        yield "%d of seed %d" % (number, seed), draw.draw(seed, number)


def main():
    requests = int(sys.argv[2]) if len(sys.argv) > 2 else 400
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else int.from_bytes(os.urandom(4), "little")
    print("%d requests of seed %d" % (requests, seed), flush=True)
    counts, failed, start = collections.Counter(), 0, time.monotonic()
    with tempfile.TemporaryDirectory() as directory:
        mock = Mock(sys.argv[1], directory)
        for name, drawn in scenarios(seed):
            scenario = sendable(drawn)
            if counts["requests"] >= requests:
                break
            for sentence in try_scenario(mock, scenario, counts) if scenario is not None else ():
                failed += 1
                print("FAIL scenario %s: %s\n  %s" % (name, sentence, json.dumps(scenario, ensure_ascii=False)), flush=True)
        mock.process.terminate()
        mock.process.wait()
    print("%s; %.1f s" % (", ".join("%d %s" % (n, word) for word, n in counts.items()), time.monotonic() - start))
    print("wire: %d passed, %d failed" % (counts["requests"] - failed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
