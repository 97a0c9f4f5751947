"""The project file, `ltogen.toml`: read, checked, and with its defaults filled in."""

from __future__ import annotations

import re
import tomllib
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from ltogen.base.errors import UserError, did_you_mean
from ltogen.base.processes import at_once
from ltogen.model import layout
from ltogen.model.project import INCREMENTAL, MOST_PARTS, Kind, Lto, Target
from ltogen.ninja.spelling import check_path
from ltogen.toolchain.choose import Request

FILE_NAME = "ltogen.toml"
_WHOLE: int | str = 1
_OPTIMIZE: str | int = "2"
OPTIMIZE_LEVELS = ("0", "1", "2", "3", "s", "z")

_Choice = TypeVar("_Choice", bound=Enum)
_Table = TypeVar("_Table", bound=msgspec.Struct)
_Value = TypeVar("_Value")
_Words = tuple[str, ...]


class _Arguments(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """Keys that `[project]` sets for every target and a target overrides or extends."""

    lto: str | None = None
    optimize: str | int | None = None
    lto_partitions: int | str | None = None
    codegen_units: int | str | None = None
    passes: _Words = ()
    embed_bitcode: bool | None = None
    unity: bool | None = None
    include_dirs: _Words = ()
    defines: _Words = ()
    compile_args: _Words = ()
    c_args: _Words = ()
    cxx_args: _Words = ()
    link_args: _Words = ()


class _ProjectTable(_Arguments, frozen=True, kw_only=True, rename="kebab"):
    name: str | None = None
    cache: str | None = None
    incremental: str | None = None
    remote: str | None = None


class _ToolchainTable(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    kind: str | None = None
    cc: str | None = None
    cxx: str | None = None
    ld: str | None = None
    ar: str | None = None
    target: str | None = None


class _TargetTable(_Arguments, frozen=True, kw_only=True, rename="kebab"):
    kind: str = Kind.EXECUTABLE.value
    sources: _Words = ()
    libraries: _Words = ()
    depends: _Words = ()
    default: bool | None = None


class Project(Struct, frozen=True):
    """What a project file says."""

    root: Path
    name: str
    toolchain: Request
    cache: str | None
    incremental: str
    remote: str | None
    targets: tuple[Target, ...]


def load(root: Path) -> Project:
    """Read `root/ltogen.toml`.

    Raises UserError, naming the file, the table and the key, for whatever is wrong in it.
    """
    path = root / FILE_NAME
    document = _parse(path)
    _known_keys(str(path), document, ("project", "toolchain", "targets"))
    defaults = _table(path, "project", document.get("project", {}), _ProjectTable)
    tools = _table(path, "toolchain", document.get("toolchain", {}), _ToolchainTable)
    tables = document.get("targets", {})
    if not isinstance(tables, dict) or not tables:
        raise UserError(f"{path}: no targets; add a table such as [targets.hello]")
    targets = tuple(
        _target(path, name, _table(path, f"targets.{name}", table, _TargetTable), defaults)
        for name, table in tables.items()
    )
    if tools.kind not in (None, "system", "embedded"):
        raise UserError(f"{path}: [toolchain] kind = {tools.kind!r}: one of system, embedded")
    request = Request(**{name: getattr(tools, name) for name in Request.__struct_fields__})
    if defaults.incremental not in (None, *INCREMENTAL):
        raise UserError(f"{path}: [project] incremental = {defaults.incremental!r}: one of "
                        f"{', '.join(INCREMENTAL)}")
    return Project(root, defaults.name or root.resolve().name, request,
                   _cache(root, defaults.cache), defaults.incremental or INCREMENTAL[0],
                   _remote(root, defaults.remote), targets)


def _cache(root: Path, value: str | None) -> str | None:
    """The cache folder that a project names, from its own folder on."""
    return value if value in (None, "off") else str(root.resolve() / value)


def _remote(root: Path, value: str | None) -> str | None:
    """The server that a project names: an address, or a file from its own folder on."""
    if value in (None, "off") or ":" in (value or "").split("/")[0]:
        return value
    return str(root.resolve() / Path(value or "").expanduser())


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(
            f"{path}: no project file; write one, or name its folder: ltogen configure DIR"
        ) from None
    except OSError as error:
        raise UserError(f"{path}: cannot read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from None
    except ValueError as error:  # TOMLDecodeError, or a number too long for Python
        raise UserError(f"{path}: {_explain_toml(str(error))}") from None
    except RecursionError:
        raise UserError(f"{path}: not valid TOML: nested too deeply") from None


def _explain_toml(message: str) -> str:
    twice = re.search(r"Cannot declare \('targets', '(.*)'\) twice \((.*)\)", message)
    if twice:
        return f"two targets are named '{twice.group(1)}' ({twice.group(2)}); rename one"
    return f"not valid TOML: {message}"


def _table(path: Path, section: str, table: Any, kind: type[_Table]) -> _Table:
    where = f"{path}: [{section}]"
    if not isinstance(table, dict):
        raise UserError(f"{where}: expected a table, got {table!r}")
    _known_keys(where, table, kind.__struct_encode_fields__)
    try:
        return _spellable(where, msgspec.convert(table, kind, strict=True))
    except msgspec.ValidationError as error:
        message, _, place = str(error).partition(" - at ")
        key = place.strip("`").removeprefix("$.")
        raise UserError(f"{where} {key}: {message.replace('`', '')}") from None


def _spellable(where: str, table: _Table) -> _Table:
    """`table`, unless an argument in it has what no Ninja manifest can hold."""
    for key in table.__struct_fields__:
        value = getattr(table, key)
        for word in value if isinstance(value, tuple) and key != "sources" else ():
            bad = re.search(r"[\n\r\0]", word)
            if bad:
                raise UserError(f"{where} {key.replace('_', '-')}: {word!r} contains "
                                f"{bad.group()!r}, which a Ninja manifest cannot hold; remove it")
    return table


def _known_keys(where: str, table: dict[str, Any], known: tuple[str, ...]) -> None:
    for key in table:
        if key not in known:
            raise UserError(f"{where}: unknown key '{key}'{did_you_mean(key, known)}")


def _target(path: Path, name: str, table: _TargetTable, defaults: _ProjectTable) -> Target:
    where = f"{path}: [targets.{name}]"
    _check_name(where, name)
    if not table.sources:
        raise UserError(f"{where}: no sources; add sources = [\"src/*.c\"]")
    lto = _first(table.lto, defaults.lto, Lto.THIN.value)
    kind = _choice(where, "kind", "kind", table.kind, Kind)
    # A static library is not linked itself: what it asks for joins the links that take it in.
    link_defaults = () if kind is Kind.STATIC_LIBRARY else defaults.link_args
    return Target(
        name=name,
        kind=kind,
        lto=_choice(where, "lto", "LTO mode", lto, Lto),
        optimize=_optimize(where, str(_first(table.optimize, defaults.optimize, _OPTIMIZE))),
        sources=tuple(check_path(pattern, where) for pattern in table.sources),
        include_dirs=defaults.include_dirs + table.include_dirs,
        defines=defaults.defines + table.defines,
        compile_args=defaults.compile_args + table.compile_args,
        c_args=defaults.c_args + table.c_args,
        cxx_args=defaults.cxx_args + table.cxx_args,
        link_args=link_defaults + table.link_args,
        libraries=table.libraries,
        depends=table.depends,
        default=table.default,
        partitions=_number(f"{where} lto-partitions",
                           _first(table.lto_partitions, defaults.lto_partitions, _WHOLE),
                           "one per processor") or at_once(),
        codegen_units=_number(
            f"{where} codegen-units", _first(table.codegen_units, defaults.codegen_units, _WHOLE),
            "the workers planned for"),
        passes=_passes(where, path.parent, defaults.passes + table.passes, lto),
        embed_bitcode=_first(table.embed_bitcode, defaults.embed_bitcode, False),
        unity=_first(table.unity, defaults.unity, False),
    )


def _first(own: _Value | None, default: _Value | None, otherwise: _Value) -> _Value:
    """The value of the target, else of the project, else the built-in default."""
    if own is not None:
        return own
    return otherwise if default is None else default


def _number(where: str, value: int | str, auto: str) -> int | None:
    """In how many parts something is made; None for "auto", which means `auto`."""
    if value == "auto":
        return None
    if isinstance(value, str) or not 0 < value <= MOST_PARTS:
        raise UserError(f"{where}: {value!r}: a number from 1 to {MOST_PARTS}, or \"auto\" for "
                        f"{auto}")
    return value


def _passes(where: str, root: Path, passes: _Words, lto: str) -> _Words:
    if passes and lto != Lto.FAT.value:
        raise UserError(f"{where} passes: a pass over the whole program needs lto = \"fat\"; "
                        f"this target has lto = \"{lto}\"")
    for text in passes:
        plugin = text.partition(":")[0]
        if not plugin:
            raise UserError(f"{where} passes: {text!r}: write it as \"PLUGIN.so:PIPELINE\"")
        if not _is_file(root / plugin):
            raise UserError(f"{where} passes: {plugin}: no such plugin in {root}; build it first, "
                            "or give its whole path")
    return passes


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name longer than any file's
        return False


def _check_name(where: str, name: str) -> None:
    check_path(name, where)
    # lld separates the parts of --thinlto-prefix-replace with `;`, and a name is a part of them.
    if not name or name in (".", "..") or re.search(r"[/;]", name):
        raise UserError(f"{where}: a target's name is the name of its product: no '/' and no ';'")
    if name == layout.LIBRARIES or re.search(
            r"\.(new|d)\Z|\A\.ninja_|\A((line|link)\.rsp|(link|step)\.line)\Z|\Aregular-lto\.o\Z"
            r"|\Asymbols\.(elf|known)\Z|\A(printed|report)\.txt\Z", name):
        raise UserError(f"{where}: the name would meet with a file that the build makes; rename it")


def _choice(where: str, key: str, noun: str, value: str, choices: type[_Choice]) -> _Choice:
    known = [str(choice.value) for choice in choices]
    if value not in known:
        hint = did_you_mean(value, known)
        raise UserError(f"{where} {key}: unknown {noun} '{value}'{hint} "
                        f"(known: {', '.join(known)})")
    return choices(value)


def _optimize(where: str, level: str) -> str:
    if level not in OPTIMIZE_LEVELS:
        raise UserError(f"{where} optimize: unknown level '{level}' "
                        f"(known: {', '.join(OPTIMIZE_LEVELS)})")
    return level
