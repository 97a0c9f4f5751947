"""`ld.ltogen`: the link that lld would do, and nothing done twice."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.support.bitcode_patch import with_major
from tests.support.linked import APP, CUBE, MAIN, OBJECTS, PATH, SQUARE, Linked, three_modules
from tests.support.system_toolchain import AR, CC, MAJOR, SYSTEM, needs_clang

pytestmark = needs_clang


@pytest.fixture
def linked(tmp_path: Path) -> Linked:
    """Three modules, compiled."""
    return three_modules(tmp_path / "work")


def test_a_program_and_its_edits(linked: Linked) -> None:
    assert linked.link(*APP) == "3 of 3 modules compiled"
    assert linked.output() == "49 27\n"
    assert linked.link(*APP) == "up to date"
    linked.write({"square.c": SQUARE.replace("x * x", "x * x + 1")})
    linked.compile("square.c")
    linked.link(*APP)
    assert linked.output() == "50 30\n"
    assert (linked.folder / "app").read_bytes() == linked.clean(*APP)
    linked.write({"square.c": SQUARE})
    linked.compile("square.c")
    linked.link(*APP)
    assert linked.output() == "49 27\n"
    assert (linked.folder / "app").read_bytes() == linked.clean(*APP)


def test_only_what_imports_is_compiled_again(linked: Linked) -> None:
    linked.write({"alone.c": "int alone(void) { return 1; }\n"})
    linked.compile("alone.c")
    words = (*APP, "alone.o", "-Wl,--undefined=alone")
    assert linked.link(*words) == "4 of 4 modules compiled"
    linked.write({"alone.c": "int alone(void) { return 2; }\n"})
    linked.compile("alone.c")
    assert linked.link(*words) == "1 of 4 modules compiled"


def test_what_was_only_written_again_is_the_same(linked: Linked) -> None:
    linked.link(*APP)
    linked.compile("main.c", "square.c", "cube.c")
    before = (linked.folder / "app").stat().st_mtime_ns
    assert linked.link(*APP) == "up to date"
    assert (linked.folder / "app").stat().st_mtime_ns > before
    assert linked.link(*APP) == "up to date"


@pytest.mark.parametrize("flags", [("-O2", "-flto=thin"), ("-O2",)], ids=["bitcode", "native"])
def test_an_older_file_is_another_file(linked: Linked, flags: tuple[str, ...]) -> None:
    linked.compile("square.c", flags=flags)
    linked.link(*APP)
    linked.write({"square.c": SQUARE.replace("x * x", "x + x")})
    linked.compile("square.c", flags=flags)
    os.utime(linked.folder / "square.o", (1, 1))
    linked.link(*APP)
    assert linked.output() == "14 18\n"


def test_what_was_changed_behind_the_link_is_made_again(linked: Linked) -> None:
    linked.link(*APP, "-Wl,-Map=app.map")
    whole = (linked.folder / "app").read_bytes()
    (linked.folder / "app").write_bytes(whole[:100])
    assert linked.link(*APP, "-Wl,-Map=app.map") == "0 of 3 modules compiled"
    assert (linked.folder / "app").read_bytes() == whole
    (linked.folder / "app.map").unlink()
    linked.link(*APP, "-Wl,-Map=app.map")
    assert "square" in (linked.folder / "app.map").read_text()


def test_another_command_line(linked: Linked) -> None:
    linked.link(*APP)
    linked.link(*APP, "-Wl,--defsym=cube=square")
    assert linked.output() == "49 9\n"
    linked.link(*APP)
    assert linked.output() == "49 27\n"
    linked.write({"wrap.c": "int __wrap_cube(int x) { return -x; }\n"})
    linked.compile("wrap.c")
    linked.link(*APP, "wrap.o", "-Wl,--wrap=cube")
    assert linked.output() == "49 -3\n"


def test_a_library_that_appears_in_an_earlier_folder(linked: Linked) -> None:
    linked.write({"far/number.c": "int number(void) { return 1; }\n",
                  "near/number.c": "int number(void) { return 2; }\n",
                  "main.c": "int number(void);\n" + MAIN.replace("square(7)", "number()")})
    linked.compile("main.c")
    linked.compile("far/number.c", "near/number.c", flags=("-O2", "-fPIC"))
    linked.run([AR, "rcs", "far/libnumber.a", "far/number.o"])
    words = (*APP, "-Lnear", "-Lfar", "-lnumber")
    linked.link(*words)
    assert linked.output() == "1 27\n"
    linked.run([AR, "rcs", "near/libnumber.a", "near/number.o"])
    linked.link(*words)
    assert linked.output() == "2 27\n"
    linked.run([CC, "-shared", "far/number.o", "-o", "near/libnumber.so"])
    linked.link(*words, "-Wl,-rpath,$ORIGIN/near")
    assert linked.output() == "1 27\n"


@pytest.mark.parametrize("options", ["rcs", "rcsT"], ids=["archive", "thin archive"])
def test_archives_of_bitcode(linked: Linked, options: str) -> None:
    linked.write({"unused.c": "int missing(void); int unused(void) { return missing(); }\n"})
    linked.compile("unused.c")
    linked.run([AR, options, "libmath.a", "square.o", "cube.o", "unused.o"])
    words = ("main.o", "-L.", "-lmath", "-o", "app")
    linked.link(*words)
    assert linked.output() == "49 27\n"
    linked.write({"square.c": SQUARE.replace("x * x", "x + x")})
    linked.compile("square.c")
    linked.run([AR, options, "libmath.a", "square.o", "cube.o", "unused.o"])
    linked.link(*words)
    assert linked.output() == "14 18\n"
    assert (linked.folder / "app").read_bytes() == linked.clean(*words)


def test_a_shared_library(linked: Linked) -> None:
    linked.compile("square.c", "cube.c", flags=("-O2", "-flto=thin", "-fPIC"))
    linked.write({"exports": "{ global: cube; local: *; };\n"})
    words = ("-shared", "square.o", "cube.o", "-Wl,--version-script=exports", "-o", "libcube.so")
    assert linked.link(*words) == "2 of 2 modules compiled"
    names = linked.run([AR[::-1].replace("ra", "mn", 1)[::-1], "-D", "--defined-only",
                        "libcube.so"]).stdout
    assert " cube" in names and "square" not in names
    linked.write({"exports": "{ global: cube; square; local: *; };\n"})
    linked.link(*words)
    assert " square" in linked.run(["nm", "-D", "libcube.so"]).stdout


def test_objects_of_one_command(linked: Linked) -> None:
    """The driver compiles into temporary files, whose names are others each time."""
    words = ("-O2", "main.c", "square.c", "cube.c", "-o", "app")
    assert linked.link(*words) == "3 of 3 modules compiled"
    assert linked.link(*words) == "up to date"
    linked.write({"cube.c": CUBE.replace("x *", "2 * x *")})
    linked.link(*words)
    assert linked.output() == "49 54\n"


def test_a_response_file(linked: Linked) -> None:
    linked.write({"objects.rsp": "main.o 'square.o'\ncube.o -o\napp"})
    linked.link("@objects.rsp")
    assert linked.output() == "49 27\n"


@pytest.mark.parametrize("name", ["with space", "a$b", "it's", 'quo"te', "ä", "a;b", "a#b", "-x",
                                  "a%20b", "a:b", "a*b"])
def test_names(linked: Linked, name: str) -> None:
    """By a graph or by lld: right in any case."""
    (linked.folder / "square.o").rename(linked.folder / f"{name}.o")
    linked.link("main.o", f"./{name}.o", "cube.o", "-o", f"./{name}")
    assert linked.output(name) == "49 27\n"
    linked.write({"square.c": SQUARE.replace("x * x", "x + x")})
    linked.compile("square.c")
    (linked.folder / "square.o").rename(linked.folder / f"{name}.o")
    linked.link("main.o", f"./{name}.o", "cube.o", "-o", f"./{name}")
    assert linked.output(name) == "14 18\n"
    linked.link("main.o", f"./{name}.o", "cube.o", "-o", "elsewhere",
                LTOGEN_STATE_DIR=f"./{name} state")
    assert linked.output("elsewhere") == "14 18\n"


def test_a_dependency_file(linked: Linked) -> None:
    """As CMake's Makefiles ask for it: of the objects themselves."""
    words = (*APP, "-Wl,--dependency-file=app.d")
    assert linked.link(*words) == "3 of 3 modules compiled"
    text = (linked.folder / "app.d").read_text()
    assert text.startswith("app:") and all(f" {name}" in text for name in OBJECTS)
    assert "libc" in text and ".ltogen" not in text and "clang" not in text.replace("/work", "")
    assert linked.link(*words) == "up to date"
    (linked.folder / "app.d").unlink()
    linked.link(*words)
    assert (linked.folder / "app.d").read_text() == text


