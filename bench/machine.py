"""What the figures were taken on."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from pathlib import Path

from bench.places import NINJA, generator
from ltogen.toolchain import Toolchain


def facts(toolchain: Toolchain) -> dict[str, str | int]:
    """The machine and the versions of everything that was run."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_mib": os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20,
        "kernel": platform.release(),
        "python": platform.python_version(),
        "toolchain": f"{toolchain.kind}, LLVM {toolchain.version}",
        "ninja": _version(NINJA),
        "cmake": _version(generator("cmake")),
        "meson": _version(generator("meson")),
    }


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.processor()
    match = re.search(r"^model name\s*: (.*)$", text, re.MULTILINE)
    return match.group(1) if match else platform.machine()


def _version(program: str | None) -> str:
    if program is None:
        return "none"
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    match = re.search(r"\d+(\.\d+)+\S*", done.stdout)
    return match.group() if match else "unknown"
