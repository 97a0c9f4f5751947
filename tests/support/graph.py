"""Which edges of a build had to run: worked out from contents alone, without Ninja's times."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from tests.support.workspace import Run, Workspace

_WORD = re.compile(r"(?:\$.|[^\s$])+")
_RAN = re.compile(r"^\[\d+/\d+\] (.*)$", re.MULTILINE)
_DEPS = re.compile(r"^(\S.*): #deps.*\n((?:    .*\n)*)", re.MULTILINE)


@dataclass(frozen=True)
class Edge:
    """One edge of a manifest; `inputs` are those whose change makes it run."""

    outputs: tuple[str, ...]
    inputs: tuple[str, ...]
    order_only: tuple[str, ...]
    command: str
    response: str


@dataclass(frozen=True)
class Cause:
    """All that an edge's outputs follow from: what it runs, and the content of what it reads."""

    command: str
    response: str
    contents: frozenset[tuple[str, str]]

    def same_as(self, earlier: Cause) -> bool:
        """Whether nothing is new; an input fewer is no change unless the command says so too."""
        return ((self.command, self.response) == (earlier.command, earlier.response)
                and self.contents <= earlier.contents)


@dataclass(frozen=True)
class State:
    """A build directory at rest: its edges, and the cause of each that ever ran."""

    edges: tuple[Edge, ...]
    causes: dict[Edge, Cause]
    wanted: frozenset[Edge]

    def changed_since(self, earlier: State) -> set[str]:
        """The edges, by first output, that are wanted and whose cause is not what it was."""
        known = {edge.outputs[0]: cause for edge, cause in earlier.causes.items()}
        return {edge.outputs[0] for edge in self.wanted
                if edge.outputs[0] not in known
                or not self.causes[edge].same_as(known[edge.outputs[0]])}

    def ran(self, done: Run) -> list[str]:
        """The edges that a `ninja -v` ran, by first output."""
        by_command = {edge.command: edge for edge in self.edges}
        return [by_command[command].outputs[0] for command in _RAN.findall(done.stdout)]

    def came_back(self, earlier: State) -> set[str]:
        """Edges that no goal wanted before this build.

        What they read may have been removed since they last ran, and made again: with the same
        bytes, but as newer files.
        """
        before = {edge.outputs[0] for edge in earlier.wanted}
        return {edge.outputs[0] for edge in self.wanted} - before

    def unwanted(self) -> set[str]:
        """What other goals than the default one would make."""
        return {path for edge in {*self.edges} - self.wanted for path in edge.outputs}


NOTHING = State((), {}, frozenset())


def state(workspace: Workspace, earlier: State) -> State:
    """The state of a workspace after a build that found it in the state `earlier`."""
    folder = workspace.root / workspace.build
    edges = read_edges((folder / "build.ninja").read_text())
    wanted = frozenset(edge for edge in _wanted(edges) if edge.command)
    # An edge that no goal wants keeps the outputs of an earlier build, if there was one.
    known = {edge.outputs[0]: cause for edge, cause in earlier.causes.items()}
    causes = {edge: known[edge.outputs[0]] for edge in edges if edge.outputs[0] in known}
    deps = _read_deps(workspace)
    digests: dict[str, str] = {}
    for edge in wanted:
        read = {*edge.inputs, *deps.get(edge.outputs[0], ())}
        contents = frozenset((path, _digest(folder / path, digests)) for path in read)
        causes[edge] = Cause(edge.command, edge.response, contents)
    return State(tuple(edge for edge in edges if edge.command), causes, wanted)


def _wanted(edges: list[Edge]) -> set[Edge]:
    """The edges that the default goal needs, and the one that makes the manifest."""
    makers = {output: edge for edge in edges for output in edge.outputs}
    found: set[Edge] = set()
    pending = ["all", "build.ninja"]
    while pending:
        edge = makers.get(pending.pop())
        if edge and edge not in found:
            found.add(edge)
            pending += (*edge.inputs, *edge.order_only)
    return found


def _read_deps(workspace: Workspace) -> dict[str, list[str]]:
    """What the edges found out that they read, by first output."""
    text = workspace.make("-t", "deps").stdout
    return {output: re.findall(r"^    (.*)$", files, re.MULTILINE)
            for output, files in _DEPS.findall(text)}


def _digest(path: Path, known: dict[str, str]) -> str:
    name = str(path)
    if name not in known:
        if path.is_dir():
            known[name] = " ".join(sorted(os.listdir(path)))
        else:
            known[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return known[name]


def read_edges(manifest: str) -> list[Edge]:
    """Every edge of a manifest that keeps to what ltogen writes; a phony one has no command."""
    rules: dict[str, dict[str, str]] = {"phony": {"command": ""}}
    edges = []
    for head, *lines in _blocks(manifest):
        variables = dict(line.strip().split(" = ", 1) for line in lines)
        kind, _, rest = head.partition(" ")
        if kind == "rule":
            rules[rest] = variables
        elif kind == "build":
            edges.append(_edge(rest, variables, rules))
    return edges


def _blocks(manifest: str) -> list[list[str]]:
    """Each line that is not indented, with the indented ones under it."""
    blocks: list[list[str]] = []
    for line in manifest.splitlines():
        if line.startswith(" "):
            blocks[-1].append(line)
        elif line:
            blocks.append([line])
    return blocks


def _edge(text: str, variables: dict[str, str], rules: dict[str, dict[str, str]]) -> Edge:
    made, used = text.split(": ", 1)
    before, _, order_only = used.partition(" || ")
    explicit, _, implicit = before.partition(" | ")
    rule, *inputs = _WORD.findall(explicit)
    outputs = _paths(_WORD.findall(made.replace(" | ", " ")))
    known = {**variables, "in": " ".join(_paths(inputs)), "out": outputs[0]}
    return Edge(
        outputs, _paths([*inputs, *_WORD.findall(implicit)]), _paths(_WORD.findall(order_only)),
        _expand(rules[rule]["command"], known),
        _expand(rules[rule].get("rspfile_content", ""), known),
    )


def _paths(words: list[str]) -> tuple[str, ...]:
    return tuple(re.sub(r"\$(.)", r"\1", word.replace("${dollar}", "$$")) for word in words)


def _expand(text: str, variables: dict[str, str]) -> str:
    known = {"$": "$", **variables}
    return re.sub(r"\$(\$|\w+)", lambda found: known[found[1]], text)
