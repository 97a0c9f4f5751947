"""C++ modules and other things that Ninja learns while it builds, in builds that are taken over."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from tests.support import existing_build
from tests.support.system_toolchain import CXX, needs_clang
from tests.support.taken_over import Existing, tool, warnings
from tests.support.workspace import NINJA

pytestmark = needs_clang
CMAKE = str(Path(sys.executable).parent / "cmake")

# `app` imports a module of one library that exports one of another, which has a partition.
LIBRARIES = {
    "CMakeLists.txt": """\
cmake_minimum_required(VERSION 3.28)
project(story CXX)
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_EXTENSIONS OFF)
add_library(base)
target_sources(base PUBLIC FILE_SET CXX_MODULES FILES base.cppm part.cppm PRIVATE impl.cpp)
add_library(mods)
target_sources(mods PUBLIC FILE_SET CXX_MODULES FILES m.cppm)
target_link_libraries(mods PUBLIC base)
add_executable(app main.cpp)
target_link_libraries(app PRIVATE mods)
add_executable(other other.cpp)
target_link_libraries(other PRIVATE mods)
""",
    "part.cppm": "module;\n#include <string>\nexport module base:part;\n"
                 "export inline int part(int x) { return x + 7; }\nexport std::string name();\n",
    "base.cppm": "export module base;\nexport import :part;\n"
                 "export inline int base(int x) { return part(x) + 50; }\n",
    "impl.cpp": "module;\n#include <string>\nmodule base;\n"
                "std::string name() { return \"name\"; }\n",
    "m.cppm": "module;\n#include <string>\nexport module m;\nexport import base;\n"
              "export inline int mod(int x) { return base(x); }\n",
    "main.cpp": "#include <cstdio>\nimport m;\nint main(int n, char **) "
                "{ std::printf(\"%d %s\\n\", mod(n), name().c_str()); }\n",
    "other.cpp": "#include <cstdio>\nimport m;\nint main() { std::printf(\"%d\\n\", mod(100)); }\n",
}


@pytest.fixture
def existing(tmp_path: Path) -> Existing:
    """An empty folder for a build."""
    root = tmp_path / "root"
    root.mkdir()
    return Existing(root)


@pytest.fixture(params=["-j1", "-j2", "-j8"])
def jobs(request: pytest.FixtureRequest, existing: Existing) -> Existing:
    """The same, for a Ninja of one, two and eight jobs."""
    existing.ninja = [NINJA, request.param]
    return existing


def scanned(existing: Existing, files: dict[str, str], *targets: str) -> None:
    """Have CMake make a build, and take it over."""
    assert tool("clang-scan-deps"), "clang-scan-deps is in the package of clang's tools"
    existing.write(files)
    existing.cmake(program=CMAKE)
    existing.configure(*targets)


def test_modules_of_three_libraries(jobs: Existing) -> None:
    scanned(jobs, LIBRARIES)
    for _ in range(2):
        jobs.make()
        assert jobs.output("app") == "58 name\n"
        assert jobs.output("other") == "157\n"
        assert jobs.no_work()
        shutil.rmtree(jobs.folder / "ltogen.out")
        jobs.make("-t", "clean")
    jobs.make()
    for file, old, new, expected in (
            ("base.cppm", "+ 50", "+ 60", "68 name\n"), ("part.cppm", "+ 7", "+ 8", "69 name\n"),
            ("m.cppm", "base(x)", "-base(x)", "-69 name\n"),
            ("impl.cpp", '"name"', '"nom"', "-69 nom\n"),
            ("base.cppm", "+ 60", "+ 50 /* again */", "-59 nom\n")):
        jobs.replace(file, old, new)
        jobs.make()
        assert jobs.output("app") == expected, file
        assert jobs.no_work(), file
    assert "58 nom\n" not in jobs.output("other")


def test_an_import_comes_and_goes(jobs: Existing) -> None:
    scanned(jobs, LIBRARIES)
    jobs.make()
    main = LIBRARIES["main.cpp"]
    jobs.write({"main.cpp": main.replace("import m;", "import base;").replace("mod", "base"),
                "m.cppm": LIBRARIES["m.cppm"].replace("export import base;", "import base;")})
    # `other` sees `mod` alone, and `app` no longer what `m` is.
    jobs.make()
    assert jobs.output("app") == "58 name\n"
    assert jobs.no_work()
    jobs.replace("m.cppm", "base(x)", "base(x) + 1000")
    jobs.make()
    assert jobs.output("app") == "58 name\n"
    assert jobs.output("other") == "1157\n"
    jobs.write({"main.cpp": main, "m.cppm": LIBRARIES["m.cppm"].replace("base(x)", "base(x) + 3")})
    jobs.make()
    assert jobs.output("app") == "61 name\n"
    assert jobs.no_work()


def test_one_link_of_several(jobs: Existing) -> None:
    """What is not optimised imports the same modules: its scan must be read behind theirs."""
    scanned(jobs, LIBRARIES, "app")
    jobs.make()
    jobs.replace("base.cppm", "+ 50", "+ 60")
    jobs.make()
    assert jobs.output("app") == "68 name\n"
    assert jobs.output("other") == "167\n"
    assert jobs.no_work()


def test_an_importer_that_stays_native(jobs: Existing) -> None:
    """Its dyndep file is the build's own, so those that must be read before it are too."""
    files = {**LIBRARIES, "CMakeLists.txt": LIBRARIES["CMakeLists.txt"]
             + "target_compile_options(other PRIVATE -fno-lto)\n"}
    files["CMakeLists.txt"] += "add_executable(third third.cpp)\n"
    jobs.write({**files, "third.cpp": LIBRARIES["other.cpp"].replace("import m;", "int mod(int);")
                .replace("mod(100)", "7")})
    jobs.cmake(program=CMAKE)
    said = warnings(jobs.configure(warns=True))
    assert any("scanned for C++ modules together with CMakeFiles/other.dir/other.cpp.o" in line
               for line in said), said
    jobs.make()
    jobs.replace("base.cppm", "+ 50", "+ 60")
    jobs.make()
    assert jobs.output("app") == "68 name\n"
    assert jobs.output("other") == "167\n"
    assert jobs.no_work()


