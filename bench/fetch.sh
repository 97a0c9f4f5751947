#!/bin/sh
# usage: bench/fetch.sh [edits]
#
# Brings what the benchmarks build and compare with: the sources of zstd from Debian's source package
# into bench/sources/zstd, and CMake and Meson where this machine has none. What is there already
# stays. `edits`: also what the random edits need, LevelDB, tmux, and zstd as another release of Debian has it.
set -eu

bench=$(cd "$(dirname "$0")" && pwd)
sources=$bench/sources
. "$bench/debian.sh"

mkdir -p "$sources"
source_package zstd zstd
if [ "${1:-}" = edits ]; then
    source_package leveldb leveldb
    source_package tmux tmux
    case $(codename) in trixie) other=bookworm ;; *) other=trixie ;; esac
    from_suite $other zstd-other libzstd
fi
generator cmake
generator meson
