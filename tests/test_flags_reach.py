"""Which flag reaches which phase."""

from __future__ import annotations

import re

import pytest

from ltogen.clang import flags
from ltogen.linker import driver_words
from tests.support.workspace import Workspace


def _commands(workspace: Workspace, configured: dict[str, str]) -> dict[str, str]:
    """Each edge's command line, by the first word of its description."""
    workspace.write({"main.c": "int main(void) { return 0; }\n", **configured})
    workspace.configure()
    commands = workspace.make("-t", "commands", "all").stdout.splitlines()
    names = {"opt": r" -flto=thin .*main\.c -o$|-c main\.c -o", "lto": "-fthinlto-index=",
             "thin": " thin-link ", "ask": " driver-args ", "link": r"@out/thinlink/\S+link\.rsp"}
    return {name: next((line for line in commands if re.search(pattern, line)), "")
            for name, pattern in names.items()}


def _with(compile_args: str, more: str = "") -> dict[str, str]:
    return {"ltogen.toml": f"""
        [targets.program]
        sources = ["main.c"]
        compile-args = [{compile_args}]
        {more}
        """}


@pytest.mark.parametrize("words", [
    '"-mllvm", "-inline-threshold=100"',
    '"-mno-red-zone"',
    '"-fno-vectorize"',
    '"-fno-slp-vectorize"',
    '"-funique-section-names"',
    '"-gsplit-dwarf=single"',
    '"-mcmodel=small"',
])
def test_what_steers_code_reaches_compile_and_backend(
        any_workspace: Workspace, words: str) -> None:
    commands = _commands(any_workspace, _with(words))
    text = words.replace('"', "").replace(", ", " ")
    assert f" {text} " in commands["opt"]
    assert f" {text} " in commands["lto"]


@pytest.mark.parametrize("words", [
    '"-I", "folder"', '"-Ifolder"', '"-DNAME=1"', '"-D", "NAME=1"', '"-Wall"', '"-Wno-unused"',
    '"-std=c11"', '"-fno-builtin"', '"-pedantic"', '"-include", "stddef.h"',
    '"-Xclang", "-fno-pch-timestamp"', '"-g"',
])
def test_what_the_front_end_reads_stays_there(any_workspace: Workspace, words: str) -> None:
    commands = _commands(any_workspace, _with(words))
    text = words.replace('"', "").replace(", ", " ")
    assert f" {text} " in commands["opt"]
    assert text.split(" ")[0] not in commands["lto"].split()
    assert text.split(" ")[0] not in commands["ask"].split()


def test_folders_and_macros_of_a_target_stay_with_the_front_end(any_workspace: Workspace) -> None:
    commands = _commands(any_workspace, _with("", 'include-dirs = ["."]\ndefines = ["NAME"]'))
    assert " -I. -DNAME " in commands["opt"]
    assert "-DNAME" not in commands["lto"]
    assert "-I." not in commands["lto"]


def test_a_backend_has_sections_of_its_own_for_everything(any_workspace: Workspace) -> None:
    commands = _commands(any_workspace, _with(""))
    assert " -ffunction-sections -fdata-sections " in commands["lto"]


@pytest.mark.parametrize(("level", "backend"), [
    ("0", ["0", "2"]), ("1", ["1", "2"]), ("2", ["2"]), ("3", ["3"]), ("s", ["2"]), ("z", ["2"])])
def test_size_is_an_attribute_and_no_level_of_the_backend(
        any_workspace: Workspace, level: str, backend: list[str]) -> None:
    commands = _commands(any_workspace, _with("", f'optimize = "{level}"'))
    assert re.findall(r" -O(\w+)(?= )", commands["opt"]) == [level]
    assert re.findall(r" -O(\w+)(?= )", commands["lto"]) == backend


def test_a_level_among_the_arguments_wins(any_workspace: Workspace) -> None:
    commands = _commands(any_workspace, _with('"-O3"', 'optimize = "1"'))
    assert re.findall(r" -O(\w+)(?= )", commands["opt"])[-1] == "3"
    assert re.findall(r" -O(\w+)(?= )", commands["lto"]) == ["3"]


def test_a_shared_library_is_position_independent_everywhere(workspace: Workspace) -> None:
    commands = _commands(workspace, _with("", 'kind = "shared-library"'))
    assert " -fPIC " in commands["opt"]
    assert " -fPIC " in commands["lto"]
    assert " -shared " in commands["ask"]


def test_a_fixed_program_has_fixed_code(workspace: Workspace) -> None:
    fixed = _commands(workspace, _with("", 'link-args = ["-no-pie"]'))
    assert " -fno-pie " in fixed["lto"]
    assert " -fPIC " not in fixed["lto"]


def test_a_member_of_a_shared_library_is_compiled_for_it(any_workspace: Workspace) -> None:
    commands = _commands(any_workspace, {"ltogen.toml": """
        [targets.shared]
        kind = "shared-library"
        sources = ["shared.c"]
        depends = ["member"]
        [targets.member]
        kind = "static-library"
        sources = ["main.c"]
        """, "shared.c": "int shared;\n"})
    assert " -fPIC " in commands["opt"]


