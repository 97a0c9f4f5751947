"""A change to the build description, and what one run of Ninja makes of it."""

from __future__ import annotations

from bench.existing.build import TAKEN, edges, kinds
from bench.existing.subject import Result, Subject

_COMMENT = "\n# An edit that changes nothing.\n"


def regenerate(subject: Subject) -> list[Result]:
    """CMake or Meson must run again, then ltogen; the products stay, and then there is no work."""
    build = subject.taken
    path = subject.place.source / subject.place.project.description
    original = path.read_text()
    always = edges(build.ninja())
    before = build.products()
    written = _written(subject)
    try:
        path.write_text(original + _COMMENT)
        ran = edges(build.ninja()) - always
        again = edges(build.ninja()) - always
    finally:
        path.write_text(original)
    faults = [
        *(f"{name} was not written again" for name, stamp in _written(subject).items()
          if stamp == written[name]),
        *(["the products changed"] if build.products() != before else []),
        *([f"a further run: {kinds(again)}"] if again else []),
    ]
    build.ninja()
    return [Result("regenerated", "ok" if not faults else "WRONG", not faults,
                   "; ".join([kinds(ran), *faults]), {"edges": dict(ran)})]


def _written(subject: Subject) -> dict[str, int]:
    return {name: (subject.taken.folder / name).stat().st_mtime_ns
            for name in ("build.ninja", TAKEN)}
