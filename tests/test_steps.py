"""The small parts that the graph runs at build time, each alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from ltogen import steps
from ltogen.backends import shell as shell_text
from ltogen.base import elf, files
from ltogen.model.action import Arguments
from ltogen.toolchain import Request, Toolchain, choose
from ltogen.toolchain.step_code import CUTOFF
from tests.conftest import TOOLCHAINS
from tests.support.workspace import NINJA, Run, run

LONG_AGO = 1_000_000_000_000_000_000


def _cutoff(folder: Path, script: str, *options: str, output: str = "o") -> Run:
    """Run cutoff.sh with a command that is told the path to write as its first argument."""
    return run(["sh", CUTOFF, *options, output, "sh", "-c", script, "command"], folder)


def _old(path: Path, text: str) -> Path:
    path.write_text(text)
    os.utime(path, ns=(LONG_AGO, LONG_AGO))
    return path


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_first_output(tmp_path: Path) -> None:
    done = _cutoff(tmp_path, 'echo new > "$1"')
    assert (done.status, done.text) == (0, "")
    assert (tmp_path / "o").read_text() == "new\n"
    assert _names(tmp_path) == {"o"}


def test_unchanged_output_keeps_its_time(tmp_path: Path) -> None:
    _old(tmp_path / "o", "same\n")
    done = _cutoff(tmp_path, 'echo same > "$1"')
    assert (done.status, done.text) == (0, "")
    assert (tmp_path / "o").stat().st_mtime_ns == LONG_AGO
    assert _names(tmp_path) == {"o"}


def test_changed_output_is_replaced(tmp_path: Path) -> None:
    old = _old(tmp_path / "o", "same\n")
    os.link(old, tmp_path / "reader")
    assert _cutoff(tmp_path, 'echo other > "$1"').status == 0
    assert old.read_text() == "other\n"
    assert old.stat().st_mtime_ns != LONG_AGO
    assert (tmp_path / "reader").read_text() == "same\n", "written in place under a reader"
    assert _names(tmp_path) == {"o", "reader"}


@pytest.mark.parametrize("script", [
    "exit 3", 'echo half > "$1"; exit 3', 'echo message >&2; echo half > "$1"; exit 3',
])
@pytest.mark.parametrize("earlier", [True, False])
def test_failure_leaves_what_was_there(tmp_path: Path, script: str, earlier: bool) -> None:
    if earlier:
        _old(tmp_path / "o", "good\n")
    done = _cutoff(tmp_path, script)
    assert done.status == 3
    assert done.text == ("message\n" if "message" in script else "")
    assert _names(tmp_path) == ({"o"} if earlier else set())
    if earlier:
        assert (tmp_path / "o").read_text() == "good\n"
        assert (tmp_path / "o").stat().st_mtime_ns == LONG_AGO


@pytest.mark.parametrize("script", ["true", ': > "$1"'])
@pytest.mark.parametrize("earlier", [True, False])
def test_empty_output_is_refused(tmp_path: Path, script: str, earlier: bool) -> None:
    if earlier:
        _old(tmp_path / "o", "good\n")
    done = _cutoff(tmp_path, script)
    assert done.status == 1
    assert done.stderr.startswith("ltogen: ") and done.stderr.count("\n") == 1
    assert "wrote nothing" in done.stderr and " o" in done.stderr
    assert _names(tmp_path) == ({"o"} if earlier else set())
    if earlier:
        assert (tmp_path / "o").read_text() == "good\n"


def test_remains_of_a_killed_run_are_no_output(tmp_path: Path) -> None:
    _old(tmp_path / "o", "good\n")
    (tmp_path / "o.new").write_text("remains")
    assert _cutoff(tmp_path, "true").status == 1
    assert (tmp_path / "o").read_text() == "good\n"
    (tmp_path / "o.new").write_text("remains")
    assert _cutoff(tmp_path, 'echo more >> "$1"').status == 0
    assert (tmp_path / "o").read_text() == "more\n"
    assert _names(tmp_path) == {"o"}


def test_command_that_is_killed(tmp_path: Path) -> None:
    _old(tmp_path / "o", "good\n")
    done = _cutoff(tmp_path, 'echo half > "$1"; kill -SEGV $$')
    assert done.status not in (0, None)
    assert (tmp_path / "o").read_text() == "good\n"
    assert _names(tmp_path) == {"o"}


def test_command_that_does_not_exist(tmp_path: Path) -> None:
    _old(tmp_path / "o", "good\n")
    done = run(["sh", CUTOFF, "o", "./nosuch"], tmp_path)
    assert done.status == 127 and "nosuch" in done.stderr
    assert _names(tmp_path) == {"o"}


@pytest.mark.parametrize("name", ["a b", "$x", "'", '"', "a;b", "*", "é", "sub/a b"])
def test_awkward_output(tmp_path: Path, name: str) -> None:
    (tmp_path / "sub").mkdir()
    for text in ("one", "one", "two"):
        assert _cutoff(tmp_path, f'echo {text} > "$1"', output=name).status == 0
        assert (tmp_path / name).read_text() == f"{text}\n"
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


@pytest.mark.parametrize("earlier", [None, "", "object\n"])
def test_empty_key_makes_an_empty_output(tmp_path: Path, earlier: str | None) -> None:
    (tmp_path / "k").touch()
    if earlier is not None:
        _old(tmp_path / "o", earlier)
    done = _cutoff(tmp_path, "echo ran >&2; exit 1", "--key", "k")
    assert (done.status, done.text) == (0, "")
    assert (tmp_path / "o").read_bytes() == b""
    assert ((tmp_path / "o").stat().st_mtime_ns == LONG_AGO) is (earlier == "")
    assert _names(tmp_path) == {"k", "o"}


def test_key_with_content_runs_the_command(tmp_path: Path) -> None:
    (tmp_path / "k").write_text("digest\nmodule\n")
    _old(tmp_path / "o", "")
    assert _cutoff(tmp_path, 'echo object > "$1"', "--key", "k").status == 0
    assert (tmp_path / "o").read_text() == "object\n"


def test_dependencies_end_at_the_first_empty_line(tmp_path: Path) -> None:
    script = "echo x > \"$1\"; printf '%s\\n' 'o: \\' ' a.o' '' 'a.o:' > o.d"
    for _ in range(2):
        assert _cutoff(tmp_path, script, "--deps", "o.d").status == 0
        assert (tmp_path / "o.d").read_text().rstrip() == "linked: \\\n a.o"
    assert _names(tmp_path) == {"o", "o.d"}


@pytest.mark.parametrize("earlier", [True, False])
def test_dependencies_that_were_not_written(tmp_path: Path, earlier: bool) -> None:
    if earlier:
        _old(tmp_path / "o", "good\n")
    assert _cutoff(tmp_path, 'echo x > "$1"', "--deps", "o.d").status != 0
    assert _names(tmp_path) == ({"o"} if earlier else set())


# Whatever a distribution has as `sh`.
SHELLS = [shell for shell in ("sh", "dash", "bash", "mksh") if shutil.which(shell)]


@pytest.mark.parametrize("shell", SHELLS)
def test_arguments_in_a_file(tmp_path: Path, shell: str) -> None:
    odd = "a b'$x\"\\n*"
    script = ("--shown", "not said", "--write", "own rsp", odd, odd, "sh", "-c",
              'printf "%s\\n" "$0" > "$2"; cat "own rsp" >> "$2"', odd, "two words")
    (tmp_path / "the file").write_text(shell_text.content(Arguments("", script)))
    done = run([shell, CUTOFF, "@./the file"], tmp_path)
    assert (done.status, done.text) == (0, "")
    assert (tmp_path / odd).read_text() == f"{odd}\n{odd}\n"
    assert _names(tmp_path) == {odd, "the file"}


@pytest.mark.parametrize("shell", SHELLS)
def test_what_is_shown_of_a_failure(tmp_path: Path, shell: str) -> None:
    said = "the command: \\n %s 'x'"
    options = ("--shown", said, "--write", "own.rsp", "words")
    done = run([shell, CUTOFF, *options, "o", "sh", "-c", "echo no; exit 3"], tmp_path)
    assert (done.status, done.stderr, done.stdout) == (3, f"{said}\n", "no\n")
    assert (tmp_path / "own.rsp").read_text() == "words\n"
    assert run([shell, CUTOFF, *options, "o", "cp", "own.rsp"], tmp_path).text == ""
    assert _names(tmp_path) == {"o"}


@cache
def _toolchain(kind: str) -> Toolchain:
    return choose(Request(kind=kind), Path("/nosuch"))


def _object(kind: str, source: str, *flags: str, language: str = "c") -> bytes:
    command = [*_toolchain(kind).cc, "-x", language, "-c", *flags, "-", "-o", "-"]
    return subprocess.run(command, input=source.encode(), capture_output=True, check=True).stdout


@pytest.mark.parametrize(("source", "content"), [
    ("", False),
    ("typedef int t;", False),
    ("extern int x;", False),
    ("int f(void) { return 1; }", True),
    ("int zero[9];", True),
    ("const char text[] = \"x\";", True),
    ("__attribute__((section(\"own\"))) int x = 1;", True),
    ("_Thread_local int x;", True),
    ("__attribute__((common)) char buffer[9];", True),
    ('__asm__(".globl a; a = 42");', True),
])
@pytest.mark.parametrize("flags", [(), ("-g",), ("-fcf-protection=full",), ("-fPIC", "-O2")])
def test_content_of_an_object(toolchain: str, source: str, content: bool,
                              flags: tuple[str, ...]) -> None:
    assert elf.has_content(_object(toolchain, source, *flags)) is content


def _can_make(target: str) -> bool:
    done = subprocess.run([*_toolchain(TOOLCHAINS[0]).backend, f"--target={target}", "-x", "c",
                           "-c", "-", "-o", "-"], input=b"", capture_output=True, check=False)
    return done.returncode == 0 and bool(done.stdout)


@pytest.mark.parametrize("target", ["i386-linux-gnu", "aarch64-linux-gnu", "powerpc64-linux-gnu",
                                    "powerpc-linux-gnu"])
def test_content_of_an_object_for_another_machine(target: str) -> None:
    """Of 32 bits, and of the other byte order."""
    if not _can_make(target):
        pytest.skip(f"this clang does not make {target}")
    for source, content in (("", False), ("int f(void) { return 1; }", True),
                            ("__attribute__((common)) char buffer[9];", True)):
        data = _object(TOOLCHAINS[0], source, f"--target={target}")
        assert elf.has_content(data) is content


def test_content_behind_very_many_sections(toolchain: str) -> None:
    """With `-ffunction-sections` a big program has more than the header can count."""
    lines = [f'.section .text.f{index},"ax",@progbits' for index in range(0xFF00)]
    data = _object(toolchain, "\n".join([*lines, "nop\n"]), language="assembler")
    assert int.from_bytes(data[60:62], "little") == 0, "the header can count them after all"
    assert elf.has_content(data)
    assert not elf.has_content(_object(toolchain, "\n".join([*lines, ""]), language="assembler"))


def test_content_of_something_else() -> None:
    assert not elf.has_content(b"")
    assert elf.has_content(b"BC\xc0\xde")
    assert elf.has_content(b"\0asm")


@pytest.mark.parametrize("data", [b"", b"x", b"\0\xff" * 70_000])
def test_read_and_write(tmp_path: Path, data: bytes) -> None:
    path = str(tmp_path / "f")
    assert files.read(path) is None
    assert files.write_if_changed(path, data)
    assert files.read(path) == data
    os.utime(path, ns=(LONG_AGO, LONG_AGO))
    assert not files.write_if_changed(path, data)
    assert Path(path).stat().st_mtime_ns == LONG_AGO
    assert files.write_if_changed(path, data + b"more")
    assert files.read(path) == data + b"more"
    assert _names(tmp_path) == {"f"}


def test_write_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("good")
    (tmp_path / "f.new").mkdir()
    with pytest.raises(OSError) as caught:
        files.write_if_changed(str(tmp_path / "f"), b"other")
    assert caught.value.filename == str(tmp_path / "f.new")
    assert (tmp_path / "f").read_text() == "good"


@pytest.mark.parametrize("name", [
    "plain", "a b", "a  b ", "$x", "#", "a#b", "a:b", ":a", "a\\b", "a\\ b", "a\\#b",
    "'", '"', "%", "é", "日本", "(a)", "[a]", "{a}", "a,b", "a=b", "~", "!", "+",
])
def test_depfile_read_by_ninja(tmp_path: Path, name: str) -> None:
    """A change of the file that the depfile names runs the edge again."""
    (tmp_path / name).touch()
    (tmp_path / "other").touch()
    (tmp_path / "d").write_bytes(files.depfile("o", [name, "other"]))
    (tmp_path / "build.ninja").write_text("""
rule r
  command = cp d o.d && touch o
  depfile = o.d
  deps = gcc
build o: r
""")
    assert run([NINJA], tmp_path).status == 0
    deps = run([NINJA, "-t", "deps"], tmp_path).stdout
    assert f"    {name}\n    other\n" in deps, deps
    assert "no work to do" in run([NINJA], tmp_path).stdout


def test_unknown_step(tmp_path: Path) -> None:
    folder = Path(steps.__file__).parent
    done = run([sys.executable, "-IS", str(folder), "nosuch"], tmp_path)
    assert done.status == 2 and done.stdout == ""
    assert done.stderr == "ltogen: no step 'nosuch'\n"
