#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The load and the questions of ci/crash. Loopback only.

A client owns its keys, so it knows what may be there: the effect of its last acknowledged call, or that of the one call that was under
way when the process died. A call that was not answered may have happened or not, but not half.
"""
import base64
import hashlib
import http.client
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import urllib.parse

import signing

ID, KEY, UIN, APPID, REGION = "AKID" + "c" * 32, "k" * 32, "100000000001", "1250000000", "ap-guangzhou"
BUCKET = "crash-" + APPID
WORLD = """accounts:
  - uin: "%s"
    appid: "%s"
    keys:
      - {secret_id: %s, secret_key: %s}
buckets:
  - {name: %s, region: %s, owner: "%s"}
""" % (UIN, APPID, ID, KEY, BUCKET, REGION, UIN)
CLIENTS, KEYS, PART_BYTES = 6, 12, 1 << 20
SIZES = (0, 1, 100, 4096, 65537, 300000, 2 << 20)
ABSENT = "absent"
MARKER = "delete marker"
VERSION_KEYS = 3  # few, so that their versions pile up
ENABLED = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"


class Gone(Exception):
    """The process died before it answered."""


class Wrong(Exception):
    """An answer that no rule of this program allows."""


def bytes_of(pieces):
    """The bytes of a state: what was sent once as (name, version, size), or several of these. Other versions have others, everywhere."""
    whole = b""
    for name, version, size in pieces:
        seed = hashlib.sha256(("%s %d" % (name, version)).encode()).digest()
        whole += (seed * (size // len(seed) + 1))[:size]
    return whole


class Caller:
    """A connection that signs; one thread's."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def raw(self, method, target, headers, body):
        try:
            self.connection.request(method, target, body=body, headers=headers)
            reply = self.connection.getresponse()
            return reply.status, reply.read(), reply
        except (OSError, http.client.HTTPException) as why:
            self.connection.close()
            raise Gone() from why

    def cos(self, method, bucket, key="", params=(), body=None, headers=None, credential=(ID, KEY, None)):
        host = "%s.cos.%s.myqcloud.com" % (bucket, REGION)
        query = "&".join(name if value == "" else name + "=" + urllib.parse.quote(value, safe="") for name, value in params)
        sent = {"Host": host, "Authorization": signing.cos_authorization(credential[0], credential[1], method, "/" + key, host, params)}
        if credential[2] is not None:
            sent["x-cos-security-token"] = credential[2]
        sent.update(headers or {})
        return self.raw(method, "/" + key + ("?" + query if query else ""), sent, body)

    def sts(self, policy):
        payload = json.dumps({"Name": "crash", "DurationSeconds": 7200, "Policy": json.dumps(policy)}).encode()
        headers = signing.tc3_headers(ID, KEY, "GetFederationToken", "2018-08-13", REGION, "sts", payload)
        status, text, _ = self.raw("POST", "/", headers, payload)
        return status, json.loads(text)["Response"]


def expect(status, wanted, what, text=b""):
    if status not in wanted:
        raise Wrong("%s answered %d: %s" % (what, status, text[:300].decode(errors="replace")))


def allow(action, resource):
    return {"version": "2.0", "statement": [{"effect": "allow", "action": [action], "resource": [resource]}]}


