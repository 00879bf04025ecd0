#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tap.txt of cosconform, read by tap.py, must say what results.jsonl says: of a run that holds, and of one with a planted defect.

    read.py BUILD-DIR
"""
import json
import os
import subprocess
import sys
import tempfile

from tap.parser import Parser

# Verdict -> (ok, skip, todo) of its test point.
POINTS = {"PASS": (True, False, False), "INFO": (True, False, False), "SKIP": (True, True, False), "BLOCKED": (True, True, False),
          "FAIL": (False, False, False), "ERROR": (False, False, False), "XPASS": (False, False, False),
          "WARN": (False, False, True), "XFAIL": (False, False, True)}
RUNS = [("cosconform", []), ("cosconform-mutants", ["--mutant", "pol_uid_star"])]

passed = failed = 0


def claim(holds, what):
    global passed, failed
    if holds:
        passed += 1
    else:
        failed += 1
        print("FAIL %s" % what)


def results(folder):
    with open(os.path.join(folder, "results.jsonl"), encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return [row for row in rows if "verdict" in row]


def check(name, folder):
    lines = list(Parser().parse_file(os.path.join(folder, "tap.txt")))
    rows = {"%s %s" % (row["id"], row["case"]): row for row in results(folder)}
    tests = [line for line in lines if line.category == "test"]
    kinds = {line.category for line in lines}
    claim(lines[0].category == "version" and lines[0].version == 14, "%s: the first line is no version 14" % name)
    claim([line.expected_tests for line in lines if line.category == "plan"] == [len(tests)], "%s: the plan is another one" % name)
    claim([test.number for test in tests] == list(range(1, len(tests) + 1)), "%s: points out of order" % name)
    claim(kinds <= {"version", "plan", "test", "diagnostic"}, "%s: lines that are none: %s" % (name, kinds))
    claim(len(rows) == len(tests), "%s: %d points of %d cases" % (name, len(tests), len(rows)))
    for test in tests:
        row = rows[test.description.removeprefix("- ").replace("\\#", "#").replace("\\\\", "\\")]
        claim((test.ok, test.skip, test.todo) == POINTS[row["verdict"]], "%s: %s is %s" % (name, test.description, row["verdict"]))
        if row["verdict"] in ("FAIL", "WARN", "ERROR"):
            block = test.yaml_block or {}
            claim(block.get("message") == row["reason"] and block.get("verdict") == row["verdict"],
                  "%s: the block of %s is %s" % (name, test.description, block))


def main(build):
    with tempfile.TemporaryDirectory() as scratch:
        for program, words in RUNS:
            folder = os.path.join(scratch, program)
            command = [os.path.join(build, "conformance", program), "run", "--in-process", "--progress=off", "--out", folder]
            subprocess.run(command + words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
            check(program, folder)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
