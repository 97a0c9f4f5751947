"""What the flags of an existing build's compiles become: in backends, in natives, beside them."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
from pathlib import Path

import pytest

from tests.support.system_toolchain import CC, CXX, needs_clang
from tests.support.taken_over import MAIN, RULES, SQUARE, Existing, command, tool, warnings
from tests.support.workspace import run

pytestmark = needs_clang

NEEDS_PROFDATA = pytest.mark.skipif(not tool("llvm-profdata"), reason="no llvm-profdata")


@pytest.fixture
def existing(tmp_path: Path) -> Existing:
    """An empty folder."""
    root = tmp_path / "project"
    root.mkdir()
    return Existing(root)


def _edges(cflags: str = "-O2", square: str = "", link: str = "") -> str:
    """The small program; `square` are further flags of one source, `link` of its link."""
    return RULES + _program_edges("", cflags, square, link)


def _program_edges(folder: str, cflags: str, square: str, link: str) -> str:
    linker = "-fuse-ld=lld -Wl,--gc-sections"
    return f"""
build {folder}main.o: cc main.c
  cflags = {cflags}
build {folder}square.o: cc square.c
  cflags = {cflags} {square}
build {folder}app: link {folder}main.o {folder}square.o
  ldflags = {linker} {link}
"""


def _program(existing: Existing, cflags: str = "-O2", square: str = "", link: str = "") -> None:
    existing.write({"main.c": MAIN, "square.c": SQUARE,
                    "build.ninja": _edges(cflags, square, link)})


def _built(existing: Existing, *, warns: bool = False) -> list[str]:
    """Take over, build, and find nothing left to do; the warnings."""
    done = existing.configure(warns=warns)
    existing.make()
    assert existing.no_work()
    return warnings(done)


def _backend(existing: Existing, name: str, product: str = "app") -> list[str]:
    return shlex.split(command(existing, f"ltogen.out/native/{product}/{name}"))


# --- levels and code generation ---


@pytest.mark.parametrize(("level", "backend"), [
    ("-O0", "-O0"), ("-O1", "-O1"), ("-O2", "-O2"), ("-O3", "-O3"), ("-Os", "-O2"), ("-Oz", "-O2"),
    ("-O", "-O1"), ("-Og", "-O1"), ("", "-O0"), ("-Ofast", "-O3")])
def test_levels_are_each_sources_own(existing: Existing, level: str, backend: str) -> None:
    _program(existing, level, "-O3")
    _built(existing)
    assert existing.output("app") == "49\n"
    # Below 2, the code generator has a step and a level of its own.
    own = [backend, "-O2"] if backend in ("-O0", "-O1") else [backend]
    assert re.findall(r"(?<!\S)-O\w+", " ".join(_backend(existing, "main.o"))) == own
    assert re.findall(r"(?<!\S)-O\w+", " ".join(_backend(existing, "square.o"))) == ["-O3"]


@pytest.mark.parametrize("level", ["-O0", "-O1", "-O2", "-Os", "-Oz"])
def test_attributes_of_functions_are_what_the_compile_says(existing: Existing,
                                                           level: str) -> None:
    dis = tool("llvm-dis")
    if not dis:
        pytest.skip("no llvm-dis")
    _program(existing, level)
    existing.configure()
    existing.make()
    text = run([dis, "-o", "-", "ltogen.out/bitcode/square.o"], existing.folder).stdout
    assert ("optnone" in text) is (level == "-O0")
    assert ("optsize" in text) is (level in ("-Os", "-Oz"))
    assert ("minsize" in text) is (level == "-Oz")


COMPILE_AND_LINK = [
    ("-fPIC", "-shared"), ("-fPIE", "-pie"), ("-fno-pie", "-no-pie"), ("-fno-pic", "-no-pie"),
    ("-fPIC", "-no-pie"), ("-fPIC", "-pie"), ("-fno-pic -fPIE", "-pie"), ("", "-static"),
    ("-fPIE", "-static-pie"), ("-fno-plt -fPIC", ""), ("-mcmodel=medium", ""),
    ("-march=native", ""), ("-mllvm -inline-threshold=1", ""), ("-ffast-math", ""),
    ("-fno-semantic-interposition -fPIC", ""), ("-fvisibility=hidden", ""), ("-g", ""),
    ("-g3 -gz=zlib", "-g"), ("-pthread", "-pthread"),
    ("-fwhole-program-vtables -flto=thin", "-flto=thin"),
    ("-fomit-frame-pointer", ""), ("-fno-omit-frame-pointer -fstack-protector-strong", ""),
    ("-fstack-usage", ""), ("-fcommon", ""), ("-fsplit-machine-functions", ""),
    ("-ftrivial-auto-var-init=zero", ""), ("-fcf-protection=full", "-Wl,-z,ibt"),
    ("-flto", "-flto"),
    ("-flto=thin", "-flto=thin"),
    ("-flto=full", "-flto=full"),
    ("-ffat-lto-objects -flto=thin", "-flto=thin"),
    ("-fintegrated-as", ""),
    ("-funique-internal-linkage-names", ""), ("-fno-exceptions -funwind-tables", ""),
    ("-Wall -Wextra -Werror", ""), ("-std=c99 -pedantic-errors", ""),
    ("-fsanitize=address", "-fsanitize=address"),
    ("-fsanitize=undefined", "-fsanitize=undefined"),
    ("-fsanitize=undefined -fsanitize-trap=undefined", ""),
    ("-fsanitize=thread", "-fsanitize=thread"),
    ("-fsanitize=leak", "-fsanitize=leak"),
    ("-fsanitize=cfi -flto=thin -fvisibility=hidden", "-fsanitize=cfi -flto=thin"),
    ("-fsanitize=safe-stack", "-fsanitize=safe-stack"),
    ("-fxray-instrument", "-fxray-instrument"),
    ("-pg", "-pg"),
]


@pytest.mark.parametrize("batch", range(4))
def test_they_build_and_run_as_the_plain_build_does(existing: Existing, tmp_path: Path,
                                                    batch: int) -> None:
    flags = {f"{number}/": words for number, words in enumerate(COMPILE_AND_LINK[batch::4])}
    existing.write({"main.c": MAIN, "square.c": SQUARE, "build.ninja": RULES + "".join(
        _program_edges(folder, f"-O2 {cflags}", "", link)
        for folder, (cflags, link) in flags.items())})
    other = existing.copy(tmp_path / "plain")
    other.plain()
    _built(existing)
    for folder, words in flags.items():
        app = f"{folder}app"
        if "-shared" in words[1]:
            assert existing.symbols(app) >= {"main", "square"}
        else:
            assert existing.output(app) == other.output(app) == "49\n", words


def test_a_fixed_and_a_movable_object_in_one_fixed_program(existing: Existing) -> None:
    _program(existing, "-O2 -fPIC", "-fno-pic", "-no-pie")
    _built(existing)
    assert "-fno-pie" in _backend(existing, "main.o")
    assert existing.output("app") == "49\n"


@pytest.mark.parametrize(("flag", "sections"), [
    ("-ffunction-sections", True), ("-fno-function-sections", False), ("", False)])
@pytest.mark.parametrize(("model", "pic"), [("-fPIC", True), ("-fno-pic", False)])
def test_a_native_object_is_what_its_flags_say(existing: Existing, flag: str, sections: bool,
                                               model: str, pic: bool) -> None:
    """Some other rule of the build takes the objects; they are as in the plain build."""
    existing.write({
        "main.c": MAIN, "square.c": "int global;\nint square(int x) { return x * x + global; }\n",
        "build.ninja": _edges(f"-O2 {flag} {model}", "", "-no-pie") + """
