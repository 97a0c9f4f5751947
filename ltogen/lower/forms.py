"""The forms that modules are compiled to in each mode of LTO, and the flags that ask for them."""

from __future__ import annotations

from collections.abc import Mapping

from ltogen.model.link_unit import Form
from ltogen.model.project import Kind, Lto
from ltogen.model.toolchain import Toolchain

OF_MODE = {Lto.THIN: Form.THIN, Lto.FAT: Form.FULL, Lto.COMBINE: Form.PRE_CODEGEN,
           Lto.OFF: Form.NATIVE}
# What makes clang compile to a form; a unified one takes more.
FLAGS = {Form.THIN: ("-flto=thin",), Form.FULL: ("-flto=full",), Form.PRE_CODEGEN: ("-emit-llvm",)}
# What the driver that links is told: without LTO it would not say for which processor.
DRIVER_FLAGS: Mapping[Lto, tuple[str, ...]] = {
    Lto.THIN: ("-flto=thin",), Lto.FAT: ("-flto=full",), Lto.COMBINE: ("-flto=full",), Lto.OFF: ()}


def driver_options(kind: Kind, lto: Lto, toolchain: Toolchain, *, pic: bool) -> tuple[str, ...]:
    """Options that tell the driver what is linked, and how."""
    position = ("-pie",) if toolchain.pie and pic else ()
    return (*(("-shared",) if kind is Kind.SHARED_LIBRARY else position),
            *(() if toolchain.link_runs else DRIVER_FLAGS[lto]))
