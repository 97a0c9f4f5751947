"""Finds the clang of an existing build, and which of its compilers are compatible."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from ltogen.base.errors import KilledError, UserError
from ltogen.clang import flags
from ltogen.clang.drivers import is_clang
from ltogen.model.existing_build import Bitcode, Compile
from ltogen.toolchain import Toolchain, choose
from ltogen.toolchain.choose import Request
from ltogen.toolchain.system import describe, variables_for_clang

Driver = tuple[str, ...]


class Drivers:
    """The compiler drivers of one build, compared by the program that they run."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._programs: dict[str, str] = {}
        self._toolchain: Toolchain | None = None
        self._incompatibilities: dict[tuple[Driver, str], str] = {}

    def choose(self, compiles: Iterable[Compile], linker: str | None,
               remembered: Path) -> Toolchain:
        """The toolchain that most of `compiles` belong to, of those that can make bitcode.

        Raises UserError if none of them is clang, or clang has no lld of its major.
        """
        all_clangs = [one for one in compiles if self._kind(one.driver)]
        clangs = [one for one in all_clangs if one.bitcode is not Bitcode.NEVER]
        clang_drivers = Counter(one.driver for one in clangs)
        if not clang_drivers:
            raise UserError(f"nothing to take over: {_no_bitcode(all_clangs)}")
        common = clang_drivers.most_common(1)[0][0]
        if self._kind(common) == "zig":
            target = next(_target(one.arguments) for one in clangs if one.driver == common)
            request = Request(kind="embedded", target=target)
        else:
            request = Request(cc=self._first_c(clang_drivers, common), ld=linker)
        self._toolchain = choose(request, remembered)
        return self._toolchain

    def incompatibility(self, driver: Driver, verb: str = "compiled") -> str:
        """Why the output of `driver` cannot be optimised with the rest; empty if it can."""
        if (driver, verb) not in self._incompatibilities:
            self._incompatibilities[driver, verb] = self._find_incompatibility(driver, verb)
        return self._incompatibilities[driver, verb]

    def _first_c(self, clang_drivers: Counter[Driver], common: Driver) -> str:
        """A C driver of the same program: the C++ driver adds libraries."""
        program = self._program(common[0])
        names = [self._path(driver[0]) for driver in clang_drivers
                 if self._program(driver[0]) == program]
        return min(names, key=lambda name: "++" in name)

    def _find_incompatibility(self, driver: Driver, verb: str) -> str:
        toolchain = self._toolchain
        kind = self._kind(driver)
        if toolchain is None or not kind:
            return f"it is {verb} by {os.path.basename(driver[0])}, which is not clang"
        if (kind == "zig") != (toolchain.kind == "embedded"):
            return f"it is {verb} by another toolchain than the rest, {driver[0]}"
        if kind == "zig" or self._program(driver[0]) == self._program(toolchain.cc[0]):
            return ""
        try:
            major = describe(self._path(driver[0])).major
        except KilledError:
            raise
        except UserError as error:
            return str(error)
        if major == toolchain.major:
            return ""
        return (f"it is {verb} by clang {major}, and the rest of the build by "
                f"clang {toolchain.major}")

    def _kind(self, driver: Driver) -> str:
        if driver[-1] in ("cc", "c++") and len(driver) > 1:
            return "zig"
        named = is_clang(driver[0]) or is_clang(self._program(driver[0]))
        return "clang" if named else ""

    def _program(self, name: str) -> str:
        if name not in self._programs:
            self._programs[name] = os.path.realpath(self._path(name))
        return self._programs[name]

    def _path(self, name: str) -> str:
        if "/" in name:
            return os.path.join(self._folder, name)
        return shutil.which(name) or name


def _no_bitcode(compiles: list[Compile]) -> str:
    """Why compiles by clang, all that there are, make no bitcode."""
    off = [one.output for one in compiles if flags.lto_mode(one.arguments) == "off"]
    if off:
        return (f"every compile has -fno-lto, as that of {off[0]} has; leave it out of the build's "
                "flags")
    if compiles:
        return f"clang compiles assembler alone, such as {compiles[0].source}"
    return (f"no compile by clang; configure the build with {variables_for_clang()}, in a fresh "
            "folder")


def _target(arguments: Iterable[str]) -> str | None:
    """The target that a compile by the embedded toolchain names, in its own spelling."""
    target = None
    for group in flags.groups(arguments):
        if group[0] in ("-target", "--target") and len(group) > 1:
            target = group[1]
        elif group[0].startswith("--target="):
            target = group[0].removeprefix("--target=")
    return target
