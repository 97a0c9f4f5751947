#!/bin/sh
# usage: protos.sh REMOTE_APIS GOOGLEAPIS
#
# Writes ltogen/remote/api anew. The arguments are git repositories, bare or not: bazelbuild's
# remote-apis and googleapis' googleapis; what their HEAD has is taken.
set -eu
apis=$1 google=$2
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
# Its code runs with protobuf 6.31 and newer, and with all of 7.
version=1.73.1
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
"$python" -m venv --without-pip "$made/venv"
"$python" -m pip --disable-pip-version-check --quiet --python "$made/venv/bin/python" \
    install "grpcio-tools==$version"

# Services go, with the google.api annotations in them: ltogen/remote/services.py has their names.
# Files and packages get names of ours, so that another copy may be in the same process.
take() {
    name=ltogen/remote/api/$(basename "$2")
    mkdir -p "$made/protos/ltogen/remote/api"
    git -C "$1" show "HEAD:$2" | awk '
        /^(service|extend) / { skipped = 1 }
        !skipped && !/^import "google\/(api\/|protobuf\/(descriptor|empty))/ { print }
        /^}/ { skipped = 0 }
    ' | sed -E '
        s|^import "([^"]*/)?([a-z_]+\.proto)"|import "ltogen/remote/api/\2"|
        s|^import "ltogen/remote/api/(any\|duration\|timestamp\|wrappers)|import "google/protobuf/\1|
        s|^package |package ltogen.remote.api.|
        s|google\.protobuf\.|.&|g
        s|\[\(google\.api\.field_behavior\) = [A-Z_]+\]||
    ' > "$made/protos/$name"
}
take "$apis" build/bazel/remote/execution/v2/remote_execution.proto
take "$apis" build/bazel/semver/semver.proto
for file in bytestream/bytestream longrunning/operations rpc/status rpc/error_details; do
    take "$google" "google/$file.proto"
done
rm -f ltogen/remote/api/*_pb2.py ltogen/remote/api/*_pb2.pyi
"$made/venv/bin/python" -m grpc_tools.protoc --proto_path="$made/protos" \
    --python_out=. --pyi_out=. "$made"/protos/ltogen/remote/api/*.proto