rule bundle
  command = cat $in > $out
build bundle: bundle square.o
"""})
    existing.configure()
    existing.make()
    assert existing.is_lto("app")
    text = run(["readelf", "-SrW", "square.o"], existing.folder).stdout
    assert (".text.square" in text) is sections
    assert bool(re.search(r"GOTPCREL|GOTPCRELX", text)) is pic


def test_march_of_each_source(existing: Existing) -> None:
    existing.write({
        "main.c": MAIN.replace("square(7)", "square(7) + sum((int[16]){1}, 16)")
        .replace("int square(int);", "int square(int);\nint sum(int *, int);"),
        "square.c": SQUARE,
        "sum.c": "int sum(int *x, int n) { int s = 0; for (int i = 0; i < n; i++) s += x[i]; "
                 "return s; }\n",
        "build.ninja": _edges("-O3").replace(
            "build app: link main.o square.o",
            "build sum.o: cc sum.c\n  cflags = -O3 -mavx512f -mprefer-vector-width=512\n"
            "build app: link main.o square.o sum.o")})
    _built(existing)
    assert "-mavx512f" in _backend(existing, "sum.o")
    assert "-mavx512f" not in _backend(existing, "main.o")
    text = run([tool("llvm-objdump") or "objdump", "-d", "ltogen.out/native/app/sum.o"],
               existing.folder).stdout
    assert "zmm" in text


# --- debug information ---


def test_split_debug_information_is_found(existing: Existing) -> None:
    dwarfdump = tool("llvm-dwarfdump")
    if not dwarfdump:
        pytest.skip("no llvm-dwarfdump")
    _program(existing, "-O2 -g -gsplit-dwarf")
    _built(existing)
    native = existing.folder / "ltogen.out/native/app"
    dwos = sorted(path.name for path in native.rglob("*.dwo"))
    assert len(dwos) == 2, dwos
    skeleton = run([dwarfdump, "--debug-info", "app"], existing.folder).stdout
    names = re.findall(r'DW_AT_(?:GNU_)?dwo_name\s+\("([^"]+)"\)', skeleton)
    assert len(names) == 2, skeleton
    folders = re.findall(r'DW_AT_comp_dir\s+\("([^"]+)"\)', skeleton)
    for name in names:
        assert (Path(folders[0]) / name).exists(), name
    outputs = existing.make("-t", "targets", "all").stdout
    for name in names:
        assert f"{name}: " in outputs
    for name in dwos:
        next(native.rglob(name)).unlink()
    existing.make()
    assert sorted(path.name for path in native.rglob("*.dwo")) == dwos
    if shutil.which("gdb"):
        asked = run(["gdb", "-batch", "-nx", "-ex", "break main", "-ex", "run", "-ex",
                     "info source", "app"], existing.folder)
        assert re.search(r"main\.c", asked.stdout), asked.text
        assert "Could not find DWO" not in asked.text, asked.text


def test_split_debug_information_of_native_objects(existing: Existing) -> None:
    """A .dwo beside an object that something else needs lies where the plain build has it."""
    existing.write({"main.c": MAIN, "square.c": SQUARE,
                    "build.ninja": _edges("-O2 -g -gsplit-dwarf") +
                    "rule bundle\n  command = cat $in > $out\nbuild bundle: bundle square.o\n"})
    existing.configure()
    existing.make()
    dwarfdump = tool("llvm-dwarfdump")
    names = re.findall(r'dwo_name\s+\("([^"]+)"\)',
                       run([dwarfdump, "--debug-info", "square.o"], existing.folder).stdout)
    assert names and all((existing.folder / name).exists() for name in names), names
    existing.plain()
    existing.make()
    assert existing.no_work()


def test_debug_lines_are_there(existing: Existing) -> None:
    _program(existing, "-O2 -g")
    _built(existing)
    text = run([tool("llvm-dwarfdump"), "--debug-line", "app"], existing.folder).stdout
    assert "main.c" in text and "square.c" in text


# --- profiles ---


def _trained(existing: Existing, generate: str, use: str, profile: str = "app.profdata") -> None:
    """Build with instrumentation through ltogen, run, and turn to using the profile."""
    _program(existing, f"-O2 {generate}", "", generate)
    _built(existing)
    raw = existing.folder / "raw.profraw"
    existing.output("app", env={"LLVM_PROFILE_FILE": str(raw)})
    assert raw.exists()
    merged = run([tool("llvm-profdata"), "merge", str(raw), "-o", profile], existing.folder)
    assert merged.status == 0, merged.text
    existing.write({"build.ninja": _edges(f"-O2 {use}")})
    existing.make()
    assert existing.output("app") == "49\n"
    assert existing.no_work()


@NEEDS_PROFDATA
@pytest.mark.parametrize(("generate", "use"), [
    ("-fprofile-instr-generate", "-fprofile-instr-use=app.profdata"),
    ("-fprofile-generate", "-fprofile-use=app.profdata"),
    ("-fprofile-instr-generate -fcoverage-mapping", "-fprofile-use=app.profdata"),
], ids=["front end", "IR", "coverage mapping"])
def test_a_profile_is_followed(existing: Existing, generate: str, use: str) -> None:
    _trained(existing, generate, use)
    raw = existing.folder / "raw.profraw"
    run([tool("llvm-profdata"), "merge", f"-weighted-input=9,{raw}", "-o", "app.profdata"],
        existing.folder)
    edges = existing.make().edges
    assert {"compile main.c", "compile square.c"} <= set(edges), edges
    assert existing.no_work()


@NEEDS_PROFDATA
def test_a_profile_of_one_source_reruns_that_source(existing: Existing) -> None:
    _program(existing, "-O2 -fprofile-generate", "", "-fprofile-generate")
    _built(existing)
    existing.output("app", env={"LLVM_PROFILE_FILE": str(existing.folder / "raw.profraw")})
    run([tool("llvm-profdata"), "merge", "raw.profraw", "-o", "app.profdata"], existing.folder)
    existing.write({"build.ninja": _edges("-O2", "-fprofile-use=app.profdata")})
    existing.make()
    run([tool("llvm-profdata"), "merge", "-weighted-input=3,raw.profraw", "-o", "app.profdata"],
        existing.folder)
    edges = existing.make().edges
    assert "compile square.c" in edges
    assert "compile main.c" not in edges
    assert existing.no_work()


@NEEDS_PROFDATA
def test_a_profile_in_a_folder(existing: Existing) -> None:
    (existing.folder / "profiles").mkdir()
    _trained(existing, "-fprofile-generate", "-fprofile-use=profiles",
             "profiles/default.profdata")
    run([tool("llvm-profdata"), "merge", "-weighted-input=9,raw.profraw", "-o",
         "profiles/default.profdata"], existing.folder)
    assert {"compile main.c", "compile square.c"} <= set(existing.make().edges)


@NEEDS_PROFDATA
def test_a_context_sensitive_profile(existing: Existing) -> None:
    """Its counters are inserted by the backends, and its profile is read there."""
    _trained(existing, "-fprofile-generate", "-fprofile-use=app.profdata")
    existing.write({"build.ninja": _edges(
        "-O2 -fprofile-use=app.profdata -fcs-profile-generate", "",
        "-fcs-profile-generate")})
    existing.make()
    raw = existing.folder / "cs.profraw"
    raw.unlink(missing_ok=True)
    existing.output("app", env={"LLVM_PROFILE_FILE": str(raw)})
    assert raw.exists()
    shown = run([tool("llvm-profdata"), "show", "--showcs", "--all-functions", str(raw)],
                existing.folder)
    assert "main" in shown.stdout, shown.text
    run([tool("llvm-profdata"), "merge", "app.profdata", str(raw), "-o", "both.profdata"],
        existing.folder)
    existing.write({"build.ninja": _edges("-O2 -fprofile-use=both.profdata")})
    existing.make()
    assert existing.output("app") == "49\n"
    assert existing.no_work()
    run([tool("llvm-profdata"), "merge", "-weighted-input=5,app.profdata", str(raw), "-o",
         "both.profdata"], existing.folder)
    assert {"compile main.c", "compile square.c"} <= set(existing.make().edges)


def test_a_sample_profile_is_followed(existing: Existing) -> None:
    profile = "main:1000:0\n 1: 100\n 2: 100 square:50\nsquare:500:50\n 0: 50\n"
    existing.write({"main.c": MAIN, "square.c": SQUARE, "app.prof": profile,
                    "build.ninja": _edges("-O2 -g", "-fprofile-sample-use=app.prof")})
    _built(existing)
    assert existing.output("app") == "49\n"
    existing.write({"app.prof": profile.replace("500", "700")})
    edges = existing.make().edges
    assert "compile square.c" in edges and "compile main.c" not in edges, edges
    assert existing.no_work()


def test_a_sample_profile_that_the_link_reads(existing: Existing) -> None:
    profile = "main:1000:0\n 1: 100\n 2: 100 square:50\nsquare:500:50\n 0: 50\n"
    existing.write({"main.c": MAIN, "square.c": SQUARE, "app.prof": profile, "build.ninja":
                    _edges("-O2 -g", "", "-Wl,--lto-sample-profile=app.prof")})
    _built(existing)
    assert existing.output("app") == "49\n"
    existing.write({"app.prof": profile.replace("500", "700")})
    edges = existing.make().edges
    assert "code main.o for app" in edges, edges
    assert existing.no_work()


# --- sanitizers and coverage ---


@pytest.mark.parametrize(("sanitizer", "code", "complaint"), [
    ("address", "char *volatile p = malloc(8); p[n + 7] = 1; return p[n + 7];",
     "heap-buffer-overflow"),
    ("undefined", "return 2147483647 + n;", "signed integer overflow"),
])
def test_a_sanitizer_finds_its_mistake(existing: Existing, sanitizer: str, code: str,
                                       complaint: str) -> None:
    _program(existing, f"-O1 -g -fsanitize={sanitizer}", "", f"-fsanitize={sanitizer}")
    existing.write({"square.c": f"#include <stdlib.h>\nint square(int n) {{ {code} }}\n"})
    _built(existing)
    done = run(["./app"], existing.folder)
    assert complaint in done.stderr, done.text
    assert "square.c" in done.stderr, done.text


def test_coverage_is_where_the_plain_build_has_it(existing: Existing, tmp_path: Path) -> None:
    _program(existing, "-O1 --coverage", "", "--coverage")
    other = existing.copy(tmp_path / "plain")
    other.plain()
    other.output("app")
    _built(existing)
    existing.output("app")
    expected = {name for name in other.files() if name.endswith((".gcno", ".gcda"))}
    assert len(expected) == 4
    assert expected <= existing.files(), sorted(existing.files())
    if tool("llvm-cov"):
        counted = run([tool("llvm-cov"), "gcov", "-t", "square.o"], existing.folder)
        assert re.search(r"^ +1: +1:int square", counted.stdout, re.MULTILINE), counted.text


# --- files beside the output ---


def test_optimisation_records(existing: Existing) -> None:
    _program(existing, "-O2 -fsave-optimization-record")
    _built(existing)
    found = {name for name in existing.files() if name.endswith(".opt.yaml")}
    assert any(name.startswith("ltogen.out/native/") for name in found), sorted(existing.files())


def test_time_trace(existing: Existing) -> None:
    _program(existing, "-O2 -ftime-trace")
    _built(existing)
    found = [name for name in existing.files() if name.endswith(".json") and "main" in name]
    assert found, sorted(existing.files())
    json.loads((existing.folder / found[0]).read_text())
    # A declared output comes back.
    (existing.folder / found[0]).unlink()
    existing.make()
    assert existing.no_work()


def test_compile_database_fragments(existing: Existing) -> None:
    _program(existing, "-O2 -MJ $out.json")
    _built(existing)
    assert existing.output("app") == "49\n"


def test_diagnostics_in_a_file(existing: Existing) -> None:
    _program(existing, "-O2 --serialize-diagnostics $out.dia")
    _built(existing)
    assert existing.output("app") == "49\n"


# --- how a compile is spelled ---


@pytest.mark.parametrize("line", [
    "$cc -O2 -MD -MF $out.d -c $in -o$out",
    "$cc -O2 -MD -MF$out.d -o $out -c $in",
    "$cc -c -MMD -MP -MT $out -MF $out.d -O2 $in -o $out",
    "$cc -O2 -Wp,-MD,$out.d -c -o $out $in",
    "$cc -O2 -Wp,-MMD,$out.d -Wp,-MT,$out -c -o $out $in",
    "$cc -O2 -MMD -MQ $out -MF $out.d -c $in -o $out",
    "$cc -O2 -x c -MD -MF $out.d -c $in -o $out",
    "$cc -O2 -xc -MD -MF $out.d -c $in -o $out",
    "$cc -O2 -MD -MF $out.d -c -o $out -- $in",
    "$cc -O2 -MD -MF $out.d -include header.h -c $in -o $out",
    "$cc '-O2' \"-MD\" -MF $out.d -c '$in' -o \"$out\"",
    "LANG=C $cc -O2 -MD -MF $out.d -c $in -o $out",
    "env A=b $cc -O2 -MD -MF $out.d -c $in -o $out",
    "$cc -O2 -MD -MF $out.d -c $in -o $out && true",
    "echo compile && $cc -O2 -MD -MF $out.d -c $in -o $out",
    "$cc -O2 -MD -MF $out.d -c $in -o $out > $out.log 2>&1",
    "( $cc -O2 -MD -MF $out.d -c $in -o $out )",
    "exec $cc -O2 -MD -MF $out.d -c $in -o $out",
    "sh -c 'exec \"$$@\"' sh $cc -O2 -MD -MF $out.d -c $in -o $out",
    "$cc -O2 -MD -MF $out.d -c ./$in -o ./$out",
    "$cc -O2 -MD -MF $out.d -c $$PWD/$in -o $$PWD/$out",
    "cd . && $cc -O2 -MD -MF $out.d -c $in -o $out",
    "mkdir -p sub && cd sub && $cc -O2 -I.. -MD -MF ../$out.d -c ../$in -o ../$out",
    "if $cc -O2 -MD -MF $out.d -c $in -o $out; then echo; else exit 1; fi",
    "$cc -O2 -MD -MF $out.d -c $in -o $out || exit 1",
    "test -e $in; $cc -O2 -MD -MF $out.d -c $in -o $out",
    "$cc -O2 -MD -MF $out.d -c $in -o $out -Xclang -disable-llvm-verifier",
    "$cc -O2 -MD -MF $out.d -c $in -o $out -DA=\"b\" -DC='\"d e\"' -D'F(x)=x'",
], ids=lambda line: line.replace(" -MD -MF $out.d", "").replace("/", "_"))
def test_spellings_of_a_compile(existing: Existing, tmp_path: Path, line: str) -> None:
    """Either it is taken over and right, or it is left as it was with a warning."""
    _program(existing)
    existing.write({"header.h": "#define HEADER\n"})
    existing.replace("build.ninja", "$cc $cflags -MD -MF $out.d -c $in -o $out", line)
    other = existing.copy(tmp_path / "plain")
    other.plain()
    done = existing.try_configure()
    assert "Traceback" not in done.stderr, done.stderr
    if done.status == 1:
        assert done.stderr.count("\n") == 1, done.stderr
        assert re.search(r"main\.o|app", done.stderr), done.stderr
        return
    existing.make()
    assert existing.output("app") == other.output("app")
    assert existing.no_work()
    if not warnings(done):
        assert existing.is_lto("app")
    existing.write({"main.c": '#include "new.h"\n' + MAIN, "new.h": ""})
    existing.make()
    assert existing.no_work()
    existing.write({"new.h": "#define UNUSED\n", "square.c": SQUARE.replace("x * x", "x + x")})
    existing.make()
    assert existing.output("app") == "14\n"
    more = "static int more(int x) { return x + 1; }\n#define square(x) more(x)\n"
    existing.write({"new.h": more,
                    "main.c": '#include <stdio.h>\n#include "new.h"\n' + MAIN.partition(";")[2]})
    existing.make()
    assert existing.output("app") == "8\n"
    existing.replace("new.h", "x + 1", "x + 2")
    existing.make()
    assert existing.output("app") == "9\n"
    assert existing.no_work()


def test_definitions_with_everything_in_them(existing: Existing) -> None:
    existing.write({
        "main.c": "#include <stdio.h>\n"
                  'int main(void) { printf("%s|%s|%c|%d\\n", A, B, C, D(3)); }\n',
        "square.c": SQUARE,
        "build.ninja": _edges("-O2 '-DA=\"it is $$5 #\"' -DB=\\\"a\\ b\\\" \"-DC='x'\" "
                              "'-DD(x)=((x)*2)'")})
    _built(existing)
    assert existing.output("app") == "it is $5 #|a b|x|6\n"


def test_a_c_file_as_cxx(existing: Existing) -> None:
    existing.write({
        "main.c": "#include <cstdio>\nextern \"C\" int square(int);\n"
                  "int main() { std::printf(\"%d\\n\", square(7)); }\n",
        "square.c": SQUARE, "build.ninja": _edges().replace(
            "cc main.c\n  cflags = -O2", "cc main.c\n  cflags = -O2 -x c++")})
    _built(existing)
    assert existing.output("app") == "49\n"
    assert existing.is_lto("app")


def test_assembler_stays_native(existing: Existing) -> None:
    existing.write({
        "main.c": MAIN.replace("square(7)", "square(7) + one() + two()")
        .replace("int square(int);", "int square(int);\nint one(void), two(void);"),
        "square.c": SQUARE,
        "one.S": "#define VALUE $1\n.globl one\none: movl VALUE, %eax\nret\n",
        "two.s": ".globl two\ntwo: movl $2, %eax\nret\n",
        "build.ninja": _edges().replace("main.o square.o", "main.o square.o one.o two.o") + f"""