def test_libtool_s_folder(linked: Linked) -> None:
    """It is emptied before each link."""
    linked.compile("square.c", "cube.c", flags=("-O2", "-flto=thin", "-fPIC"))
    (linked.folder / ".libs").mkdir()
    words = ("-shared", "square.o", "cube.o", "-o", ".libs/libcube.so.1")
    linked.link(*words)
    assert [path.name for path in (linked.folder / ".libs").iterdir()] == ["libcube.so.1"]
    (linked.folder / ".libs/libcube.so.1").unlink()
    assert linked.link(*words) == "0 of 2 modules compiled"


def test_a_state_folder_elsewhere(linked: Linked) -> None:
    state = linked.folder.parent / "states"
    linked.link(*APP, LTOGEN_STATE_DIR=str(state))
    assert not (linked.cache / "ltogen/links").exists()
    assert linked.link(*APP, LTOGEN_STATE_DIR=str(state)) == "up to date"
    assert [path.name.rpartition("-")[0] for path in state.glob("app-*")] == ["app"]


@pytest.mark.parametrize(("words", "why"), [
    (("-r", *OBJECTS, "-o", "app.o"), "left to lld: -r has no equivalent in a graph"),
    (("-Wl,--trace", *APP), "left to lld: --trace has no equivalent in a graph"),
    (("-Wl,--reproduce=app.tar", *APP), "left to lld: --reproduce=app.tar has no equivalent"),
    (("-Wl,-mllvm,-stats", *APP), "left to lld: -mllvm has no equivalent in a graph"),
    (("square.o", "-shared", "-o", "one.so"), "left to lld: one small module"),
    ((*APP, "-o", "/dev/null"), "left to lld: /dev/null is no regular file"),
])
def test_left_to_lld(linked: Linked, words: tuple[str, ...], why: str) -> None:
    if "-shared" in words:
        linked.compile("square.c", flags=("-O2", "-flto=thin", "-fPIC"))
    done = linked.try_link(*words)
    assert done.status == 0, done.text
    assert linked.became().startswith(why)
    assert not (linked.cache / "ltogen/links").exists()


