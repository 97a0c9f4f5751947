"""The differential wrapper of `make lld-suite`, on small links: a graph's output is lld's."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from campaigns.lld_suite import elf_facts, graphs
from campaigns.lld_suite.run import Outcome
from campaigns.lld_suite.site import Link, Site, read_links
from campaigns.lld_suite.verdict import Tests
from tests.support.linked import PATH, Linked
from tests.support.system_toolchain import AR, CC, SYSTEM, needs_clang

pytestmark = needs_clang
_CALLS = "int f(int); int g(int);\nint main(void) { return f(1) + g(2) - 5; }\n"
_F = "static int twice(int x) { return 2 * x; }\nint f(int x) { return twice(x); }\n"
_G = "int f(int);\n__attribute__((noinline)) int g(int x) { return f(x) - 1; }\n"
_CTOR = "extern int f(int);\n__attribute__((constructor)) static void c(void) { f(3); }\n"
_HIDDEN = "__attribute__((visibility(\"hidden\"))) int h = 4;\nint shown(void) { return ++h; }\n"


class _Checked:
    """A folder with compiled sources, whose links go through the wrapper."""

    def __init__(self, folder: Path) -> None:
        assert SYSTEM is not None
        llvm = Path(SYSTEM.ld[0]).resolve().parent.parent
        self.site = Site(SYSTEM.version, llvm, "", (), folder / "site")
        self.site.write_wrapper("ld.ltogen")
        (folder / "work").mkdir()
        self.linked = Linked(folder / "work", {"PATH": f"{self.site.tools}:{PATH}"})

    def compile(self, flags: tuple[str, ...] = ("-O2", "-flto=thin"), **sources: str) -> None:
        self.linked.write({f"{name}.c": text for name, text in sources.items()})
        self.linked.compile(*(f"{name}.c" for name in sources), flags=flags)

    def link(self, *words: str) -> Link:
        """What was written down of one more link, that need not succeed."""
        self.linked.try_link(*words)
        return read_links(self.site.links)[-1]


@pytest.fixture
def checked(tmp_path: Path) -> _Checked:
    return _Checked(tmp_path)


def _equal(link: Link, modules: int) -> None:
    assert link.way.endswith(f"of {modules} modules compiled"), link
    assert link.lto
    assert link.differs == ()
    assert link.status == 0


def test_a_program_of_thin_modules_is_lld_s(checked: _Checked) -> None:
    checked.compile(main=_CALLS, f=_F, g=_G)
    _equal(checked.link("main.o", "f.o", "g.o", "-o", "app"), 3)


def test_a_library_with_versions_is_lld_s(checked: _Checked) -> None:
    checked.compile(("-O2", "-flto=thin", "-fPIC"), f=_F, g=_G, h=_HIDDEN)
    checked.linked.write({"map": "V1 { global: f; shown; local: *; };\nV2 { global: g; } V1;\n"})
    _equal(checked.link("-shared", "f.o", "g.o", "h.o", "-Wl,--version-script=map",
                        "-Wl,-soname,libx.so.1", "-o", "libx.so"), 3)


def test_a_program_that_takes_members_of_archives_is_lld_s(checked: _Checked) -> None:
    checked.compile(main=_CALLS, f=_F, g=_G, c=_CTOR, h=_HIDDEN)
    for archive, members in (("libfg.a", ("f.o", "g.o", "h.o")), ("libc_.a", ("c.o",))):
        assert checked.linked.run([AR, "rcs", archive, *members]).status == 0
    _equal(checked.link("main.o", "libfg.a", "-Wl,--whole-archive", "libc_.a",
                        "-Wl,--no-whole-archive", "-Wl,--gc-sections", "-o", "app"), 5)


def test_a_program_with_native_objects_is_lld_s(checked: _Checked) -> None:
    checked.compile(main=_CALLS, g=_G)
    checked.compile(("-O2", "-fno-lto"), f=_F)
    _equal(checked.link("f.o", "main.o", "g.o", "-rdynamic", "-o", "app"), 2)


def test_one_small_module_is_a_graph_when_all_links_are(checked: _Checked) -> None:
    checked.compile(main="int main(void) { return 0; }\n")
    _equal(checked.link("main.o", "-o", "app"), 1)


def test_a_link_that_fails_fails_with_lld_s_status(checked: _Checked) -> None:
    checked.compile(main=_CALLS, f=_F)
    link = checked.link("main.o", "f.o", "-o", "app")
    assert (link.way, link.status, link.differs) == ("failed", 1, ())


def test_a_link_that_is_left_to_lld_is_told_from_one_without_bitcode(checked: _Checked) -> None:
    checked.compile(main=_CALLS, f=_F, g=_G)
    words = ("main.o", "f.o", "g.o", "-Wl,--save-temps", "-o", "app")
    left = checked.link(*words)
    assert left.way.startswith("left to lld: --save-temps")
    assert left.lto
    checked.compile(("-O2", "-fno-lto"), main=_CALLS, f=_F, g=_G)
    assert not checked.link(*words).lto


@pytest.mark.parametrize("lto", ["thin", "fat", "combine"])
def test_a_project_s_link_is_lld_s_of_the_same_line(tmp_path: Path, lto: str) -> None:
    assert SYSTEM is not None
    for name, text in {"main.c": _CALLS, "f.c": _F, "g.c": _G, "ltogen.toml": f"""
            [targets.app]
            sources = ["*.c"]
            lto = "{lto}"
            """}.items():
        (tmp_path / name).write_text(text)
    (link,) = graphs.described(tmp_path, SYSTEM)
    assert link.arguments[-1] == "out/app"
    assert any(word.endswith("/line.rsp") for word in link.arguments), "no line with bitcode"
    assert link.differs == ()


def test_a_build_s_links_are_lld_s_of_the_same_lines(tmp_path: Path) -> None:
    build = tmp_path / "build"
    build.mkdir()
    for name, text in {"main.c": _CALLS, "f.c": _F, "g.c": _G, "build.ninja": f"""
