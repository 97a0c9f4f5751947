"""Critical path first: by size, and by measured durations once there are some."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from ltogen.lower import order
from ltogen.model.action import Action, Command, Phase, Slot
from tests.support.workspace import Workspace

COMMAND = Command(("r",), (), "")
SIZES = {"brief": 1, "vast": 300, "medium": 100}


@pytest.fixture
def three(any_workspace: Workspace) -> Workspace:
    """Three sources of different sizes, configured."""
    any_workspace.write({"ltogen.toml": '[targets.program]\nsources = ["src/*.c"]\n', **{
        f"src/{name}.c": f"int {name} = 1;\n" + "// a line of text that is there for its size\n" * n
        for name, n in SIZES.items()}})
    any_workspace.configure()
    return any_workspace


def _order(workspace: Workspace, phase: str = "native/program") -> list[str]:
    text = (workspace.root / "build.ninja").read_text()
    return re.findall(rf"^build out/{phase}/program/src/(\w+)\.c\.o:", text, re.MULTILINE)


def _log(workspace: Workspace, seconds: dict[str, float], version: int = 7) -> None:
    """The log of a Ninja that took so long for each backend."""
    lines = [f"{100}\t{100 + round(duration * 1000)}\t1700000000000000000\t"
             f"out/native/program/program/src/{name}.c.o\t1234567890abcdef"
             for name, duration in seconds.items()]
    workspace.write({"out/.ninja_log": "\n".join([f"# ninja log v{version}", *lines, ""])})


def test_the_largest_source_comes_first(three: Workspace) -> None:
    assert _order(three, "bitcode") == ["vast", "medium", "brief"]
    assert _order(three) == ["vast", "medium", "brief"]


@pytest.mark.parametrize("version", [5, 6, 7])
def test_durations_of_the_last_build_decide(three: Workspace, version: int) -> None:
    _log(three, {"brief": 9, "vast": 1, "medium": 4}, version)
    three.configure()
    assert _order(three) == ["brief", "medium", "vast"]
    assert _order(three, "bitcode") == ["vast", "medium", "brief"]


def test_the_last_of_several_durations_counts(three: Workspace) -> None:
    _log(three, {"brief": 1, "vast": 2, "medium": 3})
    text = (three.root / "out/.ninja_log").read_text()
    _log(three, {"brief": 9})
    later = (three.root / "out/.ninja_log").read_text().partition("\n")[2]
    three.write({"out/.ninja_log": text + later})
    three.configure()
    assert _order(three)[0] == "brief"


def test_what_was_not_measured_is_judged_by_its_size(three: Workspace) -> None:
    _log(three, {"brief": 0.01, "vast": 3})
    three.configure()
    assert _order(three) == ["vast", "medium", "brief"]


def test_a_new_file_finds_its_place_among_measured_ones(three: Workspace) -> None:
    _log(three, {"brief": 9, "vast": 6, "medium": 4})
    three.write({"src/huge.c": "int huge;\n" + "// huge\n" * 100_000})
    three.configure()
    assert _order(three) == ["huge", "brief", "vast", "medium"]


def test_durations_that_jitter_rewrite_nothing(three: Workspace) -> None:
    _log(three, {"brief": 9, "vast": 3, "medium": 2})
    three.configure()
    before = (three.root / "build.ninja").stat().st_mtime_ns
    _log(three, {"brief": 5, "vast": 5.3, "medium": 5.5})
    three.configure()
    assert _order(three) == ["brief", "vast", "medium"]
    assert (three.root / "build.ninja").stat().st_mtime_ns == before
    _log(three, {"brief": 1, "vast": 9.3, "medium": 9.5})
    three.configure()
    assert _order(three) == ["medium", "vast", "brief"]


@pytest.mark.parametrize("content", [
    b"# ninja log v7\n1\t2\t3\tout/native/program/program/src/brief.c.o\tabc\n1\t90",
    b"# ninja log v7\n\x00\xff\xfe\x80 \x01 garbage\n",
    b"\x00\xff\xfe\x80",
    b"# ninja log v4\n1\t90000\t3\tout/native/program/program/src/brief.c.o\tabc\n",
    b"# ninja log v8\n1\t90000\t3\tout/native/program/program/src/brief.c.o\tabc\n",
    b"# ninja log v7\nx\t90000\t3\tout/native/program/program/src/brief.c.o\tabc\n",
    b"something else\n",
], ids=["truncated", "binary-line", "binary", "older", "newer", "no-number", "no-log"])
def test_a_broken_log_is_ignored_with_one_warning(three: Workspace, content: bytes) -> None:
    (three.root / "out/.ninja_log").write_bytes(content)
    (three.root / "build.ninja").unlink()
    done = three.configure()
    warning, *more = done.stderr.splitlines()
    assert not more
    assert warning.startswith("ltogen: warning: ")
    assert "out/.ninja_log" in warning
    assert _order(three) == ["vast", "medium", "brief"]


def test_a_log_without_a_line_is_no_news(three: Workspace) -> None:
    (three.root / "out/.ninja_log").write_bytes(b"")
    assert three.configure().stderr == ""
    assert _order(three) == ["vast", "medium", "brief"]


def test_a_log_without_durations_leaves_the_order_by_size(three: Workspace) -> None:
    # samurai writes such a log.
    _log(three, dict.fromkeys(SIZES, 0))
    three.write({"src/huge.c": "int huge;\n" + "// huge\n" * 100_000})
    three.configure()
    assert _order(three) == ["huge", "vast", "medium", "brief"]


def test_a_real_log_is_read_without_a_word(workspace: Workspace) -> None:
    workspace.write({"ltogen.toml": '[targets.program]\nsources = ["src/*.c"]\n',
                     "src/main.c": "int main(void) { return 0; }\n"})
    workspace.configure()
    workspace.make()
    assert workspace.configure().stderr == ""
    assert workspace.no_work()


def test_what_is_on_a_longer_critical_path_comes_first(any_workspace: Workspace) -> None:
    any_workspace.write({"ltogen.toml": """
