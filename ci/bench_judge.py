#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How long people wait for the judge: for its first word, its first verdict, and the end of a whole run. A part of ci/bench; alone:

    bench_judge.py BUILD-DIR [ROUNDS]      default 3; each figure is the median of the rounds; ends with 1 when one is over its limit"""
import os
import select
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from bench_tools import figure

WAYS = (("in process", 2, ["run", "--in-process"]),
        ("over the .so, two jobs", 10, ["certify", "--jobs", "2", "--subject", "{subject}"]))
FIRST_MS = 100


def is_verdict(path):
    """The head of results.jsonl is one line; each verdict is one more, written when it is known."""
    try:
        with open(path, "rb") as f:
            return f.read(1 << 16).count(b"\n") >= 2
    except FileNotFoundError:
        return False


def one_run(program, arguments, out):
    """Seconds from spawn to the first byte that is said, the first verdict, and the end."""
    results = os.path.join(out, "results.jsonl")
    shutil.rmtree(out, ignore_errors=True)
    start = time.perf_counter()
    with subprocess.Popen([program, *arguments, "--out", out], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as run:
        word = select.select([run.stderr], [], [])[0] and time.perf_counter() - start
        while not is_verdict(results) and run.poll() is None:
            select.select([], [], [], 0.001)
        verdict = time.perf_counter() - start
        run.stderr.read()
    if run.returncode != 0:
        raise SystemExit("cosconform %s ended with %d" % (" ".join(arguments), run.returncode))
    return word, verdict, time.perf_counter() - start


def rows(build, rounds):
    """True when every figure is within its limit."""
    folder = tempfile.mkdtemp(prefix="bench-judge-")
    program = os.path.join(build, "conformance", "cosconform")
    plugins = os.path.join(folder, "fluss", "plugins", "cos")
    good = True
    try:
        os.makedirs(plugins)
        shutil.copy(os.path.join(build, "lib/cosn/plugins/cos/libfluss-fs-cosn.so"), plugins)
        for name, limit_s, words in WAYS:
            arguments = [word.format(subject=os.path.join(folder, "fluss")) for word in words]
            runs = [one_run(program, arguments, os.path.join(folder, "out")) for _ in range(rounds)]
            word, verdict, end = (statistics.median(column) for column in zip(*runs))
            figure("the judge " + name + ": first word", word * 1e3, "ms", FIRST_MS, at_least=False)
            figure("the judge " + name + ": first verdict", verdict * 1e3, "ms", FIRST_MS, at_least=False)
            figure("the judge " + name + ": everything", end, "s", limit_s, at_least=False)
            good = good and word * 1e3 <= FIRST_MS and verdict * 1e3 <= FIRST_MS and end <= limit_s
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return good


if __name__ == "__main__":
    sys.exit(0 if rows(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3) else 1)
