"""A folder of odd files that links can name, and command lines and scripts that name them."""

from __future__ import annotations

import subprocess
from pathlib import Path

from hypothesis import strategies as st

from tests.support.system_toolchain import AR, CC

SCRIPTS = ("s0.ld", "s1 x.ld", "d1/libscript.so", "d2/s2.ld", "root/lib/libr.so")
RESPONSES = ("r0.rsp", "r1.rsp")
_OBJECTS = {
    "a.o": (), "b c.o": (), "quo'te\".o": (), "lib/d.o": (), "bc.o": ("-flto=thin",),
    "full.o": ("-flto",), "fat.o": ("-flto=thin", "-ffat-lto-objects"),
    "wrapped.o": ("-flto=thin",), "dep.o": ("-DLIB",), "depbc.o": ("-DLIB", "-flto=thin"),
    "in/depm.o": ("-DLIB",),
}
_SOURCE = """
#ifdef LIB
#pragma comment(lib, "dependent")
#endif
__attribute__((weak)) int NAME(int x) { return x + 1; }
"""
_ARCHIVES = {
    "d1/libone.a": ("a.o", "bc.o"), "d2/libone.a": ("b c.o",), "d1/libtwo.a": ("full.o",),
    "d2/libthree.a": ("fat.o", "lib/d.o"), "d 3/libspace.a": ("b c.o",), "fat.a": ("fat.o",),
    "d2/libdependent.a": ("a.o",), "root/lib/libroot.a": ("lib/d.o",),
    "d1/libdeparchive.a": ("in/depm.o",), "d1/libempty.a": (),
}
_THIN = {"d1/libthin.a": ("a.o", "bc.o"), "thin.a": ("lib/d.o", "quo'te\".o"),
         "d2/libnested.a": ("d1/libthin.a", "b c.o")}
_TEXTS = {
    "empty": b"", "short": b"ab", "junk": b"\x01\x02 junk {", "other.obj": b"d\x86 some bytes here",
    "v.ver": b"V1 { global: a*; local: x*; };\n", "d1/only.ver": b"V2 { global: *; };\n",
    "dyn.list": b"{ a*; };\n", "order.txt": b"a\n", "graph.txt": b"a b 1\n", "keep.txt": b"a\n",
    "remap.txt": b"# one\nlib/*=a.o\n", "d2/plain": b"", "d1/in.ld": b"SEARCH_DIR(d2)\n",
}
FILES = (*_OBJECTS, *_ARCHIVES, *_THIN, *_TEXTS, *SCRIPTS, "d1/libone.so", "d2/libtwo.so",
         "program")


def make(folder: Path) -> None:
    """Fill an empty folder."""
    for name in FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
    for number, (name, flags) in enumerate(_OBJECTS.items()):
        source = folder / "in" / f"{number}.c"
        source.write_text(_SOURCE)
        _run(folder, CC, "-O1", "-fPIC", f"-DNAME=f{number}", *flags, "-c", str(source), "-o", name)
    for name, data in _TEXTS.items():
        (folder / name).write_bytes(data)
    data = (folder / "wrapped.o").read_bytes()
    header = [0x0B17C0DE, 0, 20, len(data), 0]
    (folder / "wrapped.o").write_bytes(b"".join(
        number.to_bytes(4, "little") for number in header) + data)
    for name, members in _ARCHIVES.items():
        _run(folder, AR, "qcs", name, *members)
    for name, members in _THIN.items():
        _run(folder, AR, "--thin", "qcs", name, *members)
    for name, member in (("d1/libone.so", "a.o"), ("d2/libtwo.so", "b c.o")):
        _run(folder, "ld.lld-22", "-shared", member, "-o", name)
    _run(folder, "ld.lld-22", "a.o", "-e", "0", "-o", "program")


def _run(folder: Path, *command: str) -> None:
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


