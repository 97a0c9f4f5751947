"""Every symbol of a product is as in lld's own link of the bitcode: the table of known cases."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

from tests.support.linked import Linked
from tests.support.program_symbols import archive, compile_all, differences, link, read
from tests.support.system_toolchain import CC, needs_clang
from tests.support.workspace import Workspace

pytestmark = needs_clang

HIDDEN = '__attribute__((visibility("hidden")))'
PROTECTED = '__attribute__((visibility("protected")))'
# A use that is lost on the way to code: ThinLTO inlines `no`, and what it guards is dead.
NO = ("thin", "int no(void) { return 0; }")


@dataclass(frozen=True)
class Case:
    """Sources by their names, files of text, archives, and the linker's words."""

    sources: dict[str, tuple[str, str]]
    words: str
    files: dict[str, str] | None = None
    archives: dict[str, tuple[str, ...]] | None = None
    shared: dict[str, str] | None = None  # libraries, of one native object each
    flags: tuple[str, ...] = ()


def uses(name: str, attribute: str = "") -> tuple[str, str]:
    """A thin module that calls a function, until `no` is known."""
    return ("thin", f"{attribute} int {name}(void); int no(void);"
                    f"int api(void) {{ return no() ? {name}() : 7; }}")


F = ("native", "int f(void) { return 1; }")
F_AND_H = ("native", "__attribute__((weak)) int f(void) { return 3; } int h(void) { return 2; }")
CASES = {
    "a native's function, hidden by a module that loses its use": Case(
        {"m": uses("f", HIDDEN), "no": NO, "f": F}, "-shared m.o no.o f.o"),
    "the same, the native first": Case(
        {"m": uses("f", HIDDEN), "no": NO, "f": F}, "-shared f.o m.o no.o"),
    "protected": Case({"m": uses("f", PROTECTED), "no": NO, "f": F}, "-shared m.o no.o f.o"),
    "with garbage collection": Case(
        {"m": uses("f", HIDDEN), "no": NO, "f": F}, "-shared --gc-sections m.o no.o f.o"),
    "control flow protection": Case(
        {"m": uses("f", HIDDEN), "no": NO, "f": F}, "-shared m.o no.o f.o",
        flags=("-fcf-protection=full",)),
    "a hidden copy in bitcode beside a default one in a native": Case(
        {"m": ("thin", f"{HIDDEN} __attribute__((weak)) int f(void) {{ return 2; }}"
                       "int api(void) { return f(); }"),
         "no": NO, "f": F}, "-shared m.o no.o f.o"),
    "a definition for all in a module that another hides": Case(
        {"m": uses("f", HIDDEN), "no": NO,
         "f": ("thin", "int f(void) { return 1; }"),
         "g": ("thin", "int f(void); int *p; int g(int (**h)(void)) { *h = f; return 0; }")},
        "-shared m.o no.o f.o g.o"),
    "--defsym over a hidden definition": Case(
        {"m": ("thin", f"{HIDDEN} int f(void) {{ return 2; }} int api(void) {{ return 3; }}"),
         "no": NO, "g": ("native", "int g(void) { return 1; }")},
        "-shared m.o no.o g.o --defsym=f=g"),
    "a script's assignment over a hidden definition": Case(
        {"m": ("thin", f"{HIDDEN} int f(void) {{ return 2; }} int api(void) {{ return 3; }}"),
         "no": NO, "g": ("native", "int g(void) { return 1; }")},
        "-shared m.o no.o g.o assign.lds", {"assign.lds": "f = g;\n"}),
    "a version script that names a hidden symbol": Case(
        {"m": ("thin", f"{HIDDEN} int hid(void) {{ return 2; }} int api(void) {{ return hid(); }}"),
         "no": NO}, "-shared m.o no.o --version-script=v", {
             "v": "{ global: api; hid; local: *; };"}),
    "a version script that names an undefined symbol": Case(
        {"m": ("thin", "int api(void) { return 2; }"), "no": NO},
        "-shared m.o no.o --version-script=v", {"v": "{ global: api; nobody; local: *; };"}),
    "named versions": Case(
        {"m": ("thin", f"{HIDDEN} int hid(void) {{ return 2; }} int api(void) {{ return hid(); }}"
                       "int old(void) { return 1; }"), "no": NO},
        "-shared m.o no.o --version-script=v", {
            "v": "V1 { global: old; }; V2 { global: api; hid; no; local: *; } V1;"}),
    "an executable with a version script": Case(
        {"m": ("thin", "int no(void); int cb(void) { return 1; }"
                       "int main(void) { return no() + cb(); }"), "no": NO},
        "-pie -e main m.o no.o --version-script=v", {"v": "{ global: cb; local: *; };"}),
    "--retain-symbols-file": Case(
        {"m": ("thin", "int gone(void) { return 1; } int api(void) { return gone(); }"), "no": NO},
        "-shared m.o no.o --retain-symbols-file=r", {"r": "api\ngone\n"}),
    "local: of a symbol in a module for full LTO": Case(
        {"m": ("full", "int inner(void) { return 1; } int api(void) { return inner(); }"),
         "no": ("full", NO[1])}, "-shared m.o no.o --version-script=v",
        {"v": "{ global: api; no; local: inner; };"}),
    "an archive's native member whose use is lost": Case(
        {"m": uses("f"), "no": NO, "f": ("native", """
            int made; int f(void) { return made; }
            __attribute__((constructor)) static void make(void) { made = 5; }""")},
        "-shared m.o no.o libf.a", archives={"libf.a": ("f.o",)}),
    "the same in a group": Case(
        {"m": uses("f"), "no": NO, "f": F}, "-shared m.o no.o --start-lib f.o --end-lib"),
    "the same behind another archive that defines it too": Case(
        {"m": uses("f"), "no": NO, "f": F, "g": ("native", "int g(void) { return 1; }"
                                                          "int f(void) { return 2; }")},
        "-shared m.o no.o libg.a libf.a", archives={"libf.a": ("f.o",), "libg.a": ("g.o",)}),
    "an archive's native member that a later module has a better definition for": Case(
        {"m": uses("f"), "no": NO, "d": ("thin", "int f(void) { return 1; }"), "h": F_AND_H,
         "n": ("thin", "int g(void); int no(void); int n(void) { return no() ? g() : 7; }"),
         "g": ("native", "int g(void) { return 1; }")},
        "-shared m.o no.o libh.a d.o n.o libg.a",
        archives={"libh.a": ("h.o",), "libg.a": ("g.o",)}),
    "the same beside a symbol that is assigned to": Case(
        {"m": uses("f"), "no": NO, "h": F_AND_H,
         "d": ("thin", "int f(void) { return 1; } int a(void) { return 2; }")},
        "-shared m.o no.o libh.a d.o --defsym=a=f", archives={"libh.a": ("h.o",)}),
    "a strong use in bitcode beside a weak one in a native": Case(
        {"m": uses("f"), "no": NO,
         "w": ("native", "__attribute__((weak)) int f(void); int w(void) { return f ? f() : 0; }")},
        "-shared m.o no.o w.o"),
    "the same, of a library that is taken as needed": Case(
        {"m": uses("f"), "no": NO,
         "w": ("native", "__attribute__((weak)) int f(void); int w(void) { return f ? f() : 0; }"),
         "f": F}, "-shared m.o no.o w.o --as-needed libf.so", shared={"libf.so": "f.o"}),
    "an archive's native member that a library names too": Case(
        {"d": ("native", "int f(void); int d(void) { return f(); }"),
         "w": ("thin", f"__attribute__((weak)) {HIDDEN} int f(void);"
                       "int w(void) { return f ? f() : 0; }"),
         "m": uses("f"), "no": NO, "f": F},
        "-shared libd.so w.o m.o no.o --start-lib f.o --end-lib",
        shared={"libd.so": "d.o"}),
    "a weak use in bitcode leaves an archive alone": Case(
        {"m": uses("f", "__attribute__((weak))"), "no": NO, "f": F}, "-shared m.o no.o libf.a",
        archives={"libf.a": ("f.o",)}),
    "--export-dynamic": Case(
        {"m": ("thin", f"{HIDDEN} int f(void); int no(void);"
                       "int main(void) { return no() ? f() : 0; }"), "no": NO, "f": F},
        "-pie -e main --export-dynamic m.o no.o f.o"),
    "a static executable": Case(
        {"m": ("thin", f"{HIDDEN} int f(void); int no(void);"
                       "int main(void) { return no() ? f() : 0; }"), "no": NO, "f": F},
        "-e main m.o no.o f.o"),
    "a symbol that a library wants": Case(
        {"m": ("thin", f"{HIDDEN} int f(void); int no(void); int g(void);"
                       "int main(void) { return no() ? f() : g(); }"), "no": NO, "f": F,
         "g": ("native", "int f(void); int g(void) { return f(); }")},
        "-pie -e main m.o no.o f.o libg.so --allow-shlib-undefined", shared={"libg.so": "g.o"}),
    "a symbol that one module hides, another protects and a library wants": Case(
        {"d": ("thin", f"{HIDDEN} int f(void) {{ return 9; }} int main(void) {{ return f(); }}"),
         "m": uses("f", PROTECTED), "no": NO,
         "w": ("native", "__attribute__((weak)) int f(void); int w(void) { return f ? f() : 0; }")},
        "-e main d.o m.o no.o libw.so", shared={"libw.so": "w.o"}),
    "--wrap": Case(
        {"m": uses("f", HIDDEN), "no": NO, "f": F,
         "w": ("native", "int __real_f(void); int __wrap_f(void) { return __real_f(); }")},
        "-shared m.o no.o f.o w.o --wrap=f"),
    "--wrap with the wrapper in an archive": Case(
        {"m": uses("f"), "no": NO, "f": F,
         "w": ("native", "int __real_f(void); int __wrap_f(void) { return __real_f(); }")},
        "-shared m.o no.o f.o libw.a --wrap=f", archives={"libw.a": ("w.o",)}),
    "--wrap of a module's function with the wrapper in an archive": Case(
        {"m": ("thin", "int f(void); int api(void) { return f(); }"), "no": NO,
         "f": ("thin", "int f(void) { return 1; }"),
         "w": ("native", "int __real_f(void); int __wrap_f(void) { return __real_f(); }")},
        "-shared m.o no.o f.o libw.a --wrap=f", archives={"libw.a": ("w.o",)}),
    "--defsym of a module's function that an archive defines too": Case(
        {"m": ("thin", "int f(void); int api(void) { return f(); }"), "no": NO,
         "f": ("thin", "int f(void) { return 1; }"), "g": ("native", "int g(void) { return 2; }"),
         "a": ("native", "int f(void) { return 3; } int member(void) { return 4; }")},
        "-shared m.o no.o f.o g.o liba.a --defsym=f=g", archives={"liba.a": ("a.o",)}),
    "--dynamic-list": Case(
        {"m": uses("f", HIDDEN), "no": NO, "f": F},
        "-shared m.o no.o f.o --dynamic-list=d -Bsymbolic", {"d": "{ f; api; };"}),
    "--icf=safe": Case(
        {"m": uses("f", HIDDEN), "no": NO, "f": F,
         "g": ("native", "int g(void) { return 1; }")},
        "-shared --icf=safe m.o no.o f.o g.o", flags=("-ffunction-sections", "-faddrsig")),
    "common and absolute symbols of a module for full LTO": Case(
        {"c": ("native", "char buf[1];"),
         "t": ("thin", "extern char buf[4096]; extern char a; char *fill(void) {"
                       "buf[4095] = 1; return &a; }"), "no": NO,
         "full": ("full", 'char buf[4096]; __asm__(".globl a; a=42");')},
        "-shared c.o t.o no.o full.o", flags=("-fcommon",)),
    "nothing but a module for full LTO that comes to nothing": Case(
        {"m": ("full", "static int f(void) { return 1; }"), "no": ("full", "")},
        "-shared m.o no.o"),
    "a module for full LTO without protection that comes to nothing": Case(
        {"m": ("thin", "int api(void) { return 1; }"), "no": NO, "e": ("full", "")},
        "-shared m.o no.o e.o -z cet-report=none", flags=("-fcf-protection=full",)),
    "only a common symbol": Case(
        {"m": ("full", "char buf[4096];"), "no": ("full", "")}, "-shared m.o no.o",
        flags=("-fcommon",)),
}


