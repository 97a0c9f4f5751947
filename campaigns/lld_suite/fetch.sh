#!/bin/sh
# usage: campaigns/lld_suite/fetch.sh VERSION
#
# Brings the tests of lld VERSION (such as 22.1.8) out of Debian's source package llvm-toolchain-N
# into bench/sources/llvm/VERSION: only the folders that the suite needs, of 200 MB that are
# downloaded. Testing and unstable are asked too: a mirror keeps the source of a security update
# for a short time only. PyPI's lit comes into a virtual environment beside it. What is there
# already stays.
set -eu

version=$1
bench=$(cd "$(dirname "$0")/../../bench" && pwd)
sources=$bench/sources/llvm
mkdir -p "$sources"
. "$bench/debian.sh"

mirror() {
    cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2> /dev/null | grep -v '^#' |
        grep -o 'https\{0,1\}://[^ ]*/debian/*\( \|$\)' | head -n 1
}

# The machine's suites, and those that have the newest sources.
newer_entries() {
    found=$(mirror)
    [ -n "$found" ] || fail "no mirror of Debian in /etc/apt/sources.list*"
    for suite in testing unstable; do
        echo "deb-src $found $suite main" > "$apt/parts/$suite.list"
    done
}

# The upstream tarball alone, whose digest apt checks, of any revision of the version.
tarball() {
    for revision in $(versions "$1" | grep "^\([0-9]*:\)\{0,1\}$version[-~+]"); do
        ! apt-get -c "$apt/apt.conf" -qq source --tar-only "$1=$revision" > log 2>&1 || return 0
    done
    cat log >&2 2> /dev/null || :
    return 1
}

tests() {
    need apt-get apt
    need xz xz-utils
    private_entries
    newer_entries
    private_configuration
    apt-get -c "$apt/apt.conf" -qq update || fail "the package lists cannot be read; see above"
    rm -rf "$apt/tests"
    mkdir -p "$apt/tests/tree"
    package=llvm-toolchain-${version%%.*}
    (cd "$apt/tests" && tarball "$package") \
        || fail "$package $version cannot be fetched from Debian; see above"
    tar -C "$apt/tests/tree" --strip-components=1 --wildcards --no-wildcards-match-slash \
        -xf "$apt/tests/"*.orig.tar.xz '*/lld/test/ELF' '*/lld/test/lit.cfg.py' \
        '*/cross-project-tests/dtlto' '*/cross-project-tests/lit.cfg.py' '*/llvm/utils/dtlto' \
        || fail "the source package $package does not unpack; see above"
    mv "$apt/tests/tree" "$sources/$version"
    rm -rf "$apt/tests"
}

if [ -d "$sources/$version" ]; then
    echo "lld $version's tests: there already"
else
    tests
    echo "lld $version's tests: fetched"
fi
if [ ! -x "$sources/lit/bin/lit" ]; then
    python=$(python_with_pip)
    "$python" -m venv --without-pip "$sources/lit" || fail "no virtual environment for lit"
    "$python" -m pip --python "$sources/lit/bin/python" install --quiet \
        --disable-pip-version-check "lit>=18,<24" packaging || fail "PyPI's lit cannot be installed; see above"
fi
