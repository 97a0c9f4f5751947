"""The folder that one link leaves to the next, beside its output."""

from __future__ import annotations

import fcntl
import io
import os
import stat

from ltogen.base import files
from ltogen.ld import record
from ltogen.ld.command import Command, NotTaken

# libtool deletes in there whatever begins like the library that it is about to link.
_LIBTOOL_S = ".libs"
_SPOILT = ";*<>^\\|`"


class State:
    """One link's folder: `OUTPUT.ltogen`, or below `LTOGEN_STATE_DIR`."""

    def __init__(self, command: Command) -> None:
        self._command = command
        _check_regular(command.output)
        self.folder = _folder(command.output)
        if not self.folder.isascii() or not self.folder.isprintable() or (
                set(self.folder) & set(_SPOILT)):
            # LLVM, lld or Ninja's depfiles spoil such paths of modules.
            raise NotTaken(f"the path {self.folder} has other characters than a module's may")
        self.known: record.Record | None = None
        self._lock: io.BufferedWriter | None = None

    def path(self, name: str) -> str:
        """A file of the state."""
        return f"{self.folder}/{name}"

    def make(self) -> None:
        """Create the folder, and keep others out of it."""
        os.makedirs(self.folder, exist_ok=True)
        self.lock()

    def lock(self) -> None:
        """Wait until no other process links here; ends with the process."""
        if self._lock is None:
            self._lock = open(self.path("lock"), "ab")  # noqa: SIM115
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            self.known = record.load(self.path("record"))

    def is_current(self, linker: str) -> bool:
        """Whether the outputs are what this link would make; locks the folder if there is one."""
        if not os.path.isdir(self.folder):
            return False
        self.lock()
        known = self.known
        return (known is not None and known.identity == record.identity(self._command, linker)
                and self.holds_outputs() and record.is_current(known, self._command))

    def holds_outputs(self) -> bool:
        """Whether the outputs are as the last link left them."""
        return self.known is not None and all(
            record.stamp(path) == written for path, written in self.known.outputs.items())

    def touch(self) -> None:
        """Make the outputs newer than the inputs, as a link would have."""
        assert self.known is not None
        for path in self.known.outputs:
            os.utime(path)
        self.save(self.known)

    def save(self, known: record.Record) -> None:
        """Keep the record, with the outputs as they are now."""
        known.outputs = {path: record.stamp(path) for path in known.outputs}
        files.write_if_changed(self.path("record"), known.encoded())

    def forget(self) -> None:
        """Trust nothing until the next link is done."""
        files.remove(self.path("record"))


def _check_regular(output: str) -> None:
    try:
        mode = os.stat(output).st_mode
    except OSError:
        return
    if not stat.S_ISREG(mode):
        raise NotTaken(f"{output} is no regular file")


def _folder(output: str) -> str:
    shared = os.environ.get("LTOGEN_STATE_DIR", "")
    if not shared:
        # As a path from here it is short, and the same wherever the tree lies.
        path = os.path.relpath(output) if os.path.isabs(output) else output
        folder, name = os.path.split(path)
        if os.path.basename(folder) == _LIBTOOL_S:
            path = os.path.join(os.path.dirname(folder), name)
        return f"{path}.ltogen"
    from ltogen.model import layout

    return f"{shared.rstrip('/')}/{layout.inside(os.path.abspath(output))}.ltogen"
