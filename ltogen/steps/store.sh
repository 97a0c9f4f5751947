# The part of cutoff.sh that takes objects out of a store and puts them in (store/objects.py). It is
# read by the edges that have a store alone: the shell reads a script anew for each edge.
#
# $entry is where the store has the object, but for the digest of its content; $making is the file of
# who makes it. $output, $new, $beside and $digest are the script's.

# Copy what the store has with the suffix $1 to $2, if its bytes are those that its name says.
fetch() {
    for kept in "$entry"-*; do
        digest=${kept#"$entry"-}
        [ "$digest" = "${digest%%.*}$1" ] && cp "$kept" "$2" 2> /dev/null || continue
        sum=$(sha256sum < "$2") && [ "${sum%% *}$1" = "$digest" ] && return
        rm -f "$kept"
    done
    return 1
}

# Take the object out of the store, and what belongs to it.
stored() {
    [ -z "$LTOGEN_VERIFY" ] || return
    for suffix in $beside; do
        fetch "$suffix" "$new$suffix" && mv -f "$new$suffix" "$output$suffix" || return
    done
    fetch '' "$new" && return
    [ -e "$new" ] && rm -f "$new"
    return 1
}

# Whether the program that is making the object in the store's eyes is there; it may not have said
# yet which it is.
is_making() {
    pid=
    read -r pid < "$making" || return
    [ -n "$pid" ] || return 0
    line=
    read -r line < "/proc/$pid/cmdline"
    case $line in *cutoff.sh*) return 0 ;; esac
    return 1
} 2> /dev/null

# Wait until nobody else makes the object; false if it is there then.
may_make() {
    waited=0
    set -C
    until { echo $$ > "$making"; } 2> /dev/null; do
        [ -e "$making" ] && [ "$waited" -lt 6000 ] || break
        if is_making; then sleep 0.1; else rm -f "$making"; fi
        waited=$((waited + 1))
    done
    set +C
    [ "$waited" = 0 ] || ! stored
}

# Whether the key does not say what is in a file of --given.
given_edited() {
    rest=$given
    while [ -n "$rest" ]; do
        [ "${rest%%"$newline"*}" -nt "$key" ] && return
        rest=${rest#*"$newline"}
    done
    return 1
}

# Keep $1 in the store, with the suffix $2.
keep() {
    sum=$(sha256sum < "$1") || return
    sum=${sum%% *}$2
    [ -z "$LTOGEN_VERIFY" ] || for kept in "$entry"-*; do
        digest=${kept#"$entry"-}
        [ "$digest" = "${digest%%.*}$2" ] && [ "$digest" != '*' ] && [ "$digest" != "$sum" ] && {
            echo "ltogen: $output: another object than the one that is kept, of an equal key" >&2
            rm -f "$new" "$making"
            exit 1
        }
    done
    ln -f "$1" "$entry-$sum" 2> /dev/null ||
        { cp "$1" "$making.$$" && mv -f "$making.$$" "$entry-$sum"; } 2> /dev/null
}
