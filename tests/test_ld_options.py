"""Options that a graph follows: what it makes and prints is what lld makes and prints.

But for its order: lld puts the objects of its own LTO behind all native ones.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.linked import Linked
from tests.support.system_toolchain import AR, CC, needs_clang

pytestmark = needs_clang
LTO = ("-O2", "-flto=thin", "-fPIC", "-ffast-math")
SOURCES = {
    "main.c": """
        #include <stdio.h>
        int square(int); int cube(int); float sinf(float);
        extern __thread int counter; static __thread int own = 1;
        void many(float *restrict x) { for (int i = 0; i < 1024; i++) x[i] = sinf(x[i]); }
        int unused(int x) { return counter++ * own++ + x; }
        int main(void) { counter++; printf("%d %d\\n", square(7), cube(3)); return 0; }
        """,
    "square.c": """
        __thread int counter = 1;
        int square(int x) { return x * x; }
        int dead(int x) { return x * 5; }
        """,
    "cube.c": """
        int square(int); int cube(int x) { return x * square(x); }
        int same(int x) { return x * 5; }
        """,
    "native.c": "int native(void) { return 3; }\n",
}
OBJECTS = ("main.o", "square.o", "cube.o", "-lm")


@pytest.fixture
def linked(tmp_path: Path) -> Linked:
    """Modules with what the options are about."""
    made = Linked(tmp_path / "work")
    made.write(SOURCES)
    made.compile("main.c", "square.c", "cube.c", flags=LTO)
    made.compile("native.c", flags=("-O2", "-fPIC"))
    return made


def _compare(linked: Linked, *words: str, output: str = "app") -> str:
    """Link by lld, then as a graph, twice: the same facts, the same text; which is the answer."""
    command = (*words, "-o", output)
    plain = linked.try_link(*command, linker="lld")
    assert plain.status == 0, plain.text
    path = linked.folder / output
    wanted = _facts(linked, output)
    path.unlink()
    for again in (False, True):
        done = linked.try_link(*command)
        assert done.status == 0, done.text
        became = linked.became()
        assert "left to lld" not in became and (became == "up to date") == again
        assert _names(done.stdout) == _names(plain.stdout)
        assert done.stderr == plain.stderr
        assert _facts(linked, output) == wanted
    return plain.stdout


def _names(text: str) -> list[str]:
    """The last words of a text's lines in any order, without places, which follow the order."""
    return sorted(re.sub(r"\+0x\w+", "", line.split()[-1]) for line in text.splitlines() if line)


def _facts(linked: Linked, output: str) -> list[str]:
    """Symbols by size, type, binding, visibility and name, and names and flags of sections."""
    done = linked.run([AR.replace("ar", "readelf"), "-s", "-S", "--wide", output])
    assert done.status == 0, done.text
    symbols = (line.split()[2:6] + line.split()[7:] for line in done.stdout.splitlines()
               if re.match(r" +\d+: ", line))
    sections = re.findall(r"^ +\[ *\d+\] (\S+ +\S+) ", done.stdout, re.M)
    return sorted([*map(" ".join, symbols), *sections])


@pytest.mark.parametrize("flag", [
    "-fsplit-machine-functions", "-fveclib=libmvec", "-fveclib=SVML", "-mtls-dialect=gnu2",
    "-femulated-tls", "-gdwarf-aranges", "-fstack-size-section"])
def test_flags_of_the_code_generator(linked: Linked, flag: str) -> None:
    linked.compile("main.c", "square.c", "cube.c", flags=(*LTO, "-g"))
    words = ("-shared", *OBJECTS, "-o", "app.so")
    linked.link(*words)
    plain = _natives(linked.state("app.so") / "native/link", "*.o")
    assert linked.link(flag, *words) == "3 of 3 modules compiled"
    made = _natives(linked.state("app.so") / "native/link", "*.o")
    done = linked.try_link(flag, "-Wl,--save-temps", *words, linker="lld")
    assert done.status == 0, done.text
    assert made == _natives(linked.folder, "app.so.lto.*.o")
    assert (made == plain) == (flag == "-fsplit-machine-functions")  # which takes a profile


def _natives(folder: Path, pattern: str) -> dict[str, bytes]:
    return {path.name.removeprefix("app.so.lto."): path.read_bytes()
            for path in folder.glob(pattern)}


