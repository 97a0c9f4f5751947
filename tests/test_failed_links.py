"""A link that fails is shown as its user would type it; the rest is where that says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.support.existing_build import ADD, USES_ADD, Existing, existing
from tests.support.scons_project import HEAD, Project
from tests.support.system_toolchain import needs_clang
from tests.support.workspace import NINJA, Run, Workspace, run
from tests.test_modes import MODES

MAIN = "int f(int);\nint main(int count, char **words) { (void)words; return f(count); }\n"
_SHOWN = re.compile(r"^ltogen: the link of (.*?): (.*); the linker's own line: (.*)$", re.MULTILINE)
_FAILED = re.compile(r"^FAILED: (?:\[code=\d+\] )?(.*)\n(.*)$", re.MULTILINE)


def _project(lto: str, name: str = "app", more: str = "") -> str:
    return f'[targets."{name}"]\nsources = ["**/*.c"]\nlto = "{lto}"\n{more}\n'


def _shown(done: Run, folder: Path, product: str) -> list[str]:
    """The words of the one link that failed, but for the driver; the linker's line is there."""
    assert done.status == 1, done.text
    (found,) = _SHOWN.findall(done.text)
    assert found[0] == product
    (file,) = shlex.split(found[2])
    assert "ld.lld" in (folder / file).read_text()
    ((_, command),) = _FAILED.findall(done.stdout)
    assert len(command) < 100 + len(str(Path(__file__).parents[1])) * 2 + len(found[2]), command
    assert "--hide" not in command
    driver, *words = shlex.split(found[1])
    assert re.search(r"clang|zig", driver)
    return words[3:] if "zig" in driver else words


@pytest.mark.parametrize("lto", MODES)
def test_a_project_s_link(workspace: Workspace, lto: str) -> None:
    more = 'libraries = ["m"]\nlink-args = ["-Wl,--as-needed"]'
    workspace.write({"ltogen.toml": _project(lto, more=more), "main.c": MAIN})
    workspace.configure()
    done = workspace.try_build()
    assert _shown(done, workspace.root, "out/app") == [
        "-Wl,--as-needed", "main.c", "-lm", "-o", "out/app"]
    assert re.search(r"undefined symbol: f\b(.|\n)*\nltogen: the link", done.text), done.text
    workspace.write({"f.c": "int f(int x) { return x - 1; }\n"})
    workspace.make()
    assert workspace.output("app") == ""
    assert not [path for path in workspace.root.rglob("*.line") if path.is_file()]
    assert not list((workspace.root / "out/link").glob("*.rsp"))


@pytest.mark.parametrize("lto", MODES)
def test_what_the_linker_says_first(workspace: Workspace, lto: str) -> None:
    """In a thin link that is not the last step."""
    same = "int f(int x) { return x; }\n"
    workspace.write({"ltogen.toml": _project(lto), "main.c": MAIN, "one.c": same, "two.c": same})
    workspace.configure()
    done = workspace.try_build()
    words = _shown(done, workspace.root, "out/app")
    assert words == ["main.c", "one.c", "two.c", "-o", "out/app"]
    assert "duplicate symbol: f" in done.text


def test_what_a_target_takes_in(any_workspace: Workspace) -> None:
    any_workspace.write({"ltogen.toml": """
        [targets.app]
        sources = ["main.c"]
        depends = ["parts", "shared"]
        [targets.parts]
        kind = "static-library"
        sources = ["part.c"]
        libraries = ["m"]
        [targets.shared]
        kind = "shared-library"
        sources = ["s.c"]
        link-args = ["-Wl,-z,defs"]
        """, "main.c": MAIN, "part.c": "int part;\n", "s.c": "int s(void) { return 1; }\n"})
    any_workspace.configure()
    done = any_workspace.try_build()
    assert _shown(done, any_workspace.root, "out/app") == [
        "main.c", "out/libparts.a", "out/libshared.so", "-lm", "-o", "out/app"]
    any_workspace.write({"s.c": "int t(void);\nint s(void) { return t(); }\n"})
    done = any_workspace.try_build("out/libshared.so")
    assert _shown(done, any_workspace.root, "out/libshared.so") == [
        "-shared", "-Wl,-z,defs", "s.c", "-o", "out/libshared.so"]


@pytest.mark.parametrize("lto", MODES)
@pytest.mark.parametrize("odd", ["a b", "$x", "a'b", 'a"b', "a:b", "é日", "a&b", "(a)"])
def test_odd_names(any_workspace: Workspace, lto: str, odd: str) -> None:
    """Of a target, a source, and an argument."""
    name, source = odd.replace('"', '\\"'), f"{odd}/{odd}.c".replace('"', "'")
    more = f"link-args = ['''-Wl,-rpath,{odd}\\n''']"
    any_workspace.write({"ltogen.toml": _project(lto, name, more), source: MAIN})
    any_workspace.configure()
    done = any_workspace.try_build()
    assert _shown(done, any_workspace.root, f"out/{odd}") == [
        f"-Wl,-rpath,{odd}\\n", source, "-o", f"out/{odd}"]
    any_workspace.write({"f.c": "int f(int x) { return x - 1; }\n"})
    any_workspace.make()
    assert any_workspace.output(odd) == ""
    assert any_workspace.no_work()


