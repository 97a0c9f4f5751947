#!/bin/sh
# usage: samurai.sh FOLDER
#
# Builds samurai, the Ninja in C, and prints the path of a program that runs it. Debian has no
# package of samurai alone, but the sources of muon-meson carry it. apt gets a private
# configuration: the machine's own sources stay as they are.
set -eu
folder=$1
program=$folder/samu
if [ -x "$program" ]; then
    echo "$program"
    exit
fi
mkdir -p "$folder/apt/lists/partial" "$folder/source"
mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources \
    2>/dev/null | grep -o 'https\{0,1\}://[^ ]*/debian/\{0,1\}\( \|$\)' | head -n 1 | tr -d ' ')
[ -n "$mirror" ] || { echo "samurai.sh: no Debian mirror among apt's sources" >&2; exit 1; }
echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" \
    > "$folder/apt/sources.list"
private() {
    apt-get -q -o "Dir::Etc::SourceList=$folder/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
        -o "Dir::State::Lists=$folder/apt/lists" -o APT::Sandbox::User=root "$@" >&2
}
private update
cd "$folder/source"
private source --tar-only --only-source muon-meson
tar xf muon-meson_*.orig.tar.*
cd muon-*/
./bootstrap.sh "$folder" no-pkgconf >&2
printf '#!/bin/sh\nexec "%s" samu "$@"\n' "$folder/muon-bootstrap" > "$program.new"
chmod +x "$program.new"
mv "$program.new" "$program"
echo "$program"
