"""What CMake and Meson are told of the compiler."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from bench.places import NINJA, SOURCES
from ltogen.toolchain import Toolchain
from ltogen.toolchain.embedded import zig_path

_FLAG = "-flto=thin"


def environment(toolchain: Toolchain) -> dict[str, str]:
    """A plain configuration: nothing but the compiler, and the one Ninja that all sides use."""
    path = f"{Path(NINJA).parent}:{os.environ['PATH']}:{SOURCES / 'tools' / 'bin'}"
    if toolchain.kind == "embedded":
        cc, cxx = f"{zig_path()} cc", f"{zig_path()} c++"
    else:
        cc, cxx = " ".join(toolchain.cc), " ".join(toolchain.cxx)
    return {"CC": cc, "CXX": cxx, "NINJA": NINJA, "PATH": path}


def thin_environment(toolchain: Toolchain) -> dict[str, str]:
    """What Meson needs besides its options to link bitcode in process."""
    return {"CC_LD": "lld", "CXX_LD": "lld", "AR": " ".join(toolchain.ar)}


def thin_options(toolchain: Toolchain, generator: str) -> list[str]:
    """In-process ThinLTO, as one would switch it on by hand."""
    if generator == "meson":
        return ["-Db_lto=true", "-Db_lto_mode=thin"]
    archiver = toolchain.ar[0]
    linking = [f"-DCMAKE_{kind}_LINKER_FLAGS={_FLAG} -fuse-ld=lld"
               for kind in ("EXE", "SHARED", "MODULE")]
    return [f"-DCMAKE_C_FLAGS={_FLAG}", f"-DCMAKE_CXX_FLAGS={_FLAG}", *linking,
            f"-DCMAKE_AR={archiver}",
            f"-DCMAKE_RANLIB={archiver.replace('llvm-ar', 'llvm-ranlib')}"]


def quiet(command: list[str], cwd: Path, env: dict[str, str]) -> tuple[bool, str]:
    """Whether `command` succeeds, and what it printed."""
    done = subprocess.run(command, cwd=cwd, env={**os.environ, **env}, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.returncode == 0, done.stdout.decode("utf-8", "replace")

