"""The random edits that benchmarks and campaigns make: where they go, and what they change."""

from __future__ import annotations

from pathlib import Path

from bench.edits import edit, masked
from bench.edits.draw import Draw
from bench.edits.functions import Compiler
from ltogen.model.plan import Compilation
from tests.support.system_toolchain import CC, needs_clang

_SOURCE = """\
#define BRACE {
/* int comment(void) { return 7; } */
static int twice(int x)
{
    const char *text = "{ 3";
    return x * 2 + text[0];
}
#ifdef NOBODY
int never(void) { return 1; }
#endif
int main(int count, char **words) { return twice(count) + words[0][0]; }
"""


def _draw(tmp_path: Path, lines: bool = False) -> tuple[Draw, Path]:
    source = tmp_path / "tree" / "a.c"
    source.parent.mkdir()
    source.write_text(_SOURCE)
    compile_it = (CC, "-flto=thin", "-O1", *(("-g",) if lines else ()), "-c")
    one = Compilation(str(source), "a.o", compile_it)
    return Draw(source.parent, tmp_path, [one], 1, lines=lines), source


def test_what_is_no_code_is_blank_and_nothing_moves() -> None:
    code = masked.masked(_SOURCE)
    assert [len(line) for line in code.split("\n")] == [len(one) for one in _SOURCE.split("\n")]
    assert "comment" not in code and "BRACE" not in code and "3" not in code
    assert "return twice(count)" in code


def test_a_body_goes_from_brace_to_brace() -> None:
    where = masked.body(masked.masked(_SOURCE), 4)
    assert where is not None
    assert _SOURCE[where[0] - 1] == "{" and _SOURCE[where[1]:where[1] + 2] == "}\n"
    assert "return x * 2" in _SOURCE[where[0]:where[1]]


@needs_clang
def test_functions_are_those_that_are_compiled(tmp_path: Path) -> None:
    _, source = _draw(tmp_path)
    found = Compiler(tmp_path).functions(
        Compilation(str(source), "a.o", (CC, "-flto=thin", "-c")), source.parent)
    assert [(one.symbol, one.line, one.brace, one.local) for one in found] == [
        ("twice", 3, 4, True), ("main", 11, 11, False)]


@needs_clang
def test_each_kind_changes_what_it_says(tmp_path: Path) -> None:
    draw, source = _draw(tmp_path)
    for kind in edit.KINDS:
        drawn = draw.edit(kind, 1)
        assert drawn.edit.before == source.read_text() == _SOURCE
        assert bool(drawn.changed) == (kind != "comment")
        drawn.edit.apply()
        assert source.read_text() != _SOURCE
        drawn.edit.undo()
    assert '"1 { 3"' in draw.edit("text", 1).edit.after
    assert "return 1;" in draw.edit("constant", 1).edit.after


@needs_clang
def test_the_same_seed_draws_the_same_edits(tmp_path: Path) -> None:
    draw, source = _draw(tmp_path)
    again = Draw(source.parent, tmp_path, [Compilation(
        str(source), "a.o", (CC, "-flto=thin", "-O1", "-c"))], 1)
    edits = [[one.edit("body", number).edit for number in range(3)] for one in (draw, again)]
    assert edits[0] == edits[1] and len(set(edits[0])) > 1


@needs_clang
def test_a_comment_moves_the_lines_of_debug_information(tmp_path: Path) -> None:
    draw, _ = _draw(tmp_path, lines=True)
    assert draw.edit("comment", 1).edit.kind == "comment"