def test_a_scan_that_waits_for_a_program(jobs: Existing) -> None:
    """A program of modules generates sources of others: one file for both would be a cycle."""
    files = {**LIBRARIES, "main.cpp": LIBRARIES["main.cpp"].replace("mod(n)", "made(n)").replace(
        "import m;", "import m; import made;")}
    files["CMakeLists.txt"] += """\
add_custom_command(OUTPUT made.cppm COMMAND other > made.cppm DEPENDS other)
target_sources(app PRIVATE FILE_SET CXX_MODULES BASE_DIRS ${CMAKE_CURRENT_BINARY_DIR}
               FILES ${CMAKE_CURRENT_BINARY_DIR}/made.cppm)
"""
    files["other.cpp"] = (
        "#include <cstdio>\nimport m;\nint main() { std::printf(\"export module made;\\nexport "
        "inline int made(int x) { return x + %d; }\\n\", mod(100)); }\n")
    scanned(jobs, files)
    jobs.make()
    assert jobs.output("app") == "158 name\n"
    assert jobs.no_work()
    jobs.replace("part.cppm", "+ 7", "+ 8")
    jobs.make()
    assert jobs.output("app") == "159 name\n"
    assert jobs.no_work()


def test_a_header_unit(jobs: Existing) -> None:
    """As far as a build can name one: CMake scans for none."""
    jobs.write({
        "unit.h": "inline int unit(int x) { return x + 50; }\n",
        "main.cpp": "#include <cstdio>\nimport \"unit.h\";\n"
                    "int main(int n, char **) { std::printf(\"%d\\n\", unit(n)); }\n",
        "build.ninja": f"""
rule unit
  command = {CXX} -std=c++20 -fmodule-header $in -o $out
rule cxx
  command = {CXX} -std=c++20 -O2 -fmodule-file=unit.pcm -c $in -o $out
rule link
  command = {CXX} -fuse-ld=lld $in -o $out
build unit.pcm: unit unit.h
build main.o: cxx main.cpp | unit.pcm
build app: link main.o
"""})
    jobs.configure()
    jobs.make()
    assert jobs.output("app") == "51\n"
    jobs.replace("unit.h", "50", "60")
    jobs.make()
    assert jobs.output("app") == "61\n"
    assert jobs.no_work()


# Each compile leaves a file of what its source defines for others, as compilers of Fortran do.
_OTHER_LANGUAGE = {
    "define.sh": """\
object=$1 source=$2; shift 2
"$@" $(sed -n 's|^// uses \\(.*\\)|-include \\1.mod|p' "$source") || exit
name=$(sed -n 's|^// defines ||p' "$source")
[ -z "$name" ] || sed -n '/^#define/p; /^static/p' "$source" > "$name.mod"
""",
    "collect.sh": """\
out=$1; shift
{
echo ninja_dyndep_version = 1
for source; do
    defines=$(sed -n 's|^// defines \\(.*\\)|\\1.mod|p' "$source")
    uses=$(sed -n 's|^// uses \\(.*\\)| \\1.mod|p' "$source" | tr -d '\\n')
    echo "build ${source%.c}.o${defines:+ | $defines}: dyndep${uses:+ |$uses}"
done
} > "$out"
""",
    "low.c": "// defines low\n#define LOW 40\nint low(void) { return LOW; }\n",
    "high.c": "// defines high\n// uses low\nstatic inline int high(int x) { return x + LOW; }\n",
    "main.c": "// uses low\n// uses high\n#include <stdio.h>\nint low(void);\n"
              "int main(void) { printf(\"%d\\n\", high(2) + low() * 1000); return 0; }\n",
}
_OTHER_BUILD = """
    rule scan
      command = sh collect.sh $out $in
      restat = 1
    rule mod
      command = sh define.sh $out $in $cc -O2 -c $in -o $out
    build one.dd: scan low.c
    build two.dd: scan high.c || one.dd
    build main.dd: scan main.c | two.dd
    build main.o: mod main.c || main.dd
      dyndep = main.dd
    build high.o: mod high.c || two.dd
      dyndep = two.dd
    build low.o: mod low.c || one.dd
      dyndep = one.dd
    build app: link main.o high.o low.o
"""


