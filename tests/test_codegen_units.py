"""Codegen units: a source that is cut gives the program that it gives whole."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from ltogen.codegen_units.partition import decide, with_codegen_units
from ltogen.model.costs import Costs
from ltogen.model.project import Kind, Language, Lto, SourceFile, Target
from ltogen.steps.cut.main import cut
from tests.support.plain import printed, units_with_code
from tests.support.workspace import Workspace

PROGRAMS = Path(__file__).parent / "cut_programs"


def project(source: str, units: object, flags: str = "") -> dict[str, str]:
    """A project of one source that is cut."""
    return {
        source: (PROGRAMS / source).read_text(),
        "ltogen.toml": f"""
[project]
name = "units"
codegen-units = {units}
compile-args = [{flags}]
[targets.program]
kind = "executable"
sources = ["{source}"]
""",
    }


def plain(workspace: Workspace, source: str, level: str) -> str:
    """What a program prints that was compiled plainly."""
    return printed(workspace.root, workspace.toolchain, PROGRAMS / source, level)


@pytest.mark.parametrize(("source", "units"), [
    ("features.c", 2), ("features.c", 16), ("features.cpp", 3), ("features.cpp", 16),
    ("module_asm.c", 2), ("label_asm.c", 3)])
def test_a_cut_program_does_what_the_whole_one_does(workspace: Workspace, source: str,
                                                    units: int) -> None:
    workspace.write(project(source, units))
    workspace.configure()
    workspace.make()
    expected = plain(workspace, source, "-O0")
    assert workspace.output("program") == expected == plain(workspace, source, "-O2")
    modules = sorted((workspace.root / "out/bitcode").rglob("*.o"))
    assert len(modules) == units
    # (`main` alone is more than a sixteenth.)
    cut = len(units_with_code(workspace.root / "out"))
    assert cut == 1 if "asm" in source else cut > units // 2
    assert workspace.no_work()


def ir(workspace: Workspace, source: str) -> str:
    """The IR of a program as the graph makes it."""
    workspace.write(project(source, 2))
    workspace.configure()
    workspace.make()
    return (workspace.root / f"out/units/program/{source}.ll").read_text()


def test_an_edit_of_one_function_changes_one_unit(workspace: Workspace) -> None:
    text = ir(workspace, "features.c")
    edited = text.replace("store i32 %0, ptr", "store volatile i32 %0, ptr", 1)
    assert edited != text
    before, after = cut(text, 8, "key"), cut(edited, 8, "key")
    assert sum(one != other for one, other in zip(before, after, strict=True)) == 1


def module(*functions: tuple[str, int, tuple[str, ...]]) -> str:
    """IR of functions: name, lines and calls of each; those with a capital are not local."""
    return 'source_filename = "a.c"\n' + "".join(
        f"define {'' if name.istitle() else 'internal '}void @{name}() {{\n"
        + "".join(f"  call void @{called}()\n" for called in calls)
        + "  fence seq_cst\n" * (lines - len(calls) - 1) + "  ret void\n}\n"
        for name, lines, calls in functions)


def test_a_cut_is_where_the_fewest_names_cross() -> None:
    """Two files in one: the border between them is near the middle, and the cut is there."""
    first = [(f"One{number}", 10, ("one",)) for number in range(48)]
    second = [(f"Two{number}", 10, ("two",)) for number in range(51)]
    units = cut(module(("one", 10, ()), *first, ("two", 10, ()), *second), 2, "key")
    assert all("@Two" not in units[0] and "@One" not in unit for unit in units[1:])
    assert "define internal void @one()" in units[0]
    assert "define internal void @two()" in units[1]


def test_a_small_local_function_is_in_the_unit_that_needs_it() -> None:
    """And with it the one that it needs; not one that two units need, nor a large one."""
    helpers = (("leaf", 8, ()), ("helper", 8, ("leaf",)), ("both", 8, ()), ("large", 90, ()))
    calls = ("helper", "both", "large")
    users = ("First", 10, ("both",)), *((f"Last{number}", 10, calls) for number in range(2))
    rest = [(f"Rest{number}", 10, ()) for number in range(60)]
    units = cut(module(*helpers, users[0], *rest, *users[1:]), 2, "key")
    assert all(f"define internal void @{name}()" in units[1] for name in ("leaf", "helper"))
    assert all(f"define hidden void @{name}." in units[0] for name in ("both", "large"))


def test_what_is_inlined_counts_where_it_is_inlined() -> None:
    """A few short functions that a long one is inlined into are half of all work."""
    body = "".join(f"  call void @Other{number}()\n" for number in range(100))
    inlined = f"define internal void @template() #0 {{\n{body}  ret void\n}}\n"
    short = [(f"Short{number}", 4, ("template",)) for number in range(4)]
    long = [(f"Long{number}", 10, ()) for number in range(40)]
    others = "".join(f"declare void @Other{number}()\n" for number in range(100))
    text = module(*short, *long) + inlined + others + "attributes #0 = { alwaysinline nounwind }\n"
    units = cut(text, 2, "key")
    assert all("define void @Short" not in unit for unit in units[1:])
    assert units[0].count("define void @Long") < 5


def test_small_functions_that_only_need_each_other() -> None:
    """They stay somewhere, and each is defined once."""
    ring = [(f"ring{number}", 10, (f"ring{(number + 1) % 3}",)) for number in range(3)]
    rest = [[(f"Rest{part}{number}", 10, ()) for number in range(40)] for part in range(3)]
    parts = (one for own, others in zip(ring, rest, strict=True) for one in (*others, own))
    units = cut(module(*parts), 3, "key")
    assert len(re.findall(r"^define .*@ring", "\n".join(units), re.MULTILINE)) == 3


def test_new_strings_and_metadata_change_no_other_unit(workspace: Workspace) -> None:
    """Numbers of LLVM count what came before: a unit must not see them."""
    text = ir(workspace, "features.c")
    names = {f"@.str.{number}": f"@.str.{number + 7}" for number in range(60)}
    moved = re.sub(r"@\.str\.\d+", lambda found: names[found[0]], text)
    moved = re.sub(r"!(\d+)", lambda found: f"!{int(found[1]) + 5}", moved)
    assert moved != text
    assert cut(moved, 5, "key") == cut(text, 5, "key")


def test_an_incremental_build_is_a_clean_one(workspace: Workspace) -> None:
    workspace.write(project("features.c", 4))
    workspace.configure()
    workspace.make()
    path = workspace.root / "features.c"
    path.write_text(path.read_text().replace("value -= 2;", "value -= 3;"))
    edges = workspace.make().edges
    assert len([edge for edge in edges if edge.startswith("optimize ")]) == 1
    incremental = workspace.snapshot()
    shutil.rmtree(workspace.root / "out")
    workspace.configure()
    workspace.make()
    assert workspace.snapshot() == incremental


@pytest.mark.parametrize(("sizes", "units", "jobs", "expected"), [
    ((800_000, 100_000, 100_000), 1, 8, (1, 1, 1)),
    ((800_000, 100_000, 100_000), 4, 1, (4, 1, 1)),
    ((800_000, 100_000, 100_000), None, 1, (1, 1, 1)),
    ((800_000, 100_000, 100_000), None, 4, (3, 1, 1)),
    ((800_000, 100_000, 100_000), None, 1000, (16, 2, 2)),
    ((1000, 10, 0), None, 64, (1, 1, 1)),
])
def test_how_many_units(sizes: tuple[int, ...], units: int | None, jobs: int,
                        expected: tuple[int, ...]) -> None:
    files = tuple(SourceFile(f"{number}.c", size, Language.C) for number, size in enumerate(sizes))
    target = Target("t", Kind.EXECUTABLE, Lto.THIN, "2", *((),) * 9, None, codegen_units=units)
    decisions = decide([target], {"t": files}, jobs, Costs({}))
    found = with_codegen_units({"t": files}, decisions)["t"]
    assert tuple(file.codegen_units for file in found) == expected


@pytest.mark.parametrize(("seconds", "jobs", "expected"), [
    ((24, 8), 2, (3, 1)),  # 3 + 1 of one length; of 2 + 1, one worker would do two
    ((24, 8), 4, (3, 1)),
    ((24, 8), 16, (12, 4)),
    ((10, 10, 10), 2, (2, 2, 2)),
    ((10, 10), 2, (1, 1)),
    ((24, *(0.3,) * 80), 2, (1, *(1,) * 80)),  # what is small fills the gap
    ((3,) * 8, 8, (1,) * 8),
])
def test_units_by_which_workers_end_at_one_time(seconds: tuple[float, ...], jobs: int,
                                                expected: tuple[int, ...]) -> None:
    files = tuple(SourceFile(f"{number}.c", 1, Language.C) for number in range(len(seconds)))
    target = Target("t", Kind.EXECUTABLE, Lto.THIN, "2", *((),) * 9, None, codegen_units=None)
    costs = Costs({file.path: cost for file, cost in zip(files, seconds, strict=True)})
    decisions = decide([target], {"t": files}, jobs, costs)
    assert tuple(one.codegen_units for one in decisions) == expected


@pytest.mark.parametrize("flag", ["-fprofile-generate", "-fsplit-lto-unit", "--coverage"])
def test_what_the_optimiser_wants_whole_is_not_cut(flag: str) -> None:
    files = (SourceFile("a.c", 1000, Language.C),)
    target = Target("t", Kind.EXECUTABLE, Lto.THIN, "2", *((),) * 3, (flag,), *((),) * 5, None,
                    codegen_units=4)
    (decision,) = decide([target], {"t": files}, 1, Costs({}))
    assert (decision.codegen_units, decision.why) == (1, f"{flag} is about all of it")


@pytest.mark.parametrize("value", ["0", "-1", '"many"', "1000"])
def test_a_number_of_units_that_cannot_be(any_workspace: Workspace, value: str) -> None:
    any_workspace.write(project("module_asm.c", value))
    done = any_workspace.try_configure()
    assert done.status == 1
    assert "codegen-units:" in done.text
    assert "a number from 1 to 256, or \"auto\"" in done.text


LIBRARIES = """
[project]
name = "units"
codegen-units = 3
lto = "{lto}"
compile-args = ["-g"]
optimize = "{level}"
[targets.shared]
kind = "shared-library"
sources = ["parts.c"]
[targets.archive]
kind = "static-library"
sources = ["parts.c"]
default = true
[targets.by_shared]
kind = "executable"
sources = ["main.c"]
depends = ["shared"]
[targets.by_archive]
kind = "executable"
sources = ["main.c"]
depends = ["archive"]
"""
PARTS = "static int calls;\n" + "".join(
    f"static int local{number}(int x) {{ calls++; return x * {number} + calls; }}\n"
    f"int part{number}(int x) {{ return local{number}(x) + local{number // 2}(x) - x; }}\n"
    for number in range(9))
MAIN = ("#include <stdio.h>\n" + "".join(f"int part{number}(int);\n" for number in range(9))
        + "int main(int count, char **words) { (void)words; printf(\"%d\\n\", "
        + " + ".join(f"part{number}(count)" for number in range(9)) + "); return 0; }\n")


@pytest.mark.parametrize("level", ["0", "2", "s"])
@pytest.mark.parametrize("lto", ["thin", "fat", "combine", "off"])
def test_libraries_of_units(any_workspace: Workspace, lto: str, level: str) -> None:
    any_workspace.write({"ltogen.toml": LIBRARIES.replace("{lto}", lto).replace("{level}", level),
                         "parts.c": PARTS, "main.c": MAIN})
    any_workspace.configure()
    any_workspace.make()
    assert any_workspace.output("by_shared") == any_workspace.output("by_archive") == "214\n"
    assert any_workspace.no_work()
    cut = list((any_workspace.root / "out").rglob("parts.c.unit*.ll"))
    # (An archive beside a combined link is made for thin links.)
    assert bool(cut) == (lto in ("thin", "combine"))


COSTLY = {
    "big.c": "".join(f"int f{n}(int x) {{ return x * {n} + x; }}\n" for n in range(50)),
    "main.c": "int f3(int);\nint main(void) { return f3(1) - 4; }\n",
    "odd name.c": "int odd;\n",
    "ltogen.toml": '[project]\ncodegen-units = "auto"\n'
                   '[targets.program]\nsources = ["*.c"]\n',
}


def test_costs_that_were_learned_decide(workspace: Workspace) -> None:
    workspace.write(COSTLY)
    workspace.configure("--plan-jobs", "4")
    workspace.make()
    assert workspace.ltogen("explain").stdout.startswith("no source is cut\n")
    log = workspace.root / "out/.ninja_log"
    for output in ("native/program/program/big.c.o", "bitcode/program/big.c.o"):
        log.write_text(re.sub(rf"^\d+\t\d+(\t\d+\tout/{output}\t)", r"0\t30000\1",
                              log.read_text(), flags=re.MULTILINE))
    workspace.configure("--plan-jobs", "4", "--learn-costs")
    listed = (workspace.root / "ltogen-costs.toml").read_text()
    assert '"big.c" = 60.0\n' in listed
    workspace.make()
    why = workspace.ltogen("explain").stdout
    assert re.match(r"program: big\.c: 4 units: 60\.00 s is more than the 1\d\.\d+ s that "
                        r"each of 4 workers has of 6\d\.\d s\n", why), why
    assert workspace.ltogen("explain", "main.c").stdout.startswith("program: main.c: whole: 0.")
    # What is learned now is about the same, and so the list stays; by the list, so does the build.
    workspace.configure("--plan-jobs", "4")
    assert workspace.no_work()
    assert workspace.output("program") == ""
    workspace.write({"ltogen-costs.toml": listed.replace("60.0", "0.3")})
    workspace.make()
    assert "no source is cut" in workspace.ltogen("explain").stdout


@pytest.mark.parametrize(("text", "message"), [
    ("least = 1", "ltogen-costs.toml: Object missing required field `total`"),
    ("least = ", "ltogen-costs.toml: "),
    ('least = 1\ntotal = 2\n[seconds]\n"a.c" = "much"\n', "Expected `float`, got `str`"),
])
def test_a_list_that_is_none(any_workspace: Workspace, text: str, message: str) -> None:
    any_workspace.write({**COSTLY, "ltogen-costs.toml": text})
    done = any_workspace.try_configure()
    assert done.status == 1
    assert message in done.stderr
    assert "--learn-costs" in done.stderr
    assert done.stderr.count("\n") == 1


def test_nothing_to_learn_and_nothing_to_explain(any_workspace: Workspace) -> None:
    any_workspace.write({**COSTLY, "ltogen.toml": '[targets.program]\nsources = ["*.c"]\n'})
    done = any_workspace.try_configure("--learn-costs")
    assert (done.status, done.stderr.count("\n")) == (1, 1)
    assert "nothing was built" in done.stderr
    any_workspace.configure()
    assert "no codegen units were asked for" in any_workspace.ltogen("explain").stdout
    done = any_workspace.ltogen("explain", "big.c")
    assert done.status == 1
    assert done.stderr.startswith("ltogen: big.c: no link has it as a module, and nothing was dec")
