"""C++, modules that are only partly thin, and bitcode without module hashes."""

from __future__ import annotations

from pathlib import Path

from tests.support.sources import PROGRAM, compile_with, compile_without_hash, lto
from tests.support.workspace import Workspace

SHAPES = {
    "ltogen.toml": """
        [targets.program]
        sources = ["*.cpp"]
        compile-args = ["-fsplit-lto-unit", "-fvisibility=hidden", "-fwhole-program-vtables"]
        """,
    "shape.h": """
        struct Shape { virtual int sides() const = 0; };
        Shape *make(int which);
        """,
    "shapes.cpp": """
        #include "shape.h"
        struct Square : Shape { int sides() const override { return 4; } };
        struct Triangle : Shape { int sides() const override { return 3; } };
        Shape *make(int which) {
            if (which) return new Square;
            return new Triangle;
        }
        """,
    "main.cpp": """
        #include <stdio.h>
        #include "shape.h"
        int main(int count, char **) {
            printf("%d %d\\n", make(count > 0)->sides(), make(count > 9)->sides());
        }
        """,
}


def test_cxx_with_exceptions_and_its_standard_library(workspace: Workspace) -> None:
    workspace.write({"ltogen.toml": '[targets.program]\nsources = ["*.cpp", "*.c"]\n',
                     "limit.c": "int limit(void) { return 3; }\n",
                     "checked.cpp": """
        #include <stdexcept>
        #include <string>
        extern "C" int limit(void);
        int checked(int x) {
            if (x > limit()) throw std::out_of_range("above " + std::to_string(limit()));
            return x;
        }
        """, "main.cpp": """
        #include <iostream>
        #include <map>
        #include <stdexcept>
        int checked(int);
        int main() {
            std::map<int, const char *> names{{2, "two"}};
            try {
                std::cout << names[checked(2)] << std::endl;
                checked(4);
            } catch (const std::out_of_range &error) {
                std::cout << error.what() << std::endl;
            }
        }
        """})
    workspace.configure()
    workspace.make()
    assert workspace.output("program") == "two\nabove 3\n"
    assert workspace.no_work()


def test_the_regular_part_of_split_modules_is_linked(workspace: Workspace) -> None:
    workspace.write(SHAPES)
    workspace.configure()
    workspace.make()
    assert workspace.output("program") == "4 3\n"
    folder = workspace.root / "out/thinlink/program"
    assert (folder / "regular-lto.o").stat().st_size > 0
    assert "regular-lto.o" in (folder / "link.rsp").read_text()


def test_split_modules_follow_an_edit(workspace: Workspace, tmp_path: Path) -> None:
    workspace.write(SHAPES)
    workspace.configure()
    workspace.make()
    workspace.write({"shapes.cpp": SHAPES["shapes.cpp"].replace("return 4", "return 40")})
    workspace.make()
    assert workspace.output("program") == "40 3\n"
    clean = Workspace(tmp_path / "clean", workspace.toolchain)
    clean.root.mkdir()
    clean.write({**SHAPES, "shapes.cpp": SHAPES["shapes.cpp"].replace("return 4", "return 40")})
    clean.configure()
    clean.make()
    assert workspace.snapshot() == clean.snapshot()


def test_an_ordinary_link_has_an_empty_regular_part_and_leaves_it_out(
        workspace: Workspace) -> None:
    workspace.write(PROGRAM)
    workspace.configure()
    workspace.make()
    folder = workspace.root / "out/thinlink/program"
    assert (folder / "regular-lto.o").read_bytes() == b""
    assert "regular-lto" not in (folder / "link.rsp").read_text()


def test_a_weak_definition_in_a_module_for_full_lto_wins_as_in_a_plain_link(
        workspace: Workspace) -> None:
    weak = '__attribute__((weak)) const char *name(void) {{ return "{0}"; }}\n'
    workspace.write({
        "ltogen.toml": '[targets.program]\nsources = ["main.c", "full.o", "native.o"]\n',
        "main.c": "#include <stdio.h>\nconst char *name(void);\n"
                  "int main(void) { puts(name()); return 0; }\n",
        "full.c": weak.format("full"), "native.c": weak.format("native")})
    compile_with(workspace, "full.c", "full.o", "-flto")
    compile_with(workspace, "native.c", "native.o")
    workspace.configure()
    workspace.make()
    assert workspace.output("program") == "full\n"


def test_a_module_for_full_lto_is_linked_too(workspace: Workspace) -> None:
    workspace.write({**PROGRAM, "full.c": "int square(int x) { return x * x + 1; }\n"})
    (workspace.root / "src/square.c").unlink()
    compile_with(workspace, "full.c", "src/full.o", "-flto")
    workspace.write({"ltogen.toml": """
        [targets.program]
        sources = ["src/*.c", "src/full.o"]
        include-dirs = ["include"]
        """})
    workspace.configure()
    workspace.make()
    assert workspace.output("program") == "50\n"


def test_bitcode_without_hashes_reruns_its_backend_and_those_that_import_it(
        workspace: Workspace) -> None:
    workspace.write({**PROGRAM, "ltogen.toml": """
        [targets.program]
        sources = ["src/main.c", "src/alone.c", "square.o"]
        include-dirs = ["include"]
        """})
    compile_without_hash(workspace, "src/square.c", "square.o")
    workspace.configure()
    workspace.make()
    assert workspace.output("program") == "49\n"
    assert workspace.no_work()
    workspace.write({"src/square.c": "int square(int x) { return x + x; }\n"})
    compile_without_hash(workspace, "src/square.c", "square.o")
    edges = workspace.make().edges
    assert edges == [lto("square.o"), lto("src/main.c"), "configure", "copy square.o",
                     "link out/program", "thin link out/program"]
    assert workspace.output("program") == "14\n"
    assert workspace.no_work()
