#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The generator and the triage, tried on sources of a few lines: what is proposed, what a copy does, which rows are refused. Prints "N passed, N
failed". PYTHONPATH leads to tree-sitter; $CC, or cc, compiles."""
import contextlib
import io
import os
import subprocess
import sys
import tempfile

import campaign
import mutate
import schemata
import triage

HERE = os.path.dirname(os.path.realpath(__file__))
# name, body of `int f(int a, int b)`, what is proposed
PROPOSED = [
    ("a condition is negated, its boundary moved", "if (a < b) { a(); } return 0;", {"(a) <= (b)", "!(a < b)", "", "COSN_E_IO"}),
    ("an equality is turned round once", "return g(a == b);", {"(a) != (b)", "0"}),
    ("a clause falls away, on either side", "return g(a && b);", {"(a) || (b)", "true", "0"}),
    ("neighbours change places", "return g(a, b);", {"g(b, a)", "0"}),
    ("a status is taken for success", "int r = g(a); return r;", {"0"}),
    ("an error is taken for another", "return g(COSN_E_DENIED);", {"COSN_E_IO", "0"}),
    ("a number goes up and down", "return g(7);", {"(7 + 1)", "(7 - 1)", "0"}),
    ("a named number, too", "return g(LIMIT);", {"(LIMIT + 1)", "(LIMIT - 1)", "0"}),
    ("a number that is compared has its boundary", "return g(a < 7);", {"(a) <= (7)", "0"}),
    ("nothing in what runs before the program does", "static const int t[4] = {7}; int u[9]; switch (a) { case 7: a(); } return g(sizeof(int[8]));", {"", "0"}),
    ("nothing that only gives back", "x_free(a); mutex_unlock(a); return 0;", {"COSN_E_IO"}),
    ("nothing behind a failed allocation", "if (a < b || b < a) { return fail(COSN_E_NOMEM); } return 0;", {"!(a < b || b < a)", "COSN_E_IO"}),
    ("nothing in the words of a message", 'return fail(a, b, "%d", 7 < a);', {"0"}),
]
PROGRAM = b"""
static int f(int a, int b)
{
    int r = 0;
    if (a < b) {
        r = 7;
    }
    return r;
}
int printf(const char *, ...);
int main(int argc, char **argv)
{
    return printf("%d%d", f(argc, 2), f(argc, 5)) < 0;
}
"""
COPIED = [
    ("with none chosen a copy does what the source does", None, "77"),
    ("a boundary that is moved", "(a) <= (b)", "77"),
    ("a condition that is negated", "!(a < b)", "00"),
    ("a statement that is dropped", "", "00"),
    ("a number that is one more", "(7 + 1)", "88"),
]
ROW = "\t".join(("equivalent", "f.c", "f", "if (a < b) {", "boundary", "a < b", "*", "both branches do the same"))
MUTANT = dict(zip(campaign.ROWS, ("2001", "f.c", "f", "4", "boundary", "if (a < b) {", "a < b", "(a) <= (b)")))
TRIAGE = [
    ("a survivor with a row", ROW, "survived", "1 passed, 0 failed"),
    ("a survivor without a row", "", "survived", "no row of survivors.tsv says why"),
    ("an ERROR is no kill", "", "ERROR", "no row of survivors.tsv says why"),
    ("a case that is missing", ROW.replace("equivalent", "missing"), "survived", "0 passed, 1 failed"),
    ("a row about what is noticed now", ROW, "FAIL", "drop the row"),
    ("a row about a line that is gone", ROW.replace("a < b) {", "a > b) {"), "check", "no mutant is like this any more"),
    ("a row of a class that is not known", ROW.replace("equivalent", "fine"), "check", "class 'fine'"),
    ("a row without a reason", ROW.replace("both branches do the same", ""), "check", "A row needs a reason"),
    ("a row with a column too few", ROW.replace("\tboundary", ""), "check", "7 columns"),
]


def proposed(body):
    return {m.after for m in mutate.find(b"static int f(int a, int b)\n{\n%s\n}\n" % body.encode(), {"LIMIT"})}


def copied(folder, after):
    """What the copy of PROGRAM prints with the mutant @after."""
    copy = schemata.Copy(PROGRAM, mutate.find(PROGRAM, set()), 2000)
    chosen = [n for n, m in copy.numbered.items() if m.after == after and m.function == "f"]
    program = os.path.join(folder, "program")
    with open(program + ".c", "w", encoding="utf-8") as f:
        f.write(copy.render())
    subprocess.run([os.environ.get("CC", "cc"), "-w", "-I", HERE, "-o", program, program + ".c", os.path.join(HERE, "power.c")], check=True)
    env = {"COSN_MUTANT_NUMBER": str(chosen[0] if after is not None else 0)}
    return subprocess.run([program], env=env, stdout=subprocess.PIPE, check=False).stdout.decode()


def triaged(folder, row, verdict):
    """What triage.py says of MUTANT, of which the suite says @verdict, with @row as its table."""
    rows, table = os.path.join(folder, "rows"), os.path.join(folder, "table")
    os.makedirs(os.path.join(folder, "conformance", "power"))
    os.makedirs(os.path.join(folder, "power"))
    with open(os.path.join(folder, "conformance", "power", "f.tsv"), "w", encoding="utf-8") as f:
        f.write("\t".join(MUTANT[c] for c in campaign.ROWS) + "\n")
    with open(rows, "w", encoding="utf-8") as f:
        f.write(row + "\n")
    campaign.write_table(table, "#", [dict(MUTANT, verdict=verdict, requirement="", case="", reason="")])
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        try:
            read = triage.read_rows(rows)
            triage.check(read, folder) if verdict == "check" else triage.judge(read, folder, table)
        except SystemExit as e:
            print(e)
    return said.getvalue()


def main():
    counts = [0, 0]

    def tell(name, ok, got):
        counts[not ok] += 1
        print("%s %s%s" % ("ok  " if ok else "FAIL", name, "" if ok else ": got %s" % (got,)))

    for name, body, wanted in PROPOSED:
        got = proposed(body)
        tell(name, got == wanted, got)
    for name, after, wanted in COPIED:
        with tempfile.TemporaryDirectory() as folder:
            got = copied(folder, after)
        tell(name, got == wanted, got)
    for name, row, verdict, wanted in TRIAGE:
        with tempfile.TemporaryDirectory() as folder:
            got = triaged(folder, row, verdict)
        tell(name, wanted in got, got)
    print("%d passed, %d failed" % tuple(counts))
    return 1 if counts[1] else 0


if __name__ == "__main__":
    sys.exit(main())
