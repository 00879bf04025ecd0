#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Count the test functions of a meson run from its JUnit file, and print "N passed, N failed" for ci/test.

A run without a single test function is a failure: nothing tested is nothing passed.
"""
import sys
import xml.etree.ElementTree as ElementTree


def main(path):
    passed = failed = skipped = 0
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        if case.find("skipped") is not None:
            skipped += 1
            print("skipped: %s.%s" % (case.get("classname"), case.get("name")))
        elif case.find("failure") is not None or case.find("error") is not None:
            failed += 1
            print("FAIL %s.%s" % (case.get("classname"), case.get("name")))
        else:
            passed += 1
    if passed + failed == 0:
        print("FAIL no test ran")
        return 1
    print("%d passed, %d failed, %d skipped" % (passed, failed, skipped))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
