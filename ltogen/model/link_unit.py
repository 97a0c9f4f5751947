"""The nouns of a link: modules as bitcode, and how one executable or library is linked."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from ltogen.model.project import Lto


class Form(StrEnum):
    """The form that a target's sources are compiled to, for the links that take them."""

    THIN = "thin"  # optimised as ThinLTO wants it, with a summary
    FULL = "full"  # optimised as a merge wants it
    UNIFIED = "unified"  # fit for either
    PRE_CODEGEN = "pre-codegen"  # optimised to the end, not yet code
    NATIVE = "native"


class Module(Struct, frozen=True):
    """One codegen unit as bitcode. Its paths end in `path`; `size` is its source's, in bytes.

    `thin`: whether it has the summary that a thin link needs.
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


class MergedModule(Module, frozen=True):
    """A module that becomes part of another one."""


class FinalLink(Struct, frozen=True):
    """One executable or shared library, as the linker sees it.

    `args` is the positional part of the linker's command line; a module appears in it by the path
    of its bitcode. `driver_args` is the stem of the files with what the driver puts before and
    after; it is empty if `args` is the whole command line. `objects` are the native inputs.
    `before` and `after` are shell text around the final link, which may make the further `outputs`;
    a `launcher` is a program that runs it. Where modules are named by their sources, `targets` are
    the first parts of their paths. `typed` is the whole link as its user would type it, for who
    sees it fail.
    """

    name: str
    product: str
    args: tuple[str, ...]
    objects: tuple[str, ...]
    driver_args: str
    environment: tuple[tuple[str, str], ...] = ()
    before: str = ""
    launcher: tuple[str, ...] = ()
    after: str = ""
    outputs: tuple[str, ...] = ()
    order_only: tuple[str, ...] = ()
    validations: tuple[str, ...] = ()
    pool: str = ""
    targets: tuple[str, ...] = ()
    typed: tuple[str, ...] = ()


class ThinLinkUnit(Struct, frozen=True):
    """A link by ThinLTO. `backend_flags` are the flags of the link for every backend."""

    final: FinalLink
    modules: tuple[ThinModule, ...]
    pic: bool
    backend_flags: tuple[str, ...] = ()
    backend_reads: tuple[str, ...] = ()  # files that these make a backend read


class MergedLinkUnit(Struct, frozen=True):
    """A link that merges its modules into one before codegen.

    `options` are further options of lld for the merge; `reads` are files that lld then reads.
    """

    final: FinalLink
    modules: tuple[MergedModule, ...]
    lto: Lto
    options: tuple[str, ...]
    partitions: int
    reads: tuple[str, ...] = ()


LinkUnit = ThinLinkUnit | MergedLinkUnit | FinalLink
