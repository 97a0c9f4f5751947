"""The descendants of a process, read from /proc."""

from __future__ import annotations

import os

_PAGE = os.sysconf("SC_PAGE_SIZE")


class Process:
    """One process: its parent, number of threads, start time, and whether it waits."""

    __slots__ = ("number", "parent", "started", "threads", "waits")

    def __init__(self, number: int, fields: list[bytes]) -> None:
        # Field numbers of proc(5), from the state on, which is the third.
        self.number, self.parent = number, int(fields[1])
        self.waits = fields[0] == b"S"
        self.threads, self.started = int(fields[17]), int(fields[19])


def below(root: int) -> dict[int, Process]:
    """The live descendants of `root`, without itself, by process id."""
    children: dict[int, list[Process]] = {}
    for process in _living():
        children.setdefault(process.parent, []).append(process)
    found: dict[int, Process] = {}
    pending = [root]
    while pending:
        for child in children.get(pending.pop(), ()):
            found[child.number] = child
            pending.append(child.number)
    return found


def _living() -> list[Process]:
    found: list[Process] = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:
                    # The program's name may have any character in it: count from its end.
                    fields = file.read().rpartition(b")")[2].split()
                if fields[0] not in (b"Z", b"X"):
                    found.append(Process(int(name), fields))
            except (OSError, IndexError, ValueError):
                continue  # it has ended
    return found


def memory(number: int) -> int:
    """Private memory of a process in bytes, without what it shares, such as libraries."""
    try:
        with open(f"/proc/{number}/statm", "rb") as file:
            _, resident, shared, *_ = file.read().split()
    except (OSError, ValueError):
        return 0
    return (int(resident) - int(shared)) * _PAGE


def has_open(number: int, pipes: frozenset[tuple[int, int]]) -> bool:
    """Whether a process has one of the pipes open; each pipe is a device and an inode."""
    folder = f"/proc/{number}/fd"
    try:
        for name in os.listdir(folder):
            try:
                stat = os.stat(f"{folder}/{name}")
            except OSError:
                continue
            if (stat.st_dev, stat.st_ino) in pipes:
                return True
    except OSError:
        return False
    return False
