#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make of our objects an archive for programs of other people: one object, in which only what public headers declare has a global name.

    archive.py OUTPUT INPUT FOLDER OBJCOPY AR COMPILER...

An archive keeps the names that our own files call each other by, `fail` or `client_new`; a program that has one of them, too, would not link, or
worse: would be called by us. Visibility, which keeps them out of the shared library, is made binding here: objects are joined, what is hidden becomes local.
"""
import os
import subprocess
import sys


def main():
    output, archive, folder, objcopy, ar, *compiler = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    joined = os.path.join(folder, os.path.basename(output)[:-2] + ".o")
    for command in (compiler + ["-r", "-nostdlib", "-o", joined, "-Wl,--whole-archive", archive],
                    [objcopy, "--localize-hidden", joined],
                    [ar, "rcsD", output + ".new", joined]):
        subprocess.run(command, check=True)
    os.replace(output + ".new", output)


if __name__ == "__main__":
    main()
