# SPDX-License-Identifier: Apache-2.0
"""What the rows of ci/bench share: the servers, one request and many, a process's memory and time, a figure. Imported."""
import hashlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time

import signing

BUCKET, REGION = "bench-1250000000", "ap-guangzhou"
OTHER_BUCKETS = ("few-1250000000", "many-1250000000", "one-1250000000")
RULED_BUCKET = "ruled-1250000000"  # it has a policy
HOST, FEW_HOST, MANY_HOST, ONE_HOST, RULED_HOST = ("%s.cos.%s.myqcloud.com" % (name, REGION) for name in (BUCKET, *OTHER_BUCKETS, RULED_BUCKET))
ID, KEY = "AKID" + "b" * 32, "k" * 32
MEMBER_ID, MEMBER_KEY = "AKID" + "m" * 32, "m" * 32  # of a user who may what policies allow
RULED_OBJECTS = "qcs::cos:%s:uid/1250000000:%s/*" % (REGION, RULED_BUCKET)
MEMBER_POLICY = {"version": "2.0", "statement": [
    {"effect": "allow", "action": ["name/cos:GetObject", "name/cos:PutObject"], "resource": [RULED_OBJECTS]}]}
BUCKET_POLICY = {"version": "2.0", "statement": [
    {"effect": effect, "principal": {"qcs": ["qcs::cam::uin/100000000001:uin/100000000011"]}, "action": actions, "resource": [RULED_OBJECTS]}
    for effect, actions in (("deny", ["name/cos:DeleteObject"]), ("allow", ["name/cos:GetObject", "name/cos:HeadObject"]))]}
WORLD = """accounts:
  - uin: "100000000001"
    appid: "1250000000"
    keys:
      - {secret_id: %s, secret_key: %s}
    users:
      - uin: "100000000011"
        keys: [{secret_id: %s, secret_key: %s}]
        policies: ['%s']
buckets:
  - {name: %s, region: %s, owner: "100000000001", policy: '%s'}
%s""" % (ID, KEY, MEMBER_ID, MEMBER_KEY, json.dumps(MEMBER_POLICY), RULED_BUCKET, REGION, json.dumps(BUCKET_POLICY), "".join(
    '  - {name: %s, region: %s, owner: "100000000001"}\n' % (name, REGION) for name in (BUCKET, *OTHER_BUCKETS)))
SECONDS, CONNECTIONS, MIB = 3, 32, 1 << 20


def authorization(method, path):
    return signing.cos_authorization(ID, KEY, method, path, HOST)


class Member:
    """A user of @mock, for whom a policy of his own and one of the bucket are asked at each request."""

    def __init__(self, mock):
        self.process, self.port = mock.process, mock.port

    def headers(self, method, path):
        return {"Host": RULED_HOST, "Authorization": signing.cos_authorization(MEMBER_ID, MEMBER_KEY, method, path, RULED_HOST)}


class Tls:
    """@mock, spoken to through TLS on the same port; its certificate is not looked at."""
    scheme = "https"

    def __init__(self, mock):
        self.process, self.port, self.headers = mock.process, mock.port, mock.headers


class Mock:
    """@data: the directory it keeps everything in; None: memory."""

    def __init__(self, build, folder, data=None):
        self.world = os.path.join(folder, "world.yaml")
        with open(self.world, "w") as out:
            out.write(WORLD)
        self.program = os.path.join(build, "mockserver", "cosmock")
        self.command = [self.program, "serve", "--port", "0", "--world", self.world] + ([] if data is None else ["--data", data])

    def start(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE)
        self.ready = json.loads(self.process.stdout.readline())
        self.port = self.ready["port"]
        return self

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()

    def control(self, method, path, body=None):
        connection = http.client.HTTPConnection(self.ready["control"].split("://", 1)[1])
        connection.request(method, "/v1/t/%s/%s" % (self.ready["tenant"], path), None if body is None else json.dumps(body))
        reply = connection.getresponse()
        text = reply.read()
        if reply.status // 100 != 2:
            raise SystemExit("the control API refused %s: %d %r" % (path, reply.status, text))
        return json.loads(text or b"null")

    def journal_last(self):
        return self.control("GET", "journal?after=%d" % 2 ** 62)["last_seq"]

    def enforce(self, is_on):
        """Off: what fills a store needs no signature for each key."""
        self.control("POST", "switches", {"enforcement": "enforce" if is_on else "off"})

    def headers(self, method, path):
        return {"Host": HOST, "Authorization": authorization(method, path)}

    def presigned(self, method, path):
        return path + "?" + authorization(method, path)