@pytest.mark.parametrize("lto", MODES)
def test_other_arguments_link_again(any_workspace: Workspace, lto: str) -> None:
    """They are in a file now, which counts as the command does."""
    any_workspace.write({"ltogen.toml": _project(lto), "main.c": MAIN,
                         "f.c": "int f(int x) { return x - 1; }\n"})
    any_workspace.configure()
    any_workspace.make()
    before = (any_workspace.root / "out/app").read_bytes()
    any_workspace.write({"ltogen.toml": _project(lto, more='link-args = ["-Wl,-rpath,/there"]')})
    assert "link out/app" in any_workspace.make().edges
    after = (any_workspace.root / "out/app").read_bytes()
    assert b"/there" in after and b"/there" not in before
    assert any_workspace.no_work()


@pytest.mark.parametrize("lto", MODES)
def test_who_asks_sees_the_rest(any_workspace: Workspace, lto: str) -> None:
    any_workspace.write({"ltogen.toml": _project(lto), "main.c": MAIN,
                         "f.c": "int f(int x) { return x - 1; }\n"})
    any_workspace.configure()
    shown = any_workspace.make("-v", "-d", "keeprsp").stdout
    (file,) = re.findall(r"^\[.*\] sh \S+cutoff\.sh @(out/\S+)$", shown, re.MULTILINE)
    assert "ld.lld @out/link/" in (any_workspace.root / file).read_text()
    whole = any_workspace.make("-t", "compdb", "-x").stdout
    assert re.search(r"cutoff\.sh set -- .*ld\.lld @out/link/", whole)


def test_endless_links_are_cut_short(any_workspace: Workspace) -> None:
    many = {f"f{number:02}.c": f"int f{number}(void);\n" for number in range(40)}
    any_workspace.write({"ltogen.toml": _project("thin", more='libraries = ["m"]'), **many,
                         "main.c": MAIN})
    any_workspace.configure()
    done = any_workspace.try_build()
    assert "f18.c f19.c ... (21 more) -lm -o out/app; " in done.stdout, done.text


def _taken_over(tmp_path: Path, compile_flags: str = "") -> Existing:
    return existing(tmp_path / "build", {
        "main.c": USES_ADD, "o d$.c": ADD, "build.ninja": f"""
        cflags = -O2 {compile_flags}
        build main.o: cc main.c
        build o$ d$$.o: cc o$ d$$.c
        build bin/app: link main.o o$ d$$.o
          flags = -Wl,--as-needed '-Wl,-rpath,$$ORIGIN/a b'
          libs = -lm
        build bin/other: link main.o o$ d$$.o
        """})


@needs_clang
def test_a_link_that_was_taken_over(tmp_path: Path) -> None:
    build = _taken_over(tmp_path)
    build.take_over("bin/app")
    build.make()
    assert (build.folder / "bin/app").exists()
    build.write({"o d$.c": "int other;\n"})
    done = build.try_make("bin/app")
    words = ["-fuse-ld=lld", "-Wl,--as-needed", "-Wl,-rpath,$ORIGIN/a b", "main.o", "o d$.o"]
    assert _shown(done, build.folder, "bin/app") == [*words, "-lm", "-o", "bin/app"]


@needs_clang
def test_a_link_of_natives_in_a_build_that_was_taken_over(tmp_path: Path) -> None:
    """One that was not asked for is linked without optimisation."""
    build = _taken_over(tmp_path, "-flto=thin")
    build.take_over("bin/app")
    build.make("bin/other")
    build.write({"o d$.c": "int other;\n"})
    done = build.try_make("bin/other")
    assert _shown(done, build.folder, "bin/other") == [
        "-fuse-ld=lld", "main.o", "o d$.o", "-o", "bin/other"]


@pytest.mark.parametrize("by", ["scons", "ninja"])
@pytest.mark.parametrize("builder", ["ThinLTOProgram", "FatLTOProgram"])
def test_a_link_of_scons(tmp_path: Path, toolchain: str, by: str, builder: str) -> None:
    project = Project(tmp_path, toolchain)
    project.write(HEAD + f"""
env.{builder}('pro gram', ['src/main.c', 'o d.c'], LIBS=['m'], LINKFLAGS=['-Wl,--as-needed'])
env.NinjaLTO()
""", {"src/main.c": MAIN, "o d.c": "int other;\n"})
    done = project.scons("build.ninja" if by == "ninja" else ".")
    if by == "ninja":
        assert done.status == 0, done.text
        done = run([NINJA], tmp_path)
        assert "cutoff.sh" not in done.stdout or "@" in done.stdout
    assert done.status, done.text
    ((product, line, file),) = _SHOWN.findall(done.text)
    assert product == "pro gram"
    driver, *words = shlex.split(line)
    assert (words[3:] if "zig" in driver else words) == [
        "-o", "pro gram", "-Wl,--as-needed", "src/main.c", "o d.c", "-lm"]
    assert "ld.lld" in (tmp_path / shlex.split(file)[0]).read_text()
