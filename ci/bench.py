#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The load of ci/bench: one run, ratios only between figures of that run. Loopback only, bounded in time and count."""
import hashlib
import http.client
import json
import os
import re
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import bench_judge
import bench_store
import bench_tools
import signing
from bench_tools import (HOST, ID, KEY, MIB, SECONDS, Member, Mock, Tls, authorization, cold_start, cpu_seconds, figure, one_get, rss_mib, stream_get,
                         stream_put, wrk)

IDLE = 10000


class Stub:
    """ci/bench_stub.c: libmicrohttpd with the same signature check and nothing else."""

    def __init__(self, program):
        self.process = subprocess.Popen([program, ID, KEY], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.port = int(self.process.stdout.readline())

    def stop(self):
        self.process.communicate()

    def headers(self, method, path):
        return {"Host": HOST, "Authorization": authorization(method, path)}


class Nginx:
    """Debian's nginx as people run it: sendfile and a cache of open files for GET, the DAV module for PUT, a worker a core, no logs."""

    def start(self, folder):
        self.folder = folder
        self.root = os.path.join(folder, "root")
        os.makedirs(self.root)
        os.chmod(folder, 0o755)
        spare = socket.socket()
        spare.bind(("127.0.0.1", 0))
        self.port = spare.getsockname()[1]
        spare.close()
        conf = os.path.join(folder, "nginx.conf")
        with open(conf, "w") as out:
            out.write("""daemon off; pid %(f)s/pid; error_log %(f)s/error.log; worker_processes auto; %(user)s
events { worker_connections 256; }
http { access_log off; sendfile on; tcp_nodelay on; open_file_cache max=1000 inactive=60s; open_file_cache_valid 60s;
keepalive_requests 100000000; client_max_body_size 1g;
client_body_temp_path %(f)s/body; proxy_temp_path %(f)s/p; fastcgi_temp_path %(f)s/fc; uwsgi_temp_path %(f)s/u; scgi_temp_path %(f)s/s;
server { listen 127.0.0.1:%(port)d; root %(root)s; location / { dav_methods PUT; } } }
""" % {"f": folder, "port": self.port, "root": self.root, "user": "user root;" if os.getuid() == 0 else ""})
        self.process = subprocess.Popen(["nginx", "-p", folder, "-c", conf], stderr=subprocess.DEVNULL)
        for _ in range(2000):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return self
            except OSError:
                time.sleep(0.001)
        raise SystemExit("nginx did not start: see " + os.path.join(folder, "error.log"))

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def headers(self, method, path):
        return {"Host": "localhost"}


def get_4k(server, folder):
    """(requests per second, us of the server's CPU for each)."""
    before = cpu_seconds(server.process.pid)
    rate = wrk(server, "GET", "/small", folder)
    return rate, (cpu_seconds(server.process.pid) - before) / (rate * SECONDS) * 1e6


class Bearer:
    """The holder of a token of @mock whose policy allows the objects of its bucket."""

    def __init__(self, mock):
        policy = {"version": "2.0", "statement": [{"effect": "allow", "action": ["name/cos:GetObject", "name/cos:PutObject"], "resource": [
            "qcs::cos:%s:uid/1250000000:%s/*" % (bench_tools.REGION, bench_tools.BUCKET)]}]}
        body = json.dumps({"Name": "bench", "Policy": json.dumps(policy), "DurationSeconds": 7200}).encode()
        connection = http.client.HTTPConnection("127.0.0.1", mock.port)
        connection.request("POST", "/", body, signing.tc3_headers(bench_tools.ID, bench_tools.KEY, "GetFederationToken", "2018-08-13",
                                                                  bench_tools.REGION, "sts", body))
        self.key = json.loads(connection.getresponse().read())["Response"]["Credentials"]
        self.process, self.port = mock.process, mock.port

    def headers(self, method, path):
        return {"Host": bench_tools.HOST, "x-cos-security-token": self.key["Token"], "Authorization": signing.cos_authorization(
            self.key["TmpSecretId"], self.key["TmpSecretKey"], method, path, bench_tools.HOST)}


def rights(mock, folder, rounds):
    """What signature, token and policies take of the server's CPU for a GET: the same requests with enforcement and without, in turn."""
    bearer, taken = Bearer(mock), []
    for _ in range(rounds):
        both = []
        for is_on in (True, False):
            mock.enforce(is_on)
            both.append(get_4k(bearer, folder)[1])
        taken.append(both[0] - both[1])
    mock.enforce(True)
    figure("signature + token + policies of one GET", statistics.median(taken), "us", 3, at_least=False)


def get_p50_us(mock, request, connect):
    """Median of GETs on one kept connection, or (@connect) on a new one each."""
    times, sock = [], socket.create_connection(("127.0.0.1", mock.port))
    one_get(sock, request)
    for _ in range(1000):
        start = time.perf_counter()
        if connect:
            sock.close()
            sock = socket.create_connection(("127.0.0.1", mock.port))
        one_get(sock, request)
        times.append(time.perf_counter() - start)
    sock.close()
    return statistics.median(times) * 1e6


def apart(pid):
    """Client and server on a core each. Left alone, a pair that shares a core answers in 13 us and one that does not in 80, and which
    of them a connection becomes is the scheduler's whim: a ratio of 5 or of 0.2 that says nothing about the server."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, cores[:1])
    for thread in os.listdir("/proc/%d/task" % pid):
        os.sched_setaffinity(int(thread), cores[-1:])
    return cores


def idle_connections(mock):
    """What IDLE kept connections cost in memory, and an active client beside them: the same server without and with them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    count = min(IDLE, (hard if hard > 0 else IDLE + 100) - 100)
    request = "GET /small HTTP/1.1\r\n" + "".join("%s: %s\r\n" % pair for pair in mock.headers("GET", "/small").items()) + "\r\n"
    request = request.encode()
    mock.start()
    stream_put(mock, "/small", b"s" * 4096)
    cores = apart(mock.process.pid)
    alone = [get_p50_us(mock, request, connect) for connect in (False, True)]
    before, idle = rss_mib(mock.process.pid), []
    for _ in range(count):
        idle.append(socket.create_connection(("127.0.0.1", mock.port)))
        one_get(idle[-1], request)
    each = (rss_mib(mock.process.pid) - before) * 1024 / count
    beside = [get_p50_us(mock, request, connect) for connect in (False, True)]
    figure("idle kept connections", count, "")
    figure("memory of an idle kept connection", each, "KiB", 15000 / 1024, at_least=False)
    figure("p50 of a kept GET beside them / alone", beside[0] / alone[0], "x", 1.5, at_least=False)
    figure("p50 of a new connection's GET beside them / alone", beside[1] / alone[1], "x", 1.5, at_least=False)
    for sock in idle:
        sock.close()
    mock.stop()
    os.sched_setaffinity(0, cores)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def two_streams_put(server, path, body):
    """MB/s of two PUTs at the same time, together."""
    threads = [threading.Thread(target=stream_put, args=(server, path + end, body)) for end in "ab"]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(threads) * len(body) / (time.perf_counter() - start) / 1e6


def md5_rate(body):
    start = time.perf_counter()
    hashlib.md5(body).digest()
    return len(body) / (time.perf_counter() - start) / 1e6


def main(build, stub_program, rounds):
    # In memory where there is one: the mock's store is too, and nginx's files being written back would disturb the next figure.
    shared = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    folder = tempfile.mkdtemp(prefix="bench-", dir=shared)
    median = statistics.median
    try:
        mock = Mock(build, folder)
        starts = []
        for _ in range(5 + rounds):
            starts.append(cold_start(mock))
            mock.stop()
        mock.start()
        idle = rss_mib(mock.process.pid)
        threads = len(os.listdir("/proc/%d/task" % mock.process.pid))
        nginx = Nginx().start(os.path.join(folder, "nginx"))
        stub = Stub(stub_program)
        small, big = b"s" * 4096, os.urandom(64 * MIB)
        member, tls = Member(mock), Tls(mock)
        stream_put(member, "/small", small)
        for server in (mock, nginx):
            stream_put(server, "/small", small)
            for _ in range(4):  # memory and page cache that are new to a virtual machine cost its host, once
                stream_put(server, "/big", big)
        two_streams_put(mock, "/big", big)
        rates = {}
        for _ in range(rounds):
            for name, server in (("mock", mock), ("member", member), ("tls", tls), ("stub", stub), ("nginx", nginx)):
                add = lambda what, value: rates.setdefault((name, what), []).append(value)
                for what, value in zip(("get4k", "cpu4k"), get_4k(server, folder)):
                    add(what, value)
                if server not in (mock, nginx):
                    continue
                add("put4k", wrk(server, "PUT", "/put4k", folder, 4096))
                for _ in range(3):  # a tenth of a second each: three a round
                    add("get64m", stream_get(server, "/big", len(big)))
                    add("put64m", stream_put(server, "/big", big))
                    if server is mock:
                        add("two64m", two_streams_put(server, "/big", big))
            rates.setdefault(("md5", "rate"), []).append(md5_rate(big))
        before = mock.journal_last()
        wrk(mock, "GET", "/small", folder)
        journaled = mock.journal_last() - before
        rate = lambda name, what: median(rates[(name, what)])
        print("figure%46s %10s" % ("", "median"))
        for what, text, unit in (("get4k", "GET 4 KiB, 32 connections", "req/s"), ("put4k", "PUT 4 KiB, 32 connections", "req/s"),
                                 ("get64m", "GET 64 MiB, one stream", "MB/s"), ("put64m", "PUT 64 MiB, one stream", "MB/s")):
            figure("mock   " + text, rate("mock", what), unit)
            if what == "get4k":
                figure("member " + text, rate("member", what), unit)
                figure("TLS    " + text, rate("tls", what), unit)
                figure("stub   " + text, rate("stub", what), unit)
            figure("nginx  " + text, rate("nginx", what), unit)
        for name in ("mock", "member", "tls", "stub", "nginx"):
            figure("%-6s server CPU of one GET 4 KiB" % name, rate(name, "cpu4k"), "us")
        figure("mock   PUT 64 MiB, two streams", rate("mock", "two64m"), "MB/s")
        figure("one-core MD5", rate("md5", "rate"), "MB/s")
        figure("requests journaled in one GET 4 KiB round", journaled, "entries")
        print()
        figure("ratio GET 4 KiB mock/stub", rate("mock", "get4k") / rate("stub", "get4k"), "x", 0.9)
        figure("ratio GET 4 KiB mock/nginx", rate("mock", "get4k") / rate("nginx", "get4k"), "x", 0.8)
        figure("the same, a user by his policy and the bucket's", rate("member", "get4k") / rate("nginx", "get4k"), "x", 0.8)
        figure("ratio GET 4 KiB TLS/plain", rate("tls", "get4k") / rate("mock", "get4k"), "x", 0.7)
        figure("ratio PUT 4 KiB mock/nginx", rate("mock", "put4k") / rate("nginx", "put4k"), "x", 1.0)
        figure("ratio GET 64 MiB mock/nginx", rate("mock", "get64m") / rate("nginx", "get64m"), "x", 0.95)
        figure("ratio PUT 64 MiB mock/nginx", rate("mock", "put64m") / rate("nginx", "put64m"), "x")
        figure("ratio PUT 64 MiB mock/one-core MD5", rate("mock", "put64m") / rate("md5", "rate"), "x", 0.9)
        figure("ratio PUT 64 MiB two streams/one", rate("mock", "two64m") / rate("mock", "put64m"), "x", 1.6)
        rights(mock, folder, rounds)
        figure("cold start to the first verified answer", median(starts), "ms", 5, at_least=False)
        figure("idle RSS", idle, "MiB", 10, at_least=False)
        figure("threads at rest", threads, "", 3 + min(4, os.cpu_count()), at_least=False)
        for server in (mock, stub, nginx):
            server.stop()
        idle_connections(mock)
        bench_store.rows(build, rounds)
        parsers(build)
        bench_judge.rows(build, rounds)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def parsers(build):
    """The shapes of mockserver/tests/test-bounds.c: what one MiB of the worst XML, JSON, YAML or policy takes."""
    program = os.path.join(build, "mockserver", "test-mock-bounds")
    out = subprocess.run([program, "--time"], capture_output=True, text=True, check=True).stdout
    figure("1 MiB of the worst XML, JSON, YAML or policy", float(re.search(r"^worst ([\d.]+) ms$", out, re.M).group(1)), "ms", 50, at_least=False)
    figure("a question to the worst session policy of 6144 characters", float(re.search(r"^question ([\d.]+) us$", out, re.M).group(1)), "us", 50, at_least=False)
    figure("the same of a text twice as long / once", float(re.search(r"^growth ([\d.]+)$", out, re.M).group(1)), "x", 2.5, at_least=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
