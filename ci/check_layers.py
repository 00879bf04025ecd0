#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The laws of the house as a program: who may include, call and link what.

    ci/check_layers.py [--root DIR] [--build DIR]

Without --build only the sources are checked; with it the symbols of the libraries, too. Each broken law prints one line
`law N: file:line: what is wrong`; exit 1 then. ci/tests/test_checks.py plants a violation of each law and sees it reported.
"""
import argparse
import os
import re
import subprocess
import sys

# Law 1: the wall. Folder -> include prefixes it may use (besides its own src and the system's).
WALLS = {
    "lib/base": ["cosbase/"],
    "lib/cosn": ["cosbase/", "cosn/"],
    "mockserver": ["cosbase/", "cosmock/"],
    "conformance": ["cosbase/", "cosn/", "cosmock/", "cosconform/"],
    "examples": ["cosn/", "cosmock/", "cosconform/"],
}
# Inside the mock: folder -> folders of mockserver/src it may include: edge > journey > {services, authn} > exchange > world > {store, cam};
# advice, for the command, stands beside journey.
ROOMS = {
    "advice": ["advice", "services", "exchange", "world", "cam", "store"],
    "store": ["store"],
    "cam": ["cam"],
    "world": ["world", "cam", "store"],
    "exchange": ["exchange", "world", "cam", "store"],
    "services": ["services", "exchange", "world", "cam", "store"],
    "authn": ["authn", "exchange", "world", "cam", "store"],
    "journey": ["journey", "services", "authn", "exchange", "world", "cam", "store"],
    "edge": ["edge", "services", "world", "cam", "store"],
}
# No circle of rooms among these, and no circle of files inside each of those: a file stands above what it includes and what it calls.
HOUSE = "mockserver/src"
LAYERED = ["mockserver/src/edge", "lib/cosn/src/config", "conformance/src"]
# Law 4: a foreign header -> the files that may include it.
FOREIGN = {
    "curl/curl.h": ["lib/cosn/src/wire/transport_curl.c"],
    "cjson/cJSON.h": ["lib/base/cosbase/json.c"],
    "cJSON.h": ["lib/base/cosbase/json.c"],
    "libxml/": ["lib/base/cosbase/xml_library.h"],
    "yaml.h": ["lib/base/cosbase/yaml.c"],
    "sqlite3.h": ["mockserver/src/store/directory_db.c"],
    "zlib.h": ["mockserver/src/services/gzip.c"],
    "bzlib.h": ["mockserver/src/services/bzip2.c"],
    "openssl/": ["lib/base/cosbase/cipher.c", "lib/base/cosbase/digest.c", "lib/base/cosbase/ed25519.c", "lib/base/cosbase/rsa.c", "mockserver/src/edge/tls.c", "mockserver/src/edge/tls_session.c"],
    "isa-l": ["lib/base/cosbase/digest.c"],
}
# Law 3: what only the named files may call.
CALLS = [
    (r"\bclock_gettime\s*\(|\bgettimeofday\s*\(|(?<![\w.>])time\s*\(\s*(NULL|0|&)", ["lib/base/cosbase/clock.c"], "asks the kernel for the time"),
    (r"(?<![\w.>])(sleep|usleep|nanosleep)\s*\(", [], "sleeps"),
    (r"(?<![\w.>])(rand|random|srand|drand48|getrandom)\s*\(", ["lib/base/cosbase/rng.c"], "draws randomness"),
    (r"(?<![\w.>])(getenv|secure_getenv)\s*\(", ["lib/cosn/src/wire/platform.c", "lib/cosn/cmd/", "mockserver/cmd/", "conformance/cmd/",
                                                 "conformance/drivers/", "conformance/mutants/mutant.c", "conformance/mutants/mock/chosen.c", "conformance/power/power.c"],
     "reads the environment"),
]
# Only a batch changes the world: who makes one, and who commits one: a request's handler, and what is done by the clock.
BATCH = r"\bbatch_new\s*\("
BATCH_FILES = ["mockserver/src/services/", "mockserver/src/world/", "mockserver/src/store/"]
COMMIT = r"->ops->commit\b|\b(backend_commit|world_commit|world_bucket_create)\s*\("
COMMIT_FILES = ["mockserver/src/exchange/commit.c", "mockserver/src/services/clock_work.c", "mockserver/src/world/", "mockserver/src/store/"]
# A case ends by a long jump, so it may not own anything that a jump would leak.
OWNING = re.compile(r"\b(COS_CLEANUP|cos_buf_init|cos_[mc]alloc|malloc|calloc|strdup|v?asprintf|fopen)\s*\(")
BASE_WORDS = re.compile(r"cos:|q-sign|TC3|bucket", re.I)

# A function or a table as clang-format lays it out: its type at the left edge, a function's brace alone.
WRITTEN = re.compile(r"^(static\s|(?!(?:static|extern|typedef)\b)(?=[A-Za-z_]))[\w \t*\n]*?\b(\w+)(?:\([^;{}]*\)\n\{|(?:\[\w*\])* = )", re.M)
USED = re.compile(r"(?<![\w.>])(?<!struct )[A-Za-z_]\w*")
SOURCE = re.compile(r"\.(c|h)$")
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')


def sources(root):
    for top in ("lib", "mockserver", "conformance", "examples"):
        for folder, _, names in os.walk(os.path.join(root, top)):
            for name in sorted(names):
                if SOURCE.search(name):
                    path = os.path.join(folder, name)
                    yield os.path.relpath(path, root).replace(os.sep, "/"), open(path, encoding="utf-8").read()


def without_comments(text):
    """The code with comments and string contents blanked, line numbers kept."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group(0)) if match.group(0).startswith("/") else '""'
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', blank, text, flags=re.S)


