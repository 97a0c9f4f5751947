"""The nouns: what is compiled, what is linked, and the plan that says how.

Plain frozen data. msgspec's Struct, because dataclasses write their methods as source text at every
start: twenty of them took a third of the start-up, and instances take four times as long to make.
"""

from __future__ import annotations

from enum import Enum, IntEnum, StrEnum

from msgspec import Struct


class Kind(StrEnum):
    """What a target makes."""

    EXECUTABLE = "executable"
    SHARED_LIBRARY = "shared-library"
    STATIC_LIBRARY = "static-library"


class Lto(StrEnum):
    """The way a target's modules take through the optimiser."""

    THIN = "thin"
    OFF = "off"


class Language(Enum):
    """What a source file is to the compiler."""

    C = "c"
    CXX = "cxx"
    ASSEMBLER = "asm"
    ASSEMBLER_WITH_CPP = "asmcpp"
    IR = "ir"
    SUMMARISED = "summarised"
    OBJECT = "object"


class Phase(IntEnum):
    """Position of an action in the graph; the manifest lists phases in this order."""

    LINKER_LINE = 0
    OPTIMIZE = 1
    THIN_LINK = 2
    BACKEND = 3
    LINK = 4


class Target(Struct, frozen=True):
    """One target of a project, with the project's defaults already applied."""

    name: str
    kind: Kind
    lto: Lto
    optimize: str
    sources: tuple[str, ...]
    include_dirs: tuple[str, ...]
    defines: tuple[str, ...]
    compile_args: tuple[str, ...]
    c_args: tuple[str, ...]
    cxx_args: tuple[str, ...]
    link_args: tuple[str, ...]
    libraries: tuple[str, ...]
    depends: tuple[str, ...]
    default: bool | None


class SourceFile(Struct, frozen=True):
    """One source as the project names it. `hashed`: whether its bitcode carries a module hash."""

    path: str
    size: int
    language: Language
    hashed: bool = True


class Module(Struct, frozen=True):
    """One codegen unit that takes part in a thin link. Every path of it ends in `path`."""

    path: str
    bitcode: str
    backend_flags: tuple[str, ...]
    size: int
    hashed: bool = True
    plain_flags: tuple[str, ...] = ()  # of a backend without a thin link
    reads: tuple[str, ...] = ()  # files that a backend reads besides, such as a profile


class LinkUnit(Struct, frozen=True):
    """One executable or shared library, as the linker sees it.

    `line` is the positional part of the linker's command line; a module appears in it by the path
    of its bitcode. `linker_line` names the files with what the driver puts before and after; it is
    empty where `line` is all that the linker is told.
    `backend_flags` is what the link says to every backend. `prefix` and `suffix` are shell text
    around the final link, which may make the further `outputs`.
    """

    name: str
    product: str
    line: tuple[str, ...]
    modules: tuple[Module, ...]
    objects: tuple[str, ...]
    linker_line: str
    pic: bool
    backend_flags: tuple[str, ...] = ()
    backend_reads: tuple[str, ...] = ()  # files that these make a backend read
    prefix: str = ""
    suffix: str = ""
    outputs: tuple[str, ...] = ()
    order_only: tuple[str, ...] = ()
    validations: tuple[str, ...] = ()
    pool: str = ""


class Rule(Struct, frozen=True):
    """A command shared by many actions, in Ninja's terms.

    `depfile` is in gcc's format. `beside` are suffixes of further files that the command makes,
    named after its output.
    """

    name: str
    command: str
    description: str
    depfile: str = ""
    rspfile: str = ""
    rspfile_content: str = ""
    beside: tuple[str, ...] = ()
    pool: str = ""

    def side_outputs(self, output: str) -> tuple[str, ...]:
        """What the command makes beside `output`."""
        return tuple(output + suffix for suffix in self.beside) if self.beside else ()


class Action(Struct, frozen=True):
    """One edge of the graph.

    `cost` is the size of the source behind it in bytes, the first guess at how long it takes.
    Actions of a phase run by `turn` before that.
    """

    phase: Phase
    rule: Rule
    outputs: tuple[str, ...]
    inputs: tuple[str, ...]
    implicit: tuple[str, ...] = ()
    implicit_outputs: tuple[str, ...] = ()
    order_only: tuple[str, ...] = ()
    variables: tuple[tuple[str, str], ...] = ()
    cost: float = 0.0
    validations: tuple[str, ...] = ()
    turn: int = 0


class Compilation(Struct, frozen=True):
    """What an editor wants to know about one source file."""

    source: str
    output: str
    arguments: tuple[str, ...]


class Plan(Struct, frozen=True):
    """Everything a manifest says, before anyone writes it."""

    actions: tuple[Action, ...]
    compilations: tuple[Compilation, ...]
    aliases: tuple[tuple[str, str], ...]
    defaults: tuple[str, ...]