class Client:
    """One thread's keys and what may stand in them."""

    def __init__(self, number, seed):
        self.number = number
        self.random = random.Random("%s %d" % (seed, number))
        self.version = 0
        self.objects = {}   # key -> states that may be there: pieces (see bytes_of), or ABSENT
        self.uploads = {}   # upload id -> [key, {part: {(piece, etag) or None}}, may be gone]; no parts: it is gone
        self.buckets = {}   # name -> {True, False}: may be there, may be missing
        self.tokens = []    # (id, secret, token) of the last ones
        self.policies = {None}  # of this client's own bucket: the number in it
        # of its own bucket, too, which has versioning on:
        self.versions = {}  # key -> {version id: state, or MARKER}; all of them are there
        self.made = {}      # key -> states that may be one version more
        self.gone = set()   # (key, version id) that may be there no more
        self.home = "home%d-%s" % (number, APPID)

    # --- what is sent; before the call both outcomes are possible, after its answer one is ---

    def draw_key(self):
        return "c%d/%d" % (self.number, self.random.randrange(KEYS))

    def draw_version(self):
        self.version += 1
        return self.version

    def put(self, caller):
        key = self.draw_key()
        state = ((key, self.draw_version(), self.random.choice(SIZES)),)
        self.objects.setdefault(key, {ABSENT}).add(state)
        status, text, _ = caller.cos("PUT", BUCKET, key, body=bytes_of(state))
        expect(status, (200,), "PUT", text)
        self.objects[key] = {state}

    def delete(self, caller):
        key = self.draw_key()
        self.objects.setdefault(key, {ABSENT}).add(ABSENT)
        status, text, _ = caller.cos("DELETE", BUCKET, key)
        expect(status, (204,), "DELETE", text)
        self.objects[key] = {ABSENT}

    def delete_many(self, caller):
        keys = sorted({self.draw_key() for _ in range(5)})
        for key in keys:
            self.objects.setdefault(key, {ABSENT}).add(ABSENT)
        text = "<Delete>%s</Delete>" % "".join("<Object><Key>%s</Key></Object>" % key for key in keys)
        md5 = base64.b64encode(hashlib.md5(text.encode()).digest()).decode()
        status, answer, _ = caller.cos("POST", BUCKET, params=[("delete", "")], body=text, headers={"Content-MD5": md5})
        expect(status, (200,), "multi-delete", answer)
        for key in keys:
            self.objects[key] = {ABSENT}

    def copy(self, caller):
        known = [key for key, states in self.objects.items() if len(states) == 1 and ABSENT not in states]
        if not known:
            return self.put(caller)
        source, key = self.random.choice(sorted(known)), self.draw_key()
        if source == key:
            return None
        state = next(iter(self.objects[source]))
        self.objects.setdefault(key, {ABSENT}).add(state)
        where = "%s.cos.%s.myqcloud.com/%s" % (BUCKET, REGION, source)
        status, text, _ = caller.cos("PUT", BUCKET, key, headers={"x-cos-copy-source": where})
        expect(status, (200,), "copy", text)
        self.objects[key] = {state}
        return None

    def begin(self, caller):
        key = "c%d/multipart/%d" % (self.number, self.random.randrange(KEYS))
        status, text, _ = caller.cos("POST", BUCKET, key, params=[("uploads", "")])
        expect(status, (200,), "Initiate", text)
        upload = re.search(rb"<UploadId>([^<]+)</UploadId>", text).group(1).decode()
        self.uploads[upload] = [key, {}, False]

    def part(self, caller):
        alive = [upload for upload, (_, _, is_doubtful) in sorted(self.uploads.items()) if not is_doubtful]
        if not alive:
            return self.begin(caller)
        upload = self.random.choice(alive)
        key, parts, _ = self.uploads[upload]
        number, piece = self.random.randint(1, 3), (key, self.draw_version(), PART_BYTES)
        body = bytes_of((piece,))
        etag = hashlib.md5(body).hexdigest()
        parts.setdefault(number, {None}).add((piece, etag))
        status, text, _ = caller.cos("PUT", BUCKET, key, params=[("partNumber", str(number)), ("uploadId", upload)], body=body)
        expect(status, (200,), "part", text)
        parts[number] = {(piece, etag)}
        return None

    def complete(self, caller):
        whole = [upload for upload, (_, parts, is_doubtful) in sorted(self.uploads.items())
                 if not is_doubtful and parts and sorted(parts) == list(range(1, len(parts) + 1)) and all(len(s) == 1 for s in parts.values())]
        if not whole:
            return self.part(caller)
        upload = self.random.choice(whole)
        key, parts, _ = self.uploads[upload]
        chosen = [next(iter(parts[number])) for number in sorted(parts)]
        state = tuple(piece for piece, _ in chosen)
        text = "<CompleteMultipartUpload>%s</CompleteMultipartUpload>" % "".join(
            "<Part><PartNumber>%d</PartNumber><ETag>%s</ETag></Part>" % (i + 1, etag) for i, (_, etag) in enumerate(chosen))
        self.objects.setdefault(key, {ABSENT}).add(state)
        self.uploads[upload][2] = True
        status, answer, _ = caller.cos("POST", BUCKET, key, params=[("uploadId", upload)], body=text)
        expect(status, (200,), "Complete", answer)
        self.objects[key] = {state}
        self.uploads[upload] = [key, None, True]  # it is gone
        return None

    def abort(self, caller):
        if not self.uploads:
            return self.begin(caller)
        upload = self.random.choice(sorted(self.uploads))
        key, parts, is_doubtful = self.uploads[upload]
        if parts is None or is_doubtful:
            return None
        self.uploads[upload][2] = True
        status, answer, _ = caller.cos("DELETE", BUCKET, key, params=[("uploadId", upload)])
        expect(status, (204,), "Abort", answer)
        self.uploads[upload] = [key, None, True]
        return None

    def bucket(self, caller):
        name = "b%d-%d-%s" % (self.number, self.random.randrange(3), APPID)
        states = self.buckets.setdefault(name, {False})
        make = states == {False} or (len(states) == 2 and self.random.random() < 0.5)
        before = set(states)
        states.add(make)
        status, text, _ = caller.cos("PUT" if make else "DELETE", name)
        expect(status, (200, 409) if make and True in before else (204, 404) if not make and False in before else (200, 204), "bucket", text)
        self.buckets[name] = {make}

    def policy(self, caller):
        number = self.draw_version()
        text = {"version": "2.0", "statement": [{"sid": "number-%d" % number, "effect": "deny", "principal": {"qcs": ["qcs::cam::anyone:anyone"]},
                                                 "action": ["name/cos:GetBucketLifecycle"],
                                                 "resource": ["qcs::cos:%s:uid/%s:%s/*" % (REGION, APPID, self.home)]}]}
        self.policies.add(number)
        status, answer, _ = caller.cos("PUT", self.home, params=[("policy", "")], body=json.dumps(text))
        expect(status, (200, 204), "PUT policy", answer)
        self.policies = {number}

    def token(self, caller):
        prefix = "c%d/" % self.number
        status, answer = caller.sts(allow("name/cos:GetObject", "qcs::cos:%s:uid/%s:%s/%s*" % (REGION, APPID, BUCKET, prefix)))
        expect(status, (200,), "GetFederationToken", json.dumps(answer.get("Error", "")).encode())
        c = answer["Credentials"]
        self.tokens = self.tokens[-9:] + [(c["TmpSecretId"], c["TmpSecretKey"], c["Token"])]

    # --- versions ---

    def made_version(self, key, state, answer):
        """It was acknowledged, by the id that the answer names."""
        version = answer.getheader("x-cos-version-id")
        if not version or version in self.versions.setdefault(key, {}):
            raise Wrong("a write of %s is called version %r; there are %r" % (key, version, sorted(self.versions[key])))
        self.versions[key][version] = state
        self.made[key].remove(state)

    def put_version(self, caller):
        key = "v/%d" % self.random.randrange(VERSION_KEYS)
        state = ((key, self.draw_version(), self.random.choice(SIZES[:5])),)
        self.made.setdefault(key, []).append(state)
        status, text, reply = caller.cos("PUT", self.home, key, body=bytes_of(state))
        expect(status, (200,), "PUT of a version", text)
        self.made_version(key, state, reply)

    def cover(self, caller):
        key = "v/%d" % self.random.randrange(VERSION_KEYS)
        self.made.setdefault(key, []).append(MARKER)
        status, text, reply = caller.cos("DELETE", self.home, key)
        expect(status, (204,), "DELETE with versions", text)
        self.made_version(key, MARKER, reply)

    def remove(self, caller):
        known = [(key, version) for key in sorted(self.versions) for version in sorted(self.versions[key]) if (key, version) not in self.gone]
        if not known:
            return self.put_version(caller)
        key, version = self.random.choice(known)
        self.gone.add((key, version))
        status, text, _ = caller.cos("DELETE", self.home, key, params=[("versionId", version)])
        expect(status, (204,), "DELETE of a version", text)
        del self.versions[key][version]
        self.gone.remove((key, version))
        return None

    MIX = ((put_version, 3), (cover, 2), (remove, 6), (put, 10), (delete, 4), (delete_many, 1), (copy, 2), (begin, 1), (part, 3), (complete, 2), (abort, 1), (bucket, 2), (policy, 1), (token, 2))

    def step(self, caller):
        calls, weights = zip(*self.MIX)
        self.random.choices(calls, weights)[0](self, caller)

    # --- what has to be there; what is found becomes the only state ---

    def ask_object(self, caller, key):
        status, text, reply = caller.cos("GET", BUCKET, key)
        found = ABSENT
        if status == 200:
            found = next((s for s in self.objects[key] if s != ABSENT and bytes_of(s) == text), None)
            if found is None:
                raise Wrong("%s has %d bytes of none of its possible states %r" % (key, len(text), self.objects[key]))
        else:
            expect(status, (404,), "GET " + key, text)
            if ABSENT not in self.objects[key]:
                raise Wrong("%s is missing; it was acknowledged as %r" % (key, self.objects[key]))
        self.objects[key] = {found}

    def ask_upload(self, caller, upload):
        key, parts, is_doubtful = self.uploads[upload]
        status, text, _ = caller.cos("GET", BUCKET, key, params=[("uploadId", upload)])
        if status == 404:
            if not is_doubtful:
                raise Wrong("upload %s of %s is missing" % (upload, key))
            del self.uploads[upload]
            return
        expect(status, (200,), "ListParts", text)
        if parts is None:
            raise Wrong("upload %s of %s was ended and is back" % (upload, key))
        listed = {int(n): etag.decode() for n, etag in re.findall(rb"<PartNumber>(\d+)</PartNumber>.*?<ETag>(?:\"|&quot;)?([0-9a-f]{32})", text, re.S)}
        for number, states in list(parts.items()):
            found = next((s for s in states if (s is None and number not in listed) or (s is not None and listed.get(number) == s[1])), "none")
            if found == "none":
                raise Wrong("part %d of %s is %s, not one of %r" % (number, upload, listed.get(number), states))
            if found is None:
                del parts[number]
            else:
                parts[number] = {found}
        if set(listed) - set(parts):
            raise Wrong("upload %s has parts that were never sent: %r" % (upload, listed))
        self.uploads[upload] = [key, parts, False]

    def ask_bucket(self, caller, name):
        status, text, _ = caller.cos("HEAD", name)
        expect(status, (200, 404), "HEAD " + name, text)
        if (status == 200) not in self.buckets[name]:
            raise Wrong("bucket %s answers %d; acknowledged: %r" % (name, status, self.buckets[name]))
        self.buckets[name] = {status == 200}

    def found_version(self, caller, key, version, is_marker):
        """What version it is, by its bytes."""
        if is_marker:
            return MARKER
        status, text, _ = caller.cos("GET", self.home, key, params=[("versionId", version)])
        expect(status, (200,), "GET of a listed version", text)
        known = self.versions.get(key, {}).get(version)
        states = [known] if known else self.made.get(key, [])
        found = next((s for s in states if s != MARKER and bytes_of(s) == text), None)
        if found is None:
            raise Wrong("version %s of %s has %d bytes of none of %r" % (version, key, len(text), states))
        return found

    def ask_versions(self, caller):
        """Every version that was acknowledged, none that was removed, and the newest is the latest."""
        status, text, _ = caller.cos("GET", self.home, params=[("versions", "")])
        expect(status, (200,), "GET versions", text)
        listed = re.findall(rb"<(Version|DeleteMarker)><Key>([^<]+)</Key><VersionId>([^<]+)</VersionId><IsLatest>(true|false)<", text)
        found, latest = {}, {}
        for kind, key, version, is_latest in listed:
            key, version = key.decode(), version.decode()
            if (is_latest == b"true") != (key not in found):
                raise Wrong("version %s of %s says IsLatest %s in its place" % (version, key, is_latest.decode()))
            found.setdefault(key, {})[version] = self.found_version(caller, key, version, kind == b"DeleteMarker")
            latest.setdefault(key, found[key][version])
        for key in set(found) | set(self.versions):
            self.compare_versions(key, found.get(key, {}))
        for key in sorted(set(self.versions) | set(self.made)):
            status, text, _ = caller.cos("GET", self.home, key)
            state = latest.get(key, MARKER)
            if (status == 200) != (state != MARKER) or (status == 200 and text != bytes_of(state)):
                raise Wrong("GET %s is %d and not its latest version %r" % (key, status, state))
        self.versions, self.made, self.gone = found, {}, set()
        return len(listed) + 1

    def compare_versions(self, key, found):
        known = self.versions.get(key, {})
        lost = [version for version in known if version not in found and (key, version) not in self.gone]
        more = sorted(str(found[version]) for version in found if version not in known)
        if lost:
            raise Wrong("versions %r of %s are missing" % (lost, key))
        if [version for version in known if version in found and found[version] != known[version]]:
            raise Wrong("versions of %s are others: %r, acknowledged %r" % (key, found, known))
        if len(more) > len(self.made.get(key, [])):
            raise Wrong("%s has versions nobody made: %r, perhaps %r" % (key, more, self.made.get(key)))

    def ask_policy(self, caller):
        status, text, _ = caller.cos("GET", self.home, params=[("policy", "")])
        found = re.search(rb"number-(\d+)", text)
        number = int(found.group(1)) if found else None
        if number not in self.policies:
            raise Wrong("the policy of %s is %r (%d), not one of %r" % (self.home, number, status, self.policies))
        self.policies = {number}

    def ask_token(self, caller, token):
        own, foreign = "c%d/none" % self.number, "c%d/none" % ((self.number + 1) % CLIENTS)
        status, text, _ = caller.cos("GET", BUCKET, own, credential=token)
        expect(status, (404,), "GET with a kept token", text)
        status, text, _ = caller.cos("GET", BUCKET, foreign, credential=token)
        expect(status, (403,), "GET with a kept token beyond its policy", text)

    def ask(self, caller):
        asked = 0
        for key in sorted(self.objects):
            self.ask_object(caller, key)
            asked += 1
        for upload in sorted(self.uploads):
            self.ask_upload(caller, upload)
            asked += 1
        for name in sorted(self.buckets):
            self.ask_bucket(caller, name)
            asked += 1
        for token in self.tokens:
            self.ask_token(caller, token)
            asked += 1
        self.ask_policy(caller)
        return asked + 1 + self.ask_versions(caller)


