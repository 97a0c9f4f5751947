"""What the last link was made from: a link of the same is not done again.

A file is the same if inode, size and both of its times are; nobody can set back the time of a
change. An object that was only written again is compared with the copy that was linked.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import ltogen
from ltogen.base import files
from ltogen.ld.command import Command, is_temporary


def stamp(path: str) -> str:
    """What changes when a file does; empty where there is none."""
    try:
        stat = os.stat(path)
    except OSError:
        return ""
    return (f"{stat.st_dev}.{stat.st_ino}.{stat.st_size}.{stat.st_mtime_ns}."
            f"{stat.st_ctime_ns}.{stat.st_mode}")


class Record:
    """The content of the state's `record`.

    `identity` is the command and who ran it. `inputs` maps the name of each file that was read to
    its stamp and to the copy that was linked in its place, if there is one; `absent` are places
    where a library was looked for in vain; `outputs` what was written.
    """

    def __init__(self) -> None:
        self.identity: list[str] = []
        self.inputs: dict[str, tuple[str, str]] = {}
        self.absent: list[str] = []
        self.outputs: dict[str, str] = {}

    def encoded(self) -> bytes:
        """The record as bytes that `decoded` reads."""
        parts = (
            self.identity,
            [text for name, (known, copy) in self.inputs.items() for text in (name, known, copy)],
            self.absent,
            [text for pair in self.outputs.items() for text in pair],
        )
        return b"".join(os.fsencode(f"{len(part)}\0" + "".join(f"{text}\0" for text in part))
                        for part in parts)


def decoded(data: bytes) -> Record | None:
    """The record that was encoded as `data`; None for anything else."""
    rest = iter(os.fsdecode(data).split("\0"))
    record = Record()
    try:
        parts = [[next(rest) for _ in range(int(next(rest)))] for _ in range(4)]
        names, known, copies = (parts[1][at::3] for at in range(3))
        record.identity, record.absent = parts[0], parts[2]
        record.inputs = dict(zip(names, zip(known, copies, strict=True), strict=True))
        record.outputs = dict(zip(parts[3][::2], parts[3][1::2], strict=True))
    except (StopIteration, ValueError, RuntimeError):
        return None
    return record


def load(path: str) -> Record | None:
    """The record at `path`; None if there is none that can be read."""
    try:
        return decoded(files.read(path) or b"")
    except OSError:
        return None


def identity(command: Command, linker: str) -> list[str]:
    """What must be the same for a link to be the same, but for its files."""
    names = command.names
    return [ltogen.__version__, os.getcwd(), linker, command.output,
            *(names.get(word) or _stable(word) for word in command.words)]


def _stable(word: str) -> str:
    """A word without the name of a folder that is another in each run."""
    if "/rustc" not in word:
        return word
    folder = word.removeprefix("-L")
    while folder and not is_temporary(folder):
        folder = folder.rpartition("/")[0]
    return word.replace(folder, "") if folder else word


def changes(record: Record, command: Command) -> Iterator[tuple[str, str, str, str]]:
    """What was written since: name, path, stamp (none if it is gone), and the copy linked."""
    paths = {name: path for path, name in command.names.items()}
    for name, (known, copy) in record.inputs.items():
        path = paths.get(name, name)
        now = stamp(path)
        if now != known:
            yield name, path, now, copy


def is_current(record: Record, command: Command) -> bool:
    """Whether everything that was read is as it was; notes what was only written again."""
    again = {}
    for name, path, now, copy in changes(record, command):
        if not copy or not now or files.read(path) != files.read(copy):
            return False
        again[name] = (now, copy)
    record.inputs.update(again)
    return not any(map(os.path.exists, record.absent))
