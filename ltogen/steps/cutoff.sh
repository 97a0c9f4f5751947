# usage: cutoff.sh [--code DIGEST] [--key KEY [--store FOLDER] [--given FILE]...] [--last] [--temps PREFIX]
#                  [--beside SUFFIX]... [--deps DEPFILE] [--base FOLDER DEPFILE] [--read FILE]
#                  [--reads DEPFILE] [--printed FILE] [--hide FOLDER]... [--explain PROGRAM]
#                  [--write FILE TEXT] [--shown TEXT] OUTPUT COMMAND...
#        cutoff.sh @FILE
#
# Runs COMMAND with one more argument, the path to write. OUTPUT is replaced only if its bytes
# change, so that an early cutoff (Ninja's restat) can end the build there. It appears whole, by a
# rename, as the last that is done, and as old as the start of COMMAND: for an output that changed
# Ninja records the output's own time, and takes whatever is older for something that was read.
#
# @FILE    The arguments are in FILE, a shell script that sets them: a folder is a part of its name.
# --code   A digest of this script, so that another version of it is another command.
# --key    The file says in its first line what OUTPUT depends on, as a digest, and in its second how
#          COMMAND is to name promoted locals. An empty file marks a module that the thin link did
#          not take. Its object is never linked, so none is made; an empty file stands for it.
# --store  FOLDER has objects by these digests (store/objects.py): take one that is there, if its bytes
#          are whole; else keep the new one there as a second name of OUTPUT. Who makes one says so in
#          FOLDER/making, and others wait. With LTOGEN_VERIFY in the environment none is taken, and
#          one that differs is an error.
# --given  KEY says what was in FILE: an object is not kept if that was edited since.
# --last   Keep what OUTPUT was before as OUTPUT.last.
# --temps  COMMAND leaves what it did in between beside what it writes: move it to PREFIX.
# --beside COMMAND writes OUTPUTSUFFIX as well, an output like OUTPUT.
# --deps   COMMAND is lld and writes DEPFILE. lld adds an empty rule for each input, which samurai
#          does not read: keep what comes before the first empty line. The first line has the name
#          of what is linked, as it is: one with a colon would be read as more.
# --base   COMMAND runs in FOLDER, and the paths in its DEPFILE are relative to that: they are made
#          absolute.
# --read   COMMAND reads FILE,
# --reads  or what is in DEPFILE (without --deps). For an output that stays, Ninja 1.10 and samurai
#          record the time that the newest input has after COMMAND. So one that was edited meanwhile
#          replaces OUTPUT.
# --printed  Warnings that are lines of FILE were printed before.
# --hide   FOLDER is no part of the users' names for what is in it: messages come without it. With a
#          `+` in front, the names there are sources with `.o` behind them.
# --write  TEXT goes to FILE first, which is kept if COMMAND fails.
# --shown  TEXT is said after all else if COMMAND fails.
# --explain  If COMMAND fails, PROGRAM, of shell words, gets COMMAND and may say more. (It runs it
#          again: to keep what every COMMAND says would cost a millisecond.)
key=
store=
last=
temps=
beside=
deps=
base=
given=
read=
reads=
printed=
hide=
explain=
written=
shown=
newline='
'
case $1 in @*) . "${1#@}" ;; esac
while :; do
    case $1 in
    --code) ;;
    --key) key=$2 ;;
    --store) store=$2 ;;
    --last) last=1; shift; continue ;;
    --temps) temps=$2 ;;
    --beside) beside="$beside $2" ;;
    --deps) deps=$2 reads=$2 ;;
    --base) base=$2 relative=$3; shift ;;
    --given) given=$given$2$newline ;;
    --read) read=$2 ;;
    --reads) reads=$2 ;;
    --printed) printed=$2 ;;
    --hide) hide=$hide$2$newline ;;
    --explain) explain=$2 ;;
    --shown) shown=$2 ;;
    --write) written=$2; printf '%s\n' "$3" > "$2" || exit; shift ;;
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
    [ -n "$hide" ] || { "$@" 9<&-; return; }
    exec 3>&1
    code=$({ { "$@" 2>&1 >&3 3>&- 4>&- 9<&-; echo $? >&4; } | pass_on >&2; } 4>&1)
    exec 3>&-
    return "$code"
}

