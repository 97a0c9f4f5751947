"""Links of an existing build: kinds of product, options of driver and linker, symbols."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.existing_build import ADD, NM, USES_ADD, behaviour, check, existing
from tests.support.system_toolchain import needs_clang
from tests.support.workspace import run

pytestmark = needs_clang

@dataclass(frozen=True)
class Case:
    """A program of a main and a.c whose link has some flags."""

    flags: str
    libs: str = ""
    main: str = USES_ADD
    files: dict[str, str] = field(default_factory=dict)
    inlined: bool = True


NO_LIBC = """\
int add(int);
__attribute__((force_align_arg_pointer)) void begin(void) {
    __asm__ volatile("syscall" : : "a"(60), "D"(add(2)));
    __builtin_unreachable();
}
"""
WRAPPED = """\
#include <stdio.h>
int add(int); int __real_add(int);
int __wrap_add(int x) { return 1000 + __real_add(x); }
int main(int n, char **v) { (void)v; printf("sum %d\\n", add(n)); return 0; }
"""
SYMBOLS = """\
#include <stdio.h>
int add(int); int plus(int);
int main(int n, char **v) { (void)v; printf("%d %d\\n", add(n), plus(n)); return 0; }
"""
LOOKED_UP = """\
#include <dlfcn.h>
#include <stdio.h>
int add(int);
int main(int n, char **v) {
    (void)v;
    int (*found)(int) = (int (*)(int))dlsym(RTLD_DEFAULT, "add");
    int (*hidden)(int) = (int (*)(int))dlsym(RTLD_DEFAULT, "not_used_elsewhere");
    printf("%d %d %d\\n", add(n), found ? found(n) : -1, hidden ? hidden(n) : -1);
    return 0;
}
"""
LOOKED_UP_ADD = ADD + "int not_used_elsewhere(int x) { return x * 7; }\n"
SECTION_SCRIPT = "SECTIONS { .mine : { *(.mine) } } INSERT AFTER .data;\n"
IN_SECTION = """\
#include <stdio.h>
int add(int);
__attribute__((section(".mine"), used)) static int first = 1;
extern const char __start_others[], __stop_others[];
__attribute__((section("others"), used, retain)) static char some[3] = "ab";
int main(int n, char **v) {
    (void)v;
    printf("%d %d %d\\n", add(n), first, (int)(__stop_others - __start_others));
    return 0;
}
"""
CASES = {
    "pie": Case(""),
    "no-pie": Case("-no-pie"),
    "static": Case("-static"),
    "static-pie": Case("-static-pie"),
    "static for libraries alone": Case("-Wl,-static -Wl,-Bdynamic"),
    "dn for libraries alone": Case("-Wl,-dn -Wl,-dy"),
    "own start": Case("-nostdlib -static -Wl,-e,begin", main=NO_LIBC),
    "own start, driver": Case("-nostdlib -static-pie -e begin", main=NO_LIBC),
    "gc-sections": Case("-Wl,--gc-sections -Wl,--icf=all"),
    "group": Case("-Wl,--start-group", "-Wl,--end-group"),
    "short group": Case("'-Wl,-('", "'-Wl,-)'"),
    "strip": Case("-s -Wl,-z,now -z relro -Wl,-O2 -Wl,--build-id=sha1"),
    "xlinker": Case("-Xlinker -rpath -Xlinker /nowhere -Xlinker --as-needed"),
    "wrap": Case("-Wl,--wrap=add", main=WRAPPED, inlined=False),
    "wrap, apart": Case("-Wl,--wrap,add", main=WRAPPED, inlined=False),
    "defsym": Case("-Wl,--defsym=plus=add", main=SYMBOLS),
    "rdynamic": Case("-rdynamic", main=LOOKED_UP),
    "export one": Case("-Wl,--export-dynamic-symbol=not_used_elsewhere", main=LOOKED_UP),
    "dynamic list": Case("-Wl,--dynamic-list=list.txt", main=LOOKED_UP,
                         files={"list.txt": "{ not_used_elsewhere; };\n"}),
    "script": Case("-Wl,-T,extra.ld", main=IN_SECTION, files={"extra.ld": SECTION_SCRIPT}),
    "driver's script": Case("-T extra.ld", main=IN_SECTION, files={"extra.ld": SECTION_SCRIPT}),
    "script as input": Case("", "more.ld", main=SYMBOLS, files={"more.ld": "plus = add;\n"}),
    "linker's response file": Case(
        "-Wl,@link.rsp", main=LOOKED_UP,
        files={"link.rsp": "--export-dynamic-symbol=not_used_elsewhere\n-z now"}),
    "driver's response file": Case(
        "@all.rsp", main=SYMBOLS,
        files={"all.rsp": "-Wl,-rpath,'/no where' -Wl,-z,now -rdynamic @more.rsp",
               "more.rsp": "-Wl,--defsym=plus=add"}),
    "map": Case("-Wl,-Map=app.map -Wl,--cref"),
    "save-temps": Case("-save-temps -Wl,--print-gc-sections"),
}


@pytest.mark.parametrize("part", [0, 1])
def test_options(tmp_path: Path, part: int) -> None:
    """A program links the same way as before, whatever its link says."""
    cases = list(CASES.values())[part::2]
    mains = list(dict.fromkeys(case.main for case in cases))
    files = {f"main{at}.c": text for at, text in enumerate(mains)} | {"a.c": LOOKED_UP_ADD}
    text = "cflags = -O2 -fPIC\nbuild a.o: cc a.c\n"
    text += "".join(f"build main{at}.o: cc main{at}.c\n" for at in range(len(mains)))
    for number, case in enumerate(cases):
        files |= case.files
        text += (f"build app{number}: link main{mains.index(case.main)}.o a.o\n"
                 f"  flags = {case.flags}\n  libs = {case.libs}\n")
    build = existing(tmp_path / "build", {**files, "build.ninja": text})
    check(build, *(f"app{number}" for number in range(len(cases))))
    for number, case in enumerate(cases):
        main = f"main{mains.index(case.main)}.o"
        assert main in build.natives(f"app{number}"), case
        assert not case.inlined or build.imports(f"app{number}")[main] == {"a.o"}, case
        if "-Map" in case.flags:
            assert main in (build.folder / "app.map").read_text()


def test_shared_libraries(tmp_path: Path) -> None:
    """Exports, soname, rpath and version scripts stay; one object serves a library and a program.

    The library's clients find it by `$ORIGIN`, spelled in each of the ways that a shell allows.
    """
    build = existing(tmp_path / "build", {
        "main.c": USES_ADD, "a.c": ADD, "kept.c": "int kept(int x) { return x - 1; }\n",
        "lib.c": """\
            int add(int); int kept(int);
            int twice(int x) { return add(x) + add(x + 1) + kept(x); }
            int internal(int x) { return add(x); }
            """,
        "client.c": """\
            #include <stdio.h>
            int twice(int);
            int main(void) { printf("%d\\n", twice(3)); return 0; }
            """,
        "lib.map": "V1 { global: twice; local: *; };\n",
        "build.ninja": r"""
            cflags = -O2 -fPIC
            build main.o: cc main.c
            build a.o: cc a.c
            build kept.o: cc kept.c
            build lib.o: cc lib.c
            build client.o: cc client.c
            build lib/libtwice.so.1 | lib/libtwice.so: link lib.o a.o kept.o | lib.map
              flags = -shared -Wl,-soname,libtwice.so.1 -Wl,--version-script=lib.map
              libs = -Wl,-Bsymbolic -Wl,-z,defs && ln -sf libtwice.so.1 lib/libtwice.so
            build lib/libother.so: link lib.o a.o kept.o
              flags = -shared -Wl,-h,libother.so -Wl,-Bsymbolic-functions
            build app: link main.o a.o
              flags = -no-pie
            build bin/single: link client.o | lib/libtwice.so
              flags = -Llib '-Wl,-rpath,$$ORIGIN/../lib'
              libs = -ltwice
            build bin/double: link client.o | lib/libtwice.so
              flags = -Llib -Wl,-rpath,\$$ORIGIN/../lib -Wl,--enable-new-dtags
              libs = -ltwice
            build bin/quoted: link client.o lib/libother.so | lib/libtwice.so
              flags = -Llib "-Wl,-rpath,\$$ORIGIN/../lib:/a b" -Wl,-rpath-link,lib
            """})
    check(build, "app", "bin/single", "bin/double", "bin/quoted")
    assert build.imports("lib/libtwice.so.1")["lib.o"] == {"a.o", "kept.o"}
    for library in ("lib/libtwice.so.1", "lib/libother.so"):
        assert _dynamic(build.folder / library) == _dynamic(build.twin / library)
    for client in ("bin/single", "bin/double", "bin/quoted"):
        read = [re.findall(r"(?:RUNPATH|RPATH).*\[(.*)\]",
                           run(["readelf", "-d", str(at / client)], tmp_path).stdout)
                for at in (build.folder, build.twin)]
        assert read[0] == read[1] != []


def _dynamic(path: Path) -> set[str]:
    """Exported symbols with their versions, and the soname."""
    symbols = run([NM, "-D", "--defined-only", str(path)], path.parent).stdout
    names = {" ".join(line.split()[1:]) for line in symbols.splitlines()}
    head = run(["readelf", "-d", str(path)], path.parent).stdout
    return names | set(re.findall(r"soname: .*", head))


KINDS_OF_SYMBOLS = {
    "a.c": ADD,
    "weak.c": """\
        int strong_wins(void) { return 2; }
        __attribute__((weak)) int only_weak(void) { return 3; }
        __thread int local = 5;
        int *of_thread(void) { return &local; }
        int from_asm(int x) { return x + 6; }
        __attribute__((used)) int from_inline(int x) { return x + 7; }
        """,
    "ifunc.c": """\
        static int one(void) { return 11; }
        static int (*choose(void))(void) { return one; }
        int chosen(void) __attribute__((ifunc("choose")));
        int original(void) { return 12; }
        int renamed(void) __attribute__((alias("original")));
        static int order;
        __attribute__((constructor(200))) static void second(void) { order = order * 10 + 2; }
        __attribute__((constructor(150))) static void first(void) { order = order * 10 + 1; }
        int constructed(void) { return order; }
        """,
    "trampoline.S": ".globl call_asm\ncall_asm:\n jmp from_asm@PLT\n"
                    ".section .note.GNU-stack,\"\",@progbits\n",
    "main.c": """\
        #include <stdio.h>
        #include <pthread.h>
        int add(int), only_weak(void), chosen(void), renamed(void), constructed(void);
        int call_asm(int), *of_thread(void);
        __attribute__((weak)) int strong_wins(void) { return 1; }
        __attribute__((weak)) int nowhere(void);
        extern __thread int local;
        static int inlined(int x) {
            int y;
            __asm__("call from_inline" : "=a"(y) : "D"(x)
                    : "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "cc", "memory");
            return y;
        }
        static void *other(void *p) { *of_thread() += 90; *(int *)p = local; return 0; }
        int main(int n, char **v) {
            (void)v;
            pthread_t thread;
            int seen = 0;
            pthread_create(&thread, 0, other, &seen);
            pthread_join(thread, 0);
            printf("%d %d %d %d %d %d\\n", add(n), strong_wins(), only_weak(), !!nowhere, seen,
                   local);
            printf("%d %d %d %d %d\\n", chosen(), renamed(), call_asm(n), inlined(n),
                   constructed());
            return 0;
        }
        """,
}


def test_kinds_of_symbols(tmp_path: Path) -> None:
    """Weak, thread-local, indirect and aliased symbols, and those that only assembler names."""
    objects = "main.o a.o weak.o ifunc.o trampoline.o"
    build = existing(tmp_path / "build", {**KINDS_OF_SYMBOLS, "build.ninja": f"""
        cflags = -O2 -fPIC -mno-red-zone
        build main.o: cc main.c
        build a.o: cc a.c
        build weak.o: cc weak.c
        build ifunc.o: cc ifunc.c
        build trampoline.o: cc trampoline.S
        build app: link {objects}
          libs = -pthread
        build fixed: link {objects}
          flags = -no-pie -pthread -Wl,--gc-sections
        """})
    check(build, "app", "fixed")
    assert "a.o" in build.imports("app")["main.o"]


CXX_PROGRAM = {
    "shape.h": """\
        #include <stdexcept>
        #include <string>
        struct Shape { virtual ~Shape(); virtual int area() const = 0; };
        template <class T> struct Box {
            static int made;
            T value;
            explicit Box(T v) : value(v) { ++made; }
            T get() const { if (value == T()) throw std::runtime_error("empty"); return value; }
        };
        template <class T> int Box<T>::made = 0;
        inline int &counter() { static int count = 0; return count; }
        inline std::string name = "inline variable";
        int twice(int x);
        Shape *square(int x);
        """,
    "shape.cpp": """\
        #include "shape.h"
        Shape::~Shape() { counter() += 100; }
        namespace {
        struct Square final : Shape {
            int x;
            explicit Square(int v) : x(v) { counter()++; }
            int area() const override { return Box<int>(x * x).get(); }
        };
        struct Global { Global() { counter() += 1000; } } global;
        }
        int twice(int x) { return 2 * x + 40; }
        Shape *square(int x) { return new Square(x); }
        """,
    "main.cpp": """\
        #include "shape.h"
        #include <cstdio>
        #include <memory>
        #include <typeinfo>
        struct Global { Global() { counter() += 10000; } } global;
        int main() {
            std::unique_ptr<Shape> one(square(3));
            std::printf("%d %d %s\\n", one->area(), twice(4), name.c_str());
            try { std::unique_ptr<Shape>(square(0))->area(); }
            catch (const std::runtime_error &error) { std::printf("caught %s\\n", error.what()); }
            std::printf("%d %d\\n", counter(), Box<int>::made);
            Box<long> other(1);
            return int(other.get()) + Box<long>::made;
        }
        """,
}


@pytest.mark.parametrize("cflags", ["-O2", "-O1 -fsplit-lto-unit -flto=thin",
                                    "-O2 -fvisibility=hidden -fwhole-program-vtables -flto=thin"])
def test_cxx(tmp_path: Path, cflags: str) -> None:
    """Templates, exceptions, virtual functions, global constructors and inline variables."""
    link_flags = cflags if "-flto" in cflags else ""
    build = existing(tmp_path / "build", {**CXX_PROGRAM, "build.ninja": f"""
        cflags = {cflags}
        build main.o: cxx main.cpp | shape.h
        build shape.o: cxx shape.cpp | shape.h
        build app: link_cxx main.o shape.o
          flags = {link_flags}
        """})
    check(build, "app", edit=("shape.cpp", "40", "50"))
    assert "shape.o" in build.imports("app")["main.o"]


LEFT = {
    "exclude-libs": ("build app: link main.o liba.a\n  flags = -Wl,--exclude-libs,ALL\n", ["app"]),
    "partial": ("build part.o: link main.o a.o\n  flags = -r -nostdlib\n"
                "build app: link part.o\n", ["part.o"]),
    "linker's partial": ("build part.o: link main.o a.o\n  flags = -Wl,-r -nostdlib -no-pie\n"
                         "build app: link part.o\n", ["part.o"]),
    "other directory": ("build app: run main.o a.o\n"
                        "  do = cd sub && $cc ../main.o ../a.o -o ../app\n", ["app"]),
    "other linker": ("build app: run main.o a.o\n"
                     "  do = $cc -fuse-ld=bfd main.o a.o -o app\n", ["app"]),
    "source": ("build app: run main.c a.o\n  do = $cc main.c a.o -o app\n", ["app"]),
    "words of the shell": ("build app: run main.o a.o\n  do = $cc $$(echo main.o) a.o -o app\n",
                           ["app"]),
}


@pytest.mark.parametrize("name", LEFT)
def test_left_as_it_was(tmp_path: Path, name: str) -> None:
    """What cannot be taken over keeps its own command, and a warning names it; the rest is taken.

    A link of clang's objects by gcc would be a mixture of two drivers' lines.
    """
    text, warned = LEFT[name]
    indented = "".join(f"        {line}\n" for line in text.splitlines())
    build = existing(tmp_path / "build", {
        "main.c": USES_ADD, "a.c": ADD, "sub/.keep": "", "build.ninja": f"""
        build main.o: cc main.c
        build a.o: cc a.c
        build liba.a: ar a.o
        build other: link main.o a.o
{indented}"""})
    check(build, "app", "other", warned=warned)
    assert build.imports("other")["main.o"] == {"a.o"}
    assert not build.out("native/app").exists()
    assert behaviour(build.folder, "app") == behaviour(build.folder, "other")


def test_link_by_gcc(tmp_path: Path) -> None:
    """Another driver knows nothing of clang's options."""
    build = existing(tmp_path / "build", {"main.c": USES_ADD, "a.c": ADD, "build.ninja": """
        build main.o: cc main.c
        build a.o: cc a.c
        build app: run main.o a.o
          do = gcc main.o a.o -o app
        build other: link main.o a.o
        """})
    check(build, "app", "other", warned=["app"])
