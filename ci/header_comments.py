#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The promised comments of public headers (docs/CONVENTIONS.md, "Public header comment").

    ci/header_comments.py HEADER...

A header that declares functions opens with a promise and a rule for threads. A function that returns int has a comment with
`Errors:` when it takes an error, with `Errors:` or `Returns` when it takes none. One line for each breach; exit 1 then.
"""
import re
import sys

OPENING = re.compile(r"\A/\*.*?\*/\n/\*(.*?)\*/", re.S)
# a comment or nothing, directly above a public function that returns int
FUNCTION = re.compile(r"(?:/\*\*?((?:(?!\*/).)*)\*/\n)?\w+_API (\w[^;{]*?)\b(\w+)\(([^;{]*)\);", re.S)


def breaches(path):
    with open(path, encoding="utf-8") as f:
        text = f.read()
    functions = list(FUNCTION.finditer(text))
    opening = OPENING.match(text)
    for word in ("Promise:", "Threads:") if functions else ():
        if opening is None or word not in opening.group(1):
            yield 2, "the opening comment has no '%s'" % word
    for f in functions:
        comment, kind, name, parameters = f.group(1) or "", f.group(2).strip(), f.group(3), f.group(4)
        wanted = ["Errors:"] if re.search(r"struct \w+_error \*err\b", parameters) else ["Errors:", "Returns"]
        if kind == "int" and not any(w in comment for w in wanted):
            yield text.count("\n", 0, f.start(3)) + 1, "%s() has no '%s' in the comment above it" % (name, "' or '".join(wanted))


def main():
    found = ["%s:%d: %s" % (path, line, what) for path in sys.argv[1:] for line, what in breaches(path)]
    for line in found:
        print("FAIL " + line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