def wrk(server, method, path, folder, body_bytes=0, targets=None):
    """Requests per second with CONNECTIONS keep-alive connections; every reply must be a success. @targets: presigned, asked in turn;
    None: the one path."""
    command = ["wrk", "-t", "1", "-c", str(CONNECTIONS), "-d", "%ds" % SECONDS, "-s", os.path.join(folder, "load.lua")]
    headers = server.headers(method, path) if targets is None else {"Host": server.headers(method, path)["Host"]}
    for name, value in headers.items():
        command += ["-H", "%s: %s" % (name, value)]
    with open(os.path.join(folder, "load.lua"), "w") as out:
        out.write('wrk.method = "%s"\n' % method)
        if body_bytes > 0:
            out.write('wrk.body = string.rep("x", %d)\n' % body_bytes)
        if targets is not None:
            out.write("local t, n = {%s}, 0\n" % ",".join('"%s"' % target for target in targets)
                      + "request = function() n = n %% #t + 1; return wrk.format(nil, t[n]) end\n".replace("%%", "%"))
    url = "%s://127.0.0.1:%d%s" % (getattr(server, "scheme", "http"), server.port, path)
    out = subprocess.run(command + [url], capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in out or "Socket errors" in out:
        raise SystemExit("the load saw failures:\n" + out)
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1))


def cpu_seconds(pid):
    """User and kernel time of a process and of its children that live (nginx's workers)."""
    total = 0
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                fields = open("/proc/%s/stat" % name).read().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(name) == pid or int(fields[1]) == pid:
                total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def stream_put(server, path, body):
    """MB/s of one PUT of @body on one connection. What is under way is bounded, so that it stays in the caches of the two cores: left alone
    the kernel lets it grow to megabytes, and the server reads them from memory (a fifth of its CPU; docs/internals/speed.md)."""
    head = "PUT %s HTTP/1.1\r\nContent-Length: %d\r\n" % (path, len(body))
    head += "".join("%s: %s\r\n" % pair for pair in server.headers("PUT", path).items()) + "\r\n"
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 128 << 10)
    sock.connect(("127.0.0.1", server.port))
    start = time.perf_counter()
    sock.sendall(head.encode())
    sock.sendall(body)
    reply = sock.recv(65536)
    took = time.perf_counter() - start
    sock.close()
    if not re.match(rb"HTTP/1.1 20[014]", reply):
        raise SystemExit("PUT failed: %r" % reply[:600])
    return len(body) / took / 1e6


def stream_get(server, path, want):
    head = "GET %s HTTP/1.1\r\nConnection: close\r\n" % path
    head += "".join("%s: %s\r\n" % pair for pair in server.headers("GET", path).items()) + "\r\n"
    sock = socket.create_connection(("127.0.0.1", server.port))
    into, got = bytearray(MIB), 0
    start = time.perf_counter()
    sock.sendall(head.encode())
    while True:
        n = sock.recv_into(into)
        if n == 0:
            break
        got += n
    took = time.perf_counter() - start
    sock.close()
    if got < want:
        raise SystemExit("GET got %d of %d bytes" % (got, want))
    return want / took / 1e6


def one_get(sock, request):
    """One GET on a kept connection; the reply is read whole."""
    sock.sendall(request)
    got, want = b"", None
    while want is None or len(got) < want:
        piece = sock.recv(65536)
        if not piece:
            raise SystemExit("GET was cut: %r" % got[:300])
        got += piece
        end = got.find(b"\r\n\r\n")
        if want is None and end >= 0:
            want = end + 4 + int(re.search(rb"Content-Length: (\d+)", got).group(1))


def pipelined(port, requests, on_replies=None):
    """Send @requests (bytes each, counted) behind each other on one connection; every reply must be 200. @on_replies(n): so many are there."""
    sock = socket.create_connection(("127.0.0.1", port))
    sender = threading.Thread(target=lambda: [sock.sendall(b"".join(requests[at:at + 256])) for at in range(0, len(requests), 256)])
    sender.start()
    got, seen = 0, b""
    while got < len(requests):
        piece = sock.recv(MIB)
        seen += piece
        refused = re.search(rb"HTTP/1\.1 (?!200)\d\d\d", seen)
        if not piece or refused:
            raise SystemExit("the load saw failures: %r" % seen[refused.start() if refused else 0:][:600])
        got += seen.count(b"HTTP/1.1 200")
        seen = seen[-11:]  # a status line that is not whole yet
        if on_replies is not None:
            on_replies(got)
    sender.join()
    sock.close()


def cold_start(mock):
    """From spawn to the first verified answer, ms."""
    start = time.perf_counter()
    mock.start()
    connection = http.client.HTTPConnection("127.0.0.1", mock.port)
    connection.request("GET", "/none", headers=mock.headers("GET", "/none"))
    reply = connection.getresponse()
    took = (time.perf_counter() - start) * 1e3
    text = reply.read()
    if reply.status != 404 or b"NoSuchKey" not in text:
        raise SystemExit("not a verified answer: %d %r" % (reply.status, text))
    return took


def missing(name, why):
    print("%-52s %10s %-8s %s" % (name, "none", "", why))


def rss_mib(pid):
    text = open("/proc/%d/status" % pid).read()
    return int(re.search(r"VmRSS:\s+(\d+)", text).group(1)) / 1024


def figure(name, value, unit, wanted=None, at_least=True):
    verdict = ""
    if wanted is not None:
        good = value >= wanted if at_least else value <= wanted
        verdict = "wanted %s %g: %s" % (">=" if at_least else "<=", wanted, "yes" if good else "NO")
    print("%-52s %10.2f %-8s %s" % (name, value, unit, verdict))
    sys.stdout.flush()
