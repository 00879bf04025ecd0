# SPDX-License-Identifier: Apache-2.0
"""A small COS client, to have something that a driver can drive: files in a bucket, nothing but Python's standard library.

It is an example of a subject, not of a product: requests go one by one, a file is written when it is whole. What it does it does right, and
Defects (the second half of the example) are three ways to do it wrong that a suite has to notice. Sources: Tencent's API documents (object and bucket operations,
"Request Signature"); cosconform list says what is asked of it.
"""
import base64
import hashlib
import hmac
import http.client
import ssl
import time
import xml.etree.ElementTree as ElementTree
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from urllib.parse import quote, unquote, urlsplit

PAGE = 1000
CONNECT_S = 20
PROVIDERS = "fs.cosn.credentials.provider"
SIMPLE, ENVIRONMENT = ("org.apache.hadoop.fs.cosn.auth.%sCredentialsProvider" % name for name in ("Simple", "EnvironmentVariable"))


class CosError(Exception):
    """A failure with a class of the driver protocol (PROTOCOL.md, "Errors")."""

    def __init__(self, kind, message, status=0, code="", request_id=""):
        super().__init__(message)
        self.kind, self.status, self.code, self.request_id = kind, status, code, request_id


class Defects:
    """Three mistakes that clients have made; each is one line where it is asked for."""

    def __init__(self, on=False):
        self.leaves_upload = on  # an upload that failed is not aborted: FS-009
        self.renames_over = on  # a file in the way of a rename is lost: FS-062
        self.signs_for_days = on  # whoever sees a request may repeat it for a week: CRED-018


KINDS = {"AccessDenied": "ACCESS_DENIED", "InvalidAccessKeyId": "AUTH", "SignatureDoesNotMatch": "AUTH", "RequestTimeTooSkewed": "AUTH",
         "InvalidSecurity": "AUTH", "ExpiredToken": "CRED_EXPIRED", "NoSuchBucket": "NO_BUCKET", "NoSuchKey": "NOT_FOUND", "SlowDown": "THROTTLED"}


def error_of(status, body, what, request_id=""):
    try:
        root = ElementTree.fromstring(body) if body else None
    except ElementTree.ParseError:
        root = None
    code = (root.findtext("Code") or "") if root is not None else ""
    kind = KINDS.get(code) or {401: "AUTH", 403: "ACCESS_DENIED", 404: "NOT_FOUND", 503: "THROTTLED"}.get(status, "IO")
    return CosError(kind, "%s: %d %s (request %s)" % (what, status, code or "without a code", request_id), status, code, request_id)


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def xml(self, wanted):
        """The document, which must have this root: a copy or a completion may fail with status 200."""
        try:
            root = ElementTree.fromstring(self.body)
        except ElementTree.ParseError as e:
            raise CosError("CORRUPT", "the answer is no XML: %s" % e, self.status) from e
        for element in root.iter():
            element.tag = element.tag.rsplit("}", 1)[-1]
        if root.tag == "Error":
            raise error_of(self.status, self.body, "it failed behind its status", self.headers.get("x-cos-request-id", ""))
        if root.tag != wanted:
            raise CosError("CORRUPT", "the answer is a %s, not a %s" % (root.tag, wanted), self.status)
        return root


