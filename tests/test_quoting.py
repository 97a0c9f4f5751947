"""A word comes back as it was, from the shell, a response file and a Ninja manifest."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ltogen.base import response_files
from ltogen.base.errors import UserError
from ltogen.ninja import spelling
from ltogen.toolchain import Request, choose
from tests.conftest import TOOLCHAINS
from tests.support.errors_helper import assert_one_line
from tests.support.workspace import NINJA, Workspace, run

# What an argument of a program can be. Not every byte a file name can have is UTF-8: such bytes
# are surrogates to Python.
_CHARACTERS = (st.sampled_from("ab -@#$:;,%&*?[]{}()<>!~^=+|/\\'\"`\t.é\u00a0\u2028\x7f")
               | st.characters(exclude_characters="\0", exclude_categories=["Cs"])
               | st.integers(0xDC80, 0xDCFF).map(chr))
# Two surrogates in a row can be UTF-8 by chance: then the same bytes are other text.
_WORD = st.text(_CHARACTERS, min_size=1, max_size=12).filter(
    lambda word: word == word.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape"))
_WORDS = st.lists(_WORD, max_size=8)

AWKWARD = [
    "a b", " a", "a ", "a\\", "\\", "\\\\", "'", "''", '"', '"a"', "a'b\"c", "$", "$$", "${x}",
    "$x", "$(x)", "`x`", "#a", "a#b", "a:b", "@a", "-a", "--", "~", "*", "?", "[a]", "{a,b}", "!x",
    "a;b", "a&b", "a|b", "<a>", "%s", "é", "日本", "a\u00a0b", "a\u2028b", "a\tb", "\x7f", "\udcff",
]


@settings(deadline=None)
@given(_WORDS)
@example(["a\\"])
@example(["\\", "b"])
@example(["a\nb", "c\rd"])
def test_response_read_by_the_steps(words: list[str]) -> None:
    data = response_files.one_line(words).encode("utf-8", "surrogateescape")
    assert response_files.parse(data) == words
    assert response_files.parse(b"  " + data + b"\n") == words


@settings(deadline=None)
@given(_WORDS)
def test_response_written_by_the_steps(words: list[str]) -> None:
    data = response_files.compose(words)
    assert response_files.parse(data) == words
    assert data.endswith(b"\n")


@pytest.mark.parametrize("words", [[""], ["a", "", "b"], ["a", ""], ["", "a"]])
def test_empty_word_in_a_response(words: list[str]) -> None:
    """`-Wl,-rpath,` is two words; without the second one the next argument is eaten."""
    assert response_files.parse(response_files.one_line(words).encode()) == words
    assert response_files.parse(response_files.compose(words)) == words


@settings(deadline=None)
@given(_WORDS, _WORDS)
@example(["--", '"--"', ' "--" ', "a\\"], ['"--"', "--"])
@example([], [])
@example(["", ""], [""])
def test_words_in_front_of_a_response(tmp_path_factory: pytest.TempPathFactory, told: list[str],
                                      words: list[str]) -> None:
    path = tmp_path_factory.getbasetemp() / "both.line"
    text = response_files.one_line_of_both(tuple(told), tuple(words))
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    read, rest = response_files.read_parted(str(path))
    assert (read, response_files.parse(rest)) == (told, words)


def _as_clang_reads(folder: Path, data: bytes, words: list[str]) -> None:
    """A real clang must understand `data` as `words`, each of which becomes a macro's value."""
    toolchain = choose(Request(kind=TOOLCHAINS[0]), Path("/nosuch"))
    (folder / "in.rsp").write_bytes(data)
    done = subprocess.run([*toolchain.backend, "-###", "-x", "c", "-E", "@in.rsp", "/dev/null"],
                          cwd=folder, capture_output=True, check=True)
    line = next(line for line in done.stderr.splitlines() if b'"-cc1"' in line)
    # -### prints each argument in double quotes, with a backslash before `"`, `\` and `$`.
    printed = [word.encode("utf-8", "surrogateescape") for word in words]
    for byte in (b"\\", b'"', b"$"):
        printed = [word.replace(byte, b"\\" + byte) for word in printed]
    for word in printed:
        assert b'"-D" "M=' + word + b'"' in line, word


@pytest.mark.parametrize("write", [
    lambda words: response_files.one_line(words).encode("utf-8", "surrogateescape"),
    response_files.compose,
], ids=["graph", "steps"])
def test_response_read_by_clang(tmp_path: Path, write: object) -> None:
    assert callable(write)
    _as_clang_reads(tmp_path, write([f"-DM={word}" for word in AWKWARD]), AWKWARD)


