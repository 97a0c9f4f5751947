"""Which toolchains are tested: every one that this machine has, each by the same tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from ltogen.toolchain.embedded import zig_path
from tests.support.scons_project import OLDEST, PROGRAM, Project
from tests.support.system_toolchain import SYSTEM
from tests.support.workspace import Workspace

TOOLCHAINS = [name for name, present in
              (("system", SYSTEM is not None), ("embedded", zig_path() is not None)) if present]


def pytest_report_header() -> str:
    """Say what is under test, so that a missing toolchain is seen."""
    return f"toolchains under test: {', '.join(TOOLCHAINS) or 'NONE'}"


def pytest_sessionstart() -> None:
    """No toolchain is a failure, not a reason to skip everything."""
    if not TOOLCHAINS:
        raise pytest.UsageError("no toolchain; run `make test`, which installs the embedded one")


@pytest.fixture(scope="session")
def _known_compilers(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A cache folder for what is found out about compilers once."""
    return str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(autouse=True)
def _own_store(tmp_path: Path, _known_compilers: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test take what another test, or the user, has built."""
    monkeypatch.setenv("XDG_CACHE_HOME", _known_compilers)
    monkeypatch.setenv("LTOGEN_CACHE_DIR", f"{tmp_path}.kept")


@pytest.fixture(params=TOOLCHAINS)
def toolchain(request: pytest.FixtureRequest) -> str:
    """Each toolchain in turn."""
    name: str = request.param
    return name


@pytest.fixture
def workspace(tmp_path: Path, toolchain: str) -> Workspace:
    """An empty project folder for each toolchain."""
    root = tmp_path / "project"
    root.mkdir()
    return Workspace(root, toolchain)


@pytest.fixture
def any_workspace(tmp_path: Path) -> Workspace:
    """An empty project folder where the toolchain makes no difference."""
    root = tmp_path / "project"
    root.mkdir()
    return Workspace(root, TOOLCHAINS[0])


@pytest.fixture(params=[*((name, None) for name in TOOLCHAINS[:1]),
                        *((name, OLDEST) for name in TOOLCHAINS[-1:])],
                ids=lambda pair: f"{pair[0]}-{'oldest' if pair[1] else 'newest'}")
def scons_project(tmp_path: Path, request: pytest.FixtureRequest) -> Project:
    """An empty folder for the newest SCons, and for the oldest that Python 3.11 runs.

    Each with a toolchain of its own, where there are two.
    """
    toolchain, folder = request.param
    if folder is not None:
        assert folder.is_dir(), "no old SCons here: `make .venv/dev` installs it"
    return Project(tmp_path, toolchain, folder)


@pytest.fixture
def built_scons_project(scons_project: Project) -> Project:
    """A program that is up to date."""
    scons_project.write(PROGRAM)
    scons_project.make()
    assert scons_project.output("program") == "42\n"
    assert scons_project.make() == []
    return scons_project


@pytest.fixture
def any_scons_project(tmp_path: Path) -> Project:
    """An empty folder where toolchain and SCons make no difference."""
    return Project(tmp_path, TOOLCHAINS[0])
