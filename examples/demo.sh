#!/bin/sh
# What `make demo` runs: build examples/hello, run it, and show what the thin link decided.
set -eu
cd "$(dirname "$0")/hello"
rm -rf out build.ninja compile_commands.json

echo '$ ltogen configure && ninja'
ltogen configure
ninja
grep -o '"version": "[^"]*"\|"kind": "[^"]*"' out/toolchain.json | tr '\n' ' '
echo

echo
echo '$ ltogen explain main.c greeting.c'
ltogen explain main.c greeting.c

echo
echo '$ ninja'
ninja
echo
echo '$ ./out/hello'
./out/hello