class Config:
    def __init__(self, conf, net, env, log):
        self.log, self.env = log, env
        self.keys = {name: conf.get(name, "") for name in ("fs.cosn.userinfo.secretId", "fs.cosn.userinfo.secretKey")}
        self.providers = [name.strip() for name in conf.get(PROVIDERS, "").split(",") if name.strip()] or [SIMPLE]
        for name in self.providers:
            if name not in (SIMPLE, ENVIRONMENT):
                raise CosError("CONFIG", "%s: there is no class '%s'; there are %s and %s" % (PROVIDERS, name, SIMPLE, ENVIRONMENT))
        region = conf.get("fs.cosn.bucket.region", "")
        self.suffix = conf.get("fs.cosn.bucket.endpoint_suffix", "").lstrip(".") or (region and "cos.%s.myqcloud.com" % region)
        self.retries = self.number(conf, "fs.cosn.maxRetries", 3)
        self.delay_s = self.number(conf, "fs.cosn.retry.interval.seconds", 1)
        self.block = min(max(self.number(conf, "fs.cosn.block.size", 8 << 20), 1 << 20), 2 << 30)
        self.agent = conf.get("fs.cosn.user.agent", "tinycos")
        self.scheme, self.ca_file = net.get("scheme", "https"), net.get("ca_file")
        if conf.get("fs.cosn.useHttps") == "true":
            self.scheme = "https"
        self.addresses = {}
        for route in net.get("resolve", []):
            host, port, address, to = route.rsplit(":", 3)
            self.addresses[host, int(port)] = (address, int(to))

    def credentials(self):
        """Id and key of the first provider that has both; asked before every request, so that a key may change."""
        missing = []
        for provider in self.providers:
            pair = self.keys if provider == SIMPLE else {name: self.env.get(name, "").strip() for name in ("COSN_SECRET_ID", "COSN_SECRET_KEY")}
            lacks = [name for name, value in pair.items() if not value]
            if not lacks:
                return tuple(pair.values())
            missing += lacks
        raise CosError("CRED_MISSING", "missing required key '%s'" % "', '".join(missing))

    @staticmethod
    def number(conf, key, fallback):
        text = conf.get(key, "") or str(fallback)
        if not text.isdigit():
            raise CosError("CONFIG", "%s is '%s': a number of 0 or more" % (key, text))
        return int(text)


class Wire:
    """Signed requests to one bucket, tried again where that may help."""

    def __init__(self, config, bucket, window_s):
        self.config, self.host, self.window_s = config, "%s.%s" % (bucket, config.suffix), window_s

    def signature(self, method, path, params, headers):
        """q-sign-algorithm sha1 ("Request Signature", version of 2024)."""
        def pairs(items):
            return sorted((quote(k.lower(), safe="-_.~"), quote(v, safe="-_.~")) for k, v in items.items())
        secret_id, secret_key = self.config.credentials()
        now = int(time.time())
        window = "%d;%d" % (now - 60, now + self.window_s)
        def mac(key, text):
            return hmac.new(key.encode(), text.encode(), hashlib.sha1).hexdigest()
        query, signed = pairs(params), pairs(headers)
        text = "%s\n%s\n%s\n%s\n" % (method.lower(), path, "&".join("%s=%s" % p for p in query), "&".join("%s=%s" % p for p in signed))
        to_sign = "sha1\n%s\n%s\n" % (window, hashlib.sha1(text.encode()).hexdigest())
        return ("q-sign-algorithm=sha1&q-ak=%s&q-sign-time=%s&q-key-time=%s&q-header-list=%s&q-url-param-list=%s&q-signature=%s" % (
            secret_id, window, window, ";".join(k for k, _ in signed), ";".join(k for k, _ in query),
            mac(mac(secret_key, window), to_sign)))

    def connection(self):
        port = 443 if self.config.scheme == "https" else 80
        address, to = self.config.addresses.get((self.host, port), (self.host, port))
        if self.config.scheme == "http":
            return http.client.HTTPConnection(address, to, timeout=CONNECT_S)
        connection = http.client.HTTPSConnection(address, to, timeout=CONNECT_S)
        context = ssl.create_default_context(cafile=self.config.ca_file)
        connection.connect = lambda: self.connect_tls(connection, context)
        return connection

    def connect_tls(self, connection, context):
        http.client.HTTPConnection.connect(connection)
        connection.sock = context.wrap_socket(connection.sock, server_hostname=self.host)

    def send_once(self, method, key, params, headers, body):
        headers = dict(headers, Host=self.host)
        headers["Authorization"] = self.signature(method, "/" + key, params, headers)
        headers["User-Agent"] = self.config.agent
        target = quote("/" + key, safe="/-_.~")
        if params:
            target += "?" + "&".join(quote(k, safe="-_.~") + ("=" + quote(v, safe="-_.~") if v else "") for k, v in params.items())
        connection = self.connection()
        try:
            connection.request(method, target, body, headers)
            reply = connection.getresponse()
            return Answer(reply.status, reply.headers, reply.read())
        except ssl.SSLError as e:
            raise CosError("NETWORK", "%s: %s" % (self.host, e)) from e
        except TimeoutError as e:
            raise CosError("TIMEOUT", "%s: no answer in time" % self.host) from e
        except http.client.IncompleteRead as e:
            raise CosError("CORRUPT", "%s: the body ended early" % self.host) from e
        except (OSError, http.client.HTTPException) as e:
            raise CosError("NETWORK", "%s: %s" % (self.host, e or type(e).__name__)) from e
        finally:
            connection.close()

    def send(self, method, key, params=None, headers=None, body=b"", wanted=(200, 204, 206)):
        """The answer, or the last failure."""
        what = "%s %s/%s" % (method, self.host, key)
        failure = None
        for attempt in range(self.config.retries + 1):
            if failure is not None:
                time.sleep(min(self.config.delay_s * 0.05 * 2 ** attempt, 2))
            try:
                answer = self.send_once(method, key, params or {}, headers or {}, body)
            except CosError as e:
                failure = e
                if isinstance(e.__cause__, ssl.SSLError) or e.kind == "CRED_MISSING":
                    break
                continue
            self.config.log("%s -> %d" % (what, answer.status))
            if answer.status in wanted:
                return answer
            failure = error_of(answer.status, answer.body, what, answer.headers.get("x-cos-request-id", ""))
            if answer.status < 500:
                break
        raise failure


