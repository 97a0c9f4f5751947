"""The folder that one link leaves to the next."""

from __future__ import annotations

import fcntl
import os
import stat

from ltogen.base import files
from ltogen.ld import mark, places, record
from ltogen.ld.command import Command, NotTaken


class State:
    """One link's folder, which is nowhere before `is_current` has found it or `make` made it."""

    def __init__(self, command: Command) -> None:
        self._command = command
        _check_regular(command.output)
        self.folder = ""
        self.known: record.Record | None = None
        self._lock = -1

    def path(self, name: str) -> str:
        """A file of the state."""
        return f"{self.folder}/{name}"

    def make(self) -> None:
        """Create the folder, and keep others out of it.

        Raises NotTaken where there can be none.
        """
        if not self.folder:
            self._make_any()
        link = mark.symlink_in(self.folder)
        if link:
            raise NotTaken(f"its state cannot be kept: {link} is a symbolic link", warn=True)

    def _make_any(self) -> None:
        folders = places.of(self._command.output)
        if not folders:
            raise NotTaken("the path of its state has other characters than a module's may")
        problems = []
        for folder in folders:
            problems.append(self._try(folder))
            if not problems[-1]:
                return
        raise NotTaken(f"its state cannot be kept: {problems[0]}", warn=True)

    def _try(self, folder: str) -> str:
        """Take a folder, which is made if need be; why it cannot be."""
        try:
            while not self._take(folder):
                mark.make(folder, self._command.output)
                problem = mark.foreign(folder)
                if problem:
                    return f"{folder} {problem}"
                if folder not in places.of(self._command.output):
                    return f"{os.path.dirname(folder)} is another user's"
        except OSError as error:
            return f"{error.filename or folder}: {error.strerror}"
        return ""

    def _is_there(self, folder: str) -> bool:
        try:
            return self._take(folder)
        except OSError:
            return False  # `make` says why

    def _take(self, folder: str) -> bool:
        """Wait until no other process links in a folder; False if it is gone, or not ltogen's."""
        try:
            if mark.foreign(folder):
                return False
        except OSError:
            return False
        path = f"{folder}/{mark.LOCK}"
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _is_at(path, lock):
            os.close(lock)  # of a state that was deleted meanwhile
            return self._take(folder)
        self.folder, self._lock = folder, lock
        self.known = record.load(self.path("record"))
        return True

    def share_lock(self) -> None:
        """Let the programs that build hold the lock too: also when this process is killed."""
        os.set_inheritable(self._lock, True)

    def is_current(self, linker: str) -> bool:
        """Whether the outputs are what this link would make; locks the folder if there is one."""
        if not any(map(self._is_there, places.of(self._command.output))):
            return False
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


def _is_at(path: str, opened: int) -> bool:
    """Whether an open file is still the one at a path."""
    try:
        return os.path.samestat(os.lstat(path), os.fstat(opened))
    except OSError:
        return False