_NATIVE = ("a.o", "b c.o", "quo'te\".o", "lib/d.o", "d1/libone.so", "d2/libone.a", "thin.a",
           "d1/libempty.a", "empty", "short", "d2/libtwo.so", "fat.a")
_BITCODE = ("bc.o", "full.o", "fat.o", "wrapped.o", "d1/libone.a", "d1/libthin.a", "d1/libtwo.a",
            "d2/libthree.a", "d2/libnested.a")
_ASKING = ("dep.o", "depbc.o", "d1/libdeparchive.a")
_ODD = ("junk", "other.obj", "program", "nosuch.o", "d1", "in/nosuch.a")
_FOLDERS = ("d1", "d2", "d 3", "./d1/", "nosuch", "=/lib", "=lib/", "root/lib", "")
_LIBRARIES = ("one", "one", "two", "two", "three", "three", "space", "thin", "nested", "script",
              "empty", ":libone.a", ":plain", ":libtwo.so", "dependent", "root", "r", "nosuch")

inputs = st.one_of(*[st.sampled_from(names) for names in (
    _NATIVE, _NATIVE, _BITCODE, _ASKING, SCRIPTS, SCRIPTS)], st.sampled_from((*_NATIVE, *_ODD)))


def _spelled(names: tuple[str, ...], values: tuple[str, ...]) -> st.SearchStrategy[list[str]]:
    """An option in each of its spellings; `-x` may have its value joined."""
    spellings = [lambda value, name=name: [name, value] for name in names]
    spellings += [lambda value, name=name: [name + ("" if len(name) == 2 else "=") + value]
                  for name in names]
    return st.builds(lambda spell, value: spell(value) if value or len(spell(value)) == 2 else [],
                     st.sampled_from(spellings), st.sampled_from(values))


_STATES = ("-Bstatic", "-static", "-dn", "-Bdynamic", "-dy", "--whole-archive",
           "--no-whole-archive", "--as-needed", "--no-as-needed", "--push-state", "--pop-state",
           "-n", "-N", "-no-dependent-libraries", "--dependent-libraries", "--fat-lto-objects",
           "--no-fat-lto-objects", "--no-dependent-libraries", "-nostdlib", "--format=default")
_OPTIONS = st.one_of(
    _spelled(("-l", "--library", "-library"), _LIBRARIES),
    _spelled(("-l", "--library"), _LIBRARIES),
    _spelled(("-L", "--library-path", "-library-path"), _FOLDERS),
    _spelled(("-L",), _FOLDERS),
    st.sampled_from(_STATES).map(lambda word: [word]),
    st.sampled_from(_STATES).map(lambda word: [word]),
    _spelled(("--version-script", "-version-script"), ("v.ver", "v.ver", "only.ver")),
    _spelled(("--dynamic-list", "--export-dynamic-symbol-list"), ("dyn.list",)),
    _spelled(("--symbol-ordering-file",), ("order.txt", "keep.txt")),
    _spelled(("--retain-symbols-file",), ("keep.txt",)),
    _spelled(("--just-symbols",), ("a.o", "lib/d.o")),
    _spelled(("-T", "--script"), SCRIPTS[:4]), _spelled(("--default-script",), SCRIPTS[:4]),
    _spelled(("--sysroot",), ("root", "ROOT")),
    st.sampled_from((["--remap-inputs", "a.o=lib/d.o"], ["--remap-inputs=*/libone.a=a.o"],
                     ["--remap-inputs-file=remap.txt"])),
    st.sampled_from(RESPONSES).map(lambda name: [f"@{name}"]),
    st.sampled_from((["-b", "binary", "v.ver", "-b", "elf"], ["-z", "now"], ["-o", "out2"],
                     ["-e", "f0"], ["-u", "f1"], ["-soname", "x.so"], ["-h", "y"], ["-R", "a.o"])),
    st.lists(inputs, max_size=3).map(lambda names: ["--start-lib", *names, "--end-lib"]),
    st.lists(inputs, max_size=3).map(lambda names: ["--start-group", *names, "--end-group"]),
)
_parts = st.lists(st.one_of(inputs.map(lambda name: [name]), _OPTIONS), max_size=9)
words = st.builds(lambda parts, folders: [word for part in parts for word in part] + folders,
                  _parts, st.sampled_from(([], ["-Ld2"], ["-Ld1", "-Ld2", "-L", "d 3"],
                                           ["-L=/lib", "-L", "d2", "-Ld1"])))

