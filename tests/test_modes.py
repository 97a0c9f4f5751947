"""The four ways through the backend, side by side in one project, each with its mark."""

from __future__ import annotations

import pytest

from tests.support.sources import compile_with
from tests.support.workspace import Workspace

MODES = ("thin", "fat", "combine", "off")
SOURCES = {
    "main.c": """
        #include <stdio.h>
        int scale(int); int shift(int);
        static inline __attribute__((always_inline)) int bump(int x) { return x + 1; }
        int main(int count, char **words) {
            (void)words;
            printf("%d\\n", bump(scale(count + 6)));
            return 0;
        }
        """,
    "scale.c": "int shift(int); int scale(int x) { return shift(x) * 3; }\n",
    "shift.c": "int shift(int x) { return x << 1; }\n",
}


def project(**defaults: str) -> str:
    """A project file with one target for each mode."""
    lines = ["[project]", *(f"{key} = {value}" for key, value in defaults.items())]
    for mode in MODES:
        lines += [f"[targets.{mode}]", f'lto = "{mode}"', 'sources = ["*.c"]']
    return "\n".join(lines)


def objects(workspace: Workspace, mode: str) -> dict[str, bytes]:
    """The native objects that the link of a mode takes, by name."""
    folder = {"thin": "native/thin/thin", "fat": "merged/fat", "combine": "merged/combine",
              "off": "object/off"}[mode]
    found = (workspace.root / "out" / folder).glob("*.o")
    return {path.name: path.read_bytes() for path in found}


def has_symbol(data: bytes, name: str) -> bool:
    """Whether an object has a symbol, defined or not, or calls it."""
    # Names may share their ends: `scale` with the section `.text.scale`.
    return f"\0{name}\0".encode() in data or f".{name}\0".encode() in data


@pytest.mark.parametrize("level", ["0", "2", "s"])
def test_each_mode_prints_the_same_and_has_its_mark(workspace: Workspace, level: str) -> None:
    workspace.write({"ltogen.toml": project(optimize=f'"{level}"'), **SOURCES})
    workspace.configure()
    workspace.make()
    assert {workspace.output(mode) for mode in MODES} == {"43\n"}
    assert workspace.no_work()
    found = {mode: objects(workspace, mode) for mode in MODES}
    assert {mode: len(files) for mode, files in found.items()} == {
        "thin": 3, "fat": 1, "combine": 1, "off": 3}
    # `scale` is inlined into `main` where a module can see into another, and -O0 allows it.
    callers = {mode: next(data for data in files.values() if has_symbol(data, "main"))
               for mode, files in found.items()}
    inlined = {mode for mode, data in callers.items() if not has_symbol(data, "scale")}
    assert inlined == (set() if level == "0" else {"thin", "fat"})
    assert not any(has_symbol(data, "bump") for data in callers.values())


def test_an_edit_reruns_what_the_mode_makes_of_a_module(workspace: Workspace) -> None:
    workspace.write({"ltogen.toml": project(), **SOURCES})
    workspace.configure()
    workspace.make()
    workspace.write({"shift.c": "int shift(int x) { return x << 2; }\n"})
    ran = {mode: workspace.make(f"out/{mode}").edges for mode in MODES}
    assert ran == {
        "thin": [*(f"code {name}.c for out/thin" for name in ("main", "scale", "shift")),
                 "compile shift.c", "link out/thin", "thin link out/thin"],
        "fat": ["compile shift.c", "link out/fat", "merge and optimize out/fat"],
        "combine": ["compile shift.c", "link out/combine", "merge out/combine"],
        "off": ["compile shift.c", "link out/off"],
    }
    assert {workspace.output(mode) for mode in MODES} == {"85\n"}
    edited = workspace.snapshot()
    workspace.make("-t", "clean")
    workspace.make()
    assert workspace.snapshot() == edited


def test_a_comment_reruns_one_compile_in_every_mode(workspace: Workspace) -> None:
    workspace.write({"ltogen.toml": project(), **SOURCES})
    workspace.configure()
    workspace.make()
    workspace.write({"shift.c": "/* twice */ " + SOURCES["shift.c"]})
    assert {mode: workspace.make(f"out/{mode}").edges for mode in MODES} == {
        "thin": ["compile shift.c"], "fat": ["compile shift.c"], "combine": ["compile shift.c"],
        "off": ["compile shift.c"]}


def test_a_merged_module_becomes_as_many_objects_as_asked(workspace: Workspace) -> None:
    workspace.write({"ltogen.toml": project(**{"lto-partitions": "3"}), **SOURCES})
    workspace.configure()
    workspace.make()
    assert workspace.output("fat") == "43\n"
    assert sorted(objects(workspace, "fat")) == ["lto.0.o", "lto.1.o", "lto.2.o"]
    assert sorted(objects(workspace, "combine")) == ["lto.0.o"]
    assert workspace.no_work()


