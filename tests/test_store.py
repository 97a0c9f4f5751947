"""The store: what was built once is not built again, and what is in it is never believed unread."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ltogen.linker import index
from ltogen.store import policy, trim
from tests.support.system_toolchain import CC, SYSTEM, needs_clang
from tests.support.workspace import Workspace, run

SQUARE = "int square(int x) { return x * x; }\n"
PROGRAM = {
    "ltogen.toml": '[targets.program]\nsources = ["src/*.c"]\n',
    "src/main.c": """
        #include <stdio.h>
        int square(int);
        int main(void) { printf("%d\\n", square(7)); return 0; }
        """,
    "src/square.c": SQUARE,
}


class Recorded:
    """A project by a compiler that notes each backend, and takes a moment for it."""

    def __init__(self, folder: Path, seconds: float = 0.0) -> None:
        self.log = folder / "backends"
        compiler = folder / "clang"
        compiler.write_text("#!/bin/sh\ncase \" $* \" in *' -fthinlto-index='*) "
                            f"echo \"$$\" >> '{self.log}'; sleep {seconds} ;; esac\n"
                            f"exec {CC} \"$@\"\n")
        compiler.chmod(0o755)
        self.compiler = str(compiler)

    def workspace(self, root: Path) -> Workspace:
        """A configured copy of the project."""
        made = Workspace(root, "system")
        made.write(PROGRAM)
        done = made.try_configure("--cc", self.compiler)
        assert done.status == 0, done.text
        return made

    def count(self) -> int:
        """How many backends have run since the last call."""
        if not self.log.exists():
            return 0
        lines = self.log.read_text().splitlines()
        self.log.unlink()
        return len(lines)


@pytest.fixture
def recorded(tmp_path: Path) -> Recorded:
    """The system's compiler, recorded."""
    assert SYSTEM is not None
    return Recorded(tmp_path)


def store(tmp_path: Path) -> Path:
    """The test's store."""
    return Path(f"{tmp_path}.kept/objects")


def kept(tmp_path: Path) -> list[Path]:
    """The objects in the test's store."""
    return sorted(store(tmp_path).rglob("*-*"))


@needs_clang
def test_an_edit_undone_and_made_again(recorded: Recorded, tmp_path: Path) -> None:
    workspace = recorded.workspace(tmp_path / "a")
    workspace.make()
    assert recorded.count() == 2
    for body, backends in (("x + x", 2), ("x * x", 0), ("x + x", 0)):
        workspace.write({"src/square.c": SQUARE.replace("x * x", body)})
        workspace.make()
        assert recorded.count() == backends
        assert workspace.output("program") == ("14\n" if body == "x + x" else "49\n")
    assert workspace.no_work()


@needs_clang
def test_a_second_checkout(recorded: Recorded, tmp_path: Path) -> None:
    recorded.workspace(tmp_path / "a").make()
    recorded.count()
    second = recorded.workspace(tmp_path / "elsewhere/b")
    second.make()
    assert recorded.count() == 0
    assert second.output("program") == "49\n"
    told = second.ltogen("explain").stdout
    assert "program: 2 taken out of the store\n" in told
    assert second.no_work()


@needs_clang
def test_two_builds_at_once_make_each_object_once(tmp_path: Path) -> None:
    recorded = Recorded(tmp_path, seconds=1.0)
    both = [recorded.workspace(tmp_path / name) for name in "ab"]
    builds = [subprocess.Popen(one.ninja, cwd=one.root, stdout=subprocess.DEVNULL)
              for one in both]
    assert [build.wait() for build in builds] == [0, 0]
    assert recorded.count() == 2
    assert [one.output("program") for one in both] == ["49\n", "49\n"]


@needs_clang
def test_who_was_making_it_is_gone(recorded: Recorded, tmp_path: Path) -> None:
    workspace = recorded.workspace(tmp_path / "a")
    workspace.make()
    making = store(tmp_path) / "making"
    assert not list(making.iterdir())
    for path in kept(tmp_path):
        # (One whose number another program has by now, and one that could not say its own.)
        (making / path.name.partition("-")[0]).write_text(f"{os.getpid()}\n")
        path.unlink()
    shutil.rmtree(workspace.root / "out/native")
    workspace.make()
    assert workspace.output("program") == "49\n"
    assert not list(making.iterdir())


@needs_clang
def test_a_backend_that_was_killed_is_waited_for_in_vain(tmp_path: Path) -> None:
    recorded = Recorded(tmp_path, seconds=60.0)
    first = recorded.workspace(tmp_path / "a")
    with subprocess.Popen([*first.ninja, "-j1"], cwd=first.root, start_new_session=True,
                          stdout=subprocess.DEVNULL) as build:
        while not recorded.log.exists():
            time.sleep(0.05)
        os.killpg(build.pid, signal.SIGKILL)
        build.wait()
    for pid in recorded.log.read_text().split():
        subprocess.run(["pkill", "-KILL", "-P", pid], check=False)
    compiler = Path(recorded.compiler)
    compiler.write_text(compiler.read_text().replace("sleep 60.0", "true"))
    second = recorded.workspace(tmp_path / "b")
    second.make()
    assert second.output("program") == "49\n"