output=$1
shift
case $output in -*) output=./$output ;; esac
new=$output.new
[ -e "$new" ] && rm -f "$new"
for suffix in $beside; do
    # Half of it must not stand beside an OUTPUT that is believed.
    [ -e "$output$suffix" ] || { [ -e "$output" ] && rm -f "$output"; }
done
# What a shell makes for this is a pipe, or a file that has no name any more: it leaves no trace,
# and its time is that of the start.
exec 9<<start

start

# Whether the file $1 is not what it was at the start.
edited() {
    [ ! -e "$1" ] || [ "$1" -nt /proc/self/fd/9 ]
}

# Whether a file of --read or --reads is not what it was at the start.
any_edited() {
    set -f
    [ -n "$read" ] && edited "$read" && return
    [ -e "$reads" ] || return
    # A name ends before a space that is not a part of it, and `\` alone ends a line.
    name=
    target=1
    for word in $(cat "$reads"); do
        case $word in
        \\) continue ;;
        *\\) name="$name${word%?} "; continue ;;
        esac
        name=$name$word
        case $name in
        *:) [ -n "$target" ] && { target=; name=; continue; } ;;
        *'\#'* | *'$$'*) name=$(printf '%s\n' "$name" | sed 's/\\#/#/g; s/\$\$/$/g') ;;
        esac
        edited "$name" && return
        name=
    done
    return 1
}

# Say that $1: two Ninjas in one folder take each other's files away.
missing() {
    echo "ltogen: $1; does another ninja build in this folder?" >&2
}

# Make the object, and keep it, unless there were messages: who takes it would not see them.
compile() {
    said=
    if [ -n "$entry" ]; then
        said=$("$@" 9<&- 2>&1)
    else
        run "$@"
    fi
    code=$?
    [ -z "$said" ] || printf '%s\n' "$said" >&2
    [ "$code" = 0 ] || {
        [ "$code" != 1 ] || [ -z "$explain" ] || eval "$explain -- \"\$@\""
        [ -z "$shown" ] || printf '%s\n' "$shown" >&2
        rm -f "$new" ${entry:+"$making"}
        exit "$code"
    }
    # clang has been seen to exit 0 without writing its object.
    [ -s "$new" ] || { missing "$1 wrote nothing to $new"; rm -f "$new"; exit 1; }
    [ -n "$entry" ] || return
    if [ -z "$said" ] && ! given_edited; then
        for suffix in $beside; do
            keep "$output$suffix" "$suffix"
        done
        keep "$new" ''
    fi
    rm -f "$making"
}

digest=
names=
if [ -n "$key" ]; then
    { read -r digest; read -r names; } < "$key"
fi
entry=
if [ -n "$digest" ] && [ -e "$store" ]; then
    entry=$store/${digest%"${digest#??}"}/$digest
    making=$store/making/$digest
    . "${0%/*}/store.sh"
fi
if [ -n "$key" ] && [ -z "$digest" ]; then
    : > "$new" || exit
elif [ -z "$entry" ] || { ! stored && may_make; }; then
    if [ "$names" = source ]; then
        compile "$@" "$new" -mllvm -use-source-filename-for-promoted-locals
    else
        compile "$@" "$new"
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
for suffix in $beside; do
    [ -e "$output$suffix" ] && touch -c -r /proc/self/fd/9 "$output$suffix"
done
[ -e "$output" ] && cmp -s "$new" "$output" && ! any_edited &&
    exec rm -f "$new" ${written:+"$written"}
touch -c -r /proc/self/fd/9 "$new" || { code=$?; rm -f "$new"; exit "$code"; }
[ -e "$new" ] || { missing "$new went away"; exit 1; }
[ -n "$last" ] && [ -e "$output" ] && ln -f "$output" "$output.last"
[ -z "$written" ] || rm -f "$written"
exec mv -f "$new" "$output"
