"""Every symbol of a product is as in lld's own link of the bitcode, whatever is linked.

Files are drawn, each bitcode or native, which define, refer to or have lost their use of a few
symbols, with any visibility; then how they are linked. `LTOGEN_EXAMPLES=300` tries so many, and
`LTOGEN_SEED` other ones; `pytest -rP` tells what was tried.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, note, seed, settings
from hypothesis import strategies as st

from tests.support.linked import Linked
from tests.support.program_symbols import archive, compare, compile_all, link
from tests.support.system_toolchain import needs_clang

pytestmark = needs_clang

_EXAMPLES = int(os.environ.get("LTOGEN_EXAMPLES", "3"))
_SEED = int(os.environ.get("LTOGEN_SEED", "0"))
_BATCH = 8
_NAMES = ("f", "g", "h")
_VISIBLE = ("", '__attribute__((visibility("hidden")))', '__attribute__((visibility("protected")))')
_WEAK = "__attribute__((weak))"
# What a file does with a symbol, and how often that is drawn.
_ROLES = ("none", "none", "define", "define", "weak", "use", "use", "lost", "lost", "weak use",
          "lost weak")
_PLACES = ("alone", "alone", "alone", "archive", "group", "whole", "shared")
_OPTIONS = (
    "--gc-sections", "--export-dynamic", "-Bsymbolic", "-Bsymbolic-functions",
    "--dynamic-list=list", "--version-script=local", "--version-script=named", "--wrap=f",
    "--wrap=g", "--defsym=f=g", "--defsym=h=7", "--retain-symbols-file=kept", "-u f",
    "--export-dynamic-symbol=g", "--undefined-version", "--icf=safe", "--as-needed",
    "-z nodynamic-undefined-weak")
# What is hidden, and not there any more, is still said to be hidden, in the table for debuggers.
_LEFT_OVER = re.compile(
    r"symbols: ltogen alone has \w+ NOTYPE (LOCAL HIDDEN|GLOBAL PROTECTED|WEAK PROTECTED) UND 0")
_FILES = {
    "list": "{ f; nobody; };",
    "local": "{ global: api*; g; local: *; };",
    "named": "V1 { global: f; g; }; V2 { global: h; api0; local: api1; } V1;",
    "kept": "f\nh\napi0\nmain\n",
}


@dataclass(frozen=True)
class Drawn:
    """The files of a link, in order: form, place, and the text."""

    files: tuple[tuple[str, str, str], ...]
    lines: tuple[tuple[str, ...], ...]  # options of each link


@st.composite
def _drawn(draw: st.DrawFn) -> Drawn:
    defined: set[str] = set()
    files = [("thin", "alone", "int no(void) { return 0; }\n"),
             ("thin", "alone", draw(_text(9, defined)) + "int main(void) { return api9(); }\n")]
    for number in range(draw(st.integers(2, 5))):
        form = draw(st.sampled_from(("thin", "thin", "thin", "full", "native", "native", "native")))
        place = draw(st.sampled_from(_PLACES))
        if place == "shared":
            form = "native"
        files.append((form, place, draw(_text(number, defined))))
    files = draw(st.permutations(files))
    kind = st.sampled_from(("-shared", "-shared", "-pie -e main", "-e main"))
    forgiving = st.sampled_from(("--unresolved-symbols=ignore-all",) * 4 + ("",))
    lines = draw(st.lists(st.tuples(kind, forgiving, st.lists(
        st.sampled_from(_OPTIONS), max_size=3, unique=True)), min_size=2, max_size=2))
    return Drawn(tuple(files), tuple(
        (first, lenient, *options)
        for first, lenient, options in lines))


@st.composite
def _text(draw: st.DrawFn, number: int, defined: set[str]) -> str:
    lines, calls = ["int no(void);"], []
    for name in _NAMES:
        role = draw(st.sampled_from(_ROLES))
        visible = draw(st.sampled_from(_VISIBLE))
        if role in ("define", "weak"):
            weak = role == "weak" or name in defined
            defined |= {name} if not weak else set()
            lines.append(f"{_WEAK if weak else ''} {visible} int {name}(void) "
                         f"{{ return {number} + no(); }}")
        elif role != "none":
            lines.append(f"{_WEAK if 'weak' in role else ''} {visible} int {name}(void);")
            calls.append(f"no() ? {name}() : 1" if "lost" in role else f"{name}()")
    lines.append(f"int api{number}(void) {{ return {' + '.join(calls) or number}; }}")
    return "\n".join(lines) + "\n"


class Tally:
    """What a campaign tried."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()

    def __str__(self) -> str:
        return ", ".join(f"{count} {name}" for name, count in sorted(self.seen.items()))


def _words(linked: Linked, drawn: Drawn) -> list[str]:
    words: list[str] = []
    for number, (_, place, _) in enumerate(drawn.files):
        name = f"x{number}.o"
        if place in ("archive", "whole"):
            archive(linked, f"lib{number}.a", name)
            words += [f"lib{number}.a"] if place == "archive" else [
                "--whole-archive", f"lib{number}.a", "--no-whole-archive"]
        elif place == "group":
            words += ["--start-lib", name, "--end-lib"]
        elif place == "shared":
            link(linked, ["-shared", "-soname", f"lib{number}.so", name, "-z", "undefs"],
                 f"lib{number}.so")
            words += [f"lib{number}.so"]
        else:
            words += [name]
    return words


def _try(drawn: Drawn, tally: Tally) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "link"
        folder.mkdir()
        linked = Linked(folder)
        linked.write(_FILES)
        compile_all(linked, {f"x{number}": (form, text)
                             for number, (form, _, text) in enumerate(drawn.files)})
        inputs = _words(linked, drawn)
        for number, options in enumerate(drawn.lines):
            words = [*(word for option in options for word in option.split()), *inputs]
            note(" ".join(words))
            lld = link(linked, words, f"lld{number}")
            own = link(linked, words, f"own{number}", by_graph=True)
            tally.seen["refused" if lld.failed else "linked"] += 1
            said = folder / f"own{number}.ltogen/thinlink/link/symbols.elf"
            tally.seen["with facts"] += said.exists() and said.stat().st_size > 0
            if lld.failed and "undefined" in lld.complaint and not own.failed:
                # A symbol that no file defines, and only bitcode names: once weakly, and once not
                # but in vain. Few programs have it, and all that say so are told by lld to go.
                tally.seen["linked where lld refuses"] += 1
                continue
            found = [one for one in compare(lld, own, words) if not _LEFT_OVER.fullmatch(one)]
            note("\n".join(found))
            assert not found


def test_symbols_are_as_lld_makes_them() -> None:
    tally = Tally()
    for start in range(0, _EXAMPLES, _BATCH):
        @seed(_SEED * 1_000_000 + start)
        @settings(max_examples=min(_BATCH, _EXAMPLES - start), deadline=None, database=None,
                  phases=[Phase.generate], suppress_health_check=list(HealthCheck))
        @given(_drawn())
        def campaign(drawn: Drawn) -> None:
            for number, (form, place, text) in enumerate(drawn.files):
                note(f"x{number}: {form}, {place}\n{text}")
            _try(drawn, tally)

        campaign()
    print(tally)