[targets.quick]
sources = ["src/quick.c"]
[targets.slow]
sources = ["src/slow.c"]
""", "src/quick.c": "int main(void) { return 0; }\n// a little more\n",
        "src/slow.c": "int main(void) { return 0; }\n"})
    any_workspace.configure()
    any_workspace.make()
    log = any_workspace.root / "out/.ninja_log"
    text = log.read_text()
    assert "out/native/slow/slow/src/slow.c.o" in text
    log.write_text(re.sub(r"^\d+\t\d+(\t\d+\tout/native/slow/)", r"0\t9000\1", text,
                          flags=re.MULTILINE))
    any_workspace.configure()
    manifest = (any_workspace.root / "build.ninja").read_text()
    places = [manifest.index(f"build out/bitcode/{name}/") for name in ("slow", "quick")]
    assert places == sorted(places)


def shared(name: str, turn: int) -> Action:
    """A backend that another link may have as well."""
    return Action(Phase.BACKEND, COMMAND, (name,), (), turn=turn, slots=((Slot.BITCODE, "module"),),
                  size=1.0)


@pytest.mark.parametrize(("measured", "first"), [
    ({}, "first"),
    ({"first": 2.0, "second": 0.02, "alone": 1.0}, "first"),
    ({"first": 0.5, "second": 2.0, "alone": 1.0}, "second"),
])
def test_what_copied_nothing_does_not_wait(measured: Mapping[str, float], first: str) -> None:
    alone = Action(Phase.BACKEND, COMMAND, ("alone",), (), size=0.5)
    found = order.best((alone, shared("first", 0), shared("second", 1)), measured, {})
    assert found[0].outputs == (first,)
    assert (found[-1].outputs == ("second",)) == (first == "first")
