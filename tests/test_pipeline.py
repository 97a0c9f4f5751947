"""Given a project file, this is built, in these edges, and prints that."""

from __future__ import annotations

from tests.support.workspace import Workspace

HELLO = {
    "ltogen.toml": """
        [targets.hello]
        sources = ["src/*.c"]
        """,
    "src/main.c": """
        #include <stdio.h>
        int square(int);
        int main(void) { printf("%d\\n", square(7)); return 0; }
        """,
    "src/square.c": "int square(int x) { return x * x; }\n",
}


def test_every_phase_is_an_edge(workspace: Workspace) -> None:
    workspace.write(HELLO)
    workspace.configure()
    assert workspace.make().edges == [
        "ask the driver how to link",
        "code src/main.c for out/hello",
        "code src/square.c for out/hello",
        "compile src/main.c",
        "compile src/square.c",
        "link out/hello",
        "thin link out/hello",
    ]
    assert workspace.output("hello") == "49\n"
    assert workspace.no_work()


def test_a_comment_reruns_one_compile(workspace: Workspace) -> None:
    workspace.write(HELLO)
    workspace.configure()
    workspace.make()
    workspace.write({"src/square.c": HELLO["src/square.c"] + "// squared\n"})
    assert workspace.make().edges == ["compile src/square.c"]
    assert workspace.no_work()


def test_a_body_reruns_only_backends_that_import_it(workspace: Workspace) -> None:
    workspace.write({**HELLO, "src/alone.c": "int alone(void) { return 1; }\n"})
    workspace.configure()
    workspace.make()
    workspace.write({"src/square.c": "int square(int x) { return x * x + 1; }\n"})
    assert workspace.make().edges == [
        "code src/main.c for out/hello",
        "code src/square.c for out/hello",
        "compile src/square.c",
        "link out/hello",
        "thin link out/hello",
    ]
    assert workspace.output("hello") == "50\n"


def test_configure_says_what_to_type_next(any_workspace: Workspace) -> None:
    any_workspace.write(HELLO)
    assert any_workspace.configure().stdout == "build.ninja: 1 target; to build: ninja\n"
    done = any_workspace.configure("-B", "a folder")
    assert done.stdout.endswith("; to build: ninja -C 'a folder'\n")
    any_workspace.make()
    any_workspace.write({"ltogen.toml": HELLO["ltogen.toml"] + "# more\n"})
    assert "to build" not in any_workspace.make().text
