"""An error in a project file is one line: where it is, and what to do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.errors_helper import assert_one_line, ltogen, refused, refused_project
from tests.support.workspace import Workspace

GOOD = '[targets.app]\nsources = ["a.c"]\n'


@pytest.mark.parametrize(("text", "key", "meant"), [
    (GOOD + "[project]\noptimise = 2\n", "[project]: unknown key 'optimise'", "optimize"),
    (GOOD + "[toolchain]\ncxz = 'clang++'\n", "[toolchain]: unknown key 'cxz'", "cxx"),
    (GOOD + "source = ['b.c']\n", "[targets.app]: unknown key 'source'", "sources"),
    (GOOD + "[target]\n", "unknown key 'target'", "targets"),
    (GOOD + "include_dirs = ['.']\n", "unknown key 'include_dirs'", "include-dirs"),
])
def test_unknown_key(any_workspace: Workspace, text: str, key: str, meant: str) -> None:
    refused_project(any_workspace, text, "ltogen.toml", key, f"did you mean '{meant}'?")


def test_unknown_key_like_no_other(any_workspace: Workspace) -> None:
    line = refused_project(any_workspace, GOOD + "zzzzzz = 1\n", "unknown key 'zzzzzz'")
    assert "did you mean" not in line


@pytest.mark.parametrize(("text", "where", "got"), [
    ("[targets.app]\nsources = 'a.c'\n", "[targets.app] sources", "str"),
    ("[targets.app]\nsources = [1, 2]\n", "[targets.app] sources[0]", "int"),
    (GOOD + "kind = 3\n", "[targets.app] kind", "int"),
    (GOOD + "libraries = 'm'\n", "[targets.app] libraries", "str"),
    (GOOD + "default = 'yes'\n", "[targets.app] default", "str"),
    (GOOD + "optimize = 2.5\n", "[targets.app] optimize", "float"),
    (GOOD + "optimize = true\n", "[targets.app] optimize", "bool"),
    (GOOD + "lto = ['thin']\n", "[targets.app] lto", "array"),
    (GOOD + "defines = [1979-05-27]\n", "[targets.app] defines[0]", "date"),
    (GOOD + "[project]\nname = 7\n", "[project] name", "int"),
    (GOOD + "[toolchain]\ncc = ['clang']\n", "[toolchain] cc", "array"),
])
def test_wrong_type(any_workspace: Workspace, text: str, where: str, got: str) -> None:
    refused_project(any_workspace, text, "ltogen.toml", where, "xpected", got)


@pytest.mark.parametrize("text", [
    "project = 3\n" + GOOD,
    "toolchain = 'clang'\n" + GOOD,
    "[targets]\napp = ['a.c']\n",
])
def test_value_where_a_table_belongs(any_workspace: Workspace, text: str) -> None:
    refused_project(any_workspace, text, "ltogen.toml", "expected a table")


@pytest.mark.parametrize(("key", "value", "parts"), [
    ("lto", "'thim'", ("[targets.app] lto", "unknown LTO mode 'thim'", "did you mean 'thin'?")),
    ("lto", "'zzz'", ("unknown LTO mode 'zzz'", "known: ", "thin", "off")),
    ("kind", "'shared_library'", ("[targets.app] kind", "'shared_library'", "'shared-library'?")),
    ("optimize", "'fast'", ("[targets.app] optimize", "'fast'", "known: 0, 1, 2, 3, s, z")),
    ("optimize", "4", ("[targets.app] optimize", "'4'")),
    ("optimize", "-1", ("[targets.app] optimize", "'-1'")),
])
def test_unknown_choice(
    any_workspace: Workspace, key: str, value: str, parts: tuple[str, ...]
) -> None:
    refused_project(any_workspace, f"{GOOD}{key} = {value}\n", "ltogen.toml", *parts)


@pytest.mark.parametrize(("text", "part"), [
    ("lto = 'fat-ish'", "LTO mode 'fat-ish'"),
    ("optimize = 'max'", "level 'max'"),
    ("incremental = 'file'", "[project] incremental = 'file': one of function, module"),
])
def test_unknown_choice_for_all_targets(any_workspace: Workspace, text: str, part: str) -> None:
    refused_project(any_workspace, f"{GOOD}[project]\n{text}\n", "ltogen.toml", part)


def test_unknown_kind_of_toolchain(any_workspace: Workspace) -> None:
    refused_project(any_workspace, GOOD + "[toolchain]\nkind = 'gnu'\n",
                    "[toolchain] kind", "'gnu'", "system, embedded")


def test_two_targets_of_one_name(any_workspace: Workspace) -> None:
    refused_project(any_workspace, GOOD + GOOD, "ltogen.toml", "two targets are named 'app'",
                    "line 3", "rename")


def test_unknown_dependency(any_workspace: Workspace) -> None:
    text = GOOD + "depends = ['utl']\n[targets.util]\nkind = 'static-library'\nsources = ['a.c']\n"
    refused_project(any_workspace, text, "[targets.app] depends", "no target 'utl'",
                    "did you mean 'util'?")


def test_dependency_on_an_executable(any_workspace: Workspace) -> None:
    text = GOOD + "[targets.tool]\nsources = ['a.c']\ndepends = ['app']\n"
    refused_project(any_workspace, text, "[targets.tool] depends", "'app' is an executable")


@pytest.mark.parametrize(("text", "key", "parts"), [
    ("lto = 'fat'\ncompile-args = ['-flto=thin']\n", "compile-args", ["-flto=thin", '"fat"']),
    ("lto = 'thin'\nc-args = ['-fno-lto']\n", "c-args", ["-fno-lto", '"thin"']),
    ("lto = 'thin'\ncompile-args = ['-flto']\n", "compile-args", ["-flto ", '"thin"']),
    ("lto = 'off'\ncxx-args = ['-flto=thin']\n", "cxx-args", ["-flto=thin", '"off"']),
    ("lto = 'combine'\ncompile-args = ['-flto']\n", "compile-args", ["-flto ", '"combine"']),
    ("lto = 'fat'\nlink-args = ['-flto=thin']\n", "link-args", ["-flto=thin", '"fat"']),
    ("lto = 'thin'\nlink-args = ['-fno-lto']\n", "link-args", ["-fno-lto", '"thin"']),
    ("compile-args = ['-ffat-lto-objects']\n", "compile-args", ["embed-bitcode = true"]),
    ("compile-args = ['-O2', '-S']\n", "compile-args", ["-S: remove it"]),
    ("compile-args = ['-o', 'x.o']\n", "compile-args", ["-o: remove it"]),
])
def test_flags_that_contradict_the_project_file(
        any_workspace: Workspace, text: str, key: str, parts: list[str]) -> None:
    refused_project(any_workspace, GOOD + text, f"[targets.app] {key}: ", *parts)


def test_flags_that_say_it_again(any_workspace: Workspace) -> None:
    text = "".join(f"[targets.{name}]\nsources = ['a.c']\nlto = '{lto}'\n"
                   f"compile-args = ['-D', '-S', '{flag}']\n"
                   for name, lto, flag in (("thin", "thin", "-flto=thin"), ("fat", "fat", "-flto"),
                                           ("off", "off", "-fno-lto"),
                                           ("all", "combine", "-fno-lto")))
    any_workspace.write({"a.c": "int main(void) { return 0; }\n", "ltogen.toml": text})
    any_workspace.configure()


def _libraries(**depends: str) -> str:
    return "".join(f"[targets.{name}]\nkind = 'static-library'\nsources = ['a.c']\n"
                   f"depends = {depend.split()}\n" for name, depend in depends.items())


@pytest.mark.parametrize(("depends", "cycle"), [
    ({"a": "b", "b": "c", "c": "a"}, "a -> b -> c -> a"),
    ({"a": "a"}, "a -> a"),
    ({"top": "x", "x": "y", "y": "x"}, "x -> y -> x"),
    ({"a": "b c", "b": "", "c": "d", "d": "c"}, "c -> d -> c"),
])
def test_dependency_cycle(any_workspace: Workspace, depends: dict[str, str], cycle: str) -> None:
    line = refused_project(any_workspace, _libraries(**depends), "cycle", cycle)
    assert f": {cycle};" in line, "no target that is not part of the cycle"


def test_a_diamond_is_no_cycle(any_workspace: Workspace) -> None:
    any_workspace.write({"a.c": "int main(void) { return 0; }\n",
                         "ltogen.toml": _libraries(a="b c", b="d", c="d", d="")})
    any_workspace.configure()


@pytest.mark.parametrize("text", ["", "[project]\nname = 'x'\n", "[targets]\n", "targets = 3\n"])
def test_no_targets(any_workspace: Workspace, text: str) -> None:
    refused_project(any_workspace, text, "ltogen.toml", "no targets", "[targets.")


def test_no_sources(any_workspace: Workspace) -> None:
    refused_project(any_workspace, "[targets.app]\n", "[targets.app]", "no sources", "sources = ")


@pytest.mark.parametrize("text", [
    "[targets.app\n", "a = \n", "'", "a = 1\na = 2\n", "[targets.app]\nsources = ['a.c'\n",
    "a = \"\\ud800\"\n", "\x01\n",
])
def test_invalid_toml(any_workspace: Workspace, text: str) -> None:
    line = refused_project(any_workspace, text, "ltogen.toml", "TOML")
    assert "(at line " in line or "(at end of document)" in line


@pytest.mark.parametrize("text", ["a = " + "[" * 5000, "a = " + "9" * 5000])
def test_toml_beyond_python(any_workspace: Workspace, text: str) -> None:
    """The parser has limits of its own, and does not say TOMLDecodeError when it meets them."""
    refused_project(any_workspace, text, "ltogen.toml")


def test_project_file_that_is_not_utf8(any_workspace: Workspace) -> None:
    any_workspace.write({"a.c": "int main(void) { return 0; }\n"})
    (any_workspace.root / "ltogen.toml").write_bytes(b"[targets.app]\n# caf\xe9\n")
    assert_one_line(any_workspace.try_configure(), "ltogen.toml", "UTF-8", "byte 19")


def test_no_project_file(any_workspace: Workspace) -> None:
    refused(any_workspace, {}, "ltogen.toml", "no project file", "ltogen configure DIR")


def test_folder_that_does_not_exist(any_workspace: Workspace) -> None:
    refused(any_workspace, {}, "nosuch/ltogen.toml", arguments=("nosuch",))


def test_file_in_the_place_of_the_folder(any_workspace: Workspace) -> None:
    refused(any_workspace, {"f": ""}, "f/ltogen.toml", "Not a directory", arguments=("f",))


def test_folder_in_the_place_of_the_project_file(any_workspace: Workspace) -> None:
    refused(any_workspace, {"ltogen.toml/x": ""}, "ltogen.toml", "directory")


@pytest.mark.parametrize("name", ["a/b", "a;b", "a|b", ".", "..", "", "a\nb", "a\rb", "a\0b"])
def test_target_name_that_no_file_can_have(any_workspace: Workspace, name: str) -> None:
    escaped = name.replace("\n", "\\n").replace("\r", "\\r").replace("\0", "\\u0000")
    refused_project(any_workspace, f'[targets."{escaped}"]\nsources = ["a.c"]\n', "[targets.",
                    "name" if name not in ("a|b", "a\nb", "a\rb", "a\0b") else "rename")


@pytest.mark.parametrize("text", [
    '[targets.app]\nsources = ["a.c"]\nkind = "a\\nb"\n',
    '[targets.app]\nsources = ["a.c"]\nlto = "a\\nb"\n',
    '[targets.app]\nsources = ["a.c"]\noptimize = "a\\nb"\n',
    '[targets.app]\nsources = ["a.c"]\ndepends = ["a\\nb"]\n',
    '[targets.app]\nsources = ["a.c"]\n"a\\nb" = 1\n',
    '[targets."a\\nb"]\nsources = ["a.c"]\n[targets."a\\nb"]\n',
])
def test_line_break_in_what_is_quoted(any_workspace: Workspace, text: str) -> None:
    refused_project(any_workspace, text, "a\\nb")


def test_line_break_in_the_name_of_a_tool(any_workspace: Workspace) -> None:
    any_workspace.toolchain = "system"
    text = '[targets.app]\nsources = ["a.c"]\n[toolchain]\ncc = "a\\nb"\n'
    refused_project(any_workspace, text, "a\\nb")


def test_line_break_in_the_folder_on_the_command_line(any_workspace: Workspace) -> None:
    refused(any_workspace, {}, "a\\nb", arguments=("a\nb",))


@pytest.mark.parametrize(("key", "break_"), [
    ("defines", "\\n"), ("defines", "\\r"), ("defines", "\\u0000"), ("compile-args", "\\n"),
    ("c-args", "\\n"), ("include-dirs", "\\n"), ("link-args", "\\n"), ("libraries", "\\n"),
])
def test_line_break_in_an_argument(any_workspace: Workspace, key: str, break_: str) -> None:
    """A manifest cannot hold it; Ninja would stop at a line that the user has never seen."""
    refused_project(any_workspace, f'{GOOD}{key} = ["-Wl,x{break_}y"]\n', "[targets.app]", key)


def test_line_break_in_an_argument_of_all_targets(any_workspace: Workspace) -> None:
    refused_project(any_workspace, f'{GOOD}[project]\ndefines = ["a\\nb"]\n', "defines")


@pytest.mark.parametrize("name", [
    "bitcode", "thinlink", "native", "object", "plain", "link", "toolchain.json", ".ninja_log",
    ".ninja_deps",
])
def test_target_whose_product_would_be_one_of_ours(any_workspace: Workspace, name: str) -> None:
    refused_project(any_workspace, f'[targets."{name}"]\nsources = ["a.c"]\n', f"[targets.{name}]",
                    "rename")


def test_two_targets_of_one_product(any_workspace: Workspace) -> None:
    text = ('[targets."liba.so"]\nsources = ["a.c"]\n'
            '[targets.a]\nkind = "shared-library"\nsources = ["a.c"]\n')
    refused_project(any_workspace, text, "liba.so", "out/liba.so", "rename")


def test_usage_without_a_command(any_workspace: Workspace) -> None:
    done = ltogen(any_workspace.root)
    assert (done.status, done.stdout) == (2, "")
    assert done.stderr.startswith(("usage: ltogen", "ltogen: "))
    assert "COMMAND" in done.stderr


@pytest.mark.parametrize(("arguments", "named"), [
    (("configure", "--nosuch"), "--nosuch"),
    (("configure", "one", "two"), "two"),
    (("configure", "-B"), "-B"),
    (("configure", "--toolchain", "gnu"), "gnu"),
    (("configure", "--toolch", "system"), "--toolch"),
    (("nosuch",), "nosuch"),
    (("--nosuch",), "COMMAND"),
])
def test_usage(any_workspace: Workspace, arguments: tuple[str, ...], named: str) -> None:
    done = ltogen(any_workspace.root, *arguments)
    assert (done.status, done.stdout) == (2, "")
    assert done.stderr.startswith(("usage: ltogen", "ltogen: "))
    *_, last = done.stderr.splitlines()
    assert last.startswith("ltogen") and "error: " in last and named in last
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("configure", "--help")])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_went_away(tmp_path: Path, arguments: tuple[str, ...],
                                 unbuffered: str) -> None:
    """`ltogen --help | head -1`, when head is the quicker one."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run([sys.executable, "-P", "-m", "ltogen", *arguments], stdout=writer,
                              stderr=subprocess.PIPE, text=True, cwd=tmp_path, check=False,
                              env={**os.environ, "PYTHONUNBUFFERED": unbuffered})
    finally:
        os.close(writer)
    assert done.stderr == ""
