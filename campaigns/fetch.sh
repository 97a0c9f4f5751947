#!/bin/sh
# usage: campaigns/fetch.sh [NAME PACKAGE]...
#
# Brings Debian's source PACKAGE into bench/sources/NAME, for each pair, and CMake and Meson where
# this machine has none. What is there already stays. Each campaign calls this with
# the pairs that it builds.
set -eu

bench=$(cd "$(dirname "$0")/../bench" && pwd)
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
