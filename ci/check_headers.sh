#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every public header compiles alone, as C11 and as C++, without a warning.   ci/check_headers.sh
set -uo pipefail
cd "$(dirname "$0")/.." || exit 2
good=0
bad=0
for header in lib/cosn/include/cosn/*.h mockserver/include/cosmock/*.h conformance/include/cosconform/*.h; do
    [ -f "$header" ] || continue
    for as in "gcc -std=c11 -pedantic -x c" "g++ -std=c++17 -x c++"; do
        if $as -Wall -Wextra -Werror -fsyntax-only -Ilib/cosn/include -Imockserver/include -Iconformance/include "$header"; then
            good=$((good + 1))
        else
            bad=$((bad + 1))
            echo "FAIL $header does not compile alone with $as"
        fi
    done
done
echo "$good passed, $bad failed"
[ "$bad" -eq 0 ] && [ "$good" -gt 0 ]