_SCRIPT_NAMES = ("a.o", "a.o", "b c.o", "b c.o", "d2/libone.a", "libone.a", "-lone", "-ltwo",
                 "libtwo.so", "plain", "=/lib/libroot.a", "=root/lib/libroot.a", "empty", "fat.a",
                 "bc.o", "/lib/libroot.a", "s0.ld", "s2.ld", "d.o", "nosuch.o", "-lspace", "junk")


def _named(name: str) -> str:
    return f'"{name}"' if " " in name or "'" in name else name


_NAMES = st.lists(st.sampled_from(_SCRIPT_NAMES).map(_named), min_size=1, max_size=3).map(" ".join)
_STATEMENTS = st.one_of(
    _NAMES.map("INPUT({})".format), _NAMES.map("GROUP ( {} )".format),
    st.builds("INPUT({} AS_NEEDED({})\n)".format, _NAMES, _NAMES),
    st.sampled_from(("SEARCH_DIR(d2)", 'SEARCH_DIR("d 3")', "SEARCH_DIR(=/lib)", "INCLUDE d1/in.ld",
                     "INCLUDE s0.ld", "INCLUDE in.ld", "INCLUDE \"s1 x.ld\"")),
    st.sampled_from((
        "/* INPUT(nosuch) */", "# INPUT(nosuch)\n", "OUTPUT_FORMAT(elf64-x86-64)", "EXTERN(f1 f2)",
        "OUTPUT_FORMAT(elf64-x86-64, elf64-x86-64, elf64-x86-64)", "ENTRY(f0)", ";", "x = 1;",
        "y += 1 + (2 * 3) /* } */;", "PROVIDE(z = ALIGN(4));", "ASSERT(1 == 1, \"never }\")",
        "TARGET(elf64-x86-64)", "VERSION { V9 { global: INCLUDE; local: q*; }; }",
        "SECTIONS { .text : { *(.text .text.*) INCLUDE d1/in.ld } . = ALIGN(8); /DISCARD/ : "
        "{ *(.comment) } }", "OUTPUT(out3)", "OUTPUT_ARCH(i386:x86-64)",
        "MEMORY { ram (rwx) : ORIGIN = 0x1000, LENGTH = 64M }",
        "OVERWRITE_SECTIONS { .data : { *(.data) } }", "\"quoted\" = 2;", "INPUT()",
        "SECTIONS { .a : { BYTE(1) x = .; *(.INPUT) } =0x90 } INSERT AFTER .text;")),
)
_WELL = st.lists(_STATEMENTS, max_size=4).map("\n".join)
_ILL = st.one_of(
    st.none(),
    st.builds(lambda parts, end: "\n".join(parts) + end, st.lists(_STATEMENTS, max_size=2),
              st.sampled_from(("}", "INPUT(", "/* open", '"open', "foo", "SECTIONS {", "INPUT"))))
scripts = st.one_of(*[_WELL] * 8, _ILL)


def quoted(line: list[str]) -> str:
    """The text of a response file, with every form of quotes."""
    styles = (lambda word: '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"',
              lambda word: "'" + word.replace("\\", "\\\\").replace("'", "\\'") + "'",
              lambda word: "".join("\\" + letter if letter in " '\"\\" else letter
                                   for letter in word))
    return "\n\t".join(styles[number % 3](word) for number, word in enumerate(line) if word)
