# SPDX-License-Identifier: Apache-2.0
# What the scripts of ci/ share: where the tree is, how to say what is going on, which packages are needed. Sourced.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BUILD=${BUILD:-$ROOT/build}
JOBS=${JOBS:-$(nproc)}

# Debian 12 names. BUILD_PACKAGES suffice for ci/build and ci/certify, the others for ci/test and ci/bench.
BUILD_PACKAGES=(gcc libc6-dev meson ninja-build pkg-config libssl-dev libxml2-dev libcjson-dev
    libyaml-dev libcmocka-dev libcurl4-openssl-dev libisal-dev libsqlite3-dev zlib1g-dev libbz2-dev)
TEST_PACKAGES=(clang clang-format clang-tidy g++ git binutils curl strace python3 python3-venv python3-yaml
    default-jdk-headless maven)
BENCH_PACKAGES=(nginx-light wrk python3 libmicrohttpd-dev)

# The packages of tools that many people have from elsewhere, where they have not: any version from Debian 12's up will do.
missing_tools() {
    command -v npm >/dev/null || echo nodejs npm
    command -v go >/dev/null || echo golang-go
}

say() { printf '\n== %s\n' "$*"; }
die() { printf 'error: %s\n' "$*" >&2; exit 3; }

# install_missing PACKAGE...: install what is not there; where that is not possible print the exact list and stop.
install_missing() {
    local missing=() package
    if ! command -v dpkg-query >/dev/null; then
        printf 'error: this is not a Debian system; install the equivalents of:\n    %s\n' "$*" >&2
        exit 3
    fi
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    say "installing: ${missing[*]}"
    local sudo=()
    if [ "$(id -u)" -ne 0 ]; then
        if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
            sudo=(sudo)
        else
            printf 'error: no right to install packages here. As root:\n    apt-get install %s\n' "${missing[*]}" >&2
            exit 3
        fi
    fi
    if ! "${sudo[@]}" apt-get update -qq ||
        ! "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null; then
        printf 'error: apt-get failed. What is needed:\n    apt-get install %s\n' "${missing[*]}" >&2
        exit 3
    fi
}

# build_in DIR MESON-ARGUMENT...: configure once, then build.
build_in() {
    local dir=$1
    shift
    if [ ! -f "$dir/build.ninja" ]; then
        meson setup "$dir" "$ROOT" -Dwerror=true -Dtests=enabled "$@" >"$dir.log" 2>&1 || { mkdir -p "$dir"; cat "$dir.log"; die "meson setup failed"; }
    fi
    ninja -C "$dir" -j "$JOBS" >"$dir.log" 2>&1 || { cat "$dir.log"; die "the build in $dir failed"; }
    rm -f "$dir.log"
}

# link_programs DIR: DIR/bin/<program> for everything a user types, and the plugin where Fluss looks for it.
link_programs() {
    local dir=$1
    mkdir -p "$dir/bin" "$dir/fluss/plugins/cos"
    ln -sfn ../mockserver/cosmock "$dir/bin/cosmock"
    ln -sfn ../lib/cosn/cosn "$dir/bin/cosn"
    ln -sfn ../conformance/cosconform "$dir/bin/cosconform"
    cp -f "$dir/lib/cosn/plugins/cos/libfluss-fs-cosn.so" "$dir/fluss/plugins/cos/"
}
