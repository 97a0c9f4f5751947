"""The nouns of a project: its targets and their sources."""

from __future__ import annotations

from enum import Enum, StrEnum

from msgspec import Struct

INCREMENTAL = ("function", "module")  # what decides whether an importer's backend runs
MOST_PARTS = 256  # in which a source is cut, or a merged module becomes code


class Kind(StrEnum):
    """What a target makes."""

    EXECUTABLE = "executable"
    SHARED_LIBRARY = "shared-library"
    STATIC_LIBRARY = "static-library"


class Lto(StrEnum):
    """The LTO mode of a target."""

    THIN = "thin"
    FAT = "fat"
    COMBINE = "combine"
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
    unity: bool = False  # small neighbouring sources share a codegen unit

    def flags_of(self, language: Language) -> tuple[str, ...]:
        """The project's flags for the compiler of one language."""
        own = {Language.C: self.c_args, Language.CXX: self.cxx_args}.get(language, ())
        return (*self.compile_args, *own)


class SourceFile(Struct, frozen=True):
    """One source as the project names it; `size` is in bytes.

    Of bitcode: whether it is `thin` (has the summary that a thin link wants), was made with
    `-fsplit-lto-unit`, and is `embedded` in a native object; and the `triple` that it is for. For
    thin links, the source is cut into `codegen_units`, and neighbours with the same `group` above 0
    are one unity unit.
    """

    path: str
    size: int
    language: Language
    thin: bool = True
    split_lto_unit: bool = False
    embedded: bool = False
    triple: str = ""
    codegen_units: int = 1
    group: int = 0
