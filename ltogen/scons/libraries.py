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
        env = request.env
        # The linker prefers shared ones.
        kinds = (*(() if static else (("$SHLIBPREFIX", "$SHLIBSUFFIX"),)),
                 ("$LIBPREFIX", "$LIBSUFFIX"))
        self._places = [(folder, env.subst(prefix), env.subst(suffix))
                        for folder in FindPathDirs("LIBPATH")(env, env.fs.getcwd())
                        for prefix, suffix in kinds]

    def find(self, name: str) -> Any:
        """The node of the library of a name; None if the driver is to look for it."""
        for folder, prefix, suffix in self._places:
            # SCons lets a library be named with its prefix and suffix too.
            base = name.removeprefix(prefix).removesuffix(suffix)
            node = self._request.env.fs.File(f"{prefix}{base}{suffix}", folder)
            if (node.has_builder() or node.side_effect or self._modules.makes(node)
                    or os.path.isfile(node.get_abspath())):
                return node
        return None

    def opened(self, node: Any) -> Code | None:
        """An archive's members; None if it is linked as it is."""
        return self._modules.archive(node, self._form, self._request)

    def path(self, node: Any) -> str:
        """The path of what is linked as it is."""
        found: str = self._modules.linked(node).get_internal_path()
        return found


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
            found.line += _words_for(env, path) if isinstance(library, str) else [path]
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
    pieces = list(driver_words.pieces(words))
    driver = tuple(word for kind, group in pieces if kind == driver_words.DRIVER for word in group)
    line = CommandLine([word for kind, group in pieces if kind != driver_words.DRIVER
                        for word in group])
    found, state = Libraries([], [], []), State(line)
    finder = _Finder(request, modules, form, static="-static" in driver)
    for argument in line.arguments:
        node = _node_of(request, finder, argument)
        code = finder.opened(node) if node is not None else None
        if argument.option in _GROUP:
            continue
        if code is not None:
            found.open(code, bare=state.whole_archive or state.lazy)
        elif argument.option == "library" and node is None and _is_plain(state):
            found.rest += argument.words  # (of the system's libraries some drivers have their own)
        else:
            state.follow(argument)
            found.line += [finder.path(node)] if argument.option == INPUT else argument.words
            found.files += [finder.path(node)] if node is not None else []
    return driver, found


def _node_of(request: Request, finder: _Finder, argument: Argument) -> Any:
    if argument.option == INPUT:
        return request.env.fs.Top.File(argument.text)
    return finder.find(argument.text) if argument.option == "library" else None


def _is_plain(state: State) -> bool:
    """Whether nothing is said of the next input."""
    return not (state.whole_archive or state.static or state.as_needed or state.lazy
                or state.binary)


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


def _words_for(env: Any, path: str) -> list[str]:
    """A library as the linker should find it: a shared one by its name.

    As a path, it would be looked for at that path when the program starts.
    """
    if path.endswith(env.subst("$LIBSUFFIX")):
        return [path]
    folder, _, name = path.rpartition("/")
    return [f"-L{folder or '.'}", f"-l:{name}"]


