#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The documentation says what the programs do: printed pages are equal to what is printed, links lead somewhere, walks pass functions that are there, and
docs/control-api.yaml describes the routes of the control API and the fields of a journal entry, all of them and no others.

    ci/check_docs.py [--root DIR] [--build DIR [--write]]

Without --build the printed pages are left out; --write renews them instead of comparing. A walk is a table whose rows begin with a file and the functions that
are passed in it: | `edge/loop.c` | `loop_run()`, ... |. ci/tests/test_checks.py plants a page that says something false of each kind.
"""
import argparse
import os
import re
import subprocess
import sys

from check_layers import WRITTEN, without_comments

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
WALKED = ["", "mockserver/src/", "lib/cosn/src/", "conformance/src/"]  # where the files of a walk are
CONTROL = "mockserver/src/edge/control_routes.c"
CONTROL_API = "docs/control-api.yaml"
JOURNAL = "mockserver/include/cosmock/journal.h"
FIELD = re.compile(r'X\((\w+), \w+, "(\w+)", (\w+)\)')
ENTRY = re.compile(r"^    Entry:\n      type: object\n      required: \[([^\]]*)\]\n      additionalProperties: false\n      properties:\n((?:        \w+:.*\n)+)", re.M)
STEP = re.compile(r"^\| `(\w+/[\w/]*\.c)` \|([^|]*)\|", re.M)
ROUTE = re.compile(r'^    \{"([^"]*)", ((?:CALL_\w+(?: \| )?)+), BODY_', re.M)
DESCRIBED = re.compile(r"^  (/\S+):$|^    (get|put|post|delete):$", re.M)
SWITCHES = ("<!-- printed by: cosmock switches -->", "<!-- end -->")


def printed(build, *arguments):
    return subprocess.run([os.path.join(build, "bin", arguments[0]), *arguments[1:]], capture_output=True, text=True, check=True).stdout


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return file.read()


def complaints_about_links(root, path, text):
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", text):
        if "://" not in target and not os.path.exists(os.path.join(root, os.path.dirname(path), target)):
            yield "%s links to %s, which is not there" % (path, target)
    for target in re.findall(r"`((?:ci|docs|lib|mockserver|conformance|fixtures|examples)/[\w./*-]+)`", text):
        if "*" not in target and not os.path.exists(os.path.join(root, target)):
            yield "%s names %s, which is not there" % (path, target)


def complaints_about_walks(root, path, text):
    for file, functions in STEP.findall(text):
        found = [top + file for top in WALKED if os.path.exists(os.path.join(root, top + file))]
        if not found:
            yield "%s walks through %s, which is not there" % (path, file)
            continue
        written = {name for place in found for _, name in WRITTEN.findall(without_comments(read(root, place)))}
        for name in re.findall(r"`(\w+)\(\)`", functions):
            if name not in written:
                yield "%s passes %s() in %s, which has no such function" % (path, name, file)


def route_of(path):
    """/v1/t/{tenant}/faults/{id} is asked of the route /v1/t/{tenant}/faults."""
    return "/".join(path.split("/")[:5])


def complaints_about_control_api(root):
    if not os.path.exists(os.path.join(root, CONTROL)):
        return
    built = set()
    for word, methods in ROUTE.findall(read(root, CONTROL)):
        path = word if word.startswith("/") else ("/v1/t/{tenant}/" + word).rstrip("/")
        built |= {(path, method.lower()) for method in re.findall(r"CALL_(\w+)", methods)}
    described, path = set(), None
    for found, method in DESCRIBED.findall(read(root, CONTROL_API)):
        path = found or path
        if method:
            described.add((route_of(path), method))
    for path, method in sorted(built - described):
        yield "%s does not describe %s %s of %s" % (CONTROL_API, method.upper(), path, CONTROL)
    for path, method in sorted(described - built):
        yield "%s describes %s %s, which %s does not take" % (CONTROL_API, method.upper(), path, CONTROL)


def complaints_about_entries(root):
    """An entry of the journal is described field by field."""
    if not os.path.exists(os.path.join(root, JOURNAL)):
        return
    kinds = {"TEXT": "string", "BOOL": "boolean", "INT": "integer", "I64": "integer", "U64": "integer"}
    fields = FIELD.findall(read(root, JOURNAL))
    kept = {name: kinds[kind] for kind, name, _ in fields}
    always = {name for _, name, when in fields if when == "ALWAYS"}
    required, properties = ENTRY.search(read(root, CONTROL_API)).groups()
    described = dict(re.findall(r"^        (\w+): \{type: (\w+)\}$", properties, re.M))
    for name in sorted(set(kept.items()) ^ set(described.items())):
        yield "%s and %s do not agree about the field %s (%s)" % (CONTROL_API, JOURNAL, *name)
    for name in sorted(always ^ set(required.split(", "))):
        yield "%s and %s do not agree on whether an entry always has %s" % (CONTROL_API, JOURNAL, name)


def with_section(text, section):
    head, rest = text.split(SWITCHES[0], 1)
    return head + SWITCHES[0] + "\n```\n" + section.rstrip("\n") + "\n```\n" + SWITCHES[1] + rest.split(SWITCHES[1], 1)[1]


def printed_pages(root, build):
    """{page: what it should be}"""
    return {
        "docs/OPERATIONS.md": printed(build, "cosmock", "ops"),
        "docs/LINT.md": printed(build, "cosmock", "policy", "lint", "--rules"),
        "docs/DEVIATIONS.md": with_section(read(root, "docs/DEVIATIONS.md"), printed(build, "cosmock", "switches")),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", default=ROOT)
    parser.add_argument("--build")
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    bad = []
    pages = printed_pages(args.root, args.build) if args.build else {}
    for path, text in pages.items():
        if args.write:
            with open(os.path.join(args.root, path), "w", encoding="utf-8") as file:
                file.write(text)
        elif read(args.root, path) != text:
            bad.append("%s differs from what the program prints; ci/check_docs.py --build build --write renews it" % path)
    tracked = subprocess.run(["git", "-C", args.root, "ls-files", "*.md"], capture_output=True, text=True, check=True).stdout.split()
    for path in tracked:
        text = read(args.root, path)
        bad += complaints_about_links(args.root, path, text)
        bad += complaints_about_walks(args.root, path, text)
    bad += complaints_about_control_api(args.root)
    bad += complaints_about_entries(args.root)
    for line in bad:
        print("FAIL " + line)
    print("%d passed, %d failed" % (len(pages) + len(tracked) - min(len(bad), len(tracked)), len(bad)))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
