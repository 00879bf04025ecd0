# SPDX-License-Identifier: Apache-2.0
"""Random scenarios: policies, a caller, lists and questions, near enough to each other to matter, and leaning towards the traps of
sts-cam.md s.3 and s.5.3. A scenario is a value of JSON, what answers.c reads as a line; the same seed draws the same one.
"""
import json
import random

A, B = {"uin": "100000000001", "appid": "1250000000"}, {"uin": "100000000002", "appid": "1250000002"}
REGION, BUCKET = "ap-guangzhou", "examplebucket-1250000000"
KEYS = ("a", "dir/", "dir/a.txt", "dir/b", "dir2/x", "Dir/a.txt", "dir/sub/deep/z", "a:b:c/d", "文件夹/文件名.txt", "a*b", "a?c", "abc", "${uin}/x",
        "dir//x", "/lead", "a b", "100%/x", "prefix//1250000000/examplebucket/x", "\U0001f600")
ON_OBJECTS = ("GetObject HeadObject PutObject DeleteObject PostObject AppendObject InitiateMultipartUpload UploadPart CompleteMultipartUpload"
              " AbortMultipartUpload ListParts GetObjectACL PutObjectACL GetObjectTagging PutObjectTagging DeleteObjectTagging"
              " PostObjectRestore OptionsObject PutObjectCopy UploadPartCopy").split()
ON_LISTS = "GetBucket GetBucketObjectVersions ListMultipartUploads".split()
ON_BUCKETS = ("HeadBucket PutBucket DeleteBucket GetBucketACL PutBucketACL GetBucketPolicy PutBucketPolicy DeleteBucketPolicy GetBucketTagging"
              " PutBucketTagging GetBucketLocation GetBucketCORS PutBucketVersioning DeleteMultipleObjects").split()
VERSION = "MTg0NDUxNTc1NjIzMTQ1MDAwODg"


def one(rng, weighted):
    """An item of [(weight, item)]."""
    return rng.choices([item for _, item in weighted], [weight for weight, _ in weighted])[0]


def some(rng, items, most):
    return [rng.choice(items) for _ in range(rng.randint(1, most))]


# --- questions ---

def draw_context(rng, name, key):
    """What the request says: mostly what its operation carries, sometimes what it does not."""
    said = {"qcs:ip": [rng.choice(("10.1.1.9", "10.1.2.9", "192.168.1.1", "8.8.8.8", "127.0.0.1", "::ffff:10.1.1.9", "2001:db8::1"))],
            "qcs:current_time": [rng.choice(("2026-06-01T00:01:00Z", "2026-06-01T00:00:59Z", "2030-01-01T00:00:00Z", "1999-12-31T23:59:59Z"))]}
    https = rng.random() < 0.5
    said["cos:secure-transport"] = ["true" if https else "false"]
    if https:
        said["cos:tls-version"] = [rng.choice(("1.0", "1.2", "1.3"))]
    if name in ON_LISTS and key:
        said["cos:prefix"] = [key]
    for maybe, values in (
            ("cos:versionid", ("", "null", VERSION, "v/1", "V1")), ("cos:x-cos-acl", ("private", "public-read", "Private", "default")),
            ("cos:x-cos-storage-class", ("STANDARD", "STANDARD_IA", "standard")), ("cos:content-length", ("0", "10", "11", "2", "9007199254740993")),
            ("cos:content-type", ("image/jpeg", "image/JPEG", "text/plain", "image/", "")), ("cos:response-content-type", ("image/jpeg", "a b", "é", "it's(1)!~*")),
            ("cos:host", (BUCKET + ".cos.ap-guangzhou.myqcloud.com", "localhost:80")), ("vpc:requester_vpc", ("vpc-aqp5jrc1",)),
            ("qcs:create_uin", ("100000000011", "100000000001")), ("cos:prefix", ("dir/", "", "a*b")), ("cos:x-cos-forbid-overwrite", ("true", "false"))):
        if rng.random() < 0.15 and maybe not in said:
            said[maybe] = [rng.choice(values)]
    for tags in ("qcs:resource_tag", "qcs:request_tag"):
        if rng.random() < 0.2:
            said[tags] = rng.sample(("a&b", "c&d", "e&f", "A&b", "a&", "team&x y"), rng.randint(1, 3))
    return said