def test_native_objects_alone(linked: Linked) -> None:
    linked.compile("main.c", "square.c", "cube.c", flags=("-O2",))
    assert linked.link(*APP).startswith("left to lld: no bitcode")
    assert linked.output() == "49 27\n"


@pytest.mark.parametrize("option", ["--version", "--help", "-v"])
def test_answers_like_lld(linked: Linked, option: str) -> None:
    assert SYSTEM is not None
    ours = linked.run(["ld.ltogen", option], LTOGEN_LD=SYSTEM.ld[0])
    plain = linked.run([SYSTEM.ld[0], option])
    assert (ours.status, ours.stdout) == (plain.status, plain.stdout)
    assert ours.stdout


def test_a_mistake_reads_as_if_lld_said_it(linked: Linked) -> None:
    linked.link(*APP)
    done = linked.try_link("main.o", "square.o", "-o", "app")
    assert done.status == 1
    lines = done.stderr.splitlines()
    assert lines[0] == "ld.lld: error: undefined symbol: cube"
    assert "ninja" not in done.stderr and "FAILED" not in done.stderr
    assert linked.became() == "failed"
    for words in (("none.o",), ("-lnone",), ("-Wl,--no-such-option",)):
        ours, plain = (linked.try_link(*APP, *words, linker=linker) for linker in ("ltogen", "lld"))
        assert ours.status == plain.status == 1
        assert [line for line in ours.stderr.splitlines() if "ld.lld" in line] == [
            line for line in plain.stderr.splitlines() if "ld.lld" in line]
    assert linked.link(*APP)
    assert linked.output() == "49 27\n"


def test_messages_name_the_user_s_files_once(linked: Linked) -> None:
    linked.write({"main.c": MAIN.replace("return 0", "return missing()")
                  .replace("int cube", "int missing(void); int cube"),
                  "square.c": "__attribute__((noinline)) "
                              'int square(int x) { __asm__("no_such"); return x; }\n'})
    linked.compile("main.c")
    done = linked.try_link(*APP, "-Wl,-z,nonesuch")
    assert done.stderr.count("unknown -z value: nonesuch") == 1, done.stderr
    assert "main.o:(main)" in done.stderr and ".ltogen/" not in done.stderr, done.stderr
    linked.compile("square.c")
    ours, plain = (linked.try_link(*APP, linker=linker) for linker in ("ltogen", "lld"))
    assert "square.o <inline asm>:1:2: " in ours.stderr and "square.o <inline" in plain.stderr
    assert ".ltogen/" not in ours.stderr, ours.stderr


