"""Kinds of targets, how they take each other in, and the arguments of each."""

from __future__ import annotations

import ctypes
import shutil
from pathlib import Path

from tests.support.sources import ADD, PRINT_ADD, PRINT_TWICE, TWICE, foreign_driver, lto
from tests.support.workspace import Workspace, run


def test_a_program_and_its_shared_library_can_be_moved_together(workspace: Workspace,
                                                                tmp_path: Path) -> None:
    workspace.write({"ltogen.toml": """
        [targets.program]
        sources = ["main.c"]
        depends = ["add"]
        [targets.add]
        kind = "shared-library"
        sources = ["add.c"]
        """, "main.c": PRINT_ADD, "add.c": ADD})
    workspace.configure()
    workspace.make()
    for name in ("program", "libadd.so"):
        shutil.copy(workspace.root / "out" / name, tmp_path)
    shutil.rmtree(workspace.root)
    assert run([str(tmp_path / "program")], Path("/")).stdout == "5\n"


def test_a_member_that_nobody_needs_is_not_linked(workspace: Workspace) -> None:
    workspace.write({"ltogen.toml": """
        [targets.program]
        sources = ["main.c"]
        depends = ["mixed"]
        [targets.mixed]
        kind = "static-library"
        sources = ["mixed/*.c"]
        """, "main.c": PRINT_ADD, "mixed/add.c": ADD,
        "mixed/broken.c": "int nowhere(void); int broken(void) { return nowhere(); }\n"})
    workspace.configure()
    workspace.make()
    assert workspace.output("program") == "5\n"
    natives = workspace.root / "out/native/program/mixed/mixed"
    assert (natives / "broken.c.o").read_bytes() == b""
    assert (natives / "add.c.o").read_bytes() != b""
    assert workspace.no_work()


def test_a_member_whose_code_was_inlined_away_still_runs_its_constructor(
        workspace: Workspace) -> None:
    workspace.write({"ltogen.toml": """
        [targets.program]
        sources = ["main.c"]
        depends = ["loud"]
        [targets.loud]
        kind = "static-library"
        sources = ["loud.c"]
        """, "main.c": PRINT_TWICE, "loud.c": TWICE + """
        #include <stdio.h>
        __attribute__((constructor)) static void hello(void) { puts("constructed"); }
        """})
    workspace.configure()
    workspace.make()
    assert workspace.output("program") == "constructed\n42\n"


def test_an_archive_serves_another_linker_and_keeps_members_of_one_name(
        workspace: Workspace) -> None:
    workspace.write({"ltogen.toml": """
        [targets.program]
        sources = ["main.c"]
        depends = ["both"]
        [targets.both]
        kind = "static-library"
        sources = ["left/code.c", "right/code.c"]
        """, "left/code.c": ADD, "right/code.c": TWICE, "main.c": PRINT_ADD,
        "foreign.c": "int add(int, int); int twice(int); int main(void)"
                     " { return add(2, 3) == 5 && twice(2) == 4 ? 0 : 1; }\n"})
    workspace.configure()
    workspace.make("out/libboth.a")
    linked = run([*foreign_driver(workspace), "foreign.c", "out/libboth.a", "-o", "foreign"],
                 workspace.root)
    assert linked.status == 0, linked.text
    assert run(["./foreign"], workspace.root).status == 0
    assert workspace.make().edges != []
    assert workspace.no_work()


def test_an_archive_forgets_a_member_that_is_gone(workspace: Workspace) -> None:
    toml = '[targets.both]\nkind = "static-library"\nsources = ["*.c"]\n'
    workspace.write({"ltogen.toml": toml, "add.c": ADD, "twice.c": TWICE})
    workspace.configure()
    workspace.make()
    assert b"twice" in (workspace.root / "out/libboth.a").read_bytes()
    (workspace.root / "twice.c").unlink()
    workspace.make()
    assert b"twice" not in (workspace.root / "out/libboth.a").read_bytes()


def test_lto_can_be_off_for_one_target_of_two(workspace: Workspace) -> None:
    workspace.write({"ltogen.toml": """
        [targets.without]
        lto = "off"
        sources = ["main.c", "add.c"]
        [targets.thin]
        sources = ["main.c", "add.c"]
        """, "main.c": PRINT_ADD, "add.c": ADD})
    workspace.configure()
    assert workspace.make("out/without").edges == [
        "ask the driver how to link", "compile add.c", "compile main.c", "link out/without"]
    workspace.make()
    assert workspace.output("without") == workspace.output("thin") == "5\n"


def test_a_program_without_lto_takes_a_library_with_it(workspace: Workspace) -> None:
    workspace.write({"ltogen.toml": """
        [targets.program]
        lto = "off"
        sources = ["main.c"]
        depends = ["sum"]
        [targets.sum]
        kind = "static-library"
        sources = ["add.c"]
        """, "main.c": PRINT_ADD, "add.c": ADD})
    workspace.configure()
    assert workspace.make().edges == [
        "ask the driver how to link", "code out/plain/sum/add.c.o", "compile add.c",
        "compile main.c", "link out/program"]
    assert workspace.output("program") == "5\n"


