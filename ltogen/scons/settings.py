"""The construction variables that the builders read."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from msgspec import Struct
from SCons.Errors import UserError as SconsError

from ltogen import graph_files
from ltogen.errors import UserError, did_you_mean
from ltogen.layout import Layout
from ltogen.model import Lto
from ltogen.site import Site
from ltogen.toolchain import Request, Toolchain, choose

DEFAULTS = {
    "LTOGEN_LTO": Lto.THIN.value,  # of LTOProgram: thin, fat, combine or off
    "LTOGEN_OPT": "2",  # the level where CCFLAGS has none
    "LTOGEN_TOOLCHAIN": "",  # system or embedded; else the first that is whole
    "LTOGEN_OUT": "ltogen.out",  # folder of all that is neither source nor product
    "LTOGEN_PARTITIONS": 1,  # in which a merged module becomes code
}


class Settings(Struct, frozen=True):
    """What the variables of one environment say, checked."""

    site: Site
    opt: str
    lto: Lto
    partitions: int

    @property
    def toolchain(self) -> Toolchain:
        """The compilers and the linker."""
        return self.site.toolchain


def read(env: Any) -> Settings:
    """The settings of an environment. Raises SCons's UserError for what cannot be."""
    lto, opt = str(env["LTOGEN_LTO"]), str(env["LTOGEN_OPT"])
    known = [mode.value for mode in Lto]
    if lto not in known:
        raise SconsError(f"LTOGEN_LTO: unknown LTO mode '{lto}'{did_you_mean(lto, known)} "
                         f"(known: {', '.join(known)})")
    if opt not in ("0", "1", "2", "3", "s", "z"):
        raise SconsError(f"LTOGEN_OPT: unknown level '{opt}' (known: 0, 1, 2, 3, s, z)")
    partitions = str(env["LTOGEN_PARTITIONS"])
    if not partitions.isdigit() or int(partitions) == 0:
        raise SconsError(f"LTOGEN_PARTITIONS: '{partitions}' is no number of partitions")
    layout = place(env)
    return Settings(Site(toolchain(env, layout), layout), opt, Lto(lto), int(partitions))


def place(env: Any) -> Layout:
    """The folders of the graph. Raises SCons's UserError for one that has other things in it."""
    text = env.subst(str(env["LTOGEN_OUT"]))
    out = env.fs.Dir(f"#{text}" if text and text[0] not in "#/" else text or "#")
    if out is env.fs.Top or env.fs.Top.is_under(out):
        raise SconsError(f"LTOGEN_OUT: '{text}' has more in it than ltogen's own; name a folder "
                         "below")
    return Layout(out.get_internal_path())


def toolchain(env: Any, layout: Layout) -> Toolchain:
    """The toolchain that the environment asks for, remembered from run to run."""
    kind = str(env["LTOGEN_TOOLCHAIN"]) or None
    if kind not in (None, "system", "embedded"):
        raise SconsError(f"LTOGEN_TOOLCHAIN: '{kind}': one of system, embedded")
    return _choose(kind, str(env.fs.Top.get_abspath()), layout.out)


@functools.cache
def _choose(kind: str | None, top: str, out: str) -> Toolchain:
    layout = Layout(out)
    try:
        found = choose(Request(kind=kind), Path(top) / layout.toolchain)
    except UserError as error:
        raise SconsError(str(error)) from None
    graph_files.remember(Path(top), layout, found)
    return found
