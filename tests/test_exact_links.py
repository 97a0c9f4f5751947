"""Products are lld's in what the order of files decides, and in what natives cannot say."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

from campaigns.lld_suite import elf_facts
from tests.support.existing_build import behaviour, existing
from tests.support.linked import Linked
from tests.support.program_symbols import LLD, archive, compile_all, differences
from tests.support.scons_project import HEAD, Project
from tests.support.system_toolchain import CC, SYSTEM
from tests.support.workspace import Workspace

pytestmark = pytest.mark.skipif(SYSTEM is None or SYSTEM.major < 21,
                                reason="no lld that takes natives for bitcode")


def says(word: str, rest: str = "") -> str:
    """A source whose constructor and destructor print."""
    return dedent(f"""
        #include <stdio.h>
        {rest}
        __attribute__((constructor)) static void begin(void) {{ puts("begin {word}"); }}
        __attribute__((destructor)) static void end(void) {{ puts("end {word}"); }}
        """)


def in_set(word: str, rest: str = "") -> str:
    """A source with an element of a linker set."""
    return (f'{rest}\nstatic const char *const {word}'
            f' __attribute__((section("words"), used)) = "{word}";\n')


SHOW = """
    #include <stdio.h>
    extern const char *const __start_words[], *const __stop_words[];
    int main(void) {
        for (const char *const *at = __start_words; at < __stop_words; at++) puts(*at);
        return 0;
    }"""
MAIN = says("main", "int f(void), g(void); int main(void) { return f() + g(); }")
F = says("f", "int f(void) { return 0; }")
G = says("g", "int g(void) { return 0; }")
PREINIT = """
    #include <stdio.h>
    static void early(void) {{ puts("early {0}"); }}
    __attribute__((section(".{1}_array"), used)) static void (*const at)(void) = early;
    {2}"""


@dataclass(frozen=True)
class Case:
    """Sources by their names, the words of a link, and archives."""

    sources: dict[str, tuple[str, str]]
    words: str
    archives: dict[str, tuple[str, ...]] | None = None


BY_ASSEMBLER = """
    #include <stdio.h>
    int f(void), g(void);
    __attribute__((used)) void begin(void) { puts("begin main"); }
    asm(".pushsection .init_array,\\"aw\\",@init_array\\n.quad begin\\n.popsection");
    int main(void) { return f() + g(); }
    """
CASES = {
    "a module's constructor that only inline assembler knows": Case(
        {"main": ("thin", BY_ASSEMBLER), "f": ("native", F),
         "g": ("thin", "int g(void) { return 0; }\n")}, "main.o f.o g.o"),
    "a native between modules": Case(
        {"main": ("thin", MAIN), "f": ("native", F), "g": ("thin", G)}, "main.o f.o g.o"),
    "natives before all modules": Case(
        {"main": ("thin", MAIN), "f": ("native", F), "g": ("thin", G)}, "f.o main.o g.o"),
    "an archive's native member": Case(
        {"main": ("thin", MAIN), "f": ("native", F), "g": ("thin", G)}, "main.o g.o libf.a",
        {"libf.a": ("f.o",)}),
    "a native archive before all modules": Case(
        {"main": ("thin", MAIN), "f": ("native", F), "g": ("thin", G)}, "libf.a main.o g.o",
        {"libf.a": ("f.o",)}),
    "a whole archive": Case(
        {"main": ("thin", MAIN), "f": ("native", F), "g": ("thin", G), "h": ("native", says("h"))},
        "main.o -Wl,--whole-archive libf.a -Wl,--no-whole-archive g.o", {"libf.a": ("f.o", "h.o")}),
    "modules of a group, the last first": Case(
        {"main": ("thin", says("main", "int g(void); int main(void) { return g(); }")),
         "f": ("thin", F), "g": ("thin", says("g", "int f(void); int g(void) { return f(); }"))},
        "main.o -Wl,--start-lib f.o g.o -Wl,--end-lib"),
    "modules of an archive, the last first": Case(
        {"main": ("thin", says("main", "int g(void); int main(void) { return g(); }")),
         "f": ("thin", F), "g": ("thin", says("g", "int f(void); int g(void) { return f(); }"))},
        "main.o libf.a", {"libf.a": ("f.o", "g.o")}),
    "modules of a group before that which wants them": Case(
        {"main": ("thin", says("main", "int g(void); int main(void) { return g(); }")),
         "f": ("thin", F), "g": ("thin", says("g", "int f(void); int g(void) { return f(); }"))},
        "-Wl,--start-lib f.o g.o -Wl,--end-lib main.o"),
    "a module for full LTO": Case(
        {"main": ("thin", MAIN), "f": ("native", F), "g": ("full", G)}, "main.o f.o g.o"),
    "modules for full LTO alone": Case(
        {"main": ("full", MAIN), "f": ("native", F), "g": ("full", G)}, "main.o f.o g.o"),
    "a linker set": Case(
        {"main": ("thin", in_set("m", SHOW)), "n": ("native", in_set("n")),
         "o": ("thin", in_set("o"))}, "main.o n.o o.o"),
    ".preinit_array": Case(
        {"main": ("thin", PREINIT.format("m", "preinit", "int main(void) { return 0; }")),
         "n": ("native", PREINIT.format("n", "preinit", "")),
         "o": ("thin", PREINIT.format("o", "preinit", ""))}, "main.o n.o o.o -pie"),
    "pointers in .init_array": Case(
        {"main": ("thin", PREINIT.format("m", "init", "int main(void) { return 0; }")),
         "n": ("native", PREINIT.format("n", "init", "")),
         "o": ("thin", PREINIT.format("o", "init", ""))}, "main.o n.o o.o"),
}


def make(folder: Path, case: Case) -> Linked:
    """A folder with what a case links."""
    folder.mkdir()
    linked = Linked(folder)
    compile_all(linked, case.sources)
    for name, members in (case.archives or {}).items():
        archive(linked, name, *members)
    return linked


def both(linked: Linked, *words: str) -> tuple[str, str]:
    """What the programs say that lld and a graph make."""
    said = []
    for linker in ("lld", "ltogen"):
        done = linked.try_link(*words, "-o", linker, linker=linker)
        assert (done.status, done.text) == (0, ""), done.text
        assert linker == "lld" or "modules compiled" in linked.became()
        said.append(linked.output(linker))
    return said[0], said[1]


@pytest.mark.parametrize("name", CASES)
def test_a_program_says_what_lld_s_says(tmp_path: Path, name: str) -> None:
    case = CASES[name]
    linked = make(tmp_path / "link", case)
    lld, ltogen = both(linked, *case.words.split())
    assert lld
    assert ltogen == lld


WRAPPER = "int __real_f(void); int __wrap_f(void) { return __real_f() + 1; }"
NO = ("thin", "int no(void) { return 0; }")
SYMBOLS = {
    "--wrap of a module's function, first seen by another name": Case(
        {"w": ("native", WRAPPER), "f": ("thin", "int f(void) { return 1; }"),
         "m": ("thin", "int f(void); int api(void) { return f(); }")},
        "-shared w.o f.o m.o --wrap=f"),
    "-z muldefs with --wrap": Case(
        {"f": ("thin", "int f(void) { return 1; }"), "g": ("native", "int f(void) { return 2; }"),
         "w": ("native", WRAPPER), "m": ("thin", "int f(void); int api(void) { return f(); }")},
        "-shared f.o g.o w.o m.o --wrap=f -z muldefs"),
    "wanted in vain by one module, and weakly by another": Case(
        {"m": ("thin", "int f(void), no(void); int api(void) { return no() ? f() : 1; }"),
         "w": ("thin", "__attribute__((weak)) int f(void); int w(void) { return f ? f() : 0; }"),
         "no": NO}, "-shared -z defs m.o no.o w.o"),
    "the bound of a section whose use is lost": Case(
        {"m": ("thin", 'int x __attribute__((section("words"), used)) = 1;'
                       'extern int __start_words __attribute__((visibility("hidden")));'
                       "int no(void); int *api(void) { return no() ? &__start_words : &x; }"),
         "no": NO}, "-shared m.o no.o"),
}


@pytest.mark.parametrize("name", SYMBOLS)
def test_symbols_are_lld_s(tmp_path: Path, name: str) -> None:
    linked = make(tmp_path / "link", SYMBOLS[name])
    words = SYMBOLS[name].words.split()
    assert differences(linked, *words) == []
    if (linked.folder / "by-lld").exists():
        one, other = ((linked.folder / name).read_bytes() for name in ("by-ltogen", "by-lld"))
        assert elf_facts.differences(one, other) == []


COMDAT = """
    $c = comdat any
    define protected void @f() comdat($c) {
      ret void
    }
    """


def test_a_discarded_copy_says_how_visible_a_symbol_is(tmp_path: Path) -> None:
    linked = Linked(tmp_path / "link")
    linked.folder.mkdir()
    linked.write({"m.ll": COMDAT})
    assert linked.run([CC, "-w", "-O2", "-flto=thin", "-c", "m.ll"]).status == 0
    compile_all(linked, {"no": NO, "n": ("native", """__asm__(
        ".section .text.c,\\"axG\\",@progbits,c,comdat\\n.globl f\\nf: ret");""")})
    assert differences(linked, *["-shared", "n.o", "m.o", "no.o"]) == []


COMMON = "__attribute__((aligned({}))) char buf[{}]; char *{}(void) {{ return buf; }}"


@pytest.mark.parametrize("files", ["a.o b.o", "b.o a.o"])
@pytest.mark.parametrize("bitcode", ["a", "b"])
def test_a_common_symbol_is_as_large_and_aligned_as_lld_s(tmp_path: Path, files: str,
                                                          bitcode: str) -> None:
    linked = Linked(tmp_path / "link")
    linked.folder.mkdir()
    compile_all(linked, {
        "a": ("thin" if bitcode == "a" else "native", COMMON.format(64, 8, "a")),
        "b": ("thin" if bitcode == "b" else "native", COMMON.format(4, 16, "b")),
        "no": NO}, "-fcommon")
    assert differences(linked, "-shared", "no.o", *files.split()) == []
    one, other = ((linked.folder / name).read_bytes() for name in ("by-ltogen", "by-lld"))
    assert elf_facts.differences(one, other) == []


PLACED = "SECTIONS { .all : { *(.text*) *(.data*) *(.rodata*) } /DISCARD/ : { *(.eh_frame*) } }\n"


@pytest.mark.parametrize("words", [
    "-T place.lds", "--oformat=binary", "-T place.lds --gc-sections"])
def test_code_lies_where_lld_puts_it(tmp_path: Path, words: str) -> None:
    """Who writes a script, or reads a file without headers, may know the order of all sections."""
    linked = make(tmp_path / "link", Case({
        "m": ("thin", "int f(void), no(void); int _start(void) { return f() + no(); }"),
        "f": ("native", "int f(void) { return 2; }"),
        "no": ("thin", "__attribute__((noinline)) int no(void) { return 0; }")}, ""))
    linked.write({"place.lds": PLACED})
    line = [*["m.o", "f.o", "no.o", "-e", "_start"], *words.split()]
    for linker, output in ((LLD, "by-lld"), ("ld.ltogen", "by-ltogen")):
        done = linked.run([linker, *line, "-o", output])
        assert (done.status, done.text) == (0, ""), done.text
    assert "modules compiled" in linked.became()
    one, other = ((linked.folder / name).read_bytes() for name in ("by-ltogen", "by-lld"))
    assert one == other


PROJECT = """
    [targets."böse"]
    sources = ["ma in.c", "f.o", "g.c"]
    link-args = ["{{root}}/ö.a"]
    lto = "{}"
    """
FILES = {"ma in.c": MAIN, "f.c": F, "g.c": says("g", "int h(void); int g(void) { return h(); }"),
         "h.c": says("h", "int h(void) { return 0; }")}
WITHOUT_ARCHIVE = dedent(PROJECT.format("thin")).replace('"{root}/ö.a"', "")
ORDER = ["begin f", "begin h", "begin main", "begin g", "end g", "end main", "end h", "end f"]


@pytest.mark.parametrize("mode", ["thin", "fat", "combine"])
def test_a_project_in_every_mode(workspace: Workspace, mode: str) -> None:
    workspace.build = "bau ordner"
    workspace.write({"ltogen.toml": dedent(PROJECT.format(mode)), **FILES})
    linked = Linked(workspace.root)
    for name in ("f", "h"):
        assert linked.run([CC, "-O2", "-fPIC", "-c", f"{name}.c"]).status == 0
    archive(linked, "ö.a", "h.o")
    workspace.configure()
    workspace.make()
    assert linked.output("bau ordner/out/böse").splitlines() == ORDER
    assert workspace.no_work()
    workspace.write({"g.c": FILES["g.c"].replace("begin g", "begin G")})
    workspace.make()
    assert linked.output("bau ordner/out/böse").splitlines() == [
        line.replace("begin g", "begin G") for line in ORDER]
    assert workspace.no_work()
    assert not list(workspace.root.glob("**/*.native.o*"))


def test_a_native_that_gets_a_constructor_is_put_in_front(workspace: Workspace) -> None:
    workspace.build = "bau ordner"
    workspace.write({"ltogen.toml": dedent(PROJECT.format("thin")), **FILES})
    linked = Linked(workspace.root)
    for text, expected in (("int f(void) { return 0; }", ORDER[1:-1]), (F, ORDER),
                           ("int f(void) { return 0; }", ORDER[1:-1])):
        workspace.write({"f.c": text})
        for name in ("f", "h"):
            assert linked.run([CC, "-O2", "-fPIC", "-c", f"{name}.c"]).status == 0
        linked.run(["rm", "-f", "ö.a"])
        archive(linked, "ö.a", "h.o")
        workspace.configure()
        workspace.make()
        assert linked.output("bau ordner/out/böse").splitlines() == expected
        assert workspace.no_work()


def test_a_build_that_is_taken_over(tmp_path: Path) -> None:
    """Assembler stays native; each run of the program tells the order."""
    build = existing(tmp_path / "bui ld", {
        "ma in.c": MAIN, "f.S": ASSEMBLER, "g.c": G, "build.ninja": """
            build main.o: cc ma$ in.c
            build f.o: cc f.S
            build g.o: cc g.c
            build böse: link main.o f.o g.o
            """})
    build.take_over()
    for name in ("g", "G"):
        build.write({"g.c": G.replace("begin g", f"begin {name}")})
        build.make()
        status, said = behaviour(build.folder, "böse")
        assert (status, said.splitlines()) == (
            0, ["begin f", "begin main", f"begin {name}", "end g", "end main"])
        assert "no work to do" in build.make().stdout


ASSEMBLER = """
    .globl f
