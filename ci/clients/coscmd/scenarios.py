# SPDX-License-Identifier: Apache-2.0
"""Scenarios of coscmd, the command of Tencent's users, against a running mock. Run under `cosmock exec -- python scenarios.py [WORD]`.

A scenario is a function; its name is the claim. It has a bucket and a folder of its own and says how the command ended, what it printed
or wrote and, with `calls`, everything that the mock saw of this bucket since the last look, as "operation status code". Four run at a
time: what takes long is that Python starts. Expected values are the documents' (cos-wire, cos-operations-1).
WORD: only the scenarios with it in their name.
"""
import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile
import traceback
import urllib.request

ENV = os.environ
REGION, APPID = ENV["COSMOCK_REGION"], ENV["COSMOCK_APPID"]
CONTROL = "%s/v1/t/%s" % (ENV["COSMOCK_CONTROL"], ENV["COSMOCK_TENANT"])
COSCMD = os.path.join(os.path.dirname(sys.executable), "coscmd")
CONFIG = """[common]
secret_id = %s
secret_key = %s
bucket = %s
region = %s
max_thread = 2
part_size = 7
multiupload_threshold = 20
retry = 1
timeout = 30
schema = https
verify = md5
anonymous = %s
"""
SCENARIOS = []


class Wrong(AssertionError):
    """What was seen is not what the documents say."""


def scenario(function):
    SCENARIOS.append(function)
    return function


def same(got, want, what="value"):
    if got != want:
        raise Wrong("%s: got %r, want %r" % (what, got, want))


def control(method, path):
    """A call of the control API about our tenant, past every proxy."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(CONTROL + path, method=method), timeout=30) as reply:
        return json.loads(reply.read() or b"null")


class Scene:
    def __init__(self, number, folder):
        self.folder = folder
        self.bucket = "scene-%d-%s" % (number, APPID)
        control("PUT", "/buckets/%s?region=%s" % (self.bucket, REGION))
        self.seen = control("GET", "/journal?limit=1")["last_seq"]
        self.user("")

    def user(self, word, anonymous=False):
        """Whose key the commands from now on have: the owner's, or that of a user of the built-in world."""
        with open(self.path("conf"), "w", encoding="utf-8") as out:
            out.write(CONFIG % (ENV["COSMOCK_%sSECRET_ID" % word], ENV["COSMOCK_%sSECRET_KEY" % word], self.bucket, REGION, anonymous))

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "w", encoding="utf-8") as out:
            out.write(text)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as text:
            return text.read()

    def run(self, *words, fails=False):
        """What the command prints; it must end well, or, with @fails, badly."""
        done = subprocess.run([COSCMD, "-c", self.path("conf"), "-l", self.path("log"), *words], cwd=self.folder, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False)
        same(done.returncode != 0, fails, "coscmd %s ended with %d: %s" % (" ".join(words), done.returncode, done.stdout))
        return done.stdout

    def upload(self, key, text="text"):
        self.write("up", text)
        self.run("upload", "up", key)

    def calls(self, *want):
        """Every request to this bucket since the last look, in order: "operation status" and, of a refusal, its code."""
        page = control("GET", "/journal?after=%d&bucket=%s" % (self.seen, self.bucket))
        self.seen = max([self.seen] + [e["seq"] for e in page["entries"]])
        requests = [e for e in page["entries"] if "method" in e]  # what the mock does by itself has none
        same([" ".join([e["op"], str(e["status"])] + ([e["code"]] if e.get("code") else [])) for e in requests], list(want), "the journal")


@scenario
def a_file_goes_up_and_comes_back(s):
    s.upload("a/k", "hello")
    s.run("download", "a/k", "down")
    same(s.read("down"), "hello")
    s.calls("PutObject 200", "HeadObject 200", "HeadObject 200", "GetObject 200")


