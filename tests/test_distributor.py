"""`ltogen-distributor` by real lld: objects of every kind of link, from the store and by Ninja."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ltogen.base.errors import UserError
from ltogen.dtlto import linker, request
from ltogen.dtlto.backends import Backends
from tests.support.linked import APP, CUBE, MAIN, OBJECTS, PATH, SCRIPTS, SQUARE, Linked
from tests.support.system_toolchain import AR, CC, SYSTEM
from tests.support.workspace import Run, run

pytestmark = pytest.mark.skipif(SYSTEM is None or SYSTEM.major < 22,
                                reason="no clang that takes -fthinlto-distributor")

DISTRIBUTOR = SCRIPTS / "ltogen-distributor"


class Distributed(Linked):
    """Links by lld, whose backends `ltogen-distributor` runs."""

    def try_link(self, *words: str, linker: str = "lld", **environment: str) -> Run:
        """A link that may fail."""
        return self.run([CC, "-flto=thin", f"-fuse-ld={linker}",
                         f"-fthinlto-distributor={DISTRIBUTOR}", *words], **environment)

    def compiled(self, *words: str, **environment: str) -> int:
        """How many modules a link compiled, which must succeed."""
        done = self.try_link(*words, **environment)
        assert done.status == 0, done.text
        if not self.journal.exists():
            return 0
        return int(self.journal.read_text().rpartition(": ")[2].split()[0])

    def output(self, program: str = "./app") -> str:
        """What a program prints."""
        return self.run([program]).stdout

    def left(self) -> list[str]:
        """What a link has left beside its product."""
        return [name for name in os.listdir(self.folder) if ".native." in name or "dist" in name]


@pytest.fixture
def linked(tmp_path: Path) -> Distributed:
    """Three sources and their objects."""
    made = Distributed(tmp_path / "work")
    made.folder.mkdir()
    made.write({"main.c": MAIN, "square.c": SQUARE, "cube.c": CUBE})
    made.compile("main.c", "square.c", "cube.c")
    return made


def edit(linked: Distributed, name: str, old: str, new: str) -> None:
    """Change a source, and compile it."""
    path = linked.folder / name
    path.write_text(path.read_text().replace(old, new))
    linked.compile(name)


def test_objects_are_made_once(linked: Distributed) -> None:
    assert linked.compiled(*APP) == 3
    assert linked.output() == "49 27\n"
    assert linked.compiled(*APP) == 0
    assert linked.output() == "49 27\n"
    edit(linked, "main.c", "square(7)", "square(8)")
    assert linked.compiled(*APP) == 1
    assert linked.output() == "64 27\n"
    edit(linked, "main.c", "square(8)", "square(7)")
    assert linked.compiled(*APP) == 0
    assert linked.left() == []


def test_in_another_folder(linked: Distributed, tmp_path: Path) -> None:
    assert linked.compiled(*APP) == 3
    other = Distributed(tmp_path / "other place")
    shutil.copytree(linked.folder, other.folder)
    assert other.compiled(*APP) == 0
    assert other.output() == "49 27\n"


@pytest.mark.parametrize("kind", ["qcs", "qcsT"])
def test_archives(linked: Distributed, kind: str) -> None:
    """lld gives members files of their own, with its process in their names."""
    (linked.folder / "sub").mkdir()
    linked.write({"sub/square.c": "int more(int x) { return x + 1; }\n",
                  "main.c": MAIN.replace("square(7)", "square(7) + more(0)").replace(
                      "int square", "int more(int), square")})
    linked.compile("main.c", "sub/square.c")
    words = ("main.o", "lib.a", "-o", "app")
    assert linked.run([AR, kind, "lib.a", "square.o", "cube.o", "sub/square.o"]).status == 0
    assert linked.compiled(*words) == 4
    assert linked.output() == "50 27\n"
    assert linked.compiled(*words) == 0
    assert linked.output() == "50 27\n"
    edit(linked, "sub/square.c", "x + 1", "x + 2")
    assert linked.run([AR, kind, "lib.a", "sub/square.o"]).status == 0
    (linked.folder / "lib.a").unlink()
    assert linked.run([AR, kind, "lib.a", "square.o", "cube.o", "sub/square.o"]).status == 0
    assert linked.compiled(*words) in (1, 2)
    assert linked.output() == "51 27\n"


def test_natives_full_and_thin_modules(linked: Distributed) -> None:
    linked.compile("cube.c", flags=("-O2", "-flto=full"))
    linked.compile("square.c", flags=("-O2",))
    assert linked.compiled(*APP) == 1
    assert linked.output() == "49 27\n"
    linked.compile("main.c", flags=("-O2", "-flto=full"))
    linked.journal.unlink(missing_ok=True)
    assert linked.compiled(*APP) == 0
    assert linked.output() == "49 27\n"


def test_fat_objects(linked: Distributed) -> None:
    linked.compile("main.c", "square.c", "cube.c", flags=("-O2", "-flto=thin", "-ffat-lto-objects"))
    words = ("-ffat-lto-objects", *APP)
    assert linked.compiled(*words) == 3
    assert linked.compiled(*words) == 0
    assert linked.output() == "49 27\n"


def test_lld_s_own_cache(linked: Distributed) -> None:
    words = ("-Wl,--thinlto-cache-dir=cache", *APP)
    assert linked.compiled(*words) == 3
    edit(linked, "main.c", "square(7)", "square(8)")
    assert linked.compiled(*words) == 1
    assert linked.output() == "64 27\n"


def test_files_that_are_kept(linked: Distributed) -> None:
    assert linked.compiled("-Wl,--save-temps", *APP) == 3
    assert len([name for name in linked.left() if name.endswith(".native.o")]) == 3


def test_no_module_and_one(linked: Distributed) -> None:
    linked.compile("square.c", "cube.c", flags=("-O2",))
    assert linked.compiled(*APP) == 1
    assert linked.output() == "49 27\n"
    linked.compile("main.c", flags=("-O2",))
    assert linked.compiled(*APP) == 0


def test_many_modules(linked: Distributed) -> None:
    names = [f"m{number}" for number in range(60)]
    calls = " + ".join(f"{name}()" for name in names)
    declared = "".join(f"int {name}(void);\n" for name in names)
    linked.write({"main.c": f"#include <stdio.h>\n{declared}"
                            f'int main(void) {{ printf("%d\\n", {calls}); }}\n',
                  **{f"{name}.c": f"int {name}(void) {{ return {number}; }}\n"
                     for number, name in enumerate(names)}})
    sources = [f"{name}.c" for name in ("main", *names)]
    assert linked.run([CC, "-O1", "-flto=thin", "-c", *sources]).status == 0
    words = ("main.o", *(f"{name}.o" for name in names), "-o", "app")
    assert linked.compiled(*words) == 61
    assert linked.output() == f"{sum(range(60))}\n"
    assert linked.compiled(*words) == 0
    assert linked.left() == []


def test_odd_names(linked: Distributed) -> None:
    """Of names that are legal for lld; the thin link writes modules' paths in seven bits."""
    odd = linked.folder / "a b$c'd:#%"
    odd.mkdir()
    for name in OBJECTS:
        (linked.folder / name).rename(odd / name)
    inputs = [str(odd.relative_to(linked.folder) / name) for name in OBJECTS]
    assert linked.compiled(*inputs, "-o", "app x$y") == 3
    assert linked.run(["./app x$y"]).stdout == "49 27\n"
    assert linked.compiled(*inputs, "-o", "app x$y") == 0


