#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A copy of a source that holds all its mutants (mutate.py), each behind POWER(number) (power.h), so that one build has them all.

    schemata.py FILE SOURCE COPY LIST FIRST COMMANDS ROOT

FILE is what SOURCE is called in the tree; FIRST its first number; COMMANDS a compile_commands.json that says how SOURCE is compiled; ROOT
the tree, whose headers name numbers. What does not compile, or has types that its check forbids, is left out. LIST gets a line for each: number,
file, function, line, operator, the line's text, before, after, separated by tabs; the same change that stands twice on lines of one text has #2
behind its function."""
import glob
import json
import os
import re
import shlex
import subprocess
import sys

import mutate

HERE = os.path.dirname(os.path.realpath(__file__))
STRIDE = 2000  # numbers a file has: power.h


class Copy:
    """Renders a source with the mutants that are left in it."""

    def __init__(self, source, mutants, first):
        self.source = source
        self.numbered = dict(enumerate(mutants, first))
        self.is_trial = False

    def render(self):
        groups = {}
        for number, m in self.numbered.items():
            groups.setdefault((m.span[0], -m.span[1], not m.is_statement), []).append((number, m))
        out, rest = self.between(0, len(self.source), sorted(groups.items()))
        assert not rest
        return '#include "power.h"\n' + out

    def between(self, start, end, groups):
        """The text from start to end, with the groups inside it; and the groups behind it."""
        text, at = "", start
        while groups and groups[0][0][0] < end:
            (begin, minus_end, _), members = groups[0]
            inner, groups = self.between(begin, -minus_end, groups[1:])
            text += self.source[at:begin].decode() + self.switch(members, inner)
            at = -minus_end
        return text + self.source[at:end].decode(), groups

    def switch(self, members, inner):
        if members[0][1].is_statement:
            return "{ if (!POWER(%d)) {\n%s\n} }" % (members[0][0], inner)
        arms = "".join("\n/*%d*/ POWER_IF(%d, %s) ? (%s) :\n" % (n, n, m.differs or "true", self.arm(m)) for n, m in members)
        return "(%s (%s))" % (arms, inner)

    def arm(self, m):
        if self.is_trial and m.check:
            return '({ _Static_assert(%s, "types"); %s; })' % (m.check, m.after)
        return m.after


def compiler(commands, file):
    """How @file is compiled, without what that writes, and where."""
    entry = next(e for e in json.loads(read(commands)) if e["file"].endswith("/" + file))
    words = shlex.split(entry["command"])
    words = words[1:] if words[0].endswith("ccache") else words
    kept, is_skipped = [], False
    for word in words:
        has_path = word in ("-o", "-MF", "-MQ")
        if not is_skipped and not has_path and word not in ("-c", "-MD", "-Werror", entry["file"]):
            kept.append(word)
        is_skipped = has_path
    return kept, entry["directory"]


def blamed(lines, at):
    """The mutants of the error at line @at: its own, or all up to the end of the statement, when a macro hides which."""
    for line in lines[at:]:
        mark = re.match(r"/\*(\d+)\*/", line)
        if mark:
            yield int(mark.group(1))
        if line is lines[at] and mark or line.endswith(";"):
            return


def refused(text, words, folder):
    """Numbers of the mutants that the compiler refuses."""
    strict = ["-I", HERE, "-fdiagnostics-color=never", "-ftrack-macro-expansion=0", "-Wno-error", "-Werror=int-conversion",
              "-Werror=incompatible-pointer-types", "-Wno-unused-value", "-fsyntax-only", "-fmax-errors=0", "-x", "c", "-"]
    done = subprocess.run(words + strict, cwd=folder, input=text.encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    said = done.stdout.decode(errors="replace")
    lines = text.split("\n")
    out = set()
    for number in re.findall(r"^<stdin>:(\d+):\d+: error:", said, re.M):
        out.update(blamed(lines, int(number) - 1))
    if done.returncode and not out:
        sys.exit("schemata: not the fault of a mutant:\n%s" % said[:4000])
    return out


def settle(copy, words, folder):
    """Leave out what does not compile, until the rest does."""
    copy.is_trial = True
    for _ in range(6):
        bad = refused(copy.render(), words, folder)
        if not bad:
            copy.is_trial = False
            return
        copy.numbered = {n: m for n, m in copy.numbered.items() if n not in bad}
    sys.exit("schemata: does not settle")


def rows(copy, file):
    lines = copy.source.decode().split("\n")
    seen = {}
    for number, m in sorted(copy.numbered.items()):
        line = mutate.flat(lines[m.line - 1].strip())
        key = (m.function, m.operator, line, m.before, m.after)
        seen[key] = seen.get(key, 0) + 1
        function = m.function + ("#%d" % seen[key] if seen[key] > 1 else "")
        yield "\t".join((str(number), file, function, str(m.line), m.operator, line, m.before, m.after))


def read(path):
    with open(path, "rb") as f:
        return f.read()


def main():
    if len(sys.argv) != 8:
        sys.exit(__doc__)
    file, source, copy_path, list_path, first, commands, root = sys.argv[1:]
    text = read(source)
    headers = glob.glob(os.path.join(root, "lib", "cosn", "**", "*.h"), recursive=True)
    mutants = mutate.find(text, mutate.constants(t.decode() for t in [text] + [read(h) for h in headers]))
    if len(mutants) > STRIDE:
        sys.exit("schemata: %s has %d mutants, more than STRIDE" % (file, len(mutants)))
    copy = Copy(text, mutants, int(first))
    settle(copy, *compiler(commands, file))
    with open(copy_path, "w", encoding="utf-8") as f:
        f.write(copy.render())
    with open(list_path, "w", encoding="utf-8") as f:
        f.writelines(row + "\n" for row in rows(copy, file))


if __name__ == "__main__":
    main()