@scenario
def a_missing_key_is_not_downloaded(s):
    s.run("info", "none", fails=True)
    s.run("download", "none", "down", fails=True)
    same(os.path.exists(s.path("down")), False)
    s.calls("HeadObject 404 NoSuchKey", "HeadObject 404 NoSuchKey")


@scenario
def info_tells_length_and_etag(s):
    s.upload("k", "hello")
    told = s.run("info", "k")
    same(["5d41402abc4b2a76b9719d911017c592" in told, "Content-Length" in told], [True, True], told)
    s.calls("PutObject 200", "HeadObject 200")


@scenario
def a_folder_goes_up_comes_back_and_is_deleted(s):
    s.write("in/1", "one")
    s.write("in/sub/2", "two")
    same("2 files uploaded" in s.run("upload", "-r", "in/", "to/"), True)
    s.run("download", "-r", "to/", "back/")
    same((s.read("back/1"), s.read("back/sub/2")), ("one", "two"))
    s.run("delete", "-r", "-f", "to/")
    same("to/" in s.run("list"), False)


@scenario
def a_list_has_folders_and_files(s):
    s.upload("a/k")
    s.upload("z")
    told = s.run("list")
    same([word in told for word in ("a/", "DIR", "z")], [True] * 3, told)
    told = s.run("list", "-r")
    same("a/k" in told, True, told)
    s.calls("PutObject 200", "PutObject 200", "GetBucket 200", "GetBucket 200")


@scenario
def a_large_file_goes_up_in_parts(s):
    with open(s.path("big"), "wb") as out:
        out.write(b"0123456789abcdef" * (21 << 16))  # 21 MiB: its least threshold is 20
    s.run("upload", "big", "big")
    s.run("download", "big", "down")
    with open(s.path("down"), "rb") as got:
        same(len(got.read()), 21 << 20)
    parts = control("GET", "/journal?op=UploadPart&status=200&bucket=%s" % s.bucket)["count"]
    same(parts, 3, "parts of 7 MiB")


@scenario
def a_copy_and_a_move(s):
    s.upload("k", "hello")
    source = "%s.cos.%s.myqcloud.com/k" % (s.bucket, REGION)
    s.run("copy", source, "copied")
    s.run("move", source, "moved")
    s.run("info", "copied")
    s.run("info", "moved")
    s.run("info", "k", fails=True)


@scenario
def a_copy_of_nothing_fails(s):
    s.run("copy", "%s.cos.%s.myqcloud.com/none" % (s.bucket, REGION), "k", fails=True)
    s.run("info", "k", fails=True)


@scenario
def a_delete_is_final(s):
    s.upload("k")
    s.run("delete", "-f", "k")
    s.run("info", "k", fails=True)
    s.calls("PutObject 200", "DeleteObject 204", "HeadObject 404 NoSuchKey")


@scenario
def a_bucket_is_made_once_and_deleted(s):
    made = s.bucket.replace("scene", "made")
    s.run("-b", made, "createbucket")
    same("BucketAlreadyOwnedByYou" in s.run("-b", made, "createbucket", fails=True), True)
    s.run("-b", made, "deletebucket")
    s.run("-b", made, "list", fails=True)


@scenario
def a_bucket_with_a_file_is_not_deleted(s):
    s.upload("k")
    same("BucketNotEmpty" in s.run("deletebucket", fails=True), True)
    s.calls("PutObject 200", "DeleteBucket 409 BucketNotEmpty")


@scenario
def a_signed_url_is_good_for_anyone(s):
    s.upload("k", "hello")
    url = s.run("signurl", "k", "-t", "60").strip()
    url = url[2:-1] if url.startswith("b'") else url
    with urllib.request.urlopen(url, timeout=30) as reply:
        same(reply.read(), b"hello")
    s.calls("PutObject 200", "GetObject 200")


@scenario
def a_reader_may_read_and_not_write(s):
    s.upload("k", "hello")
    s.user("READER_")
    s.run("download", "k", "down")
    s.write("up", "no")
    s.run("upload", "up", "k", fails=True)
    s.run("delete", "-f", "k", fails=True)


