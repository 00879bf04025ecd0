# SPDX-License-Identifier: Apache-2.0
"""The rows of ci/bench about the store: what memory holds, what a list page costs, and the directory beside memory and MinIO. Imported."""
import base64
import hashlib
import http.client
import os
import shutil
import socket
import statistics
import subprocess
import tempfile
import time

import signing
from bench_tools import (FEW_HOST, HOST, MANY_HOST, MIB, ONE_HOST, Mock, cold_start, figure, missing, one_get, pipelined, rss_mib, stream_put, wrk)

MINIO_MODULE = "github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c"
KEYS = 1000  # of a load that does not hit one key again and again


def put(path, body=b"", host=HOST):
    return b"PUT %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n" % (path.encode(), host.encode(), len(body)) + body


# --- memory ---

def overwritten(build, folder):
    """Resident memory beside what is stored, at first and after everything was overwritten many times."""
    big, small, stored = os.urandom(64 * MIB), os.urandom(4096), 80000
    mock = Mock(build, folder).start()
    for turn in range(40):
        stream_put(mock, "/big%d" % (turn % 4), big)
        if turn == 3:
            figure("resident / stored, 4 x 64 MiB uploaded", rss_mib(mock.process.pid) / (4 * 64), "x", 1.3, at_least=False)
    figure("resident / stored, 64 MiB objects overwritten", rss_mib(mock.process.pid) / (4 * 64), "x", 1.3, at_least=False)
    mock.stop()
    mock.start()
    mock.enforce(False)
    for _ in range(5):
        pipelined(mock.port, [put("/small%d" % n, small) for n in range(stored)])
    figure("resident / stored, 4 KiB objects overwritten", rss_mib(mock.process.pid) * MIB / (stored * 4096), "x", 1.3, at_least=False)
    mock.stop()


RULES = (b"<LifecycleConfiguration><Rule><Filter><Prefix>empty/</Prefix></Filter><Status>Enabled</Status>"
         b"<Expiration><Days>3650</Days></Expiration></Rule></LifecycleConfiguration>")


def lifecycle(mock, count):
    """A midnight at which every object is looked at and none is due."""
    digest = base64.b64encode(hashlib.md5(RULES).digest())
    head = "PUT /?lifecycle HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\nContent-MD5: %s\r\n\r\n" % (HOST, len(RULES), digest.decode())
    pipelined(mock.port, [head.encode() + RULES])
    started = time.monotonic()
    mock.control("POST", "clock", {"modification_advance_ms": 86400000})
    figure("a midnight of lifecycle rules over {:,} objects".format(count), time.monotonic() - started, "s", 1, at_least=False)


def empty_objects(build, folder):
    """Bytes of each of 1,000,000 empty objects beside its key; the journal is full before."""
    count, first = 1000000, 100000
    mock = Mock(build, folder).start()
    mock.enforce(False)
    pipelined(mock.port, [put("/empty/%07d" % n) for n in range(first)])
    before = rss_mib(mock.process.pid)
    pipelined(mock.port, [put("/empty/%07d" % n) for n in range(first, first + count)])
    each = (rss_mib(mock.process.pid) - before) * MIB / count - len("empty/0000000")
    figure("one of 1,000,000 empty objects beside its key", each, "bytes", 400, at_least=False)
    lifecycle(mock, first + count)
    mock.stop()


# --- lists ---

