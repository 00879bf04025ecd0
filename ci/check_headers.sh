#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every public header compiles alone, and every FOO_INIT in it initialises its struct foo, as C11 and as C++, by gcc and by clang,
# without a warning. The comments above its functions keep what docs/CONVENTIONS.md promises (ci/header_comments.py).
#   ci/check_headers.sh
set -uo pipefail
cd "$(dirname "$0")/.." || exit 2
good=0
bad=0
# initialisers HEADER: a function that uses every FOO_INIT of it.
initialisers() {
    printf '#include "%s"\nint use(void);\nint use(void)\n{\n    int n = 0;\n' "${1#*/include/}"
    grep -oE '^#define (COSN|COSMOCK|CONFORM)_[A-Z_]+_INIT ' "$1" | sort -u | while read -r _ name; do
        local type=${name%_INIT}
        printf '    struct %s v_%s = %s;\n    n += ((char *)&v_%s)[0];\n' "${type,,}" "$name" "$name" "$name"
    done
    printf '    return n;\n}\n'
}
for header in lib/cosn/include/cosn/*.h mockserver/include/cosmock/*.h conformance/include/cosconform/*.h; do
    [ -f "$header" ] || continue
    for as in "gcc -std=c11 -x c" "g++ -std=c++17 -x c++" "clang -std=c11 -x c" "clang++ -std=c++17 -x c++"; do
        command -v "${as%% *}" >/dev/null || { echo "FAIL no ${as%% *}: apt-get install g++ clang"; bad=$((bad + 1)); continue; }
        if initialisers "$header" | $as -pedantic -Wall -Wextra -Werror -fsyntax-only -Ilib/cosn/include -Imockserver/include -Iconformance/include -; then
            good=$((good + 1))
        else
            bad=$((bad + 1))
            echo "FAIL $header does not compile alone with $as"
        fi
    done
done
if ci/header_comments.py lib/cosn/include/cosn/*.h mockserver/include/cosmock/*.h conformance/include/cosconform/*.h; then
    good=$((good + 1))
else
    bad=$((bad + 1))
fi
echo "$good passed, $bad failed"
[ "$bad" -eq 0 ] && [ "$good" -gt 0 ]