rule cc
  command = {CC} -O2 -c $in -o $out
rule link
  command = {CC} -fuse-ld=lld $in -o $out
build main.o: cc main.c
build f.o: cc f.c
build g.o: cc g.c
build app: link main.o f.o g.o
"""}.items():
        (build / name).write_text(text)
    (link,) = graphs.taken_over(build)
    assert link.arguments[-1] == "app"
    assert any(word.endswith("/line.rsp") for word in link.arguments), "no line with bitcode"
    assert link.differs == ()


def test_what_is_other_than_on_the_same_line_is_found(tmp_path: Path) -> None:
    assert SYSTEM is not None
    for name, text in {"main.c": _CALLS, "f.c": _F, "g.c": _G, "ltogen.toml": """
            [targets.app]
            sources = ["*.c"]
            """}.items():
        (tmp_path / name).write_text(text)
    graphs.described(tmp_path, SYSTEM)
    told = tmp_path / "out/thinlink/app/step.line"
    told.write_bytes(told.read_bytes().partition(b' "--" ')[0] + b' "--" ')
    (link,) = graphs.compared(tmp_path, "build.ninja")
    assert link.differs and "status 0, lld 1" in link.differs[0]


@pytest.mark.parametrize(("made", "wanted", "said"), [
    ("int f(void) { return 1; }", "__attribute__((weak)) int f(void) { return 1; }", "binding 1"),
    ("int f(void) { return 1; }",
     "__attribute__((visibility(\"protected\"))) int f(void) { return 1; }", "visibility 0"),
    ("int b[2];", "int b[3];", "size 8"),
    ("int b[2];", "int c[2];", "symbol only of ltogen: b"),
])
def test_what_differs_is_found(made: str, wanted: str, said: str, tmp_path: Path) -> None:
    linked = Linked(tmp_path)
    for name, text in (("one", made), ("other", wanted)):
        linked.write({f"{name}.c": text + "\n"})
        done = linked.run([CC, "-fuse-ld=lld", "-nostdlib", "-shared", "-fPIC", f"{name}.c", "-o",
                           f"{name}.so"])
        assert done.status == 0, done.text
    one, other = ((tmp_path / f"{name}.so").read_bytes() for name in ("one", "other"))
    assert elf_facts.differences(one, one) == []
    assert said in "\n".join(elf_facts.differences(one, other))


def test_runs_that_are_kept_may_be_of_other_tests() -> None:
    passed, failed = Outcome(True, ""), Outcome(False, "")
    tests = Tests({"ELF/a.s": passed, "ELF/lto/b.ll": passed, "ELF/lto/c.ll": passed},
                  {"ELF/lto/b.ll": failed, "ELF/lto/c.ll": passed, "ELF/lto/d.ll": failed})
    assert tests.differing() == ["ELF/lto/b.ll"]
    assert tests.passed() == tests.of_lto().passed() == (2, 1)


def test_what_a_campaign_started_ends_with_it(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    work = f"import os; os.system('echo $$ > {pid}; exec sleep 600')"
    script = ("import sys; from campaigns.kept import become_kept\n"
              f"become_kept([sys.executable, '-c', {work!r}])\n")
    campaign = subprocess.Popen([sys.executable, "-c", script],
                                cwd=Path(__file__).parent.parent)
    _until(lambda: pid.exists() and pid.read_text().endswith("\n"))
    started = int(pid.read_text())
    campaign.send_signal(signal.SIGKILL)
    campaign.wait()
    _until(lambda: not _lives(started))


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def _until(true: Callable[[], bool]) -> None:
    for _ in range(600):
        if true():
            return
        time.sleep(0.05)
    raise AssertionError("it did not happen")
