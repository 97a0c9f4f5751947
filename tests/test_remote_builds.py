"""Builds whose backends a Remote Execution server runs: a real one, that comes and goes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.casd import Server
from tests.support.engines import needs_casd
from tests.support.linked import APP, CUBE, MAIN, OBJECTS, SCRIPTS, SQUARE, Linked
from tests.support.scons_project import HEAD, Project
from tests.support.system_toolchain import CC, needs_clang
from tests.support.workspace import NINJA, Workspace

pytestmark = needs_casd

PROJECT = '[targets.app]\nsources = ["*.c"]\n'
PROGRAM = {
    "ltogen.toml": PROJECT,
    "main.c": MAIN, "square.c": SQUARE, "cube.c": CUBE,
}
NOWHERE = "grpc://127.0.0.1:1"


@pytest.fixture
def casd(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path / "casd") as engine:
        yield engine


def written(root: Path, toolchain: str) -> Workspace:
    """A project in a folder that may be there."""
    root.mkdir(exist_ok=True)
    made = Workspace(root, toolchain)
    made.write(PROGRAM)
    return made


def natives(workspace: Workspace) -> dict[str, bytes]:
    """The objects of the backends."""
    return {path.name: path.read_bytes()
            for path in (workspace.root / "out/native").rglob("*.o")}


def clients(server: Server) -> list[str]:
    """Processes that serve the edges of a build by a server."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0") if folder.name.isdigit() else []
        except OSError:
            continue
        if (b"ltogen.remote_build" in words and b"--" not in words
                and server.url.encode() in words):
            found.append(folder.name)
    return found


def until(true: Callable[[], bool]) -> None:
    """Wait for something, half a minute at most."""
    for _ in range(300):
        if true():
            return
        time.sleep(0.1)
    raise AssertionError("it did not come true in time")


def test_objects_are_those_that_are_made_here(tmp_path: Path, toolchain: str, casd: Server,
                                              monkeypatch: pytest.MonkeyPatch) -> None:
    here = written(tmp_path / "here", toolchain)
    here.configure()
    here.make()
    # (What was made here is in the store.)
    monkeypatch.setenv("LTOGEN_CACHE_DIR", str(tmp_path / "other"))
    there = written(tmp_path / "there", toolchain)
    there.configure("--remote", casd.url)
    done = there.try_build()
    assert done.status == 0, done.text
    assert casd.executed == 3
    assert natives(there) == natives(here)
    assert there.output("app") == "49 27\n"
    assert there.no_work()
    until(lambda: not clients(casd))
    # A second clean checkout, without the store: all comes from the server's cache.
    monkeypatch.setenv("LTOGEN_CACHE_DIR", "off")
    second = written(tmp_path / "second place", toolchain)
    second.configure("--remote", casd.url)
    second.make()
    assert casd.executed == 3
    assert natives(second) == natives(here)


@needs_clang
def test_the_store_comes_first(tmp_path: Path, casd: Server) -> None:
    for name in ("one", "two"):
        workspace = written(tmp_path / name, "system")
        workspace.configure("--remote", casd.url)
        workspace.make()
        assert casd.executed == 3
        shutil.rmtree(workspace.root)


