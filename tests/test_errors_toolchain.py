"""A toolchain that is missing, incomplete or of two minds is refused before anything is written."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from ltogen.toolchain.embedded import zig_path
from ltogen.toolchain.system import OLDEST_MAJOR
from tests.conftest import TOOLCHAINS
from tests.support.bitcode_patch import with_major
from tests.support.errors_helper import assert_one_line, content, ltogen, refused
from tests.support.workspace import Run, Workspace, run

PROJECT = {"ltogen.toml": '[targets.app]\nsources = ["a.c"]\n',
           "a.c": "int main(void) { return 0; }\n", "build.ninja": "# an earlier manifest\n"}


@pytest.fixture
def project(tmp_path: Path) -> Workspace:
    """A good project whose toolchain is still to be chosen."""
    root = tmp_path / "project"
    root.mkdir()
    workspace = Workspace(root, "")
    workspace.write(PROJECT)
    return workspace


def _program(path: Path, script: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def clang(tmp_path: Path) -> str:
    """A real clang: the newest on PATH, or the embedded one under a plain name."""
    names = [f"clang-{major}" for major in range(40, OLDEST_MAJOR - 1, -1)]
    found = next(filter(None, map(shutil.which, ["clang", *names])), None)
    if found is not None and "system" in TOOLCHAINS:
        return found
    zig = zig_path()
    assert zig is not None
    return _program(tmp_path / "bin/clang", f'exec "{zig}" clang "$@"')


def _refused(project: Workspace, *parts: str, arguments: tuple[str, ...] = (),
             env: dict[str, str] | None = None) -> str:
    before = content(project.root)
    line = assert_one_line(ltogen(project.root, "configure", *arguments, env=env), *parts)
    assert content(project.root) == before
    return line


def _version(program: str) -> str:
    return run([program, "--version"], Path("/")).stdout


@pytest.mark.parametrize("key", ["cc", "cxx", "ld", "ar"])
@pytest.mark.parametrize("name", ["clang-nosuch", "/nosuch/clang"])
def test_named_program_is_missing(project: Workspace, clang: str, key: str, name: str) -> None:
    others = () if key in ("cc", "cxx") else ("--cc", clang)
    _refused(project, name, "no such program", "install", arguments=(*others, f"--{key}", name))


@pytest.mark.parametrize("key", ["cc", "cxx"])
def test_program_named_in_the_project_file_is_missing(project: Workspace, key: str) -> None:
    text = PROJECT["ltogen.toml"] + f'[toolchain]\n{key} = "clang-nosuch"\n'
    project.write({"ltogen.toml": text})
    _refused(project, "clang-nosuch", "no such program", "install")


def _other_compilers() -> list[str]:
    return [path for name in ("gcc", "cc", "true", "ld.lld", "sh")
            if (path := shutil.which(name)) and "clang version" not in _version(path)]


@pytest.mark.parametrize("program", _other_compilers())
def test_compiler_that_is_not_clang(project: Workspace, program: str) -> None:
    _refused(project, program, "not clang", f"clang {OLDEST_MAJOR}", arguments=("--cc", program))


def test_folder_as_a_compiler(project: Workspace) -> None:
    _refused(project, "/usr/bin", arguments=("--cc", "/usr/bin"))


def test_compiler_that_cannot_run(project: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "clang"
    path.write_bytes(b"\x7fELF neither program nor script")
    path.chmod(0o755)
    _refused(project, str(path), "cannot run", arguments=("--cc", str(path)))


def test_compiler_whose_interpreter_is_missing(project: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "clang"
    path.write_text("#!/nosuch/sh\n")
    path.chmod(0o755)
    _refused(project, str(path), arguments=("--cc", str(path)))


_HALF = 'echo "clang version 22.1.0" >&2; echo "Target: x86_64-linux" >&2; kill -KILL $$'


def test_compiler_that_is_killed_is_not_taken_at_its_word(project: Workspace,
                                                          tmp_path: Path) -> None:
    """Half an answer may be a wrong one, and another compiler another program."""
    tools = tmp_path / "tools"
    cc = _program(tools / "clang-22", _HALF)
    _program(tools / "clang-21", _HALF.partition("kill")[0].replace("22", "21"))
    _program(tools / "ld.lld", 'echo "LLD 21.0.0 (compatible with GNU linkers)"')
    env = {"PATH": f"{tools}:/usr/bin:/bin"}
    for arguments in ((), ("--toolchain", "system"), ("--cc", cc)):
        _refused(project, cc, "killed", "again", arguments=arguments, env=env)


def test_linker_that_is_killed_is_not_taken_for_another(project: Workspace, clang: str,
                                                        tmp_path: Path) -> None:
    ld = _program(tmp_path / "tools/ld.lld", "kill -KILL $$")
    _refused(project, ld, "killed", "again", arguments=("--cc", clang, "--ld", ld))


@pytest.mark.parametrize("version", ["11.0.0", f"{OLDEST_MAJOR - 1}.0.6"])
def test_clang_that_is_too_old(project: Workspace, tmp_path: Path, version: str) -> None:
    cc = _program(tmp_path / "bin/clang",
                  f'echo "clang version {version}" >&2; echo "Target: x86_64-pc-linux-gnu" >&2')
    _refused(project, cc, version, "too old", f"needs {OLDEST_MAJOR} or newer",
             arguments=("--cc", cc))


def _other_linkers(clang: str, folder: Path) -> list[tuple[str, str]]:
    """Linkers of another major than clang's, and their versions: real ones, and one script."""
    own = _version(clang).partition("version ")[2].partition(".")[0]
    installed = [(path, major) for major in range(10, 40) if str(major) != own
                 and (path := shutil.which(f"ld.lld-{major}"))]
    script = _program(folder / "ld.lld", 'echo "LLD 21.0.0 (compatible with GNU linkers)"')
    return [*((path, f"lld {major}.") for path, major in installed), (script, "lld 21.0.0")]


