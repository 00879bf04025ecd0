#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The published cases, by the oracle and, where its program is given, by the evaluator: policy-cases.json and the worked examples of the
page of condition keys. test_oracle.py [ANSWERS]"""
import json
import os
import sys

import draw
import trial

CASES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "fixtures", "policies", "policy-cases.json")


def texts_of(value):
    """Values of a case's context, as texts."""
    return [str(one).lower() if isinstance(one, bool) else str(one) for one in (value if isinstance(value, list) else [value])]


def scenario_of(case):
    """A case of policy-cases.json as draw.py has them."""
    principal, policies, request = case["principal"], case["policies"], case["request"]
    text_of = {use: [value if isinstance(value, str) else json.dumps(value) for value in values]
               for use, values in (("identity", policies.get("identity", [])), ("session", [policies.get("session")]), ("bucket", [policies.get("bucket")]))
               if values != [None]}
    out = {"owner": case["owner"], "identity": text_of.pop("identity"), "rules": {},
           "who": {"kind": principal["type"], "uin": principal.get("uin", ""), "owner": principal.get("owner_uin", ""), "appid": principal.get("appid", "")},
           "lists": {place: " ".join(["-"] + ["%s:%s" % (grant["permission"], grant["grantee"]) for grant in grants])
                     for place, grants in policies.get("acl", {}).items()},
           "asks": [{"action": request["action"], "resource": request["resource"],
                     "context": {key: texts_of(value) for key, value in request["context"].items()}}]}
    out.update({use: texts[0] for use, texts in text_of.items()})
    if principal["type"] == "role":
        out["who"]["role"] = principal["arn"].rpartition("/")[2]
    return out


def oracle_word(scenario):
    """(expectation as the cases write it, reasons)."""
    refused, verdicts = trial.expected(scenario)
    return ("invalid_policy", set()) if refused else ("allow" if verdicts[0].allowed else "deny", verdicts[0].reasons)


def evaluator_word(line):
    kind, word, *_ = line.split()
    return ("invalid_policy", set()) if kind == "refused" else ("allow" if word[0] == "+" else "deny", {word[1:]})


def published():
    with open(CASES, encoding="utf-8") as text:
        return json.load(text)["cases"]


def cases(judged):
    """Every published case comes out as published, with its reason."""
    for case in published():
        expect, reasons = judged(scenario_of(case))
        yield case["id"] + " " + case["title"], expect == case["expect"] and (not reasons or case["reason"] in reasons), "%s %s" % (expect, sorted(reasons))


V, PAIR = draw.VERSION, "string_not_equal_if_exist"


def example(effect, condition, action="*"):
    return {"effect": effect, "action": action, "resource": "*", "condition": condition}


