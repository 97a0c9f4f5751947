"""Work as servers are told of it: equal work has an equal digest."""

from __future__ import annotations

import random

from ltogen.remote import tree
from ltogen.remote.api import remote_execution_pb2 as api
from ltogen.remote.digests import EMPTY, Blob, blob_of, of_bytes
from ltogen.remote.work import Work

INPUTS = {"b": blob_of(b"b"), "a": Blob(of_bytes(b"a"), b"a", True), "é/z": blob_of(b"z"),
          "é/y": blob_of(b"y"), "deep/er/file": blob_of(b"d"), "B": blob_of(b""),
          "\U0001f600": blob_of(b"1"), "￿": blob_of(b"2")}
WORK = Work(argv=("cc", "-c", "é/z"), inputs=INPUTS, outputs=("z.o", "a.o", "z.o"),
            environment={"PATH": "/bin", "LANG": "C"}, platform={"OSFamily": "linux"}, timeout=1.5)


def _message(described: tree.Described, digest: api.Digest) -> bytes:
    """What a server is sent for a digest."""
    found = next(blob for blob in described.blobs if blob.digest.hash == digest.hash)
    assert isinstance(found.content, bytes)
    assert of_bytes(found.content) == found.digest
    assert found.digest.size == digest.size_bytes
    return found.content


def _action(described: tree.Described) -> tuple[api.Action, api.Command, api.Directory]:
    assert isinstance(described.action.content, bytes)
    action = api.Action.FromString(described.action.content)
    return (action, api.Command.FromString(_message(described, action.command_digest)),
            api.Directory.FromString(_message(described, action.input_root_digest)))


def test_order_does_not_count() -> None:
    expected = tree.describe(WORK, [("pool", "large")]).action.digest
    for seed in range(20):
        mixed = random.Random(seed)
        inputs, environment = list(INPUTS.items()), list(WORK.environment.items())
        mixed.shuffle(inputs)
        mixed.shuffle(environment)
        outputs = mixed.sample(["z.o", "a.o"], 2)
        work = Work(argv=WORK.argv, inputs=dict(inputs), outputs=tuple(outputs),
                    environment=dict(environment), platform={"pool": "large"}, timeout=1.5)
        assert tree.describe(work, [("OSFamily", "linux")]).action.digest == expected


def test_all_is_in_the_order_that_the_api_demands() -> None:
    action, command, root = _action(tree.describe(WORK, [("pool", "a"), ("OSFamily", "other")]))
    assert list(command.arguments) == ["cc", "-c", "é/z"]
    assert list(command.output_paths) == list(command.output_files) == ["a.o", "z.o"]
    assert [one.name for one in command.environment_variables] == ["LANG", "PATH"]
    for platform in (action.platform, command.platform):
        assert [(one.name, one.value) for one in platform.properties] == [
            ("OSFamily", "linux"), ("pool", "a")]
    assert (action.timeout.seconds, action.timeout.nanos) == (1, 500_000_000)
    # By code points, which is the order of UTF-8's bytes, not of UTF-16's.
    assert [one.name for one in root.files] == ["B", "a", "b", "￿", "\U0001f600"]
    assert [one.is_executable for one in root.files] == [False, True, False, False, False]
    assert [one.name for one in root.directories] == ["deep", "é"]


def test_every_folder_is_sent() -> None:
    described = tree.describe(WORK)
    _, _, root = _action(described)
    deep, accented = (api.Directory.FromString(_message(described, one.digest))
                      for one in root.directories)
    assert [one.name for one in accented.files] == ["y", "z"]
    deeper = api.Directory.FromString(_message(described, deep.directories[0].digest))
    assert deeper.files[0].digest.hash == of_bytes(b"d").hash


def test_digests_stay() -> None:
    """Another digest would mean that all caches are of no use any more."""
    described = tree.describe(WORK)
    assert str(described.action.digest) == (
        "b53a93d6ac4e84a9a69740bd79fcc52f45111b914d6a0d3c17772d2af1940563/172")
    nothing = tree.describe(Work(argv=("true",), inputs={}, outputs=()))
    action, _, root = _action(nothing)
    assert action.input_root_digest.hash == EMPTY.hash
    assert root == api.Directory()
