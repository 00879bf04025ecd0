#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Count the verdicts of one results.jsonl of cosconform, and print "N passed, N failed" for ci/test.

PASS and INFO are passed; FAIL, WARN, ERROR and XPASS are failed, because the reference library has no excuse; a SKIP is named and counts as
neither. An incomplete file is a failure.
"""
import json
import sys


def main(path):
    passed = failed = skipped = 0
    complete = False
    with open(path, encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            complete = complete or row.get("complete") is True
            verdict = row.get("verdict")
            if verdict in ("PASS", "INFO"):
                passed += 1
            elif verdict == "SKIP":
                skipped += 1
                print("skipped: %s %s: %s" % (row["id"], row["case"], row["reason"]))
            elif verdict is not None:
                failed += 1
                print("FAIL %s %s: %s %s" % (row["id"], row["case"], verdict, row["reason"]))
    if not complete or passed == 0:
        failed += 1
        print("FAIL %s is incomplete or empty" % path)
    print("%d passed, %d failed, %d skipped" % (passed, failed, skipped))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
