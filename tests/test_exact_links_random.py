"""A program calls its constructors in the order of lld's own link, whatever is linked.

Files are drawn, each bitcode or native, alone, in a group or in an archive, with a constructor or
without, and with calls of others. `LTOGEN_EXAMPLES=300` tries so many, `LTOGEN_SEED` other ones.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.support.linked import Linked
from tests.support.program_symbols import archive, compile_all
from tests.support.system_toolchain import SYSTEM

_EXAMPLES = int(os.environ.get("LTOGEN_EXAMPLES", "4"))
_SEED = int(os.environ.get("LTOGEN_SEED", "0"))


@dataclass(frozen=True)
class File:
    """One file, which defines the function of its number."""

    form: str
    place: str
    constructor: bool
    calls: tuple[int, ...]


def _files(count: int) -> st.SearchStrategy[tuple[File, ...]]:
    one = st.builds(
        File, st.sampled_from(("thin", "thin", "native", "full")),
        st.sampled_from(("alone", "group", "group", "archive", "archive", "whole")),
        st.sampled_from((True, True, False)),
        st.lists(st.integers(0, count - 1), max_size=3, unique=True).map(tuple))
    return st.lists(one, min_size=count, max_size=count).map(tuple)


def _source(number: int, file: File) -> str:
    declared = "".join(f"int f{call}(int);" for call in file.calls)
    called = "".join(f" + f{call}(x - 1)" for call in file.calls)
    text = f"{declared} int f{number}(int x) {{ return x < 1 ? 0 : 1{called}; }}\n"
    if file.constructor:
        text = ("#include <stdio.h>\n__attribute__((constructor)) static void c(void) "
                f'{{ puts("{number}"); }}\n' + text)
    return text


def _words(linked: Linked, files: tuple[File, ...]) -> list[str]:
    """The line of all files in their order; neighbours share a group or an archive."""
    words: list[str] = []
    place, members = "", list[str]()

    def end() -> None:
        if place == "group":
            words.extend(["-Wl,--start-lib", *members, "-Wl,--end-lib"])
        elif place in ("archive", "whole"):
            name = f"lib{len(words)}.a"
            archive(linked, name, *members)
            words.extend(["-Wl,--whole-archive", name, "-Wl,--no-whole-archive"]
                         if place == "whole" else [name])
        else:
            words.extend(members)

    for number, file in enumerate(files):
        if file.place != place:
            end()
            place, members = file.place, []
        members.append(f"f{number}.o")
    end()
    return words


@pytest.mark.skipif(SYSTEM is None or SYSTEM.major < 21,
                    reason="no lld that takes natives for bitcode")
@seed(_SEED)
@settings(max_examples=_EXAMPLES, deadline=None, database=None, phases=(Phase.generate,),
          suppress_health_check=list(HealthCheck))
@given(files=_files(6), main=st.integers(0, 5), first=st.booleans())
def test_constructors_are_called_in_lld_s_order(files: tuple[File, ...], main: int,
                                                first: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        linked = Linked(Path(folder) / "link")
        linked.folder.mkdir()
        compile_all(linked, {
            "main": ("thin", f"int f{main}(int); int f3(int); int f5(int);"
                             f"int main(void) {{ return f5(1) + f{main}(2) + f3(2) == 99; }}"),
            "also": ("thin", "int also;"),
            **{f"f{number}": (file.form, _source(number, file))
               for number, file in enumerate(files)}})
        rest = _words(linked, files)
        words = ["also.o", *(["main.o", *rest] if first else [*rest, "main.o"])]
        said = []
        for linker in ("lld", "ltogen"):
            done = linked.try_link(*words, "-o", linker, linker=linker)
            assert done.status == 0, done.text
            said.append(linked.output(linker))
        assert said[1] == said[0]
