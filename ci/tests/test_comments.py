#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each rule of ci/header_comments.py and the column of ci/check_style.sh is broken once on purpose and must be reported. Prints "N passed, N failed"."""
import os
import shutil
import subprocess
import sys
import tempfile

CI = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
SPDX = "/* SPDX-License-Identifier: Apache-2.0 */\n"
OPENING = "/* a planted header. Promise: none.\n * Threads: any. */\n"
# name, expected piece, text of a public header behind its SPDX line
HEADERS = [
    ("comments: all that is promised is there", None, OPENING + "/** Errors: COSN_E_NOMEM. */\nCOSN_API int f(struct cosn_error *err);\nCOSN_API void g(void);\n"),
    ("comments: a header promises nothing", "no 'Promise:'", "/* planted. Threads: any. */\nCOSN_API void f(void);\n"),
    ("comments: a header without a rule for threads", "no 'Threads:'", "/* planted. Promise: none. */\nCOSN_API void f(void);\n"),
    ("comments: a function that fails without a word", "4: f() has no 'Errors:'", OPENING + "COSN_API int f(struct cosn_error *err);\n"),
    ("comments: what a status is goes unsaid", "no 'Errors:'", OPENING + "/** Returns 0. */\nCOSN_API int f(int a,\n               struct cosn_error *err);\n"),
    ("comments: an int that is no status goes unsaid", "no 'Errors:' or 'Returns'", OPENING + "/** Counts. */\nCOSN_API int f(void);\n"),
    ("comments: a comment is not the next function's", "g() has no 'Errors:'", OPENING + "/** Errors: none. */\nCOSN_API int f(void);\nCOSN_API int g(void);\n"),
]
WIDE = "/* a planted file */\n/* %s */\nint a;\n"
# name, expected piece, path, text
STYLE = [
    ("style: a comment of 96 columns, some of two bytes", None, "lib/base/cosbase/a.c", WIDE % ("\u2192" * 90)),
    ("style: a comment of 97 columns", "wider than 96 columns: lib/base/cosbase/a.c:3:", "lib/base/cosbase/a.c", WIDE % ("x" * 91)),
]


def headers(root, path, text):
    return subprocess.run([sys.executable, os.path.join(CI, "header_comments.py"), os.path.join(root, path)], capture_output=True, text=True)


def style(root, path, text):
    shutil.copy(os.path.join(CI, "..", ".clang-format"), root)
    subprocess.run(["git", "init", "-q", root], check=True)
    subprocess.run(["git", "-C", root, "add", "."], check=True)
    return subprocess.run([os.path.join(CI, "check_style.sh"), root], capture_output=True, text=True)


def main():
    passed = failed = 0
    rows = (
        [(headers, name, expected, "planted.h", text) for name, expected, text in HEADERS]
        + [(style, *row) for row in STYLE])
    for check, name, expected, path, text in rows:
        with tempfile.TemporaryDirectory() as root:
            full = os.path.join(root, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "w", encoding="utf-8") as out:
                out.write(SPDX + text)
            got = check(root, path, text)
        good = (got.returncode == 0) if expected is None else (got.returncode == 1 and expected in got.stdout)
        passed, failed = passed + good, failed + (not good)
        print("%s %s%s" % ("ok  " if good else "FAIL", name, "" if good else "\n" + got.stdout + got.stderr))
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
