"""The construction variables that the builders read."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from msgspec import Struct
from SCons.Errors import UserError as SconsError

from ltogen.backends import build_folder, store_link
from ltogen.base.errors import UserError, did_you_mean
from ltogen.base.numbers import natural
from ltogen.base.processes import at_once
from ltogen.model.layout import Layout
from ltogen.model.project import MOST_PARTS, Lto
from ltogen.model.site import Site
from ltogen.toolchain import Request, Toolchain, choose

DEFAULTS = {
    "LTOGEN_LTO": Lto.THIN.value,  # of LTOProgram: thin, fat, combine or off
    "LTOGEN_OPT": "2",  # the level where CCFLAGS has none
    "LTOGEN_TOOLCHAIN": "",  # system or embedded; else the first that is whole
    "LTOGEN_OUT": "ltogen.out",  # folder of all that is neither source nor product
    "LTOGEN_CODEGEN_UNITS": 1,  # in which a link's largest source is cut, or auto
    "LTOGEN_PARTITIONS": 1,  # in which a merged module becomes code, or auto
    "LTOGEN_PASSES": (),  # PLUGIN or PLUGIN:PIPELINE, over the merged module of a fat link
}


class Settings(Struct, frozen=True):
    """The values of one environment's variables, checked."""

    site: Site
    opt: str
    lto: Lto
    codegen_units: int | None  # None: by the number of processors
    partitions: int

    @property
    def toolchain(self) -> Toolchain:
        """The compilers and the linker."""
        return self.site.toolchain


def read(env: Any) -> Settings:
    """The settings of an environment. Raises SCons's UserError for an invalid value."""
    lto, opt = str(env["LTOGEN_LTO"]), str(env["LTOGEN_OPT"])
    known = [mode.value for mode in Lto]
    if lto not in known:
        raise SconsError(f"LTOGEN_LTO: unknown LTO mode '{lto}'{did_you_mean(lto, known)} "
                         f"(known: {', '.join(known)})")
    if opt not in ("0", "1", "2", "3", "s", "z"):
        raise SconsError(f"LTOGEN_OPT: unknown level '{opt}' (known: 0, 1, 2, 3, s, z)")
    layout = place(env)
    return Settings(Site(toolchain(env, layout), layout), opt, Lto(lto),
                    _number(env, "LTOGEN_CODEGEN_UNITS"),
                    _number(env, "LTOGEN_PARTITIONS") or at_once())


def _number(env: Any, name: str) -> int | None:
    """The value of a variable that is a number of parts; None for "auto"."""
    text = str(env[name])
    if text == "auto":
        return None
    number = natural(text)
    if not number or number > MOST_PARTS:
        raise SconsError(f"{name}: '{text}': a number from 1 to {MOST_PARTS}, or 'auto' for one "
                         "per processor")
    return number


def place(env: Any) -> Layout:
    """The folders of the graph. Raises SCons's UserError for one that has other files in it."""
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
    build_folder.remember(Path(top), layout, found)
    store_link.write(Path(top), layout)
    return found
