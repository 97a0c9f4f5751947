"""The libraries of a link: in `LIBS`, and those that its flags name in a place of their own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from msgspec import Struct
from SCons.Errors import UserError as SconsError
from SCons.Node.FS import File
from SCons.Scanner import FindPathDirs

from ltogen.linker import driver_words
from ltogen.linker.command_line import INPUT, Argument, CommandLine
from ltogen.linker.state import State
from ltogen.model.link_unit import Form
from ltogen.scons.code import Code
from ltogen.scons.modules import Modules
from ltogen.scons.request import Request, behind_aliases
from ltogen.scons.words import subst

# The linker asks each archive again by itself; it refuses to have `--start-lib` within a group.
_GROUP = ("start-group", "end-group")


class Libraries(Struct):
    """Some libraries: in a link's line, with the files that counts on; the rest is the driver's."""

    line: list[str]
    opened: list[Code]
    files: list[str]
    rest: tuple[str, ...] = ()

    def open(self, code: Code, *, bare: bool = False) -> None:
        """Take an archive as its members; `bare` where the place says which of them are taken."""
        self.opened.append(code)
        self.line += code.line if bare else code.as_library


class _Finder:
    """Finds the libraries of a request's folders that are in the project."""

    def __init__(self, request: Request, modules: Modules, form: Form, *, static: bool) -> None:
        self._request, self._modules, self._form = request, modules, form
        self._static = static  # the linker passes over shared libraries
        self._folders = FindPathDirs("LIBPATH")(request.env, request.env.fs.getcwd())
        # The linker prefers shared ones.
        self._shared, self._archive = (
            tuple(map(request.env.subst, kind)) for kind in (("$SHLIBPREFIX", "$SHLIBSUFFIX"),
                                                             ("$LIBPREFIX", "$LIBSUFFIX")))

    def find(self, name: str, *, static: bool = False) -> Any:
        """The node of the library of a name; None if the driver is to look for it."""
        for folder in self._folders:
            for file in self._files(name, static=static or self._static):
                node = self._request.env.fs.File(file, folder)
                if (node.has_builder() or node.side_effect or self._modules.makes(node)
                        or os.path.isfile(node.get_abspath())):
                    return node
        return None

    def file(self, path: str) -> Any:
        """The node of a path from the top folder."""
        return self._request.env.fs.Top.File(path)

    def opened(self, node: Any) -> Code | None:
        """An archive's members; None if it is linked as it is."""
        return self._modules.archive(node, self._form, self._request)

    def path(self, node: Any) -> str:
        """The path of what is linked as it is."""
        found: str = self._modules.linked(node).get_internal_path()
        return found

    def words(self, path: str) -> list[str]:
        """A library as the linker should find it: a shared one by its name.

        As a path, it would be looked for at that path when the program starts.
        """
        if path.endswith(self._archive[1]):
            return [path]
        folder, _, name = path.rpartition("/")
        return [f"-L{folder or '.'}", f"-l:{name}"]

    def _files(self, name: str, *, static: bool) -> Iterator[str]:
        if name.startswith(":"):  # of a file, whole
            yield name[1:]
            return
        for prefix, suffix in ((self._archive,) if static else (self._shared, self._archive)):
            # SCons lets a library be named with its prefix and suffix too.
            yield f"{prefix}{name.removeprefix(prefix).removesuffix(suffix)}{suffix}"


def named(request: Request, modules: Modules, form: Form, *, static: bool) -> Libraries:
    """What `LIBS` names. `static`: the linker passes over shared libraries."""
    env, found, others = request.env, Libraries([], [], []), []
    finder = _Finder(request, modules, form, static=static)
    for library in _names(request):
        node = finder.find(library) if isinstance(library, str) else library
        code = finder.opened(node) if node is not None else None
        if code is not None:
            found.open(code)
        elif node is not None:
            path = finder.path(node)
            found.files.append(path)
            found.line += finder.words(path) if isinstance(library, str) else [path]
        else:
            others.append(library)
    found.rest = subst(env.Override({"LIBS": others}), "$_LIBFLAGS", request.product)
    return found


def among_flags(request: Request, modules: Modules, form: Form,
                words: tuple[str, ...]) -> tuple[tuple[str, ...], Libraries]:
    """The flags of a link: those for the driver, and what goes to the linker in its order.

    An input keeps its place among what is said of it (`--whole-archive`). The driver never sees
    one: a clean build asks it before the file is there.
    """
    driver, linker = _parted(words)
    line, found = CommandLine(linker), Libraries([], [], [])
    finder = _Finder(request, modules, form, static="-static" in driver)
    state, last = State(line), _last_state(line)
    for argument in line.arguments:
        if state.follow(argument):
            found.line += argument.words
        elif argument.option in (INPUT, "library"):
            # (The embedded driver alone knows where the system's libraries are. Another may too, so
            # they are the driver's where what is said of them holds to the end.)
            _add(found, finder, argument, state,
                 to_driver=request.settings.toolchain.link_runs or _said(state) == last)
        elif argument.option not in _GROUP:
            found.line += argument.words
    found.files += [word[1:] for word in driver if word.startswith("@")]
    return driver, found


def _parted(words: tuple[str, ...]) -> tuple[tuple[str, ...], list[str]]:
    """The words for the driver, response files among them, and those for the linker."""
    driver: list[str] = []
    linker: list[str] = []
    for kind, group in driver_words.pieces(words):
        is_driver = kind == driver_words.DRIVER or (
            kind == driver_words.INPUT and group[0].startswith("@"))
        (driver if is_driver else linker).extend(group)
    return tuple(driver), linker


def _add(found: Libraries, finder: _Finder, argument: Argument, state: State, *,
         to_driver: bool) -> None:
    """Add an input or a library of the flags."""
    if argument.option == INPUT:
        node = finder.file(argument.text)
    else:
        node = finder.find(argument.text, static=state.static)
    code = finder.opened(node) if node is not None else None
    if code is not None:
        found.open(code, bare=state.whole_archive or state.lazy)
    elif node is not None:
        path = finder.path(node)
        found.files.append(path)
        found.line += [path] if argument.option == INPUT else finder.words(path)
    elif to_driver:
        found.rest += argument.words
    else:
        found.line += argument.words


def _last_state(line: CommandLine) -> tuple[bool, ...]:
    state = State(line)
    for argument in line.arguments:
        state.follow(argument)
    return _said(state)


def _said(state: State) -> tuple[bool, ...]:
    return state.as_needed, state.static, state.whole_archive, state.lazy, state.binary


def _names(request: Request) -> Iterator[Any]:
    """Names of libraries, and nodes."""
    env = request.env
    for library in env.Flatten(env.get("LIBS", [])):
        if isinstance(library, str):
            yield from env.subst(library).split()
            continue
        for node in behind_aliases([library]):
            if not isinstance(node, File):
                raise SconsError(f"{request.product}: LIBS: {node} is no file; name libraries, or "
                                 "the nodes that their builders return")
            yield node
