"""The noun: one clang with its linker, as prefixes of commands."""

from __future__ import annotations

import msgspec


class Toolchain(msgspec.Struct, frozen=True, kw_only=True):
    """The command prefix of every tool that the graph runs.

    This is also the content of `out/toolchain.json`, which every action depends on: any difference
    between two compilers must show here.
    """

    kind: str  # "system" or "embedded"
    version: str  # LLVM's, as "22.1.8"
    target: str  # the triple as clang prints it
    cc: tuple[str, ...]
    cxx: tuple[str, ...]
    backend: tuple[str, ...]
    ld: tuple[str, ...]
    ar: tuple[str, ...]  # empty where there is none
    link_cc: tuple[str, ...]  # driver asked for the linker's command line, C
    link_cxx: tuple[str, ...]  # the same for C++
    link_runs: bool  # whether the driver must run to tell (it has no -###)
    pie: bool  # whether executables are position independent unless their flags say otherwise
    inputs: tuple[str, ...]  # files and folders whose change may mean another toolchain
    fingerprint: tuple[str, ...]  # identity of the files in `inputs`
    identity: str = ""  # a digest of the files in `inputs`, wherever they lie
    names_by_source: bool = False  # whether it can name promoted locals by source files
    request: tuple[str, ...] = ()  # what the user asked for when this was found

    @property
    def major(self) -> int:
        """LLVM's major version."""
        return int(self.version.split(".")[0])
