"""Building again after one file was edited, compared with a clean build."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from campaigns.existing.build import edges, kinds
from campaigns.existing.subject import Subject
from campaigns.result import Result
from ltogen.base.errors import UserError

_COMMENT = "\n/* An edit that changes no code. */\n"


def edit(subject: Subject) -> Iterator[Result]:
    """A line of comment, then a change of code, then everything as it was."""
    path = subject.place.source / subject.place.project.edit.file
    original = path.read_text()
    subject.taken.ninja()
    before = subject.taken.products()
    try:
        yield _comment(subject, path, original + _COMMENT, before)
        yield _body(subject, path, _other_code(subject, original), before)
    finally:
        path.write_text(original)
    subject.taken.ninja()
    reverted = _differences(before, subject.taken.products())
    yield Result("reverted", "ok" if not reverted else "DIFFERS", not reverted, reverted)


def _comment(subject: Subject, path: Path, text: str,
             before: dict[str, str]) -> Result:
    path.write_text(text)
    ran = edges(subject.taken.ninja()) - subject.always
    changed = _differences(before, subject.taken.products())
    project = subject.place.project
    expected = project.on(subject.place.toolchain.kind).objects or project.edit.objects
    ok = ran.total() == expected and not changed
    note = f"{kinds(ran)} ran, of {expected} expected; {changed}" if not ok else kinds(ran)
    return Result("comment", "ok" if ok else "WRONG", ok, note, {"edges": dict(ran)})


def _body(subject: Subject, path: Path, text: str,
          before: dict[str, str]) -> Result:
    path.write_text(text)
    ran = edges(subject.taken.ninja()) - subject.always
    incremental = subject.taken.products()
    subject.take_over_afresh()
    differs = _differences(incremental, subject.taken.products())
    if incremental == before:
        differs = "the edit changed no product"
    return Result("body", "ok" if not differs else "DIFFERS", not differs,
                  "; ".join(filter(None, (kinds(ran), differs))), {"edges": dict(ran)})


def _other_code(subject: Subject, original: str) -> str:
    change = subject.place.project.edit
    if original.count(change.find) < 1:
        raise UserError(f"{change.file}: no '{change.find}' to edit; name another place in "
                        "projects.toml")
    return original.replace(change.find, change.replace)


def _differences(expected: dict[str, str], found: dict[str, str]) -> str:
    names = sorted(name for name in expected.keys() | found.keys()
                   if expected.get(name) != found.get(name))
    return f"differ: {' '.join(names)}" if names else ""