@pytest.mark.parametrize("option", [
    "--print-gc-sections", "--print-memory-usage", "-M", "--print-map", "-Map=-", "--cref",
    "--print-icf-sections"])
def test_what_the_final_link_prints(linked: Linked, option: str) -> None:
    words = ("-Wl,--icf=all" if "icf" in option else "-Wl,--gc-sections", "-no-pie", *OBJECTS)
    assert _compare(linked, f"-Wl,{option}", *words)
    linked.write({"cube.c": SOURCES["cube.c"].replace("x * square(x)", "x + square(x)")})
    linked.compile("cube.c", flags=LTO)
    _compare(linked, f"-Wl,{option}", *words)


def test_objects_that_are_printed_have_lld_s_names(linked: Linked) -> None:
    (linked.folder / "below").mkdir()
    linked.run(["cp", "square.o", "below/square.o"])
    said = _compare(linked, "-Wl,-M", "main.o", "below/square.o", "cube.o")
    assert "below/app.lto.square.o:(.text" in said
    for options in ("rcs", "rcsT"):
        linked.run(["rm", "-f", "below/libmath.a"])
        linked.run([AR, options, "below/libmath.a", "below/square.o", "cube.o", "native.o"])
        said = _compare(linked, "-Wl,-M,--undefined=native", "main.o", "below/libmath.a", "-lm")
        assert "below/app.lto.libmath.a(square.o at " in said
        assert "below/libmath.a(native.o):(.text" in said or options == "rcsT"


def test_objects_of_a_link_by_lld_have_its_names(linked: Linked) -> None:
    """A native with a constructor stands behind a module: the final link is lld's own."""
    (linked.folder / "be low").mkdir()
    linked.write({"late.c": "__attribute__((constructor)) static void late(void) {}\n"
                            "int cube(int x) { return x; }\n",
                  "main.c": SOURCES["main.c"] + "__attribute__((constructor)) void a(void) {}\n"})
    linked.compile("late.c", flags=("-O2",))
    linked.compile("main.c", flags=LTO)
    linked.run(["mv", "square.o", "be low/square.o"])
    said = _compare(linked, "-Wl,-M", "main.o", "late.o", "be low/square.o")
    assert "be low/app.lto.square.o:(.text" in said
    assert linked.run([AR, "rcs", "libmath.a", "be low/square.o", "late.o"]).status == 0
    said = _compare(linked, "-Wl,-M", "main.o", "libmath.a")
    assert "app.lto.libmath.a(square.o at " in said


@pytest.mark.parametrize("words", [
    ("--branch-to-branch",), ("--bp-compression-sort=both",), ("--bp-compression-sort=function",),
    ("--lto-partitions=1",), ("--lto-partitions=4",), ("--exclude-libs=ALL",),
    ("--exclude-libs=libc.a:libnone.a",)])
def test_options_of_the_final_link(linked: Linked, words: tuple[str, ...]) -> None:
    _compare(linked, *(f"-Wl,{word}" for word in words), *OBJECTS)


def test_excluded_libraries(linked: Linked) -> None:
    """By a graph as long as no archive that is named has bitcode."""
    linked.run([AR, "rcs", "libnative.a", "native.o"])
    linked.run([AR, "rcs", "libcube.a", "cube.o"])
    words = ("-shared", "main.o", "square.o", "-Wl,--undefined=native", "libnative.a", "libcube.a",
             "-o", "app.so")
    for excluded, taken in (("libnative.a", True), ("libother.a", True), ("ALL", False),
                            ("libother.a,libcube.a", False)):
        options = [f"-Wl,--exclude-libs={name}" for name in excluded.split(",")]
        became = linked.link(*options, *words)
        names = linked.run(["nm", "-D", "--defined-only", "app.so"]).stdout
        assert (" native\n" in names) == (excluded not in ("libnative.a", "ALL"))
        assert (" cube\n" in names) == ("libcube.a" not in excluded and excluded != "ALL")
        assert ("modules compiled" in became) == taken, became
        assert taken or became == ("left to lld: --exclude-libs names libcube.a, which has bitcode")


