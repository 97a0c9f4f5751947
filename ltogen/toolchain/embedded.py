"""The embedded toolchain: clang, lld and C libraries in PyPI's `ziglang`.

Compiles and backends run its clang directly, without the wrapper that adds flags of its own. Only
the paths of headers, libraries and start files come from the wrapper.
"""

from __future__ import annotations

import itertools
import os
import re
import shlex
from pathlib import Path

from ltogen.base import processes
from ltogen.base.errors import UserError
from ltogen.model.toolchain import Toolchain
from ltogen.toolchain.fingerprint import fingerprint, inputs_of
from ltogen.toolchain.system import check_alive

INSTALL = "pip install 'ltogen[embedded]'"


def zig_path() -> str | None:
    """The `zig` program of the installed `ziglang` package, if there is one."""
    import importlib.util  # only a machine without clang needs it

    spec = importlib.util.find_spec("ziglang")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        program = Path(folder) / "zig"
        if program.exists():
            return str(program)
    return None


def embedded(target: str | None) -> Toolchain:
    """The embedded toolchain for `target` (`aarch64-linux-gnu`; None is this machine's).

    Raises UserError if the package is missing or does not know the target.
    """
    zig = zig_path()
    if zig is None:
        raise UserError(f"no embedded toolchain; bring it with {INSTALL}")
    target = target or _host()
    c, version = _frontend(zig, "cc", target)
    cxx, _ = _frontend(zig, "c++", target)
    triple = _triple(c)
    clang = (zig, "clang", f"--target={triple}")
    driver = ("-target", target, "-v", "-O2")
    inputs = inputs_of([zig])
    return Toolchain(
        kind="embedded",
        version=version,
        target=triple,
        cc=(*clang, *_header_flags(c)),
        cxx=(*clang, "--driver-mode=g++", *_header_flags(cxx)),
        backend=clang,
        ld=(zig, "ld.lld"),
        ar=(zig, "ar"),
        link_cc=(zig, "cc", *driver),
        link_cxx=(zig, "c++", *driver),
        link_runs=True,
        # musl programs are linked statically, and zig has no position-independent way to do that.
        pie="musl" not in triple,
        inputs=inputs,
        fingerprint=fingerprint(inputs),
    )


def _host() -> str:
    import platform  # only this toolchain needs it

    libc = "gnu" if platform.libc_ver()[0] == "glibc" else "musl"
    return f"{platform.machine()}-linux-{libc}"


def _frontend(zig: str, driver: str, target: str) -> tuple[list[str], str]:
    """The `-cc1` command that a zig driver would run, and clang's version."""
    language = "c++" if driver == "c++" else "c"
    command = [zig, driver, "-target", target, "-v", "-O2", "-E", "-x", language, "/dev/null"]
    status, _, complaint = processes.run(command)
    check_alive(zig, status)
    answer = complaint.decode(errors="replace")
    version = re.search(r"clang version (\d+\.\d+\.\d+)", answer)
    for line in answer.splitlines():
        if " -cc1 " in line and version:
            return shlex.split(line), version.group(1)
    problem = next((line for line in answer.splitlines() if "error:" in line), "no answer")
    raise UserError(f"--target {target}: the embedded toolchain says: {problem.strip()}")


def _triple(cc1: list[str]) -> str:
    """The target triple as clang's own configuration spells it.

    zig adds versions of kernel and libc. On x86 the vendor is `pc`: lld warns of bitcode with
    another vendor.
    """
    architecture, *rest = cc1[cc1.index("-triple") + 1].split("-")
    vendor, *system = (re.sub(r"[\d.]+\Z", "", part) for part in rest)
    if re.fullmatch(r"x86_64|i\d86", architecture):
        vendor = "pc"
    return "-".join((architecture, vendor, *system))


def _header_flags(cc1: list[str]) -> tuple[str, ...]:
    flags = ["-nostdinc"]
    for name, value in itertools.pairwise(cc1):
        if name == "-isystem":
            # zig names what lies below the working directory relative to it.
            flags += [name, os.path.abspath(value)]  # noqa: PTH100
        elif name == "-D" and value != "NDEBUG":
            flags.append(f"-D{value}")
    return tuple(flags)
