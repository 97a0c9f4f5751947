# Sourced by the fetch scripts, which set `sources` to the folder that the sources go into.
#
# Source packages come from the machine's own mirrors and suites, asked through lists of the
# script's own: the machine's apt configuration is read, never changed.

apt=$sources/.apt

fail() {
    echo "$0: $*" >&2
    exit 1
}

need() {
    command -v "$1" > /dev/null || fail "no $1; install Debian's $2"
}

# The machine's entries with `deb` turned into `deb-src`, in either of apt's two formats.
private_entries() {
    mkdir -p "$apt/parts" "$apt/lists/partial" "$apt/cache"
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
        [ ! -f "$file" ] || sed -n 's/^deb[[:space:]]/deb-src /p' "$file" \
            > "$apt/parts/$(basename "$file" .list).list"
    done
    for file in /etc/apt/sources.list.d/*.sources; do
        [ ! -f "$file" ] || sed 's/^Types:.*/Types: deb-src/' "$file" \
            > "$apt/parts/$(basename "$file")"
    done
    [ -z "$suite" ] || sed -i "s/$(codename)/$suite/g" "$apt/parts"/*
    cat "$apt/parts"/* 2> /dev/null | grep -q deb-src || fail "no entry in /etc/apt/sources.list*"
}

# `#clear` keeps the machine's hooks, which tell others of new package lists, out of this.
private_configuration() {
    cat > "$apt/apt.conf" <<-CONF
	#clear APT::Update::Post-Invoke;
	#clear APT::Update::Post-Invoke-Success;
	#clear DPkg::Post-Invoke;
	Dir::Etc::SourceList "/dev/null";
	Dir::Etc::SourceParts "$apt/parts";
	Dir::State::Lists "$apt/lists";
	Dir::Cache "$apt/cache";
	APT::Sandbox::User "root";
	CONF
}

codename() {
    sed -n 's/^VERSION_CODENAME=//p' /etc/os-release
}

suite=
updated=
update() {
    [ -z "$updated" ] || return 0
    need apt-get apt
    need dpkg-source dpkg-dev
    private_entries
    private_configuration
    apt-get -c "$apt/apt.conf" -qq update || fail "the package lists cannot be read; see above"
    updated=yes
}

# versions PACKAGE: those that the machine's suites offer, the newest first.
versions() {
    apt-cache -c "$apt/apt.conf" showsrc "$1" | sed -n 's/^Version: //p' | sort -r -V -u
}

# download PACKAGE: the newest version that can be had, into this folder; a mirror may list an update
# that it does not carry.
download() {
    for version in $(versions "$1"); do
        rm -f ./*
        ! apt-get -c "$apt/apt.conf" -qq source --download-only "$1=$version" > log 2>&1 || return 0
    done
    cat log >&2
    return 1
}

# source_package NAME PACKAGE [OPTION]: the newest version that the machine's suites offer.
source_package() {
    if [ -d "$sources/$1" ]; then
        echo "$1: there already"
        return
    fi
    update
    rm -rf "$apt/$1"
    mkdir -p "$apt/$1"
    (cd "$apt/$1" && download "$2") \
        || fail "Debian's source package $2 cannot be fetched; see above"
    dpkg-source --no-check ${3:-} -x "$apt/$1"/*.dsc "$apt/$1/tree" > /dev/null \
        || fail "the source package $2 does not unpack; see above"
    mv "$apt/$1/tree" "$sources/$1"
    echo "$1: $(basename "$apt/$1"/*.dsc .dsc)"
}

# from_suite SUITE NAME PACKAGE: as source_package, from another release than the machine's.
from_suite() (
    suite=$1 updated=
    apt=$apt/$1
    source_package "$2" "$3"
)

# The first Python on PATH that has pip: a virtual environment's may have none.
python_with_pip() {
    (
        IFS=:
        for folder in $PATH; do
            "$folder/python3" -m pip --version > /dev/null 2>&1 && echo "$folder/python3" && return
        done
        echo "${PYTHON:-python3}"
    )
}

# generator NAME: from PATH, else from PyPI into a virtual environment beside the sources.
generator() {
    if command -v "$1" > /dev/null; then
        echo "$1: $(command -v "$1"), $("$1" --version | head -n 1)"
        return
    fi
    if [ ! -x "$sources/tools/bin/$1" ]; then
        python=$(python_with_pip)
        [ -d "$sources/tools" ] || "$python" -m venv --without-pip "$sources/tools" \
            || fail "no virtual environment for $1; install Debian's $1 instead"
        "$python" -m pip --python "$sources/tools/bin/python" install --quiet \
            --disable-pip-version-check "$1" || fail "PyPI's $1 cannot be installed; see above"
    fi
    echo "$1: PyPI's, $("$sources/tools/bin/$1" --version | head -n 1)"
}
