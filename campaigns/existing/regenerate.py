"""A change to the build description, and what one run of Ninja makes of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from campaigns.existing.build import TAKEN, edges, kinds
from campaigns.existing.subject import Subject
from campaigns.result import Result
from ltogen.base.errors import UserError

_COMMENT = "\n# An edit that changes nothing.\n"
_NAME = "LTOGEN_REGENERATED"
# What the edges that write manifests say first, as CMake, Meson and ltogen name them.
_GENERATORS = {"CMake or Meson": ("Re-running CMake", "Regenerating build files"),
               "ltogen": ("configure",)}


def regenerate(subject: Subject) -> Iterator[Result]:
    """A change without an effect, then one with an effect on every compile."""
    path = subject.place.source / subject.place.project.description
    original = path.read_text()
    ninja = subject.taken.ninja
    try:
        ninja()
        yield _nothing(subject, path, original + _COMMENT)
        path.write_text(original)
        ninja()
        yield _definition(subject, path, original)
    finally:
        path.write_text(original)
    ninja()


def _nothing(subject: Subject, path: Path, text: str) -> Result:
    """CMake or Meson must run again, then ltogen; the products stay, and then there is no work."""
    build = subject.taken
    before = build.products()
    path.write_text(text)
    ran = edges(build.ninja()) - subject.always
    again = edges(build.ninja()) - subject.always
    faults = [
        *(f"no run of {who}" for who, first in _GENERATORS.items()
          if not any(text.startswith(first) for text in ran)),
        *(["the products changed"] if build.products() != before else []),
        *([f"a further run: {kinds(again)}"] if again else []),
    ]
    return _result("regenerated", ran, faults)


def _definition(subject: Subject, path: Path, original: str) -> Result:
    """A macro reaches all compiles with the next run, and with one more it is gone again.

    Only the manifest is made with the macro, so that the build is the same as before behind it.
    """
    build = subject.taken
    cmake = subject.place.project.generator == "cmake"
    path.write_text(_with_macro_cmake(original) if cmake else _with_macro_meson(original))
    ran = edges(build.ninja(TAKEN, TAKEN)) - subject.always
    reached = [_NAME in command for command in build.compiles()]
    path.write_text(original)
    back = edges(build.ninja()) - subject.always
    opt = sum(count for text, count in back.items() if text.startswith("compile "))
    faults = [
        *([f"reached {sum(reached)} of {len(reached)} compiles"] if not all(reached) else []),
        *(["there are no compiles"] if not reached else []),
        *([f"{opt} compiles after it was taken back"] if opt else []),
        *(["it stays in the commands"] if any(_NAME in one for one in build.compiles()) else []),
    ]
    return _result("macro", ran, faults)


def _result(column: str, ran: Counter[str], faults: list[str]) -> Result:
    return Result(column, "ok" if not faults else "WRONG", not faults,
                  "; ".join([kinds(ran), *faults]), {"edges": dict(ran)})


def _with_macro_cmake(text: str) -> str:
    return f"add_compile_definitions({_NAME})\n{text}"


def _with_macro_meson(text: str) -> str:
    """Behind `project(…)`, which must come first."""
    match = re.search(r"^project\(", text, re.MULTILINE)
    if match is None:
        raise UserError("meson.build has no project() at the start of a line")
    depth, end = 1, match.end()
    while depth:
        depth += {"(": 1, ")": -1}.get(text[end], 0)
        end += 1
    addition = f"add_project_arguments('-D{_NAME}', language: ['c', 'cpp'])"
    return f"{text[:end]}\n{addition}\n{text[end:]}"