def test_an_object_of_other_bytes_is_found_by_verification(workspace: Workspace,
                                                           tmp_path: Path) -> None:
    workspace.write(PROGRAM)
    workspace.configure()
    workspace.make()
    assert workspace.try_build(env={"LTOGEN_VERIFY": "1"}).status == 0
    for path in kept(tmp_path):
        data = path.read_bytes() + b"\0"
        path.unlink()
        digest = hashlib.sha256(data).hexdigest()
        path.with_name(f"{path.name.partition('-')[0]}-{digest}").write_bytes(data)
    workspace.write({"src/square.c": f"{SQUARE}int other(void) {{ return 1; }}\n"})
    done = workspace.try_build("-k0", env={"LTOGEN_VERIFY": "1"})
    assert done.status == 1
    assert re.search(r"^ltogen: out/native/program/program/src/main.c.o: another object than the "
                     r"one that is kept, of an equal key$", done.text, re.MULTILINE)


@pytest.mark.parametrize("cache", ["off", "/proc/none"])
def test_no_store(any_workspace: Workspace, cache: str, tmp_path: Path) -> None:
    """It is off, or cannot be: that is said once, and builds go on without."""
    any_workspace.write(PROGRAM)
    done = any_workspace.configure("--cache", cache)
    assert done.stderr.count("\n") == (0 if cache == "off" else 1)
    assert cache == "off" or "nothing is kept for other builds: /proc/none" in done.stderr
    any_workspace.make()
    any_workspace.write({"src/square.c": SQUARE.replace("x * x", "x + x")})
    any_workspace.make()
    assert any_workspace.output("program") == "14\n"
    assert any_workspace.no_work()
    assert not kept(tmp_path)


def test_the_project_says_where(any_workspace: Workspace, tmp_path: Path) -> None:
    any_workspace.write({**PROGRAM, "ltogen.toml": '[project]\ncache = "mine"\n'
                         + PROGRAM["ltogen.toml"]})
    any_workspace.configure()
    any_workspace.make()
    assert len(list((any_workspace.root / "mine/objects").rglob("*-*"))) == 2
    assert not kept(tmp_path)
    moved = any_workspace.root.with_name("moved")
    any_workspace.root.rename(moved)
    assert (moved / "out/store").resolve() == moved / "mine/objects"


@needs_clang
def test_a_message_of_a_backend_is_not_lost(tmp_path: Path) -> None:
    """Whoever took the object out of the store would not see it."""
    workspace = Workspace(tmp_path / "a", "system")
    workspace.write({**PROGRAM, "src/square.c":
                     "int square(int x) { volatile char big[70000]; big[x] = 1; return x * x; }\n"})
    description = workspace.root / "ltogen.toml"
    description.write_text(description.read_text()
                           + 'compile-args = ["-Wframe-larger-than=100"]\n')
    workspace.configure()
    said = workspace.make().text
    if "stack frame size" in said:
        shutil.rmtree(workspace.root / "out")
        workspace.configure()
        assert "stack frame size" in workspace.make().text


def test_an_index_that_does_not_go_with_its_key(any_workspace: Workspace, tmp_path: Path) -> None:
    """As a kill leaves it between the two, with an undo of the edit behind it."""
    any_workspace.write(PROGRAM)
    any_workspace.configure()
    any_workspace.make()
    folder = any_workspace.root / "out/thinlink/program"
    old = {path: path.read_bytes() for path in folder.rglob("*.bc")}
    any_workspace.write({"src/square.c": SQUARE.replace("x * x", "x + x")})
    any_workspace.make()
    for path, data in old.items():
        path.write_bytes(data)
    (folder / "placing").touch()
    any_workspace.write({"src/square.c": SQUARE})
    any_workspace.make()
    assert any_workspace.output("program") == "49\n"
    any_workspace.write({"src/square.c": SQUARE.replace("x * x", "x + x")})
    any_workspace.make()
    assert any_workspace.output("program") == "14\n"


def _store(folder: Path, sizes: dict[str, int]) -> str:
    """A store with objects of these sizes, in blocks, the first used the longest ago."""
    for age, (name, blocks) in enumerate(reversed(sizes.items())):
        path = folder / name[:2] / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(blocks * 4096))
        used = time.time() - 1000 * age
        os.utime(path, (used, 0))
    return str(folder)


