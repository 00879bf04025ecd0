#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The documentation says what the programs do: printed pages are equal to what is printed, links lead somewhere.

    ci/check_docs.py --build DIR [--write]      --write renews the printed pages instead of comparing them
"""
import argparse
import os
import re
import subprocess
import sys

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
SWITCHES = ("<!-- printed by: cosmock switches -->", "<!-- end -->")


def printed(build, *arguments):
    return subprocess.run([os.path.join(build, "bin", arguments[0]), *arguments[1:]], capture_output=True, text=True, check=True).stdout


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def with_section(text, section):
    head, rest = text.split(SWITCHES[0], 1)
    return head + SWITCHES[0] + "\n```\n" + section.rstrip("\n") + "\n```\n" + SWITCHES[1] + rest.split(SWITCHES[1], 1)[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    bad = []
    pages = {
        "docs/OPERATIONS.md": printed(args.build, "cosmock", "ops"),
        "docs/DEVIATIONS.md": with_section(read("docs/DEVIATIONS.md"), printed(args.build, "cosmock", "switches")),
    }
    for path, text in pages.items():
        if args.write:
            with open(os.path.join(ROOT, path), "w", encoding="utf-8") as file:
                file.write(text)
        elif read(path) != text:
            bad.append("%s differs from what the program prints; ci/check_docs.py --build build --write renews it" % path)
    tracked = subprocess.run(["git", "-C", ROOT, "ls-files", "*.md"], capture_output=True, text=True, check=True).stdout.split()
    for path in tracked:
        text = read(path)
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", text):
            if "://" not in target and not os.path.exists(os.path.join(ROOT, os.path.dirname(path), target)):
                bad.append("%s links to %s, which is not there" % (path, target))
        for target in re.findall(r"`((?:ci|docs|lib|mockserver|conformance|fixtures|examples)/[\w./*-]+)`", text):
            if "*" not in target and not os.path.exists(os.path.join(ROOT, target)):
                bad.append("%s names %s, which is not there" % (path, target))
    for line in bad:
        print("FAIL " + line)
    print("%d passed, %d failed" % (len(pages) + len(tracked) - min(len(bad), len(tracked)), len(bad)))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
