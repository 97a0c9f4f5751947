"""The state of a link by `ld.ltogen`: where it lies, whose it is, and how long it stays."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.support.linked import APP, OBJECTS, PATH, SQUARE, Linked, three_modules
from tests.support.system_toolchain import CC, SYSTEM, needs_clang

pytestmark = needs_clang
DAY = 86400
NOWHERE_ELSE = {"TMPDIR": "/proc"}


@pytest.fixture
def linked(tmp_path: Path) -> Linked:
    """Three modules, compiled."""
    return three_modules(tmp_path / "work")


def _environment(linked: Linked, **more: str) -> dict[str, str]:
    return {**os.environ, "PATH": PATH, "XDG_CACHE_HOME": str(linked.cache), "MAKEFLAGS": "",
            **more}


def _edit(linked: Linked) -> None:
    linked.write({"square.c": SQUARE.replace("x * x", "x + x")})
    linked.compile("square.c")


def test_nothing_but_the_output_appears_where_it_is(linked: Linked) -> None:
    (linked.folder / "out").mkdir()
    before = {path.name for path in linked.folder.iterdir()}
    linked.link(*OBJECTS, "-o", "out/app")
    assert [path.name for path in (linked.folder / "out").iterdir()] == ["app"]
    assert {path.name for path in linked.folder.iterdir()} == before
    assert linked.state().stat().st_mode & 0o777 == 0o700


def test_outputs_of_one_name_have_states_of_their_own(linked: Linked) -> None:
    for folder in ("one", "two"):
        (linked.folder / folder).mkdir()
        assert linked.link(*OBJECTS, "-o", f"{folder}/app") == "3 of 3 modules compiled"
    assert linked.link(*OBJECTS, "-o", "one/../two/app") != "3 of 3 modules compiled"
    assert len(list((linked.cache / "ltogen/links").glob("app-*"))) == 2


@pytest.mark.parametrize("name", ["x" * 220, "..app", "a b", "é"])
def test_any_name_of_an_output_has_a_state(linked: Linked, name: str) -> None:
    made = linked.link(*OBJECTS, "-o", name)
    assert linked.output(name) == "49 27\n"
    assert made == "3 of 3 modules compiled" or name == "é"


def test_the_cache_of_a_home(linked: Linked) -> None:
    home = linked.folder.parent / "home"
    home.mkdir()
    for cache in ("", "relative"):  # which the specification says is to be ignored
        linked.link(*APP, XDG_CACHE_HOME=cache, HOME=str(home))
        assert len(list((home / ".cache/ltogen/links").glob("app-*"))) == 1


@pytest.mark.parametrize("home", ["", "/nonexistent", "/", "/proc"])
def test_without_a_home_states_are_temporary(linked: Linked, home: str) -> None:
    temporary = linked.folder.parent / "temporary"
    temporary.mkdir()
    words = {"XDG_CACHE_HOME": "", "HOME": home, "TMPDIR": str(temporary)}
    if home == "/nonexistent" and os.geteuid() == 0:
        words["HOME"] = "/proc/nonexistent"  # where root cannot make any either
    assert linked.link(*APP, **words) == "3 of 3 modules compiled"
    assert linked.link(*APP, **words) == "up to date"
    assert [path.name for path in temporary.iterdir()] == [f"ltogen-links-{os.geteuid()}"]


def test_without_any_place_a_link_is_lld_s(linked: Linked) -> None:
    done = linked.try_link(*APP, XDG_CACHE_HOME="/proc/none", TMPDIR="/proc")
    assert done.status == 0
    (line,) = done.stderr.splitlines()
    assert line.startswith("ld.ltogen: warning: app is left to lld: its state cannot be kept: ")
    assert linked.output() == "49 27\n"


def test_another_s_temporary_folder_is_not_taken(linked: Linked) -> None:
    root = linked.folder.parent / f"ltogen-links-{os.geteuid()}"
    root.mkdir()
    root.chmod(0o777)
    done = linked.try_link(*APP, XDG_CACHE_HOME="/proc/none", TMPDIR=str(root.parent))
    assert done.status == 0 and linked.became().startswith("left to lld: its state cannot be kept")
    assert list(root.iterdir()) == []


def test_a_folder_of_somebody_else_is_left_alone(linked: Linked) -> None:
    """Even if it has the name, and files of the names, that a state has."""
    linked.link(*APP)
    state = linked.state()
    linked.run(["rm", "-rf", str(state)])
    victims = ["lock", "record", "build.ninja", "bitcode/square.o", "native/link/main.o"]
    for name in victims:
        (state / name).parent.mkdir(parents=True, exist_ok=True)
        (state / name).write_text("mine")
    done = linked.try_link(*APP, **NOWHERE_ELSE)
    assert done.status == 0 and "was not made by ltogen" in done.stderr
    assert linked.output() == "49 27\n"
    assert [(state / name).read_text() for name in victims] == ["mine"] * len(victims)
    assert sum(path.is_file() for path in state.rglob("*")) == len(victims)


def test_a_symbolic_link_is_no_state(linked: Linked) -> None:
    linked.link(*APP)
    state, elsewhere = linked.state(), linked.folder / "elsewhere"
    state.rename(elsewhere)
    state.symlink_to(elsewhere)
    before = {path: path.stat().st_mtime_ns for path in elsewhere.rglob("*")}
    _edit(linked)
    done = linked.try_link(*APP, **NOWHERE_ELSE)
    assert done.status == 0 and "is no folder" in done.stderr
    assert {path: path.stat().st_mtime_ns for path in elsewhere.rglob("*")} == before
    assert linked.output() == "14 18\n"


@pytest.mark.parametrize("name", ["lock", "ltogen-state", "native", "record.new", "build.ninja"])
def test_symbolic_links_in_a_state_are_not_followed(linked: Linked, name: str) -> None:
    linked.link(*APP)
    state, victim = linked.state(), linked.folder / "victim"
    if (state / name).is_dir():
        victim.mkdir()
        (state / name).rename(state / "aside")
    else:
        (state / name).unlink(missing_ok=True)
    (state / name).symlink_to(victim)  # of files: it dangles
    _edit(linked)
    done = linked.try_link(*APP, **NOWHERE_ELSE)
    assert done.status == 0 and done.stderr.startswith("ld.ltogen: warning: app is left to lld")
    assert not victim.exists() or not list(victim.iterdir())
    assert linked.output() == "14 18\n"


def test_a_garbled_log_deletes_nothing_outside(linked: Linked) -> None:
    linked.link(*APP)
    state, victim = linked.state(), linked.folder / "victim"
    victim.write_text("mine")
    way = f"{state}/{os.path.relpath(victim, state)}"
    with (state / ".ninja_log").open("a") as log:
        log.write(f"1\t2\t3\t{way}\tabc\n")
    with (state / "build.ninja").open("a") as manifest:
        manifest.write(f"build {way}: link.link\n")
    linked.write({"more.c": "int more;\n"})
    linked.compile("more.c")
    linked.link(*APP, "more.o")
    assert victim.read_text() == "mine"


def _aged(linked: Linked, days: float) -> None:
    """Make the last prune, and the last use of every state, so many days old."""
    links = linked.cache / "ltogen/links"
    for path in (links / ".pruned", *links.glob("*/record")):
        if path.exists():
            then = time.time() - days * DAY
            os.utime(path, (then, then))


def _states(linked: Linked) -> list[str]:
    return sorted(path.name.rpartition("-")[0] for path in (linked.cache / "ltogen/links").iterdir()
                  if not path.name.startswith("."))


def test_states_that_no_link_uses_go(linked: Linked) -> None:
    linked.link(*APP)
    linked.link(*OBJECTS, "-o", "kept")
    foreign = linked.cache / "ltogen/links/foreign-0"
    foreign.mkdir()
    (foreign / "record").write_text("mine")
    _aged(linked, 31)
    assert linked.link(*OBJECTS, "-o", "kept") == "up to date"
    assert linked.link(*OBJECTS, "-o", "third") == "3 of 3 modules compiled"
    assert _states(linked) == ["foreign", "kept", "third"]
    assert linked.link(*APP) == "3 of 3 modules compiled"


def test_the_oldest_states_go_where_all_are_too_large(linked: Linked) -> None:
    for name in ("one", "two", "three"):
        linked.link(*OBJECTS, "-o", name)
        with (linked.state(name) / "native/large").open("wb") as file:
            file.truncate(2 << 30)
    _aged(linked, 2)
    for name in ("three", "one"):
        assert linked.link(*OBJECTS, "-o", name) == "up to date"
    linked.link(*APP)
    assert _states(linked) == ["app", "one", "three"]


def test_a_state_in_use_stays(linked: Linked) -> None:
    linked.link(*APP)
    _aged(linked, 31)
    lock = subprocess.Popen(["flock", str(linked.state() / "lock"), "sh", "-c", "echo; read x"],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert lock.stdin and lock.stdout and lock.stdout.readline()
    linked.link(*OBJECTS, "-o", "other")
    assert _states(linked) == ["app", "other"]
    lock.communicate(b"\n")


def test_who_waits_for_a_state_that_goes_makes_another(linked: Linked) -> None:
    linked.link(*APP)
    state = linked.state()
    _edit(linked)
    lock = subprocess.Popen(["flock", str(state / "lock"), "sh", "-c",
                             f"echo; read x; mv '{state}' '{state}.gone'"],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert lock.stdin and lock.stdout and lock.stdout.readline()
    waits = subprocess.Popen([CC, "-flto=thin", "-fuse-ld=ltogen", *APP], cwd=linked.folder,
                             env=_environment(linked))
    while not _waits_for_a_lock(waits.pid):
        assert waits.poll() is None
        time.sleep(0.01)
    lock.communicate(b"\n")
    assert waits.wait() == 0
    assert linked.output() == "14 18\n"
    assert (state / "record").exists()


def _waits_for_a_lock(process: int) -> bool:
    """Whether a child of a process is held up by flock."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return any("->" in line and f" {child} " in line for child in children
               for line in Path("/proc/locks").read_text().splitlines())


