"""Manifests are read as the real Ninja reads them: the same graph, the same commands, or a refusal.

Every manifest here is given to Ninja, too: `agree` compares all that its tools tell about it. What
a test expects beside that says what the point is.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from ltogen.base.errors import UserError
from ltogen.ninja.manifest import Include, Manifest, read
from tests.support.manifest_oracle import Files, agree, refusal, write

_RULE = "rule r\n  command = $in > $out\n"
_SHOW = "rule show\n  command = [$x] [$rspfile] [$description] $rspfile_content $in\n"


def _read(folder: Path, text: str | bytes, **more: str | bytes) -> Manifest:
    manifest = agree(folder, {"build.ninja": text, **more})
    assert manifest is not None, refusal(folder)
    return manifest


def _commands(folder: Path, text: str | bytes, **more: str | bytes) -> list[str]:
    return [edge.get("command") for edge in _read(folder, text, **more).edges]


def _refused(folder: Path, text: str | bytes, **more: str | bytes) -> str:
    assert agree(folder, {"build.ninja": text, **more}) is None, f"Ninja takes {text!r}"
    return refusal(folder).removeprefix(f"{folder}/")


@pytest.mark.parametrize(("raw", "value"), [
    ("a$$b", "a$b"), ("a$ b", "a b"), ("a$:b", "a:b"), ("a:b|c", "a:b|c"), ("  a  ", "a  "),
    ("a$\n    b", "ab"), ("a$\r\n  b", "ab"), ("$\n  a", "a"), ("a $\n b", "a b"), ("", ""),
    ("$v", "V"), ("${v}", "V"), ("$v.w", "V.w"), ("${v.w}", "D"), ("$v-w", "H"), ("$v$v", "VV"),
    ("$v_w", ""), ("$other", ""), ("#a", "#a"), ("a\tb", "a\tb"), ("\tb", "\tb"), ("é", "é"),
    ("$h\udca9", "é"), ("\udcff", "\udcff"), ("$in$out", ""), ("\x01\x7f", "\x01\x7f")])
def test_value(tmp_path: Path, raw: str, value: str) -> None:
    text = ("v = V\nv.w = D\nv-w = H\nh = \udcc3\nrule r\n  command = $x.\n"
            f"build out: r in\n  x = {raw}\n").encode("utf-8", "surrogateescape")
    assert _commands(tmp_path, text) == [value + "."]


@pytest.mark.parametrize(("raw", "path"), [
    ("a$ b", "a b"), ("a$:b", "a:b"), ("a$$b", "a$b"), ("a$\n   b", "ab"), ("#a", "#a"),
    ("a=b", "a=b"), ("$d/a", "dir/a"), ("${d}a", "dira"), ("a\tb", "a\tb"), ("$p", "x|y"),
    ("é", "é"), ("./a", "a"), ("a/", "a"), ("a//b", "a/b"), ("a/./b", "a/b"), ("a/../b", "b"),
    ("../a", "../a"), ("../../a", "../../a"), ("a/../../b", "../b"), ("/a/../..", "/.."),
    ("//a", "/a"), ("a/..", "."), ("..", ".."), ("../", ".."), (".a", ".a"), ("a/..b", "a/..b"),
    ("a/.b/", "a/.b"), ("./.", "."), ("...", "..."), ("a/b/../../..", ".."), ("/", "/"),
    ("/.", "/"), ("a/...", "a/...")])
def test_path(tmp_path: Path, raw: str, path: str) -> None:
    edge, = _read(tmp_path, f"d = dir\np = x|y\n{_RULE}build out: r {raw}\n").edges
    assert edge.inputs == (path,)
    edge, = _read(tmp_path, f"d = dir\np = x|y\n{_RULE}build {raw} | o: r i | a || b |@ c\n").edges
    assert edge.outputs == (path,)


@pytest.mark.parametrize(("path", "word"), [
    ("a+b_c-d.e/F9", "a+b_c-d.e/F9"), ("a$ b", "'a b'"), ("a$:b", "'a:b'"), ("it's", "'it'\\''s'"),
    ("é", "'é'"), ("a=b", "'a=b'"), ("@a", "'@a'"), ("a$$", "'a$'"), ("~", "'~'"),
    ("a,b", "'a,b'")])
def test_paths_are_quoted_for_the_shell(tmp_path: Path, path: str, word: str) -> None:
    text = ("rule r\n  command = $in; $out; $in_newline\n  depfile = $out.d\n"
            f"build {path} | more: r {path}x b | c || d\n")
    edge, = _read(tmp_path, text).edges
    last = word[:-1] + "x'" if word.endswith("'") else word + "x"
    assert edge.get("command") == f"{last} b; {word}; {last}\nb"
    assert edge.get("depfile") == f"{word}.d"
    assert edge.unescaped("depfile") == f"{edge.outputs[0]}.d"


@pytest.mark.parametrize("header", [
    "build o: r i", "build o:r i", "build o : r i", "build  o  :  r  i  ", "build o | p: r i | j",
    "build o |p: r i|j||k|@l", "build o: r i || k", "build o: r | j |@ l", "build o: r",
    "build | o: r", "build o |: r i | || |@", "build$\n o$\n : $\n r $\n i$\n  j",
    "build o: r i\r", "build #: r #", "build build: r rule", "build o: r+i", "build o$ : r i",
    "build$ o: r i", "build o: r.s i"])
def test_build_line(tmp_path: Path, header: str) -> None:
    agree(tmp_path, {"build.ninja": f"{_RULE}{header}\n"})


def test_build_line_is_taken_apart(tmp_path: Path) -> None:
    edge, = _read(tmp_path, f"{_RULE}build a b | c d: r e f | g h || i j |@ k l\n").edges
    assert (edge.rule, edge.outputs, edge.implicit_outputs) == ("r", ("a", "b"), ("c", "d"))
    assert (edge.inputs, edge.implicit) == (("e", "f"), ("g", "h"))
    assert (edge.order_only, edge.validations) == (("i", "j"), ("k", "l"))


@pytest.mark.parametrize("text", [
    "", "\n", "   \n", "\r\n", "# c\n", "  # c\r\n", "x = 1\n\0anything", "#c\n\n  \nx=1\n",
    "x # c\n= 1\n", "rule a # c\n\n  command = x\n", "x $\n = $\n 1\n", "build = 1\n",
    "a.b-c_d = 1\n", "rule build\n  command = x\nbuild a: build b\n", "pool pool\n  depth = 0\n",
    "x = 1\r\n", "rule a\n# c\n  # c\n command = x\n# c\n", "rule a\n  command = x\n \nx = 1\n",
    "default = 1\n", "x = 1", "# c", "  ", " x = 1\n", "\tx = 1\n", "x = $\t\n", "x = ${a b}\n",
    "x = $.\n", "x = $", "x = $\0", "x = a\rb\n", "\r", "=\n", "x y\n", "x\n= 1\n", "é = 1\n",
    "\ufeffx = 1\n", "build a: phony b\0", "rule\n", "rule a b\n", "pool\n", "default\n",
    "default x:\n", "include\n", "build\n", "build a\n", "build a:\n", "build a | b || c: phony\n",
    "build : phony\n", "build a: phony | b | c\n", "build a: phony || b | c\n",
    "build a: phony |@ b || c\n", "build a: phony: b\n", "build a: phony\n  x\n",
    "build a: phony\n  \tx = 1\n", "build a: phony\n", "build a: phony\n  x = 1\n\n  y = 2\n",
    "build a: phony\n x = $%\n", "a\n", "buildx y: phony\n"])
def test_syntax(tmp_path: Path, text: str) -> None:
    agree(tmp_path, {"build.ninja": text})


@pytest.mark.parametrize(("text", "commands"), [
    # What a rule names is looked up in the end, what anything else names is looked up at once.
    ("x = 1\ny = $x\nbuild o: show i\nbuild p: show i\n  x = $y\nx = 2\n", ["[2]", "[1]"]),
    # Without bindings of its own, an edge prefers the file's variables to those of the rule.
    ("description = d\nbuild o: show i\n", ["[] [] [d]"]),
    ("description = d\nbuild o: say i\nbuild p: say i\n  x = 1\n", ["[] [] [d]", "[1] [] [s]"]),
    # A rule without a response file hides the file's variable, `phony` does not.
    ("rspfile = f\nbuild o: show i\nbuild p: show i\n  x = 1\n", ["[] [f]", "[1] []"]),
    ("rspfile_content = f\nbuild o: show i\nbuild p: show i\n  x = 1\n",
     ["[] [] [] f i", "[1] [] []  i"]),
    ("command = $x$rspfile.\nbuild o: phony i\nbuild p: show i\n  y = 1\n", [".", "[] [] []"]),
    ("build o: show i\n  x = 1\n  x = $x 2\n", ["[ 2]"]),
    ("build o: show i\n  in = 1\n", ["[] [] []  i"]),
    ("rule s\n  command = [$rspfile]\n  rspfile =\nbuild o: s i\n", ["[]"]),
    ("in = 1\nbuild o: show $in\n  x = $in\n", ["[1]"]),
    ("build o: show $x\n  x = i\n", ["[i]"]), ("build $x: show i\n  x = o\n", ["[o]"])])
def test_scope(tmp_path: Path, text: str, commands: list[str]) -> None:
    say = "rule say\n  command = [$x] [$rspfile] [$description]\n  description = s\n"
    found = _commands(tmp_path, _SHOW + say + text)
    assert len(found) == len(commands)
    assert all(map(str.startswith, found, commands)), found


@pytest.mark.parametrize(("text", "child", "commands"), [
    ("x = 1\ninclude f\nbuild o: show i\n", "x = 2\n", ["[2]"]),
    ("x = 1\nsubninja f\nbuild o: show i\n", "x = 2\n", ["[1]"]),
    ("x = 1\nsubninja f\nx = 3\n", "build o: show i\n", ["[3]"]),
    ("x = 1\nsubninja f\n", "x = $x$x\nbuild o: show i\nx = 4\n", ["[4]"]),
    ("y = 1\nsubninja f\ny = 2\n", "x = $y\nbuild o: show i\n  x = $x$y\n", ["[11]"]),
    ("description = d\nsubninja f\n", "build o: show i\n", ["[] [] [d]"]),
    ("n = f\nsubninja $n\n", "build o: show i\n", ["[]"]), ("include ./f\n", "", []),
    ("subninja f # c\n\n", "", []), ("include f$\n\n", "", []),
    ("subninja f\nbuild o: show i\n", "rule show\n  command = other\nbuild p: show i\n",
     ["other", "[]"]),
    ("subninja f\nsubninja f\n", "rule mine\n  command = $x\n", []),
    ("subninja f\n", "rule phony\n  command = p $in\nbuild a: phony a\n", ["p a"])])
def test_include(tmp_path: Path, text: str, child: str, commands: list[str]) -> None:
    found = _commands(tmp_path, _SHOW + text, f=child)
    assert len(found) == len(commands)
    assert all(map(str.startswith, found, commands)), found


@pytest.mark.parametrize("text", [
    "include none\n", "include $none\n", "subninja .\n", "include f g\n", "include f",
    "include f |\n", "include build.ninja\n", "subninja build.ninja\n",
    "subninja f\nbuild o: mine i\n", "include f\ninclude f\n", "include bad\n"])
def test_include_that_is_refused(tmp_path: Path, text: str) -> None:
    _refused(tmp_path, text, f="rule mine\n  command = x\n", bad="x = 1\nx\n")


def test_files_can_be_included_deeply(tmp_path: Path) -> None:
    files: Files = {f"{number}.ninja": f"subninja {number + 1}.ninja\n" for number in range(1100)}
    manifest = agree(tmp_path, {**files, "build.ninja": "x = 1\nsubninja 0.ninja\n",
                                "1100.ninja": f"{_SHOW}build o: show i\n"})
    assert manifest is not None and manifest.edges[0].get("command").startswith("[1]")


@pytest.mark.parametrize("text", [
    "rule r\n  command = x\n", "rule phony\n  command = x\n", "rule s\n  x = 1\n", "rule s\n",
    "rule s\n  command =\n", "rule s\n  command = $\n\n", "rule s\n  command = x\n  rspfile = f\n",
    "rule s\n  command = x\n  rspfile_content = f\n",
    "rule s\n  command = x\n  rspfile = f\n  rspfile_content =\n", "build o: s i\n",
    "build o: r $x\n", "build $x: r\n", "build o: r |@ $x\n", "build o o: r\n",
    "build o | ./o: r\n", "default o\n", "build o: r\nbuild ./o: r\n",
    "build o: r i\ndefault p\n", "build o: r\ndefault o $x\n",
    "pool p\n", "pool p\n  depth = -1\n", "pool p\n  depth = -1\n  depth = 1\n", "pool console\n",
    "pool p\n  depth = 1\n  x = 1\n", "pool p\n  depth = 4294967295\n", "build o: r\n  pool = p\n",
    "pool p\n  depth = 1\npool p\n  depth = 1\n", "build o: r\n  dyndep = d\n",
    "pool = p\nbuild o: r\n", "build o: r\n  pool = p\npool p\n  depth = 1\n",
    "ninja_required_version = 1.14\n", "ninja_required_version = 2\n",
    "ninja_required_version = 99999.1\n"])
def test_what_is_refused(tmp_path: Path, text: str) -> None:
    _refused(tmp_path, _RULE + text)


@pytest.mark.parametrize("version", ["1.13", "1.13.99", "1.3", "1", "0.99", "", "x", "1.x", " 1.5y",
                                     "-2.50", "1.4294967296", "1.13 or 2"])
def test_required_version(tmp_path: Path, version: str) -> None:
    _read(tmp_path, f"ninja_required_version = {version}\n")


@pytest.mark.parametrize(("text", "place"), [
    ("\nrule row\n  command = x\nbuild a: raw b\n",
     "build.ninja:4: unknown rule 'raw'; did you mean 'row'?"),
    ("x = 1\ninclude f\n", "f:2: expected '=', got the end of the line; write NAME = VALUE"),
    ("include g\n", "build.ninja:1: cannot read 'g': No such file or directory; correct the path"),
    ("\tx = 1\n", "build.ninja:1: unexpected '\\t'; Ninja takes spaces only; replace the tab")])
def test_message(tmp_path: Path, text: str, place: str) -> None:
    assert _refused(tmp_path, text, f="\nx\n").startswith(place)


def test_missing_manifest(tmp_path: Path) -> None:
    assert agree(tmp_path, {}) is None
    assert refusal(tmp_path).startswith(f"{tmp_path}/build.ninja: cannot read: No such file")


@pytest.mark.parametrize("bindings", [
    "command = $description\n  description = $command", "command = $command", "pool = $pool",
    "command = x $depfile\n  depfile = $deps\n  deps = $depfile", "dyndep = $dyndep"])
def test_variables_that_never_end(tmp_path: Path, bindings: str) -> None:
    text = f"rule s\n  command = x\n  {bindings}\nbuild o: s i\n"
    if "command = $" not in bindings and "depfile" not in bindings:
        assert "never ends" in _refused(tmp_path, text)
        return
    with pytest.raises(UserError, match=r"^\S+: rule 's': \w+ -> .* never ends; remove"):
        _read(tmp_path, text).edges[0].get("command")


def test_response_file(tmp_path: Path) -> None:
    text = ("rule s\n  command = tool @$rspfile\n  rspfile = $out.rsp\n"
            "  rspfile_content = $in_newline\nbuild o$ p: s a b$ c\n"
            "build q: s a\n  rspfile = q$ r\n  rspfile_content = $out$in\n")
    first, second = _read(tmp_path, text).edges
    assert first.get("command") == "tool @'o p'.rsp" and first.unescaped("rspfile") == "o p.rsp"
    assert first.get("rspfile_content") == "a\n'b c'"
    assert second.unescaped("rspfile") == "q r" and second.get("rspfile_content") == ""


def test_pools(tmp_path: Path) -> None:
    text = (f"{_RULE}  pool = $p\nd = 5x\npool a\n  depth = $d\npool b\n  depth =\np = a\n"
            "build o: r\nbuild p: r\n  pool = console\np = b\n")
    manifest = _read(tmp_path, text)
    assert manifest.pools == {"console": 1, "a": 5, "b": 0}
    assert [edge.pool for edge in manifest.edges] == ["a", "console"]
    assert [edge.get("pool") for edge in manifest.edges] == ["b", "console"]


def test_goals(tmp_path: Path) -> None:
    text = "build a b | c: phony d || e\nbuild e: phony f |@ g\nbuild g: phony h\n"
    assert _read(tmp_path, text).roots() == ("a", "b", "c", "g")
    manifest = _read(tmp_path, text + "build h: phony |@ v\ndefault c ./d f\ndefault v a\n")
    assert manifest.defaults == ("c", "d", "f", "v", "a")
    with pytest.raises(UserError, match="name what to build"):
        _read(tmp_path, "build a: phony b\nbuild b: phony a\n").roots()


@pytest.mark.parametrize(("header", "inputs", "order_only"), [
    ("a: phony a", (), ()), ("a: phony b a c a", ("b", "c"), ()),
    ("a: phony b || c a", (), ("b", "c")), ("a: phony || a a", (), ()),
    ("a: phony b || a a", ("b",), ()), ("a: phony b | a", ("b",), ()),
    ("a: phony a | b", ("a",), ()), ("a b: phony a", ("a",), ()), ("a | b: phony a", ("a",), ()),
    ("a: r a", ("a",), ())])
def test_phony_that_names_itself(tmp_path: Path, header: str, inputs: tuple[str, ...],
                                 order_only: tuple[str, ...]) -> None:
    edge, = _read(tmp_path, f"{_RULE}build {header}\n").edges
    assert (edge.inputs, edge.order_only) == (inputs, order_only)


def test_dyndep(tmp_path: Path) -> None:
    text = f"{_RULE}  dyndep = $out.dd\nbuild o: r i || ./o.dd\nbuild p: r q\n  dyndep = x/../q\n"
    assert [edge.dyndep for edge in _read(tmp_path, text).edges] == ["o.dd", "q"]


def test_places(tmp_path: Path) -> None:
    top = (f"# c\n\n{_RULE}build a: r b\n  x = é\n# c\n  y = 1\n # d\n\n"
           "subninja f # c\n\n")
    child = "build c: r$\n d\r\n\ninclude g\nbuild e: phony\n"
    manifest = _read(tmp_path, top + "\n", f=child, g="\n")
    edges = [(manifest.files[edge.file].text[edge.start:edge.end], edge.line)
             for edge in manifest.edges]
    assert edges == [("build a: r b\n  x = é\n# c\n  y = 1\n", 5), ("build c: r$\n d\r\n", 1),
                     ("build e: phony\n", 5)]
    first, second, third = manifest.files
    assert [one.path for one in manifest.files] == ["build.ninja", "f", "g"]
    start = top.index("subninja")
    assert first.includes == (Include(start, len(top), 1, True),)
    assert second.includes == (Include(child.index("include"), child.index("build e"), 2, False),)
    assert third.includes == () and first.text == top + "\n"


def test_names(tmp_path: Path) -> None:
    write(tmp_path, {"out/other.ninja": "builddir = x\nsubninja f\n", "out/f": "builddir = y\n"})
    manifest = read(tmp_path / "out", "other.ninja")
    assert manifest.builddir == "x" and manifest.files[0].path == "other.ninja"
    assert _read(tmp_path, "").builddir == ""
