"""What a program is made of besides C: other languages, and what somebody else has built."""

from __future__ import annotations

from tests.support.sources import ADD, PRINT_ADD, TWICE, archive, compile_with, lto
from tests.support.workspace import Workspace


def test_every_language_that_clang_takes_meets_in_one_program(workspace: Workspace) -> None:
    workspace.write({"ltogen.toml": """
        [targets.program]
        sources = ["main.c", "data.s", "macro.S", "text.ll", "made/*"]
        defines = ["SIX=6"]
        """, "data.s": ".data\n.globl from_s\nfrom_s: .long 5\n",
        "macro.S": ".data\n.globl from_S\nfrom_S: .long SIX // a macro\n",
        "text.ll": "define i32 @from_ll() {\n  ret i32 7\n}\n",
        "from_bc.c": "int from_bc(void) { return 8; }\n",
        "from_o.c": "int from_o(void) { return 9; }\n",
        "from_lto.c": "int from_lto(void) { return 10; }\n",
        "main.c": """
        #include <stdio.h>
        extern int from_s, from_S;
        int from_ll(void), from_bc(void), from_o(void), from_lto(void);
        int main(void) {
            printf("%d %d %d %d %d %d\\n", from_s, from_S, from_ll(), from_bc(), from_o(),
                   from_lto());
            return 0;
        }
        """})
    (workspace.root / "made").mkdir()
    compile_with(workspace, "from_bc.c", "made/plain.bc", "-emit-llvm")
    compile_with(workspace, "from_o.c", "made/native.o")
    compile_with(workspace, "from_lto.c", "made/bitcode.o", "-flto=thin")
    workspace.configure()
    assert workspace.make().edges == [
        "ask the driver how to link", lto("made/bitcode.o"), lto("made/plain.bc"), lto("main.c"),
        lto("text.ll"), "compile data.s", "compile macro.S", "compile made/plain.bc",
        "compile main.c", "compile text.ll", "copy made/bitcode.o", "link out/program",
        "thin link out/program"]
    assert workspace.output("program") == "5 6 7 8 9 10\n"
    assert workspace.no_work()


def test_a_prebuilt_object_that_changes_its_nature_is_noticed(workspace: Workspace) -> None:
    workspace.write({"ltogen.toml": '[targets.program]\nsources = ["main.c", "made.o"]\n',
                     "main.c": PRINT_ADD, "add.c": ADD})
    compile_with(workspace, "add.c", "made.o")
    workspace.configure()
    workspace.make()
    compile_with(workspace, "add.c", "made.o", "-flto=thin")
    assert "copy made.o" in workspace.make().edges
    assert workspace.output("program") == "5\n"


def test_a_library_that_somebody_else_built_is_linked(workspace: Workspace) -> None:
    workspace.build = "build"
    workspace.write({"ltogen.toml": """
        [targets.program]
        sources = ["main.c"]
        link-args = ["-L{root}/lib"]
        libraries = ["lib/libsum.a", "twice", "m"]
        """, "add.c": "int twice(int);\n" + ADD.replace("a + b", "twice(a) + b"), "twice.c": TWICE,
        "main.c": PRINT_ADD})
    (workspace.root / "lib").mkdir()
    for source, library in (("add", "sum"), ("twice", "twice")):
        compile_with(workspace, f"{source}.c", f"{source}.o", "-fPIC")
        archive(workspace, f"lib/lib{library}.a", f"{source}.o")
    workspace.configure()
    workspace.make()
    assert workspace.output("program") == "7\n"