class Mock:
    def __init__(self, program, folder, durability):
        self.program, self.durability = program, durability
        self.data, self.world = os.path.join(folder, "data"), os.path.join(folder, "world.yaml")
        with open(self.world, "w") as out:
            out.write(WORLD)

    def start(self):
        self.process = subprocess.Popen([self.program, "serve", "--data", self.data, "--durability", self.durability, "--world", self.world],
                                        stdout=subprocess.PIPE)
        line = self.process.stdout.readline()
        if not line:
            raise Wrong("cosmock does not start on what is left: exit %d" % self.process.wait())
        self.port = json.loads(line)["port"]

    def end(self, how):
        self.process.send_signal(how)
        self.process.wait()
        self.process.stdout.close()


class Load:
    """Every client at once, until @answers of them all have come."""

    def __init__(self, mock, clients, answers):
        self.mock, self.left, self.lock, self.wrong = mock, answers, threading.Lock(), []
        threads = [threading.Thread(target=self.run, args=(client,)) for client in clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        mock.process.wait()

    def count(self):
        with self.lock:
            self.left -= 1
            if self.left == 0:
                self.mock.end(signal.SIGKILL)

    def run(self, client):
        caller = Caller(self.mock.port)
        try:
            while not self.wrong:
                client.step(caller)
                self.count()
        except Gone:
            pass
        except Exception as why:  # an unexpected answer, or a fault of this program: both end the run
            self.wrong.append(why)
            self.mock.process.kill()


def ask_all(mock, clients):
    caller = Caller(mock.port)
    return sum(client.ask(caller) for client in clients)


def prepare(mock, clients):
    mock.start()
    caller = Caller(mock.port)
    for client in clients:
        status, text, _ = caller.cos("PUT", client.home)
        expect(status, (200,), "PUT bucket", text)
        status, text, _ = caller.cos("PUT", client.home, params=[("versioning", "")], body=ENABLED)
        expect(status, (200,), "PUT versioning", text)
    mock.end(signal.SIGTERM)


def one_round(mock, clients, answers):
    mock.start()
    load = Load(mock, clients, answers)
    if load.wrong:
        raise load.wrong[0]
    mock.start()
    asked = ask_all(mock, clients)
    mock.end(signal.SIGTERM)
    return asked


def check(mock):
    run = subprocess.run([mock.program, "data", "check", mock.data], capture_output=True, text=True)
    if run.returncode != 0:
        raise Wrong("cosmock data check: " + (run.stdout + run.stderr).strip())


def main(program, rounds, seed, durability):
    seed = seed or str(random.SystemRandom().randrange(1 << 32))
    print("seed %s" % seed)
    folder = tempfile.mkdtemp(prefix="crash-")
    mock, draw = Mock(program, folder, durability), random.Random(seed)
    clients = [Client(number, seed) for number in range(CLIENTS)]
    done = asked = 0
    try:
        prepare(mock, clients)
        for done in range(rounds):
            asked += one_round(mock, clients, draw.randint(1, 300))
            if (done + 1) % 50 == 0:
                print("%d rounds, %d effects asked for" % (done + 1, asked))
                sys.stdout.flush()
        check(mock)
    except Wrong as why:
        if mock.process.poll() is None:
            mock.end(signal.SIGKILL)
        print("FAIL round %d, seed %s: %s\n     the directory is kept: %s" % (done + 1, seed, why, mock.data))
        print("%d passed, 1 failed" % done)
        return 1
    shutil.rmtree(folder)
    print("%d effects asked for after %d kills; nothing lost, nothing torn" % (asked, rounds))
    print("%d passed, 0 failed" % rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]))