@pytest.mark.parametrize("write", [
    lambda words: response_files.one_line(words).encode("utf-8", "surrogateescape"),
    response_files.compose,
], ids=["graph", "steps"])
def test_response_read_by_lld(tmp_path: Path, toolchain: str, write: object) -> None:
    """lld says which files it cannot open, one message each."""
    assert callable(write)
    # A word in front keeps `@a`, `-a` and an absolute path from meaning something else.
    names = [f"no such {word}" for word in AWKWARD]
    (tmp_path / "in.rsp").write_bytes(write(names))
    ld = choose(Request(kind=toolchain), Path("/nosuch")).ld
    done = subprocess.run([*ld, "--error-limit=0", "@in.rsp"], cwd=tmp_path, capture_output=True,
                          check=False)
    for name in names:
        message = b"cannot open " + name.encode("utf-8", "surrogateescape") + b": No such file"
        assert done.stderr.count(message) == 1, (name, done.stderr)


def _through_ninja(folder: Path, commands: list[list[str]]) -> list[list[bytes]]:
    """What the shell hands over when Ninja runs each command's words as arguments."""
    lines = []
    for index, words in enumerate(commands):
        command = spelling.command(["printf", "%s\\0", "first", *words])
        lines += [f"rule r{index}", f"  command = {command} > $out", f"build o{index}: r{index}"]
    text = "\n".join(lines) + "\n"
    (folder / "build.ninja").write_bytes(text.encode("utf-8", "surrogateescape"))
    for old in folder.glob("o*"):
        old.unlink()
    done = run([NINJA], folder)
    assert done.status == 0, done.text
    return [(folder / f"o{index}").read_bytes().split(b"\0")[1:-1]
            for index in range(len(commands))]


_SPELLABLE = _WORD.filter(lambda word: not set(word) & set("\n\r"))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(_SPELLABLE | st.just(""), max_size=4), min_size=1, max_size=12))
@example([AWKWARD, [], [""], ["", "a", ""]])
def test_shell_through_ninja(tmp_path_factory: pytest.TempPathFactory,
                             commands: list[list[str]]) -> None:
    folder = tmp_path_factory.getbasetemp() / "shell"
    folder.mkdir(exist_ok=True)
    expected = [[word.encode("utf-8", "surrogateescape") for word in words] for words in commands]
    assert _through_ninja(folder, commands) == expected


@given(st.text(_CHARACTERS))
def test_path_that_a_manifest_can_spell(path: str) -> None:
    if set(path) & set("\n\r|\0"):
        with pytest.raises(UserError) as caught:
            spelling.check_path(path, "here")
        text = str(caught.value)
        assert text.startswith("here: ") and repr(path) in text
        assert "\n" not in text and "\r" not in text
    else:
        assert spelling.check_path(path, "here") == path


PATHS = ["a b", "a  b ", "$", "$x$", "a:b", "a:", "#a", "'", '"', "é", "日本", "a&b", "(a)", "[a]",
         "{a}", "%", "%41", "@a", "-a", "~a", "a,b", "a=b", "a\u2028b", "a\u00a0b", "!", "+"]


def test_awkward_paths_build(workspace: Workspace) -> None:
    """As the name of a folder, of a source and of a header."""
    workspace.write({
        "ltogen.toml": '[targets.app]\nsources = ["src/**/*.c"]\nlto = "off"\n',
        "src/main.c": "int main(void) { return 0; }\n",
        **{f"src/{name}/{name}.c": f"#include VALUE\nint number{index} = N;\n".replace(
            "VALUE", f"<{name}.h>" if '"' in name else f'"{name}.h"')
           for index, name in enumerate(PATHS)},
        **{f"src/{name}/{name}.h": "#define N 0\n" for name in PATHS},
    })
    text = (workspace.root / "ltogen.toml").read_text()
    folders = ", ".join(f'"src/{_toml(name)}"' for name in PATHS)
    workspace.write({"ltogen.toml": f"{text}include-dirs = [{folders}]\n"})
    workspace.configure()
    workspace.make()
    workspace.output("app")
    assert workspace.no_work()
    for name in PATHS:
        workspace.write({f"src/{name}/{name}.h": "#define N 1\n"})
    assert sum(edge.startswith("compile ") for edge in workspace.make().edges) == len(PATHS)
    assert workspace.no_work()


@pytest.mark.parametrize("name", ["a;b", "*", "a\\b", "a\\", "a\tb", "\x7f", "<a>", "`", "^"])
def test_path_that_a_depfile_cannot_spell(any_workspace: Workspace, name: str) -> None:
    """Ninja's reader of depfiles knows fewer characters than its manifest: refused, or built."""
    any_workspace.write({
        "ltogen.toml": '[targets.app]\nsources = ["src/**/*.c"]\n',
        f"src/{name}/{name}.c": "int main(void) { return 0; }\n",
    })
    done = any_workspace.try_configure()
    if done.status:
        assert_one_line(done, "[targets.app]", repr(f"src/{name}/{name}.c"), "rename")
        return
    any_workspace.make()
    any_workspace.output("app")
    assert any_workspace.no_work()


def _toml(text: str) -> str:
    return "".join(char if char.isprintable() and char not in '"\\' else f"\\u{ord(char):04x}"
                   for char in text)