build one.o: cc one.S
rule as
  command = {CC} -c $in -o $out
build two.o: as two.s
"""})
    _built(existing)
    assert existing.output("app") == "52\n"
    assert existing.is_lto("app")


def test_ir_as_a_source(existing: Existing) -> None:
    existing.write({"square.c": SQUARE, "main.c": MAIN})
    run([CC, "-O1", "-S", "-emit-llvm", "square.c", "-o", "square.ll"], existing.folder)
    run([CC, "-O1", "-c", "-emit-llvm", "main.c", "-o", "main.bc"], existing.folder)
    existing.write({"build.ninja": _edges().replace("square.c", "square.ll")
                    .replace("main.c", "main.bc").replace("-MD -MF $out.d ", "")
                    .replace("  depfile = $out.d\n  deps = gcc\n", "")})
    _built(existing)
    assert existing.output("app") == "49\n"
    assert existing.is_lto("app")


def test_preprocessed_sources(existing: Existing) -> None:
    existing.write({"main.c": MAIN, "square.c": SQUARE, "build.ninja": RULES + f"""
rule pre
  command = {CC} -E -MD -MF $out.d $in -o $out
  depfile = $out.d
rule cci
  command = {CC} -O2 -c $in -o $out
build main.i: pre main.c
build square.i: pre square.c
build main.o: cci main.i
build square.o: cci square.i
build app: link main.o square.o
"""})
    _built(existing)
    assert existing.output("app") == "49\n"
    assert existing.is_lto("app")


@pytest.mark.parametrize(("edges", "reason"), [
    ("build app: both main.c square.c\n"
     "rule both\n  command = $cc -O2 -fuse-ld=lld $in -o $out\n", "one command"),
    ("build main.o: cc main.c\nbuild app: both main.o | square.c\n"
     "rule both\n  command = $cc -O2 -fuse-ld=lld $in square.c -o $out\n", "one command"),
    ("build all.o: several main.c square.c\nbuild app: link all.o\n"
     "rule several\n  command = $cc -O2 -r $in -o $out\n", ""),
    ("build main.o: temps main.c\nbuild square.o: temps square.c\nbuild app: link main.o square.o\n"
     "rule temps\n  command = $cc -O2 -save-temps=obj -c $in -o $out\n", "temporary"),
    ("build main.o: cc main.c\nbuild square.o: temps square.c\nbuild app: link main.o square.o\n"
     "rule temps\n  command = $cc -O2 -save-temps=obj -c $in -o $out\n", "temporary"),
    ("build main.o: cc main.c\nbuild square.o: cc square.c\nbuild both.o: reloc main.o square.o\n"
     "build app: link both.o\nrule reloc\n  command = $cc -r $in -o $out\n", ""),
    ("build main.o square.o: two main.c square.c\nbuild app: link main.o square.o\n"
     "rule two\n  command = $cc -O2 -c $in\n", ""),
    ("build main.o: cc main.c\nbuild square.o | square.su: cc square.c\n"
     "  cflags = -O2 -fstack-usage\nbuild app: link main.o square.o\n", ""),
    ("build main.o: cc main.c\nbuild square.o: viashell square.c\n"
     "build app: link main.o square.o\nrule viashell\n"
     "  command = $cc -O2 $$(echo -DX) -c $in -o $out\n", "shell"),
    ("build main.o: cc main.c\nbuild square.o: cc square.c\n"
     "build app: viashell main.o square.o\nrule viashell\n"
     "  command = $cc $ldflags $$(echo main.o) square.o -o $out\n", "shell"),
], ids=["compile and link", "a source in a link", "relocatable", "-save-temps everywhere",
        "-save-temps in one", "relocatable of objects", "several sources", "two outputs",
        "shell words", "shell words in a link"])
def test_what_is_left_as_it_was(existing: Existing, tmp_path: Path, edges: str,
                                reason: str) -> None:
    """It builds as ever; if the product is not optimised in full, a warning names an output."""
    statements = re.split(r"(?m)^(?=build |rule )", edges)
    rules = "".join(sorted(statements, key=lambda text: text.startswith("build ")))
    existing.write({"main.c": MAIN, "square.c": SQUARE, "build.ninja": RULES + rules})
    other = existing.copy(tmp_path / "plain")
    other.plain()
    done = existing.try_configure()
    assert done.stderr.startswith("ltogen: "), done.text
    assert done.stderr.count("\n") == 1, done.stderr
    assert re.search(r"\b(app|square\.o|main\.o|all\.o|both\.o)\b", done.stderr), done.stderr
    assert reason in done.stderr
    if done.status == 0:
        existing.make()
        assert existing.output("app") == other.output("app") == "49\n"
        assert existing.no_work()


def test_an_object_that_comes_from_assembler(existing: Existing) -> None:
    existing.write({"main.c": MAIN, "square.c": SQUARE, "build.ninja": RULES + """