def test_a_pie_program_works_without_that_word(workspace: Workspace) -> None:
    text = '#include <stdio.h>\nint value = 3;\nint main(void) { printf("%d\\n", value); }\n'
    for arguments in ('"-pie"', '"-no-pie"'):
        workspace.write({**_with("", f"link-args = [{arguments}]"), "main.c": text})
        workspace.configure()
        workspace.make()
        assert workspace.output("program") == "3\n"


def test_the_project_s_folder_is_known_to_compile_backend_and_link(
        any_workspace: Workspace) -> None:
    any_workspace.write({"of.list": "src:nothing.c\n"})
    words = '"-mllvm", "-x={root}/y", "-fsanitize=undefined", ' \
            '"-fsanitize-ignorelist={root}/of.list", "--sysroot={root}/s"'
    commands = _commands(any_workspace, _with(words))
    assert "-fsanitize-ignorelist=./of.list" in commands["opt"]
    assert "-fsanitize-ignorelist=./of.list" in commands["ask"]
    assert "--sysroot=./s" in commands["ask"]
    assert "-x=./y" in commands["lto"]
    assert "{root}" not in "".join(commands.values())


@pytest.mark.parametrize(("arguments", "backend"), [
    (["-mllvm", "-a", "-DX", "-mllvm", "-b"], ["-mllvm", "-a", "-mllvm", "-b"]),
    (["-I", "-mllvm", "-march=x"], ["-march=x"]),
    (["-D", "-mavx", "-mavx2"], ["-mavx2"]),
    (["-include", "-march=y"], []),
    (["-Xclang", "-mllvm", "-Xclang", "-x"], []),
    (["-target", "some-thing", "-Wall"], ["-target", "some-thing"]),
    (["--target=some-thing"], ["--target=some-thing"]),
    (["-m32", "-mno-omit-leaf-frame-pointer"], ["-m32"]),
    (["-g", "-gsplit-dwarf", "-gz=zstd", "-g3"], ["-gsplit-dwarf", "-gz=zstd"]),
    (["-fsplit-lto-unit", "-fno-split-machine-functions"], ["-fno-split-machine-functions"]),
    (["-fsanitize=address", "-fno-sanitize=leak"], ["-fsanitize=address", "-fno-sanitize=leak"]),
    (["-mllvm"], ["-mllvm"]),
    ([], []),
])
def test_backend_arguments(arguments: list[str], backend: list[str]) -> None:
    assert list(flags.for_backend(arguments)) == backend


@pytest.mark.parametrize(("arguments", "link"), [
    (["-pthread", "-DX", "-stdlib=libc++"], ["-pthread", "-stdlib=libc++"]),
    (["-isysroot", "folder", "-Wall"], ["-isysroot", "folder"]),
    (["--sysroot", "folder", "-I", "x"], ["--sysroot", "folder"]),
    (["-fsanitize=address"], ["-fsanitize=address"]),
    (["-g", "-ffast", "-fno-vectorize"], []),
    (["-D", "-pthread"], []),
])
def test_link_arguments(arguments: list[str], link: list[str]) -> None:
    assert list(flags.for_link(arguments)) == link


@pytest.mark.parametrize(("arguments", "level"), [
    ([], "2"), (["-O"], "1"), (["-O3", "-Os"], "s"), (["-Ofast"], "3"), (["-Og"], "1"),
    (["-O0", "-I", "-O3"], "0"), (["-D", "-O1"], "2"),
])
def test_the_last_level_counts(arguments: list[str], level: str) -> None:
    assert flags.optimization_level(arguments, "2") == level


@pytest.mark.parametrize(("arguments", "default", "independent"), [
    ([], True, True), ([], False, False), (["-no-pie"], True, False), (["-pie"], False, True),
    (["-no-pie", "-pie"], True, True), (["-static"], True, False), (["-static-pie"], False, True),
    (["-static", "-pie"], True, True),
])
def test_the_last_word_on_position_independence_counts(
        arguments: list[str], default: bool, independent: bool) -> None:
    assert flags.position_independent(arguments, default) is independent


@pytest.mark.parametrize(("arguments", "driver", "linker"), [
    (["-Wl,-z,now", "-s"], ["-s"], ["-z", "now"]),
    (["-Xlinker", "-z", "-Xlinker", "now"], [], ["-z", "now"]),
    (["-L", "lib", "-Wl,--gc-sections", "-static"], ["-L", "lib", "-static"], ["--gc-sections"]),
    (["-Wl,--version-script=a b.map"], [], ["--version-script=a b.map"]),
    (["-Xlinker"], [], []), (["a.o", "-l", "m", "-Wl,-s"], ["a.o", "-lm"], ["-s"]),
])
def test_link_arguments_go_to_the_driver_or_to_the_linker(
        arguments: list[str], driver: list[str], linker: list[str]) -> None:
    assert driver_words.split(arguments) == (tuple(driver), tuple(linker))
