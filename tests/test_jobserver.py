"""The pool of tokens: taken and given back to the byte, and whole again whatever dies."""

from __future__ import annotations

import array
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ltogen.jobserver import memory, processes
from ltogen.jobserver.governor import Governor
from tests.support.linked import APP, CUBE, MAIN, PATH, SQUARE, Linked, three_modules
from tests.support.system_toolchain import CC, SYSTEM, needs_clang
from tests.support.workspace import run

LTOGEN = [sys.executable, "-P", "-m", "ltogen"]
# A compiler that notes when it runs: what is on the lines between is at work at once.
RECORDER = """\
#!/bin/sh
case " $* " in *" -c "*) ;; *) exec {cc} "$@" ;; esac
echo "+ $$" >> "$RECORD"
sleep 0.05
{cc} "$@"
code=$?
echo "- $$" >> "$RECORD"
exit $code
"""


@pytest.fixture
def linked(tmp_path: Path) -> Linked:
    """Three modules, compiled."""
    return three_modules(tmp_path / "work")


class Pipe:
    """A jobserver's pipe with tokens that can be told apart."""

    TOKENS = b"+abcdefg"

    def __init__(self) -> None:
        self.read, self.write = os.pipe()
        for end in (self.read, self.write):
            os.set_inheritable(end, True)
        os.write(self.write, self.TOKENS)

    @property
    def flags(self) -> str:
        return f" -j9 --jobserver-auth={self.read},{self.write}"

    def content(self) -> bytes:
        size = array.array("i", [0])
        fcntl.ioctl(self.read, termios.FIONREAD, size)
        return bytes(sorted(os.read(self.read, size[0]))) if size[0] else b""


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    made = Pipe()
    yield made
    os.close(made.read)
    os.close(made.write)


def _link(linked: Linked, flags: str, *descriptors: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [CC, "-flto=thin", "-fuse-ld=ltogen", *APP], cwd=linked.folder, pass_fds=descriptors,
        env={**os.environ, "PATH": PATH, "MAKEFLAGS": flags,
             "XDG_CACHE_HOME": str(linked.cache)}, start_new_session=True,
        stderr=subprocess.DEVNULL)


@needs_clang
@pytest.mark.parametrize(("inherited", "more"), [
    (True, ""), (False, ""), (False, " --jobserver-auth=-2,-2")],
    ids=["inherited", "of the make above", "of make 4.4"])
def test_tokens_go_back(linked: Linked, pipe: Pipe, inherited: bool, more: str) -> None:
    """This process is the make above: make 4.3 closes its descriptors for all but makes.

    Make 4.4 does, and says so.
    """
    ends = (pipe.read, pipe.write) if inherited else ()
    assert _link(linked, pipe.flags + more, *ends).wait() == 0
    assert linked.output() == "49 27\n"
    assert pipe.content() == bytes(sorted(Pipe.TOKENS))


@needs_clang
def test_tokens_of_a_path_go_back(linked: Linked, tmp_path: Path) -> None:
    path = tmp_path / "with space"
    os.mkfifo(path)
    fifo = os.open(path, os.O_RDWR)
    os.write(fifo, Pipe.TOKENS)
    flags = f" -j9 --jobserver-auth=fifo:{str(path).replace(' ', chr(92) + ' ')}"
    assert _link(linked, flags).wait() == 0
    assert bytes(sorted(os.read(fifo, 99))) == bytes(sorted(Pipe.TOKENS))
    os.close(fifo)


@needs_clang
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("delay", [0.1, 0.2, 0.3, 0.4])
def test_tokens_go_back_after_a_signal(linked: Linked, pipe: Pipe, number: int,
                                       delay: float) -> None:
    process = _link(linked, pipe.flags, pipe.read, pipe.write)
    time.sleep(delay)
    os.killpg(process.pid, number)
    process.wait()
    deadline = time.monotonic() + 10
    content = b""
    while len(content) < len(Pipe.TOKENS) and time.monotonic() < deadline:
        content += pipe.content()
        time.sleep(0.02)
    assert bytes(sorted(content)) == bytes(sorted(Pipe.TOKENS))


@needs_clang
def test_tokens_go_back_after_a_failure(linked: Linked, pipe: Pipe) -> None:
    linked.write({"main.c": MAIN.replace("cube", "missing")})
    linked.compile("main.c")
    assert _link(linked, pipe.flags, pipe.read, pipe.write).wait() == 1
    assert pipe.content() == bytes(sorted(Pipe.TOKENS))