# cam-conditions.md s.3, by its numbers: statements, action, and pairs (context, allowed). Where the page shows a deny alone, an allow of
# everything stands beside it.
ALL = {"effect": "allow", "action": "*", "resource": "*"}
VERSIONS = ({}, {"cos:versionid": [V]}, {"cos:versionid": ["W"]})
EXAMPLES = [
    ("1", [example("allow", {"string_equal": {"cos:versionid": V}})], "GetObject", zip(VERSIONS, (False, True, False))),
    ("2", [example("allow", {"string_equal_if_exist": {"cos:versionid": V}})], "GetObject", zip(VERSIONS, (True, True, False))),
    ("3", [ALL, example("deny", {"string_equal": {"cos:versionid": V}})], "GetObject", zip(VERSIONS, (True, False, True))),
    ("4", [ALL, example("deny", {"string_equal_if_exist": {"cos:versionid": V}})], "GetObject", zip(VERSIONS, (False, False, True))),
    ("4a", [example("allow", {"string_equal": {"cos:versionid": V}}), example("deny", {PAIR: {"cos:versionid": V}})], "GetObject",
     zip(VERSIONS, (False, True, False))),
    ("5", [example("allow", {"string_equal_if_exist": {"cos:versionid": ""}}), example("deny", {"string_not_equal": {"cos:versionid": ""}})], "GetObject",
     (({}, True), ({"cos:versionid": [""]}, True), ({"cos:versionid": ["X"]}, False))),
    ("6", [ALL, example("deny", {"string_equal": {"cos:versionid": "null"}})], "DeleteObject", (({}, True), ({"cos:versionid": ["null"]}, False))),
    ("7", [example("allow", {"numeric_less_than_equal": {"cos:content-length": 10}}), example("deny", {"numeric_greater_than_if_exist": {"cos:content-length": 10}})],
     "PutObject", (({"cos:content-length": ["10"]}, True), ({"cos:content-length": ["11"]}, False), ({}, False))),
    ("8", [example("allow", {"numeric_greater_than_equal": {"cos:content-length": 2}}), example("deny", {"numeric_less_than_if_exist": {"cos:content-length": 2}})],
     "PutObject", (({"cos:content-length": ["1"]}, False), ({"cos:content-length": ["2"]}, True))),
    ("9", [example("allow", {"string_equal": {"cos:content-type": "image/jpeg"}}), example("deny", {PAIR: {"cos:content-type": "image/jpeg"}})], "PutObject",
     (({"cos:content-type": ["image/jpeg"]}, True), ({"cos:content-type": ["text/plain"]}, False), ({}, False))),
    ("10", [example("allow", {"string_equal": {"cos:response-content-type": "image%2Fjpeg"}}), example("deny", {PAIR: {"cos:response-content-type": "image%2Fjpeg"}})],
     "GetObject", (({"cos:response-content-type": ["image/jpeg"]}, True), ({"cos:response-content-type": ["text/plain"]}, False), ({}, False))),
    ("11", [example("allow", {"string_equal": {"cos:response-content-type": "image/jpeg"}})], "GetObject", (({"cos:response-content-type": ["image/jpeg"]}, False),)),
    ("12", [example("allow", {"bool_equal": {"cos:secure-transport": "true"}})], "GetObject",
     (({"cos:secure-transport": ["true"]}, True), ({"cos:secure-transport": ["false"]}, False))),
    ("13", [ALL, example("deny", {"bool_equal": {"cos:secure-transport": "false"}})], "GetObject",
     (({"cos:secure-transport": ["true"]}, True), ({"cos:secure-transport": ["false"]}, False))),
    ("14", [example("allow", {"string_equal": {"cos:x-cos-storage-class": "STANDARD"}}), example("deny", {PAIR: {"cos:x-cos-storage-class": "STANDARD"}})], "PutObject",
     (({"cos:x-cos-storage-class": ["STANDARD"]}, True), ({"cos:x-cos-storage-class": ["STANDARD_IA"]}, False), ({}, False))),
    ("15", [example("allow", {"string_equal": {"cos:x-cos-acl": "private"}}), example("deny", {PAIR: {"cos:x-cos-acl": "private"}})], "PutObject",
     (({"cos:x-cos-acl": ["private"]}, True), ({"cos:x-cos-acl": ["public-read"]}, False), ({}, False))),
    ("16", [example("allow", {"string_equal": {"cos:prefix": "folder1"}})], "GetBucket",
     (({"cos:prefix": ["folder1"]}, True), ({"cos:prefix": ["other"]}, False), ({}, False))),
    ("17", [example("allow", {"numeric_equal": {"cos:tls-version": 1.2}})], "GetObject", (({"cos:tls-version": ["1.2"]}, True), ({"cos:tls-version": ["1.0"]}, False))),
    ("18", [example("allow", {"numeric_greater_than_equal": {"cos:tls-version": 1.2}}), example("deny", {"numeric_less_than_if_exist": {"cos:tls-version": 1.2}})],
     "GetObject", (({"cos:tls-version": ["1.0"]}, False), ({"cos:tls-version": ["1.2"]}, True), ({}, False))),
    ("19", [example("allow", {"for_any_value:string_equal": {"qcs:request_tag": ["a&b", "c&d"]}})], "PutBucket",
     (({"qcs:request_tag": ["a&b", "c&d"]}, True), ({"qcs:request_tag": ["a&b"]}, True), ({"qcs:request_tag": ["a&b", "c&d", "e&f"]}, True))),
    ("20", [example("allow", {"for_all_value:string_equal": {"qcs:request_tag": ["a&b", "c&d"]}})], "PutBucket",
     (({"qcs:request_tag": ["a&b", "c&d"]}, True), ({"qcs:request_tag": ["a&b"]}, True), ({"qcs:request_tag": ["a&b", "c&d", "e&f"]}, False))),
    ("21", [example("allow", {"ip_equal": {"qcs:ip": ["10.1.1.0/24", "8.8.8.8", "9.9.9.9"]}})], "GetObject",
     (({"qcs:ip": ["10.1.1.77"]}, True), ({"qcs:ip": ["9.9.9.9"]}, True), ({"qcs:ip": ["10.1.2.1"]}, False))),
    ("21a", [example("allow", {"string_equal": {"vpc:requester_vpc": "vpc-a"}}, "name/cos:*")], "GetObject", (({"vpc:requester_vpc": ["vpc-a"]}, True), ({}, False))),
    ("22", [ALL, example("deny", {"string_equal_if_exist": {"cos:x-cos-acl": "public-read"}})], "GetObject", (({}, False),)),
    ("23", [example("allow", {"string_equal": {"cos:x-cos-acl": "private"}})], "GetObject", (({}, False),)),
    ("24", [example("allow", {"string_equal_if_exist": {"cos:x-cos-acl": "private"}}), example("deny", {"string_not_equal": {"cos:x-cos-acl": "private"}})], "GetObject",
     (({}, True),)),
    ("26", [example("allow", {"string_like": {"cos:content-type": "image/*"}})], "PutObject",
     (({"cos:content-type": ["text/plain"]}, False), ({"cos:content-type": ["image/png"]}, True))),
    ("29", [example("allow", {"string_like": {"cos:prefix": "xxx/*"}})], "GetBucket", (({"cos:prefix": ["xxx/"]}, False),)),
    ("29, the other", [example("allow", {"string_like": {"cos:prefix": "xxx*"}})], "GetBucket", (({"cos:prefix": ["xxx/"]}, True),)),
]
EXAMPLES = [(number, statements, action, list(rows)) for number, statements, action, rows in EXAMPLES]


