#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each law of ci/check_layers.py is broken once on purpose, in a small tree of its own, and must be reported.

A checker that never complained would prove nothing. Prints "N passed, N failed".
"""
import os
import subprocess
import sys
import tempfile

CI = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
HEAD = "/* SPDX-License-Identifier: Apache-2.0 */\n/* a planted file */\n"

# name, expected line piece, {path: text}
PLANTED = [
    ("a clean tree is clean", None, {"lib/cosn/src/a.c": '#include "cosn/fs.h"\n#include "cosbase/buf.h"\n'}),
    ("law 1: the library includes the mock", "law 1: lib/cosn/src/a.c:3", {"lib/cosn/src/a.c": '#include "cosmock/cosmock.h"\n'}),
    ("law 1: the mock includes the library", "law 1: mockserver/src/cam/a.c:3", {"mockserver/src/cam/a.c": '#include "cosn/fs.h"\n'}),
    ("law 1: an include climbs over the wall", "climbs over the wall", {"mockserver/src/cam/a.c": '#include "../../../lib/cosn/src/x.h"\n'}),
    ("law 1: lib/base speaks of buckets", "law 1: lib/base/cosbase/a.c:3", {"lib/base/cosbase/a.c": "int bucket_count;\n"}),
    ("law 1: a room of the mock points back", "the room store may not include", {"mockserver/src/store/a.c": '#include "exchange/exchange.h"\n'}),
    ("law 1: the exchange calls up to a stage", "the room exchange may not include", {"mockserver/src/exchange/a.c": '#include "journey/stages.h"\n'}),
    ("law 1: a handler knows a stage", "the room services may not include", {"mockserver/src/services/a.c": '#include "journey/stages.h"\n'}),
    ("law 1: a scheme knows a handler's table", "the room authn may not include", {"mockserver/src/authn/a.c": '#include "services/errors.h"\n'}),
    ("law 2: the mock signs", "law 2: mockserver/src/authn/a.c:3", {"mockserver/src/authn/a.c": "void f(void) { request_sign(); }\n"}),
    ("law 2: the library verifies", "law 2: lib/cosn/src/wire/a.c:3", {"lib/cosn/src/wire/a.c": "int f(void) { return signature_verify (1); }\n"}),
    ("law 3: a stage asks the system clock", "law 3: mockserver/src/authn/a.c:3", {"mockserver/src/authn/a.c": "long f(void) { return time(NULL); }\n"}),
    ("law 3: authz changes the world", "only the execute stage", {"mockserver/src/journey/authz.c": "void f(void) { world_bucket_drop(0, 0); }\n"}),
    ("law 3: a stage opens a socket", "no stage touches a socket", {"mockserver/src/journey/route.c": "int f(void) { return socket(1, 2, 3); }\n"}),
    ("law 3: somebody sleeps", "sleeps", {"lib/cosn/src/a.c": "void f(void) { usleep(5); }\n"}),
    ("law 3: somebody reads the environment", "reads the environment", {"lib/cosn/src/fs/a.c": 'char *f(void) { return getenv("X"); }\n'}),
    ("law 1: two files of the judge call each other", "conformance/src: files in a circle: a.c -> b.c -> a.c", {
        "conformance/src/a.c": "int below(void);\nint above(int x)\n{\n    return cosmock_broken(below());\n}\n",
        "conformance/src/b.c": "int above(int x);\nint below(void)\n{\n    return above(1);\n}\n"}),
    ("law 1: three files of the judge go round by a table", "a.c -> b.c -> c.c -> a.c", {
        "conformance/src/a.c": "int one(void)\n{\n    return cosmock_broken(row->x + table[0]);\n}\n",
        "conformance/src/b.c": "int (*two(int x))(void);\nconst int table[] = {\n    three(),\n};\n",
        "conformance/src/c.c": "int three(void)\n{\n    return one();\n}\n"}),
    ("a member, a struct and a static of another's name are no arrow", None, {
        "conformance/src/a.c": "struct below {\n    int x;\n};\nint above(struct below *p)\n{\n    return cosmock_broken(p->below + p->x);\n}\n",
        "conformance/src/b.c": "static int helper(int x)\n{\n    return x;\n}\nint below(void)\n{\n    return above(helper(1));\n}\n"}),
    ("law 6: a case owns a buffer across its ending", "law 6: conformance/cases/a.c:3: a case owns nothing", {"conformance/cases/a.c": "void f(void) { COS_CLEANUP(cos_buf_deinit) struct cos_buf b; }\n", "conformance/src/a.c": "/* */ int x = cosmock_broken(0);\n"}),
    ("law 4: a second user of libcurl", "law 4: lib/cosn/src/client/a.c:3", {"lib/cosn/src/client/a.c": "#include <curl/curl.h>\n"}),
    ("law 4: a second user of libmicrohttpd", "law 4: mockserver/src/edge/front.c:3", {"mockserver/src/edge/front.c": "#include <microhttpd.h>\n"}),
    ("law 4: a second user of libssl", "law 4: mockserver/src/edge/connection.c:3", {"mockserver/src/edge/connection.c": "#include <openssl/ssl.h>\n"}),
    ("law 4: the users of OpenSSL are named", None, {"mockserver/src/edge/tls_session.c": "#include <openssl/ssl.h>\n"}),
    ("law 5: nobody marks the mock broken", "law 5: mockserver/src/journey", {"mockserver/src/journey/execute.c": "void f(void);\n"}),
    ("law 5: the suite never asks", "law 5: conformance/src", {"conformance/src/runner.c": "void f(void);\n"}),
    ("words in a comment or a string are no calls", None, {"lib/cosn/src/a.c": '/* time(NULL) */\nconst char *s = "sleep(1)";\n'}),
]
# name, expected piece, source, library it is archived as
SYMBOLS = [
    ("law 1: a symbol of the library in the mock", "is the other side's", "int cosn_planted(void); int cosn_planted(void) { return 1; }", "mockserver/libcosmock_private.a"),
    ("law 2: a signing symbol in the mock", "symbol planted_sign", "int planted_sign(void); int planted_sign(void) { return 1; }", "mockserver/libcosmock_private.a"),
    ("law 2: a verifying symbol in the library", "symbol planted_verify", "int planted_verify(void); int planted_verify(void) { return 1; }", "lib/cosn/libcosn_private.a"),
]


def run(root, *more):
    return subprocess.run([sys.executable, os.path.join(CI, "check_layers.py"), "--root", root, *more], capture_output=True, text=True)


def planted(files):
    root = tempfile.TemporaryDirectory()
    for path, text in files.items():
        full = os.path.join(root.name, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as out:
            out.write(HEAD + text)
    return root


def main():
    passed = failed = 0
    for name, expected, files in PLANTED:
        with planted(files) as root:
            got = run(root)
            good = (got.returncode == 0) if expected is None else (got.returncode == 1 and expected in got.stdout)
        passed, failed = passed + good, failed + (not good)
        print("%s %s%s" % ("ok  " if good else "FAIL", name, "" if good else "\n" + got.stdout + got.stderr))
    for name, expected, source, library in SYMBOLS:
        with tempfile.TemporaryDirectory() as build:
            os.makedirs(os.path.join(build, os.path.dirname(library)))
            unit = os.path.join(build, "planted.c")
            with open(unit, "w", encoding="utf-8") as out:
                out.write(source)
            subprocess.run(["gcc", "-c", unit, "-o", unit + ".o"], check=True)
            subprocess.run(["ar", "rc", os.path.join(build, library), unit + ".o"], check=True)
            got = run(build, "--build", build)
            good = got.returncode == 1 and expected in got.stdout
        passed, failed = passed + good, failed + (not good)
        print("%s %s%s" % ("ok  " if good else "FAIL", name, "" if good else "\n" + got.stdout + got.stderr))
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
