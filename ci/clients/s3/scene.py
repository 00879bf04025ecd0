# SPDX-License-Identifier: Apache-2.0
"""What scenarios of S3's clients share: the control API, the journal, and how they are run and counted.

A scenario is a function; its name is the claim. It has a bucket of its own and says what the client saw and, with `calls`,
everything that the mock saw of this bucket since the last look, as "operation status code". Expected values are the documents' (cos-s3, cos-wire).
"""
import json
import os
import sys
import traceback
import urllib.request

ENV = os.environ
REGION, APPID = ENV["COSMOCK_REGION"], ENV["COSMOCK_APPID"]
CONTROL = "%s/v1/t/%s" % (ENV["COSMOCK_CONTROL"], ENV["COSMOCK_TENANT"])
SERVICE = "cos.%s.myqcloud.com" % REGION


class Wrong(AssertionError):
    """What was seen is not what the documents say."""


def same(got, want, what="value"):
    if got != want:
        raise Wrong("%s: got %r, want %r" % (what, got, want))


def holds(text, *words):
    for word in words:
        same(word in text, True, "%r in %r" % (word, text))


def control(method, path, body=None):
    """A call of the control API about our tenant, past every proxy."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    data = None if body is None else json.dumps(body).encode()
    with opener.open(urllib.request.Request(CONTROL + path, data=data, method=method), timeout=30) as reply:
        return json.loads(reply.read() or b"null")


def say(entry):
    return " ".join([entry["op"], str(entry["status"])] + ([entry["code"]] if entry.get("code") else []))


class Scene:
    """What a scenario works with: a bucket of its own, and the journal since the last look."""

    def __init__(self, number):
        self.bucket = "scene-%d-%s" % (number, APPID)
        self.host = "%s.%s" % (self.bucket, SERVICE)
        control("PUT", "/buckets/%s?region=%s" % (self.bucket, REGION))
        self.seen = control("GET", "/journal?limit=1")["last_seq"]

    def journal(self):
        """The requests to this bucket since the last look, in order; what the mock did by itself has no method."""
        page = control("GET", "/journal?after=%d&bucket=%s" % (self.seen, self.bucket))
        self.seen = max([self.seen] + [e["seq"] for e in page["entries"]])
        return [e for e in page["entries"] if "method" in e]

    def calls(self, *want, service="s3"):
        """Every one of them, each in this dialect: "operation status" and, of a refusal, its code. Returns their entries."""
        entries = self.journal()
        same([say(e) for e in entries], list(want), "the journal")
        same([e["service"] for e in entries], [service] * len(entries), "the dialects")
        return entries

    def stored(self, key):
        """The bytes that the mock keeps, whoever asks how."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open("%s/objects/%s/%s" % (CONTROL, self.bucket, key), timeout=30) as reply:
            return reply.read()


def play(number, function):
    """The reason why it is not true; None: it is."""
    try:
        function(Scene(number))
        return None
    except Exception as error:  # whatever it is, this scenario is not true
        return str(error) if isinstance(error, Wrong) else traceback.format_exc()


def run(scenarios, word=""):
    """Plays those with @word in their name, one after the other; the exit status."""
    chosen = [f for f in scenarios if word in f.__name__]
    failed = 0
    for number, function in enumerate(chosen):
        reason = play(number, function)
        name = function.__name__.replace("_", " ")
        failed += reason is not None
        print("ok   " + name if reason is None else "FAIL %s: %s" % (name, reason))
    print("%d passed, %d failed" % (len(chosen) - failed, failed))
    sys.exit(1 if failed else 0)