rule asm
  command = $cc -O2 -S $in -o $out
rule assemble
  command = $cc -c $in -o $out
build main.o: cc main.c
build square.s: asm square.c
build square.o: assemble square.s
build app: link main.o square.o
"""})
    existing.configure()
    existing.make()
    assert existing.output("app") == "49\n"
    assert existing.no_work()


def test_an_object_that_the_build_wants_without_lto(existing: Existing) -> None:
    """-fno-lto on one source is the build's word, and no reason for a warning."""
    _program(existing, "-O2", "-fno-lto")
    _built(existing)
    assert existing.output("app") == "49\n"
    assert not (existing.folder / "ltogen.out/bitcode/square.o").exists()


def test_fat_objects_elsewhere(existing: Existing) -> None:
    """A plain archive of objects that are taken, of a build with fat objects."""
    existing.write({"main.c": MAIN, "square.c": SQUARE, "build.ninja":
                    _edges("-O2 -flto=thin -ffat-lto-objects", "", "-flto=thin")
                    + "build libsquare.a: ar square.o\ndefault libsquare.a app\n"})
    existing.configure()
    existing.make()
    assert existing.no_work()
    assert existing.is_lto("app")
    # Fat: a linker without LTO can take it.
    done = run([CC, "-fno-lto", "-fuse-ld=lld", "-O2", "main.c", "libsquare.a", "-o", "other"],
               existing.folder)
    assert done.status == 0, done.text
    assert existing.output("other") == "49\n"