class Status:
    def __init__(self, key, is_dir, size=0, mtime_ms=0):
        self.path, self.is_dir, self.size, self.mtime_ms = "/" + key, is_dir, size, mtime_ms


class FileSystem:
    def __init__(self, config, uri, defects):
        parts = urlsplit(uri)
        if parts.scheme != "cosn":
            raise CosError("UNSUPPORTED_SCHEME", "%s: not cosn" % uri)
        if not parts.netloc:
            raise CosError("CONFIG", "%s: a bucket is missing behind cosn://" % uri)
        if not config.suffix:
            raise CosError("CONFIG", "missing required key 'fs.cosn.bucket.endpoint_suffix'")
        config.credentials()
        self.bucket, self.root, self.uri = parts.netloc, parts.path, "cosn://" + parts.netloc
        self.config, self.defects = config, defects
        self.wire = Wire(config, parts.netloc, 7 * 86400 if defects.signs_for_days else 3600)

    def key(self, path):
        """"/a//b/" and "cosn://bucket/a/b" -> "a/b"; relative ones below the URI of this filesystem."""
        if path.startswith("cosn://"):
            bucket, _, path = path[7:].partition("/")
            if bucket != self.bucket:
                raise CosError("INVALID_ARG", "%s is another bucket than %s" % (bucket, self.bucket))
        elif not path.startswith("/"):
            path = self.root + "/" + ("" if path == "." else path)
        return "/".join(part for part in path.split("/") if part)

    # ---- what is there ----

    def page(self, prefix, delimiter, marker, limit):
        params = {"prefix": prefix, "max-keys": str(limit), "encoding-type": "url"}
        params.update({"delimiter": delimiter} if delimiter else {}, **({"marker": marker} if marker else {}))
        return self.wire.send("GET", "", params).xml("ListBucketResult")

    def walk(self, prefix, delimiter=""):
        """(key, size, mtime) of each object below a prefix; (key, None, 0) of each common prefix."""
        marker, found = "", []
        while True:
            page = self.page(prefix, delimiter, marker, PAGE)
            found += [(unquote(c.findtext("Key")), int(c.findtext("Size")), self.time_ms(c.findtext("LastModified")))
                      for c in page.iter("Contents")]
            found += [(unquote(p.findtext("Prefix")), None, 0) for p in page.iter("CommonPrefixes")]
            if page.findtext("IsTruncated") != "true":
                return found
            marker = unquote(page.findtext("NextMarker") or "") or max(key for key, _, _ in found)

    @staticmethod
    def time_ms(text):
        return int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc).timestamp() * 1000)

    def is_prefix(self, key):
        return self.page(key + "/", "", "", 1).find("Contents") is not None

    def find(self, key):
        """Its status, or None."""
        if key == "":
            return Status(key, True)
        answer = self.wire.send("HEAD", key, wanted=(200, 404))
        if answer.status == 200:
            mtime = parsedate_to_datetime(answer.headers["Last-Modified"])
            return Status(key, False, int(answer.headers["Content-Length"]), int(mtime.timestamp() * 1000))
        return Status(key, True) if self.is_prefix(key) else None

    def stat(self, path):
        status = self.find(self.key(path))
        if status is None:
            raise CosError("NOT_FOUND", "%s: no such file or directory" % path)
        return status

    def list(self, path):
        status = self.stat(path)
        if not status.is_dir:
            return [status]
        prefix = status.path[1:] + "/" if status.path != "/" else ""
        return [Status(key.rstrip("/"), size is None, size or 0, mtime)
                for key, size, mtime in self.walk(prefix, "/") if key != prefix]

    # ---- what changes it ----

    def check_parents(self, key):
        parts = key.split("/")[:-1]
        for n in range(len(parts), 0, -1):
            status = self.find("/".join(parts[:n]))
            if status is not None and not status.is_dir:
                raise CosError("NOT_DIR", "%s is a file" % status.path)
            if status is not None:
                return

    def mkdirs(self, path):
        key = self.key(path)
        status = self.find(key)
        if status is not None and not status.is_dir:
            raise CosError("ALREADY_EXISTS", "%s is a file" % path)
        if status is None:
            self.check_parents(key)
            self.wire.send("PUT", key + "/")
        return True

    def remove(self, keys):
        for key in [k for k in keys if min(k) < " "]:  # XML has no such characters, or changes them
            self.wire.send("DELETE", key)
        keys = [k for k in keys if min(k) >= " "]
        for at in range(0, len(keys), PAGE):
            root = ElementTree.Element("Delete")
            ElementTree.SubElement(root, "Quiet").text = "true"
            for key in keys[at:at + PAGE]:
                ElementTree.SubElement(ElementTree.SubElement(root, "Object"), "Key").text = key
            body = ElementTree.tostring(root, encoding="utf-8")
            digest = base64.b64encode(hashlib.md5(body).digest()).decode()
            answer = self.wire.send("POST", "", {"delete": ""}, {"Content-MD5": digest}, body)
            for failed in answer.xml("DeleteResult").iter("Error"):
                code = failed.findtext("Code") or ""
                raise CosError(KINDS.get(code, "IO"), "%s: %s" % (failed.findtext("Key"), code), 200, code)

    def delete(self, path, recursive):
        key = self.key(path)
        status = self.find(key)
        if status is None:
            return False
        if key == "":
            raise CosError("INVALID_ARG", "the root of a bucket is not deleted")
        if not status.is_dir:
            self.wire.send("DELETE", key)
            return True
        keys = [k for k, _, _ in self.walk(key + "/")]
        if not recursive and keys != [key + "/"]:
            raise CosError("NOT_EMPTY", "%s is not empty" % path)
        self.remove(keys)
        return True

    def copy(self, source, target):
        header = "%s/%s" % (self.wire.host, quote(source, safe="/-_.~"))
        self.wire.send("PUT", target, headers={"x-cos-copy-source": header}).xml("CopyObjectResult")

    def rename(self, source, target):
        old, new = self.key(source), self.key(target)
        status = self.stat(source)
        if old == "" or (new + "/").startswith(old + "/") and status.is_dir:
            raise CosError("INVALID_ARG", "%s cannot go into itself" % source)
        there = self.find(new)
        if there is not None and there.is_dir:
            new = (new + "/" + old.rsplit("/", 1)[-1]).lstrip("/")
            there = self.find(new)
        if there is not None and (there.is_dir or not self.defects.renames_over):
            raise CosError("ALREADY_EXISTS", "/%s is there" % new)
        parent = self.find(new.rpartition("/")[0])
        if parent is None or not parent.is_dir:
            raise CosError("NOT_FOUND" if parent is None else "NOT_DIR", "the parent of /%s is no directory" % new)
        keys = [k for k, _, _ in self.walk(old + "/")] if status.is_dir else [old]
        for key in keys:
            self.copy(key, new + key[len(old):])
        self.remove(keys)
        return True

    # ---- bytes ----

    def read(self, path, offset=0, size=None):
        """All of the bytes at once; in ranges of a block, each of them tried again when it is cut short."""
        status = self.stat(path)
        if status.is_dir:
            raise CosError("IS_DIR", "%s is a directory" % path)
        if offset > status.size:
            raise CosError("INVALID_ARG", "offset %d is behind the end of %s" % (offset, path))
        end = status.size if size is None else min(status.size, offset + size)
        parts = []
        for at in range(offset, end, self.config.block):
            last = min(at + self.config.block, end) - 1
            part = self.wire.send("GET", status.path[1:], headers={"Range": "bytes=%d-%d" % (at, last)}).body
            if len(part) != last + 1 - at:
                raise CosError("CORRUPT", "%s: %d bytes came, not %d" % (path, len(part), last + 1 - at))
            parts.append(part)
        return b"".join(parts)

    def create(self, path, overwrite):
        key = self.key(path)
        status = self.find(key)
        if key == "" or status is not None and not overwrite:
            raise CosError("ALREADY_EXISTS", "%s is there" % path)
        if status is not None and status.is_dir:
            self.delete(path, recursive=True)
        self.check_parents(key)
        return Upload(self, key)

    def put(self, key, params, body):
        """What comes back must be the digest of what was sent."""
        digest = hashlib.md5(body)
        headers = {"Content-MD5": base64.b64encode(digest.digest()).decode()}
        for _ in range(self.config.retries + 1):
            etag = self.wire.send("PUT", key, params, headers, body).headers.get("ETag", "")
            if etag.strip('"') == digest.hexdigest():
                return etag
        raise CosError("CORRUPT", "%s: the service stored something else" % key)