def test_linker_of_another_major(project: Workspace, clang: str, tmp_path: Path) -> None:
    own = _version(clang).partition("version ")[2].split()[0].strip(")")
    for linker, version in _other_linkers(clang, tmp_path):
        _refused(project, f"{linker} is {version}", f"{clang} is clang {own}",
                 f"install lld-{own.partition('.')[0]}", "--ld",
                 arguments=("--cc", clang, "--ld", linker))


@pytest.mark.parametrize("program", ["ld", "ld.bfd", "ld.gold", "true"])
def test_linker_that_is_not_lld(project: Workspace, clang: str, program: str) -> None:
    path = shutil.which(program)
    if path is None or "LLD" in _version(path):
        pytest.skip(f"no {program} here, or it is lld")
    _refused(project, f"{path} is not lld", clang, "install lld-",
             arguments=("--cc", clang, "--ld", path))


def test_only_linker_on_path_is_of_another_major(project: Workspace, tmp_path: Path) -> None:
    """Clang and lld are found by name and disagree; nothing was asked for but the machine's."""
    tools = tmp_path / "tools"
    _program(tools / "clang", 'echo "clang version 20.1.0" >&2; echo "Target: x86_64-linux" >&2')
    _program(tools / "ld.lld", 'echo "LLD 21.0.0 (compatible with GNU linkers)"')
    _refused(project, str(tools / "ld.lld"), "lld 21.0.0", "clang 20.1.0", "install lld-20",
             arguments=("--toolchain", "system"), env={"PATH": str(tools)})


