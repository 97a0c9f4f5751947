"""What a command line of lld's reads: the reader against lld itself, watched by strace.

`LTOGEN_EXAMPLES=300` tries so many random lines, and `LTOGEN_SEED` other ones; `pytest -rP` tells
how many of them lld accepted.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, note, seed, settings
from hypothesis import strategies as st

from ltogen.linker import command_line, inputs
from ltogen.linker.file_system import FileSystem
from tests.support import link_corpus
from tests.support.lld_reads import Seen, outside, watch
from tests.support.llds import LLDS
from tests.support.system_toolchain import needs_clang

pytestmark = needs_clang

_EXAMPLES = int(os.environ.get("LTOGEN_EXAMPLES", "60"))
_SEED = int(os.environ.get("LTOGEN_SEED", "0"))
# lld 19 does not read the bitcode of newer clangs: it is asked less often.
_ANY_LLD = st.sampled_from([*LLDS, *(lld for lld in LLDS if lld != ("ld.lld-19",))] * 2)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of odd files."""
    folder = tmp_path_factory.mktemp("corpus") / "folder"
    folder.mkdir()
    link_corpus.make(folder)
    return folder


def _read(words: list[str], folder: Path) -> inputs.Inputs:
    before = Path.cwd()
    os.chdir(folder)
    try:
        line = command_line.of_linker(words)
        return inputs.read(line, FileSystem())
    finally:
        os.chdir(before)


def _lazily(found: inputs.Inputs) -> bool:
    """Whether only symbols tell which libraries are asked for."""
    return any(one.path.startswith("d1/libdeparchive") or (one.lazy and "dep" in one.path)
               for one in found.inputs)


def _check(seen: Seen, found: inputs.Inputs, responses: set[str], folder: Path) -> None:
    if seen.status < 0 or "Stack dump" in seen.complaint:
        return  # a script that names itself: lld ends where its stack does
    files, absent = ({path for path in paths if not outside(path, folder)}
                     for paths in ((*found.files, *responses), found.absent))
    note(f"lld: {seen.status} {seen.complaint[:300]}")
    note(f"found: {sorted(found.files)}, absent {sorted(absent)}, {found.problems}")
    # (Where a script ends too early, lld takes the end for one more name.)
    assert {path for path in seen.files if not (folder / path).is_dir()} <= files
    assert {path for path in seen.absent if path} <= absent
    if seen.status == 0:
        assert not found.problems
        if not _lazily(found):
            assert (seen.files | responses) == files
            assert seen.absent == absent


@needs_clang
def test_the_same_files_as_lld(corpus: Path) -> None:
    """Random lines and scripts: lld opens no other file, and looks nowhere else in vain."""
    tally: Counter[str] = Counter()

    @seed(_SEED)
    @settings(max_examples=_EXAMPLES, deadline=None, database=None,
              phases=(Phase.generate, Phase.shrink), suppress_health_check=list(HealthCheck))
    @given(_ANY_LLD, link_corpus.words,
           st.tuples(*[link_corpus.scripts for _ in link_corpus.SCRIPTS]),
           st.tuples(*[st.none() | link_corpus.words for _ in link_corpus.RESPONSES]))
    def check(lld: tuple[str, ...], words: list[str], scripts: tuple[str | None, ...],
              responses: tuple[list[str] | None, ...]) -> None:
        for name, text in zip(link_corpus.SCRIPTS, scripts, strict=True):
            _place(corpus / name, text)
        for name, line in zip(link_corpus.RESPONSES, responses, strict=True):
            _place(corpus / name, None if line is None else link_corpus.quoted(line))
        words = ["-shared", "-o", "out", "lib/d.o", *[word.replace("ROOT", str(corpus / "root"))
                                                     for word in words]]
        seen = watch(lld, words, corpus, "out")
        found = _read(words, corpus)
        note(f"words: {words}")
        _check(seen, found, {path for path in seen.files if path.endswith(".rsp")}, corpus)
        tally["accepted" if seen.status == 0 else "refused"] += 1
        tally["files"] += len(seen.files)
        tally["absent"] += len(seen.absent)

    check()
    print(dict(tally))


def _place(path: Path, text: str | None) -> None:
    path.unlink(missing_ok=True)
    if text is not None:
        path.write_text(text)
