"""The nouns of an existing build: its compiles, archives and links."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct


class Bitcode(Enum):
    """Whether a compile makes bitcode before the take-over."""

    NEVER = "never"  # assembler, or a source that asks for no LTO: always native
    NO = "no"  # native so far
    YES = "yes"  # bitcode already: the build asks for LTO itself


class ShellContext(Struct, frozen=True):
    """The shell text around a tool's own words; it is kept as it is."""

    before: str = ""
    environment: tuple[tuple[str, str], ...] = ()  # assignments in front of the command
    launcher: tuple[str, ...] = ()  # a cache, a wrapper: words in front of the tool
    after: str = ""


class Compile(Struct, frozen=True):
    """One source to one object. `arguments` are without `-c`, source, output and depfile.

    `directory` is where the command runs, absolute; empty for the build folder.
    """

    shell: ShellContext
    driver: tuple[str, ...]
    arguments: tuple[str, ...]
    source: str
    output: str
    bitcode: Bitcode
    directory: str = ""


class Archive(Struct, frozen=True):
    """Objects to a static library. `only_archives`: the command does nothing else."""

    output: str
    members: tuple[str, ...]
    only_archives: bool


class Link(Struct, frozen=True):
    """Objects to an executable or shared library. `arguments` are without the output."""

    shell: ShellContext
    driver: tuple[str, ...]
    arguments: tuple[str, ...]
    output: str


Command = Compile | Archive | Link


class Step(Struct, frozen=True):
    """One edge of an existing build: outputs, inputs, and its command if it is understood.

    `problem` says why a command that makes a product was not understood.
    """

    outputs: tuple[str, ...]
    implicit_outputs: tuple[str, ...]
    inputs: tuple[str, ...]
    implicit: tuple[str, ...]
    order_only: tuple[str, ...]
    validations: tuple[str, ...]
    phony: bool
    pool: str = ""
    dyndep: str = ""
    command: Command | None = None
    problem: str = ""

    @property
    def name(self) -> str:
        """The output that it is called by: Ninja takes an edge that has implicit ones alone."""
        return (*self.outputs, *self.implicit_outputs)[0]


class ExistingBuild(Struct, frozen=True):
    """Every step of a build by another generator."""

    steps: tuple[Step, ...]
    makes: dict[str, int]  # output -> position of the step that makes it
    defaults: tuple[str, ...]  # what is built when nothing is named
    installed: frozenset[str] = frozenset()  # outputs that are products, whoever uses them
    reads: tuple[str, ...] = ()  # files that say what the steps are, beside the manifest
