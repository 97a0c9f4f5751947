"""Control-flow integrity and whole-program devirtualisation, by a thin link and by a merge."""

from __future__ import annotations

import re
import signal

import pytest

from tests.support.workspace import Workspace, run

CALLS = {
    "ltogen.toml": """
        [project]
        compile-args = ["-fsanitize=cfi-icall", "-fno-sanitize-ignorelist", "-fvisibility=hidden"]
        [targets.thin]
        sources = ["*.c"]
        [targets.fat]
        lto = "fat"
        sources = ["*.c"]
        """,
    "table.c": """
        int once(int x) { return x; }
        double half(double x) { return x / 2; }
        void *table[2] = {(void *)once, (void *)half};
        """,
    "main.c": """
        #include <stdio.h>
        extern void *table[2];
        int main(int count, char **words) {
            (void)words;
            int (*call)(int) = (int (*)(int))table[count > 1];
            printf("%d\\n", call(7));
            return 0;
        }
        """,
}
SHAPES = {
    "ltogen.toml": """
        [project]
        compile-args = ["-fwhole-program-vtables", "-fvisibility=hidden",
                        "-Rpass=wholeprogramdevirt"]
        link-args = ["-Wl,-mllvm,-pass-remarks=wholeprogramdevirt"]
        [targets.thin]
        sources = ["*.cpp"]
        [targets.fat]
        lto = "fat"
        sources = ["*.cpp"]
        """,
    "shape.h": "struct Shape { virtual int sides() const; virtual ~Shape(); };\n"
               "Shape *make();\n",
    "shape.cpp": '#include "shape.h"\nint Shape::sides() const { return 4; }\nShape::~Shape() {}\n'
                 "Shape *make() { return new Shape; }\n",
    "main.cpp": '#include <stdio.h>\n#include "shape.h"\n'
                'int main() { printf("%d\\n", make()->sides()); }\n',
}


@pytest.mark.parametrize("mode", ["thin", "fat"])
def test_an_indirect_call_of_another_type_aborts(workspace: Workspace, mode: str) -> None:
    workspace.write(CALLS)
    workspace.configure()
    workspace.make(f"out/{mode}")
    program = str(workspace.root / "out" / mode)
    good, bad = run([program], workspace.root), run([program, "more"], workspace.root)
    assert (good.status, good.stdout) == (0, "7\n")
    assert bad.status in (-signal.SIGILL, -signal.SIGTRAP)
    assert bad.stdout == ""


@pytest.mark.parametrize("mode", ["thin", "fat"])
def test_a_call_with_one_possible_target_is_direct_and_a_remark_says_so(
        workspace: Workspace, mode: str) -> None:
    workspace.write(SHAPES)
    workspace.configure()
    output = workspace.make(f"out/{mode}").text
    assert workspace.output(mode) == "4\n"
    assert re.search(r"devirtualized.* _ZNK5Shape5sidesEv", output), output


def test_split_and_whole_modules_in_one_link_are_named(workspace: Workspace) -> None:
    workspace.write({**SHAPES, "ltogen.toml": """
        [targets.thin]
        sources = ["main.cpp"]
        depends = ["shape"]
        compile-args = ["-fwhole-program-vtables", "-fvisibility=hidden"]
        [targets.shape]
        kind = "static-library"
        sources = ["shape.cpp"]
        """})
    done = workspace.try_configure()
    assert done.status == 1
    assert done.stderr == (
        "ltogen: [targets.thin]: shape.cpp is compiled without -fsplit-lto-unit, and main.cpp "
        "with it, as CFI and whole-program vtables need; give both the same\n")
