"""The peak memory of each job of a command, by its command line."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from ltogen.jobserver import processes
from ltogen.jobserver.processes import Process

_LONGEST = 1 << 22  # bytes of a command line


class Peaks:
    """Measures the children of a command, each with its descendants."""

    def __init__(self, end: Callable[[Mapping[str, int]], None]) -> None:
        """`end` is called at the end, with the peak bytes of each command line.

        A command line is its words with NULs between; for a shell's `-c TEXT` it is TEXT.
        """
        self._end = end
        self._lines: dict[tuple[int, int], str] = {}
        self.bytes: dict[str, int] = {}

    def look(self, living: Mapping[int, Process]) -> None:
        """Measure all live descendants of this process."""
        above = {number for number, one in living.items() if one.parent == os.getpid()}
        sizes: dict[int, int] = {}
        for number in living:
            job = number
            while job in living and living[job].parent not in above:
                job = living[job].parent
            if job in living and job not in above:
                sizes[job] = sizes.get(job, 0) + processes.memory(number)
        for job, size in sizes.items():
            line = self._line(living[job])
            self.bytes[line] = max(self.bytes.get(line, 0), size)

    def end(self) -> None:
        """Report the peaks."""
        self._end(self.bytes)

    def _line(self, process: Process) -> str:
        # (A shell becomes the program that it runs last: it is looked at until it has.)
        key = process.number, process.started
        if key not in self._lines or self._lines[key].startswith("/bin/sh\0"):
            self._lines[key] = _command_line(process.number)
        line = self._lines[key]
        return line.removeprefix("/bin/sh\0-c\0")


def _command_line(number: int) -> str:
    try:
        with open(f"/proc/{number}/cmdline", "rb") as file:
            data = file.read(_LONGEST)
    except OSError:
        return ""
    return data.removesuffix(b"\0").decode("utf-8", "surrogateescape")
