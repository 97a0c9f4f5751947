"""Which files an lld reads and looks for, as the kernel saw it: by strace."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

_CALL = re.compile(r'(?:\d+ +)?(open|openat|access)\((?:AT_FDCWD, )?"((?:[^"\\]|\\.)*)", ([^)]*?)'
                   r'(?:, 0\d+)?\) += (-?\d+)')


@dataclass(frozen=True)
class Seen:
    """One run of lld. Paths are relative to its folder, or in it."""

    status: int
    files: frozenset[str]
    absent: frozenset[str]
    complaint: str


def watch(lld: tuple[str, ...], words: list[str], folder: Path, output: str) -> Seen:
    """Run a link in `folder`; what is written to `output` and below its name does not count."""
    logs = folder.parent / "strace"
    shutil.rmtree(logs, ignore_errors=True)
    logs.mkdir()
    # (A file for each thread: in one, a call could stand in two lines.)
    done = subprocess.run(
        ["strace", "-ff", "--seccomp-bpf", "-qq", "-s", "4096", "-e", "trace=open,openat,access",
         "-o", f"{logs}/log", *lld, *words], cwd=folder, capture_output=True, text=True,
        check=False, errors="replace")
    files, absent = set(), set()
    for call, spelled, flags, status in _CALL.findall("".join(
            log.read_text(errors="replace") for log in logs.iterdir())):
        path = spelled.encode().decode("unicode_escape").encode("latin-1").decode()
        if outside(path, folder) or path.startswith(output) or "O_DIRECTORY" in flags:
            continue
        if int(status) < 0:
            absent.add(path)
        elif call != "access" and "O_RDONLY" in flags:
            files.add(path)
    return Seen(done.returncode, frozenset(files), frozenset(absent), done.stderr)


def outside(path: str, folder: Path) -> bool:
    """Whether a path is none of the folder's."""
    return path.startswith("/") and not path.startswith(f"{folder}/")