_SLOW_LLD = """\
#!/bin/sh
case "$*" in *--thinlto-index-only*) echo $$ > pid; mv pid started; read x < go;; esac
exec {lld} "$@"
"""


def _start_slow(linked: Linked) -> tuple[subprocess.Popen[bytes], int]:
    """A link, and the process of its graph that waits for a line in the pipe `go`."""
    assert SYSTEM is not None
    linked.write({"slow-lld": _SLOW_LLD.format(lld=SYSTEM.ld[0])})
    (linked.folder / "slow-lld").chmod(0o755)
    os.mkfifo(linked.folder / "go")
    link = subprocess.Popen(
        ["ld.ltogen", *OBJECTS, "-shared", "-o", "app.so"], cwd=linked.folder,
        env=_environment(linked, LTOGEN_LD="./slow-lld"), start_new_session=True)
    started = linked.folder / "started"
    while not started.exists():
        assert link.poll() is None
        time.sleep(0.01)
    return link, int(started.read_text())


def _runs(process: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_a_build_ends_with_its_link(linked: Linked, number: int) -> None:
    """Only the link is killed, not what it runs."""
    link, waits = _start_slow(linked)
    os.kill(link.pid, number)
    assert link.wait() != 0
    while _runs(waits):  # for ever, if nobody ends it
        time.sleep(0.01)
    linked.link(*APP)
    assert linked.output() == "49 27\n"


def test_an_orphan_keeps_others_out(linked: Linked) -> None:
    """Killed with its Ninja, a link leaves what Ninja ran: each is a process group of its own."""
    link, waits = _start_slow(linked)
    os.killpg(link.pid, signal.SIGKILL)
    link.wait()
    assert _runs(waits)
    command = ["ld.ltogen", *OBJECTS, "-shared", "-o", "app.so"]
    second = subprocess.Popen(["sh", "-c", f"{' '.join(command)}; exit $?"], cwd=linked.folder,
                              env=_environment(linked, LTOGEN_LD=SYSTEM.ld[0] if SYSTEM else ""))
    while not _waits_for_a_lock(second.pid):
        assert second.poll() is None
        time.sleep(0.01)
    (linked.folder / "go").write_text("\n")
    assert second.wait() == 0
    assert not _runs(waits)