def test_what_lld_does_not_tell(linked: Distributed) -> None:
    """Options for the linker's own backends; the object shows them."""
    linked.write({"square.c": "int twice(int); int square(int x) { return twice(x) * x; }\n"
                              "__attribute__((noinline)) int twice(int x) { return x; }\n"})
    linked.compile("square.c")
    words = ("-Wl,--save-temps", "-Wl,--lto-basic-block-sections=all",
             "-Wl,-mllvm,-stack-size-section", *APP)
    assert linked.compiled(*words) == 3
    (made,) = linked.folder.glob("square.*.native.o")
    headers = linked.run([AR.replace("llvm-ar", "llvm-readelf"), "-S", made.name]).stdout
    assert ".stack_sizes" in headers


def test_what_cannot_be_told_is_named(linked: Distributed) -> None:
    done = linked.try_link("-Wl,--opt-remarks-filename,x.yaml", *APP)
    assert done.status == 0
    assert ("ltogen-distributor: warning: --opt-remarks-filename has no effect on distributed "
            "backends\n") in done.stderr


def test_lines_of_other_linkers() -> None:
    assert linker.of_line(["lld-link", "/mllvm:-x=1", "a.obj"]).words == ("-mllvm", "-x=1")
    assert linker.of_line(["make", "-j2"]) == linker.Flags()
    assert linker.of_line([]) == linker.Flags()
    assert linker.of_line(["/opt/ld.lld-22", "-shared", "a.o"]).words == ()
    with pytest.raises(UserError, match="-always-rename-promoted-locals=false: "):
        linker.of_line(["ld.lld", "-mllvm", "-always-rename-promoted-locals=false"])


