#!/bin/sh
# usage: campaigns/pool/fetch.sh [SUITE]
#
# Builds make 4.4 or later from the source package of a newer Debian, trixie by default, into
# bench/sources/tools/bin/make-4.4: the first that serves its jobserver by a path. The sources come
# from the machine's own mirror. What is there already stays.
set -eu

suite=${1:-trixie}
bench=$(cd "$(dirname "$0")/../../bench" && pwd)
sources=$bench/sources/$suite
mkdir -p "$sources" "$bench/sources/tools/bin"
. "$bench/debian.sh"

[ ! -x "$bench/sources/tools/bin/make-4.4" ] || exit 0
# The first mirror that the machine knows, another release.
private_entries() {
    mkdir -p "$apt/parts" "$apt/lists/partial" "$apt/cache"
    mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2> /dev/null |
        grep -v '^#' | grep -o 'https\{0,1\}://[^ ]*/debian/*\( \|$\)' | head -n 1)
    [ -n "$mirror" ] || fail "no mirror of Debian in /etc/apt/sources.list*"
    echo "deb-src $mirror $suite main" > "$apt/parts/$suite.list"
}
source_package make make-dfsg
# Debian's copy is without the manual, for which there is a makefile to be made.
(cd "$sources/make" && mkdir -p doc && : > doc/Makefile.in && ./configure --without-guile &&
    ./build.sh) > "$sources/make.log" 2>&1 \
    || fail "make does not build; see $sources/make.log"
cp "$sources/make/make" "$bench/sources/tools/bin/make-4.4"
"$bench/sources/tools/bin/make-4.4" --version | head -n 1
