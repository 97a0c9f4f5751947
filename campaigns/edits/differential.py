"""Edits of one project, and after each an incremental build that checks what it did not make."""

from __future__ import annotations

import difflib
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from bench.edits.draw import Draw
from bench.edits.edit import KINDS, Edit
from bench.edits.store import backends
from bench.graph import Graph
from bench.places import fresh
from campaigns.edits.projects import Site
from campaigns.result import Result
from ltogen.base.errors import UserError

_UNDO = "undo"


class Plan(msgspec.Struct, frozen=True):
    """How many edits, after how many each a clean build is compared, and the seed."""

    edits: int
    every: int
    seed: int
    debug: bool


def run(site: Site, plan: Plan) -> Iterator[Result]:
    """All edits, each on top of those before it; what was wrong, and how many builds there were."""
    graph = site.build("ours", fresh(site.folder / "store"), verify=True)
    graph.configure()
    graph.ninja()
    history: list[Edit] = []
    wrong: list[str] = []
    ran = clean = 0
    for number in range(plan.edits):
        edit = _next(site, graph, plan, history, number)
        edit.apply()
        try:
            ran += backends(graph, graph.ninja())
        except UserError as error:
            wrong.append(_kept(site, number, [*history, edit], str(error)))
            graph.configure()
        history.append(edit)
        if (number + 1) % plan.every == 0 or number + 1 == plan.edits:
            clean += 1
            wrong += [_kept(site, number, history, problem) for problem in _differ(site, graph)]
        _tell(site, number, plan, wrong)
    yield Result("edits", str(plan.edits), None,
                 f"{ran} backends ran but for verification, seed {plan.seed}")
    yield Result("clean", str(clean), None, "builds from nothing that were compared")
    yield Result("wrong", str(len(wrong)), not wrong, "; ".join(wrong))


def _next(site: Site, graph: Graph, plan: Plan, history: list[Edit], number: int) -> Edit:
    """A random edit, or the last one of a file taken back."""
    chance = random.Random(f"{plan.seed} {number}")
    kind = chance.choice((*KINDS, _UNDO) if history else tuple(KINDS))
    if kind == _UNDO:
        latest = {edit.path: edit for edit in history}
        last = latest[chance.choice(sorted(latest))]
        return msgspec.structs.replace(last, kind=_UNDO, before=last.after, after=last.before)
    draw = Draw(site.copy.source, graph.build, graph.compilations(), plan.seed, True, plan.debug)
    return draw.edit(kind, number).edit


def _differ(site: Site, graph: Graph) -> Iterator[str]:
    """The products that are not as a build from nothing makes them, in another folder."""
    found = site.products(graph)
    clean = site.build("clean")
    clean.configure()
    clean.ninja()
    for name, content in site.products(clean).items():
        if content != found[name]:
            yield f"{name} is not that of a build from nothing"


def _kept(site: Site, number: int, history: list[Edit], problem: str) -> str:
    """Write down what was done, to do it again; the problem, with where that is."""
    file = site.folder / f"wrong-{number}.diff"
    file.write_text(f"{problem}\n\n" + "".join(map(_diff, history)), "latin-1", "replace")
    return f"edit {number} ({history[-1].kind} of {history[-1].symbol}): {problem}; see {file}"


def _diff(edit: Edit) -> str:
    name = Path(edit.path).name
    lines = difflib.unified_diff(edit.before.splitlines(True), edit.after.splitlines(True),
                                 f"{edit.path}", f"{name}, {edit.kind} of {edit.symbol}", n=1)
    return "".join(lines) + "\n"


def _tell(site: Site, number: int, plan: Plan, wrong: list[str]) -> None:
    if (number + 1) % 10 == 0:
        print(f"campaigns.edits: {site.folder.name}: {number + 1} of {plan.edits} edits, "
              f"{len(wrong)} wrong", file=sys.stderr, flush=True)
