#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Is it known why the suite is silent? Every mutant that no requirement noticed has a row in survivors.tsv that says why, and every row there is about
mutants that exist.

    triage.py check BUILD-DIR            the rows against the list of mutants: none may have lost its mutants
    triage.py judge BUILD-DIR [TABLE]    a campaign's table against the rows: who is silent without a reason, and the figures
    triage.py open  BUILD-DIR [TABLE]    what has no row yet, as rows to be filled in

A row is {class, file, function, text, operator, before, after, why}, separated by tabs; "*" stands for anything in a column, and text is the line the
mutant is on, so that a row survives when lines move. The first row that fits counts. Classes:

    equivalent   nobody can see the difference
    unpromised   it can be seen, but no requirement promises it: the reason says whose it is
    missing      a requirement promises it, and no case asks: `why` begins with its id"""
import collections
import hashlib
import json
import os
import sys

import campaign

HERE = os.path.dirname(os.path.realpath(__file__))
COLUMNS = ("class",) + campaign.KEY + ("why",)
CLASSES = ("equivalent", "unpromised", "missing")
LOUD = ("FAIL", "crash", "hang")


def read_rows(path):
    """The rows, each with its place for messages; exits with a sentence about the first that is wrong."""
    rows = []
    with open(path, encoding="utf-8") as f:
        lines = f.read().split("\n")
    for number, line in enumerate(lines, 1):
        if not line or line.startswith("#"):
            continue
        fields = line.split("\t")
        where = "%s:%d" % (os.path.basename(path), number)
        if len(fields) != len(COLUMNS):
            sys.exit("%s: %d columns; a row has %s" % (where, len(fields), ", ".join(COLUMNS)))
        row = dict(zip(COLUMNS, fields), where=where, n=0)
        if row["class"] not in CLASSES:
            sys.exit("%s: class '%s'; known are %s" % (where, row["class"], ", ".join(CLASSES)))
        if len(row["why"]) < 10:
            sys.exit("%s: why? A row needs a reason" % where)
        rows.append(row)
    return rows


def fits(row, mutant):
    return all(row[k] in ("*", mutant[k]) for k in campaign.KEY)


def row_of(rows, mutant):
    return next((row for row in rows if fits(row, mutant)), None)


def check(rows, build):
    """Rows that are about nothing."""
    mutants = campaign.mutants(build)
    bad = 0
    for row in rows:
        if not any(fits(row, m) for m in mutants):
            print("FAIL %s: no mutant is like this any more: %s" % (row["where"], " | ".join(row[k] for k in campaign.KEY)))
            bad += 1
    print("%d passed, %d failed" % (len(rows) - bad, bad))
    return bad


def judge(rows, build, path):
    """Who is silent without a reason; the figures."""
    _, results = campaign.read_table(path)
    classes = collections.Counter()
    bad = 0
    for m in results:
        if m["verdict"] not in campaign.SILENT:
            continue
        row = row_of(rows, m)
        classes[row["class"] if row else "open"] += 1
        if row is None or row["class"] == "missing":
            bad += 1
            why = "no row of survivors.tsv says why" if row is None else "%s: %s" % (row["where"], row["why"])
            print("FAIL %s %s:%s %s: '%s' -> '%s' %s: %s" % (m["operator"], m["file"], m["line"], m["function"], m["before"], m["after"], m["verdict"], why))
        else:
            row["n"] += 1
    if len(results) == len(campaign.mutants(build)):
        for row in rows:
            if row["n"] == 0 and row["class"] != "missing":
                bad += 1
                print("FAIL %s: the suite notices all of these now; drop the row" % row["where"])
    counts = collections.Counter(m["verdict"] for m in results)
    write_json(build, counts, classes)
    print_figures(results, counts, classes)
    print("%d passed, %d failed" % (len(results) - bad, bad))
    return bad


def write_json(build, counts, classes):
    """For `cosconform certify --mutation`: what a certificate may say of this suite."""
    with open(os.path.join(HERE, "..", "requirements.yaml"), "rb") as f:
        catalogue = hashlib.sha256(f.read()).hexdigest()
    with open(os.path.join(build, "power", "mutation.json"), "w", encoding="utf-8") as f:
        json.dump({"catalogue_sha256": catalogue, "generated": dict(counts), "silent": dict(classes)}, f, indent=1, sort_keys=True)
        f.write("\n")


def print_figures(results, counts, classes):
    loud = sum(counts[v] for v in LOUD)
    silent = sum(counts[v] for v in campaign.SILENT)
    breaks = loud + classes["missing"] + classes["open"]
    print("%d mutants: %s" % (len(results), campaign.summary(results)))
    print("of the %d that nobody noticed: %d equivalent, %d not promised, %d missing cases, %d not looked at" % (
        silent, classes["equivalent"], classes["unpromised"], classes["missing"], classes["open"]))
    if breaks:
        print("of those that break a MUST %.1f %% end in FAIL (a crash or a hang over a process is one)" % (100.0 * loud / breaks))


def open_rows(rows, path):
    _, results = campaign.read_table(path)
    for m in results:
        if m["verdict"] in campaign.SILENT and row_of(rows, m) is None:
            print("\t".join([m["verdict"]] + [m[k] for k in campaign.KEY] + ["line %s %s" % (m["line"], m["reason"])]))
    return 0


def main():
    if len(sys.argv) not in (3, 4) or sys.argv[1] not in ("check", "judge", "open"):
        sys.exit(__doc__)
    build = sys.argv[2]
    path = sys.argv[3] if len(sys.argv) == 4 else os.path.join(build, "power", "results.tsv")
    rows = read_rows(os.path.join(HERE, "survivors.tsv"))
    if sys.argv[1] == "check":
        bad = check(rows, build)
    elif sys.argv[1] == "judge":
        bad = judge(rows, build, path)
    else:
        bad = open_rows(rows, path)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