def test_a_module_for_both_a_thin_and_a_fat_link_is_compiled_once(workspace: Workspace) -> None:
    workspace.write({"ltogen.toml": """
        [targets.thin]
        sources = ["main.c"]
        depends = ["shared"]
        [targets.fat]
        lto = "fat"
        sources = ["main.c"]
        depends = ["shared"]
        [targets.other]
        lto = "fat"
        sources = ["main.c", "scale.c", "shift.c"]
        [targets.shared]
        kind = "static-library"
        sources = ["scale.c", "shift.c"]
        """, **SOURCES})
    workspace.configure()
    edges = workspace.make().edges
    assert edges.count("compile scale.c") == 2  # once for `shared`, once for `other`
    assert {workspace.output(name) for name in ("thin", "fat", "other")} == {"43\n"}
    for name in ("native/thin/thin/main.c.o", "merged/fat/lto.0.o"):
        assert not has_symbol((workspace.root / "out" / name).read_bytes(), "scale")
    assert workspace.no_work()
    workspace.make("shared")


def test_a_weak_definition_of_the_first_file_wins_in_every_mode(workspace: Workspace) -> None:
    """Beside a native object with another one, before or behind."""
    for first, second, expected in (("bit", "native", "bit"), ("native", "bit", "native")):
        workspace.write({"ltogen.toml": project().replace(
            '"*.c"', f'"main.c", "{first}.{"c" if first == "bit" else "s"}", '
                     f'"{second}.{"c" if second == "bit" else "s"}"'),
            "main.c": "#include <stdio.h>\nconst char *name(void);\n"
                      "int main(void) { puts(name()); return 0; }\n",
            "bit.c": '__attribute__((weak)) const char *name(void) { return "bit"; }\n',
            "native.c": '__attribute__((weak)) const char *name(void) { return "native"; }\n'})
        compile_with(workspace, "native.c", "native.s", "-S")
        workspace.configure()
        workspace.make()
        assert {mode: workspace.output(mode) for mode in MODES} == dict.fromkeys(
            MODES, f"{expected}\n")


def test_a_library_for_every_mode_has_what_is_no_module_once(workspace: Workspace) -> None:
    workspace.write({"ltogen.toml": project().replace(
        'sources = ["*.c"]', 'sources = ["main.c"]\ndepends = ["all"]') + """
        [targets.all]
        kind = "static-library"
        sources = ["scale.c", "shift.s", "given.o"]
        """, **SOURCES, "given.c": "int given(void) { return 1; }\n"})
    compile_with(workspace, "shift.c", "shift.s", "-S", "-fPIC")
    compile_with(workspace, "given.c", "given.o", "-flto=thin", "-ffat-lto-objects", "-fPIC")
    workspace.configure()
    edges = workspace.make().edges
    assert edges.count("compile shift.s") == 1
    assert {workspace.output(mode) for mode in MODES} == {"43\n"}
    workspace.make("all")
    assert workspace.no_work()


def test_odd_names_in_every_mode(workspace: Workspace) -> None:
    odd = "o d$d: 'q' 50%\u00fc"
    text = project(**{"lto-partitions": "2"})
    for mode in MODES:
        text = text.replace(f"[targets.{mode}]", f'[targets."{odd} {mode}"]')
    workspace.write({"ltogen.toml": text.replace('"*.c"', f'"main.c", "{odd}.c", "given.o"'),
                     "main.c": SOURCES["main.c"], f"{odd}.c": SOURCES["scale.c"],
                     "given.c": SOURCES["shift.c"]})
    compile_with(workspace, "given.c", "given.o", "-flto")
    workspace.configure("--save-temps")
    workspace.make()
    assert {workspace.output(f"{odd} {mode}") for mode in MODES} == {"43\n"}
    assert workspace.no_work()


def test_two_programs_with_split_debug_information_in_every_mode(workspace: Workspace) -> None:
    """What the driver names after the output is named after the product, not after a stand-in."""
    modes = ("thin", "fat", "combine")
    workspace.write({
        "ltogen.toml": """
            [project]
            compile-args = ["-g", "-gsplit-dwarf"]
            link-args = ["-gsplit-dwarf", "-fsave-optimization-record"]
            """ + "".join(f"""
            [targets.{mode}{number}]
            sources = ["{number}.c"]
            lto = "{mode}"
            """ for mode in modes for number in (1, 2)),
        **{f"{number}.c": f"int main(void) {{ int only{number} = {number}; return only{number} - "
                          f"{number}; }}\n" for number in (1, 2)}})
    workspace.configure()
    workspace.make()
    out = workspace.root / "out"
    if workspace.toolchain == "system":  # zig's driver tells its linker nothing of these
        for mode, number in (("fat", 1), ("fat", 2), ("combine", 1), ("combine", 2)):
            found = out / f"{mode}{number}-dwo/0.dwo"
            assert found.is_file(), sorted(out.iterdir())
            if mode == "combine":
                assert f"only{number}".encode() in found.read_bytes()
    assert not list(out.rglob("*probe*")) and not list(workspace.root.glob("*-dwo"))
    for mode in modes:
        assert {workspace.output(f"{mode}{number}") for number in (1, 2)} == {""}
    assert workspace.no_work()
