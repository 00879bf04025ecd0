#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a reviewer should not have to say: layout (clang-format), first lines, comments, machine paths, unfinished words.
#   ci/check_style.sh [ROOT]
set -uo pipefail
cd "${1:-$(dirname "$0")/..}" || exit 2
bad=0
complain() { printf 'style: %s\n' "$*"; bad=$((bad + 1)); }

mapfile -t files < <(git ls-files '*.c' '*.h' | while read -r f; do [ -f "$f" ] && echo "$f"; done)
if [ ${#files[@]} -gt 0 ]; then
    printf '%s\n' "${files[@]}" | xargs -P 2 -n 20 clang-format --dry-run 2>&1 | grep -E 'warning|error' |
        sort -u | head -20 | while read -r line; do echo "style: $line"; done | tee /tmp/style.$$
    bad=$((bad + $(wc -l </tmp/style.$$)))
    rm -f /tmp/style.$$
fi
# One pass over all of them: the first line, and a comment in the next three.
while read -r hit; do complain "$hit"; done < <(awk '
    FNR == 1 { if (name != "" && !said) print name ":2: no comment that says what the file is"; name = FILENAME; said = 0 }
    FNR == 1 && !/SPDX-License-Identifier: Apache-2.0/ { print name ":1: no SPDX line" }
    FNR >= 2 && FNR <= 4 && /\/\*/ { said = 1 }
    END { if (name != "" && !said) print name ":2: no comment that says what the file is" }' "${files[@]}" </dev/null)
# clang-format breaks code, not comments: those keep to its column by hand.
while read -r hit; do complain "wider than 96 columns: $hit"; done < <(
    git ls-files -- '*.c' '*.h' | LC_ALL=C.UTF-8 xargs -r grep -HnE '^.{97,}' | head)
while read -r hit; do complain "line comment: $hit"; done < <(git grep -nE '^[[:space:]]*//' -- '*.c' '*.h' | head)
while read -r hit; do complain "unfinished: $hit"; done < <(git grep -nE '\b(TODO|FIXME|XXX)\b' -- '*.c' '*.h' '*.py' 'ci/*.sh' '*.md' | grep -v '^ci/check_style.sh\|^docs/CONVENTIONS.md\|^conformance/.*/\(report_tap\|test-report\)\.c' | head)
while read -r hit; do complain "machine path: $hit"; done < <(git grep -nIE '(^|[^A-Za-z0-9_.])/(home|[r]oot|[U]sers|[w]ork)/[A-Za-z.]' -- . | cut -c1-140 | head)
echo "style: $bad complaints"
[ "$bad" -eq 0 ]
