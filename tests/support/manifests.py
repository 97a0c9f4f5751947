"""Random Ninja manifests: most of them sound, and as strange as a sound manifest can be."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.support.manifest_oracle import Files

_VARIABLES = ("a", "b", "c.d", "in", "out", "flags", "in_newline", "command", "description",
              "rspfile", "rspfile_content", "depfile", "pool_", "build", "default")
_RULE_KEYS = ("command", "description", "depfile", "deps", "generator", "restat", "rspfile",
              "rspfile_content", "msvc_deps_prefix", "dyndep", "pool")
_TEXT = ("x", "y z", "-f rsp", "@rsp", "@$rspfile", " ", "$$", "$ ", "$:", ":", "|", "#", "=",
         "é", "'", '"', "\\", "\t", "$\n   ", "$\r\n ", "$in", "$out", "${in}", "$in_newline",
         *(f"${name}" for name in _VARIABLES if "." not in name),
         *(f"${{{name}}}" for name in _VARIABLES), *(f"${name}" for name in _RULE_KEYS))
_PATHS = ("p", "q/r", "../s", "./p", "/abs", "q//r", "q/./r", "q/x/../r", "p/", "$ t", "u$:v",
          "$$w", "é", "it's", "$a", "${b}x", "$a/$b", "x$\n  y", "#", "a=b", "d.dd", "-", "..",
          "o1", "o2", "o3", "./o4", "z$out", "z${in}")
_SPACE = st.sampled_from((" ", " ", " ", " ", "  ", " $\n ", "$\n ", " $\r\n    "))
_END = st.sampled_from(("\n", "\n", "\n", "\n", "\r\n", " \n", " $\n\n"))
_BETWEEN = st.sampled_from(("", "", "", "\n", "# comment\n", "  # comment\r\n", "   \n", "\r\n"))
_KINDS = ("build",) * 6 + ("rule", "let", "let", "let", "default", "pool", "include", "subninja")


@st.composite
def manifests(draw: st.DrawFn) -> Files:
    """`build.ninja` with up to three files that it includes."""
    return _Writer(draw).files()


class _Writer:
    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self._made = 0
        self._left = 3
        self._files: Files = {}
        self._pools = ["console"]

    def files(self) -> Files:
        """All files of one manifest."""
        # Else too many paths are empty, and too many edges are phony.
        rules = ["phony"]
        start = self._one("a = v\nb = w/\n", "a = v\nb = w/\n", "") + self._rule(rules)
        self._file("build.ninja", rules)
        return {**self._files, "build.ninja": start + str(self._files["build.ninja"])}

    def _one(self, *choices: str) -> str:
        return self._draw(st.sampled_from(choices))

    def _some(self, choices: tuple[str, ...], most: int, least: int = 0) -> list[str]:
        return self._draw(st.lists(st.sampled_from(choices), min_size=least, max_size=most))

    def _file(self, name: str, rules: list[str]) -> None:
        lines: list[str] = []
        for kind in self._some(_KINDS, 9, 2):
            lines += (self._draw(_BETWEEN), getattr(self, f"_{kind}")(rules))
        self._files[name] = "".join(lines)

    def _value(self) -> str:
        return "".join(self._some(_TEXT, 4))

    def _binding(self, name: str, value: str) -> str:
        equals = self._one(" = ", "=", " =", " $\n = ", " = $\n   ", "= ")
        return f"{name}{equals}{value}" + self._one(*["\n"] * 5, "\r\n")

    def _indented(self, name: str, value: str) -> str:
        comment = self._one(*[""] * 8, "# comment\n", "    # comment\n")
        return comment + self._one("  ", " ", "    ", " $\n ") + self._binding(name, value)

    def _let(self, rules: list[str]) -> str:
        return self._binding(self._one(*_VARIABLES[:-2]), self._value())

    def _rule(self, rules: list[str]) -> str:
        name = f"r{len(rules)}" if self._one(*["new"] * 24, "") else self._one(*rules)
        if name not in rules:
            rules.append(name)
        keys = dict.fromkeys(["command", *self._some(_RULE_KEYS[:-2], 3)])
        if "rspfile" in keys or "rspfile_content" in keys:
            keys |= dict.fromkeys(("rspfile", "rspfile_content"))
        # Mostly a command that shows as much as possible.
        values = {key: "x" + self._value() for key in keys}
        if self._one("all", "all", ""):
            values["command"] += "".join(f" <${{{name}}}>" for name in (*_VARIABLES, *_RULE_KEYS)
                                         if name not in ("command", "pool", "dyndep"))
        lines = [self._indented(key, value) for key, value in values.items()]
        return f"rule {name}{self._draw(_END)}" + "".join(lines)

    def _paths(self, sign: str, most: int, least: int = 0) -> str:
        paths = self._some(_PATHS, most, least)
        if not paths:
            return self._one("", "", "", sign)
        return sign + "".join(self._draw(_SPACE) + path for path in paths)

    def _build(self, rules: list[str]) -> str:
        outputs = "".join(self._draw(_SPACE) + self._output()
                          for _ in range(self._draw(st.sampled_from((1, 1, 1, 2)))))
        implicit = f" |{self._draw(_SPACE)}{self._output()}" if self._one(*"00001") == "1" else ""
        text = f"build{outputs}{implicit}:{self._draw(_SPACE)}{self._one(*rules, *rules[1:] * 3)}"
        # The compilation database is silent about what has no input.
        text += self._paths(" ", 3, int(self._one(*"1110"))) + self._paths(" | ", 2)
        text += self._paths(" || ", 2) + self._paths(" |@ ", 1) + self._draw(_END)
        keys = self._some((*_VARIABLES, *_RULE_KEYS[:-2]), 3)
        lines = [self._indented(key, self._value()) for key in keys]
        if self._one(*"000001") == "1":
            lines.append(self._indented("pool", self._one(*self._pools)))
        if self._one(*"00000001") == "1":
            lines.append(self._indented("dyndep", self._one("", "$in", "p")))
        return text + "".join(lines)

    def _output(self) -> str:
        self._made += 1
        return self._one("", "", "", "./", "x/../", "$ ", "${b}") + f"o{self._made}"

    def _default(self, rules: list[str]) -> str:
        if not self._made:
            return ""
        names = [f"o{number + 1}" for number in range(self._made)]
        return "default" + "".join(self._draw(_SPACE) + name for name in self._some(
            tuple(names), 2, 1)) + self._draw(_END)

    def _pool(self, rules: list[str]) -> str:
        self._pools.append(f"p{len(self._pools)}")
        depth = self._one("1", "0", "2x", "", "$a", "007", " +3", "9" * 20)
        return f"pool {self._pools[-1]}{self._draw(_END)}" + self._indented("depth", depth)

    def _include(self, rules: list[str], kind: str = "include") -> str:
        if not self._left:
            return ""
        self._left -= 1
        name = f"{self._left}.ninja"
        self._file(name, rules)
        return f"{kind}{self._draw(_SPACE)}{name}{self._draw(_END)}"

    def _subninja(self, rules: list[str]) -> str:
        return self._include(list(rules), "subninja")


_PIECES = (" ", "\t", "\n", "\r\n", "\r", "\0", "$", "$$", "${", "}", ":", "|", "||", "|@", "#",
           "=", ".", "-", "/", "  ", "é", "\udcff", "build ", "rule ", "$\n", "  x = 1\n", "a",
           "subninja ", "include ", "default ", "pool ", "phony", "# c\n", "\n\n", "$in", "command",
           "..", "ninja_required_version = 1.")


@st.composite
def mutations(draw: st.DrawFn) -> Files:
    """A manifest with a few characters or lines changed, removed, or doubled."""
    files = draw(manifests())
    for _ in range(draw(st.integers(1, 4))):
        name = draw(st.sampled_from(sorted(files)))
        text = files[name]
        assert isinstance(text, str)
        by_line = draw(st.booleans())
        parts = text.splitlines(keepends=True) if by_line else list(text)
        start = draw(st.integers(0, len(parts)))
        end = min(start + draw(st.integers(0, 2)), len(parts))
        new = draw(st.one_of(
            st.just(parts[start:end] * 2), st.just([]), st.just(parts[start:end][::-1]),
            st.lists(st.sampled_from(_PIECES), max_size=2)))
        files[name] = "".join(parts[:start] + new + parts[end:])
    return {name: text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
            for name, text in files.items()}