def area_of(path):
    return next((a for a in WALLS if path.startswith(a + "/")), None)


def allowed(path, files):
    return any(path == f or (f.endswith("/") and path.startswith(f)) for f in files)


def check_includes(path, text):
    area = area_of(path)
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        name = match.group(2)
        prefix = name.split("/")[0] + "/"
        if prefix in ("cosbase/", "cosn/", "cosmock/", "cosconform/") and prefix not in WALLS[area]:
            yield 1, "%s:%d: %s may not include %s" % (path, number, area, name)
        if name.startswith("..") and area not in ("examples",):
            yield 1, "%s:%d: include %s climbs over the wall" % (path, number, name)
        room = re.match(r"mockserver/src/(\w+)/", path)
        if room and match.group(1) == '"' and "/" in name and name.split("/")[0] in ROOMS:
            if name.split("/")[0] not in ROOMS[room.group(1)]:
                yield 1, "%s:%d: the room %s may not include %s" % (path, number, room.group(1), name)
        for foreign, files in FOREIGN.items():
            hit = name.startswith(foreign) if foreign.endswith(("/", "l")) else name == foreign
            if hit and match.group(1) == "<" and not allowed(path, files) and "/tests/" not in path:
                yield 4, "%s:%d: %s belongs to %s only" % (path, number, name, ", ".join(files) or "nobody yet")


def check_calls(path, code):
    tests = "/tests/" in path or path.startswith("examples/") or "/fuzz/" in path
    for number, line in enumerate(code.splitlines(), 1):
        for pattern, files, what in CALLS:
            if re.search(pattern, line) and not allowed(path, files) and not tests:
                yield 3, "%s:%d: %s" % (path, number, what)
        if path.startswith("mockserver/") and re.search(r"\b(?!X509_)\w*_sign\s*\(", line):
            yield 2, "%s:%d: the mock cannot sign" % (path, number)
        if path.startswith("lib/") and re.search(r"\b\w*_verify\s*\(", line):
            yield 2, "%s:%d: the library cannot verify" % (path, number)
        if path.startswith("mockserver/src/") and (re.search(BATCH, line) and not allowed(path, BATCH_FILES) or
                                                   re.search(COMMIT, line) and not allowed(path, COMMIT_FILES)):
            yield 3, "%s:%d: only the execute stage changes the world" % (path, number)
        if re.match(r"mockserver/src/(advice|journey|authn|cam|exchange|services|store|world)/", path) and \
                re.search(r"(?<![\w.>])(socket|accept4?|send|recv|connect|listen)\s*\(", line):
            yield 3, "%s:%d: no stage touches a socket" % (path, number)


def check_base_words(path, text):
    if path.startswith("lib/base/cosbase/"):
        for number, line in enumerate(text.splitlines(), 1):
            if BASE_WORDS.search(line):
                yield 1, "%s:%d: lib/base knows nothing of COS: %s" % (path, number, line.strip()[:60])


def check_defects(path, text):
    """A product knows nothing of the defects that are planted in copies of it."""
    if path.startswith(("lib/", "mockserver/")):
        for number, line in enumerate(text.splitlines(), 1):
            if re.search("mutant", line, re.I):
                yield 1, "%s:%d: a planted defect: it belongs to conformance/mutants, as a row" % (path, number)


def arrows_of(texts):
    """Who includes or uses whom: {file: {file: why}}. A function or table counts where it is written, whatever header declares it."""
    codes = {path: without_comments(text) for path, text in texts.items()}
    written = {path: WRITTEN.findall(code) for path, code in codes.items()}
    home = {name: path for path, found in written.items() for static, name in found if not static}
    arrows = {path: {} for path in texts}
    for path, text in texts.items():
        for name in (m.group(2) for m in map(INCLUDE.match, text.splitlines()) if m and m.group(1) == '"'):
            for place in (os.path.join(os.path.dirname(path), name), os.path.join(os.path.dirname(path), "..", name)):
                if os.path.normpath(place) in texts:
                    arrows[path][os.path.normpath(place)] = "includes " + name
        own = {name for _, name in written[path]}
        for word in sorted(set(USED.findall(codes[path])) - own) if path.endswith(".c") else ():
            if home.get(word, path) != path:
                arrows[path].setdefault(home[word], "uses %s" % word)
    return arrows


