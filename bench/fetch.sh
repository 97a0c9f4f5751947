#!/bin/sh
# usage: bench/fetch.sh
#
# Brings what the benchmarks build and compare with: the sources of zstd from Debian's source package
# into bench/sources/zstd, and CMake and Meson where this machine has none. What is there already
# stays.
set -eu

bench=$(cd "$(dirname "$0")" && pwd)
sources=$bench/sources
. "$bench/debian.sh"

mkdir -p "$sources"
source_package zstd zstd
generator cmake
generator meson