def _most_at_once(record: Path) -> int:
    running = most = 0
    for line in record.read_text().splitlines():
        running += 1 if line[0] == "+" else -1
        most = max(most, running)
    return most


def _recursive_build(folder: Path) -> dict[str, str]:
    """A makefile with two links, of eight modules each, behind a make of its own."""
    recorder = folder / "bin/clang"
    recorder.parent.mkdir()
    recorder.write_text(RECORDER.format(cc=CC))
    recorder.chmod(0o755)
    modules = [f"part{number}" for number in range(8)]
    for name in modules:
        (folder / f"{name}.c").write_text(f"int {name}(int x) {{ return x * 3 + {name[-1]}; }}\n")
    calls = " + ".join(f"{name}(1)" for name in modules)
    (folder / "main.c").write_text(
        "#include <stdio.h>\n" + "".join(f"int {name}(int);\n" for name in modules)
        + f'int main(void) {{ printf("%d\\n", {calls}); return 0; }}\n')
    objects = " ".join(f"{name}.o" for name in ["main", *modules])
    (folder / "Makefile").write_text(
        "all:\n\t$(MAKE) one two\n"
        f"one two: {objects}\n\t$(CC) $(LDFLAGS) {objects} -o $@\n"
        "%.o: %.c\n\t$(CC) $(CFLAGS) -c $< -o $@\n")
    assert SYSTEM is not None
    # With a linker named, the clang of the backends is the first on PATH: they are recorded too.
    return {"PATH": f"{recorder.parent}:{PATH}", "LTOGEN_LD": SYSTEM.ld[0],
            "RECORD": str(folder / "record"), "CC": "clang",
            # All backends are to run, also those that both programs have.
            "LTOGEN_STATE_DIR": str(folder / "states"), "LTOGEN_CACHE_DIR": "off",
            "CFLAGS": "-O2 -flto=thin", "LDFLAGS": "-flto=thin -fuse-ld=ltogen"}


@needs_clang
@pytest.mark.parametrize("command", [
    ["make", "-j3"],
    [*LTOGEN, "jobserver", "-j3", "--", "make"],
    [*LTOGEN, "jobserver", "--", "make", "-j", "3"],
    [*LTOGEN, "jobserver", "-j3", "--max-memory", "90%", "--", "make"],
], ids=["make", "pool", "make's own -j", "governed"])
def test_never_more_jobs_than_tokens(tmp_path: Path, command: list[str]) -> None:
    environment = _recursive_build(tmp_path)
    words = [f"{name}={environment[name]}" for name in ("CC", "CFLAGS", "LDFLAGS")]
    done = run([*command, *words], tmp_path, {**environment, "MAKEFLAGS": ""})
    assert done.status == 0, done.text
    assert "jobserver" not in done.stderr, done.stderr
    record = tmp_path / "record"
    assert 1 < _most_at_once(record) <= 3
    assert record.read_text().count("+") >= 9 + 2 * 9
    for name in ("one", "two"):
        assert run([str(tmp_path / name)], tmp_path).stdout == "52\n"


CLIENT = """\
import array, fcntl, os, re, signal, sys, termios, time
read, write = map(int, re.findall(r"--jobserver-auth=(\\d+),(\\d+)", os.environ["MAKEFLAGS"])[-1])
reader, writer = os.pipe()
killed = os.fork()
if not killed:
    os.write(writer, os.read(read, 3))
    time.sleep(60)
number = len(os.read(reader, 3))
os.kill(killed, signal.SIGKILL)
os.waitpid(killed, 0)
free = array.array("i", [0])
while free[0] < number:
    time.sleep(0.02)
    fcntl.ioctl(read, termios.FIONREAD, free)
print("whole", flush=True)
"""


@pytest.mark.parametrize("shells", [[], ["sh", "-c", '"$@"; :', "sh"] * 2],
                         ids=["alone", "below shells"])
