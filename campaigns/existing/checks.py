"""That the build can be taken over, and that its own tests pass."""

from __future__ import annotations

from collections.abc import Iterator

from campaigns.existing.build import kinds, warnings
from campaigns.existing.subject import Subject
from campaigns.result import Result

# What ltogen's own edges say first; none of them may be out of date without a reason.
_OURS = frozenset(("archive", "ask", "configure", "copy", "link", "lto", "open", "opt", "plain",
                   "scan", "thin"))


def take_over(subject: Subject) -> Iterator[Result]:
    """Configure, take over, build; ThinLTO must really have happened, and then there is no work."""
    warned = warnings(subject.taking_over)
    modules = subject.taken.modules()
    note = f"{len(warned)} warnings" if warned else ""
    yield Result("modules", str(modules), modules > 0, note,
                 {"modules": modules, "warnings": warned})
    always = subject.always
    ours = [text for text in always if text.split(" ", 1)[0] in _OURS]
    # Some projects have steps of their own that run each time.
    yield Result("again", str(always.total()), False if ours else True if not always else None,
                 kinds(always) if always else "", {"edges": dict(always)})


def test(subject: Subject) -> Iterator[Result]:
    """The project's own tests."""
    reason = subject.place.project.on(subject.place.toolchain.kind).untested
    if reason:
        yield Result("tests", "none", None, reason)
        return
    passed, failed, output = subject.taken.test()
    log = subject.place.folder / "tests.log"
    log.write_text(output)
    note = f"see {log}" if failed or not passed else ""
    yield Result("tests", f"{passed}/{passed + failed}", passed > 0 and not failed, note,
                 {"passed": passed, "failed": failed})
