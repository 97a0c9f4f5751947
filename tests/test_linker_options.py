"""The table of lld's options: every lld on this machine is asked for each of its names."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from ltogen.linker import options
from ltogen.linker.command_line import INPUT, UNKNOWN, parse
from ltogen.toolchain.embedded import zig_path
from tests.support.llds import LLDS, lld_ids
from tests.support.system_toolchain import CC, needs_clang

NOT_AN_OPTION = "--no-such-option-{}"
_AT_ONCE = 18
# What lld 19 does not know yet.
_NEW_SINCE_19 = options.names("""
    bp-compression-sort= bp-compression-sort-startup-functions
    no-bp-compression-sort-startup-functions bp-startup-sort= branch-to-branch no-branch-to-branch
    irpgo-profile irpgo-profile= plugin-opt=time-trace= print-gc-sections=
    randomize-section-padding= thinlto-distributor= thinlto-distributor-arg thinlto-distributor-arg=
    thinlto-remote-compiler= thinlto-remote-compiler-arg thinlto-remote-compiler-arg=
    thinlto-remote-compiler-prepend-arg thinlto-remote-compiler-prepend-arg=
    verbose-bp-section-orderer why-live why-live= xosegment no-xosegment
""")
# lld's own complaints where a word is a short option with its value.
_SHORT_VALUES = ("cannot find entry symbol", "unable to find library", "unknown emulation",
                 "unknown -z value", "cannot find linker script", "number expected")


def _known_by(lld: tuple[str, ...], spelled: list[tuple[str, int, int]]) -> list[
        tuple[str, int, int]]:
    return [one for one in spelled if "ld.lld-19" not in lld[-1]
            or one[0] not in _NEW_SINCE_19]


def _refused(lld: tuple[str, ...], words: list[str]) -> set[str]:
    """The words that lld does not know. It stops after twenty."""
    refused: set[str] = set()
    for start in range(0, len(words), _AT_ONCE):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([*lld, *words[start:start + _AT_ONCE]], cwd=folder,
                                  capture_output=True, text=True, check=False)
        refused.update(line.split("'")[1] for line in done.stderr.splitlines()
                       if "unknown argument '" in line)
    return refused


def _cases(lld: tuple[str, ...], wanted: int) -> list[str]:
    return [f"{'-' * dashes}{name}" for name, kind, dashes in _known_by(lld, options.spelled())
            if kind == wanted]


def _with_markers(words: list[str]) -> list[str]:
    return [part for number, word in enumerate(words)
            for part in (word, NOT_AN_OPTION.format(number))]


@pytest.mark.parametrize("lld", LLDS, ids=lld_ids)
@pytest.mark.parametrize("kind", [options.FLAG, options.JOINED, options.SEPARATE,
                                  options.JOINED_OR_SEPARATE])
def test_each_option_takes_its_value_as_the_table_says(lld: tuple[str, ...], kind: int) -> None:
    """What is no option comes behind each: it is refused, unless it was taken for a value."""
    words = _cases(lld, kind)
    assert len(words) >= len(options._SHORT)
    if kind == options.JOINED:
        words = [word + "1" for word in words]
    markers = {NOT_AN_OPTION.format(number) for number in range(len(words))}
    takes_next = kind in (options.SEPARATE, options.JOINED_OR_SEPARATE)
    assert _refused(lld, words) == set()
    assert _refused(lld, _with_markers(words)) == (set() if takes_next else markers)


@pytest.mark.parametrize("lld", LLDS, ids=lld_ids)
def test_no_flag_takes_a_joined_value(lld: tuple[str, ...]) -> None:
    words = [word + "=1" for word in _cases(lld, options.FLAG)
             if "ld.lld-19" not in lld or f"{word[2:]}=" not in _NEW_SINCE_19]
    refused = {word for word in words if next(parse([word])).option == UNKNOWN}
    assert len(refused) > 200
    assert _refused(lld, words) == refused


@pytest.mark.parametrize("lld", LLDS, ids=lld_ids)
def test_the_number_of_dashes(lld: tuple[str, ...]) -> None:
    """With the other number of dashes, a name is unknown, or a short option with its value."""
    words = [f"{'-' * (3 - dashes)}{name}" for name, _, dashes in _known_by(lld, options.spelled())
             if not options.kind(name, 3 - dashes)]
    refused = {word for word in words if next(parse([word])).option == UNKNOWN}
    assert len(refused) > 100
    assert _refused(lld, [word for word in words if len(word) > 2]) == refused


@pytest.mark.parametrize("lld", LLDS, ids=lld_ids)
def test_abbreviations_are_unknown(lld: tuple[str, ...]) -> None:
    words = [word[:-1] for word in _cases(lld, options.FLAG) if len(word) > 6 and word[1] == "-"]
    words = [word for word in words if next(parse([word])).option == UNKNOWN]
    assert len(words) > 100
    assert _refused(lld, words) == set(words)


@needs_clang
@pytest.mark.parametrize("lld", LLDS, ids=lld_ids)
def test_a_word_of_a_name_is_no_short_option(lld: tuple[str, ...], tmp_path: Path) -> None:
    """`-emit-relocs` is not `-e mit-relocs`; the linker's complaint would show it."""
    (tmp_path / "a.c").write_text("void _start(void) {}\n")
    subprocess.run([CC, "-c", "a.c", "-o", "a.o"], cwd=tmp_path, check=True)
    for word in _cases(lld, options.FLAG):
        if word[1] in "Oelmz" and word[1:] != "help":
            done = subprocess.run([*lld, word, "a.o", "-o", "/dev/null"], cwd=tmp_path,
                                  capture_output=True, text=True, check=False)
            assert not any(said in done.stderr for said in _SHORT_VALUES), (word, done.stderr)