def draw_ask(rng):
    kind = rng.random()
    if kind < 0.03:
        return {"action": "name/cos:GetService", "resource": "*", "context": draw_context(rng, "GetService", "")}
    if kind < 0.63:
        name, key = rng.choice(ON_OBJECTS[:4] if rng.random() < 0.6 else ON_OBJECTS), rng.choice(KEYS)
    elif kind < 0.8:
        name, key = rng.choice(ON_LISTS), rng.choice(("",) + KEYS)
    else:
        name, key = rng.choice(ON_BUCKETS), ""
    return {"action": "name/cos:" + name, "resource": "qcs::cos:%s:uid/%s:%s/%s" % (REGION, A["appid"], BUCKET, key),
            "context": draw_context(rng, name, key)}


def name_of(ask):
    return ask["action"].partition(":")[2]


def key_of(ask):
    return "" if ask["resource"] == "*" else ask["resource"].split(":", 5)[5].partition("/")[2]


# --- statements ---

def star_in(rng, text):
    """The text with a star or two in the place of parts of it; some then fit no more."""
    for _ in range(rng.randint(1, 2)):
        at = rng.randint(0, len(text))
        text = text[:at] + "*" + text[rng.randint(at, len(text)):]
    return text


def draw_action(rng, ask, rough):
    name = name_of(ask)
    shapes = [(8, "name/cos:" + name), (8, "cos:" + name), (4, "cos:*"), (3, "name/cos:*"), (3, "*"), (1, "*:*"), (4, "cos:" + star_in(rng, name)),
              (2, "name/cos:" + rng.choice(ON_OBJECTS + ON_LISTS + ON_BUCKETS)), (1, "cos:" + name.lower()), (1, "cos:" + name.replace("ACL", "Acl")),
              (1, "sts:" + name), (0.5, "COS:" + name), (0.5, "cos:" + name[:-1] + "?"), (0.5, " name/cos:" + name + " "), (0.3, "ci:*"),
              (0.3, "cos:Get*Object"), (0.3, "cos:**")]
    if rough == "action":
        shapes += [(2, name), (2, ""), (2, "name/cos"), (2, "name/*"), (2, "*:" + name), (2, "c*:" + name), (2, "NAME/cos:" + name), (2, "cos:"), (2, "**"),
                   (1, 7), (1, None), (1, "cos::" + name), (1, "name/cos :" + name), (1, "name/name/cos:" + name), (1, "cos:Get Object"),
                   (1, "name/*:*"), (1, ":" + name)]
    return one(rng, shapes)


def draw_path(rng, ask):
    key = key_of(ask)
    folder = key[:key.rfind("/") + 1]
    inside = one(rng, [(5, "*"), (4, key), (4, folder + "*"), (3, ""), (2, star_in(rng, key)), (1, key + "*"), (1, folder), (1, folder[:-1]), (1, "?" * len(key)),
                       (1, rng.choice(KEYS)), (0.5, "**"), (0.5, "*" + key[1:]), (0.5, "${uin}/*"), (0.5, key.lower()), (0.5, "*/*")])
    return one(rng, [(12, BUCKET + "/" + inside), (1, BUCKET), (1, "*"), (1, BUCKET + "*"), (1, "*/" + inside), (1, "examplebucket*"),
                     (1, "otherbucket-1250000000/" + inside), (0.5, "examplebucket/" + inside), (0.5, "*" + BUCKET[3:] + "/" + inside),
                     (1, "prefix//1250000000/examplebucket/" + inside), (0.3, "prefix//1250000002/examplebucket/" + inside),
                     (0.3, "prefix//*/examplebucket/" + inside), (0.3, "prefix/1250000000/examplebucket/" + inside), (0.3, "prefix//1250000000/examplebucket"),
                     (0.5, BUCKET + ".cos.ap-guangzhou.myqcloud.com/" + inside), (0.5, BUCKET + ".ap-guangzhou.myqcloud.com/" + inside),
                     (0.3, BUCKET + ".cos.ap-beijing.myqcloud.com/" + inside), (0.3, BUCKET.upper() + "/" + inside), (0.3, ""), (0.3, "/" + BUCKET + "/" + inside)])


