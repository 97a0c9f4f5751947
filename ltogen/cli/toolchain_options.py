"""The options by which a command line chooses its toolchain."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator

from ltogen.toolchain.choose import Request


def add_to(parser: argparse.ArgumentParser) -> None:
    """Add the options to `parser`."""
    group = parser.add_argument_group(
        "toolchain", "By default the newest clang on PATH that has an lld of the same LLVM major, "
        "else the embedded one. These options override [toolchain] in the project file.")
    group.add_argument("--toolchain", choices=("system", "embedded"), dest="kind",
                       help="the machine's clang, or the one from PyPI's ziglang")
    group.add_argument("--cc", metavar="CLANG", help="C compiler, a name on PATH or a path")
    group.add_argument("--cxx", metavar="CLANG++", help="C++ compiler")
    group.add_argument("--ld", metavar="LD.LLD", help="linker; must be lld of the same LLVM major")
    group.add_argument("--ar", metavar="AR", help="archiver for static libraries")
    group.add_argument("--target", metavar="TRIPLE",
                       help="build for another machine, such as aarch64-linux-gnu")


def request(options: argparse.Namespace, file: Request) -> Request:
    """The toolchain that the command line asks for, or else the project file."""
    values = {name: getattr(options, name) or getattr(file, name)
              for name in Request.__struct_fields__}
    if options.kind == "embedded":
        values.update(cc=None, cxx=None, ld=None, ar=None)
    return Request(**values)


def words(options: argparse.Namespace) -> list[str]:
    """The options as command-line words, for the next `configure`."""
    flags = {"kind": "--toolchain"}
    return [word for name in Request.__struct_fields__ if (value := getattr(options, name))
            for word in (flags.get(name, f"--{name}"), _absolute(value))]


def configure_again(options: argparse.Namespace, *command: str) -> tuple[str, ...]:
    """The command that configures again: `command` with the same options."""
    return (sys.executable, "-P", "-m", "ltogen", "configure", "--again", *command, *words(options),
            *_cache(options), *_given(options))


def _given(options: argparse.Namespace) -> Iterator[str]:
    """The other options of `configure`, as they were given."""
    for name in ("ninja", "single_module", "incremental", "remote"):
        if getattr(options, name):
            yield f"--{name.replace('_', '-')}={getattr(options, name)}"
    if options.save_temps is not None:
        yield f"--save-temps={options.save_temps}" if options.save_temps else "--save-temps"
    if options.plan_jobs:
        yield f"--plan-jobs={options.plan_jobs}"
    if options.codegen_units != 1:
        yield f"--codegen-units={options.codegen_units or 'auto'}"
    if options.memory:
        yield f"--memory={options.memory}"
    if options.merges != 1:
        yield f"--merges={options.merges}"


def _cache(options: argparse.Namespace) -> tuple[str, ...]:
    named = options.cache
    if not named:
        return ()
    return (f"--cache={named if named == 'off' else os.path.abspath(named)}",)  # noqa: PTH100


def _absolute(value: str) -> str:
    return os.path.abspath(value) if os.sep in value else value  # noqa: PTH100
