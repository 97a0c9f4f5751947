"""What an edit costs, and that `ltogen explain` says why."""

from __future__ import annotations

import pytest

from tests.support.sources import lto
from tests.support.workspace import Workspace

SHAPES = """
    struct shape {{ int width, height; }};
    /* {comment} */
    static int scale(int x) {{ return x * {scale}; }}
    int area(struct shape *s) {{ return s->width * s->height + {area}; }}
    __attribute__((noinline)) int outline(struct shape *s) {{
        return scale(s->width + s->height) + scale(s->width) + {outline};
    }}
    """
SAME = {"comment": "", "scale": "3", "area": "5", "outline": "5"}
PROGRAM = {
    "ltogen.toml": '[targets.program]\nsources = ["*.c"]\n',
    "shapes.c": SHAPES.format(**SAME),
    "main.c": """
        #include <stdio.h>
        struct shape { int width, height; };
        int area(struct shape *), outline(struct shape *);
        int main(int count, char **words) {
            struct shape one = {count + 2, 4};
            printf("%d %d\\n", area(&one), outline(&one));
            return 0;
        }
        """,
}
KEPT = "  program/main.c: kept: what it takes of program/shapes.c is the same\n"
OWN = "  program/shapes.c: ran: its own code\n"


@pytest.mark.parametrize(("edit", "backends", "told"), [
    ({"comment": "moves\n\nlines"}, [], ""),
    ({"outline": "6"}, ["shapes.c"], "program: 1 ran, 1 kept\n"),
    ({"area": "6"}, ["main.c", "shapes.c"], "program: 2 ran\n"),
])
def test_an_edit(workspace: Workspace, edit: dict[str, str], backends: list[str],
                 told: str) -> None:
    workspace.write(PROGRAM)
    workspace.configure()
    workspace.make()
    assert "program: 2 ran\n" in workspace.ltogen("explain").stdout
    workspace.write({"shapes.c": SHAPES.format(**{**SAME, **edit})})
    edges = workspace.make().edges
    assert [edge for edge in edges if edge.startswith("code ")] == list(map(lto, backends))
    if told:
        lines = workspace.ltogen("explain").stdout
        assert told in lines
        assert (KEPT in lines) is ("kept" in told)
        assert OWN in lines
        assert ("main.c: ran: program/shapes.c: function area" in lines) is ("area" in edit)
    assert workspace.no_work()
    assert workspace.try_build(env={"LTOGEN_VERIFY": "1"}).status == 0


def test_a_comment_that_only_messages_name(workspace: Workspace) -> None:
    """Inline assembler has the place of its text in the source, for errors."""
    text = 'int f(int x) {{ __asm__("nop"); return x; }}\n'
    workspace.write({**PROGRAM, "asm.c": text.format()})
    workspace.configure()
    workspace.make()
    workspace.write({"asm.c": "// moves it\n\n" + text.format()})
    assert workspace.make().edges == ["compile asm.c", "thin link out/program"]
    assert ("program/asm.c: kept: what it takes of program/asm.c is the same"
            in workspace.ltogen("explain").stdout)
    assert workspace.no_work()


def test_one_source(any_workspace: Workspace) -> None:
    any_workspace.write(PROGRAM)
    any_workspace.configure()
    any_workspace.make()
    assert any_workspace.ltogen("explain", "main.c", "shapes.c").stdout == (
        "program: program/main.c: ran: it was not built before\n"
        "  takes code of program/shapes.c\n"
        "program: program/shapes.c: ran: it was not built before\n"
        "  takes code of no other module\n")
    done = any_workspace.ltogen("explain", "missing.c")
    assert (done.status, done.stdout) == (1, "")
    assert done.stderr.startswith("ltogen: missing.c: no link has it as a module")