def draw_resource(rng, ask, rough):
    if rng.random() < 0.2:
        return "*"
    if rng.random() < (0.5 if ask["resource"] == "*" else 0.04):
        return "qcs:%s:%s:%s:%s" % (rng.choice((":cos", ":cos", ":", ":*", "id/0:cos")), rng.choice(("", "", "*", REGION)),
                                    rng.choice(("", "", "*", "uid/*", "uid/" + A["appid"], "uid/" + B["appid"])), rng.choice(("*", "*", "*", "**", "*/*", "")))
    service = one(rng, [(20, "cos"), (3, ""), (0.5, "COS"), (0.5, "*"), (0.5, "ci")])
    region = one(rng, [(12, REGION), (6, ""), (3, "*"), (1, "ap-*"), (1, "ap-beijing"), (0.5, REGION.upper())])
    account = one(rng, [(12, "uid/" + A["appid"]), (4, "uin/" + A["uin"]), (4, ""), (1, "*"), (1, "uid/*"), (0.5, "uin/*"), (1, "uid/" + A["uin"]),
                        (1, "uin/" + A["appid"]), (1, "uid/" + B["appid"]), (1, "uin/" + B["uin"]), (0.5, A["appid"]), (0.5, "UID/" + A["appid"]),
                        (0.3, "uid/125*"), (0.3, "uid/01250000000")])
    text = ":".join(("qcs", one(rng, [(20, ""), (1, "id/0")]), service, region, account, draw_path(rng, ask)))
    if rough == "resource" and rng.random() < 0.3:
        text = one(rng, [(2, text.replace("qcs:", "", 1)), (2, text.replace("qcs", "QCS", 1)), (2, "arn:aws:s3:::bucket/*"), (2, ""), (1, BUCKET + "/*"), (1, 7),
                         (1, " " + text), (1, text + " "), (1, "qcs::cos:ap-guangzhou:uid/1250000000"), (1, "**"), (1, "qcs:*"), (1, None)])
    return text


OPERATORS = {
    "string": ("string_equal", "string_not_equal", "string_equal_ignore_case", "string_not_equal_ignore_case", "string_like", "string_not_like", "binary_equal"),
    "numeric": tuple("numeric_" + tail for tail in ("equal", "not_equal", "greater_than", "greater_than_equal", "less_than", "less_than_equal")),
    "date": tuple("date_" + tail for tail in ("equal", "not_equal", "greater_than", "greater_than_equal", "less_than", "less_than_equal")),
    "bool": ("bool_equal",), "ip": ("ip_equal", "ip_not_equal"), "null": ("null_equal",)}
KEY_FAMILIES = (("qcs:ip", "ip"), ("qcs:current_time", "date"), ("cos:secure-transport", "bool"), ("cos:tls-version", "numeric"), ("cos:versionid", "string"),
                ("cos:prefix", "string"), ("cos:x-cos-acl", "string"), ("cos:x-cos-storage-class", "string"), ("cos:content-length", "numeric"),
                ("cos:content-type", "string"), ("cos:response-content-type", "string"), ("cos:host", "string"), ("vpc:requester_vpc", "string"),
                ("qcs:create_uin", "string"), ("qcs:resource_tag", "string"), ("qcs:request_tag", "string"), ("cos:content_length", "numeric"), ("qcs:vpc", "string"),
                ("cos:x-cos-forbid-overwrite", "string"), ("cos:delimiter", "string"), ("cos:max-keys", "numeric"), ("QCS:ip", "ip"), ("cos:VersionId", "string"))