def rooms_of(arrows):
    """The same arrows between folders."""
    rooms = {os.path.dirname(path): {} for path in arrows}
    for path, ends in arrows.items():
        for end, why in ends.items():
            if os.path.dirname(path) != os.path.dirname(end):
                rooms[os.path.dirname(path)].setdefault(os.path.dirname(end), "%s %s" % (path, why))
    return rooms


def circle_in(arrows):
    """One shortest circle as a list of nodes, or None."""
    best = None
    for start in sorted(arrows):
        came, queue = {start: None}, [start]
        for node in queue:
            if start in arrows[node]:
                way = [node]
                while came[way[-1]] is not None:
                    way.append(came[way[-1]])
                if best is None or len(way) < len(best):
                    best = way[::-1]
                break
            for end in sorted(arrows[node]):
                if end not in came:
                    came[end] = node
                    queue.append(end)
    return best


def check_circles(root):
    texts = dict(sources(root))
    inside = lambda folder: {p: t for p, t in texts.items() if os.path.dirname(p) == folder}
    house = {p: t for p, t in texts.items() if os.path.dirname(os.path.dirname(p)) == HOUSE}
    for what, folder, arrows in [("rooms", HOUSE, rooms_of(arrows_of(house)))] + [("files", f, arrows_of(inside(f))) for f in LAYERED]:
        circle = circle_in(arrows)
        if circle:
            steps = ["%s -> %s (%s)" % (a, b, arrows[a][b]) for a, b in zip(circle, circle[1:] + circle[:1])]
            yield 1, "%s: a circle of %s: %s" % (folder, what, ", ".join(steps).replace(folder + "/", ""))


def check_cases(path, code):
    if path.startswith("conformance/cases/"):
        for number, line in enumerate(code.splitlines(), 1):
            if OWNING.search(line):
                yield 6, "%s:%d: a case owns nothing: use memory of the env" % (path, number)


def check_broken_flag(root):
    """Law 5: our own failure marks the mock broken, and the suite asks for it."""
    execute = os.path.join(root, "mockserver/src/journey")
    runner = os.path.join(root, "conformance/src")
    for folder, word in ((execute, "mock_set_broken"), (runner, "cosmock_broken")):
        if os.path.isdir(folder) and os.listdir(folder):
            if not any(word in open(os.path.join(folder, n), encoding="utf-8").read() for n in os.listdir(folder) if n.endswith(".c")):
                yield 5, "%s: nobody calls %s" % (os.path.relpath(folder, root), word)


def symbols(path, *flags):
    out = subprocess.run(["nm", *flags, path], capture_output=True, text=True, check=True).stdout
    return [line.split()[-1] for line in out.splitlines() if len(line.split()) >= 2]


def check_symbols(build):
    rules = [("mockserver/libcosmock_private.a", r"^(cosn_|conform_)", "law 1"), ("lib/cosn/libcosn_private.a", r"^(cosmock_|conform_)", "law 1")]
    for name, pattern, _ in rules:
        path = os.path.join(build, name)
        if not os.path.exists(path):
            yield 1, "%s: not built" % name
            continue
        for symbol in symbols(path):
            if re.search(pattern, symbol):
                yield 1, "%s: symbol %s is the other side's" % (name, symbol)
        sign = "_sign$" if "mock" in name else "_verify$"
        for symbol in symbols(path, "--defined-only"):
            if re.search(sign, symbol):
                yield 2, "%s: symbol %s" % (name, symbol)
    exports = [("lib/cosn/libcosn.so", r"^cosn_"), ("lib/cosn/plugins/cos/libfluss-fs-cosn.so", r"^cosn_plugin_entry$")]
    for name, pattern in exports:
        path = os.path.join(build, name)
        if not os.path.exists(path):
            yield 1, "%s: not built" % name
            continue
        for symbol in symbols(path, "-D", "--defined-only"):
            if not re.search(pattern, symbol):
                yield 1, "%s: exports %s" % (name, symbol)
    release = os.path.join(build, "lib/cosn/plugins/cos/libfluss-fs-cosn.so")
    if os.path.exists(release) and b"COSN_MUTANT" in open(release, "rb").read():
        yield 1, "lib/cosn/plugins/cos/libfluss-fs-cosn.so: a release build holds mutants"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
    parser.add_argument("--build", help="a build directory whose libraries are checked too")
    args = parser.parse_args()
    found = list(check_broken_flag(args.root)) + list(check_circles(args.root))
    for path, text in sources(args.root):
        if area_of(path) is None:
            continue
        code = without_comments(text)
        found += check_includes(path, text)
        found += check_calls(path, code)
        found += check_base_words(path, text)
        found += check_cases(path, code)
        found += check_defects(path, text)
    if args.build:
        found += check_symbols(args.build)
    for law, what in found:
        print("law %d: %s" % (law, what))
    print("layers: %d broken" % len(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
