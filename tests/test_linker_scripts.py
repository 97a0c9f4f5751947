"""Linker scripts by lld's rules, and inputs that a build has yet to make."""

from __future__ import annotations

from pathlib import Path

import pytest

from ltogen.linker import command_line, file_kind, inputs, script
from ltogen.linker.command_line import CommandLine
from ltogen.linker.file_system import FileSystem
from tests.support import link_corpus
from tests.support.llds import LLDS
from tests.support.system_toolchain import needs_clang
from tests.support.workspace import run


def _commands(text: str) -> list[tuple[str, list[tuple[str, str]]]]:
    def include(name: str) -> tuple[str, str]:
        return name, "*(.b) /* } */" if name == "inner" else f"INPUT(of-{name})"

    return [(name, words) for name, words, _ in script.commands("s", text, include) if words]


@pytest.mark.parametrize(("text", "meant"), [
    ("", []), ("/* a */ # b\n;", []),
    ("INPUT(a.o \"b c\")", [("INPUT", [("a.o", ""), ("b c", "")])]),
    ("GROUP ( -lc AS_NEEDED ( d e ) f )",
     [("GROUP", [("-lc", ""), ("d", "AS_NEEDED"), ("e", "AS_NEEDED"), ("f", "")])]),
    ("INPUT(a,b)", [("INPUT", [("a", ""), (",", ""), ("b", "")])]),
    ("INPUT(a/*b.o c.o*/)", [("INPUT", [("a/*b.o", ""), ("c.o*/", "")])]),
    ("SEARCH_DIR(=/x) OUTPUT(\"o\") TARGET(binary)",
     [("SEARCH_DIR", [("=/x", "")]), ("OUTPUT", [("o", "")]), ("TARGET", [("binary", "")])]),
    ("x = 1 /* } */; INPUT(a)", [("INPUT", [("a", "")])]),
    ("SECTIONS { .a : { *(.a) INCLUDE inner } =0x90 } INPUT(c)", [("INPUT", [("c", "")])]),
    ("INCLUDE x INPUT(y)", [("INPUT", [("of-x", "")]), ("INPUT", [("y", "")])]),
    ("VERSION { V { global: INCLUDE; }; } MEMORY { r : ORIGIN = 0, LENGTH = 1 } EXTERN(a)",
     [("EXTERN", [("a", "")])]),
    ("PROVIDE(a = ADDR(.b)); ASSERT(1, \"no )\") \"q\" = 2; OUTPUT_FORMAT(a, b, c)",
     [("OUTPUT_FORMAT", [("a", ""), ("b", ""), ("c", "")])]),
])
def test_commands(text: str, meant: list[tuple[str, list[tuple[str, str]]]]) -> None:
    assert _commands(text) == meant


@pytest.mark.parametrize("text", [
    "INPUT(a", "INPUT", "foo", "x=1;", "/* a", "\"a", "SECTIONS {", "INCLUDE s", "} INPUT(a)",
    "PROVIDE(a = 1)", "x = 1", "INPUT(AS_NEEDED(a)", "ENTRY(a b)", "SEARCH_DIR",
])
def test_what_is_no_script(text: str) -> None:
    with pytest.raises(script.ScriptError):
        _commands(text)


@needs_clang
def test_kinds_of_files_as_lld_takes_them(tmp_path: Path) -> None:
    """lld refuses what is none of its inputs; the others it traces, reads as scripts, or opens."""
    folder = tmp_path / "folder"
    folder.mkdir()
    link_corpus.make(folder)
    for number in (0, 1, 0x41, 0x4C, 0x64, 0x7B, 0x7F, 0xDE, 0xF0):
        for second in (0, 2, 0x45, 0x86, 0xA6, 0xDF):
            (folder / f"h{number:02x}{second:02x}").write_bytes(
                bytes([number, second]) + b"LF \2\2\1" + bytes(40))
    for path in sorted(folder.iterdir()):
        if path.is_file() and not path.name.startswith("s"):
            kind = file_kind.of(path.read_bytes()[:64])
            done = run([*LLDS[-1], "-m", "elf_x86_64", "-shared", path.name, "-o", "/dev/null"],
                       folder)
            refused = "unknown file type" in done.text
            assert refused == (kind == file_kind.OTHER), (path.name, kind, done.text)
            if "unknown directive" in done.text:
                assert kind == file_kind.SCRIPT, (path.name, kind, done.text)


@needs_clang
def test_kinds_of_inputs(tmp_path: Path) -> None:
    link_corpus.make(tmp_path)
    kinds = {"a.o": "object", "bc.o": "bitcode", "wrapped.o": "bitcode", "fat.o": "fat LTO object",
             "d1/libone.so": "shared library", "d1/libone.a": "archive", "thin.a": "thin archive",
             "empty": "linker script", "other.obj": "other", "nosuch": "missing",
             "made.o": "made", "program": "other"}
    words = ["-b", "binary", "v.ver", "-b", "elf", "--start-lib", *kinds, "--end-lib"]
    found = inputs.read(CommandLine(words), FileSystem(str(tmp_path), {"made.o"}))
    assert {one.path: one.kind for one in found.inputs} == {"v.ver": "binary data", **kinds}
    assert [one.path for one in found.inputs if not one.lazy] == ["v.ver"]
    assert next(one for one in found.inputs if one.path == "thin.a").members == (
        "lib/d.o", "quo'te\".o")


def test_what_a_build_makes_is_found_and_not_opened(tmp_path: Path) -> None:
    """A library of the build's hides one that lies behind it, whatever is there now."""
    for name in ("out", "usr"):
        (tmp_path / name).mkdir()
    (tmp_path / "usr/libx.a").write_text("INPUT(nothing)")
    (tmp_path / "out/libx.so").write_text("stale: no script")
    line = CommandLine(["-Lout", "-Lusr", "-lx", "-Bstatic", "-lx", "-T", "made.ld"])
    made = inputs.read(line, FileSystem(str(tmp_path), {"out/libx.so", "made.ld"}))
    assert [(one.path, one.kind, one.static) for one in made.inputs] == [
        ("out/libx.so", "made", False), ("usr/libx.a", "linker script", True)]
    assert list(made.files) == ["out/libx.so", "usr/libx.a", "made.ld"]
    assert list(made.absent) == ["out/libx.a", "usr/nothing", "nothing", "out/nothing"]


@pytest.mark.parametrize("content", [
    "@a.rsp b.o", "@b.rsp", "@nosuch c.o", "'a b' \"c\\\"d\" e\\ f"])
def test_response_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.rsp").write_text(content)
    Path("b.rsp").write_text("@a.rsp x.o")
    meant = {"@a.rsp b.o": ["@a.rsp", "b.o", "y.o"], "@b.rsp": ["@a.rsp", "x.o", "y.o"],
             "@nosuch c.o": ["@nosuch", "c.o", "y.o"]}
    line = command_line.of_linker(["@a.rsp", "y.o"])
    assert line.values(command_line.INPUT) == meant.get(content, ["a b", 'c"d', "e f", "y.o"])