FALLBACK = {"ip": ("10.1.1.0/24", "10.1.1.9", "10.1.1.9/0", "192.168.1.7/16", "10.1.2.9/32", "::ffff:10.1.1.9", "2001:db8::/32", "0.0.0.0/0", "::/0"),
            "date": ("2026-06-01T00:01:00Z", "2026-06-01T 00:01:00Z", "2026-06-01T08:01:00+08:00", "2030-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
            "bool": ("true", "false", True, False, "True"), "numeric": (10, "10", "10.0", 1.2, "1.2", 1.3, 0, "11", "9007199254740992", "010", "-1"),
            "null": ("true", "false", True), "string": ("", "private", "image%2Fjpeg", "image/jpeg", "a&b", "c&d", "${uin}", "${owner_uin}", "dir%2F", "null", "*", "folder1")}


def encoded(text):
    return "".join(c if c.isalnum() and c.isascii() or c in "-_.!~*'()" else "".join("%%%02X" % byte for byte in c.encode()) for c in text)


def draw_value(rng, family, said, rough):
    if rough == "condition" and rng.random() < 0.2:
        return rng.choice(("", "x", "10 ", "1.2.3", "1.2.3.4/33", "2026-06-01", "yes", "1e3", "0x10", "2026-13-01T00:00:00Z", "01.2.3.4", "1.2.3.4/", " true",
                           "2026-06-01T00:01:00", "1,5", "+1", "1.", ".5", None, [], {}, True, 5, "2001:db8::/129", "2026-06-01t00:01:00z", "NaN"))
    if said and rng.random() < 0.6:
        value = rng.choice(said)
        if family == "string":
            value = one(rng, [(4, value), (3, encoded(value)), (2, encoded(value)[:rng.randint(0, 4)] + "*"), (1, "*" + value[1:]), (1, value.swapcase()), (0.5, star_in(rng, value))])
        return value if family in ("string", "numeric", "date", "bool") else rng.choice((value, value + "/24", value + "/32"))
    return rng.choice(FALLBACK[family])


def draw_condition(rng, ask, rough):
    out = {}
    for _ in range(one(rng, [(6, 1), (3, 2), (1, 3)])):
        present = [pair for pair in KEY_FAMILIES if pair[0] in ask["context"]]
        key, family = rng.choice(present if present and rng.random() < 0.7 else KEY_FAMILIES)
        if rng.random() < 0.05:
            family = "null"
        elif rng.random() < (0.2 if rough == "condition" else 0.03):
            family = rng.choice(list(OPERATORS))
        word = rng.choice(OPERATORS[family])
        if family != "null" and rng.random() < 0.3:
            word += "_if_exist"
        if family not in ("null",) and rng.random() < (0.6 if "tag" in key else 0.05):
            word = rng.choice(("for_any_value:", "for_all_value:")) + word
        word = one(rng, [(20, word), (1, word.capitalize()), (1, " " + word + " "), (0.5, word.upper())])
        if rough == "condition" and rng.random() < 0.15:
            word = one(rng, [(1, "string_equals"), (1, "StringEquals"), (1, word + "_if_exist"), (1, "null_equal_if_exist"), (1, "for_some_value:" + word), (1, ""),
                             (1, "bool_not_equal"), (1, word.replace("_", "-")), (1, "for_any_value: string_equal"), (1, "for_any_value:for_all_value:string_equal")])
        values = [draw_value(rng, family, ask["context"].get(key), rough) for _ in range(one(rng, [(6, 1), (3, 2), (1, 3)]))]
        key = one(rng, [(20, key), (1, key + " ")])
        out.setdefault(word, {})[key] = values[0] if len(values) == 1 and rng.random() < 0.5 else values
    return out


def draw_principal(rng, who, rough):
    """A principal element, mostly one that has to do with the caller."""
    uin, owner = who.get("uin") or "100000000011", who.get("owner") or A["uin"]
    mine = "qcs::cam::uin/%s:uin/%s" % (owner, uin)
    if who["kind"] == "role":
        mine = "qcs::cam::uin/%s:%s" % (owner, rng.choice(("roleName/" + who["role"], "role/" + uin, "uin/" + uin)))
    names = [(8, mine), (3, "qcs::cam::anyone:anyone"), (1, "qcs::cam::anonymous:anonymous"), (1, "*"), (2, "qcs::cam::uin/%s:uin/%s" % (owner, owner)),
             (1, "qcs::cam::uin/%s:root" % owner), (1, "qcs::cam::uin/%s:uin/*" % owner), (1, "qcs::cam::uin/%s:uin/%s" % (A["uin"], uin)),
             (1, "qcs::cam::uin/%s:uin/%s" % (B["uin"], B["uin"])), (1, "qcs::cam::uin/%s:uin/100000000012" % A["uin"]),
             (0.5, "qcs::cam::uin/%s:groupid/7" % owner), (0.5, "qcs::cam::uin/%s:service/cdn" % owner), (0.5, "qcs::cam::uin/%s:roleName/app" % A["uin"])]
    if rough == "principal":
        names += [(1, uin), (1, "qcs::cam:uin/%s:uin/%s" % (owner, uin)), (1, ""), (1, "qcs::cam::uin/%s" % owner), (1, 7), (1, "arn:aws:iam::1:root"), (1, "anyone"),
                  (1, "qcs::cam::uin/*:uin/*"), (1, " " + mine), (1, "QCS::cam::uin/%s:uin/%s" % (owner, uin)), (1, "qcs::cam::uin/%s:group/7" % owner)]
    chosen = [one(rng, names) for _ in range(one(rng, [(6, 1), (2, 2)]))]
    shape = rng.random()
    if shape < 0.06:
        return "*"
    if shape < 0.08:
        return {"service": ["cdn.qcloud.com"]}
    if shape < 0.1:
        return {"qcs": chosen, "service": "cos.qcloud.com"}
    if rough == "principal" and shape < 0.3:
        return rng.choice(({}, {"qcs": []}, {"AWS": chosen}, [chosen[0]], chosen[0], None, {"QCS": chosen}, {"federated": "qcs::cam::uin/1:saml-provider/x"}, "anyone"))
    return {"qcs": chosen[0] if len(chosen) == 1 and rng.random() < 0.3 else chosen}


def draw_statement(rng, asks, who, use, rough, denies):
    ask = rng.choice(asks)
    effect = "deny" if rng.random() < denies else "allow"
    actions = [draw_action(rng, ask, rough) for _ in range(one(rng, [(6, 1), (3, 2), (1, 4)]))]
    resources = [draw_resource(rng, ask, rough) for _ in range(one(rng, [(6, 1), (3, 2), (1, 3)]))]
    out = {"effect": one(rng, [(10, effect), (1, effect.capitalize()), (0.3, effect.upper())]),
           "action": actions[0] if len(actions) == 1 and rng.random() < 0.5 else actions,
           "resource": resources[0] if len(resources) == 1 and rng.random() < 0.5 else resources}
    if rng.random() < (0.8 if rough == "condition" else 0.3):
        out["condition"] = draw_condition(rng, ask, rough)
    if use == "bucket":
        out["principal"] = draw_principal(rng, who, rough)
    elif rng.random() < 0.02:
        out["principal"] = {"qcs": ["*"]}
    if rng.random() < 0.05:
        out["sid"] = "one"
    if rough == "statement" and rng.random() < 0.3:
        spoil = rng.random()
        if spoil < 0.4:
            out.pop(rng.choice(list(out)))
        elif spoil < 0.6:
            out[rng.choice(("notAction", "NotResource", "notPrincipal", "Sid2", "actions", "description"))] = "*"
        elif spoil < 0.8:
            out["effect"] = rng.choice(("Permit", "", 1, None, " allow", ["allow"]))
        else:
            out[rng.choice(("action", "resource"))] = rng.choice(([], {}, None, [[]], 5, True))
    return out


def draw_policy(rng, asks, who, use, rough, denies):
    """The text of a policy."""
    statements = [draw_statement(rng, asks, who, use, rough, denies) for _ in range(one(rng, [(5, 1), (3, 2), (2, 4)]))]
    policy = {"version": "2.0", "statement": statements}
    if use == "bucket" and rng.random() < 0.08:
        policy["principal"] = draw_principal(rng, who, rough)
        for statement in statements:
            if rng.random() < 0.8:
                statement.pop("principal", None)
    if rough == "policy" and rng.random() < 0.5:
        change = rng.choice(("version", "nothing", "statement", "extra", "object", "none"))
        if change == "version":
            policy["version"] = rng.choice(("1.0", "2", "2012-10-17", None, ""))
        elif change == "nothing":
            policy.pop(rng.choice(("version", "statement")))
        elif change == "statement":
            policy["statement"] = rng.choice(([], {}, "x", None, [1], statements[0]))
        elif change == "extra":
            policy[rng.choice(("id", "Comment", "Sid"))] = "x"
        elif change == "none":
            policy = rng.choice(([], "x", 5, None))
    if rng.random() < 0.15 and isinstance(policy, dict):
        policy = capitals(policy, rng.random() < 0.5)
    text = json.dumps(policy, ensure_ascii=rng.random() < 0.5, indent=rng.choice((None, 2)))
    if rough == "policy" and rng.random() < 0.1:
        text = one(rng, [(1, text[:-1]), (1, text + "}"), (1, "// x\n" + text), (1, text.replace('"', "'")), (1, text.replace("}", ",}", 1)), (1, "")])
    return text


def capitals(value, all_of_them):
    """Element names as the API page of bucket policies prints them."""
    if isinstance(value, list):
        return [capitals(one_of, all_of_them) for one_of in value]
    if not isinstance(value, dict):
        return value
    return {(name[:1].upper() + name[1:] if all_of_them or name != "version" else name):
            (capitals(member, all_of_them) if name.lower() == "statement" else member) for name, member in value.items()}


# --- callers and lists ---

WHO = [(2, {"kind": "anonymous"}), (2, {"kind": "root", "uin": A["uin"], "owner": A["uin"], "appid": A["appid"]}),
       (9, {"kind": "sub", "uin": "100000000011", "owner": A["uin"], "appid": A["appid"]}),
       (4, {"kind": "federated", "uin": "100000000011", "owner": A["uin"], "appid": A["appid"]}),
       (2, {"kind": "federated", "uin": A["uin"], "owner": A["uin"], "appid": A["appid"]}),
       (2, {"kind": "role", "uin": "4611686018427397919", "owner": A["uin"], "appid": A["appid"], "role": "app"}),
       (1, {"kind": "root", "uin": B["uin"], "owner": B["uin"], "appid": B["appid"]}),
       (2, {"kind": "sub", "uin": "100000000022", "owner": B["uin"], "appid": B["appid"]}),
       (1, {"kind": "federated", "uin": "100000000022", "owner": B["uin"], "appid": B["appid"]}),
       (0.5, {"kind": "federated", "uin": B["uin"], "owner": B["uin"], "appid": B["appid"]}),
       (1, {"kind": "role", "uin": "4611686018427397920", "owner": B["uin"], "appid": B["appid"], "role": "guest"})]
CANNED_BUCKET = ("private", "public-read", "public-read-write", "authenticated-read")
PERMISSIONS = ("WRITE", "READ", "READ_ACP", "WRITE_ACP", "FULL_CONTROL")  # the first of a bucket alone
CANNED_OBJECT = ("default", "private", "public-read", "authenticated-read", "bucket-owner-read", "bucket-owner-full-control")


def draw_list(rng, who, canned):
    words = [one(rng, [(2, "-"), (1, rng.choice(canned))])]
    if words == ["default"]:
        return "default"
    uin, owner = who.get("uin") or "100000000011", who.get("owner") or A["uin"]
    for _ in range(rng.randint(0, 2)):
        grantee = one(rng, [(3, owner + "/" + uin), (2, owner + "/" + owner), (1, "AllUsers"), (1, "AuthenticatedUsers"), (1, A["uin"] + "/100000000012"),
                            (1, B["uin"] + "/" + B["uin"])])
        words.append("%s:%s" % (rng.choice(PERMISSIONS if canned is CANNED_BUCKET else PERMISSIONS[1:]), grantee))
    return " ".join(words)


SWITCHED = {"strict_anyone_deny": True, "boundary_binds_grants": True, "root_stands_for_users": True, "root_deny_hits_users": True,
            "any_account_denies": True, "region_glob": True, "service_level_by_qcs": True, "question_mark": True, "uin_star": False}
ROUGH = ("action", "resource", "condition", "principal", "statement", "policy")  # what may be none in a scenario


def draw_trust(rng, who):
    """The trust policy of the role app of account A."""
    statements = []
    for _ in range(one(rng, [(4, 1), (2, 2), (1, 3)])):
        statement = {"effect": one(rng, [(5, "allow"), (1, "deny"), (1, "Allow")]), "principal": draw_principal(rng, who, ""),
                     "action": one(rng, [(6, "name/sts:AssumeRole"), (2, ["name/sts:AssumeRole", "name/sts:GetCallerIdentity"]), (1, "sts:*"), (1, "name/sts:Assume*"),
                                         (0.5, "name/sts:assumerole"), (0.5, "name/sts:AssumeRoleWithSAML"), (0.5, "cos:*")])}
        if isinstance(statement["principal"], dict) and "*" not in str(statement["principal"]) and rng.random() < 0.8:
            statement["principal"]["qcs"] = ["qcs::cam::uin/%s:%s" % (who["owner"], rng.choice(("root", "uin/" + who["owner"], "uin/" + who["uin"])))]
        if rng.random() < 0.4:
            statement["condition"] = {rng.choice(("string_equal", "string_equal_if_exist", "string_not_equal", "string_like")):
                                      {"sts:external_id": rng.choice(("abc", "x*", ["abc", "def"]))}}
        statements.append(statement)
    return json.dumps({"version": "2.0", "statement": statements})


def draw_assuming(rng, who):
    """A caller who wants the role app of account A."""
    out = {"who": who, "owner": A, "identity": [], "lists": {}, "rules": {}, "trust": draw_trust(rng, who)}
    role = "qcs::cam::uin/%s:roleName/app" % A["uin"]

    def policy():
        statements = [{"effect": one(rng, [(6, "allow"), (1, "deny")]), "action": rng.choice(("name/sts:AssumeRole", "sts:*", "*", "name/sts:*", "cos:*", "sts:AssumeRoles")),
                       "resource": rng.choice(("*", role, role[:-1] + "*", "qcs::cam::uin/%s:roleName/*" % A["uin"], "qcs::cam::uin/%s:roleName/app" % B["uin"],
                                               "qcs::cam:::roleName/app", "qcs:::::*", "qcs::sts::uin/%s:roleName/app" % A["uin"]))} for _ in range(rng.randint(1, 2))]
        return json.dumps({"version": "2.0", "statement": statements})

    if who["uin"] != who["owner"]:
        out["identity"] = [policy() for _ in range(rng.randint(0, 2))]
        out.update({"boundary": policy()} if rng.random() < 0.15 else {})
    if who["kind"] in ("federated", "role") and rng.random() < 0.8:
        out["session"] = policy()
    out["asks"] = [{"action": "name/sts:AssumeRole", "resource": role, "context": context}
                   for context in ({}, {"sts:external_id": ["abc"]}, {"sts:external_id": ["xyz"]}, {"sts:external_id": ["def"]})]
    return out


def draw(seed, index):
    """Scenario number @index of the run @seed."""
    rng = random.Random("%d/%d" % (seed, index))
    if rng.random() < 0.04:
        return draw_assuming(rng, dict(one(rng, WHO[1:])))
    rough = rng.choice(ROUGH) if rng.random() < 0.2 else ""
    who = dict(one(rng, WHO))
    asks = [draw_ask(rng) for _ in range(3)]
    out = {"who": who, "owner": A, "identity": [], "lists": {}, "rules": {}}
    for rule, value in SWITCHED.items() if rng.random() < 0.3 else ():
        if rng.random() < 0.3:
            out["rules"][rule] = value
    denies = one(rng, [(3, 0.1), (2, 0.3), (1, 0.6)])
    if who["kind"] in ("sub", "role", "federated") and rng.random() < 0.9:
        out["identity"] = [draw_policy(rng, asks, who, "identity", rough, denies) for _ in range(one(rng, [(6, 1), (3, 2)]))]
    if out["identity"] and who["uin"] != who["owner"] and rng.random() < 0.15:
        out["boundary"] = draw_policy(rng, asks, who, "boundary", rough, denies)
    if who["kind"] in ("federated", "role") and rng.random() < 0.8:
        out["session"] = draw_policy(rng, asks, who, "session", rough, denies)
    if rng.random() < 0.6:
        out["bucket"] = draw_policy(rng, asks, who, "bucket", rough, denies)
    if rng.random() < 0.35:
        out["lists"] = {"bucket": draw_list(rng, who, CANNED_BUCKET)}
        for place, chance in (("object", 0.3), ("folder", 0.2)):
            if rng.random() < chance:
                out["lists"][place] = draw_list(rng, who, CANNED_OBJECT)
    asks += [neighbour(rng, rng.choice(asks)) for _ in range(5)]
    out["asks"] = asks
    return out


def neighbour(rng, ask):
    """A question a step away: another key, another action of its kind, another context."""
    other = draw_ask(rng)
    step = rng.random()
    if step < 0.4 and ask["resource"] != "*" and other["resource"] != "*" and (name_of(ask) in ON_BUCKETS) == (name_of(other) in ON_BUCKETS):
        return {"action": ask["action"], "resource": other["resource"], "context": draw_context(rng, name_of(ask), key_of(other))}
    if step < 0.7:
        return {"action": ask["action"], "resource": ask["resource"], "context": draw_context(rng, name_of(ask), key_of(ask))}
    return other