def examples(judged):
    """Every worked example of the page of condition keys comes out as it says."""
    for number, statements, action, rows in EXAMPLES:
        for i, (context, allowed) in enumerate(rows):
            key = context.get("cos:prefix", [""])[0] if action == "GetBucket" else "" if action == "PutBucket" else "x"
            scenario = {"owner": draw.A, "identity": [json.dumps({"version": "2.0", "statement": statements})], "lists": {}, "rules": {},
                        "who": {"kind": "sub", "uin": "100000000011", "owner": draw.A["uin"], "appid": draw.A["appid"]},
                        "asks": [{"action": "name/cos:" + action, "context": context,
                                  "resource": "qcs::cos:%s:uid/%s:%s/%s" % (draw.REGION, draw.A["appid"], draw.BUCKET, key)}]}
            expect, reasons = judged(scenario)
            yield "example %s, request %d" % (number, i + 1), expect == ("allow" if allowed else "deny"), "%s %s" % (expect, sorted(reasons))


def main():
    ways = [("oracle", oracle_word)]
    if len(sys.argv) > 1:
        evaluator = trial.Evaluator(sys.argv[1])
        ways.append(("evaluator", lambda scenario: evaluator_word(evaluator.answers([scenario])[0])))
    total = failed = 0
    for way, judged in ways:
        for claims in (cases, examples):
            for name, holds, got in claims(judged):
                total, failed = total + 1, failed + (not holds)
                if not holds:
                    print("FAIL by the %s: %s: %s" % (way, name, got))
    print("cases: %d passed, %d failed" % (total - failed, failed))
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
