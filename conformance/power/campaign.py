#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Judges every mutant of the library, or a sample of them, and writes one row for each: what the suite said, and which case said it first.

    campaign.py BUILD-DIR [--file GLOB] [--sample N] [--seed N] [--jobs N] [--light] [--in-process] [--resume] [--since TABLE] [--out FILE]

The table (default BUILD-DIR/power/results.tsv) has the columns of HEAD, in the order of the sources. Each mutant is tried in process; what no
requirement reaches there, or cannot see (SOCKETS), in a plugin build over a process and sockets, unless --in-process. --light leaves out requirements that take long where quick ones
reach the mutant. --resume keeps what stands in the table from an earlier
run over the same build; --since takes over what an earlier build noticed, and judges the rest anew."""
import argparse
import fnmatch
import glob
import hashlib
import os
import queue
import subprocess
import sys
import threading
import time

ROWS = ("number", "file", "function", "line", "operator", "text", "before", "after")
SAID = ("verdict", "requirement", "case", "reason")
HEAD = ROWS + SAID
# What a mutant is known by, whatever its number.
KEY = ("file", "function", "text", "operator", "before", "after")
# What is seen over sockets and in real time only: a whole source, or a function that is reached in process, too, and does nothing to be seen there.
SOCKETS = (
    ("lib/cosn/src/plugin/instance.c", "make_platform"),
    ("lib/cosn/src/token/refresher.c", "cosn_refresher_stop"),
    ("lib/cosn/src/wire/stall.c", "*"),
    ("lib/cosn/src/wire/transport_curl.c", "*"),
)
SILENT = ("survived", "unreached", "ERROR")
VERDICTS = ("FAIL", "crash", "hang", "WARN", "INFO", "ERROR", "survived", "unreached")


def read_table(path):
    """Its digest line and rows, as dicts."""
    with open(path, encoding="utf-8", errors="replace") as f:
        lines = f.read().split("\n")
    return lines[0], [dict(zip(HEAD, line.split("\t"))) for line in lines[2:] if line.count("\t") == len(HEAD) - 1]


def mutants(build):
    """Every mutant of the build, in the order of the sources."""
    out = []
    for path in sorted(glob.glob(os.path.join(build, "conformance", "power", "*.tsv"))):
        with open(path, encoding="utf-8") as f:
            out += [dict(zip(ROWS, line.rstrip("\n").split("\t"))) for line in f]
    return out


def digest(program, rows):
    """What a result holds for: the judge with all that is linked into it, and the list."""
    with open(program, "rb") as f:
        h = hashlib.sha256(f.read())
    h.update(repr(rows).encode())
    return "# judge and list: sha256 " + h.hexdigest()


class Campaign:
    """Judges, one process a thread, take mutants from one queue; what they say goes to the table at once."""

    def __init__(self, path):
        self.path = path
        self.lock = threading.Lock()
        self.said = []
        self.began = time.monotonic()
        self.troubles = []

    def work(self, command, todo):
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, errors="replace") as judge:
            while not self.troubles:
                try:
                    row = todo.get_nowait()
                except queue.Empty:
                    break
                judge.stdin.write(row["number"] + "\n")
                judge.stdin.flush()
                answer = judge.stdout.readline().rstrip("\n").split("\t")
                if len(answer) != 1 + len(SAID):
                    self.troubles.append("the judge ended at mutant %s" % row["number"])
                    break
                self.take(dict(row, **dict(zip(SAID, answer[1:]))))
            judge.stdin.close()

    def take(self, row):
        with self.lock:
            self.said.append(row)
            with open(self.path, "a", encoding="utf-8") as f:
                f.write("\t".join(row[c] for c in HEAD) + "\n")

    def run(self, command, rows, jobs):
        """Judge @rows by @command; what was said of them."""
        todo = queue.Queue()
        for row in rows:
            todo.put(row)
        self.said = []
        threads = [threading.Thread(target=self.work, args=(command, todo)) for _ in range(min(jobs, len(rows)))]
        for t in threads:
            t.start()
        is_terminal = sys.stderr.isatty()
        told = self.began
        while any(t.is_alive() for t in threads):
            threads[0].join(0.5)
            if is_terminal or time.monotonic() - told > 10:
                told = time.monotonic()
                print("\r" * is_terminal + self.progress(len(rows)), end="" if is_terminal else "\n", file=sys.stderr, flush=True)
        if is_terminal:
            print(file=sys.stderr)
        if self.troubles:
            sys.exit("campaign: " + "; ".join(self.troubles))
        return self.said

    def progress(self, n):
        spent = time.monotonic() - self.began
        return "%d of %d mutants, %d s: %s" % (len(self.said), n, spent, summary(self.said))


def summary(rows):
    counts = [(v, sum(r["verdict"] == v for r in rows)) for v in VERDICTS]
    return ", ".join("%d %s" % (n, v) for v, n in counts if n)


def write_table(path, head, rows):
    with open(path + ".new", "w", encoding="utf-8") as f:
        f.write(head + "\n" + "\t".join(HEAD) + "\n")
        f.writelines("\t".join(r[c] for c in HEAD) + "\n" for r in rows)
    os.replace(path + ".new", path)


def noticed(path, rows):
    """What the table of an earlier build says of @rows that were noticed then, by number."""
    _, earlier = read_table(path)
    by_text = {tuple(r[k] for k in KEY): r for r in earlier if r["verdict"] not in SILENT}
    pairs = ((row, by_text.get(tuple(row[k] for k in KEY))) for row in rows)
    return {row["number"]: dict(row, **{c: was[c] for c in SAID}) for row, was in pairs if was}


def needs_sockets(row):
    return any(row["file"] == file and function in ("*", row["function"]) for file, function in SOCKETS)


def chosen(rows, args):
    """What is asked for, in an order that has nothing to do with the sources; a sample is as good as unchanged when a few of them change."""
    if args.in_process:
        rows = [r for r in rows if not needs_sockets(r)]
    if args.file:
        rows = [r for r in rows if fnmatch.fnmatch(r["file"], "*" + args.file + "*")]
    rows = sorted(rows, key=lambda r: hashlib.sha256(repr((args.seed, [r[k] for k in KEY])).encode()).digest())
    return rows[:args.sample or None]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--file", help="only sources whose path holds this, a glob")
    parser.add_argument("--sample", type=int, help="so many of them, chosen by --seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=int(os.environ.get("JOBS", os.cpu_count())))
    parser.add_argument("--light", action="store_true", help="without what takes long")
    parser.add_argument("--in-process", action="store_true", help="try nothing over sockets, and leave out what runs only there")
    parser.add_argument("--resume", action="store_true", help="keep what an earlier run over this build found")
    parser.add_argument("--since", help="a table: what was noticed then need not be judged again")
    parser.add_argument("--out", help="the table")
    args = parser.parse_args()
    path = args.out or os.path.join(args.build, "power", "results.tsv")
    folder = os.path.join(args.build, "conformance")
    judge = [os.path.join(folder, "power", "cosconform-power")] + ["--light"] * args.light
    sockets = judge + [os.path.join(folder, "cosconform-host"), os.path.join(folder, "power", "libcosn-power.so")]
    everything = mutants(args.build)
    rows = chosen(everything, args)
    head = digest(judge[0], everything)
    kept = []
    if args.resume and os.path.exists(path):
        was, kept = read_table(path)
        if was != head:
            sys.exit("campaign: %s is of another build; begin anew without --resume" % path)
    known = {r["number"]: r for r in kept}
    if args.since:
        known.update(noticed(args.since, rows))
    write_table(path, head, list(known.values()))
    campaign = Campaign(path)
    said = campaign.run(judge, [r for r in rows if r["number"] not in known], args.jobs)
    known.update((r["number"], r) for r in said)
    if not args.in_process:
        rest = [r for r in rows if known[r["number"]]["verdict"] in (("unreached", "survived") if needs_sockets(r) else ("unreached",))]
        known.update((r["number"], r) for r in campaign.run(sockets, rest, args.jobs))
    write_table(path, head, sorted(known.values(), key=lambda r: int(r["number"])))
    print("%d mutants, %d s: %s" % (len(known), time.monotonic() - campaign.began, summary(known.values())))


if __name__ == "__main__":
    main()