def make(folder: Path, case: Case) -> Linked:
    """A folder with what a case links."""
    folder.mkdir()
    linked = Linked(folder)
    linked.write(case.files or {})
    compile_all(linked, case.sources, *case.flags)
    for name, members in (case.archives or {}).items():
        archive(linked, name, *members)
    for name, member in (case.shared or {}).items():
        made = link(linked, ["-shared", "-soname", name, member], name)
        assert not made.failed, made.complaint
    return linked


@pytest.mark.parametrize("name", CASES)
def test_symbols_are_as_lld_makes_them(tmp_path: Path, name: str) -> None:
    linked = make(tmp_path / "link", CASES[name])
    assert differences(linked, *CASES[name].words.split()) == []


PROJECT = """
    [targets.it]
    kind = "shared-library"
    sources = ["m.c", "no.c", "f.o"]
    lto = "{}"
    link-args = ["-nostdlib", "-Wl,--version-script={{root}}/v"]
"""


@pytest.mark.parametrize("mode", ["thin", "fat", "combine"])
def test_a_project_in_every_mode(workspace: Workspace, mode: str) -> None:
    workspace.write({
        "ltogen.toml": dedent(PROJECT.format(mode)),
        "v": "{ global: api; f; hid; gone; local: inner; };\n", "no.c": NO[1],
        "m.c": f"{HIDDEN} int f(void); int no(void); {HIDDEN} int hid(void) {{ return no(); }}"
               "int inner(void) { return 3; } int gone(void) { return hid(); }"
               "int api(void) { return no() ? f() : inner() + gone(); }", "f.c": F[1]})
    linked = Linked(workspace.root)
    done = linked.run([CC, "-O2", "-fPIC", "-c", "f.c", "-o", "f.o"])
    assert done.status == 0, done.text
    workspace.configure()
    workspace.make()
    exported = {one[0] for one in read(linked, "out/libit.so").dynamic if "defined" in one}
    assert exported == {"api", "gone", "no"}
    assert workspace.no_work()
