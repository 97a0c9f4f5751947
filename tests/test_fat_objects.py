"""Objects with native code and bitcode: made by `embed-bitcode`, and taken by every mode."""

from __future__ import annotations

from ltogen.base import elf
from tests.support.sources import compile_with, tools
from tests.support.workspace import Workspace, run
from tests.test_modes import MODES, SOURCES, has_symbol, objects, project


def test_an_archive_of_fat_objects_serves_a_link_with_lto_and_one_without(
        workspace: Workspace) -> None:
    workspace.write({"ltogen.toml": """
        [targets.program]
        sources = ["main.c"]
        depends = ["parts"]
        [targets.parts]
        kind = "static-library"
        embed-bitcode = true
        default = true
        sources = ["scale.c", "shift.c"]
        """, **SOURCES})
    workspace.configure()
    workspace.make()
    assert workspace.output("program") == "43\n"
    main = workspace.root / "out/native/program/program/main.c.o"
    assert not has_symbol(main.read_bytes(), "scale")
    made = [workspace.root / f"out/object/parts/{name}.c.o" for name in ("scale", "shift")]
    assert all(elf.bitcode(path.read_bytes()) for path in made)
    toolchain = tools(workspace.toolchain)
    for words in ((), ("-flto=thin", "-ffat-lto-objects")):
        if words and toolchain.link_runs:
            continue  # its driver has no such option
        linker = ("-fuse-ld=lld", f"--ld-path={toolchain.ld[0]}") if words else ()
        done = run([*toolchain.cc, "-O2", *words, *linker, "main.c", "out/libparts.a", "-o",
                    "other"], workspace.root)
        assert done.status == 0, done.text
        assert run([str(workspace.root / "other")], workspace.root).stdout == "43\n"
    assert workspace.no_work()
    workspace.write({"shift.c": "int shift(int x) { return x << 2; }\n"})
    assert "compile shift.c" in workspace.make().edges
    assert workspace.output("program") == "85\n"
    edited = workspace.snapshot()
    workspace.make("-t", "clean")
    workspace.make()
    assert workspace.snapshot() == edited


def test_every_mode_takes_fat_objects(workspace: Workspace) -> None:
    workspace.write({"ltogen.toml": project().replace('"*.c"', '"main.c", "*.o"'), **SOURCES})
    for name, kind in (("scale", "thin"), ("shift", "full")):
        compile_with(workspace, f"{name}.c", f"{name}.o", "-fPIC", f"-flto={kind}",
                     "-ffat-lto-objects")
    workspace.configure()
    workspace.make()
    assert {workspace.output(mode) for mode in MODES} == {"43\n"}
    fat = objects(workspace, "fat")["lto.0.o"]
    assert not has_symbol(fat, "scale")
    assert not has_symbol(fat, "shift")
    thin = objects(workspace, "thin")["main.c.o"]
    assert not has_symbol(thin, "scale")
    assert workspace.no_work()


def test_an_object_that_lost_its_bitcode_is_named(workspace: Workspace) -> None:
    workspace.write({"ltogen.toml": '[targets.program]\nsources = ["main.c", "scale.o", "shift.c"]',
                     **SOURCES})
    compile_with(workspace, "scale.c", "scale.o", "-fPIC", "-flto=thin", "-ffat-lto-objects")
    workspace.configure()
    workspace.make()
    compile_with(workspace, "scale.c", "scale.o", "-fPIC")
    # The object is read again by `configure`, which now takes it as native code.
    workspace.make()
    assert workspace.output("program") == "43\n"
    assert workspace.no_work()
