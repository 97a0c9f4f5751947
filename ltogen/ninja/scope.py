"""Ninja's lookup of variables in scopes, rules and edges."""

from __future__ import annotations

import re
from typing import NoReturn

from msgspec import Struct

from ltogen.ninja.lexer import Lexer, LookUp, Template, template

# What a rule may set.
RESERVED = frozenset((
    "command", "depfile", "deps", "description", "dyndep", "generator", "msvc_deps_prefix", "pool",
    "restat", "rspfile", "rspfile_content"))

_PATH_LISTS = {"in": " ", "in_newline": "\n", "out": " "}
# Paths are joined with line breaks: no path has one.
_all_safe = re.compile(r"[A-Za-z0-9_+./\n-]*").fullmatch
# A component that is empty, `.` or `..`; a slash that begins the path does no harm.
_UNTIDY = re.compile(r"/(?:/|\.{1,2}(?:/|\Z)|\Z)|\A\.{1,2}(?:/|\Z)")


class Rule(Struct, frozen=True, eq=False):
    """One rule. `bindings` has plain text, and templates for what names variables."""

    name: str
    bindings: dict[str, str | Template]

    @staticmethod
    def of(name: str, raw: dict[str, str]) -> Rule:
        """The rule with these raw bindings."""
        bindings = {key: template(value) for key, value in raw.items()}
        # Ninja looks whether these two are there, and they are from then on: a rule without them
        # hides those of the scopes around.
        bindings.setdefault("rspfile", "")
        bindings.setdefault("rspfile_content", "")
        return Rule(name, bindings)


PHONY = Rule("phony", {})


class Scope(Struct, frozen=True, eq=False):
    """The variables and rules of one file and its includes."""

    parent: Scope | None
    values: dict[str, str]
    rules: dict[str, Rule]

    def look_up(self, name: str) -> str:
        """The value of a variable, here or further out."""
        scope: Scope | None = self
        while scope is not None:
            value = scope.values.get(name)
            if value is not None:
                return value
            scope = scope.parent
        return ""

    def rule(self, name: str) -> Rule | None:
        """The rule with that name, here or further out."""
        scope: Scope | None = self
        while scope is not None:
            rule = scope.rules.get(name)
            if rule is not None:
                return rule
            scope = scope.parent
        return None


class Edge(Struct, eq=False):
    """One build statement, with evaluated paths in the form that Ninja compares.

    `start` and `end` are character positions in the text of the manifest's file number `file`: from
    the word `build` to behind the last binding. `pool` and `dyndep` are what Ninja made of those
    variables when it read the statement; `get` gives values as they are in the end, after every
    file was read, which is when Ninja evaluates the rest.
    """

    _rule: Rule
    _lexer: Lexer
    # The edge's own bindings, or else the variables of the file: then those of the file come before
    # those of the rule, and what is looked for further out begins outside of the file.
    _values: dict[str, str]
    _outer: Scope | None
    file: int
    start: int
    end: int
    outputs: tuple[str, ...] = ()
    implicit_outputs: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    implicit: tuple[str, ...] = ()
    order_only: tuple[str, ...] = ()
    validations: tuple[str, ...] = ()
    pool: str = ""
    dyndep: str = ""

    def __repr__(self) -> str:
        return f"<{self.place}: {self.rule} {self.outputs}>"

    @property
    def made(self) -> tuple[str, ...]:
        """Every file that it makes."""
        return self.outputs + self.implicit_outputs

    @property
    def rule(self) -> str:
        """The name of the rule."""
        return self._rule.name

    @property
    def phony(self) -> bool:
        """Whether the rule is Ninja's own `phony`: a subninja may have a rule of that name."""
        return self._rule is PHONY

    @property
    def line(self) -> int:
        """The number of the line where the statement begins."""
        return self._lexer.line(self.start)

    @property
    def place(self) -> str:
        """The statement's file and line, for messages."""
        return self._lexer.place(self.start)

    def get(self, name: str) -> str:
        """The value of a variable, with the paths in it quoted for the shell."""
        return self._evaluate(name, True, ())

    def unescaped(self, name: str) -> str:
        """The value of a variable that is a path itself: `depfile`, `dyndep`, `rspfile`."""
        return self._evaluate(name, False, ())

    def refuse(self, message: str) -> NoReturn:
        """Raise a UserError about the statement."""
        self._lexer.fail(message, self.start)

    def path_variable(self, name: str) -> str:
        """The value of a variable in one of the edge's own paths, where no rule has a say."""
        value = self._values.get(name)
        if value is None:
            return self._outer.look_up(name) if self._outer is not None else ""
        return value

    def _evaluate(self, name: str, escape: bool, within: tuple[str, ...]) -> str:
        if name in _PATH_LISTS:
            return self._paths(name, escape)
        value = self._values.get(name)
        if value is not None:
            return value
        bound = self._rule.bindings.get(name)
        if bound is None:
            return self._outer.look_up(name) if self._outer is not None else ""
        if isinstance(bound, str):
            return bound
        return bound.evaluate(self._inner(name, escape, within))

    def _inner(self, name: str, escape: bool, within: tuple[str, ...]) -> LookUp:
        if name in within:
            cycle = " -> ".join((*within[within.index(name):], name))
            self.refuse(f"rule '{self.rule}': {cycle} never ends; remove one of these references")
        inside = (*within, name)
        return lambda other: self._evaluate(other, escape, inside)

    def _paths(self, name: str, escape: bool) -> str:
        paths = self.outputs if name == "out" else self.inputs
        if escape and not _all_safe("\n".join(paths)):
            paths = tuple(map(shell_word, paths))
        return _PATH_LISTS[name].join(paths)


def shell_word(path: str) -> str:
    """`path` as Ninja quotes it for the shell; shlex quotes fewer characters."""
    return path if _all_safe(path) else "'" + path.replace("'", "'\\''") + "'"


class Paths(dict[str, str]):
    """A cache of paths in the form that Ninja compares."""

    def __missing__(self, path: str) -> str:
        value = self[path] = canonical(path)
        return value


def canonical(path: str) -> str:
    """`path` in Ninja's canonical form; symbolic links are not resolved."""
    if not _UNTIDY.search(path):
        return path
    root = "/" if path.startswith("/") else ""
    kept: list[str] = []
    for part in path.split("/"):
        if part == ".." and kept and kept[-1] != "..":
            kept.pop()
        elif part not in ("", "."):
            kept.append(part)
    return root + "/".join(kept) or "."