def test_help_names_nothing_else() -> None:
    """Every name in the help of each lld is in the table."""
    for lld in LLDS:
        done = subprocess.run([*lld, "--help"], capture_output=True, text=True, check=True)
        words = [line.split()[0] for line in done.stdout.splitlines() if line.startswith("  -")]
        assert len(words) > 300
        for word in words:
            name = word.lstrip("-").partition("<")[0].partition("[")[0]
            names = (name, name.partition("=")[0] + "=")
            dashes = 2 if word.startswith("--") else 1
            assert any(options.kind(one, dashes) for one in names), word


def test_what_values_are_as_the_help_says() -> None:
    words = {"file": ("file read", "file written"), "path": ("file written",), "dir": ("folder",),
             "symbol": ("symbol",), "libname": ("library",)}
    done = subprocess.run([*LLDS[-1], "--help"], capture_output=True, text=True, check=True)
    said = re.findall(r"^  --?([\w-]+)[ =]<(file|path|dir|symbol|libname)>", done.stdout, re.M)
    assert len(said) > 15
    for name, word in said:
        assert options.meaning(options.first_name(name)) in words[word], name


def test_every_lld_is_asked() -> None:
    """The same that the tests of links use, and any other that is here."""
    assert LLDS
    assert (zig_path() is None) == (not any("zig" in lld[0] for lld in LLDS))
    assert all((shutil.which(name) is None) == ((name,) not in [lld[-1:] for lld in LLDS])
               for name in ("ld.lld-19", "ld.lld-22"))


@pytest.mark.parametrize(("words", "meant"), [
    (["-omagic"], [("output", "magic")]),
    (["--omagic"], [("omagic", None)]),
    (["-o", "a b"], [("output", "a b")]),
    (["--output=x", "-output", "y"], [("output", "x"), ("output", "utput"), (INPUT, "y")]),
    (["-Lx", "-L", "y", "-library-path=z", "--library-path", "w"],
     [("library-path", value) for value in "xyzw"]),
    (["-lc", "--library=c", "-l:x.a"], [("library", "c"), ("library", "c"), ("library", ":x.a")]),
    (["-T", "s", "-Ts", "--script=s", "-Ttext=0"],
     [("script", "s")] * 3 + [("Ttext", "0")]),
    (["-plugin-opt", "O2", "--plugin-opt=cs-profile-path=p"],
     [("lto-O", "2"), ("lto-cs-profile-file", "p")]),
    (["--plugin-opt=-function-sections", "-plugin-opt=mcpu=x"],
     [("plugin-opt=-", "function-sections"), ("plugin-opt=mcpu", "x")]),
    (["-", "", "a@b"], [(INPUT, "-"), (INPUT, "a@b")]),
    (["--", "--no-such"], [(UNKNOWN, "--"), (UNKNOWN, "--no-such")]),
    (["-fx", "--soname"], [(UNKNOWN, "-fx"), ("soname", None)]),
    (["--lto-O2", "--lto-CGO=3", "-lto-O2"],
     [("lto-O", "2"), ("lto-CGO", "=3"), ("library", "to-O2")]),
])
def test_words_as_lld_means_them(words: list[str], meant: list[tuple[str, str | None]]) -> None:
    arguments = list(parse(words))
    assert [(one.option, one.value) for one in arguments] == meant
    assert [word for one in arguments for word in one.words] == [word for word in words if word]
