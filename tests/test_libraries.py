"""Prebuilt libraries with bitcode in them: archives of every kind of member, in every mode."""

from __future__ import annotations

from pathlib import Path

from ltogen.toolchain import Request, choose
from tests.test_modes import MODES, SOURCES, has_symbol, objects, project
from tests.workspace import Workspace, run

KINDS = {"thin": ("-flto=thin",), "full": ("-flto=full",), "native": (),
         "fat": ("-flto=thin", "-ffat-lto-objects")}
MORE = {
    "main.c": """
        #include <stdio.h>
        int thin(int); int full(int); int native(int); int fat(int);
        int main(int count, char **words) {
            (void)words;
            printf("%d\\n", thin(full(native(fat(count)))));
            return 0;
        }
        """,
    **{f"lib/{kind}.c": f"int {kind}(int x) {{ return x * {number} + 1; }}\n"
       for number, kind in enumerate(KINDS, 2)},
    "lib/unused.c": "int nowhere(void); int unused(void) { return nowhere(); }\n",
}
ANSWER = (((1 * 5 + 1) * 4 + 1) * 3 + 1) * 2 + 1


def archive(workspace: Workspace, members: dict[str, tuple[str, ...]]) -> None:
    """`lib/all.a`, of objects that are compiled with these flags each."""
    toolchain = choose(Request(kind=workspace.toolchain), Path("/nonexistent"))
    (workspace.root / "lib/all.a").unlink(missing_ok=True)
    for name, words in members.items():
        done = run([*toolchain.cc, "-O2", "-fPIC", *words, "-c", f"lib/{name}.c", "-o",
                    f"lib/{name}.o"], workspace.root)
        assert done.status == 0, done.text
    done = run([*toolchain.ar, "rcs", "lib/all.a", *(f"lib/{name}.o" for name in members)],
               workspace.root)
    assert done.status == 0, done.text


def _project() -> str:
    return project().replace('sources = ["*.c"]', 'sources = ["main.c"]\nlibraries = ["lib/all.a"]')


def test_every_mode_takes_an_archive_of_every_kind(workspace: Workspace) -> None:
    workspace.write({"ltogen.toml": _project(), **MORE})
    archive(workspace, {**KINDS, "unused": ("-flto=thin",)})
    workspace.configure()
    workspace.make()
    assert {mode: workspace.output(mode) for mode in MODES} == dict.fromkeys(
        MODES, f"{ANSWER}\n")
    assert workspace.no_work()
    fat = objects(workspace, "fat")["lto.0.o"]
    assert {kind for kind in KINDS if has_symbol(fat, kind)} == {"native"}
    thin = objects(workspace, "thin")["main.c.o"]
    assert {kind for kind in KINDS if has_symbol(thin, kind)} == {"full", "native"}


def test_a_member_that_changes_is_linked_again(workspace: Workspace) -> None:
    workspace.write({"ltogen.toml": _project(), **MORE})
    archive(workspace, KINDS)
    workspace.configure()
    workspace.make()
    workspace.write({"lib/full.c": MORE["lib/full.c"].replace("+ 1", "+ 2")})
    archive(workspace, KINDS)
    workspace.make()
    assert {workspace.output(mode) for mode in MODES} == {f"{ANSWER + 2}\n"}
    archive(workspace, dict(reversed(KINDS.items())))
    workspace.make()
    assert {workspace.output(mode) for mode in MODES} == {f"{ANSWER + 2}\n"}
    assert workspace.no_work()


def test_a_library_of_a_library_joins_the_link(workspace: Workspace) -> None:
    workspace.write({"ltogen.toml": """
        [targets.program]
        lto = "fat"
        sources = ["main.c"]
        depends = ["between"]
        [targets.between]
        kind = "static-library"
        sources = ["scale.c"]
        libraries = ["lib/all.a"]
        """, **SOURCES, "lib/shift.c": SOURCES["shift.c"]})
    archive(workspace, {"shift": ("-flto=thin",)})
    workspace.configure()
    workspace.make()
    assert workspace.output("program") == "43\n"
    assert not has_symbol((workspace.root / "out/merged/program/lto.0.o").read_bytes(), "shift")


def test_a_library_of_a_newer_llvm_is_refused(any_workspace: Workspace) -> None:
    from tests.bitcode_patch import with_major

    any_workspace.write({"ltogen.toml": _project(), **MORE})
    archive(any_workspace, {"thin": ("-flto=thin",)})
    path = any_workspace.root / "lib/thin.o"
    path.write_bytes(with_major(path.read_bytes(), 99))
    toolchain = choose(Request(kind=any_workspace.toolchain), Path("/nonexistent"))
    run([*toolchain.ar, "rcs", "lib/all.a", "lib/thin.o"], any_workspace.root)
    done = any_workspace.try_configure()
    assert done.status == 1
    assert done.stderr.startswith("ltogen: [targets.thin] libraries: it takes lib/all.a(thin.o), "
                                  "bitcode of LLVM 99")