def test_bitcode_of_a_newer_llvm(linked: Linked) -> None:
    path = linked.folder / "square.o"
    path.write_bytes(with_major(path.read_bytes(), MAJOR + 1))
    done = linked.try_link(*APP)
    assert f"square.o, bitcode of LLVM {MAJOR + 1}, newer than LLVM {MAJOR}" in done.stderr
    assert done.stderr.startswith("ld.ltogen: warning: app is left to lld: it takes square.o")


def test_links_at_once(linked: Linked) -> None:
    """Into one folder, and into one output."""
    environment = {**os.environ, "PATH": PATH, "XDG_CACHE_HOME": str(linked.cache)}
    names = ["app", "app", "app", "one", "two"]
    for _ in range(2):
        running = [os.spawnvpe(os.P_NOWAIT, "sh", [
            "sh", "-c", f"cd '{linked.folder}' && {CC} -flto=thin -fuse-ld=ltogen "
            f"{' '.join(OBJECTS)} -o {name}"], environment) for name in names]
        assert [os.waitpid(process, 0)[1] for process in running] == [0] * len(names)
        for name in set(names):
            assert linked.output(name) == "49 27\n"


@pytest.mark.parametrize("delay", [0.05, 0.15, 0.25, 0.35, 0.45])
@pytest.mark.parametrize("number", [2, 9, 15])
def test_killed_at_any_moment(linked: Linked, delay: float, number: int) -> None:
    environment = {**os.environ, "PATH": PATH, "XDG_CACHE_HOME": str(linked.cache)}
    linked.link(*APP)
    linked.write({"square.c": SQUARE.replace("x * x", "x + x")})
    linked.compile("square.c")
    process = os.fork()
    if not process:
        os.setsid()
        os.chdir(linked.folder)
        os.execvpe(CC, [CC, "-flto=thin", "-fuse-ld=ltogen", *APP], environment)
    time.sleep(delay)
    os.killpg(process, number)
    os.waitpid(process, 0)
    time.sleep(0.05)
    linked.link(*APP)
    assert linked.output() == "14 18\n"
    assert (linked.folder / "app").read_bytes() == linked.clean(*APP)


def test_a_link_that_ended_before_ninja(linked: Linked) -> None:
    """The copies are already those of the next link, and the program is still the last one's."""
    linked.link(*APP)
    linked.write({"square.c": SQUARE.replace("x * x", "x + x")})
    linked.compile("square.c")
    manifest = linked.state() / "build.ninja"
    manifest.unlink()
    manifest.mkdir()
    done = linked.try_link(*APP)
    assert done.status == 1
    assert f"ld.ltogen: {manifest}: cannot write" in done.stderr
    assert "Traceback" not in done.stderr
    manifest.rmdir()
    linked.link(*APP)
    assert linked.output() == "14 18\n"


def test_a_file_that_only_a_script_names(linked: Linked) -> None:
    linked.write({"inner.ld": "answer = 41;\n", "script.ld": "INCLUDE inner.ld\n",
                  "main.c": """\
            #include <stdio.h>
            extern char answer;
            int cube(int);
            int main(void) { printf("%d %d\\n", (int)(long)&answer, cube(2)); return 0; }
            """})
    linked.compile("main.c")
    words = (*APP, "script.ld", "-no-pie")
    linked.link(*words)
    assert linked.output() == "41 8\n"
    assert linked.link(*words) == "up to date"
    linked.write({"inner.ld": "answer = 42;\n"})
    linked.link(*words)
    assert linked.output() == "42 8\n"


@pytest.mark.parametrize("text", ["", "garbage", "5\0a\0b\0", "\xff\0"])
def test_a_record_that_cannot_be_read(linked: Linked, text: str) -> None:
    linked.link(*APP)
    (linked.state() / "record").write_text(text)
    assert linked.link(*APP) == "0 of 3 modules compiled"
    assert linked.output() == "49 27\n"


@pytest.mark.parametrize("jobs", ["many", "0", "-1"])
def test_jobs_that_are_no_number(linked: Linked, jobs: str) -> None:
    done = linked.try_link(*APP, LTOGEN_JOBS=jobs)
    assert f"ld.ltogen: LTOGEN_JOBS={jobs}: not a number of jobs" in done.stderr
    assert done.status == 1


def test_copies_that_no_link_takes_go(linked: Linked) -> None:
    linked.link(*APP)
    linked.write({"main.c": MAIN.replace("cube(3)", "3")})
    linked.compile("main.c")
    linked.link("main.o", "square.o", "-o", "app")
    left = {path.name for path in linked.state().rglob("*cube*")}
    assert left == set()
