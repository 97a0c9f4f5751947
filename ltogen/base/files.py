"""Files for a build: written whole or not at all, and untouched when nothing changed."""

from __future__ import annotations

import os

_PIECE = 1 << 20  # bytes


def read(path: str) -> bytes | None:
    """The content of a file, or None if there is none."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except (FileNotFoundError, ValueError):  # (a name with a NUL is no file's)
        return None
    try:
        size = os.fstat(descriptor).st_size
        data = os.read(descriptor, size) if size else b""
        while len(data) < size:
            more = os.read(descriptor, size - len(data))
            if not more:
                break
            data += more
        return data
    finally:
        os.close(descriptor)


def same(path: str, other: str) -> bool:
    """Whether both files exist and have the same bytes."""
    try:
        with open(path, "rb") as file, open(other, "rb") as second:
            if os.fstat(file.fileno()).st_size != os.fstat(second.fileno()).st_size:
                return False
            while piece := file.read(_PIECE):
                if piece != second.read(_PIECE):
                    return False
    except FileNotFoundError:
        return False
    return True


def write_if_changed(path: str, data: bytes, time: int | None = None, *,
                     last: bool = False, shared: bool = False) -> bool:
    """Replace the file's content atomically; False if it was the same.

    `time`, in nanoseconds, is how old the new file is to be. `last`: the one that was there before
    stays, with that behind its name. `shared`: other processes may write the file at the same time.
    """
    before = read(path)
    if before == data:
        return False
    aside = f"{path}.{os.getpid()}" if shared else path + ".new"
    try:
        with open(aside, "wb") as file:
            file.write(data)
        if last and before is not None:
            remove(path + ".last")
            os.link(path, path + ".last")
        replace(aside, path, time)
    except OSError as error:
        if not os.path.isdir(aside):
            os.unlink(aside)
        raise OSError(error.errno, error.strerror, aside) from None
    return True


def replace(made: str, path: str, time: int | None = None) -> None:
    """Rename a file; `time`, in nanoseconds, is how old it is to be."""
    if time is not None:
        os.utime(made, ns=(time, time))
    os.replace(made, path)


def remove(path: str) -> None:
    """Delete a file, if it exists."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        return


def remove_tree(folder: str) -> None:
    """Delete a folder with its content, if it exists.

    `shutil.rmtree` would do, but importing it costs more than a small thin link. Of a symbolic link
    the link goes, and nothing that it leads to.
    """
    name = folder.rstrip("/")
    if os.path.islink(name):
        os.unlink(name)
        return
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    remove_tree(entry.path)
                else:
                    os.unlink(entry.path)
        os.rmdir(folder)
    except FileNotFoundError:
        pass


def depfile(target: str, inputs: list[str]) -> bytes:
    """A make-style dependency line."""
    return os.fsencode(f"{_escape(target)}: {' '.join(map(_escape, inputs))}\n")


def _escape(path: str) -> str:
    path = path.replace("$", "$$").replace("#", "\\#")
    if " " in path:
        import re

        # Backslashes in front of an escaped space must be doubled, and no others.
        path = re.sub(r"(\\*) ", r"\1\1\\ ", path)
    return path
