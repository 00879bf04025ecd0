#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Pack a plugin as the shade plugin of Maven does: its classes and every class of the JARs it needs in one JAR.   fat_jar.py OUT ROOT... -- JAR..."""
import sys
import zipfile
from pathlib import Path


def main():
    out, roots, jars = sys.argv[1], sys.argv[2:sys.argv.index("--")], sys.argv[sys.argv.index("--") + 1:]
    seen = set()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as fat:
        def add(name, content):
            if name not in seen and not name.endswith("/"):
                seen.add(name)
                fat.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED, 1)

        add("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\r\nImplementation-Version: 1\r\n\r\n")
        for root in map(Path, roots):
            for file in sorted(p for p in root.rglob("*") if p.is_file() and p.suffix != ".java"):
                add(str(file.relative_to(root)), file.read_bytes())
        for jar in jars:
            with zipfile.ZipFile(jar) as source:
                for name in source.namelist():
                    if not name.startswith("META-INF/") or name.startswith("META-INF/services/"):
                        add(name, source.read(name))


main()
