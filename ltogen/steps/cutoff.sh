# usage: cutoff.sh [--index INDEX] OUTPUT COMMAND...
#
# Runs COMMAND with one more argument, the path to write. OUTPUT is replaced only if its bytes
# change, so that an early cutoff (Ninja's restat) can end the build there.
#
# With --index: an empty INDEX marks a module that the thin link did not take. Its object is never
# linked, so none is made; an empty file stands for it.
index=
if [ "$1" = --index ]; then index=$2; shift 2; fi
output=$1
shift
new=$output
if [ -e "$output" ]; then
    new=$output.new
    rm -f "$new"
fi
if [ -n "$index" ] && [ ! -s "$index" ]; then
    : > "$new" || exit
else
    "$@" "$new" || { code=$?; [ "$new" = "$output" ] || rm -f "$new"; exit "$code"; }
    # clang has been seen to exit 0 without writing its object.
    [ -s "$new" ] || { echo "ltogen: $1 wrote nothing to $new" >&2; rm -f "$new"; exit 1; }
fi
[ "$new" = "$output" ] && exit
if cmp -s "$new" "$output"; then rm -f "$new"; else mv -f "$new" "$output"; fi