def test_what_was_used_least_recently_goes_first(tmp_path: Path) -> None:
    folder = _store(tmp_path, {"aa1-1": 1, "bb2-2": 2, "aa3-3": 3})
    os.link(tmp_path / "aa/aa3-3", tmp_path / "aa/aa4-3")
    found = policy.Policy(5 * 4096)
    assert trim.trim(folder, found) == 4096
    assert {path.name for path in tmp_path.rglob("*-*")} == {"bb2-2", "aa3-3", "aa4-3"}
    assert trim.trim(folder, found) == 0
    assert trim.trim(folder, policy.said(found, "cache_size_files=2:cache_size_bytes=0")) == 8192
    assert trim.trim(folder, policy.said(found, "prune_after=1s:cache_size_files=0")) == 0


@pytest.mark.parametrize(("text", "size", "percent", "oldest", "interval"), [
    ("", 7, 0, 0, 1200),
    ("cache_size_bytes=5g:prune_after=2h", 5 << 30, 0, 7200, 1200),
    ("prune_interval=30s:cache_size=10%:cache_size_bytes=12345678901", 12345678901, 10, 0, 30),
    ("cache_size_bytes=512k:prune_interval=2m", 512 << 10, 0, 0, 120),
])
def test_what_lld_calls_a_policy(text: str, size: int, percent: int, oldest: int,
                                 interval: int) -> None:
    found = policy.said(policy.Policy(7), text)
    assert (found.size, found.percent, found.oldest, found.interval) == (
        size, percent, oldest, interval)


def test_the_command(any_workspace: Workspace, tmp_path: Path) -> None:
    def cache(*words: str) -> str:
        done = run([sys.executable, "-P", "-m", "ltogen", "cache", *words], tmp_path)
        assert done.status == 0, done.text
        return done.stdout

    folder = store(tmp_path)
    assert cache() == f"{folder}: 0 objects, 0.0 MiB of at most 5,120.0 MiB\n"
    any_workspace.write(PROGRAM)
    any_workspace.configure()
    any_workspace.make()
    assert cache().startswith(f"{folder}: 2 objects, 0.")
    assert cache("--limit", "100M").splitlines()[-1].endswith("of at most 100.0 MiB")
    assert cache("--clear").splitlines()[-1].startswith(f"{folder}: 0 objects, 0.0 MiB of at most ")
    assert cache("--dir", "off") == "off: no objects are kept for other builds\n"


@needs_clang
def test_what_was_read_while_it_was_edited_is_not_kept(tmp_path: Path) -> None:
    """The key says what was in a profile when the thin link ran."""
    edit = f"{{ cat '{tmp_path}/edited' > p.prof; rm '{tmp_path}/edited'; }}"
    compiler = tmp_path / "clang"
    compiler.write_text("#!/bin/sh\ncase \" $* \" in *' -fthinlto-index='*) "
                        f"[ ! -e '{tmp_path}/edited' ] || {edit} ;; esac\n"
                        f"exec {CC} \"$@\"\n")
    compiler.chmod(0o755)
    workspace = Workspace(tmp_path / "project", "system")
    profile = "main:100:0\n 1: {}\n"
    workspace.write({**PROGRAM, "p.prof": profile.format(1), "ltogen.toml": """
        [targets.program]
        sources = ["src/*.c"]
        compile-args = ["-fprofile-sample-use={root}/p.prof"]
        """})
    done = workspace.try_configure("--cc", str(compiler))
    assert done.status == 0, done.text
    (tmp_path / "edited").write_text(profile.format(2))
    workspace.make("-j1")
    assert not (tmp_path / "edited").exists()
    assert kept(tmp_path) == []
    workspace.make()
    assert len(kept(tmp_path)) == 2
    assert workspace.no_work()


def test_modules_that_import_from_each_other(workspace: Workspace) -> None:
    """Their indexes may be the same, and their objects are not."""
    one = "int {0}(int); int {1}(int x) {{ return x > 9 ? x : {0}(x + {2}) * x; }}\n"
    workspace.write({
        "ltogen.toml": '[targets.program]\nsources = ["*.c"]\n',
        "main.c": "int ping(int); int pong(int); int main(int n, char **w) "
                  "{ (void)w; return ping(n) == pong(n); }\n",
        "ping.c": one.format("pong", "ping", 1), "pong.c": one.format("ping", "pong", 2)})
    workspace.configure()
    workspace.make()
    folder = workspace.root / "out/thinlink/program/program"
    indexes = [index.read((folder / f"{name}.c.o.thinlto.bc").read_bytes())
               for name in ("ping", "pong")]
    assert indexes[0]
    assert indexes[1]
    assert indexes[0].rest == indexes[1].rest, "these indexes say whose they are"
    digests = {(folder / f"{name}.c.o.thinlto").read_text().split("\n")[0]
               for name in ("main", "ping", "pong")}
    assert len(digests) == 3
