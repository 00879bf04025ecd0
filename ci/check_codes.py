#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every error code the mock refuses with has a row in mockserver/src/services/errors.c.

    ci/check_codes.py [--root DIR]

A code is a word in C, so a misspelt one compiles, and is answered as InternalError. Looked at are the arguments of every call whose name says
refuse or stop a selection, and the words of code columns, choices and returns. Each word without a row prints one line `codes: file:line: ...`; exit 1 then.
"""
import argparse
import os
import re
import sys

ROOMS = ["authn", "exchange", "journey", "services"]
TABLES = ["errors.c", "ops.c", "names.c"]  # of services: the rows themselves, and names of operations
WORD = r'"([A-Z][a-z]+(?:[A-Z][A-Za-z0-9]*)+(?:\.[A-Z]\w+)?)"'
ROW = re.compile(r'\{"([A-Z][A-Za-z0-9.]+)",\s*\d{3}\b')
CALL = re.compile(r"\b(?:\w*refuse\w*|select_stop|sql_fail)\s*\(")
ELSEWHERE = re.compile(r"(?:\breturn|\w*code\b =|\[CODE_\w+\] =|->error\(|[?:])\s*" + WORD)


def arguments(text, at):
    """The text from @at to the parenthesis that closes the call."""
    depth = 1
    for piece in re.finditer(r'"(?:[^"\\]|\\.)*"|[()]', text[at:]):
        depth += {"(": 1, ")": -1}.get(piece.group(), 0)
        if depth == 0:
            return text[at : at + piece.start()]
    return text[at:]


def codes(text):
    for call in CALL.finditer(text):
        for word in re.findall(WORD, arguments(text, call.end())):
            yield call.start(), word
    for found in ELSEWHERE.finditer(text):
        yield found.start(1), found.group(1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
    src = os.path.join(parser.parse_args().root, "mockserver", "src")
    with open(os.path.join(src, "services", "errors.c"), encoding="utf-8") as table:
        rows = set(ROW.findall(table.read()))
    seen = 0
    bad = set()
    for room in ROOMS:
        folder = os.path.join(src, room)
        for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
            if not name.endswith(".c") or name in TABLES:
                continue
            with open(os.path.join(folder, name), encoding="utf-8") as source:
                text = source.read()
            for at, word in codes(text):
                seen += 1
                if word not in rows:
                    bad.add("codes: mockserver/src/%s/%s:%d: '%s' has no row in services/errors.c" % (room, name, text.count("\n", 0, at) + 1, word))
    for line in sorted(bad):
        print(line)
    print("codes: %d looked at, %d rows, %d without" % (seen, len(rows), len(bad)))
    return 1 if bad or seen == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
