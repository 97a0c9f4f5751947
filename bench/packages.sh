#!/bin/sh
# usage: bench/packages.sh [NAME PACKAGE]...
#
# Brings Debian's source PACKAGE into bench/sources/NAME, for each pair, and CMake and Meson where
# this machine has none. What is there already stays. The campaigns call this with the pairs that
# they build.
set -eu

bench=$(cd "$(dirname "$0")" && pwd)
sources=$bench/sources
. "$bench/debian.sh"

mkdir -p "$sources"
while [ $# -ge 2 ]; do
    case $2 in
    # Debian's patches to Lua need a header that its build makes up.
    lua5.4) source_package "$1" "$2" --skip-patches ;;
    *) source_package "$1" "$2" ;;
    esac
    shift 2
done
generator cmake
generator meson
