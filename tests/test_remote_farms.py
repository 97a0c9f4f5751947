"""Builds by a scheduler with three workers, which asks who one is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from campaigns.remote.engines.certificates import Authority
from campaigns.remote.engines.farm import Farm
from campaigns.remote.engines.security import Security, make_token
from tests.support.engines import TOOLS, needs_farm
from tests.support.system_toolchain import needs_clang
from tests.support.workspace import Workspace
from tests.test_remote_builds import natives, written

pytestmark = [needs_farm, needs_clang]
_SECRET = "a secret of a test, which is long enough"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(TOOLS, tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[Farm]:
    security = Security(authority.sign("server"), authority.certificate,
                        demands_certificates=True, secret=_SECRET)
    with Farm(TOOLS, tmp_path_factory.mktemp("farm"), workers=3, security=security) as started:
        yield started


class Known:
    """A file of settings for the farm, with what it wants to see."""

    def __init__(self, root: Path, farm: Farm, authority: Authority) -> None:
        identity = authority.sign("client")
        self.token = root / "token"
        self.token.write_text(make_token(_SECRET) + "\n")
        self.path = root / "remote.toml"
        self.path.write_text(f"""
address = "grpcs://{farm.access.address}"
instance = "{farm.access.instance}"
ca = "{authority.certificate}"
certificate = "{identity.certificate}"
key = "{identity.key}"
token-file = "token"
platform = {{ OSFamily = "linux" }}
""")


@pytest.fixture
def known(tmp_path: Path, farm: Farm, authority: Authority) -> Known:
    return Known(tmp_path, farm, authority)


def local(root: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """The objects as this machine makes them."""
    monkeypatch.setenv("LTOGEN_CACHE_DIR", "off")
    here = written(root, "system")
    here.configure()
    here.make()
    return natives(here)


def everything(workspace: Workspace) -> bytes:
    """All that a build has left in its folder."""
    return b"".join(path.read_bytes() for path in workspace.root.rglob("*") if path.is_file())


def test_three_workers(tmp_path: Path, farm: Farm, known: Known,
                       monkeypatch: pytest.MonkeyPatch) -> None:
    before = farm.executed
    wanted = local(tmp_path / "here", monkeypatch)
    workspace = written(tmp_path / "there", "system")
    workspace.configure("--remote", str(known.path))
    done = workspace.try_build("-j9")
    assert done.status == 0, done.text
    assert "warning" not in done.text
    assert natives(workspace) == wanted
    assert farm.executed == before + 3
    secret = known.token.read_bytes().strip()
    assert secret
    assert secret not in everything(workspace) + done.text.encode()


def test_a_token_that_is_not_taken(tmp_path: Path, known: Known,
                                   monkeypatch: pytest.MonkeyPatch) -> None:
    """What was built before is there to see, and who has no right to it builds for himself."""
    known.token.write_text(make_token("another secret, which is as long as it") + "\n")
    wanted = local(tmp_path / "here", monkeypatch)
    workspace = written(tmp_path / "there", "system")
    workspace.configure("--remote", str(known.path))
    done = workspace.try_build("-j9")
    assert done.status == 0, done.text
    assert done.text.count("ltogen: warning: ") == 1
    assert natives(workspace) == wanted
    assert known.token.read_bytes().strip() not in everything(workspace) + done.text.encode()


def test_a_worker_that_dies(tmp_path: Path, farm: Farm, known: Known,
                            monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = local(tmp_path / "here", monkeypatch)
    for worker in farm.workers[:2]:
        worker.kill()
    try:
        workspace = written(tmp_path / "there", "system")
        workspace.configure("--remote", str(known.path))
        done = workspace.try_build("-j9")
        assert done.status == 0, done.text
        assert natives(workspace) == wanted
    finally:
        for worker in farm.workers[:2]:
            worker.start()