def test_modules_as_fortran_has_them(tmp_path: Path) -> None:
    build = existing_build.existing(
        tmp_path / "work", {**_OTHER_LANGUAGE, "build.ninja": _OTHER_BUILD})
    for _ in range(2):
        build.plain()
        build.take_over()
        build.make("-j1")
        assert existing_build.behaviour(build.folder, "app") == (0, "40042\n")
        assert "no work to do" in build.make().stdout
        shutil.rmtree(build.out(""))
        build.make("-t", "clean")
    build.take_over()
    build.make()
    for old, new in (("40", "50"), ("50", "60")):
        build.write({"low.c": build.sources["low.c"].replace(old, new)})
        build.make("-j1")
        number = int(new)
        assert existing_build.behaviour(build.folder, "app") == (0, f"{number * 1001 + 2}\n")
        assert "no work to do" in build.make().stdout


def test_a_link_with_a_dyndep_file_stays(existing: Existing) -> None:
    """Nobody knows before the build what else it reads."""
    existing.write({
        "a.c": "int main(void) { return 0; }\n", "b.c": "int main(void) { return 0; }\n",
        "build.ninja": f"""
rule cc
  command = {CXX} -x c -c $in -o $out
rule link
  command = {CXX} -fuse-ld=lld -Wl,--version-script=script $in -o $out
rule run
  command = $do
build a.o: cc a.c
build b.o: cc b.c
build script: run
  do = echo '{{ local: *; }};' > script
build link.dd: run
  do = printf 'ninja_dyndep_version = 1\\nbuild app: dyndep | script\\n' > link.dd
build app: link a.o || link.dd
  dyndep = link.dd
build another: link b.o | script
"""})
    said = warnings(existing.configure(warns=True))
    assert [line.partition(" is not")[0] for line in said] == ["ltogen: warning: app"]
    existing.make()
    assert existing.output("app") == ""
    assert existing.no_work()


def test_dependencies_that_another_program_writes(tmp_path: Path) -> None:
    """A depfile that the compiler does not write may name files that it knows nothing of."""
    build = existing_build.existing(tmp_path / "work", {
        "own.sh": "#!/bin/sh\nout=$1; shift\necho \"$out: number\" > $out.deps\n"
                  "exec \"$@\" -DN=$(cat number)\n",
        "number": "40",
        "a.c": "int add(int x) { return x + N; }\n",
        "main.c": existing_build.USES_ADD,
        "build.ninja": """
            rule own
              command = ./own.sh $out $cc -O2 -c $in -o $out
              depfile = $out.deps
              deps = gcc
            build a.o: own a.c
            build main.o: cc main.c
            build app: link main.o a.o
        """})
    existing_build.check(build, "app", edit=("number", "40", "50"), warned=("a.o",))


def test_dependencies_of_a_link_that_another_program_writes(tmp_path: Path) -> None:
    build = existing_build.existing(tmp_path / "work", {
        "own.sh": "#!/bin/sh\nout=$1; shift\necho \"$out: number\" > $out.deps\n"
                  "exec \"$@\" -Wl,--defsym=number=$(cat number)\n",
        "number": "40", "a.c": "extern char number; long add(int x) { return x + (long)&number; }",
        "main.c": existing_build.USES_ADD.replace("%d", "%ld").replace("int add", "long add"),
        "build.ninja": f"""
            rule whole
              command = env $cc -O2 -fno-pic -MD -MF {tmp_path}/work/$out.d -c $in -o $out
              depfile = $out.d
            rule own
              command = ./own.sh $out $cc -fuse-ld=lld -no-pie $in -o $out
              depfile = $out.deps
              deps = gcc
            rule known
              command = : && $cc -fuse-ld=lld -no-pie $in -o $out $libs && :
              depfile = $out.deps
              deps = gcc
            cflags = -fno-pic
            build a.o: cc a.c
            build main.o: whole main.c
            build app: own main.o a.o
            build other: known main.o a.o
              libs = -Wl,--defsym=number=1 -Xlinker --dependency-file=other.deps
        """})
    existing_build.check(build, "app", "other", edit=("number", "40", "50"), warned=("app",))
    assert build.out("native/other").exists()