def test_what_lld_23_does_and_its_clang_does_not(tmp_path: Path) -> None:
    """No package has that one yet."""
    clang = tmp_path / "clang"
    clang.write_text("#!/bin/sh\necho clang version 23.1.0\n")
    clang.chmod(0o755)
    (tmp_path / "i").write_text("")
    asked = request.Request(request.Common("x", [str(clang), "-c"], []),
                            [request.Job(["a.o", "-o", "n.o"], ["a.o", str(tmp_path / "i")],
                                         ["n.o"])])
    action = Backends(asked, ()).action(asked.jobs[0], "key", "")
    assert "-floop-interchange" in action.argv()


def test_a_profile_is_part_of_the_key(linked: Distributed) -> None:
    profile = "square:100:0\n 1: {}\n"
    (linked.folder / "p.prof").write_text(profile.format(10))
    words = ("-Wl,--lto-sample-profile=p.prof", *APP)
    assert linked.compiled(*words) == 3
    assert linked.compiled(*words) == 0
    (linked.folder / "p.prof").write_text(profile.format(20))
    assert linked.compiled(*words) == 3


def test_a_backend_that_fails_is_named(linked: Distributed) -> None:
    linked.write({"square.c": 'int square(int x) { __asm__("no such thing"); return x; }\n'})
    linked.compile("square.c")
    done = linked.try_link(*APP)
    assert done.status != 0
    assert done.stderr.count(".o: its backend made no object\n") in (1, 2)
    assert "Traceback" not in done.stderr
    assert linked.left() == []
    assert not (linked.folder / "app").exists()


def test_a_compiler_that_is_not_there(linked: Distributed) -> None:
    done = linked.try_link("-Wl,--thinlto-remote-compiler=no-such-clang", *APP)
    assert done.status != 0
    assert "ltogen-distributor: no-such-clang: no such compiler" in done.stderr


def test_a_compiler_that_writes_nothing(linked: Distributed) -> None:
    quiet = linked.folder / "quiet"
    quiet.write_text("#!/bin/sh\nexit 0\n")
    quiet.chmod(0o755)
    done = linked.try_link(f"-Wl,--thinlto-remote-compiler={quiet}", *APP)
    assert done.status != 0
    assert done.stderr.count(".o: its backend made no object\n") in (1, 2)
    assert f"{quiet} wrote nothing" in done.stderr


JOB = {"args": ["a.o", "-fthinlto-index=i", "-o", "n.o"], "inputs": ["a.o", "i"],
       "outputs": ["n.o"]}
REQUEST = {"common": {"linker_output": "x", "args": [CC, "-c"], "inputs": []}, "jobs": [JOB]}


