"""Files and words that nobody would write on purpose: one line that says so, and no traceback."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ltogen.base import ar, elf, numbers, response_files
from ltogen.base.errors import UserError
from ltogen.codegen_units import costs_file
from ltogen.frontends.existing import shell
from ltogen.jobserver import makeflags
from ltogen.linker import bitcode
from ltogen.ninja import log
from tests.support.sources import compile_with, tools
from tests.support.system_toolchain import needs_clang
from tests.support.taken_over import SMALL, Existing
from tests.support.workspace import Run, Workspace, run

LONG = "1" * 5000
NO_NUMBERS = ("²", "\u0661", LONG, "-1", "0", "1.5")
LTOGEN = [sys.executable, "-P", "-m", "ltogen"]

slow = settings(max_examples=int(os.environ.get("LTOGEN_EXAMPLES", "50")), deadline=None,
                suppress_health_check=list(HealthCheck))


def check(done: Run, *said: str, status: Sequence[int] = (1, 2)) -> None:
    """It failed with one line, apart from how it is used."""
    assert done.status in status, done.text
    assert "Traceback" not in done.text
    for word in said:
        assert word in done.text


@pytest.mark.parametrize("number", NO_NUMBERS)
def test_numbers_of_jobs(tmp_path: Path, number: str) -> None:
    check(run([*LTOGEN, "jobserver", "-j", number, "--", "true"], tmp_path), "-j")
    check(run([*LTOGEN, "configure", "--merges", number], tmp_path), "--merges")
    check(run([*LTOGEN, "simulate", f"-j{number}"], tmp_path), "-j")
    assert numbers.natural(number) in (0, None)
    assert makeflags.parse(f" --jobserver-auth={number},4") is None or number == "0"
    done = run([*LTOGEN, "jobserver", "--", "make", f"-j{number}", "--version"], tmp_path)
    assert "Traceback" not in done.text
    check(run([*LTOGEN, "jobserver", "--max-memory", "9" * 400, "--", "true"], tmp_path),
          "--max-memory")


@pytest.mark.parametrize("redirection", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_closed_streams(tmp_path: Path, redirection: str) -> None:
    line = f'"$@" {redirection}'
    done = run(["sh", "-c", line, "sh", *LTOGEN, "jobserver", "--", "true"], tmp_path)
    assert (done.status, done.text) == (0, "")
    done = run(["sh", "-c", line, "sh", *LTOGEN, "configure"], tmp_path)
    assert done.status == 1 and "Traceback" not in done.text


def test_names_longer_than_any(any_workspace: Workspace) -> None:
    any_workspace.write({"a.c": "int main(void) { return 0; }\n", "ltogen.toml": f"""
        [targets.a]
        sources = ["a.c"]
        lto = "fat"
        passes = ["{'a' * 300}"]
        """})
    check(any_workspace.try_configure(), "passes", "no such plugin")
    check(any_workspace.ltogen("configure", "a" * 300))
    check(any_workspace.ltogen("configure", "--from", "a" * 300))
    check(any_workspace.ltogen("build", "-C", "a" * 300))


@pytest.mark.parametrize("text", [
    "[" * 3000, f"least = {LONG}\n", "\xe9", "least = nan\ntotal = 1\n[seconds]\n",
    "least = 0.2\ntotal = inf\n[seconds]\n", "least = 0.2\ntotal = 1\n[seconds]\n'a.c' = nan\n",
    "least = 0.2\ntotal = 1\n[seconds]\n'a.c' = -1.0\n",
])
def test_a_list_of_costs(tmp_path: Path, text: str) -> None:
    (tmp_path / costs_file.FILE_NAME).write_text(text, encoding="latin-1")
    with pytest.raises(UserError, match="--learn-costs"):
        costs_file.read(tmp_path)


@pytest.mark.parametrize("text", ['[{"directory": "\xe9"}]', "[" * 3000, "1", "[1]", "nan"])
def test_a_compilation_database(tmp_path: Path, text: str) -> None:
    (tmp_path / "compile_commands.json").write_text(text, encoding="latin-1")
    check(run([*LTOGEN, "configure", "--from", "compile_commands.json", "--link-command",
               "clang -o a a.o"], tmp_path), "not a compilation database")


@needs_clang
def test_an_edge_of_implicit_outputs_alone(tmp_path: Path) -> None:
    build = Existing(tmp_path)
    build.write(SMALL)
    with (tmp_path / "build.ninja").open("a") as file:
        file.write("rule odd\n  command = $cc main.o -o odd `\nbuild | odd: odd main.o\n")
    assert "odd" in build.configure(warns=True).stderr


def header(**fields: int) -> bytes:
    """The header of an ELF object whose fields are given by their offsets, and a section."""
    data = bytearray(64 + 64)
    data[:6] = b"\x7fELF\x02\x01"
    data[72:80] = (2).to_bytes(8, "little")  # allocated
    for name, value in fields.items():
        at, size = {"table": (40, 8), "entry": (58, 2), "count": (60, 2), "length": (96, 8)}[name]
        data[at:at + size] = value.to_bytes(size, "little")
    return bytes(data)


@pytest.mark.parametrize("data", [
    header(table=64, entry=0, count=0, length=1 << 60),
    header(table=64, entry=0, count=1), header(table=1 << 63, entry=64, count=0),
    header(table=(1 << 64) - 1, entry=64, count=1), header(table=64, entry=1, count=1),
    b"\x7fELF", b"\x7fELF\x02\x01",
])
def test_objects(data: bytes) -> None:
    assert elf.bitcode(data) == b""
    assert elf.dependent_libraries(data + b".deplibs\0") == []
    assert elf.has_content(data) in (True, False)


@needs_clang
def test_a_link_of_what_no_linker_reads(tmp_path: Path) -> None:
    """The way back to lld: its words, its status."""
    workspace = Workspace(tmp_path, "system")
    workspace.write({"a.c": "int b(void); int main(void) { return b(); }\n",
                     "b.c": "int b(void) { return 0; }\n"})
    for name in ("a", "b"):
        compile_with(workspace, f"{name}.c", f"{name}.o", "-flto=thin")
    (tmp_path / "nul.rsp").write_bytes(b"@a\0b\n")
    lld = tools("system").ld[0]
    program = str(Path(sys.executable).parent / "ld.ltogen")
    for words in (["@nul.rsp"], []):
        line = [*words, "-shared", "a.o", "b.o", "-o", "c.so"]
        ours = run([program, *line], tmp_path, {"LTOGEN_LD": lld})
        assert (ours.status, ours.text) == (run([lld, *line], tmp_path).status,
                                            run([lld, *line], tmp_path).text)
    closed = run(["sh", "-c", '"$@" 2>&-', "sh", program, "-shared", "a.o", "b.o", "-o", "d.so"],
                 tmp_path, {"LTOGEN_LD": lld})
    assert closed.status == 0


@pytest.mark.parametrize("number", NO_NUMBERS)
def test_numbers_of_backends(tmp_path: Path, number: str) -> None:
    from ltogen.base.errors import UserError
    from ltogen.nested import build

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LTOGEN_JOBS", number)
        with pytest.raises(UserError, match="not a number of jobs"):
            build._jobs()


# Bytes that look like what is read, with a part of them changed.
def garbled(*samples: bytes) -> st.SearchStrategy[bytes]:
    """Random bytes, and samples in which a few places have others."""
    changes = st.lists(st.tuples(st.integers(0, 400), st.binary(max_size=9)), max_size=6)

    def apply(sample: bytes, edits: list[tuple[int, bytes]]) -> bytes:
        for at, data in edits:
            sample = sample[:at] + data + sample[at + len(data):]
        return sample

    return st.binary(max_size=300) | st.builds(apply, st.sampled_from(samples), changes)


@slow
@given(garbled(header(table=64, entry=64, count=1), b"\x7fELF" + bytes(90)))
def test_any_object(data: bytes) -> None:
    elf.bitcode(data)
    elf.dependent_libraries(data + b".deplibs\0")
    elf.has_content(data)


_MEMBER = b"a.o/            0           0     0     644     4         `\nabcd"


@slow
@given(garbled(b"!<arch>\n" + _MEMBER * 2, b"!<thin>\n" + _MEMBER))
@example(b"!<arch>\n" + _MEMBER.replace(b"4         `", b"-60       `"))
def test_any_archive(data: bytes) -> None:
    for archive in (data, b"!<arch>\n" + data, b"!<thin>\n" + data):
        try:
            ar.members("x.a", archive)
        except ar.ArchiveError:
            continue


@slow
@given(garbled(b"BC\xc0\xde" + bytes(60), b"\xde\xc0\x17\x0b" + bytes(60)))
def test_any_bitcode(data: bytes) -> None:
    for module in (data, b"BC\xc0\xde" + data):
        try:
            bitcode.outline(module)
        except bitcode.BitcodeError:
            continue


@slow
@given(garbled(b"# ninja log v5\n1\t2\t3\tout/a\tabc\n"))
@example(b"# ninja log v5\n1\t" + b"9" * 400 + b"\t3\tout/a\tabc\n")
@example("# ninja log v5\n1\t²\t3\tout/a\tabc\n".encode())
def test_any_log(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "garbled_log"
    path.write_bytes(data)
    with contextlib.suppress(log.LogError):
        log.read(path)
    log.last_entries(path)


@slow
@given(garbled(b"least = 0.2\ntotal = 1.5\n[seconds]\n'a.c' = 1.5\n"))
def test_any_list_of_costs(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.getbasetemp()
    (folder / costs_file.FILE_NAME).write_bytes(data)
    with contextlib.suppress(UserError):
        costs_file.read(folder)


@slow
@given(st.text(alphabet="ab '\"\\$`();&|<>#*?[~\n\t=-{}", max_size=60))
def test_any_shell_line(line: str) -> None:
    shell.commands(line)


@slow
@given(st.binary(max_size=100))
def test_any_response_file(data: bytes) -> None:
    response_files.parse(data)


@slow
@given(st.text(max_size=60), st.text(alphabet="0123456789,-²\u0661fifo:", max_size=20))
def test_any_makeflags(before: str, auth: str) -> None:
    makeflags.parse(f"{before} --jobserver-auth={auth}")
    makeflags.with_auth(before, f"--jobserver-auth={auth}")