def test_objective_c_is_left_alone(existing: Existing) -> None:
    existing.write({"main.c": MAIN, "square.c": SQUARE, "square.m": SQUARE,
                    "build.ninja": _edges().replace("cc square.c", "cc square.m")})
    done = existing.try_configure()
    assert "Traceback" not in done.text
    assert done.status == 0, done.text
    existing.make()
    assert existing.output("app") == "49\n"


def test_a_cxx_program_with_exceptions_and_templates(existing: Existing) -> None:
    existing.write({
        "main.cpp": "#include <stdexcept>\n#include <iostream>\nint square(int);\n"
                    "int main() { try { square(-1); } catch (const std::exception &e) "
                    "{ std::cout << e.what() << square(7) << '\\n'; } }\n",
        "square.cpp": "#include <stdexcept>\nint square(int x) { if (x < 0) throw "
                      "std::invalid_argument(\"negative\"); return x * x; }\n",
        "build.ninja": RULES + "build main.o: cxx main.cpp\nbuild square.o: cxx square.cpp\n"
                               "build app: linkxx main.o square.o\n"})
    _built(existing)
    assert existing.output("app") == "negative49\n"


@pytest.mark.parametrize("name", ["a b.c", "a$$b.c", "a'b.c", 'a"b.c', "a#b.c", "é.c", "a%b.c",
                                  "a(b).c", "a&b.c", "a~b.c", "a\\\\b.c"])