def test_a_program_with_lto_takes_a_library_without_it(workspace: Workspace) -> None:
    workspace.write({"ltogen.toml": """
        [targets.thin]
        sources = ["main.c"]
        depends = ["sum"]
        [targets.sum]
        kind = "static-library"
        lto = "off"
        sources = ["add.c", "unused.c"]
        """, "main.c": PRINT_ADD, "add.c": ADD,
        "unused.c": "int nowhere(void); int unused(void) { return nowhere(); }\n"})
    workspace.configure()
    workspace.make()
    assert workspace.output("thin") == "5\n"


def test_two_programs_share_bitcode_but_no_native_object(workspace: Workspace) -> None:
    workspace.write({"ltogen.toml": """
        [targets.one]
        sources = ["one.c"]
        depends = ["sum"]
        [targets.two]
        sources = ["two.c"]
        depends = ["sum"]
        [targets.sum]
        kind = "static-library"
        sources = ["add.c"]
        """, "one.c": PRINT_ADD, "two.c": PRINT_ADD.replace("2, 3", "20, 30"), "add.c": ADD})
    workspace.configure()
    edges = workspace.make().edges
    assert edges.count("compile add.c") == 1
    assert {lto("add.c", "sum", unit) for unit in ("one", "two")} <= set(edges)
    assert (workspace.output("one"), workspace.output("two")) == ("5\n", "50\n")


def test_a_static_library_joins_a_program_and_a_shared_library(workspace: Workspace) -> None:
    workspace.write({"ltogen.toml": """
        [targets.program]
        sources = ["main.c"]
        depends = ["calls", "count"]
        [targets.calls]
        kind = "shared-library"
        sources = ["calls.c"]
        depends = ["count"]
        [targets.count]
        kind = "static-library"
        sources = ["count.c"]
        """, "count.c": "static int n; int count(void) { return ++n; }\n",
        "calls.c": "int count(void); int calls(void) { return count() + count(); }\n",
        "main.c": """
        #include <stdio.h>
        int count(void);
        int calls(void);
        int main(void) { int own = count(); printf("%d %d\\n", own, calls()); return 0; }
        """})
    workspace.configure()
    workspace.make()
    # One definition serves both, as with any linker: the program's own counter comes first.
    assert workspace.output("program") == "1 5\n"


def test_sources_of_one_name_in_two_folders(workspace: Workspace) -> None:
    workspace.write({"ltogen.toml": '[targets.program]\nsources = ["**/*.c"]\n',
                     "main.c": PRINT_ADD.replace("add(2, 3)", "add(1, twice(2))").replace(
                         "int add", "int twice(int); int add"),
                     "a/code.c": ADD, "b/code.c": TWICE})
    workspace.configure()
    workspace.make()
    assert workspace.output("program") == "5\n"


def test_an_exclamation_mark_leaves_files_out(workspace: Workspace) -> None:
    workspace.write({"ltogen.toml": '[targets.program]\nsources = ["**/*.c", "!**/test_*.c"]\n',
                     "main.c": PRINT_ADD, "lib/add.c": ADD,
                     "lib/test_add.c": "#error not part of the program\n"})
    workspace.configure()
    workspace.make()
    assert workspace.output("program") == "5\n"


def test_arguments_for_c_name_the_project_folder(workspace: Workspace) -> None:
    workspace.build = "build/deep"
    workspace.write({"ltogen.toml": """
        [targets.program]
        sources = ["main.c"]
        compile-args = ["-include", "{root}/config/answer.h"]
        c-args = ["-DUNIT=1", "-I{root}/more"]
        cxx-args = ["-DUNIT=2"]
        """, "config/answer.h": "#define ANSWER 41\n",
        "more/unit.h": "#define TOTAL ANSWER + UNIT\n",
        "main.c": """
        #include <stdio.h>
        #include "unit.h"
        int main(void) { printf("%d\\n", TOTAL); return 0; }
        """})
    workspace.configure()
    workspace.make()
    assert workspace.output("program") == "42\n"


def test_a_version_script_decides_what_a_library_exports(workspace: Workspace) -> None:
    workspace.build = "build"
    workspace.write({"ltogen.toml": """
        [targets.api]
        kind = "shared-library"
        sources = ["*.c"]
        link-args = ["-Wl,--version-script={root}/api.map"]
        """, "api.map": "{ global: add; local: *; };\n", "add.c": ADD, "twice.c": TWICE})
    workspace.configure()
    workspace.make()
    first = ctypes.CDLL(str(workspace.root / "build/out/libapi.so"))
    assert first.add(2, 3) == 5
    assert not hasattr(first, "twice")
    workspace.write({"api.map": "{ global: add; twice; local: *; };\n"})
    assert "link out/libapi.so" in workspace.make().edges
    shutil.copy(workspace.root / "build/out/libapi.so", workspace.root / "second.so")
    assert ctypes.CDLL(str(workspace.root / "second.so")).twice(2) == 4
