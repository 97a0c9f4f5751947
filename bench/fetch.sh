#!/bin/sh
# usage: bench/fetch.sh
#
# Brings what the benchmarks build and compare with: the sources of zstd and Lua from Debian's
# source packages into bench/sources/NAME, and CMake and Meson where this machine has none. What is
# there already stays.
set -eu

bench=$(cd "$(dirname "$0")" && pwd)
sources=$bench/sources
. "$bench/debian.sh"

mkdir -p "$sources"
source_package zstd zstd
# Debian's patches to Lua need a header that its build makes up.
source_package lua lua5.4 --skip-patches
generator cmake
generator meson