@needs_clang
def test_an_edit(tmp_path: Path, casd: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LTOGEN_REMOTE", casd.url)
    workspace = written(tmp_path / "work", "system")
    workspace.configure()
    workspace.make()
    edited = CUBE.replace("x * square(x)", "x + square(x)")
    workspace.write({"cube.c": edited})
    done = workspace.try_build()
    assert done.status == 0
    assert workspace.output("app") == "49 12\n"
    # A comment moves lines, and changes nothing else.
    before = casd.executed
    workspace.write({"cube.c": "/* */" + edited})
    workspace.make()
    assert casd.executed == before


@needs_clang
def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    workspace = written(tmp_path / "work", "system")
    workspace.configure("--remote", NOWHERE)
    done = workspace.try_build()
    assert done.status == 0, done.text
    assert done.text.count("ltogen: warning: ") == 1
    assert NOWHERE in done.text
    assert workspace.output("app") == "49 27\n"
    assert workspace.no_work()


@needs_clang
def test_a_server_without_which_nothing_is_built(tmp_path: Path) -> None:
    workspace = written(tmp_path / "work", "system")
    (workspace.root / "remote.toml").write_text(f'address = "{NOWHERE}"\nonly = true\n')
    workspace.configure("--remote", "remote.toml")
    done = workspace.try_build("-j1")
    assert done.status != 0
    assert f"ltogen: {NOWHERE}" in done.text
    assert "Traceback" not in done.text
    assert not (workspace.root / "out/app").exists()


@needs_clang
def test_a_server_that_dies(tmp_path: Path, casd: Server) -> None:
    workspace = written(tmp_path / "work", "system")
    workspace.write({f"more{number}.c": f"int more{number}(int x) {{ return x + {number}; }}\n"
                     for number in range(20)})
    workspace.configure("--remote", casd.url)
    building = subprocess.Popen([*workspace.ninja, "-j30"], cwd=workspace.root,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    until(lambda: casd.executed >= 2)
    casd.kill()
    said, _ = building.communicate(timeout=200)
    assert building.returncode == 0, said
    assert workspace.output("app") == "49 27\n"
    assert workspace.no_work()


@needs_clang
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_build_that_is_killed(tmp_path: Path, casd: Server, number: int) -> None:
    workspace = written(tmp_path / "work", "system")
    workspace.configure("--remote", casd.url)
    building = subprocess.Popen([NINJA, "-j9"], cwd=workspace.root, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)
    until(lambda: bool(clients(casd)))
    building.send_signal(number)
    building.wait()
    until(lambda: not clients(casd))
    workspace.make()
    assert workspace.output("app") == "49 27\n"
    assert workspace.no_work()


@needs_clang
def test_a_backend_that_fails(tmp_path: Path, casd: Server) -> None:
    workspace = written(tmp_path / "work", "system")
    workspace.write({"square.c": 'int square(int x) { __asm__("no such thing"); return x; }\n'})
    workspace.configure("--remote", casd.url)
    done = workspace.try_build()
    assert done.status != 0
    assert "square.c:1" in done.text


@needs_clang
def test_a_worker_without_the_compiler(tmp_path: Path, casd: Server) -> None:
    workspace = written(tmp_path / "work", "system")
    (workspace.root / "remote.toml").write_text(
        f'address = "{casd.url}"\ncompiler = "/opt/no/such/clang"\n')
    workspace.configure("--remote", "remote.toml")
    done = workspace.make()
    assert done.text.count("ltogen: warning: ") == 1
    assert "no/such/clang" in done.text
    assert workspace.output("app") == "49 27\n"


@needs_clang
def test_a_profile(tmp_path: Path, casd: Server) -> None:
    """A file that a backend reads goes along, and is a part of what is asked for."""
    workspace = written(tmp_path / "work", "system")
    profile = "square:100:0\n 1: {}\n"
    workspace.write({"p.prof": profile.format(1), "ltogen.toml": """
        [targets.app]
        sources = ["*.c"]
        compile-args = ["-fprofile-sample-use={root}/p.prof"]
        """})
    workspace.configure("--remote", casd.url)
    workspace.make()
    assert casd.executed == 3
    assert workspace.output("app") == "49 27\n"


@needs_clang
def test_links_that_are_graphs(tmp_path: Path, casd: Server) -> None:
    """By `ld.ltogen`, and by lld with `ltogen-distributor`."""
    linked = Linked(tmp_path / "work", {"LTOGEN_REMOTE": casd.url,
                                        "LTOGEN_LINKS": "all"})
    linked.folder.mkdir()
    linked.write(PROGRAM)
    linked.compile("main.c", "square.c", "cube.c")
    done = linked.run([CC, "-flto=thin", "-fuse-ld=ltogen", *APP], LTOGEN_CACHE_DIR="off")
    assert done.status == 0, done.text
    assert casd.executed == 3
    assert linked.run(["./app"]).stdout == "49 27\n"
    for executed in (6, 6):  # its flags are lld's own, and its files have other names each time
        done = linked.run([CC, "-flto=thin", "-fuse-ld=lld",
                           f"-fthinlto-distributor={SCRIPTS / 'ltogen-distributor'}",
                           *OBJECTS, "-o", "app2"], LTOGEN_CACHE_DIR="off")
        assert done.status == 0, done.text
        assert casd.executed == executed
    assert linked.run(["./app2"]).stdout == "49 27\n"


def test_scons(casd: Server, scons_project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LTOGEN_REMOTE", casd.url)
    scons_project.write(HEAD + "env.ThinLTOProgram('app', ['main.c', 'square.c', 'cube.c'])\n",
                        PROGRAM)
    scons_project.make("-j4")
    assert casd.executed == 3
    assert scons_project.output("app") == "49 27\n"
    assert scons_project.make() == []


@pytest.mark.parametrize(("text", "message"), [
    ('address = "grpc://x:1"\njobs = 0\n', "jobs and timeout are numbers from 1 on"),
    ('address = "http://x:1"\n', "http://x:1: no such kind of address"),
    ("jobs = 3\n", "missing required field `address`"),
    ('address = "grpc://x:1"\nmore = 1\n', "unknown field `more`"),
    ('address = "grpc://x:1"\njobs = "3"\n', "jobs: Expected `int`"),
    ("[", "remote.toml: "),
    (None, "remote.toml: No such file"),
])
def test_settings_that_cannot_be_used(tmp_path: Path, text: str | None, message: str) -> None:
    workspace = written(tmp_path / "work", "embedded")
    if text is not None:
        (workspace.root / "remote.toml").write_text(text)
    done = workspace.try_configure("--remote", "remote.toml")
    assert done.status == 1
    assert message in done.text
    assert done.text.count("\n") == 1


def test_which_server_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = written(tmp_path / "work", "embedded")
    workspace.write({"ltogen.toml": f'[project]\nremote = "grpc://one:1"\n{PROJECT}'})

    def server() -> str:
        workspace.configure()
        text = (workspace.root / "build.ninja").read_text()
        return next((word for word in text.split() if word.startswith("grpc://")), "")

    assert server() == "grpc://one:1"
    file = workspace.root / "remote.toml"
    file.write_text('address = "grpc://three:3"\n')
    workspace.write({"ltogen.toml": f'[project]\nremote = "remote.toml"\n{PROJECT}'})
    workspace.configure()
    assert f" {file} " in (workspace.root / "build.ninja").read_text()
    monkeypatch.setenv("LTOGEN_REMOTE", "grpc://two:2")
    assert server() == "grpc://two:2"
    monkeypatch.setenv("LTOGEN_REMOTE", "off")
    assert server() == ""
    assert os.environ["LTOGEN_REMOTE"] == "off"
