"""The nouns: what is compiled, what is linked, and the plan that says how.

Plain frozen data. msgspec's Struct, because dataclasses write their methods as source text at every
start: twenty of them took a third of the start-up, and instances take four times as long to make.
"""

from __future__ import annotations

from enum import Enum, IntEnum, StrEnum

from msgspec import Struct

# A merge needs the memory of the whole program: no more at once than the plan says.
MERGE_POOL = "merge"

MOST_PARTS = 256  # in which a source is cut, or a merged module becomes code


class Kind(StrEnum):
    """What a target makes."""

    EXECUTABLE = "executable"
    SHARED_LIBRARY = "shared-library"
    STATIC_LIBRARY = "static-library"


class Lto(StrEnum):
    """The way a target's modules take through the optimiser."""

    THIN = "thin"
    FAT = "fat"
    COMBINE = "combine"
    OFF = "off"


class Form(StrEnum):
    """What a target's sources are compiled to, for the links that take them."""

    THIN = "thin"  # optimised as ThinLTO wants it, with a summary
    FULL = "full"  # optimised as a merge wants it
    UNIFIED = "unified"  # fit for either
    ALONE = "alone"  # optimised to the end, not yet code
    NATIVE = "native"


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
    THIN_LINK = 2  # many wait for it
    MERGE = 3  # the longest of all: it starts before what fills the other places
    BACKEND = 4
    LINK = 5


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
    partitions: int = 1  # in which a merged module becomes code
    codegen_units: int | None = 1  # of its largest source; None: by the workers planned for
    passes: tuple[str, ...] = ()  # "PLUGIN" or "PLUGIN:PIPELINE", over the merged module
    embed_bitcode: bool = False
    merge: bool = False  # small sources to units that are worth a process of their own

    def flags_of(self, language: Language) -> tuple[str, ...]:
        """What the project says to the compiler of one language."""
        own = {Language.C: self.c_args, Language.CXX: self.cxx_args}.get(language, ())
        return (*self.compile_args, *own)


class SourceFile(Struct, frozen=True):
    """One source as the project names it.

    Of bitcode: whether it carries a module hash, has the summary that a thin link wants, and was
    made with -fsplit-lto-unit; and whether it is in a native object, which it came with. `units`:
    in how many codegen units it is cut for thin links. Neighbours with the same `group` above 0
    are one unit there.
    """

    path: str
    size: int
    language: Language
    hashed: bool = True
    thin: bool = True
    split: bool = False
    embedded: bool = False
    units: int = 1
    group: int = 0


class Module(Struct, frozen=True):
    """One codegen unit as bitcode. Every path of it ends in `path`; `size` is its source's.

    `thin`: whether it has the summary that a thin link wants.
    """

    path: str
    bitcode: str
    size: int
    plain_flags: tuple[str, ...] = ()  # of a backend without a thin link
    reads: tuple[str, ...] = ()  # files that a backend reads besides, such as a profile
    native: str = ""  # the native object that it came in, if it did
    thin: bool = True


class ThinModule(Module, frozen=True):
    """A module that takes part in a thin link."""

    backend_flags: tuple[str, ...] = ()
    hashed: bool = True

    @property
    def has_key(self) -> bool:
        """Whether its index says enough about it: that of one that will be merged says nothing."""
        return self.hashed or not self.thin


class MergedModule(Module, frozen=True):
    """A module that becomes part of another one."""


class FinalLink(Struct, frozen=True):
    """One executable or shared library, as the linker sees it.

    `line` is the positional part of the linker's command line; a module appears in it by the path
    of its bitcode. `linker_line` names the files with what the driver puts before and after; it is
    empty where `line` is all that the linker is told. `objects` are the native inputs.
    `prefix` and `suffix` are shell text around the final link, which may make the further
    `outputs`.
    """

    name: str
    product: str
    line: tuple[str, ...]
    objects: tuple[str, ...]
    linker_line: str
    prefix: str = ""
    suffix: str = ""
    outputs: tuple[str, ...] = ()
    order_only: tuple[str, ...] = ()
    validations: tuple[str, ...] = ()
    pool: str = ""


class ThinUnit(Struct, frozen=True):
    """A link by ThinLTO. `backend_flags` is what the link says to every backend."""

    final: FinalLink
    modules: tuple[ThinModule, ...]
    pic: bool
    backend_flags: tuple[str, ...] = ()
    backend_reads: tuple[str, ...] = ()  # files that these make a backend read


class MergedUnit(Struct, frozen=True):
    """A link whose modules become one before there is code.

    `options` is what lld is told for that, besides the link's own line; it reads `reads`.
    """

    final: FinalLink
    modules: tuple[MergedModule, ...]
    lto: Lto
    options: tuple[str, ...]
    partitions: int
    reads: tuple[str, ...] = ()


AnyUnit = ThinUnit | MergedUnit | FinalLink


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
    pool: str = ""  # MERGE_POOL, or one that the manifest around declares

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

    @property
    def made(self) -> tuple[str, ...]:
        """Every file that it makes."""
        return (*self.outputs, *self.implicit_outputs)


class Compilation(Struct, frozen=True):
    """What an editor wants to know about one source file."""

    source: str
    output: str
    arguments: tuple[str, ...]


class Plan(Struct, frozen=True):
    """Everything a manifest says, before anyone writes it."""

    actions: tuple[Action, ...]
    compilations: tuple[Compilation, ...]
    aliases: tuple[tuple[str, tuple[str, ...]], ...]  # names for products
    defaults: tuple[str, ...]
    merges: int = 1  # that may run at once
    pools: tuple[tuple[str, int], ...] = ()  # further ones, with their depths
    reads: tuple[str, ...] = ()  # prebuilt files that it depends on
