"""Prebuilt libraries with bitcode in them: archives of every kind of member, in every mode."""

from __future__ import annotations

from tests.support.sources import archive, compile_with
from tests.support.workspace import Workspace
from tests.test_modes import MODES, SOURCES, has_symbol, objects, project

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


def library(workspace: Workspace, members: dict[str, tuple[str, ...]]) -> None:
    """`lib/all.a`, of objects that are compiled with these flags each."""
    for name, words in members.items():
        compile_with(workspace, f"lib/{name}.c", f"lib/{name}.o", "-fPIC", *words)
    archive(workspace, "lib/all.a", *(f"lib/{name}.o" for name in members))


def _project() -> str:
    return project().replace('sources = ["*.c"]', 'sources = ["main.c"]\nlibraries = ["lib/all.a"]')


def test_every_mode_takes_an_archive_of_every_kind(workspace: Workspace) -> None:
    workspace.write({"ltogen.toml": _project(), **MORE})
    library(workspace, {**KINDS, "unused": ("-flto=thin",)})
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
    library(workspace, KINDS)
    workspace.configure()
    workspace.make()
    workspace.write({"lib/full.c": MORE["lib/full.c"].replace("+ 1", "+ 2")})
    library(workspace, KINDS)
    workspace.make()
    assert {workspace.output(mode) for mode in MODES} == {f"{ANSWER + 2}\n"}
    library(workspace, dict(reversed(KINDS.items())))
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
    library(workspace, {"shift": ("-flto=thin",)})
    workspace.configure()
    workspace.make()
    assert workspace.output("program") == "43\n"
    assert not has_symbol((workspace.root / "out/merged/program/lto.0.o").read_bytes(), "shift")


def test_a_library_of_a_newer_llvm_is_refused(any_workspace: Workspace) -> None:
    from tests.support.bitcode_patch import with_major

    any_workspace.write({"ltogen.toml": _project(), **MORE})
    library(any_workspace, {"thin": ("-flto=thin",)})
    path = any_workspace.root / "lib/thin.o"
    path.write_bytes(with_major(path.read_bytes(), 99))
    archive(any_workspace, "lib/all.a", "lib/thin.o")
    done = any_workspace.try_configure()
    assert done.status == 1
    assert done.stderr.startswith("ltogen: [targets.thin] libraries: it takes lib/all.a(thin.o), "
                                  "bitcode of LLVM 99")
