"""What `configure --from` refuses, or leaves as it was: one line that names what, where, why."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.support.errors_helper import content
from tests.support.system_toolchain import CC, CXX, MAJOR, needs_clang
from tests.support.taken_over import EDGES, MAIN, RULES, SMALL, SQUARE, Existing, tool, warnings
from tests.support.workspace import Run, run
from tests.test_disk_full import _leave, _mounted, _remount

pytestmark = needs_clang

GCC = shutil.which("gcc") or ""
NEEDS_GCC = pytest.mark.skipif(not GCC, reason="no gcc")


@pytest.fixture
def existing(tmp_path: Path) -> Existing:
    """An empty folder."""
    root = tmp_path / "project"
    root.mkdir()
    return Existing(root)


def _one_line(done: Run, *parts: str, status: int = 1) -> str:
    """The error is one line of ltogen's that holds every one of `parts`; the line."""
    assert done.status == status, done
    assert "Traceback" not in done.text, done.text
    assert done.stdout == "", done.stdout
    assert done.stderr.startswith("ltogen: "), done.stderr
    assert done.stderr.count("\n") == 1 and done.stderr.endswith("\n"), done.stderr
    for part in parts:
        assert part in done.stderr, f"{part!r} is not in: {done.stderr}"
    return done.stderr


def _refused(existing: Existing, *parts: str, arguments: tuple[str, ...] = (),
             status: int = 1) -> str:
    """Taking over is refused with one line, and changes no file."""
    before = content(existing.root)
    line = _one_line(existing.try_configure(*arguments), *parts, status=status)
    after = content(existing.root)
    assert {name: data for name, (_, data) in after.items()
            if name not in (".ninja_log",)} == {
        name: data for name, (_, data) in before.items() if name not in (".ninja_log",)}
    return line


def _left(existing: Existing, product: str, *parts: str) -> None:
    """The build works as ever, and one warning names the product that is left as it was."""
    done = existing.configure(warns=True)
    lines = warnings(done)
    assert len(lines) == 1, lines
    for part in (product, *parts):
        assert part in lines[0], f"{part!r} is not in: {lines[0]}"
    existing.make()
    assert existing.no_work()


# --- the folder ---


def test_a_folder_that_is_missing(existing: Existing) -> None:
    existing.build = "nowhere"
    _refused(existing, "nowhere", "build.ninja")


def test_a_folder_without_a_manifest(existing: Existing) -> None:
    (existing.root / "build").mkdir()
    existing.build = "build"
    _refused(existing, "build: not a Ninja build", "cmake -G Ninja")


def test_makefiles_of_cmake(existing: Existing) -> None:
    existing.write({"Makefile": "all:\n", "CMakeCache.txt": ""})
    _refused(existing, "not a Ninja build", "cmake -G Ninja")


def test_a_file_in_the_place_of_the_folder(existing: Existing) -> None:
    existing.write({"build": ""})
    existing.build = "build"
    _refused(existing, "build: needs a --link-command")


def test_the_manifest_itself_is_named(existing: Existing) -> None:
    """What it is, or what to name instead: never Ninja's text read as JSON."""
    existing.write(SMALL)
    existing.build = "build.ninja"
    _refused(existing, "build.ninja", "folder")
    _refused(existing, "build.ninja", arguments=("--link-command", f"{CC} main.o -o app"))


def test_ltogens_own_project_is_built_already(existing: Existing) -> None:
    """The manifest that `ltogen configure` itself wrote."""
    existing.write({"main.c": "int main(void) { return 0; }\n",
                    "ltogen.toml": '[targets.app]\nsources = ["main.c"]\n'})
    done = run([sys.executable, "-P", "-m", "ltogen", "configure", "--toolchain", "system"],
               existing.root)
    assert done.status == 0, done.text
    before = {name for name in existing.files() if not name.startswith(".ninja")}
    taken = existing.try_configure()
    assert "Traceback" not in taken.text
    if taken.status:
        _one_line(taken)
        assert {name for name in existing.files() if not name.startswith(".ninja")} == before
    else:
        existing.make()
        assert existing.output("out/app") == ""