f:  xorl %eax, %eax
    ret
begin:
    leaq text(%rip), %rdi
    jmp puts@PLT
    .section .rodata
text: .asciz "begin f"
    .section .init_array,"aw"
    .quad begin
    .section .note.GNU-stack,"",@progbits
    """


def test_a_program_of_scons(scons_project: Project) -> None:
    sconstruct = "env.ThinLTOProgram('pro gram', ['main.c', env.Object('f.S'), 'g.c'])\n"
    scons_project.write(HEAD + sconstruct, {
        "main.c": MAIN, "g.c": G, "f.S": ASSEMBLER})
    scons_project.make()
    expected = ["begin f", "begin main", "begin g", "end g", "end main"]
    assert scons_project.output("pro gram").splitlines() == expected
    assert scons_project.make() == []
    scons_project.edit("g.c", "begin g", "begin G")
    scons_project.make()
    assert scons_project.output("pro gram").splitlines() == [
        line.replace("begin g", "begin G") for line in expected]
    assert scons_project.make() == []


def test_a_linker_that_takes_no_natives(workspace: Workspace) -> None:
    """Before LLVM 21 natives stay in the place of their modules."""
    workspace.write({"ltogen.toml": WITHOUT_ARCHIVE, **FILES, "g.c": G})
    linked = Linked(workspace.root)
    assert linked.run([CC, "-O2", "-fPIC", "-c", "f.c"]).status == 0
    workspace.configure()
    manifest = workspace.root / "build.ninja"
    text = manifest.read_text()
    assert text.count(" exact ") == 1
    manifest.write_text(text.replace(" exact ", " '' "))
    workspace.make()
    assert linked.output("out/böse").splitlines() == [
        "begin main", "begin f", "begin g", "end g", "end f", "end main"]
    assert workspace.no_work()


def test_a_message_names_sources(workspace: Workspace) -> None:
    """A symbol is missing when natives are linked; lld's own link names its own objects."""
    workspace.write({"ltogen.toml": WITHOUT_ARCHIVE, **FILES})
    assert Linked(workspace.root).run([CC, "-O2", "-fPIC", "-c", "f.c"]).status == 0
    workspace.configure()
    done = workspace.try_build()
    assert done.status != 0
    assert "ld.lld: error: undefined symbol: h" in done.stdout
    told = [line for line in done.stdout.splitlines() if line.startswith(">>>")]
    assert ">>> referenced by ma in.c" in told
    assert "out/" not in "".join(told)