class Upload:
    """A file on its way: one object of up to a block, else parts of a block. Nothing is there before close()."""

    def __init__(self, fs, key):
        self.fs, self.key, self.block, self.held, self.size = fs, key, fs.config.block, bytearray(), 0
        self.id, self.parts = None, ElementTree.Element("CompleteMultipartUpload")

    def send(self, method, params, body, wanted):
        return self.fs.wire.send(method, self.key, params, {}, body).xml(wanted)

    def send_part(self, data):
        if self.id is None:
            self.id = self.send("POST", {"uploads": ""}, b"", "InitiateMultipartUploadResult").findtext("UploadId")
        number = str(len(self.parts) + 1)
        etag = self.fs.put(self.key, {"partNumber": number, "uploadId": self.id}, data)
        part = ElementTree.SubElement(self.parts, "Part")
        ElementTree.SubElement(part, "PartNumber").text = number
        ElementTree.SubElement(part, "ETag").text = etag

    def write(self, data):
        self.held += data
        self.size += len(data)
        while len(self.held) > self.block:
            self.send_part(bytes(self.held[:self.block]))
            del self.held[:self.block]

    def close(self):
        if self.id is None:
            self.fs.put(self.key, {}, bytes(self.held))
            return
        self.send_part(bytes(self.held))
        self.send("POST", {"uploadId": self.id}, ElementTree.tostring(self.parts, encoding="utf-8"), "CompleteMultipartUploadResult")

    def abort(self):
        if self.id is not None and not self.fs.defects.leaves_upload:
            self.fs.wire.send("DELETE", self.key, {"uploadId": self.id}, wanted=(204, 404))
