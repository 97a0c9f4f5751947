# usage: cutoff.sh [--code DIGEST] [--index INDEX [--share PREFIX]] [--temps PREFIX] [--aside] [--deps DEPFILE]
#                  [--base FOLDER DEPFILE] [--printed FILE] [--hide FOLDER]... OUTPUT COMMAND...
#
# Runs COMMAND with one more argument, the path to write. OUTPUT is replaced only if its bytes
# change, so that an early cutoff (Ninja's restat) can end the build there.
#
# --code   A digest of this script, so that another version of it is another command.
# --index  An empty INDEX marks a module that the thin link did not take. Its object is never
#          linked, so none is made; an empty file stands for it.
# --share  Other links have this module and COMMAND's flags. An object of an equal INDEX, kept under
#          PREFIX and the INDEX's digest, is copied; a new one is kept there as a second name of
#          OUTPUT. When that goes, a later thin link removes the kept one.
# --temps  COMMAND leaves what it did in between beside what it writes: move it to PREFIX.
# --aside  Write to OUTPUT.new even when there is no OUTPUT yet: COMMAND names further files after
#          what it writes, OUTPUT.dwo for one.
# --deps   COMMAND is lld and writes DEPFILE. lld adds an empty rule for each input, which samurai
#          does not read: keep what comes before the first empty line. The first line has the name
#          of what is linked, as it is: one with a colon would be read as more.
# --base   COMMAND runs in FOLDER, and the paths in its DEPFILE are relative to that: they are made
#          absolute.
# --printed   Warnings that are lines of FILE were printed before.
# --hide   FOLDER is no part of the users' names for what is in it: messages come without it. With a
#          `+` in front, the names there are sources with `.o` behind them.
index=
share=
temps=
aside=
deps=
base=
printed=
hide=
newline='
'
while :; do
    case $1 in
    --code) ;;
    --index) index=$2 ;;
    --share) share=$2 ;;
    --temps) temps=$2 aside=1 ;;
    --aside) aside=1; shift; continue ;;
    --deps) deps=$2 ;;
    --base) base=$2 relative=$3; shift ;;
    --printed) printed=$2 ;;
    --hide) hide=$hide$2$newline ;;
    *) break ;;
    esac
    shift 2
done

# Prints a line with the users' names in it.
spell() {
    line=$1
    set -f
    IFS=$newline
    for folder in $hide; do
        source=${folder#+}
        while :; do
            case $line in *"$source"*) ;; *) break ;; esac
            before=${line%%"$source"*}
            case $before in *[!\ \'\(:]) break ;; esac
            line=${line#*"$source"}
            if [ "$source" != "$folder" ]; then
                case $line in
                *.o:\ *) line=${line%%.o:\ *}:\ ${line#*.o:\ } ;;
                *.o:\(*) line=${line%%.o:\(*}:\(${line#*.o:\(} ;;
                *.o) line=${line%.o} ;;
                esac
            fi
            line=$before$line
        done
    done
}

# Passes on messages, but for warnings that were printed before, with the lines that belong to them.
pass_on() {
    known=$newline
    [ ! -s "$printed" ] || while IFS= read -r line; do known=$known$line$newline; done < "$printed"
    drop=
    while IFS= read -r line || [ -n "$line" ]; do
        spell "$line"
        case $line in
        '>>>'* | ' '* | '') ;;
        *)
            drop=
            case $line in *warning:*)
                case $known in *"$newline$line$newline"*) drop=1 ;; esac
            esac ;;
        esac
        [ -n "$drop" ] || printf '%s\n' "$line"
    done
}

run() {
    [ -n "$hide" ] || { "$@"; return; }
    exec 3>&1
    code=$({ { "$@" 2>&1 >&3 3>&- 4>&-; echo $? >&4; } | pass_on >&2; } 4>&1)
    exec 3>&-
    return "$code"
}

output=$1
shift
case $output in -*) output=./$output ;; esac
new=$output
[ -e "$output.new" ] && rm -f "$output.new"
if [ -n "$aside" ] || [ -e "$output" ]; then new=$output.new; fi
if [ -n "$index" ] && [ ! -s "$index" ]; then
    : > "$new" || exit
else
    if [ -n "$share" ]; then
        sum=$(sha256sum < "$index") || exit
        share=$share${sum%% *}
    fi
    if [ -z "$share" ] || ! cp "$share" "$new" 2> /dev/null; then
        run "$@" "$new" || { code=$?; rm -f "$new"; exit "$code"; }
        # clang has been seen to exit 0 without writing its object.
        [ -s "$new" ] || { echo "ltogen: $1 wrote nothing to $new" >&2; rm -f "$new"; exit 1; }
        # Somebody else may have been as quick, or the file system may have no second names.
        [ -z "$share" ] || ln "$new" "$share" 2> /dev/null ||
            { mkdir -p "${share%/*}" && ln "$new" "$share"; } 2> /dev/null || :
    fi
fi
if [ -n "$temps" ]; then
    mkdir -p "${temps%/*}" || exit
    for file in "$new".*.bc "$new".*.txt "$output".opt.yaml; do
        name=${file#"$new"}
        [ -e "$file" ] && mv -f "$file" "$temps${name#"$output"}"
    done
fi
if [ -n "$deps" ]; then
    sed '1s/.*/linked: \\/; /^$/q' "$deps" > "$deps.new" && mv -f "$deps.new" "$deps" ||
        { code=$?; rm -f "$new" "$deps.new"; exit "$code"; }
fi
if [ -n "$base" ]; then
    # A path begins behind a space that is not a part of a name.
    folder=$(printf '%s\n' "$base" | sed 's/[ #]/\\&/g; s/[\\&|]/\\&/g')
    sed "s|\([^\\\\] \)\([^/ \\\\]\)|\1$folder/\2|g" "$relative" > "$relative.new" &&
        mv -f "$relative.new" "$relative" ||
        { code=$?; rm -f "$new" "$relative.new"; exit "$code"; }
fi
[ "$new" = "$output" ] && exit
if cmp -s "$new" "$output"; then rm -f "$new"; else mv -f "$new" "$output"; fi
