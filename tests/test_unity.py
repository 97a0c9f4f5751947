"""`unity = true`: small sources in one codegen unit give the program that they give each alone."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ltogen.codegen_units.partition import decide
from ltogen.model.costs import Costs, Decision
from ltogen.model.project import Kind, Language, Lto, SourceFile, Target
from tests.support.workspace import Workspace

# Statics of one name, a weak definition that comes first, a constructor for each file.
PART = """
#include <stdio.h>
static int state = {n};
static int next(void) {{ static int calls; return state += ++calls; }}
__attribute__((constructor)) static void begin(void) {{ printf("{n} "); }}
__attribute__((weak)) int which(void) {{ return {n}; }}
int part{n}(void) {{ return next() + next(); }}
"""
MAIN = """
#include <stdio.h>
int which(void);
{declared}
int main(void) {{
    printf("%d", which());
    {printed}
    return 0;
}}
"""


def files(count: int, unity: bool = True) -> dict[str, str]:
    """A program of many small sources."""
    numbers = range(count)
    return {
        **{f"part{n}.c": PART.format(n=n) for n in numbers},
        "zmain.c": MAIN.format(
            declared="".join(f"int part{n}(void);\n" for n in numbers),
            printed="".join(f'printf(" %d", part{n}());\n    ' for n in numbers)),
        "ltogen.toml": f"[targets.program]\nunity = {str(unity).lower()}\n"
                       'compile-args = ["-g"]\nsources = ["*.c"]\n',
    }


def test_a_unity_program_does_what_the_other_one_does(workspace: Workspace) -> None:
    workspace.write(files(7, unity=False))
    workspace.configure()
    workspace.make()
    alone = workspace.output("program")
    workspace.write(files(7))
    workspace.make()
    assert workspace.output("program") == alone == "0 1 2 3 4 5 6 0 4 6 8 10 12 14 16"
    assert [path.name for path in (workspace.root / "out/bitcode").rglob("*.o")] == [
        "part0.c.unity.o"]
    assert workspace.ltogen("explain").stdout.startswith("8 small sources are in 1 unity unit\n")
    assert workspace.no_work()


def test_an_edit_compiles_one_file_and_equals_a_clean_build(workspace: Workspace) -> None:
    workspace.write(files(5))
    workspace.configure()
    workspace.make()
    workspace.write({"part2.c": PART.format(n=2).replace("next() + next()", "next() * 100")})
    edges = workspace.make().edges
    assert sum(edge.startswith("compile ") for edge in edges) == 1
    assert sum(edge.startswith("join ") for edge in edges) == 1
    assert "300" in workspace.output("program")
    incremental = workspace.snapshot()
    shutil.rmtree(workspace.root / "out")
    workspace.configure()
    workspace.make()
    assert workspace.snapshot() == incremental
    # (With -g, the digest of a source is in its debug information.)
    workspace.write({"ltogen.toml": files(5)["ltogen.toml"].replace('"-g"', "")})
    workspace.make()
    workspace.write({"part2.c": (workspace.root / "part2.c").read_text() + "// nothing more\n"})
    assert not any(edge.startswith(("thin", "code")) for edge in workspace.make().edges)


def test_cxx_of_one_target_with_c(workspace: Workspace) -> None:
    body = """
#include <cstdio>
#include <stdexcept>
template <class T> struct Box {{ T value; virtual T get() const {{ return value; }} }};
inline int shared() {{ static int count; return ++count; }}
int part{n}() {{
    try {{ if (shared() > 0) throw std::runtime_error("{n}"); }}
    catch (const std::exception &caught) {{ std::printf("%s ", caught.what()); }}
    Box<int> box; box.value = {n}; const Box<int> *seen = &box;
    return seen->get() + shared();
}}
"""
    workspace.write({
        **{f"part{n}.cpp": body.format(n=n) for n in range(3)},
        "c.c": "int c(void) { return 40; }\n", "c2.c": "int c2(void) { return 2; }\n",
        "main.cpp": '#include <cstdio>\nint part0(); int part1(); int part2();\n'
                    'extern "C" int c(void); extern "C" int c2(void);\n'
                    "int main() { int all = part0() + part1() + part2();\n"
                    '    std::printf("%d %d\\n", all, c() + c2()); }\n',
        "ltogen.toml": "[targets.program]\nunity = true\n"
                       'sources = ["*.c", "*.cpp"]\nlibraries = []\n'})
    workspace.configure()
    workspace.make()
    assert workspace.output("program") == "0 1 2 15 42\n"
    assert len(list((workspace.root / "out/bitcode").rglob("*.unity.o"))) == 2


def target(**words: object) -> Target:
    """A target with unity units."""
    plain = Target("t", Kind.EXECUTABLE, Lto.THIN, "2", *((),) * 9, None, unity=True)
    return Target(**{**{name: getattr(plain, name) for name in Target.__struct_fields__}, **words})


def decided(sources: tuple[SourceFile, ...], **words: object) -> tuple[Decision, ...]:
    """What becomes of some sources."""
    return decide([target(**words)], {"t": sources}, 2, Costs({}))


SMALL = tuple(SourceFile(f"src/f{n}.c", 200, Language.C) for n in range(10_000))


def test_a_source_more_changes_the_group_around_it() -> None:
    def groups(sources: tuple[SourceFile, ...]) -> set[tuple[str, ...]]:
        found: dict[int, list[str]] = {}
        for one in decided(sources):
            found.setdefault(one.group, []).append(one.path)
        assert 0 not in found or len(found[0]) < 5
        return {tuple(paths) for paths in found.values()}

    before = groups(SMALL)
    more = SourceFile("src/another.c", 200, Language.C)
    after = groups((*SMALL[:5000], more, *SMALL[5000:]))
    assert 80 <= len(before) <= 400
    assert len(before - after) <= 3
    assert len(groups(SMALL[:5000] + SMALL[5001:]) - before) <= 3


@pytest.mark.parametrize("words", [
    {"kind": Kind.STATIC_LIBRARY}, {"compile_args": ("-fprofile-generate",)},
    {"compile_args": ("-gsplit-dwarf",)}, {"link_args": ("-Wl,--wrap=malloc",)},
    {"link_args": ("-Wl,-z,muldefs",)}, {"link_args": ("-z", "muldefs")},
    {"lto": Lto.FAT}, {"embed_bitcode": True}, {"unity": False, "codegen_units": 2},
])
def test_what_is_in_no_unity_unit(words: dict[str, object]) -> None:
    assert not any(one.group for one in decided(SMALL[:50], **words))


def test_a_large_source_and_another_language_part_their_neighbours() -> None:
    large = SourceFile("large.c", 1_000_000, Language.C)
    other = SourceFile("other.S", 100, Language.ASSEMBLER_WITH_CPP)
    found = decided((*SMALL[:3], large, *SMALL[3:6], other, *SMALL[6:8]), codegen_units=4)
    assert [one.group for one in found] == [1, 1, 1, 0, 2, 2, 2, 0, 3, 3]
    assert found[3].codegen_units == 4


def test_two_definitions_are_an_error(any_workspace: Workspace) -> None:
    any_workspace.write({**files(2), "part1.c": PART.format(n=0)})
    any_workspace.configure()
    done = any_workspace.try_build()
    assert done.status != 0
    assert "part0" in done.text
    assert "multiply defined" in done.text
    assert not Path(any_workspace.root / "out/program").exists()