@pytest.mark.parametrize("archive", [False, True])
def test_fat_objects(linked: Linked, archive: bool) -> None:
    """Native code and bitcode in one object, as distributions build static libraries.

    clang itself says so to a linker only if its name is lld.
    """
    linked.compile("main.c", "square.c", "cube.c", flags=(*LTO, "-ffat-lto-objects"))
    linked.run([AR, "rcs", "libmath.a", "square.o", "cube.o", "native.o"])
    inputs = ("main.o", "libmath.a", "-lm") if archive else (*OBJECTS, "native.o")
    _compare(linked, "-Wl,--fat-lto-objects", *inputs)
    linked.write({"square.c": SOURCES["square.c"].replace("x * x", "x + x")})
    linked.compile("square.c", flags=(*LTO, "-ffat-lto-objects"))
    linked.run([AR, "rcs", "libmath.a", "square.o", "cube.o", "native.o"])
    _compare(linked, "-Wl,--fat-lto-objects", *inputs)
    assert linked.output() == "14 18\n"
    assert linked.link("-Wl,--no-fat-lto-objects", *inputs, "-o", "app").startswith("left to lld")


def test_a_context_sensitive_profile_is_written(linked: Linked) -> None:
    _compare(linked, "-fcs-profile-generate", *OBJECTS)
    linked.run(["rm", "-f", *map(str, linked.folder.glob("*.profraw"))])
    assert linked.output() == "49 27\n"
    assert list(linked.folder.glob("*.profraw"))
    _compare(linked, "-fcs-profile-generate=below", *OBJECTS)
    assert linked.output() == "49 27\n"


def test_unified_modules(linked: Linked) -> None:
    linked.compile("main.c", "square.c", "cube.c", flags=(*LTO, "-funified-lto"))
    _compare(linked, "-Wl,--lto=thin", *OBJECTS)


def test_partitions_of_what_is_not_thin(linked: Linked) -> None:
    linked.compile("cube.c", flags=("-O2", "-flto=full", "-fPIC"))
    assert linked.link(*OBJECTS, "-Wl,--lto-partitions=1", "-o", "app") == "3 of 3 modules compiled"
    linked.link(*OBJECTS, "-Wl,--lto-partitions=2", "-o", "app")
    assert linked.became() == "left to lld: --lto-partitions splits its modules of regular LTO"
    assert linked.output() == "49 27\n"


def test_a_cache_of_lld_s_own_is_ignored(linked: Linked) -> None:
    linked.link(*OBJECTS, "-Wl,--thinlto-cache-dir=cache", "-o", "app")
    assert "app: --thinlto-cache-dir=cache is ignored: " in linked.journal.read_text()
    assert linked.became() == "3 of 3 modules compiled"
    assert not (linked.folder / "cache").exists()


@pytest.mark.parametrize("word", [
    "-gsplit-dwarf", "-fsave-optimization-record", "-Wl,--lto=full", "-Wl,--Ttext-segment=0x10000",
    "-Wl,--print-gc-sections=gc", "-Wl,-plugin-opt=-vector-library=other"])
def test_what_stays_lld_s(linked: Linked, word: str) -> None:
    linked.try_link(*OBJECTS, word, "-o", "app")
    assert linked.became().startswith("left to lld: ")


def test_links_of_any_size(linked: Linked) -> None:
    linked.write({"one.c": "int main(void) { return 0; }\n"})
    linked.compile("one.c")
    assert linked.link("one.o", "-o", "one") == "left to lld: one small module"
    assert linked.link("one.o", "-o", "one", LTOGEN_LINKS="all") == "1 of 1 modules compiled"
    linked.compile("one.c", flags=("-O2",))
    became = linked.link("one.o", "-o", "one", LTOGEN_LINKS="all")
    assert became == "left to lld: no bitcode: compile with -flto=thin"


def test_on_a_terminal_a_line_says_what_was_done(linked: Linked) -> None:
    def said(*words: str) -> list[str]:
        command = " ".join([CC, "-flto=thin", "-fuse-ld=ltogen", *words])
        done = linked.run(["script", "-qec", command, "/dev/null"])
        assert done.status == 0, done.text
        return [line for line in done.text.splitlines() if line.startswith("ld.ltogen: ")]

    line, = said(*OBJECTS, "-o", "app")
    assert line.startswith("ld.ltogen: app: 3 of 3 modules compiled (")
    line, = said(*OBJECTS, "-o", "app")
    assert line.startswith("ld.ltogen: app: up to date (")
    linked.compile("main.c", "square.c", "cube.c", flags=("-O2", "-fPIC"))
    assert said(*OBJECTS, "-o", "app") == [
        "ld.ltogen: app: left to lld: no bitcode: compile with -flto=thin"]
    assert said("-Wl,--version") == []
