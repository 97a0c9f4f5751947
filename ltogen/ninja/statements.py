"""Reads the statements of a Ninja manifest."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from msgspec import Struct

from ltogen.base.errors import did_you_mean
from ltogen.ninja.lexer import END, NAME, NEWLINE, Header, Lexer, expand, split_paths
from ltogen.ninja.scope import RESERVED, Edge, Paths, Rule, Scope

# The newest manifest that is understood here.
_VERSION = (1, 13)
_number = re.compile(r"[ \t\v\f]*([+-]?)0*([0-9]*)").match


class Include(Struct, frozen=True):
    """One `include` or `subninja` statement, in the characters from `start` to `end`.

    `file` is the index of what it includes; `scoped` says that it is a `subninja`.
    """

    start: int
    end: int
    file: int
    scoped: bool


class File(Struct, eq=False):
    """A file that is being read."""

    index: int
    path: str
    text: str
    lexer: Lexer
    scope: Scope
    includes: list[Include]
    defaults: list[tuple[int, int]]  # characters of each `default` statement


# Opens the file at a path, which a statement in a file names.
Opener = Callable[[str, Scope, File], File]


class Statements:
    """What the statements that were read so far declare."""

    def __init__(self, opener: Opener) -> None:
        self.edges: list[Edge] = []
        self.makes: dict[str, Edge] = {}
        self.pools = {"console": 1}
        self.defaults: list[str] = []
        self.self_naming: set[str] = set()
        self._opener = opener
        self._canonical = Paths().__getitem__
        self._mentioned: set[str] = set()  # by the first edges, as many as `_searched`
        self._searched = 0
        self._readers: dict[str, Callable[[File], None]] = {
            "build": self._build_by_tokens, "default": self._default, "pool": self._pool,
            "rule": self._rule, NAME: self._variable, NEWLINE: lambda file: None}

    def read(self, file: File) -> Iterator[File]:
        """Read a file; yields each included file, which is to be read before the rest."""
        lexer = file.lexer
        while True:
            header = lexer.header()
            if header is not None:
                self._build(file, lexer.last, header)
                continue
            kind = lexer.token()
            if kind in self._readers:
                self._readers[kind](file)
            elif kind in ("include", "subninja"):
                yield from self._include(file, kind == "subninja")
            elif kind == END:
                return
            else:
                lexer.unexpected(kind)

    def _include(self, file: File, scoped: bool) -> Iterator[File]:
        lexer = file.lexer
        start = lexer.last
        path = expand(lexer.path(), file.scope.look_up)
        scope = Scope(file.scope, {}, {}) if scoped else file.scope
        included = self._opener(path, scope, file)
        yield included
        lexer.expect(NEWLINE)
        file.includes.append(Include(start, lexer.pos, included.index, scoped))

    def _variable(self, file: File) -> None:
        lexer = file.lexer
        lexer.pos = start = lexer.last
        name, raw = lexer.binding()
        value = expand(raw, file.scope.look_up)
        if name == "ninja_required_version" and version(value) > _VERSION:
            lexer.fail(f"ninja_required_version is {value!r}, and no Ninja after "
                       f"{_VERSION[0]}.{_VERSION[1]} is known here; update ltogen", start)
        file.scope.values[name] = value

    def _pool(self, file: File) -> None:
        lexer = file.lexer
        start = lexer.last
        name = lexer.word("the name of a pool")
        lexer.expect(NEWLINE)
        if name in self.pools:
            lexer.fail(f"pool '{name}' is there already; rename one of the two", start)
        depth = -1
        bindings = lexer.bindings()
        _known_only(lexer, start, bindings, frozenset(("depth",)))
        for _, raw in bindings or (("depth", "-1"),):
            depth = number(expand(raw, file.scope.look_up))
            if depth < 0:
                lexer.fail(f"pool '{name}' needs a depth; write depth = 1, or 0 for any", start)
        self.pools[name] = depth

    def _rule(self, file: File) -> None:
        lexer = file.lexer
        start = lexer.last
        name = lexer.word("the name of a rule")
        lexer.expect(NEWLINE)
        if name in file.scope.rules:
            lexer.fail(f"rule '{name}' is there already; rename one of the two", start)
        bindings = lexer.bindings()
        _known_only(lexer, start, bindings, RESERVED)
        raw = dict(bindings)
        if bool(raw.get("rspfile")) != bool(raw.get("rspfile_content")):
            lexer.fail(f"rule '{name}' has only one of rspfile and rspfile_content; "
                       "add the other one", start)
        if not raw.get("command"):
            lexer.fail(f"rule '{name}' has no command; write command = ...", start)
        file.scope.rules[name] = Rule.of(name, raw)

    def _default(self, file: File) -> None:
        lexer = file.lexer
        start = lexer.last
        raw = lexer.path()
        if not raw:
            lexer.fail("expected a target; name what to build by default", start)
        while raw:
            path = expand(raw, file.scope.look_up)
            if not path:
                lexer.fail(_empty(raw), start)
            path = self._canonical(path)
            if not self._is_mentioned(path):
                lexer.fail(f"unknown target {path!r}; a default statement stands after the build "
                           "statement that names it", start)
            self.defaults.append(path)
            raw = lexer.path()
        lexer.expect(NEWLINE)
        file.defaults.append((start, lexer.pos))

    def _is_mentioned(self, path: str) -> bool:
        if path in self.makes:
            return True
        for edge in self.edges[self._searched:]:
            self._mentioned.update(edge.inputs, edge.implicit, edge.order_only, edge.validations)
        self._searched = len(self.edges)
        return path in self._mentioned

    def _build_by_tokens(self, file: File) -> None:
        self._build(file, file.lexer.last, file.lexer.header_by_tokens())

    def _build(self, file: File, start: int, header: Header) -> None:
        outputs, implicit_outputs, rule, inputs, implicit, order_only, validations = header
        edge = self._edge(file, start, rule or "")
        edge.pool = self._pool_of(edge)  # while $in and $out are nothing as yet
        edge.outputs = self._paths(edge, outputs)
        edge.implicit_outputs = self._paths(edge, implicit_outputs)
        self._make(edge)
        edge.inputs = self._paths(edge, inputs)
        edge.implicit = self._paths(edge, implicit)
        edge.order_only = self._paths(edge, order_only)
        edge.validations = self._paths(edge, validations)
        if edge.phony:
            self._drop_itself(edge)
        edge.dyndep = self._dyndep_of(edge)
        self.edges.append(edge)

    def _edge(self, file: File, start: int, name: str) -> Edge:
        scope, lexer = file.scope, file.lexer
        rule = scope.rule(name)
        if rule is None:
            hint = did_you_mean(name, scope.rules) or "; a rule stands before what uses it"
            lexer.fail(f"unknown rule '{name}'{hint}", start)
        bindings = lexer.bindings()
        if not bindings:
            return Edge(rule, lexer, scope.values, scope.parent, file.index, start, lexer.pos)
        look_up = scope.look_up
        values = {key: expand(raw, look_up) for key, raw in bindings}
        return Edge(rule, lexer, values, scope, file.index, start, lexer.pos)

    def _pool_of(self, edge: Edge) -> str:
        pool = edge.get("pool")
        if pool and pool not in self.pools:
            hint = did_you_mean(pool, self.pools) or "; a pool stands before what uses it"
            edge.refuse(f"unknown pool {pool!r}{hint}")
        return pool

    def _dyndep_of(self, edge: Edge) -> str:
        path = edge.unescaped("dyndep")
        if path:
            path = self._canonical(path)
            if path not in (*edge.inputs, *edge.implicit, *edge.order_only):
                edge.refuse(f"dyndep {path!r} is not an input; add it after ||")
        return path

    def _paths(self, edge: Edge, raw: str | None) -> tuple[str, ...]:
        if not raw:
            return ()
        words = raw.split(" ")
        if "$" in raw or "" in words:
            words = [expand(word, edge.path_variable) for word in split_paths(raw)]
            if "" in words:
                edge.refuse(_empty(split_paths(raw)[words.index("")]))
        return tuple(map(self._canonical, words))

    def _make(self, edge: Edge) -> None:
        for path in edge.made:
            if path in self.makes:
                edge.refuse(f"{path!r} is already an output of {self.makes[path].place}; "
                            "remove it from one of the two")
            self.makes[path] = edge

    def _drop_itself(self, edge: Edge) -> None:
        """Drop the output from the inputs: CMake 3.0 wrote such edges, and Ninja accepts them."""
        if len(edge.outputs) != 1 or edge.implicit_outputs or edge.implicit:
            return
        named = edge.inputs + edge.order_only
        left = tuple(path for path in named if path != edge.outputs[0])
        if left == named:
            return
        self.self_naming.update(edge.outputs)
        # Ninja goes on counting as many order-only inputs, from the end, if there are so many.
        explicit = len(left) - len(edge.order_only)
        if explicit < 0:
            explicit = len(left)
        edge.inputs, edge.order_only = left[:explicit], left[explicit:]


def version(text: str) -> tuple[int, int]:
    """A version as Ninja compares it."""
    major, _, minor = text.partition(".")
    return number(major), number(minor)


def number(text: str) -> int:
    """The number that `text` begins with, as C's atoi of 32 bits reads it."""
    match = _number(text)
    assert match is not None
    # A number can be longer than Python likes to read.
    value = int(f"{match[1]}{match[2][:20] or 0}")
    value = max(-(1 << 63), min(value, (1 << 63) - 1))
    return (value + (1 << 31)) % (1 << 32) - (1 << 31)


def _known_only(lexer: Lexer, start: int, bindings: list[tuple[str, str]],
                known: frozenset[str]) -> None:
    for name, _ in bindings:
        if name not in known:
            hint = did_you_mean(name, known) or f"; what is known: {', '.join(sorted(known))}"
            lexer.fail(f"unexpected variable '{name}'{hint}", start)


def _empty(raw: str) -> str:
    return f"the path {raw!r} is empty; define its variables further up, or remove it"
