"""Memory sizes: those that a user writes, and that of the machine."""

from __future__ import annotations

import re

_SIZE = re.compile(r"(\d+(?:\.\d+)?)([KMGT%]?)(?:(?<=[KMGT])i?B)?\Z", re.ASCII)


def parse(text: str) -> int:
    """Bytes of a size such as `8G`, `512M` or `50%` of what this machine or its cgroup has.

    Raises ValueError for anything else.
    """
    found = _SIZE.match(text)
    if found is None:
        raise ValueError(text)
    number, unit = float(found.group(1)), found.group(2)
    if number <= 0 or (unit == "%" and number > 100):
        raise ValueError(text)
    if unit == "%":
        return int(machine() * number / 100)
    return int(number * (1 << 10 * " KMGT".index(unit or " ")))


def machine() -> int:
    """Bytes of memory of this machine, or of its cgroup if that has less."""
    with open("/proc/meminfo", encoding="ascii") as file:
        total = int(file.readline().split()[1]) * 1024
    limits = [total]
    try:
        with open("/proc/self/cgroup", encoding="utf-8") as file:
            path = file.read().strip().rpartition(":")[2]
    except OSError:
        path = ""
    while True:
        limits += _limit(f"/sys/fs/cgroup{path}/memory.max")
        if path in ("", "/"):
            break
        path = path.rpartition("/")[0]
    return min(limits)


def _limit(path: str) -> list[int]:
    try:
        with open(path, encoding="ascii") as file:
            return [int(file.read())]
    except (OSError, ValueError):
        return []  # `max`, or no cgroup