@scenario
def a_wrong_secret_is_refused(s):
    with open(s.path("conf"), "w", encoding="utf-8") as out:
        out.write(CONFIG % (ENV["COSMOCK_SECRET_ID"], "x" * 32, s.bucket, REGION, False))
    same("SignatureDoesNotMatch" in s.run("list", fails=True), True)
    s.calls("GetBucket 403 SignatureDoesNotMatch")


@scenario
def open_uploads_are_listed_and_aborted(s):
    same("Parts num: 0" in s.run("listparts"), True)
    s.run("abort")
    s.calls("ListMultipartUploads 200", "ListMultipartUploads 200")


@scenario
def headers_of_an_upload_are_kept(s):
    s.write("up", "x")
    s.run("upload", "-H", '{"x-cos-storage-class":"STANDARD_IA","x-cos-meta-colour":"blue"}', "up", "k")
    told = s.run("info", "k")
    same(["STANDARD_IA" in told, "blue" in told], [True, True], told)
    s.calls("PutObject 200", "HeadObject 200")


@scenario
def versioning_is_put_and_read(s):
    s.run("putbucketversioning", "Enabled")
    same("Enabled" in s.run("getbucketversioning"), True)
    s.calls("PutBucketVersioning 200", "GetBucketVersioning 200")


@scenario
def a_version_is_listed_and_deleted(s):
    s.run("putbucketversioning", "Enabled")
    s.upload("k", "one")
    s.upload("k", "two")
    told = s.run("list", "-v")
    same(len([line for line in told.splitlines() if " k " in line + " "]), 2, told)
    s.run("delete", "-r", "-f", "--versions", "/")
    s.run("deletebucket")


@scenario
def an_object_is_opened_and_closed(s):
    s.upload("k", "hello")
    s.run("putobjectacl", "--grant-read", "100000000011", "k")
    same("100000000011" in s.run("getobjectacl", "k"), True)
    s.calls("PutObject 200", "GetObjectACL 200", "PutObjectACL 200", "GetObjectACL 200")  # it asks who owns it first


@scenario
def a_bucket_grants_its_owner_until_another(s):
    same("FULL_CONTROL" in s.run("getbucketacl"), True)
    s.run("putbucketacl", "--grant-read", "100000000011")
    same("READ" in s.run("getbucketacl"), True)
    s.calls("GetBucketACL 200", "GetBucketACL 200", "PutBucketACL 200", "GetBucketACL 200")


@scenario
def an_archived_object_is_restored(s):
    s.write("up", "cold")
    s.run("upload", "-H", '{"x-cos-storage-class":"ARCHIVE"}', "up", "k")
    s.run("restore", "-d", "3", "-t", "Expedited", "k")
    same('ongoing-request="true"' in s.run("info", "k"), True)
    s.calls("PutObject 200", "PostObjectRestore 202", "HeadObject 200")


@scenario
def what_is_the_same_is_not_sent_again(s):
    s.write("in/1", "one")
    s.run("upload", "-rs", "in/", "to/")
    same("1 files skipped" in s.run("upload", "-rs", "in/", "to/"), True)
    same(control("GET", "/journal?op=PutObject&bucket=%s" % s.bucket)["count"], 1)


def play(number, function):
    """The reason why it is not true; None: it is."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            function(Scene(number, folder))
        return None
    except Exception as error:  # whatever it is, this scenario is not true
        return str(error) if isinstance(error, Wrong) else traceback.format_exc()


def main(word=""):
    chosen = [f for f in SCENARIOS if word in f.__name__]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for function, reason in zip(chosen, pool.map(play, range(len(chosen)), chosen)):
            name = function.__name__.replace("_", " ")
            failed += reason is not None
            print("ok   " + name if reason is None else "FAIL %s: %s" % (name, reason))
    print("%d passed, %d failed" % (len(chosen) - failed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