@pytest.mark.parametrize(("change", "message"), [
    ({"jobs": [{**JOB, "extra": 1}]}, "jobs[0]: Object contains unknown field `extra`"),
    ({"jobs": [{**JOB, "outputs": []}]}, "jobs[0]: outputs: none"),
    ({"jobs": [{**JOB, "inputs": ["a.o"]}]}, "jobs[0]: inputs: the bitcode and its"),
    ({"jobs": [{**JOB, "outputs": ["other.o"]}]}, "jobs[0]: args: they do not write"),
    ({"jobs": [{"args": [], "outputs": ["x"]}]}, "jobs[0]: Object missing required field"),
    ({"jobs": [{**JOB, "inputs": ["a.o", 3]}]}, "jobs[0].inputs[1]: Expected `str`"),
    ({"jobs": [{"primary_input": ["a.o"]}]}, "a draft of the protocol, with primary_input"),
    ({"common": {"linker_output": "x", "args": ["cc"], "inputs": []}}, "common.args: not a"),
    ({"common": {"linker_output": "x", "args": ["-c"], "inputs": []}}, "common.args: not a"),
    ({"more": 1}, "unknown field `more`"),
    ({}, "a.o: its index i is not there"),
])
def test_what_is_no_request(tmp_path: Path, change: dict[str, object], message: str) -> None:
    (tmp_path / "r.json").write_text(json.dumps({**REQUEST, **change}))
    done = run([str(DISTRIBUTOR), "r.json"], tmp_path)
    assert done.status == 1
    assert message in done.stderr
    assert done.stderr.startswith("ltogen-distributor: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("text", ["", "{", "[]", "[" * 3000, "\xff", '{"common": 1}'])
def test_what_is_no_json(tmp_path: Path, text: str) -> None:
    (tmp_path / "r.json").write_bytes(text.encode("latin-1"))
    done = run([str(DISTRIBUTOR), "r.json"], tmp_path)
    assert (done.status, done.stderr.count("\n")) == (1, 1)


def test_without_an_argument(tmp_path: Path) -> None:
    assert run([str(DISTRIBUTOR)], tmp_path).status == 2
    done = run([str(DISTRIBUTOR), "--help"], tmp_path)
    assert (done.status, done.stdout[:6]) == (0, "usage:")
    assert "no option of it" in run([str(DISTRIBUTOR), "--x", "r.json"], tmp_path).stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_link_that_is_killed(linked: Distributed, number: int) -> None:
    """What it runs ends with it, and the next link is whole."""
    slow = linked.folder / "slow"
    slow.write_text("#!/bin/sh\n[ $1 = --version ] && exit\necho $$ >> pids\nsleep 60\n")
    slow.chmod(0o755)
    environment = {**os.environ, "PATH": PATH, "XDG_CACHE_HOME": str(linked.cache)}
    link = subprocess.Popen(
        [SYSTEM.ld[0] if SYSTEM else "", "-shared", "main.o", "square.o", "-o", "app",
         f"--thinlto-distributor={DISTRIBUTOR}", f"--thinlto-remote-compiler={slow}"],
        cwd=linked.folder, env=environment, start_new_session=True)
    pids = linked.folder / "pids"
    _until(lambda: pids.exists() and len(pids.read_text().split()) >= 2)
    if number == signal.SIGINT:
        os.killpg(link.pid, number)  # as a terminal does
    else:
        link.kill()
    link.wait()
    _until(lambda: not any(map(_runs, pids.read_text().split())))
    assert linked.compiled(*APP) == 3
    assert linked.output() == "49 27\n"


def _runs(process: str) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _until(true: Callable[[], bool]) -> None:
    for _ in range(200):
        if true():
            return
        time.sleep(0.1)
    raise AssertionError("it did not come true in time")


def test_in_a_jobserver(linked: Distributed) -> None:
    """The jobs of a link in `make -j2` are no more than two."""
    counting = linked.folder / "counting"
    counting.write_text("#!/bin/sh\n[ $1 = --version ] && exit\n"
                        "mkdir -p running; : > running/$$; ls running | wc -l >> counts\n"
                        f'sleep 0.2\n{CC} "$@"; code=$?\nrm running/$$; exit $code\n')
    counting.chmod(0o755)
    link = (f"+{CC} -flto=thin -fuse-ld=lld -fthinlto-distributor={DISTRIBUTOR} "
            f"-Wl,--thinlto-remote-compiler={counting} {' '.join(OBJECTS)} -o app")
    (linked.folder / "Makefile").write_text(f"app:\n\t{link}\n")
    done = linked.run(["make", "-j2"], LTOGEN_JOBS="3")
    assert done.status == 0, done.text
    assert max(map(int, (linked.folder / "counts").read_text().split())) == 2