@pytest.mark.parametrize("options", [[], ["--max-memory", "50%"]], ids=["pool", "governed"])
def test_tokens_of_the_dead_come_back(tmp_path: Path, options: list[str],
                                      shells: list[str]) -> None:
    (tmp_path / "client.py").write_text(CLIENT)
    environment = {**os.environ, "PATH": f"{tmp_path}:{PATH}"}
    (tmp_path / "make").write_text("#!/bin/sh\necho GNU Make 4.3\n")  # the pool by descriptors
    (tmp_path / "make").chmod(0o755)
    command = [*LTOGEN, "jobserver", "-j4", *options, "--", *shells, sys.executable, "client.py"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True,
                          timeout=60)
    assert (done.returncode, done.stdout) == (0, "whole\n"), done.stderr


def test_a_living_client_keeps_its_tokens(tmp_path: Path) -> None:
    """As long as it runs a job for each; the pool is not made larger."""
    (tmp_path / "client.py").write_text("""\
import fcntl, array, os, re, subprocess, termios, time
read, write = map(int, re.findall(r"--jobserver-auth=(\\d+),(\\d+)", os.environ["MAKEFLAGS"])[-1])
tokens = b""
while len(tokens) < 3:
    tokens += os.read(read, 3 - len(tokens))
    subprocess.run(["true"])
jobs = [subprocess.Popen(["sleep", "5"]) for _ in range(4)]
for _ in range(80):
    size = array.array("i", [0])
    fcntl.ioctl(read, termios.FIONREAD, size)
    assert size[0] == 0, size
    time.sleep(0.05)
for job in jobs:
    job.wait()
os.write(write, tokens)
""")
    command = ["timeout", "60", *LTOGEN, "jobserver", "-j4", "--max-memory", "100%"]
    done = run([*command, "--", "sh", "-c",
                f"sleep 0.3; {sys.executable} client.py"], tmp_path)
    assert done.status == 0, done.text


def test_a_job_of_a_known_size_is_not_expected_to_double() -> None:
    watched = Governor(1 << 30)
    eater = [sys.executable, "-c", "x = bytearray(20 << 20); print(flush=True); input()"]
    seen = []
    for start in (0.0, 10.0):
        with subprocess.Popen(eater, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as job:
            assert job.stdout is not None
            job.stdout.readline()
            watched._measure({one: it for one, it in processes.below(os.getpid()).items()
                              if one == job.pid}, start)
            seen.append(watched._full_size(start + 5))
            job.communicate(b"\n")
        watched._measure({}, start + 6)
    assert seen[0] == pytest.approx(2 * seen[1], rel=0.1)


@pytest.mark.parametrize(("command", "status"), [
    (["true"], 0), (["sh", "-c", "exit 3"], 3), (["sh", "-c", "kill -9 $$"], 137),
    (["./nonesuch"], 127)])
def test_exit_status(tmp_path: Path, command: list[str], status: int) -> None:
    done = run([*LTOGEN, "jobserver", "--", *command], tmp_path)
    assert done.status == status
    assert "Traceback" not in done.text


def _alive(marker: str) -> list[str]:
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                words = Path(f"/proc/{name}/environ").read_bytes()
                state = Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if f"MARKER={marker}".encode() in words and state != "Z":
                found.append(name)
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("whom", ["front", "keeper", "make"])
def test_nothing_is_left_behind(tmp_path: Path, number: int, whom: str) -> None:
    # make interrupted alone waits for its jobs.
    seconds = 2 if (whom, number) == ("make", signal.SIGINT) else 50
    (tmp_path / "Makefile").write_text(
        f"all: a b c d\na b c d:\n\tsh -c 'trap \"\" HUP; sleep {seconds}; true'\n")
    marker = f"{tmp_path}"
    process = subprocess.Popen(
        [*LTOGEN, "jobserver", "--", "make", "-j4"], cwd=tmp_path, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, env={**os.environ, "MARKER": marker}, start_new_session=True)
    deadline = time.monotonic() + 20
    while len(_alive(marker)) < 10 and time.monotonic() < deadline:
        time.sleep(0.05)
    victim = process.pid
    for _ in range(("front", "keeper", "make").index(whom)):
        tree = [int(name) for name in _alive(marker)]
        victim = next(pid for pid in tree if int(
            Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]) == victim)
    os.kill(victim, number)
    process.wait(timeout=20)
    while _alive(marker) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert _alive(marker) == []