@pytest.mark.parametrize("text", [
    "build\n", "build a: nothing b\n", "rule x\n", "include missing.ninja\n", "\t\n",
    "build a: phony\nbuild a: phony\ndefault b\n",
    "rule a\n  commmand = x\n", "x = $\ny = ${\n", "subninja .\n",
    "ninja_required_version = 99\n", "build $\n",
])
def test_a_damaged_manifest(existing: Existing, text: str) -> None:
    existing.write({"build.ninja": RULES + EDGES + text, "main.c": MAIN, "square.c": SQUARE})
    _refused(existing, "ninja:")


def test_an_empty_manifest(existing: Existing) -> None:
    existing.write({"build.ninja": ""})
    _refused(existing, "nothing to take over")


def test_a_manifest_that_is_no_text(existing: Existing) -> None:
    (existing.root / "build.ninja").write_bytes(bytes(range(1, 256)) * 9)
    _refused(existing, "build.ninja")


def test_a_manifest_that_is_a_folder(existing: Existing) -> None:
    (existing.root / "build.ninja").mkdir()
    _refused(existing, "build.ninja", "directory")


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="root may all")
@pytest.mark.parametrize("what", ["manifest", "folder", "read only"])
def test_without_permission(existing: Existing, what: str) -> None:
    existing.write(SMALL)
    target = {"manifest": existing.root / "build.ninja"}.get(what, existing.root)
    target.chmod({"manifest": 0o000, "folder": 0o000, "read only": 0o555}[what])
    above = existing.root
    while above != above.parent:
        if above != existing.root or what == "manifest":
            above.chmod(above.stat().st_mode | 0o055)
        above = above.parent
    as_nobody = (["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
                 if os.geteuid() == 0 else [])
    try:
        # A Python that everybody can start, with the packages of this one.
        python = "/usr/bin/python3" if as_nobody else sys.executable
        if as_nobody and run([*as_nobody, python, "-c", "import msgspec, ninja, ltogen"],
                             Path("/"), {"PYTHONPATH": ":".join(sys.path)}).status:
            pytest.skip("another user cannot run ltogen from here")
        done = run([*as_nobody, python, "-P", "-m", "ltogen", "configure", "--from",
                    str(existing.root)], Path("/"), {"PYTHONPATH": ":".join(sys.path)})
    finally:
        target.chmod(0o755)
    _one_line(done, "ermission denied")
    assert not (existing.root / "ltogen.ninja").exists()


# --- the compilers ---


@NEEDS_GCC
def test_gcc_everywhere(existing: Existing) -> None:
    existing.write(SMALL)
    existing.replace("build.ninja", f"cc = {CC}", f"cc = {GCC}")
    _refused(existing, "nothing to take over", f"CC={Path(CC).name} CXX={Path(CXX).name}")


@NEEDS_GCC
def test_gcc_for_one_object(existing: Existing) -> None:
    existing.write({**SMALL, "build.ninja": SMALL["build.ninja"].replace(
        "build square.o: cc square.c", f"build square.o: cc square.c\n  cc = {GCC}")})
    existing.replace("build.ninja", "rule cc\n", "rule gcc\n  command = gcc -O2 -c $in -o $out\n"
                     "rule cc\n")
    existing.replace("build.ninja", "build square.o: cc square.c", "build square.o: gcc square.c")
    _left(existing, "square.o", "app", "gcc", "not clang")
    assert existing.output("app") == "49\n"


@NEEDS_GCC
def test_gcc_links_what_clang_compiled(existing: Existing) -> None:
    """A driver that is not clang cannot be asked for lld's line in clang's words."""
    existing.write({**SMALL, "build.ninja": SMALL["build.ninja"].replace(
        "command = $cc $ldflags -o $out", f"command = {GCC} -o $out")})
    done = existing.try_configure()
    if done.status:
        _one_line(done, "app", "gcc")
        return
    made = existing.try_make()
    assert made.status == 0, made.text
    assert existing.output("app") == "49\n"
    if not warnings(done):
        assert any(name.startswith("ltogen.out/native/app/") for name in existing.files())


@pytest.mark.parametrize("flag", ["-fuse-ld=bfd", "-fuse-ld=gold", "-fuse-ld=mold",
                                  "--ld-path=/usr/bin/ld.bfd", "-fuse-ld=/usr/bin/ld.gold",
                                  "-fuse-ld=ld"])
def test_another_linker_is_chosen(existing: Existing, flag: str) -> None:
    name = re.split("[=/]", flag)[-1]
    existing.write({**SMALL, "build.ninja": SMALL["build.ninja"].replace("-fuse-ld=lld", flag)})
    _refused(existing, "app", name, "-fuse-ld=lld")
    existing.write({"main2.c": MAIN})
    with (existing.root / "build.ninja").open("a") as file:
        file.write("build main2.o: cc main2.c\nbuild two: link main2.o square.o\n"
                   "  ldflags = -fuse-ld=lld -Wl,--gc-sections\n")
    done = existing.configure(warns=True)
    assert len(warnings(done)) == 1, done.stderr
    assert "app is not optimised" in done.stderr and name in done.stderr
    existing.make("two")
    assert existing.is_lto("two")
    if shutil.which(f"ld.{name.removeprefix('ld.')}"):
        existing.make("app")
        assert existing.output("app") == "49\n"


def test_another_linker_and_bitcode(existing: Existing) -> None:
    """The build makes bitcode itself, and one of its links is left: that gets what it had."""
    if not shutil.which("ld.gold"):
        pytest.skip("no gold")
    existing.write({**SMALL, "main2.c": MAIN, "build.ninja": SMALL["build.ninja"].replace(
        "cflags = -O2", "cflags = -O2 -flto=thin").replace("-fuse-ld=lld", "-fuse-ld=gold")
        + "build main2.o: cc main2.c\nbuild two: link main2.o square.o\n"
          "  ldflags = -fuse-ld=lld -Wl,--gc-sections -flto=thin\n"})
    done = existing.configure(warns=True)
    assert "app is not optimised" in done.stderr
    existing.make("two")
    assert existing.is_lto("two")
    # Gold may have no plugin to read bitcode; whatever the plain build does, this one does.
    plain = run([*existing.ninja, "app"], existing.copy(existing.root.parent / "plain").folder)
    assert (existing.try_make("app").status == 0) is (plain.status == 0)


def _other_clang(folder: Path, major: int) -> Path:
    """A clang of another major: a real one, or this one under another name."""
    real = shutil.which(f"clang-{major}")
    if real:
        return Path(real)
    path = folder / f"clang-{major}"
    path.write_text(f"""#!/bin/sh
case " $* " in
*' -### '*) {CC} "$@" 2>&1 | sed 's/clang version {MAJOR}/clang version {major}/' >&2 ;;
*) exec {CC} "$@" ;;
esac
""")
    path.chmod(0o755)
    return path


def test_two_majors_in_one_link(existing: Existing, tmp_path: Path) -> None:
    other = _other_clang(tmp_path, 19)
    existing.write({**SMALL, "more.c": "int more;\n",
                    "build.ninja": RULES + f"""
rule older
  command = {other} -O2 -c $in -o $out
build main.o: cc main.c
build more.o: cc more.c
build square.o: older square.c
build app: link main.o square.o more.o
"""})
    _left(existing, "square.o", "app", "clang 19", f"clang {MAJOR}")
    assert existing.output("app") == "49\n"


def test_two_majors_and_bitcode(existing: Existing, tmp_path: Path) -> None:
    """Older bitcode in one link: read by the newer linker, or the link left with a warning."""
    other = _other_clang(tmp_path, 19)
    existing.write({**SMALL, "more.c": "int more;\n", "build.ninja": RULES + f"""
rule older
  command = {other} -O2 -flto=thin -c $in -o $out
build main.o: cc main.c
build more.o: cc more.c
build square.o: older square.c
build app: link main.o square.o more.o
"""})
    done = existing.try_configure()
    if done.status:
        _one_line(done, "app", "square.o")
        return
    existing.make()
    assert existing.output("app") == "49\n"
    assert existing.is_lto("app") or warnings(done)


def test_no_lld_of_that_major(existing: Existing, tmp_path: Path) -> None:
    other = _other_clang(tmp_path, 97)
    existing.write({**SMALL, "build.ninja": SMALL["build.ninja"].replace(
        f"cc = {CC}", f"cc = {other}").replace("-fuse-ld=lld ", "")})
    _refused(existing, "lld", "97")


def test_a_clang_that_is_too_old(existing: Existing, tmp_path: Path) -> None:
    other = _other_clang(tmp_path, 11)
    existing.write(SMALL)
    existing.replace("build.ninja", f"cc = {CC}", f"cc = {other}")
    _refused(existing, "clang-11", "too old")


def test_a_clang_that_is_gone(existing: Existing) -> None:
    existing.write({**SMALL, "build.ninja": SMALL["build.ninja"].replace(
        f"cc = {CC}", "cc = /nowhere/clang")})
    _refused(existing, "/nowhere/clang")
    existing.replace("build.ninja", "/nowhere/clang", "nowhere-clang")
    _refused(existing, "nowhere-clang")


@pytest.mark.parametrize(("linker", "parts"), [
    ("/nowhere/ld.lld", ("/nowhere/ld.lld",)), ("/bin/true", ("/bin/true",)),
    (shutil.which("ld.bfd") or "/bin/true", ("lld",))])
def test_a_linker_that_is_none(existing: Existing, linker: str, parts: tuple[str, ...]) -> None:
    existing.write(SMALL)
    _refused(existing, *parts, arguments=("--ld", linker))


def test_a_linker_beside_the_caller(existing: Existing, tmp_path: Path) -> None:
    """A relative --ld is where the caller stands, also when Ninja configures again."""
    found = tool("ld.lld")
    assert found
    (existing.root / "tools").mkdir()
    (existing.root / "tools/ld.lld").symlink_to(found)
    existing.build = "build"
    existing.write({f"build/{name}": text for name, text in SMALL.items()})
    existing.configure("--ld", "tools/ld.lld")
    existing.make()
    existing.replace("build/build.ninja", "cflags = -O2", "cflags = -O2 -DX")
    existing.make()
    assert existing.no_work()
    assert existing.is_lto("app")


# --- targets ---


def test_a_target_that_is_unknown(existing: Existing) -> None:
    existing.write(SMALL)
    _refused(existing, "'ap'", "did you mean 'app'", arguments=("ap",))
    _refused(existing, "'zzzz'", arguments=("zzzz",))
    _refused(existing, "''", arguments=("",))


@pytest.mark.parametrize("target", ["main.o", "main.c", "note", "empty"])
def test_a_target_that_links_nothing(existing: Existing, target: str) -> None:
    existing.write({**SMALL, "build.ninja": SMALL["build.ninja"] + """
rule say
  command = echo > $out
build note: say
build empty: phony
"""})
    _refused(existing, f"'{target}'", arguments=(target,))


def test_a_target_whose_link_is_left_as_it_is(existing: Existing) -> None:
    existing.write({**SMALL, "build.ninja": SMALL["build.ninja"].replace(
        "-fuse-ld=lld", "-fuse-ld=bfd")})
    _refused(existing, "app", "bfd", arguments=("app",))


def test_the_default_of_ninja_is_named_by_its_path(existing: Existing) -> None:
    existing.write(SMALL)
    existing.configure("./app")
    existing.configure(str(existing.folder / "app"))


# --- the command line ---


@pytest.mark.parametrize(("arguments", "part"), [
    (("-B", "out"), "-B"), (("--cc", "clang"), "--ld"), (("--cxx", "clang++"), "--ld"),
    (("--ar", "ar"), "--ld"), (("--target", "aarch64-linux-gnu"), "--ld"),
    (("--toolchain", "system"), "--ld")])
def test_options_that_contradict(existing: Existing, arguments: tuple[str, ...],
                                 part: str) -> None:
    existing.write(SMALL)
    _refused(existing, "--from", part, arguments=arguments, status=2)


def test_a_link_command_without_from(existing: Existing) -> None:
    existing.write({"main.c": MAIN, "ltogen.toml": '[targets.app]\nsources = ["main.c"]\n'})
    before = content(existing.root)
    done = run([sys.executable, "-P", "-m", "ltogen", "configure", "--link-command",
                "clang -o app main.o"], existing.root)
    _one_line(done, "--link-command", "--from", status=2)
    assert content(existing.root) == before


def test_a_link_command_beside_a_ninja_build(existing: Existing) -> None:
    """There is no compilation database in the folder."""
    existing.write(SMALL)
    _refused(existing, "compile_commands.json", arguments=("--link-command", f"{CC} -o app main.o"))


# --- a compilation database ---

ENTRY = ('[{{"directory": "{folder}", "file": "main.c", "command": "' + CC
         + ' -O2 -c main.c -o main.o"}}]')
LINK = f"{CC} -fuse-ld=lld -o app main.o"


@pytest.mark.parametrize("text", [
    "", "{", "[1]", "{}", '[{"file": "a.c"}]', "null", '[{"directory": 3, "file": "a.c"}]', "[]",
    '[{"directory": "/", "file": "a.c"}]', "\udcff",
    '[{"directory": "/", "file": "a.c", "command": "clang -c \'a.c -o a.o"}]',
    '[{"directory": "/", "file": "a.c", "arguments": []}]',
    '[{"directory": "/", "file": "a.c", "arguments": ["clang", "-o"]}]',
    '[{"directory": "/\\u0000", "file": "a.c", "command": "' + CC + ' -c a.c -o a.o"}]',
    '[{"directory": "", "file": "", "command": ""}]',
])
def test_a_damaged_database(existing: Existing, text: str) -> None:
    (existing.root / "compile_commands.json").write_text(text, errors="surrogateescape")
    line = _refused(existing, arguments=("--link-command", LINK))
    assert re.search(r"compile_commands\.json|/a\.o", line), line


@pytest.mark.parametrize("link", [
    "", " ", "true", "clang", f"{CC} -c main.c -o main.o", f"{CC} -o", "ar", "ar t x.a",
    "clang 'main.o", f"{CC} -r -o app main.o", f"{CC} -o app $(echo main.o)",
    f"{CC} -o app main.c", f"{CC} @missing.rsp -o app", f"{CC} -fuse-ld=bfd -o app main.o",
    "\n", f"{CC} -o app", f"{CC} -o app nothing.o",
])
def test_a_link_command_that_is_none(existing: Existing, link: str) -> None:
    existing.write({"main.c": MAIN,
                    "compile_commands.json": ENTRY.format(folder=existing.root)})
    _refused(existing, arguments=("--link-command", link))


def test_a_link_of_nothing_in_a_ninja_build(existing: Existing) -> None:
    """A library without a word for the linker, as a stub may be."""
    existing.write({**SMALL, "build.ninja": SMALL["build.ninja"].replace(
        "rule ar", "rule stub\n  command = $cc -shared -o $out\nrule ar")
        + "build libstub.so: stub\n"})
    existing.configure()
    existing.make("app")
    assert existing.is_lto("app")


def test_a_database_that_is_missing(existing: Existing) -> None:
    existing.build = "compile_commands.json"
    _refused(existing, "compile_commands.json", arguments=("--link-command", LINK))


def test_a_database_and_no_link(existing: Existing) -> None:
    existing.write({"main.c": MAIN,
                    "compile_commands.json": ENTRY.format(folder=existing.root)})
    existing.build = "compile_commands.json"
    _refused(existing, "compile_commands.json", "--link-command")


# --- what stays as it was ---


def test_a_response_file_that_a_step_makes(existing: Existing) -> None:
    existing.write({**SMALL, "build.ninja": RULES + """
rule list
  command = echo main.o square.o > $out
build objects.rsp: list
build main.o: cc main.c
build square.o: cc square.c
build app: link | main.o square.o objects.rsp
  libs = @objects.rsp
"""})
    _refused(existing, "app", "objects.rsp")
    existing.write({"two.c": MAIN})
    with (existing.root / "build.ninja").open("a") as file:
        file.write("build two.o: cc two.c\nbuild two: link two.o square.o\n")
    _left(existing, "app", "objects.rsp")
    assert existing.output("app") == "49\n"
    assert existing.is_lto("two")


def test_a_response_file_of_a_compile_that_a_step_makes(existing: Existing) -> None:
    """Flags that are not known may be -O0, -fPIC or -march: a backend would miss them."""
    existing.write({**SMALL, "build.ninja": RULES + """
rule list
  command = echo -O2 -mavx2 -DN=1 > $out
build flags.rsp: list
build main.o: cc main.c
build square.o: cc square.c | flags.rsp
  cflags = @flags.rsp
build app: link main.o square.o
"""})
    done = existing.configure(warns=True)
    assert "square.o" in done.stderr and "flags.rsp" in done.stderr
    existing.make()
    assert existing.output("app") == "49\n"


@pytest.mark.parametrize("flag", ["-Wl,--thinlto-index-only=x", "-Wl,--exclude-libs,ALL",
                                  "-Wl,--plugin-opt=obj-path=x.o", "-Wl,--lto-emit-asm"])
def test_a_link_option_without_equivalent(existing: Existing, flag: str) -> None:
    existing.write({**SMALL, "main2.c": MAIN, "build.ninja": SMALL["build.ninja"] + f"""
build main2.o: cc main2.c
build two: link main2.o square.o
  ldflags = -fuse-ld=lld {flag}
"""})
    done = existing.configure(warns=True)
    assert len(warnings(done)) == 1
    assert "two is not optimised" in done.stderr
    existing.make("app")
    assert existing.is_lto("app")


@pytest.mark.parametrize("name", ["a|b.c", "a\nb.c"])
def test_names_that_only_a_database_can_spell(existing: Existing, name: str) -> None:
    import json

    existing.write({name: "int main(void) { return 0; }\n"})
    existing.write({"compile_commands.json": json.dumps([{
        "directory": str(existing.root), "file": name,
        "arguments": [CC, "-O2", "-c", name, "-o", "main.o"]}])})
    done = existing.try_configure("--link-command", f"{CC} -fuse-ld=lld -o app main.o")
    assert "Traceback" not in done.text, done.text
    if done.status:
        _one_line(done)
        assert not (existing.root / "ltogen.ninja").exists()
        return
    existing.make()
    assert existing.output("app") == ""


# --- the disk ---


def test_a_disk_that_is_full_or_read_only(existing: Existing) -> None:
    existing.build = "build"
    with _mounted(existing.folder):
        existing.write({f"build/{name}": text for name, text in SMALL.items()})
        _remount(existing.folder, "ro")
        _one_line(existing.try_configure(), "build/", "Read-only")
        _remount(existing.folder, "rw")
        existing.configure()
        before = content(existing.folder)
        existing.replace("build/build.ninja", "build app: link",
                         "".join(f"build x{n}.o: cc main.c\nbuild x{n}: link x{n}.o square.o\n"
                                 for n in range(60)) + "build app: link")
        for pages in (0, 1, 4):
            _leave(existing.folder, pages)
            _one_line(existing.try_configure(), "build/", "No space left")
            for name in ("ltogen.ninja", "build.ltogen.ninja"):
                text = (existing.folder / name).read_bytes()
                assert text == before[name][1] or len(text) > 4 * len(before[name][1]), name
            assert not [name for name in existing.files() if name.endswith(".new")]
            _remount(existing.folder, "size=8m")
        existing.configure()
        existing.make()
        assert existing.is_lto("app")


def test_the_log_of_the_build_cannot_be_made(existing: Existing) -> None:
    existing.write({**SMALL, "build.ninja": "builddir = main.c\n" + SMALL["build.ninja"]})
    _refused(existing, ".ninja_log")


def test_the_folder_of_ltogen_is_a_file(existing: Existing) -> None:
    existing.write({**SMALL, "ltogen.out": ""})
    line = _refused(existing, "ltogen.out")
    assert "-B" not in line, "there is no -B with --from"


def test_a_file_of_the_build_has_ltogens_name(existing: Existing) -> None:
    """The user's own file is not overwritten."""
    existing.write({**SMALL, "ltogen.ninja": "# mine\n"})
    done = existing.try_configure()
    assert "Traceback" not in done.text
    if done.status:
        _one_line(done, "ltogen.ninja")
    else:
        assert (existing.folder / "ltogen.ninja").read_text() == "# mine\n"


def test_a_step_of_the_build_makes_ltogens_manifest(existing: Existing) -> None:
    existing.write({**SMALL, "build.ninja": SMALL["build.ninja"].replace(
        "build app:", "build ltogen.ninja:")})
    _refused(existing, "ltogen.ninja")


def test_names_lead_to_products(existing: Existing) -> None:
    """By symbolic links, also to what is not built yet, by folders, and as seen from here."""
    existing.write({f"build/{name}": text for name, text in SMALL.items()})
    existing.write({"build/build.ninja": SMALL["build.ninja"].replace(
        "build app:", "build sub/app.1.0:")})
    existing.build = "build"
    (existing.folder / "sub").mkdir()
    (existing.folder / "sub/app").symlink_to("app.1")
    (existing.folder / "sub/app.1").symlink_to("app.1.0")
    (existing.folder / "other").symlink_to("sub")
    (existing.folder / "named").symlink_to("other/app")
    for name in ("sub/app", "./sub/app.1.0", "other/app", "named", "build/sub/app",
                 str(existing.folder / "other/app.1"), "build/named"):
        existing.configure(name)
        existing.make()
        assert existing.is_lto("sub/app.1.0")
    # The name is known from the build's folder too, where the manifest is written again.
    existing.write({"build/build.ninja": (existing.folder / "build.ninja").read_text() + "\n"})
    existing.make()
    assert existing.no_work()
    (existing.folder / "round").symlink_to("round")
    _refused(existing, "no target 'round' in the build", arguments=("round",))


def test_a_product_is_meant_rather_than_a_source(existing: Existing) -> None:
    existing.write({**SMALL, "build.ninja": RULES + """
build main.o: cc main.c
build src/libsquare.cc: phony
build square.o: cc square.c
build all: phony src/libsquare.so.1
build src/libsquare.so.1: link main.o square.o
  ldflags = -fuse-ld=lld -shared -fPIC
"""})
    _refused(existing, "did you mean 'src/libsquare.so.1'?", arguments=("src/libsquare.so",))
    _refused(existing, "did you mean 'src/libsquare.so.1'?", arguments=("libsquare.so",))
    _refused(existing, "did you mean 'all'?", arguments=("al",))
    assert "src/libsquare.cc" not in _refused(existing, "'square.c'", arguments=("square.c",))


@pytest.mark.parametrize(("edges", "said"), [
    ("cflags = -fno-lto\n" + EDGES, "every compile has -fno-lto, as that of main.o has; leave it"),
    ("build spare.o: cc square.c\n" + EDGES.replace(".c\n", ".c\n  cflags = -fno-lto\n"),
     "main.o is compiled with -fno-lto, as is all else that a link takes"),
    ("build a.o: cc a.s\nbuild app: link a.o\n", "clang compiles assembler alone, such as a.s"),
], ids=["all", "all in links", "assembler"])
def test_compiles_that_ask_for_no_lto(existing: Existing, edges: str, said: str) -> None:
    existing.write({**SMALL, "a.s": ".globl main\nmain: ret\n", "build.ninja": RULES + edges})
    assert "no compile by clang" not in _refused(existing, f"nothing to take over: {said}")
