#!/bin/sh
# usage: bench/fetch.sh
#
# Brings what the benchmarks build and compare with: the sources of zstd and Lua from Debian's
# source packages into bench/sources/NAME, and CMake and Meson where this machine has none. What is
# there already stays. The machine's own apt configuration is read, never changed: the same mirrors
# and suites are asked for sources through lists of the script's own.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
sources=$here/sources
apt=$sources/.apt

fail() {
    echo "bench/fetch.sh: $*" >&2
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

# source_package NAME PACKAGE [OPTION]: the newest version that the machine's suites offer.
source_package() {
    if [ -d "$sources/$1" ]; then
        echo "$1: there already"
        return
    fi
    update
    rm -rf "$apt/$1"
    mkdir -p "$apt/$1"
    (cd "$apt/$1" && apt-get -c "$apt/apt.conf" -qq source --download-only "$2" > /dev/null) \
        || fail "Debian's source package $2 cannot be fetched; see above"
    dpkg-source --no-check ${3:-} -x "$apt/$1"/*.dsc "$apt/$1/tree" > /dev/null \
        || fail "the source package $2 does not unpack; see above"
    mv "$apt/$1/tree" "$sources/$1"
    echo "$1: $(basename "$apt/$1"/*.dsc .dsc)"
}

# generator NAME: from PATH, else from PyPI into a virtual environment of the benchmarks' own.
generator() {
    if command -v "$1" > /dev/null; then
        echo "$1: $(command -v "$1"), $("$1" --version | head -n 1)"
        return
    fi
    if [ ! -x "$sources/tools/bin/$1" ]; then
        python=${PYTHON:-python3}
        [ -d "$sources/tools" ] || "$python" -m venv --without-pip "$sources/tools" \
            || fail "no virtual environment for $1; install Debian's $1 instead"
        "$python" -m pip --python "$sources/tools/bin/python" install --quiet \
            --disable-pip-version-check "$1" || fail "PyPI's $1 cannot be installed; see above"
    fi
    echo "$1: PyPI's, $("$sources/tools/bin/$1" --version | head -n 1)"
}

mkdir -p "$sources"
source_package zstd zstd
# Debian's patches to Lua need a header that its build makes up.
source_package lua lua5.4 --skip-patches
generator cmake
generator meson
