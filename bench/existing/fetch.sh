#!/bin/sh
# usage: bench/existing/fetch.sh [NAME PACKAGE]...
#
# Brings Debian's source PACKAGE into bench/sources/NAME, for each pair, and CMake and Meson where
# this machine has none. What is there already stays. `python -m bench.existing` calls this with the
# pairs that projects.toml names.
set -eu

bench=$(cd "$(dirname "$0")/.." && pwd)
sources=$bench/sources
. "$bench/debian.sh"

mkdir -p "$sources"
while [ $# -ge 2 ]; do
    source_package "$1" "$2"
    shift 2
done
generator cmake
generator meson
