"""That the build can be taken over, and that its own tests pass."""

from __future__ import annotations

from bench.existing.build import warnings
from bench.existing.subject import Result, Subject


def take_over(subject: Subject) -> list[Result]:
    """Configure, take over, build; ThinLTO must really have happened."""
    warned = warnings(subject.taking_over)
    modules = subject.taken.modules()
    note = f"{len(warned)} warnings" if warned else ""
    return [Result("modules", str(modules), modules > 0, note,
                   {"modules": modules, "warnings": warned})]


def test(subject: Subject) -> list[Result]:
    """The project's own tests."""
    passed, failed, output = subject.taken.test()
    log = subject.place.folder / "tests.log"
    log.write_text(output)
    note = f"see {log}" if failed or not passed else ""
    return [Result("tests", f"{passed}/{passed + failed}", passed > 0 and not failed, note,
                   {"passed": passed, "failed": failed})]