def test_an_ordinary_link_has_its_natives_in_place(workspace: Workspace) -> None:
    """What the driver adds has constructors too, but before all modules."""
    workspace.write({"ltogen.toml": "[targets.p]\nsources = ['*.cpp']\n", "a.cpp": """
        #include <string>
        #include <cstdio>
        static std::string text(100, 'x');
        int f();
        int main() { std::printf("%zu\\n", text.size() + f()); }
        """, "b.cpp": "#include <vector>\nint f() { return std::vector<int>(3).size(); }\n"})
    workspace.configure()
    workspace.make()
    assert workspace.output("p") == "103\n"
    said = (workspace.root / "out/thinlink/p/link.rsp").read_text()
    assert "--thinlto-distributor" not in said


def test_what_a_killed_link_left_is_removed(workspace: Workspace) -> None:
    """lld's own names: of an index, of a native object, of the list of both."""
    workspace.write({"ltogen.toml": WITHOUT_ARCHIVE, **FILES, "g.c": G})
    assert Linked(workspace.root).run([CC, "-O2", "-fPIC", "-c", "f.c"]).status == 0
    dead, alive = 2 ** 22 + 1, os.getpid()
    kept = [f"g.c.2.{alive}.native.o", f"other.2.{dead}.native.o", "g.c.2.x.native.o",
            f"g.c.2.{dead}.o"]
    left = [f"g.c.2.{dead}.native.o", f"ma in.c.1.{dead}.native.o.thinlto.bc",
            f"böse.{dead}.dist-file.json"]
    workspace.configure()
    workspace.write({f"out/{name}": "" for name in (*kept, *left)})
    workspace.make()
    files = {path.name for path in (workspace.root / "out").iterdir() if path.is_file()}
    assert set(kept) <= files
    assert not set(left) & files
    assert not [name for name in files - set(kept) if ".native." in name or "dist-file" in name]