@pytest.mark.parametrize(("text", "size"), [
    ("1024", 1024), ("8K", 8 << 10), ("8k", None), ("512M", 512 << 20), ("8G", 8 << 30),
    ("1.5G", 3 << 29), ("8GiB", 8 << 30), ("8GB", 8 << 30), ("1T", 1 << 40),
    ("50%", memory.machine() // 2), ("0", None), ("-1G", None), ("", None), ("G", None),
    ("8X", None), ("101%", None), ("0%", None), ("nan", None), ("inf", None), ("1e3", None)])
def test_sizes(tmp_path: Path, text: str, size: int | None) -> None:
    if size is None:
        with pytest.raises(ValueError):
            memory.parse(text)
        done = run([*LTOGEN, "jobserver", f"--max-memory={text}", "--", "true"], tmp_path)
        assert done.status == 2 and "is no size" in done.stderr
    else:
        assert memory.parse(text) == pytest.approx(size, rel=1e-6)


@pytest.mark.parametrize("text", ["0", "-1", "many", "99999", ""])
def test_numbers_of_jobs(tmp_path: Path, text: str) -> None:
    done = run([*LTOGEN, "jobserver", f"--jobs={text}", "--", "true"], tmp_path)
    assert done.status == 2 and "is no number from 1 to 4096" in done.stderr


@needs_clang
@pytest.mark.parametrize("options", [[], ["-j2"], ["--max-memory", "50%"]])
def test_build(tmp_path: Path, options: list[str]) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "ltogen.toml").write_text('[targets.app]\nsources = ["*.c"]\n')
    for name, text in (("main.c", MAIN), ("square.c", SQUARE), ("cube.c", CUBE)):
        (project / name).write_text(text)
    assert run([*LTOGEN, "configure", str(project), "-B", "build"], tmp_path).status == 0
    done = run([*LTOGEN, "build", "-C", "build", *options], tmp_path)
    assert done.status == 0, done.text
    assert run([str(tmp_path / "build/out/app")], tmp_path).stdout == "49 27\n"
    assert "no work" in run([*LTOGEN, "build", "-C", "build", *options], tmp_path).stdout
    missing = run([*LTOGEN, "build", "-C", "project"], tmp_path)
    assert missing.status == 1 and "ltogen configure" in missing.stderr


@pytest.mark.parametrize("command", [["build", "-C", "{0}"], ["jobserver", "--", "true"]])
@pytest.mark.parametrize("options", [["-j8"], ["--max-memory=50%"], []])
def test_a_pool_inside_a_pool_is_said(tmp_path: Path, pipe: Pipe, command: list[str],
                                      options: list[str]) -> None:
    (tmp_path / "build.ninja").write_text(
        "rule r\n  command = echo > $out\nbuild a: r\n")
    words = [word.format(tmp_path) for word in command]
    line = [*LTOGEN, words[0], *options, *words[1:]]
    environment = {**os.environ, "MAKEFLAGS": pipe.flags}
    done = subprocess.run(line, env=environment, pass_fds=(pipe.read, pipe.write), text=True,
                          capture_output=True)
    assert done.returncode == 0, done.stderr
    joins = command[0] == "build" and not options
    assert done.stderr.count("ltogen: warning:") == (not joins), done.stderr
    assert joins or "the jobserver in MAKEFLAGS is left" in done.stderr
    alone = subprocess.run(line, env={**environment, "MAKEFLAGS": ""}, text=True,
                           capture_output=True)
    assert alone.returncode == 0 and "ltogen:" not in alone.stderr, alone.stderr


@needs_clang
def test_a_ninja_that_joins_nothing(linked: Linked, pipe: Pipe) -> None:
    """It gets the tokens that are free, as its own number of jobs, and they go back."""
    ninja = shutil.which("ninja", path="/usr/bin")
    if ninja is None or "jobserver" in run([ninja, "--version"], linked.folder).stdout:
        pytest.skip("no Ninja of Debian's here")
    (linked.folder / "build.ninja").write_text(
        "rule r\n  command = echo $$MAKEFLAGS > $out\nbuild a: r\nbuild b: r\n")
    done = subprocess.run(
        [*LTOGEN, "build", "-C", str(linked.folder), "--ninja", ninja], capture_output=True,
        env={**os.environ, "MAKEFLAGS": pipe.flags}, pass_fds=(pipe.read, pipe.write), text=True)
    assert done.returncode == 0, done.stderr
    assert (linked.folder / "b").read_text() == "\n"
    assert pipe.content() == bytes(sorted(Pipe.TOKENS))
