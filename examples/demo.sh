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
echo 'What was optimised, as the thin link wrote it down:'
find out/thinlink -name '*.imports' | sort | while read -r imports; do
    module=${imports#out/thinlink/hello/hello/}
    module=${module%.o.imports}
    if [ -s "$imports" ]; then
        taken=$(sed 's|^out/bitcode/hello/||; s|\.o$||' "$imports" | tr '\n' ' ')
        echo "  $module inlines code of: $taken"
    else
        echo "  $module needs no other module"
    fi
done

echo
echo '$ ninja'
ninja
echo
echo '$ ./out/hello'
./out/hello
