# SPDX-License-Identifier: Apache-2.0
"""Requests as a client signs them, with nothing but Python's library: COS signature v5, TC3, and S3's for a peer. For ci's own load;
imported."""
import datetime
import hashlib
import hmac
import time
import urllib.parse


def _hmac_hex(key, text):
    return hmac.new(key.encode(), text.encode(), hashlib.sha1).hexdigest()


def cos_authorization(secret_id, secret_key, method, path, host, params=()):
    """Signature v5 over the method, the path, the host and every parameter (a list of pairs)."""
    now = int(time.time())
    times = "%d;%d" % (now - 60, now + 3600)
    quoted = sorted((urllib.parse.quote(name.lower(), safe=""), urllib.parse.quote(value, safe="")) for name, value in params)
    form = "%s\n%s\n%s\nhost=%s\n" % (method.lower(), path, "&".join("%s=%s" % pair for pair in quoted), host)
    to_sign = "sha1\n%s\n%s\n" % (times, hashlib.sha1(form.encode()).hexdigest())
    return ("q-sign-algorithm=sha1&q-ak=%s&q-sign-time=%s&q-key-time=%s&q-header-list=host&q-url-param-list=%s&q-signature=%s"
            % (secret_id, times, times, ";".join(name for name, _ in quoted), _hmac_hex(_hmac_hex(secret_key, times), to_sign)))


def tc3_headers(secret_id, secret_key, action, version, region, service, payload):
    """The headers of one call of API 3.0 with a JSON payload (bytes)."""
    host = service + ".tencentcloudapi.com"
    now = int(time.time())
    day = datetime.datetime.fromtimestamp(now, datetime.timezone.utc).strftime("%Y-%m-%d")
    scope = "%s/%s/tc3_request" % (day, service)
    canonical = ("POST\n/\n\ncontent-type:application/json\nhost:%s\n\ncontent-type;host\n%s"
                 % (host, hashlib.sha256(payload).hexdigest()))
    to_sign = "TC3-HMAC-SHA256\n%d\n%s\n%s" % (now, scope, hashlib.sha256(canonical.encode()).hexdigest())
    key = ("TC3" + secret_key).encode()
    for text in (day, service, "tc3_request", to_sign):
        key = hmac.new(key, text.encode(), hashlib.sha256).digest()
    return {"Host": host, "Content-Type": "application/json", "X-TC-Action": action, "X-TC-Version": version, "X-TC-Region": region,
            "X-TC-Timestamp": str(now), "Authorization": "TC3-HMAC-SHA256 Credential=%s/%s, SignedHeaders=content-type;host, Signature=%s"
            % (secret_id, scope, key.hex())}


def s3_presigned(access_key, secret_key, method, path, host, region="us-east-1"):
    """The target of a presigned request, AWS Signature Version 4 with the payload left out; good for a day."""
    now = datetime.datetime.now(datetime.timezone.utc)
    day, moment = now.strftime("%Y%m%d"), now.strftime("%Y%m%dT%H%M%SZ")
    scope = "%s/%s/s3/aws4_request" % (day, region)
    query = urllib.parse.urlencode([("X-Amz-Algorithm", "AWS4-HMAC-SHA256"), ("X-Amz-Credential", access_key + "/" + scope),
                                    ("X-Amz-Date", moment), ("X-Amz-Expires", "86400"), ("X-Amz-SignedHeaders", "host")])
    canonical = "%s\n%s\n%s\nhost:%s\n\nhost\nUNSIGNED-PAYLOAD" % (method, path, query, host)
    to_sign = "AWS4-HMAC-SHA256\n%s\n%s\n%s" % (moment, scope, hashlib.sha256(canonical.encode()).hexdigest())
    key = ("AWS4" + secret_key).encode()
    for text in (day, region, "s3", "aws4_request", to_sign):
        key = hmac.new(key, text.encode(), hashlib.sha256).digest()
    return "%s?%s&X-Amz-Signature=%s" % (path, query, key.hex())
