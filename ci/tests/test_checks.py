#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each law of ci/check_layers.py is broken once on purpose, in a small tree of its own, and must be reported; so is each rule of
ci/check_history, ci/check_codes.py and ci/check_docs.py.

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
    ("law 1: a circle of rooms by includes", "mockserver/src: a circle of rooms: cam -> store (cam/a.c includes store/b.h), store -> cam",
     {"mockserver/src/cam/a.c": '#include "store/b.h"\n', "mockserver/src/store/b.h": '#include "cam/a.h"\n', "mockserver/src/cam/a.h": "int a;\n"}),
    ("law 1: a circle of rooms by a call that no include shows", "exchange -> services (exchange/b.c uses row_of)",
     {"mockserver/src/services/a.c": '#include "exchange/b.h"\nint row_of(int n)\n{\n    return n;\n}\n', "mockserver/src/exchange/b.h": "int row_of(int n);\n",
      "mockserver/src/exchange/b.c": '#include "exchange/b.h"\nint get(void)\n{\n    return row_of(1);\n}\n'}),
    ("law 1: a circle of files in the edge", "mockserver/src/edge: a circle of files: a.c -> b.c (uses b_go)",
     {"mockserver/src/edge/a.c": "int a_go(void)\n{\n    return b_go();\n}\n", "mockserver/src/edge/b.c": "int b_go(void)\n{\n    return a_go();\n}\n"}),
    ("law 1: a circle of files in the configuration", "lib/cosn/src/config: a circle of files: a.c -> b.c (uses b_go), b.c -> c.c (uses c_go), c.c -> a.c",
     {"lib/cosn/src/config/%s.c" % a: "int %s_go(void)\n{\n    return %s_go();\n}\n" % (a, b) for a, b in ("ab", "bc", "ca")}),
    ("a static function, a field, a comment and a word that two files share are no circle", None,
     {"mockserver/src/edge/a.c": "int a_go(void)\n{\n    return b_go() + x.c_go + y->c_go; /* c_go() */\n}\n", "mockserver/src/edge/b.c": "int b_go(void)\n{\n    return 1;\n}\n",
      "mockserver/src/edge/c.c": "static int b_go(void)\n{\n    return 1;\n}\nint c_go(void)\n{\n    return a_go() + b_go();\n}\n"}),
    ("law 1: a defect stands in the library", "law 1: lib/cosn/src/a.c:3: a planted defect", {"lib/cosn/src/a.c": 'int f(void) { return MUTANT("x") ? 1 : 0; }\n'}),
    ("law 1: a defect stands in the mock", "law 1: mockserver/src/cam/a.c:3: a planted defect", {"mockserver/src/cam/a.c": '#include "mutant.h"\n'}),
    ("law 1: a copy's switch stands with the rows", None, {"conformance/mutants/mutant.h": "#define MUTANT(name) mutant_is(#name)\n"}),
    ("law 2: the mock signs", "law 2: mockserver/src/authn/a.c:3", {"mockserver/src/authn/a.c": "void f(void) { request_sign(); }\n"}),
    ("law 2: the library verifies", "law 2: lib/cosn/src/wire/a.c:3", {"lib/cosn/src/wire/a.c": "int f(void) { return signature_verify (1); }\n"}),
    ("law 3: a stage asks the system clock", "law 3: mockserver/src/authn/a.c:3", {"mockserver/src/authn/a.c": "long f(void) { return time(NULL); }\n"}),
    ("law 3: authz makes a batch", "only the execute stage", {"mockserver/src/journey/authz.c": "void f(void) { batch_new(); }\n"}),
    ("law 3: a handler commits by itself", "only the execute stage", {"mockserver/src/services/a.c": "void f(void) { backend_commit(0, 0, 0); }\n"}),
    ("law 3: a stage opens a socket", "no stage touches a socket", {"mockserver/src/journey/route.c": "int f(void) { return socket(1, 2, 3); }\n"}),
    ("law 3: somebody sleeps", "sleeps", {"lib/cosn/src/a.c": "void f(void) { usleep(5); }\n"}),
    ("law 3: somebody reads the environment", "reads the environment", {"lib/cosn/src/fs/a.c": 'char *f(void) { return getenv("X"); }\n'}),
    ("law 1: two files of the judge call each other", "conformance/src: a circle of files: a.c -> b.c (uses below), b.c -> a.c (uses above)", {
        "conformance/src/a.c": "int below(void);\nint above(int x)\n{\n    return cosmock_broken(below());\n}\n",
        "conformance/src/b.c": "int above(int x);\nint below(void)\n{\n    return above(1);\n}\n"}),
    ("law 1: three files of the judge go round by a table", "a.c -> b.c (uses table), b.c -> c.c (uses three), c.c -> a.c (uses one)", {
        "conformance/src/a.c": "int one(void)\n{\n    return cosmock_broken(row->x + table[0]);\n}\n",
        "conformance/src/b.c": "int (*two(int x))(void);\nconst int table[] = {\n    three(),\n};\n",
        "conformance/src/c.c": "int three(void)\n{\n    return one();\n}\n"}),
    ("a member, a struct and a static of another's name are no arrow", None, {
        "conformance/src/a.c": "struct below {\n    int x;\n};\nint above(struct below *p)\n{\n    return cosmock_broken(p->below + p->x);\n}\n",
        "conformance/src/b.c": "static int helper(int x)\n{\n    return x;\n}\nint below(void)\n{\n    return above(helper(1));\n}\n"}),
    ("law 6: a case owns a buffer across its ending", "law 6: conformance/cases/a.c:3: a case owns nothing", {"conformance/cases/a.c": "void f(void) { COS_CLEANUP(cos_buf_deinit) struct cos_buf b; }\n", "conformance/src/a.c": "/* */ int x = cosmock_broken(0);\n"}),
    ("law 4: a second user of libcurl", "law 4: lib/cosn/src/client/a.c:3", {"lib/cosn/src/client/a.c": "#include <curl/curl.h>\n"}),
    ("law 4: a second user of SQLite", "law 4: mockserver/src/edge/front.c:3", {"mockserver/src/edge/front.c": "#include <sqlite3.h>\n"}),
    ("law 4: a second user of libssl", "law 4: mockserver/src/edge/connection.c:3", {"mockserver/src/edge/connection.c": "#include <openssl/ssl.h>\n"}),
    ("law 4: the users of OpenSSL are named", None, {"mockserver/src/edge/tls_session.c": "#include <openssl/ssl.h>\n"}),
    ("law 5: nobody marks the mock broken", "law 5: mockserver/src/journey", {"mockserver/src/journey/execute.c": "void f(void);\n"}),
    ("law 5: the suite never asks", "law 5: conformance/src", {"conformance/src/runner.c": "void f(void);\n"}),
    ("words in a comment or a string are no calls", None, {"lib/cosn/src/a.c": '/* time(NULL) */\nconst char *s = "sleep(1)";\n'}),
]
# The same for ci/check_codes.py; a tree None is this one.
ERRORS = {"mockserver/src/services/errors.c": 'rows[] = {\n    {"NoSuchKey", 404, "No such key.", "x"},\n};\n'}
CODES = [
    ("every code this mock refuses with has a row", None, None),
    ("a refusal's code has no row", "mockserver/src/journey/a.c:3: 'NoSuchKeyy'", {"mockserver/src/journey/a.c": 'void f(void) { refuse(x, g("("), is ? "NoSuchKey" : "NoSuchKeyy"); }\n'}),
    ("a column's code has no row", "a.c:3: 'NoSuchKeyy'", {"mockserver/src/services/a.c": 'x = {.absent_code = "NoSuchKeyy"};\n'}),
    ("a code that is returned has no row", "a.c:3: 'InvalidPartt'", {"mockserver/src/services/a.c": 'char *f(void) { return "InvalidPartt"; }\n'}),
]
# name, expected piece, source, library it is archived as
SYMBOLS = [
    ("law 1: a symbol of the library in the mock", "is the other side's", "int cosn_planted(void); int cosn_planted(void) { return 1; }", "mockserver/libcosmock_private.a"),
    ("law 2: a signing symbol in the mock", "symbol planted_sign", "int planted_sign(void); int planted_sign(void) { return 1; }", "mockserver/libcosmock_private.a"),
    ("law 2: a verifying symbol in the library", "symbol planted_verify", "int planted_verify(void); int planted_verify(void) { return 1; }", "lib/cosn/libcosn_private.a"),
]
# name, message of the second of three commits, what its `ci/test` does, expected pieces of the report
COMMITS = [
    ("a good history is good", "mock/authn: say why\n\nBecause.\n", "true", ["ok   ", "3 passed, 0 failed"]),
    ("history: a subject without an area", "Say why\n\nBecause.\n", "true", ["the subject is not 'area: summary'", "2 passed, 1 failed"]),
    ("history: a subject too wide", "mock: %s\n\nBecause.\n" % ("x" * 60), "true", ["the subject has 66 columns, at most 60", "2 passed, 1 failed"]),
    ("history: no body", "mock: say why\n", "true", ["no body says why", "2 passed, 1 failed"]),
    ("history: a commit that does not stand alone", "mock: say why\n\nBecause.\n", "false", ["ci/test quick fails", "2 passed, 1 failed"]),
    ("history: what a failed run said is shown", "mock: say why\n\nBecause.\n", "echo on $1 >&2; exit 1", ["| on quick", "2 passed, 1 failed"]),
    ("history: a commit without tests", "mock: say why\n\nBecause.\n", None, ["there is no ci/test yet", "2 passed, 1 failed"]),
]
# name, expected piece, what is described of these routes
ROUTES = """static const struct control_route routes[] = {
    {"/v1/info", CALL_GET, BODY_JSON, get_info},
    {"faults", CALL_GET | CALL_DELETE, BODY_JSON, control_faults},
};
"""
WHOLE = "  /v1/info:\n    get:\n  /v1/t/{tenant}/faults:\n    get:\n  /v1/t/{tenant}/faults/{id}:\n    get:\n    delete:\n"
CONTROL_APIS = [
    ("control-api: every route and no other", None, WHOLE),
    ("control-api: a route is not described", "does not describe GET /v1/info", WHOLE.replace("  /v1/info:\n    get:\n", "")),
    ("control-api: a method is not described", "does not describe DELETE /v1/t/{tenant}/faults", WHOLE.replace("    delete:\n", "")),
    ("control-api: a method that is not taken", "describes PUT /v1/t/{tenant}/faults, which", WHOLE + "    put:\n"),
    ("control-api: a path that has gone", "describes GET /v1/t/{tenant}/fault, which", WHOLE + "  /v1/t/{tenant}/fault:\n    get:\n"),
]
# name, expected piece, how the entries of this journal are described
FIELDS = """    X(U64, seq, "seq", ALWAYS) \\
    X(TEXT, op, "op", SET) \\
    X(INT, http_status, "status", ALWAYS)
"""
ENTRY = """    Entry:
      type: object
      required: [seq, status]
      additionalProperties: false
      properties:
        seq: {type: integer}
        op: {type: string}
        status: {type: integer}
"""
ENTRIES = [
    ("entries: every field and no other", None, ENTRY),
    ("entries: a field is not described", "the field op (string)", ENTRY.replace("        op: {type: string}\n", "")),
    ("entries: a field has another type", "the field status (string)", ENTRY.replace("status: {type: integer}", "status: {type: string}")),
    ("entries: a field that is there no more", "the field gone (string)", ENTRY + "        gone: {type: string}\n"),
    ("entries: a field that is not always there", "whether an entry always has status", ENTRY.replace("[seq, status]", "[seq]")),
]
# name, expected piece, the page; beside it stands a file with a static and a public function
LOOP = "static void turn(int n)\n{\n    (void)n;\n}\nint loop_run(void)\n{\n    return spin();\n}\n"
PAGES = [
    ("docs: true words", None, "[map](loop.md) `lib/loop.md` says: nothing.\n\n| `edge/loop.c` | `loop_run()`, `turn()` | a round |\n"),
    ("docs: a link to nowhere", "docs/a.md links to none.md", "[map](none.md)\n"),
    ("docs: a path to nowhere", "docs/a.md names ci/none", "`ci/none`\n"),
    ("docs: a walk through a file that has gone", "walks through edge/gone.c", "| `edge/gone.c` | `loop_run()` | a round |\n"),
    ("docs: a walk past a function that has gone", "passes loop_go() in edge/loop.c", "| `edge/loop.c` | `loop_run()`, `loop_go()` | a round |\n"),
    ("docs: a walk past a function that is only called there", "passes spin() in edge/loop.c", "| `edge/loop.c` | `spin()` | a round |\n"),
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


def git(root, *arguments):
    subprocess.run(["git", "-C", root, "-c", "user.name=a", "-c", "user.email=a@localhost", *arguments], check=True, capture_output=True)


def commit(root, message, test):
    """One commit with @message whose ci/test is the line @test, or is not there."""
    script = os.path.join(root, "ci", "test")
    if test is None:
        os.unlink(script)
    else:
        os.makedirs(os.path.dirname(script), exist_ok=True)
        with open(script, "w", encoding="utf-8") as out:
            out.write("#!/bin/sh\n" + test + "\n")
        os.chmod(script, 0o755)
    git(root, "add", "--all")
    git(root, "commit", "--allow-empty", "--cleanup=verbatim", "-m", message)


def history_of(message, test):
    """What ci/check_history says of a base and three commits, the second of which has @message and @test."""
    good = "mock: do a thing\n\nIts reason.\n"
    with tempfile.TemporaryDirectory() as root:
        git(root, "init", "--quiet")
        for words, script in ((good, "exit 1"), (good, "true"), (message, test), (good, "true")):
            commit(root, words, script)
        return subprocess.run([sys.executable, os.path.join(CI, "check_history"), "--root", root, "HEAD~3..HEAD"], capture_output=True, text=True)


def page(text, more=None):
    """What ci/check_docs.py says of a tree with this page."""
    files = {"docs/a.md": text, "docs/loop.md": "", "lib/loop.md": "", "mockserver/src/edge/loop.c": LOOP, **(more or {})}
    with planted(files) as root:
        git(root, "init", "--quiet")
        git(root, "add", "--all")
        return subprocess.run([sys.executable, os.path.join(CI, "check_docs.py"), "--root", root], capture_output=True, text=True)


def main():
    passed = failed = 0
    for name, expected, text in PAGES:
        got = page(text)
        good = (got.returncode == 0) if expected is None else (got.returncode == 1 and expected in got.stdout)
        passed, failed = passed + good, failed + (not good)
        print("%s %s%s" % ("ok  " if good else "FAIL", name, "" if good else "\n" + got.stdout + got.stderr))
    for name, expected, described in CONTROL_APIS:
        got = page("", {"mockserver/src/edge/control_routes.c": ROUTES, "docs/control-api.yaml": described})
        good = (got.returncode == 0) if expected is None else (got.returncode == 1 and expected in got.stdout)
        passed, failed = passed + good, failed + (not good)
        print("%s %s%s" % ("ok  " if good else "FAIL", name, "" if good else "\n" + got.stdout + got.stderr))
    for name, expected, described in ENTRIES:
        got = page("", {"mockserver/include/cosmock/journal.h": FIELDS, "docs/control-api.yaml": described})
        good = (got.returncode == 0) if expected is None else (got.returncode == 1 and expected in got.stdout)
        passed, failed = passed + good, failed + (not good)
        print("%s %s%s" % ("ok  " if good else "FAIL", name, "" if good else "\n" + got.stdout + got.stderr))
    for name, message, test, expected in COMMITS:
        got = history_of(message, test)
        good = all(piece in got.stdout for piece in expected) and got.returncode == ("FAIL" in got.stdout)
        passed, failed = passed + good, failed + (not good)
        print("%s %s%s" % ("ok  " if good else "FAIL", name, "" if good else "\n" + got.stdout + got.stderr))
    for name, expected, files in PLANTED:
        with planted(files) as root:
            got = run(root)
            good = (got.returncode == 0) if expected is None else (got.returncode == 1 and expected in got.stdout)
        passed, failed = passed + good, failed + (not good)
        print("%s %s%s" % ("ok  " if good else "FAIL", name, "" if good else "\n" + got.stdout + got.stderr))
    for name, expected, files in CODES:
        with planted({**ERRORS, **(files or {})}) as root:
            got = subprocess.run([sys.executable, os.path.join(CI, "check_codes.py")] + (["--root", root] if files else []), capture_output=True, text=True)
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
