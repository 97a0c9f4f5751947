"""Durations are read from the log of any Ninja, and a broken log is one exception."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ltogen.ninja.log import VERSIONS, BuildLog, LogError, read
from tests.support.workspace import NINJA, run

NINJAS = sorted({NINJA, *filter(None, map(shutil.which, ("ninja", "ninja-build", "samu")))})

# Slow enough to be told from nothing, by a clock of milliseconds.
_MANIFEST = """
rule slow
  command = sleep 0.05 && touch $out
rule fast
  command = touch $out
build slow.o: slow
build fast.o: fast
rule both
  command = touch $out folder/three.o
build two.o | folder/three.o: both
build with$ space.o: fast
build Grüße.o: fast
"""
_OUTPUTS = {"slow.o", "fast.o", "two.o", "folder/three.o", "with space.o", "Grüße.o"}


@pytest.mark.parametrize("program", NINJAS)
def test_written_by_a_real_ninja(tmp_path: Path, program: str) -> None:
    (tmp_path / "build.ninja").write_text(_MANIFEST)
    assert run([program], tmp_path).status == 0
    log = read(tmp_path / ".ninja_log")
    assert log is not None and log.version in VERSIONS
    assert log.seconds.keys() == _OUTPUTS
    assert log.seconds["slow.o"] >= 0.05
    assert all(seconds >= 0 for seconds in log.seconds.values())


@pytest.mark.parametrize("program", NINJAS)
def test_last_run_counts(tmp_path: Path, program: str) -> None:
    """A log grows until it is compacted: the same output stands in it more than once."""
    (tmp_path / "build.ninja").write_text(_MANIFEST)
    run([program], tmp_path)
    text = _MANIFEST.replace("build slow.o: slow", "build slow.o: fast").replace(
        "build fast.o: fast", "build fast.o: slow")
    (tmp_path / "build.ninja").write_text(text)
    run([program], tmp_path)
    log = read(tmp_path / ".ninja_log")
    assert log is not None and log.seconds["fast.o"] >= 0.05


@pytest.mark.parametrize("character", ["\u2028", "\x85", "\f", "\v", "\x1c"])
def test_output_with_what_python_takes_for_a_line_break(tmp_path: Path, character: str) -> None:
    name = f"a{character}b.o"
    (tmp_path / "build.ninja").write_text(f"rule r\n  command = touch $out\nbuild {name}: r\n")
    assert run([NINJA], tmp_path).status == 0
    log = read(tmp_path / ".ninja_log")
    assert log is not None and log.seconds.keys() == {name}


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version(tmp_path: Path, version: int) -> None:
    # The hash of a command is hexadecimal, and the time of an output may be 0.
    path = _write(tmp_path, f"# ninja log v{version}\n"
                            "10\t1510\t1700000000123456789\tout/a.o\tdeadbeef01234567\n"
                            "0\t20\t0\tout/b c.o\tf\n"
                            "1510\t1760\t1700000000123456789\tout/a.o\tdeadbeef01234567\n")
    assert read(path) == BuildLog(version, {"out/a.o": 0.25, "out/b c.o": 0.02})


def test_newest_ninja_reads_its_log_after_us(tmp_path: Path) -> None:
    (tmp_path / "build.ninja").write_text(_MANIFEST)
    run([NINJA], tmp_path)
    before = (tmp_path / ".ninja_log").read_bytes()
    read(tmp_path / ".ninja_log")
    assert (tmp_path / ".ninja_log").read_bytes() == before
    assert "no work to do" in run([NINJA], tmp_path).stdout


def _write(folder: Path, text: str) -> Path:
    path = folder / ".ninja_log"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    return path


def test_no_log(tmp_path: Path) -> None:
    assert read(tmp_path / ".ninja_log") is None
    assert read(_write(tmp_path, "")) is None


def test_log_without_entries(tmp_path: Path) -> None:
    assert read(_write(tmp_path, "# ninja log v7\n")) == BuildLog(7, {})


def test_output_that_is_not_utf8(tmp_path: Path) -> None:
    name = os.fsdecode(b"out/caf\xe9.o")
    log = read(_write(tmp_path, f"# ninja log v6\n0\t5\t1\t{name}\tab\n"))
    assert log == BuildLog(6, {name: 0.005})


@pytest.mark.parametrize(("text", "reason"), [
    ("# ninja log v4\n", "version 4"),
    ("# ninja log v8\n", "version 8"),
    ("# ninja log v\n", "not a Ninja log"),
    ("# ninja log v-5\n", "not a Ninja log"),
    ("# ninja log v5x\n", "not a Ninja log"),
    ("# ninja log v\u00b2\n", "not a Ninja log"),
    ("# ninja log v" + "9" * 5000, ""),
    ("5\n", "not a Ninja log"),
    ("\n", "not a Ninja log"),
    ("# ninjadeps\n", "not a Ninja log"),
    ("\0\0\0", "not a Ninja log"),
    ("# ninja log v6\n1\t2\t3\ta.o\n", "damaged"),
    ("# ninja log v6\n1\t2\t3\ta.o\tf\tx\n", "damaged"),
    ("# ninja log v6\none\t2\t3\ta.o\tf\n", "damaged"),
    ("# ninja log v6\n1\t2\t3\ta.o\tf\n\n", "damaged"),
    ("# ninja log v6\n1\t" + "9" * 5000 + "\t3\ta.o\tf\n", "damaged"),
])
def test_broken(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(LogError) as caught:
        read(_write(tmp_path, text))
    assert reason in str(caught.value) and "\n" not in str(caught.value)


def test_cut_off_in_any_place(tmp_path: Path) -> None:
    """A machine that went down, or a disk that was full, leaves a part of a line."""
    (tmp_path / "build.ninja").write_text(_MANIFEST)
    run([NINJA], tmp_path)
    data = (tmp_path / ".ninja_log").read_bytes()
    for length in range(len(data)):
        (tmp_path / ".ninja_log").write_bytes(data[:length])
        try:
            read(tmp_path / ".ninja_log")
        except LogError as error:
            assert str(error)


def test_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / ".ninja_log").mkdir()
    with pytest.raises(LogError, match="cannot read: "):
        read(tmp_path / ".ninja_log")


@settings(deadline=None)
@given(st.text() | st.builds("# ninja log v{}\n{}".format, st.integers(4, 8), st.text()))
@example("# ninja log v6\n1\t1e400\t3\ta.o\tf\n")
def test_nonsense(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "log"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        read(path)
    except LogError as error:
        assert str(error)