def test_clang_without_any_linker(project: Workspace, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    cc = _program(tools / "clang", 'echo "clang version 20.1.0" >&2; echo "Target: x86" >&2')
    _refused(project, cc, "no lld of LLVM 20", "install lld-20",
             arguments=("--toolchain", "system"), env={"PATH": str(tools)})


def _without_ziglang(folder: Path) -> dict[str, str]:
    """Environment in which the embedded toolchain's package cannot be found."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text("""
import sys
from importlib.machinery import PathFinder

class Others(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name == "ziglang" else super().find_spec(name, path, target)

sys.meta_path[:] = [Others if finder is PathFinder else finder for finder in sys.meta_path]
""")
    environment = {"PYTHONPATH": str(folder)}
    script = "import importlib.util as u; print(u.find_spec('ziglang'), u.find_spec('ltogen'))"
    found = run([sys.executable, "-P", "-c", script], folder, environment).stdout
    assert found.startswith("None ModuleSpec"), found
    return environment


@pytest.mark.parametrize("path", ["", "/nosuch"])
def test_no_toolchain_at_all(project: Workspace, tmp_path: Path, path: str) -> None:
    env = {**_without_ziglang(tmp_path / "python"), "PATH": path}
    _refused(project, "no toolchain", "no clang on PATH", "install clang and lld",
             "pip install 'ltogen[embedded]'", env=env)


def test_no_system_toolchain(project: Workspace) -> None:
    _refused(project, "no clang on PATH", "install clang and lld",
             arguments=("--toolchain", "system"), env={"PATH": ""})


def test_no_embedded_toolchain(project: Workspace, tmp_path: Path) -> None:
    _refused(project, "no embedded toolchain", "pip install 'ltogen[embedded]'",
             arguments=("--toolchain", "embedded"), env=_without_ziglang(tmp_path / "python"))


def test_embedded_toolchain_does_not_know_the_target(project: Workspace) -> None:
    if zig_path() is None:
        pytest.skip("no embedded toolchain")
    _refused(project, "--target nosuch-linux-gnu", "nosuch",
             arguments=("--toolchain", "embedded", "--target", "nosuch-linux-gnu"))


def _bitcode(workspace: Workspace, *flags: str) -> bytes:
    """Bitcode of a library function by the toolchain under test."""
    workspace.write({"lib.c": "int lib(int x) { return x + 1; }\n",
                     "ltogen.toml": '[targets.lib]\nkind = "static-library"\nsources = ["lib.c"]\n'
                                    f"compile-args = {list(flags)}\n"})
    workspace.configure()
    workspace.make("out/bitcode/lib/lib.c.o")
    return (workspace.root / "out/bitcode/lib/lib.c.o").read_bytes()


@pytest.mark.parametrize("name", ["new.bc", "new.o"])
def test_bitcode_of_a_newer_llvm(workspace: Workspace, name: str) -> None:
    data = _bitcode(workspace)
    (workspace.root / name).write_bytes(with_major(data, 98))
    refused(workspace, {"ltogen.toml": f'[targets.app]\nsources = ["{name}"]\n'},
            "[targets.app] sources", f" {name}: ", "bitcode of LLVM 98", "cannot read", "newer")


def test_bitcode_of_the_same_llvm(workspace: Workspace) -> None:
    """The other half of the patch: what is not newer is taken."""
    data = _bitcode(workspace)
    major = next(major for major in range(17, 40) if with_major(data, major) == data)
    (workspace.root / "lib.bc").write_bytes(with_major(data, major))
    workspace.write({"ltogen.toml": '[targets.app]\nsources = ["main.c", "lib.bc"]\n',
                     "main.c": "int lib(int); int main(void) { return lib(1) - 2; }\n"})
    workspace.configure()
    workspace.make()
    workspace.output("app")


def test_truncated_bitcode(workspace: Workspace) -> None:
    data = _bitcode(workspace)
    for length in range(4, len(data), len(data) // 6):
        (workspace.root / "cut.bc").write_bytes(data[:length])
        refused(workspace, {"ltogen.toml": '[targets.app]\nsources = ["cut.bc"]\n'},
                "[targets.app] sources", " cut.bc: ", "truncated", "rebuild")


def _with_broken_log(workspace: Workspace, text: str) -> Run:
    workspace.write({**PROJECT, "out/.ninja_log": text})
    return workspace.try_configure()


@pytest.mark.parametrize("text", ["nonsense\n", "# ninja log v4\n", "# ninja log v8\n",
                                  "# ninja log v\u00b2\n", "# ninja log v6\nhalf a li"])
def test_broken_log_is_a_warning(any_workspace: Workspace, text: str) -> None:
    done = _with_broken_log(any_workspace, text)
    assert done.status == 0, done
    assert done.stderr.startswith("ltogen: warning: out/.ninja_log: ")
    assert done.stderr.count("\n") == 1
    any_workspace.make()