def lists(build, folder):
    """A page of 1,000 in a bucket of 100,000 / in one of 1,000: keys from the beginning and from the middle on; common prefixes of one
    key each; and, beside them, common prefixes that skip 100 keys each, which no small bucket has. And the one common prefix of a
    bucket whose 100,000 keys all begin with it."""
    mock = Mock(build, folder).start()
    mock.enforce(False)
    pipelined(mock.port, [put("/f%06d/x" % n, host=FEW_HOST) for n in range(1000)])
    pipelined(mock.port, [put("/f%06d/x" % n, host=MANY_HOST) for n in range(100000)])
    pipelined(mock.port, [put("/f%06d/%d" % (n // 100, n % 100)) for n in range(100000)])
    pipelined(mock.port, [put("/obj/%06d" % n, host=ONE_HOST) for n in range(100000)])
    sock = socket.create_connection(("127.0.0.1", mock.port))
    pages = {"first": (MANY_HOST, ""), "one/": (ONE_HOST, "&delimiter=%2F"),
             "few": (FEW_HOST, ""), "many": (MANY_HOST, "&marker=f050000"), "few/": (FEW_HOST, "&delimiter=%2F"),
             "many/": (MANY_HOST, "&marker=f050000&delimiter=%2F"), "deep/": (HOST, "&delimiter=%2F")}
    took = {page: [] for page in pages}
    for _ in range(100):
        for page, (host, query) in pages.items():
            request = "GET /?max-keys=1000%s HTTP/1.1\r\nHost: %s\r\n\r\n" % (query, host)
            start = time.perf_counter()
            one_get(sock, request.encode())
            took[page].append(time.perf_counter() - start)
    ratio = lambda a, b: statistics.median(took[a]) / statistics.median(took[b])
    figure("first list page of 1,000 of 100,000 keys", statistics.median(took["first"]) * 1e6, "us", 1000, at_least=False)
    figure("delimiter page of one prefix of 100,000 keys", statistics.median(took["one/"]) * 1e6, "us", 100, at_least=False)
    figure("list page of 1,000 keys from the middle on", statistics.median(took["many"]) * 1e6, "us")
    figure("the same, bucket of 100,000 / of 1,000", ratio("many", "few"), "x", 1.2, at_least=False)
    figure("list page of 1,000 common prefixes", statistics.median(took["many/"]) * 1e6, "us")
    figure("the same, bucket of 100,000 / of 1,000", ratio("many/", "few/"), "x", 1.2, at_least=False)
    figure("the same, each skips 100 keys / none", ratio("deep/", "many/"), "x")
    sock.close()
    mock.stop()


def versions(build, folder):
    """A page of 1,000 versions in a bucket of 100,000 / in one of 1,000: ten of each key, from the middle on."""
    mock = Mock(build, folder).start()
    mock.enforce(False)
    took = {}
    for host, count, query in ((FEW_HOST, 1000, ""), (MANY_HOST, 100000, "&key-marker=k05000")):
        body = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
        pipelined(mock.port, [put("/?versioning", body, host)] + [put("/k%05d" % (n // 10), host=host) for n in range(count)])
        took[host] = ("GET /?versions%s HTTP/1.1\r\nHost: %s\r\n\r\n" % (query, host), [])
    sock = socket.create_connection(("127.0.0.1", mock.port))
    for _ in range(100):
        for request, times in took.values():
            start = time.perf_counter()
            one_get(sock, request.encode())
            times.append(time.perf_counter() - start)
    few, many = (statistics.median(took[host][1]) for host in (FEW_HOST, MANY_HOST))
    figure("page of 1,000 versions", many * 1e6, "us")
    figure("the same, bucket of 100,000 / of 1,000", many / few, "x", 1.2, at_least=False)
    sock.close()
    mock.stop()


# --- the directory ---

class Minio:
    """One drive, no other settings but the browser off; requests are presigned (UNSIGNED-PAYLOAD)."""
    ID, KEY, BUCKET = "bench", "benchbench", "bench"

    def __init__(self, program, folder):
        spare = socket.socket()
        spare.bind(("127.0.0.1", 0))
        self.port = spare.getsockname()[1]
        spare.close()
        self.host = "127.0.0.1:%d" % self.port
        environment = dict(os.environ, HOME=folder, MINIO_ROOT_USER=self.ID, MINIO_ROOT_PASSWORD=self.KEY, MINIO_BROWSER="off")
        self.process = subprocess.Popen([program, "server", "--quiet", "--address", self.host, os.path.join(folder, "drive")],
                                        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(3000):
            try:
                if self.ask("GET", "/minio/health/live") == 200 and self.ask("PUT", "/" + self.BUCKET) == 200:
                    return
            except OSError:
                pass
            time.sleep(0.01)
        self.stop()
        raise SystemExit("MinIO did not start")

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection(self.host)
        connection.request(method, signing.s3_presigned(self.ID, self.KEY, method, path, self.host), body)
        return connection.getresponse().status

    def headers(self, method, path):
        return {"Host": self.host}

    def presigned(self, method, path):
        return signing.s3_presigned(self.ID, self.KEY, method, "/" + self.BUCKET + path, self.host)

    def stop(self):
        self.process.terminate()
        self.process.wait()


def minio_program(build):
    """(program, None), or (None, why there is none): $MINIO, on PATH, or built by go into the tree."""
    found = os.environ.get("MINIO") or shutil.which("minio")
    if found:
        return found, None
    built = os.path.join(os.path.abspath(build), "peers", "minio")
    if os.path.exists(built):
        return built, None
    go = shutil.which("go")
    version = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True).stdout.strip() if go else ""
    numbers = version.removeprefix("go").split(".")
    if len(numbers) < 2 or (int(numbers[0]), int(numbers[1])) < (1, 24):
        return None, "no MinIO: neither $MINIO, nor minio on PATH, nor go of 1.24 to build it (%s)" % (version or "no go")
    print("building MinIO, once")
    made = subprocess.run([go, "install", MINIO_MODULE], env=dict(os.environ, GOBIN=os.path.dirname(built)), capture_output=True, text=True)
    return (built, None) if made.returncode == 0 else (None, "no MinIO: " + made.stderr.strip().splitlines()[-1])


def four_kib(build, folder, rounds):
    """GET beside memory and MinIO, PUT beside MinIO; each load asks for KEYS keys in turn, presigned."""
    small, rates = os.urandom(4096), {}
    memory, directory = Mock(build, folder).start(), Mock(build, folder, os.path.join(folder, "data")).start()
    program, why = minio_program(build)
    minio = None if program is None else Minio(program, folder)
    for mock in (memory, directory):
        mock.enforce(False)
        pipelined(mock.port, [put("/k%d" % n, small) for n in range(KEYS)])
        mock.enforce(True)
    for n in range(KEYS if minio else 0):
        if minio.ask("PUT", "/%s/k%d" % (minio.BUCKET, n), small) != 200:
            raise SystemExit("MinIO did not take k%d" % n)
    loads = [("get", memory), ("get", directory), ("put", directory)] + ([("get", minio), ("put", minio)] if minio else [])
    targets = {load: [load[1].presigned(load[0].upper(), "/k%d" % n) for n in range(KEYS)] for load in loads}
    for _ in range(rounds):
        for load in loads:
            rate = wrk(load[1], load[0].upper(), "/", folder, 4096 if load[0] == "put" else 0, targets[load])
            rates.setdefault(load, []).append(rate)
    rate = {load: statistics.median(rates[load]) for load in loads}
    figure("GET 4 KiB from a directory", rate[("get", directory)], "req/s")
    figure("ratio GET 4 KiB directory/memory", rate[("get", directory)] / rate[("get", memory)], "x", 0.8)
    figure("PUT 4 KiB into a directory", rate[("put", directory)], "req/s")
    if minio:
        figure("MinIO  GET 4 KiB", rate[("get", minio)], "req/s")
        figure("ratio GET 4 KiB memory/MinIO", rate[("get", memory)] / rate[("get", minio)], "x", 10)
        figure("ratio GET 4 KiB directory/MinIO", rate[("get", directory)] / rate[("get", minio)], "x", 10)
        figure("MinIO  PUT 4 KiB", rate[("put", minio)], "req/s")
        figure("ratio PUT 4 KiB directory/MinIO", rate[("put", directory)] / rate[("put", minio)], "x", 5)
    else:
        for what in ("GET 4 KiB memory/MinIO", "GET 4 KiB directory/MinIO", "PUT 4 KiB directory/MinIO"):
            missing("ratio " + what, why)
    for server in (memory, directory, minio):
        if server:
            server.stop()


def full_speed_s(mock):
    """Seconds from the first answer until a tenth of a second serves 0.8 of what later ones do."""
    requests = []
    for n in range(0, 100000, 100):
        head = "".join("%s: %s\r\n" % pair for pair in mock.headers("GET", "/cold%d" % n).items())
        requests.append(("GET /cold%d HTTP/1.1\r\n%s\r\n" % (n, head)).encode())
    served, start = {}, time.perf_counter()
    counted = [0]

    def on_replies(got):
        window = int((time.perf_counter() - start) * 10)
        served[window] = served.get(window, 0) + got - counted[0]
        counted[0] = got

    while time.perf_counter() - start < 3:
        counted[0] = 0
        pipelined(mock.port, requests * 20, on_replies)
    usual = statistics.median(served.get(window, 0) for window in range(20, 29))
    return next(window for window in range(30) if served.get(window, 0) >= 0.8 * usual) / 10


def disk_ms(folder):
    """What the disk takes for a start's one wait: a new file with a few bytes, and the folder that names it."""
    path, start = os.path.join(folder, "synced"), time.perf_counter()
    for flags in (os.O_RDWR | os.O_CREAT | os.O_EXCL, os.O_RDONLY):
        fd = os.open(path if flags & os.O_CREAT else folder, flags)
        if flags & os.O_CREAT:
            os.write(fd, b"x" * 32)
        os.fdatasync(fd)
        os.close(fd)
    took = (time.perf_counter() - start) * 1e3
    os.unlink(path)
    return took


def cold_directory(build, folder):
    mock = Mock(build, folder, os.path.join(folder, "cold")).start()
    mock.enforce(False)
    pipelined(mock.port, [put("/cold%d" % n, b"c" * 100) for n in range(100000)])
    mock.enforce(True)
    mock.stop()
    starts, full, disk = [], [], []
    for _ in range(7):
        disk.append(disk_ms(folder))
        starts.append(cold_start(mock))
        full.append(full_speed_s(mock) if len(starts) > 4 else 0)
        mock.stop()
    figure("cold start with 100,000 objects in a directory", statistics.median(starts), "ms", 10, at_least=False)
    figure("of which a new file and its folder, by that disk", statistics.median(disk), "ms")
    figure("full speed after it", max(full), "s", 1, at_least=False)


def rows(build, rounds):
    """On a disk, not in memory: directory and MinIO are about that."""
    folder = tempfile.mkdtemp(prefix="bench-", dir=build)
    try:
        lists(build, folder)
        versions(build, folder)
        overwritten(build, folder)
        empty_objects(build, folder)
        serve = subprocess.run([Mock(build, folder).program, "serve", "--help"], capture_output=True, text=True).stdout
        if "--data" in serve:
            four_kib(build, folder, rounds)
            cold_directory(build, folder)
        else:
            missing("a directory", "this cosmock has no --data")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