def test_awkward_names(existing: Existing, name: str) -> None:
    """Each of these is one file to Ninja and, quoted by Ninja itself, to the shell."""
    real = name.replace("$$", "$").replace("\\\\", "\\")
    ninja = real.replace("$", "$$").replace(" ", "$ ").replace(":", "$:")
    existing.write({"main.c": MAIN, real: SQUARE})
    existing.write({"build.ninja": RULES + "build main.o: cc main.c\n"
                                           f"build {ninja}.o: cc {ninja}\n"
                                           f"build app: link main.o {ninja}.o\n"})
    plain = run([*existing.ninja, "-n"], existing.folder)
    assert plain.status == 0, plain.text
    done = existing.try_configure()
    assert done.status == 0, done.text
    existing.make()
    assert existing.output("app") == "49\n"
    assert existing.is_lto("app")
    # Ninja's own depfile parser does not know every name.
    assert existing.no_work() or "\\" in real or '"' in real


def test_nothing_of_the_environment_is_needed(existing: Existing) -> None:
    """The same manifest, whatever the caller's folder and PATH."""
    _program(existing)
    existing.configure()
    text = (existing.folder / "ltogen.ninja").read_text()
    done = run(["ninja", "-C", str(existing.folder), "-f", "ltogen.ninja"], Path("/"))
    assert done.status == 0, done.text
    assert (existing.folder / "ltogen.ninja").read_text() == text
    assert os.path.exists(existing.folder / "app") and CXX
